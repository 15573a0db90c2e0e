#include "lab_foresight.h"

#include <math.h>
#include <stdlib.h>

#include "domain/assign.h"
#include "lab_pairs.h"
#include "lab_run.h"

/* Costs are whole millimetres. */
static const double SCALE = 1000;

struct edge {
	int64_t cost;
	uint32_t member;
};

struct foresight {
	const struct lab_trace *t;
	const struct lab_policy *policy;
	const struct lab_moment *m;
	/* What the rehearsal is made of: those of the trace from these on, up to who has come. */
	uint32_t first_order, first_member;
	uint32_t n_orders, n_members; /* rows and columns: who is there, then the rehearsal */
	uint32_t *first;
	struct edge *edges;
	uint32_t n, room;
};

/* Row or column to what stands there; those of the rehearsal come so much later. */
static const struct lab_order *order_at(const struct foresight *f, uint32_t row, double *later_s)
{
	bool there = row < f->m->n_orders;
	*later_s = there ? 0 : f->policy->foresight_s;
	return &f->t->orders[there ? f->m->orders[row] : f->first_order + row - f->m->n_orders];
}

static const struct lab_member *member_at(const struct foresight *f, uint32_t column, double *later_s)
{
	bool there = column < f->m->n_members;
	*later_s = there ? 0 : f->policy->foresight_s;
	return &f->t->members[there ? f->m->members[column] : f->first_member + column - f->m->n_members];
}

static void find_rehearsal(struct foresight *f)
{
	double since_s = f->m->now_s - f->policy->foresight_s;
	f->first_order = f->m->came_orders;
	f->first_member = f->m->came_members;
	while (f->first_order > 0 && f->t->orders[f->first_order - 1].at_s > since_s)
		f->first_order--;
	while (f->first_member > 0 && f->t->members[f->first_member - 1].at_s > since_s)
		f->first_member--;
	f->n_orders = f->m->n_orders + f->m->came_orders - f->first_order;
	f->n_members = f->m->n_members + f->m->came_members - f->first_member;
}

static void put_edge(struct foresight *f, uint32_t column, double cost)
{
	double most = (double)ASSIGN_COST_MAX;
	if (f->n == f->room) {
		f->room = f->room * 2 + 4096;
		f->edges = realloc(f->edges, f->room * sizeof(*f->edges));
		if (f->edges == NULL)
			abort();
	}
	f->edges[f->n++] = (struct edge){llround(fmax(-most, fmin(cost * SCALE, most))), column};
}

static int cheaper(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static void put_row(struct foresight *f, uint32_t row)
{
	double order_later_s, member_later_s;
	const struct lab_order *o = order_at(f, row, &order_later_s);
	double from_s = fmax(o->at_s + order_later_s, f->m->now_s);
	f->first[row] = f->n;
	for (uint32_t column = 0; column < f->n_members; column++) {
		const struct lab_member *m = member_at(f, column, &member_later_s);
		double distance = lab_distance(o, m), begins_s = fmax(from_s, m->at_s + member_later_s);
		double until_s = fmin(o->until_s + order_later_s, m->until_s + member_later_s);
		bool there = row < f->m->n_orders && column < f->m->n_members;
		if (distance > m->reach || lab_is_over(f->t, until_s, begins_s) ||
		    (there && f->m->asked(f->m->arg, f->m->orders[row], f->m->members[column])))
			continue;
		put_edge(f, column,
			 distance * f->t->unit_m + f->policy->age_m * (begins_s - from_s) -
			     f->policy->served_m * o->pay * m->rate);
	}
	if (f->n > f->first[row])
		qsort(f->edges + f->first[row], f->n - f->first[row], sizeof(*f->edges), cheaper);
}

/* Of an order that nobody serves before the rehearsal ends. */
static double unserved_cost(const struct foresight *f, uint32_t row)
{
	double later_s, end_s = f->m->now_s + f->policy->foresight_s;
	const struct lab_order *o = order_at(f, row, &later_s);
	double from_s = fmax(o->at_s + later_s, f->m->now_s), until_s = o->until_s + later_s;
	double waits_s = fmin(until_s, end_s) - from_s;
	return f->policy->age_m * waits_s + (until_s <= end_s ? f->policy->lost_m : 0);
}

static struct assign_problem problem_of(struct arena *a, struct foresight *f)
{
	f->first = arena_array(a, (size_t)f->n_orders + 1, sizeof(*f->first));
	for (uint32_t row = 0; row < f->n_orders; row++)
		put_row(f, row);
	f->first[f->n_orders] = f->n;
	uint32_t *members = arena_array(a, f->n, sizeof(*members));
	int64_t *costs = arena_array(a, f->n, sizeof(*costs)), *waiting = arena_array(a, f->n_orders, sizeof(*waiting));
	for (uint32_t e = 0; e < f->n; e++) {
		members[e] = f->edges[e].member;
		costs[e] = f->edges[e].cost;
	}
	for (uint32_t row = 0; row < f->n_orders; row++)
		waiting[row] = llround(unserved_cost(f, row) * SCALE);
	return (struct assign_problem){f->n_orders, f->n_members, f->first, members, costs, waiting};
}

uint32_t *lab_foresight_plan(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy,
			     const struct lab_moment *moment)
{
	struct foresight f = {.t = trace, .policy = policy, .m = moment};
	uint32_t *member_of = arena_array(a, moment->n_orders, sizeof(*member_of));
	struct assign_plan plan = {0};
	find_rehearsal(&f);
	struct assign_problem problem = problem_of(a, &f);
	free(f.edges);
	/* Costs and counts are within bounds: put_edge, the readers. */
	if (assign_solve(a, &problem, UINT64_MAX, &plan) != OK)
		abort();
	for (uint32_t i = 0; i < moment->n_orders; i++) {
		bool now = plan.members[i] != ASSIGN_NOBODY && plan.members[i] < moment->n_members;
		member_of[i] = now ? moment->members[plan.members[i]] : LAB_NOBODY;
	}
	return member_of;
}
