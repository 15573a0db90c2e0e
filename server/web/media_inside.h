/*
 * media_inside: the cleaners of each kind (media.h). Private to web.
 *
 * Ownership and errors: each appends to out what it keeps of `in`; false: it is broken off or no such thing.
 */
#ifndef PAIDAN_WEB_MEDIA_INSIDE_H
#define PAIDAN_WEB_MEDIA_INSIDE_H

#include "web/media.h"

bool media_jpeg(struct slice in, struct buf *out);
bool media_png(struct slice in, struct buf *out);
bool media_webp(struct slice in, struct buf *out);
bool media_mp3(struct slice in, struct buf *out);
bool media_mp4(struct slice in, struct buf *out);
bool media_ogg(struct slice in, struct buf *out);

/* The bytes [at, at + len) of s; the empty slice with NULL when it has fewer. */
static inline struct slice media_cut(struct slice s, size_t at, size_t len)
{
	return at > s.len || len > s.len - at ? SLICE_NONE : slice_of(s.ptr + at, len);
}

static inline bool media_is(struct slice s, size_t at, const char *text)
{
	return slice_eq(media_cut(s, at, strlen(text)), slice_str(text));
}

static inline uint32_t media_u32be(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint32_t media_u32le(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

#endif
