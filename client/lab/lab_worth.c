#include "lab_worth.h"

#include <math.h>

static const double LEARN_S = 30, LIFE_S = 1800;
/* What is seen in its quarter counts as so much seen in the grid itself, and elsewhere as so much in the quarter;
 * before anything was seen anywhere one of ten is used in so long. */
static const double PRIOR_S = 200, FIRST_S = 60, FIRST_USED = 0.1;

static struct worth_place *all(const struct lab_worth *w)
{
	return &w->places[w->n_grids + WORTH_QUARTERS * WORTH_QUARTERS];
}

static struct worth_place *quarter(const struct lab_worth *w, uint32_t grid)
{
	return &w->places[w->n_grids + w->quarter_of[grid]];
}

static uint32_t along(double from, double to, double length)
{
	double share = length > 0 ? (to - from) / length : 0;
	return (uint32_t)fmin(fmax(share * WORTH_QUARTERS, 0), WORTH_QUARTERS - 1);
}

struct bounds {
	double low_x, low_y, high_x, high_y;
};

static uint32_t quarter_at(const struct bounds *b, double x, double y)
{
	return along(b->low_y, y, b->high_y - b->low_y) * WORTH_QUARTERS + along(b->low_x, x, b->high_x - b->low_x);
}

/* A grid's quarter is that of anybody in it. */
static void find_quarters(struct lab_worth *w, const struct lab_trace *t)
{
	struct bounds b = {INFINITY, INFINITY, -INFINITY, -INFINITY};
	for (uint32_t i = 0; i < t->n_orders; i++) {
		b.low_x = fmin(b.low_x, t->orders[i].x);
		b.low_y = fmin(b.low_y, t->orders[i].y);
		b.high_x = fmax(b.high_x, t->orders[i].x);
		b.high_y = fmax(b.high_y, t->orders[i].y);
	}
	for (uint32_t i = 0; i < t->n_members; i++)
		w->quarter_of[t->members[i].grid] = quarter_at(&b, t->members[i].x, t->members[i].y);
	for (uint32_t i = 0; i < t->n_orders; i++)
		w->quarter_of[t->orders[i].grid] = quarter_at(&b, t->orders[i].x, t->orders[i].y);
}

static double mean(double sum, uint32_t n)
{
	return n > 0 ? sum / n : 1;
}

static void learn(struct lab_worth *w, double seconds);

void lab_worth_begin(struct lab_worth *w, struct arena *a, const struct lab_trace *t, double lost_s)
{
	double orders_s = 0, members_s = 0;
	*w = (struct lab_worth){.n_grids = t->n_grids, .lost_s = lost_s};
	w->places = arena_array(a, (size_t)t->n_grids + WORTH_QUARTERS * WORTH_QUARTERS + 1, sizeof(*w->places));
	w->quarter_of = arena_array(a, t->n_grids, sizeof(*w->quarter_of));
	find_quarters(w, t);
	for (uint32_t i = 0; i < t->n_orders; i++)
		orders_s += t->orders[i].until_s - t->orders[i].at_s;
	for (uint32_t i = 0; i < t->n_members; i++)
		members_s += t->members[i].until_s - t->members[i].at_s;
	w->order_s = mean(orders_s, t->n_orders);
	w->member_s = mean(members_s, t->n_members);
	learn(w, 0);
}

/* --- what is seen --- */

static double steps_of(double at_s, double until_s, double now_s)
{
	double share = until_s > at_s ? (now_s - at_s) / (until_s - at_s) : 1;
	return fmin(fmax(share, 0), 1) * WORTH_STEPS;
}

static size_t step_of(double at_s, double until_s, double now_s)
{
	return (size_t)fmin(steps_of(at_s, until_s, now_s), WORTH_STEPS - 1);
}

void lab_worth_order_waited(struct lab_worth *w, const struct lab_order *o, double now_s, double seconds)
{
	size_t step = step_of(o->at_s, o->until_s, now_s);
	w->places[o->grid].orders.at_risk_s[step] += seconds;
	quarter(w, o->grid)->orders.at_risk_s[step] += seconds;
	all(w)->orders.at_risk_s[step] += seconds;
}

void lab_worth_member_waited(struct lab_worth *w, const struct lab_member *m, double now_s, double seconds)
{
	size_t step = step_of(m->at_s, m->until_s, now_s);
	w->places[m->grid].members.at_risk_s[step] += seconds;
	quarter(w, m->grid)->members.at_risk_s[step] += seconds;
	all(w)->members.at_risk_s[step] += seconds;
}

void lab_worth_served(struct lab_worth *w, const struct lab_order *o, const struct lab_member *m, double now_s)
{
	size_t order = step_of(o->at_s, o->until_s, now_s), member = step_of(m->at_s, m->until_s, now_s);
	w->places[o->grid].orders.used[order]++;
	quarter(w, o->grid)->orders.used[order]++;
	all(w)->orders.used[order]++;
	w->places[m->grid].members.used[member]++;
	quarter(w, m->grid)->members.used[member]++;
	all(w)->members.used[member]++;
}

void lab_worth_price(struct lab_worth *w, double price_s)
{
	w->price_s += price_s;
	w->n_prices++;
}

/* --- what follows from it --- */

struct outlook {
	double step_s, price_s;
	bool waits;   /* the wait counts */
	double end_s; /* the worth when the time is over */
};

/* Backwards from the end. Nothing is worth more than to be given up: what is left of its time, and being lost. */
static void look_back(struct worth_side *side, const struct worth_side *around, const struct worth_side *elsewhere,
		      const struct outlook *o)
{
	side->worth_s[WORTH_STEPS] = o->end_s;
	for (size_t i = WORTH_STEPS; i-- > 0;) {
		double usual = (elsewhere->used[i] + FIRST_USED) / (elsewhere->at_risk_s[i] + FIRST_S);
		double near = (around->used[i] + usual * PRIOR_S) / (around->at_risk_s[i] + PRIOR_S);
		double hazard = (side->used[i] + near * PRIOR_S) / (side->at_risk_s[i] + PRIOR_S);
		double stays = exp(-hazard * o->step_s);
		side->worth_s[i] = (1 - stays) * o->price_s + stays * side->worth_s[i + 1];
		if (o->waits)
			side->worth_s[i] = fmin(side->worth_s[i] + (1 - stays) / hazard,
						o->step_s * (double)(WORTH_STEPS - i) + o->end_s);
	}
}

static void fade(struct worth_side *side, double left)
{
	for (size_t i = 0; i < WORTH_STEPS; i++) {
		side->at_risk_s[i] *= left;
		side->used[i] *= left;
	}
}

static void learn(struct lab_worth *w, double seconds)
{
	double left = exp(-seconds / LIFE_S), price_s = w->price_s / (w->n_prices + 1);
	struct outlook orders = {w->order_s / WORTH_STEPS, price_s, true, w->lost_s};
	struct outlook members = {w->member_s / WORTH_STEPS, price_s, false, 0};
	for (uint32_t g = 0; g < w->n_grids; g++) {
		struct worth_place *p = &w->places[g];
		look_back(&p->orders, &quarter(w, g)->orders, &all(w)->orders, &orders);
		look_back(&p->members, &quarter(w, g)->members, &all(w)->members, &members);
	}
	for (uint32_t g = 0; g <= w->n_grids + WORTH_QUARTERS * WORTH_QUARTERS; g++) {
		fade(&w->places[g].orders, left);
		fade(&w->places[g].members, left);
	}
	w->price_s *= left;
	w->n_prices *= left;
}

void lab_worth_learn(struct lab_worth *w, double now_s)
{
	if (now_s - w->learned_s < LEARN_S)
		return;
	learn(w, now_s - w->learned_s);
	w->learned_s = now_s;
}

static double at_steps(const struct worth_side *side, double steps)
{
	size_t i = (size_t)fmin(steps, WORTH_STEPS - 1);
	return side->worth_s[i] + (steps - (double)i) * (side->worth_s[i + 1] - side->worth_s[i]);
}

double lab_worth_of_order(const struct lab_worth *w, const struct lab_order *o, double now_s)
{
	return at_steps(&w->places[o->grid].orders, steps_of(o->at_s, o->until_s, now_s));
}

double lab_worth_of_member(const struct lab_worth *w, const struct lab_member *m, double now_s)
{
	return at_steps(&w->places[m->grid].members, steps_of(m->at_s, m->until_s, now_s));
}
