/*
 * wipe: memory that is overwritten before it is given back, for whatever may have held personal data: a core dump
 * or a later reader of the heap finds nothing of requests that are over.
 *
 * Ownership: as malloc, realloc and free, whose memory it takes too.
 * Errors: NULL from wipe_realloc when there is no memory; the old memory stays as it was.
 */
#ifndef PAIDAN_BASE_WIPE_H
#define PAIDAN_BASE_WIPE_H

#include <stddef.h>

/* NULL-safe. */
void wipe_free(void *ptr);
void *wipe_realloc(void *ptr, size_t bytes);

#endif
