/*
 * lab_worth: what it is worth to serve an order now, and to keep a member for later, in seconds of waiting, by what
 * became of others lately.
 *
 * Nouns: an order that is passed over is either served some time later, which costs the wait and the service of a
 * member whom others would have had (the price), or lost, which costs its whole time and lost_s more. How soon orders
 * are served, by how long they have waited (their hazard), is learnt in each grid; the price is what members fetch, the
 * duals of the windows' assignments. So where more orders come than can be served the newest are worth most, for the
 * old ones are lost anyway; where there is room for all it is those whose time is nearly up, and those in places where
 * hardly anybody comes. A member who is kept is used later, by the hazard of members there, at that price, or never.
 * This is approximate dynamic programming with a value that separates (Powell), by time to go and place.
 * What was seen fades. Where little was seen it is taken to be as in the quarter around, and there as elsewhere.
 * Ownership: the arena's. Errors: none.
 */
#ifndef PAIDAN_LAB_WORTH_H
#define PAIDAN_LAB_WORTH_H

#include "lab_trace.h"

enum {
	/* Of the share of their time that has passed. */
	WORTH_STEPS = 24,
	/* Along either side of the trace's places. */
	WORTH_QUARTERS = 6,
};

struct worth_side {
	double at_risk_s[WORTH_STEPS], used[WORTH_STEPS];
	double worth_s[WORTH_STEPS + 1]; /* at the beginning of each step, and at the end */
};

struct worth_place {
	struct worth_side orders, members;
};

struct lab_worth {
	struct worth_place *places; /* of each grid, then of each quarter, then of all */
	uint32_t n_grids;
	uint32_t *quarter_of; /* of each grid */
	double lost_s;
	double order_s, member_s; /* how long orders are open and members are there, in the mean */
	double price_s, n_prices; /* the sum of those seen, and how many */
	double learned_s;         /* when */
};

void lab_worth_begin(struct lab_worth *worth, struct arena *a, const struct lab_trace *trace, double lost_s);
/* They waited for so many seconds, up to now. */
void lab_worth_order_waited(struct lab_worth *worth, const struct lab_order *order, double now_s, double seconds);
void lab_worth_member_waited(struct lab_worth *worth, const struct lab_member *member, double now_s, double seconds);
void lab_worth_served(struct lab_worth *worth, const struct lab_order *order, const struct lab_member *member,
		      double now_s);
void lab_worth_price(struct lab_worth *worth, double price_s);
/* To be called often: every few seconds, what was seen is taken into account. */
void lab_worth_learn(struct lab_worth *worth, double now_s);

double lab_worth_of_order(const struct lab_worth *worth, const struct lab_order *order, double now_s);
double lab_worth_of_member(const struct lab_worth *worth, const struct lab_member *member, double now_s);

#endif
