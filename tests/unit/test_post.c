/* POSTs to a receiver in this process that answers as it should, or badly, or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "hook/post.h"

enum { TIMEOUT_MS = 300, PATIENCE_S = 20 };

struct receiver {
	struct event_base *base;
	struct evconnlistener *listener;
	int port;
	unsigned connections, requests;
	char seen[4096]; /* the last request */
};

static const struct {
	const char *path, *answer;
	bool endless, close;
} answers[] = {
    {"/good", "HTTP/1.1 204 No Content\r\n\r\n", false, false},
    {"/busy", "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", false, false},
    {"/moved", "HTTP/1.1 301 Moved\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n", false, false},
    {"/gone", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", false, false},
    {"/garbage", "SSH-2.0-OpenSSH_9.2\r\n", false, true},
    {"/silent", "", false, false},
    {"/half", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false, true},
    {"/endless", "HTTP/1.1 200 OK\r\n\r\n", true, false},
    {"/endless-error", "HTTP/1.1 500 No\r\n\r\n", true, false},
};

static unsigned open_now; /* connections */

static void hang_up(struct bufferevent *b)
{
	open_now--;
	bufferevent_free(b);
}

static void flushed(struct bufferevent *b, void *arg)
{
	static const char filling[16384];
	size_t i = (size_t)(uintptr_t)arg;
	if (i == 0)
		return;
	if (answers[i - 1].endless)
		bufferevent_write(b, filling, sizeof(filling));
	else if (answers[i - 1].close)
		hang_up(b);
}

static void on_event(struct bufferevent *b, short what, void *arg)
{
	(void)what;
	(void)arg;
	hang_up(b);
}

static void on_read(struct bufferevent *b, void *arg)
{
	struct receiver *r = arg;
	struct evbuffer *in = bufferevent_get_input(b);
	struct evbuffer_ptr end = evbuffer_search(in, "}", 1, NULL); /* of the body */
	if (end.pos < 0)
		return;
	int n = evbuffer_remove(in, r->seen, sizeof(r->seen) - 1);
	r->seen[n] = '\0';
	r->requests++;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char start[64];
		snprintf(start, sizeof(start), "POST %s HTTP", answers[i].path);
		if (strncmp(r->seen, start, strlen(start)) != 0 || answers[i].answer[0] == '\0')
			continue;
		bool more = answers[i].endless || answers[i].close;
		bufferevent_setcb(b, on_read, more ? flushed : NULL, on_event, more ? (void *)(uintptr_t)(i + 1) : arg);
		bufferevent_write(b, answers[i].answer, strlen(answers[i].answer));
	}
}

static void on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len, void *arg)
{
	struct receiver *r = arg;
	(void)l;
	(void)from;
	(void)len;
	struct bufferevent *b = bufferevent_socket_new(r->base, fd, BEV_OPT_CLOSE_ON_FREE);
	r->connections++;
	open_now++;
	bufferevent_setcb(b, on_read, NULL, on_event, r);
	bufferevent_enable(b, EV_READ | EV_WRITE);
}

static void receiver_start(struct receiver *r)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	*r = (struct receiver){.base = event_base_new()};
	r->listener = evconnlistener_new_bind(r->base, on_accept, r, LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&at,
					      (int)sizeof(at));
	assert_non_null(r->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(r->listener), (struct sockaddr *)&at, &len), 0);
	r->port = ntohs(at.sin_port);
}

/* After the client's end: its connections go first. */
static void receiver_stop(struct receiver *r)
{
	while (open_now > 0)
		event_base_loop(r->base, EVLOOP_ONCE);
	if (r->listener != NULL)
		evconnlistener_free(r->listener);
	event_base_free(r->base);
}

struct waiting {
	struct hook_answer answer;
	bool done;
};

static void done(void *arg, const struct hook_answer *answer)
{
	struct waiting *w = arg;
	assert_false(w->done);
	w->done = true;
	w->answer = *answer;
}

static struct hook_answer post_to(struct receiver *r, struct post *post, const char *format)
{
	struct hook_transport t = post_transport(post);
	struct waiting w = {.done = false};
	char url[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(url, sizeof(url), format, r->port);
#pragma GCC diagnostic pop
	assert_true(t.send(t.arg, &(struct hook_parcel){.url = url,
							.id = "evt_elm_1-0-0",
							.timestamp = "1700000000",
							.signature = "v1,abc v1,def",
							.body = SLICE("{\"type\":\"x\"}"),
							.done = done,
							.arg = &w}));
	assert_false(w.done);
	struct timeval patience = {PATIENCE_S, 0};
	event_base_loopexit(r->base, &patience);
	while (!w.done && !event_base_got_exit(r->base))
		event_base_loop(r->base, EVLOOP_ONCE);
	assert_true(w.done);
	return w.answer;
}

static void answers_and_results(void **state)
{
	static const struct {
		const char *url;
		DeliveryResult result;
		uint32_t status;
	} rows[] = {
	    {"http://127.0.0.1:%d/good", DELIVERY_RESULT_DELIVERED, 204},
	    {"http://localhost:%d/good", DELIVERY_RESULT_DELIVERED, 204},
	    {"http://127.0.0.1:%d/busy", DELIVERY_RESULT_REFUSED, 503},
	    {"http://127.0.0.1:%d/moved", DELIVERY_RESULT_REFUSED, 301},
	    {"http://127.0.0.1:%d/gone", DELIVERY_RESULT_REFUSED, 410},
	    {"http://127.0.0.1:%d/garbage", DELIVERY_RESULT_BROKEN, 0},
	    {"http://127.0.0.1:%d/half", DELIVERY_RESULT_BROKEN, 200},
	    {"http://127.0.0.1:%d/silent", DELIVERY_RESULT_TIMEOUT, 0},
	    {"http://127.0.0.1:%d/endless", DELIVERY_RESULT_DELIVERED, 200},
	    {"http://127.0.0.1:%d/endless-error", DELIVERY_RESULT_REFUSED, 500},
	    {"https://127.0.0.1:%d/good", DELIVERY_RESULT_TIMEOUT, 0}, /* it waits for more */
	    {"ftp://127.0.0.1:%d/good", DELIVERY_RESULT_FORBIDDEN, 0},
	};
	struct receiver r;
	(void)state;
	receiver_start(&r);
	struct post *post = post_new(&(struct post_config){
	    .base = r.base, .plain = true, .ca_file = "", .user_agent = "paidan/test", .timeout_ms = TIMEOUT_MS});
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hook_answer got = post_to(&r, post, rows[i].url);
		if (got.result != rows[i].result || got.status != rows[i].status)
			fail_msg("%s: %d %u", rows[i].url, (int)got.result, got.status);
		assert_int_equal(got.retry_after_ms, rows[i].status == 503 ? 7000 : 0);
	}
	post_free(post);
	receiver_stop(&r);
}

static void one_connection_for_many(void **state)
{
	struct receiver r;
	(void)state;
	receiver_start(&r);
	struct post *post =
	    post_new(&(struct post_config){.base = r.base, .plain = true, .ca_file = "", .user_agent = "paidan/test"});
	for (int i = 0; i < 5; i++)
		assert_int_equal(post_to(&r, post, "http://127.0.0.1:%d/good").result, DELIVERY_RESULT_DELIVERED);
	assert_int_equal(r.requests, 5);
	assert_int_equal(r.connections, 1);
	static const char *const headers[] = {"content-type: application/json", "webhook-id: evt_elm_1-0-0",
					      "webhook-timestamp: 1700000000",  "webhook-signature: v1,abc v1,def",
					      "User-Agent: paidan/test",        "\r\n\r\n{\"type\":\"x\"}"};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (strcasestr(r.seen, headers[i]) == NULL)
			fail_msg("no %s in %s", headers[i], r.seen);
	}
	assert_null(strcasestr(r.seen, "expect:"));
	/* What is under way when it ends is answered by nobody. */
	struct hook_transport t = post_transport(post);
	struct waiting w = {.done = false};
	char url[64];
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/silent", r.port);
	assert_true(t.send(t.arg, &(struct hook_parcel){.url = url,
							.id = "a",
							.timestamp = "1",
							.signature = "v1,a",
							.body = SLICE("{}"),
							.done = done,
							.arg = &w}));
	event_base_loop(r.base, EVLOOP_ONCE);
	post_free(post);
	assert_false(w.done);
	receiver_stop(&r);
}

static void private_addresses(void **state)
{
	static const char *const urls[] = {"https://127.0.0.1:%d/good",  "https://localhost:%d/good",
					   "https://[::1]:%d/good",      "https://[::ffff:127.0.0.1]:%d/good",
					   "https://2130706433:%d/good", "http://127.0.0.1:%d/good"};
	struct receiver r;
	(void)state;
	setenv("https_proxy", "http://127.0.0.1:1", 1); /* nothing to us */
	receiver_start(&r);
	struct post *post = post_new(&(struct post_config){.base = r.base, .ca_file = "", .user_agent = "paidan/test"});
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct hook_answer got = post_to(&r, post, urls[i]);
		if (got.result != DELIVERY_RESULT_FORBIDDEN || got.status != 0)
			fail_msg("%s: %d", urls[i], (int)got.result);
	}
	assert_int_equal(r.connections, 0);
	post_free(post);
	receiver_stop(&r);
}

static void nobody_there(void **state)
{
	struct receiver r;
	(void)state;
	receiver_start(&r);
	evconnlistener_free(r.listener);
	r.listener = NULL;
	struct post *post =
	    post_new(&(struct post_config){.base = r.base, .plain = true, .ca_file = "", .user_agent = "paidan/test"});
	assert_int_equal(post_to(&r, post, "http://127.0.0.1:%d/good").result, DELIVERY_RESULT_NO_CONNECTION);
	post_free(post);
	receiver_stop(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_and_results),
	    cmocka_unit_test(one_connection_for_many),
	    cmocka_unit_test(private_addresses),
	    cmocka_unit_test(nobody_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
