#include "lab_foresight.h"

#include <math.h>
#include <stdlib.h>

#include "lab_rehearsal.h"
#include "lab_run.h"

/* What those who are there would lose, added up over rehearsals. */
struct regrets {
	double *of_order, *of_member; /* by waiting */
	/* By meeting now: the pairs of each order, which every rehearsal has alike. */
	uint32_t *first, *members;
	double *of_pair;
	uint32_t n; /* rehearsals */
};

struct planned {
	const struct lab_moment *moment;
	struct assign_problem problem;
	struct assign_plan plan;
};

static bool is_there(const struct planned *p, uint32_t row, uint32_t column)
{
	return row < p->moment->n_orders && column < p->moment->n_members;
}

/* What the pair costs beyond the plan. */
static int64_t reduced(const struct planned *p, uint32_t row, uint32_t edge)
{
	return p->problem.costs[edge] - p->plan.order_prices[row] - p->plan.member_prices[p->problem.members[edge]];
}

/* The least that anything but meeting somebody now costs beyond the plan. */
static void add_waiting(struct arena *a, const struct planned *p, struct regrets *sum)
{
	uint32_t n_orders = p->moment->n_orders, n_members = p->moment->n_members;
	int64_t *of_member = arena_array(a, n_members, sizeof(*of_member));
	for (uint32_t m = 0; m < n_members; m++)
		of_member[m] = -p->plan.member_prices[m];
	for (uint32_t row = 0; row < p->problem.n_orders; row++) {
		int64_t least = p->problem.waiting[row] - p->plan.order_prices[row];
		for (uint32_t e = p->problem.first[row]; e < p->problem.first[row + 1]; e++) {
			uint32_t m = p->problem.members[e];
			int64_t more = reduced(p, row, e);
			if (m >= n_members)
				least = more < least ? more : least;
			else if (row >= n_orders)
				of_member[m] = more < of_member[m] ? more : of_member[m];
		}
		if (row < n_orders)
			sum->of_order[row] += (double)least;
	}
	for (uint32_t m = 0; m < n_members; m++)
		sum->of_member[m] += (double)of_member[m];
}

/* The costs of those who are there are the same in every rehearsal, and so is the order of their edges. */
static void add_pairs(const struct planned *p, struct regrets *sum)
{
	uint32_t n = 0;
	for (uint32_t row = 0; row < p->moment->n_orders; row++) {
		for (uint32_t e = p->problem.first[row]; e < p->problem.first[row + 1]; e++) {
			if (!is_there(p, row, p->problem.members[e]))
				continue;
			sum->members[n] = p->problem.members[e];
			sum->of_pair[n++] += (double)reduced(p, row, e);
		}
		sum->first[row + 1] = n;
	}
}

static void add(struct arena *a, const struct planned *p, struct regrets *sum)
{
	if (sum->n == 0) {
		uint32_t n_orders = p->moment->n_orders;
		sum->first = arena_array(a, (size_t)n_orders + 1, sizeof(*sum->first));
		sum->members = arena_array(a, p->problem.first[n_orders], sizeof(*sum->members));
		sum->of_pair = arena_array(a, p->problem.first[n_orders], sizeof(*sum->of_pair));
		sum->of_order = arena_array(a, n_orders, sizeof(*sum->of_order));
		sum->of_member = arena_array(a, p->moment->n_members, sizeof(*sum->of_member));
	}
	struct arena_mark mark = arena_mark(a);
	add_waiting(a, p, sum);
	add_pairs(p, sum);
	arena_rewind(a, mark);
	sum->n++;
}

static void solve(struct arena *a, const struct assign_problem *problem, struct assign_plan *plan)
{
	/* Costs and counts are within bounds: lab_rehearsal, the readers. */
	if (assign_solve(a, problem, UINT64_MAX, plan) != OK)
		abort();
}

/* Whoever waits loses what waiting loses: a member's goes with their pairs. */
static void weigh(struct arena *a, const struct lab_moment *moment, const struct regrets *sum, struct assign_plan *plan)
{
	uint32_t n_pairs = sum->first[moment->n_orders];
	int64_t *costs = arena_array(a, n_pairs, sizeof(*costs));
	int64_t *waiting = arena_array(a, moment->n_orders, sizeof(*waiting));
	for (uint32_t e = 0; e < n_pairs; e++)
		costs[e] = llround((sum->of_pair[e] - sum->of_member[sum->members[e]]) / sum->n);
	for (uint32_t i = 0; i < moment->n_orders; i++)
		waiting[i] = llround(sum->of_order[i] / sum->n);
	struct assign_problem problem = {moment->n_orders, moment->n_members, sum->first, sum->members, costs, waiting};
	solve(a, &problem, plan);
}

static double regret_of(const struct regrets *sum, uint32_t order, uint32_t member)
{
	uint32_t e = sum->first[order];
	while (sum->members[e] != member)
		e++;
	return sum->of_pair[e] / sum->n / LAB_REHEARSAL_SCALE;
}

struct lab_foreseen *lab_foresight_plan(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy,
					const struct lab_moment *moment)
{
	struct lab_foreseen *out = arena_array(a, moment->n_orders, sizeof(*out));
	struct lab_rehearsal r = {.trace = trace, .policy = policy, .moment = moment};
	struct regrets sum = {.n = 0};
	struct planned p = {.moment = moment};
	for (unsigned i = 0; i < (unsigned)policy->rehearsals && lab_rehearsal_find(&r, i); i++) {
		p.problem = lab_rehearsal_problem(a, &r);
		solve(a, &p.problem, &p.plan);
		add(a, &p, &sum);
	}
	if (sum.n > 1)
		weigh(a, moment, &sum, &p.plan);
	for (uint32_t i = 0; i < moment->n_orders; i++) {
		uint32_t m = p.plan.members[i];
		out[i].member = LAB_NOBODY;
		if (m == ASSIGN_NOBODY || !is_there(&p, i, m))
			continue;
		out[i] = (struct lab_foreseen){moment->members[m], regret_of(&sum, i, m)};
	}
	return out;
}
