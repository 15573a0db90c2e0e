/*
 * squash: closed records made small: deflate with a dictionary of what such records have in common.
 *
 * Nouns: the dictionary is the encoding of a typical closed order with made-up ids; it can never be
 * changed, only be joined by another one with a number of its own, for stored records need it.
 * Layout: original length (3 bytes, big endian), raw deflate (RFC 1951).
 * Measured: 358 bytes with 81 of Chinese text become 216; about 15 µs to pack, 3 µs to unpack.
 * Ownership: results lie in the arena given.
 * Errors: unsquash answers ERR_DATA_CORRUPT.
 */
#ifndef PAIDAN_TXN_SQUASH_H
#define PAIDAN_TXN_SQUASH_H

#include "base/arena.h"
#include "base/err.h"

/* false: it would not be smaller (or is too large); use it as it is. */
bool squash(struct arena *a, struct slice plain, struct slice *squashed);
enum err unsquash(struct arena *a, struct slice squashed, struct slice *plain);

#endif
