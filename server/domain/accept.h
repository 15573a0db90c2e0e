/*
 * accept: how likely a member is to take an offer, and so how many are to be asked at once.
 *
 * Nouns: an estimate is in thousandths. Today it is the member's own share of offers accepted, held towards what the
 * policy expects of somebody unknown by so many imaginary offers; the target is the chance that somebody takes the
 * order that a mode wants (DispatchMode.accept_target_milli).
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_ACCEPT_H
#define PAIDAN_DOMAIN_ACCEPT_H

#include "domain/match.h"

/* Never 0 and never certain. */
uint32_t accept_estimate_milli(const struct scene *s, const struct match_order *wanted, const MemberRecord *member,
			       const LoadRecord *load);
/* Of somebody of whom nothing is known. */
uint32_t accept_prior_milli(const Policy *policy);

/* The chance that nobody takes it, in millionths: everybody when nobody is asked. */
#define ACCEPT_NOBODY_ASKED 1000000U
uint32_t accept_missed_by(uint32_t missed_micro, uint32_t estimate_milli);
/* Whether enough are asked; never of a mode without a target. */
bool accept_is_enough(const DispatchMode *mode, uint32_t missed_micro);
/* How many are asked at once when nothing is known of any of them. */
uint32_t accept_fanout(const Policy *policy, const DispatchMode *mode);

#endif
