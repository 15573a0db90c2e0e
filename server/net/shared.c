#include "net/shared.h"

#include "base/limits.h"
#include "net/clock.h"
#include "net/conn.h"
#include "net/h2.h"

static int or_default(int value, int fallback)
{
	return value > 0 ? value : fallback;
}

static void limits_complete(struct net_limits *l)
{
	l->connections = or_default(l->connections, LIMIT_CONNECTIONS_PER_WORKER);
	l->handshake_ms = or_default(l->handshake_ms, LIMIT_HANDSHAKE_MS);
	l->idle_ms = or_default(l->idle_ms, LIMIT_IDLE_MS);
	l->request_ms = or_default(l->request_ms, LIMIT_REQUEST_MS);
	l->drain_ms = or_default(l->drain_ms, LIMIT_DRAIN_MS);
	l->linger_ms = or_default(l->linger_ms, LIMIT_LINGER_MS);
	l->header_bytes = or_default(l->header_bytes, LIMIT_HEADER_BYTES);
	l->headers = or_default(l->headers, LIMIT_HEADERS);
	l->body_bytes = or_default(l->body_bytes, LIMIT_BODY_BYTES);
	l->held_bytes = or_default(l->held_bytes, LIMIT_HELD_BYTES);
	l->connection_held_bytes = or_default(l->connection_held_bytes, LIMIT_CONNECTION_HELD_BYTES);
	l->pressed_ms = or_default(l->pressed_ms, LIMIT_PRESSED_MS);
	l->streams = or_default(l->streams, LIMIT_STREAMS);
	l->resets = or_default(l->resets, LIMIT_RESETS);
	l->control_frames = or_default(l->control_frames, LIMIT_CONTROL_FRAMES);
	l->abuse_ms = or_default(l->abuse_ms, LIMIT_ABUSE_MS);
	l->silent_ms = or_default(l->silent_ms, LIMIT_SILENT_MS);
	l->probe_ms = or_default(l->probe_ms, LIMIT_PROBE_MS);
	l->ping_ms = or_default(l->ping_ms, LIMIT_PING_MS);
	l->ping_idle_ms = or_default(l->ping_idle_ms, LIMIT_PING_IDLE_MS);
}

static void list_leave(struct conn *c)
{
	if (c->turn_list != NULL)
		TAILQ_REMOVE(c->turn_list, c, turn_link);
	c->turn_list = NULL;
}

static void list_join(struct conn *c, struct conn_list *list)
{
	list_leave(c);
	TAILQ_INSERT_TAIL(list, c, turn_link);
	c->turn_list = list;
}

static void reap(struct net_shared *s)
{
	struct conn *c;
	bool any = !TAILQ_EMPTY(&s->dead);
	while ((c = TAILQ_FIRST(&s->dead)) != NULL) {
		list_leave(c);
		TAILQ_REMOVE(&s->all, c, all_link);
		conn_free(c);
		s->stats.connections_now--;
	}
	if (any && s->on_freed != NULL)
		s->on_freed(s->on_freed_arg);
}

static void turn_end(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct net_shared *s = arg;
	struct conn_list now;
	int64_t now_ms = clock_now_ms();
	/* What becomes dirty while these are flushed waits for the event that it activates. */
	TAILQ_INIT(&now);
	struct conn *c;
	while ((c = TAILQ_FIRST(&s->dirty)) != NULL)
		list_join(c, &now);
	while ((c = TAILQ_FIRST(&now)) != NULL) {
		list_leave(c);
		conn_flush(c, now_ms);
	}
	reap(s);
}

static void next_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct net_shared *s = arg;
	struct conn_list now;
	int64_t now_ms = clock_now_ms();
	TAILQ_INIT(&now);
	struct conn *c;
	while ((c = TAILQ_FIRST(&s->again)) != NULL)
		list_join(c, &now);
	while ((c = TAILQ_FIRST(&now)) != NULL) {
		list_leave(c);
		conn_read(c, now_ms);
		/* One that has still more waits for yet another turn, and would not be flushed as long as the peer
		 * sends: then it gets no answer, nor the windows to send in. */
		shared_clean(s, c);
		conn_flush(c, now_ms);
	}
}

int shared_init(struct net_shared *s, struct event_base *base, const struct http_app *app,
		const struct net_limits *limits)
{
	*s = (struct net_shared){.base = base, .app = *app, .limits = *limits};
	limits_complete(&s->limits);
	TAILQ_INIT(&s->all);
	TAILQ_INIT(&s->dirty);
	TAILQ_INIT(&s->again);
	TAILQ_INIT(&s->dead);
	TAILQ_INIT(&s->spare);
	s->turn_end = event_new(base, -1, 0, turn_end, s);
	s->next_turn = evtimer_new(base, next_turn, s);
	s->h2 = h2_shared_new(s);
	return s->turn_end == NULL || s->next_turn == NULL || s->h2 == NULL ? -1 : 0;
}

void shared_finish(struct net_shared *s)
{
	if (s->base == NULL)
		return;
	reap(s);
	if (s->turn_end != NULL)
		event_free(s->turn_end);
	if (s->next_turn != NULL)
		event_free(s->next_turn);
	exchange_pool_free(s);
	h2_shared_free(s->h2);
	buf_free(&s->out);
	s->base = NULL;
}

struct slice shared_date(struct net_shared *s)
{
	time_t now_s = time(NULL);
	if (now_s != s->date_s) {
		struct tm utc;
		gmtime_r(&now_s, &utc);
		strftime(s->date, sizeof(s->date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
		s->date_s = now_s;
	}
	return slice_of(s->date, NET_DATE_BYTES);
}

void shared_dirty(struct net_shared *s, struct conn *c)
{
	if (c->turn_list == &s->dirty || c->turn_list == &s->dead)
		return;
	/* One waiting for its next turn is flushed then too. */
	if (c->turn_list == &s->again)
		return;
	list_join(c, &s->dirty);
	event_active(s->turn_end, EV_TIMEOUT, 0);
}

bool shared_clean(struct net_shared *s, struct conn *c)
{
	if (c->turn_list != &s->dirty)
		return false;
	list_leave(c);
	return true;
}

void shared_again(struct net_shared *s, struct conn *c)
{
	static const struct timeval at_once = {0, 0};
	if (c->turn_list == &s->again || c->turn_list == &s->dead)
		return;
	list_join(c, &s->again);
	if (!evtimer_pending(s->next_turn, NULL))
		evtimer_add(s->next_turn, &at_once);
}

void shared_dead(struct net_shared *s, struct conn *c)
{
	list_join(c, &s->dead);
	event_active(s->turn_end, EV_TIMEOUT, 0);
}
