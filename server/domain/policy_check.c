#include "domain/policy_check.h"

#include <inttypes.h>

#include "base/limits.h"
#include "domain/policy.h"

struct check {
	struct scene *s;
	const char *at;
	struct violation *found; /* room for LIMIT_VIOLATIONS */
	size_t n;
};

/* A field that must be at most what another one is. */
struct bound {
	const char *field, *than;
	int64_t value, most;
};

static void at_most(struct check *c, const struct bound *bound)
{
	struct arena *a = c->s->arena;
	if (bound->value <= bound->most || c->n == LIMIT_VIOLATIONS)
		return;
	c->found[c->n++] = (struct violation){
	    .err = ERR_FIELD_OUT_OF_RANGE,
	    .field = arena_printf(a, "%s.%s", c->at, bound->field),
	    .zh = arena_printf(a, "应不大于 %s（%" PRId64 "）", bound->than, bound->most),
	    .en = arena_printf(a, "must be at most %s (%" PRId64 ")", bound->than, bound->most),
	};
}

enum err policy_check(struct scene *s, const Policy *policy, const char *at)
{
	const ServiceTimes *times = policy->service_times;
	int64_t words_ms = policy_words_keep_ms(policy);
	const struct bound bounds[] = {
	    {"service_times.danger_ms", "service_times.urgent_ms", times->danger_ms, times->urgent_ms},
	    {"service_times.urgent_ms", "service_times.normal_ms", times->urgent_ms, times->normal_ms},
	    {"service_times.normal_ms", "service_times.complex_ms", times->normal_ms, times->complex_ms},
	    {"routine.offer_ttl_ms", "service_times.normal_ms", policy->routine->offer_ttl_ms, times->normal_ms},
	    {"urgent.offer_ttl_ms", "service_times.urgent_ms", policy->urgent->offer_ttl_ms, times->urgent_ms},
	    {"emergency.offer_ttl_ms", "service_times.danger_ms", policy->emergency->offer_ttl_ms, times->danger_ms},
	    {"weights.same_building_m", "weights.max_distance_m", policy->weights->same_building_m,
	     policy->weights->max_distance_m},
	    {"reopen_window_ms", "privacy.text_days", words_ms == 0 ? 0 : policy->reopen_window_ms, words_ms},
	};
	struct check c = {.s = s, .at = at};
	c.found = arena_array(s->arena, LIMIT_VIOLATIONS, sizeof(*c.found));
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		at_most(&c, &bounds[i]);
	if (c.n == 0)
		return OK;
	fault_set(s->fault, c.found[0].err, c.found[0].field, "%s", c.found[0].en);
	s->fault->violations = c.found;
	s->fault->n_violations = c.n;
	return s->fault->err;
}
