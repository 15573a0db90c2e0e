/*
 * roster_pool: byte strings that many members share (a week of shifts, a set of skills, where they serve), each
 * kept once and known by a small number.
 *
 * Nouns: a number stands for a string from its first roster_pool_hold to its last roster_pool_release; 0 stands for
 * the empty string, for which nothing is kept.
 * Ownership: the pool owns copies; roster_pool_bytes is valid until the string's last release.
 * Errors: without memory a string is taken for the empty one.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_POOL_H
#define PAIDAN_DOMAIN_ROSTER_POOL_H

#include "base/slice.h"

struct pooled;

struct roster_pool {
	struct pooled *strings; /* by number; the first is the empty one */
	uint32_t n, room;
	uint32_t free;     /* a number that stands for nothing any more; 0: none */
	uint32_t *buckets; /* the first of the bucket */
	uint32_t n_buckets;
};

/* false: out of memory. */
bool roster_pool_init(struct roster_pool *pool);
void roster_pool_finish(struct roster_pool *pool);
uint32_t roster_pool_hold(struct roster_pool *pool, struct slice bytes);
void roster_pool_release(struct roster_pool *pool, uint32_t number);
/* Aligned for any object. */
struct slice roster_pool_bytes(const struct roster_pool *pool, uint32_t number);

#endif
