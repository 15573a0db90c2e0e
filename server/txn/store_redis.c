#include "txn/store_redis.h"

#include <stdlib.h>

#include "base/log.h"
#include "txn/store_redis_internal.h"

static const char tenants_key[] = "pd:tenants";

/* --- shared --- */

struct slice store_redis_prefix(struct store_redis *s, struct slice tenant)
{
	if (s->prefix.len > 0 && slice_eq(s->prefix_tenant, tenant))
		return buf_view(&s->prefix);
	buf_reset(&s->prefix);
	buf_str(&s->prefix, "pd:{");
	buf_slice(&s->prefix, tenant);
	buf_str(&s->prefix, "}:");
	if (s->prefix.failed) {
		/* Half a prefix would name another tenant's key. */
		buf_reset(&s->prefix);
		return SLICE_NONE;
	}
	s->prefix_tenant = slice_of(s->prefix.ptr + 4, tenant.len);
	return buf_view(&s->prefix);
}

void store_redis_key(struct store_redis *s, struct buf *out, struct slice tenant, struct slice key)
{
	struct slice prefix = store_redis_prefix(s, tenant);
	if (prefix.len == 0)
		out->failed = true;
	resp_pair(out, prefix, key);
}

static void add_stats(struct store_redis *s, const struct redis_conn *conn)
{
	const struct redis_conn_stats *stats = redis_conn_stats(conn);
	s->base.bytes_out += stats->bytes_out;
	s->base.bytes_in += stats->bytes_in;
	s->base.commands += stats->commands;
}

void store_redis_count(struct store_redis *s)
{
	s->base.bytes_out = s->base.bytes_in = s->base.commands = 0;
	add_stats(s, s->conn);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		add_stats(s, s->lanes[i].conn);
}

static void log_error_reply(const char *message, const struct redis_reply *error)
{
	char text[120];
	size_t len = error->bytes.len < sizeof(text) - 1 ? error->bytes.len : sizeof(text) - 1;
	memcpy(text, error->bytes.ptr, len);
	text[len] = '\0';
	log_error("redis", message, LOG_S("reply", text));
}

/* This is not the right server (any more): all connections look for it anew. */
static void leave(struct store_redis *s, const char *reason)
{
	redis_conn_drop(s->conn, reason);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		redis_conn_drop(s->lanes[i].conn, reason);
	if (s->hub != NULL)
		follow_hub_drop(s->hub, reason);
}

enum store_verdict store_redis_verdict(struct store_redis *s, const struct redis_reply *error)
{
	static const char *const elsewhere[] = {"READONLY", "MASTERDOWN", "MOVED", "NOAUTH", "NOPERM", "CLUSTERDOWN"};
	static const char *const later[] = {"LOADING", "NOREPLICAS", "BUSY", "TRYAGAIN", "NOSCRIPT"};
	if (redis_error_is(error, "OOM") || redis_error_is(error, "MISCONF"))
		return STORE_FULL;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		if (redis_error_is(error, later[i]))
			return STORE_UNAVAILABLE;
	}
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		if (redis_error_is(error, elsewhere[i])) {
			leave(s, elsewhere[i]);
			return STORE_UNAVAILABLE;
		}
	}
	log_error_reply("unexpected error", error);
	return STORE_CORRUPT;
}

/* --- the small operations --- */

struct small {
	void *arg;
	uint32_t n;
	union {
		void (*reserved)(void *arg, uint64_t first);
		void (*leased)(void *arg, bool held);
		void (*compacted)(void *arg, enum store_compaction state);
		void (*added)(void *arg, bool ok);
		void (*listed)(void *arg, struct slice tenant, bool ok);
	} done;
};

static struct small *new_small(void *arg)
{
	struct small *op = malloc(sizeof(*op));
	if (op != NULL)
		*op = (struct small){.arg = arg};
	return op;
}

/* The reply when there is one that is not an error. */
static const struct redis_reply *answer(struct store_redis *s, enum redis_fate fate, const struct redis_reply *reply)
{
	if (fate != REDIS_REPLIED)
		return NULL;
	if (reply->type != REDIS_ERROR)
		return reply;
	if (redis_error_is(reply, "NOSCRIPT"))
		redis_conn_load_scripts(s->conn);
	store_redis_verdict(s, reply);
	return NULL;
}

static void on_reserved(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	reply = answer(owner, fate, reply);
	int64_t first = 0;
	if (reply == NULL || reply->type != REDIS_INTEGER ||
	    __builtin_sub_overflow(reply->integer, (int64_t)op->n - 1, &first) || first < 0)
		first = 0;
	op->done.reserved(op->arg, (uint64_t)first);
	free(op);
}

static void redis_reserve(struct store *store, struct slice tenant, struct slice key, uint32_t n,
			  void (*done)(void *arg, uint64_t first), void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct small *op = n == 0 ? NULL : new_small(arg);
	if (op == NULL) {
		done(arg, 0);
		return;
	}
	op->n = n;
	op->done.reserved = done;
	redis_conn_begin(s->conn, 3);
	struct buf *out = redis_conn_out(s->conn);
	resp_str(out, "INCRBY");
	store_redis_key(s, out, tenant, key);
	resp_int(out, n);
	redis_conn_end(s->conn, on_reserved, op);
}

static void on_leased(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	reply = answer(owner, fate, reply);
	op->done.leased(op->arg, reply != NULL && reply->type == REDIS_INTEGER && reply->integer == 1);
	free(op);
}

static void redis_lease(struct store *store, struct slice tenant, struct slice key, struct slice owner, uint32_t ttl_ms,
			void (*done)(void *arg, bool held), void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct small *op = ttl_ms == 0 ? NULL : new_small(arg);
	if (op == NULL) {
		done(arg, false);
		return;
	}
	op->done.leased = done;
	redis_conn_begin(s->conn, 6);
	struct buf *out = redis_conn_out(s->conn);
	resp_str(out, "EVALSHA");
	resp_str(out, script_lease_sha1);
	resp_str(out, "1");
	store_redis_key(s, out, tenant, key);
	resp_arg(out, owner);
	resp_int(out, ttl_ms);
	redis_conn_end(s->conn, on_leased, op);
}

static void on_added(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	op->done.added(op->arg, answer(owner, fate, reply) != NULL);
	free(op);
}

static void redis_add_tenant(struct store *store, struct slice tenant, void (*done)(void *arg, bool ok), void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct small *op = new_small(arg);
	if (op == NULL) {
		done(arg, false);
		return;
	}
	op->done.added = done;
	redis_conn_begin(s->conn, 4);
	struct buf *out = redis_conn_out(s->conn);
	resp_str(out, "ZADD");
	resp_str(out, tenants_key);
	resp_str(out, "0");
	resp_arg(out, tenant);
	redis_conn_end(s->conn, on_added, op);
}

static void on_listed(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	reply = answer(owner, fate, reply);
	for (size_t i = 0; reply != NULL && reply->type == REDIS_ARRAY && i < reply->n; i++)
		op->done.listed(op->arg, reply->elements[i].bytes, true);
	op->done.listed(op->arg, SLICE_NONE, reply != NULL && reply->type == REDIS_ARRAY);
	free(op);
}

static void redis_list_tenants(struct store *store, void (*fn)(void *arg, struct slice tenant, bool ok), void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct small *op = new_small(arg);
	if (op == NULL) {
		fn(arg, SLICE_NONE, false);
		return;
	}
	op->done.listed = fn;
	redis_conn_begin(s->conn, 4);
	struct buf *out = redis_conn_out(s->conn);
	resp_str(out, "ZRANGE");
	resp_str(out, tenants_key);
	resp_str(out, "0");
	resp_str(out, "-1");
	redis_conn_end(s->conn, on_listed, op);
}

/* --- files --- */

static bool says(const struct redis_reply *info, const char *line)
{
	return memmem(info->bytes.ptr, info->bytes.len, line, strlen(line)) != NULL;
}

/* Of INFO persistence. A server without an append-only file keeps nothing that was overwritten. */
static enum store_compaction compaction(const struct redis_reply *info)
{
	if (info == NULL || info->type != REDIS_STRING)
		return STORE_COMPACT_FAILED;
	if (says(info, "aof_rewrite_in_progress:1") || says(info, "aof_rewrite_scheduled:1"))
		return STORE_COMPACTING;
	return says(info, "aof_enabled:0") || says(info, "aof_last_bgrewrite_status:ok") ? STORE_COMPACT_DONE
											 : STORE_COMPACT_FAILED;
}

static void on_compact_asked(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	op->done.compacted(op->arg, compaction(answer(owner, fate, reply)));
	free(op);
}

static void on_compact_begun(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct small *op = arg;
	op->done.compacted(op->arg, answer(owner, fate, reply) != NULL ? STORE_COMPACTING : STORE_COMPACT_FAILED);
	free(op);
}

static void redis_compact(struct store *store, bool begin, void (*done)(void *arg, enum store_compaction state),
			  void *arg)
{
	struct store_redis *s = store_redis_of(store);
	struct small *op = new_small(arg);
	if (op == NULL) {
		done(arg, STORE_COMPACT_FAILED);
		return;
	}
	op->done.compacted = done;
	redis_conn_begin(s->conn, begin ? 1 : 2);
	struct buf *out = redis_conn_out(s->conn);
	resp_str(out, begin ? "BGREWRITEAOF" : "INFO");
	if (!begin)
		resp_str(out, "persistence");
	redis_conn_end(s->conn, begin ? on_compact_begun : on_compact_asked, op);
}

/* --- life --- */

static bool redis_ready(const struct store *store)
{
	const struct store_redis *s = (const struct store_redis *)store;
	bool lane = false;
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		lane = lane || redis_conn_ready(s->lanes[i].conn);
	return lane && redis_conn_ready(s->conn);
}

static void look_ready(struct store_redis *s)
{
	bool ready = redis_ready(&s->base);
	if (ready == s->was_ready)
		return;
	s->was_ready = ready;
	if (ready && s->hub != NULL)
		follow_hub_ready(s->hub);
	if (s->on_ready != NULL)
		s->on_ready(s->on_ready_arg, ready);
}

static void on_changed(void *owner, bool ready)
{
	(void)ready;
	look_ready(owner);
}

static void on_lane_changed(void *owner, bool ready)
{
	(void)ready;
	look_ready(((struct lane *)owner)->store);
}

static void on_lane_flushing(void *owner)
{
	store_redis_ask_replicas(owner);
}

static void redis_destroy(struct store *store)
{
	if (store == NULL)
		return;
	struct store_redis *s = store_redis_of(store);
	s->on_ready = NULL;
	/* All connections end before any of them is freed: whoever is told now that it failed may still
	 * ask whether the store is ready, or commit. */
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		redis_conn_close(s->lanes[i].conn);
	redis_conn_close(s->conn);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++) {
		store_redis_lane_finish(&s->lanes[i]);
		redis_conn_free(s->lanes[i].conn);
	}
	redis_conn_free(s->conn);
	/* The hub has waited for answers of that connection: it goes last. */
	follow_hub_free(s->hub);
	commit_plan_finish(&s->plan);
	buf_free(&s->prefix);
	free(s);
}

static const struct store_ops redis_ops = {
    .load = store_redis_load,
    .commit = store_redis_commit,
    .reserve = redis_reserve,
    .follow = store_redis_follow,
    .unfollow = store_redis_unfollow,
    .lease = redis_lease,
    .add_tenant = redis_add_tenant,
    .list_tenants = redis_list_tenants,
    .compact = redis_compact,
    .ready = redis_ready,
    .destroy = redis_destroy,
};

static const struct redis_script scripts[] = {
    {"commit", script_commit_text, script_commit_sha1},
    {"range", script_range_text, script_range_sha1},
    {"lease", script_lease_text, script_lease_sha1},
};

struct store *store_redis_new(struct event_base *base, const struct redis_config *config)
{
	struct store_redis *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->base.ops = &redis_ops;
	s->events = base;
	s->config = config;
	struct redis_conn_hooks hooks = {scripts, sizeof(scripts) / sizeof(scripts[0]), on_changed, NULL};
	s->conn = redis_conn_new(base, config, &hooks, s);
	bool ok = s->conn != NULL;
	hooks.changed = on_lane_changed;
	hooks.flushing = config->replicas > 0 ? on_lane_flushing : NULL;
	for (size_t i = 0; i < STORE_REDIS_LANES; i++) {
		s->lanes[i].store = s;
		s->lanes[i].conn = redis_conn_new(base, config, &hooks, &s->lanes[i]);
		ok = ok && s->lanes[i].conn != NULL;
	}
	if (!ok) {
		redis_destroy(&s->base);
		return NULL;
	}
	return &s->base;
}

void store_redis_on_ready(struct store *store, void (*fn)(void *arg, bool ready), void *arg)
{
	struct store_redis *s = store_redis_of(store);
	s->on_ready = fn;
	s->on_ready_arg = arg;
}
