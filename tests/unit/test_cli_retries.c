/* What the channel sends again, and what it must not. */
#include "cli_channel_stage.h"

/* --- retries --- */

static void unavailable_twice(struct fix *f, struct peer_request *r, unsigned n)
{
	if (n <= 2)
		peer_end(r, "14", "busy", "");
	else
		echo(f, r, n);
}

static void retries_unavailable(void **state)
{
	(void)state;
	struct fix f = {.script = unavailable_twice};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	send_one(&f, options_for(&f), "again");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.attempts, 3);
	assert_memory_equal(f.message, "again", 5);
	tear_down(&f);
}

static void retries_end(void **state)
{
	(void)state;
	struct fix f = {.script = unavailable_twice};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.retries = 1;
	o.safety = CALL_WRITE;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_UNAVAILABLE);
	assert_string_equal(f.error.reason, "UNKNOWN_OUTCOME");
	assert_int_equal(f.attempts, 2);
	tear_down(&f);
}

static void write_once_is_not_repeated(void **state)
{
	(void)state;
	struct fix f = {.script = unavailable_twice};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.safety = CALL_WRITE_ONCE;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_string_equal(f.error.reason, "UNKNOWN_OUTCOME");
	assert_int_equal(f.attempts, 1);
	tear_down(&f);
}

static void refuse_once(struct fix *f, struct peer_request *r, unsigned n)
{
	if (n == 1)
		peer_reset(r, NGHTTP2_REFUSED_STREAM);
	else
		echo(f, r, n);
}

static void refused_is_always_repeated(void **state)
{
	(void)state;
	struct fix f = {.script = refuse_once};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.safety = CALL_WRITE_ONCE;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.attempts, 2);
	tear_down(&f);
}

static void cut_once(struct fix *f, struct peer_request *r, unsigned n)
{
	if (n == 1)
		peer_cut(r);
	else
		echo(f, r, n);
}

static void cut_connection(void **state)
{
	(void)state;
	struct fix f = {.script = cut_once};
	set_up(&f, &(struct peer_options){.tls = true}, (struct channel_options){0});
	for (int i = 0; i < 50; i++)
		send_one(&f, options_for(&f), "x");
	run_until(&f, 50);
	assert_int_equal(channel_stats(f.channel)->failed, 0);
	assert_int_equal(peer_connections(f.peer), 2);
	assert_int_equal(channel_stats(f.channel)->lost, 1);
	tear_down(&f);
}

/* The server drains: the calls it has not begun go to a new connection, those it has are answered. */
static void goaway_at_10(struct fix *f, struct peer_request *r, unsigned n)
{
	if (n == 10)
		peer_goaway(r, r->stream_id);
	echo(f, r, n);
}

static void goaway(void **state)
{
	(void)state;
	struct fix f = {.script = goaway_at_10};
	set_up(&f, &(struct peer_options){.tls = true, .max_streams = 30}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.safety = CALL_WRITE_ONCE;
	for (int i = 0; i < 100; i++)
		send_one(&f, o, "x");
	run_until(&f, 100);
	assert_int_equal(channel_stats(f.channel)->failed, 0);
	assert_int_equal(peer_connections(f.peer), 2);
	tear_down(&f);
}

static void refused_connect(void **state)
{
	(void)state;
	struct fix f = {.script = echo};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){.connections = 2});
	peer_pause(f.peer, true);
	struct call_options o = options_for(&f);
	o.retries = 1;
	o.safety = CALL_WRITE;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_UNAVAILABLE);
	assert_string_equal(f.error.reason, "UNAVAILABLE");
	assert_non_null(strstr(f.error.en, "can't connect to 127.0.0.1:"));
	/* And when it is back, so are we. */
	peer_pause(f.peer, false);
	send_one(&f, options_for(&f), "x");
	run_until(&f, 2);
	assert_int_equal(f.code, GRPC_OK);
	tear_down(&f);
}

static void deadline(void **state)
{
	(void)state;
	struct fix f = {.script = hold};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.timeout_ms = 300;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_DEADLINE_EXCEEDED);
	expect_timeout(&f, 300);
	/* The connection is none the worse. */
	f.script = echo;
	send_one(&f, options_for(&f), "x");
	run_until(&f, 2);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(peer_connections(f.peer), 1);
	tear_down(&f);
}

static void cancel(void **state)
{
	(void)state;
	struct fix f = {.script = hold};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	struct call *calls[3];
	for (int i = 0; i < 3; i++) {
		calls[i] = channel_call(f.channel);
		memset(call_message(calls[i], 3), 'x', 3);
	}
	/* Unstarted, waiting, in flight. */
	call_cancel(calls[0]);
	call_start(calls[1], &o);
	call_cancel(calls[1]);
	call_start(calls[2], &o);
	while (f.n_held == 0)
		event_base_loop(f.base, EVLOOP_ONCE);
	call_cancel(calls[2]);
	f.script = echo;
	send_one(&f, o, "y");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.done, 1);
	assert_int_equal(peer_requests(f.peer), 2);
	assert_int_equal(channel_stats(f.channel)->in_flight, 0);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(retries_unavailable),
	    cmocka_unit_test(retries_end),
	    cmocka_unit_test(write_once_is_not_repeated),
	    cmocka_unit_test(refused_is_always_repeated),
	    cmocka_unit_test(cut_connection),
	    cmocka_unit_test(goaway),
	    cmocka_unit_test(refused_connect),
	    cmocka_unit_test(deadline),
	    cmocka_unit_test(cancel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
