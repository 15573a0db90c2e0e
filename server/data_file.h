/*
 * data_file: a small file of the data directory, written whole or not at all.
 *
 * Method: beside it, then renamed. Ownership: all is borrowed. Errors: false, with errno; what was there before stays.
 */
#ifndef PAIDAN_SERVER_DATA_FILE_H
#define PAIDAN_SERVER_DATA_FILE_H

#include <stdbool.h>
#include <stddef.h>

bool data_file_write(const char *path, const void *bytes, size_t len, unsigned mode);

#endif
