#include "domain/times.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static const int64_t edges_ms[TIMES_BUCKETS - 1] = {
    MINUTE_MS,      2 * MINUTE_MS, 5 * MINUTE_MS,  10 * MINUTE_MS, 15 * MINUTE_MS, 20 * MINUTE_MS, 30 * MINUTE_MS,
    45 * MINUTE_MS, HOUR_MS,       90 * MINUTE_MS, 2 * HOUR_MS,    4 * HOUR_MS,    8 * HOUR_MS,    12 * HOUR_MS,
    DAY_MS,         2 * DAY_MS,    3 * DAY_MS,     5 * DAY_MS,     10 * DAY_MS,    30 * DAY_MS,
};

unsigned times_bucket(int64_t took_ms)
{
	unsigned bucket = 0;
	while (bucket < TIMES_BUCKETS - 1 && took_ms > edges_ms[bucket])
		bucket++;
	return bucket;
}

void times_add(struct times *times, unsigned bucket, uint64_t n)
{
	if (bucket < TIMES_BUCKETS)
		times->orders[bucket] += n;
}

static uint64_t sum(const struct times *times)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < TIMES_BUCKETS; i++)
		n += times->orders[i];
	return n;
}

/* As if those of a bucket were spread evenly over it. What is beyond all edges took at least as long as the last. */
static int64_t percentile_ms(const struct times *times, unsigned percent)
{
	double rank = (double)sum(times) * percent / 100, before = 0;
	int64_t from_ms = 0;
	for (unsigned i = 0; i < TIMES_BUCKETS - 1; i++) {
		double here = (double)times->orders[i];
		if (here > 0 && before + here >= rank)
			return from_ms + (int64_t)((double)(edges_ms[i] - from_ms) * (rank - before) / here);
		before += here;
		from_ms = edges_ms[i];
	}
	return from_ms;
}

RateTimes *times_tell(struct arena *a, const struct times *times)
{
	RateTimes *told = ARENA_NEW(a, RateTimes);
	RateTimes_init(told);
	told->orders = sum(times);
	if (told->orders == 0)
		return told;
	told->median_ms = percentile_ms(times, 50);
	told->p90_ms = percentile_ms(times, 90);
	told->buckets = arena_array(a, TIMES_BUCKETS, sizeof(*told->buckets));
	for (unsigned i = 0; i < TIMES_BUCKETS; i++) {
		if (times->orders[i] == 0)
			continue;
		RateTimesBucket *bucket = told->buckets[told->n_buckets++] = ARENA_NEW(a, RateTimesBucket);
		RateTimesBucket_init(bucket);
		bucket->until_ms = i < TIMES_BUCKETS - 1 ? edges_ms[i] : 0;
		bucket->orders = times->orders[i];
	}
	return told;
}
