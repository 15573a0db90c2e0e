/*
 * trial: a policy tried on what a tenant has been through: the same orders at the same times, dispatched by the real
 * handlers and jobs (sim.h), to members who answer as they did on the whole.
 *
 * Nouns: the trace is the tenant's own last days as the API tells them (ListTrace and lists of members, units and
 * categories); a coin is what one member says to one order. Whether somebody accepts is simulated: by the share of
 * dispatch's offers that the member accepted in the trace, drawn towards that of all when there were few. The same seed
 * gives the same coins whatever the policy, so that two policies meet the same people.
 * What is not played: pauses, ratings, assignments by hand, members who help themselves from the grab pool, and what
 * members were doing before the trace begins.
 * Ownership: the trace is borrowed; results are plain. Errors: those of the policy (policy_check.h, pb_rule.h) and of a
 * trace that does not hold together, with the fault's field; texts lie in the arena.
 */
#ifndef PAIDAN_SIM_TRIAL_H
#define PAIDAN_SIM_TRIAL_H

#include "base/arena.h"
#include "base/err.h"
#include "paidan_pb.h"

struct trial_trace {
	Node **nodes; /* with polygons; one is the root */
	size_t n_nodes;
	Category **categories;
	size_t n_categories;
	Member **members;
	size_t n_members;
	TraceOrder **orders; /* in any order */
	size_t n_orders;
};

/* How the members of the trace answered. */
struct trial_answers {
	uint64_t offered, accepted, declined, silent; /* offers of dispatch that were answered, or ran out */
};

struct trial_measures {
	uint64_t orders, skipped; /* skipped: their category or grid is gone */
	uint64_t served;          /* somebody for every place */
	uint64_t pooled, unserved;
	uint64_t offers, completed;
	uint64_t kept, due; /* completed in time, of those whose promised time has come or that are done */
	double wait_mean_s, wait_p50_s, wait_p90_s; /* placed to served */
	double metres_mean;                         /* of who served, from home */
	double offers_per_completion;
	double gini_done, gini_offers; /* over all active members */
	double offers_per_member_day_p99;
};

/* How it went in the trace itself; as far as it tells. */
void trial_history(const struct trial_trace *trace, struct arena *a, struct trial_measures *measures,
		   struct trial_answers *answers);
/* Whether the policy could be: of trial_play's errors, those that are not the trace's. */
enum err trial_check(const Policy *policy, struct arena *a, struct fault *fault);
/* Plays the trace under a policy. */
enum err trial_play(const struct trial_trace *trace, const Policy *policy, uint64_t seed, struct arena *a,
		    struct fault *fault, struct trial_measures *measures);

#endif
