#include "domain/offer.h"
#include "domain/order_life.h"
#include "domain/order_state.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/work.h"
#include "job/forget.h"
#include "job/jobs.h"
#include "service/dispatch.h"
#include "service/ledger.h"
#include "service/reply.h"

static bool due(const OrderRecord *order, int64_t after_ms, int64_t now_ms)
{
	return after_ms != 0 && order_time_ms(order, after_ms) <= now_ms;
}

/* Offers that nobody answered: look further. */
static void widen(struct scene *s, OrderRecord *order)
{
	const DispatchMode *mode = policy_mode(s->config->policy, order->urgency);
	for (uint32_t i = 0; i < mode->rings_per_step && order->ring < RING_STREET; i++)
		order->ring = ring_next(order->ring);
}

/* An order that has ended has kept for long enough what is personal. */
static enum err forget(struct txn *t, OrderRecord *order, bool *changed)
{
	int64_t now_ms = txn_now_ms(t);
	if (!order_state_final(order->state))
		return OK;
	if (order->own_contact && due(order, order->contact_until_after_ms, now_ms)) {
		TRY(forget_contact(t, order));
		*changed = true;
	}
	if (due(order, order->words_until_after_ms, now_ms)) {
		TRY(forget_order(t, order));
		*changed = true;
	}
	return OK;
}

static enum err tick(struct txn *t, OrderRecord *order, const PlannedOrder *plan, bool *changed)
{
	struct scene *s = txn_scene(t);
	int64_t now_ms = txn_now_ms(t);
	if (order->state == ORDER_STATE_HELD && due(order, order->hold_until_after_ms, now_ms)) {
		TRY(order_resume(s, order));
		*changed = true;
	}
	if (offer_expire(s, order)) {
		widen(s, order);
		*changed = true;
	}
	if (order->state == ORDER_STATE_COMPLETED && due(order, order->auto_close_after_ms, now_ms)) {
		TRY(ledger_settle(t, order, 0));
		TRY(order_close_unrated(s, order));
		*changed = true;
	}
	TRY(forget(t, order, changed));
	while (order_escalate_ms(order) != 0 && order_escalate_ms(order) <= now_ms) {
		order_escalate(s, order);
		*changed = true;
	}
	bool dispatching = order->state == ORDER_STATE_PLACED || order->state == ORDER_STATE_OFFERED;
	if (dispatching && due(order, order->dispatch_after_ms, now_ms)) {
		TRY(dispatch_step(t, order, plan));
		*changed = true;
	}
	return OK;
}

static enum err order_tick(struct txn *t, const void *request, void *response)
{
	const struct exec_tick *req = request;
	OrderRecord *order;
	bool changed = false;
	(void)response;
	TRY(TXN_GET(t, ORDER, req->order_id, &order));
	TRY(tick(t, order, req->plan, &changed));
	if (changed)
		txn_put(t, KIND_ORDER, order);
	return OK;
}

/* Reading it is enough: whatever passes by reaches the roster. */
static enum err refresh_member(struct txn *t, const void *request, void *response)
{
	const struct exec_tick *req = request;
	MemberRecord *member;
	LoadRecord *load;
	(void)response;
	txn_prefetch(t, KIND_LOAD, req->order_id);
	TRY(TXN_PEEK(t, MEMBER, req->order_id, &member));
	return TXN_PEEK(t, LOAD, req->order_id, &load);
}

const struct method job_order_tick = {
    .path = "/job/OrderTick", .handler = order_tick, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
const struct method job_refresh_member = {
    .path = "/job/RefreshMember", .handler = refresh_member, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_READS};
