/*
 * squash: closed records made small: zstd with a dictionary of what such records have in common.
 *
 * Nouns: a squasher is what zstd needs at hand, one for each executor; the dictionary (squash_dictionary.h) is trained
 * on closed orders of made-up towns by tests/sim/train_dictionary.c. It can never be changed, only be joined by another
 * one with a method of its own, for stored records need it.
 * Layout: method (1 byte), original length (2 bytes, big endian), and of method 1 a zstd frame (RFC 8878) without its
 * magic number, length and checksum; of method 0, which is only read, raw deflate (RFC 1951) with a dictionary.
 * Measured: 420 bytes, of which 72 are text that the dictionary has not seen, become 270 in 3.2 µs, and are back in
 * 0.8; deflate came to the same size in 18 µs, most of which went into code tables.
 * Ownership: squasher_free gives back what squasher_new made; results lie in the arena given.
 * Errors: squasher_new answers NULL when out of memory, unsquash ERR_DATA_CORRUPT.
 */
#ifndef PAIDAN_TXN_SQUASH_H
#define PAIDAN_TXN_SQUASH_H

#include "base/arena.h"
#include "base/err.h"

struct squasher;

struct squasher *squasher_new(void);
/* NULL-safe. */
void squasher_free(struct squasher *squasher);

/* false: it would not be smaller (or is too large); use it as it is. */
bool squash(struct squasher *squasher, struct arena *a, struct slice plain, struct slice *squashed);
enum err unsquash(struct squasher *squasher, struct arena *a, struct slice squashed, struct slice *plain);

#endif
