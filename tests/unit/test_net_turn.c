/* Turns of a connection whose TLS always holds more: it is answered all the same. And of one that takes next to nothing
 * of what was answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/conn.h"

enum sock_status __wrap_sock_read(struct sock *s, uint8_t *into, size_t room, size_t *got);
bool __wrap_sock_has_more(const struct sock *s);
enum sock_status __wrap_sock_write(struct sock *s, const uint8_t *bytes, size_t len, size_t *put);

static bool has_more;
static unsigned reads, received, fills;
static size_t written;
static size_t takes; /* of each write, at most */

/* A peer that is faster than we read. */
enum sock_status __wrap_sock_read(struct sock *s, uint8_t *into, size_t room, size_t *got)
{
	(void)s;
	*got = 0;
	if (!has_more)
		return SOCK_AGAIN;
	memset(into, 'x', room);
	*got = room;
	reads++;
	return SOCK_OK;
}

bool __wrap_sock_has_more(const struct sock *s)
{
	(void)s;
	return has_more;
}

enum sock_status __wrap_sock_write(struct sock *s, const uint8_t *bytes, size_t len, size_t *put)
{
	(void)s;
	(void)bytes;
	*put = len < takes ? len : takes;
	written += *put;
	return SOCK_OK;
}

/* --- a protocol that owes an answer for whatever it receives --- */

static void receive(void *p, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	(void)p;
	(void)bytes;
	(void)len;
	(void)now_ms;
	received++;
}

static void fill(void *p, struct buf *out, int64_t now_ms)
{
	(void)p;
	(void)now_ms;
	fills++;
	if (received > 0)
		buf_byte(out, '!');
	received = 0;
}

static bool finished(const void *p)
{
	(void)p;
	return false;
}

static void answers_leave_while_more_comes(void **state)
{
	static const struct conn_protocol protocol = {.receive = receive, .fill = fill, .finished = finished};
	static struct net_shared shared;
	static const struct http_app app;
	static const struct net_limits limits;
	enum { TURNS = 10 };
	(void)state;
	struct event_base *base = event_base_new();
	assert_int_equal(shared_init(&shared, base, &app, &limits), 0);
	struct conn c = {.shared = &shared, .state = CONN_OPEN, .protocol = &protocol, .sock = {.fd = -1}};
	TAILQ_INIT(&c.exchanges);
	TAILQ_INIT(&c.over);
	TAILQ_INIT(&c.ready);
	TAILQ_INIT(&c.notices);
	takes = SIZE_MAX;
	has_more = true;
	shared_again(&shared, &c);
	for (unsigned turn = 1; turn <= TURNS; turn++) {
		size_t before = written;
		event_base_loop(base, EVLOOP_ONCE);
		if (written == before)
			fail_msg("turn %u: %u reads, nothing left", turn, reads);
		/* Its share, and no more. */
		assert_int_equal(reads, turn * NET_ROUNDS);
	}
	/* The peer pauses: nothing is to be read, and nothing waits for another turn. */
	has_more = false;
	event_base_loop(base, EVLOOP_ONCE);
	unsigned then = fills;
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(fills, then);
	assert_null(c.turn_list);
	shared_finish(&shared);
	event_base_free(base);
}

/* --- a protocol that has said all it has to say --- */

enum { ANSWER_BYTES = 60000 };

static void fill_once(void *p, struct buf *out, int64_t now_ms)
{
	static uint8_t answer[ANSWER_BYTES];
	(void)p;
	(void)now_ms;
	if (fills++ == 0)
		buf_add(out, answer, sizeof(answer));
}

static void nothing(void *p)
{
	(void)p;
}

static void no_tick(void *p, int64_t now_ms)
{
	(void)p;
	(void)now_ms;
}

static bool greeted(const void *p)
{
	(void)p;
	return true;
}

/* Whether the peer is still there when it has been offered the answer every second for two minutes. */
static bool stays(size_t bytes_a_second)
{
	static const struct conn_protocol protocol = {.fill = fill_once,
						      .finished = finished,
						      .destroy = nothing,
						      .drain = nothing,
						      .tick = no_tick,
						      .greeted = greeted};
	static const struct http_app app;
	static const struct net_limits limits = {.idle_ms = 3600 * 1000};
	static struct net_shared shared;
	enum { SECOND_MS = 1000, END_MS = 121000 };
	struct event_base *base = event_base_new();
	assert_int_equal(shared_init(&shared, base, &app, &limits), 0);
	struct conn *c = calloc(1, sizeof(*c)); /* the turn's end frees it */
	assert_non_null(c);
	*c = (struct conn){.shared = &shared, .state = CONN_OPEN, .protocol = &protocol, .sock = {.fd = -1}};
	TAILQ_INIT(&c->exchanges);
	TAILQ_INIT(&c->over);
	TAILQ_INIT(&c->ready);
	TAILQ_INIT(&c->notices);
	TAILQ_INSERT_TAIL(&shared.all, c, all_link);
	shared.stats.connections_now = 1;
	fills = 0;
	written = 0;
	takes = bytes_a_second;
	for (int64_t now_ms = SECOND_MS; c->state == CONN_OPEN && now_ms < END_MS; now_ms += SECOND_MS) {
		conn_flush(c, now_ms);
		conn_tick(c, now_ms);
	}
	bool stayed = c->state == CONN_OPEN;
	assert_int_equal(shared.stats.closed_timeout, stayed ? 0 : 1);
	conn_close(c);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(shared.stats.connections_now, 0);
	shared_finish(&shared);
	event_base_free(base);
	return stayed;
}

/* What left its exchange waits for the socket, and must not wait for ever. */
static void who_takes_next_to_nothing_is_let_go(void **state)
{
	(void)state;
	assert_false(stays(0));
	assert_false(stays(1));
	assert_false(stays(ANSWER_BYTES / 200));
	assert_true(stays(3000));
	assert_int_equal(written, ANSWER_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers_leave_while_more_comes),
					   cmocka_unit_test(who_takes_next_to_nothing_is_let_go)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
