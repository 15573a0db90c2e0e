#include "domain/batch.h"

#include "base/hash.h"
#include "base/limits.h"
#include "domain/accept.h"
#include "domain/assign.h"
#include "domain/order.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"
#include "domain/worth.h"

/* A seat that stays empty costs more than the dearest member, whatever the weights. */
enum { EMPTY_SEAT_FACTOR = 4 };

/* --- candidates --- */

static uint32_t open_slots(const OrderRecord *order, uint32_t *slots)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < order->n_slots && n < LIMIT_SLOTS; i++) {
		if (order->slots[i]->member_id[0] == '\0')
			slots[n++] = i;
	}
	return n;
}

static SeatedSlot *seated_slot(struct arena *a, uint32_t slot, const struct roster_candidate *found, size_t n)
{
	SeatedSlot *out = ARENA_NEW(a, SeatedSlot);
	SeatCandidate *all = arena_array(a, n, sizeof(*all));
	SeatedSlot_init(out);
	out->slot = slot;
	out->candidates = arena_array(a, n, sizeof(*out->candidates));
	for (size_t i = 0; i < n; i++) {
		SeatCandidate_init(&all[i]);
		all[i].member_id = (char *)(uintptr_t)found[i].member_id;
		all[i].cost_m = found[i].cost_m;
		all[i].room = found[i].room;
		out->candidates[out->n_candidates++] = &all[i];
	}
	return out;
}

/* Candidates for each open slot; false: one has none in this ring. */
static bool seat_in_ring(struct scene *s, const struct roster *roster, const struct match_order *wanted,
			 const uint32_t *slots, uint32_t n_slots, SeatedOrder *seated)
{
	struct roster_candidate found[BATCH_CANDIDATES];
	seated->n_slots = 0;
	for (uint32_t i = 0; i < n_slots; i++) {
		size_t n = roster_candidates(roster, s, wanted, wanted->order->slots[slots[i]], seated->ring, found,
					     BATCH_CANDIDATES);
		if (n == 0)
			return false;
		seated->slots[seated->n_slots++] = seated_slot(s->arena, slots[i], found, n);
	}
	return true;
}

SeatedOrder *batch_seat(struct scene *s, const struct roster *roster, const struct batch_order *one)
{
	const Policy *policy = s->config->policy;
	struct match_order wanted = match_order_of(s, one->order, one->household);
	uint32_t slots[LIMIT_SLOTS], n_slots = open_slots(one->order, slots);
	SeatedOrder *seated = ARENA_NEW(s->arena, SeatedOrder);
	SeatedOrder_init(seated);
	seated->order_id = one->order->id;
	seated->placed_ms = one->order->placed_ms;
	seated->further_m = policy->weights->offer_m;
	seated->dearest_m = policy->weights->age_m + policy->weights->max_distance_m + 1;
	seated->slots = arena_array(s->arena, n_slots, sizeof(*seated->slots));
	seated->ring = one->order->ring;
	while (seated->ring != RING_POOL && !seat_in_ring(s, roster, &wanted, slots, n_slots, seated))
		seated->ring = ring_next(seated->ring);
	if (seated->ring == RING_POOL)
		seated->n_slots = 0;
	seated->times = accept_fanout(policy, policy_mode(policy, one->order->urgency));
	if (seated->times * n_slots > LIMIT_FANOUT)
		seated->times = LIMIT_FANOUT / n_slots;
	return seated;
}

/* --- what they are worth --- */

static void tell_spot(SeatWorth *out, const struct worth_stay *stay)
{
	struct worth_spot spot = worth_spot(stay);
	SeatWorth_init(out);
	out->cell = spot.cell;
	out->step = spot.step;
	out->span_ms = spot.span_ms;
}

static void weigh_candidates(struct scene *s, const struct roster *roster, const struct worth *worth, SeatedSlot *slot)
{
	SeatWorth *all = arena_array(s->arena, slot->n_candidates, sizeof(*all));
	for (size_t i = 0; i < slot->n_candidates; i++) {
		struct geo_point home;
		Shift shift;
		if (!roster_shift(roster, s, slot->candidates[i]->member_id, &home, &shift))
			continue;
		struct worth_stay stay = worth_stay_on(s, home, shift.to_min == 0 ? NULL : &shift);
		tell_spot(&all[i], &stay);
		all[i].known = worth != NULL;
		all[i].worth_m = worth == NULL ? 0 : worth_of_member_m(worth, &stay);
		slot->candidates[i]->worth = &all[i];
	}
}

/* Whether an offer has ended so since the window before. */
static bool ended(const struct scene *s, const OrderRecord *order, EventKind how, int64_t window_ms)
{
	const EntryRecord *entry = order_last_entry(order, how);
	return entry != NULL && order_after_ms(order, s->now_ms) - entry->after_ms <= window_ms;
}

void batch_weigh(struct scene *s, const struct roster *roster, const struct worth *worth, const OrderRecord *order,
		 SeatedOrder *seated)
{
	struct worth_stay stay = worth_stay_of_order(s, order);
	seated->worth = ARENA_NEW(s->arena, SeatWorth);
	tell_spot(seated->worth, &stay);
	seated->worth->known = worth != NULL;
	seated->worth->worth_m = worth == NULL ? 0 : worth_of_order_m(worth, &stay);
	seated->minute_m = s->config->policy->weights->worth_m;
	seated->again_ms = policy_mode(s->config->policy, order->urgency)->window_ms;
	seated->refused = ended(s, order, EVENT_KIND_OFFER_DECLINED, seated->again_ms) ||
			  ended(s, order, EVENT_KIND_OFFER_EXPIRED, seated->again_ms);
	for (size_t i = 0; i < seated->n_slots; i++)
		weigh_candidates(s, roster, worth, seated->slots[i]);
}

/* --- the problem --- */

struct seat {
	uint32_t order;
	const SeatedSlot *slot;
};

struct batch_task {
	struct arena *a;
	SeatedOrder *const *orders;
	size_t n_orders;
	struct seat *seats;
	uint32_t n_seats;
	size_t n_candidates;  /* of all seats */
	const char **members; /* all candidates, each once, by number */
	uint32_t n_members;
	uint32_t *numbers; /* of members, by hash, plus 1 */
	size_t n_numbers;
	struct assign_problem problem;
	struct assign_solver *solver; /* NULL: there is nothing to solve */
};

static uint32_t seats_of(const SeatedOrder *order)
{
	return (uint32_t)order->n_slots * order->times;
}

static bool is_weighed(const SeatedOrder *order)
{
	return order->worth != NULL && order->worth->known;
}

static int64_t seat_worth_m(const SeatedOrder *order)
{
	return order->worth->worth_m / seats_of(order);
}

static int64_t later_m(const SeatCandidate *candidate)
{
	return candidate->worth == NULL ? 0 : candidate->worth->worth_m;
}

static void take_seats(struct batch_task *t)
{
	uint32_t n = 0;
	for (size_t i = 0; i < t->n_orders; i++)
		t->n_seats += seats_of(t->orders[i]);
	t->seats = arena_array(t->a, t->n_seats, sizeof(*t->seats));
	for (size_t i = 0; i < t->n_orders; i++) {
		const SeatedOrder *order = t->orders[i];
		for (size_t k = 0; k < order->n_slots; k++) {
			t->n_candidates += order->slots[k]->n_candidates * order->times;
			for (uint32_t time = 0; time < order->times; time++)
				t->seats[n++] = (struct seat){(uint32_t)i, order->slots[k]};
		}
	}
}

static void prepare_numbers(struct batch_task *t)
{
	t->members = arena_array(t->a, t->n_candidates, sizeof(*t->members));
	t->n_numbers = 64;
	while (t->n_numbers < 2 * t->n_candidates)
		t->n_numbers *= 2;
	t->numbers = arena_array(t->a, t->n_numbers, sizeof(*t->numbers));
}

/* Members are numbered as they are met: the same for the same batch. */
static uint32_t number_of(struct batch_task *t, const char *id)
{
	size_t at = hash_bytes(0, slice_str(id)) & (t->n_numbers - 1);
	while (t->numbers[at] != 0 && strcmp(t->members[t->numbers[at] - 1], id) != 0)
		at = (at + 1) & (t->n_numbers - 1);
	if (t->numbers[at] == 0) {
		t->members[t->n_members++] = id;
		t->numbers[at] = t->n_members;
	}
	return t->numbers[at] - 1;
}

/* Each member stands in the problem once for every offer that they might get; seats of an order that has several
 * know only the first, so that they go to different people. */
static struct assign_problem problem_of(struct batch_task *t)
{
	size_t most = t->n_candidates * BATCH_MEMBER_OFFERS;
	uint32_t *first = arena_array(t->a, (size_t)t->n_seats + 1, sizeof(*first));
	uint32_t *members = arena_array(t->a, most, sizeof(*members));
	int64_t *costs = arena_array(t->a, most, sizeof(*costs)),
		*waiting = arena_array(t->a, t->n_seats, sizeof(*waiting));
	int64_t dearest = 0;
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->n_seats; i++) {
		const SeatedOrder *order = t->orders[t->seats[i].order];
		const SeatedSlot *slot = t->seats[i].slot;
		dearest = order->dearest_m > dearest ? order->dearest_m : dearest;
		for (size_t k = 0; k < slot->n_candidates; k++) {
			const SeatCandidate *candidate = slot->candidates[k];
			uint32_t member = number_of(t, candidate->member_id);
			/* The only seat of its order: a member may come with more than their first offer. */
			uint32_t offers = seats_of(order) == 1 ? BATCH_MEMBER_OFFERS : 1;
			for (uint32_t more = 0; more < offers && more < candidate->room; more++) {
				members[n] = member * BATCH_MEMBER_OFFERS + more;
				costs[n] = candidate->cost_m + more * order->further_m + later_m(candidate);
				dearest = costs[n] > dearest ? costs[n] : dearest;
				n++;
			}
		}
		first[i + 1] = n;
	}
	int64_t most_m = ASSIGN_COST_MAX / EMPTY_SEAT_FACTOR;
	int64_t empty_m = EMPTY_SEAT_FACTOR * (dearest < most_m ? dearest : most_m);
	for (uint32_t i = 0; i < t->n_seats; i++) {
		const SeatedOrder *order = t->orders[t->seats[i].order];
		waiting[i] = is_weighed(order) ? seat_worth_m(order) : empty_m;
	}
	return (struct assign_problem){t->n_seats, t->n_members * BATCH_MEMBER_OFFERS, first, members, costs, waiting};
}

enum err batch_begin(struct arena *a, SeatedOrder *const *orders, size_t n, struct batch_task **out)
{
	struct batch_task *t = *out = ARENA_NEW(a, struct batch_task);
	*t = (struct batch_task){.a = a, .orders = orders, .n_orders = n};
	take_seats(t);
	if (t->n_seats == 0)
		return OK;
	prepare_numbers(t);
	t->problem = problem_of(t);
	return assign_begin(a, &t->problem, BATCH_STEPS, &t->solver);
}

bool batch_go_on(struct batch_task *t, uint64_t steps)
{
	return t->solver == NULL || assign_go_on(t->solver, steps);
}

/* --- the plan --- */

static const SeatWorth *worth_in(const SeatedSlot *slot, const char *member_id)
{
	size_t at = 0;
	while (at < slot->n_candidates && strcmp(slot->candidates[at]->member_id, member_id) != 0)
		at++;
	return at < slot->n_candidates ? slot->candidates[at]->worth : NULL;
}

static bool is_filled(const struct batch_choice *choice, uint32_t slot)
{
	for (size_t i = 0; i < choice->n_offers; i++) {
		if (choice->offers[i].slot == slot)
			return true;
	}
	return false;
}

static struct batch_wait wait_of(const SeatedOrder *order, const SeatedSlot *slot, bool filled)
{
	const SeatCandidate *least = slot->candidates[0];
	for (size_t i = 1; i < slot->n_candidates; i++) {
		const SeatCandidate *other = slot->candidates[i];
		if (other->cost_m + later_m(other) < least->cost_m + later_m(least))
			least = other;
	}
	struct batch_wait wait = {.slot = slot->slot, .member_id = least->member_id, .later_m = later_m(least)};
	wait.worth_m = is_weighed(order) ? seat_worth_m(order) : 0;
	wait.why = WAIT_REASON_USED_ELSEWHERE;
	if (filled)
		wait.why = WAIT_REASON_INCOMPLETE;
	else if (is_weighed(order) && least->cost_m + later_m(least) >= wait.worth_m)
		wait.why = WAIT_REASON_NOT_WORTH_IT;
	return wait;
}

/* Nobody is asked for any of its slots. */
static void let_wait(struct arena *a, const SeatedOrder *order, struct batch_choice *choice)
{
	choice->waits = arena_array(a, order->n_slots, sizeof(*choice->waits));
	for (size_t i = 0; i < order->n_slots; i++) {
		const SeatedSlot *slot = order->slots[i];
		choice->waits[choice->n_waits++] = wait_of(order, slot, is_filled(choice, slot->slot));
	}
	choice->n_offers = 0;
}

/* A slot's first seat counts: the others are for safety. An order with an empty slot waits. */
static void note_choice(struct batch_task *t, uint32_t from, uint32_t to, const struct assign_plan *assigned,
			struct batch_choice *choice)
{
	choice->offers = arena_array(t->a, to - from, sizeof(*choice->offers));
	for (uint32_t i = from; i < to; i++) {
		if (assigned->members[i] == ASSIGN_NOBODY)
			continue;
		const char *id = t->members[assigned->members[i] / BATCH_MEMBER_OFFERS];
		struct batch_offer *offer = &choice->offers[choice->n_offers++];
		*offer = (struct batch_offer){.slot = t->seats[i].slot->slot, .member_id = id};
		offer->worth = worth_in(t->seats[i].slot, id);
		if (assigned->member_prices != NULL)
			offer->price_m = assigned->member_prices[assigned->members[i]];
	}
	for (uint32_t i = from; i < to && !choice->wait; i++)
		choice->wait = !is_filled(choice, t->seats[i].slot->slot);
	if (choice->wait)
		let_wait(t->a, t->orders[t->seats[from].order], choice);
}

void batch_end(struct batch_task *t, struct batch_plan *plan)
{
	struct assign_plan assigned = {.greedy = false};
	uint32_t from = 0;
	*plan = (struct batch_plan){.choices = arena_array(t->a, t->n_orders, sizeof(*plan->choices)),
				    .n_seats = t->n_seats};
	if (t->solver != NULL)
		assign_end(t->solver, &assigned);
	plan->greedy = assigned.greedy;
	for (size_t i = 0; i < t->n_orders; i++) {
		uint32_t to = from + seats_of(t->orders[i]);
		plan->choices[i].ring = t->orders[i]->ring;
		note_choice(t, from, to, &assigned, &plan->choices[i]);
		from = to;
	}
}

enum err batch_decide(struct scene *s, const struct roster *roster, const struct batch_order *orders, size_t n,
		      struct batch_plan *plan)
{
	SeatedOrder **seated = arena_array(s->arena, n, sizeof(SeatedOrder *));
	struct batch_task *task;
	for (size_t i = 0; i < n; i++)
		seated[i] = batch_seat(s, roster, &orders[i]);
	TRY(batch_begin(s->arena, seated, n, &task));
	while (!batch_go_on(task, UINT64_MAX))
		;
	batch_end(task, plan);
	return OK;
}

static PlannedWait *planned_wait(struct arena *a, const struct batch_wait *wait)
{
	PlannedWait *out = ARENA_NEW(a, PlannedWait);
	PlannedWait_init(out);
	out->slot = wait->slot;
	out->why = wait->why;
	out->member_id = arena_strdup(a, wait->member_id);
	out->later_m = wait->later_m;
	out->worth_m = wait->worth_m;
	return out;
}

PlannedOrder *batch_planned(struct arena *a, const char *order_id, const struct batch_choice *choice)
{
	PlannedOrder *out = ARENA_NEW(a, PlannedOrder);
	PlannedOrder_init(out);
	out->order_id = arena_strdup(a, order_id);
	out->ring = choice->ring;
	out->wait = choice->wait;
	out->offers = arena_array(a, choice->n_offers, sizeof(*out->offers));
	for (size_t i = 0; i < choice->n_offers; i++) {
		PlannedOffer *offer = out->offers[out->n_offers++] = ARENA_NEW(a, PlannedOffer);
		PlannedOffer_init(offer);
		offer->slot = choice->offers[i].slot;
		offer->member_id = arena_strdup(a, choice->offers[i].member_id);
	}
	out->waits = arena_array(a, choice->n_waits, sizeof(*out->waits));
	for (size_t i = 0; i < choice->n_waits; i++)
		out->waits[out->n_waits++] = planned_wait(a, &choice->waits[i]);
	return out;
}
