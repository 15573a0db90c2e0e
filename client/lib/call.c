#include "inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { RETRY_FIRST_MS = 50, RETRY_MAX_MS = 2000 };

void call_list_add(struct call_list *list, struct call *call)
{
	call->prev = list->tail;
	call->next = NULL;
	if (list->tail != NULL)
		list->tail->next = call;
	else
		list->head = call;
	list->tail = call;
}

void call_list_remove(struct call_list *list, struct call *call)
{
	if (call->prev != NULL)
		call->prev->next = call->next;
	else
		list->head = call->next;
	if (call->next != NULL)
		call->next->prev = call->prev;
	else
		list->tail = call->prev;
	call->prev = NULL;
	call->next = NULL;
}

static struct call_list *list_of(struct call *call)
{
	struct channel *c = call->channel;
	switch (call->phase) {
	case CALL_FREE:
		return &c->pool;
	case CALL_NEW:
		return &c->unstarted;
	case CALL_WAITING:
		return &c->waiting;
	case CALL_SENT:
		return call->readable ? &c->readable : &call->conn->calls;
	case CALL_PAUSED:
		return &c->paused;
	case CALL_ENDED:
		return &c->ended;
	}
	return NULL;
}

void call_move(struct call *call, enum call_phase phase)
{
	call_list_remove(list_of(call), call);
	if (call->phase == CALL_SENT) {
		call->conn->in_flight--;
		call->conn = NULL;
		call->readable = false;
	}
	call->phase = phase;
	call_list_add(list_of(call), call);
}

void call_set_readable(struct call *call, bool readable)
{
	if (call->phase != CALL_SENT || call->readable == readable)
		return;
	call_list_remove(list_of(call), call);
	call->readable = readable;
	call_list_add(list_of(call), call);
	if (readable)
		channel_settle_soon(call->channel);
}

/* --- time --- */

static void timer_off(struct call *call)
{
	if (call->timer_on)
		event_del(&call->timer);
	call->timer_on = false;
}

/* Wakes the call at its next attempt or at its deadline, whichever it waits for. */
static void timer_arm(struct call *call, uint64_t now)
{
	uint64_t at = call->deadline_ns;
	if (call->phase == CALL_PAUSED && (at == 0 || call->retry_ns < at))
		at = call->retry_ns;
	timer_off(call);
	if (at == 0)
		return;
	/* A microsecond more, so that the time has come when the timer says so. */
	uint64_t us = (at > now ? at - now : 0) / 1000 + 1;
	struct timeval wait = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	call->timer_on = event_add(&call->timer, &wait) == 0;
}

static void call_end(struct call *call)
{
	timer_off(call);
	if (call->error.code == GRPC_OK)
		call->error.reason[0] = '\0';
	call_move(call, CALL_ENDED);
	call->channel->stats.calls++;
	if (call->error.code != GRPC_OK)
		call->channel->stats.failed++;
	channel_settle_soon(call->channel);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct call *call = arg;
	uint64_t now = clock_ns();
	call->timer_on = false;
	if (call->deadline_ns != 0 && now >= call->deadline_ns) {
		if (call->phase == CALL_SENT)
			stream_reset(call);
		rpc_error_local(&call->error, ERR_DEADLINE_EXCEEDED, NULL);
		call_end(call);
		return;
	}
	if (call->phase == CALL_PAUSED) {
		call_move(call, CALL_WAITING);
		channel_settle_soon(call->channel);
	}
	timer_arm(call, now);
}

/* --- the end of an attempt --- */

static bool may_retry(const struct call *call, bool worked_on)
{
	/* The reason of an attempt before may still stand there. */
	if (call->error.code == GRPC_OK || call->attempts > call->options.retries || call->delivered)
		return false;
	if (worked_on && call->options.safety == CALL_WRITE_ONCE)
		return false;
	return call->error.code == GRPC_UNAVAILABLE || strcmp(call->error.reason, "CONFLICT") == 0;
}

/* What the program must know about a write that may have been done. */
static void tell_unknown(struct call *call)
{
	if (!call->maybe_done || call->options.safety == CALL_READ || call->error.code != GRPC_UNAVAILABLE)
		return;
	char en[sizeof(call->error.en)];
	snprintf(en, sizeof(en), "%s", call->error.en);
	rpc_error_local(&call->error, ERR_UNKNOWN_OUTCOME, "%s", en);
}

static uint64_t backoff_ns(struct call *call)
{
	unsigned doublings = call->attempts > 6 ? 6 : call->attempts == 0 ? 0 : call->attempts - 1;
	uint64_t ms = (uint64_t)RETRY_FIRST_MS << doublings;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	return (ms / 2) * NS_PER_MS + channel_random(call->channel, (ms - ms / 2) * NS_PER_MS + 1);
}

void call_attempt_over(struct call *call, bool worked_on)
{
	if (worked_on && call->error.code == GRPC_UNAVAILABLE)
		call->maybe_done = true;
	if (!may_retry(call, worked_on)) {
		tell_unknown(call);
		call_end(call);
		return;
	}
	uint64_t now = clock_ns();
	call->retry_ns = now + backoff_ns(call);
	call_move(call, CALL_PAUSED);
	timer_arm(call, now);
	/* Its place on the connection is free. */
	channel_settle_soon(call->channel);
}

void call_conn_lost(struct call *call)
{
	/* A server that did not get the whole request has not begun. */
	bool worked_on = call->request_sent == call->request.len;
	call->error = call->conn->error;
	/* Nor has one that refused our certificate, which TLS 1.3 tells when all is sent. */
	if (call->conn->permanent) {
		tell_unknown(call);
		call_end(call);
		return;
	}
	call_attempt_over(call, worked_on);
}

void call_not_connected(struct call *call, const struct rpc_error *error, bool permanent)
{
	call->error = *error;
	if (!permanent && call->attempts++ < call->options.retries)
		return;
	tell_unknown(call);
	call_end(call);
}

/* --- the pool --- */

static void call_release(struct call *call)
{
	/* One large reply must not keep its memory for good. */
	enum { KEEP_BYTES = 64 * 1024 };
	if (call->reply.room > KEEP_BYTES)
		buf_free(&call->reply);
	if (call->request.room > KEEP_BYTES)
		buf_free(&call->request);
	timer_off(call);
	if (call->phase != CALL_FREE)
		call->channel->stats.in_flight--;
	call_move(call, CALL_FREE);
}

void call_destroy(struct call *call)
{
	timer_off(call);
	buf_free(&call->request);
	buf_free(&call->reply);
	buf_free(&call->texts);
	free(call);
}

struct call *channel_call(struct channel *c)
{
	struct call *call = c->pool.head;
	if (call == NULL) {
		call = calloc(1, sizeof(*call));
		if (call == NULL)
			return NULL;
		call->channel = c;
		event_assign(&call->timer, c->base, -1, 0, on_timer, call);
		call->texts.cap_bytes = STATUS_BYTES;
		call_list_add(&c->pool, call);
	}
	call_move(call, CALL_NEW);
	c->stats.in_flight++;
	call->request.len = 0;
	call->request.failed = false;
	call->cancelled = false;
	return call;
}

uint8_t *call_message(struct call *call, size_t bytes)
{
	buf_reset(&call->request);
	if (bytes > UINT32_MAX)
		return NULL;
	buf_byte(&call->request, 0); /* not compressed */
	buf_u32be(&call->request, (uint32_t)bytes);
	uint8_t *to = buf_reserve(&call->request, bytes);
	if (to != NULL)
		call->request.len += bytes;
	return to;
}

void call_start(struct call *call, const struct call_options *options)
{
	struct channel *c = call->channel;
	call->options = *options;
	snprintf(call->act_as, sizeof(call->act_as), "%s", options->act_as == NULL ? "" : options->act_as);
	call->options.act_as = call->act_as;
	call->started_ns = clock_ns();
	call->deadline_ns = options->timeout_ms == 0 ? 0 : call->started_ns + (uint64_t)options->timeout_ms * NS_PER_MS;
	call->attempts = 0;
	call->maybe_done = false;
	call->delivered = false;
	call->reply.len = 0;
	call->scanned = 0;
	call->error.code = GRPC_OK;
	if (call->request.len < GRPC_PREFIX_BYTES) {
		rpc_error_local(&call->error, ERR_INTERNAL, "the request has no message");
		call_end(call);
		return;
	}
	call_move(call, CALL_WAITING);
	timer_arm(call, call->started_ns);
	c->wanted = true;
	channel_settle_soon(c);
}

bool call_is_open(const struct call *call)
{
	return call->phase == CALL_SENT && call->http_status == 200 && call->grpc;
}

void call_cancel(struct call *call)
{
	struct channel *c = call->channel;
	if (call->phase == CALL_SENT)
		stream_reset(call);
	if (c->delivering == call) {
		/* Its callback is running: calls_deliver lets go of it. */
		call->cancelled = true;
		return;
	}
	call_release(call);
	channel_settle_soon(c);
}

void call_consumed(struct call *call, size_t bytes)
{
	size_t from_credit = bytes < call->precredit ? bytes : call->precredit;
	call->precredit -= from_credit;
	if (call->phase == CALL_SENT && bytes > from_credit)
		stream_consume(call, bytes - from_credit);
}

int channel_send(struct channel *c, struct slice message, const struct call_options *options)
{
	struct call *call = channel_call(c);
	if (call == NULL)
		return -1;
	uint8_t *to = call_message(call, message.len);
	if (to == NULL) {
		call_cancel(call);
		return -1;
	}
	if (message.len > 0)
		memcpy(to, message.ptr, message.len);
	call_start(call, options);
	return 0;
}

/* --- delivery --- */

static struct slice frame_at(const struct call *call, size_t at)
{
	const uint8_t *p = call->reply.ptr + at;
	return slice_of(p + GRPC_PREFIX_BYTES, message_len(p));
}

/* The whole messages that a streaming call has got; stops when a callback cancels the call. */
static void deliver_messages(struct call *call)
{
	size_t at = 0;
	while (at < call->scanned && !call->cancelled) {
		struct slice message = frame_at(call, at);
		at += GRPC_PREFIX_BYTES + message.len;
		/* The prefix is nothing a reader counts. */
		call_consumed(call, GRPC_PREFIX_BYTES);
		call->delivered = true;
		call->options.on_message(call->options.arg, call, message);
	}
	buf_consume(&call->reply, at);
	call->scanned -= at;
	stream_credit_large(call);
}

static void deliver_end(struct call *call)
{
	struct call_result result = {
	    .code = call->error.code,
	    .error = call->error.code == GRPC_OK ? NULL : &call->error,
	    .elapsed_ns = clock_ns() - call->started_ns,
	    .attempts = call->attempts,
	};
	if (result.code == GRPC_OK && call->options.on_message == NULL)
		result.message = frame_at(call, 0);
	if (result.code != GRPC_OK && call->has_status && call->details_len > 0)
		result.details = slice_of(call->texts.ptr + call->details_at, call->details_len);
	if (call->options.on_done != NULL)
		call->options.on_done(call->options.arg, &result);
}

void calls_deliver(struct channel *c)
{
	struct call *call;
	while ((call = c->readable.head) != NULL) {
		call_set_readable(call, false);
		c->delivering = call;
		deliver_messages(call);
		c->delivering = NULL;
		if (call->cancelled)
			call_release(call);
	}
	while ((call = c->ended.head) != NULL) {
		c->delivering = call;
		if (call->options.on_message != NULL)
			deliver_messages(call);
		if (!call->cancelled)
			deliver_end(call);
		c->delivering = NULL;
		call_release(call);
	}
}
