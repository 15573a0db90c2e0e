/*
 * lab_rehearsal: those who are there and the rehearsal of those to come, as one assignment; see lab_foresight.h.
 *
 * Nouns: rows are the orders that are there, then the rehearsal's; columns are the members likewise. A row's edges rise
 * by cost, then by column. Costs are whole millimetres.
 * Ownership: everything lies in the arena, or is borrowed. Errors: none.
 */
#ifndef PAIDAN_LAB_REHEARSAL_H
#define PAIDAN_LAB_REHEARSAL_H

#include "domain/assign.h"
#include "lab_foresight.h"

struct lab_rehearsal {
	const struct lab_trace *trace;
	const struct lab_policy *policy;
	const struct lab_moment *moment;
	/* What it is made of: those of the trace from first_order and first_member on. */
	uint32_t first_order, first_member;
	uint32_t n_orders, n_members; /* rows and columns */
};

/* What the last foresight_s brought. */
void lab_rehearsal_find(struct lab_rehearsal *rehearsal);
struct assign_problem lab_rehearsal_problem(struct arena *a, const struct lab_rehearsal *rehearsal);

#endif
