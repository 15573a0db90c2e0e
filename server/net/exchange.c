#include "net/exchange.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/wipe.h"
#include "net/clock.h"
#include "net/conn.h"

enum {
	/* Exchanges kept per worker for the next requests, and what a kept one may hold on to. */
	SPARE_EXCHANGES = 1024,
	SPARE_BODY_BYTES = 4096,
	BLOCK_BYTES = 4096,
	/* RFC 9113 6.5.2: what a header costs beside its bytes. */
	HEADER_OVERHEAD_BYTES = 32,
	MEMORY_ALIGN_BYTES = 8,
};

struct http_exchange *exchange_new(struct conn *conn, int64_t now_ms)
{
	struct net_shared *shared = conn->shared;
	struct http_exchange *x = TAILQ_FIRST(&shared->spare);
	struct buf body = {0};
	if (x != NULL) {
		TAILQ_REMOVE(&shared->spare, x, link);
		shared->n_spare--;
		body = x->body;
	} else {
		x = malloc(sizeof(*x));
		if (x == NULL)
			return NULL;
	}
	memset(x, 0, offsetof(struct http_exchange, inline_headers));
	x->body = body;
	x->conn = conn;
	x->headers = x->inline_headers;
	x->header_room = EXCHANGE_INLINE_HEADERS;
	x->since_ms = now_ms;
	x->head_length = -1;
	x->request.content_length = -1;
	x->request.tls = conn->sock.ssl != NULL;
	x->request.loopback = conn->clear;
	x->request.peer = conn->peer;
	x->request.client = conn->client;
	TAILQ_INSERT_TAIL(&conn->exchanges, x, link);
	shared->stats.requests_now++;
	return x;
}

/* A request is over: what it brought, and what was answered, may have been personal data. The rest of the struct has
 * pointers to it only; the body wipes itself. */
static void forget(struct http_exchange *x)
{
	if (x->headers != x->inline_headers)
		free(x->headers);
	for (struct exchange_block *block = x->blocks, *next; block != NULL; block = next) {
		next = block->next;
		wipe_free(block);
	}
	explicit_bzero(x->inline_bytes, x->inline_used);
}

void exchange_free(struct http_exchange *x)
{
	struct conn *conn = x->conn;
	struct net_shared *shared = conn->shared;
	TAILQ_REMOVE(x->over ? &conn->over : &conn->exchanges, x, link);
	if (x->in_ready)
		TAILQ_REMOVE(&conn->ready, x, ready_link);
	if (x->in_notices)
		TAILQ_REMOVE(&conn->notices, x, notice_link);
	forget(x);
	shared->stats.requests_now--;
	exchange_hold(x, -x->held_bytes);
	if (shared->n_spare >= SPARE_EXCHANGES) {
		buf_free(&x->body);
		free(x);
		return;
	}
	if (x->body.room > SPARE_BODY_BYTES)
		buf_free(&x->body);
	buf_reset(&x->body);
	TAILQ_INSERT_HEAD(&shared->spare, x, link);
	shared->n_spare++;
}

void exchange_pool_free(struct net_shared *shared)
{
	struct http_exchange *x;
	while ((x = TAILQ_FIRST(&shared->spare)) != NULL) {
		TAILQ_REMOVE(&shared->spare, x, link);
		buf_free(&x->body);
		free(x);
	}
	shared->n_spare = 0;
}

void *exchange_alloc(struct http_exchange *x, size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + MEMORY_ALIGN_BYTES - 1) & ~(size_t)(MEMORY_ALIGN_BYTES - 1);
	if (bytes <= sizeof(x->inline_bytes) - x->inline_used) {
		uint8_t *at = x->inline_bytes + x->inline_used;
		x->inline_used += bytes;
		return at;
	}
	struct exchange_block *block = x->blocks;
	if (block == NULL || bytes > block->room - block->used) {
		size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
		block = malloc(sizeof(*block) + room);
		if (block == NULL)
			return NULL;
		*block = (struct exchange_block){.next = x->blocks, .room = room};
		x->blocks = block;
	}
	uint8_t *at = block->bytes + block->used;
	block->used += bytes;
	return at;
}

struct slice exchange_copy(struct http_exchange *x, struct slice s, bool *failed)
{
	if (s.len == 0)
		return slice_of("", 0);
	uint8_t *to = exchange_alloc(x, s.len);
	if (to == NULL) {
		*failed = true;
		return SLICE_NONE;
	}
	memcpy(to, s.ptr, s.len);
	return slice_of(to, s.len);
}

static int headers_grow(struct http_exchange *x)
{
	size_t room = (size_t)x->conn->shared->limits.headers;
	if (x->header_room >= room)
		return -1;
	struct http_header *grown = malloc(room * sizeof(*grown));
	if (grown == NULL)
		return -1;
	memcpy(grown, x->inline_headers, x->request.n_headers * sizeof(*grown));
	x->headers = grown;
	x->header_room = room;
	return 0;
}

int exchange_header(struct http_exchange *x, struct slice name, struct slice value)
{
	const struct net_limits *limits = &x->conn->shared->limits;
	x->header_bytes += name.len + value.len + HEADER_OVERHEAD_BYTES;
	if (x->header_bytes > (size_t)limits->header_bytes || x->request.n_headers >= (size_t)limits->headers) {
		x->too_many_headers = true;
		return -1;
	}
	if (x->request.n_headers >= x->header_room && headers_grow(x) != 0)
		return -1;
	x->headers[x->request.n_headers++] = (struct http_header){.name = name, .value = value};
	return 0;
}

void exchange_target(struct http_exchange *x, struct slice target)
{
	const uint8_t *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
	if (mark == NULL) {
		x->request.path = target;
		return;
	}
	x->request.path = slice_of(target.ptr, (size_t)(mark - target.ptr));
	x->request.query = slice_from(target, x->request.path.len + 1);
}

void exchange_begin(struct http_exchange *x)
{
	const struct http_app *app = &x->conn->shared->app;
	x->request.headers = x->headers;
	if (x->request.h2)
		x->conn->shared->stats.requests_h2++;
	else
		x->conn->shared->stats.requests_h1++;
	x->begun = true;
	x->state = app->begin(app->arg, x, &x->request);
}

void exchange_hold(struct http_exchange *x, int64_t bytes)
{
	x->held_bytes += bytes;
	x->conn->held_bytes += bytes;
	x->conn->shared->held_bytes += bytes;
	x->conn->shared->stats.held_bytes_now = (uint64_t)x->conn->shared->held_bytes;
}

/* One connection can't have it all, and all of them not more than the worker has. */
static bool has_room(const struct http_exchange *x)
{
	const struct net_shared *shared = x->conn->shared;
	return x->conn->held_bytes <= shared->limits.connection_held_bytes &&
	       shared->held_bytes <= shared->limits.held_bytes;
}

void exchange_body(struct http_exchange *x, struct slice piece)
{
	x->body_bytes += (int64_t)piece.len;
	if (!x->begun || x->muted)
		return;
	if (x->body_bytes > x->conn->shared->limits.body_bytes) {
		if (!x->finished)
			exchange_refuse(x, 413);
		return;
	}
	exchange_hold(x, (int64_t)piece.len);
	if (!has_room(x) && !x->finished)
		exchange_refuse(x, 503);
	else if (piece.len > 0)
		x->conn->shared->app.body(x->state, piece);
}

void exchange_end(struct http_exchange *x)
{
	x->received = true;
	if (x->begun && !x->muted)
		x->conn->shared->app.end(x->state);
}

void exchange_refuse(struct http_exchange *x, int status)
{
	if (x->responded)
		http_abort(x);
	else
		http_respond(x, status, NULL, 0, true);
	x->muted = true;
	x->conn->shared->stats.requests_refused++;
}

void exchange_over(struct http_exchange *x, bool completed)
{
	struct conn *conn = x->conn;
	if (x->over)
		return;
	TAILQ_REMOVE(&conn->exchanges, x, link);
	TAILQ_INSERT_TAIL(&conn->over, x, link);
	x->over = true;
	x->completed = completed && !x->muted;
	if (x->in_ready) {
		TAILQ_REMOVE(&conn->ready, x, ready_link);
		x->in_ready = false;
	}
}

void exchange_taken(struct http_exchange *x, size_t n, int64_t now_ms)
{
	x->body_at += n;
	exchange_hold(x, -(int64_t)n);
	size_t pending = exchange_pending(x);
	/* What is taken buys time at the pace: a byte now and then is next to nothing. */
	int64_t bought_ms = x->stuck_ms + (int64_t)n / LIMIT_BODY_PACE_BYTES_PER_MS;
	x->stuck_ms = pending == 0 ? 0 : bought_ms < now_ms ? bought_ms : now_ms;
	if (pending == 0) {
		buf_reset(&x->body);
		x->body_at = 0;
	}
	if (x->above_low && pending <= LIMIT_PENDING_LOW_BYTES) {
		x->above_low = false;
		if (!x->in_notices) {
			x->in_notices = true;
			TAILQ_INSERT_TAIL(&x->conn->notices, x, notice_link);
		}
	}
}

struct exchange_patience exchange_patience(const struct net_shared *shared)
{
	const struct net_limits *limits = &shared->limits;
	if (shared->held_bytes <= limits->held_bytes / 2)
		return (struct exchange_patience){limits->request_ms, LIMIT_BODY_PACE_BYTES_PER_MS};
	int wait_ms = limits->pressed_ms < limits->request_ms ? limits->pressed_ms : limits->request_ms;
	return (struct exchange_patience){wait_ms, LIMIT_PRESSED_PACE_BYTES_PER_MS};
}

bool exchange_is_slow(const struct http_exchange *x, struct exchange_patience patience, int64_t now_ms)
{
	int64_t allowed_ms = patience.wait_ms + x->body_bytes / patience.pace_bytes_per_ms;
	return !x->received && !x->muted && now_ms - x->since_ms > allowed_ms;
}

bool exchange_is_stuck(const struct http_exchange *x, struct exchange_patience patience, int64_t now_ms)
{
	return x->stuck_ms != 0 && now_ms - x->stuck_ms > patience.wait_ms;
}
