/*
 * settle: the town of a trace put into a sim as records, under the ids that it has in reality.
 *
 * Ownership: records borrow from the trace. Errors: ERR_FIELD_INVALID where the trace does not hold together (no root,
 * a unit below one that is not there); those of polygons; what the commit says.
 */
#ifndef PAIDAN_SIM_SETTLE_H
#define PAIDAN_SIM_SETTLE_H

#include "sim/sim.h"
#include "sim/trial.h"

enum err settle_town(struct sim *sim, const char *tenant, const struct trial_trace *trace, const Policy *policy,
		     struct arena *a, struct fault *fault);
/* One member who comes, moves or goes later. */
enum err settle_member(struct sim *sim, MemberRecord *member, struct fault *fault);

#endif
