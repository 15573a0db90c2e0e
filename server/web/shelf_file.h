/*
 * shelf_file: what a shelf's thread does with files (shelf.h). Private to web; blocks.
 *
 * Ownership: everything is borrowed; fd is the shelf's directory.
 * Errors: false with errno. shelf_file_put ENOSPC also when less than LIMIT_DISK_RESERVE_BYTES would be left: the store
 * is on the same disk, as a rule.
 */
#ifndef PAIDAN_WEB_SHELF_FILE_H
#define PAIDAN_WEB_SHELF_FILE_H

#include "web/shelf.h"

bool shelf_file_put(int fd, const struct shelf_job *job);
bool shelf_file_get(int fd, struct shelf_job *job);
bool shelf_file_drop(int fd, const struct shelf_job *job);
/* What a crash has left half written. */
void shelf_file_tidy(int fd);

#endif
