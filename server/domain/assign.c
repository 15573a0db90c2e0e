#include "domain/assign.h"

/* Bids for each order in the first phase; what is contested after that is quicker solved by paths. */
enum { BIDS_PER_ORDER = 4 };

/* Where a member stands in the present search; below: its place in the heap. */
#define UNSEEN UINT32_MAX
#define SETTLED (UINT32_MAX - 1)

/*
 * Dual values: cost - order_price - member_price >= 0 for every edge of an order that was dealt with, and 0 for those
 * of the plan; a member's price is never positive, and 0 while nobody has them. Waiting is like a member of whom only
 * this order knows, whose price stays 0: who waits once waits in the end.
 */
struct assign_solver {
	struct arena *a;
	const struct assign_problem *p;
	int64_t *order_price, *member_price;
	uint32_t *member_of, *order_of;
	bool *sorted; /* the order's edges are, by cost */
	uint64_t steps, budget;
	/* How far it has come: orders that have bid, then those that are left over. */
	uint64_t bids;
	uint32_t n_bid, *left_over, n_left, n_in;
	/* The search under way: distances are reduced costs of the path from the order that it started at. */
	int64_t *distance;
	uint32_t *reached_from; /* order */
	uint32_t *place;
	uint32_t *heap, n_heap;
	uint32_t *settled, n_settled;
	uint32_t *touched, n_touched;
	int64_t bound;                  /* the length of the shortest path that is complete */
	uint32_t end_member, end_order; /* its end: a free member, or (then end_member is nobody) an order that waits */
};

static bool cost_fits(int64_t cost)
{
	return cost >= -ASSIGN_COST_MAX && cost <= ASSIGN_COST_MAX;
}

/* Also notes which orders' edges are sorted, when asked. */
static enum err check(const struct assign_problem *p, bool *sorted)
{
	if (p->n_orders > ASSIGN_ORDERS_MAX || p->n_members >= SETTLED)
		return ERR_TOO_LARGE;
	for (uint32_t i = 0; i < p->n_orders; i++) {
		bool rising = true;
		if (p->first[i] > p->first[i + 1] || p->first[i + 1] > p->first[p->n_orders] ||
		    !cost_fits(p->waiting[i]))
			return ERR_TOO_LARGE;
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++) {
			if (p->members[e] >= p->n_members || !cost_fits(p->costs[e]))
				return ERR_TOO_LARGE;
			rising = rising && (e == p->first[i] || p->costs[e - 1] <= p->costs[e]);
		}
		if (sorted != NULL)
			sorted[i] = rising;
	}
	return OK;
}

static uint32_t *nobodies(struct arena *a, uint32_t n)
{
	uint32_t *out = arena_array(a, n, sizeof(*out));
	memset(out, 0xff, (size_t)n * sizeof(*out));
	return out;
}

/* --- the heap of members by distance --- */

static void heap_set(struct assign_solver *s, uint32_t at, uint32_t member)
{
	s->heap[at] = member;
	s->place[member] = at;
}

static void sift_up(struct assign_solver *s, uint32_t at)
{
	uint32_t member = s->heap[at];
	while (at > 0) {
		uint32_t above = (at - 1) / 2;
		if (s->distance[s->heap[above]] <= s->distance[member])
			break;
		heap_set(s, at, s->heap[above]);
		at = above;
	}
	heap_set(s, at, member);
}

static uint32_t heap_pop(struct assign_solver *s)
{
	uint32_t top = s->heap[0], last = s->heap[--s->n_heap], at = 0;
	for (uint32_t below = 1; below < s->n_heap; below = 2 * at + 1) {
		if (below + 1 < s->n_heap && s->distance[s->heap[below + 1]] < s->distance[s->heap[below]])
			below++;
		if (s->distance[s->heap[below]] >= s->distance[last])
			break;
		heap_set(s, at, s->heap[below]);
		at = below;
	}
	if (s->n_heap > 0)
		heap_set(s, at, last);
	return top;
}

/* --- bids --- */

struct bid {
	uint32_t member; /* nobody: waiting is cheapest */
	int64_t best, second;
};

/* What the order would pay for the best it can have, and for the second best. */
static struct bid best_for(struct assign_solver *s, uint32_t order)
{
	const struct assign_problem *p = s->p;
	struct bid bid = {ASSIGN_NOBODY, p->waiting[order], INT64_MAX};
	for (uint32_t e = p->first[order]; e < p->first[order + 1]; e++) {
		/* Prices only add: nothing that follows is among the two. */
		if (s->sorted[order] && p->costs[e] > bid.second)
			break;
		s->steps++;
		int64_t pays = p->costs[e] - s->member_price[p->members[e]];
		bool free = s->order_of[p->members[e]] == ASSIGN_NOBODY;
		bool taken = bid.member == ASSIGN_NOBODY || s->order_of[bid.member] != ASSIGN_NOBODY;
		if (pays < bid.best || (pays == bid.best && free && taken)) {
			bid.second = bid.best;
			bid.best = pays;
			bid.member = p->members[e];
		} else if (pays < bid.second) {
			bid.second = pays;
		}
	}
	return bid;
}

static bool is_spent(const struct assign_solver *s)
{
	return s->steps > s->budget;
}

/* The order bids so much that its second best would do as well, and gets the member; who had them is outbid (or
 * nobody). false: the second best is as good already, so that nothing would be won by bidding. */
static bool bid_once(struct assign_solver *s, uint32_t order, uint32_t *outbid)
{
	struct bid bid = best_for(s, order);
	if (bid.member == ASSIGN_NOBODY) {
		s->order_price[order] = bid.best;
		*outbid = ASSIGN_NOBODY;
		return true;
	}
	uint32_t former = s->order_of[bid.member];
	if (former != ASSIGN_NOBODY && bid.best == bid.second)
		return false;
	s->order_price[order] = bid.second;
	s->member_price[bid.member] -= bid.second - bid.best;
	s->member_of[order] = bid.member;
	s->order_of[bid.member] = order;
	if (former != ASSIGN_NOBODY)
		s->member_of[former] = ASSIGN_NOBODY;
	*outbid = former;
	return true;
}

/* The next order bids, whoever it outbids bids again, and so on; whoever is left at the end is left over for the
 * search. */
static void bid_next(struct assign_solver *s)
{
	uint32_t order = s->n_bid++;
	while (order != ASSIGN_NOBODY) {
		if (s->bids == 0 || is_spent(s) || !bid_once(s, order, &order)) {
			s->left_over[s->n_left++] = order;
			return;
		}
		s->bids--;
	}
}

/* --- shortest augmenting paths --- */

/* Looks at where the order could go instead; base: the distance to it, less its price. */
static void reach_from(struct assign_solver *s, uint32_t order, int64_t base)
{
	const struct assign_problem *p = s->p;
	if (base + p->waiting[order] < s->bound) {
		s->bound = base + p->waiting[order];
		s->end_member = ASSIGN_NOBODY;
		s->end_order = order;
	}
	for (uint32_t e = p->first[order]; e < p->first[order + 1]; e++) {
		uint32_t member = p->members[e];
		int64_t distance = base + p->costs[e] - s->member_price[member];
		if (s->sorted[order] && base + p->costs[e] > s->bound)
			break;
		s->steps++;
		bool free = s->order_of[member] == ASSIGN_NOBODY;
		if (distance > s->bound || (distance == s->bound && !(free && s->end_member == ASSIGN_NOBODY)))
			continue;
		if (free) {
			s->bound = distance;
			s->end_member = member;
			s->reached_from[member] = order;
			continue;
		}
		if (s->place[member] == SETTLED || (s->place[member] != UNSEEN && s->distance[member] <= distance))
			continue;
		s->distance[member] = distance;
		s->reached_from[member] = order;
		if (s->place[member] == UNSEEN) {
			s->touched[s->n_touched++] = member;
			s->place[member] = s->n_heap;
			s->heap[s->n_heap++] = member;
		}
		sift_up(s, s->place[member]);
	}
}

/* Everybody on the way moves on by one; the order that it began with comes in. */
static void move_along(struct assign_solver *s, uint32_t start)
{
	uint32_t member = s->end_member;
	if (member == ASSIGN_NOBODY) {
		member = s->member_of[s->end_order];
		s->member_of[s->end_order] = ASSIGN_NOBODY;
		if (s->end_order == start)
			return;
	}
	for (uint32_t order = ASSIGN_NOBODY; order != start;) {
		order = s->reached_from[member];
		uint32_t next = s->member_of[order];
		s->member_of[order] = member;
		s->order_of[member] = order;
		member = next;
	}
}

/* Brings one more order in, for the least sum of costs. */
static void bring_in(struct assign_solver *s, uint32_t start)
{
	s->n_heap = s->n_settled = s->n_touched = 0;
	s->bound = INT64_MAX;
	reach_from(s, start, 0);
	while (s->n_heap > 0 && s->distance[s->heap[0]] < s->bound && !is_spent(s)) {
		uint32_t member = heap_pop(s), order = s->order_of[member];
		s->place[member] = SETTLED;
		s->settled[s->n_settled++] = member;
		reach_from(s, order, s->distance[member] - s->order_price[order]);
	}
	for (uint32_t i = 0; i < s->n_settled; i++) {
		uint32_t member = s->settled[i];
		int64_t less = s->bound - s->distance[member];
		s->member_price[member] -= less;
		s->order_price[s->order_of[member]] += less;
	}
	s->order_price[start] = s->bound;
	move_along(s, start);
	for (uint32_t i = 0; i < s->n_touched; i++)
		s->place[s->touched[i]] = UNSEEN;
}

/* --- plans --- */

static void sum_up(const struct assign_problem *p, struct assign_plan *plan)
{
	plan->cost = 0;
	plan->n_served = 0;
	for (uint32_t i = 0; i < p->n_orders; i++) {
		int64_t cost = p->waiting[i];
		bool served = plan->members[i] != ASSIGN_NOBODY, found = false;
		for (uint32_t e = p->first[i]; served && e < p->first[i + 1]; e++) {
			if (p->members[e] != plan->members[i] || (found && p->costs[e] >= cost))
				continue;
			cost = p->costs[e];
			found = true;
		}
		plan->cost += cost;
		plan->n_served += served;
	}
}

static void be_greedy(struct arena *a, const struct assign_problem *p, struct assign_plan *plan)
{
	bool *taken = arena_array(a, p->n_members, sizeof(*taken));
	plan->greedy = true;
	for (uint32_t i = 0; i < p->n_orders; i++) {
		int64_t least = p->waiting[i];
		plan->members[i] = ASSIGN_NOBODY;
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++) {
			bool better = plan->members[i] == ASSIGN_NOBODY ? p->costs[e] <= least : p->costs[e] < least;
			if (taken[p->members[e]] || !better)
				continue;
			least = p->costs[e];
			plan->members[i] = p->members[e];
		}
		plan->steps += p->first[i + 1] - p->first[i];
		if (plan->members[i] != ASSIGN_NOBODY)
			taken[plan->members[i]] = true;
	}
	sum_up(p, plan);
}

enum err assign_greedy(struct arena *a, const struct assign_problem *p, struct assign_plan *plan)
{
	TRY(check(p, NULL));
	*plan = (struct assign_plan){.members = nobodies(a, p->n_orders)};
	be_greedy(a, p, plan);
	return OK;
}

enum err assign_begin(struct arena *a, const struct assign_problem *p, uint64_t budget, struct assign_solver **out)
{
	bool *sorted = arena_array(a, p->n_orders, sizeof(*sorted));
	TRY(check(p, sorted));
	struct assign_solver *s = *out = ARENA_NEW(a, struct assign_solver);
	*s = (struct assign_solver){
	    .a = a,
	    .p = p,
	    .budget = budget,
	    .sorted = sorted,
	    .bids = (uint64_t)p->n_orders * BIDS_PER_ORDER,
	    .left_over = arena_array(a, p->n_orders, sizeof(uint32_t)),
	    .order_price = arena_array(a, p->n_orders, sizeof(int64_t)),
	    .member_price = arena_array(a, p->n_members, sizeof(int64_t)),
	    .member_of = nobodies(a, p->n_orders),
	    .order_of = nobodies(a, p->n_members),
	    .distance = arena_array(a, p->n_members, sizeof(int64_t)),
	    .reached_from = nobodies(a, p->n_members),
	    .place = nobodies(a, p->n_members), /* UNSEEN */
	    .heap = arena_array(a, p->n_members, sizeof(uint32_t)),
	    .settled = arena_array(a, p->n_members, sizeof(uint32_t)),
	    .touched = arena_array(a, p->n_members, sizeof(uint32_t)),
	};
	return OK;
}

bool assign_go_on(struct assign_solver *s, uint64_t steps)
{
	uint64_t until = steps < UINT64_MAX - s->steps ? s->steps + steps : UINT64_MAX;
	while (s->n_bid < s->p->n_orders && s->steps < until)
		bid_next(s);
	while (s->n_bid == s->p->n_orders && s->n_in < s->n_left && s->steps < until && !is_spent(s))
		bring_in(s, s->left_over[s->n_in++]);
	return is_spent(s) || (s->n_bid == s->p->n_orders && s->n_in == s->n_left);
}

void assign_end(struct assign_solver *s, struct assign_plan *plan)
{
	*plan = (struct assign_plan){.members = s->member_of, .steps = s->steps};
	if (is_spent(s)) {
		be_greedy(s->a, s->p, plan);
		return;
	}
	sum_up(s->p, plan);
	plan->order_prices = s->order_price;
	plan->member_prices = s->member_price;
}

enum err assign_solve(struct arena *a, const struct assign_problem *p, uint64_t budget, struct assign_plan *plan)
{
	struct assign_solver *s;
	TRY(assign_begin(a, p, budget, &s));
	while (!assign_go_on(s, UINT64_MAX))
		;
	assign_end(s, plan);
	return OK;
}
