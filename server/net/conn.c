#include "net/conn.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/wipe.h"
#include "net/clock.h"
#include "net/h1.h"
#include "net/h2.h"
#include "net/tls.h"

#define PREFACE SLICE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

static void on_ready(evutil_socket_t fd, short what, void *arg);

static void conn_set_state(struct conn *c, enum conn_state state, int64_t now_ms)
{
	c->state = state;
	c->since_ms = now_ms;
	c->active_ms = now_ms;
}

static void peer_text(const struct sockaddr *peer, char *text, size_t room)
{
	const void *address = NULL;
	int family = peer->sa_family;
	if (family == AF_INET) {
		address = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	} else if (family == AF_INET6) {
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
		address = v6;
		if (IN6_IS_ADDR_V4MAPPED(v6)) { /* so that one peer has one name */
			address = v6->s6_addr + 12;
			family = AF_INET;
		}
	}
	if (address == NULL || inet_ntop(family, address, text, (socklen_t)room) == NULL)
		text[0] = '\0';
}

struct conn *conn_new(struct net_shared *shared, int fd, SSL *ssl, const struct sockaddr *peer)
{
	struct conn *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->shared = shared;
	c->clear = ssl == NULL;
	TAILQ_INIT(&c->exchanges);
	TAILQ_INIT(&c->over);
	TAILQ_INIT(&c->ready);
	TAILQ_INIT(&c->notices);
	peer_text(peer, c->peer, sizeof(c->peer));
	if (sock_open(&c->sock, shared->base, fd, ssl, on_ready, c) != 0) {
		free(c);
		return NULL;
	}
	conn_set_state(c, ssl == NULL ? CONN_SNIFF : CONN_HANDSHAKE, clock_now_ms());
	TAILQ_INSERT_TAIL(&shared->all, c, all_link);
	shared->stats.connections_now++;
	shared->stats.connections_total++;
	return c;
}

void conn_free(struct conn *c)
{
	free(c->client);
	wipe_free(c); /* the beginning of what it sent lies in it, and who it was */
}

/* Tells the app what it is owed. */
static void conn_settle(struct conn *c, int64_t now_ms)
{
	const struct http_app *app = &c->shared->app;
	struct http_exchange *x;
	while ((x = TAILQ_FIRST(&c->notices)) != NULL) {
		TAILQ_REMOVE(&c->notices, x, notice_link);
		x->in_notices = false;
		if (x->begun && !x->muted && !x->over && !x->aborted)
			app->writable(x->state);
	}
	while ((x = TAILQ_FIRST(&c->over)) != NULL) {
		if (x->begun)
			app->gone(x->state, x->completed);
		exchange_free(x);
		c->active_ms = now_ms;
	}
}

void conn_close(struct conn *c)
{
	if (c->state == CONN_CLOSED)
		return;
	int64_t now_ms = clock_now_ms();
	conn_set_state(c, CONN_CLOSED, now_ms);
	struct http_exchange *x;
	while ((x = TAILQ_FIRST(&c->exchanges)) != NULL)
		exchange_over(x, false);
	conn_settle(c, now_ms);
	if (c->protocol != NULL)
		c->protocol->destroy(c->p);
	c->protocol = NULL;
	sock_close(&c->sock);
	buf_free(&c->backlog);
	shared_dead(c->shared, c);
}

static void close_timeout(struct conn *c)
{
	c->shared->stats.closed_timeout++;
	conn_close(c);
}

/* All is sent: waits for the peer to close, so that unread input does not turn into a reset that destroys
 * the last response on its way. */
static void conn_linger(struct conn *c, int64_t now_ms)
{
	struct http_exchange *x;
	if (c->eof) {
		conn_close(c);
		return;
	}
	while ((x = TAILQ_FIRST(&c->exchanges)) != NULL)
		exchange_over(x, false);
	conn_settle(c, now_ms);
	c->discarded_bytes = 0;
	conn_set_state(c, CONN_LINGER, now_ms);
	sock_shutdown(&c->sock);
}

static void conn_discard(struct conn *c)
{
	size_t got;
	enum sock_status status = sock_discard(&c->sock, c->shared->in, sizeof(c->shared->in), &got);
	c->discarded_bytes += got;
	if (status == SOCK_AGAIN || (status == SOCK_OK && c->discarded_bytes <= LIMIT_LINGER_BYTES))
		return;
	conn_close(c);
}

/* The protocol is known from here on. */
static void conn_speak(struct conn *c, bool h2, int64_t now_ms)
{
	c->protocol = h2 ? &h2_protocol : &h1_protocol;
	c->p = h2 ? h2_new(c, now_ms) : h1_new(c, now_ms);
	if (c->p == NULL) {
		c->protocol = NULL;
		conn_close(c);
		return;
	}
	conn_set_state(c, CONN_OPEN, now_ms);
	if (c->draining)
		c->protocol->drain(c->p);
	conn_wake(c);
}

/* Whoever wrote http:// for https:// learns it from the answer. */
static void conn_tell_tls(struct conn *c, int64_t now_ms)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n"
				   "connection: close\r\ncontent-length: 35\r\n\r\n"
				   "this port speaks TLS: use https://\n";
	sock_say_clear(&c->sock, SLICE(text));
	conn_linger(c, now_ms);
}

static void conn_handshake(struct conn *c, int64_t now_ms)
{
	struct net_stats *stats = &c->shared->stats;
	enum sock_status status = sock_handshake(&c->sock);
	if (status == SOCK_AGAIN)
		return;
	if (status != SOCK_OK) {
		stats->handshakes_failed++;
		log_debug("net", "TLS handshake failed", LOG_S("peer", c->peer), LOG_S("why", tls_error()));
		if (tls_heard_http())
			conn_tell_tls(c, now_ms);
		else
			conn_close(c);
		return;
	}
	stats->handshakes++;
	if (SSL_session_reused(c->sock.ssl))
		stats->handshakes_resumed++;
	c->client = tls_client(c->sock.ssl);
	conn_speak(c, tls_is_h2(c->sock.ssl), now_ms);
	if (c->state == CONN_OPEN && sock_has_more(&c->sock))
		conn_read(c, now_ms);
}

/* The cleartext port: HTTP/2 announces itself with its preface, all else is HTTP/1. */
static void conn_sniff(struct conn *c, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	size_t take = sizeof(c->sniffed) - c->n_sniffed;
	take = take < len ? take : len;
	memcpy(c->sniffed + c->n_sniffed, bytes, take);
	c->n_sniffed += take;
	bool same = memcmp(c->sniffed, PREFACE.ptr, c->n_sniffed) == 0;
	if (same && c->n_sniffed < PREFACE.len)
		return;
	conn_speak(c, same, now_ms);
	if (c->state != CONN_OPEN)
		return;
	c->protocol->receive(c->p, c->sniffed, c->n_sniffed, now_ms);
	if (len > take)
		c->protocol->receive(c->p, bytes + take, len - take, now_ms);
}

static void conn_eof(struct conn *c, int64_t now_ms)
{
	c->eof = true;
	c->active_ms = now_ms;
	sock_pause(&c->sock, true);
	if (c->state != CONN_OPEN) {
		conn_close(c);
		return;
	}
	c->protocol->eof(c->p);
	conn_settle(c, now_ms);
	conn_wake(c);
}

void conn_read(struct conn *c, int64_t now_ms)
{
	struct net_shared *s = c->shared;
	for (int round = 0; round < NET_ROUNDS; round++) {
		if ((c->state != CONN_OPEN && c->state != CONN_SNIFF) || c->sock.paused)
			return;
		size_t got;
		enum sock_status status = sock_read(&c->sock, s->in, sizeof(s->in), &got);
		switch (status) {
		case SOCK_OK:
			break;
		case SOCK_AGAIN:
			return;
		case SOCK_EOF:
			conn_eof(c, now_ms);
			return;
		case SOCK_FAILED:
			conn_close(c);
			return;
		}
		s->stats.bytes_in += got;
		c->active_ms = now_ms;
		if (c->state == CONN_SNIFF)
			conn_sniff(c, s->in, got, now_ms);
		else
			c->protocol->receive(c->p, s->in, got, now_ms);
		explicit_bzero(s->in, got); /* all connections read into it, the next one perhaps much later */
		if (c->state != CONN_OPEN)
			continue;
		conn_settle(c, now_ms);
		conn_wake(c);
		if (got < sizeof(s->in) && !sock_has_more(&c->sock))
			return;
	}
	if (sock_has_more(&c->sock))
		shared_again(s, c);
}

/* What the peer takes buys time at the pace, as in an exchange: a byte now and then is next to nothing. */
static void conn_slow(struct conn *c, size_t put, int64_t now_ms)
{
	int64_t bought_ms = c->stuck_ms + (int64_t)put / LIMIT_BODY_PACE_BYTES_PER_MS;
	c->stuck_ms = c->stuck_ms == 0 || bought_ms > now_ms ? now_ms : bought_ms;
}

/* Offers bytes to the socket and keeps what it does not take. false: the connection was closed. */
static bool conn_write(struct conn *c, const uint8_t *bytes, size_t len, bool from_backlog, int64_t now_ms)
{
	size_t put;
	enum sock_status status = sock_write(&c->sock, bytes, len, &put);
	c->shared->stats.bytes_out += put;
	if (status != SOCK_OK && status != SOCK_AGAIN) {
		conn_close(c);
		return false;
	}
	if (put == len) {
		c->stuck_ms = 0;
		return true;
	}
	conn_slow(c, put, now_ms);
	if (from_backlog) {
		c->backlog_at += put;
		return true;
	}
	buf_add(&c->backlog, bytes + put, len - put);
	if (c->backlog.failed) {
		conn_close(c);
		return false;
	}
	return true;
}

/* true: nothing waits any more. */
static bool conn_write_backlog(struct conn *c, int64_t now_ms)
{
	size_t len = c->backlog.len - c->backlog_at;
	if (len == 0 && !c->sock.waits_to_write)
		return true;
	if (!conn_write(c, c->backlog.ptr + c->backlog_at, len, true, now_ms) || c->stuck_ms != 0)
		return false;
	buf_free(&c->backlog);
	c->backlog_at = 0;
	return true;
}

void conn_flush(struct conn *c, int64_t now_ms)
{
	struct buf *out = &c->shared->out;
	if (c->state != CONN_OPEN)
		return;
	for (int round = 0; round < NET_ROUNDS; round++) {
		if (!conn_write_backlog(c, now_ms))
			return;
		buf_reset(out);
		c->protocol->fill(c->p, out, now_ms);
		conn_settle(c, now_ms);
		if (out->failed) {
			conn_close(c);
			return;
		}
		if (out->len > 0) {
			if (!conn_write(c, out->ptr, out->len, false, now_ms))
				return;
		} else if (c->resume) {
			c->resume = false;
			c->protocol->receive(c->p, NULL, 0, now_ms);
			conn_settle(c, now_ms);
		} else {
			if (c->protocol->finished(c->p))
				conn_linger(c, now_ms);
			return;
		}
	}
	if (conn_write_backlog(c, now_ms))
		shared_again(c->shared, c);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	struct conn *c = arg;
	int64_t now_ms = clock_now_ms();
	switch (c->state) {
	case CONN_HANDSHAKE:
		conn_handshake(c, now_ms);
		break;
	case CONN_SNIFF:
	case CONN_OPEN:
		if (what & EV_WRITE)
			conn_flush(c, now_ms);
		/* TLS may have had to write before it could read on. */
		conn_read(c, now_ms);
		/* What the app answered at once leaves at once, while its memory is in the processor's cache. */
		if (!TAILQ_EMPTY(&c->ready) && shared_clean(c->shared, c))
			conn_flush(c, now_ms);
		break;
	case CONN_LINGER:
		conn_discard(c);
		break;
	case CONN_CLOSED:
		break;
	}
}

void conn_drain(struct conn *c)
{
	if (c->draining)
		return;
	c->draining = true;
	if (c->state == CONN_SNIFF && c->n_sniffed == 0) {
		conn_close(c);
	} else if (c->state == CONN_OPEN) {
		c->protocol->drain(c->p);
		conn_wake(c);
	}
}

static void tick_open(struct conn *c, int64_t now_ms)
{
	const struct net_limits *limits = &c->shared->limits;
	struct exchange_patience patience = exchange_patience(c->shared);
	if (c->stuck_ms != 0 && now_ms - c->stuck_ms > patience.wait_ms) {
		close_timeout(c);
		return;
	}
	if (!c->protocol->greeted(c->p) && now_ms - c->since_ms > limits->request_ms) {
		close_timeout(c);
		return;
	}
	struct http_exchange *x;
	TAILQ_FOREACH(x, &c->exchanges, link)
	{
		if (exchange_is_slow(x, patience, now_ms)) {
			exchange_refuse(x, 408);
			/* Half a head: in its midst nothing else can be asked. */
			if (!x->begun)
				conn_drain(c);
		}
		if (exchange_is_stuck(x, patience, now_ms))
			http_abort(x);
	}
	if (TAILQ_EMPTY(&c->exchanges) && !c->draining && now_ms - c->active_ms > limits->idle_ms) {
		c->shared->stats.closed_timeout++;
		conn_drain(c);
	}
	c->protocol->tick(c->p, now_ms);
}

void conn_tick(struct conn *c, int64_t now_ms)
{
	const struct net_limits *limits = &c->shared->limits;
	int64_t age_ms = now_ms - c->since_ms;
	switch (c->state) {
	case CONN_HANDSHAKE:
		if (age_ms > limits->handshake_ms) {
			c->shared->stats.handshakes_failed++;
			close_timeout(c);
		}
		break;
	case CONN_SNIFF:
		if (age_ms > limits->request_ms)
			close_timeout(c);
		break;
	case CONN_OPEN:
		tick_open(c, now_ms);
		break;
	case CONN_LINGER:
		if (age_ms > limits->linger_ms)
			conn_close(c);
		break;
	case CONN_CLOSED:
		break;
	}
}

void conn_ready(struct conn *c, struct http_exchange *x)
{
	if (!x->in_ready) {
		x->in_ready = true;
		TAILQ_INSERT_TAIL(&c->ready, x, ready_link);
	}
	conn_wake(c);
}

void conn_wake(struct conn *c)
{
	if (c->state == CONN_OPEN)
		shared_dirty(c->shared, c);
}

struct http_exchange *conn_next_ready(struct conn *c)
{
	struct http_exchange *x = TAILQ_FIRST(&c->ready);
	if (x != NULL) {
		TAILQ_REMOVE(&c->ready, x, ready_link);
		x->in_ready = false;
	}
	return x;
}

void conn_pause(struct conn *c, bool pause)
{
	if (c->eof || pause == c->sock.paused)
		return;
	sock_pause(&c->sock, pause);
	if (!pause && sock_has_more(&c->sock))
		shared_again(c->shared, c);
}
