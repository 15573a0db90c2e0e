/*
 * lab_rules: the broker's own rules that a lab policy stands for.
 *
 * Nouns: the rules are a policy record as `paidan rules set` takes it: windows, times to live, weights. The service
 * time is the longest time that an order of the trace is open for, against which age is counted. What the broker does
 * not know of is told by its setting's name. Ownership: the record lies in the arena. Errors: none.
 */
#ifndef PAIDAN_LAB_RULES_H
#define PAIDAN_LAB_RULES_H

#include "lab_policy.h"
#include "lab_trace.h"
#include "paidan_pb.h"

Policy *lab_rules_of(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy);
/* Whether the broker remembers jobs for as long as the policy wants. */
bool lab_rules_weigh_jobs(const struct lab_policy *policy);
/* The first setting in use that only the lab has; NULL: the broker can do all of it. */
const char *lab_rules_missing(const struct lab_policy *policy);
/* As arguments of `paidan rules set`: "weights.jobM=35 routine.windowMs=10000". */
const char *lab_rules_text(struct arena *a, const Policy *rules);

#endif
