/*
 * nomem: the nth allocation from now on fails, and none behind it. For programs that are linked with nomem_dep
 * (meson.build), whose malloc, calloc, realloc and strdup these are.
 */
#ifndef PAIDAN_TESTS_NOMEM_H
#define PAIDAN_TESTS_NOMEM_H

#include <stdbool.h>
#include <stddef.h>

/* n = 1: the next one. */
void nomem_fail_at(unsigned n);
/* From now on there is memory; nomem_failed keeps what it says. */
void nomem_stop(void);
/* Whether the nth came, since nomem_fail_at. */
bool nomem_failed(void);
/* Only allocations for which it answers true count, as long as it is set; NULL: all do. */
extern bool (*nomem_counts)(void);

/* For libraries that are told what to allocate with. */
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *ptr, size_t bytes);
char *__wrap_strdup(const char *text);

#endif
