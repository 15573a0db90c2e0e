/*
 * buf: a growing byte string with a sticky error.
 *
 * Nouns: a buf is written piece by piece and checked once at the end: after an allocation failed or
 * the cap was passed, `failed` is set and further writes do nothing.
 * Ownership: the buf owns its bytes (malloc) until buf_free.
 * Errors: `failed`; nothing else.
 */
#ifndef PAIDAN_BASE_BUF_H
#define PAIDAN_BASE_BUF_H

#include "base/slice.h"

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t room;
	size_t cap_bytes; /* 0: no cap */
	bool failed;
};

/* Zero-init ({0}) is a valid empty buf. */
void buf_free(struct buf *b);
/* Empties it, keeps the memory, clears `failed`. */
void buf_reset(struct buf *b);
/* Room for `bytes` more; the pointer to where they go, or NULL when failed. Does not change len. */
uint8_t *buf_reserve(struct buf *b, size_t bytes);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_slice(struct buf *b, struct slice s);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t byte);
void buf_u32be(struct buf *b, uint32_t v);
void buf_u64be(struct buf *b, uint64_t v);
/* Decimal digits. */
void buf_uint(struct buf *b, uint64_t v);
void buf_int(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

static inline struct slice buf_view(const struct buf *b)
{
	return slice_of(b->ptr, b->len);
}

#endif
