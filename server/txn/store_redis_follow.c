#include <event2/event.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "txn/store_log_id.h"
#include "txn/store_redis_internal.h"

/*
 * All followed logs of the process share one connection and one blocking XREAD. A stream is a followed
 * log with the position up to which it was read; every follower has its own position, so that one that
 * starts further back gets what it missed without the others seeing it twice.
 */
enum {
	BLOCK_MS = 2000,
	/* After entries have come the next XREAD waits this long: waking a reader for every single
	 * commit would cost Redis more than the commits. */
	GATHER_MS = 4,
	/* Between tries to wake an XREAD that has not begun to block yet. */
	WAKE_AGAIN_MS = 5,
	AFTER_ERROR_MS = 500,
	/* Entries of all logs together in one answer, which must fit LIMIT_REDIS_REPLY_BYTES. */
	ANSWER_ENTRIES = 4096,
};

struct stream;

struct store_follower {
	struct store_follower *next;
	struct stream *stream;
	store_follow_fn *fn;
	void *arg;
	struct log_id last;
	bool at_end; /* follows from the end on, which is not known yet */
	bool asking; /* for the end */
	bool gone;
};

struct stream {
	struct stream *next;
	struct follow_hub *hub;
	struct store_follower *followers;
	struct slice key; /* with the prefix; behind the struct */
	uint8_t bytes[];
};

struct follow_hub {
	struct store_redis *store;
	struct redis_config config; /* the store's, with time to block */
	struct redis_conn *conn;
	struct event *timer;
	struct stream *streams;
	int64_t client_id;
	bool reading;
	bool stale; /* what is being read does not cover a new follower */
	bool delivering;
	bool sweep; /* followers have gone */
};

static void hub_read(struct follow_hub *hub);

static void arm(struct follow_hub *hub, long ms)
{
	struct timeval tv = {0, ms * 1000};
	event_add(hub->timer, &tv);
}

/* --- positions --- */

/* Where to read the stream from; false while nobody's position is known. */
static bool position(const struct stream *stream, struct log_id *from)
{
	bool known = false;
	for (const struct store_follower *f = stream->followers; f != NULL; f = f->next) {
		if (f->gone || f->at_end)
			continue;
		if (!known || log_id_cmp(f->last, *from) < 0)
			*from = f->last;
		known = true;
	}
	return known;
}

static void sweep(struct follow_hub *hub)
{
	if (!hub->sweep || hub->delivering)
		return;
	hub->sweep = false;
	for (struct stream **at = &hub->streams; *at != NULL;) {
		struct stream *stream = *at;
		for (struct store_follower **f = &stream->followers; *f != NULL;) {
			struct store_follower *gone = *f;
			/* One that asks for the end is kept until the answer comes. */
			if (!gone->gone || gone->asking) {
				f = &gone->next;
				continue;
			}
			*f = gone->next;
			free(gone);
		}
		if (stream->followers != NULL) {
			at = &stream->next;
			continue;
		}
		*at = stream->next;
		free(stream);
	}
}

/* --- waking the blocked XREAD for a new follower --- */

static void on_woken(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	struct follow_hub *hub = arg;
	/* 0: it is not blocked, perhaps not yet. An error (an ACL without client|unblock): it ends by
	 * itself after BLOCK_MS. */
	if (hub->stale && fate == REDIS_REPLIED && reply->type == REDIS_INTEGER && reply->integer == 0)
		arm(hub, WAKE_AGAIN_MS);
}

static void wake(struct follow_hub *hub)
{
	if (hub->client_id == 0)
		return;
	redis_conn_begin(hub->store->conn, 3);
	struct buf *out = redis_conn_out(hub->store->conn);
	resp_str(out, "CLIENT");
	resp_str(out, "UNBLOCK");
	resp_int(out, hub->client_id);
	redis_conn_end(hub->store->conn, on_woken, hub);
}

static void go_on(struct follow_hub *hub)
{
	if (!hub->reading) {
		hub_read(hub);
	} else if (!hub->stale) {
		hub->stale = true;
		wake(hub);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	struct follow_hub *hub = arg;
	if (!hub->reading)
		hub_read(hub);
	else if (hub->stale)
		wake(hub);
}

/* --- delivering --- */

static void deliver_entry(struct stream *stream, struct slice id_text, struct slice value)
{
	struct log_id id;
	if (!log_id_parse(id_text, &id))
		return;
	for (struct store_follower *f = stream->followers; f != NULL; f = f->next) {
		if (f->gone || f->at_end || log_id_cmp(id, f->last) <= 0)
			continue;
		f->last = id;
		f->fn(f->arg, id_text, value);
	}
}

static void deliver_stream(struct follow_hub *hub, const struct redis_reply *reply)
{
	if (reply->type != REDIS_ARRAY || reply->n != 2)
		return;
	struct stream *stream = hub->streams;
	while (stream != NULL && !slice_eq(stream->key, reply->elements[0].bytes))
		stream = stream->next;
	if (stream == NULL)
		return;
	const struct redis_reply *entries = &reply->elements[1];
	for (size_t i = 0; i < entries->n; i++) {
		const struct redis_reply *entry = &entries->elements[i];
		if (entry->n == 2 && entry->elements[1].n >= 2)
			deliver_entry(stream, entry->elements[0].bytes, entry->elements[1].elements[1].bytes);
	}
}

static void on_read(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)arg;
	struct follow_hub *hub = owner;
	hub->reading = false;
	hub->stale = false;
	if (fate != REDIS_REPLIED)
		return; /* goes on when the connection is ready again */
	if (reply->type == REDIS_ERROR) {
		store_redis_verdict(hub->store, reply);
		arm(hub, AFTER_ERROR_MS);
		return;
	}
	hub->delivering = true;
	for (size_t i = 0; reply->type == REDIS_ARRAY && i < reply->n; i++)
		deliver_stream(hub, &reply->elements[i]);
	hub->delivering = false;
	sweep(hub);
	if (reply->type == REDIS_ARRAY)
		arm(hub, GATHER_MS);
	else
		hub_read(hub);
}

static int64_t entries_of_each(size_t n)
{
	size_t each = ANSWER_ENTRIES / n;
	if (each > LIMIT_FOLLOW_ENTRIES)
		return LIMIT_FOLLOW_ENTRIES;
	return each > 0 ? (int64_t)each : 1;
}

static void hub_read(struct follow_hub *hub)
{
	struct log_id from;
	size_t n = 0;
	if (hub->reading || hub->delivering || !redis_conn_ready(hub->conn))
		return;
	for (const struct stream *s = hub->streams; s != NULL; s = s->next)
		n += position(s, &from);
	if (n == 0)
		return;
	hub->reading = true;
	event_del(hub->timer);
	redis_conn_begin(hub->conn, 6 + 2 * n);
	struct buf *out = redis_conn_out(hub->conn);
	resp_str(out, "XREAD");
	resp_str(out, "COUNT");
	resp_int(out, entries_of_each(n));
	resp_str(out, "BLOCK");
	resp_int(out, BLOCK_MS);
	resp_str(out, "STREAMS");
	for (const struct stream *s = hub->streams; s != NULL; s = s->next) {
		if (position(s, &from))
			resp_arg(out, s->key);
	}
	for (const struct stream *s = hub->streams; s != NULL; s = s->next) {
		char text[LOG_ID_BYTES];
		if (position(s, &from))
			resp_arg(out, slice_of(text, log_id_format(from, text)));
	}
	redis_conn_end(hub->conn, on_read, NULL);
}

/* --- the end of a log --- */

static void on_end(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)owner;
	struct store_follower *f = arg;
	struct follow_hub *hub = f->stream->hub;
	f->asking = false;
	if (f->gone) {
		sweep(hub);
		return;
	}
	/* Not answered: asked again when the connection is ready. */
	if (fate != REDIS_REPLIED || reply->type != REDIS_ARRAY)
		return;
	f->at_end = false;
	f->last = LOG_ID_FIRST;
	if (reply->n > 0 && reply->elements[0].n > 0)
		log_id_parse(reply->elements[0].elements[0].bytes, &f->last);
	go_on(hub);
}

static void ask_end(struct store_follower *f)
{
	struct redis_conn *conn = f->stream->hub->store->conn;
	f->asking = true;
	redis_conn_begin(conn, 6);
	struct buf *out = redis_conn_out(conn);
	resp_str(out, "XREVRANGE");
	resp_arg(out, f->stream->key);
	resp_str(out, "+");
	resp_str(out, "-");
	resp_str(out, "COUNT");
	resp_str(out, "1");
	redis_conn_end(conn, on_end, f);
}

void follow_hub_ready(struct follow_hub *hub)
{
	for (struct stream *s = hub->streams; s != NULL; s = s->next) {
		for (struct store_follower *f = s->followers; f != NULL; f = f->next) {
			if (f->at_end && !f->asking && !f->gone)
				ask_end(f);
		}
	}
}

/* --- life --- */

static void on_client_id(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)arg;
	struct follow_hub *hub = owner;
	hub->client_id = fate == REDIS_REPLIED && reply->type == REDIS_INTEGER ? reply->integer : 0;
}

static void on_changed(void *owner, bool ready)
{
	struct follow_hub *hub = owner;
	hub->client_id = 0;
	if (!ready)
		return;
	redis_conn_begin(hub->conn, 2);
	resp_str(redis_conn_out(hub->conn), "CLIENT");
	resp_str(redis_conn_out(hub->conn), "ID");
	redis_conn_end(hub->conn, on_client_id, NULL);
	hub_read(hub);
}

static struct follow_hub *hub_new(struct store_redis *s)
{
	struct follow_hub *hub = calloc(1, sizeof(*hub));
	if (hub == NULL)
		return NULL;
	hub->store = s;
	hub->config = *s->config;
	if (hub->config.command_timeout_ms == 0)
		hub->config.command_timeout_ms = LIMIT_REDIS_COMMAND_MS;
	hub->config.command_timeout_ms += BLOCK_MS;
	struct redis_conn_hooks hooks = {NULL, 0, on_changed, NULL};
	hub->timer = event_new(s->events, -1, 0, on_timer, hub);
	hub->conn = hub->timer == NULL ? NULL : redis_conn_new(s->events, &hub->config, &hooks, hub);
	if (hub->conn == NULL) {
		follow_hub_free(hub);
		return NULL;
	}
	return hub;
}

void follow_hub_drop(struct follow_hub *hub, const char *reason)
{
	redis_conn_drop(hub->conn, reason);
}

void follow_hub_free(struct follow_hub *hub)
{
	if (hub == NULL)
		return;
	redis_conn_free(hub->conn);
	if (hub->timer != NULL)
		event_free(hub->timer);
	while (hub->streams != NULL) {
		struct stream *stream = hub->streams;
		hub->streams = stream->next;
		while (stream->followers != NULL) {
			struct store_follower *f = stream->followers;
			stream->followers = f->next;
			free(f);
		}
		free(stream);
	}
	free(hub);
}

static struct stream *stream_of(struct follow_hub *hub, struct slice prefix, struct slice key)
{
	struct stream **at = &hub->streams;
	for (; *at != NULL; at = &(*at)->next) {
		struct slice k = (*at)->key;
		if (slice_starts(k, prefix) && slice_eq(slice_from(k, prefix.len), key))
			return *at;
	}
	struct stream *stream = calloc(1, sizeof(*stream) + prefix.len + key.len);
	if (stream == NULL)
		return NULL;
	memcpy(stream->bytes, prefix.ptr, prefix.len);
	memcpy(stream->bytes + prefix.len, key.ptr, key.len);
	stream->key = slice_of(stream->bytes, prefix.len + key.len);
	stream->hub = hub;
	*at = stream;
	return stream;
}

struct store_follower *store_redis_follow(struct store *store, struct slice tenant, struct slice key,
					  struct slice after, store_follow_fn *fn, void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct log_id last = LOG_ID_FIRST;
	bool at_end = slice_eq(after, SLICE("$"));
	if (!at_end && after.len > 0 && !log_id_parse(after, &last))
		return NULL;
	if (s->hub == NULL)
		s->hub = hub_new(s);
	struct slice prefix = store_redis_prefix(s, tenant);
	struct store_follower *f = s->hub == NULL || prefix.len == 0 ? NULL : calloc(1, sizeof(*f));
	struct stream *stream = f == NULL ? NULL : stream_of(s->hub, prefix, key);
	if (stream == NULL) {
		free(f);
		return NULL;
	}
	*f = (struct store_follower){.stream = stream, .fn = fn, .arg = arg, .last = last, .at_end = at_end};
	/* At the end of the list: whoever walks it in a callback comes by. */
	struct store_follower **tail = &stream->followers;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = f;
	if (at_end)
		ask_end(f);
	else
		go_on(s->hub);
	return f;
}

void store_redis_unfollow(struct store_follower *f)
{
	if (f == NULL)
		return;
	f->gone = true;
	f->stream->hub->sweep = true;
	sweep(f->stream->hub);
}
