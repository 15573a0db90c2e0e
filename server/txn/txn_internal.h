/*
 * txn_internal: the inside of a transaction, for the executor and the commit builder only.
 *
 * Nouns: a touched record is a row of txn.records; a query is a range, count or counter read; `known`
 * means that the store has answered (or the cache). Two arenas: keep lives as long as the call (raw
 * bytes, query results), run as long as one run of the handler.
 */
#ifndef PAIDAN_TXN_TXN_INTERNAL_H
#define PAIDAN_TXN_TXN_INTERNAL_H

#include "txn/exec.h"

struct tenant;
struct snapshot;

struct txn_record {
	enum record_kind kind;
	const char *id; /* in keep */
	bool known;
	bool cached;        /* from the worker's cache: may be stale */
	bool packed;        /* found in its pack */
	bool squashed;      /* the body is (squash.h) */
	uint64_t version;   /* 0: missing */
	struct slice body;  /* as stored; once put, what is to be stored */
	struct slice plain; /* put: the record encoded, neither sealed nor squashed */
	/* of the present run */
	bool guarded;
	bool of_actor; /* who acts depends on it: guarded in every run */
	bool decoded;
	bool put;
	bool removed;  /* put, as nothing */
	void *message; /* NULL: missing */
	void *before;  /* shallow copy from before the handler could change it */
	struct index_entry *before_entries;
	size_t n_before_entries;
	struct index_entry *before_counts;
	size_t n_before_counts;
};

enum query_kind { QUERY_RANGE, QUERY_LOG, QUERY_COUNT, QUERY_COUNTER };

/* Found out by an earlier run (txn_note). */
struct txn_noted {
	const char *name;
	struct slice bytes;
};

struct txn_query {
	enum query_kind kind;
	struct store_read read; /* strings in keep; results too */
	bool known;
};

/* A computation; a pure function of what it is asked, so that no re-run asks again. */
struct txn_work {
	struct txn_work *next;
	bool known;
	struct exec_work work; /* strings in keep */
};

struct txn_delta {
	const char *key;
	int64_t delta;
};

struct txn_log_entry {
	const char *key;
	const void *message;
};

struct txn {
	struct exec *exec;
	struct tenant *tenant;
	struct snapshot *snapshot; /* held for the run and its reply; NULL: no configuration */
	const struct method *method;
	struct arena keep;
	struct arena run;
	struct scene scene;
	struct fault fault;
	struct actor actor;
	const char *peer;
	const EventRecord *watched;
	const char *watched_id;
	const void *request;
	struct txn_record *records;
	size_t n_records, room_records;
	uint32_t *places; /* where the record of a hash stands, plus 1; NULL: they are few, one looks at all */
	size_t n_places;
	struct txn_noted *notes;
	size_t n_notes, room_notes;
	struct txn_query *queries;
	size_t n_queries, room_queries;
	char (*ids)[12]; /* given to this call; a re-run gets the same ones */
	size_t n_ids, room_ids, next_id;
	enum record_kind wants_id; /* KIND_COUNT: none */
	struct txn_work *works;
	bool wanting; /* something that this run reached for was not at hand, whatever became of the answer */
	bool wants_work;
	bool wants_commit; /* of what was put so far; then committed_first */
	bool committed_first;
	bool config_used;
	bool use_cache;
	uint64_t random_seed, random_state;
	/* of the present run */
	struct txn_delta *deltas;
	size_t n_deltas;
	struct txn_log_entry *appends;
	size_t n_appends;
	EventRecord **events;
	struct store_write *cleanups;
	size_t n_cleanups;
	size_t n_events;
	EventRecord **committing; /* all events of the commit under way, derived ones included */
	size_t n_committing;
	size_t n_cache_hits;
	const char *subject;
	struct txn_cookie cookie; /* value NULL: none */
	enum err reply_err;       /* OK, or what to answer although the commit went through */
};

const struct exec_env *exec_env_of(const struct exec *exec);
void txn_init(struct txn *t, struct exec *exec);
void txn_free(struct txn *t);
/* Ready for another call. */
void txn_reset(struct txn *t);
/* Before each run of the handler. */
void txn_begin_run(struct txn *t);
/* Throws away what was read, so that it is loaded again. */
void txn_forget_reads(struct txn *t);
struct txn_record *txn_lookup(struct txn *t, enum record_kind kind, const char *id);
/* The row, made when missing. */
struct txn_record *txn_touch(struct txn *t, enum record_kind kind, const char *id);
/* The array with room for one more: it doubles when it is full. */
void *txn_grow(struct arena *a, void *array, size_t n, size_t *room, size_t bytes);
/* What a read answers whose answer is not at hand. */
static inline enum err txn_wanted(struct txn *t)
{
	t->wanting = true;
	return ERR_WANTED;
}
/* Notes what the store (or cache) holds: bytes is an envelope, or empty for a missing record. */
enum err txn_fill(struct txn *t, struct txn_record *r, struct slice bytes, bool packed, bool cached);

/* "<prefix>:<id>" */
struct slice txn_key(struct arena *a, enum record_kind kind, const char *id);
/* Pack of a packable record: key and field; empty slices for other kinds or ids. */
void txn_pack_place(struct arena *a, enum record_kind kind, const char *id, struct slice *key, struct slice *field);

/* person_key.c: opens what is sealed; ERR_WANTED until the owner's key is there. Erased: nobody can. */
enum err txn_unseal(struct txn *t, const char *id, struct slice sealed, struct slice *plain, bool *erased);
enum err txn_seal(struct txn *t, const char *id, const char *owner_id, struct slice plain, struct slice *sealed);

/* commit_build.c: turns what the run did into a commit; n_writes is 0 when there is nothing to write. */
enum err txn_build_commit(struct txn *t, struct slice request_id, uint64_t fingerprint, struct store_commit *commit);
/* Where the claim of a request id is kept. */
struct claim_place {
	struct slice key, old_key; /* today's bucket, yesterday's */
	struct slice field;
};
void txn_claim_place(struct txn *t, struct arena *a, struct slice request_id, struct claim_place *place);
/* A subject that begins with this remembers a refusal: its reason, field and detail, a line each. */
enum { CLAIM_REFUSAL = '!' };
/* The claim value's parts; false when the bytes are none. */
bool txn_read_claim(struct slice value, uint64_t *fingerprint, struct slice *subject);

#endif
