/*
 * world: a whole broker in this process: real handlers and jobs on the memory store, under a clock that
 * only moves when told and with seeded randomness.
 *
 * Nouns: a reply is what a call answered, copied into the world's arena; who = on whose behalf.
 * Ownership: replies are valid until world_forget or world_free.
 * Errors: a reply carries the err; set-up helpers abort, for a test can't go on without them.
 */
#ifndef PAIDAN_TESTS_SIM_WORLD_H
#define PAIDAN_TESTS_SIM_WORLD_H

#include "job/jobs.h"
#include "txn/exec.h"
#include "txn/store_memory.h"

#define WORLD_TENANT "elm"
/* 2026-03-02 02:00 UTC, a Monday, 10:00 in Beijing. */
#define WORLD_START_MS INT64_C(1772416800000)

struct world;

struct world_options {
	uint64_t seed;
	size_t cache_bytes;  /* of the executor's record cache */
	struct store *store; /* NULL: a memory store of its own; else borrowed */
	int64_t latency_ms;  /* each leg to the store and back takes up to this; 0: it answers at once */
	bool no_jobs;        /* time passes without anything happening by itself */
	/* Time passes in order: what is due is planned and ticked one after the other, as the same in every run. */
	bool in_order;
	/* Lets a store that answers later go on: called while something is waited for. NULL: none needed. */
	void (*pump)(void *arg);
	void *pump_arg;
};

struct world *world_new(const struct world_options *options);
void world_free(struct world *w);
void world_forget(struct world *w);

struct who {
	Role role; /* ADMIN, SYSTEM, RESIDENT, MEMBER; KEY users set key instead */
	const char *id;
	const char *key;  /* "pdk_…", "pds_…": overrides role; id and role then act through it */
	const char *peer; /* the address it comes from; NULL: from inside */
};
#define AS_ADMIN ((struct who){.role = ROLE_ADMIN, .id = ""})
#define AS_RESIDENT(id_) ((struct who){.role = ROLE_RESIDENT, .id = (id_)})
#define AS_MEMBER(id_) ((struct who){.role = ROLE_MEMBER, .id = (id_)})
#define AS_NOBODY ((struct who){.id = ""})
#define WITH_KEY(key_) ((struct who){.key = (key_)})

struct world_reply {
	enum err err;
	struct fault fault;
	void *message;            /* NULL on errors */
	struct txn_cookie cookie; /* value NULL: none */
	bool answered;            /* false: still under way (only with a store that answers later) */
};

/* path without "/paidan.v1.": "OrderService/PlaceOrder". */
struct world_reply world_call(struct world *w, struct who who, const char *path, const void *request);

/* Starts a call without waiting; out (and request) must live until it is answered. The handle is for
 * exec_cancel; NULL: answered already. */
struct exec_call_state *world_begin(struct world *w, struct who who, const char *path, const void *request,
				    struct world_reply *out);
/* The credential of somebody. */
struct credential world_credential(struct who who);
const struct method *world_method(struct world *w, const char *path);
/* Lets the events that are due now, or in at most limit_ms, happen until *flag. */
void world_wait(struct world *w, const bool *flag, int64_t limit_ms);

/* Until all calls are answered, the broker's own among them. */
void world_settle(struct world *w);
const struct exec_env *world_env(struct world *w);

/* The broker loses its store for good (only with latency_ms): to all others it has died. */
void world_cut_off(struct world *w);

int64_t world_now_ms(const struct world *w);
/* Lets time pass; whatever becomes due happens in order. */
void world_advance(struct world *w, int64_t ms);
/* The store underneath: with latency_ms, what the answers are late of. */
struct store *world_store(struct world *w);
/* Everything that the tenant has, as text: to see that nothing changed. */
char *world_dump(struct world *w);
/* Another version in the key file, and one less. */
void world_new_key(struct world *w);
void world_drop_key(struct world *w, uint32_t version);
struct exec *world_exec(struct world *w);
/* Of the jobs that run here. */
const struct jobs_stats *world_jobs(struct world *w);
struct arena *world_arena(struct world *w);
uint64_t world_random(struct world *w);
/* Calls that asked for time alone (txn_idle); how often, the executor's stats don't say. */
unsigned world_idles(const struct world *w);

/* --- a small town, made through the API: n × n grids of 500 m under one community --- */
struct town {
	char *community_id;
	char **grid_ids;
	size_t n_grids;
	char *plain_category; /* one slot, NORMAL, 10 points, 5 per quarter hour, bonus 5 */
	char *urgent_category;
	char *danger_category;
	char *pair_category; /* two slots, one needs "lift" */
	char *complaint_category;
};
struct town world_town(struct world *w, size_t side);
/* The middle of a grid, offset by metres. */
GeoPoint *world_point(struct world *w, size_t grid, double east_m, double north_m, size_t side);
char *world_member(struct world *w, const GeoPoint *home, const char *skill);
char *world_resident(struct world *w);
char *world_order(struct world *w, const char *resident_id, const char *category_id, const GeoPoint *point);
const Order *world_get_order(struct world *w, const char *order_id);

#endif
