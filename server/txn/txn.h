/*
 * txn: what a handler can do: read and write records as if they were at hand.
 *
 * How it works: txn_get either yields the record or notes that it is wanted and returns ERR_WANTED,
 * which the handler passes up like any error (TRY). The executor loads all that is wanted in one round
 * trip and runs the handler again from the top. When the handler returns OK the executor commits: the
 * version of every record that was read is guarded, everything put is written, indexes and events are
 * derived (kind.h). A guard that fails means that the handler runs again on fresh records. A run in which
 * ERR_WANTED was not passed up counts for nothing: it is run again all the same.
 *
 * So a handler must be pure: the same records, request, time and random numbers give the same result.
 * It contains no I/O, no clock, no malloc; what it allocates comes from txn_arena and lives until the
 * reply is sent.
 *
 * Nouns: peek = read without a guard (for choosing among many; what matters is then read with get).
 * Ownership: records belong to the transaction; a handler may change them in place and must then
 * txn_put them. Strings put into records must live in txn_arena or be static.
 * Errors: ERR_WANTED (pass it up); ERR_NOT_FOUND; ERR_DATA_CORRUPT; ERR_TOO_LARGE.
 */
#ifndef PAIDAN_TXN_TXN_H
#define PAIDAN_TXN_TXN_H

#include "domain/scene.h"
#include "txn/kind.h"
#include "txn/store.h"

struct txn;
struct roster;
struct webhook_rules;

/* What the domain's rules want to be told. */
struct scene *txn_scene(struct txn *t);
struct arena *txn_arena(struct txn *t);
int64_t txn_now_ms(const struct txn *t);
const struct actor *txn_actor(const struct txn *t);
struct fault *txn_fault(struct txn *t);
/* The tenant's configuration; guarded by its version when the transaction writes. */
const struct config *txn_config(struct txn *t);
const char *txn_tenant(const struct txn *t);
/* The address that the request came from; NULL: from inside. */
const char *txn_peer(const struct txn *t);
/* The worker's view of all members, for choosing candidates; may lag behind. */
const struct roster *txn_roster(struct txn *t);
uint64_t txn_random(struct txn *t);
/* The deployment's rules of webhooks (domain/webhook.h). */
const struct webhook_rules *txn_webhook_rules(const struct txn *t);
/* A new secret of 256 bits as text, and its SHA-256. A re-run gives another one. */
enum { TXN_SECRET_DIGEST_BYTES = 32 };
enum err txn_new_secret(struct txn *t, char **text, uint8_t **sha256);

/* The SHA-256 of something that is random enough, or needs only a short name. */
enum err txn_sha256(struct txn *t, struct slice bytes, uint8_t **sha256);
/* The HMAC-SHA-256 of bytes under a key, as long as a digest. */
enum err txn_hmac(struct txn *t, struct slice key, struct slice bytes, uint8_t **mac);
/* Bytes that nobody can guess. A re-run gives others. */
uint8_t *txn_new_bytes(struct txn *t, size_t n);

/* The scrypt hash of a password, computed beside the event loop: wanted like a record,
 * and at hand when the handler runs again. ERR_OVERLOADED when too many are waiting. */
enum { TXN_SCRYPT_BYTES = 32 };
enum err txn_scrypt(struct txn *t, const char *password, struct slice salt, unsigned log2_n, const uint8_t **hash);
/* Takes as long as txn_scrypt, once, without the work: what is refused unseen looks like what was tried. */
enum err txn_idle(struct txn *t);
/* Commits what was put so far before the handler goes on, for a try that must count whatever becomes of
 * it. Once per call: the handler runs again from the top, on fresh records, and finds this to be OK. */
enum err txn_commit_first(struct txn *t);
bool txn_committed_first(const struct txn *t);

/* Announces a record that will be needed, so that it comes with the same round trip as the next one
 * that is not at hand. */
void txn_prefetch(struct txn *t, enum record_kind kind, const char *id);
/* ERR_WANTED until all that was announced is at hand: for handlers that know from the request what they need, so that
 * nothing is read for a run that has to end. */
enum err txn_gather(struct txn *t);
/* For a loop over many of which each may want something: it goes on after ERR_WANTED, so that all of it comes with one
 * round trip, and a call has only LIMIT_TXN_ROUNDS. What one answers behind another that was wanting counts for
 * nothing. */
static inline bool txn_goes_on(enum err so_far)
{
	return so_far == OK || so_far == ERR_WANTED;
}
static inline enum err txn_also(enum err so_far, enum err next)
{
	return so_far == OK ? next : so_far;
}
/* What an earlier run of the same call noted under that name, for what is dear to find out and was found out from
 * something else than records; NULL: nothing. It is forgotten when the call begins again on fresh records. */
const struct slice *txn_recall(const struct txn *t, const char *name);
void txn_note(struct txn *t, const char *name, struct slice bytes);
/* The record; ERR_NOT_FOUND when there is none. */
enum err txn_get(struct txn *t, enum record_kind kind, const char *id, void **record);
/* The record, or NULL with OK when there is none. */
enum err txn_find(struct txn *t, enum record_kind kind, const char *id, void **record);
/* Like txn_find, unguarded. */
enum err txn_peek(struct txn *t, enum record_kind kind, const char *id, void **record);
/* Writes a record that was read (or found missing), or is new. */
void txn_put(struct txn *t, enum record_kind kind, void *record);
/* Deletes a record that was read, with its indexes. Not for kinds that are packed. */
void txn_remove(struct txn *t, enum record_kind kind, void *record);
/* A point to go back to: what was put or changed since is undone (for bulk requests, where one item's
 * failure must not touch the others). Records changed but not put are undone too. */
struct txn_savepoint {
	size_t n_deltas, n_appends, n_events;
	struct txn_saved *saved;
	size_t n_saved;
};
struct txn_savepoint txn_savepoint(struct txn *t);
void txn_roll_back(struct txn *t, struct txn_savepoint savepoint);
/* A new id of that kind, unique in the tenant. */
enum err txn_new_id(struct txn *t, enum record_kind kind, char **id);
/* The record's version as read; 0 when it is new. */
uint64_t txn_version(struct txn *t, enum record_kind kind, const char *id);
/* ERR_ETAG_STALE unless etag is empty or the record's present version. */
enum err txn_check_etag(struct txn *t, enum record_kind kind, const char *id, const char *etag);
char *txn_etag(struct txn *t, enum record_kind kind, const char *id);

/* --- keys of persons: what is sealed (kind.h, owner) needs one --- */

/* Gives the person or household a key unless they have one; before their first record is put. fresh: the id is new,
 * so there is none. ERR_ERASED when it was destroyed. */
enum err txn_person_key(struct txn *t, const char *owner_id, bool fresh);
/* Wraps it by the newest version of the tenant key. */
enum err txn_rewrap_person_key(struct txn *t, const char *owner_id);
/* Whatever it sealed can't be read any more; it reads as erased. */
enum err txn_destroy_person_key(struct txn *t, const char *owner_id);
/* The versions in the key file, the newest last. */
size_t txn_key_versions(struct txn *t, uint32_t **versions);

/* Part of an index (or log): results are valid for the transaction. */
struct txn_range {
	const char *key;
	bool log;
	int64_t min;
	int64_t max;
	bool has_after;
	int64_t after_score;
	const char *after; /* member or log id */
	bool reverse;
	uint32_t limit;
};
enum err txn_range(struct txn *t, const struct txn_range *range, struct store_entry **entries, size_t *n);
/* How many entries of an index lie in [min, max]. */
enum err txn_count(struct txn *t, const char *key, int64_t min, int64_t max, int64_t *count);
enum err txn_counter(struct txn *t, const char *key, int64_t *value);

/* Adds to a counter, appends to a log: never conflicts. */
void txn_add(struct txn *t, const char *key, int64_t delta);
void txn_append(struct txn *t, const char *key, const void *message);
/* Drops entries of a log older than the id; drops a whole key. For what has outlived its use: nothing is
 * guarded. */
void txn_trim(struct txn *t, const char *key, const char *before_id);
void txn_drop(struct txn *t, const char *key);
/* An event that no record's change gives. */
void txn_event(struct txn *t, EventRecord *event);
/* What was put is committed, but the reply is this error (whose fault is set): a failed try that counts. */
void txn_commit_error(struct txn *t, enum err err);
/* The request message, for `again`. */
const void *txn_request(const struct txn *t);
/* For a caller that is a browser: the reply sets the cookie of that audience (OPERATOR, MEMBER, RESIDENT), with a
 * session that what it asks next comes with; value "" and life 0 clear it. It goes along if the transaction ends well.
 */
struct txn_cookie {
	Role role;
	const char *value; /* in txn_arena, or static */
	int64_t life_ms;
};
void txn_set_cookie(struct txn *t, struct txn_cookie cookie);
/* What the reply is about, so that a repeated request can be answered again. */
void txn_subject(struct txn *t, const char *id);

/* Typed: TXN_GET(t, ORDER, id, &order). */
#define TXN_GET(t, KIND, id, out) txn_get((t), KIND_##KIND, (id), (void **)(out))
#define TXN_FIND(t, KIND, id, out) txn_find((t), KIND_##KIND, (id), (void **)(out))
#define TXN_PEEK(t, KIND, id, out) txn_peek((t), KIND_##KIND, (id), (void **)(out))

/* --- methods --- */

typedef enum err handler_fn(struct txn *t, const void *request, void *response);

/* proto/gen/friendly.py knows them by these names. */
enum method_flags {
	METHOD_READS = 0,
	METHOD_WRITES = 1,
	METHOD_STREAMS = 2, /* server streaming: the handler fills one message for one event */
	METHOD_ROOT = 4,    /* needs the root key; runs without a configuration */
	/* Carries secrets, of which nothing is kept: no claim, for it has a fingerprint of the request. */
	METHOD_UNCLAIMED = 8,
	METHOD_BARE_SESSION = 16, /* open to a session whose account has yet to set up its second factor */
};

/* A method is its name, its messages and one pure handler. */
struct method {
	const char *path; /* "/paidan.v1.OrderService/PlaceOrder" */
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	handler_fn *handler;
	unsigned roles; /* bit per Role; with the flags what the .proto file declares */
	unsigned flags; /* enum method_flags */
	/* For how long anybody may keep what a GET gave, which is the same for all; 0: not at all. */
	unsigned cache_s;
	/* Writes: fills the reply of a request that was carried out before, from its subject. */
	enum err (*again)(struct txn *t, const char *subject_id, void *response);
	/* Streams: whether an event concerns the watcher, judged by the event alone. */
	bool (*concerns)(const struct actor *actor, const struct config *config, const void *request,
			 const EventRecord *event);
	/* Streams whose messages depend on the event alone: makes one, which all are told alike; NULL: the handler
	 * makes each for itself. */
	enum err (*tell)(struct scene *s, const EventRecord *event, const char *id, ProtobufCMessage *message);
	/* Streams: the one record that all events which can concern this request are about; "": any. */
	const char *(*listens_for)(const void *request);
	/* Streams: checks the request and the watcher's right once, at the beginning. */
	handler_fn *open;
};

/* HANDLER(accept_offer, AcceptOffer) { … req, rsp … } */
#define HANDLER(fn, Rpc)                                                                \
	static enum err fn(struct txn *t, const Rpc##Request *req, Rpc##Response *rsp); \
	static enum err fn##_any(struct txn *t, const void *req, void *rsp)             \
	{                                                                               \
		return fn(t, req, rsp);                                                 \
	}                                                                               \
	static enum err fn(struct txn *t, const Rpc##Request *req, Rpc##Response *rsp)

#define ROLE_BIT(role) (1U << ROLE_##role)
#define METHOD(Service, Rpc, fn, ...)                                                                   \
	{                                                                                               \
		.path = "/paidan.v1." #Service "/" #Rpc, .request = &Rpc##Request_desc,                 \
		.response = &Rpc##Response_desc, .handler = fn##_any, .roles = Service##_##Rpc##_ROLES, \
		.flags = Service##_##Rpc##_FLAGS, .cache_s = Service##_##Rpc##_CACHE_S, __VA_ARGS__     \
	}

/* The event that a stream's handler is to tell of. */
const EventRecord *txn_watched(const struct txn *t);
const char *txn_watched_id(const struct txn *t);

#endif
