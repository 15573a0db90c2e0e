/*
 * bench_watch: thousands of watchers of a tenant's events, and how long an event takes to each of them.
 *
 * Nouns: a watcher is one stream of EventService.Watch, many of them on each connection; it follows one grid, so
 * that an event goes to the watchers of its grid, or everything. The time counts from the event's own, which is
 * when its transaction began, to its arrival: commit, store and network included. Both clocks are this machine's.
 * Ownership: borrows the link and the town until watchers_free.
 * Errors: watchers_open false, and `error` says why: a watcher was refused. One that ends later is counted.
 */
#ifndef PAIDAN_CLI_BENCH_WATCH_H
#define PAIDAN_CLI_BENCH_WATCH_H

#include "replay_town.h"

/* Streams of one connection: a server allows 256. */
enum { WATCHERS_PER_CONNECTION = 100 };

struct watchers_options {
	unsigned n;
	bool everything; /* each watcher hears of all grids */
};

struct watchers_result {
	struct hist times;
	uint64_t ended; /* streams that the server ended */
};

struct watchers;

/* Opens all of them; returns when the connections stand and every stream was asked for. */
struct watchers *watchers_open(struct rpcs *r, struct channel *link, const struct town *town,
			       const struct watchers_options *options, struct rpc_error *error);
/* Forgets what was heard so far. */
void watchers_reset(struct watchers *w);
const struct watchers_result *watchers_result(const struct watchers *w);
void watchers_free(struct watchers *w);

#endif
