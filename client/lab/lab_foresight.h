/*
 * lab_foresight: a window decided as if the last minutes came once more.
 *
 * Nouns: the rehearsal is what came within the last foresight_s, put off so that it comes from now on: it stands for
 * what is to come, for nothing is known of that. All of it, and those who are there, are planned together for the least
 * cost: metres, and age_m for each second that an order waits; an order whose time ends within the rehearsal costs
 * lost_m more. Of the plan only what begins now matters: an order that the rehearsal can serve as well waits, and a
 * member whom a hard place will need is kept for it.
 * Ownership: the plan lies in the arena. Errors: none.
 */
#ifndef PAIDAN_LAB_FORESIGHT_H
#define PAIDAN_LAB_FORESIGHT_H

#include "lab_policy.h"
#include "lab_trace.h"

struct lab_moment {
	double now_s;
	const uint32_t *orders; /* that may be put to somebody now */
	uint32_t n_orders;
	const uint32_t *members; /* who may be asked */
	uint32_t n_members;
	uint32_t came_orders, came_members; /* so many of the trace have come */
	/* Whether the member was asked for the order before. */
	bool (*asked)(const void *arg, uint32_t order, uint32_t member);
	const void *arg;
};

/* Whom each order is to be put to; LAB_NOBODY: it waits. */
uint32_t *lab_foresight_plan(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy,
			     const struct lab_moment *moment);

#endif
