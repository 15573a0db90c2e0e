/*
 * batch: who is asked for which of many orders, decided for all of them together (assign.h).
 *
 * Nouns: a seat is one offer to be made: an order's open slot, as often as its mode asks members at once; an order is
 * seated when its candidates are known; a plan is advice: whoever makes the offers reads the members again. A member
 * may be planned for as many orders as they have room for, MEMBER_OFFERS at most; each further one costs what an offer
 * more costs. The seats of one order go to different members. An order of which a slot would stay empty waits as a
 * whole: no team is asked that is not complete. Orders that were weighed wait, too, where that costs less; the seats of
 * one share what it is worth. A large batch can be seated some orders at a time and solved in turns.
 * Ownership: orders are borrowed; a task borrows the seated orders; plans lie in the arena.
 * Errors: ERR_TOO_LARGE: weights of the policy beyond what assign takes.
 */
#ifndef PAIDAN_DOMAIN_BATCH_H
#define PAIDAN_DOMAIN_BATCH_H

#include "domain/match.h"

struct roster;
struct worth;

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

/* Why a slot stays empty though it has candidates. */
struct batch_wait {
	uint32_t slot;
	WaitReason why;
	const char *member_id; /* would have cost least */
	int64_t later_m;       /* what they would be good for later */
	int64_t worth_m;       /* of the slot's seat; 0: it was not weighed */
};

struct batch_offer {
	uint32_t slot;
	const char *member_id;
	const SeatWorth *worth; /* as it was seated; NULL: it was not weighed */
	int64_t price_m;        /* what the member adds to the cost of all (assign.h), never positive; 0: not known */
};

/* What was planned for one order. */
struct batch_choice {
	Ring ring; /* as it was seated */
	bool wait; /* all whom it could have are better used by others */
	struct batch_offer *offers;
	size_t n_offers;
	struct batch_wait *waits; /* of one that waits, each open slot */
	size_t n_waits;
};

struct batch_plan {
	struct batch_choice *choices; /* of each order */
	size_t n_seats;
	bool greedy;
};

/* Its candidates, in the scene's arena; member ids are the roster's: valid until it changes. */
SeatedOrder *batch_seat(struct scene *s, const struct roster *roster, const struct batch_order *order);

/* What it loses by being passed over, and what its candidates would be good for later (worth.h); worth NULL: nothing is
 * known, it is only told where that would count. */
void batch_weigh(struct scene *s, const struct roster *roster, const struct worth *worth, const OrderRecord *order,
		 SeatedOrder *seated);

/* The plan for seated orders; of a greedy one the first choose first. In turns, each of so many edges looked at. */
struct batch_task;
enum err batch_begin(struct arena *a, SeatedOrder *const *orders, size_t n, struct batch_task **task);
/* Whether nothing is left to do. */
bool batch_go_on(struct batch_task *task, uint64_t steps);
void batch_end(struct batch_task *task, struct batch_plan *plan);

/* All at once. */
enum err batch_decide(struct scene *s, const struct roster *roster, const struct batch_order *orders, size_t n,
		      struct batch_plan *plan);
/* A choice in words that outlive the roster's next change. */
PlannedOrder *batch_planned(struct arena *a, const char *order_id, const struct batch_choice *choice);

#endif
