#include "txn/txn.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"
#include "domain/config.h"
#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/squash.h"
#include "txn/tenant.h"
#include "txn/txn_internal.h"

enum { MAX_ID_BYTES = 40 };
enum { PACK_SHIFT = 6 };   /* 64 neighbouring numbers share a pack, and an id block (tenant.c) */
enum { FEW_RECORDS = 32 }; /* so many are found sooner by looking at each */

void txn_init(struct txn *t, struct exec *exec)
{
	*t = (struct txn){.exec = exec};
	arena_init(&t->keep, LIMIT_REQUEST_ARENA_BYTES);
	arena_init(&t->run, LIMIT_REQUEST_ARENA_BYTES);
}

void txn_free(struct txn *t)
{
	arena_free(&t->keep);
	arena_free(&t->run);
}

void txn_reset(struct txn *t)
{
	struct arena keep = t->keep, run = t->run;
	arena_reset(&keep);
	arena_reset(&run);
	*t = (struct txn){.exec = t->exec, .keep = keep, .run = run};
}

void txn_begin_run(struct txn *t)
{
	arena_recycle(&t->run);
	t->fault = (struct fault){.err = OK};
	t->scene.arena = &t->run;
	t->scene.fault = &t->fault;
	t->scene.actor = &t->actor;
	t->random_state = t->random_seed;
	t->next_id = 0;
	t->wants_id = KIND_COUNT;
	t->wanting = t->wants_work = t->wants_commit = false;
	t->config_used = false;
	t->deltas = NULL;
	t->appends = NULL;
	t->events = NULL;
	t->cleanups = NULL;
	t->committing = NULL;
	t->n_deltas = t->n_appends = t->n_events = t->n_cleanups = t->n_committing = 0;
	t->subject = NULL;
	t->reply_err = OK;
	t->cookie = (struct txn_cookie){.value = NULL};
	for (size_t i = 0; i < t->n_records; i++) {
		struct txn_record *r = &t->records[i];
		r->guarded = r->of_actor;
		r->decoded = r->put = r->removed = false;
		r->message = r->before = NULL;
		r->before_entries = NULL;
		r->n_before_entries = 0;
		r->before_counts = NULL;
		r->n_before_counts = 0;
	}
}

void txn_forget_reads(struct txn *t)
{
	t->n_records = 0;
	t->n_queries = 0;
	t->n_notes = 0;
	t->places = NULL;
	t->n_places = 0;
}

struct scene *txn_scene(struct txn *t)
{
	t->scene.config = txn_config(t);
	return &t->scene;
}

struct arena *txn_arena(struct txn *t)
{
	return &t->run;
}

int64_t txn_now_ms(const struct txn *t)
{
	return t->scene.now_ms;
}

const struct actor *txn_actor(const struct txn *t)
{
	return &t->actor;
}

struct fault *txn_fault(struct txn *t)
{
	return &t->fault;
}

const struct config *txn_config(struct txn *t)
{
	t->config_used = true;
	return t->snapshot == NULL ? NULL : t->snapshot->config;
}

const char *txn_tenant(const struct txn *t)
{
	return tenant_id(t->tenant);
}

const char *txn_peer(const struct txn *t)
{
	return t->peer;
}

const struct roster *txn_roster(struct txn *t)
{
	return tenant_roster(t->tenant);
}

const void *txn_request(const struct txn *t)
{
	return t->request;
}

const EventRecord *txn_watched(const struct txn *t)
{
	return t->watched;
}

const char *txn_watched_id(const struct txn *t)
{
	return t->watched_id;
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t txn_random(struct txn *t)
{
	t->random_state += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix64(t->random_state);
}

void *txn_grow(struct arena *a, void *array, size_t n, size_t *room, size_t bytes)
{
	if (n < *room)
		return array;
	size_t more = *room == 0 ? 8 : *room * 2;
	void *grown = arena_array(a, more, bytes);
	if (n > 0)
		memcpy(grown, array, n * bytes);
	*room = more;
	return grown;
}

/* The place of that record, or the free one where it would stand. */
static uint32_t *place_of(const struct txn *t, enum record_kind kind, const char *id)
{
	size_t at = hash_bytes(kind, slice_str(id)) & (t->n_places - 1);
	while (t->places[at] != 0) {
		const struct txn_record *r = &t->records[t->places[at] - 1];
		if (r->kind == kind && strcmp(r->id, id) == 0)
			break;
		at = (at + 1) & (t->n_places - 1);
	}
	return &t->places[at];
}

/* A record was added: at most half of the places are taken. */
static void take_place(struct txn *t)
{
	size_t first = t->n_records - 1;
	if (t->n_records < FEW_RECORDS)
		return;
	if (2 * t->n_records > t->n_places) {
		t->n_places = t->n_places == 0 ? 4 * FEW_RECORDS : 2 * t->n_places;
		t->places = arena_array(&t->keep, t->n_places, sizeof(*t->places));
		first = 0;
	}
	for (size_t i = first; i < t->n_records; i++)
		*place_of(t, t->records[i].kind, t->records[i].id) = (uint32_t)i + 1;
}

struct txn_record *txn_lookup(struct txn *t, enum record_kind kind, const char *id)
{
	if (t->places != NULL) {
		uint32_t place = *place_of(t, kind, id);
		return place == 0 ? NULL : &t->records[place - 1];
	}
	for (size_t i = 0; i < t->n_records; i++) {
		if (t->records[i].kind == kind && strcmp(t->records[i].id, id) == 0)
			return &t->records[i];
	}
	return NULL;
}

struct txn_record *txn_touch(struct txn *t, enum record_kind kind, const char *id)
{
	struct txn_record *r = txn_lookup(t, kind, id);
	if (r != NULL)
		return r;
	t->records = txn_grow(&t->keep, t->records, t->n_records, &t->room_records, sizeof(*t->records));
	r = &t->records[t->n_records++];
	*r = (struct txn_record){.kind = kind, .id = arena_strdup(&t->keep, id)};
	take_place(t);
	return r;
}

struct slice txn_key(struct arena *a, enum record_kind kind, const char *id)
{
	const char *prefix = kind_info(kind)->prefix;
	size_t prefix_len = strlen(prefix), id_len = strlen(id);
	const char *key = ARENA_JOIN(a, slice_of(prefix, prefix_len), SLICE(":"), slice_of(id, id_len));
	return slice_of(key, prefix_len + 1 + id_len);
}

void txn_pack_place(struct arena *a, enum record_kind kind, const char *id, struct slice *key, struct slice *field)
{
	char letter;
	uint64_t number;
	*key = *field = SLICE_NONE;
	if (!kind_info(kind)->packable || !id_parse(id, &letter, &number) || number == 0)
		return;
	char pack[ID_CHARS + 1];
	id_format(letter, (number - 1) >> PACK_SHIFT, pack);
	*key = slice_str(ARENA_JOIN(a, slice_str(kind_info(kind)->prefix), SLICE("p:"), slice_str(pack)));
	/* The last two digits are enough within a pack, but only the whole id can be read by people. */
	*field = slice_str(id);
}

enum err txn_fill(struct txn *t, struct txn_record *r, struct slice bytes, bool packed, bool cached)
{
	r->known = true;
	r->packed = packed;
	r->cached = cached;
	r->version = 0;
	r->body = SLICE_NONE;
	if (bytes.len == 0)
		return OK;
	r->squashed = envelope_is_squashed(bytes);
	if (cached) {
		envelope_reopen(bytes, &r->version, &r->body);
		return OK;
	}
	TRY(envelope_open(bytes, &r->version, &r->body));
	tenant_seen(t->tenant, r->kind, r->id, r->body);
	return OK;
}

/* Of other sealed kinds the keys are never destroyed. */
static PiiRecord *erased_record(struct txn *t, const char *id)
{
	PiiRecord *pii = ARENA_NEW(&t->run, PiiRecord);
	PiiRecord_init(pii);
	pii->id = (char *)id;
	pii->erased = true;
	return pii;
}

/* Reaching for the key may move the rows. */
static enum err unseal(struct txn *t, struct txn_record **r, struct slice *body)
{
	enum record_kind kind = (*r)->kind;
	const char *id = (*r)->id;
	bool erased;
	enum err err = txn_unseal(t, id, *body, body, &erased);
	*r = txn_lookup(t, kind, id);
	if (err != OK || !erased)
		return err;
	if (kind != KIND_PII)
		return ERR_ERASED;
	(*r)->message = erased_record(t, id);
	return OK;
}

static struct index_entry *entries_of(struct txn *t, void (*list)(const void *, struct index_set *), const void *record,
				      size_t *n)
{
	struct index_set set = {.arena = &t->run};
	list(record, &set);
	*n = set.n;
	return set.entries;
}

static enum err decode(struct txn *t, struct txn_record **row)
{
	struct txn_record *r = *row;
	const struct kind_info *info = kind_info(r->kind);
	struct slice body = r->body;
	r->decoded = true;
	if (r->version == 0)
		return OK;
	if (r->squashed)
		TRY(unsquash(tenant_squasher(t->tenant), &t->run, body, &body));
	if (info->owner != NULL) {
		enum err err = unseal(t, row, &body);
		r = *row;
		r->decoded = err == OK;
		if (err != OK || r->message != NULL)
			return err;
	}
	ProtobufCMessage *message;
	struct fault fault;
	if (pb_decode(&t->run, info->descriptor, body, &fault, &message) != OK)
		return ERR_DATA_CORRUPT;
	r->message = message;
	if ((t->method->flags & METHOD_WRITES) == 0)
		return OK;
	if (info->events != NULL)
		r->before = arena_copy(&t->run, r->message, info->descriptor->sizeof_message);
	if (info->indexes != NULL)
		r->before_entries = entries_of(t, info->indexes, r->message, &r->n_before_entries);
	if (info->counts != NULL)
		r->before_counts = entries_of(t, info->counts, r->message, &r->n_before_counts);
	return OK;
}

/* A stream's message on the very record that this worker just wrote needs no round trip: the event names
 * the version that the record must at least have. */
static enum err take_watched(struct txn *t, struct txn_record *r)
{
	uint64_t version;
	struct slice bytes, body;
	bool packed;
	if (t->watched == NULL || r->kind != KIND_ORDER || strcmp(r->id, t->watched->subject_id) != 0 ||
	    !tenant_cached(t->tenant, &t->keep, r->kind, r->id, &bytes, &packed))
		return OK;
	envelope_reopen(bytes, &version, &body);
	return version < t->watched->version ? OK : txn_fill(t, r, bytes, packed, false);
}

/* The row, not decoded yet; ERR_WANTED when it has to be loaded first. */
static enum err bring(struct txn *t, enum record_kind kind, const char *id, struct txn_record **out)
{
	/* Mostly the owner's id is the same: their key comes with it. */
	if (kind_info(kind)->owner != NULL && kind_of_letter(id[0]) != KIND_ORDER)
		(void)txn_touch(t, KIND_PERSON_KEY, id);
	struct txn_record *r = txn_touch(t, kind, id);
	*out = r;
	if (!r->known && t->use_cache) {
		struct slice bytes;
		bool packed;
		if (tenant_cached(t->tenant, &t->keep, kind, id, &bytes, &packed)) {
			TRY(txn_fill(t, r, bytes, packed, true));
			t->n_cache_hits++;
		}
	}
	if (!r->known)
		TRY(take_watched(t, r));
	if (!r->known)
		return t->n_records > LIMIT_TXN_RECORDS ? ERR_TOO_LARGE : txn_wanted(t);
	return OK;
}

/* The same with its message decoded. */
static enum err reach(struct txn *t, enum record_kind kind, const char *id, struct txn_record **out)
{
	TRY(bring(t, kind, id, out));
	return (*out)->decoded ? OK : decode(t, out);
}

/* Mostly the run ends with one that is wanted, and reading the others would be for nothing. Those that are sealed tell
 * only when they are read which key they need besides. */
void txn_prefetch(struct txn *t, enum record_kind kind, const char *id)
{
	struct txn_record *r;
	bool wanting = t->wanting;
	if (id[0] == '\0' || strlen(id) > MAX_ID_BYTES)
		return;
	if (kind_info(kind)->owner != NULL)
		(void)reach(t, kind, id, &r); /* whatever went wrong shows at the get */
	else
		(void)bring(t, kind, id, &r);
	t->wanting = wanting; /* nobody waits for it yet */
}

enum err txn_gather(struct txn *t)
{
	for (size_t i = 0; i < t->n_records; i++) {
		if (!t->records[i].known)
			return t->n_records > LIMIT_TXN_RECORDS ? ERR_TOO_LARGE : txn_wanted(t);
	}
	return OK;
}

const struct slice *txn_recall(const struct txn *t, const char *name)
{
	for (size_t i = 0; i < t->n_notes; i++) {
		if (strcmp(t->notes[i].name, name) == 0)
			return &t->notes[i].bytes;
	}
	return NULL;
}

void txn_note(struct txn *t, const char *name, struct slice bytes)
{
	t->notes = txn_grow(&t->keep, t->notes, t->n_notes, &t->room_notes, sizeof(*t->notes));
	t->notes[t->n_notes++] = (struct txn_noted){arena_strdup(&t->keep, name), arena_slice(&t->keep, bytes)};
}

enum err txn_find(struct txn *t, enum record_kind kind, const char *id, void **record)
{
	struct txn_record *r;
	*record = NULL;
	if (id[0] == '\0' || strlen(id) > MAX_ID_BYTES)
		return OK; /* there can be no such record */
	TRY(reach(t, kind, id, &r));
	r->guarded = true;
	*record = r->message;
	return OK;
}

enum err txn_get(struct txn *t, enum record_kind kind, const char *id, void **record)
{
	TRY(txn_find(t, kind, id, record));
	if (*record == NULL)
		return fault_set(&t->fault, ERR_NOT_FOUND, NULL, "%s", kind_info(kind)->name);
	return OK;
}

enum err txn_peek(struct txn *t, enum record_kind kind, const char *id, void **record)
{
	struct txn_record *r;
	*record = NULL;
	if (id[0] == '\0' || strlen(id) > MAX_ID_BYTES)
		return OK;
	TRY(reach(t, kind, id, &r));
	*record = r->message;
	return OK;
}

void txn_put(struct txn *t, enum record_kind kind, void *record)
{
	struct txn_record *r = txn_touch(t, kind, kind_record_id(kind, record));
	r->known = true; /* never read: must not exist */
	r->decoded = true;
	r->guarded = true;
	r->put = true;
	r->message = record;
}

void txn_remove(struct txn *t, enum record_kind kind, void *record)
{
	txn_put(t, kind, record);
	txn_lookup(t, kind, kind_record_id(kind, record))->removed = true;
}

struct txn_saved {
	size_t record;
	struct slice encoded;
};

struct txn_savepoint txn_savepoint(struct txn *t)
{
	struct txn_savepoint point = {.n_deltas = t->n_deltas, .n_appends = t->n_appends, .n_events = t->n_events};
	point.saved = arena_array(&t->run, t->n_records, sizeof(*point.saved));
	for (size_t i = 0; i < t->n_records; i++) {
		if (t->records[i].put)
			point.saved[point.n_saved++] =
			    (struct txn_saved){i, pb_encode_arena(t->records[i].message, &t->run)};
	}
	return point;
}

static const struct txn_saved *saved_of(const struct txn_savepoint *point, size_t record)
{
	for (size_t i = 0; i < point->n_saved; i++) {
		if (point->saved[i].record == record)
			return &point->saved[i];
	}
	return NULL;
}

void txn_roll_back(struct txn *t, struct txn_savepoint point)
{
	t->n_deltas = point.n_deltas;
	t->n_appends = point.n_appends;
	t->n_events = point.n_events;
	for (size_t i = 0; i < t->n_records; i++) {
		struct txn_record *r = &t->records[i];
		const struct txn_saved *saved = saved_of(&point, i);
		struct fault fault;
		ProtobufCMessage *message = NULL;
		r->put = saved != NULL;
		if (saved != NULL &&
		    pb_decode(&t->run, kind_info(r->kind)->descriptor, saved->encoded, &fault, &message) == OK) {
			r->message = message;
		} else if (r->decoded) {
			/* It was decoded before; it will be again. */
			r->message = NULL;
			(void)decode(t, &r);
		}
	}
}

enum err txn_new_id(struct txn *t, enum record_kind kind, char **id)
{
	if (t->next_id < t->n_ids) {
		*id = t->ids[t->next_id++];
		return OK;
	}
	uint64_t number;
	if (!tenant_take_number(t->tenant, kind, &number)) {
		t->wants_id = kind;
		return txn_wanted(t);
	}
	t->ids = txn_grow(&t->keep, t->ids, t->n_ids, &t->room_ids, sizeof(*t->ids));
	id_format(kind_info(kind)->letter, number, t->ids[t->n_ids++]);
	*id = t->ids[t->next_id++];
	return OK;
}

uint64_t txn_version(struct txn *t, enum record_kind kind, const char *id)
{
	const struct txn_record *r = txn_lookup(t, kind, id);
	if (r == NULL)
		return 0;
	/* A put that is about to happen counts: the reply shows the version it will have. */
	return r->version + (r->put ? 1 : 0);
}

char *txn_etag(struct txn *t, enum record_kind kind, const char *id)
{
	char room[DECIMAL_CHARS];
	return arena_string(&t->run, decimal_unsigned(txn_version(t, kind, id), room));
}

enum err txn_check_etag(struct txn *t, enum record_kind kind, const char *id, const char *etag)
{
	if (etag[0] == '\0')
		return OK;
	char *end;
	unsigned long long version = strtoull(etag, &end, 10);
	const struct txn_record *r = txn_lookup(t, kind, id);
	if (*end != '\0' || etag[0] < '0' || etag[0] > '9')
		return fault_set(&t->fault, ERR_FIELD_INVALID, "etag", "not an etag");
	if (r == NULL || version != r->version)
		return fault_set(&t->fault, ERR_ETAG_STALE, "etag", "%s is at %llu", id,
				 (unsigned long long)(r == NULL ? 0 : r->version));
	return OK;
}

void txn_event(struct txn *t, EventRecord *event)
{
	arena_append(&t->run, (void ***)&t->events, &t->n_events, event);
}

void txn_subject(struct txn *t, const char *id)
{
	t->subject = id;
}

void txn_set_cookie(struct txn *t, struct txn_cookie cookie)
{
	t->cookie = cookie;
}

void txn_commit_error(struct txn *t, enum err err)
{
	t->reply_err = err;
}
