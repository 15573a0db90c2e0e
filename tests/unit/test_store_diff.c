/*
 * The two stores side by side: the same contract, then the same random operations, and after each of
 * them the same answers; in the end the same contents, and nothing else in Redis.
 *
 * Log ids differ by nature: entries are compared by their values, and cursors are given as "the nth
 * entry". PAIDAN_TEST_SEED and PAIDAN_TEST_STEPS lengthen or repeat a run.
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
#include "txn/store_redis.h"

enum { MEMORY, REDIS, STORES, MANY = 700, IDS = 4000 };

struct side {
	struct probe probe;
	struct store_follower *follower;
	struct buf followed;
	/* ids of the log that is being used as a cursor */
	struct slice ids[IDS];
	size_t n_ids;
};

struct world {
	struct fixture fixture;
	int64_t now_ms;
	struct side sides[STORES];
	uint32_t random;
	unsigned step;
	unsigned verdicts[STORE_CORRUPT + 1];
};

static int64_t world_now(void *arg)
{
	return ((const struct world *)arg)->now_ms;
}

static unsigned pick(struct world *w, unsigned n)
{
	return fixture_random(&w->random) % n;
}

static bool chance(struct world *w, unsigned percent)
{
	return pick(w, 100) < percent;
}

/* Strings of both sides' operations live in the memory side's arena. */
static struct slice name(struct world *w, char kind, unsigned n)
{
	return slice_str(arena_printf(&w->sides[MEMORY].probe.arena, "%c%u", kind, n));
}

/* Members that sort differently by byte and by locale, that share prefixes and that hold any byte. */
static struct slice member(struct world *w)
{
	static const char *const odd[] = {"a", "A", "aa", "\xc3\xa4", "z", "\x01", "~", "a\xff"};
	if (chance(w, 30))
		return slice_str(odd[pick(w, sizeof(odd) / sizeof(odd[0]))]);
	return name(w, 'm', pick(w, 60));
}

static int64_t score(struct world *w)
{
	static const int64_t far[] = {0, -1, 9007199254740991, -9007199254740991, 1700000000000};
	return chance(w, 20) ? far[pick(w, 5)] : (int64_t)pick(w, 6);
}

static struct slice random_value(struct world *w, uint64_t version)
{
	static const unsigned sizes[] = {0, 10, 60, 300, 600, 3000};
	char text[3001];
	unsigned len = sizes[pick(w, chance(w, 5) ? 6 : 4)];
	memset(text, (int)('a' + pick(w, 26)), len);
	text[len] = '\0';
	return probe_record(&w->sides[MEMORY].probe, version, text);
}

/* --- commits --- */

static uint64_t version_in(const struct store_read *read)
{
	uint64_t version = 0;
	for (size_t i = 1; read->found && i < 9; i++)
		version = version << 8 | read->value.ptr[i];
	return version;
}

static void random_guard(struct world *w, struct store_guard *g)
{
	struct store_read read = {.kind = STORE_GET};
	*g = (struct store_guard){0};
	if (chance(w, 25)) {
		g->pack_key = name(w, 'p', pick(w, 3));
		g->pack_field = name(w, 'f', pick(w, 12));
		read.key = SLICE("nothing has this key");
		read.pack_key = g->pack_key;
		read.pack_field = g->pack_field;
	} else {
		read.key = g->key = name(w, 'r', pick(w, 12));
	}
	assert_int_equal(probe_load(&w->sides[MEMORY].probe, &read, 1), STORE_OK);
	g->version = chance(w, 95) ? version_in(&read) : pick(w, 3);
}

static void random_write(struct world *w, struct store_write *x)
{
	static const enum store_write_kind kinds[] = {
	    STORE_PUT,   STORE_PUT,   STORE_PUT,     STORE_PACK,    STORE_UNPACK, STORE_DELETE,    STORE_INDEX,
	    STORE_INDEX, STORE_INDEX, STORE_UNINDEX, STORE_UNINDEX, STORE_APPEND, STORE_INCREMENT, STORE_TALLY,
	};
	static const char all[] = "rpilc";
	*x = (struct store_write){.kind = kinds[pick(w, sizeof(kinds) / sizeof(kinds[0]))]};
	switch (x->kind) {
	case STORE_PUT:
		x->key = name(w, 'r', pick(w, 12));
		x->value = random_value(w, w->step + 1);
		return;
	case STORE_PACK:
	case STORE_UNPACK:
		x->key = name(w, 'p', pick(w, 3));
		x->field = name(w, 'f', pick(w, 12));
		x->value = random_value(w, w->step + 1);
		return;
	case STORE_DELETE:
		x->key = chance(w, 90) ? name(w, 'r', pick(w, 12)) : name(w, all[pick(w, 5)], pick(w, 3));
		return;
	case STORE_INDEX:
	case STORE_UNINDEX:
		x->key = name(w, 'i', pick(w, 4));
		x->field = member(w);
		x->score = score(w);
		return;
	case STORE_APPEND:
		x->key = chance(w, 50) ? name(w, 'l', pick(w, 2)) : SLICE("followed");
		x->value = name(w, 'e', w->step);
		return;
	case STORE_TALLY: /* of their own: sums must stay what doubles can hold */
		x->key = name(w, 'i', 4 + pick(w, 2));
		x->field = member(w);
		x->score = (int64_t)pick(w, 2000) - 1000;
		return;
	case STORE_INCREMENT:
		x->key = name(w, 'c', pick(w, 3));
		x->score = score(w) % 1000000;
		return;
	case STORE_TRIM:
		return;
	}
}

struct outcome {
	bool done;
	enum store_verdict verdict;
};

static void on_commit(struct store_commit *commit, enum store_verdict verdict)
{
	*(struct outcome *)commit->arg = (struct outcome){true, verdict};
}

static enum store_verdict run_commit(struct world *w, int side, struct store_commit *commit)
{
	struct outcome outcome = {0};
	struct store *store = w->sides[side].probe.store;
	commit->arena = &w->sides[side].probe.arena;
	commit->done = on_commit;
	commit->arg = &outcome;
	store->ops->commit(store, commit);
	if (side == REDIS)
		fixture_wait_flag(w->fixture.base, &outcome.done);
	assert_true(outcome.done);
	return outcome.verdict;
}

static void both_commit(struct world *w, struct store_commit *commit, struct store_write *trim)
{
	enum store_verdict verdicts[STORES];
	struct store_commit copies[STORES];
	size_t nth = trim == NULL ? 0 : pick(w, (unsigned)w->sides[MEMORY].n_ids);
	for (int side = 0; side < STORES; side++) {
		copies[side] = *commit;
		if (trim != NULL)
			trim->field = w->sides[side].ids[nth];
		verdicts[side] = run_commit(w, side, &copies[side]);
	}
	if (verdicts[MEMORY] != verdicts[REDIS])
		fail_msg("step %u: memory %d, redis %d", w->step, verdicts[MEMORY], verdicts[REDIS]);
	w->verdicts[verdicts[MEMORY]]++;
	assert_true(slice_eq(copies[MEMORY].repeated, copies[REDIS].repeated));
	assert_int_equal(copies[MEMORY].log_id[0] == '\0', copies[REDIS].log_id[0] == '\0');
}

static void learn_ids(struct world *w, struct slice key);

static void random_commit(struct world *w)
{
	static struct store_guard guards[8];
	static struct store_write writes[MANY];
	struct store_write *trim = NULL;
	struct store_commit commit = {.tenant = SLICE("town"), .guards = guards, .writes = writes};
	commit.n_guards = pick(w, 6);
	commit.n_writes = chance(w, 2) ? pick(w, MANY) : pick(w, 13);
	for (size_t i = 0; i < commit.n_guards; i++)
		random_guard(w, &guards[i]);
	for (size_t i = 0; i < commit.n_writes; i++)
		random_write(w, &writes[i]);
	if (chance(w, 40)) {
		commit.claim_key = name(w, 'q', pick(w, 3));
		commit.claim_old_key = chance(w, 70) ? name(w, 'q', pick(w, 3)) : SLICE_NONE;
		commit.claim_field = name(w, 'x', pick(w, 400));
		commit.claim_value = chance(w, 90) ? name(w, 'v', w->step) : SLICE_NONE;
	}
	if (commit.n_writes > 0 && chance(w, 3)) {
		struct slice key = name(w, 'l', pick(w, 2));
		learn_ids(w, key);
		if (w->sides[MEMORY].n_ids > 0) {
			trim = &writes[pick(w, (unsigned)commit.n_writes)];
			*trim = (struct store_write){.kind = STORE_TRIM, .key = key};
		}
	}
	both_commit(w, &commit, trim);
}

/* --- loads --- */

static void compare_reads(struct world *w, const struct store_read *a, const struct store_read *b)
{
	bool same = a->found == b->found && a->packed == b->packed && slice_eq(a->value, b->value) &&
		    a->number == b->number && a->n_entries == b->n_entries;
	for (size_t i = 0; same && i < a->n_entries; i++) {
		const struct store_entry *x = &a->entries[i], *y = &b->entries[i];
		same = x->score == y->score && slice_eq(x->value, y->value) &&
		       (a->kind == STORE_LOG || slice_eq(x->member, y->member));
	}
	if (!same)
		fail_msg("step %u: a read of kind %d of %.*s differs", w->step, a->kind, SLICE_FMT(a->key));
}

/* The reads of each side, with the same verdict and results. */
static void both_load(struct world *w, struct store_read *reads[STORES], size_t n)
{
	enum store_verdict verdicts[STORES];
	for (int side = 0; side < STORES; side++)
		verdicts[side] = probe_load(&w->sides[side].probe, reads[side], n);
	if (verdicts[MEMORY] != verdicts[REDIS])
		fail_msg("step %u: load: memory %d, redis %d", w->step, verdicts[MEMORY], verdicts[REDIS]);
	for (size_t i = 0; verdicts[MEMORY] == STORE_OK && i < n; i++)
		compare_reads(w, &reads[MEMORY][i], &reads[REDIS][i]);
}

static void learn_ids(struct world *w, struct slice key)
{
	struct store_read read[STORES];
	struct store_read *reads[STORES] = {&read[MEMORY], &read[REDIS]};
	for (int side = 0; side < STORES; side++)
		read[side] = (struct store_read){.kind = STORE_LOG, .key = key, .limit = IDS};
	both_load(w, reads, 1);
	for (int side = 0; side < STORES; side++) {
		w->sides[side].n_ids = read[side].n_entries;
		for (size_t i = 0; i < read[side].n_entries; i++)
			w->sides[side].ids[i] = read[side].entries[i].member;
	}
}

static void random_read(struct world *w, struct store_read *a, struct store_read *b)
{
	static const enum store_read_kind kinds[] = {STORE_GET,   STORE_GET,   STORE_GET, STORE_RANGE,
						     STORE_RANGE, STORE_COUNT, STORE_LOG, STORE_COUNTER};
	*a = (struct store_read){.kind = kinds[pick(w, 8)], .reverse = chance(w, 50), .limit = pick(w, 12)};
	switch (a->kind) {
	case STORE_GET:
		a->key = name(w, 'r', pick(w, 12));
		if (chance(w, 40)) {
			a->pack_key = name(w, 'p', pick(w, 3));
			a->pack_field = name(w, 'f', pick(w, 12));
		}
		break;
	case STORE_RANGE:
	case STORE_COUNT:
		a->key = name(w, chance(w, 97) ? 'i' : 'r', pick(w, 6));
		a->min = score(w);
		a->max = chance(w, 80) ? a->min + pick(w, 6) : score(w);
		if (chance(w, 60)) {
			a->after = member(w);
			a->after_score = score(w);
		}
		break;
	case STORE_LOG:
		a->key = name(w, 'l', pick(w, 2));
		break;
	case STORE_COUNTER:
		a->key = name(w, 'c', pick(w, 3));
		break;
	}
	*b = *a;
	if (a->kind != STORE_LOG || chance(w, 30))
		return;
	learn_ids(w, a->key);
	if (w->sides[MEMORY].n_ids > 0) {
		size_t nth = pick(w, (unsigned)w->sides[MEMORY].n_ids);
		a->after = w->sides[MEMORY].ids[nth];
		b->after = w->sides[REDIS].ids[nth];
	}
}

static void random_load(struct world *w)
{
	struct store_read a[8], b[8];
	size_t n = pick(w, 9);
	for (size_t i = 0; i < n; i++)
		random_read(w, &a[i], &b[i]);
	both_load(w, (struct store_read *[]){a, b}, n);
}

static void random_reserve(struct world *w)
{
	char key[8];
	snprintf(key, sizeof(key), "c%u", pick(w, 3));
	unsigned n = pick(w, 100);
	assert_int_equal(probe_reserve(&w->sides[MEMORY].probe, key, n), probe_reserve(&w->sides[REDIS].probe, key, n));
}

/* --- the end --- */

struct final {
	struct world *w;
	size_t keys;
	struct slice last;
	struct store_row rows[20000];
	size_t n;
};

static void on_row(void *arg, const struct store_row *row)
{
	struct final *f = arg;
	assert_true(f->n < sizeof(f->rows) / sizeof(f->rows[0]));
	if (f->n == 0 || !slice_eq(f->last, row->key))
		f->keys++;
	f->last = row->key;
	f->rows[f->n] = *row;
	f->rows[f->n++].field = arena_slice(&f->w->sides[MEMORY].probe.arena, row->field);
}

static void check_row(struct world *w, const struct store_row *row)
{
	struct probe *p = &w->sides[REDIS].probe;
	struct store_read read = {.kind = STORE_GET, .key = row->key};
	switch (row->kind) {
	case STORE_ROW_RECORD:
		break;
	case STORE_ROW_COUNTER:
		read.kind = STORE_COUNTER;
		break;
	case STORE_ROW_PACK:
		read.key = SLICE("nothing has this key");
		read.pack_key = row->key;
		read.pack_field = row->field;
		break;
	case STORE_ROW_INDEX:
	case STORE_ROW_LOG:
		return; /* whole, below */
	}
	assert_int_equal(probe_load(p, &read, 1), STORE_OK);
	assert_true(row->kind == STORE_ROW_COUNTER ? read.number == row->number : slice_eq(read.value, row->value));
}

static void compare_contents(struct world *w)
{
	static struct final f;
	f = (struct final){.w = w};
	store_memory_dump(w->sides[MEMORY].probe.store, SLICE("town"), on_row, &f);
	for (size_t i = 0; i < f.n; i++)
		check_row(w, &f.rows[i]);
	for (unsigned i = 0; i < 6; i++) {
		struct store_read a = {.kind = STORE_RANGE,
				       .key = name(w, 'i', i),
				       .min = INT64_MIN,
				       .max = INT64_MAX,
				       .limit = LIMIT_READ_ENTRIES};
		struct store_read b = a;
		both_load(w, (struct store_read *[]){&a, &b}, 1);
		learn_ids(w, name(w, 'l', i));
	}
	/* Trimmed to nothing, a log still has its key in Redis. */
	size_t empty_logs = 0;
	for (unsigned i = 0; i < 2; i++) {
		char key[32];
		snprintf(key, sizeof(key), "pd:{town}:l%u", i);
		if (strcmp(COMMAND(&w->fixture, "EXISTS", key), "1") == 0)
			empty_logs += strcmp(COMMAND(&w->fixture, "XLEN", key), "0") == 0;
	}
	char count[24];
	snprintf(count, sizeof(count), "%zu", f.keys + empty_logs);
	assert_string_equal(COMMAND(&w->fixture, "DBSIZE"), count);
}

static void on_entry(void *arg, struct slice id, struct slice value)
{
	struct side *side = arg;
	(void)id;
	buf_slice(&side->followed, value);
	buf_byte(&side->followed, ' ');
}

static bool followed_all(void *arg)
{
	const struct world *w = arg;
	return w->sides[REDIS].followed.len >= w->sides[MEMORY].followed.len;
}

static unsigned from_environment(const char *variable, unsigned fallback)
{
	const char *text = getenv(variable);
	return text == NULL ? fallback : (unsigned)strtoul(text, NULL, 10);
}

static void test_random(void **state)
{
	struct world *w = *state;
	unsigned steps = from_environment("PAIDAN_TEST_STEPS", 3000);
	w->random = from_environment("PAIDAN_TEST_SEED", 1);
	assert_string_equal(COMMAND(&w->fixture, "FLUSHALL"), "OK");
	for (int side = 0; side < STORES; side++) {
		struct store *store = w->sides[side].probe.store;
		w->sides[side].follower =
		    store->ops->follow(store, SLICE("town"), SLICE("followed"), SLICE_NONE, on_entry, &w->sides[side]);
		assert_non_null(w->sides[side].follower);
	}
	for (w->step = 0; w->step < steps; w->step++) {
		w->now_ms += pick(w, 3);
		if (chance(w, 60))
			random_commit(w);
		else if (chance(w, 90))
			random_load(w);
		else
			random_reserve(w);
		probe_forget(&w->sides[MEMORY].probe);
		probe_forget(&w->sides[REDIS].probe);
	}
	fixture_wait(w->fixture.base, followed_all, w);
	assert_true(slice_eq(buf_view(&w->sides[MEMORY].followed), buf_view(&w->sides[REDIS].followed)));
	assert_true(w->sides[MEMORY].followed.len > 0);
	compare_contents(w);
	/* The run did go everywhere. */
	assert_true(w->verdicts[STORE_OK] > steps / 10);
	assert_true(w->verdicts[STORE_STALE] > steps / 50);
	assert_true(w->verdicts[STORE_REPEATED] > steps / 50);
}

static void test_contract(void **state)
{
	struct world *w = *state;
	store_contract(&w->sides[REDIS].probe);
	/* The same again when every script must be loaded anew. */
	assert_string_equal(COMMAND(&w->fixture, "FLUSHALL"), "OK");
	assert_string_equal(COMMAND(&w->fixture, "SCRIPT", "FLUSH"), "OK");
	store_contract(&w->sides[REDIS].probe);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_start(&w->fixture, true, NULL);
	w->now_ms = 1700000000000;
	struct store *memory = store_memory_new(&(struct store_memory_config){world_now, w});
	struct store *redis = store_redis_new(w->fixture.base, &w->fixture.config);
	fixture_wait_ready(w->fixture.base, redis);
	probe_init(&w->sides[MEMORY].probe, memory, NULL);
	probe_init(&w->sides[REDIS].probe, redis, w->fixture.base);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	for (int side = 0; side < STORES; side++) {
		struct store *store = w->sides[side].probe.store;
		store->ops->destroy(store);
		probe_finish(&w->sides[side].probe);
		buf_free(&w->sides[side].followed);
	}
	fixture_stop(&w->fixture);
	free(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_contract, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_random, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
