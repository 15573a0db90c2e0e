/*
 * worth_notes: what a tenant's windows have seen of how soon orders are served (domain/worth_seen.h): kept in memory by
 * the worker that plans them, and learnt now and then by one transaction (jobs.h, job_learn_worth), so that windows
 * write nothing.
 *
 * Nouns: while what was seen is being learnt what comes is noted apart. Where the policy does not weigh it nothing is.
 * Ownership: exec, env and tenant outlive the notes, which outlive whoever waits for them to be learnt.
 * Errors: none; what can't be noted or learnt is lost: others come.
 */
#ifndef PAIDAN_JOB_WORTH_NOTES_H
#define PAIDAN_JOB_WORTH_NOTES_H

#include "domain/batch.h"
#include "job/jobs.h"

struct worth_page {
	struct arena arena;
	WorthRecord seen;
	bool begun;
};

struct worth_notes {
	struct exec *exec;
	const struct exec_env *env;
	const char *tenant;
	struct worth_page pages[2];
	unsigned page; /* that is written on */
	struct arena free_in;
	FreeMembers *free; /* when it was last learnt; NULL: nobody knows */
	struct worth_learn_request request;
	bool learning;
	void (*then)(void *arg);
	void *then_arg;
};

void worth_notes_init(struct worth_notes *notes, struct exec *exec, const struct exec_env *env, const char *tenant);
void worth_notes_finish(struct worth_notes *notes);
/* A batch was planned. */
void worth_notes_take(struct worth_notes *notes, SeatedOrder *const *orders, size_t n, const struct batch_plan *plan);
/* Learns when it is time to; then(arg) follows behind it, or at once. */
void worth_notes_learn(struct worth_notes *notes, void (*then)(void *arg), void *arg);

#endif
