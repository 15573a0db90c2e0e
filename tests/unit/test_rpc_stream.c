/* Server streams: watches over both protocols, health, reflection. */
#include "rpc_call_stage.h"

#define HEALTH_WATCH "/grpc.health.v1.Health/Watch"

/* --- streams --- */

static void send_event(const char *id)
{
	WatchOrdersResponse message = WatchOrdersResponse_INIT;
	message.kind = EVENT_KIND_PLACED;
	fake_exec.watch.message(fake_exec.watch.arg,
				&(struct exec_told){.event_id = slice_str(id), .message = &message.base});
}

static void watch(void **state)
{
	struct world *w = *state;
	run(w, WATCH_ORDERS, grpc_headers, slice_of("\0\0\0\0\5\22\0031-2", 10));
	assert_true(slice_eq(fake_exec.watch.after, SLICE("1-2")));
	assert_int_equal(w->x.status, 200);
	assert_false(w->x.ended);
	send_event("7-0-0");
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\11\n\0057-0-0\20\1", 14);
	assert_int_equal(w->x.body.len, 14);
	/* A client that does not read. */
	w->x.pending = LIMIT_PENDING_HIGH_BYTES + 1;
	send_event("7-0-1");
	assert_true(fake_exec.paused);
	w->x.pending = 0;
	w->app->writable(w->x.state);
	assert_false(fake_exec.paused);
	/* Heartbeats repeat the last id and nothing else. */
	size_t len = w->x.body.len;
	while (w->x.body.len == len)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_memory_equal(w->x.body.ptr + len, "\0\0\0\0\7\n\0057-0-1", 12);
	/* The right is taken away. */
	struct fault fault = {.err = ERR_PERMISSION_DENIED};
	struct exec_result result = {.err = ERR_PERMISSION_DENIED, .fault = &fault};
	fake_exec.watch.ended(fake_exec.watch.arg, &result);
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "7");
	assert_int_equal(fake_exec.unwatched, 0);
	gone(w);
}

/* Where it begins is said at once: whoever is cut off before anything happened goes on from there. */
static void watch_begins(void **state)
{
	struct world *w = *state;
	fake_exec.position = "7-0-999";
	run(w, WATCH_ORDERS, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_int_equal(w->x.body.len, 14);
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\11\n\0077-0-999", 14);
	send_event("8-0-0");
	assert_memory_equal(w->x.body.ptr + 14, "\0\0\0\0\11\n\0058-0-0\20\1", 14);
	/* Heartbeats say where it stands when time has gone on. */
	fake_exec.stands_at = "9-0-0";
	size_t len = w->x.body.len;
	while (w->x.body.len == len)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_memory_equal(w->x.body.ptr + len, "\0\0\0\0\7\n\0059-0-0", 12);
	gone(w);
}

static void tell(const struct exec_watch_request *watch, EventKind kind, uint64_t same)
{
	WatchOrdersResponse message = WatchOrdersResponse_INIT;
	message.kind = kind;
	watch->message(watch->arg, &(struct exec_told){SLICE("7-0-0"), &message.base, same});
}

/* What is told to many under one number is encoded for the first of them, in each codec. */
static void watched_by_many(void **state)
{
	struct world *w = *state;
	static const char *const json[] = {"content-type: application/connect+json", KEY, NULL};
	struct http_exchange other = {0};
	run(w, WATCH_ORDERS, grpc_headers, slice_of("\0\0\0\0\0", 5));
	struct exec_watch_request one = fake_exec.watch;
	fake_request(&other, "POST", WATCH_ORDERS, true, json);
	fake_run(w->app, &other, slice_of("\0\0\0\0\2{}", 7), 0);
	tell(&one, EVENT_KIND_PLACED, 5);
	tell(&fake_exec.watch, EVENT_KIND_PLACED, 5);
	tell(&one, EVENT_KIND_CLOSED, 5); /* nobody looks at it any more */
	tell(&one, EVENT_KIND_CLOSED, 5 + RPC_SAME);
	tell(&one, EVENT_KIND_CLOSED, 0);
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\11\n\0057-0-0\20\1", 14);
	assert_memory_equal(w->x.body.ptr + 14, w->x.body.ptr, 14);
	assert_int_equal(w->x.body.ptr[2 * 14 + 13], EVENT_KIND_CLOSED);
	assert_memory_equal(w->x.body.ptr + 3 * 14, w->x.body.ptr + 2 * 14, 14);
	buf_byte(&other.body, 0);
	assert_non_null(strstr((const char *)other.body.ptr + 5, "\"kind\":\"EVENT_KIND_PLACED\""));
	gone(w);
	fake_gone(w->app, &other);
}

static void watch_over_connect(void **state)
{
	struct world *w = *state;
	const char *const headers[] = {"content-type: application/connect+json", KEY, NULL};
	fake_request(&w->x, "POST", WATCH_ORDERS, false, headers);
	fake_run(w->app, &w->x, slice_of("\0\0\0\0\2{}", 7), 0);
	send_event("7-0-0");
	buf_byte(&w->x.body, 0);
	assert_string_equal((const char *)w->x.body.ptr + 5, "{\"eventId\":\"7-0-0\",\"kind\":\"EVENT_KIND_PLACED\"}");
	w->x.body.len--;
	size_t len = w->x.body.len;
	rpc_drain(w->rpc);
	assert_int_equal(w->x.body.ptr[len], 2);
	buf_byte(&w->x.body, 0);
	assert_non_null(strstr((const char *)w->x.body.ptr + len + 5, "{\"error\":{\"code\":\"unavailable\""));
	assert_int_equal(fake_exec.unwatched, 1);
	gone(w);
	/* From now on nothing new. */
	run(w, GET_ORDER, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_string_equal(fake_head(&w->x, "grpc-status"), "14");
	gone(w);
}

static void watch_refused(void **state)
{
	struct world *w = *state;
	fake_exec.err = ERR_NOT_FOUND;
	run(w, WATCH_ORDERS, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_string_equal(fake_head(&w->x, "grpc-status"), "5");
	gone(w);
	/* A client that leaves. */
	fake_exec.err = OK;
	run(w, WATCH_ORDERS, grpc_headers, slice_of("\0\0\0\0\0", 5));
	gone(w);
	assert_int_equal(fake_exec.unwatched, 1);
}

/* --- health and reflection --- */

static void health(void **state)
{
	struct world *w = *state;
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\2\10\1", 7);
	gone(w);
	w->store_ready = false;
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\2\10\2", 7);
	gone(w);
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\27\n\25grpc.health.v1.Health", 28));
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\2\10\1", 7);
	gone(w);
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\3\n\1x", 8));
	assert_string_equal(fake_head(&w->x, "grpc-status"), "5");
	gone(w);
}

static void health_watch(void **state)
{
	struct world *w = *state;
	struct http_exchange unknown = {0};
	w->x = (struct http_exchange){0};
	fake_request(&unknown, "POST", HEALTH_WATCH, true, grpc_headers);
	fake_run(w->app, &unknown, slice_of("\0\0\0\0\3\n\1x", 8), 0);
	assert_memory_equal(unknown.body.ptr, "\0\0\0\0\2\10\3", 7);
	run(w, HEALTH_WATCH, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_int_equal(w->x.body.len, 7);
	w->store_ready = false;
	while (w->x.body.len == 7)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_memory_equal(w->x.body.ptr + 7, "\0\0\0\0\2\10\2", 7);
	/* Nothing changes for one that does not exist. */
	assert_int_equal(unknown.body.len, 7);
	/* The third stream is one too many. */
	struct http_exchange more = {0};
	fake_request(&more, "POST", HEALTH_WATCH, true, grpc_headers);
	fake_run(w->app, &more, slice_of("\0\0\0\0\0", 5), 0);
	assert_string_equal(fake_head(&more, "grpc-status"), "14");
	fake_gone(w->app, &more);
	rpc_drain(w->rpc);
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "14");
	assert_string_equal(fake_trailer(&unknown, "grpc-status"), "14");
	gone(w);
	fake_gone(w->app, &unknown);
}

static void reflection(void **state)
{
	struct world *w = *state;
	/* Two questions in pieces of 3 bytes: list_services, then an unknown file. */
	struct slice body = slice_of("\0\0\0\0\2:\0\0\0\0\0\3\32\1x", 15);
	fake_request(&w->x, "POST", REFLECTION, true, grpc_headers);
	fake_run(w->app, &w->x, body, 3);
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "0");
	buf_byte(&w->x.body, 0);
	/* The first answer names services, the second says NOT_FOUND (8: code 5). */
	assert_non_null(memmem(w->x.body.ptr, w->x.body.len, "paidan.v1.OrderService", 22));
	assert_non_null(memmem(w->x.body.ptr, w->x.body.len, "not found", 9));
	gone(w);
	/* A symbol brings its file and what that imports. */
	run(w, REFLECTION, grpc_headers, slice_of("\0\0\0\0\31\42\27paidan.v1.MemberService", 30));
	assert_non_null(memmem(w->x.body.ptr, w->x.body.len, "paidan/v1/member_service.proto", 30));
	assert_non_null(memmem(w->x.body.ptr, w->x.body.len, "google/protobuf/field_mask.proto", 32));
	gone(w);
	/* Nothing asked. */
	run(w, REFLECTION, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "3");
	gone(w);
	/* No question at all is a stream without answers. */
	run(w, REFLECTION, grpc_headers, SLICE_NONE);
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "0");
	gone(w);
}

int main(void)
{
	log_setup(open("/dev/null", 1), LOG_ERROR, "test");
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(watch),         CASE(watch_begins), CASE(watched_by_many), CASE(watch_over_connect),
	    CASE(watch_refused), CASE(health),       CASE(health_watch),    CASE(reflection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
