#include "domain/batch.h"
#include "domain/order.h"
#include "domain/policy.h"
#include "domain/worth.h"
#include "job/jobs.h"

static bool any_window(const Policy *policy)
{
	return policy->routine->window_ms > 0 || policy->urgent->window_ms > 0 || policy->emergency->window_ms > 0;
}

static bool waits_for_batch(const struct scene *s, const OrderRecord *order)
{
	return order != NULL && !order->pooled && order->state == ORDER_STATE_PLACED && order->dispatch_after_ms != 0 &&
	       order_time_ms(order, order->dispatch_after_ms) <= s->now_ms && order_open_slots(order) > 0 &&
	       policy_mode(s->config->policy, order->urgency)->window_ms > 0;
}

static enum err read_orders(struct txn *t, const struct seat_request *req, struct batch_order *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < req->n; i++)
		txn_prefetch(t, KIND_ORDER, req->order_ids[i]);
	for (size_t i = 0; i < req->n; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(t, ORDER, req->order_ids[i], &order));
		if (waits_for_batch(txn_scene(t), order))
			out[(*n)++] = (struct batch_order){.order = order};
	}
	for (size_t i = 0; i < *n; i++)
		txn_prefetch(t, KIND_HOUSEHOLD, order_home_id(out[i].order));
	for (size_t i = 0; i < *n; i++) {
		HouseholdRecord *household;
		TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(out[i].order), &household));
		out[i].household = household;
	}
	return OK;
}

static enum err weigh(struct txn *t, const struct batch_order *orders, BatchSeats *seats)
{
	struct scene *s = txn_scene(t);
	WorthRecord *known;
	TRY(TXN_PEEK(t, WORTH, WORTH_ID, &known));
	const struct worth *worth = worth_new(s->arena, known, s->config->policy->weights);
	for (size_t i = 0; i < seats->n_orders; i++)
		batch_weigh(s, txn_roster(t), worth, orders[i].order, seats->orders[i]);
	return OK;
}

/* Peeks only: the plan is advice, whoever makes the offers reads what counts. */
static enum err seat_batch(struct txn *t, const void *request, void *response)
{
	const struct seat_request *req = request;
	BatchSeats *rsp = response;
	struct arena *a = txn_arena(t);
	const Policy *policy = txn_config(t)->policy;
	struct batch_order *orders = arena_array(a, req->n, sizeof(*orders));
	size_t n;
	if (!any_window(policy))
		return OK;
	if (worth_counts(policy))
		txn_prefetch(t, KIND_WORTH, WORTH_ID);
	TRY(read_orders(t, req, orders, &n));
	rsp->orders = arena_array(a, n, sizeof(*rsp->orders));
	for (size_t i = 0; i < n; i++)
		rsp->orders[rsp->n_orders++] = batch_seat(txn_scene(t), txn_roster(t), &orders[i]);
	return worth_counts(policy) ? weigh(t, orders, rsp) : OK;
}

const struct method job_seat_batch = {.path = "/job/SeatBatch",
				      .response = &BatchSeats_desc,
				      .handler = seat_batch,
				      .roles = ROLE_BIT(SYSTEM),
				      .flags = METHOD_READS};
