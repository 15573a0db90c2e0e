/*
 * planning: who is asked for which order of a batch, worked out in short turns, so that a worker's event loop has time
 * for its connections in between: candidates for some orders at a time (jobs.h, job_seat_batch), then the plan for all
 * (domain/batch.h), some of it at a time.
 *
 * Nouns: a turn is what is done without coming back to the loop. A batch of one turn's orders is planned at once.
 * Ownership: tenant and ids are borrowed; what was planned lies in the planning's arena, until planning_finish.
 * Errors: none; what can't be planned has no plan.
 */
#ifndef PAIDAN_JOB_PLANNING_H
#define PAIDAN_JOB_PLANNING_H

#include "txn/exec.h"

struct worth_notes;

enum {
	/* Orders for which candidates are looked for in one turn: some two milliseconds. */
	PLANNING_ORDERS = 128,
	/* Edges looked at in one turn: as long, where much is contested. */
	PLANNING_STEPS = 200000,
};

struct planning {
	struct exec *exec;
	const struct exec_env *env;
	const char *tenant;
	const char *const *order_ids;
	size_t n_orders;
	struct worth_notes *notes; /* of what windows saw */
	void (*done)(void *arg);   /* called once */
	void *arg;
	/* What was planned: of those that wait for their batch. */
	PlannedOrder **planned;
	size_t n_planned;
	bool greedy; /* there was too much to decide: oldest first, not the best for all */
	/* How far it has come. */
	struct arena arena;
	struct planning_work *work;
};

/* With all but the last three groups of fields filled in; done may be called at once. */
void planning_start(struct planning *planning);
void planning_finish(struct planning *planning);

#endif
