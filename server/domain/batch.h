/*
 * batch: who is asked for which of many orders, decided for all of them together (assign.h).
 *
 * Nouns: a seat is one offer to be made: an order's open slot, as often as its mode asks members at once; a plan is
 * advice: whoever makes the offers reads the members again. A member may be planned for as many orders as they have
 * room for, MEMBER_OFFERS at most; each further one costs what an offer more costs. The seats of one order go to
 * different members. An order of which a slot would stay empty waits as a whole: no team is asked that is not complete.
 * Ownership: orders are borrowed; the plan lies in scene.arena, its member ids are the roster's: valid until it
 * changes. Errors: ERR_TOO_LARGE: weights of the policy beyond what assign takes.
 */
#ifndef PAIDAN_DOMAIN_BATCH_H
#define PAIDAN_DOMAIN_BATCH_H

#include "domain/match.h"

struct roster;

enum {
	/* Candidates looked at for each slot: with more, only orders that all want the same people gain. */
	BATCH_CANDIDATES = 24,
	/* Orders that one batch may plan for one member. */
	BATCH_MEMBER_OFFERS = 3,
	/* Edges looked at before it becomes greedy: some tens of milliseconds. */
	BATCH_STEPS = 5000000,
};

struct batch_order {
	const OrderRecord *order;
	const HouseholdRecord *household; /* NULL: none */
};

struct batch_offer {
	uint32_t slot;
	const char *member_id;
};

/* What was planned for one order. */
struct batch_choice {
	Ring ring; /* the first, from the order's own, in which every slot has candidates; RING_POOL: there is none */
	bool wait; /* all whom it could have are better used by others */
	struct batch_offer *offers;
	size_t n_offers;
};

struct batch_plan {
	struct batch_choice *choices; /* of each order */
	size_t n_seats;
	bool greedy;
};

enum err batch_decide(struct scene *s, const struct roster *roster, const struct batch_order *orders, size_t n,
		      struct batch_plan *plan);
/* A choice in words that outlive the roster's next change. */
PlannedOrder *batch_planned(struct arena *a, const OrderRecord *order, const struct batch_choice *choice);

#endif
