#include "service/dispatch.h"

#include <stdlib.h>

#include "base/limits.h"
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

struct choice {
	const MemberRecord *member;
	const LoadRecord *load;
	struct match_cost cost;
};

static int cheaper(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->cost.total_m != y->cost.total_m)
		return x->cost.total_m < y->cost.total_m ? -1 : 1;
	return strcmp(x->member->id, y->member->id);
}

/* The preselected members as the store has them now. */
static enum err read_candidates(struct txn *t, const struct match_order *wanted, const SlotRecord *slot,
				const struct roster_candidate *candidates, size_t n, struct choice *out, size_t *n_out)
{
	struct scene *s = txn_scene(t);
	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		txn_prefetch(t, KIND_MEMBER, candidates[i].member_id);
		txn_prefetch(t, KIND_LOAD, candidates[i].member_id);
	}
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
		out[(*n_out)++] = (struct choice){member, load, match_cost(s, wanted, slot, member, load)};
	}
	qsort(out, *n_out, sizeof(*out), cheaper);
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
	};
	TRY(reach_load(t, choice->member->id, &load));
	TRY(offer_put(s, order, &spec));
	load_offered(load, s->now_ms);
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

static void note(struct txn *t, OrderRecord *order, uint32_t slot, const struct choice *choices, size_t n,
		 size_t n_chosen)
{
	struct decision_weighed weighed[MAX_CANDIDATES];
	for (size_t i = 0; i < n; i++)
		weighed[i] = (struct decision_weighed){choices[i].member->id, choices[i].cost};
	decision_note(txn_scene(t), order, slot, weighed, n, n_chosen);
}

/* Asks for one slot within the ring; *asked grows by the offers made. */
static enum err fill_slot(struct txn *t, OrderRecord *order, const HouseholdRecord *household, uint32_t slot,
			  size_t fanout, size_t *asked)
{
	struct roster_candidate candidates[MAX_CANDIDATES];
	struct choice choices[MAX_CANDIDATES];
	size_t n_choices, live = live_for_slot(order, slot);
	size_t others = offer_live_count(order) - live;
	/* The bound is on the order: many slots share it. */
	if (fanout > LIMIT_FANOUT - (others < LIMIT_FANOUT ? others : LIMIT_FANOUT))
		fanout = LIMIT_FANOUT - (others < LIMIT_FANOUT ? others : LIMIT_FANOUT);
	if (live >= fanout)
		return OK;
	struct match_order wanted = match_order_of(txn_scene(t), order, household);
	size_t n = roster_candidates(txn_roster(t), txn_scene(t), &wanted, order->slots[slot], order->ring, candidates,
				     fanout - live + SPARE_CANDIDATES);
	TRY(read_candidates(t, &wanted, order->slots[slot], candidates, n, choices, &n_choices));
	size_t chosen = 0;
	for (; chosen < n_choices && live < fanout && order->n_offers < LIMIT_TIMELINE; chosen++, live++)
		TRY(ask(t, order, slot, order->ring, &choices[chosen]));
	if (chosen > 0)
		note(t, order, slot, choices, n_choices, chosen);
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
	for (size_t i = 0; i < n && order->n_offers < LIMIT_FANOUT; i++) {
		struct choice choice = {.member = members[i], .load = loads[i]};
		if (members[i]->kind != MEMBER_KIND_GRID_WORKER)
			continue;
		for (uint32_t slot = 0; slot < order->n_slots; slot++) {
			if (order->slots[slot]->member_id[0] != '\0' ||
			    match_filter(s, &wanted, order->slots[slot], members[i], loads[i]) != MATCH_FINE)
				continue;
			TRY(ask(t, order, slot, RING_GRID, &choice));
			break;
		}
	}
	return OK;
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

enum err dispatch_step(struct txn *t, OrderRecord *order)
{
	HouseholdRecord *household;
	const DispatchMode *mode = policy_mode(txn_config(t)->policy, order->urgency);
	size_t fanout = mode->fanout > LIMIT_FANOUT ? LIMIT_FANOUT : mode->fanout, asked = 0;
	TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(order), &household));
	if (order->pooled) {
		give_up(t, order);
		return OK;
	}
	while (order->ring != RING_POOL) {
		for (uint32_t i = 0; i < order->n_slots; i++) {
			if (order->slots[i]->member_id[0] == '\0')
				TRY(fill_slot(t, order, household, i, fanout, &asked));
		}
		if (asked > 0 || offer_live_count(order) > 0)
			break;
		order->ring = ring_next(order->ring);
	}
	if (order->urgency == URGENCY_DANGER)
		TRY(page_grid_workers(t, order));
	if (order->ring == RING_POOL && order->state == ORDER_STATE_PLACED)
		pool(t, order);
	else
		order->dispatch_after_ms = 0;
	return OK;
}
