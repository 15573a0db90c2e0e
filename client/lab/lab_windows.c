#include "lab_windows.h"

#include <math.h>
#include <stdlib.h>

#include "domain/assign.h"
#include "lab_foresight.h"
#include "lab_hope.h"
#include "lab_match.h"
#include "lab_worth.h"

enum { SOON_S = 128 };
/* Costs are whole millimetres. */
static const double SCALE = 1000;

/* An offer under way, or (then the order is nobody's) a job, ends at that tick. */
struct ending {
	double at_s, offered_s;
	uint32_t order, member;
	float metres;
	bool yes;
};

struct play {
	struct arena *a;
	const struct lab_trace *t;
	const struct lab_pairs *p;
	const struct lab_policy *policy;
	const struct lab_coins *coins;
	double service_s;
	struct lab_match *match;
	struct lab_hope hope;
	struct lab_worth worth;
	bool *met; /* of each pair: both were there at once */
	struct lab_run run;
	struct ending *heap;
	uint32_t n_heap;
	bool *asked;    /* of each pair */
	uint32_t *from; /* of each order: pairs before it are with members who have left */
	bool *open;     /* of each order: somebody is asked */
	bool *serves;
	bool *busy;                   /* of each member: asked now, or served */
	bool *thinks;                 /* of each member: asked now */
	uint8_t *refused;             /* of each member */
	uint32_t *waiting, n_waiting; /* orders that came and are not served */
	uint32_t *there, n_there;     /* members who came and were not seen to have gone, or to serve */
	uint32_t next_order, next_member;
	double now_s;
	/* answers so far by number of refusals before: what is learnt */
	uint64_t yes[256], all[256];
	double yes_within[SOON_S], yes_seen; /* answers that said yes, by how soon */
	/* the problem of this window */
	uint32_t *orders, *first, *members, *pair_of;
	int64_t *costs, *wait_costs;
	uint32_t *index_of, *index_stamp, stamp, *member_at, n_members;
	size_t room;
};

/* --- offers under way --- */

static void heap_push(struct play *p, struct ending e)
{
	uint32_t at = p->n_heap++;
	while (at > 0 && p->heap[(at - 1) / 2].at_s > e.at_s) {
		p->heap[at] = p->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	p->heap[at] = e;
}

static struct ending heap_pop(struct play *p)
{
	struct ending top = p->heap[0], last = p->heap[--p->n_heap];
	uint32_t at = 0;
	for (uint32_t below = 1; below < p->n_heap; below = 2 * at + 1) {
		if (below + 1 < p->n_heap && p->heap[below + 1].at_s < p->heap[below].at_s)
			below++;
		if (p->heap[below].at_s >= last.at_s)
			break;
		p->heap[at] = p->heap[below];
		at = below;
	}
	p->heap[at] = last;
	return top;
}

static void serve(struct play *p, uint32_t order, uint32_t member, float metres, double at_s)
{
	struct lab_run *r = &p->run;
	r->member_of[order] = member;
	r->served_s[order] = at_s;
	r->metres[order] = metres;
	r->n_served++;
	r->utility += p->t->orders[order].pay * p->t->members[member].rate;
	p->busy[member] = true;
	p->serves[member] = p->service_s <= 0;
	if (!p->serves[member])
		heap_push(p, (struct ending){.at_s = at_s + p->service_s, .order = LAB_NOBODY, .member = member});
}

static void offer(struct play *p, uint32_t order, uint32_t member, uint32_t pair)
{
	float metres = (float)(p->p->distances[pair] * p->t->unit_m);
	lab_worth_asked(&p->worth, order, member);
	p->asked[pair] = true;
	p->run.offers[member]++;
	p->run.n_offers++;
	lab_match_offered(p->match, member);
	struct lab_answer answer = lab_coin(p->coins, order, member);
	if (answer.word == LAB_YES && answer.delay_s == 0) {
		serve(p, order, member, metres, p->now_s);
		return;
	}
	double ttl_s = p->policy->ttl_s;
	bool late = answer.word == LAB_SILENT || answer.delay_s > ttl_s;
	struct ending e = {p->now_s + (late ? ttl_s : answer.delay_s),
			   p->now_s,
			   order,
			   member,
			   metres,
			   !late && answer.word == LAB_YES};
	p->open[order] = p->busy[member] = p->thinks[member] = true;
	heap_push(p, e);
}

static void note_refused(struct play *p, uint32_t member)
{
	if (p->refused[member] < 255)
		p->refused[member]++;
	lab_worth_refused(&p->worth);
}

static void end_offers(struct play *p)
{
	while (p->n_heap > 0 && p->heap[0].at_s <= p->now_s) {
		struct ending e = heap_pop(p);
		uint8_t refused = p->refused[e.member];
		p->busy[e.member] = p->thinks[e.member] = false;
		if (e.order == LAB_NOBODY)
			continue;
		p->open[e.order] = false;
		p->all[refused]++;
		p->yes[refused] += e.yes;
		p->yes_seen += e.yes;
		for (size_t s = (size_t)ceil(e.at_s - e.offered_s); e.yes && s < SOON_S; s++)
			p->yes_within[s]++;
		/* Windows are hard: whoever says yes too late serves nobody. */
		double until_s = fmin(p->t->orders[e.order].until_s, p->t->members[e.member].until_s);
		if (e.yes && !lab_is_over(p->t, until_s, e.at_s))
			serve(p, e.order, e.member, e.metres, e.at_s);
		else
			note_refused(p, e.member);
	}
}

/* --- the problem of a window --- */

/* What is expected of a member who refused so often: the share of yes among such, drawn to that of one refusal less. */
static double expected(const struct play *p, uint32_t member)
{
	static const double PRIOR = 50; /* answers */
	double chance = 0.5;
	if (p->coins->accept >= 1)
		return 1;
	for (unsigned i = 0; i <= p->refused[member]; i++)
		chance = ((double)p->yes[i] + PRIOR * chance) / ((double)p->all[i] + PRIOR);
	return chance;
}

/* Which share of those who accept have done so within the time that is left, by what was seen. */
static double in_time(const struct play *p, double left_s)
{
	if (p->coins->accept >= 1 || left_s >= p->policy->ttl_s || left_s >= SOON_S)
		return 1;
	return (p->yes_within[(size_t)left_s] + 1) / (p->yes_seen + 2);
}

/* Of the order at hand. */
static double waiting_cost(const struct play *p)
{
	const struct lab_policy *policy = p->policy;
	if (p->worth.worth != NULL)
		return lab_worth_of_order_m(&p->worth);
	/* With a price for being served, waiting costs nothing; without one everybody is served who can be. */
	return policy->served_m > 0 ? 0 : 1e7;
}

/* Metres; the less the better: what the broker weighs (lab_match.h), and what only the lab knows of so far. The order
 * is at hand. False: a filter of the broker rules the member out. */
static bool pair_cost(struct play *p, uint32_t order, uint32_t member, double *out)
{
	const struct lab_policy *policy = p->policy;
	const struct lab_order *o = &p->t->orders[order];
	const struct lab_member *m = &p->t->members[member];
	double order_left_s = o->until_s - p->now_s, member_left_s = m->until_s - p->now_s, cost, comes;
	if (!lab_match_cost(p->match, member, &cost))
		return false;
	cost -= policy->served_m * o->pay * m->rate;
	if (policy->hope > 0)
		cost +=
		    policy->hope * policy->served_m *
		    (lab_hope_kept_for_order(&p->hope, o, p->now_s) + lab_hope_kept_for_member(&p->hope, m, p->now_s));
	if (p->worth.worth != NULL)
		cost += lab_worth_of_member_m(&p->worth, member, p->stamp);
	/* Weighed by the chance that anything comes of it; else the order is as before. */
	comes = policy->learn ? expected(p, member) * in_time(p, fmin(order_left_s, member_left_s)) : 1;
	*out = comes * cost;
	if (p->worth.worth != NULL)
		*out += (1 - comes) * waiting_cost(p);
	return true;
}

static uint32_t index_of(struct play *p, uint32_t member)
{
	if (p->index_stamp[member] != p->stamp) {
		p->index_stamp[member] = p->stamp;
		p->index_of[member] = p->n_members;
		p->member_at[p->n_members++] = member;
	}
	return p->index_of[member];
}

static void make_room(struct play *p, size_t n)
{
	if (n <= p->room)
		return;
	p->room = n * 2 + 1024;
	p->members = realloc(p->members, p->room * sizeof(*p->members));
	p->pair_of = realloc(p->pair_of, p->room * sizeof(*p->pair_of));
	p->costs = realloc(p->costs, p->room * sizeof(*p->costs));
	if (p->members == NULL || p->pair_of == NULL || p->costs == NULL)
		abort();
}

static void put_edge(struct play *p, uint32_t *n, uint32_t member, uint32_t pair, double cost)
{
	make_room(p, *n + 1);
	p->members[*n] = index_of(p, member);
	p->pair_of[*n] = pair;
	double most = (double)ASSIGN_COST_MAX;
	p->costs[(*n)++] = llround(fmax(-most, fmin(cost * SCALE, most)));
}

/* Whoever waits for somebody has met one more. */
static void note_met(struct play *p, uint32_t order, uint32_t pair)
{
	uint32_t member = p->p->members[pair];
	if (p->met[pair] || p->busy[member])
		return;
	p->met[pair] = true;
	lab_hope_met(&p->hope, &p->t->orders[order], &p->t->members[member]);
}

/* Who is asked now may be free in a moment. */
static bool may_be_put(const struct play *p, uint32_t member)
{
	return !p->busy[member] || (p->policy->soon > 0 && p->thinks[member]);
}

static void put_edges(struct play *p, uint32_t order, uint32_t *n)
{
	const struct lab_member *members = p->t->members;
	uint32_t end = p->p->first[order + 1];
	while (p->from[order] < end && lab_is_over(p->t, members[p->p->members[p->from[order]]].until_s, p->now_s))
		p->from[order]++;
	lab_match_take(p->match, order);
	for (uint32_t e = p->from[order]; e < end; e++) {
		uint32_t m = p->p->members[e];
		double cost;
		if (members[m].at_s > p->now_s)
			break;
		note_met(p, order, e);
		if (!may_be_put(p, m) || p->asked[e] || lab_is_over(p->t, members[m].until_s, p->now_s) ||
		    !pair_cost(p, order, m, &cost))
			continue;
		if (!p->busy[m])
			put_edge(p, n, m, e, cost);
		else if (cost < waiting_cost(p))
			put_edge(p, n, m, e, waiting_cost(p) + p->policy->soon * (cost - waiting_cost(p)));
	}
}

static bool can_be_put(const struct play *p, uint32_t order)
{
	return !p->open[order] && !lab_is_over(p->t, p->t->orders[order].until_s, p->now_s);
}

/* Orders that are over or served leave the list, and members who have gone. */
static void tidy(struct play *p)
{
	uint32_t orders = 0, members = 0;
	for (uint32_t i = 0; i < p->n_waiting; i++) {
		uint32_t order = p->waiting[i];
		if (p->run.member_of[order] != LAB_NOBODY)
			continue;
		if (p->open[order] || can_be_put(p, order))
			p->waiting[orders++] = order;
	}
	p->n_waiting = orders;
	for (uint32_t i = 0; i < p->n_there; i++) {
		uint32_t member = p->there[i];
		if (!p->serves[member] && !lab_is_over(p->t, p->t->members[member].until_s, p->now_s))
			p->there[members++] = member;
	}
	p->n_there = members;
}

/* Orders that nobody is asked for come into the problem. */
static void gather(struct play *p, struct assign_problem *problem)
{
	uint32_t n = 0, n_orders = 0;
	p->stamp++;
	p->n_members = 0;
	tidy(p);
	for (uint32_t i = 0; i < p->n_waiting; i++) {
		uint32_t order = p->waiting[i];
		if (!can_be_put(p, order))
			continue;
		p->orders[n_orders] = order;
		p->first[n_orders] = n;
		put_edges(p, order, &n);
		if (n > p->first[n_orders])
			p->wait_costs[n_orders++] = llround(fmin(waiting_cost(p) * SCALE, (double)ASSIGN_COST_MAX));
	}
	p->first[n_orders] = n;
	*problem = (struct assign_problem){n_orders, p->n_members, p->first, p->members, p->costs, p->wait_costs};
}

/* Which of the order's pairs is with that member; they are sorted. UINT32_MAX: none. */
static uint32_t pair_with(const struct play *p, uint32_t order, uint32_t member)
{
	uint32_t low = p->p->first[order], high = p->p->first[order + 1], end = high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (p->p->members[middle] < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && p->p->members[low] == member ? low : UINT32_MAX;
}

static bool was_asked(const void *arg, uint32_t order, uint32_t member)
{
	const struct play *p = arg;
	uint32_t pair = pair_with(p, order, member);
	return pair == UINT32_MAX || p->asked[pair];
}

/* Whether there is still time for somebody better, and that is worth the wait. */
static bool can_wait(const struct play *p, uint32_t order, uint32_t member, double gains_m)
{
	const struct lab_order *o = &p->t->orders[order];
	const struct lab_member *m = &p->t->members[member];
	if (fmin(o->until_s, m->until_s) - p->now_s <= p->policy->window_s ||
	    p->now_s - o->at_s >= p->policy->patience_s)
		return false;
	return p->policy->regret <= 0 || gains_m >= p->policy->regret * p->policy->served_m * o->pay * m->rate;
}

/* Decides with a view to what is to come. */
static void look_ahead(struct play *p)
{
	struct arena_mark mark = arena_mark(p->a);
	uint32_t *members = arena_array(p->a, p->n_there, sizeof(*members));
	struct lab_moment moment = {.now_s = p->now_s,
				    .orders = p->orders,
				    .members = members,
				    .came_orders = p->next_order,
				    .came_members = p->next_member,
				    .asked = was_asked,
				    .arg = p};
	tidy(p);
	for (uint32_t i = 0; i < p->n_waiting; i++) {
		if (can_be_put(p, p->waiting[i]))
			p->orders[moment.n_orders++] = p->waiting[i];
	}
	for (uint32_t i = 0; i < p->n_there; i++) {
		if (!p->busy[p->there[i]])
			members[moment.n_members++] = p->there[i];
	}
	if (moment.n_orders > 0 && moment.n_members > 0) {
		const uint32_t *foreseen = lab_foresight_plan(p->a, p->t, p->policy, &moment);
		for (uint32_t i = 0; i < moment.n_orders; i++) {
			uint32_t order = p->orders[i], member = foreseen[i];
			if (member != LAB_NOBODY && !can_wait(p, order, member, 0))
				offer(p, order, member, pair_with(p, order, member));
		}
	}
	arena_rewind(p->a, mark);
}

static bool hopes(const struct play *p, uint32_t order, uint32_t member)
{
	double gain = lab_hope_gain(&p->hope, &p->t->orders[order], &p->t->members[member], p->now_s);
	return can_wait(p, order, member, gain * p->policy->served_m);
}

/* Of whoever is chosen. */
static void note_price(struct play *p, const struct assign_plan *plan, uint32_t member)
{
	if (plan->member_prices != NULL && member != ASSIGN_NOBODY)
		lab_worth_price(&p->worth, (double)plan->member_prices[member] / SCALE);
}

static void decide(struct play *p)
{
	struct assign_problem problem;
	struct assign_plan plan = {0};
	struct arena_mark mark = arena_mark(p->a);
	gather(p, &problem);
	if (p->first[problem.n_orders] == 0)
		return;
	enum err err = p->policy->rule == LAB_EXACT ? assign_solve(p->a, &problem, UINT64_MAX, &plan)
						    : assign_greedy(p->a, &problem, &plan);
	/* Costs and counts are within bounds: put_edge, the readers. */
	if (err != OK)
		abort();
	for (uint32_t i = 0; i < problem.n_orders; i++) {
		uint32_t e = p->first[i];
		note_price(p, &plan, plan.members[i]);
		if (plan.members[i] == ASSIGN_NOBODY || p->busy[p->member_at[plan.members[i]]] ||
		    hopes(p, p->orders[i], p->member_at[plan.members[i]]))
			continue;
		while (p->members[e] != plan.members[i])
			e++;
		offer(p, p->orders[i], p->member_at[plan.members[i]], p->pair_of[e]);
	}
	arena_rewind(p->a, mark);
}

/* --- time --- */

static void arrive(struct play *p)
{
	const struct lab_trace *t = p->t;
	while (p->next_order < t->n_orders && t->orders[p->next_order].at_s <= p->now_s) {
		lab_hope_order_came(&p->hope, &t->orders[p->next_order]);
		p->waiting[p->n_waiting++] = p->next_order++;
	}
	while (p->next_member < t->n_members && t->members[p->next_member].at_s <= p->now_s) {
		lab_hope_member_came(&p->hope, &t->members[p->next_member]);
		p->there[p->n_there++] = p->next_member++;
	}
}

static void begin(struct play *p)
{
	struct arena *a = p->a;
	uint32_t n = p->t->n_orders, m = p->t->n_members;
	p->run = lab_run_new(a, p->t, false);
	p->match = lab_match_new(a, p->t, p->policy);
	p->met = arena_array(a, p->p->first[n] + 1, sizeof(*p->met));
	lab_hope_begin(&p->hope);
	lab_worth_begin(&p->worth, a, p->match);
	p->heap = arena_array(a, m + 1, sizeof(*p->heap));
	p->asked = arena_array(a, p->p->first[n] + 1, sizeof(*p->asked));
	p->from = arena_copy(a, p->p->first, (n + 1) * sizeof(*p->from));
	p->serves = arena_array(a, m, sizeof(*p->serves));
	p->open = arena_array(a, n, sizeof(*p->open));
	p->busy = arena_array(a, m, sizeof(*p->busy));
	p->thinks = arena_array(a, m, sizeof(*p->thinks));
	p->refused = arena_array(a, m, sizeof(*p->refused));
	p->waiting = arena_array(a, n, sizeof(*p->waiting));
	p->there = arena_array(a, m, sizeof(*p->there));
	p->orders = arena_array(a, n, sizeof(*p->orders));
	p->first = arena_array(a, n + 1, sizeof(*p->first));
	p->wait_costs = arena_array(a, n, sizeof(*p->wait_costs));
	p->index_of = arena_array(a, m, sizeof(*p->index_of));
	p->index_stamp = arena_array(a, m, sizeof(*p->index_stamp));
	p->member_at = arena_array(a, m, sizeof(*p->member_at));
}

/* Who was passed over waits until the next window. */
static void note_waiting(struct play *p)
{
	for (uint32_t i = 0; i < p->n_waiting && p->worth.weights != NULL; i++) {
		uint32_t order = p->waiting[i];
		if (!p->open[order] && p->run.member_of[order] == LAB_NOBODY)
			lab_worth_order_waited(&p->worth, order, p->policy->window_s);
	}
}

/* As the broker does it: now and then, with those who are free then. */
static void learn(struct play *p)
{
	if (!lab_worth_is_due(&p->worth))
		return;
	for (uint32_t i = 0; i < p->n_there; i++) {
		uint32_t member = p->there[i];
		if (!p->busy[member] && !lab_is_over(p->t, p->t->members[member].until_s, p->now_s))
			lab_worth_member_free(&p->worth, member);
	}
	lab_worth_learn(&p->worth);
}

/* The next window's end at which anything can be decided. */
static double next_moment(const struct play *p)
{
	double next_s = INFINITY;
	if (p->n_waiting > 0)
		return p->now_s + p->policy->window_s;
	if (p->next_order < p->t->n_orders)
		next_s = p->t->orders[p->next_order].at_s;
	if (p->n_heap > 0)
		next_s = fmin(next_s, p->heap[0].at_s);
	return isinf(next_s)
		   ? next_s
		   : fmax(p->now_s + p->policy->window_s, ceil(next_s / p->policy->window_s) * p->policy->window_s);
}

struct lab_run lab_windows_play(struct arena *a, const struct lab_trace *trace, const struct lab_pairs *pairs,
				const struct lab_policy *policy, const struct lab_coins *coins, double service_s)
{
	struct play p = {.a = a, .t = trace, .p = pairs, .policy = policy, .coins = coins, .service_s = service_s};
	begin(&p);
	p.now_s = -policy->window_s;
	for (p.now_s = next_moment(&p); !isinf(p.now_s); p.now_s = next_moment(&p)) {
		lab_match_at(p.match, p.now_s);
		end_offers(&p);
		lab_hope_waited(&p.hope, p.n_waiting * policy->window_s, p.n_there * policy->window_s);
		arrive(&p);
		learn(&p);
		if (policy->foresight_s > 0)
			look_ahead(&p);
		else
			decide(&p);
		note_waiting(&p);
	}
	lab_worth_finish(&p.worth);
	free(p.members);
	free(p.pair_of);
	free(p.costs);
	return p.run;
}
