/*
 * lab_windows: a trace of orders and members that come and go, replayed in time under a policy.
 *
 * Nouns: a run is one replay; a tick is a second. At the end of each window of the policy all orders that nobody was
 * asked for at the moment, and all members who are there and were not asked, are decided together. A pair is offered
 * once at most, a member has one open offer and serves one order, or one at a time; reach and windows are hard.
 * Ownership: results lie in the arena. Errors: none.
 */
#ifndef PAIDAN_LAB_WINDOWS_H
#define PAIDAN_LAB_WINDOWS_H

#include "lab_coins.h"
#include "lab_pairs.h"
#include "lab_policy.h"
#include "lab_run.h"

/* service_s: a job takes so long, then its member is free again for as long as they are there; 0: they serve once. */
struct lab_run lab_windows_play(struct arena *a, const struct lab_trace *trace, const struct lab_pairs *pairs,
				const struct lab_policy *policy, const struct lab_coins *coins, double service_s);

#endif
