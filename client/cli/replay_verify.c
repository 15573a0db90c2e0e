#include "replay_verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 200 };

/* --- one order --- */

struct timeline {
	uint64_t kinds[EVENT_KIND_EXCLUSION_WITHDRAWN + 1];
	uint64_t finals; /* final states entered since it was last sent back */
	uint64_t reoffers;
	bool ends_unserved;
};

static struct timeline read_timeline(const Order *order)
{
	struct timeline t = {0};
	bool offered = false;
	for (size_t i = 0; i < order->n_timeline; i++) {
		EventKind kind = order->timeline[i]->kind;
		if ((unsigned)kind > EVENT_KIND_DISPATCHED)
			continue;
		t.kinds[kind]++;
		if (kind == EVENT_KIND_OFFERED) {
			t.reoffers += offered;
			offered = true;
		}
		if (kind == EVENT_KIND_REWORK || kind == EVENT_KIND_REOPENED) {
			t.finals = 0;
			offered = false;
		}
		if (kind == EVENT_KIND_CLOSED || kind == EVENT_KIND_CANCELLED || kind == EVENT_KIND_REJECTED)
			t.finals++;
		if (kind != EVENT_KIND_ESCALATED)
			t.ends_unserved = kind == EVENT_KIND_UNSERVED;
	}
	return t;
}

static void check_acks(const struct play_case *c, const struct timeline *t, struct replay_truth *truth)
{
	static const EventKind kinds[ACK_COUNT] = {
	    [ACK_PLACED] = EVENT_KIND_PLACED,       [ACK_DECLINED] = EVENT_KIND_OFFER_DECLINED,
	    [ACK_ACCEPTED] = EVENT_KIND_ACCEPTED,   [ACK_STARTED] = EVENT_KIND_STARTED,
	    [ACK_COMPLETED] = EVENT_KIND_COMPLETED, [ACK_RATED] = EVENT_KIND_RATED,
	    [ACK_CANCELLED] = EVENT_KIND_CANCELLED, [ACK_REJECTED] = EVENT_KIND_REJECTED,
	    [ACK_HELD] = EVENT_KIND_HELD,
	};
	for (size_t i = 0; i < ACK_COUNT; i++) {
		uint64_t there = t->kinds[kinds[i]];
		if (there < c->acks[i])
			truth->lost += c->acks[i] - there;
		if (there > c->acks[i])
			truth->doubled += there - c->acks[i];
	}
}

static bool is_final(OrderState state)
{
	return state == ORDER_STATE_CLOSED || state == ORDER_STATE_CANCELLED || state == ORDER_STATE_REJECTED;
}

/* What the acknowledged writes leave no doubt about. */
static bool state_holds(const struct play_case *c, OrderState state)
{
	if (c->acks[ACK_CANCELLED] > 0)
		return state == ORDER_STATE_CANCELLED;
	if (c->acks[ACK_REJECTED] > 0)
		return state == ORDER_STATE_REJECTED;
	if (c->phase == CASE_UNSERVED)
		return state == ORDER_STATE_PLACED;
	if (c->phase == CASE_OVER)
		return state == ORDER_STATE_CLOSED;
	return true;
}

void verify_order(const struct play_case *c, const Order *order, struct replay_truth *truth)
{
	struct timeline t = read_timeline(order);
	OrderState state = order->state;
	if ((unsigned)state <= ORDER_STATE_REJECTED)
		truth->states[state]++;
	truth->unserved += state == ORDER_STATE_PLACED && t.ends_unserved;
	truth->reworked += order->reworks > 0;
	truth->reworks += order->reworks;
	truth->reoffers += t.reoffers;
	truth->declines += t.kinds[EVENT_KIND_OFFER_DECLINED];
	truth->expiries += t.kinds[EVENT_KIND_OFFER_EXPIRED];
	truth->pooled += t.kinds[EVENT_KIND_POOLED];
	truth->unrated += state == ORDER_STATE_CLOSED && (order->rating == NULL || order->rating->stars == 0 ||
							  order->rating->resolution == RESOLUTION_NOT_SOLVED);
	truth->misordered += t.finals != (is_final(state) ? 1u : 0u) || !state_holds(c, state);
	check_acks(c, &t, truth);
}

/* --- all of them --- */

struct reading {
	struct play *play;
	struct replay_truth *truth;
	struct rpc_error *error;
	size_t in_flight;
};

struct read_one {
	struct reading *reading;
	size_t i;
};

static void on_order(void *arg, const struct rpc_reply *reply)
{
	struct read_one *one = arg;
	struct reading *r = one->reading;
	const struct play_case *c = &r->play->cases[one->i];
	r->in_flight--;
	free(one);
	if (reply->error != NULL && reply->error->code == GRPC_NOT_FOUND) {
		for (size_t i = 0; i < ACK_COUNT; i++)
			r->truth->lost += c->acks[i];
		return;
	}
	const GetOrderResponse *response =
	    reply->error != NULL ? NULL : rpc_decode(r->play->rpcs, RPC_GET_ORDER, reply->message);
	if (response != NULL && response->order != NULL)
		verify_order(c, response->order, r->truth);
	else if (reply->error != NULL)
		*r->error = *reply->error;
	else
		rpc_error_local(r->error, ERR_INTERNAL, "the reply can't be read");
}

static void read_order(struct reading *r, size_t i)
{
	GetOrderRequest request;
	struct read_one *one = malloc(sizeof(*one));
	if (one == NULL) {
		rpc_error_local(r->error, ERR_INTERNAL, "out of memory");
		return;
	}
	*one = (struct read_one){r, i};
	GetOrderRequest_init(&request);
	request.order_id = r->play->cases[i].id;
	r->in_flight++;
	rpc_send(r->play->rpcs, r->play->links->desk, RPC_GET_ORDER, &request, NULL, on_order, one);
}

static bool read_orders(struct play *p, struct replay_truth *truth, struct rpc_error *error)
{
	struct reading r = {p, truth, error, 0};
	*error = (struct rpc_error){.code = GRPC_OK};
	for (size_t i = 0; (i < p->n && error->code == GRPC_OK) || r.in_flight > 0;) {
		while (i < p->n && r.in_flight < WINDOW && error->code == GRPC_OK) {
			if (p->cases[i].acks[ACK_PLACED] > 0)
				read_order(&r, i);
			i++;
		}
		if (r.in_flight > 0)
			event_base_loop(rpcs_base(p->rpcs), EVLOOP_ONCE);
	}
	return error->code == GRPC_OK;
}

static bool read_balance(struct play *p, struct replay_truth *truth, struct rpc_error *error)
{
	char token[128] = "";
	do {
		CheckBalanceRequest request;
		CheckBalanceRequest_init(&request);
		request.page_token = token;
		const CheckBalanceResponse *page =
		    rpc_wait(p->rpcs, p->links->admin, RPC_CHECK_BALANCE, &request, NULL, error);
		if (page == NULL)
			return false;
		truth->points_sum += page->issuance + page->members;
		truth->points_awarded += page->members;
		truth->accounts += page->accounts;
		snprintf(token, sizeof(token), "%s", page->next_page_token);
	} while (token[0] != '\0');
	return true;
}

static bool read_counts(struct play *p, struct replay_truth *truth, struct rpc_error *error)
{
	RecountRatesRequest request;
	const RecountRatesResponse *part;
	RecountRatesRequest_init(&request);
	do {
		part = rpc_wait(p->rpcs, p->links->admin, RPC_RECOUNT_RATES, &request, NULL, error);
		if (part == NULL)
			return false;
		if (part->recount == NULL) {
			rpc_error_local(error, ERR_INTERNAL, "the reply can't be read");
			return false;
		}
	} while (part->recount->ended_ms == 0);
	truth->miscounted = part->recount->wrong;
	return true;
}

bool replay_verify(struct play *p, struct replay_truth *truth, struct rpc_error *error)
{
	*truth = (struct replay_truth){0};
	return read_orders(p, truth, error) && read_balance(p, truth, error) && read_counts(p, truth, error);
}
