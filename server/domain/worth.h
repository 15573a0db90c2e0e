/*
 * worth: what an order loses by being passed over now, and what a member who is kept is good for, by what became of
 * others lately (worth_seen.h).
 *
 * Nouns: an order that is passed over is either served some time later, which costs the wait and the service of a
 * member whom others would have had (the price), or its time ends, which costs what is left of it and the policy's
 * lost_m. A member who is kept is used later, at that price, or never. How soon such are served or used, by how much of
 * their time has passed (the hazard), is known for cells of the town, and how soon members go who would have had time;
 * the price is what members fetch, the duals of the windows' assignments. So where more orders come than can be served
 * those are worth most that came last, for the others are lost anyway; where there is room for all it is those whose
 * time is nearly up, and those in places where hardly anybody comes. This is approximate dynamic programming with a
 * value that separates (Powell), by time to go and place. Where little was seen it is taken to be as within a
 * walk of it, and there as elsewhere. Bounds: nothing is worth more than what is left of its time and lost_m, nor more
 * than WORTH_MAX_M. Ownership: what is made ready lies in the arena. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_WORTH_H
#define PAIDAN_DOMAIN_WORTH_H

#include "domain/worth_seen.h"

/* A quarter of what assign.h takes: with distance and the other weights it stays below that. */
#define WORTH_MAX_M (INT64_C(1) << 34)

/* Whether the policy weighs it at all. */
bool worth_counts(const Policy *policy);

struct worth;
/* Ready for looking up under those weights. NULL: nothing is known. known may be NULL. */
struct worth *worth_new(struct arena *a, const WorthRecord *known, const DispatchWeights *weights);
int64_t worth_of_order_m(const struct worth *worth, const struct worth_stay *stay);
int64_t worth_of_member_m(const struct worth *worth, const struct worth_stay *stay);

#endif
