#include "domain/load.h"

#include <math.h>

#include "base/limits.h"
#include "domain/config.h"
#include "domain/policy.h"

#define HOUR_MS 3600000.0
#define JOBS_LIFE_MS (7 * 24 * HOUR_MS)
#define SEASON_LIFE_MS (180 * 24 * HOUR_MS)
#define OFFERS_LIFE_MS (24 * HOUR_MS)
#define ANSWERS_LIFE_MS (30 * 24 * HOUR_MS)

enum { PRIOR_RATINGS = 10, PRIOR_STARS = 4, DECAYED_MAX = 100000000 };

static int64_t decayed(uint32_t milli, int64_t at_ms, int64_t now_ms, double life_ms)
{
	if (milli == 0 || now_ms <= at_ms)
		return milli;
	return llrint(milli * exp(-(double)(now_ms - at_ms) / life_ms));
}

int64_t load_jobs_milli(const LoadRecord *load, int64_t now_ms)
{
	return decayed(load->jobs_milli, load->at_ms, now_ms, JOBS_LIFE_MS);
}

int64_t load_season_jobs_milli(const LoadRecord *load, int64_t now_ms)
{
	return decayed(load->season_jobs_milli, load->at_ms, now_ms, SEASON_LIFE_MS);
}

int64_t load_offers_milli(const LoadRecord *load, int64_t now_ms)
{
	return decayed(load->offers_milli, load->at_ms, now_ms, OFFERS_LIFE_MS);
}

int64_t load_asked_milli(const LoadRecord *load, int64_t now_ms)
{
	return decayed(load->asked_milli, load->at_ms, now_ms, ANSWERS_LIFE_MS);
}

int64_t load_yes_milli(const LoadRecord *load, int64_t now_ms)
{
	return decayed(load->yes_milli, load->at_ms, now_ms, ANSWERS_LIFE_MS);
}

static void bring_up_to(LoadRecord *load, int64_t now_ms)
{
	load->asked_milli = (uint32_t)load_asked_milli(load, now_ms);
	load->yes_milli = (uint32_t)load_yes_milli(load, now_ms);
	load->jobs_milli = (uint32_t)load_jobs_milli(load, now_ms);
	load->season_jobs_milli = (uint32_t)load_season_jobs_milli(load, now_ms);
	load->offers_milli = (uint32_t)load_offers_milli(load, now_ms);
	if (now_ms > load->at_ms)
		load->at_ms = now_ms;
}

static void add_milli(uint32_t *milli)
{
	if (*milli < DECAYED_MAX)
		*milli += 1000;
}

uint32_t load_day_offers(struct scene *s, const LoadRecord *load)
{
	return load->offers_day == policy_local_day(s->config->policy, s->now_ms) ? load->day_offers : 0;
}

void load_offered(struct scene *s, LoadRecord *load)
{
	bring_up_to(load, s->now_ms);
	add_milli(&load->offers_milli);
	add_milli(&load->asked_milli);
	load->offered++;
	load->day_offers = load_day_offers(s, load) + 1;
	load->offers_day = policy_local_day(s->config->policy, s->now_ms);
}

/* Where the building stands among those that the member goes to; their number when it does not. */
static size_t place_of(const LoadRecord *load, const char *building_id)
{
	size_t at = 0;
	while (at < load->n_going_to && strcmp(load->going_to[at], building_id) != 0)
		at++;
	return at;
}

bool load_goes_to(const LoadRecord *load, const char *building_id)
{
	return building_id[0] != '\0' && place_of(load, building_id) < load->n_going_to;
}

static void leave_place(LoadRecord *load, size_t at)
{
	for (; at + 1 < load->n_going_to; at++)
		load->going_to[at] = load->going_to[at + 1];
	load->n_going_to--;
}

static void go_to_place(struct arena *a, LoadRecord *load, const char *building_id)
{
	if (building_id[0] == '\0')
		return;
	if (load->n_going_to >= LIMIT_GOING_TO)
		leave_place(load, 0);
	arena_append(a, (void ***)&load->going_to, &load->n_going_to, arena_strdup(a, building_id));
}

void load_accepted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms)
{
	bring_up_to(load, now_ms);
	add_milli(&load->yes_milli);
	load->holding++;
	load->accepted++;
	go_to_place(a, load, building_id);
}

void load_released(LoadRecord *load, const char *building_id, int64_t now_ms)
{
	bring_up_to(load, now_ms);
	if (load->holding > 0)
		load->holding--;
	if (load_goes_to(load, building_id))
		leave_place(load, place_of(load, building_id));
}

void load_completed(LoadRecord *load, const char *building_id, int64_t now_ms)
{
	load_released(load, building_id, now_ms);
	add_milli(&load->jobs_milli);
	add_milli(&load->season_jobs_milli);
	load->jobs_done++;
}

static void less_one(uint32_t *count, uint32_t by)
{
	*count = *count > by ? *count - by : 0;
}

void load_unasked(LoadRecord *load, int64_t now_ms)
{
	bring_up_to(load, now_ms);
	less_one(&load->asked_milli, 1000);
	less_one(&load->offered, 1);
}

void load_unaccepted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms)
{
	(void)a;
	load_released(load, building_id, now_ms);
	less_one(&load->yes_milli, 1000);
	less_one(&load->accepted, 1);
}

void load_unreleased(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms)
{
	bring_up_to(load, now_ms);
	load->holding++;
	go_to_place(a, load, building_id);
}

void load_uncompleted(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms)
{
	load_unreleased(a, load, building_id, now_ms);
	less_one(&load->jobs_milli, 1000);
	less_one(&load->season_jobs_milli, 1000);
	less_one(&load->jobs_done, 1);
}

void load_rated(LoadRecord *load, uint32_t stars)
{
	load->stars_sum += stars;
	load->ratings++;
}

double load_rating(const LoadRecord *load)
{
	return (PRIOR_RATINGS * PRIOR_STARS + (double)load->stars_sum) / (PRIOR_RATINGS + (double)load->ratings);
}
