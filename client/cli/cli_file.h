/*
 * cli_file: whole files in memory.
 *
 * Ownership: the buf is the caller's. Errors: -1 with errno; EFBIG beyond FILE_MAX_BYTES.
 */
#ifndef PAIDAN_CLI_FILE_H
#define PAIDAN_CLI_FILE_H

#include "base/buf.h"

/* A city's grids in full detail, or a year's requests, are a few tens of megabytes. */
enum { FILE_MAX_BYTES = 512 * 1024 * 1024 };

/* "-" is standard input. */
int file_read(const char *path, struct buf *out);

#endif
