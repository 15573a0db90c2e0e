#include "lab_city.h"

#include <math.h>

#include "lab_match.h"
#include "lab_rules.h"

/* A request that is put to volunteers, or waits until one of those who are busy now can be asked. */
struct request {
	uint32_t order;
	uint32_t asked[CITY_OFFERS_MAX];
	unsigned n_asked;
	double again_s; /* when it is looked at again */
};

struct city_play {
	const struct lab_trace *t;
	const struct lab_policy *policy;
	struct lab_match *match;
	struct lab_run run;
	double *jobs; /* remembered for longer than the broker does */
	double *busy_until_s, *costs;
	double now_s;
	struct request *waiting; /* the oldest first; room for all orders */
	uint32_t n_waiting;
};

/* INFINITY: not to be asked. What the broker weighs, and what only the lab knows of so far. */
static double member_cost(struct city_play *p, uint32_t member)
{
	const struct lab_policy *policy = p->policy;
	double cost;
	if (p->busy_until_s[member] > p->now_s || !lab_match_cost(p->match, member, &cost))
		return INFINITY;
	return lab_rules_weigh_jobs(policy) ? cost : cost + policy->job_m * p->jobs[member];
}

static void let_pass(struct city_play *p, double seconds)
{
	double jobs_left = exp(-seconds / (p->policy->job_days * CITY_DAY_S));
	p->now_s += seconds;
	lab_match_at(p->match, p->now_s);
	for (uint32_t m = 0; m < p->t->n_members; m++)
		p->jobs[m] *= jobs_left;
}

static uint32_t cheapest(const double *costs, uint32_t n)
{
	uint32_t best = 0;
	for (uint32_t m = 1; m < n; m++) {
		if (costs[m] < costs[best])
			best = m;
	}
	return best;
}

static void serve(struct city_play *p, uint32_t order, uint32_t member)
{
	struct lab_run *r = &p->run;
	r->member_of[order] = member;
	r->served_s[order] = p->now_s;
	r->metres[order] = (float)lab_distance(&p->t->orders[order], &p->t->members[member]);
	r->n_served++;
	r->utility += 1;
	p->jobs[member] += 1;
	lab_match_served(p->match, member);
	p->busy_until_s[member] = p->now_s + CITY_BUSY_S;
}

enum outcome { SERVED, REFUSED, NOBODY_FREE };

static enum outcome put_request(struct city_play *p, struct request *r, const struct lab_coins *coins)
{
	uint32_t n = p->t->n_members;
	lab_match_take(p->match, r->order);
	for (uint32_t m = 0; m < n; m++)
		p->costs[m] = member_cost(p, m);
	for (unsigned i = 0; i < r->n_asked; i++)
		p->costs[r->asked[i]] = INFINITY;
	while (r->n_asked < CITY_OFFERS_MAX) {
		uint32_t m = cheapest(p->costs, n);
		if (isinf(p->costs[m]))
			return NOBODY_FREE;
		p->costs[m] = INFINITY;
		r->asked[r->n_asked++] = m;
		p->run.offers[m]++;
		p->run.n_offers++;
		lab_match_offered(p->match, m);
		p->run.day_offers[(size_t)m * p->run.n_days + (size_t)(p->now_s / CITY_DAY_S)]++;
		if (lab_coin_same(coins, r->order, m)) {
			serve(p, r->order, m);
			return SERVED;
		}
	}
	return REFUSED;
}

/* Puts it to whoever is free; it waits if that is nobody and its time is not over. */
static bool waits_on(struct city_play *p, struct request *r, const struct lab_coins *coins)
{
	double waited_s = p->now_s - p->t->orders[r->order].at_s;
	if (put_request(p, r, coins) != NOBODY_FREE || waited_s >= p->policy->search_s)
		return false;
	r->again_s = p->now_s + CITY_AGAIN_S;
	return true;
}

static double next_look_s(const struct city_play *p)
{
	double next_s = INFINITY;
	for (uint32_t i = 0; i < p->n_waiting; i++)
		next_s = fmin(next_s, p->waiting[i].again_s);
	return next_s;
}

static void look_again(struct city_play *p, const struct lab_coins *coins)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < p->n_waiting; i++) {
		struct request r = p->waiting[i];
		if (r.again_s > p->now_s || waits_on(p, &r, coins))
			p->waiting[n++] = r;
	}
	p->n_waiting = n;
}

static void wait_until(struct city_play *p, double until_s, const struct lab_coins *coins)
{
	for (double next_s = next_look_s(p); next_s < until_s; next_s = next_look_s(p)) {
		let_pass(p, next_s - p->now_s);
		look_again(p, coins);
	}
	if (!isinf(until_s))
		let_pass(p, until_s - p->now_s);
}

struct lab_run lab_city_play(struct arena *a, const struct lab_trace *t, const struct lab_policy *policy,
			     const struct lab_coins *coins)
{
	struct city_play p = {.t = t, .policy = policy};
	p.run = lab_run_new(a, t, true);
	p.match = lab_match_new(a, t, policy);
	p.jobs = arena_array(a, t->n_members, sizeof(*p.jobs));
	p.busy_until_s = arena_array(a, t->n_members, sizeof(*p.busy_until_s));
	p.costs = arena_array(a, t->n_members, sizeof(*p.costs));
	p.waiting = arena_array(a, t->n_orders, sizeof(*p.waiting));
	for (uint32_t i = 0; i < t->n_orders; i++) {
		struct request request = {.order = i};
		wait_until(&p, t->orders[i].at_s, coins);
		if (waits_on(&p, &request, coins))
			p.waiting[p.n_waiting++] = request;
	}
	wait_until(&p, INFINITY, coins);
	return p.run;
}

uint32_t lab_city_opt(const struct lab_trace *t, const struct lab_coins *coins)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->n_orders; i++) {
		for (uint32_t m = 0; m < t->n_members; m++) {
			if (lab_distance(&t->orders[i], &t->members[m]) > t->members[m].reach ||
			    (coins != NULL && !lab_coin_same(coins, i, m)))
				continue;
			n++;
			break;
		}
	}
	return n;
}
