/* How often one address may ask for what everybody may read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "rpc/quota.h"

enum { START_MS = 1000000 };

static struct quota *quota_new(void)
{
	struct quota *q = calloc(1, sizeof(*q));
	assert_non_null(q);
	q->seed = 42;
	return q;
}

static int taken(struct quota *q, const char *address, int64_t now_ms, int tries)
{
	int n = 0;
	for (int i = 0; i < tries; i++)
		n += quota_take(q, address, now_ms);
	return n;
}

static void test_burst_and_refill(void **state)
{
	(void)state;
	struct quota *q = quota_new();
	assert_int_equal(taken(q, "192.0.2.1", START_MS, 1000), LIMIT_OPEN_BURST);
	assert_int_equal(taken(q, "192.0.2.1", START_MS + LIMIT_OPEN_REFILL_MS - 1, 10), 0);
	assert_int_equal(taken(q, "192.0.2.1", START_MS + LIMIT_OPEN_REFILL_MS, 10), 1);
	assert_int_equal(taken(q, "192.0.2.2", START_MS, 1000), LIMIT_OPEN_BURST); /* another's is another's */
	int64_t later_ms = START_MS + 2 * (int64_t)LIMIT_OPEN_BURST * LIMIT_OPEN_REFILL_MS;
	assert_int_equal(taken(q, "192.0.2.1", later_ms, 1000), LIMIT_OPEN_BURST);
	assert_int_equal(taken(q, NULL, START_MS, 1000), 1000);
	free(q);
}

/* A household has more IPv6 addresses than anybody could count. */
static void test_networks(void **state)
{
	(void)state;
	struct quota *q = quota_new();
	assert_int_equal(taken(q, "2001:db8:1:2::1", START_MS, 1000), LIMIT_OPEN_BURST);
	assert_int_equal(taken(q, "2001:db8:1:2:ffff::7", START_MS, 10), 0);
	assert_int_equal(taken(q, "2001:db8:1:3::1", START_MS, 10), 10);
	free(q);
}

/* With more addresses than there is room for nobody is refused who asks seldom, and who asks all the time still is. */
static void test_many(void **state)
{
	(void)state;
	struct quota *q = quota_new();
	char address[32];
	assert_int_equal(taken(q, "198.51.100.1", START_MS, 1000), LIMIT_OPEN_BURST);
	for (int i = 0; i < 2 * QUOTA_SETS; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		assert_true(quota_take(q, address, START_MS));
	}
	assert_int_equal(taken(q, "198.51.100.1", START_MS, 10), 0);
	free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_burst_and_refill),
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
