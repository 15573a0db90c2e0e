#include "lab_frontier.h"

#include <math.h>
#include <stdlib.h>

#include "domain/assign.h"

/* Costs are whole seconds: a fraction decides nothing. */
struct lab_frontier_point lab_frontier_at(struct arena *a, const struct lab_trace *t, const struct lab_pairs *p,
					  double lost_s)
{
	struct lab_frontier_point point = {.lost_s = lost_s};
	struct arena_mark mark = arena_mark(a);
	struct assign_plan plan = {0};
	int64_t *costs = arena_array(a, p->first[p->n_orders], sizeof(*costs));
	int64_t *waiting = arena_array(a, p->n_orders, sizeof(*waiting));
	for (uint32_t i = 0; i < p->n_orders; i++) {
		const struct lab_order *o = &t->orders[i];
		waiting[i] = llround(o->until_s - o->at_s + lost_s);
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++)
			costs[e] = llround(fmax(0, t->members[p->members[e]].at_s - o->at_s));
	}
	struct assign_problem problem = {p->n_orders, p->n_members, p->first, p->members, costs, waiting};
	if (assign_solve(a, &problem, UINT64_MAX, &plan) != OK)
		abort(); /* the readers bound times and counts */
	point.served = plan.n_served;
	if (p->n_orders > 0)
		point.response_mean_s =
		    ((double)plan.cost - lost_s * (p->n_orders - plan.n_served)) / (double)p->n_orders;
	arena_rewind(a, mark);
	return point;
}
