#include "domain/policy.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	WEEK_MIN = 7 * 24 * 60,
	REVEALS_PER_HOUR = 30,
};
#define DAY_MS ((int64_t)24 * HOUR_MS)

/* The design's defaults. Written with field names: protobuf-c has no constant initialisers for
 * messages within messages. */
const Policy *policy_default(void)
{
	static const ServiceTimes times = {
	    .base = {.descriptor = &ServiceTimes_desc},
	    .danger_ms = 2 * HOUR_MS,
	    .urgent_ms = DAY_MS,
	    .normal_ms = 7 * DAY_MS,
	    .complex_ms = 15 * DAY_MS,
	};
	static const DispatchWeights weights = {
	    .base = {.descriptor = &DispatchWeights_desc},
	    .age_m = 6000,
	    .job_m = 50,
	    .offer_m = 200,
	    .responsible_m = 300,
	    .rating_m = 150,
	    .optional_skill_m = 200,
	    .max_distance_m = 20000,
	};
	static const DispatchMode routine = {
	    .base = {.descriptor = &DispatchMode_desc},
	    .offer_ttl_ms = 30 * MINUTE_MS,
	    .fanout = 1,
	    .rings_per_step = 1,
	};
	static const DispatchMode urgent = {
	    .base = {.descriptor = &DispatchMode_desc},
	    .offer_ttl_ms = 90 * SECOND_MS,
	    .fanout = 3,
	    .rings_per_step = 2,
	};
	static const DispatchMode emergency = {
	    .base = {.descriptor = &DispatchMode_desc},
	    .offer_ttl_ms = 30 * SECOND_MS,
	    .fanout = 7,
	    .rings_per_step = 5,
	};
	static const PrivacyRules privacy = {
	    .base = {.descriptor = &PrivacyRules_desc},
	    .reveals_per_hour = REVEALS_PER_HOUR,
	};
	static const Policy policy = {
	    .base = {.descriptor = &Policy_desc},
	    .etag = (char *)protobuf_c_empty_string,
	    .service_times = (ServiceTimes *)&times,
	    .weights = (DispatchWeights *)&weights,
	    .routine = (DispatchMode *)&routine,
	    .urgent = (DispatchMode *)&urgent,
	    .emergency = (DispatchMode *)&emergency,
	    .holding_cap = 3,
	    .auto_close_ms = 3 * DAY_MS,
	    .reopen_window_ms = 7 * DAY_MS,
	    .chase_interval_ms = HOUR_MS,
	    .utc_offset_min = 8 * 60,
	    .privacy = (PrivacyRules *)&privacy,
	};
	return &policy;
}

struct bound {
	const char *field;
	int64_t value;
	int64_t min;
	int64_t max;
};

static enum err check_bounds(struct scene *s, const struct bound *bounds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bounds[i].value < bounds[i].min || bounds[i].value > bounds[i].max)
			return fault_set(s->fault, ERR_FIELD_OUT_OF_RANGE, bounds[i].field, "%lld is not in %lld..%lld",
					 (long long)bounds[i].value, (long long)bounds[i].min,
					 (long long)bounds[i].max);
	}
	return OK;
}

#define CHECK(s, ...)                                      \
	TRY(check_bounds(s, (struct bound[]){__VA_ARGS__}, \
			 sizeof((struct bound[]){__VA_ARGS__}) / sizeof(struct bound)))

static enum err check_mode(struct scene *s, const DispatchMode *mode, const char *field)
{
	if (mode == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, field, "how dispatch offers");
	CHECK(s, {arena_printf(s->arena, "%s.offer_ttl_ms", field), mode->offer_ttl_ms, SECOND_MS, DAY_MS},
	      {arena_printf(s->arena, "%s.fanout", field), mode->fanout, 1, 20},
	      {arena_printf(s->arena, "%s.rings_per_step", field), mode->rings_per_step, 1, 5});
	return OK;
}

enum err policy_check(struct scene *s, const Policy *p)
{
	if (p->service_times == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "policy.service_times", "all four times are needed");
	if (p->weights == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "policy.weights", "all weights are needed");
	CHECK(s, {"policy.service_times.danger_ms", p->service_times->danger_ms, MINUTE_MS, 365 * DAY_MS},
	      {"policy.service_times.urgent_ms", p->service_times->urgent_ms, MINUTE_MS, 365 * DAY_MS},
	      {"policy.service_times.normal_ms", p->service_times->normal_ms, MINUTE_MS, 365 * DAY_MS},
	      {"policy.service_times.complex_ms", p->service_times->complex_ms, MINUTE_MS, 365 * DAY_MS},
	      {"policy.weights.age_m", p->weights->age_m, 0, 1000000},
	      {"policy.weights.job_m", p->weights->job_m, 0, 100000},
	      {"policy.weights.offer_m", p->weights->offer_m, 0, 100000},
	      {"policy.weights.responsible_m", p->weights->responsible_m, 0, 100000},
	      {"policy.weights.rating_m", p->weights->rating_m, 0, 100000},
	      {"policy.weights.optional_skill_m", p->weights->optional_skill_m, 0, 100000},
	      {"policy.weights.max_distance_m", p->weights->max_distance_m, 1, 1000000},
	      {"policy.holding_cap", p->holding_cap, 1, 1000},
	      {"policy.auto_close_ms", p->auto_close_ms, SECOND_MS, 365 * DAY_MS},
	      {"policy.reopen_window_ms", p->reopen_window_ms, 0, 365 * DAY_MS},
	      {"policy.chase_interval_ms", p->chase_interval_ms, 0, 365 * DAY_MS},
	      {"policy.utc_offset_min", p->utc_offset_min, -12 * 60, 14 * 60},
	      {"policy.pool_ttl_ms", p->pool_ttl_ms, 0, 365 * DAY_MS});
	if (p->privacy != NULL)
		CHECK(s, {"policy.privacy.reveals_per_hour", p->privacy->reveals_per_hour, 0, 10000});
	TRY(check_mode(s, p->routine, "policy.routine"));
	TRY(check_mode(s, p->urgent, "policy.urgent"));
	return check_mode(s, p->emergency, "policy.emergency");
}

int64_t policy_service_time_ms(const Policy *p, Urgency urgency)
{
	switch (urgency) {
	case URGENCY_DANGER:
		return p->service_times->danger_ms;
	case URGENCY_URGENT:
		return p->service_times->urgent_ms;
	case URGENCY_COMPLEX:
		return p->service_times->complex_ms;
	case URGENCY_UNSPECIFIED:
	case URGENCY_NORMAL:
		break;
	}
	return p->service_times->normal_ms;
}

uint32_t policy_reveals_per_hour(const Policy *p)
{
	return p->privacy == NULL || p->privacy->reveals_per_hour == 0 ? REVEALS_PER_HOUR
								       : p->privacy->reveals_per_hour;
}

const DispatchMode *policy_mode(const Policy *p, Urgency urgency)
{
	switch (urgency) {
	case URGENCY_DANGER:
		return p->emergency;
	case URGENCY_URGENT:
		return p->urgent;
	case URGENCY_COMPLEX:
	case URGENCY_UNSPECIFIED:
	case URGENCY_NORMAL:
		break;
	}
	return p->routine;
}

static int64_t local_minutes(const Policy *p, int64_t now_ms)
{
	return now_ms / MINUTE_MS + p->utc_offset_min;
}

int32_t policy_local_day(const Policy *p, int64_t now_ms)
{
	return (int32_t)(local_minutes(p, now_ms) / (24 * 60));
}

uint32_t policy_minute_of_week(const Policy *p, int64_t now_ms)
{
	/* 1970-01-01 was a Thursday: three days after Monday. */
	return (uint32_t)((local_minutes(p, now_ms) + 3 * 24 * 60) % WEEK_MIN);
}
