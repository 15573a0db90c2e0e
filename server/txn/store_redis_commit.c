#include <stdlib.h>

#include "base/limits.h"
#include "txn/store_redis_internal.h"

enum { REPLICAS_TIMEOUT_MS = 1000 };

static void finish(struct store_redis *s, struct store_commit *commit, enum store_verdict verdict)
{
	if (verdict == STORE_STALE)
		s->base.stale++;
	commit->done(commit, verdict);
}

/* --- replicas --- */

static void settle(struct lane *lane, bool confirmed)
{
	/* done may commit again, which only adds behind; take what is there now. */
	struct awaiting *list = lane->awaiting;
	size_t n = lane->n_awaiting;
	lane->awaiting = NULL;
	lane->n_awaiting = lane->awaiting_room = 0;
	for (size_t i = 0; i < n; i++)
		finish(lane->store, list[i].commit, confirmed ? list[i].verdict : STORE_UNKNOWN);
	free(list);
}

void store_redis_lane_finish(struct lane *lane)
{
	settle(lane, false);
	free(lane->awaiting);
}

/* Answers come in order: whatever awaits now was sent before this WAIT. */
static void on_waited(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)arg;
	struct lane *lane = owner;
	settle(lane, fate == REDIS_REPLIED && reply->type == REDIS_INTEGER &&
			 reply->integer >= lane->store->config->replicas);
}

void store_redis_ask_replicas(struct lane *lane)
{
	const struct redis_config *config = lane->store->config;
	if (!lane->unasked)
		return;
	lane->unasked = false;
	redis_conn_begin(lane->conn, 3);
	struct buf *out = redis_conn_out(lane->conn);
	resp_str(out, "WAIT");
	resp_int(out, config->replicas);
	resp_int(out, config->replicas_timeout_ms != 0 ? config->replicas_timeout_ms : REPLICAS_TIMEOUT_MS);
	redis_conn_end(lane->conn, on_waited, NULL);
}

static void await_replicas(struct lane *lane, struct store_commit *commit, enum store_verdict verdict)
{
	if (lane->n_awaiting == lane->awaiting_room) {
		size_t room = lane->awaiting_room == 0 ? 64 : lane->awaiting_room * 2;
		struct awaiting *grown = realloc(lane->awaiting, room * sizeof(*grown));
		if (grown == NULL) {
			finish(lane->store, commit, STORE_UNKNOWN);
			return;
		}
		lane->awaiting = grown;
		lane->awaiting_room = room;
	}
	lane->awaiting[lane->n_awaiting++] = (struct awaiting){commit, verdict};
	/* A WAIT that found the pipeline full is made up for. */
	store_redis_ask_replicas(lane);
}

/* A repeated claim may be of a commit whose replicas never confirmed: it waits like a new one. */
static void written(struct lane *lane, struct store_commit *commit, enum store_verdict verdict)
{
	if (lane->store->config->replicas > 0)
		await_replicas(lane, commit, verdict);
	else
		finish(lane->store, commit, verdict);
}

/* --- commits --- */

static void send_commit(struct lane *lane, struct store_commit *commit, redis_reply_fn *fn);

static bool take_repeated(struct store_commit *commit, struct slice value)
{
	jmp_buf guard, *outer = commit->arena->guard;
	if (!ARENA_GUARD(commit->arena, &guard)) {
		commit->arena->guard = outer;
		return false;
	}
	commit->repeated = arena_slice(commit->arena, value);
	commit->arena->guard = outer;
	return true;
}

static void take_reply(struct lane *lane, struct store_commit *commit, const struct redis_reply *reply)
{
	struct store_redis *s = lane->store;
	switch (reply->type) {
	case REDIS_INTEGER:
		if (reply->integer == 0)
			finish(s, commit, STORE_STALE);
		else
			written(lane, commit, STORE_OK);
		return;
	case REDIS_STRING:
		if (reply->bytes.len < sizeof(commit->log_id))
			memcpy(commit->log_id, reply->bytes.ptr, reply->bytes.len);
		written(lane, commit, STORE_OK);
		return;
	case REDIS_ARRAY:
		if (reply->n == 1 && take_repeated(commit, reply->elements[0].bytes))
			written(lane, commit, STORE_REPEATED);
		else
			finish(s, commit, STORE_TOO_LARGE);
		return;
	case REDIS_ERROR:
		finish(s, commit, store_redis_verdict(s, reply));
		return;
	case REDIS_NIL:
	case REDIS_STATUS:
		finish(s, commit, STORE_CORRUPT);
		return;
	}
}

static void take(struct lane *lane, struct store_commit *commit, enum redis_fate fate, const struct redis_reply *reply)
{
	store_redis_count(lane->store);
	switch (fate) {
	case REDIS_REPLIED:
		take_reply(lane, commit, reply);
		return;
	case REDIS_NOT_SENT:
		finish(lane->store, commit, STORE_UNAVAILABLE);
		return;
	case REDIS_LOST:
		finish(lane->store, commit, STORE_UNKNOWN);
		return;
	}
}

static void on_committed_again(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	take(owner, arg, fate, reply);
}

static void on_committed(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct lane *lane = owner;
	if (fate == REDIS_REPLIED && redis_error_is(reply, "NOSCRIPT")) {
		/* Someone flushed the scripts; it was not executed. */
		redis_conn_load_scripts(lane->conn);
		send_commit(lane, arg, on_committed_again);
		return;
	}
	take(lane, arg, fate, reply);
}

static void send_commit(struct lane *lane, struct store_commit *commit, redis_reply_fn *fn)
{
	struct store_redis *s = lane->store;
	if (!commit_plan_make(&s->plan, commit)) {
		finish(s, commit, STORE_UNAVAILABLE);
		return;
	}
	if (s->plan.malformed) {
		finish(s, commit, STORE_CORRUPT);
		return;
	}
	redis_conn_begin(lane->conn, 2 + commit_plan_args(&s->plan));
	struct buf *out = redis_conn_out(lane->conn);
	resp_str(out, "EVALSHA");
	resp_arg(out, slice_of(script_commit_sha1, 40));
	struct slice prefix = store_redis_prefix(s, commit->tenant);
	if (prefix.len == 0)
		out->failed = true;
	commit_plan_write(&s->plan, prefix, out);
	lane->unasked = s->config->replicas > 0;
	redis_conn_end(lane->conn, fn, commit);
}

struct lane *store_redis_lane(struct store_redis *s)
{
	struct lane *best = NULL;
	size_t best_bytes = SIZE_MAX;
	for (size_t i = 0; i < STORE_REDIS_LANES; i++) {
		struct lane *lane = &s->lanes[i];
		size_t bytes = redis_conn_in_flight_bytes(lane->conn);
		if (!redis_conn_ready(lane->conn) || bytes >= best_bytes)
			continue;
		best = lane;
		best_bytes = bytes;
		if (bytes < STORE_REDIS_LANE_BYTES)
			break;
	}
	return best;
}

void store_redis_commit(struct store *store, struct store_commit *commit)
{
	struct store_redis *s = store_redis_of(store);
	s->base.commits++;
	commit->repeated = SLICE_NONE;
	memset(commit->log_id, 0, sizeof(commit->log_id));
	if (commit->n_guards > LIMIT_COMMIT_GUARDS || commit->n_writes > LIMIT_COMMIT_WRITES) {
		finish(s, commit, STORE_TOO_LARGE);
		return;
	}
	struct lane *lane = store_redis_lane(s);
	if (lane == NULL)
		finish(s, commit, STORE_UNAVAILABLE);
	else
		send_commit(lane, commit, on_committed);
}
