/* net/h2_guard, net/h2_pings and net/h2_mem: the counts that end a connection, and the cells of frame buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/limits.h"
#include "net/h2_guard.h"
#include "net/h2_mem.h"
#include "net/h2_pings.h"

static void test_resets(void **state)
{
	(void)state;
	struct h2_guard g;
	h2_guard_init(&g, LIMIT_RESETS, LIMIT_CONTROL_FRAMES, LIMIT_ABUSE_MS);
	for (int i = 0; i < LIMIT_RESETS; i++)
		assert_false(h2_guard_reset(&g, 1000));
	assert_true(h2_guard_reset(&g, 1000));
	/* It stays so, also when the window is long over. */
	assert_true(h2_guard_control(&g, 1000 + 10 * LIMIT_ABUSE_MS));
}

static void test_window(void **state)
{
	(void)state;
	struct h2_guard g;
	int64_t now_ms = 5;
	h2_guard_init(&g, 10, 10, 100);
	/* One each 20 ms makes 5 in a window: for ever fine. */
	for (int i = 0; i < 1000; i++, now_ms += 20)
		assert_false(h2_guard_reset(&g, now_ms));
	/* The window ends exactly at its length. */
	h2_guard_init(&g, 1, 10, 100);
	assert_false(h2_guard_reset(&g, 0));
	assert_false(h2_guard_reset(&g, 100));
	assert_true(h2_guard_reset(&g, 199));
}

static void test_control(void **state)
{
	(void)state;
	struct h2_guard g;
	h2_guard_init(&g, LIMIT_RESETS, LIMIT_CONTROL_FRAMES, LIMIT_ABUSE_MS);
	for (int i = 0; i < LIMIT_CONTROL_FRAMES; i++)
		assert_false(h2_guard_control(&g, 1));
	assert_true(h2_guard_control(&g, 1));
}

static void test_credit(void **state)
{
	(void)state;
	struct h2_guard g;
	h2_guard_init(&g, 10, 10, 1000);
	/* Three control frames for each frame of ours, as a busy gRPC client sends them. */
	for (int i = 0; i < 100000; i++) {
		h2_guard_credit(&g);
		for (int j = 0; j < 3; j++)
			assert_false(h2_guard_control(&g, 1));
	}
	/* Credit can't be saved up. */
	for (int i = 0; i < 1000; i++)
		h2_guard_credit(&g);
	for (int i = 0; i < 10; i++)
		assert_false(h2_guard_control(&g, 1));
	assert_true(h2_guard_control(&g, 1));
	/* And pays for no resets. */
	h2_guard_init(&g, 1, 10, 1000);
	assert_false(h2_guard_reset(&g, 1));
	h2_guard_credit(&g);
	assert_true(h2_guard_reset(&g, 1));
}

static void test_pings(void **state)
{
	(void)state;
	struct h2_pings p;
	int64_t now_ms = 7;
	/* In time, for ever; a tenth of jitter is in time too. */
	h2_pings_init(&p, 100, 1000);
	for (int i = 0; i < 1000; i++, now_ms += i % 2 == 0 ? 90 : 110)
		assert_false(h2_pings_came(&p, true, now_ms));
	/* The first of a burst is free, two are strikes, the next is too many; that stays so. */
	h2_pings_init(&p, 100, 1000);
	for (int i = 0; i < 3; i++)
		assert_false(h2_pings_came(&p, true, 0));
	assert_true(h2_pings_came(&p, true, 89));
	h2_pings_forgive(&p);
	assert_true(h2_pings_came(&p, true, 100000));
	/* Strikes are not forgotten by waiting. */
	h2_pings_init(&p, 100, 1000);
	assert_false(h2_pings_came(&p, true, 0));
	assert_false(h2_pings_came(&p, true, 1));
	assert_false(h2_pings_came(&p, true, 1000));
	assert_false(h2_pings_came(&p, true, 1001));
	assert_true(h2_pings_came(&p, true, 1002));
}

static void test_pings_idle(void **state)
{
	(void)state;
	struct h2_pings p;
	h2_pings_init(&p, 100, 1000);
	assert_false(h2_pings_came(&p, false, 0));
	assert_false(h2_pings_came(&p, false, 900));
	/* What is in time with calls under way is not without. */
	assert_false(h2_pings_came(&p, true, 1000));
	assert_false(h2_pings_came(&p, false, 1100));
	assert_false(h2_pings_came(&p, false, 1200));
	assert_true(h2_pings_came(&p, false, 1300));
	/* Each answer of ours makes room for some more, as probes of the bandwidth need it. */
	h2_pings_init(&p, 100, 1000);
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 3; k++)
			assert_false(h2_pings_came(&p, false, 5));
		h2_pings_forgive(&p);
	}
}

static void test_cells(void **state)
{
	(void)state;
	struct h2_mem m;
	h2_mem_init(&m, 2);
	nghttp2_mem *f = &m.functions;
	uint8_t *a = f->realloc(NULL, 16394, f->mem_user_data);
	uint8_t *b = f->malloc(16394, f->mem_user_data);
	uint8_t *c = f->malloc(16394, f->mem_user_data); /* no cell is left: malloc's */
	uint8_t *small = f->malloc(100, f->mem_user_data);
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
	assert_int_equal((uintptr_t)a % 4096, 0);
	assert_int_equal(m.n_used, 2);
	memset(a, 1, 16394);
	memset(b, 2, 16394);
	memset(c, 3, 16394);
	assert_int_equal(a[16393], 1);
	f->free(a, f->mem_user_data);
	f->free(c, f->mem_user_data);
	f->free(small, f->mem_user_data);
	f->free(NULL, f->mem_user_data);
	assert_ptr_equal(f->malloc(17000, f->mem_user_data), a);
	/* One that outgrows its cell takes its bytes along and gives the cell back. */
	uint8_t *grown = f->realloc(b, 100000, f->mem_user_data);
	assert_non_null(grown);
	assert_int_equal(grown[16393], 2);
	assert_int_equal(m.n_free, 1);
	grown = f->realloc(grown, 200000, f->mem_user_data);
	assert_int_equal(grown[16393], 2);
	f->free(grown, f->mem_user_data);
	f->free(a, f->mem_user_data);
	uint8_t *zeroed = f->calloc(10, 10, f->mem_user_data);
	assert_int_equal(zeroed[99], 0);
	f->free(zeroed, f->mem_user_data);
	h2_mem_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resets),     cmocka_unit_test(test_window), cmocka_unit_test(test_control),
	    cmocka_unit_test(test_credit),     cmocka_unit_test(test_cells),  cmocka_unit_test(test_pings),
	    cmocka_unit_test(test_pings_idle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
