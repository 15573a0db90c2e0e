#include "service/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "domain/accept.h"
#include "domain/batch.h"
#include "domain/decision.h"
#include "domain/load.h"
#include "domain/match.h"
#include "domain/offer.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"
#include "service/reply.h"

/* Candidates looked at beyond those to be asked: the roster may lag for a few. */
enum { SPARE_CANDIDATES = 3, MAX_CANDIDATES = LIMIT_FANOUT + SPARE_CANDIDATES };

struct candidate {
	const char *member_id;
	bool planned;
};

struct choice {
	const MemberRecord *member;
	const LoadRecord *load;
	struct match_cost cost;
	bool planned;
	uint32_t accept_milli; /* 0: the mode doesn't go by that */
};

/* Those of a slot who can be asked, the best first. */
struct choices {
	struct choice list[MAX_CANDIDATES];
	size_t n;
	uint32_t accept_version; /* of what was learnt of answers; 0: nothing that counts */
};

static int cheaper(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->planned != y->planned)
		return x->planned ? -1 : 1;
	if (x->cost.total_m != y->cost.total_m)
		return x->cost.total_m < y->cost.total_m ? -1 : 1;
	return strcmp(x->member->id, y->member->id);
}

/* Those whom the plan has for the slot and who are not among the candidates yet: they take the places of the last. */
static size_t add_planned(const PlannedOrder *plan, uint32_t slot, struct candidate *candidates, size_t n, size_t room)
{
	for (size_t i = 0; plan != NULL && i < plan->n_offers; i++) {
		if (plan->offers[i]->slot != slot)
			continue;
		size_t at = 0;
		while (at < n && strcmp(candidates[at].member_id, plan->offers[i]->member_id) != 0)
			at++;
		at = at == room ? room - 1 : at;
		candidates[at] = (struct candidate){plan->offers[i]->member_id, true};
		n = at == n ? n + 1 : n;
	}
	return n;
}

/* The preselected members as the store has them now. */
static enum err read_candidates(struct txn *t, const struct match_order *wanted, const SlotRecord *slot,
				const struct candidate *candidates, size_t n, struct choices *out)
{
	struct scene *s = txn_scene(t);
	const DispatchMode *mode = policy_mode(s->config->policy, wanted->order->urgency);
	AcceptModelRecord *learnt = NULL;
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		txn_prefetch(t, KIND_MEMBER, candidates[i].member_id);
		txn_prefetch(t, KIND_LOAD, candidates[i].member_id);
	}
	if (accept_wants_learnt(mode))
		TRY(TXN_PEEK(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &learnt));
	out->accept_version = accept_learnt_counts(s->config->policy, learnt) ? learnt->version : 0;
	for (size_t i = 0; i < n; i++) {
		MemberRecord *member;
		LoadRecord *load;
		TRY(TXN_PEEK(t, MEMBER, candidates[i].member_id, &member));
		TRY(TXN_PEEK(t, LOAD, candidates[i].member_id, &load));
		if (member == NULL)
			continue;
		if (load == NULL) {
			load = ARENA_NEW(s->arena, LoadRecord);
			LoadRecord_init(load);
		}
		if (match_filter(s, wanted, slot, member, load) != MATCH_FINE)
			continue;
		struct choice *choice = &out->list[out->n++];
		*choice = (struct choice){.member = member,
					  .load = load,
					  .cost = match_cost(s, wanted, slot, member, load),
					  .planned = candidates[i].planned};
		if (mode->accept_target_milli != 0)
			choice->accept_milli = accept_estimate_milli(s, learnt, wanted, member, load);
	}
	qsort(out->list, out->n, sizeof(out->list[0]), cheaper);
	return OK;
}

static enum err ask(struct txn *t, OrderRecord *order, uint32_t slot, Ring ring, const struct choice *choice)
{
	struct scene *s = txn_scene(t);
	LoadRecord *load;
	struct geo_point home = {choice->member->lat_e6, choice->member->lon_e6};
	struct offer_spec spec = {
	    .member_id = choice->member->id,
	    .slot = slot,
	    .ring = ring,
	    .ttl_ms = match_offer_ttl_ms(s, order, choice->member),
	    .distance_m = geo_distance_m(home, (struct geo_point){order->lat_e6, order->lon_e6}),
	    .accept_milli = choice->accept_milli,
	};
	TRY(reach_load(t, choice->member->id, &load));
	TRY(offer_put(s, order, &spec));
	load_offered(s, load);
	txn_put(t, KIND_LOAD, load);
	return OK;
}

static size_t live_for_slot(const OrderRecord *order, uint32_t slot)
{
	size_t live = 0;
	for (size_t i = 0; i < order->n_offers; i++)
		live += order->offers[i]->state == OFFER_STATE_LIVE && order->offers[i]->slot == slot;
	return live;
}

static void note(struct txn *t, OrderRecord *order, uint32_t slot, const struct choices *choices, size_t n_chosen)
{
	struct decision_weighed weighed[MAX_CANDIDATES];
	for (size_t i = 0; i < choices->n; i++) {
		const struct choice *choice = &choices->list[i];
		weighed[i] = (struct decision_weighed){
		    .member_id = choice->member->id, .cost = choice->cost, .accept_milli = choice->accept_milli};
	}
	struct decision decision = {.slot = slot,
				    .ring = order->ring,
				    .weighed = weighed,
				    .n = choices->n,
				    .n_chosen = n_chosen,
				    .accept_version = choices->accept_version};
	decision_note(txn_scene(t), order, &decision);
}

struct preselected {
	char member_id[ID_CHARS + 1];
};

/* The cheapest that the roster has within the order's ring: the same for all runs of a call, of which the first ends
 * where the members are wanted. */
static size_t preselect(struct txn *t, const struct match_order *wanted, uint32_t slot, size_t n,
			const struct preselected **out)
{
	struct roster_candidate found[MAX_CANDIDATES];
	struct preselected ids[MAX_CANDIDATES];
	const OrderRecord *order = wanted->order;
	const char *name = arena_printf(txn_arena(t), "candidates/%s/%u/%u", order->id, slot, (unsigned)order->ring);
	const struct slice *noted = txn_recall(t, name);
	if (noted == NULL) {
		n = roster_candidates(txn_roster(t), txn_scene(t), wanted, order->slots[slot], order->ring, found, n);
		for (size_t i = 0; i < n; i++)
			snprintf(ids[i].member_id, sizeof(ids[i].member_id), "%s", found[i].member_id);
		txn_note(t, name, slice_of((const uint8_t *)ids, n * sizeof(ids[0])));
		noted = txn_recall(t, name);
	}
	*out = (const void *)noted->ptr;
	return noted->len / sizeof(**out);
}

/* Those, and those of the plan. */
static size_t find_candidates(struct txn *t, const struct match_order *wanted, uint32_t slot, const PlannedOrder *plan,
			      size_t n, struct candidate *out)
{
	const struct preselected *found;
	size_t n_found = preselect(t, wanted, slot, n, &found);
	for (size_t i = 0; i < n_found; i++)
		out[i] = (struct candidate){.member_id = found[i].member_id};
	return add_planned(plan, slot, out, n_found, n);
}

/* Asks for one slot within the ring; *asked grows by the offers made. */
static enum err fill_slot(struct txn *t, OrderRecord *order, const HouseholdRecord *household, uint32_t slot,
			  const PlannedOrder *plan, size_t *asked)
{
	const DispatchMode *mode = policy_mode(txn_config(t)->policy, order->urgency);
	size_t fanout = mode->fanout > LIMIT_FANOUT ? LIMIT_FANOUT : mode->fanout;
	struct candidate candidates[MAX_CANDIDATES];
	struct choices choices;
	size_t live = live_for_slot(order, slot);
	size_t others = offer_live_count(order) - live;
	/* The bound is on the order: many slots share it. */
	if (fanout > LIMIT_FANOUT - (others < LIMIT_FANOUT ? others : LIMIT_FANOUT))
		fanout = LIMIT_FANOUT - (others < LIMIT_FANOUT ? others : LIMIT_FANOUT);
	uint32_t missed_micro = accept_missed_by_asked(txn_config(t)->policy, order, slot);
	if (live >= fanout || accept_is_enough(mode, missed_micro))
		return OK;
	struct match_order wanted = match_order_of(txn_scene(t), order, household);
	size_t n = find_candidates(t, &wanted, slot, plan, fanout - live + SPARE_CANDIDATES, candidates);
	TRY(read_candidates(t, &wanted, order->slots[slot], candidates, n, &choices));
	size_t chosen = 0;
	for (; chosen < choices.n && live < fanout && order->n_offers < LIMIT_TIMELINE; chosen++, live++) {
		const struct choice *choice = &choices.list[chosen];
		if (accept_is_enough(mode, missed_micro))
			break;
		missed_micro = accept_missed_by(missed_micro, choice->accept_milli);
		TRY(ask(t, order, slot, order->ring, choice));
	}
	if (chosen > 0)
		note(t, order, slot, &choices, chosen);
	*asked += chosen;
	return OK;
}

/* In an emergency the order's own grid workers hear of it whoever else is asked. */
static enum err page_grid_workers(struct txn *t, OrderRecord *order)
{
	enum { MAX_WORKERS = 64 };
	struct scene *s = txn_scene(t);
	const MemberRecord *members[MAX_WORKERS];
	const LoadRecord *loads[MAX_WORKERS];
	struct match_order wanted = match_order_of(s, order, NULL);
	size_t n = roster_within(txn_roster(t), s, order, RING_GRID, members, loads, MAX_WORKERS);
	enum err err = OK;
	for (size_t i = 0; i < n && order->n_offers < LIMIT_FANOUT && txn_goes_on(err); i++) {
		struct choice choice = {.member = members[i], .load = loads[i]};
		if (members[i]->kind != MEMBER_KIND_GRID_WORKER)
			continue;
		for (uint32_t slot = 0; slot < order->n_slots; slot++) {
			if (order->slots[slot]->member_id[0] != '\0' ||
			    match_filter(s, &wanted, order->slots[slot], members[i], loads[i]) != MATCH_FINE)
				continue;
			err = txn_also(err, ask(t, order, slot, RING_GRID, &choice));
			break;
		}
	}
	return err;
}

static void pool(struct txn *t, OrderRecord *order)
{
	struct scene *s = txn_scene(t);
	int64_t ttl_ms = s->config->policy->pool_ttl_ms;
	int64_t after_ms = order_after_ms(order, s->now_ms);
	order->pooled = true;
	order->dispatch_after_ms = ttl_ms != 0 ? after_ms + ttl_ms : order->due_after_ms;
	if (order->dispatch_after_ms <= after_ms)
		order->dispatch_after_ms = 0; /* overdue already: it stays in the pool and on the desk */
	order_entry(s, order, EVENT_KIND_POOLED, NULL, NULL);
}

static void give_up(struct txn *t, OrderRecord *order)
{
	order->unserved = true;
	order->dispatch_after_ms = 0;
	order_entry(txn_scene(t), order, EVENT_KIND_UNSERVED, NULL, NULL);
}

/* Several places are filled as one decision, so that nobody takes the place of the only one who could have another:
 * from the order's ring outwards, the first in which the team is complete. NULL: there is none such. */
static enum err plan_team(struct txn *t, const OrderRecord *order, const HouseholdRecord *household,
			  PlannedOrder **plan)
{
	struct scene *s = txn_scene(t);
	OrderRecord wider = *order;
	struct batch_order one = {&wider, household};
	struct batch_plan decided;
	*plan = NULL;
	while (wider.ring != RING_POOL) {
		TRY(batch_decide(s, txn_roster(t), &one, 1, &decided));
		wider.ring = decided.choices[0].ring;
		if (wider.ring == RING_POOL)
			return OK;
		if (!decided.choices[0].wait) {
			*plan = batch_planned(s->arena, order->id, &decided.choices[0]);
			return OK;
		}
		wider.ring = ring_next(wider.ring);
	}
	return OK;
}

static enum err ask_around(struct txn *t, OrderRecord *order, const HouseholdRecord *household,
			   const PlannedOrder *plan)
{
	size_t asked = 0;
	while (order->ring != RING_POOL) {
		for (uint32_t i = 0; i < order->n_slots; i++) {
			if (order->slots[i]->member_id[0] == '\0')
				TRY(fill_slot(t, order, household, i, plan, &asked));
		}
		if (asked > 0 || offer_live_count(order) > 0)
			break;
		order->ring = ring_next(order->ring);
	}
	return OK;
}

/* For explanations, so that the roster is good enough. */
static void note_wait(struct txn *t, OrderRecord *order, const HouseholdRecord *household, Ring ring,
		      const PlannedWait *wait)
{
	struct scene *s = txn_scene(t);
	struct match_order wanted = match_order_of(s, order, household);
	struct decision_weighed weighed = {.member_id = wait->member_id, .later_m = wait->later_m};
	struct decision decision = {
	    .slot = wait->slot, .ring = ring, .weighed = &weighed, .n = 1, .wait = wait->why, .worth_m = wait->worth_m};
	const LoadRecord *load;
	const MemberRecord *member = roster_member(txn_roster(t), s->arena, wait->member_id, &load);
	if (member == NULL || wait->slot >= order->n_slots)
		return;
	weighed.cost = match_cost(s, &wanted, order->slots[wait->slot], member, load);
	decision_note(s, order, &decision);
}

/* Until its next window. */
static void let_wait(struct txn *t, OrderRecord *order, const HouseholdRecord *household, const PlannedOrder *plan)
{
	for (size_t i = 0; i < plan->n_waits; i++)
		note_wait(t, order, household, plan->ring, plan->waits[i]);
	order_join_window(txn_scene(t), order);
}

enum err dispatch_step(struct txn *t, OrderRecord *order, const PlannedOrder *plan)
{
	HouseholdRecord *household;
	PlannedOrder *team = NULL;
	const Policy *policy = txn_config(t)->policy;
	TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(order), &household));
	if (order->pooled) {
		give_up(t, order);
		return OK;
	}
	if (plan != NULL && plan->wait) {
		let_wait(t, order, household, plan);
		return OK;
	}
	if (order_open_slots(order) > 1 && offer_live_count(order) == 0 && (plan == NULL || plan->n_offers == 0)) {
		TRY(plan_team(t, order, household, &team));
		/* In danger whoever can come is asked. */
		if (team == NULL && order->urgency != URGENCY_DANGER && !policy->partial_teams)
			order->ring = RING_POOL;
		plan = team;
	}
	if (plan != NULL && plan->ring != RING_POOL && plan->ring > order->ring)
		order->ring = plan->ring;
	TRY(ask_around(t, order, household, plan));
	if (order->urgency == URGENCY_DANGER)
		TRY(page_grid_workers(t, order));
	if (order->ring != RING_POOL || order->state != ORDER_STATE_PLACED)
		order->dispatch_after_ms = 0;
	else if (!order_search_on(txn_scene(t), order))
		pool(t, order);
	return OK;
}
