#include "redis/conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "redis/resp.h"
#include "redis/conn_internal.h"

enum { FIRST_RING = 256, KEEP_OUT_BYTES = 1024 * 1024 };

uint64_t redis_conn_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- the queue of commands without an answer --- */

static bool ring_grow(struct redis_conn *c)
{
	size_t room = c->ring_room == 0 ? FIRST_RING : c->ring_room * 2;
	struct pending *ring = calloc(room, sizeof(*ring));
	if (ring == NULL)
		return false;
	for (size_t i = 0; i < c->count; i++)
		ring[i] = c->ring[(c->head + i) & (c->ring_room - 1)];
	free(c->ring);
	c->ring = ring;
	c->ring_room = room;
	c->head = 0;
	return true;
}

static bool ring_push(struct redis_conn *c, const struct pending *p)
{
	if (c->count >= LIMIT_REDIS_IN_FLIGHT)
		return false;
	if (c->count == c->ring_room && !ring_grow(c))
		return false;
	c->ring[(c->head + c->count) & (c->ring_room - 1)] = *p;
	c->count++;
	return true;
}

static struct pending ring_pop(struct redis_conn *c)
{
	struct pending p = c->ring[c->head];
	c->head = (c->head + 1) & (c->ring_room - 1);
	c->count--;
	return p;
}

/* --- writing --- */

static size_t backlog_bytes(const struct redis_conn *c)
{
	return c->bev == NULL ? 0 : evbuffer_get_length(bufferevent_get_output(c->bev));
}

uint64_t redis_conn_written(const struct redis_conn *c)
{
	return c->handed - backlog_bytes(c);
}

void redis_conn_begin(struct redis_conn *c, size_t n_args)
{
	c->out_setup = false;
	c->out_mark = c->out.len;
	resp_start(&c->out, n_args);
}

void redis_conn_begin_setup(struct redis_conn *c, size_t n_args)
{
	redis_conn_begin(c, n_args);
	c->out_setup = true;
}

struct buf *redis_conn_out(struct redis_conn *c)
{
	return &c->out;
}

static bool accepts(const struct redis_conn *c)
{
	if (c->broken != NULL || c->out.failed || backlog_bytes(c) > LIMIT_REDIS_QUEUED_BYTES)
		return false;
	return c->phase == PHASE_READY || (c->phase == PHASE_SETUP && c->out_setup);
}

void redis_conn_schedule_flush(struct redis_conn *c)
{
	if (c->flush_due)
		return;
	c->flush_due = true;
	/* Runs after every callback that is due in this turn of the loop. */
	event_active(c->flush, EV_TIMEOUT, 0);
}

/* Saves the trip through the event loop that bufferevent_write takes; what the socket does not take,
 * and any error, is left to the bufferevent. */
static size_t write_directly(struct redis_conn *c)
{
	if ((c->config->unix_path == NULL && c->config->tls != NULL) || backlog_bytes(c) > 0)
		return 0;
	ssize_t sent = send(bufferevent_getfd(c->bev), c->out.ptr, c->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent > 0 ? (size_t)sent : 0;
}

static void write_out(struct redis_conn *c)
{
	size_t sent = write_directly(c);
	c->handed += c->out.len;
	c->stats.bytes_out += c->out.len;
	c->stats.writes++;
	/* Without memory for its bytes the stream has a hole: nothing behind it may be sent. */
	if (sent < c->out.len && bufferevent_write(c->bev, c->out.ptr + sent, c->out.len - sent) != 0)
		c->broken = "out of memory";
	if (c->out.room > KEEP_OUT_BYTES)
		buf_free(&c->out);
	c->out.len = 0;
	c->out_commands = 0;
}

void redis_conn_end(struct redis_conn *c, redis_reply_fn *fn, void *arg)
{
	struct pending p = {fn, arg, c->handed + c->out.len, redis_conn_now_ms()};
	if (!accepts(c) || !ring_push(c, &p)) {
		c->out.len = c->out_mark;
		c->out.failed = false;
		fn(c->owner, arg, REDIS_NOT_SENT, NULL);
		return;
	}
	c->stats.commands++;
	redis_link_watch_command(c);
	redis_conn_schedule_flush(c);
	/* Whoever adds commands in front of a flush has them in front of all of the turn's. */
	if (++c->out_commands >= REDIS_CONN_BATCH && c->phase == PHASE_READY && c->hooks.flushing == NULL)
		write_out(c);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct redis_conn *c = arg;
	if (c->broken == NULL && c->phase == PHASE_READY && c->out.len > 0 && c->hooks.flushing != NULL)
		c->hooks.flushing(c->owner);
	c->flush_due = false;
	if (c->broken == NULL && c->bev != NULL && c->out.len > 0)
		write_out(c);
	if (c->broken != NULL)
		redis_link_break(c, c->broken);
}

/* --- reading --- */

static bool feed(struct redis_conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	struct evbuffer_iovec piece;
	while (evbuffer_peek(in, -1, NULL, &piece, 1) > 0 && piece.iov_len > 0) {
		if (!redis_reader_feed(&c->reader, piece.iov_base, piece.iov_len))
			return false;
		c->stats.bytes_in += piece.iov_len;
		evbuffer_drain(in, piece.iov_len);
	}
	return true;
}

void redis_conn_read(struct redis_conn *c)
{
	const struct redis_reply *reply = NULL;
	c->suspect = false;
	if (!feed(c))
		c->broken = "reply too large";
	while (c->broken == NULL) {
		if (!redis_reader_next(&c->reader, &reply)) {
			c->broken = "protocol error";
		} else if (reply == NULL) {
			break;
		} else if (c->count == 0) {
			c->broken = "reply without a command";
		} else {
			struct pending p = ring_pop(c);
			c->answered = p.end;
			p.fn(c->owner, p.arg, REDIS_REPLIED, reply);
		}
	}
	if (c->broken != NULL)
		redis_link_break(c, c->broken);
}

void redis_conn_fail_all(struct redis_conn *c, uint64_t written)
{
	/* A command that did not leave whole can't have been executed. */
	while (c->count > 0) {
		struct pending p = ring_pop(c);
		p.fn(c->owner, p.arg, p.end <= written ? REDIS_LOST : REDIS_NOT_SENT, NULL);
	}
}

/* --- life --- */

struct redis_conn *redis_conn_new(struct event_base *base, const struct redis_config *config,
				  const struct redis_conn_hooks *hooks, void *owner)
{
	struct redis_conn *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->base = base;
	c->config = config;
	c->hooks = *hooks;
	c->owner = owner;
	c->out.cap_bytes = LIMIT_REDIS_QUEUED_BYTES;
	c->flush = event_new(base, -1, 0, on_flush, c);
	if (c->flush == NULL || !redis_link_init(c)) {
		redis_conn_free(c);
		return NULL;
	}
	return c;
}

void redis_conn_close(struct redis_conn *c)
{
	if (c == NULL)
		return;
	uint64_t written = redis_conn_written(c);
	c->hooks.changed = NULL;
	redis_link_finish(c);
	redis_conn_fail_all(c, written);
}

void redis_conn_free(struct redis_conn *c)
{
	if (c == NULL)
		return;
	redis_conn_close(c);
	if (c->flush != NULL)
		event_free(c->flush);
	buf_free(&c->out);
	free(c->ring);
	free(c);
}

bool redis_conn_ready(const struct redis_conn *c)
{
	return c->phase == PHASE_READY && c->broken == NULL;
}

void redis_conn_drop(struct redis_conn *c, const char *reason)
{
	if (c->broken != NULL || c->phase == PHASE_PAUSE)
		return;
	c->broken = reason;
	redis_conn_schedule_flush(c);
}

const struct redis_conn_stats *redis_conn_stats(const struct redis_conn *c)
{
	return &c->stats;
}

size_t redis_conn_in_flight(const struct redis_conn *c)
{
	return c->count;
}

size_t redis_conn_in_flight_bytes(const struct redis_conn *c)
{
	return (size_t)(c->handed + c->out.len - c->answered);
}
