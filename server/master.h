/*
 * master: starts and watches the workers and the embedded Redis; serves nothing itself.
 *
 * Life: reserve the ports → start Redis → start the workers → ready (state file, systemd) → TERM or INT:
 * the workers drain, then Redis stops → end. HUP is passed on to the workers. A worker that ends on its own
 * is started again, at once, then after growing pauses.
 *
 * The process forks, and the child has another life: master_run returns MASTER_IS_WORKER there, with
 * everything of the master's let go, and the caller goes on as that worker.
 * Ownership: borrows config and files. Errors: MASTER_FAILED; the reason is in the log.
 */
#ifndef PAIDAN_SERVER_MASTER_H
#define PAIDAN_SERVER_MASTER_H

#include "worker.h"

enum master_outcome { MASTER_ENDED, MASTER_FAILED, MASTER_IS_WORKER };

struct master;

/* NULL: no memory, or a port that can't be had (logged). Puts the real ports into the config. */
struct master *master_new(struct server_config *config, struct data_files *files, int argc, char *const *argv);
enum master_outcome master_run(struct master *m);
/* MASTER_IS_WORKER: what the worker is to be. Valid until master_free. */
const struct worker_setup *master_worker_setup(const struct master *m);
/* NULL-safe; in the worker too, at its end. */
void master_free(struct master *m);

#endif
