/* net without memory: the nth allocation fails, for every n, while h1 and h2 requests are answered. Whatever
 * fails, the peer sees an end, every exchange that began hears `gone`, and nothing is leaked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "net/clock.h"
#include "net/conn.h"
#include "net/h2.h"
#include "nomem.h"

static bool theirs; /* the allocations of nghttp2 are those that fail */
static bool inside; /* one of them is under way */

static bool is_meant(void)
{
	return theirs == inside;
}

/* ---- nghttp2's allocations apart from ours: a session whose memory ran out is given up, not freed ---- */

static nghttp2_mem real;

static void enter(void)
{
	inside = true;
#ifdef __SANITIZE_ADDRESS__
	if (theirs)
		__lsan_disable();
#endif
}

static void leave(void)
{
	inside = false;
#ifdef __SANITIZE_ADDRESS__
	if (theirs)
		__lsan_enable();
#endif
}

static void *h2_malloc(size_t bytes, void *arg)
{
	enter();
	void *ptr = real.malloc(bytes, arg);
	leave();
	return ptr;
}

static void *h2_calloc(size_t n, size_t bytes, void *arg)
{
	enter();
	void *ptr = real.calloc(n, bytes, arg);
	leave();
	return ptr;
}

static void *h2_realloc(void *old, size_t bytes, void *arg)
{
	enter();
	void *ptr = real.realloc(old, bytes, arg);
	leave();
	return ptr;
}

static void watch(nghttp2_mem *functions)
{
	real = *functions;
	functions->malloc = h2_malloc;
	functions->calloc = h2_calloc;
	functions->realloc = h2_realloc;
}

/* ---- an app that answers in pieces ---- */

struct counts {
	int begun;
	int gone;
	int completed;
	struct http_exchange *x;
};

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	static const struct http_header type[] = {
	    {.name = {(const uint8_t *)"content-type", 12}, .value = {(const uint8_t *)"a/b", 3}}};
	(void)request;
	struct counts *counts = arg;
	counts->begun++;
	counts->x = x;
	http_respond(x, 200, type, 1, false);
	return counts;
}

static void app_body(void *state, struct slice piece)
{
	static uint8_t much[20000]; /* more than an exchange holds inline */
	http_write(((struct counts *)state)->x, piece);
	http_write(((struct counts *)state)->x, slice_of(much, sizeof(much)));
}

static void app_end(void *state)
{
	static const struct http_header end[] = {
	    {.name = {(const uint8_t *)"x-end", 5}, .value = {(const uint8_t *)"1", 1}}};
	http_finish(((struct counts *)state)->x, end, 1);
}

static void app_writable(void *state)
{
	(void)state;
}

static void app_gone(void *state, bool completed)
{
	((struct counts *)state)->gone++;
	((struct counts *)state)->completed += completed;
}

/* ---- one connection, from open to end ---- */

static const char h1_bytes[] =
    "POST /a?b HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"
    "E: 5\r\nF: 6\r\nG: 7\r\nH: 8\r\nI: 9\r\nJ: 10\r\nK: 11\r\nL: 12\r\nM: 13\r\nN: 14\r\n"
    "O: 15\r\nP: 16\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    "GET /c HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";

/* Preface, SETTINGS, a request with a body in two frames, GOAWAY. */
static const char h2_bytes[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			       "\0\0\0\4\0\0\0\0\0"
			       "\0\0\14\1\4\0\0\0\1\203\206\4\2/a\101\4test"
			       "\0\0\3\0\0\0\0\0\1abc"
			       "\0\0\3\0\1\0\0\0\1def"
			       "\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\0";

/* true: the peer saw the end of the connection. */
static bool talk(struct event_base *base, int fd, const char *bytes, size_t len)
{
	int64_t give_up_ms = clock_now_ms() + 5000;
	char answer[65536];
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	while (clock_now_ms() < give_up_ms) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		ssize_t got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN))
			return true;
	}
	return false;
}

static void serve(struct event_base *base, const char *bytes, size_t len, struct counts *counts)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNIX};
	static const struct net_limits limits = {.connections = 2};
	const struct http_app app = {counts, app_begin, app_body, app_end, app_writable, app_gone};
	struct net_shared *shared = test_malloc(sizeof(*shared));
	int fds[2];
	if (shared_init(shared, base, &app, &limits) == 0) {
		watch(&shared->h2->mem.functions);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
		struct conn *c = conn_new(shared, fds[0], NULL, &nobody);
		if (c != NULL) {
			assert_true(talk(base, fds[1], bytes, len));
		} else {
			close(fds[0]);
		}
		close(fds[1]);
		while (shared->stats.connections_now > 0)
			event_base_loop(base, EVLOOP_ONCE);
		assert_int_equal(shared->stats.requests_now, 0);
	}
	nomem_stop();
	shared_finish(shared);
	test_free(shared);
	assert_int_equal(counts->begun, counts->gone);
}

static void every_failure(const char *bytes, size_t len, int requests)
{
	struct event_base *base = event_base_new();
	struct counts counts = {0};
	nomem_stop();
	serve(base, bytes, len, &counts);
	assert_int_equal(counts.completed, requests);
	unsigned n = 0;
	do {
		counts = (struct counts){0};
		nomem_fail_at(++n);
		serve(base, bytes, len, &counts);
	} while (nomem_failed());
	assert_int_equal(counts.completed, requests);
	assert_true(n > 10);
	event_base_free(base);
}

static void test_h1(void **state)
{
	(void)state;
	every_failure(h1_bytes, sizeof(h1_bytes) - 1, 2);
}

static void test_h2(void **state)
{
	(void)state;
	every_failure(h2_bytes, sizeof(h2_bytes) - 1, 1);
	theirs = true;
	every_failure(h2_bytes, sizeof(h2_bytes) - 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_h1),
	    cmocka_unit_test(test_h2),
	};
	nomem_counts = is_meant;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
