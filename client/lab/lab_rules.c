#include "lab_rules.h"

#include <inttypes.h>
#include <math.h>

#include "domain/policy.h"

enum { MINUTE_S = 60, MINUTE_MS = MINUTE_S * 1000 };
/* For so long the broker remembers jobs (domain/load.h). */
static const double WEEK_DAYS = 7, SEASON_DAYS = 180;

static double longest_s(const struct lab_trace *t)
{
	double longest = 0;
	for (uint32_t i = 0; i < t->n_orders; i++)
		longest = fmax(longest, t->orders[i].until_s - t->orders[i].at_s);
	return longest;
}

static double farthest_m(const struct lab_trace *t)
{
	double farthest = 0;
	for (uint32_t i = 0; i < t->n_members; i++)
		farthest = fmax(farthest, t->members[i].reach * t->unit_m);
	return farthest;
}

static void set_mode(DispatchMode *mode, const struct lab_policy *policy, bool city, int64_t search_ms)
{
	mode->offer_ttl_ms = llround(policy->ttl_s * 1000);
	mode->fanout = 1;
	mode->accept_target_milli = 0;
	/* All at once: a trace has no rings. */
	mode->rings_per_step = 5;
	/* A city's requests are decided one by one. */
	mode->window_ms = city ? 0 : llround(policy->window_s * 1000);
	mode->search_ms = search_ms;
}

Policy *lab_rules_of(struct arena *a, const struct lab_trace *t, const struct lab_policy *policy)
{
	const Policy *usual = policy_default();
	bool city = strcmp(t->dataset, "boston") == 0;
	Policy *rules = arena_copy(a, usual, sizeof(*usual));
	ServiceTimes *times = rules->service_times = arena_copy(a, usual->service_times, sizeof(*times));
	DispatchWeights *weights = rules->weights = arena_copy(a, usual->weights, sizeof(*weights));
	rules->routine = arena_copy(a, usual->routine, sizeof(*rules->routine));
	/* Days begin when the trace's do. */
	rules->utc_offset_min = 0;
	if (!city) {
		int64_t ms = llround(longest_s(t) * 1000);
		times->normal_ms = ms < MINUTE_MS ? MINUTE_MS : ms;
		times->urgent_ms = times->danger_ms = MINUTE_MS;
		/* The others' offers end before these, too. */
		rules->urgent = arena_copy(a, usual->urgent, sizeof(*rules->urgent));
		rules->urgent->offer_ttl_ms = MINUTE_MS / 2;
	}
	set_mode(rules->routine, policy, city, city ? llround(policy->search_s * 1000) : times->normal_ms);
	weights->age_m = city ? 0 : llround(policy->age_m * (double)times->normal_ms / 1000);
	weights->job_m = policy->job_days == WEEK_DAYS ? llround(policy->job_m) : 0;
	weights->season_job_m = policy->job_days == SEASON_DAYS ? llround(policy->job_m) : 0;
	weights->free_offers = (uint32_t)llround(policy->free_offers);
	weights->over_offer_m = llround(policy->over_m);
	weights->offer_m = llround(policy->offer_m);
	weights->worth_m = llround(policy->worth_m * MINUTE_S);
	weights->lost_m = policy->worth_m > 0 ? llround(policy->lost_m) : 0;
	weights->max_distance_m = llround(ceil(farthest_m(t)));
	rules->holding_cap = 1;
	return rules;
}

bool lab_rules_weigh_jobs(const struct lab_policy *policy)
{
	return policy->job_days == WEEK_DAYS || policy->job_days == SEASON_DAYS;
}

const char *lab_rules_missing(const struct lab_policy *p)
{
	const struct {
		const char *name;
		bool used;
	} only[] = {
	    {"greedy", p->rule != LAB_EXACT},
	    {"age", p->age_m < 0}, /* the newest first */
	    {"job-days", p->job_m > 0 && !lab_rules_weigh_jobs(p)},
	    {"patience", p->patience_s > 0},
	    {"foresight", p->foresight_s > 0},
	    {"served", p->served_m > 0},
	    {"learn", p->learn},
	    {"soon", p->soon > 0},
	    {"hope", p->hope > 0},
	    {"regret", p->regret > 0},
	};
	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
		if (only[i].used)
			return only[i].name;
	}
	return NULL;
}

const char *lab_rules_text(struct arena *a, const Policy *r)
{
	return arena_printf(
	    a,
	    "serviceTimes.normalMs=%" PRId64 " weights.ageM=%" PRId64 " weights.jobM=%" PRId64
	    " weights.seasonJobM=%" PRId64 " weights.offerM=%" PRId64
	    " weights.freeOffers=%u weights.overOfferM=%" PRId64 " weights.worthM=%" PRId64 " weights.lostM=%" PRId64
	    " weights.maxDistanceM=%" PRId64 " routine.offerTtlMs=%" PRId64 " routine.windowMs=%" PRId64
	    " routine.searchMs=%" PRId64 " routine.fanout=%u holdingCap=%u utcOffsetMin=%d",
	    r->service_times->normal_ms, r->weights->age_m, r->weights->job_m, r->weights->season_job_m,
	    r->weights->offer_m, r->weights->free_offers, r->weights->over_offer_m, r->weights->worth_m,
	    r->weights->lost_m, r->weights->max_distance_m, r->routine->offer_ttl_ms, r->routine->window_ms,
	    r->routine->search_ms, r->routine->fanout, r->holding_cap, r->utc_offset_min);
}
