/*
 * children: the workers as their master sees them: processes that start, become ready, end and are started
 * again.
 *
 * Nouns: a child that ends on its own is due again, at once when it has lived for a while, else after a
 * pause that doubles. A child that gives up (exits with a failure) before any was ever ready shows that the
 * broker can't be started as it is configured.
 * Ownership: base and metrics are borrowed. Processes that still run when children_free is called go on.
 * Errors: children_new NULL without memory; what fails later is logged and tried again.
 */
#ifndef PAIDAN_SERVER_CHILDREN_H
#define PAIDAN_SERVER_CHILDREN_H

#include <sys/types.h>

#include <event2/event.h>

#include "rpc/metrics.h"

struct children;

enum { CHILDREN_NONE = -1 };

/* n processes, with the metrics' slots from 1 on. */
struct children *children_new(struct event_base *base, size_t n, struct metrics *metrics);
void children_free(struct children *c);

/* Starts those that are due. In a child it returns the child's index, with the pipe that it is to write one
 * byte to when it is ready; in the master CHILDREN_NONE. Not from inside the event loop. */
int children_start(struct children *c, int *ready_fd);
/* In a child, after event_reinit: lets go of what is the master's. */
void children_forget(struct children *c);
/* Takes notice of those that have ended. */
void children_reap(struct children *c);
/* None is started again from now on. */
void children_hold(struct children *c);
void children_signal(const struct children *c, int signal_number);

size_t children_running(const struct children *c);
bool children_all_ready(const struct children *c);
bool children_gave_up(const struct children *c);
uint64_t children_restarts(const struct children *c);
/* Changes whenever a process was started; copies the n process ids (0: none now). */
uint64_t children_pids(const struct children *c, pid_t *pids);

#endif
