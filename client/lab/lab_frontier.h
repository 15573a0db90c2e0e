/*
 * lab_frontier: the least that orders could have waited, for how many are served, had everything been known beforehand.
 *
 * Nouns: a point is the plan of least response (lab_run.h) when an order that nobody serves costs lost_s on top of its
 * whole time: no policy serves as many within less, and none with that response serves more (Lagrange). It says what
 * is out of reach, not what can be reached. Ownership: plain. Errors: none.
 */
#ifndef PAIDAN_LAB_FRONTIER_H
#define PAIDAN_LAB_FRONTIER_H

#include "lab_pairs.h"

struct lab_frontier_point {
	double lost_s;
	uint32_t served;
	double response_mean_s;
};

struct lab_frontier_point lab_frontier_at(struct arena *a, const struct lab_trace *trace, const struct lab_pairs *pairs,
					  double lost_s);

#endif
