#include "txn/roster_load.h"

#include <stdlib.h>

#include "txn/envelope.h"
#include "txn/txn_internal.h"

enum { PAGE = 500, ARENA_BYTES = 64 * 1024 * 1024 };

struct roster_load {
	struct store *store;
	const char *tenant;
	struct roster *roster;
	void (*done)(void *arg, enum err err);
	void *arg;
	bool cancelled;
	struct arena arena; /* of the present page */
	struct arena next;  /* where the following page starts */
	struct store_load load;
	struct store_read list;
	struct store_read *records; /* a member and a load each; NULL while listing */
};

static void answered(struct store_load *load, enum store_verdict verdict);

static void finish(struct roster_load *l, enum err err)
{
	if (!l->cancelled)
		l->done(l->arg, err);
	arena_free(&l->arena);
	arena_free(&l->next);
	free(l);
}

static void ask(struct roster_load *l, struct store_read *reads, size_t n)
{
	l->load = (struct store_load){
	    .tenant = slice_str(l->tenant), .reads = reads, .n = n, .arena = &l->arena, .done = answered, .arg = l};
	l->store->ops->load(l->store, &l->load);
}

static void ask_list(struct roster_load *l)
{
	struct slice after = SLICE_NONE;
	if (l->records != NULL) {
		arena_reset(&l->next);
		after = arena_slice(&l->next, l->list.entries[l->list.n_entries - 1].member);
	}
	arena_reset(&l->arena);
	l->records = NULL;
	l->list = (struct store_read){
	    .kind = STORE_RANGE, .key = SLICE(INDEX_MEMBERS), .min = 0, .max = 0, .after = after, .limit = PAGE};
	ask(l, &l->list, 1);
}

static void ask_records(struct roster_load *l)
{
	size_t n = l->list.n_entries;
	l->records = arena_array(&l->arena, 2 * n, sizeof(*l->records));
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_string(&l->arena, l->list.entries[i].member);
		l->records[2 * i] = (struct store_read){.kind = STORE_GET, .key = txn_key(&l->arena, KIND_MEMBER, id)};
		l->records[2 * i + 1] =
		    (struct store_read){.kind = STORE_GET, .key = txn_key(&l->arena, KIND_LOAD, id)};
	}
	ask(l, l->records, 2 * n);
}

static void take_records(struct roster_load *l)
{
	for (size_t i = 0; i < l->load.n; i++) {
		const struct store_read *read = &l->records[i];
		const char *id = arena_string(&l->arena, l->list.entries[i / 2].member);
		uint64_t version;
		struct slice body;
		if (!read->found || envelope_open(read->value, &version, &body) != OK)
			continue;
		if (i % 2 == 0)
			roster_put_member(l->roster, id, body);
		else
			roster_put_load(l->roster, id, body);
	}
}

static void answered(struct store_load *load, enum store_verdict verdict)
{
	struct roster_load *l = load->arg;
	if (l->cancelled || verdict != STORE_OK) {
		finish(l, verdict == STORE_TOO_LARGE ? ERR_TOO_LARGE : ERR_UNAVAILABLE);
		return;
	}
	if (l->records != NULL)
		take_records(l);
	if (l->records == NULL && l->list.n_entries > 0)
		ask_records(l);
	else if (l->records != NULL && l->list.n_entries == PAGE)
		ask_list(l);
	else
		finish(l, OK);
}

void roster_load_start(struct store *store, const char *tenant, struct roster *roster, struct roster_load **handle,
		       void (*done)(void *arg, enum err err), void *arg)
{
	struct roster_load *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		done(arg, ERR_UNAVAILABLE);
		return;
	}
	*l = (struct roster_load){.store = store, .tenant = tenant, .roster = roster, .done = done, .arg = arg};
	arena_init(&l->arena, ARENA_BYTES);
	arena_init(&l->next, ARENA_BYTES);
	*handle = l;
	ask_list(l);
}

void roster_load_cancel(struct roster_load *l)
{
	if (l != NULL)
		l->cancelled = true;
}
