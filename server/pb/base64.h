/*
 * base64: RFC 4648, read in both alphabets, padded or not; written in the standard one with padding.
 *
 * Ownership: everything is borrowed; the buf is the caller's.
 * Errors: false for characters outside both alphabets, for misplaced padding and for a length that no
 * encoder makes.
 */
#ifndef PAIDAN_PB_BASE64_H
#define PAIDAN_PB_BASE64_H

#include "base/buf.h"

/* Room that base64_decode needs. */
static inline size_t base64_decoded_room(size_t encoded_len)
{
	return encoded_len / 4 * 3 + 3;
}

bool base64_decode(struct slice text, uint8_t *to, size_t *len);
/* RFC 7515's: the alphabet with '-' and '_' only, no padding, and no bits left over that are set: one text for
 * each value. Room as above. */
bool base64url_decode(struct slice text, uint8_t *to, size_t *len);
static inline size_t base64url_room(size_t len)
{
	return (len + 2) / 3 * 4;
}
/* to takes base64url_room(bytes.len); the length of what was written, without a NUL. */
size_t base64url_encode(struct slice bytes, char *to);
static inline size_t base64_room(size_t len)
{
	return (len + 2) / 3 * 4;
}
/* to takes base64_room(bytes.len), all of which is written, without a NUL. */
void base64_write(struct slice bytes, uint8_t *to);
void base64_encode(struct slice bytes, struct buf *out);

#endif
