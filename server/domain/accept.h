/*
 * accept: how likely a member is to take an offer, and so how many are to be asked at once.
 *
 * Nouns: an estimate is in thousandths; the target is the chance that somebody takes the order that a mode wants
 * (DispatchMode.accept_target_milli). The estimate is the member's own share of offers accepted, held towards what the
 * policy expects of somebody unknown by so many imaginary offers. Where nearly every order must be taken at once, and
 * what was learnt of all answers (habit.h) has been right more often, it is that; where less is wanted the same members
 * are asked either way (tests/bench/README.md), and nobody need read it.
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_ACCEPT_H
#define PAIDAN_DOMAIN_ACCEPT_H

#include "domain/match.h"

/* Never 0 and never certain. learnt NULL: nothing was, or it does not matter. */
uint32_t accept_estimate_milli(struct scene *s, const AcceptModelRecord *learnt, const struct match_order *wanted,
			       const MemberRecord *member, const LoadRecord *load);
/* Of somebody of whom nothing is known. */
uint32_t accept_prior_milli(const Policy *policy);
/* Whether the mode goes by what was learnt. */
bool accept_wants_learnt(const DispatchMode *mode);
/* Whether dispatch goes by it in any mode. */
bool accept_learnt_counts(const Policy *policy, const AcceptModelRecord *learnt);

/* The chance that nobody takes it, in millionths: everybody when nobody is asked. */
#define ACCEPT_NOBODY_ASKED 1000000U
uint32_t accept_missed_by(uint32_t missed_micro, uint32_t estimate_milli);
/* By those who are asked for the slot already. */
uint32_t accept_missed_by_asked(const Policy *policy, const OrderRecord *order, uint32_t slot);
/* Whether enough are asked; never of a mode without a target. */
bool accept_is_enough(const DispatchMode *mode, uint32_t missed_micro);
/* How many are asked at once when nothing is known of any of them. */
uint32_t accept_fanout(const Policy *policy, const DispatchMode *mode);

#endif
