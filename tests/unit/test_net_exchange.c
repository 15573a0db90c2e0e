/* net/http and net/exchange: what is recorded for a response, what is kept of a request, what the app is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/limits.h"
#include "net/conn.h"
#include "net/listener.h"
#include "net/server.h"

struct state {
	struct event_base *base;
	struct net_shared shared;
	struct conn conn; /* without a socket: nothing is ever flushed */
	struct http_exchange *x;
	int begun;
	int ended;
	size_t body_bytes;
	int writable;
	int gone;
};

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	(void)x;
	(void)request;
	((struct state *)arg)->begun++;
	return arg;
}

static void app_body(void *state, struct slice piece)
{
	((struct state *)state)->body_bytes += piece.len;
}

static void app_end(void *state)
{
	((struct state *)state)->ended++;
}

static void app_writable(void *state)
{
	((struct state *)state)->writable++;
}

static void app_gone(void *state, bool completed)
{
	(void)completed;
	((struct state *)state)->gone++;
}

static int setup(void **state)
{
	static struct state s;
	s = (struct state){.base = event_base_new()};
	const struct http_app app = {&s, app_begin, app_body, app_end, app_writable, app_gone};
	const struct net_limits limits = {.connections = 4};
	assert_int_equal(shared_init(&s.shared, s.base, &app, &limits), 0);
	s.conn = (struct conn){.shared = &s.shared, .state = CONN_OPEN, .sock = {.fd = -1}, .peer = "192.0.2.1"};
	TAILQ_INIT(&s.conn.exchanges);
	TAILQ_INIT(&s.conn.over);
	TAILQ_INIT(&s.conn.ready);
	TAILQ_INIT(&s.conn.notices);
	s.x = exchange_new(&s.conn, 1000);
	assert_non_null(s.x);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;
	exchange_over(s->x, false);
	exchange_free(s->x);
	assert_int_equal(s->shared.stats.requests_now, 0);
	shared_finish(&s->shared);
	event_base_free(s->base);
	return 0;
}

/* Heads have names in their queries, answers have whatever was asked for. */
static void test_nothing_is_left(void **state)
{
	static const char head[] = "GET /?message=somebody", answer[] = "and their address";
	struct state *s = *state;
	bool failed = false;
	struct http_exchange *x = exchange_new(&s->conn, 1000);
	assert_non_null(x);
	exchange_copy(x, SLICE(head), &failed);
	http_respond(x, 200, NULL, 0, false);
	http_write(x, SLICE(answer));
	assert_memory_equal(x->inline_bytes, head, sizeof(head) - 1);
	exchange_over(x, false);
	exchange_free(x);
	assert_ptr_equal(x, TAILQ_FIRST(&s->shared.spare));
	for (size_t i = 0; i < sizeof(head); i++)
		assert_int_equal(i < x->inline_used ? x->inline_bytes[i] : 0, 0);
	for (size_t i = 0; i < sizeof(answer) - 1; i++)
		assert_int_equal(x->body.ptr[i], 0);
}

static void test_head(void **state)
{
	struct http_exchange *x = ((struct state *)*state)->x;
	const struct http_header headers[] = {
	    {.name = SLICE("Content-Type"), .value = SLICE("a/b")},
	    {.name = SLICE("Content-Length"), .value = SLICE("7")},
	    {.name = SLICE("transfer-encoding"), .value = SLICE("x")},
	    {.name = SLICE("Connection"), .value = SLICE("close")},
	    {.name = SLICE("date"), .value = SLICE("today")},
	    {.name = SLICE("x-bad"), .value = SLICE("a\r\nset-cookie: b\x7f\tc")},
	    {.name = SLICE("bad name"), .value = SLICE("a")},
	    {.name = SLICE(""), .value = SLICE("a")},
	    {.name = SLICE("x-empty"), .value = SLICE_NONE},
	};
	http_respond(x, 200, headers, sizeof(headers) / sizeof(headers[0]), false);
	assert_true(x->responded && !x->finished && !x->body_less);
	assert_int_equal(x->n_head, 3);
	assert_true(slice_eq(x->head[0].name, SLICE("content-type")));
	assert_true(slice_eq(x->head[1].value, SLICE("a  set-cookie: b \tc")));
	assert_true(slice_eq(x->head[2].name, SLICE("x-empty")));
	assert_int_equal(x->head_length, -1);
	assert_true(x->in_ready);
	http_respond(x, 500, NULL, 0, true); /* only the first counts */
	assert_int_equal(x->status, 200);
	assert_false(x->finished);
}

static void test_added_headers(void **state)
{
	struct http_exchange *x = ((struct state *)*state)->x;
	const struct http_header own = {.name = SLICE("content-type"), .value = SLICE("text/plain")};
	http_add_header(x, SLICE("Vary"), SLICE("ori\ngin"));
	http_add_header(x, SLICE("content-length"), SLICE("5")); /* net's own: left out */
	http_add_header(x, SLICE("not a token"), SLICE("x"));
	for (int i = 0; i < HTTP_ADDED_HEADERS + 3; i++)
		http_add_header(x, SLICE("x-more"), SLICE("y"));
	http_respond(x, 200, &own, 1, true);
	assert_int_equal(x->n_head, 1 + HTTP_ADDED_HEADERS);
	assert_true(slice_eq(x->head[0].name, SLICE("content-type")));
	assert_true(slice_eq(x->head[1].name, SLICE("vary")));
	assert_true(slice_eq(x->head[1].value, SLICE("ori gin")));
	http_add_header(x, SLICE("x-late"), SLICE("z")); /* the head is gone */
	assert_int_equal(x->n_added, HTTP_ADDED_HEADERS);
	/* What net answers for the app has them too. */
	struct http_exchange *refused = exchange_new(x->conn, 0);
	http_add_header(refused, SLICE("vary"), SLICE("origin"));
	exchange_refuse(refused, 413);
	assert_int_equal(refused->n_head, 1);
	exchange_over(refused, true);
	exchange_free(refused);
}

static void test_too_many_response_headers(void **state)
{
	struct http_exchange *x = ((struct state *)*state)->x;
	struct http_header headers[LIMIT_HEADERS + 1];
	for (size_t i = 0; i < LIMIT_HEADERS + 1; i++)
		headers[i] = (struct http_header){.name = SLICE("a"), .value = SLICE("b")};
	http_respond(x, 200, headers, LIMIT_HEADERS, false);
	assert_false(x->aborted);
	http_finish(x, headers, LIMIT_HEADERS + 1);
	assert_true(x->aborted);
}

static void test_bodies(void **state)
{
	struct state *s = *state;
	struct http_exchange *x = s->x;
	http_write(x, SLICE("before the head")); /* nothing yet to write to */
	assert_int_equal(http_pending_bytes(x), 0);
	http_respond_body(x, 404, NULL, 0, SLICE("none"));
	assert_int_equal(x->head_length, 4);
	assert_true(x->finished);
	assert_int_equal(http_pending_bytes(x), 4);
	http_write(x, SLICE("more"));
	http_finish(x, NULL, 0);
	assert_int_equal(http_pending_bytes(x), 4);
}

static void test_body_less(void **state)
{
	struct state *s = *state;
	static const struct {
		int status;
		const char *method;
		bool end;
		int64_t length;
	} cases[] = {
	    {204, "GET", false, -1},
	    {304, "GET", true, -1},
	    {200, "HEAD", false, -1},
	    {200, "GET", true, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_exchange *x = exchange_new(&s->conn, 0);
		x->request.method = slice_str(cases[i].method);
		http_respond(x, cases[i].status, NULL, 0, cases[i].end);
		http_write(x, SLICE("body"));
		assert_true(x->body_less);
		assert_int_equal(x->head_length, cases[i].length);
		assert_int_equal(http_pending_bytes(x), 0);
		exchange_free(x);
	}
	struct http_exchange *x = exchange_new(&s->conn, 0);
	x->request.method = SLICE("HEAD");
	http_respond_body(x, 200, NULL, 0, SLICE("body"));
	assert_int_equal(x->head_length, 4); /* as GET would say */
	assert_int_equal(http_pending_bytes(x), 0);
	exchange_free(x);
}

static void test_pending(void **state)
{
	struct state *s = *state;
	struct http_exchange *x = s->x;
	static uint8_t piece[LIMIT_PENDING_LOW_BYTES];
	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (uint8_t)i;
	exchange_begin(x);
	http_respond(x, 200, NULL, 0, false);
	http_write(x, slice_of(piece, sizeof(piece)));
	assert_int_not_equal(x->stuck_ms, 0);
	x->stuck_ms = 4000;
	exchange_taken(x, 1, 5000);
	assert_false(x->in_notices);         /* it never was above the mark */
	assert_int_equal(x->stuck_ms, 4000); /* a byte buys no time */
	assert_int_equal(s->shared.held_bytes, sizeof(piece) - 1);
	for (int i = 0; i < 3; i++)
		http_write(x, slice_of(piece, sizeof(piece)));
	assert_int_equal(http_pending_bytes(x), 4 * sizeof(piece) - 1);
	assert_int_equal(exchange_bytes(x)[0], 1);
	exchange_taken(x, 3 * sizeof(piece) - 2, 5000);
	assert_false(x->in_notices);
	exchange_taken(x, 1, 5000);
	assert_true(x->in_notices); /* exactly at the mark */
	assert_int_equal(exchange_bytes(x)[0], piece[0]);
	/* What was taken makes room before the buffer grows. */
	size_t room = x->body.room;
	http_write(x, slice_of(piece, sizeof(piece)));
	assert_int_equal(x->body.room, room);
	assert_int_equal(exchange_bytes(x)[1], piece[1]);
	assert_int_equal(x->stuck_ms, 5000); /* as much as that buys all the time there was */
	const struct exchange_patience patience = {.wait_ms = 100, .pace_bytes_per_ms = 1};
	assert_true(exchange_is_stuck(x, patience, 5101));
	assert_false(exchange_is_stuck(x, patience, 5100));
	exchange_taken(x, 20 * LIMIT_BODY_PACE_BYTES_PER_MS, 6000);
	assert_int_equal(x->stuck_ms, 5020);
	exchange_taken(x, 2 * sizeof(piece) - 20 * LIMIT_BODY_PACE_BYTES_PER_MS, 6000);
	assert_false(exchange_is_stuck(x, patience, 99999));
	assert_int_equal(s->shared.held_bytes, 0);
}

static void test_request_headers(void **state)
{
	struct state *s = *state;
	for (int i = 0; i < LIMIT_HEADERS; i++)
		assert_int_equal(exchange_header(s->x, SLICE("x-name"), SLICE("value")), 0);
	assert_int_equal(s->x->request.n_headers, LIMIT_HEADERS);
	assert_int_equal(exchange_header(s->x, SLICE("x"), SLICE("y")), -1);
	assert_true(s->x->too_many_headers);
	assert_true(slice_eq(s->x->headers[0].name, SLICE("x-name")));
	assert_true(slice_eq(s->x->headers[LIMIT_HEADERS - 1].value, SLICE("value")));

	static uint8_t bytes[LIMIT_HEADER_BYTES];
	struct http_exchange *x = exchange_new(&s->conn, 0);
	assert_int_equal(exchange_header(x, SLICE("a"), slice_of(bytes, LIMIT_HEADER_BYTES - 33)), 0);
	exchange_free(x);
	x = exchange_new(&s->conn, 0);
	assert_int_equal(exchange_header(x, SLICE("a"), slice_of(bytes, LIMIT_HEADER_BYTES - 32)), -1);
	exchange_free(x);
}

static void test_request(void **state)
{
	struct state *s = *state;
	struct http_exchange *x = s->x;
	exchange_target(x, SLICE("/a/b?c=d?e"));
	assert_true(slice_eq(x->request.path, SLICE("/a/b")));
	assert_true(slice_eq(x->request.query, SLICE("c=d?e")));
	exchange_target(x, SLICE("/?"));
	assert_true(slice_eq(x->request.path, SLICE("/")));
	assert_int_equal(x->request.query.len, 0);
	exchange_header(x, SLICE("a"), SLICE("1"));
	exchange_header(x, SLICE("b"), SLICE(""));
	exchange_header(x, SLICE("a"), SLICE("2"));
	exchange_begin(x);
	assert_true(slice_eq(http_header(&x->request, SLICE("a")), SLICE("1")));
	assert_non_null(http_header(&x->request, SLICE("b")).ptr);
	assert_null(http_header(&x->request, SLICE("c")).ptr);
	exchange_body(x, SLICE("abc"));
	exchange_end(x);
	assert_int_equal(s->begun, 1);
	assert_int_equal(s->body_bytes, 3);
	assert_int_equal(s->ended, 1);
}

static void test_refuse(void **state)
{
	struct state *s = *state;
	struct http_exchange *x = s->x;
	static uint8_t piece[1024 * 1024];
	exchange_begin(x);
	for (int i = 0; i < LIMIT_BODY_BYTES / (int)sizeof(piece); i++)
		exchange_body(x, slice_of(piece, sizeof(piece)));
	exchange_body(x, slice_of(piece, LIMIT_BODY_BYTES % sizeof(piece)));
	assert_false(x->responded); /* the limit itself is allowed */
	exchange_body(x, SLICE("x"));
	assert_int_equal(x->status, 413);
	assert_int_equal(s->body_bytes, LIMIT_BODY_BYTES);
	/* The app does not know yet; what it says and hears counts no more. */
	http_respond_body(x, 200, NULL, 0, SLICE("fine"));
	assert_int_equal(x->status, 413);
	exchange_end(x);
	assert_int_equal(s->ended, 0);
	assert_int_equal(s->shared.stats.requests_refused, 1);
}

static void test_slow(void **state)
{
	struct http_exchange *x = ((struct state *)*state)->x; /* since 1000 */
	const struct exchange_patience patience = {.wait_ms = 500, .pace_bytes_per_ms = 2};
	assert_false(exchange_is_slow(x, patience, 1500));
	assert_true(exchange_is_slow(x, patience, 1501));
	exchange_body(x, SLICE("0123456789"));
	assert_false(exchange_is_slow(x, patience, 1505));
	assert_true(exchange_is_slow(x, patience, 1506));
	exchange_end(x);
	assert_false(exchange_is_slow(x, patience, 999999));
}

static void test_held(void **state)
{
	struct state *s = *state;
	struct http_exchange *x = s->x;
	static uint8_t piece[1000];
	s->shared.limits.held_bytes = 3000;
	s->shared.limits.connection_held_bytes = 2000;
	s->shared.limits.pressed_ms = 10;
	exchange_begin(x);
	exchange_body(x, slice_of(piece, 1000));
	assert_int_equal(exchange_patience(&s->shared).wait_ms, s->shared.limits.request_ms);
	exchange_body(x, slice_of(piece, 1000)); /* the limit itself is allowed */
	assert_false(x->responded);
	assert_int_equal(exchange_patience(&s->shared).wait_ms, 10);
	struct http_exchange *other = exchange_new(x->conn, 0);
	exchange_begin(other);
	exchange_body(other, slice_of(piece, 1));
	assert_int_equal(other->status, 503);
	assert_int_equal(s->body_bytes, 2000);
	exchange_over(other, true);
	exchange_free(other);
	/* Others use up what the worker has. */
	s->shared.held_bytes += 1000;
	s->shared.limits.connection_held_bytes = 9000;
	exchange_body(x, slice_of(piece, 1));
	assert_int_equal(x->status, 503);
	s->shared.held_bytes -= 1000;
	assert_int_equal(x->conn->held_bytes, s->shared.held_bytes);
}

static void test_memory(void **state)
{
	struct http_exchange *x = ((struct state *)*state)->x;
	uint8_t *parts[200];
	for (size_t i = 0; i < 200; i++) {
		parts[i] = exchange_alloc(x, i * 3);
		assert_non_null(parts[i]);
		assert_int_equal((uintptr_t)parts[i] % 8, 0);
		memset(parts[i], (int)i, i * 3);
	}
	for (size_t i = 1; i < 200; i++) {
		assert_int_equal(parts[i][0], i);
		assert_int_equal(parts[i][i * 3 - 1], i);
	}
	assert_non_null(exchange_alloc(x, 1000000));
	assert_null(exchange_alloc(x, SIZE_MAX - 3));
}

static void test_addresses(void **state)
{
	struct state *s = *state;
	assert_true(listener_is_loopback("127.0.0.1"));
	assert_true(listener_is_loopback("127.9.9.9"));
	assert_true(listener_is_loopback("::1"));
	assert_false(listener_is_loopback("0.0.0.0"));
	assert_false(listener_is_loopback("::"));
	assert_false(listener_is_loopback("192.0.2.1"));
	assert_false(listener_is_loopback("localhost"));
	const struct http_app app = s->shared.app;
	struct net_config config = {.clear_address = "0.0.0.0"};
	assert_null(net_server_new(s->base, &config, &app));
	config.clear_address = "127.0.0.1";
	config.clear_port = 65536;
	assert_null(net_server_new(s->base, &config, &app));
	config.clear_port = 0;
	struct net_server *server = net_server_new(s->base, &config, &app);
	assert_non_null(server);
	assert_in_range(net_server_clear_port(server), 1, 65535);
	assert_int_equal(net_server_tls_port(server), -1);
	/* Another worker listens on the same port. */
	config.clear_port = net_server_clear_port(server);
	struct net_server *other = net_server_new(s->base, &config, &app);
	assert_non_null(other);
	assert_int_equal(net_server_clear_port(other), net_server_clear_port(server));
	net_server_free(server);
	net_server_free(other);
	net_server_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_nothing_is_left, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_head, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_added_headers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_too_many_response_headers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bodies, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_body_less, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_pending, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_request_headers, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_request, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refuse, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_slow, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_held, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
