#include "lab_rehearsal.h"

#include <math.h>
#include <stdlib.h>

#include "lab_pairs.h"

enum { SIDE_MAX = 64 };
/* Costs are whole millimetres. */
static const double SCALE = 1000;

struct edge {
	int64_t cost;
	uint32_t member;
};

/* Columns by where they stand, in squares as wide as the farthest reach. */
struct squares {
	double low_x, low_y, width;
	int columns, rows;
	uint32_t *first, *members;
};

struct edges {
	struct edge *all;
	uint32_t n, room;
};

/* Row or column to what stands there; those of the rehearsal come so much later. */
static const struct lab_order *order_at(const struct lab_rehearsal *r, uint32_t row, double *later_s)
{
	bool there = row < r->moment->n_orders;
	*later_s = there ? 0 : r->policy->foresight_s;
	return &r->trace->orders[there ? r->moment->orders[row] : r->first_order + row - r->moment->n_orders];
}

static const struct lab_member *member_at(const struct lab_rehearsal *r, uint32_t column, double *later_s)
{
	bool there = column < r->moment->n_members;
	*later_s = there ? 0 : r->policy->foresight_s;
	return &r->trace->members[there ? r->moment->members[column] : r->first_member + column - r->moment->n_members];
}

void lab_rehearsal_find(struct lab_rehearsal *r)
{
	double since_s = r->moment->now_s - r->policy->foresight_s;
	uint32_t orders = r->moment->came_orders, members = r->moment->came_members;
	r->first_order = orders;
	r->first_member = members;
	while (r->first_order > 0 && r->trace->orders[r->first_order - 1].at_s > since_s)
		r->first_order--;
	while (r->first_member > 0 && r->trace->members[r->first_member - 1].at_s > since_s)
		r->first_member--;
	r->n_orders = r->moment->n_orders + orders - r->first_order;
	r->n_members = r->moment->n_members + members - r->first_member;
}

/* --- who is near --- */

static int square_along(double from, double to, double width, int n)
{
	double at = floor((to - from) / width);
	return at < 0 ? 0 : at >= n ? n - 1 : (int)at;
}

static int square_of(const struct squares *s, double x, double y)
{
	return square_along(s->low_y, y, s->width, s->rows) * s->columns +
	       square_along(s->low_x, x, s->width, s->columns);
}

static void measure(struct squares *s, const struct lab_rehearsal *r)
{
	double high_x = -INFINITY, high_y = -INFINITY, reach = 0, later_s;
	s->low_x = s->low_y = INFINITY;
	for (uint32_t i = 0; i < r->n_members; i++) {
		const struct lab_member *m = member_at(r, i, &later_s);
		s->low_x = fmin(s->low_x, m->x);
		s->low_y = fmin(s->low_y, m->y);
		high_x = fmax(high_x, m->x);
		high_y = fmax(high_y, m->y);
		reach = fmax(reach, m->reach);
	}
	s->width = fmax(fmax(reach, fmax(high_x - s->low_x, high_y - s->low_y) / SIDE_MAX), 1e-9);
	s->columns = r->n_members == 0 ? 1 : 1 + (int)((high_x - s->low_x) / s->width);
	s->rows = r->n_members == 0 ? 1 : 1 + (int)((high_y - s->low_y) / s->width);
}

static void fill(struct arena *a, struct squares *s, const struct lab_rehearsal *r)
{
	size_t n = (size_t)s->columns * (size_t)s->rows;
	uint32_t *square = arena_array(a, r->n_members, sizeof(*square)), *next = arena_array(a, n, sizeof(*next));
	double later_s;
	s->first = arena_array(a, n + 1, sizeof(*s->first));
	s->members = arena_array(a, r->n_members, sizeof(*s->members));
	for (uint32_t i = 0; i < r->n_members; i++) {
		const struct lab_member *m = member_at(r, i, &later_s);
		square[i] = (uint32_t)square_of(s, m->x, m->y);
		s->first[square[i] + 1]++;
	}
	for (size_t i = 0; i < n; i++) {
		next[i] = s->first[i];
		s->first[i + 1] += s->first[i];
	}
	for (uint32_t i = 0; i < r->n_members; i++)
		s->members[next[square[i]]++] = i;
}

/* --- edges --- */

static void put_edge(struct edges *edges, uint32_t column, double cost)
{
	double most = (double)ASSIGN_COST_MAX;
	if (edges->n == edges->room) {
		edges->room = edges->room * 2 + 4096;
		edges->all = realloc(edges->all, edges->room * sizeof(*edges->all));
		if (edges->all == NULL)
			abort();
	}
	edges->all[edges->n++] = (struct edge){llround(fmax(-most, fmin(cost * SCALE, most))), column};
}

static int cheaper(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static void try_pair(const struct lab_rehearsal *r, uint32_t row, uint32_t column, struct edges *edges)
{
	double order_later_s, member_later_s;
	const struct lab_order *o = order_at(r, row, &order_later_s);
	const struct lab_member *m = member_at(r, column, &member_later_s);
	const struct lab_moment *now = r->moment;
	double from_s = fmax(o->at_s + order_later_s, now->now_s), begins_s = fmax(from_s, m->at_s + member_later_s);
	double until_s = fmin(o->until_s + order_later_s, m->until_s + member_later_s);
	if (lab_is_over(r->trace, until_s, begins_s))
		return;
	double distance = lab_distance(o, m);
	if (distance > m->reach || (row < now->n_orders && column < now->n_members &&
				    now->asked(now->arg, now->orders[row], now->members[column])))
		return;
	put_edge(edges, column,
		 distance * r->trace->unit_m + r->policy->age_m * (begins_s - from_s) -
		     r->policy->served_m * o->pay * m->rate);
}

static void put_row(const struct lab_rehearsal *r, const struct squares *s, uint32_t row, struct edges *edges)
{
	double later_s;
	const struct lab_order *o = order_at(r, row, &later_s);
	uint32_t since = edges->n;
	int x = (int)floor((o->x - s->low_x) / s->width), y = (int)floor((o->y - s->low_y) / s->width);
	for (int up = y - 1; up <= y + 1; up++) {
		for (int across = x - 1; across <= x + 1; across++) {
			if (up < 0 || across < 0 || up >= s->rows || across >= s->columns)
				continue;
			int square = up * s->columns + across;
			for (uint32_t i = s->first[square]; i < s->first[square + 1]; i++)
				try_pair(r, row, s->members[i], edges);
		}
	}
	if (edges->n > since)
		qsort(edges->all + since, edges->n - since, sizeof(*edges->all), cheaper);
}

/* Of an order that nobody serves before the rehearsal ends. */
static double unserved_cost(const struct lab_rehearsal *r, uint32_t row)
{
	double later_s, end_s = r->moment->now_s + r->policy->foresight_s;
	const struct lab_order *o = order_at(r, row, &later_s);
	double from_s = fmax(o->at_s + later_s, r->moment->now_s), until_s = o->until_s + later_s;
	double waits_s = fmin(until_s, end_s) - from_s;
	return r->policy->age_m * waits_s + (until_s <= end_s ? r->policy->lost_m : 0);
}

struct assign_problem lab_rehearsal_problem(struct arena *a, const struct lab_rehearsal *r)
{
	struct squares squares;
	struct edges edges = {.n = 0};
	uint32_t *first = arena_array(a, (size_t)r->n_orders + 1, sizeof(*first));
	measure(&squares, r);
	fill(a, &squares, r);
	for (uint32_t row = 0; row < r->n_orders; row++) {
		put_row(r, &squares, row, &edges);
		first[row + 1] = edges.n;
	}
	uint32_t *members = arena_array(a, edges.n, sizeof(*members));
	int64_t *costs = arena_array(a, edges.n, sizeof(*costs)),
		*waiting = arena_array(a, r->n_orders, sizeof(*waiting));
	for (uint32_t e = 0; e < edges.n; e++) {
		members[e] = edges.all[e].member;
		costs[e] = edges.all[e].cost;
	}
	free(edges.all);
	for (uint32_t row = 0; row < r->n_orders; row++)
		waiting[row] = llround(unserved_cost(r, row) * SCALE);
	return (struct assign_problem){r->n_orders, r->n_members, first, members, costs, waiting};
}
