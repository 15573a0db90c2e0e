/*
 * lab_worth: what is seen in a replay of how soon orders are served, learnt and weighed as the broker does it
 * (domain/worth.h).
 *
 * Nouns: those of lab_match.h, which tells the stays. Ownership: lab_worth_finish lets go of what does not lie in the
 * arena. Errors: none.
 */
#ifndef PAIDAN_LAB_WORTH_H
#define PAIDAN_LAB_WORTH_H

#include "domain/worth.h"
#include "lab_match.h"

struct lab_worth {
	struct arena *a;
	struct lab_match *match;
	const DispatchWeights *weights; /* NULL: the policy does not weigh it, and nothing is learnt */
	WorthRecord known, seen;
	struct arena seen_in, worth_in;
	struct worth *worth; /* NULL: nothing is known (yet) */
	/* What each member is good for later, in the window of that number. */
	int64_t *kept_m;
	uint32_t *kept_stamp;
};

void lab_worth_begin(struct lab_worth *worth, struct arena *a, struct lab_match *match);
void lab_worth_finish(struct lab_worth *worth);

void lab_worth_asked(struct lab_worth *worth, uint32_t order, uint32_t member);
void lab_worth_refused(struct lab_worth *worth);
void lab_worth_order_waited(struct lab_worth *worth, uint32_t order, double seconds);
/* Of a member who was chosen: what they add to the cost of all. */
void lab_worth_price(struct lab_worth *worth, double price_m);
/* Whether it is time to learn; then those who are free are told one after the other, and it is learnt. */
bool lab_worth_is_due(const struct lab_worth *worth);
void lab_worth_member_free(struct lab_worth *worth, uint32_t member);
void lab_worth_learn(struct lab_worth *worth);

/* Of the order at hand; where something is known (worth->worth). */
double lab_worth_of_order_m(const struct lab_worth *worth);
/* stamp: the window's number, not 0. */
double lab_worth_of_member_m(struct lab_worth *worth, uint32_t member, uint32_t stamp);

#endif
