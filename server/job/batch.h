/*
 * batch: one page of due orders: planned together, then ticked one by one, each with what was planned for it.
 *
 * Nouns: a batch is under way until its last tick is answered; what is in one is in no other meanwhile. A few of its
 * ticks are in flight at a time. What fails is still due, without a plan or with one.
 * Ownership: exec and env outlive it, and so does whoever is told by `over`; a batch keeps copies of what it is given.
 * Errors: none; without memory the orders are still due.
 */
#ifndef PAIDAN_JOB_BATCH_H
#define PAIDAN_JOB_BATCH_H

#include "job/jobs.h"

struct batch;
struct worth_notes;

struct batches {
	struct exec *exec;
	const struct exec_env *env;
	struct jobs_stats *stats;
	void (*over)(void *arg); /* a batch has ended */
	void *arg;
	struct batch *first; /* under way */
	size_t in_flight;    /* ticks */
};

/* Entries of the due index; notes are the tenant's. */
void batch_start(struct batches *batches, struct worth_notes *notes, const struct store_entry *entries, size_t n);

#endif
