/* The parts of `paidan bench` that need no broker: times, ids, and glances at replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "bench_hist.h"
#include "bench_ids.h"
#include "bench_rpc.h"
#include "bench_wire.h"
#include "paidan_pb.h"
#include "pb/pb_wire.h"

/* --- times --- */

static void test_hist_is_exact_below_its_steps(void **state)
{
	static struct hist h;
	(void)state;
	for (uint64_t ns = 1; ns <= 100; ns++)
		hist_add(&h, ns);
	assert_int_equal(h.n, 100);
	assert_int_equal(hist_quantile_ns(&h, 0.5), 50);
	assert_int_equal(hist_quantile_ns(&h, 0.99), 99);
	assert_int_equal(hist_quantile_ns(&h, 1), 100);
	assert_int_equal(hist_quantile_ns(&h, 0), 1);
}

static void test_hist_is_right_to_two_percent(void **state)
{
	static const uint64_t times_ns[] = {127, 128, 1000, 65535, 1000000, 123456789, 60000000000u, 3600000000000u};
	(void)state;
	for (size_t i = 0; i < sizeof(times_ns) / sizeof(times_ns[0]); i++) {
		static struct hist h;
		h = (struct hist){0};
		hist_add(&h, times_ns[i]);
		hist_add(&h, 3600000000000u);
		uint64_t got = hist_quantile_ns(&h, 0.5);
		assert_true(got >= times_ns[i]);
		assert_true((double)got <= (double)times_ns[i] * 1.016 + 1);
	}
}

static void test_hist_bounds(void **state)
{
	static struct hist h;
	(void)state;
	assert_int_equal(hist_quantile_ns(&h, 0.99), 0);
	hist_add(&h, 0);
	assert_int_equal(hist_quantile_ns(&h, 0.99), 0);
	hist_add(&h, UINT64_MAX);
	assert_int_equal(h.max_ns, 3600000000000u);
	assert_int_equal(hist_quantile_ns(&h, 1), 3600000000000u);
}

/* --- ids --- */

static void test_ids_keep_what_is_put(void **state)
{
	enum { N = 5000 };
	struct ids ids = {0};
	char id[BENCH_ID_BYTES];
	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		snprintf(id, sizeof(id), "o%07u", i);
		struct id_entry *e = ids_get(&ids, slice_str(id));
		assert_int_equal(e->order, BENCH_NO_ORDER);
		e->order = i;
	}
	assert_int_equal(ids.n, N);
	for (uint32_t i = 0; i < N; i++) {
		snprintf(id, sizeof(id), "o%07u", i);
		assert_int_equal(ids_get(&ids, slice_str(id))->order, i);
	}
	assert_int_equal(ids.n, N);
	ids_free(&ids);
}

static void test_ids_stash(void **state)
{
	struct ids ids = {0};
	(void)state;
	struct id_entry *e = ids_get(&ids, SLICE("o1"));
	id_entry_stash(e, SLICE("first"));
	id_entry_stash(e, SLICE("second"));
	assert_int_equal(e->stash_len, 6);
	assert_memory_equal(e->stash, "second", 6);
	id_entry_unstash(e);
	assert_null(e->stash);
	id_entry_stash(e, SLICE_NONE);
	assert_int_equal(e->stash_len, 0);
	/* Freed with the ids. */
	ids_free(&ids);
	assert_null(ids_get(&ids, SLICE("")));
	assert_null(ids_get(&ids, SLICE("an id that is too long")));
	ids_free(&ids);
}

/* --- glances --- */

static struct slice encoded(const void *message, uint8_t *room)
{
	return slice_of(room, protobuf_c_message_pack(message, room));
}

static void test_glance_sees_who_is_asked(void **state)
{
	uint8_t room[512];
	WatchBoardResponse event;
	Order order;
	Offer offers[3], *list[] = {&offers[0], &offers[1], &offers[2]};
	struct order_glance glance;
	(void)state;
	WatchBoardResponse_init(&event);
	Order_init(&order);
	for (size_t i = 0; i < 3; i++)
		Offer_init(&offers[i]);
	offers[0].member_id = (char *)"m1";
	offers[0].state = OFFER_STATE_DECLINED;
	offers[1].member_id = (char *)"m2";
	offers[1].state = OFFER_STATE_LIVE;
	offers[2].member_id = (char *)"m3";
	offers[2].state = OFFER_STATE_WITHDRAWN;
	order.id = (char *)"o0000007";
	order.state = ORDER_STATE_OFFERED;
	order.title = (char *)"title";
	order.offers = list;
	order.n_offers = 3;
	order.priority = 5;
	event.event_id = (char *)"1-2-3";
	event.kind = EVENT_KIND_OFFERED;
	event.order = &order;
	struct slice bytes = encoded(&event, room);
	assert_int_equal(wire_number_in(bytes, 2), EVENT_KIND_OFFERED);
	assert_true(slice_eq(wire_bytes_in(bytes, 1), SLICE("1-2-3")));
	assert_true(wire_order_in(bytes, 3, &glance));
	assert_true(slice_eq(glance.id, SLICE("o0000007")));
	assert_int_equal(glance.state, ORDER_STATE_OFFERED);
	assert_true(slice_eq(glance.asked, SLICE("m2")));
	assert_false(wire_order_in(bytes, 4, &glance));
}

static void test_glance_at_nobody_and_at_no_order(void **state)
{
	uint8_t room[512];
	PlaceOrderResponse placed;
	Order order;
	struct order_glance glance;
	(void)state;
	PlaceOrderResponse_init(&placed);
	Order_init(&order);
	order.id = (char *)"o0000008";
	order.state = ORDER_STATE_PLACED;
	placed.order = &order;
	assert_true(wire_order_in(encoded(&placed, room), 1, &glance));
	assert_int_equal(glance.asked.len, 0);
	assert_int_equal(glance.state, ORDER_STATE_PLACED);
	placed.order = NULL;
	assert_false(wire_order_in(encoded(&placed, room), 1, &glance));
}

/* Every cut of a reply is read or refused, and nothing beyond it is touched. */
static void test_glance_at_what_is_cut_off(void **state)
{
	uint8_t room[512];
	PlaceOrderResponse placed;
	Order order;
	struct order_glance glance;
	(void)state;
	PlaceOrderResponse_init(&placed);
	Order_init(&order);
	order.id = (char *)"o0000009";
	order.title = (char *)"a title";
	placed.order = &order;
	struct slice whole = encoded(&placed, room);
	for (size_t len = 0; len < whole.len; len++)
		assert_false(wire_order_in(slice_of(whole.ptr, len), 1, &glance));
	/* An overlong varint and a group are no fields. */
	static const uint8_t bad[][11] = {
	    {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, {0x0b}, {0x00}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice s = slice_of(bad[i], i == 0 ? 11 : 1);
		struct wire_field field;
		bool broken;
		assert_false(wire_next(&s, &field, &broken));
		assert_true(broken);
	}
}

/* The numbers that bench_wire.c knows are those of the descriptors. */
static void test_glance_knows_the_numbers(void **state)
{
	static const struct {
		const ProtobufCMessageDescriptor *type;
		const char *name;
		unsigned number;
	} known[] = {
	    {&Order_desc, "id", 1},
	    {&Order_desc, "state", 3},
	    {&Order_desc, "offers", 16},
	    {&Offer_desc, "member_id", 1},
	    {&Offer_desc, "state", 3},
	    {&WatchBoardResponse_desc, "kind", 2},
	    {&WatchBoardResponse_desc, "order", 3},
	    {&PlaceOrderResponse_desc, "order", 1},
	    {&GetOrderResponse_desc, "order", 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const ProtobufCFieldDescriptor *f =
		    protobuf_c_message_descriptor_get_field_by_name(known[i].type, known[i].name);
		assert_non_null(f);
		assert_int_equal(f->id, known[i].number);
	}
	assert_int_equal(OFFER_STATE_LIVE, 1);
}

/* --- calls --- */

static void never(void *arg, const struct rpc_reply *reply)
{
	(void)arg, (void)reply;
	fail();
}

/* The sanitizers tell what is left of those that nobody answered. */
static void test_calls_go_with_their_sender(void **state)
{
	const struct rpcs_options options = {.url = "http://127.0.0.1:1", .give_up_ms = 1000};
	struct rpc_error error;
	struct rpcs *r = rpcs_new(&options);
	(void)state;
	struct channel *link = rpc_link(r, "key", 1, &error);
	assert_non_null(link);
	GetOrderRequest request;
	GetOrderRequest_init(&request);
	for (int i = 0; i < 3; i++)
		rpc_send(r, link, RPC_GET_ORDER, &request, NULL, never, NULL);
	assert_int_equal(rpcs_in_flight(r), 3);
	rpcs_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hist_is_exact_below_its_steps),
	    cmocka_unit_test(test_hist_is_right_to_two_percent),
	    cmocka_unit_test(test_hist_bounds),
	    cmocka_unit_test(test_ids_keep_what_is_put),
	    cmocka_unit_test(test_ids_stash),
	    cmocka_unit_test(test_glance_sees_who_is_asked),
	    cmocka_unit_test(test_glance_at_nobody_and_at_no_order),
	    cmocka_unit_test(test_glance_at_what_is_cut_off),
	    cmocka_unit_test(test_glance_knows_the_numbers),
	    cmocka_unit_test(test_calls_go_with_their_sender),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
