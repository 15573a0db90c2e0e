/* libpaidan's blocking API against a small broker in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <paidan/paidan.h>

#include "cli_peer.h"
#include "paidan_pb.h"
#include "pb/pb_wire.h"

/* --- the broker --- */

struct broker {
	struct event_base *base;
	struct peer *peer;
	pid_t pid;
	char first_id[64];
	unsigned watches;
};

static void reply(struct peer_request *r, struct arena *a, const void *message)
{
	peer_reply(r, pb_encode_arena(message, a));
}

/* What came in shows in the order: the request id as its etag, the actor as its beneficiary. */
static Order *some_order(struct arena *a, const struct peer_request *r, const char *id, const char *request_id)
{
	Order *o = PB_NEW(a, Order);
	o->id = arena_strdup(a, id);
	o->etag = arena_strdup(a, request_id);
	o->beneficiary_id = arena_strdup(a, r->act_as);
	o->state = ORDER_STATE_PLACED;
	return o;
}

static void event(struct peer_request *r, struct arena *a, const char *id, bool heartbeat)
{
	WatchOrdersResponse *m = PB_NEW(a, WatchOrdersResponse);
	m->event_id = arena_strdup(a, id);
	m->kind = EVENT_KIND_ACCEPTED;
	if (!heartbeat)
		m->order = some_order(a, r, id, "");
	peer_send(r, pb_encode_arena(m, a));
}

static void watch(struct broker *b, struct peer_request *r, struct arena *a, const char *after)
{
	b->watches++;
	if (after[0] == '\0') {
		event(r, a, "1-0", false);
		event(r, a, "2-0", false);
		event(r, a, "3-0", true);
		peer_end(r, "14", "draining", "");
	} else if (strcmp(after, "3-0") == 0) {
		event(r, a, "4-0", false);
	} else {
		peer_end(r, "11", "", "");
	}
}

#define IN(type, name)                                       \
	type *name;                                          \
	struct fault fault = {0};                            \
	if (PB_DECODE(a, type, body, &fault, &name) != OK) { \
		peer_end(r, "13", "undecodable", "");        \
		return;                                      \
	}

static void place(struct peer_request *r, struct arena *a, struct slice body)
{
	IN(PlaceOrderRequest, in);
	PlaceOrderResponse *out = PB_NEW(a, PlaceOrderResponse);
	out->order = some_order(a, r, "o1", in->request_id);
	out->order->title = in->title;
	out->order->category_id = in->category_id;
	out->order->point = in->point;
	out->order->contact = in->contact;
	reply(r, a, out);
}

static void accept_offer(struct broker *b, struct peer_request *r, struct arena *a, struct slice body)
{
	IN(AcceptOfferRequest, in);
	if (strcmp(in->order_id, "taken") == 0) {
		peer_end(r, "9", "already taken", "");
		return;
	}
	/* The first attempt is lost; the second must be the same request. */
	if (b->first_id[0] == '\0') {
		snprintf(b->first_id, sizeof(b->first_id), "%s", in->request_id);
		peer_cut(r);
		return;
	}
	AcceptOfferResponse *out = PB_NEW(a, AcceptOfferResponse);
	out->order = some_order(a, r, in->order_id, strcmp(b->first_id, in->request_id) == 0 ? "same" : "other");
	out->order->state = ORDER_STATE_ACCEPTED;
	reply(r, a, out);
}

static void complete(struct peer_request *r, struct arena *a, struct slice body)
{
	IN(CompleteTaskRequest, in);
	CompleteTaskResponse *out = PB_NEW(a, CompleteTaskResponse);
	out->order = some_order(a, r, in->order_id, in->text);
	reply(r, a, out);
}

static void rate(struct peer_request *r, struct arena *a, struct slice body)
{
	IN(RateOrderRequest, in);
	RateOrderResponse *out = PB_NEW(a, RateOrderResponse);
	out->order = some_order(a, r, in->order_id, "");
	out->order->rating = PB_NEW(a, Rating);
	out->order->rating->stars = in->stars;
	reply(r, a, out);
}

static void serve(struct broker *b, struct peer_request *r, struct arena *a, struct slice body)
{
	if (strcmp(r->path, "/paidan.v1.OrderService/PlaceOrder") == 0) {
		place(r, a, body);
	} else if (strcmp(r->path, "/paidan.v1.TaskService/AcceptOffer") == 0) {
		accept_offer(b, r, a, body);
	} else if (strcmp(r->path, "/paidan.v1.TaskService/CompleteTask") == 0) {
		complete(r, a, body);
	} else if (strcmp(r->path, "/paidan.v1.OrderService/RateOrder") == 0) {
		rate(r, a, body);
	} else if (strcmp(r->path, "/paidan.v1.OrderService/WatchOrders") == 0) {
		IN(WatchOrdersRequest, in);
		watch(b, r, a, in->after);
	} else if (strcmp(r->path, "/paidan.v1.PointsService/GetAccount") == 0) {
		peer_reply(r, SLICE("\377\377"));
	} else if (strcmp(r->path, "/paidan.v1.PointsService/CheckBalance") == 0) {
		/* Never answered. */
	} else {
		peer_end(r, "5", "no%20such%20order", "");
	}
}

static void handle(void *arg, struct peer_request *r)
{
	struct arena a;
	arena_init(&a, 1024 * 1024);
	serve(arg, r, &a, slice_of(r->body + 5, r->body_len - 5));
	arena_free(&a);
}

static struct paidan_client *set_up(struct broker *b, const char *act_as, unsigned timeout_ms)
{
	*b = (struct broker){.base = event_base_new()};
	b->peer = peer_open(b->base, &(struct peer_options){.tls = true}, handle, b);
	fflush(NULL);
	b->pid = fork();
	assert_true(b->pid >= 0);
	if (b->pid == 0) {
		event_reinit(b->base);
		event_base_dispatch(b->base);
		_exit(0);
	}
	struct paidan_client *c;
	assert_int_equal(paidan_open(&c, &(struct paidan_options){.url = peer_url(b->peer),
								  .ca_file = peer_ca_file(b->peer),
								  .key = "pdk_t_1_s",
								  .act_as = act_as,
								  .lang = "zh",
								  .timeout_ms = timeout_ms}),
			 PAIDAN_OK);
	return c;
}

static void tear_down(struct broker *b, struct paidan_client *c)
{
	paidan_close(c);
	kill(b->pid, SIGKILL);
	waitpid(b->pid, NULL, 0);
	peer_close(b->peer);
	event_base_free(b->base);
}

/* --- tests --- */

static void four_steps(void **state)
{
	(void)state;
	struct broker b;
	struct paidan_client *c = set_up(&b, "resident/r1", 10000);
	struct paidan_order *o;
	assert_int_equal(paidan_order_place(c,
					    &(struct paidan_new_order){.category_id = "c1",
								       .title = "水管漏水",
								       .has_point = true,
								       .lat = 39.9,
								       .lon = 116.4,
								       .contact_phone = "138"},
					    &o),
			 PAIDAN_OK);
	assert_string_equal(o->id, "o1");
	assert_string_equal(o->title, "水管漏水");
	assert_string_equal(o->beneficiary_id, "resident/r1");
	assert_int_equal(strlen(o->etag), 32); /* a made-up request id */
	assert_float_equal(o->lat, 39.9, 0);
	assert_string_equal(o->contact_phone, "138");
	assert_string_equal(o->contact_name, "");
	assert_string_equal(o->member_id, "");
	assert_int_equal(o->state, PAIDAN_PLACED);
	paidan_order_free(o);

	assert_int_equal(paidan_act_as(c, "member/m1"), PAIDAN_OK);
	assert_int_equal(paidan_task_accept(c, "o1", &o), PAIDAN_OK);
	assert_string_equal(o->etag, "same");
	assert_string_equal(o->beneficiary_id, "member/m1");
	assert_string_equal(paidan_state_text(o->state, "zh"), "已接单");
	paidan_order_free(o);

	assert_int_equal(paidan_task_complete(c, &(struct paidan_completion){.order_id = "o1", .text = "修好了"}, &o),
			 PAIDAN_OK);
	assert_string_equal(o->etag, "修好了");
	paidan_order_free(o);

	assert_int_equal(paidan_order_rate(c, &(struct paidan_rating){.order_id = "o1", .stars = 5}, &o), PAIDAN_OK);
	assert_int_equal(o->stars, 5);
	paidan_order_free(o);
	assert_int_equal(paidan_error(c)->code, PAIDAN_OK);
	tear_down(&b, c);
}

static void request_ids(void **state)
{
	(void)state;
	struct broker b;
	struct paidan_client *c = set_up(&b, NULL, 10000);
	struct paidan_order *o;
	assert_int_equal(paidan_request_id(c, "mine-1"), PAIDAN_OK);
	assert_int_equal(paidan_order_place(c, &(struct paidan_new_order){.title = "x"}, &o), PAIDAN_OK);
	assert_string_equal(o->etag, "mine-1");
	paidan_order_free(o);
	/* For one write only. */
	assert_int_equal(paidan_order_place(c, &(struct paidan_new_order){.title = "x"}, &o), PAIDAN_OK);
	assert_string_not_equal(o->etag, "mine-1");
	assert_string_equal(paidan_error(c)->retry_id, o->etag);
	paidan_order_free(o);
	tear_down(&b, c);
}

static void json(void **state)
{
	(void)state;
	struct broker b;
	struct paidan_client *c = set_up(&b, "resident/r1", 10000);
	char *out;
	assert_int_equal(paidan_call(c, "OrderService/PlaceOrder",
				     "{\"requestId\":\"j1\",\"title\":\"灯坏了\",\"categoryId\":\"c1\"}", &out),
			 PAIDAN_OK);
	assert_string_equal(out, "{\"order\":{\"id\":\"o1\",\"etag\":\"j1\",\"state\":\"ORDER_STATE_PLACED\","
				 "\"categoryId\":\"c1\",\"title\":\"灯坏了\",\"beneficiaryId\":\"resident/r1\"}}");
	paidan_free(out);
	/* The name in its other forms, and a reply nobody wants. */
	assert_int_equal(paidan_call(c, "paidan.v1.OrderService/PlaceOrder", NULL, NULL), PAIDAN_OK);
	assert_int_equal(paidan_call(c, "/paidan.v1.OrderService/PlaceOrder", "", NULL), PAIDAN_OK);
	tear_down(&b, c);
}

static void errors(void **state)
{
	(void)state;
	struct broker b;
	struct paidan_client *c = set_up(&b, NULL, 500);
	struct paidan_order *o = NULL;
	assert_int_equal(paidan_order_get(c, "nope", &o), PAIDAN_NOT_FOUND);
	assert_null(o);
	assert_string_equal(paidan_error(c)->reason, "NOT_FOUND");
	assert_string_equal(paidan_error(c)->text_en, "no such order");
	assert_string_equal(paidan_error(c)->retry_id, "");
	assert_int_equal(paidan_task_accept(c, "taken", NULL), PAIDAN_FAILED_PRECONDITION);
	assert_int_equal(paidan_call(c, "OrderService/NoSuch", NULL, NULL), PAIDAN_UNIMPLEMENTED);
	assert_int_equal(paidan_call(c, "OrderService/WatchOrders", NULL, NULL), PAIDAN_UNIMPLEMENTED);
	assert_int_equal(paidan_call(c, "OrderService/GetOrder", "{\"order\":1}", NULL), PAIDAN_INVALID_ARGUMENT);
	assert_string_equal(paidan_error(c)->reason, "UNKNOWN_FIELD");
	assert_string_equal(paidan_error(c)->field, "order");
	assert_non_null(strstr(paidan_error(c)->text, "未知字段"));
	assert_int_equal(paidan_call(c, "OrderService/GetOrder", "{", NULL), PAIDAN_INVALID_ARGUMENT);
	assert_string_equal(paidan_error(c)->reason, "BAD_JSON");
	assert_int_equal(paidan_call(c, "PointsService/GetAccount", NULL, NULL), PAIDAN_INTERNAL);
	assert_int_equal(paidan_call(c, "PointsService/CheckBalance", NULL, NULL), PAIDAN_DEADLINE_EXCEEDED);
	assert_int_equal(paidan_act_as(c, "operator/1"), PAIDAN_INVALID_ARGUMENT);
	assert_int_equal(paidan_act_as(c, "member/"), PAIDAN_INVALID_ARGUMENT);
	assert_int_equal(paidan_act_as(c, "member/a b"), PAIDAN_INVALID_ARGUMENT);
	tear_down(&b, c);
}

static void watches(void **state)
{
	(void)state;
	struct broker b;
	struct paidan_client *c = set_up(&b, "resident/r7", 10000);
	struct paidan_watch *w;
	const struct paidan_event *e;
	char *text;
	assert_int_equal(paidan_watch_orders(c, NULL, NULL, &w), PAIDAN_OK);
	assert_int_equal(paidan_watch_next(w, 5000, &e), PAIDAN_OK);
	assert_string_equal(e->id, "1-0");
	assert_string_equal(e->kind, "ACCEPTED");
	assert_string_equal(e->order->id, "1-0");
	/* A call in between, as someone else: the watch stays who it was. */
	paidan_act_as(c, "resident/r8");
	assert_int_equal(paidan_order_place(c, &(struct paidan_new_order){.title = "x"}, NULL), PAIDAN_OK);
	assert_int_equal(paidan_watch_next_json(w, 5000, &text), PAIDAN_OK);
	assert_string_equal(text, "{\"eventId\":\"2-0\",\"kind\":\"EVENT_KIND_ACCEPTED\",\"order\":{\"id\":\"2-0\","
				  "\"state\":\"ORDER_STATE_PLACED\",\"beneficiaryId\":\"resident/r7\"}}");
	paidan_free(text);
	/* The server drains; the watch goes on behind the heartbeat. */
	assert_int_equal(paidan_watch_next(w, 10000, &e), PAIDAN_OK);
	assert_string_equal(e->id, "4-0");
	assert_string_equal(e->order->beneficiary_id, "resident/r7");
	assert_int_equal(paidan_watch_next(w, 30, &e), PAIDAN_DEADLINE_EXCEEDED);
	paidan_watch_close(w);
	/* Too far back. */
	assert_int_equal(paidan_watch_orders(c, "o1", "0-1", &w), PAIDAN_OK);
	assert_int_equal(paidan_watch_next(w, 5000, &e), PAIDAN_OUT_OF_RANGE);
	paidan_watch_close(w);
	assert_int_equal(paidan_watch(c, "OrderService/GetOrder", NULL, &w), PAIDAN_UNIMPLEMENTED);
	assert_null(w);
	tear_down(&b, c);
}

static void cannot_open(void **state)
{
	(void)state;
	struct paidan_client *c;
	assert_int_equal(paidan_open(&c, &(struct paidan_options){.url = "ftp://x", .lang = "en"}),
			 PAIDAN_INVALID_ARGUMENT);
	assert_string_equal(paidan_error(c)->field, "server");
	assert_int_equal(paidan_order_get(c, "x", NULL), PAIDAN_INVALID_ARGUMENT);
	assert_non_null(strstr(paidan_error(c)->text, "https://"));
	paidan_close(c);
	assert_int_equal(paidan_open(&c, &(struct paidan_options){0}), PAIDAN_INVALID_ARGUMENT);
	assert_string_equal(paidan_error(c)->reason, "FIELD_REQUIRED");
	paidan_close(c);
	assert_int_equal(
	    paidan_open(&c, &(struct paidan_options){.url = "http://127.0.0.1:1", .retries = -1, .lang = "en"}),
	    PAIDAN_OK);
	assert_int_equal(paidan_order_get(c, "x", NULL), PAIDAN_UNAVAILABLE);
	assert_non_null(strstr(paidan_error(c)->text, "127.0.0.1:1"));
	paidan_close(c);
	paidan_close(NULL);
	assert_string_equal(paidan_error(NULL)->reason, "INTERNAL");
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(paidan_code_name(5), "NOT_FOUND");
	assert_string_equal(paidan_code_name(99), "UNKNOWN");
	assert_string_equal(paidan_code_name(-1), "UNKNOWN");
	assert_string_equal(paidan_reason_text("OFFER_TAKEN", "zh"), "已被他人接单");
	assert_string_equal(paidan_reason_text("OFFER_TAKEN", "en"), "already taken by someone else");
	assert_null(paidan_reason_text("NO_SUCH", "en"));
	assert_string_equal(paidan_state_text(99, "en"), "?");
	assert_string_equal(paidan_state_text(PAIDAN_CLOSED, "en"), "closed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(four_steps), cmocka_unit_test(request_ids), cmocka_unit_test(json),
	    cmocka_unit_test(errors),     cmocka_unit_test(watches),     cmocka_unit_test(cannot_open),
	    cmocka_unit_test(texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
