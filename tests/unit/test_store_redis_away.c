/* Redis that is killed, full, demoted or loses its scripts. */
#include "store_redis_stage.h"

static bool flow_is_half_through(void *arg)
{
	const struct flow *f = arg;
	return f->next >= f->until - FLOW * 2;
}

/* How much of the nth commit is there: 0 or 1; anything in between fails. */
static int is_there(struct world *w, size_t n)
{
	char a[16], b[16];
	snprintf(a, sizeof(a), "a%zu", n);
	snprintf(b, sizeof(b), "b%zu", n);
	struct store_read reads[] = {
	    {.kind = STORE_GET, .key = slice_str(a)},
	    {.kind = STORE_GET, .key = slice_str(b)},
	    {.kind = STORE_COUNT, .key = SLICE("index"), .min = (int64_t)n, .max = (int64_t)n},
	    {.kind = STORE_GET, .key = SLICE("-"), .pack_key = SLICE("q:2"), .pack_field = slice_str(a)},
	};
	assert_int_equal(probe_load(&w->probe, reads, 4), STORE_OK);
	int parts = reads[0].found + reads[1].found + (int)reads[2].number + reads[3].found;
	assert_true(parts == 0 || parts == 4);
	return parts == 4;
}

/* Every connection has noticed; before that the store may still seem ready. */
static bool store_is_down(void *arg)
{
	const struct store *store = arg;
	return !store->ops->ready(store);
}

/* Commits whose outcome is unknown are sent again, as a client would: done once, whatever happened. */
static void repeat_unknown(struct flow *f, size_t from)
{
	for (size_t n = from; n < f->next; n++) {
		if (f->verdicts[n] != STORE_UNKNOWN)
			continue;
		bool there = is_there(f->world, n);
		f->until = 0;
		send_one(f, &f->all[n], n);
		fixture_wait(f->world->fixture.base, flow_is_idle, f);
		assert_int_equal(f->verdicts[n], there ? STORE_REPEATED : STORE_OK);
		if (there)
			assert_true(slice_eq(f->all[n].commit.repeated, slice_str(f->all[n].name)));
		assert_true(is_there(f->world, n));
	}
}

static void test_kill(void **state)
{
	struct world *w = *state;
	struct flow *f = calloc(1, sizeof(*f));
	size_t done = 0, from = 0;
	f->world = w;
	for (size_t round = 1; round <= KILLS; round++) {
		fixture_wait_ready(w->fixture.base, w->store);
		f->until = f->next + COMMITS / KILLS;
		issue(f);
		fixture_wait(w->fixture.base, flow_is_half_through, f);
		assert_int_equal(kill(embedded_pid(w->fixture.server), SIGKILL), 0);
		fixture_wait(w->fixture.base, store_is_down, w->store);
		fixture_wait(w->fixture.base, flow_is_idle, f);
		fixture_wait_ready(w->fixture.base, w->store);
		for (size_t n = from; n < f->next; n++) {
			if (f->verdicts[n] != STORE_UNKNOWN)
				assert_int_equal(is_there(w, n), f->verdicts[n] == STORE_OK);
		}
		repeat_unknown(f, from);
		from = f->next;
		probe_forget(&w->probe);
	}
	assert_true(f->counts[STORE_OK] > COMMITS / 2);
	assert_true(f->counts[STORE_UNKNOWN] > 0);
	for (size_t n = 0; n < f->next; n++) {
		done += f->verdicts[n] == STORE_OK || f->verdicts[n] == STORE_REPEATED;
		arena_free(&f->all[n].arena);
	}
	/* Every commit counted once and was logged once. */
	assert_int_equal(probe_number(&w->probe, (struct store_read){.kind = STORE_COUNTER, .key = SLICE("count")}),
			 done);
	struct store_read log = {.kind = STORE_LOG, .key = SLICE("log"), .limit = LIMIT_READ_ENTRIES};
	assert_int_equal(probe_load(&w->probe, &log, 1), STORE_OK);
	assert_int_equal(log.n_entries, done);
	free(f);
}

/* --- what Redis may answer instead --- */

static void test_scripts_flushed(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	probe_write(p, STORE_INDEX, "i", "a", 1, SLICE_NONE);
	probe_write(p, STORE_INDEX, "i", "b", 1, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(COMMAND(&w->fixture, "SCRIPT", "FLUSH"), "OK");
	probe_put(p, "r", 1, "x");
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(probe_get(p, "r", NULL, NULL), "x");
	assert_string_equal(COMMAND(&w->fixture, "SCRIPT", "FLUSH"), "OK");
	struct store_read behind = {.key = SLICE("i"), .max = 9, .after = SLICE("a"), .after_score = 1, .limit = 9};
	assert_string_equal(probe_range(p, behind), "b:1");
	assert_string_equal(COMMAND(&w->fixture, "SCRIPT", "FLUSH"), "OK");
	/* a lease is for efficiency: this one may fail, the next must not */
	probe_lease(p, "l", "me", 1000);
	assert_true(probe_lease(p, "l", "me", 1000));
}

static void test_full(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	probe_put(p, "r", 1, "kept");
	probe_write(p, STORE_INDEX, "i", "a", 1, SLICE_NONE);
	probe_write(p, STORE_INDEX, "i", "b", 1, SLICE_NONE);
	assert_int_equal(probe_commit(p), STORE_OK);
	assert_string_equal(COMMAND(&w->fixture, "CONFIG", "SET", "maxmemory", "1"), "OK");
	probe_put(p, "r", 2, "lost");
	assert_int_equal(probe_commit(p), STORE_FULL);
	assert_int_equal(probe_reserve(p, "n", 1), 0);
	/* reading goes on */
	assert_string_equal(probe_get(p, "r", NULL, NULL), "kept");
	struct store_read behind = {.key = SLICE("i"), .max = 9, .after = SLICE("a"), .after_score = 1, .limit = 9};
	assert_string_equal(probe_range(p, behind), "b:1");
	assert_string_equal(COMMAND(&w->fixture, "CONFIG", "SET", "maxmemory", "0"), "OK");
	probe_put(p, "r", 2, "new");
	assert_int_equal(probe_commit(p), STORE_OK);
}

/* Commits are refused before the disk is full, and taken again when there is room. */
static void test_disk_full(void **state)
{
	struct world *w = *state;
	struct fixture *f = &w->fixture;
	struct probe *p = &w->probe;
	struct statvfs fs;
	char filler[100];
	const off_t margin = 512 * 1024 * 1024;
	enum store_verdict verdict;
	assert_int_equal(statvfs(f->dir, &fs), 0);
	if ((uint64_t)fs.f_bavail * fs.f_frsize < 4 * (uint64_t)margin)
		skip();
	embedded_free(f->server);
	f->embedded_config.max_memory_bytes = 1000000000;
	f->embedded_config.disk_reserve_bytes = (uint64_t)fs.f_bavail * fs.f_frsize - (uint64_t)margin;
	f->server = embedded_new(f->base, &f->embedded_config, (char[200]){0}, 200);
	assert_non_null(f->server);
	f->config.unix_path = embedded_socket(f->server);
	while (w->store->ops->ready(w->store))
		event_base_loop(f->base, EVLOOP_ONCE);
	fixture_wait_ready(f->base, w->store);
	probe_put(p, "r", 1, "room");
	assert_int_equal(probe_commit(p), STORE_OK);
	snprintf(filler, sizeof(filler), "%s/filler", f->dir);
	int fd = open(filler, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_ERROR, "test");
	assert_int_equal(posix_fallocate(fd, 0, 2 * margin), 0);
	do {
		probe_put(p, "r", 2, "no room");
		verdict = probe_commit(p);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	} while (verdict == STORE_OK);
	assert_int_equal(verdict, STORE_FULL);
	assert_string_equal(probe_get(p, "r", NULL, NULL), "no room");
	assert_string_equal(COMMAND(f, "CONFIG", "GET", "maxmemory"), "maxmemory 1");
	close(fd);
	assert_int_equal(unlink(filler), 0);
	do {
		probe_put(p, "r", 3, "room again");
		verdict = probe_commit(p);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	} while (verdict == STORE_FULL);
	assert_int_equal(verdict, STORE_OK);
	assert_string_equal(COMMAND(f, "CONFIG", "GET", "maxmemory"), "maxmemory 1000000000");
}

static void test_demoted(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	char port[8];
	snprintf(port, sizeof(port), "%d", fixture_free_port());
	assert_string_equal(COMMAND(&w->fixture, "REPLICAOF", "127.0.0.1", port), "OK");
	probe_put(p, "r", 1, "x");
	assert_int_equal(probe_commit(p), STORE_UNAVAILABLE);
	/* It looks for another server at that address, and finds the same one. */
	assert_false(w->store->ops->ready(w->store));
	assert_string_equal(COMMAND(&w->fixture, "REPLICAOF", "NO", "ONE"), "OK");
	fixture_wait_ready(w->fixture.base, w->store);
	assert_null(probe_get(p, "r", NULL, NULL));
	probe_put(p, "r", 1, "x");
	assert_int_equal(probe_commit(p), STORE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_scripts_flushed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_disk_full, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_demoted, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
