#include "domain/accept.h"

#include "base/limits.h"

enum { DEFAULT_PRIOR_MILLI = 300, PRIOR_OFFERS = 10, LEAST_MILLI = 10, MOST_MILLI = 990 };

uint32_t accept_prior_milli(const Policy *policy)
{
	return policy->accept_prior_milli == 0 ? DEFAULT_PRIOR_MILLI : policy->accept_prior_milli;
}

uint32_t accept_estimate_milli(const struct scene *s, const struct match_order *wanted, const MemberRecord *member,
			       const LoadRecord *load)
{
	(void)wanted, (void)member;
	/* What they took from the pool was no offer. */
	uint64_t accepted = load->accepted < load->offered ? load->accepted : load->offered;
	uint64_t prior = (uint64_t)accept_prior_milli(s->config->policy) * PRIOR_OFFERS;
	uint64_t milli = (prior + 1000 * accepted) / (PRIOR_OFFERS + (uint64_t)load->offered);
	if (milli < LEAST_MILLI)
		return LEAST_MILLI;
	return milli > MOST_MILLI ? MOST_MILLI : (uint32_t)milli;
}

uint32_t accept_missed_by(uint32_t missed_micro, uint32_t estimate_milli)
{
	return (uint32_t)((uint64_t)missed_micro * (1000 - estimate_milli) / 1000);
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
