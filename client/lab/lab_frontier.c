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

struct lab_asking_point lab_frontier_asking(const struct lab_trace *t, const struct lab_coins *coins, double ttl_s,
					    uint32_t most)
{
	struct lab_asking_point point = {.ttl_s = ttl_s, .most = most};
	for (uint32_t m = 0; m < t->n_members; m++) {
		double now_s = t->members[m].at_s;
		bool accepted = false;
		for (uint32_t n = 0; n < most && n < t->n_orders && !accepted; n++) {
			if (lab_is_over(t, t->members[m].until_s, now_s))
				break;
			struct lab_answer answer = lab_coin(coins, n, m);
			bool late = answer.word == LAB_SILENT || answer.delay_s > ttl_s;
			now_s += late ? ttl_s : answer.delay_s;
			accepted = !late && answer.word == LAB_YES && !lab_is_over(t, t->members[m].until_s, now_s);
			point.offers++;
		}
		point.accepted += accepted;
	}
	return point;
}
