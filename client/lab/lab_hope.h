/*
 * lab_hope: what it is worth to wait, by what was seen so far.
 *
 * Nouns: orders wait and members are there; while they do, somebody they could be paired with may come: the chance of
 * that in a second is learnt, as are the payments of orders and the success rates of members, the last SEEN of each.
 * What is kept for an order, or for a member, is the value that somebody yet to come is expected to give it; the gain
 * of a pair is what either of the two may expect to get better, while both have time. Both are in payments. Ownership:
 * plain. Errors: none.
 */
#ifndef PAIDAN_LAB_HOPE_H
#define PAIDAN_LAB_HOPE_H

#include "lab_trace.h"

enum { HOPE_SEEN = 256 };

struct hope_side {
	double seconds, met; /* that they waited, all together; how often somebody came for one of them */
	double seen[HOPE_SEEN];
	uint64_t n_seen;
};

struct lab_hope {
	struct hope_side orders, members;
};

void lab_hope_begin(struct lab_hope *hope);
void lab_hope_order_came(struct lab_hope *hope, const struct lab_order *order);
void lab_hope_member_came(struct lab_hope *hope, const struct lab_member *member);
void lab_hope_waited(struct lab_hope *hope, double orders_s, double members_s);
/* Two who can be paired are both there for the first time. */
void lab_hope_met(struct lab_hope *hope, const struct lab_order *order, const struct lab_member *member);

double lab_hope_kept_for_order(const struct lab_hope *hope, const struct lab_order *order, double now_s);
double lab_hope_kept_for_member(const struct lab_hope *hope, const struct lab_member *member, double now_s);
double lab_hope_gain(const struct lab_hope *hope, const struct lab_order *order, const struct lab_member *member,
		     double now_s);

#endif
