/*
 * key_ring: the versions of the key that personal data is sealed under, as a file holds them.
 *
 *	# paidan: keys for personal data. The newest wraps, all of them open.
 *	1 6f1c…                     version, 32 bytes in hexadecimal
 *	2 a07e…
 *
 * A file of just 32 bytes is version 1 alone, which is how paidand makes it.
 * Ownership: a ring is plain memory; whoever holds one wipes it with key_ring_wipe.
 * Errors: false, and `why` says what is wrong with which line.
 */
#ifndef PAIDAN_BASE_KEY_RING_H
#define PAIDAN_BASE_KEY_RING_H

#include "base/slice.h"

/* Versions that a file may hold: one is added in a rotation, and dropped when nothing needs it. */
enum { KEY_RING_KEY_BYTES = 32, KEY_RING_MAX = 16, KEY_RING_VERSION_MAX = 1000000, KEY_RING_FILE_BYTES = 4096 };
enum { KEY_RING_WHY_BYTES = 80 };

struct key_ring {
	size_t n;
	struct key_ring_entry {
		uint32_t version; /* ascending, from 1 */
		uint8_t key[KEY_RING_KEY_BYTES];
	} entries[KEY_RING_MAX];
};

bool key_ring_parse(struct slice file, struct key_ring *ring, char why[KEY_RING_WHY_BYTES]);
/* The file of a ring; returns its length. */
size_t key_ring_format(const struct key_ring *ring, char file[KEY_RING_FILE_BYTES]);
/* Reads and parses; why also says when it can't be read. */
bool key_ring_load(const char *path, struct key_ring *ring, char why[KEY_RING_WHY_BYTES]);
/* 0: an empty ring. */
uint32_t key_ring_newest(const struct key_ring *ring);
/* NULL: no such version. */
const uint8_t *key_ring_find(const struct key_ring *ring, uint32_t version);
/* Adds a version behind the newest; false: the ring is full. */
bool key_ring_add(struct key_ring *ring, const uint8_t key[KEY_RING_KEY_BYTES]);
/* false: no such version, or it is the newest. */
bool key_ring_drop(struct key_ring *ring, uint32_t version);
void key_ring_wipe(struct key_ring *ring);

#endif
