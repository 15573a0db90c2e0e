/*
 * The store's contract, on the memory store and, where a row of the table says so, on Redis too; and
 * what only the memory store has: its clock, faults, dump and sorted structure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "redis_fixture.h"
#include "store_contract.h"
#include "store_probe.h"
#include "txn/store_memory.h"
#include "txn/store_memory_index.h"

struct world {
	int64_t now_ms;
	struct store *store;
	struct probe probe;
};

static int64_t world_now(void *arg)
{
	return ((const struct world *)arg)->now_ms;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	w->now_ms = 1700000000000;
	w->store = store_memory_new(&(struct store_memory_config){world_now, w});
	probe_init(&w->probe, w->store, NULL);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	w->store->ops->destroy(w->store);
	probe_finish(&w->probe);
	free(w);
	return 0;
}

static void test_contract(void **state)
{
	struct world *w = *state;
	store_contract(&w->probe);
}

/* Ids grow though the clock stands still or runs backwards. */
static void test_log_clock(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	static const struct {
		int64_t now_ms;
		const char *id;
	} rows[] = {
	    {1000, "1000-0"}, {1000, "1000-1"}, {900, "1000-2"}, {1001, "1001-0"}, {-5, "1001-1"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w->now_ms = rows[i].now_ms;
		probe_write(p, STORE_APPEND, "log", NULL, 0, SLICE("x"));
		assert_int_equal(probe_commit(p), STORE_OK);
		assert_string_equal(p->commit.log_id, rows[i].id);
	}
}

static void test_lease_expires(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	assert_true(probe_lease(p, "lease", "a", 1000));
	w->now_ms += 999;
	assert_false(probe_lease(p, "lease", "b", 1000));
	w->now_ms += 1;
	assert_true(probe_lease(p, "lease", "b", 1000));
	assert_false(probe_lease(p, "lease", "a", 1000));
	assert_false(probe_lease(p, "other", "a", 0));
}

static void test_faults(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	static const struct {
		enum store_fault fault;
		enum store_verdict verdict;
		bool written;
	} rows[] = {
	    {STORE_FAULT_STALE, STORE_STALE, false},
	    {STORE_FAULT_FULL, STORE_FULL, false},
	    {STORE_FAULT_UNAVAILABLE, STORE_UNAVAILABLE, false},
	    {STORE_FAULT_UNKNOWN_WRITTEN, STORE_UNKNOWN, true},
	    {STORE_FAULT_UNKNOWN_LOST, STORE_UNKNOWN, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char key[16];
		snprintf(key, sizeof(key), "f%zu", i);
		store_memory_inject(w->store, 2, rows[i].fault);
		assert_int_equal(probe_commit(p), STORE_OK);
		probe_put(p, key, 1, "x");
		assert_int_equal(probe_commit(p), rows[i].verdict);
		assert_int_equal(probe_get(p, key, NULL, NULL) != NULL, rows[i].written);
		assert_int_equal(probe_commit(p), STORE_OK);
	}
	store_memory_set_available(w->store, false);
	assert_false(w->store->ops->ready(w->store));
	struct store_read read = {.kind = STORE_GET, .key = SLICE("f0")};
	assert_int_equal(probe_load(p, &read, 1), STORE_UNAVAILABLE);
	assert_int_equal(probe_commit(p), STORE_UNAVAILABLE);
	assert_int_equal(probe_reserve(p, "n", 1), 0);
	assert_false(probe_lease(p, "l", "a", 1));
	assert_false(probe_add_tenant(p, "x"));
	assert_null(probe_tenants(p));
	store_memory_set_available(w->store, true);
	assert_string_equal(probe_tenants(p), "");
}

static void on_row(void *arg, const struct store_row *row)
{
	static const char *const kinds[] = {"record", "counter", "index", "log", "pack"};
	buf_printf(arg, "%s %.*s %.*s %lld %zu\n", kinds[row->kind], SLICE_FMT(row->key), SLICE_FMT(row->field),
		   (long long)row->number, row->value.len);
}

static void test_dump(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	probe_put(p, "r", 1, "abc");
	probe_write(p, STORE_INDEX, "i", "b", 2, SLICE_NONE);
	probe_write(p, STORE_INDEX, "i", "z", 1, SLICE_NONE);
	probe_write(p, STORE_INDEX, "i", "a", 2, SLICE_NONE);
	probe_write(p, STORE_PACK, "p", "y", 0, SLICE("12"));
	probe_write(p, STORE_PACK, "p", "x", 0, SLICE("1"));
	probe_write(p, STORE_INCREMENT, "c", NULL, -7, SLICE_NONE);
	probe_write(p, STORE_APPEND, "l", NULL, 0, SLICE("e1"));
	probe_write(p, STORE_APPEND, "l", NULL, 0, SLICE("e22"));
	probe_claim(p, "q0", "q1", "id", "answer");
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_true(probe_lease(p, "lease", "a", 1000));
	struct buf b = {0};
	store_memory_dump(w->store, SLICE("town"), on_row, &b);
	buf_byte(&b, 0);
	assert_string_equal((const char *)b.ptr, "counter c  -7 0\n"
						 "index i z 1 0\nindex i a 2 0\nindex i b 2 0\n"
						 "log l 1700000000000-0 0 2\nlog l 1700000000000-1 0 3\n"
						 "pack p x 0 1\npack p y 0 2\n"
						 "pack q1 id 0 6\n"
						 "record r  0 16\n");
	buf_free(&b);
}

/* --- followers --- */

struct follower {
	struct world *world;
	struct store_follower *handle;
	struct buf seen;
	unsigned commits_left; /* commits it makes itself while being called */
	bool leaves;
};

static void on_entry(void *arg, struct slice id, struct slice value)
{
	struct follower *f = arg;
	struct probe inner;
	assert_true(id.len > 2);
	buf_slice(&f->seen, value);
	if (f->commits_left > 0) {
		f->commits_left--;
		probe_init(&inner, f->world->store, NULL);
		probe_write(&inner, STORE_APPEND, "log", NULL, 0, SLICE("+"));
		assert_int_equal(probe_commit(&inner), STORE_OK);
		probe_finish(&inner);
	}
	if (f->leaves) {
		f->world->store->ops->unfollow(f->handle);
		f->handle = NULL;
	}
}

static void append(struct probe *p, const char *value)
{
	probe_write(p, STORE_APPEND, "log", NULL, 0, slice_str(value));
	assert_int_equal(probe_commit(p), STORE_OK);
}

static void expect(struct follower *f, const char *seen)
{
	buf_byte(&f->seen, 0);
	assert_string_equal((const char *)f->seen.ptr, seen);
	buf_reset(&f->seen);
}

static void test_follow(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	const struct store_ops *ops = w->store->ops;
	struct follower all = {.world = w}, end = {.world = w}, once = {.world = w, .leaves = true};
	append(p, "a");
	char id[LIMIT_REQUEST_ID_CHARS];
	snprintf(id, sizeof(id), "%s", p->commit.log_id);
	append(p, "b");
	assert_null(ops->follow(w->store, SLICE("town"), SLICE("log"), SLICE("yesterday"), on_entry, &all));
	all.handle = ops->follow(w->store, SLICE("town"), SLICE("log"), slice_str(id), on_entry, &all);
	end.handle = ops->follow(w->store, SLICE("town"), SLICE("log"), SLICE("$"), on_entry, &end);
	once.handle = ops->follow(w->store, SLICE("town"), SLICE("log"), SLICE("$"), on_entry, &once);
	expect(&all, "b");
	all.commits_left = 2;
	append(p, "c");
	append(p, "d");
	expect(&all, "c++d");
	expect(&end, "c++d");
	expect(&once, "c");
	assert_null(once.handle);
	probe_write(p, STORE_APPEND, "other log", NULL, 0, SLICE("x"));
	assert_int_equal(probe_commit(p), STORE_OK);
	expect(&all, "");
	ops->unfollow(end.handle);
	ops->unfollow(NULL);
	append(p, "e");
	expect(&all, "e");
	expect(&end, "");
	buf_free(&all.seen);
	buf_free(&end.seen);
	buf_free(&once.seen);
}

/* --- the sorted structure against a plain array --- */

enum { PLAIN = 3000 };

struct plain {
	int64_t score[PLAIN];
	bool there[PLAIN];
};

static struct slice plain_member(unsigned i, char out[8])
{
	return slice_of(out, (size_t)snprintf(out, 8, "m%u", i));
}

static int plain_cmp(const void *a, const void *b, void *arg)
{
	const struct plain *plain = arg;
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	char one[8], other[8];
	if (plain->score[x] != plain->score[y])
		return plain->score[x] < plain->score[y] ? -1 : 1;
	return slice_cmp(plain_member(x, one), plain_member(y, other));
}

static void compare_with_plain(const struct memory_index *x, struct plain *plain)
{
	static unsigned order[PLAIN];
	size_t n = 0, at = 0;
	for (unsigned i = 0; i < PLAIN; i++) {
		if (plain->there[i])
			order[n++] = i;
	}
	qsort_r(order, n, sizeof(order[0]), plain_cmp, plain);
	assert_int_equal(memory_index_size(x), n);
	struct index_place p = {0, 0};
	const struct index_entry *e;
	while ((e = memory_index_next(x, &p)) != NULL) {
		char text[8];
		assert_true(slice_eq(memory_index_member(e), plain_member(order[at], text)));
		assert_int_equal(e->score, plain->score[order[at]]);
		at++;
	}
	assert_int_equal(at, n);
	while ((e = memory_index_previous(x, &p)) != NULL)
		assert_int_equal(e->score, plain->score[order[--at]]);
	assert_int_equal(at, 0);
	for (int64_t low = -3; low < 30; low += 7) {
		size_t count = 0;
		for (size_t i = 0; i < n; i++)
			count += plain->score[order[i]] >= low && plain->score[order[i]] <= low + 5;
		assert_int_equal(
		    memory_index_between(x, memory_index_at_score(x, low), memory_index_behind_score(x, low + 5)),
		    count);
	}
	assert_int_equal(memory_index_between(x, memory_index_at_score(x, 10), memory_index_behind_score(x, 5)), 0);
}

static void test_index(void **state)
{
	(void)state;
	static struct plain plain;
	struct memory_index x;
	uint32_t random = 99;
	memory_index_init(&x);
	for (unsigned step = 0; step < 60000; step++) {
		unsigned i = fixture_random(&random) % PLAIN;
		char text[8];
		/* Grows at first, shrinks to nothing in the end. */
		bool add = fixture_random(&random) % 60000 > step;
		if (add) {
			/* Many entries with one score, and some runs in order. */
			plain.score[i] = step % 3 == 0 ? (int64_t)step : fixture_random(&random) % 30;
			plain.there[i] = true;
			memory_index_put(&x, plain_member(i, text), plain.score[i]);
		} else {
			assert_int_equal(memory_index_remove(&x, plain_member(i, text)), plain.there[i]);
			plain.there[i] = false;
		}
		if (step % 5000 == 0)
			compare_with_plain(&x, &plain);
	}
	for (unsigned i = 0; i < PLAIN; i++) {
		char text[8];
		memory_index_remove(&x, plain_member(i, text));
		plain.there[i] = false;
	}
	compare_with_plain(&x, &plain);
	memory_index_finish(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_contract, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_log_clock, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_lease_expires, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_faults, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_dump, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_follow, set_up, tear_down),
	    cmocka_unit_test(test_index),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
