#include "cli_channel_stage.h"

#include <time.h>

void handle(void *arg, struct peer_request *r)
{
	struct fix *f = arg;
	f->last = *r;
	f->script(f, r, peer_requests(f->peer));
}

void on_done(void *arg, const struct call_result *result)
{
	struct fix *f = arg;
	f->done++;
	f->code = result->code;
	f->attempts = result->attempts;
	f->message_len = result->message.len < sizeof(f->message) ? result->message.len : sizeof(f->message);
	if (f->message_len > 0)
		memcpy(f->message, result->message.ptr, f->message_len);
	f->error = result->error != NULL ? *result->error : (struct rpc_error){0};
}

void on_message(void *arg, struct call *call, struct slice message)
{
	struct fix *f = arg;
	f->messages++;
	f->stream_bytes += message.len;
	f->stream = call;
	if (!f->lag)
		call_consumed(call, message.len);
}

void on_too_long(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	fail_msg("the loop has run for 20 s");
}

void set_up(struct fix *f, const struct peer_options *peer, struct channel_options options)
{
	struct timeval limit = {20, 0};
	f->base = event_base_new();
	event_base_once(f->base, -1, EV_TIMEOUT, on_too_long, NULL, &limit);
	f->peer = peer_open(f->base, peer, handle, f);
	options.base = f->base;
	if (options.url == NULL)
		options.url = peer_url(f->peer);
	if (peer->tls && options.ca_file == NULL)
		options.ca_file = peer_ca_file(f->peer);
	f->channel = channel_open(&options, &f->error);
	assert_non_null(f->channel);
}

void tear_down(struct fix *f)
{
	channel_close(f->channel);
	peer_close(f->peer);
	event_base_free(f->base);
}

void run_until(struct fix *f, unsigned done)
{
	while (f->done < done)
		event_base_loop(f->base, EVLOOP_ONCE);
}

struct call_options options_for(struct fix *f)
{
	return (struct call_options){
	    .path = "/t.S/M", .timeout_ms = 10000, .retries = 3, .on_done = on_done, .arg = f, .safety = CALL_READ};
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void send_one(struct fix *f, struct call_options o, const char *message)
{
	f->sent_ms = now_ms();
	assert_int_equal(channel_send(f->channel, slice_str(message), &o), 0);
}

void expect_timeout(const struct fix *f, int64_t whole_ms)
{
	char *unit;
	int64_t left_ms = strtoll(f->last.timeout, &unit, 10), spent_ms = now_ms() - f->sent_ms + 1;
	assert_string_equal(unit, "m");
	assert_true(left_ms > 0 && left_ms <= whole_ms && left_ms >= whole_ms - spent_ms);
}

void echo(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	peer_reply(r, slice_of(r->body + 5, r->body_len - 5));
}

void hold(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)n;
	f->held[f->n_held++] = r;
}

void ten_messages(struct fix *f, struct peer_request *r, unsigned n)
{
	(void)f;
	(void)n;
	for (int i = 0; i < 10; i++)
		peer_send(r, SLICE("message"));
	peer_end(r, "0", "", "");
}

void stream(void **state)
{
	(void)state;
	struct fix f = {.script = ten_messages};
	set_up(&f, &(struct peer_options){0}, (struct channel_options){0});
	struct call_options o = options_for(&f);
	o.on_message = on_message;
	send_one(&f, o, "x");
	run_until(&f, 1);
	assert_int_equal(f.code, GRPC_OK);
	assert_int_equal(f.messages, 10);
	assert_int_equal(f.stream_bytes, 70);
	tear_down(&f);
}
