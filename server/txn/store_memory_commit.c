#include <stdlib.h>

#include "base/limits.h"
#include "txn/store_memory_internal.h"

/* --- checking --- */

/* Bytes 1..8 of a record; 0 when they are missing. */
static uint64_t version_of(struct slice record)
{
	uint64_t version = 0;
	if (record.len < 9)
		return 0;
	for (size_t i = 1; i < 9; i++)
		version = version << 8 | record.ptr[i];
	return version;
}

static bool guard_holds(const struct tenant_data *t, const struct store_guard *g)
{
	const struct object *o = memory_object(t, g->pack_key.len > 0 ? g->pack_key : g->key);
	uint64_t version = 0;
	if (o != NULL && o->kind == OBJECT_RECORD && g->pack_key.len == 0) {
		version = version_of(slice_of(o->is.record.bytes, o->is.record.len));
	} else if (o != NULL && o->kind == OBJECT_PACK && g->pack_key.len > 0) {
		const struct named *n = memory_map_get(&o->is.pack, g->pack_field);
		version = n == NULL ? 0 : version_of(memory_named_value(n));
	}
	return version == g->version;
}

static const struct named *find_claim(const struct tenant_data *t, struct slice bucket, struct slice field)
{
	const struct object *o = bucket.len == 0 ? NULL : memory_object(t, bucket);
	return o == NULL || o->kind != OBJECT_PACK ? NULL : memory_map_get(&o->is.pack, field);
}

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

static enum store_verdict check(const struct tenant_data *t, struct store_commit *commit)
{
	const struct named *claim = NULL;
	if (commit->claim_field.len > 0) {
		claim = find_claim(t, commit->claim_old_key, commit->claim_field);
		if (claim == NULL)
			claim = find_claim(t, commit->claim_key, commit->claim_field);
	}
	if (claim != NULL)
		return take_repeated(commit, memory_named_value(claim)) ? STORE_REPEATED : STORE_TOO_LARGE;
	for (size_t i = 0; i < commit->n_guards; i++) {
		if (!guard_holds(t, &commit->guards[i]))
			return STORE_STALE;
	}
	return STORE_OK;
}

/* --- writing --- */

/* The object at the key, made when it is missing; NULL when it is of another kind. */
static struct object *object_of(struct tenant_data *t, struct slice key, enum object_kind kind)
{
	struct object *o = memory_object(t, key);
	if (o == NULL)
		return memory_object_new(t, key, kind);
	return o->kind == kind ? o : NULL;
}

static bool put(struct tenant_data *t, const struct store_write *w)
{
	struct object *o = object_of(t, w->key, OBJECT_RECORD);
	if (o == NULL)
		return false;
	if (o->is.record.bytes == NULL || o->is.record.len != w->value.len)
		o->is.record.bytes = memory_realloc(o->is.record.bytes, w->value.len);
	o->is.record.len = w->value.len;
	if (w->value.len > 0)
		memcpy(o->is.record.bytes, w->value.ptr, w->value.len);
	return true;
}

static bool pack(struct tenant_data *t, struct slice key, struct slice field, struct slice value)
{
	struct object *o = object_of(t, key, OBJECT_PACK);
	if (o != NULL)
		memory_name(&o->is.pack, field, value);
	return o != NULL;
}

static bool unpack(struct tenant_data *t, const struct store_write *w)
{
	struct object *o = memory_object(t, w->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_PACK)
		return false;
	memory_unname(&o->is.pack, w->field);
	if (o->is.pack.n == 0)
		memory_object_drop(t, w->key);
	return true;
}

static bool put_index(struct tenant_data *t, const struct store_write *w)
{
	struct object *o = object_of(t, w->key, OBJECT_INDEX);
	if (o != NULL)
		memory_index_put(&o->is.index, w->field, w->score);
	return o != NULL;
}

static bool unindex(struct tenant_data *t, const struct store_write *w)
{
	struct object *o = memory_object(t, w->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_INDEX)
		return false;
	memory_index_remove(&o->is.index, w->field);
	if (memory_index_size(&o->is.index) == 0)
		memory_object_drop(t, w->key);
	return true;
}

static bool increment(struct tenant_data *t, const struct store_write *w)
{
	struct object *o = object_of(t, w->key, OBJECT_COUNTER);
	return o != NULL && !__builtin_add_overflow(o->is.counter, w->score, &o->is.counter);
}

static bool tally(struct tenant_data *t, const struct store_write *w)
{
	int64_t sum;
	struct object *o = object_of(t, w->key, OBJECT_INDEX);
	if (o == NULL || __builtin_add_overflow(memory_index_score(&o->is.index, w->field), w->score, &sum))
		return false;
	memory_index_put(&o->is.index, w->field, sum);
	return true;
}

static bool append(struct store_memory *s, struct tenant_data *t, struct store_commit *commit,
		   const struct store_write *w)
{
	struct object *o = object_of(t, w->key, OBJECT_LOG);
	if (o == NULL)
		return false;
	struct log_id id = memory_log_append(&o->is.log, w->value, s->config.now_ms(s->config.arg));
	log_id_format(id, commit->log_id);
	s->appended = true;
	return true;
}

static bool trim(struct tenant_data *t, const struct store_write *w)
{
	struct log_id id;
	struct object *o = memory_object(t, w->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_LOG || !log_id_parse(w->field, &id))
		return false;
	memory_log_trim(&o->is.log, id);
	return true;
}

static bool apply(struct store_memory *s, struct tenant_data *t, struct store_commit *commit,
		  const struct store_write *w)
{
	switch (w->kind) {
	case STORE_PUT:
		return put(t, w);
	case STORE_PACK:
		return pack(t, w->key, w->field, w->value);
	case STORE_UNPACK:
		return unpack(t, w);
	case STORE_DELETE:
		memory_object_drop(t, w->key);
		return true;
	case STORE_INDEX:
		return put_index(t, w);
	case STORE_UNINDEX:
		return unindex(t, w);
	case STORE_INCREMENT:
		return increment(t, w);
	case STORE_TALLY:
		return tally(t, w);
	case STORE_APPEND:
		return append(s, t, commit, w);
	case STORE_TRIM:
		return trim(t, w);
	}
	return false;
}

static bool trims_are_ids(const struct store_commit *commit)
{
	struct log_id id;
	for (size_t i = 0; i < commit->n_writes; i++) {
		if (commit->writes[i].kind == STORE_TRIM && !log_id_parse(commit->writes[i].field, &id))
			return false;
	}
	return true;
}

static enum store_verdict run(struct store_memory *s, struct store_commit *commit)
{
	struct tenant_data *t = memory_tenant(s, commit->tenant);
	if (commit->n_guards > LIMIT_COMMIT_GUARDS || commit->n_writes > LIMIT_COMMIT_WRITES)
		return STORE_TOO_LARGE;
	if (!trims_are_ids(commit))
		return STORE_CORRUPT;
	enum store_verdict verdict = check(t, commit);
	if (verdict != STORE_OK)
		return verdict;
	if (commit->claim_field.len > 0 && !pack(t, commit->claim_key, commit->claim_field, commit->claim_value))
		return STORE_CORRUPT;
	for (size_t i = 0; i < commit->n_writes; i++) {
		if (!apply(s, t, commit, &commit->writes[i]))
			return STORE_CORRUPT;
	}
	return STORE_OK;
}

/* --- faults --- */

static const struct ordered_fault *ordered(const struct store_memory *s)
{
	for (size_t i = 0; i < s->n_faults; i++) {
		if (s->faults[i].commit == s->base.commits)
			return &s->faults[i];
	}
	return NULL;
}

static enum store_verdict run_with_faults(struct store_memory *s, struct store_commit *commit)
{
	if (s->unavailable)
		return STORE_UNAVAILABLE;
	const struct ordered_fault *order = ordered(s);
	if (order == NULL)
		return run(s, commit);
	switch (order->fault) {
	case STORE_FAULT_STALE:
		return STORE_STALE;
	case STORE_FAULT_FULL:
		return STORE_FULL;
	case STORE_FAULT_UNAVAILABLE:
		return STORE_UNAVAILABLE;
	case STORE_FAULT_UNKNOWN_WRITTEN:
		run(s, commit);
		/* Nobody was told. */
		commit->repeated = SLICE_NONE;
		memset(commit->log_id, 0, sizeof(commit->log_id));
		return STORE_UNKNOWN;
	case STORE_FAULT_UNKNOWN_LOST:
		return STORE_UNKNOWN;
	}
	return STORE_UNKNOWN;
}

void memory_commit(struct store *store, struct store_commit *commit)
{
	struct store_memory *s = store_memory_of(store);
	s->base.commits++;
	commit->repeated = SLICE_NONE;
	memset(commit->log_id, 0, sizeof(commit->log_id));
	enum store_verdict verdict = run_with_faults(s, commit);
	if (verdict == STORE_STALE)
		s->base.stale++;
	commit->done(commit, verdict);
	memory_deliver(s);
}

void store_memory_inject(struct store *store, uint64_t nth, enum store_fault fault)
{
	struct store_memory *s = store_memory_of(store);
	s->faults = memory_realloc(s->faults, (s->n_faults + 1) * sizeof(*s->faults));
	s->faults[s->n_faults++] = (struct ordered_fault){s->base.commits + nth, fault};
}
