#include "base/limits.h"
#include "domain/batch.h"
#include "domain/order.h"
#include "domain/policy_check.h"
#include "service/board.h"
#include "service/reply.h"
#include "service/services.h"

/* A policy is tried before it applies: orders that wait are decided twice, by the policy that applies and by the other
 * one. Nobody is asked, and nothing is written. */

enum { ORDERS_DEFAULT = 50 };

/* --- the orders --- */

/* As if a round of dispatch began now: nobody was asked yet. */
static const OrderRecord *afresh(struct scene *s, const OrderRecord *order)
{
	OrderRecord *fresh = arena_copy(s->arena, order, sizeof(*fresh));
	fresh->n_offers = 0;
	fresh->pooled = false;
	fresh->ring = order_first_ring(s, fresh);
	return fresh;
}

static enum err read_households(struct txn *t, struct batch_order *orders, size_t n)
{
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_HOUSEHOLD, order_home_id(orders[i].order));
	for (size_t i = 0; i < n; i++) {
		HouseholdRecord *household;
		TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(orders[i].order), &household));
		orders[i].household = household;
	}
	return OK;
}

/* Those on the board that are not in anybody's hands. */
static enum err read_waiting(struct txn *t, uint32_t most, struct batch_order **out, size_t *n)
{
	static const OrderState waiting[] = {ORDER_STATE_PLACED, ORDER_STATE_OFFERED};
	struct board board;
	struct page page;
	struct store_entry *entries;
	size_t n_entries;
	TRY(page_read(t, most == 0 ? ORDERS_DEFAULT : most, "", &page));
	TRY(board_read(t, "", INDEX_BOARD, INDEX_BOARD_GRID, &board));
	board_select(waiting, sizeof(waiting) / sizeof(waiting[0]), NULL, 0, &board);
	TRY(board_page(t, &board, &page, &entries, &n_entries));
	*out = arena_array(txn_arena(t), n_entries, sizeof(**out));
	*n = 0;
	for (size_t i = 0; i < n_entries; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n_entries; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(t, ORDER, arena_string(txn_arena(t), entries[i].member), &order));
		if (order != NULL && order_open_slots(order) > 0)
			(*out)[(*n)++] = (struct batch_order){.order = order};
	}
	return read_households(t, *out, *n);
}

/* --- the decisions --- */

static TriedChoice *view_choice(struct scene *s, const struct batch_choice *choice)
{
	TriedChoice *out = ARENA_NEW(s->arena, TriedChoice);
	TriedChoice_init(out);
	out->ring = choice->ring;
	out->waits = choice->wait;
	out->member_ids = arena_array(s->arena, choice->n_offers, sizeof(*out->member_ids));
	for (size_t i = 0; i < choice->n_offers; i++)
		out->member_ids[out->n_member_ids++] = arena_strdup(s->arena, choice->offers[i].member_id);
	return out;
}

/* By that policy in the place of the one that applies. */
static enum err decide(struct txn *t, const Policy *policy, const struct batch_order *orders, size_t n,
		       TriedChoice **out)
{
	struct scene scene = *txn_scene(t);
	struct config config = *scene.config;
	struct batch_order *fresh = arena_array(scene.arena, n, sizeof(*fresh));
	struct batch_plan plan;
	config.policy = policy;
	scene.config = &config;
	for (size_t i = 0; i < n; i++)
		fresh[i] = (struct batch_order){afresh(&scene, orders[i].order), orders[i].household};
	TRY(batch_decide(&scene, txn_roster(t), fresh, n, &plan));
	for (size_t i = 0; i < n; i++)
		out[i] = view_choice(&scene, &plan.choices[i]);
	return OK;
}

HANDLER(try_policy, TryPolicy)
{
	struct arena *a = txn_arena(t);
	struct batch_order *orders;
	size_t n;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(policy_check(txn_scene(t), req->policy, "policy"));
	TRY(read_waiting(t, req->orders, &orders, &n));
	TriedChoice **present = arena_array(a, n, sizeof(*present));
	TriedChoice **tried = arena_array(a, n, sizeof(*tried));
	TRY(decide(t, txn_config(t)->policy, orders, n, present));
	TRY(decide(t, req->policy, orders, n, tried));
	rsp->orders = arena_array(a, n, sizeof(*rsp->orders));
	for (size_t i = 0; i < n; i++) {
		TriedOrder *out = rsp->orders[rsp->n_orders++] = ARENA_NEW(a, TriedOrder);
		TriedOrder_init(out);
		out->order_id = orders[i].order->id;
		out->category_id = orders[i].order->category_id;
		out->grid_id = orders[i].order->grid_id;
		out->urgency = orders[i].order->urgency;
		out->present = present[i];
		out->tried = tried[i];
	}
	return OK;
}

const struct method try_methods[] = {METHOD(OrgService, TryPolicy, try_policy, .again = NULL)};
const size_t try_methods_n = sizeof(try_methods) / sizeof(try_methods[0]);
