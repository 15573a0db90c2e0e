/*
 * times: how long things took, as counts in buckets that add up: those of a grid, a period are sums of them.
 *
 * Nouns: a bucket holds what took at most as long as its edge, and longer than the edge before; what is beyond all
 * edges lies in the last, which has none. Edges are about half as far again as the one before, so that an estimate from
 * the buckets is off by a fifth or so.
 * Ownership: everything is the caller's. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_TIMES_H
#define PAIDAN_DOMAIN_TIMES_H

#include "base/arena.h"
#include "paidan_pb.h"

/* TIMES_NONE: it did not happen. */
enum { TIMES_BUCKETS = 21, TIMES_NONE = 25 };

struct times {
	uint64_t orders[TIMES_BUCKETS];
};

unsigned times_bucket(int64_t took_ms);
/* TIMES_NONE is passed over. */
void times_add(struct times *times, unsigned bucket, uint64_t n);
/* As replies have them, in memory of the arena: the buckets that hold any, median and ninetieth percentile. */
RateTimes *times_tell(struct arena *a, const struct times *times);

#endif
