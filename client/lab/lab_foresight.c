#include "lab_foresight.h"

#include <stdlib.h>

#include "lab_rehearsal.h"
#include "lab_run.h"

uint32_t *lab_foresight_plan(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy,
			     const struct lab_moment *moment)
{
	uint32_t *out = arena_array(a, moment->n_orders, sizeof(*out));
	struct lab_rehearsal r = {.trace = trace, .policy = policy, .moment = moment};
	struct assign_plan plan;
	lab_rehearsal_find(&r);
	struct assign_problem problem = lab_rehearsal_problem(a, &r);
	/* Costs and counts are within bounds: lab_rehearsal, the readers. */
	if (assign_solve(a, &problem, UINT64_MAX, &plan) != OK)
		abort();
	for (uint32_t i = 0; i < moment->n_orders; i++) {
		uint32_t m = plan.members[i];
		out[i] = m == ASSIGN_NOBODY || m >= moment->n_members ? LAB_NOBODY : moment->members[m];
	}
	return out;
}
