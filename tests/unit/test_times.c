/* How long things took, counted in buckets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "domain/times.h"

enum { MINUTE_MS = 60 * 1000 };
#define DAY_MS INT64_C(86400000)

static void test_edges(void **state)
{
	(void)state;
	assert_int_equal(times_bucket(0), 0);
	assert_int_equal(times_bucket(MINUTE_MS), 0);
	assert_int_equal(times_bucket(MINUTE_MS + 1), 1);
	assert_int_equal(times_bucket(30 * DAY_MS), TIMES_BUCKETS - 2);
	assert_int_equal(times_bucket(INT64_MAX), TIMES_BUCKETS - 1);
	for (int64_t ms = 0; ms < 40 * DAY_MS; ms += 7 * MINUTE_MS)
		assert_true(times_bucket(ms) <= times_bucket(ms + 7 * MINUTE_MS));
}

static void test_none(void **state)
{
	(void)state;
	struct arena a;
	struct times times = {{0}};
	arena_init(&a, 1 << 20);
	times_add(&times, TIMES_NONE, 5);
	RateTimes *told = times_tell(&a, &times);
	assert_int_equal(told->orders, 0);
	assert_int_equal(told->median_ms, 0);
	assert_int_equal(told->n_buckets, 0);
	arena_free(&a);
}

static void test_percentiles(void **state)
{
	(void)state;
	struct arena a;
	struct times times = {{0}};
	arena_init(&a, 1 << 20);
	times_add(&times, times_bucket(7 * MINUTE_MS), 60);  /* 5 to 10 minutes */
	times_add(&times, times_bucket(25 * MINUTE_MS), 40); /* 20 to 30 */
	RateTimes *told = times_tell(&a, &times);
	assert_int_equal(told->orders, 100);
	assert_int_equal(told->median_ms, 5 * MINUTE_MS + 5 * MINUTE_MS * 50 / 60);
	assert_int_equal(told->p90_ms, 20 * MINUTE_MS + 10 * MINUTE_MS * 30 / 40);
	assert_int_equal(told->n_buckets, 2);
	assert_int_equal(told->buckets[1]->until_ms, 30 * MINUTE_MS);
	assert_int_equal(told->buckets[1]->orders, 40);
	arena_free(&a);
}

/* What is beyond all edges took as long as the last, at the least. */
static void test_beyond(void **state)
{
	(void)state;
	struct arena a;
	struct times times = {{0}};
	arena_init(&a, 1 << 20);
	times_add(&times, times_bucket(400 * DAY_MS), 2);
	RateTimes *told = times_tell(&a, &times);
	assert_int_equal(told->median_ms, 30 * DAY_MS);
	assert_int_equal(told->buckets[0]->until_ms, 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_edges),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_percentiles),
	    cmocka_unit_test(test_beyond),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
