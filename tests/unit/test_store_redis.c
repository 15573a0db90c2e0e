/* What the Redis store does when Redis is killed, full, demoted, forgetful or not replicated; and followed logs. */
#include "store_redis_stage.h"

static bool all_are_ready(void *arg)
{
	const struct store_redis *s = arg;
	bool ready = redis_conn_ready(s->conn);
	for (size_t i = 0; i < STORE_REDIS_LANES; i++)
		ready = ready && redis_conn_ready(s->lanes[i].conn);
	return ready;
}

static void test_verdicts(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *text;
		enum store_verdict verdict;
		bool drops;
	} rows[] = {
	    {"OOM command not allowed when used memory > 'maxmemory'.", STORE_FULL, false},
	    {"MISCONF Errors writing to the AOF file: No space left on device", STORE_FULL, false},
	    {"LOADING Redis is loading the dataset in memory", STORE_UNAVAILABLE, false},
	    {"NOREPLICAS Not enough good replicas to write.", STORE_UNAVAILABLE, false},
	    {"BUSY Redis is busy running a script.", STORE_UNAVAILABLE, false},
	    {"TRYAGAIN Multiple keys request during rehashing of slot", STORE_UNAVAILABLE, false},
	    {"NOSCRIPT No matching script.", STORE_UNAVAILABLE, false},
	    {"MASTERDOWN Link with MASTER is down", STORE_UNAVAILABLE, true},
	    {"READONLY You can't write against a read only replica.", STORE_UNAVAILABLE, true},
	    {"MOVED 3999 127.0.0.1:6381", STORE_UNAVAILABLE, true},
	    {"CLUSTERDOWN The cluster is down", STORE_UNAVAILABLE, true},
	    {"NOAUTH Authentication required.", STORE_UNAVAILABLE, true},
	    {"NOPERM this user has no permissions", STORE_UNAVAILABLE, true},
	};
	struct store_redis *s = store_redis_of(w->store);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redis_reply error = {.type = REDIS_ERROR, .bytes = slice_str(rows[i].text)};
		fixture_wait(w->fixture.base, all_are_ready, s);
		assert_int_equal(store_redis_verdict(s, &error), rows[i].verdict);
		assert_int_equal(!redis_conn_ready(s->conn), rows[i].drops);
		assert_int_equal(!redis_conn_ready(s->lanes[3].conn), rows[i].drops);
	}
}

/* Beyond the bounds of one commit nothing is sent. */
static void test_commit_bounds(void **state)
{
	struct world *w = *state;
	struct store_write *writes = calloc(LIMIT_COMMIT_WRITES + 1, sizeof(*writes));
	struct flow *f = calloc(1, sizeof(*f));
	f->world = w;
	static char names[LIMIT_COMMIT_WRITES + 1][8];
	for (size_t i = 0; i <= LIMIT_COMMIT_WRITES; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		writes[i] = (struct store_write){STORE_PUT, slice_str(names[i]), SLICE_NONE, 0, SLICE("123456789")};
		if (i % 3 == 1)
			writes[i] = (struct store_write){STORE_INDEX, SLICE("i"), slice_str(names[i]), 7, SLICE_NONE};
		if (i % 3 == 2)
			writes[i] = (struct store_write){.kind = STORE_DELETE, .key = slice_str(names[i])};
	}
	for (size_t over = 0; over <= 1; over++) {
		struct flowing *x = &f->all[0];
		*x = (struct flowing){.flow = f};
		f->under_way = 1;
		x->commit = (struct store_commit){.tenant = SLICE("town"),
						  .writes = writes,
						  .n_writes = LIMIT_COMMIT_WRITES + 1 - over,
						  .arena = &x->arena,
						  .done = on_flow,
						  .arg = x};
		w->store->ops->commit(w->store, &x->commit);
		fixture_wait(w->fixture.base, flow_is_idle, f);
		assert_int_equal(f->verdicts[0], over == 0 ? STORE_TOO_LARGE : STORE_OK);
	}
	struct store_read count = {.kind = STORE_COUNT, .key = SLICE("i"), .min = 7, .max = 7};
	assert_int_equal(probe_number(&w->probe, count), (LIMIT_COMMIT_WRITES + 1) / 3);
	struct store_guard *guards = calloc(LIMIT_COMMIT_GUARDS + 1, sizeof(*guards));
	static char others[LIMIT_COMMIT_GUARDS + 1][8];
	for (size_t i = 0; i <= LIMIT_COMMIT_GUARDS; i++) {
		snprintf(others[i], sizeof(others[i]), "g%zu", i);
		guards[i].key = slice_str(others[i]);
	}
	for (size_t n = LIMIT_COMMIT_GUARDS; n <= LIMIT_COMMIT_GUARDS + 1; n++) {
		struct flowing *x = &f->all[0];
		f->under_way = 1;
		x->commit.guards = guards;
		x->commit.n_guards = n;
		x->commit.n_writes = 0;
		w->store->ops->commit(w->store, &x->commit);
		fixture_wait(w->fixture.base, flow_is_idle, f);
		assert_int_equal(f->verdicts[0], n > LIMIT_COMMIT_GUARDS ? STORE_TOO_LARGE : STORE_OK);
	}
	free(guards);
	free(writes);
	free(f);
}

/* --- replicas --- */

static void test_replicas(void **state)
{
	struct world *w = *state;
	struct fixture *f = &w->fixture;
	struct fixture replica;
	char port[8], extra[64];
	struct redis_config config = f->config;
	config.replicas = 1;
	config.replicas_timeout_ms = 50;
	struct store *store = store_redis_new(f->base, &config);
	struct probe p;
	probe_init(&p, store, f->base);
	fixture_wait_ready(f->base, store);
	/* There is none: it is written here, but that is not what was asked for. */
	probe_put(&p, "r", 1, "alone");
	probe_claim(&p, NULL, "q", "req", "answer");
	assert_int_equal(probe_commit(&p), STORE_UNKNOWN);
	probe_guard(&p, "r", 7);
	assert_int_equal(probe_commit(&p), STORE_STALE);
	/* A repetition is no better than the first try. */
	probe_claim(&p, NULL, "q", "req", "answer");
	assert_int_equal(probe_commit(&p), STORE_UNKNOWN);
	snprintf(port, sizeof(port), "%d", fixture_free_port());
	assert_string_equal(COMMAND(f, "CONFIG", "SET", "repl-diskless-sync-delay", "0"), "OK");
	assert_string_equal(COMMAND(f, "CONFIG", "SET", "port", port), "OK");
	snprintf(extra, sizeof(extra), "replicaof 127.0.0.1 %s", port);
	fixture_start(&replica, true, extra);
	while (strcmp(COMMAND(f, "WAIT", "1", "100"), "1") != 0)
		continue;
	config.replicas_timeout_ms = 4000;
	probe_claim(&p, NULL, "q", "req", "answer");
	assert_int_equal(probe_commit(&p), STORE_REPEATED);
	probe_put(&p, "r", 2, "together");
	assert_int_equal(probe_commit(&p), STORE_OK);
	assert_int_equal(strlen(COMMAND(&replica, "GET", "pd:{town}:r")), 1); /* up to the first NUL */
	fixture_stop(&replica);
	store->ops->destroy(store);
	probe_finish(&p);
}

/* --- followed logs --- */

struct follower {
	struct world *world;
	struct store_follower *handle;
	size_t next; /* the entry that must come now */
	bool wrong;
	bool anywhere; /* the first entry says where it begins */
	bool leaves;
	struct follower *starts; /* from the callback */
};

static void on_entry(void *arg, struct slice id, struct slice value)
{
	struct follower *f = arg;
	const struct store_ops *ops = f->world->store->ops;
	char want[24];
	if (f->anywhere) {
		f->anywhere = false;
		snprintf(want, sizeof(want), "%.*s", SLICE_FMT(value));
		f->next = strtoul(want, NULL, 10);
	}
	snprintf(want, sizeof(want), "%zu", f->next++);
	f->wrong = f->wrong || !slice_eq(value, slice_str(want));
	if (f->starts != NULL) {
		struct follower *other = f->starts;
		f->starts = NULL;
		other->next = f->next;
		other->handle = ops->follow(f->world->store, SLICE("town"), SLICE("log"), id, on_entry, other);
	}
	if (f->leaves) {
		ops->unfollow(f->handle);
		f->handle = NULL;
	}
}

/* Appends one entry exactly once, whatever happens to the connection. */
static void append(struct probe *p, size_t n)
{
	char value[24];
	snprintf(value, sizeof(value), "%zu", n);
	for (;;) {
		probe_write(p, STORE_APPEND, "log", NULL, 0, slice_str(value));
		probe_claim(p, NULL, "q", value, "done");
		enum store_verdict verdict = probe_commit(p);
		if (verdict == STORE_OK || verdict == STORE_REPEATED)
			break;
		fixture_wait_ready(p->base, p->store);
	}
	probe_forget(p);
}

struct goal {
	const struct follower *follower;
	size_t n;
};

static bool reached(void *arg)
{
	const struct goal *g = arg;
	return g->follower->next >= g->n;
}

static void expect(struct follower *f, size_t n)
{
	struct goal goal = {f, n};
	fixture_wait(f->world->fixture.base, reached, &goal);
	assert_int_equal(f->next, n);
	assert_false(f->wrong);
}

static void follow(struct follower *f, const char *after)
{
	const struct store_ops *ops = f->world->store->ops;
	f->handle = ops->follow(f->world->store, SLICE("town"), SLICE("log"), slice_str(after), on_entry, f);
	assert_non_null(f->handle);
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_follow(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	struct follower all = {.world = w}, end = {.world = w, .next = 10}, late = {.world = w};
	struct follower once = {.world = w, .next = 10, .leaves = true, .starts = &late};
	size_t n = 0;
	assert_null(w->store->ops->follow(w->store, SLICE("town"), SLICE("log"), SLICE("1-"), on_entry, &all));
	while (n < 10)
		append(p, n++);
	follow(&all, "");
	expect(&all, 10);
	/* Another one while the connection blocks: it is woken, not waited out. */
	uint64_t from_ms = now_ms();
	struct follower again = {.world = w};
	follow(&again, "0-0");
	expect(&again, 10);
	assert_true(now_ms() - from_ms < 1500);
	follow(&end, "$");
	follow(&once, "$");
	/* more than one XREAD brings */
	fixture_wait(w->fixture.base, reached, &(struct goal){&end, 10});
	while (n < LIMIT_FOLLOW_ENTRIES * 3 + 10)
		append(p, n++);
	expect(&all, n);
	expect(&again, n);
	expect(&end, n);
	expect(&late, n);
	assert_int_equal(once.next, 11);
	w->store->ops->unfollow(again.handle);
	append(p, n++);
	expect(&all, n);
	assert_int_equal(again.next, n - 1);
	w->store->ops->unfollow(all.handle);
	w->store->ops->unfollow(end.handle);
	w->store->ops->unfollow(late.handle);
	append(p, n++);
	/* the store frees what is left */
	follow(&all, "$");
}

/* Connections are cut and Redis is killed: no gap, no repeat. */
static void test_follow_broken(void **state)
{
	struct world *w = *state;
	struct probe *p = &w->probe;
	struct follower all = {.world = w};
	size_t n = 0;
	follow(&all, "0-0");
	for (unsigned i = 0; i < 6; i++) {
		for (unsigned j = 0; j < 100; j++)
			append(p, n++);
		if (i % 2 == 0) {
			COMMAND(&w->fixture, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
		} else {
			kill(embedded_pid(w->fixture.server), SIGKILL);
		}
		for (unsigned j = 0; j < 20; j++)
			append(p, n++);
	}
	expect(&all, n);
	/* following starts while Redis is away, too */
	struct follower end = {.world = w, .anywhere = true};
	kill(embedded_pid(w->fixture.server), SIGKILL);
	while (w->store->ops->ready(w->store))
		event_base_loop(w->fixture.base, EVLOOP_ONCE);
	follow(&end, "$");
	fixture_wait_ready(w->fixture.base, w->store);
	/* Its end is the end of when it was found out, which may be after the first of these. */
	while (end.anywhere) {
		append(p, n++);
		expect(&all, n);
	}
	append(p, n++);
	expect(&all, n);
	expect(&end, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_commit_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_replicas, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_follow, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_follow_broken, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
