#include "txn/config_load.h"

#include <stdlib.h>

#include "base/limits.h"
#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/txn_internal.h"

enum {
	CONFIG_ARENA_BYTES = 512 * 1024 * 1024,
	MAX_RECORDS = LIMIT_ORG_NODES + LIMIT_CATEGORIES + LIMIT_API_KEYS + 2 * LIMIT_REVOKED + LIMIT_ISSUERS +
		      LIMIT_CLIENT_CERTS + 2,
	MAX_TRIES = 8,
};

enum step { STEP_END, STEP_LIST, STEP_RECORDS, STEP_CHECK };

struct config_load {
	struct store *store;
	struct slice tenant;
	void (*done)(void *arg, enum err err, struct snapshot *snapshot);
	void *arg;
	bool cancelled;
	enum step step;
	unsigned tries;
	struct snapshot *snapshot;
	struct store_load load;
	struct store_read end;     /* of the event log */
	struct store_read list[2]; /* tenant record, index of configuration records */
	uint64_t version;
	struct config_parts parts;
};

static void finish(struct config_load *l, enum err err)
{
	struct snapshot *snapshot = l->snapshot;
	void (*done)(void *, enum err, struct snapshot *) = l->done;
	void *arg = l->arg;
	bool cancelled = l->cancelled;
	free((void *)(uintptr_t)l->tenant.ptr);
	free(l);
	if (err != OK || cancelled) {
		snapshot_release(snapshot);
		snapshot = NULL;
	}
	if (snapshot != NULL)
		arena_unguard(&snapshot->arena); /* nothing is added to it any more */
	if (!cancelled)
		done(arg, err, snapshot);
}

static enum err open_record(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice bytes,
			    uint64_t *version, void **out)
{
	struct slice body;
	struct fault fault;
	ProtobufCMessage *message;
	TRY(envelope_open(bytes, version, &body));
	if (pb_decode(a, descriptor, body, &fault, &message) != OK)
		return ERR_DATA_CORRUPT;
	*out = message;
	return OK;
}

static void answered(struct store_load *load, enum store_verdict verdict);

static void ask(struct config_load *l, enum step step, struct store_read *reads, size_t n)
{
	l->step = step;
	l->load = (struct store_load){
	    .tenant = l->tenant, .reads = reads, .n = n, .arena = &l->snapshot->arena, .done = answered, .arg = l};
	l->store->ops->load(l->store, &l->load);
}

static void ask_end(struct config_load *l)
{
	l->end = (struct store_read){.kind = STORE_LOG, .key = SLICE(LOG_EVENTS), .reverse = true, .limit = 1};
	ask(l, STEP_END, &l->end, 1);
}

static void ask_list(struct config_load *l)
{
	struct arena *a = &l->snapshot->arena;
	jmp_buf *guard = a->guard;
	arena_free(a);
	arena_init(a, CONFIG_ARENA_BYTES);
	a->guard = guard;
	l->parts = (struct config_parts){.tenant = NULL};
	l->list[0] = (struct store_read){.kind = STORE_GET, .key = txn_key(a, KIND_TENANT, arena_string(a, l->tenant))};
	l->list[1] = (struct store_read){
	    .kind = STORE_RANGE, .key = SLICE(INDEX_CONFIG), .min = 0, .max = 0, .limit = MAX_RECORDS};
	ask(l, STEP_LIST, l->list, 2);
}

/* An empty log is followed from its first entry on. */
static enum err take_end(struct config_load *l)
{
	if (l->end.n_entries > 0) {
		struct slice id = l->end.entries[0].member;
		if (id.len >= sizeof(l->snapshot->log_end))
			return ERR_DATA_CORRUPT;
		memcpy(l->snapshot->log_end, id.ptr, id.len);
	}
	ask_list(l);
	return OK;
}

/* The list is in the arena; asks for all that it names. */
static enum err ask_records(struct config_load *l)
{
	struct arena *a = &l->snapshot->arena;
	void *tenant;
	if (!l->list[0].found)
		return ERR_NOT_FOUND;
	TRY(open_record(a, &TenantRecord_desc, l->list[0].value, &l->version, &tenant));
	l->parts.tenant = tenant;
	l->parts.version = l->version;
	size_t n = l->list[1].n_entries;
	struct store_read *reads = arena_array(a, n + 1, sizeof(*reads));
	for (size_t i = 0; i < n; i++)
		reads[i] = (struct store_read){.kind = STORE_GET, .key = l->list[1].entries[i].member};
	l->parts.nodes = arena_array(a, n + 1, sizeof(void *));
	l->parts.categories = arena_array(a, n + 1, sizeof(void *));
	l->parts.keys = arena_array(a, n + 1, sizeof(void *));
	l->parts.issuers = arena_array(a, n + 1, sizeof(void *));
	l->parts.certs = arena_array(a, n + 1, sizeof(void *));
	ask(l, STEP_RECORDS, reads, n);
	return OK;
}

static bool has_prefix(struct slice key, enum record_kind kind)
{
	size_t len = strlen(kind_info(kind)->prefix);
	return key.len > len && key.ptr[len] == ':' && memcmp(key.ptr, kind_info(kind)->prefix, len) == 0;
}

static enum err take_record(struct config_load *l, const struct store_read *read)
{
	static const enum record_kind kinds[] = {KIND_NODE,        KIND_CATEGORY,         KIND_POLICY,
						 KIND_API_KEY,     KIND_ISSUER,           KIND_TOKEN_KEYS,
						 KIND_CLIENT_CERT, KIND_TOKEN_REVOCATIONS};
	uint64_t version;
	void *record;
	if (!read->found)
		return OK; /* the version check will notice */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!has_prefix(read->key, kinds[i]))
			continue;
		TRY(open_record(&l->snapshot->arena, kind_info(kinds[i])->descriptor, read->value, &version, &record));
		if (kinds[i] == KIND_NODE)
			l->parts.nodes[l->parts.n_nodes++] = record;
		else if (kinds[i] == KIND_CATEGORY)
			l->parts.categories[l->parts.n_categories++] = record;
		else if (kinds[i] == KIND_API_KEY)
			l->parts.keys[l->parts.n_keys++] = record;
		else if (kinds[i] == KIND_ISSUER)
			l->parts.issuers[l->parts.n_issuers++] = record;
		else if (kinds[i] == KIND_CLIENT_CERT)
			l->parts.certs[l->parts.n_certs++] = record;
		else if (kinds[i] == KIND_TOKEN_KEYS)
			l->parts.token_keys = record;
		else if (kinds[i] == KIND_TOKEN_REVOCATIONS)
			l->parts.token_revocations = record;
		else
			l->parts.policy = record;
		return OK;
	}
	return ERR_DATA_CORRUPT;
}

static enum err take_records(struct config_load *l)
{
	for (size_t i = 0; i < l->load.n; i++)
		TRY(take_record(l, &l->load.reads[i]));
	ask(l, STEP_CHECK, l->list, 1);
	return OK;
}

static enum err check(struct config_load *l)
{
	uint64_t version;
	struct slice body;
	TRY(l->list[0].found ? envelope_open(l->list[0].value, &version, &body) : ERR_NOT_FOUND);
	if (version != l->version) {
		if (++l->tries == MAX_TRIES)
			return ERR_CONFLICT;
		ask_list(l);
		return OK;
	}
	TRY(config_build(&l->snapshot->arena, &l->parts, &l->snapshot->config));
	finish(l, OK);
	return OK;
}

static void answered(struct store_load *load, enum store_verdict verdict)
{
	struct config_load *l = load->arg;
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	if (l->cancelled || verdict != STORE_OK) {
		finish(l, verdict == STORE_TOO_LARGE ? ERR_TOO_LARGE
			  : verdict == STORE_CORRUPT ? ERR_DATA_CORRUPT
						     : ERR_UNAVAILABLE);
		return;
	}
	struct arena *a = &l->snapshot->arena;
	if (ARENA_GUARD(a, &guard)) {
		switch (l->step) {
		case STEP_END:
			err = take_end(l);
			break;
		case STEP_LIST:
			err = ask_records(l);
			break;
		case STEP_RECORDS:
			err = take_records(l);
			break;
		case STEP_CHECK:
			err = check(l);
			break;
		}
		if (err == OK)
			return; /* asked on, or finished: the snapshot may have another owner now */
	}
	finish(l, err);
}

void config_load_start(struct store *store, struct slice tenant, struct config_load **handle,
		       void (*done)(void *arg, enum err err, struct snapshot *snapshot), void *arg)
{
	struct config_load *l = calloc(1, sizeof(*l));
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	uint8_t *name = malloc(tenant.len);
	if (l == NULL || snapshot == NULL || name == NULL) {
		free(l);
		free(snapshot);
		free(name);
		done(arg, ERR_UNAVAILABLE, NULL);
		return;
	}
	memcpy(name, tenant.ptr, tenant.len);
	snapshot->users = 1;
	*l = (struct config_load){
	    .store = store, .tenant = slice_of(name, tenant.len), .done = done, .arg = arg, .snapshot = snapshot};
	*handle = l;
	arena_init(&snapshot->arena, CONFIG_ARENA_BYTES);
	ask_end(l);
}

void config_load_cancel(struct config_load *l)
{
	if (l != NULL)
		l->cancelled = true;
}
