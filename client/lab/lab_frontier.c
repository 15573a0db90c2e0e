#include "lab_frontier.h"

#include <math.h>
#include <stdlib.h>

#include "domain/assign.h"
#include "lab_asking.h"
#include "lab_opt.h"

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

/* --- with offers --- */

/* Times to live that are tried, the usual one, and prices of an offer as shares of what any can bring. */
enum { FIRST_TTL_S = 10, LAST_TTL_S = 60, USUAL_TTL_S = 30, PRICES = 32 };
enum { SAMPLE = 5 };

/* A member who can be asked for more orders is taken to have always one more, */
enum { FEW_ORDERS = 12 };
/* and who is there for longer to accept the first offer. */
enum { LONG_S = 3600 };

struct cover {
	uint32_t n_orders, longest_s, n_long;
	/* Members of it by how many orders beyond it they can serve, and by the seconds between which they are there
	 * together with any. */
	uint32_t *n_members[FEW_ORDERS + 2];
	bool any[FEW_ORDERS + 2];
};

/* When a member can be asked for orders that the cover has not, and for how many. */
struct asked {
	double from_s, to_s;
	uint32_t n_orders;
};

static struct asked *find_asked(struct arena *a, const struct lab_trace *t, const struct lab_pairs *p,
				const bool *covers)
{
	struct asked *asked = arena_array(a, p->n_members, sizeof(*asked));
	for (uint32_t i = 0; i < p->n_orders; i++) {
		const struct lab_order *o = &t->orders[i];
		for (uint32_t e = p->first[i]; e < p->first[i + 1] && !covers[i]; e++) {
			const struct lab_member *m = &t->members[p->members[e]];
			struct asked *of = &asked[p->members[e]];
			double from_s = fmax(o->at_s, m->at_s), to_s = fmin(o->until_s, m->until_s);
			of->from_s = of->n_orders == 0 ? from_s : fmin(of->from_s, from_s);
			of->to_s = of->n_orders == 0 ? to_s : fmax(of->to_s, to_s);
			of->n_orders++;
		}
	}
	return asked;
}

/* Any cover gives a bound. This one is the least for a sample of the members, nearly as many as accept, and has the
 * others as they are needed. */
static struct cover find_cover(struct arena *a, const struct lab_trace *t, const struct lab_pairs *p,
			       const struct lab_coins *coins)
{
	struct cover c = {0};
	bool *allowed = arena_array(a, p->first[p->n_orders], sizeof(*allowed));
	for (uint32_t m = 0; m < p->n_members; m++)
		c.longest_s =
		    (uint32_t)fmin(LONG_S, fmax(c.longest_s, ceil(t->members[m].until_s - t->members[m].at_s)));
	struct lab_asking *asking = lab_asking_new(a, coins->accept, USUAL_TTL_S, c.longest_s);
	double share = 0.9 * lab_asking_values(asking, 0, UINT32_MAX)[c.longest_s];
	for (uint32_t e = 0; e < p->first[p->n_orders]; e++)
		allowed[e] = lab_uniform(coins->seed, SAMPLE, p->members[e]) < share;
	bool *covers = lab_opt_cover(a, p, allowed);
	for (uint32_t i = 0; i < p->n_orders; i++)
		c.n_orders += covers[i];
	struct asked *asked = find_asked(a, t, p, covers);
	for (uint32_t n = 0; n <= FEW_ORDERS + 1; n++)
		c.n_members[n] = arena_array(a, c.longest_s + 1, sizeof(uint32_t));
	for (uint32_t m = 0; m < p->n_members; m++) {
		uint32_t n = asked[m].n_orders <= FEW_ORDERS ? asked[m].n_orders : FEW_ORDERS + 1;
		double stay_s = ceil(asked[m].to_s - asked[m].from_s);
		c.any[n] = true;
		if (stay_s <= c.longest_s)
			c.n_members[n][(uint32_t)stay_s]++;
		else
			c.n_long++;
	}
	return c;
}

/* Orders served less what the offers cost, at most; at least price / likely offers go to one of the cover. */
static double most_at(const struct cover *c, struct lab_asking *asking, double price)
{
	double sum = c->n_orders * (1 - price / asking->likely) + c->n_long * (1 - price);
	for (uint32_t n = 1; n <= FEW_ORDERS + 1; n++) {
		if (!c->any[n])
			continue;
		const double *values = lab_asking_values(asking, price, n <= FEW_ORDERS ? n : UINT32_MAX);
		for (uint32_t s = 0; s <= c->longest_s; s++)
			sum += c->n_members[n][s] * values[s];
	}
	return sum;
}

void lab_frontier_offers(struct arena *a, const struct lab_trace *t, const struct lab_pairs *p,
			 const struct lab_coins *coins, struct lab_offers_point *points, size_t n_points)
{
	struct arena_mark mark = arena_mark(a);
	struct cover c = find_cover(a, t, p, coins);
	for (size_t i = 0; i < n_points; i++)
		points[i].served = 0;
	for (uint32_t ttl_s = FIRST_TTL_S; ttl_s <= LAST_TTL_S; ttl_s++) {
		struct arena_mark before = arena_mark(a);
		struct lab_asking *asking = lab_asking_new(a, coins->accept, ttl_s, c.longest_s);
		double most[PRICES];
		for (size_t j = 0; j < PRICES; j++)
			most[j] = most_at(&c, asking, asking->likely * (double)j / PRICES);
		for (size_t i = 0; i < n_points; i++) {
			double served = p->n_orders;
			for (size_t j = 0; j < PRICES; j++) {
				/* served - price · offers <= most, and offers <= each · served */
				double kept = 1 - asking->likely * (double)j / PRICES * points[i].each;
				served = kept > 0 ? fmin(served, most[j] / kept) : served;
			}
			if (served > points[i].served) {
				points[i].served = served;
				points[i].ttl_s = ttl_s;
			}
		}
		arena_rewind(a, before);
	}
	arena_rewind(a, mark);
}
