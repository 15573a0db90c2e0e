#include "domain/batch.h"

#include "base/hash.h"
#include "base/limits.h"
#include "domain/accept.h"
#include "domain/assign.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"

/* A seat that stays empty costs more than the dearest member, whatever the weights. */
enum { EMPTY_SEAT_FACTOR = 4 };

struct seat {
	size_t order;
	uint32_t slot;
	const struct roster_candidate *candidates;
	size_t n;
	bool alone; /* the only seat of its order: a member may come with more than their first offer */
};

struct batch {
	struct scene *s;
	const struct roster *roster;
	const struct batch_order *orders;
	struct batch_plan *plan;
	struct seat *seats;
	size_t n_seats, room;
	const char **members; /* all candidates, each once, by number */
	uint32_t n_members;
	uint32_t *numbers; /* of members, by hash, plus 1 */
	size_t n_numbers;
};

static uint32_t open_slots(const OrderRecord *order, uint32_t *slots)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < order->n_slots && n < LIMIT_SLOTS; i++) {
		if (order->slots[i]->member_id[0] == '\0')
			slots[n++] = i;
	}
	return n;
}

static void add_seats(struct batch *b, const struct seat *seat, uint32_t times)
{
	if (b->n_seats + times > b->room) {
		struct seat *former = b->seats;
		b->room = 2 * (b->room + times);
		b->seats = arena_array(b->s->arena, b->room, sizeof(*b->seats));
		if (b->n_seats > 0)
			memcpy(b->seats, former, b->n_seats * sizeof(*b->seats));
	}
	for (uint32_t i = 0; i < times; i++)
		b->seats[b->n_seats++] = *seat;
}

/* Candidates for each open slot; false: one has none in this ring. */
static bool find_in_ring(struct batch *b, const struct match_order *wanted, Ring ring, const uint32_t *slots,
			 uint32_t n_slots, struct seat *found)
{
	for (uint32_t i = 0; i < n_slots; i++) {
		struct roster_candidate *out = arena_array(b->s->arena, BATCH_CANDIDATES, sizeof(*out));
		found[i].slot = slots[i];
		found[i].candidates = out;
		found[i].n = roster_candidates(b->roster, b->s, wanted, wanted->order->slots[slots[i]], ring, out,
					       BATCH_CANDIDATES);
		if (found[i].n == 0)
			return false;
	}
	return true;
}

static void find_candidates(struct batch *b, size_t at)
{
	const struct batch_order *one = &b->orders[at];
	struct batch_choice *choice = &b->plan->choices[at];
	const DispatchMode *mode = policy_mode(b->s->config->policy, one->order->urgency);
	struct match_order wanted = match_order_of(b->s, one->order, one->household);
	uint32_t slots[LIMIT_SLOTS], n_slots = open_slots(one->order, slots);
	struct seat found[LIMIT_SLOTS];
	choice->ring = one->order->ring;
	while (choice->ring != RING_POOL && !find_in_ring(b, &wanted, choice->ring, slots, n_slots, found))
		choice->ring = ring_next(choice->ring);
	uint32_t times = accept_fanout(b->s->config->policy, mode);
	if (times * n_slots > LIMIT_FANOUT)
		times = LIMIT_FANOUT / n_slots;
	for (uint32_t i = 0; i < n_slots && choice->ring != RING_POOL; i++) {
		found[i].order = at;
		found[i].alone = n_slots * times == 1;
		add_seats(b, &found[i], times);
	}
}

static void prepare_numbers(struct batch *b)
{
	size_t most = b->n_seats * BATCH_CANDIDATES;
	b->members = arena_array(b->s->arena, most, sizeof(*b->members));
	b->n_numbers = 64;
	while (b->n_numbers < 2 * most)
		b->n_numbers *= 2;
	b->numbers = arena_array(b->s->arena, b->n_numbers, sizeof(*b->numbers));
}

/* Members are numbered as they are met: the same for the same batch. */
static uint32_t number_of(struct batch *b, const char *id)
{
	size_t at = hash_bytes(0, slice_str(id)) & (b->n_numbers - 1);
	while (b->numbers[at] != 0 && strcmp(b->members[b->numbers[at] - 1], id) != 0)
		at = (at + 1) & (b->n_numbers - 1);
	if (b->numbers[at] == 0) {
		b->members[b->n_members++] = id;
		b->numbers[at] = b->n_members;
	}
	return b->numbers[at] - 1;
}

/* Each member stands in the problem once for every offer that they might get; seats of an order that has several
 * know only the first, so that they go to different people. */
static struct assign_problem problem_of(struct batch *b)
{
	struct arena *a = b->s->arena;
	const DispatchWeights *weights = b->s->config->policy->weights;
	size_t most = b->n_seats * BATCH_CANDIDATES * BATCH_MEMBER_OFFERS;
	uint32_t *first = arena_array(a, b->n_seats + 1, sizeof(*first));
	uint32_t *members = arena_array(a, most, sizeof(*members));
	int64_t *costs = arena_array(a, most, sizeof(*costs)), *waiting = arena_array(a, b->n_seats, sizeof(*waiting));
	int64_t dearest = weights->age_m + weights->max_distance_m + 1;
	uint32_t n = 0;
	for (size_t i = 0; i < b->n_seats; i++) {
		const struct seat *seat = &b->seats[i];
		for (size_t k = 0; k < seat->n; k++) {
			const struct roster_candidate *candidate = &seat->candidates[k];
			uint32_t member = number_of(b, candidate->member_id);
			for (uint32_t more = 0; more < BATCH_MEMBER_OFFERS && more < candidate->room; more++) {
				if (more > 0 && !seat->alone)
					break;
				members[n] = member * BATCH_MEMBER_OFFERS + more;
				costs[n] = candidate->cost_m + more * weights->offer_m;
				dearest = costs[n] > dearest ? costs[n] : dearest;
				n++;
			}
		}
		first[i + 1] = n;
	}
	for (size_t i = 0; i < b->n_seats; i++)
		waiting[i] = EMPTY_SEAT_FACTOR * dearest;
	return (struct assign_problem){
	    (uint32_t)b->n_seats, b->n_members * BATCH_MEMBER_OFFERS, first, members, costs, waiting};
}

/* A slot's first seat counts: the others are for safety. An order with an empty slot waits. */
static void note_choice(struct batch *b, size_t from, size_t to, const struct assign_plan *assigned)
{
	struct batch_choice *choice = &b->plan->choices[b->seats[from].order];
	choice->offers = arena_array(b->s->arena, to - from, sizeof(*choice->offers));
	for (size_t i = from; i < to; i++) {
		if (assigned->members[i] == ASSIGN_NOBODY)
			continue;
		const char *id = b->members[assigned->members[i] / BATCH_MEMBER_OFFERS];
		choice->offers[choice->n_offers++] = (struct batch_offer){b->seats[i].slot, id};
	}
	for (size_t i = from; i < to && !choice->wait; i++) {
		bool filled = false;
		for (size_t k = 0; k < choice->n_offers; k++)
			filled |= choice->offers[k].slot == b->seats[i].slot;
		choice->wait = !filled;
	}
	if (choice->wait)
		choice->n_offers = 0;
}

enum err batch_decide(struct scene *s, const struct roster *roster, const struct batch_order *orders, size_t n,
		      struct batch_plan *plan)
{
	*plan = (struct batch_plan){.choices = arena_array(s->arena, n, sizeof(*plan->choices))};
	struct batch b = {.s = s, .roster = roster, .orders = orders, .plan = plan};
	struct assign_plan assigned;
	for (size_t i = 0; i < n; i++)
		find_candidates(&b, i);
	plan->n_seats = b.n_seats;
	if (b.n_seats == 0)
		return OK;
	prepare_numbers(&b);
	struct assign_problem problem = problem_of(&b);
	TRY(assign_solve(s->arena, &problem, BATCH_STEPS, &assigned));
	plan->greedy = assigned.greedy;
	for (size_t from = 0, to = 0; from < b.n_seats; from = to) {
		while (to < b.n_seats && b.seats[to].order == b.seats[from].order)
			to++;
		note_choice(&b, from, to, &assigned);
	}
	return OK;
}

PlannedOrder *batch_planned(struct arena *a, const OrderRecord *order, const struct batch_choice *choice)
{
	PlannedOrder *out = ARENA_NEW(a, PlannedOrder);
	PlannedOrder_init(out);
	out->order_id = order->id;
	out->ring = choice->ring;
	out->wait = choice->wait;
	out->offers = arena_array(a, choice->n_offers, sizeof(*out->offers));
	for (size_t i = 0; i < choice->n_offers; i++) {
		PlannedOffer *offer = out->offers[out->n_offers++] = ARENA_NEW(a, PlannedOffer);
		PlannedOffer_init(offer);
		offer->slot = choice->offers[i].slot;
		offer->member_id = arena_strdup(a, choice->offers[i].member_id);
	}
	return out;
}
