/*
 * census: how many orders of a tenant wait in which state, and for how long, for the metrics.
 *
 * Nouns: late = past the promised time. Counted out of the board's index, by the worker that holds the tenant's lease,
 * now and then: a count of index ranges, not of orders. Those of a higher priority stand on the board as if they were
 * due sooner; two small indexes of theirs say which of them are not late yet. An age is the time since an order was
 * placed; of each urgency the order that was promised the soonest is looked at, and the oldest of these is told.
 * Ownership: the store outlives the census; one that is under way must not go (census.busy).
 * Errors: none; what could not be counted stays as it was.
 */
#ifndef PAIDAN_JOB_CENSUS_H
#define PAIDAN_JOB_CENSUS_H

#include "txn/store.h"
#include "paidan_pb.h"

/* Of the states that an order can wait in, in this order. */
#define CENSUS_STATES(X) X(PLACED) X(OFFERED) X(ACCEPTED) X(STARTED) X(HELD) X(COMPLETED)
enum census_state {
#define X(state) CENSUS_##state,
	CENSUS_STATES(X)
#undef X
	    CENSUS_N_STATES
};
/* What is read of each state and urgency. */
enum census_range { CENSUS_LATE, CENSUS_RAISED, CENSUS_RAISED_LATE, CENSUS_FIRST, CENSUS_RANGES };
enum { CENSUS_EVERY_MS = 10000, CENSUS_URGENCIES = 4, CENSUS_FIRSTS = CENSUS_N_STATES * CENSUS_URGENCIES };

struct census {
	bool busy;
	int64_t due_ms;
	uint64_t orders[CENSUS_N_STATES];
	uint64_t late[CENSUS_N_STATES];
	int64_t age_ms[CENSUS_N_STATES];
	/* while it is counted */
	struct store *store;
	struct slice tenant;
	int64_t now_ms;
	struct arena arena;
	struct store_load load;
	struct store_read reads[CENSUS_N_STATES + CENSUS_RANGES * CENSUS_FIRSTS];
	size_t states[CENSUS_FIRSTS]; /* of the orders that are read */
	void (*done)(void *arg);
	void *arg;
};

/* Counts when it is time to. done(arg) is called when it is no longer busy, possibly before this returns. */
void census_take(struct census *census, struct store *store, struct slice tenant, int64_t now_ms,
		 void (*done)(void *arg), void *arg);
/* Somebody else counts from now on. */
void census_forget(struct census *census);

#endif
