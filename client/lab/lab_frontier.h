/*
 * lab_frontier: the least that orders could have waited, for how many are served, had everything been known beforehand.
 *
 * With offers: how many orders could be served at most for so many offers each, had everything been known beforehand
 * but the coins, and were every member asked without a pause for orders in their reach, however far.
 *
 * Nouns: a point is the plan of least response (lab_run.h) when an order that nobody serves costs lost_s on top of its
 * whole time: no policy serves as many within less, and none with that response serves more (Lagrange). It says what
 * is out of reach, not what can be reached. A cover is orders and members of which every pair has one: an order of it
 * is served once at most, a member of it gives no more than their asking can (lab_asking.h), and others nothing.
 * Ownership: plain. Errors: none.
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

struct lab_offers_point {
	double each; /* so many offers for each order that is served, and no more */
	double served;
	uint32_t ttl_s; /* with which as many could be: all offers live equally long, up to a minute */
};

/* Fills in what can be served for `each` of the points; accept < 1. */
void lab_frontier_offers(struct arena *a, const struct lab_trace *trace, const struct lab_pairs *pairs,
			 const struct lab_coins *coins, struct lab_offers_point *points, size_t n_points);

#endif
