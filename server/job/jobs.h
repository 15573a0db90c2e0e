/*
 * jobs: what the broker does by itself when time passes: offers expire, rings widen, holds end, orders
 * climb and close.
 *
 * Nouns: a tick lets time do to one order what is due; the due index (derived from the orders) says when.
 * An order that is due the moment it is committed is ticked at once by the worker that committed it; for
 * the rest the worker that holds a tenant's lease reads the index several times a second. The lease is
 * for efficiency only: two ticks of one order meet in its guard. Orders that are due together are planned
 * together first (domain/batch.h), as far as their mode has windows: each tick is told what was planned for it.
 * Ownership: the exec, store and env outlive the jobs.
 * Errors: none; what fails is still due.
 */
#ifndef PAIDAN_JOB_JOBS_H
#define PAIDAN_JOB_JOBS_H

#include "job/census.h"
#include "txn/exec.h"

/* Methods for exec_config. */
extern const struct method job_order_tick;
extern const struct method job_refresh_member;
extern const struct method job_note_use;
/* Learns how members answer from the newest events (domain/habit.h). */
extern const struct method job_learn;

/* Learns what windows have seen (worth_notes.h), and which members were free and have gone; the response is a
 * FreeMembers, of those who are free now. */
extern const struct method job_learn_worth;
struct worth_learn_request {
	const WorthRecord *seen;
	const FreeMembers *before; /* the time before; NULL: nobody knows */
};

/* Finds candidates for due orders that wait for their batch; the response is a BatchSeats. */
extern const struct method job_seat_batch;
struct seat_request {
	const char *const *order_ids;
	size_t n;
};

enum { JOBS_LATE_WINDOW_MS = 30000, JOBS_POLL_MS = 200, JOBS_LEASE_MS = 3000, JOBS_TENANTS_MS = 2000 };

/* Drops events that no stream may resume from any more, claims that have outlived their day, sessions that ended
 * and wrong tries that are forgotten. */
extern const struct method job_housekeep;
struct housekeep_request {
	unsigned first_bucket, n_buckets; /* of the claims to drop */
};
enum { HOUSEKEEP_BUCKETS = 256, JOBS_HOUSEKEEP_MS = 60 * 1000 };

struct jobs;

struct jobs_stats {
	uint64_t ticks;
	uint64_t late_ms_max; /* of the last JOBS_LATE_WINDOW_MS at least */
	uint64_t leases;      /* tenants whose lease this worker holds now */
	uint64_t batches, batch_orders,
	    batch_greedy; /* planned; orders in them; not the best, for there were too many */
	uint64_t planning_ms;
	uint64_t keys_left; /* persons' keys of these that an old version of the key file wraps */
	/* Of those tenants, by state (census.h). */
	uint64_t orders[CENSUS_N_STATES], late_orders[CENSUS_N_STATES];
	int64_t age_ms[CENSUS_N_STATES]; /* the longest of all tenants */
};

/* owner names this worker among all (for the lease). NULL: out of memory. */
struct jobs *jobs_start(struct exec *exec, struct store *store, const struct exec_env *env, const char *owner);
/* Calls fn, several times a second, for each tenant whose lease this worker holds. */
void jobs_on_lease(struct jobs *jobs, void (*fn)(void *arg, struct slice tenant), void *arg);
/* Takes no more work; the memory goes with the last answer. NULL-safe. */
void jobs_stop(struct jobs *jobs);
const struct jobs_stats *jobs_stats(struct jobs *jobs);

#endif
