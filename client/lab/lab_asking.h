/*
 * lab_asking: what can be had of one member by asking them, at best: chances to accept against offers made.
 *
 * Nouns: a price is what an offer costs, an accepted one being worth 1; the value is the most that acceptance less the
 * price of the offers comes to in the mean, over all ways to go on and to give up that know the answers so far and not
 * the coins, when there are so many orders to ask for, each once. Offers live for ttl_s; whatever else a rule decides
 * by, it gets no more of a member who stays that long. A member's chance is not known (lab_coins.h): each answer tells
 * of it, a silence less than a no, for it may be a yes that comes too late. Method: backwards over time and answers, by
 * whole seconds, for a replay decides no oftener. Where there are more than ASKING_MOST orders the offer after so many
 * is taken to be accepted for sure. Ownership: the arena's. Errors: none.
 */
#ifndef PAIDAN_LAB_ASKING_H
#define PAIDAN_LAB_ASKING_H

#include "base/arena.h"

enum { ASKING_MOST = 32 };

struct lab_asking {
	uint32_t ttl_s, longest_s;
	double likely;  /* that any offer is accepted: no more */
	double *within; /* the share of answers that come within so many seconds, up to ttl_s */
	/* After so many that declined and so many that were silent: the chance that the next one says yes. */
	double chance[ASKING_MOST + 1][ASKING_MOST + 1];
	double *now, *next; /* by how many of those who were asked so often declined, and by seconds left */
};

/* For members who stay up to longest_s; accept < 1. */
struct lab_asking *lab_asking_new(struct arena *a, double accept, uint32_t ttl_s, uint32_t longest_s);
/* Of members who stay for 0, 1, … longest_s seconds and can be asked for so many orders; good until the next call. */
const double *lab_asking_values(struct lab_asking *asking, double price, uint32_t n_orders);

#endif
