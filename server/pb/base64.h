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
void base64_encode(struct slice bytes, struct buf *out);

#endif
