#include "job/sweep.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

enum { ARENA_BYTES = 1024 * 1024, REWRAPS = 128, WIPES = 8, TRIMS = 64 };

void sweep_init(struct sweep *s, struct exec *exec, struct store *store, const struct exec_env *env, const char *tenant,
		void (*idle)(void *arg), void *arg)
{
	*s = (struct sweep){.exec = exec, .store = store, .env = env, .tenant = tenant, .idle = idle, .arg = arg};
	arena_init(&s->arena, ARENA_BYTES);
}

void sweep_finish(struct sweep *s)
{
	arena_free(&s->arena);
}

bool sweep_quiet(const struct sweep *s)
{
	return !s->reading && !s->asking && s->in_flight == 0;
}

/* --- one transaction for one person --- */

struct sweep_call {
	struct sweep *sweep;
	struct exec_tick tick;
	char id[SWEEP_ID_BYTES];
};

static void ticked(void *arg, const struct exec_result *result)
{
	struct sweep_call *call = arg;
	struct sweep *s = call->sweep;
	(void)result; /* what failed is still in its index */
	free(call);
	s->in_flight--;
	s->idle(s->arg);
}

static void tick(struct sweep *s, const struct method *method, struct slice id)
{
	struct sweep_call *call = id.len < SWEEP_ID_BYTES ? malloc(sizeof(*call)) : NULL;
	if (call == NULL)
		return;
	*call = (struct sweep_call){.sweep = s};
	memcpy(call->id, id.ptr, id.len);
	call->tick.order_id = call->id;
	struct exec_request request = {.method = method, .request = &call->tick, .done = ticked, .arg = call};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = slice_str(s->tenant);
	s->in_flight++;
	exec_call(s->exec, &request);
}

/* --- compaction --- */

static void compacted(void *arg, enum store_compaction state)
{
	struct sweep *s = arg;
	switch (state) {
	case STORE_COMPACTING:
		break;
	case STORE_COMPACT_DONE:
		s->compacting = false;
		for (size_t i = 0; i < s->n_shredding; i++)
			tick(s, &job_note_shredded, slice_str(s->shredding[i]));
		break;
	case STORE_COMPACT_FAILED:
		s->compacting = false; /* the keys are still in the index: again in a while */
		break;
	}
	s->asking = false;
	s->idle(s->arg);
}

/* Only keys that were seen destroyed before it began are surely not in what it writes. */
static void compact(struct sweep *s, const struct store_read *shreds)
{
	int64_t now_ms = s->env->now_ms(s->env->arg);
	bool begin = !s->compacting;
	if (begin && (shreds->n_entries == 0 || now_ms < s->compact_due_ms))
		return;
	if (begin) {
		s->compact_due_ms = now_ms + LIMIT_COMPACT_EVERY_MS;
		s->n_shredding = 0;
		for (size_t i = 0; i < shreds->n_entries; i++) {
			struct slice id = shreds->entries[i].member;
			if (id.len < SWEEP_ID_BYTES)
				snprintf(s->shredding[s->n_shredding++], SWEEP_ID_BYTES, "%.*s", SLICE_FMT(id));
		}
	}
	s->compacting = s->asking = true;
	s->store->ops->compact(s->store, begin, compacted, s);
}

/* --- looking --- */

static void looked(struct store_load *load, enum store_verdict verdict)
{
	static const struct method *const methods[SWEEP_READS] = {
	    [SWEEP_REWRAP] = &job_rewrap_key, [SWEEP_WIPE] = &job_wipe_orders, [SWEEP_TRIM] = &job_trim_access};
	struct sweep *s = load->arg;
	if (verdict == STORE_OK) {
		s->keys_left = (uint64_t)s->reads[SWEEP_LEFT].number;
		for (size_t r = 0; r < SWEEP_READS; r++) {
			for (size_t i = 0; methods[r] != NULL && i < s->reads[r].n_entries; i++)
				tick(s, methods[r], s->reads[r].entries[i].member);
		}
		compact(s, &s->reads[SWEEP_SHRED]);
	}
	s->reading = false;
	s->idle(s->arg);
}

static struct store_read range(struct slice index, int64_t min, int64_t max, uint32_t limit)
{
	return (struct store_read){.kind = STORE_RANGE, .key = index, .min = min, .max = max, .limit = limit};
}

void sweep_poll(struct sweep *s)
{
	int64_t now_ms = s->env->now_ms(s->env->arg);
	int64_t old = (int64_t)exec_newest_key(s->exec) - 1;
	if (!sweep_quiet(s) || now_ms < s->due_ms)
		return;
	s->due_ms = now_ms + SWEEP_MS;
	arena_reset(&s->arena);
	s->reads[SWEEP_REWRAP] = range(SLICE(INDEX_PERSON_KEYS), 1, old, REWRAPS);
	s->reads[SWEEP_WIPE] = range(SLICE(INDEX_WIPES), 0, now_ms, WIPES);
	s->reads[SWEEP_TRIM] = range(SLICE(INDEX_ACCESS_DUE), 0, now_ms, TRIMS);
	s->reads[SWEEP_SHRED] = range(SLICE(INDEX_SHREDS), 0, INDEX_TIME_MAX_MS, SWEEP_SHREDS);
	s->reads[SWEEP_LEFT] =
	    (struct store_read){.kind = STORE_COUNT, .key = SLICE(INDEX_PERSON_KEYS), .min = 1, .max = old};
	s->load = (struct store_load){.tenant = slice_str(s->tenant),
				      .reads = s->reads,
				      .n = SWEEP_READS,
				      .arena = &s->arena,
				      .done = looked,
				      .arg = s};
	s->reading = true;
	s->store->ops->load(s->store, &s->load);
}
