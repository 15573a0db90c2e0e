/*
 * lab_frontier: the least that orders could have waited, for how many are served, had everything been known beforehand.
 *
 * With offers: how many members would accept if each were asked without a pause from when they come until they accept
 * or go, always for another order, however far: no policy with such offers has more of them accept, nor for fewer
 * offers each, unless it leaves members alone sooner.
 *
 * Nouns: a point is the plan of least response (lab_run.h) when an order that nobody serves costs lost_s on top of its
 * whole time: no policy serves as many within less, and none with that response serves more (Lagrange). It says what
 * is out of reach, not what can be reached. Ownership: plain. Errors: none.
 */
#ifndef PAIDAN_LAB_FRONTIER_H
#define PAIDAN_LAB_FRONTIER_H

#include "lab_coins.h"
#include "lab_pairs.h"

struct lab_frontier_point {
	double lost_s;
	uint32_t served;
	double response_mean_s;
};

struct lab_frontier_point lab_frontier_at(struct arena *a, const struct lab_trace *trace, const struct lab_pairs *pairs,
					  double lost_s);

struct lab_asking_point {
	double ttl_s;  /* of each offer */
	uint32_t most; /* so many offers to each member, and no more */
	uint32_t accepted;
	uint64_t offers;
};

struct lab_asking_point lab_frontier_asking(const struct lab_trace *trace, const struct lab_coins *coins, double ttl_s,
					    uint32_t most);

#endif
