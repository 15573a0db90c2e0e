#include "sim/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/geo.h"

#define DAY_MS INT64_C(86400000)

static int by_member_id(const void *a, const void *b)
{
	const struct tally_person *x = a, *y = b;
	return strcmp(x->member->id, y->member->id);
}

struct tally *tally_new(const struct trial_trace *trace, struct arena *a)
{
	struct tally *tally = ARENA_NEW(a, struct tally);
	tally->arena = a;
	tally->trace = trace;
	tally->orders = arena_array(a, trace->n_orders, sizeof(*tally->orders));
	tally->people = arena_array(a, trace->n_members, sizeof(*tally->people));
	tally->n_people = trace->n_members;
	for (size_t i = 0; i < trace->n_members; i++)
		tally->people[i].member = trace->members[i];
	qsort(tally->people, tally->n_people, sizeof(*tally->people), by_member_id);
	return tally;
}

size_t tally_person(const struct tally *tally, const char *member_id)
{
	Member member = {.id = (char *)member_id};
	struct tally_person key = {.member = &member};
	const struct tally_person *found =
	    bsearch(&key, tally->people, tally->n_people, sizeof(*tally->people), by_member_id);
	return found == NULL ? TALLY_NOBODY : (size_t)(found - tally->people);
}

void tally_placed(struct tally *tally, size_t order, int64_t at_ms, int64_t due_ms, size_t places)
{
	struct tally_order *o = &tally->orders[order];
	o->placed = true;
	o->placed_ms = at_ms;
	o->due_ms = due_ms;
	o->places = places;
}

/* Room for one more, twice as much each time. */
static void *grown(struct arena *a, void *array, size_t n, size_t *room, size_t bytes)
{
	if (n < *room)
		return array;
	*room = *room == 0 ? 64 : *room * 2;
	void *bigger = arena_array(a, *room, bytes);
	if (n > 0)
		memcpy(bigger, array, n * bytes);
	return bigger;
}

void tally_offer(struct tally *tally, size_t person, int64_t at_ms)
{
	tally->offers = grown(tally->arena, tally->offers, tally->n_offers, &tally->room, sizeof(*tally->offers));
	/* The day of UTC: it is about how many a day, not about which. */
	tally->offers[tally->n_offers++] = ((uint64_t)person << 20) | (uint64_t)(at_ms / DAY_MS);
	if (person != TALLY_NOBODY)
		tally->people[person].offers++;
}

void tally_taken(struct tally *tally, size_t order, size_t person, int64_t at_ms)
{
	struct tally_order *o = &tally->orders[order];
	if (++o->taken == o->places && o->served_ms == 0)
		o->served_ms = at_ms;
	const GeoPoint *place = tally->trace->orders[order]->order->point;
	const GeoPoint *home = person == TALLY_NOBODY ? NULL : tally->people[person].member->home;
	if (place == NULL || home == NULL)
		return;
	tally->metres =
	    grown(tally->arena, tally->metres, tally->n_metres, &tally->metres_room, sizeof(*tally->metres));
	tally->metres[tally->n_metres++] =
	    geo_distance_m((struct geo_point){(int32_t)lrint(place->lat * 1e6), (int32_t)lrint(place->lon * 1e6)},
			   (struct geo_point){(int32_t)lrint(home->lat * 1e6), (int32_t)lrint(home->lon * 1e6)});
}

void tally_work(struct tally *tally, size_t person)
{
	if (person != TALLY_NOBODY)
		tally->people[person].done++;
}

void tally_done(struct tally *tally, size_t order, int64_t at_ms)
{
	tally->orders[order].done_ms = at_ms;
}

/* --- measures --- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static double mean(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return n == 0 ? 0 : sum / (double)n;
}

/* Of sorted values; the value that so large a share is not above. */
static double quantile(const double *sorted, size_t n, double share)
{
	if (n == 0)
		return 0;
	size_t at = (size_t)ceil(share * (double)n);
	return sorted[at == 0 ? 0 : at - 1];
}

static double gini(double *values, size_t n)
{
	double sum = 0, weighted = 0;
	qsort(values, n, sizeof(*values), by_value);
	for (size_t i = 0; i < n; i++) {
		sum += values[i];
		weighted += (2.0 * (double)(i + 1) - (double)n - 1) * values[i];
	}
	return sum == 0 ? 0 : weighted / ((double)n * sum);
}

static void measure_people(const struct tally *tally, struct trial_measures *out)
{
	double *done = arena_array(tally->arena, tally->n_people, sizeof(*done));
	double *offers = arena_array(tally->arena, tally->n_people, sizeof(*offers));
	size_t n = 0;
	for (size_t i = 0; i < tally->n_people; i++) {
		if (!tally->people[i].member->active)
			continue;
		done[n] = (double)tally->people[i].done;
		offers[n++] = (double)tally->people[i].offers;
	}
	out->gini_done = gini(done, n);
	out->gini_offers = gini(offers, n);
}

/* Of the days on which a member was asked at all. */
static void measure_days(const struct tally *tally, struct trial_measures *out)
{
	double *days = arena_array(tally->arena, tally->n_offers, sizeof(*days));
	size_t n = 0;
	if (tally->n_offers == 0)
		return;
	qsort(tally->offers, tally->n_offers, sizeof(*tally->offers), by_number);
	for (size_t i = 0; i < tally->n_offers; i++) {
		if (i == 0 || tally->offers[i] != tally->offers[i - 1])
			n++;
		days[n - 1]++;
	}
	qsort(days, n, sizeof(*days), by_value);
	out->offers_per_member_day_p99 = quantile(days, n, 0.99);
}

void tally_measure(struct tally *tally, int64_t end_ms, struct trial_measures *out)
{
	double *waits = arena_array(tally->arena, tally->trace->n_orders, sizeof(*waits));
	size_t n = 0;
	*out = (struct trial_measures){.offers = tally->n_offers, .skipped = tally->skipped};
	for (size_t i = 0; i < tally->trace->n_orders; i++) {
		const struct tally_order *o = &tally->orders[i];
		out->orders += o->placed;
		out->pooled += o->pooled;
		out->unserved += o->unserved;
		out->completed += o->done_ms != 0;
		if (o->served_ms != 0)
			waits[n++] = (double)(o->served_ms - o->placed_ms) / 1000;
		if (!o->placed || (o->done_ms == 0 && o->due_ms > end_ms))
			continue;
		out->due++;
		out->kept += o->done_ms != 0 && o->done_ms <= o->due_ms;
	}
	out->served = n;
	qsort(waits, n, sizeof(*waits), by_value);
	out->wait_mean_s = mean(waits, n);
	out->wait_p50_s = quantile(waits, n, 0.5);
	out->wait_p90_s = quantile(waits, n, 0.9);
	out->metres_mean = mean(tally->metres, tally->n_metres);
	out->offers_per_completion = out->completed == 0 ? 0 : (double)out->offers / (double)out->completed;
	measure_people(tally, out);
	measure_days(tally, out);
}
