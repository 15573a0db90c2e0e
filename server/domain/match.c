#include "domain/match.h"

#include "domain/load.h"
#include "domain/order.h"
#include "domain/policy.h"

struct match_order match_order_of(struct scene *s, const OrderRecord *order, const HouseholdRecord *household)
{
	struct match_order wanted = {
	    .order = order,
	    .responsible_id = household == NULL ? "" : household->responsible_member_id,
	    .point = {order->lat_e6, order->lon_e6},
	    .first_offer = order->n_offers == 0,
	};
	/* The design counts age against the service time; past it the order is as urgent as it gets. */
	int64_t age_ms = order_after_ms(order, s->now_ms);
	int64_t sla_ms = order_service_ms(order) < 1 ? 1 : order_service_ms(order);
	if (age_ms > sla_ms)
		age_ms = sla_ms;
	wanted.age_m = (int64_t)((double)s->config->policy->weights->age_m * (double)age_ms / (double)sla_ms);
	return wanted;
}

uint32_t match_holding_cap(const struct config *config, const MemberRecord *member)
{
	return member->holding_cap != 0 ? member->holding_cap : config->policy->holding_cap;
}

bool match_has_skill(const MemberRecord *member, const char *skill, int64_t now_ms)
{
	for (size_t i = 0; i < member->n_skills; i++) {
		const Skill *has = member->skills[i];
		if (strcmp(has->name, skill) == 0 && (has->expire_ms == 0 || now_ms < has->expire_ms))
			return true;
	}
	return false;
}

const Shift *match_shift(const Policy *policy, const MemberRecord *member, int64_t now_ms)
{
	uint32_t minute = policy_minute_of_week(policy, now_ms);
	for (size_t i = 0; i < member->n_shifts; i++) {
		if (minute >= member->shifts[i]->from_min && minute < member->shifts[i]->to_min)
			return member->shifts[i];
	}
	return NULL;
}

static bool in_quiet_hours(const Policy *policy, const MemberRecord *member, int64_t now_ms)
{
	const QuietHours *quiet = member->quiet;
	if (quiet == NULL || quiet->from_min == quiet->to_min)
		return false;
	uint32_t minute = policy_minute_of_week(policy, now_ms) % (24 * 60);
	if (quiet->from_min < quiet->to_min)
		return minute >= quiet->from_min && minute < quiet->to_min;
	return minute >= quiet->from_min || minute < quiet->to_min;
}

enum match_filter match_filter(struct scene *s, const struct match_order *wanted, const SlotRecord *slot,
			       const MemberRecord *member, const LoadRecord *load)
{
	const OrderRecord *order = wanted->order;
	const Policy *policy = s->config->policy;
	bool danger = order->urgency == URGENCY_DANGER;
	if (member->inactive)
		return MATCH_INACTIVE;
	if (slot->skill[0] != '\0' && !slot->optional_skill && !match_has_skill(member, slot->skill, s->now_ms))
		return MATCH_UNSKILLED;
	if (member->household_id[0] != '\0' && strcmp(member->household_id, order->household_id) == 0)
		return MATCH_HOUSEHOLD;
	if (order_slot_of(order, member->id) != NULL)
		return MATCH_HOLDS;
	if (load->holding >= match_holding_cap(s->config, member))
		return MATCH_FULL;
	if (member->paused_until_ms > s->now_ms)
		return MATCH_PAUSED;
	if (member->n_shifts > 0 && match_shift(policy, member, s->now_ms) == NULL)
		return MATCH_OFF_DUTY;
	if (!danger && in_quiet_hours(policy, member, s->now_ms))
		return MATCH_QUIET;
	if (order_offer_of(order, member->id) != NULL)
		return MATCH_ASKED;
	struct geo_point home = {member->lat_e6, member->lon_e6};
	if (geo_distance_m(home, wanted->point) > policy->weights->max_distance_m)
		return MATCH_TOO_FAR;
	return MATCH_FINE;
}

bool match_is_free(struct scene *s, const MemberRecord *member, const LoadRecord *load)
{
	const Policy *policy = s->config->policy;
	return !member->inactive && load->holding < match_holding_cap(s->config, member) &&
	       member->paused_until_ms <= s->now_ms &&
	       (member->n_shifts == 0 || match_shift(policy, member, s->now_ms) != NULL) &&
	       !in_quiet_hours(policy, member, s->now_ms);
}

static void load_terms(struct scene *s, const LoadRecord *load, int64_t *terms_m)
{
	const DispatchWeights *w = s->config->policy->weights;
	uint32_t today = load_day_offers(s, load);
	/* What counts is how many are asked too often: who was already may as well be asked by those who are near them,
	 * up to twice as often. */
	bool over = today == w->free_offers || today >= 2 * w->free_offers;
	terms_m[TERM_JOBS] =
	    (w->job_m * load_jobs_milli(load, s->now_ms) + w->season_job_m * load_season_jobs_milli(load, s->now_ms)) /
	    1000;
	terms_m[TERM_OFFERS] = w->offer_m * load_offers_milli(load, s->now_ms) / 1000 + (over ? w->over_offer_m : 0);
	/* One star gives nothing, five stars give all of rating_m. */
	terms_m[TERM_RATING] = -(int64_t)((double)w->rating_m * (load_rating(load) - 1) / 4);
}

struct match_cost match_cost(struct scene *s, const struct match_order *wanted, const SlotRecord *slot,
			     const MemberRecord *member, const LoadRecord *load)
{
	const DispatchWeights *w = s->config->policy->weights;
	struct geo_point home = {member->lat_e6, member->lon_e6};
	struct match_cost cost = {.total_m = 0};
	cost.terms_m[TERM_DISTANCE] = geo_distance_m(home, wanted->point);
	cost.terms_m[TERM_AGE] = -wanted->age_m;
	load_terms(s, load, cost.terms_m);
	if (wanted->first_offer && wanted->responsible_id[0] != '\0' && strcmp(wanted->responsible_id, member->id) == 0)
		cost.terms_m[TERM_RESPONSIBLE] = -w->responsible_m;
	if (slot->skill[0] != '\0' && slot->optional_skill && !match_has_skill(member, slot->skill, s->now_ms))
		cost.terms_m[TERM_OPTIONAL_SKILL] = w->optional_skill_m;
	if (load_goes_to(load, wanted->order->building_id))
		cost.terms_m[TERM_SAME_BUILDING] = -w->same_building_m;
	for (size_t i = 0; i < TERM_COUNT; i++)
		cost.total_m += cost.terms_m[i];
	return cost;
}

int64_t match_load_cost_m(struct scene *s, const LoadRecord *load)
{
	int64_t terms_m[TERM_COUNT] = {0};
	load_terms(s, load, terms_m);
	return terms_m[TERM_JOBS] + terms_m[TERM_OFFERS] + terms_m[TERM_RATING];
}

int64_t match_least_cost_m(struct scene *s, const struct match_order *wanted)
{
	return -wanted->age_m - s->config->policy->weights->rating_m;
}

int64_t match_offer_ttl_ms(struct scene *s, const OrderRecord *order, const MemberRecord *member)
{
	const Policy *policy = s->config->policy;
	const DispatchMode *mode = policy_mode(policy, order->urgency);
	int64_t ttl_ms = mode->offer_ttl_ms;
	const Shift *shift = match_shift(policy, member, s->now_ms);
	if (mode == policy->routine && shift != NULL) {
		int64_t tenth_ms = ((int64_t)shift->to_min - shift->from_min) * 60000 / 10;
		if (tenth_ms < ttl_ms)
			ttl_ms = tenth_ms;
	}
	return ttl_ms < 1000 ? 1000 : ttl_ms;
}

const char *match_filter_name(enum match_filter filter)
{
	static const char *const names[] = {"",     "INACTIVE",    "PAUSED", "OFF_DUTY", "QUIET_HOURS", "SKILL",
					    "HOME", "HOLDING_CAP", "ASKED",  "HOLDS",    "TOO_FAR"};
	return names[filter];
}

const char *match_term_name(enum match_term term)
{
	static const char *const names[] = {"distance",    "age",    "jobs",           "offers",
					    "responsible", "rating", "optional_skill", "same_building"};
	return names[term];
}

enum err match_filter_err(enum match_filter filter)
{
	switch (filter) {
	case MATCH_FINE:
		return OK;
	case MATCH_INACTIVE:
	case MATCH_PAUSED:
	case MATCH_OFF_DUTY:
	case MATCH_QUIET:
		return ERR_MEMBER_PAUSED;
	case MATCH_UNSKILLED:
		return ERR_MEMBER_UNSKILLED;
	case MATCH_HOUSEHOLD:
		return ERR_MEMBER_HOUSEHOLD;
	case MATCH_FULL:
		return ERR_MEMBER_FULL;
	case MATCH_ASKED:
	case MATCH_HOLDS:
		return ERR_OFFER_ANSWERED;
	case MATCH_TOO_FAR:
		return ERR_NOT_IN_POOL;
	}
	return ERR_INTERNAL;
}

bool match_filter_grabbable(enum match_filter filter)
{
	switch (filter) {
	case MATCH_FINE:
	case MATCH_PAUSED:
	case MATCH_OFF_DUTY:
	case MATCH_QUIET:
	case MATCH_ASKED:
	case MATCH_TOO_FAR:
		return true;
	case MATCH_INACTIVE:
	case MATCH_UNSKILLED:
	case MATCH_HOUSEHOLD:
	case MATCH_FULL:
	case MATCH_HOLDS:
		return false;
	}
	return false;
}
