/*
 * worker: one process that serves: wires event loop, store, executor, jobs, RPC and network together.
 *
 * Life: set up → listening → ready (the store was reached, or is long in coming) → TERM: drain → end.
 * HUP takes the certificate and the log level anew. INT is the master's affair. When the master dies, so do
 * its workers, at once.
 * Ownership: borrows the setup. Errors: worker_run returns the exit status; what went wrong is in the log.
 */
#ifndef PAIDAN_SERVER_WORKER_H
#define PAIDAN_SERVER_WORKER_H

#include <sys/types.h>

#include "data_dir.h"
#include "rpc/metrics.h"

struct worker_setup {
	unsigned index;
	pid_t master;
	/* With real ports. */
	const struct server_config *config;
	const struct data_files *files;
	const char *redis_socket; /* of the embedded Redis; NULL: the config's */
	struct metrics *metrics;  /* the worker's slot is index + 1 */
	const uint8_t *ticket_key;
	int ready_fd; /* is written one byte when the worker is ready */
	/* For loading the config again. */
	int argc;
	char *const *argv;
};

int worker_run(const struct worker_setup *setup);

#endif
