/* What the Redis store does when Redis is killed, full, demoted, forgetful or not replicated; and followed logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "redis_fixture.h"
#include "store_probe.h"
#include "txn/envelope.h"
#include "txn/store_redis.h"
#include "txn/store_redis_internal.h"

struct world {
	struct fixture fixture;
	struct store *store;
	struct probe probe;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	fixture_start(&w->fixture, false, NULL);
	w->fixture.config.replicas_timeout_ms = 100;
	w->store = store_redis_new(w->fixture.base, &w->fixture.config);
	fixture_wait_ready(w->fixture.base, w->store);
	probe_init(&w->probe, w->store, w->fixture.base);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	w->store->ops->destroy(w->store);
	probe_finish(&w->probe);
	fixture_stop(&w->fixture);
	free(w);
	return 0;
}

/* --- kill -9 with commits under way --- */

enum { FLOW = 64, COMMITS = 6000, KILLS = 5 };

/* One commit that touches every kind of thing. */
struct flowing {
	struct flow *flow;
	struct store_commit commit;
	struct store_guard guard;
	struct store_write writes[5];
	char name[24];
	char second[24];
	uint8_t value[ENVELOPE_BYTES + 8];
	struct arena arena;
};

struct flow {
	struct world *world;
	struct flowing all[COMMITS];
	enum store_verdict verdicts[COMMITS];
	size_t next;
	size_t under_way;
	size_t until; /* stop issuing there */
	size_t counts[STORE_CORRUPT + 1];
};

static void issue(struct flow *f);

static void on_flow(struct store_commit *commit, enum store_verdict verdict)
{
	struct flowing *x = commit->arg;
	struct flow *f = x->flow;
	f->verdicts[x - f->all] = verdict;
	f->counts[verdict]++;
	f->under_way--;
	/* While Redis is away nothing is gained by running through all commits at once. */
	if (verdict == STORE_OK)
		issue(f);
}

static void send_one(struct flow *f, struct flowing *x, size_t n)
{
	*x = (struct flowing){.flow = f, .arena = x->arena};
	x->arena.cap_bytes = 4096;
	snprintf(x->name, sizeof(x->name), "a%zu", n);
	snprintf(x->second, sizeof(x->second), "b%zu", n);
	envelope_seal(x->value, ENVELOPE_PLAIN, 8, 1);
	struct slice name = slice_str(x->name), value = slice_of(x->value, sizeof(x->value));
	x->guard = (struct store_guard){.key = name};
	x->writes[0] = (struct store_write){.kind = STORE_PUT, .key = name, .value = value};
	x->writes[1] = (struct store_write){.kind = STORE_PUT, .key = slice_str(x->second), .value = value};
	x->writes[2] =
	    (struct store_write){.kind = STORE_INDEX, .key = SLICE("index"), .field = name, .score = (int64_t)n};
	x->writes[3] = (struct store_write){.kind = STORE_INCREMENT, .key = SLICE("count"), .score = 1};
	x->writes[4] = (struct store_write){.kind = STORE_APPEND, .key = SLICE("log"), .value = name};
	x->commit = (struct store_commit){.tenant = SLICE("town"),
					  .guards = &x->guard,
					  .n_guards = 1,
					  .writes = x->writes,
					  .n_writes = 5,
					  .claim_key = SLICE("q:2"),
					  .claim_old_key = SLICE("q:1"),
					  .claim_field = name,
					  .claim_value = name,
					  .arena = &x->arena,
					  .done = on_flow,
					  .arg = x};
	f->under_way++;
	f->world->store->ops->commit(f->world->store, &x->commit);
}

static void issue(struct flow *f)
{
	while (f->under_way < FLOW && f->next < f->until) {
		size_t n = f->next++;
		send_one(f, &f->all[n], n);
	}
}

static bool flow_is_half_through(void *arg)
{
	const struct flow *f = arg;
	return f->next >= f->until - FLOW * 2;
}

static bool flow_is_idle(void *arg)
{
	return ((const struct flow *)arg)->under_way == 0;
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
	    cmocka_unit_test_setup_teardown(test_kill, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_scripts_flushed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_disk_full, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_demoted, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_commit_bounds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_replicas, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_follow, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_follow_broken, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
