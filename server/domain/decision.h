/*
 * decision: what dispatch weighed when it chose whom to ask, kept with the order so that it can be explained when
 * everybody stands elsewhere.
 *
 * Nouns: weighed = a member who could be asked, with the cost at that moment; the runner-up is the cheapest of those
 * who were not chosen. The newest decision of each slot is kept.
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
};

/* The first n_chosen of weighed were chosen; of the others only the first is kept. */
struct decision {
	uint32_t slot;
	const struct decision_weighed *weighed;
	size_t n, n_chosen;
	uint32_t accept_version; /* of what was learnt of answers; 0: it did not count */
};

void decision_note(struct scene *s, OrderRecord *order, const struct decision *decision);
/* NULL: none was made for the slot. */
const DecisionRecord *decision_of(const OrderRecord *order, uint32_t slot);
/* The cost that was noted; terms that came later are 0. */
struct match_cost decision_cost(const WeighedRecord *weighed);

#endif
