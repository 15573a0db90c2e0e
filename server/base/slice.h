/*
 * slice: a borrowed run of bytes.
 *
 * Nouns: a slice is {ptr, len}; it never owns and need not end in NUL. C strings appear only at the
 * edges (argv, file names, protobuf-c string fields).
 * Ownership: whoever made the bytes keeps them; a slice is valid as long as they are.
 * Errors: none.
 */
#ifndef PAIDAN_BASE_SLICE_H
#define PAIDAN_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *ptr;
	size_t len;
};

/* For string literals: SLICE("abc"). */
#define SLICE(literal) ((struct slice){(const uint8_t *)(literal), sizeof(literal) - 1})
#define SLICE_NONE ((struct slice){NULL, 0})
/* For printf: printf("%.*s", SLICE_FMT(s)). */
#define SLICE_FMT(s) (int)(s).len, (const char *)(s).ptr

static inline struct slice slice_of(const void *ptr, size_t len)
{
	return (struct slice){(const uint8_t *)ptr, len};
}

/* A NULL C string gives the empty slice. */
static inline struct slice slice_str(const char *str)
{
	return str == NULL ? SLICE_NONE : slice_of(str, strlen(str));
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && slice_eq(slice_of(s.ptr, prefix.len), prefix);
}

/* Bytewise order, the shorter first on a tie: the order Redis gives equal scores. */
static inline int slice_cmp(struct slice a, struct slice b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.ptr, b.ptr, len);
	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

/* The part from `from` on; `from` beyond the end gives the empty slice. */
static inline struct slice slice_from(struct slice s, size_t from)
{
	return from >= s.len ? SLICE_NONE : slice_of(s.ptr + from, s.len - from);
}

#endif
