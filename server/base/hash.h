/*
 * hash: fast 64-bit hashing of short byte strings, for tables and fingerprints. Not for secrets: an
 * attacker can make collisions, so nothing may depend on their absence but the attacker's own requests.
 * Source: FNV-1a 64, finished with the mixer of MurmurHash3 (both public domain).
 */
#ifndef PAIDAN_BASE_HASH_H
#define PAIDAN_BASE_HASH_H

#include "base/slice.h"

static inline uint64_t hash_mix64(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

static inline uint64_t hash_bytes(uint64_t seed, struct slice s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ hash_mix64(seed);
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ s.ptr[i]) * UINT64_C(0x100000001b3);
	return hash_mix64(h);
}

#endif
