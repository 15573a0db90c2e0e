/*
 * decision: what dispatch weighed when it chose whom to ask, kept with the order so that it can be explained when
 * everybody stands elsewhere.
 *
 * Nouns: weighed = a member who could be asked, with the cost at that moment; the runner-up is the cheapest of those
 * who were not chosen. A decision may be to wait, with nobody chosen; then it is told who would have been the cheapest.
 * The newest decision of each slot is kept.
 * Ownership: the decision lies in the scene's arena, with the order; weighed is borrowed for the call.
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_DECISION_H
#define PAIDAN_DOMAIN_DECISION_H

#include "domain/match.h"

struct decision_weighed {
	const char *member_id;
	struct match_cost cost;
	uint32_t accept_milli; /* accept.h; 0: it did not matter */
	int64_t later_m;       /* where it waits: what they would be good for later (worth.h) */
};

/* The first n_chosen of weighed were chosen; of the others only the first is kept. */
struct decision {
	uint32_t slot;
	Ring ring; /* in which they were found */
	const struct decision_weighed *weighed;
	size_t n, n_chosen;
	uint32_t accept_version; /* of what was learnt of answers; 0: it did not count */
	WaitReason wait;
	int64_t worth_m; /* of the slot; 0: it was not weighed */
};

void decision_note(struct scene *s, OrderRecord *order, const struct decision *decision);
/* NULL: none was made for the slot. */
const DecisionRecord *decision_of(const OrderRecord *order, uint32_t slot);
/* The cost that was noted; terms that came later are 0. */
struct match_cost decision_cost(const WeighedRecord *weighed);

#endif
