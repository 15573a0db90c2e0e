/* Streams: every event once, in order, from any position, whatever comes between. */
#include "watch_stage.h"

static void test_live(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 40; latency_ms += 20) {
		struct stage s = stage(1, latency_ms);
		some_life(&s, 2);
		size_t before = read_log(s.w)->n;
		struct watcher *me = watcher(s.w);
		watch_board(s.w, me, "");
		world_advance(s.w, 1000);
		assert_true(me->opened);
		assert_int_equal(me->err, OK);
		assert_int_equal(me->n, 0);
		some_life(&s, 6);
		assert_heard(me, read_log(s.w), before);
		exec_unwatch(me->watch);
		size_t n = me->n;
		some_life(&s, 1);
		assert_int_equal(me->n, n);
		assert_int_equal(exec_stats(world_exec(s.w))->watches, 0);
		world_free(s.w);
	}
}

/* What is done the moment the stream is open is heard, however long the store takes to say where the log ends. */
static void test_opened_means_listening(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 40; seed++) {
		struct stage s = stage(seed, 80);
		struct watcher *me = watcher(s.w);
		watch_board(s.w, me, "");
		while (!me->opened)
			world_advance(s.w, 1);
		char *id = world_order(s.w, s.resident, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
		world_advance(s.w, 1000);
		bool placed = false;
		for (size_t i = 0; i < me->n; i++)
			placed |= me->heard[i].kind == EVENT_KIND_PLACED && strcmp(me->heard[i].order_id, id) == 0;
		assert_true(placed);
		exec_unwatch(me->watch);
		world_free(s.w);
	}
}

/* From every position there is, also from the middle of an entry. */
static void test_resume_everywhere(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(2, latency_ms);
		some_life(&s, 5);
		struct watcher *all = read_log(s.w);
		bool partial = false;
		for (size_t i = 0; i < all->n; i++)
			partial |= strstr(all->heard[i].position, "-1") != NULL &&
				   all->heard[i].position[strlen(all->heard[i].position) - 1] == '1';
		assert_true(all->n > 20 && partial);
		for (size_t i = 0; i < all->n; i++) {
			struct watcher *me = watcher(s.w);
			watch_board(s.w, me, all->heard[i].position);
			world_advance(s.w, 4000);
			assert_int_equal(me->err, OK);
			assert_heard(me, all, i + 1);
			exec_unwatch(me->watch);
		}
		world_free(s.w);
	}
}

/* More than a page is behind, and more comes while it is read. */
static void test_resume_far_behind(void **state)
{
	(void)state;
	struct stage s = stage(3, 10);
	some_life(&s, 1);
	struct watcher *start = read_log(s.w);
	some_life(&s, 30);
	struct watcher *me = watcher(s.w);
	watch_board(s.w, me, start->heard[0].position);
	some_life(&s, 3);
	world_advance(s.w, 20000);
	struct watcher *all = read_log(s.w);
	assert_true(all->n > 150);
	assert_heard(me, all, 1);
	exec_unwatch(me->watch);
	world_free(s.w);
}

/* A stream that breaks anywhere and is taken up again misses and repeats nothing. */
static void test_broken_streams(void **state)
{
	(void)state;
	struct stage s = stage(4, 15);
	some_life(&s, 1);
	struct watcher *start = read_log(s.w), *sum = watcher(s.w);
	char *after = arena_strdup(world_arena(s.w), start->heard[0].position);
	for (unsigned piece = 1; piece < 25; piece++) {
		struct watcher *me = watcher(s.w);
		me->stop_after = piece % 4;
		watch_board(s.w, me, after);
		some_life(&s, piece % 2);
		world_advance(s.w, 200 + 137 * (int64_t)piece);
		if (!me->stopped)
			exec_unwatch(me->watch);
		for (size_t i = 0; i < me->n; i++)
			sum->heard[sum->n++] = me->heard[i];
		if (me->n > 0)
			after = me->heard[me->n - 1].position;
	}
	struct watcher *last = watcher(s.w);
	watch_board(s.w, last, after);
	world_advance(s.w, 20000);
	for (size_t i = 0; i < last->n; i++)
		sum->heard[sum->n++] = last->heard[i];
	assert_heard(sum, read_log(s.w), 1);
	exec_unwatch(last->watch);
	world_free(s.w);
}

static void test_pause(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(5, latency_ms);
		some_life(&s, 1);
		struct watcher *me = watcher(s.w);
		size_t before = read_log(s.w)->n;
		watch_board(s.w, me, "");
		world_advance(s.w, 500);
		for (int i = 0; i < 4; i++) {
			some_life(&s, 1);
			exec_watch_pause(me->watch, true);
			world_advance(s.w, 1000);
			size_t n = me->n;
			some_life(&s, 2);
			assert_true(me->n <= n + 1); /* one may have been on its way */
			exec_watch_pause(me->watch, false);
			world_advance(s.w, 10000);
			assert_heard(me, read_log(s.w), before);
		}
		exec_unwatch(me->watch);
		world_free(s.w);
	}
}

/* Stopped inside its own callbacks, and at any moment from outside. */
static void test_stops(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct stage s = stage(6 + i, i % 2 == 0 ? 20 : 0);
		some_life(&s, 1);
		struct watcher *start = read_log(s.w);
		struct watcher *mine = watcher(s.w), *other = watcher(s.w);
		mine->stop_after = i % 2 == 0 ? i % 5 : 0;
		mine->stop_when_opened = i % 7 == 6;
		watch_board(s.w, mine, start->heard[0].position);
		watch_board(s.w, other, start->heard[0].position);
		world_advance(s.w, i * 5);
		if (!mine->stopped)
			exec_unwatch(mine->watch);
		some_life(&s, 1);
		world_advance(s.w, 5000);
		assert_heard(other, read_log(s.w), 1);
		/* The other one goes with the world. */
		world_free(s.w);
	}
}

static void test_positions(void **state)
{
	(void)state;
	static const char *const bad[] = {"x",
					  "1",
					  "1-",
					  "1-2",
					  "1-2-",
					  "1-2-x",
					  "1-2-3-4",
					  "-1-2-3",
					  " 1-2-3",
					  "1-2-3 ",
					  "99999999999999999999999-1-1",
					  "1-2--3",
					  "1--2-3",
					  "1-2-+3"};
	static const char *const fine[] = {"1-2-3", "0-0-0", "1700000000000-0-0", "1700000000000-5-999"};
	char after[48], entry[48];
	unsigned skip;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (watch_position_parse(slice_str(bad[i]), after, entry, &skip))
			fail_msg("'%s' is taken for a position", bad[i]);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_true(watch_position_parse(slice_str(fine[i]), after, entry, &skip));
	assert_true(watch_position_parse(SLICE("7-0-2"), after, entry, &skip));
	assert_string_equal(after, "6-18446744073709551615");
	assert_string_equal(entry, "7-0");
	assert_int_equal(skip, 3);
	struct stage s = stage(50, 0);
	struct watcher *me = watcher(s.w);
	watch_board(s.w, me, "tomorrow");
	assert_true(me->opened);
	assert_null(me->watch);
	assert_int_equal(me->err, ERR_FIELD_INVALID);
	me = watcher(s.w);
	watch_board(s.w, me, "1-0-0"); /* of 1970: nobody keeps it */
	assert_int_equal(me->err, ERR_EVENTS_GONE);
	world_free(s.w);
}

/* Who is cut off before anything was told goes on from where they began, whatever the log held then: nothing at all, an
 * entry, or one that is too old to be gone on from. */
static void test_cut_off_at_the_beginning(void **state)
{
	(void)state;
	static const int64_t quiet_ms[] = {0, 10, 3600000, INT64_C(3) * 24 * 3600000};
	for (size_t i = 0; i < sizeof(quiet_ms) / sizeof(quiet_ms[0]); i++) {
		struct stage s = stage(81, 2);
		if (quiet_ms[i] > 0)
			some_life(&s, 3);
		world_advance(s.w, quiet_ms[i]);
		struct watcher *whole = watcher(s.w), *cut = watcher(s.w), *again = watcher(s.w);
		watch_board(s.w, whole, "");
		watch_board(s.w, cut, "");
		world_advance(s.w, 10);
		assert_true(cut->opened && cut->begins[0] != '\0');
		exec_unwatch(cut->watch);
		some_life(&s, 5);
		watch_board(s.w, again, cut->begins);
		world_advance(s.w, 100);
		assert_string_equal(again->begins, ""); /* they said it themselves */
		assert_true(whole->n > 0 && cut->n == 0);
		assert_int_equal(again->n, whole->n);
		for (size_t k = 0; k < whole->n; k++)
			assert_string_equal(again->heard[k].position, whole->heard[k].position);
		exec_unwatch(whole->watch);
		exec_unwatch(again->watch);
		world_free(s.w);
	}
}

/* Who hears nothing for longer than events are kept is told now and then where they stand, and can go on from there:
 * whether others heard much meanwhile, or nothing happened at all. */
static void test_quiet_for_days(void **state)
{
	enum { STEP_MS = 20 * 60 * 1000, STEPS = 4 * 24 * 3 };
	(void)state;
	for (int busy = 0; busy < 2; busy++) {
		struct stage s = stage(82, 2);
		const char *other = world_resident(s.w);
		struct watcher *whole = watcher(s.w), *cut = watcher(s.w), *again = watcher(s.w);
		WatchOrdersRequest *rq = PB_NEW(world_arena(s.w), WatchOrdersRequest);
		char stands[EXEC_POSITION_BYTES];
		watch(s.w, whole, AS_RESIDENT(other), "OrderService/WatchOrders", rq, "");
		watch(s.w, cut, AS_RESIDENT(other), "OrderService/WatchOrders", rq, "");
		world_advance(s.w, 10);
		snprintf(stands, sizeof(stands), "%s", cut->begins);
		for (int i = 0; i < STEPS; i++) {
			if (busy && i % 9 == 0)
				some_life(&s, 1);
			world_advance(s.w, STEP_MS);
			exec_watch_check(cut->watch);
			(void)exec_watch_position(cut->watch, stands);
		}
		exec_unwatch(cut->watch);
		world_advance(s.w, STEP_MS);
		(void)world_order(s.w, other, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
		watch(s.w, again, AS_RESIDENT(other), "OrderService/WatchOrders", rq, stands);
		world_advance(s.w, 100);
		assert_int_equal(again->err, OK);
		assert_true(whole->n > 0 && cut->n == 0);
		assert_int_equal(again->n, whole->n);
		exec_unwatch(whole->watch);
		exec_unwatch(again->watch);
		world_free(s.w);
	}
}

/* Wherever it is cut off: what was told and what comes behind the position are all there is, each once. The watchers'
 * worker is another than the orders', so that it has to read what it tells. */
static void test_cut_off_at_any_time(void **state)
{
	(void)state;
	for (int64_t at_ms = 0; at_ms < 30; at_ms++) {
		struct stage s = stage(83, 0);
		struct world *w = world_new(
		    &(struct world_options){.seed = 84, .store = world_store(s.w), .latency_ms = 5, .no_jobs = true});
		struct watcher *whole = watcher(w), *cut = watcher(w), *again = watcher(w);
		char stands[EXEC_POSITION_BYTES];
		watch_board(w, whole, "");
		watch_board(w, cut, "");
		world_advance(w, 100);
		snprintf(stands, sizeof(stands), "%s", cut->begins);
		some_life(&s, 2);
		world_advance(w, at_ms);
		exec_watch_check(cut->watch);
		if (cut->n > 0)
			snprintf(stands, sizeof(stands), "%s", cut->heard[cut->n - 1].position);
		(void)exec_watch_position(cut->watch, stands);
		exec_unwatch(cut->watch);
		watch_board(w, again, stands);
		world_advance(w, 1000);
		assert_true(whole->n > 0);
		assert_int_equal(cut->n + again->n, whole->n);
		for (size_t k = 0; k < again->n; k++)
			assert_string_equal(again->heard[k].position, whole->heard[cut->n + k].position);
		exec_unwatch(whole->watch);
		exec_unwatch(again->watch);
		world_free(w);
		world_free(s.w);
	}
}

/* Who is told nothing for a long time has not fallen behind: the log is not read again for them. */
static void test_quiet_watcher(void **state)
{
	(void)state;
	struct stage s = stage(31, 2);
	const char *other = world_resident(s.w);
	struct watcher *quiet = watcher(s.w), *loud = watcher(s.w);
	watch(s.w, quiet, AS_RESIDENT(other), "OrderService/WatchOrders", PB_NEW(world_arena(s.w), WatchOrdersRequest),
	      "");
	world_advance(s.w, 100);
	some_life(&s, 150);
	watch(s.w, loud, AS_RESIDENT(other), "OrderService/WatchOrders", PB_NEW(world_arena(s.w), WatchOrdersRequest),
	      "");
	world_advance(s.w, 100);
	assert_int_equal(quiet->n, 0);
	uint64_t reads = world_store(s.w)->loads;
	(void)world_order(s.w, other, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
	uint64_t reads_of_order = world_store(s.w)->loads - reads;
	world_advance(s.w, 100);
	assert_true(quiet->n > 0);
	assert_int_equal(quiet->n, loud->n);
	/* Hundreds of entries have passed: reading them again would take pages of them. */
	assert_in_range(world_store(s.w)->loads - reads - reads_of_order, 0, 6);
	exec_unwatch(quiet->watch);
	exec_unwatch(loud->watch);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live),
	    cmocka_unit_test(test_opened_means_listening),
	    cmocka_unit_test(test_resume_everywhere),
	    cmocka_unit_test(test_resume_far_behind),
	    cmocka_unit_test(test_broken_streams),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_stops),
	    cmocka_unit_test(test_positions),
	    cmocka_unit_test(test_cut_off_at_the_beginning),
	    cmocka_unit_test(test_quiet_for_days),
	    cmocka_unit_test(test_cut_off_at_any_time),
	    cmocka_unit_test(test_quiet_watcher),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
