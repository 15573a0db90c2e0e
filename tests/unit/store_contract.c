#include "store_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"

static void guards(struct probe *p)
{
	probe_guard(p, "r", 0);
	probe_put(p, "r", 1, "one");
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(p->commit.log_id, "");
	/* it exists now */
	probe_guard(p, "r", 0);
	probe_put(p, "r", 1, "two");
	assert_int_equal(probe_commit(p), STORE_STALE);
	probe_guard(p, "r", 2);
	probe_put(p, "r", 3, "two");
	assert_int_equal(probe_commit(p), STORE_STALE);
	/* one of several fails: nothing is written, whatever comes before it */
	for (int bad = 0; bad < 5; bad++) {
		for (int i = 0; i < 5; i++) {
			char key[8];
			snprintf(key, sizeof(key), "g%d", i);
			probe_guard(p, key, i == bad ? 9 : 0);
			probe_put(p, key, 1, "x");
		}
		probe_write(p, STORE_INCREMENT, "gc", NULL, 1, SLICE_NONE);
		assert_int_equal(probe_commit(p), STORE_STALE);
	}
	assert_null(probe_get(p, "g0", NULL, NULL));
	assert_int_equal(probe_number(p, (struct store_read){.kind = STORE_COUNTER, .key = SLICE("gc")}), 0);
	/* a guard without a write, a write without a guard */
	probe_guard(p, "r", 1);
	probe_put(p, "free", 1, "free");
	assert_int_equal(probe_commit(p), STORE_OK);
	/* two guards on one record */
	probe_guard(p, "r", 1);
	probe_guard(p, "r", 1);
	assert_int_equal(probe_commit(p), STORE_OK);
	probe_guard(p, "r", 1);
	probe_guard(p, "r", 2);
	assert_int_equal(probe_commit(p), STORE_STALE);
	/* nothing at all */
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_get(p, "r", NULL, NULL), "one");
	assert_string_equal(probe_get(p, "free", NULL, NULL), "free");
}

static void packs(struct probe *p)
{
	probe_write(p, STORE_PACK, "pack", "a", 0, probe_record(p, 5, "packed"));
	probe_write(p, STORE_PACK, "pack", "b", 0, probe_record(p, 1, "other"));
	assert_int_equal(probe_commit(p), STORE_OK);
	struct store_read read = {
	    .kind = STORE_GET, .key = SLICE("a"), .pack_key = SLICE("pack"), .pack_field = SLICE("a")};
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	assert_true(read.found);
	assert_true(read.packed);
	assert_string_equal(probe_get(p, "a", "pack", "a"), "packed");
	assert_null(probe_get(p, "a", NULL, NULL));
	assert_null(probe_get(p, "c", "pack", "c"));
	/* unpacked only while it is as it was read */
	for (int version = 4; version <= 5; version++) {
		probe_guard_packed(p, "pack", "a", (uint64_t)version);
		probe_guard_packed(p, "pack", "none", 0);
		probe_write(p, STORE_UNPACK, "pack", "a", 0, SLICE_NONE);
		probe_put(p, "a", 6, "unpacked");
		assert_int_equal(probe_commit(p), version == 5 ? STORE_OK : STORE_STALE);
	}
	assert_string_equal(probe_get(p, "a", "pack", "a"), "unpacked");
	probe_guard_packed(p, "pack", "a", 5);
	assert_int_equal(probe_commit(p), STORE_STALE);
	probe_write(p, STORE_UNPACK, "pack", "b", 0, SLICE_NONE);
	probe_write(p, STORE_UNPACK, "pack", "b", 0, SLICE_NONE);
	probe_write(p, STORE_UNPACK, "no pack", "b", 0, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_null(probe_get(p, "b", "pack", "b"));
}

static void claims(struct probe *p)
{
	probe_claim(p, "q:1", "q:2", "req", "first");
	probe_put(p, "claimed", 1, "1");
	assert_int_equal(probe_commit(p), STORE_OK);
	/* today's, then yesterday's bucket */
	for (int day = 2; day <= 3; day++) {
		probe_claim(p, day == 2 ? "q:1" : "q:2", day == 2 ? "q:2" : "q:3", "req", "second");
		probe_put(p, "claimed", 2, "2");
		assert_int_equal(probe_commit(p), STORE_REPEATED);
		assert_true(slice_eq(p->commit.repeated, SLICE("first")));
	}
	/* the claim answers even when a guard fails too */
	probe_claim(p, "q:1", "q:2", "req", "third");
	probe_guard(p, "claimed", 7);
	assert_int_equal(probe_commit(p), STORE_REPEATED);
	probe_claim(p, "q:2", "q:3", "req", "third");
	probe_guard(p, "claimed", 7);
	assert_int_equal(probe_commit(p), STORE_REPEATED);
	assert_true(slice_eq(p->commit.repeated, SLICE("first")));
	/* a stale commit leaves no claim */
	probe_claim(p, "q:2", "q:3", "req2", "x");
	probe_guard(p, "claimed", 7);
	assert_int_equal(probe_commit(p), STORE_STALE);
	probe_claim(p, NULL, "q:3", "req2", "");
	probe_guard(p, "claimed", 1);
	assert_int_equal(probe_commit(p), STORE_OK);
	probe_claim(p, NULL, "q:3", "req2", "x");
	assert_int_equal(probe_commit(p), STORE_REPEATED);
	assert_int_equal(p->commit.repeated.len, 0);
	/* two days later nobody remembers; buckets are deleted like any key */
	probe_claim(p, "q:4", "q:5", "req", "again");
	probe_write(p, STORE_DELETE, "q:2", NULL, 0, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	probe_claim(p, "q:1", "q:2", "req", "anew");
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_get(p, "claimed", NULL, NULL), "1");
}

static void order_of_writes(struct probe *p)
{
	probe_put(p, "w1", 1, "first");
	probe_put(p, "w1", 1, "second");
	probe_put(p, "w2", 1, "x");
	probe_write(p, STORE_DELETE, "w2", NULL, 0, SLICE_NONE);
	probe_put(p, "w3", 1, "x");
	probe_write(p, STORE_DELETE, "w3", NULL, 0, SLICE_NONE);
	probe_put(p, "w3", 1, "again");
	probe_write(p, STORE_DELETE, "w4", NULL, 0, SLICE_NONE);
	probe_put(p, "w4", 1, "new");
	probe_write(p, STORE_DELETE, "w3", NULL, 0, SLICE_NONE);
	probe_put(p, "w5", 1, "five");
	probe_write(p, STORE_INDEX, "wi", "a", 1, SLICE_NONE);
	probe_write(p, STORE_UNINDEX, "wi", "a", 0, SLICE_NONE);
	probe_write(p, STORE_INDEX, "wi", "b", 1, SLICE_NONE);
	probe_write(p, STORE_INDEX, "wi", "b", 2, SLICE_NONE);
	probe_write(p, STORE_UNINDEX, "wi", "c", 0, SLICE_NONE);
	probe_write(p, STORE_INDEX, "wi", "c", 3, SLICE_NONE);
	probe_write(p, STORE_PACK, "wp", "f", 0, probe_record(p, 1, "1"));
	probe_write(p, STORE_UNPACK, "wp", "f", 0, SLICE_NONE);
	probe_write(p, STORE_PACK, "wp", "f", 0, probe_record(p, 1, "2"));
	probe_write(p, STORE_INCREMENT, "wc", NULL, 5, SLICE_NONE);
	probe_write(p, STORE_INCREMENT, "wc", NULL, -7, SLICE_NONE);
	probe_write(p, STORE_TALLY, "wt", "a", 2, SLICE_NONE);
	probe_write(p, STORE_TALLY, "wt", "b", 1, SLICE_NONE);
	probe_write(p, STORE_TALLY, "wt", "a", 3, SLICE_NONE);
	probe_write(p, STORE_TALLY, "wi", "b", 4, SLICE_NONE);
	probe_write(p, STORE_APPEND, "wl", NULL, 0, SLICE("a"));
	probe_write(p, STORE_APPEND, "wl", NULL, 0, SLICE("b"));
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_get(p, "w1", NULL, NULL), "second");
	assert_null(probe_get(p, "w2", NULL, NULL));
	assert_null(probe_get(p, "w3", NULL, NULL));
	assert_string_equal(probe_get(p, "w4", NULL, NULL), "new");
	assert_string_equal(probe_get(p, "w5", NULL, NULL), "five");
	assert_string_equal(probe_range(p, (struct store_read){.key = SLICE("wi"), .max = 9, .limit = 9}), "c:3 b:6");
	probe_write(p, STORE_TALLY, "wt", "b", -1, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_range(p, (struct store_read){.key = SLICE("wt"), .max = 9, .limit = 9}), "b:0 a:5");
	assert_string_equal(probe_get(p, "x", "wp", "f"), "2");
	assert_int_equal(probe_number(p, (struct store_read){.kind = STORE_COUNTER, .key = SLICE("wc")}), -2);
	assert_string_equal(probe_log(p, "wl", NULL, false, 9), "a b");
}

static void ranges(struct probe *p)
{
	static const struct {
		const char *member;
		int64_t score;
	} entries[] = {
	    {"a", 1}, {"b", 5},  {"bb", 5},
	    {"c", 5}, {"d", 5},  {"\xff", 5},
	    {"e", 7}, {"f", -3}, {"z", 9007199254740991},
	};
	static const struct {
		int64_t min, max;
		const char *after;
		int64_t after_score;
		bool reverse;
		uint32_t limit;
		const char *want;
	} rows[] = {
	    {0, 9, NULL, 0, false, 99, "a:1 b:5 bb:5 c:5 d:5 \xff:5 e:7"},
	    {0, 9, NULL, 0, true, 99, "e:7 \xff:5 d:5 c:5 bb:5 b:5 a:1"},
	    {INT64_MIN, INT64_MAX, NULL, 0, false, 2, "f:-3 a:1"},
	    {INT64_MIN, INT64_MAX, NULL, 0, true, 2, "z:9007199254740991 e:7"},
	    {0, 9, "b", 5, false, 2, "bb:5 c:5"},
	    {0, 9, "c", 5, true, 2, "bb:5 b:5"},
	    {0, 9, "b", 5, true, 9, "a:1"},
	    {0, 9, "\xff", 5, false, 9, "e:7"},
	    /* cursors that are not there (any more) */
	    {0, 9, "ba", 5, false, 2, "bb:5 c:5"},
	    {0, 9, "ba", 5, true, 9, "b:5 a:1"},
	    {0, 9, "x", 3, false, 1, "b:5"},
	    {0, 9, "x", 3, true, 9, "a:1"},
	    {0, 9, "zz", 5, false, 1, "\xff:5"},
	    {0, 9, "\xff\xff", 5, false, 1, "e:7"},
	    {0, 9, "\xff\xff", 5, true, 1, "\xff:5"},
	    {0, 9, "A", 5, false, 1, "b:5"},
	    {0, 9, "A", 5, true, 1, "a:1"},
	    /* moved since: the cursor is a place, not the entry */
	    {0, 9, "a", 5, false, 1, "b:5"},
	    {0, 9, "e", 1, true, 9, "a:1"},
	    /* cursors outside the bounds */
	    {2, 9, "f", -3, false, 1, "b:5"},
	    {2, 9, "f", -3, true, 9, ""},
	    {2, 6, "e", 7, true, 1, "\xff:5"},
	    {2, 6, "e", 7, false, 9, ""},
	    {2, 6, "d", 5, false, 9, "\xff:5"},
	    {5, 6, "bb", 5, true, 9, "b:5"},
	    /* nothing */
	    {6, 2, NULL, 0, false, 9, ""},
	    {0, 9, NULL, 0, false, 0, ""},
	    {0, 9, "b", 5, false, 0, ""},
	    {0, 9, "f", -3, true, 0, ""},
	    {-9, 9, "f", -3, true, 9, ""},
	    {0, 9007199254740991, "z", 9007199254740991, false, 9, ""},
	};
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		probe_write(p, STORE_INDEX, "ri", entries[i].member, entries[i].score, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_read read = {.key = SLICE("ri"),
					  .min = rows[i].min,
					  .max = rows[i].max,
					  .after = slice_str(rows[i].after),
					  .after_score = rows[i].after_score,
					  .reverse = rows[i].reverse,
					  .limit = rows[i].limit};
		assert_string_equal(probe_range(p, read), rows[i].want);
	}
	assert_string_equal(probe_range(p, (struct store_read){.key = SLICE("no"), .max = 9, .limit = 9}), "");
	struct store_read count = {.kind = STORE_COUNT, .key = SLICE("ri"), .min = 5, .max = 7};
	assert_int_equal(probe_number(p, count), 6);
	count.min = INT64_MIN;
	assert_int_equal(probe_number(p, count), 8);
	count.min = 8;
	assert_int_equal(probe_number(p, count), 0);
}

static void logs(struct probe *p)
{
	char ids[5][44];
	for (int i = 0; i < 5; i++) {
		char value[2] = {(char)('a' + i), '\0'};
		probe_write(p, STORE_APPEND, "log", NULL, 0, slice_str(value));
		assert_int_equal(probe_commit(p), STORE_OK);
		memcpy(ids[i], p->commit.log_id, sizeof(ids[i]));
	}
	assert_string_equal(probe_log(p, "log", NULL, false, 99), "a b c d e");
	assert_string_equal(probe_log(p, "log", NULL, true, 2), "e d");
	assert_string_equal(probe_log(p, "log", ids[1], false, 2), "c d");
	assert_string_equal(probe_log(p, "log", ids[3], true, 9), "c b a");
	assert_string_equal(probe_log(p, "log", ids[4], false, 9), "");
	assert_string_equal(probe_log(p, "log", ids[0], true, 9), "");
	assert_string_equal(probe_log(p, "log", "0-0", false, 1), "a");
	assert_string_equal(probe_log(p, "log", "0-0", true, 1), "");
	assert_string_equal(probe_log(p, "log", "18446744073709551615-18446744073709551615", false, 1), "");
	assert_string_equal(probe_log(p, "log", "18446744073709551615-18446744073709551615", true, 1), "e");
	assert_string_equal(probe_log(p, "no log", ids[0], false, 9), "");
	static const char *const bad[] = {"1", "1-", "-1", "1-x", "+", "$", "18446744073709551616-0"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct store_read read = {
		    .kind = STORE_LOG, .key = SLICE("log"), .after = slice_str(bad[i]), .limit = 1};
		assert_int_equal(probe_load(p, &read, 1), STORE_CORRUPT);
		probe_put(p, "not written", 1, "x");
		probe_write(p, STORE_TRIM, "log", bad[i], 0, SLICE_NONE);
		assert_int_equal(probe_commit(p), STORE_CORRUPT);
	}
	assert_null(probe_get(p, "not written", NULL, NULL));
	/* trimming keeps the id it is told, and ids go on growing from an emptied log */
	probe_write(p, STORE_TRIM, "log", ids[3], 0, SLICE_NONE);
	probe_write(p, STORE_TRIM, "no log", ids[3], 0, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_log(p, "log", NULL, false, 9), "d e");
	assert_string_equal(probe_log(p, "log", ids[0], false, 9), "d e");
	probe_write(p, STORE_TRIM, "log", "18446744073709551615-0", 0, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_log(p, "log", NULL, false, 9), "");
	probe_write(p, STORE_APPEND, "log", NULL, 0, SLICE("f"));
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_log(p, "log", ids[4], false, 9), "f");
}

static void numbers(struct probe *p)
{
	assert_int_equal(probe_reserve(p, "n", 10), 1);
	assert_int_equal(probe_reserve(p, "n", 5), 11);
	assert_int_equal(probe_reserve(p, "n", 1), 16);
	assert_int_equal(probe_reserve(p, "n", 0), 0);
	assert_int_equal(probe_number(p, (struct store_read){.kind = STORE_COUNTER, .key = SLICE("n")}), 16);
	probe_write(p, STORE_INCREMENT, "n", NULL, -100, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_int_equal(probe_reserve(p, "n", 10), 0);
	assert_true(probe_lease(p, "job", "me", 60000));
	assert_true(probe_lease(p, "job", "me", 60000));
	assert_false(probe_lease(p, "job", "you", 60000));
	assert_true(probe_lease(p, "job2", "you", 60000));
}

static void tenants(struct probe *p)
{
	struct slice tenant = p->tenant;
	assert_string_equal(probe_tenants(p), "");
	assert_true(probe_add_tenant(p, "west"));
	assert_true(probe_add_tenant(p, "east"));
	assert_true(probe_add_tenant(p, "west"));
	assert_string_equal(probe_tenants(p), "east west ");
	/* tenants share no keys */
	probe_put(p, "shared", 1, "one");
	assert_int_equal(probe_commit(p), STORE_OK);
	p->tenant = SLICE("other");
	assert_null(probe_get(p, "shared", NULL, NULL));
	probe_guard(p, "shared", 0);
	probe_put(p, "shared", 1, "two");
	assert_int_equal(probe_commit(p), STORE_OK);
	p->tenant = tenant;
	assert_string_equal(probe_get(p, "shared", NULL, NULL), "one");
}

static void wrong_kinds(struct probe *p)
{
	static const enum store_read_kind kinds[] = {STORE_RANGE, STORE_COUNT, STORE_LOG, STORE_COUNTER};
	probe_put(p, "k:record", 1, "x");
	probe_write(p, STORE_INDEX, "k:index", "m", 1, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct store_read read = {.kind = kinds[i], .key = SLICE("k:record"), .limit = 1};
		assert_int_equal(probe_load(p, &read, 1), STORE_CORRUPT);
	}
	struct store_read range = {
	    .kind = STORE_RANGE, .key = SLICE("k:record"), .max = 9, .after = SLICE("m"), .limit = 1};
	assert_int_equal(probe_load(p, &range, 1), STORE_CORRUPT);
	struct store_read counter = {.kind = STORE_COUNTER, .key = SLICE("k:index")};
	assert_int_equal(probe_load(p, &counter, 1), STORE_CORRUPT);
	struct store_read pack = {
	    .kind = STORE_GET, .key = SLICE("none"), .pack_key = SLICE("k:record"), .pack_field = SLICE("f")};
	assert_int_equal(probe_load(p, &pack, 1), STORE_CORRUPT);
}

static void bounds(struct probe *p)
{
	struct store_read read = {.kind = STORE_RANGE, .key = SLICE("ri"), .max = 9, .limit = LIMIT_READ_ENTRIES};
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	read.limit = LIMIT_READ_ENTRIES + 1;
	assert_int_equal(probe_load(p, &read, 1), STORE_TOO_LARGE);
	read.kind = STORE_LOG;
	assert_int_equal(probe_load(p, &read, 1), STORE_TOO_LARGE);
	/* results that don't fit the arena, at every point where it may run out */
	char text[3000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	probe_put(p, "big", 1, text);
	probe_write(p, STORE_PACK, "bigpack", "f", 0, probe_record(p, 1, text));
	assert_int_equal(probe_commit(p), STORE_OK);
	size_t cap = p->arena.cap_bytes;
	bool fitted = false;
	for (size_t room = 0; room < 20000; room += 480) {
		struct store_read reads[] = {
		    {.kind = STORE_GET, .key = SLICE("big")},
		    {.kind = STORE_RANGE, .key = SLICE("ri"), .max = 9, .limit = 100},
		    {.kind = STORE_GET, .key = SLICE("no"), .pack_key = SLICE("bigpack"), .pack_field = SLICE("f")},
		    {.kind = STORE_LOG, .key = SLICE("log"), .limit = 100},
		};
		struct arena_mark mark = arena_mark(&p->arena);
		p->arena.cap_bytes = p->arena.used_bytes + room;
		enum store_verdict verdict = probe_load(p, reads, sizeof(reads) / sizeof(reads[0]));
		assert_true(verdict == STORE_TOO_LARGE || (verdict == STORE_OK && reads[2].packed));
		assert_false(fitted && verdict != STORE_OK);
		fitted = verdict == STORE_OK;
		p->arena.cap_bytes = cap;
		arena_rewind(&p->arena, mark);
	}
	assert_true(fitted);
}

void store_contract(struct probe *p)
{
	guards(p);
	packs(p);
	claims(p);
	order_of_writes(p);
	ranges(p);
	logs(p);
	numbers(p);
	tenants(p);
	wrong_kinds(p);
	bounds(p);
}
