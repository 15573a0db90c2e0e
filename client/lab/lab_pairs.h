/*
 * lab_pairs: which member could serve which order at all.
 *
 * Nouns: a pair is feasible when the member reaches the order's place and there is a moment at which both are there.
 * They are found by a grid of cells as wide as the farthest reach, each with its members by time.
 * Ownership: the arena's. Errors: none; memory ends the program.
 */
#ifndef PAIDAN_LAB_PAIRS_H
#define PAIDAN_LAB_PAIRS_H

#include "lab_trace.h"

struct lab_pairs {
	uint32_t n_orders, n_members;
	uint32_t *first;   /* order i has the pairs first[i] up to, not including, first[i + 1] */
	uint32_t *members; /* of each pair; of an order by the time that they come */
	float *distances;  /* in the trace's units */
};

struct lab_pairs lab_pairs_find(struct arena *a, const struct lab_trace *trace);
bool lab_pair_feasible(const struct lab_trace *trace, const struct lab_order *order, const struct lab_member *member);
/* Whether what lasts until until_s is over at that moment. */
static inline bool lab_is_over(const struct lab_trace *trace, double until_s, double now_s)
{
	return trace->closed ? until_s < now_s : until_s <= now_s;
}

#endif
