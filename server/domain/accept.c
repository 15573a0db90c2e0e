#include "domain/accept.h"

#include <math.h>

#include "base/limits.h"
#include "domain/habit.h"

enum {
	DEFAULT_PRIOR_MILLI = 300,
	PRIOR_OFFERS = 10,
	LEAST_MILLI = 10,
	MOST_MILLI = 990,
	/* Measured: for nine orders of ten it saves offers, for six of ten none. */
	LEARNT_TARGET_MILLI = 800,
};

uint32_t accept_prior_milli(const Policy *policy)
{
	return policy->accept_prior_milli == 0 ? DEFAULT_PRIOR_MILLI : policy->accept_prior_milli;
}

bool accept_wants_learnt(const DispatchMode *mode)
{
	return mode->accept_target_milli >= LEARNT_TARGET_MILLI;
}

bool accept_learnt_counts(const Policy *policy, const AcceptModelRecord *learnt)
{
	return habit_basis(learnt) != ACCEPTANCE_BASIS_MEMBER &&
	       (accept_wants_learnt(policy->routine) || accept_wants_learnt(policy->urgent) ||
		accept_wants_learnt(policy->emergency));
}

static uint32_t by_own_share(const struct scene *s, const LoadRecord *load)
{
	/* What they took from the pool was no offer. */
	uint64_t accepted = load->accepted < load->offered ? load->accepted : load->offered;
	uint64_t prior = (uint64_t)accept_prior_milli(s->config->policy) * PRIOR_OFFERS;
	uint64_t milli = (prior + 1000 * accepted) / (PRIOR_OFFERS + (uint64_t)load->offered);
	if (milli < LEAST_MILLI)
		return LEAST_MILLI;
	return milli > MOST_MILLI ? MOST_MILLI : (uint32_t)milli;
}

uint32_t accept_estimate_milli(struct scene *s, const AcceptModelRecord *learnt, const struct match_order *wanted,
			       const MemberRecord *member, const LoadRecord *load)
{
	if (habit_basis(learnt) == ACCEPTANCE_BASIS_MEMBER)
		return by_own_share(s, load);
	struct geo_point home = {member->lat_e6, member->lon_e6};
	struct habit_case asked =
	    habit_case_of(s, wanted->order->category_id, load, geo_distance_m(home, wanted->point));
	return (uint32_t)lround(1000 * habit_estimate(learnt, &asked));
}

uint32_t accept_missed_by(uint32_t missed_micro, uint32_t estimate_milli)
{
	return (uint32_t)((uint64_t)missed_micro * (1000 - estimate_milli) / 1000);
}

uint32_t accept_missed_by_asked(const Policy *policy, const OrderRecord *order, uint32_t slot)
{
	uint32_t missed_micro = ACCEPT_NOBODY_ASKED;
	for (size_t i = 0; i < order->n_offers; i++) {
		const OfferRecord *offer = order->offers[i];
		/* Those whom nobody had to estimate might be anybody. */
		if (offer->state == OFFER_STATE_LIVE && offer->slot == slot)
			missed_micro = accept_missed_by(
			    missed_micro, offer->accept_milli != 0 ? offer->accept_milli : accept_prior_milli(policy));
	}
	return missed_micro;
}

bool accept_is_enough(const DispatchMode *mode, uint32_t missed_micro)
{
	return mode->accept_target_milli != 0 && ACCEPT_NOBODY_ASKED - missed_micro >= 1000 * mode->accept_target_milli;
}

uint32_t accept_fanout(const Policy *policy, const DispatchMode *mode)
{
	uint32_t missed_micro = ACCEPT_NOBODY_ASKED, n = 0;
	while (n < mode->fanout && n < LIMIT_FANOUT && !accept_is_enough(mode, missed_micro)) {
		missed_micro = accept_missed_by(missed_micro, accept_prior_milli(policy));
		n++;
	}
	return n;
}
