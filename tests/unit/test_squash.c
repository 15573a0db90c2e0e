/* Squashed records: round trips of what records look like and of what they don't, and damage. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "txn/squash.h"

enum { ARENA_BYTES = 64 << 20 };

static struct squasher *squasher;

static int set_up(void **state)
{
	(void)state;
	squasher = squasher_new();
	return squasher == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	squasher_free(squasher);
	return 0;
}

static void round_trip(struct slice plain)
{
	struct arena a;
	struct slice small, back;
	arena_init(&a, ARENA_BYTES);
	if (squash(squasher, &a, plain, &small)) {
		assert_true(small.len <= plain.len);
		assert_int_equal(unsquash(squasher, &a, small, &back), OK);
		assert_int_equal(back.len, plain.len);
		assert_memory_equal(back.ptr, plain.ptr, plain.len);
	}
	arena_free(&a);
}

static void test_round_trips(void **state)
{
	(void)state;
	uint8_t bytes[5000];
	unsigned seed = 7;
	round_trip(SLICE_NONE);
	round_trip(SLICE("abc"));
	round_trip(SLICE("o0000000 o0000001 m0000000 m0000000 m0000000 r0000000 n0000000"));
	for (size_t len = 1; len < sizeof(bytes); len = len * 3 / 2 + 1) {
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)((unsigned)rand_r(&seed) % (len % 2 == 0 ? 4 : 256));
		round_trip(slice_of(bytes, len));
	}
}

static const char like_a_record[] =
    "\x0a\x08o00002t1\x10\x07\x22\x08"
    "c0000025(\x03J\x08r00000eyP\x01\x62\x08n0000021\xda\x01\x12\x08\x05\x10\xe0\xd4\x03 \x02\x32\x08m000002e"
    "\xda\x01\x12\x08\x06\x10\xc0\xcf\x24 \x02\x32\x08m000002e\xda\x01\x12\x08\x07\x10\x80\x9f\x49 "
    "\x02\x32\x08m000002e";

static void test_a_record_shrinks(void **state)
{
	(void)state;
	struct arena a;
	struct slice small;
	arena_init(&a, ARENA_BYTES);
	assert_true(squash(squasher, &a, SLICE(like_a_record), &small));
	assert_true(small.len < sizeof(like_a_record) * 2 / 3);
	arena_free(&a);
}

/* As it was deflated before there was zstd. */
static void test_deflated_is_read(void **state)
{
	static const char deflated[] =
	    "\x00\x00\x6d\xe3\x82\x84\x8e\x51\x89\x21\x22\x74\x8c\x4c\x11\xa1\x93\x5a\x89\x08\x1d\x23\x43\x2c"
	    "\x2e\x37\x4a\xc5\xe2\x72\x88\x20\x9a\xcb\x8d\x52\x01";
	(void)state;
	struct arena a;
	struct slice plain;
	arena_init(&a, ARENA_BYTES);
	assert_int_equal(unsquash(squasher, &a, SLICE(deflated), &plain), OK);
	assert_true(slice_eq(plain, SLICE(like_a_record)));
	assert_int_not_equal(unsquash(squasher, &a, slice_of(deflated, sizeof(deflated) - 4), &plain), OK);
	arena_free(&a);
}

static void test_damage_is_noticed(void **state)
{
	(void)state;
	struct arena a;
	struct slice small, back;
	arena_init(&a, ARENA_BYTES);
	assert_true(squash(squasher, &a, SLICE("m0000000 m0000000 m0000000 m0000000 m0000000 m0000000"), &small));
	for (size_t cut = 0; cut < small.len; cut++)
		assert_int_not_equal(unsquash(squasher, &a, slice_of(small.ptr, cut), &back), OK);
	uint8_t *longer = arena_copy(&a, small.ptr, small.len);
	longer[2]++;
	assert_int_equal(unsquash(squasher, &a, slice_of(longer, small.len), &back), ERR_DATA_CORRUPT);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trips),
	    cmocka_unit_test(test_a_record_shrinks),
	    cmocka_unit_test(test_deflated_is_read),
	    cmocka_unit_test(test_damage_is_noticed),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
