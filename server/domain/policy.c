#include "domain/policy.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	WEEK_MIN = 7 * 24 * 60,
	REVEALS_PER_HOUR = 30,
	CONTACT_DAYS = 180,
	ACCESS_DAYS = 3 * 365,
	EVENT_DAYS = 2,
	DEAD_LETTER_DAYS = 30,
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
	    /* As much as an offer and a job more cost: the way there is made anyway. */
	    .same_building_m = 250,
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
	    .fanout = 6,
	    .accept_target_milli = 600,
	    .rings_per_step = 2,
	};
	static const DispatchMode emergency = {
	    .base = {.descriptor = &DispatchMode_desc},
	    .offer_ttl_ms = 30 * SECOND_MS,
	    .fanout = 12,
	    .accept_target_milli = 900,
	    .rings_per_step = 5,
	};
	static const PrivacyRules privacy = {
	    .base = {.descriptor = &PrivacyRules_desc},
	    .reveals_per_hour = REVEALS_PER_HOUR,
	    .contact_days = CONTACT_DAYS,
	    .access_days = ACCESS_DAYS,
	    .event_days = EVENT_DAYS,
	    .dead_letter_days = DEAD_LETTER_DAYS,
	};
	/* Nothing is published. */
	static const OpenRules open = {.base = {.descriptor = &OpenRules_desc}};
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
	    .utc_offset_min = POLICY_USUAL_OFFSET_MIN,
	    .privacy = (PrivacyRules *)&privacy,
	    .open = (OpenRules *)&open,
	    .accept_prior_milli = 300,
	};
	return &policy;
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

static int64_t keep_ms(uint32_t days, uint32_t usual_days)
{
	return DAY_MS * (days == 0 ? usual_days : days);
}

int64_t policy_contact_keep_ms(const Policy *p)
{
	return keep_ms(p->privacy == NULL ? 0 : p->privacy->contact_days, CONTACT_DAYS);
}

int64_t policy_access_keep_ms(const Policy *p)
{
	return keep_ms(p->privacy == NULL ? 0 : p->privacy->access_days, ACCESS_DAYS);
}

int64_t policy_events_keep_ms(const Policy *p)
{
	return keep_ms(p->privacy == NULL ? 0 : p->privacy->event_days, EVENT_DAYS);
}

int64_t policy_dead_letters_keep_ms(const Policy *p)
{
	return keep_ms(p->privacy == NULL ? 0 : p->privacy->dead_letter_days, DEAD_LETTER_DAYS);
}

int64_t policy_words_keep_ms(const Policy *p)
{
	return keep_ms(p->privacy == NULL ? 0 : p->privacy->text_days, 0);
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

int64_t policy_window_end_ms(const Policy *p, Urgency urgency, int64_t now_ms)
{
	int64_t window_ms = policy_mode(p, urgency)->window_ms;
	return window_ms <= 0 ? now_ms : (now_ms / window_ms + 1) * window_ms;
}

static int64_t local_minutes(const Policy *p, int64_t now_ms)
{
	return now_ms / MINUTE_MS + p->utc_offset_min;
}

int32_t policy_local_day(const Policy *p, int64_t now_ms)
{
	return (int32_t)(local_minutes(p, now_ms) / (24 * 60));
}

int64_t policy_day_start_ms(const Policy *p, int32_t day)
{
	return (day * (int64_t)(24 * 60) - p->utc_offset_min) * MINUTE_MS;
}

uint32_t policy_minute_of_week(const Policy *p, int64_t now_ms)
{
	/* 1970-01-01 was a Thursday: three days after Monday. */
	return (uint32_t)((local_minutes(p, now_ms) + 3 * 24 * 60) % WEEK_MIN);
}
