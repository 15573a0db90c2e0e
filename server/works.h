/*
 * works: what would hold the event loop up (exec.h, exec_work): the slow hashes of passwords.
 *
 * Nouns: the threads are at most WORK_THREADS, started when first needed; the queue is bounded, for who
 * waits longer than a request may take waits in vain. To idle is to wait as long as a recent hash took,
 * queue included.
 * Ownership: what is asked for is copied, so that the asker may go first; the loop's owner frees the works
 * after the last event was handled: what is under way is waited for, and nobody is told.
 * Errors: works_take false when too much is waiting, or no thread can be had.
 */
#ifndef PAIDAN_SERVER_WORKS_H
#define PAIDAN_SERVER_WORKS_H

#include <event2/event.h>

#include "txn/exec.h"

enum {
	/* 128 MiB each, and they must leave cores to the loops. */
	WORK_THREADS = 2,
	/* At 0.4 s a hash and two at once, the last one waits some 6 s. */
	WORK_QUEUE = 32,
	/* Refused logins that wait to be told so; more of them are told at once to come again. */
	WORK_IDLERS = 512,
};

struct works;

/* env: for idling. NULL without memory. */
struct works *works_new(struct event_base *base, const struct exec_env *env);
/* NULL-safe. */
void works_free(struct works *works);
/* For exec_env.work. */
bool works_take(struct works *works, struct exec_work *work);

#endif
