#include "base/hash.h"
#include "base/limits.h"
#include "domain/config.h"
#include "domain/told.h"
#include "pb/pb_wire.h"
#include "txn/change.h"
#include "txn/envelope.h"
#include "txn/squash.h"
#include "txn/tenant.h"
#include "txn/txn_internal.h"

enum {
	FINGERPRINT_BYTES = 8,
	CLAIM_FIELD_BYTES = 12,
};

struct builder {
	struct txn *t;
	struct store_commit *commit;
	struct store_guard *guards; /* room for every record */
	struct store_write *writes;
	size_t room_writes;
	struct event_list events;
	enum err err; /* the first thing that went wrong */
};

static struct store_guard *add_guard(struct builder *b)
{
	return &b->guards[b->commit->n_guards++];
}

static void add_write(struct builder *b, struct store_write write)
{
	if (b->commit->n_writes == b->room_writes) {
		size_t room = b->room_writes * 2;
		struct store_write *grown = arena_array(&b->t->run, room, sizeof(*grown));
		memcpy(grown, b->writes, b->commit->n_writes * sizeof(*grown));
		b->writes = grown;
		b->room_writes = room;
	}
	b->writes[b->commit->n_writes++] = write;
}

static void guard_record(struct builder *b, const struct txn_record *r)
{
	struct arena *a = &b->t->run;
	struct store_guard *guard = add_guard(b);
	guard->key = txn_key(a, r->kind, r->id);
	guard->version = r->version;
	if (r->packed)
		txn_pack_place(a, r->kind, r->id, &guard->pack_key, &guard->pack_field);
}

/* Envelope and encoded (for personal data: sealed) record. */
static struct slice encode(struct builder *b, struct txn_record *r)
{
	struct arena *a = &b->t->run;
	struct slice body = r->plain = pb_encode_arena(r->message, a);
	const struct kind_info *info = kind_info(r->kind);
	if (info->owner != NULL)
		b->err = txn_seal(b->t, r->id, info->owner(r->message), body, &body);
	enum envelope_format format = ENVELOPE_PLAIN;
	if (info->packable && info->packs(r->message) && squash(tenant_squasher(b->t->tenant), a, body, &body))
		format = ENVELOPE_SQUASHED;
	uint8_t *bytes = arena_alloc(a, ENVELOPE_BYTES + body.len);
	if (body.len > 0)
		memcpy(bytes + ENVELOPE_BYTES, body.ptr, body.len);
	envelope_seal(bytes, format, body.len, r->version + 1);
	return slice_of(bytes, ENVELOPE_BYTES + body.len);
}

static void write_record(struct builder *b, struct txn_record *r, struct slice value)
{
	struct arena *a = &b->t->run;
	const struct kind_info *info = kind_info(r->kind);
	struct slice key = txn_key(a, r->kind, r->id), pack_key, pack_field;
	bool pack = info->packable && info->packs(r->message);
	txn_pack_place(a, r->kind, r->id, &pack_key, &pack_field);
	if (pack && pack_key.len > 0) {
		add_write(b, (struct store_write){STORE_PACK, pack_key, pack_field, 0, value});
		if (r->version != 0 && !r->packed)
			add_write(b, (struct store_write){.kind = STORE_DELETE, .key = key});
	} else {
		if (r->packed)
			add_write(b, (struct store_write){.kind = STORE_UNPACK, .key = pack_key, .field = pack_field});
		add_write(b, (struct store_write){.kind = STORE_PUT, .key = key, .value = value});
	}
}

static const struct index_entry *same_place(const struct index_entry *entries, size_t n, const struct index_entry *e)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_eq(entries[i].index, e->index) && slice_eq(entries[i].member, e->member))
			return &entries[i];
	}
	return NULL;
}

/* What to add, move and remove so that the indexes fit the record again. */
static void write_indexes(struct builder *b, const struct txn_record *r)
{
	struct index_set after = {.arena = &b->t->run};
	kind_info(r->kind)->indexes(r->message, &after);
	for (size_t i = 0; i < r->n_before_entries; i++) {
		const struct index_entry *old = &r->before_entries[i];
		if (same_place(after.entries, after.n, old) == NULL)
			add_write(b,
				  (struct store_write){.kind = STORE_UNINDEX, .key = old->index, .field = old->member});
	}
	for (size_t i = 0; i < after.n; i++) {
		const struct index_entry *now = &after.entries[i];
		const struct index_entry *old = same_place(r->before_entries, r->n_before_entries, now);
		if (old == NULL || old->score != now->score)
			add_write(b,
				  (struct store_write){STORE_INDEX, now->index, now->member, now->score, SLICE_NONE});
	}
}

static int64_t amount_in(const struct index_entry *entries, size_t n, const struct index_entry *place)
{
	const struct index_entry *e = same_place(entries, n, place);
	return e == NULL ? 0 : e->score;
}

static void add_tally(struct builder *b, const struct index_entry *e, int64_t amount)
{
	if (amount != 0)
		add_write(b, (struct store_write){STORE_TALLY, e->index, e->member, amount, SLICE_NONE});
}

/* What to add to the sums so that they count the record as it is now. */
static void write_counts(struct builder *b, const struct txn_record *r)
{
	struct index_set after = {.arena = &b->t->run};
	kind_info(r->kind)->counts(r->message, &after);
	for (size_t i = 0; i < r->n_before_counts; i++) {
		const struct index_entry *old = &r->before_counts[i];
		if (same_place(after.entries, after.n, old) == NULL)
			add_tally(b, old, -old->score);
	}
	for (size_t i = 0; i < after.n; i++) {
		const struct index_entry *now = &after.entries[i];
		add_tally(b, now, now->score - amount_in(r->before_counts, r->n_before_counts, now));
	}
}

static void write_events(struct builder *b)
{
	struct txn *t = b->t;
	EventBatch batch;
	EventBatch_init(&batch);
	for (size_t i = 0; i < t->n_events; i++)
		arena_append(&t->run, (void ***)&b->events.events, &b->events.n, t->events[i]);
	if (b->events.n == 0)
		return;
	for (size_t i = 0; i < b->events.n; i++) {
		EventRecord *event = b->events.events[i];
		if (event->at_ms == 0)
			event->at_ms = t->scene.now_ms;
		if (event->role == ROLE_UNSPECIFIED) {
			event->role = t->actor.role;
			event->actor_id = (char *)t->actor.id;
		}
		told_trim(event);
	}
	batch.n_events = t->n_committing = b->events.n;
	batch.events = t->committing = b->events.events;
	add_write(b, (struct store_write){
			 .kind = STORE_APPEND, .key = SLICE(LOG_EVENTS), .value = pb_encode_arena(&batch, &t->run)});
}

static void remove_record(struct builder *b, const struct txn_record *r)
{
	add_write(b, (struct store_write){.kind = STORE_DELETE, .key = txn_key(&b->t->run, r->kind, r->id)});
	for (size_t i = 0; i < r->n_before_entries; i++)
		add_write(b, (struct store_write){.kind = STORE_UNINDEX,
						  .key = r->before_entries[i].index,
						  .field = r->before_entries[i].member});
}

static struct slice claim_bucket(struct arena *a, int64_t day, uint64_t hash)
{
	return slice_str(key_claims(a, day, (unsigned)(hash % CLAIM_BUCKETS)));
}

void txn_claim_place(struct txn *t, struct arena *a, struct slice request_id, struct claim_place *place)
{
	/* One actor's request ids are nothing to another. */
	uint64_t actor = hash_bytes((uint64_t)t->actor.role, slice_str(t->actor.id));
	uint64_t low = hash_bytes(actor, request_id), high = hash_bytes(~actor, request_id);
	uint8_t *field = arena_alloc(a, CLAIM_FIELD_BYTES);
	memcpy(field, &low, sizeof(low));
	memcpy(field + sizeof(low), &high, CLAIM_FIELD_BYTES - sizeof(low));
	int64_t day = t->scene.now_ms / CLAIM_DAY_MS;
	place->key = claim_bucket(a, day, low);
	place->old_key = claim_bucket(a, day - 1, low);
	place->field = slice_of(field, CLAIM_FIELD_BYTES);
}

/* What a claim remembers: what the reply was about, or in which words the request was refused. */
static struct slice claim_subject(struct txn *t)
{
	enum { ROOM = STORE_CLAIM_VALUE_BYTES - FINGERPRINT_BYTES };
	const struct fault *fault = &t->fault;
	struct slice subject = slice_str(t->subject);
	if (t->reply_err == OK)
		return subject.len <= ROOM ? subject : SLICE_NONE;
	bool told = fault->err == t->reply_err;
	const char *field = told && fault->field != NULL ? fault->field : "";
	struct slice text = slice_str(arena_printf(&t->run, "%c%s\n%s\n%s", CLAIM_REFUSAL,
						   err_info(t->reply_err)->reason, field, told ? fault->detail : ""));
	if (text.len > ROOM)
		text.len = ROOM;
	return text;
}

static void write_claim(struct builder *b, struct slice request_id, uint64_t fingerprint)
{
	struct txn *t = b->t;
	struct arena *a = &t->run;
	struct claim_place place;
	txn_claim_place(t, a, request_id, &place);
	struct slice subject = claim_subject(t);
	uint8_t *value = arena_alloc(a, FINGERPRINT_BYTES + subject.len);
	memcpy(value, &fingerprint, FINGERPRINT_BYTES);
	if (subject.len > 0)
		memcpy(value + FINGERPRINT_BYTES, subject.ptr, subject.len);
	b->commit->claim_key = place.key;
	b->commit->claim_old_key = place.old_key;
	b->commit->claim_field = place.field;
	b->commit->claim_value = slice_of(value, FINGERPRINT_BYTES + subject.len);
}

bool txn_read_claim(struct slice value, uint64_t *fingerprint, struct slice *subject)
{
	if (value.len < FINGERPRINT_BYTES)
		return false;
	memcpy(fingerprint, value.ptr, FINGERPRINT_BYTES);
	*subject = slice_from(value, FINGERPRINT_BYTES);
	return true;
}

/* A changed configuration record changes the tenant's version, which every other writer guards. */
static void touch_tenant(struct txn *t)
{
	bool config_changed = false;
	for (size_t i = 0; i < t->n_records; i++)
		config_changed |= t->records[i].put && kind_info(t->records[i].kind)->config;
	struct txn_record *r = txn_lookup(t, KIND_TENANT, txn_tenant(t));
	if (!config_changed || (r != NULL && r->put))
		return;
	const struct config *config = txn_config(t);
	if (config == NULL)
		return; /* a new tenant writes its record itself */
	r = txn_touch(t, KIND_TENANT, txn_tenant(t));
	r->known = r->decoded = r->guarded = r->put = true;
	r->version = config->version;
	r->message = (void *)(uintptr_t)config->tenant;
}

static void guard_all(struct builder *b)
{
	struct txn *t = b->t;
	for (size_t i = 0; i < t->n_records; i++) {
		if (t->records[i].guarded)
			guard_record(b, &t->records[i]);
	}
	if (t->config_used && txn_lookup(t, KIND_TENANT, txn_tenant(t)) == NULL && tenant_config(t->tenant) != NULL) {
		struct store_guard *guard = add_guard(b);
		guard->key = txn_key(&t->run, KIND_TENANT, txn_tenant(t));
		guard->version = t->snapshot->config->version;
	}
}

/* before: the record's body as it was stored. */
static void add_events(struct builder *b, const struct txn_record *r, struct slice before)
{
	size_t first = b->events.n;
	const struct kind_info *info = kind_info(r->kind);
	info->events(r->before, r->message, &b->events);
	for (size_t i = first; i < b->events.n; i++)
		b->events.events[i]->version = r->version + 1;
	if (info->told == NULL || b->events.n == first)
		return;
	if (r->squashed && unsquash(tenant_squasher(b->t->tenant), &b->t->run, before, &before) != OK)
		b->err = ERR_DATA_CORRUPT;
	/* All that happened in one commit made one change; its last event tells. */
	change_note(&b->t->run, info->told, before, r->plain, b->events.events[b->events.n - 1]);
}

static void write_all(struct builder *b)
{
	struct txn *t = b->t;
	for (size_t i = 0; i < t->n_records && b->err == OK; i++) {
		struct txn_record *r = &t->records[i];
		if (!r->put)
			continue;
		if (r->removed) {
			remove_record(b, r);
			continue;
		}
		const struct kind_info *info = kind_info(r->kind);
		struct slice before = r->version == 0 ? SLICE_NONE : r->body;
		struct slice value = encode(b, r);
		r->body = value; /* for the cache, once committed */
		write_record(b, r, value);
		if (info->indexes != NULL)
			write_indexes(b, r);
		if (info->counts != NULL)
			write_counts(b, r);
		b->events.before_entries = r->before_entries;
		b->events.n_before_entries = r->n_before_entries;
		if (info->events != NULL)
			add_events(b, r, before);
	}
	for (size_t i = 0; i < t->n_deltas; i++)
		add_write(b, (struct store_write){.kind = STORE_INCREMENT,
						  .key = slice_str(t->deltas[i].key),
						  .score = t->deltas[i].delta});
	for (size_t i = 0; i < t->n_appends; i++)
		add_write(b, (struct store_write){.kind = STORE_APPEND,
						  .key = slice_str(t->appends[i].key),
						  .value = pb_encode_arena(t->appends[i].message, &t->run)});
	for (size_t i = 0; i < t->n_cleanups; i++)
		add_write(b, t->cleanups[i]);
	write_events(b);
}

enum err txn_build_commit(struct txn *t, struct slice request_id, uint64_t fingerprint, struct store_commit *commit)
{
	struct arena *a = &t->run;
	touch_tenant(t);
	struct builder b = {.t = t, .commit = commit, .room_writes = 32, .events = {.arena = a}};
	*commit = (struct store_commit){.tenant = slice_str(txn_tenant(t)), .arena = &t->keep};
	b.guards = arena_array(a, t->n_records + 1, sizeof(*b.guards));
	b.writes = arena_array(a, b.room_writes, sizeof(*b.writes));
	write_all(&b);
	TRY(b.err);
	if (commit->n_writes == 0)
		return OK;
	guard_all(&b);
	commit->guards = b.guards;
	commit->writes = b.writes;
	if (request_id.len > 0)
		write_claim(&b, request_id, fingerprint);
	return OK;
}
