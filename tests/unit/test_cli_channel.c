/* The client's transport against a server that does what servers do, and what they should not. */
#include "cli_channel_stage.h"

static void test_unary(bool tls)
{
	struct fix f = {.script = echo};
	set_up(&f, &(struct peer_options){.tls = tls},
	       (struct channel_options){.key = "pdk_t_1_s", .trace = "00-1-2-01"});
	struct call_options o = options_for(&f);
	o.act_as = "resident/r1";
	send_one(&f, o, "hello");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.message_len, 5);
	assert_memory_equal(f.message, "hello", 5);
	assert_int_equal(f.attempts, 1);
	assert_string_equal(f.last.path, "/t.S/M");
	assert_string_equal(f.last.authorization, "Bearer pdk_t_1_s");
	assert_string_equal(f.last.act_as, "resident/r1");
	expect_timeout(&f, 10000);
	assert_string_equal(f.last.content_type, "application/grpc+proto");
	assert_string_equal(f.last.trace, "00-1-2-01");
	int64_t server_s, local_ms;
	assert_true(channel_server_time(f.channel, &server_s, &local_ms));
	assert_int_equal(server_s, 784111777);
	/* An empty message is a message. */
	send_one(&f, o, "");
	run_until(&f, 2);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.message_len, 0);
	assert_int_equal(peer_connections(f.peer), 1);
	tear_down(&f);
}

static void unary_h2c(void **state)
{
	(void)state;
	test_unary(false);
}

static void unary_tls(void **state)
{
	(void)state;
	test_unary(true);
}

static void many_in_flight(void **state)
{
	(void)state;
	struct fix f = {.script = echo};
	/* Fewer streams than calls, on several connections. */
	set_up(&f, &(struct peer_options){.tls = true, .max_streams = 10}, (struct channel_options){.connections = 3});
	for (int i = 0; i < 2000; i++)
		send_one(&f, options_for(&f), "x");
	run_until(&f, 2000);
	assert_int_equal(channel_stats(f.channel)->failed, 0);
	assert_int_equal(channel_stats(f.channel)->in_flight, 0);
	assert_int_equal(peer_requests(f.peer), 2000);
	assert_int_equal(peer_connections(f.peer), 3);
	tear_down(&f);
}

static void with_details(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	/* Status{9, "m", [Any{"type.googleapis.com/paidan.v1.ErrorInfo", ErrorInfo{ORDER_STATE, order_id,
	 * 不行, "no", rid-1}}]} */
	peer_end(r, "9", "not%20now%0a%e4%b8%8d",
		 "CAkSAW0aVQondHlwZS5nb29nbGVhcGlzLmNvbS9wYWlkYW4udjEuRXJyb3JJbmZvEioKC09SREVSX1NUQVRFEghvcmRlcl9pZBoG"
		 "5LiN6KGMIgJubyoFcmlkLTE");
}

static void status_with_details(void **state)
{
	(void)state;
	struct fix f = {.script = with_details};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	send_one(&f, options_for(&f), "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_FAILED_PRECONDITION);
	assert_string_equal(f.error.reason, "ORDER_STATE");
	assert_string_equal(f.error.field, "order_id");
	assert_string_equal(f.error.zh, "不行");
	assert_string_equal(f.error.en, "no");
	assert_string_equal(f.error.request_id, "rid-1");
	tear_down(&f);
}

static void plain_status(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	peer_end(r, "5", "not%20here%0a%e4%b8%8d%", "");
}

static void status_without_details(void **state)
{
	(void)state;
	struct fix f = {.script = plain_status};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	send_one(&f, options_for(&f), "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_NOT_FOUND);
	assert_string_equal(f.error.reason, "NOT_FOUND");
	assert_string_equal(f.error.en, "not here 不%");
	tear_down(&f);
}

/* Each row is one bad reply and what it becomes. */
static void bad_reply(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	switch (n) {
	case 1:
		peer_end(r, "99", "", "");
		break;
	case 2:
		peer_reply_raw(r, SLICE(""));
		break;
	case 3:
		peer_reply_raw(r, SLICE("\0\0\0\0\5abc"));
		break;
	case 4:
		peer_reply_raw(r, SLICE("\1\0\0\0\1a"));
		break;
	case 5:
		peer_reply_raw(r, SLICE("\0\0\0\0\1a\0\0\0\0\1b"));
		break;
	case 6:
		peer_reply_raw(r, SLICE("\0\377\377\377\377a"));
		break;
	case 7:
		peer_http(r, "404");
		break;
	case 8:
		peer_http(r, "200");
		break;
	case 9:
		peer_reset(r, NGHTTP2_PROTOCOL_ERROR);
		break;
	case 10:
		peer_reset(r, NGHTTP2_ENHANCE_YOUR_CALM);
		break;
	default:
		peer_end(r, "0", "", "!!!!");
	}
}

static void bad_replies(void **state)
{
	(void)state;
	static const struct {
		enum grpc_code code;
		const char *reason;
	} rows[] = {
	    {GRPC_UNKNOWN, "UNKNOWN"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_RESOURCE_EXHAUSTED, "TOO_LARGE"},
	    {GRPC_UNIMPLEMENTED, "UNKNOWN_METHOD"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_INTERNAL, "INTERNAL"},
	    {GRPC_RESOURCE_EXHAUSTED, "RATE_LIMITED"},
	    {GRPC_INTERNAL, "INTERNAL"},
	};
	struct fix f = {.script = bad_reply};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){.max_reply_bytes = 1000});
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		send_one(&f, options_for(&f), "x");
		run_until(&f, i + 1);
		if (f.code != rows[i].code)
			print_message("row %u\n", i + 1);
		assert_int_equal(f.code, rows[i].code);
		assert_string_equal(f.error.reason, rows[i].reason);
		assert_int_equal(f.attempts, 1);
	}
	tear_down(&f);
}

static void big_messages(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	static uint8_t big[3 * 1024 * 1024];
	for (int i = 0; i < 3; i++)
		peer_send(r, slice_of(big, sizeof(big)));
	peer_end(r, "0", "", "");
}

/* Messages larger than the window, with small ones among them. */
static void stream_of_big_messages(void **state)
{
	(void)state;
	struct fix f = {.script = big_messages};
	set_up(&f, &(struct peer_options){.tls = true}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.on_message = on_message;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.messages, 3);
	assert_int_equal(f.stream_bytes, 9 * 1024 * 1024);
	tear_down(&f);
}

static void many_messages(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	static uint8_t some[64 * 1024];
	for (int i = 0; i < 64; i++)
		peer_send(r, slice_of(some, sizeof(some)));
	peer_end(r, "0", "", "");
}

/* A reader that does not read stops the server at about the window; the others go on. */
static void lagging_reader(void **state)
{
	(void)state;
	struct fix f = {.script = many_messages, .lag = true};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.on_message = on_message;
	send_one(&f, o, "x");
	while (f.messages < 15)
		event_base_loop(f.base, EVLOOP_ONCE);
	f.script = echo;
	for (unsigned i = 0; i < 20; i++) {
		send_one(&f, options_for(&f), "y");
		run_until(&f, i + 1);
	}
	assert_in_range(f.messages, 15, 17);
	f.lag = false;
	call_consumed(f.stream, f.stream_bytes);
	run_until(&f, 21);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.messages, 64);
	tear_down(&f);
}

static void cancel_in_callback(void *arg, struct call *call, struct slice message)
{
	on_message(arg, call, message);
	call_cancel(call);
}

static void stream_cancelled_by_its_reader(void **state)
{
	(void)state;
	struct fix f = {.script = ten_messages};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.on_message = cancel_in_callback;
	send_one(&f, o, "x");
	while (f.messages == 0)
		event_base_loop(f.base, EVLOOP_ONCE);
	f.script = echo;
	send_one(&f, options_for(&f), "y");
	run_until(&f, 1);
	assert_int_equal(f.messages, 1);
	assert_int_equal(channel_stats(f.channel)->in_flight, 0);
	tear_down(&f);
}

static void one_then_cut(struct fix *f, struct peer_request *r, unsigned n)
{
	if (n == 1) {
		peer_send(r, SLICE("first"));
		f->held[0] = r;
	} else {
		echo(f, r, n);
	}
}

static void stream_is_not_repeated_after_a_message(void **state)
{
	(void)state;
	struct fix f = {.script = one_then_cut};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.on_message = on_message;
	send_one(&f, o, "x");
	while (f.messages == 0)
		event_base_loop(f.base, EVLOOP_ONCE);
	peer_cut(f.held[0]);
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_UNAVAILABLE);
	assert_int_equal(f.messages, 1);
	tear_down(&f);
}

/* Closing with calls in every phase frees all of them (the sanitizers look). */
static void close_in_the_middle(void **state)
{
	(void)state;
	struct fix f = {.script = hold};
	set_up(&f, &(struct peer_options){.tls = true, .max_streams = 2}, (struct channel_options){.connections = 2});
	struct call_options o = options_for(&f);
	for (int i = 0; i < 8; i++)
		send_one(&f, o, "x");
	while (f.n_held < 4)
		event_base_loop(f.base, EVLOOP_ONCE);
	assert_non_null(channel_call(f.channel));
	tear_down(&f);
	assert_int_equal(f.done, 0);
}

/* --- TLS --- */

static void tls_case(const struct peer_options *peer, const char *ca, const char *expect)
{
	struct fix f = {.script = echo};
	set_up(&f, peer, (struct channel_options){.ca_file = ca});
	send_one(&f, options_for(&f), "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_UNAVAILABLE);
	/* Trying again would not help. */
	assert_int_equal(peer_requests(f.peer), 0);
	assert_int_equal(peer_connections(f.peer), 1);
	if (strstr(f.error.en, expect) == NULL)
		fail_msg("%s", f.error.en);
	tear_down(&f);
}

static void tls_refusals(void **state)
{
	(void)state;
	tls_case(&(struct peer_options){.tls = true, .name = "elsewhere.example"}, NULL, "is not for localhost");
	tls_case(&(struct peer_options){.tls = true, .expired = true}, NULL, "has expired");
	tls_case(&(struct peer_options){.tls = true, .alpn = "http/1.1"}, NULL, "HTTP/2");
	/* The system's CAs don't know ours. */
	tls_case(&(struct peer_options){.tls = true}, "", "not issued by a trusted CA");
}

/* OpenSSL has things of which a process gets few. */
static void many_channels_one_after_the_other(void **state)
{
	(void)state;
	struct rpc_error error;
	struct event_base *base = event_base_new();
	struct peer *peer = peer_open(base, &(struct peer_options){.tls = true}, handle, NULL);
	for (int i = 0; i < 300; i++) {
		struct channel_options o = {.base = base, .url = peer_url(peer), .ca_file = peer_ca_file(peer)};
		struct channel *c = channel_open(&o, &error);
		if (c == NULL)
			fail_msg("%d: %s", i, error.en);
		channel_close(c);
	}
	peer_close(peer);
	event_base_free(base);
}

static void bad_ca_file(void **state)
{
	(void)state;
	struct rpc_error error;
	struct event_base *base = event_base_new();
	assert_null(channel_open(
	    &(struct channel_options){.base = base, .url = "https://localhost", .ca_file = "/nonexistent.pem"},
	    &error));
	assert_string_equal(error.reason, "FIELD_INVALID");
	assert_string_equal(error.field, "ca");
	assert_non_null(strstr(error.en, "No such file"));
	assert_null(
	    channel_open(&(struct channel_options){.base = base, .url = "https://localhost", .key = "a\nb"}, &error));
	assert_string_equal(error.field, "key");
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unary_h2c),
	    cmocka_unit_test(unary_tls),
	    cmocka_unit_test(many_in_flight),
	    cmocka_unit_test(status_with_details),
	    cmocka_unit_test(status_without_details),
	    cmocka_unit_test(bad_replies),
	    cmocka_unit_test(stream),
	    cmocka_unit_test(stream_of_big_messages),
	    cmocka_unit_test(lagging_reader),
	    cmocka_unit_test(stream_cancelled_by_its_reader),
	    cmocka_unit_test(stream_is_not_repeated_after_a_message),
	    cmocka_unit_test(close_in_the_middle),
	    cmocka_unit_test(many_channels_one_after_the_other),
	    cmocka_unit_test(tls_refusals),
	    cmocka_unit_test(bad_ca_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
