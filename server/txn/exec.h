/*
 * exec: runs transactions: loads, runs the handler, commits, re-runs.
 *
 * Nouns: an exec serves all tenants of one worker on one store; a job is a transaction that the broker
 * starts itself; a watch is a server stream; a credential is what a request brings to be let in.
 * Life of a call: exec_call → tenant's configuration is loaded if need be → the credential becomes an
 * actor → the method's roles are checked → handler runs, loads, re-runs → commit → done.
 *
 * Ownership: the caller owns request, arena and credential until `done` was called or the call was
 * cancelled; the response lies in memory of the call and is valid during `done` only.
 * `done` is called exactly once unless exec_cancel was called before; possibly before exec_call
 * returns (then exec_call returns NULL).
 * Errors: every err of err.h but ERR_WANTED; ERR_UNAVAILABLE while the store is away,
 * ERR_UNKNOWN_OUTCOME when a commit was sent and never confirmed, ERR_CONFLICT after too many re-runs,
 * ERR_DEADLINE_EXCEEDED.
 */
#ifndef PAIDAN_TXN_EXEC_H
#define PAIDAN_TXN_EXEC_H

#include "txn/txn.h"

struct exec;
struct exec_call_state; /* opaque handle of a call under way */
struct exec_watch;

/* What would hold the event loop up for too long. */
enum exec_work_kind {
	EXEC_WORK_SCRYPT, /* the slow hash of a password (scrypt.h) */
	EXEC_WORK_IDLE,   /* takes as long as the other, and does nothing */
};
struct exec_work {
	enum exec_work_kind kind;
	unsigned log2_n; /* the cost */
	struct slice password;
	struct slice salt;
	/* Called once, by the event loop; ok = false: it could not be done. */
	void (*done)(struct exec_work *work, bool ok);
	void *arg;
	/* the result */
	uint8_t hash[TXN_SCRYPT_BYTES];
};

/* Time, randomness and deferral come from outside: the worker's event loop or the simulator. */
struct exec_env {
	void *arg;
	int64_t (*now_ms)(void *arg); /* wall clock */
	uint64_t (*random)(void *arg);
	/* Bytes that nobody can guess. */
	void (*secret)(void *arg, uint8_t *out, size_t n);
	/* Calls fn(fn_arg) after delay_ms, outside the present call stack; 0 = as soon as possible. */
	void (*later)(void *arg, int64_t delay_ms, void (*fn)(void *fn_arg), void *fn_arg);
	/* Takes the work on: done follows, possibly at once. False: too much is waiting already. */
	bool (*work)(void *arg, struct exec_work *work);
};

/* Seals and opens personal data; implemented in txn/seal.c with OpenSSL. */
struct sealer;

struct exec_config {
	struct store *store;
	const struct exec_env *env;
	struct sealer *sealer;
	/* All methods of all services. */
	const struct method *const *methods;
	size_t n_methods;
	/* Called after a commit for every order whose next due moment is not in the future. */
	const struct method *order_tick;
	/* Called when a member's record changed elsewhere, so that the roster hears of it. */
	const struct method *refresh_member;
	/* Called when a credential was used for the first time in an hour, to write that down. */
	const struct method *note_use;
	const struct webhook_rules *webhooks; /* NULL: the default ones */
	size_t cache_bytes;                   /* record cache of the worker; 0: none */
};

/* What a request may bring; authn.h says what each is worth. */
enum credential_kind {
	CREDENTIAL_NONE,    /* nothing: for methods that are open to everybody */
	CREDENTIAL_KEY,     /* an API key: its id and the hash of its secret */
	CREDENTIAL_SESSION, /* an operator's session: likewise */
	CREDENTIAL_CERT,    /* the names in a client's certificate */
	CREDENTIAL_TOKEN,   /* a signed token of a resident or member */
	CREDENTIAL_ROOT,    /* the root key of this server */
	CREDENTIAL_SYSTEM,  /* the broker itself */
};

struct credential {
	enum credential_kind kind;
	struct slice tenant; /* named by the credential; ROOT and NONE: by the request */
	struct slice id;     /* of the record that the secret belongs to; empty: there is none */
	uint8_t secret_sha256[32];
	const struct slice *names; /* CERT: "uri:…", "dns:…" */
	size_t n_names;
	int64_t until_ms;        /* CERT: when it ends */
	const struct jwt *token; /* TOKEN; lives as long as the call */
	const char *peer;        /* the address it came from; NULL: from inside */
	Role act_as;             /* RESIDENT or MEMBER with act_as_id; else UNSPECIFIED */
	struct slice act_as_id;
};

struct exec_result {
	enum err err;
	const struct fault *fault;        /* never NULL */
	const ProtobufCMessage *response; /* OK only */
	const struct actor *actor;        /* who asked; NULL: that was never found out */
	const struct txn_cookie *cookie;  /* OK only: for the browser to keep; NULL: none */
	const char *position;             /* streams that begin now: where that is, for `after`; NULL: none */
};

struct exec_request {
	const struct method *method;
	struct credential credential;
	const void *request;        /* the method's request message */
	struct slice request_id;    /* idempotency key; empty: the message's own request_id field, if any */
	int64_t deadline_ms;        /* wall clock; 0: none */
	const EventRecord *watched; /* streams: the event to tell of; the caller's */
	const char *watched_id;     /* and its id */
	void (*done)(void *arg, const struct exec_result *result);
	void *arg;
};

/* The request of order_tick, refresh_member and note_use. */
struct exec_tick {
	const char *order_id; /* refresh_member: the member's; note_use: the credential's */
	/* order_tick: what was planned for the order with others of its batch; NULL: nothing. */
	const PlannedOrder *plan;
};

struct exec *exec_new(const struct exec_config *config);
/* Cancels everything under way without calling `done` and stops following events. Then the store may be
 * destroyed, and after it the exec freed. */
void exec_stop(struct exec *exec);
/* NULL-safe. */
void exec_free(struct exec *exec);

/* What each of the two arenas of a call may take, from now on (LIMIT_REQUEST_ARENA_BYTES at first). */
void exec_limit_memory(struct exec *exec, size_t bytes);
/* NULL: done was called already. */
struct exec_call_state *exec_call(struct exec *exec, const struct exec_request *request);
/* The caller is no longer interested; a commit already sent still happens. */
void exec_cancel(struct exec_call_state *call);

/* The newest version of the key file. */
uint32_t exec_newest_key(const struct exec *exec);

const struct method *exec_method(const struct exec *exec, struct slice path);

/* --- server streams --- */

/* What a watcher is told; valid during the call. */
struct exec_told {
	struct slice event_id;
	const ProtobufCMessage *message;
	uint64_t same; /* a number that all have in common who are told this very message; 0: nobody else is */
};

struct exec_watch_request {
	const struct method *method;
	struct credential credential;
	const void *request;
	struct slice after; /* event id to resume behind; empty: from now on */
	/* The watcher is let in (err OK) or not; called once, first. */
	void (*opened)(void *arg, const struct exec_result *result);
	/* One event. */
	void (*message)(void *arg, const struct exec_told *told);
	/* The stream ends by itself (access revoked, events gone). */
	void (*ended)(void *arg, const struct exec_result *result);
	void *arg;
};

struct exec_watch *exec_watch(struct exec *exec, const struct exec_watch_request *request);
/* Stops it; nothing more is called. */
void exec_unwatch(struct exec_watch *watch);
/* Ends it (`ended` is called) if the watcher's credential has expired, and makes sure of where it stands; to be called
 * now and then. */
void exec_watch_check(struct exec_watch *watch);
/* Where a watch stands that has nothing to tell, so that who was told nothing for days can still go on from there;
 * false: it stands at what it was told last, or is about to tell more. */
enum { EXEC_POSITION_BYTES = 64 };
bool exec_watch_position(struct exec_watch *watch, char position[EXEC_POSITION_BYTES]);
/* Back-pressure: while paused no message is delivered; events are read again from the log on resume. */
void exec_watch_pause(struct exec_watch *watch, bool paused);

/* --- metrics --- */

/* Kinds of events of orders are below this number. */
enum { EXEC_EVENT_KINDS = EVENT_KIND_EXCLUSION_WITHDRAWN + 1 };

struct exec_stats {
	uint64_t calls;
	uint64_t runs;  /* handler runs, re-runs included */
	uint64_t loads; /* load round trips */
	uint64_t commits;
	uint64_t conflicts; /* commits that met a stale guard */
	uint64_t repeats;   /* idempotent repeats answered */
	uint64_t cache_hits;
	uint64_t events;
	uint64_t kinds[EXEC_EVENT_KINDS]; /* events committed here, by kind of an order's */
	uint64_t watches;                 /* now */
	uint64_t in_flight;               /* now */
	uint64_t hashes;                  /* of passwords */
};
const struct exec_stats *exec_stats(const struct exec *exec);

#endif
