/*
 * store: where a tenant's records, indexes, logs and counters are kept. Two implementations behind one
 * interface: store_redis (durable) and store_memory (simulator, lab, tests). They must be
 * indistinguishable: tests/unit/test_store_diff.c runs both and compares.
 *
 * Nouns
 *   key      a name inside one tenant, for example "o:o1f4k2"; the Redis store puts "pd:{tenant}:" before it.
 *   value    bytes of a record: an envelope (envelope.h), whose bytes 1..8 are the version, big endian.
 *   index    a sorted set: members (≤ 12 bytes where possible) with integer scores below 2^53, ordered
 *            by score, then by member bytewise.
 *   log      an append-only list; each entry gets an id "ms-seq" that grows.
 *   counter  a signed 64-bit number (used below 2^53), 0 when absent.
 *   pack     a hash of small closed records; a packed record lives in field `pack_field` of `pack_key`
 *            instead of under its own key.
 *   guard    a record's version that must still hold at commit; 0: the record must not exist.
 *   claim    the idempotency entry of a request: a field in a bucket of today; yesterday's bucket is
 *            looked at too, so that it holds for at least 24 h.
 *
 * A commit is atomic: all guards and the claim are checked first, then everything is written, or nothing.
 * When both the claim exists and a guard fails, the verdict is STORE_REPEATED: the first try of this
 * very request may be what moved the version on, and its answer is the right one.
 * A key holds one kind of thing for all its life; a commit that uses it as another is a mistake of the
 * caller's, answered with STORE_CORRUPT and not undone.
 *
 * Ownership: requests and commits belong to the caller and must stay valid until `done` was called;
 * slices in them are borrowed. Results lie in the request's arena (the store guards the arena while it
 * allocates and answers STORE_TOO_LARGE when the cap is reached).
 * `done` is called exactly once, possibly before the call returns.
 * Errors: enum store_verdict.
 */
#ifndef PAIDAN_TXN_STORE_H
#define PAIDAN_TXN_STORE_H

#include "base/arena.h"
#include "base/slice.h"

struct store;

enum store_verdict {
	STORE_OK,
	STORE_STALE,       /* commit: a guard failed, nothing was written */
	STORE_REPEATED,    /* commit: the claim exists, nothing was written; see commit.repeated */
	STORE_FULL,        /* out of memory or disk: nothing was written */
	STORE_UNAVAILABLE, /* no connection: nothing was sent, nothing was written */
	STORE_UNKNOWN,     /* commit: sent, but never confirmed (or not confirmed by replicas) */
	/* load: the results exceed the arena's cap, or limit LIMIT_READ_ENTRIES; commit: more than
	 * LIMIT_COMMIT_GUARDS or LIMIT_COMMIT_WRITES, nothing was written */
	STORE_TOO_LARGE,
	STORE_CORRUPT, /* the store holds something of the wrong type, or `after` is no log id */
};

enum store_read_kind {
	STORE_GET,     /* record at key, else field pack_field of pack_key */
	STORE_RANGE,   /* part of an index */
	STORE_COUNT,   /* how many members of an index lie in [min, max] */
	STORE_LOG,     /* part of a log */
	STORE_COUNTER, /* a counter */
};

struct store_entry {
	struct slice member; /* STORE_RANGE; STORE_LOG: the entry's id */
	int64_t score;
	struct slice value; /* STORE_LOG */
};

struct store_read {
	enum store_read_kind kind;
	struct slice key;
	struct slice pack_key; /* empty: this kind of record is never packed */
	struct slice pack_field;
	int64_t min; /* scores, inclusive */
	int64_t max;
	/* RANGE: start behind this entry (in reading direction), which need not exist any more; LOG:
	 * behind this id. Empty: at the start. */
	struct slice after;
	int64_t after_score;
	bool reverse; /* RANGE: highest score first; LOG: newest first */
	uint32_t limit;
	/* results */
	bool found;         /* GET */
	bool packed;        /* GET: it was found in its pack */
	struct slice value; /* GET */
	int64_t number;     /* COUNT, COUNTER */
	struct store_entry *entries;
	size_t n_entries;
};

struct store_load {
	struct slice tenant;
	struct store_read *reads;
	size_t n;
	struct arena *arena;
	/* verdict: OK, UNAVAILABLE, TOO_LARGE, CORRUPT. */
	void (*done)(struct store_load *load, enum store_verdict verdict);
	void *arg;
};

struct store_guard {
	struct slice key;
	struct slice pack_key; /* set: the record was read from its pack, check it there */
	struct slice pack_field;
	uint64_t version; /* 0: key must not exist */
};

enum store_write_kind {
	STORE_PUT,       /* key = value */
	STORE_PACK,      /* field of key = value: a packed record */
	STORE_UNPACK,    /* remove field of key */
	STORE_DELETE,    /* remove key */
	STORE_INDEX,     /* add field to the index key with score, or move it there */
	STORE_UNINDEX,   /* remove field from the index key */
	STORE_INCREMENT, /* add score to the counter key */
	STORE_TALLY,     /* add score to that of the member in field of the index key; absent: 0 */
	STORE_APPEND,    /* append value to the log key */
	STORE_TRIM,      /* drop the entries of the log key that are older than the id in field */
};

struct store_write {
	enum store_write_kind kind;
	struct slice key;
	struct slice field;
	int64_t score;
	struct slice value;
};

/* The largest claim bucket entry stays small enough for Redis' compact hash encoding. */
enum { STORE_CLAIM_VALUE_BYTES = 64 };

struct store_commit {
	struct slice tenant;
	struct store_guard *guards;
	size_t n_guards;
	struct store_write *writes; /* applied in this order */
	size_t n_writes;
	/* The claim; claim_field empty: none. The write of the claim is part of the commit. */
	struct slice claim_key;     /* today's bucket */
	struct slice claim_old_key; /* yesterday's bucket */
	struct slice claim_field;
	struct slice claim_value;
	struct arena *arena;
	void (*done)(struct store_commit *commit, enum store_verdict verdict);
	void *arg;
	/* results */
	struct slice repeated; /* STORE_REPEATED: the stored claim value */
	char log_id[44];       /* the id of the last STORE_APPEND, "" when there was none */
};

/* One entry of a followed log. id and value are valid during the call. */
typedef void store_follow_fn(void *arg, struct slice id, struct slice value);

struct store_follower;

enum store_compaction { STORE_COMPACTING, STORE_COMPACT_DONE, STORE_COMPACT_FAILED };

struct store_ops {
	void (*load)(struct store *store, struct store_load *load);
	void (*commit)(struct store *store, struct store_commit *commit);
	/* Reserves n consecutive numbers of the counter key: done gets the first (> 0), or 0 when the
	 * store is not available. */
	void (*reserve)(struct store *store, struct slice tenant, struct slice key, uint32_t n,
			void (*done)(void *arg, uint64_t first), void *arg);
	/* Calls fn for every entry of the log behind `after` ("$": behind the end that the store finds, which may
	 * be later than this call; who must miss nothing names an entry), in order, without gaps or repeats, also
	 * across reconnects, until unfollow; possibly before follow returns.
	 * fn may follow and unfollow. NULL: out of memory, or `after` is no log id. */
	struct store_follower *(*follow)(struct store *store, struct slice tenant, struct slice key, struct slice after,
					 store_follow_fn *fn, void *arg);
	void (*unfollow)(struct store_follower *follower);
	/* Takes or renews a lease for ttl_ms: done gets true while `owner` holds it. For efficiency only;
	 * correctness comes from guards. */
	void (*lease)(struct store *store, struct slice tenant, struct slice key, struct slice owner, uint32_t ttl_ms,
		      void (*done)(void *arg, bool held), void *arg);
	/* Adds a tenant to the list of tenants (idempotent), or lists them: fn is called for each, then
	 * once with an empty slice. ok = false: the store is not available, the list may be partial. */
	void (*add_tenant)(struct store *store, struct slice tenant, void (*done)(void *arg, bool ok), void *arg);
	void (*list_tenants)(struct store *store, void (*fn)(void *arg, struct slice tenant, bool ok), void *arg);
	/* Has the store write its files anew, so that what was overwritten or deleted before is in none of them any
	 * more: begins it, or asks how far it is. */
	void (*compact)(struct store *store, bool begin, void (*done)(void *arg, enum store_compaction state),
			void *arg);
	bool (*ready)(const struct store *store);
	/* Ends what is under way (`done` is called: UNAVAILABLE, UNKNOWN) and frees the store with its
	 * followers. Not from inside one of its calls. */
	void (*destroy)(struct store *store);
};

/* What every implementation starts with. */
struct store {
	const struct store_ops *ops;
	/* For metrics. */
	uint64_t loads;
	uint64_t commits;
	uint64_t stale;
	uint64_t bytes_out;
	uint64_t bytes_in;
	uint64_t commands;
};

#endif
