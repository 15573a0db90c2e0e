#include "txn/store_memory.h"

#include <stdlib.h>

#include "txn/store_memory_internal.h"

/* --- the small operations --- */

static void memory_reserve(struct store *store, struct slice tenant, struct slice key, uint32_t n,
			   void (*done)(void *arg, uint64_t first), void *arg)
{
	struct store_memory *s = store_memory_of(store);
	struct tenant_data *t = memory_tenant(s, tenant);
	int64_t end, first = 0;
	if (n == 0 || s->unavailable) {
		done(arg, 0);
		return;
	}
	struct object *o = memory_object(t, key);
	if (o == NULL)
		o = memory_object_new(t, key, OBJECT_COUNTER);
	if (o->kind == OBJECT_COUNTER && !__builtin_add_overflow(o->is.counter, (int64_t)n, &end)) {
		first = o->is.counter + 1;
		o->is.counter = end;
	}
	done(arg, first > 0 ? (uint64_t)first : 0);
}

static void memory_lease(struct store *store, struct slice tenant, struct slice key, struct slice owner,
			 uint32_t ttl_ms, void (*done)(void *arg, bool held), void *arg)
{
	struct store_memory *s = store_memory_of(store);
	struct memory_map *leases = &memory_tenant(s, tenant)->leases;
	const struct named *lease = memory_map_get(leases, key);
	int64_t now_ms = s->config.now_ms(s->config.arg);
	bool taken = lease != NULL && lease->until_ms > now_ms && !slice_eq(memory_named_value(lease), owner);
	bool held = !s->unavailable && ttl_ms > 0 && !taken;
	if (held)
		memory_name(leases, key, owner)->until_ms = now_ms + ttl_ms;
	done(arg, held);
}

static void memory_add_tenant(struct store *store, struct slice tenant, void (*done)(void *arg, bool ok), void *arg)
{
	struct store_memory *s = store_memory_of(store);
	if (!s->unavailable)
		memory_name(&s->listed, tenant, SLICE_NONE);
	done(arg, !s->unavailable);
}

static void memory_list_tenants(struct store *store, void (*fn)(void *arg, struct slice tenant, bool ok), void *arg)
{
	struct store_memory *s = store_memory_of(store);
	size_t n = s->unavailable ? 0 : s->listed.n;
	/* A copy, for fn may add tenants. */
	void **sorted = memory_map_sorted(&s->listed);
	for (size_t i = 0; i < n; i++) {
		const struct named *name = sorted[i];
		fn(arg, slice_of(name->name, name->name_len), true);
	}
	free(sorted);
	fn(arg, SLICE_NONE, !s->unavailable);
}

/* --- followed logs --- */

static bool deliver_next(struct store_follower *f)
{
	const struct object *o = memory_object(f->tenant, slice_of(f->key, f->key_len));
	if (o == NULL || o->kind != OBJECT_LOG || f->gone)
		return false;
	size_t at = memory_log_behind(&o->is.log, f->last);
	if (at == o->is.log.end)
		return false;
	/* A copy, for fn may commit and trim the log. */
	const struct log_entry *e = o->is.log.entries[at];
	struct log_entry *copy = memory_alloc(sizeof(*copy) + e->len);
	memcpy(copy, e, sizeof(*copy) + e->len);
	char text[LOG_ID_BYTES];
	f->last = copy->id;
	f->fn(f->arg, slice_of(text, log_id_format(copy->id, text)), log_entry_value(copy));
	free(copy);
	return true;
}

static void sweep(struct store_memory *s)
{
	for (struct store_follower **at = &s->followers; *at != NULL;) {
		struct store_follower *f = *at;
		if (!f->gone) {
			at = &f->next;
			continue;
		}
		*at = f->next;
		free(f);
	}
}

void memory_deliver(struct store_memory *s)
{
	/* A commit made by a follower is delivered by the loop that called it. */
	if (s->delivering || !s->appended)
		return;
	s->delivering = true;
	while (s->appended) {
		s->appended = false;
		for (struct store_follower *f = s->followers; f != NULL; f = f->next) {
			while (deliver_next(f))
				continue;
		}
	}
	s->delivering = false;
	sweep(s);
}

static struct store_follower *memory_follow(struct store *store, struct slice tenant, struct slice key,
					    struct slice after, store_follow_fn *fn, void *arg)
{
	struct store_memory *s = store_memory_of(store);
	struct tenant_data *t = memory_tenant(s, tenant);
	const struct object *o = memory_object(t, key);
	struct log_id last = LOG_ID_FIRST;
	if (slice_eq(after, SLICE("$")))
		last = o != NULL && o->kind == OBJECT_LOG ? o->is.log.last : LOG_ID_FIRST;
	else if (after.len > 0 && !log_id_parse(after, &last))
		return NULL;
	struct store_follower *f = memory_alloc(sizeof(*f) + key.len);
	*f = (struct store_follower){.store = s, .tenant = t, .fn = fn, .arg = arg, .last = last, .key_len = key.len};
	memcpy(f->key, key.ptr, key.len);
	struct store_follower **tail = &s->followers;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = f;
	s->appended = true;
	memory_deliver(s);
	return f;
}

static void memory_unfollow(struct store_follower *f)
{
	if (f == NULL)
		return;
	f->gone = true;
	if (!f->store->delivering)
		sweep(f->store);
}

/* --- life --- */

static bool memory_ready(const struct store *store)
{
	return !((const struct store_memory *)store)->unavailable;
}

static void memory_destroy(struct store *store)
{
	if (store == NULL)
		return;
	struct store_memory *s = store_memory_of(store);
	for (struct store_follower *f = s->followers; f != NULL; f = f->next)
		f->gone = true;
	sweep(s);
	memory_tenants_finish(s);
	free(s->faults);
	free(s);
}

/* There are no files. */
static void memory_compact(struct store *store, bool begin, void (*done)(void *arg, enum store_compaction state),
			   void *arg)
{
	(void)store;
	(void)begin;
	done(arg, STORE_COMPACT_DONE);
}

static const struct store_ops memory_ops = {
    .load = memory_load,
    .commit = memory_commit,
    .reserve = memory_reserve,
    .follow = memory_follow,
    .unfollow = memory_unfollow,
    .lease = memory_lease,
    .add_tenant = memory_add_tenant,
    .list_tenants = memory_list_tenants,
    .compact = memory_compact,
    .ready = memory_ready,
    .destroy = memory_destroy,
};

struct store *store_memory_new(const struct store_memory_config *config)
{
	struct store_memory *s = memory_alloc(sizeof(*s));
	*s = (struct store_memory){.base.ops = &memory_ops, .config = *config};
	return &s->base;
}

void store_memory_set_available(struct store *store, bool available)
{
	store_memory_of(store)->unavailable = !available;
}

/* --- dump --- */

typedef void row_fn(void *arg, const struct store_row *row);

static void dump_index(const struct object *o, struct slice key, row_fn *fn, void *arg)
{
	struct index_place p = {0, 0};
	const struct index_entry *e;
	while ((e = memory_index_next(&o->is.index, &p)) != NULL)
		fn(arg, &(struct store_row){STORE_ROW_INDEX, key, memory_index_member(e), e->score, SLICE_NONE});
}

static void dump_log(const struct object *o, struct slice key, row_fn *fn, void *arg)
{
	for (size_t i = o->is.log.first; i < o->is.log.end; i++) {
		const struct log_entry *e = o->is.log.entries[i];
		char text[LOG_ID_BYTES];
		struct slice id = slice_of(text, log_id_format(e->id, text));
		fn(arg, &(struct store_row){STORE_ROW_LOG, key, id, 0, log_entry_value(e)});
	}
}

static void dump_pack(const struct object *o, struct slice key, row_fn *fn, void *arg)
{
	void **sorted = memory_map_sorted(&o->is.pack);
	for (size_t i = 0; i < o->is.pack.n; i++) {
		const struct named *n = sorted[i];
		struct slice field = slice_of(n->name, n->name_len);
		fn(arg, &(struct store_row){STORE_ROW_PACK, key, field, 0, memory_named_value(n)});
	}
	free(sorted);
}

static void dump_object(const struct object *o, row_fn *fn, void *arg)
{
	struct slice key = slice_of(o->key, o->key_len);
	switch (o->kind) {
	case OBJECT_RECORD:
		fn(arg, &(struct store_row){STORE_ROW_RECORD, key, SLICE_NONE, 0,
					    slice_of(o->is.record.bytes, o->is.record.len)});
		return;
	case OBJECT_COUNTER:
		fn(arg, &(struct store_row){STORE_ROW_COUNTER, key, SLICE_NONE, o->is.counter, SLICE_NONE});
		return;
	case OBJECT_INDEX:
		dump_index(o, key, fn, arg);
		return;
	case OBJECT_LOG:
		dump_log(o, key, fn, arg);
		return;
	case OBJECT_PACK:
		dump_pack(o, key, fn, arg);
		return;
	}
}

void store_memory_dump(struct store *store, struct slice tenant, row_fn *fn, void *arg)
{
	const struct tenant_data *t = memory_tenant(store_memory_of(store), tenant);
	void **sorted = memory_map_sorted(&t->objects);
	size_t n = t->objects.n;
	for (size_t i = 0; i < n; i++)
		dump_object(sorted[i], fn, arg);
	free(sorted);
}
