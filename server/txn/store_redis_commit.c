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

static void settle(struct store_redis *s, bool confirmed)
{
	/* done may commit again, which only adds behind; take what is there now. */
	struct awaiting *list = s->awaiting;
	size_t n = s->n_awaiting;
	s->awaiting = NULL;
	s->n_awaiting = s->awaiting_room = 0;
	for (size_t i = 0; i < n; i++)
		finish(s, list[i].commit, confirmed ? list[i].verdict : STORE_UNKNOWN);
	free(list);
}

void store_redis_commits_finish(struct store_redis *s)
{
	settle(s, false);
}

/* Answers come in order: whatever awaits now was sent before this WAIT. */
static void on_waited(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	(void)arg;
	struct store_redis *s = owner;
	settle(s, fate == REDIS_REPLIED && reply->type == REDIS_INTEGER && reply->integer >= s->config->replicas);
}

void store_redis_ask_replicas(struct store_redis *s)
{
	if (!s->commits_unasked)
		return;
	uint32_t timeout_ms = s->config->replicas_timeout_ms;
	s->commits_unasked = false;
	redis_conn_begin(s->commit_conn, 3);
	struct buf *out = redis_conn_out(s->commit_conn);
	resp_str(out, "WAIT");
	resp_int(out, s->config->replicas);
	resp_int(out, timeout_ms != 0 ? timeout_ms : REPLICAS_TIMEOUT_MS);
	redis_conn_end(s->commit_conn, on_waited, NULL);
}

static void await_replicas(struct store_redis *s, struct store_commit *commit, enum store_verdict verdict)
{
	if (s->n_awaiting == s->awaiting_room) {
		size_t room = s->awaiting_room == 0 ? 64 : s->awaiting_room * 2;
		struct awaiting *grown = realloc(s->awaiting, room * sizeof(*grown));
		if (grown == NULL) {
			finish(s, commit, STORE_UNKNOWN);
			return;
		}
		s->awaiting = grown;
		s->awaiting_room = room;
	}
	s->awaiting[s->n_awaiting++] = (struct awaiting){commit, verdict};
	/* A WAIT that found the pipeline full is made up for. */
	store_redis_ask_replicas(s);
}

/* A repeated claim may be of a commit whose replicas never confirmed: it waits like a new one. */
static void written(struct store_redis *s, struct store_commit *commit, enum store_verdict verdict)
{
	if (s->config->replicas > 0)
		await_replicas(s, commit, verdict);
	else
		finish(s, commit, verdict);
}

/* --- commits --- */

static void send_commit(struct store_redis *s, struct store_commit *commit, redis_reply_fn *fn);

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

static void take_reply(struct store_redis *s, struct store_commit *commit, const struct redis_reply *reply)
{
	switch (reply->type) {
	case REDIS_INTEGER:
		if (reply->integer == 0)
			finish(s, commit, STORE_STALE);
		else
			written(s, commit, STORE_OK);
		return;
	case REDIS_STRING:
		if (reply->bytes.len < sizeof(commit->log_id))
			memcpy(commit->log_id, reply->bytes.ptr, reply->bytes.len);
		written(s, commit, STORE_OK);
		return;
	case REDIS_ARRAY:
		if (reply->n == 1 && take_repeated(commit, reply->elements[0].bytes))
			written(s, commit, STORE_REPEATED);
		else
			finish(s, commit, STORE_TOO_LARGE);
		return;
	case REDIS_ERROR:
		finish(s, commit, store_redis_verdict(s->commit_conn, reply));
		return;
	case REDIS_NIL:
	case REDIS_STATUS:
		finish(s, commit, STORE_CORRUPT);
		return;
	}
}

static void take(struct store_redis *s, struct store_commit *commit, enum redis_fate fate,
		 const struct redis_reply *reply)
{
	store_redis_count(s);
	switch (fate) {
	case REDIS_REPLIED:
		take_reply(s, commit, reply);
		return;
	case REDIS_NOT_SENT:
		finish(s, commit, STORE_UNAVAILABLE);
		return;
	case REDIS_LOST:
		finish(s, commit, STORE_UNKNOWN);
		return;
	}
}

static void on_committed_again(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	take(owner, arg, fate, reply);
}

static void on_committed(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply)
{
	struct store_redis *s = owner;
	if (fate == REDIS_REPLIED && redis_error_is(reply, "NOSCRIPT")) {
		/* Someone flushed the scripts; it was not executed. */
		redis_conn_load_scripts(s->commit_conn);
		send_commit(s, arg, on_committed_again);
		return;
	}
	take(s, arg, fate, reply);
}

static void send_commit(struct store_redis *s, struct store_commit *commit, redis_reply_fn *fn)
{
	if (!commit_plan_make(&s->plan, commit)) {
		finish(s, commit, STORE_UNAVAILABLE);
		return;
	}
	if (s->plan.malformed) {
		finish(s, commit, STORE_CORRUPT);
		return;
	}
	redis_conn_begin(s->commit_conn, 2 + commit_plan_args(&s->plan));
	struct buf *out = redis_conn_out(s->commit_conn);
	resp_str(out, "EVALSHA");
	resp_arg(out, slice_of(script_commit_sha1, 40));
	struct slice prefix = store_redis_prefix(s, commit->tenant);
	if (prefix.len == 0)
		out->failed = true;
	commit_plan_write(&s->plan, prefix, out);
	s->commits_unasked = s->config->replicas > 0;
	redis_conn_end(s->commit_conn, fn, commit);
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
	if (!redis_conn_ready(s->commit_conn)) {
		finish(s, commit, STORE_UNAVAILABLE);
		return;
	}
	send_commit(s, commit, on_committed);
}
