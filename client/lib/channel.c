#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_MAX_MS = 5000, MAX_CONNECTIONS = 20000 };

uint64_t clock_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t channel_random(struct channel *c, uint64_t below)
{
	/* splitmix64: only to spread retries */
	uint64_t z = c->rng += 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % below;
}

void channel_settle_soon(struct channel *c)
{
	event_active(&c->settle, EV_TIMEOUT, 0);
}

void channel_mark_dirty(struct conn *conn)
{
	struct channel *c = conn->channel;
	if (!conn->dirty) {
		conn->dirty = true;
		conn->next_dirty = c->dirty;
		c->dirty = conn;
	}
	channel_settle_soon(c);
}

/* --- connections come and go --- */

static void unlink_conn(struct conn **list, const struct conn *conn)
{
	while (*list != NULL && *list != conn)
		list = &(*list)->next;
	if (*list != NULL)
		*list = conn->next;
}

static void leave_slot(struct conn *conn)
{
	struct channel *c = conn->channel;
	if (c->slots[conn->slot] == conn)
		c->slots[conn->slot] = NULL;
}

void channel_conn_ready(struct conn *conn)
{
	conn->channel->connecting--;
	conn->channel->stats.connects++;
	conn->channel->stats.ready++;
	channel_settle_soon(conn->channel);
}

void channel_conn_draining(struct conn *conn)
{
	struct channel *c = conn->channel;
	if (conn->phase != CONN_READY)
		return;
	conn->phase = CONN_DRAINING;
	c->stats.ready--;
	leave_slot(conn);
	conn->next = c->draining;
	c->draining = conn;
	channel_mark_dirty(conn);
}

/* No connection of the round came up: that was an attempt of all that wait. */
static void round_failed(struct channel *c, const struct rpc_error *error, bool permanent)
{
	for (struct call *call = c->waiting.head, *next; call != NULL; call = next) {
		next = call->next;
		call_not_connected(call, error, permanent);
	}
}

static void backoff(struct channel *c)
{
	unsigned doublings = c->failures > 8 ? 8 : c->failures;
	uint64_t ms = (uint64_t)BACKOFF_FIRST_MS << doublings;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	ms = ms / 2 + channel_random(c, ms - ms / 2 + 1);
	c->failures++;
	struct timeval wait = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000) * 1000};
	c->backoff_on = event_add(&c->backoff, &wait) == 0;
}

/* A connection could not be made; when it was the last one of the round, the round is judged. */
static void not_connected(struct channel *c, const struct rpc_error *error, bool permanent)
{
	if (!c->backoff_on)
		backoff(c);
	if (c->connecting == 0 && c->stats.ready == 0)
		round_failed(c, error, permanent);
}

void channel_conn_dead(struct conn *conn)
{
	struct channel *c = conn->channel;
	bool was_up = conn->phase == CONN_READY || conn->phase == CONN_DRAINING;
	bool greeted = conn->greeted;
	if (conn->phase == CONN_READY)
		c->stats.ready--;
	if (conn->phase == CONN_DRAINING)
		unlink_conn(&c->draining, conn);
	if (was_up && conn->in_flight > 0)
		c->stats.lost++;
	conn->phase = CONN_DEAD;
	leave_slot(conn);
	conn->next = c->dead;
	c->dead = conn;
	for (struct call *call; (call = conn->calls.head) != NULL;)
		call_conn_lost(call);
	/* Those with messages to deliver are in the channel's list. */
	for (struct call *call = c->readable.head, *next; call != NULL; call = next) {
		next = call->next;
		if (call->conn == conn)
			call_conn_lost(call);
	}
	if (!was_up) {
		c->connecting--;
		not_connected(c, &conn->error, conn->permanent);
		channel_settle_soon(c);
		return;
	}
	/* It took the connection and dropped it: that is no server that is up. */
	if (!greeted && !c->backoff_on)
		backoff(c);
	/* TLS 1.3 refuses a certificate after the handshake, maybe before any call was given to the connection. */
	if (conn->permanent && c->stats.ready == 0)
		round_failed(c, &conn->error, true);
	channel_settle_soon(c);
}

/* --- rounds --- */

static void on_backoff(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct channel *c = arg;
	c->backoff_on = false;
	channel_settle_soon(c);
}

static void open_missing(struct channel *c)
{
	for (unsigned i = 0; i < c->n_slots && !c->backoff_on; i++) {
		if (c->slots[i] == NULL && conn_open(c, i) == NULL) {
			struct rpc_error error;
			rpc_error_local(&error, ERR_INTERNAL, "out of memory");
			not_connected(c, &error, false);
		}
	}
}

static void on_resolved(void *arg, struct addrinfo *list, int gai_error)
{
	struct channel *c = arg;
	struct rpc_error error;
	c->resolve = NULL;
	if (list == NULL) {
		rpc_error_both(&error, ERR_UNAVAILABLE, "无法解析主机名 %s（%s）", "the name %s can't be resolved (%s)",
			       c->target.host, gai_strerror(gai_error));
		not_connected(c, &error, gai_error == EAI_NONAME);
		channel_settle_soon(c);
		return;
	}
	c->addresses = list;
	open_missing(c);
}

static bool slot_missing(const struct channel *c)
{
	for (unsigned i = 0; i < c->n_slots; i++) {
		if (c->slots[i] == NULL)
			return true;
	}
	return false;
}

/* Names may move: they are looked up for each round, and none starts while another is under way. */
static void start_round(struct channel *c)
{
	if (c->resolve != NULL || c->backoff_on || c->connecting > 0 || !slot_missing(c))
		return;
	if (c->addresses != NULL)
		freeaddrinfo(c->addresses);
	c->addresses = NULL;
	c->resolve = resolve_start(c->base, c->target.host, c->target.port, c->target.literal, on_resolved, c);
	if (c->resolve == NULL) {
		struct rpc_error error;
		rpc_error_local(&error, ERR_INTERNAL, "out of memory");
		not_connected(c, &error, false);
	}
}

/* --- the turn --- */

static struct conn *pick(struct channel *c)
{
	for (unsigned i = 0; i < c->n_slots; i++) {
		struct conn *conn = c->slots[c->next_slot];
		c->next_slot = c->next_slot + 1 == c->n_slots ? 0 : c->next_slot + 1;
		if (conn != NULL && conn_has_room(conn))
			return conn;
	}
	return NULL;
}

static void give_out(struct channel *c)
{
	struct call *call;
	while ((call = c->waiting.head) != NULL) {
		struct conn *conn = pick(c);
		if (conn == NULL)
			break;
		/* Out of stream ids, or of memory: another connection is wanted. */
		if (stream_submit(conn, call) != 0)
			channel_conn_draining(conn);
	}
	if (c->stats.in_flight > 0)
		c->wanted = true;
	if (c->wanted)
		start_round(c);
	/* One that is lost while nothing is asked of it need not come back at once. */
	if (c->stats.in_flight == 0 && c->stats.ready > 0)
		c->wanted = false;
}

static void flush_dirty(struct channel *c)
{
	struct conn *conn;
	while ((conn = c->dirty) != NULL) {
		c->dirty = conn->next_dirty;
		conn->dirty = false;
		conn_flush(conn);
		if (conn->phase == CONN_DRAINING && conn->in_flight == 0) {
			rpc_error_local(&conn->error, ERR_UNAVAILABLE, "drained");
			conn_fail(conn, false);
		}
	}
}

static void bury(struct channel *c)
{
	struct conn *conn;
	while ((conn = c->dead) != NULL) {
		c->dead = conn->next;
		conn_destroy(conn);
	}
}

static void on_settle(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct channel *c = arg;
	calls_deliver(c);
	give_out(c);
	flush_dirty(c);
	bury(c);
}

/* --- open and close --- */

static int set_up_http2(struct channel *c)
{
	if (stream_callbacks(&c->callbacks) != 0 || nghttp2_option_new(&c->option) != 0)
		return -1;
	/* Windows open as the reader reads (stream.c). */
	nghttp2_option_set_no_auto_window_update(c->option, 1);
	return 0;
}

/* A key with a newline would otherwise fail every call with an error about headers. */
static enum err check_word(const char *word, const char *field, struct fault *fault)
{
	for (const char *w = word == NULL ? "" : word; *w != '\0'; w++) {
		if (*w <= ' ' || *w > '~')
			return fault_set(fault, ERR_FIELD_INVALID, field,
					 "it has a space or a character that can't be in it");
	}
	return OK;
}

static int set_up_strings(struct channel *c, const struct channel_options *o)
{
	c->agent = strdup(o->agent == NULL ? "paidan/" PAIDAN_VERSION : o->agent);
	if (c->agent == NULL)
		return -1;
	if (o->tenant != NULL && *o->tenant != '\0' && (c->tenant = strdup(o->tenant)) == NULL)
		return -1;
	/* A trace that is none costs nobody a call. */
	struct fault fault;
	if (o->trace != NULL && *o->trace != '\0' && check_word(o->trace, "traceparent", &fault) == OK &&
	    (c->trace = strdup(o->trace)) == NULL)
		return -1;
	if (o->key == NULL || *o->key == '\0')
		return 0;
	return asprintf(&c->authorization, "Bearer %s", o->key) < 0 ? -1 : 0;
}

struct channel *channel_open(const struct channel_options *o, struct rpc_error *error)
{
	struct fault fault = {0};
	struct channel *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		rpc_error_local(error, ERR_INTERNAL, "out of memory");
		return NULL;
	}
	c->base = o->base;
	event_assign(&c->settle, c->base, -1, 0, on_settle, c);
	event_assign(&c->backoff, c->base, -1, 0, on_backoff, c);
	c->n_slots = o->connections == 0 ? 1 : o->connections > MAX_CONNECTIONS ? MAX_CONNECTIONS : o->connections;
	c->connect_timeout_ms = o->connect_timeout_ms == 0 ? 10000 : o->connect_timeout_ms;
	c->max_reply_bytes = o->max_reply_bytes == 0 ? 16 * 1024 * 1024 : o->max_reply_bytes;
	if (target_parse(&c->target, o->url, &fault) != OK || check_word(o->key, "key", &fault) != OK ||
	    check_word(o->tenant, "tenant", &fault) != OK) {
		rpc_error_local(error, fault.err, "%s", fault.detail);
		snprintf(error->field, sizeof(error->field), "%s", fault.field);
		channel_close(c);
		return NULL;
	}
	c->slots = calloc(c->n_slots, sizeof(*c->slots));
	if (c->slots == NULL || set_up_http2(c) != 0 || set_up_strings(c, o) != 0 ||
	    getrandom(&c->rng, sizeof(c->rng), 0) != sizeof(c->rng)) {
		rpc_error_local(error, ERR_INTERNAL, "out of memory");
		channel_close(c);
		return NULL;
	}
	const struct tls_files files = {o->ca_file, o->cert_file, o->cert_key_file};
	if (c->target.tls && (c->tls = tls_open(&files, error)) == NULL) {
		channel_close(c);
		return NULL;
	}
	return c;
}

static void destroy_calls(struct call_list *list)
{
	struct call *call;
	while ((call = list->head) != NULL) {
		list->head = call->next;
		if (call->phase == CALL_SENT)
			stream_reset(call);
		call_destroy(call);
	}
	list->tail = NULL;
}

/* Says goodbye; what does not leave at once does not leave. */
static void close_conn(struct channel *c, unsigned slot)
{
	struct conn *conn = c->slots[slot];
	if (conn == NULL)
		return;
	destroy_calls(&conn->calls);
	if (conn->phase == CONN_READY) {
		nghttp2_session_terminate_session(conn->session, NGHTTP2_NO_ERROR);
		conn_flush(conn);
	}
	/* The flush may have found it dead: then it is in that list. */
	if (c->slots[slot] == conn)
		conn_destroy(conn);
}

void channel_close(struct channel *c)
{
	if (c == NULL)
		return;
	destroy_calls(&c->waiting);
	destroy_calls(&c->paused);
	destroy_calls(&c->readable);
	destroy_calls(&c->ended);
	destroy_calls(&c->unstarted);
	destroy_calls(&c->pool);
	for (unsigned i = 0; c->slots != NULL && i < c->n_slots; i++)
		close_conn(c, i);
	for (struct conn *conn = c->draining, *next; conn != NULL; conn = next) {
		next = conn->next;
		destroy_calls(&conn->calls);
		conn_destroy(conn);
	}
	bury(c);
	resolve_cancel(c->resolve);
	if (c->addresses != NULL)
		freeaddrinfo(c->addresses);
	event_del(&c->backoff);
	event_del(&c->settle);
	tls_close(c->tls);
	nghttp2_session_callbacks_del(c->callbacks);
	nghttp2_option_del(c->option);
	if (c->authorization != NULL)
		explicit_bzero(c->authorization, strlen(c->authorization));
	free(c->authorization);
	free(c->agent);
	free(c->tenant);
	free(c->trace);
	free(c->slots);
	free(c);
}

void channel_connect(struct channel *c)
{
	c->wanted = true;
	channel_settle_soon(c);
}

const struct channel_stats *channel_stats(const struct channel *c)
{
	return &c->stats;
}

bool channel_server_time(const struct channel *c, int64_t *server_s, int64_t *local_ms)
{
	struct tm tm = {0};
	if (c->date[0] == '\0' || strptime(c->date, "%a, %d %b %Y %H:%M:%S GMT", &tm) == NULL)
		return false;
	*server_s = timegm(&tm);
	*local_ms = c->date_local_ms;
	return true;
}
