/*
 * tenant: what a worker keeps of one tenant: configuration snapshot, id blocks, roster, the followed
 * event stream.
 *
 * Nouns: a snapshot is a configuration with the arena it lives in, counted by those who use it; a block
 * is 64 consecutive numbers reserved in the store; seen = a record passed by (loaded or committed), which
 * keeps the roster current.
 * Life: tenant_open → LOADING → READY (or MISSING: no such tenant; or FAILED: the store is away, tried
 * again at the next call). The events are followed from before the configuration is loaded, so that no
 * change of it is missed.
 * Ownership: tenants belong to the exec.
 * Errors: tenant_when_ready reports OK, ERR_NOT_FOUND, ERR_UNAVAILABLE, ERR_DATA_CORRUPT.
 */
#ifndef PAIDAN_TXN_TENANT_H
#define PAIDAN_TXN_TENANT_H

#include "domain/roster.h"
#include "txn/exec.h"
#include "txn/recent.h"
#include "txn/record_cache.h"
#include "txn/watch_index.h"

enum { TENANT_ID_CHARS = 24 };

struct snapshot {
	struct arena arena;
	struct config *config;
	unsigned users;
	char log_end[LOG_ID_BYTES]; /* of the event log, before anything was read; "": it was empty */
};

struct tenant;

/* An entry of the event stream, as it was heard. */
struct tenant_heard {
	struct slice id;
	const EventBatch *batch;
	const struct log_id *before; /* the entry heard before this one; NULL: not known */
};

/* One per exec: all tenants of the worker. */
struct tenants {
	struct exec *exec;
	struct store *store;
	const struct exec_env *env;
	struct sealer *sealer;
	struct squasher *squasher;
	struct record_cache *cache; /* NULL: none */
	struct tenant *first;
	/* An entry of a tenant's event stream; it is valid during the call. */
	void (*on_events)(struct exec *exec, struct tenant *tenant, const struct tenant_heard *heard);
	/* A member's profile changed elsewhere, or their load did and it matters. */
	void (*on_member)(struct exec *exec, struct tenant *tenant, const char *member_id);
};

/* The tenant of that id, made when unknown; NULL when the id can't be one or memory is out. */
struct tenant *tenant_open(struct tenants *all, struct slice id);
/* Asks the store for nothing any more. What it still answers finds the tenants there. */
void tenants_stop(struct tenants *all);
/* After the store's end. */
void tenants_free(struct tenants *all);
/* Calls and watches say that they use a tenant. One that turned out not to exist is forgotten with its
 * last user, so that made-up names cost nothing. */
void tenant_use(struct tenant *tenant);
void tenant_release(struct tenant *tenant);

/* A wait for the configuration; embed it in the waiter. */
struct tenant_wait {
	struct tenant_wait *next, **at;
	void (*ready)(struct tenant_wait *wait, enum err err);
};
/* Calls ready, possibly at once, when the configuration is loaded and at least as new as min_version. */
void tenant_when_ready(struct tenant *tenant, uint64_t min_version, struct tenant_wait *wait);
/* Stops waiting; harmless when ready was called already. */
void tenant_wait_cancel(struct tenant_wait *wait);
/* Makes the next tenant_when_ready load again. */
void tenant_config_changed(struct tenant *tenant);

const char *tenant_id(const struct tenant *tenant);
struct tenants *tenant_all(const struct tenant *tenant);
/* NULL before the first load, and for ROOT methods. */
const struct config *tenant_config(const struct tenant *tenant);
struct snapshot *tenant_hold(struct tenant *tenant);
/* NULL-safe. */
void snapshot_release(struct snapshot *snapshot);
const struct roster *tenant_roster(const struct tenant *tenant);
struct sealer *tenant_sealer(const struct tenant *tenant);
struct squasher *tenant_squasher(const struct tenant *tenant);

/* The next number of the kind's block; false: a block has to be reserved first. */
bool tenant_take_number(struct tenant *tenant, enum record_kind kind, uint64_t *number);
/* A wait for a reserved block; calls ready with OK or ERR_UNAVAILABLE. */
void tenant_reserve(struct tenant *tenant, enum record_kind kind, struct tenant_wait *wait);

/* A record from this worker's cache, copied into the arena. */
bool tenant_cached(struct tenant *tenant, struct arena *a, enum record_kind kind, const char *id,
		   struct slice *envelope, bool *packed);
void tenant_cache_put(struct tenant *tenant, enum record_kind kind, const char *id, struct slice envelope, bool packed);
void tenant_cache_drop(struct tenant *tenant, enum record_kind kind, const char *id);
/* Keeps the roster current. */
void tenant_seen(struct tenant *tenant, enum record_kind kind, const char *id, struct slice body);
/* The same of a record that was just written: body is what `message` was encoded to. */
void tenant_wrote(struct tenant *tenant, enum record_kind kind, const char *id, struct slice body, const void *message);

/* The newest entries of the tenant's events. */
const struct recent *tenant_recent(const struct tenant *tenant);
/* Watches of the tenant (watch.c). */
struct exec_watch **tenant_watches(struct tenant *tenant);
struct watch_index *tenant_listeners(struct tenant *tenant);
struct tenant *tenant_next(const struct tenant *tenant);

#endif
