#include "lab_hope.h"

#include <math.h>

/* Before anything was seen: as if somebody had come in one of five waits of PRIOR_S, ten times over. */
static const double PRIOR_S = 300, PRIOR_WAITS = 50, PRIOR_MET = 10;

void lab_hope_begin(struct lab_hope *h)
{
	*h = (struct lab_hope){.orders = {.seconds = PRIOR_S * PRIOR_WAITS, .met = PRIOR_MET}};
	h->members.seconds = PRIOR_S * PRIOR_WAITS;
	h->members.met = PRIOR_MET;
}

static void see(struct hope_side *side, double value)
{
	side->seen[side->n_seen++ % HOPE_SEEN] = value;
}

void lab_hope_order_came(struct lab_hope *h, const struct lab_order *order)
{
	see(&h->orders, order->pay);
}

void lab_hope_member_came(struct lab_hope *h, const struct lab_member *member)
{
	see(&h->members, member->rate);
}

void lab_hope_waited(struct lab_hope *h, double orders_s, double members_s)
{
	h->orders.seconds += orders_s;
	h->members.seconds += members_s;
}

void lab_hope_met(struct lab_hope *h, const struct lab_order *order, const struct lab_member *member)
{
	if (member->at_s > order->at_s)
		h->orders.met++;
	else
		h->members.met++;
}

static double chance(const struct hope_side *side, double left_s)
{
	return 1 - exp(-side->met / side->seconds * fmax(left_s, 0));
}

/* How much more than `than` one of those seen has, in the mean; 0: all that it has. */
static double surplus(const struct hope_side *side, double than)
{
	size_t n = side->n_seen < HOPE_SEEN ? (size_t)side->n_seen : HOPE_SEEN;
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += fmax(side->seen[i] - than, 0);
	return n > 0 ? sum / (double)n : 0;
}

double lab_hope_kept_for_order(const struct lab_hope *h, const struct lab_order *order, double now_s)
{
	return chance(&h->orders, order->until_s - now_s) * order->pay * surplus(&h->members, 0);
}

double lab_hope_kept_for_member(const struct lab_hope *h, const struct lab_member *member, double now_s)
{
	return chance(&h->members, member->until_s - now_s) * member->rate * surplus(&h->orders, 0);
}

double lab_hope_gain(const struct lab_hope *h, const struct lab_order *order, const struct lab_member *member,
		     double now_s)
{
	double left_s = fmin(order->until_s, member->until_s) - now_s;
	return chance(&h->orders, left_s) * surplus(&h->members, member->rate) * order->pay +
	       chance(&h->members, left_s) * surplus(&h->orders, order->pay) * member->rate;
}
