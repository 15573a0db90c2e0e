#include "base/limits.h"
#include "txn/store_memory_internal.h"

/* Everything here runs under the arena's guard and holds nothing else. */

static bool read_record(const struct tenant_data *t, struct store_read *read, struct arena *a)
{
	const struct object *o = memory_object(t, read->key);
	if (o != NULL && o->kind == OBJECT_RECORD) {
		read->found = true;
		read->value = arena_slice(a, slice_of(o->is.record.bytes, o->is.record.len));
		return true;
	}
	if (read->pack_key.len == 0)
		return true;
	o = memory_object(t, read->pack_key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_PACK)
		return false;
	const struct named *n = memory_map_get(&o->is.pack, read->pack_field);
	if (n != NULL) {
		read->found = read->packed = true;
		read->value = arena_slice(a, memory_named_value(n));
	}
	return true;
}

static struct index_place start_of(const struct memory_index *x, const struct store_read *read)
{
	if (read->reverse) {
		if (read->after.len > 0 && read->after_score <= read->max)
			return memory_index_at_entry(x, read->after_score, read->after, false);
		return memory_index_behind_score(x, read->max);
	}
	if (read->after.len > 0 && read->after_score >= read->min)
		return memory_index_at_entry(x, read->after_score, read->after, true);
	return memory_index_at_score(x, read->min);
}

static void take_range(const struct memory_index *x, struct store_read *read, struct arena *a)
{
	struct index_place p = start_of(x, read);
	size_t room = memory_index_size(x) < read->limit ? memory_index_size(x) : read->limit;
	read->entries = arena_array(a, room, sizeof(*read->entries));
	while (read->n_entries < room) {
		const struct index_entry *e = read->reverse ? memory_index_previous(x, &p) : memory_index_next(x, &p);
		if (e == NULL || e->score > read->max || e->score < read->min)
			break;
		read->entries[read->n_entries++] =
		    (struct store_entry){.member = arena_slice(a, memory_index_member(e)), .score = e->score};
	}
}

static bool read_range(const struct tenant_data *t, struct store_read *read, struct arena *a)
{
	const struct object *o = memory_object(t, read->key);
	if (read->limit == 0 || o == NULL)
		return true;
	if (o->kind != OBJECT_INDEX)
		return false;
	take_range(&o->is.index, read, a);
	return true;
}

static bool read_count(const struct tenant_data *t, struct store_read *read)
{
	const struct object *o = memory_object(t, read->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_INDEX)
		return false;
	read->number = (int64_t)memory_index_between(&o->is.index, memory_index_at_score(&o->is.index, read->min),
						     memory_index_behind_score(&o->is.index, read->max));
	return true;
}

static void take_log(const struct memory_log *l, struct store_read *read, struct arena *a, struct log_id after)
{
	bool cursor = read->after.len > 0;
	size_t first = l->first, end = l->end;
	if (cursor && read->reverse)
		end = memory_log_at(l, after);
	else if (cursor)
		first = memory_log_behind(l, after);
	size_t n = end - first < read->limit ? end - first : read->limit;
	read->entries = arena_array(a, n, sizeof(*read->entries));
	for (size_t i = 0; i < n; i++) {
		const struct log_entry *e = l->entries[read->reverse ? end - 1 - i : first + i];
		char text[LOG_ID_BYTES];
		read->entries[i].member = arena_slice(a, slice_of(text, log_id_format(e->id, text)));
		read->entries[i].value = arena_slice(a, log_entry_value(e));
	}
	read->n_entries = n;
}

static bool read_log(const struct tenant_data *t, struct store_read *read, struct arena *a)
{
	struct log_id after = LOG_ID_FIRST;
	if (read->limit == 0)
		return true;
	if (read->after.len > 0 && !log_id_parse(read->after, &after))
		return false;
	const struct object *o = memory_object(t, read->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_LOG)
		return false;
	take_log(&o->is.log, read, a, after);
	return true;
}

static bool read_counter(const struct tenant_data *t, struct store_read *read)
{
	const struct object *o = memory_object(t, read->key);
	if (o == NULL)
		return true;
	if (o->kind != OBJECT_COUNTER)
		return false;
	read->number = o->is.counter;
	return true;
}

static enum store_verdict read_one(const struct tenant_data *t, struct store_read *read, struct arena *a)
{
	bool ok = false;
	if ((read->kind == STORE_RANGE || read->kind == STORE_LOG) && read->limit > LIMIT_READ_ENTRIES)
		return STORE_TOO_LARGE;
	switch (read->kind) {
	case STORE_GET:
		ok = read_record(t, read, a);
		break;
	case STORE_RANGE:
		ok = read_range(t, read, a);
		break;
	case STORE_COUNT:
		ok = read_count(t, read);
		break;
	case STORE_LOG:
		ok = read_log(t, read, a);
		break;
	case STORE_COUNTER:
		ok = read_counter(t, read);
		break;
	}
	return ok ? STORE_OK : STORE_CORRUPT;
}

static enum store_verdict read_all(const struct tenant_data *t, struct store_load *load)
{
	jmp_buf guard, *outer = load->arena->guard;
	if (!ARENA_GUARD(load->arena, &guard)) {
		load->arena->guard = outer;
		return STORE_TOO_LARGE;
	}
	enum store_verdict verdict = STORE_OK;
	for (size_t i = 0; i < load->n && verdict == STORE_OK; i++)
		verdict = read_one(t, &load->reads[i], load->arena);
	load->arena->guard = outer;
	return verdict;
}

void memory_load(struct store *store, struct store_load *load)
{
	struct store_memory *s = store_memory_of(store);
	s->base.loads++;
	for (size_t i = 0; i < load->n; i++) {
		struct store_read *read = &load->reads[i];
		read->found = read->packed = false;
		read->value = SLICE_NONE;
		read->number = 0;
		read->entries = NULL;
		read->n_entries = 0;
	}
	load->done(load, s->unavailable ? STORE_UNAVAILABLE : read_all(memory_tenant(s, load->tenant), load));
}
