/*
 * The Redis store without memory: the nth allocation of our own code fails, for every n. Whatever fails,
 * every call is answered exactly once, nothing leaks, and the store works again afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/log.h"
#include "nomem.h"
#include "redis_fixture.h"
#include "store_probe.h"
#include "txn/store_redis.h"

enum { CALLS = 6 };

struct scene {
	struct fixture *fixture;
	struct store *store;
	struct arena arena;
	unsigned answers[CALLS];
	unsigned entries;
	struct store_follower *followers[2];
	struct store_write writes[3];
	struct store_commit commit;
	struct store_read reads[4];
	struct store_load load;
};

static void answered(struct scene *s, size_t call)
{
	assert_int_equal(s->answers[call]++, 0);
}

static void on_commit(struct store_commit *commit, enum store_verdict verdict)
{
	(void)verdict;
	answered(commit->arg, 0);
}

static void on_load(struct store_load *load, enum store_verdict verdict)
{
	(void)verdict;
	answered(load->arg, 1);
}

static void on_reserved(void *arg, uint64_t first)
{
	(void)first;
	answered(arg, 2);
}

static void on_leased(void *arg, bool held)
{
	(void)held;
	answered(arg, 3);
}

static void on_added(void *arg, bool ok)
{
	(void)ok;
	answered(arg, 4);
}

static void on_listed(void *arg, struct slice tenant, bool ok)
{
	(void)ok;
	if (tenant.len == 0)
		answered(arg, 5);
}

static void on_entry(void *arg, struct slice id, struct slice value)
{
	(void)id, (void)value;
	((struct scene *)arg)->entries++;
}

static bool all_answered(void *arg)
{
	const struct scene *s = arg;
	for (size_t i = 0; i < CALLS; i++) {
		if (s->answers[i] == 0)
			return false;
	}
	return true;
}

static void start_calls(struct scene *s)
{
	const struct store_ops *ops = s->store->ops;
	struct slice town = SLICE("town");
	s->writes[0] = (struct store_write){STORE_PUT, SLICE("r"), SLICE_NONE, 0, SLICE("123456789abc")};
	s->writes[1] = (struct store_write){STORE_INDEX, SLICE("i"), SLICE("m"), 1, SLICE_NONE};
	s->writes[2] = (struct store_write){STORE_APPEND, SLICE("log"), SLICE_NONE, 0, SLICE("entry")};
	s->commit = (struct store_commit){.tenant = town,
					  .writes = s->writes,
					  .n_writes = 3,
					  .claim_key = SLICE("q"),
					  .claim_field = SLICE("f"),
					  .arena = &s->arena,
					  .done = on_commit,
					  .arg = s};
	s->reads[0] = (struct store_read){.kind = STORE_GET, .key = SLICE("r")};
	s->reads[1] = (struct store_read){
	    .kind = STORE_GET, .key = SLICE("no"), .pack_key = SLICE("p"), .pack_field = SLICE("f")};
	s->reads[2] = (struct store_read){
	    .kind = STORE_RANGE, .key = SLICE("i"), .max = 9, .after = SLICE("a"), .after_score = 1, .limit = 9};
	s->reads[3] = (struct store_read){.kind = STORE_LOG, .key = SLICE("log"), .limit = 9};
	s->load = (struct store_load){
	    .tenant = town, .reads = s->reads, .n = 4, .arena = &s->arena, .done = on_load, .arg = s};
	s->followers[0] = ops->follow(s->store, town, SLICE("log"), SLICE("0-0"), on_entry, s);
	s->followers[1] = ops->follow(s->store, town, SLICE("log"), SLICE("$"), on_entry, s);
	ops->commit(s->store, &s->commit);
	ops->load(s->store, &s->load);
	ops->reserve(s->store, town, SLICE("n"), 1, on_reserved, s);
	ops->lease(s->store, town, SLICE("l"), SLICE("me"), 1000, on_leased, s);
	ops->add_tenant(s->store, town, on_added, s);
	ops->list_tenants(s->store, on_listed, s);
}

/* True when there were fewer allocations than nth. */
static bool run_scene(struct fixture *f, const struct redis_config *config, unsigned nth)
{
	struct scene s = {.fixture = f};
	struct probe p;
	arena_init(&s.arena, 1 << 20);
	nomem_fail_at(nth);
	s.store = store_redis_new(f->base, config);
	if (s.store == NULL) {
		assert_true(nomem_failed());
		return false;
	}
	fixture_wait_ready(f->base, s.store);
	start_calls(&s);
	fixture_wait(f->base, all_answered, &s);
	/* whatever has not failed by now may fail while the connection is idle or coming back */
	bool left = !nomem_failed();
	nomem_stop();
	fixture_wait_ready(f->base, s.store);
	probe_init(&p, s.store, f->base);
	probe_put(&p, "r", 1, "works");
	assert_int_equal(probe_commit(&p), STORE_OK);
	assert_string_equal(probe_get(&p, "r", NULL, NULL), "works");
	probe_finish(&p);
	for (size_t i = 0; i < 2; i++)
		s.store->ops->unfollow(s.followers[i]);
	s.store->ops->destroy(s.store);
	arena_free(&s.arena);
	return left;
}

static void test_every_allocation(void **state)
{
	struct fixture f;
	(void)state;
	fixture_start(&f, true, NULL);
	log_setup(2, LOG_ERROR, "test");
	struct redis_config config = f.config;
	config.connect_timeout_ms = 300;
	config.replicas = 0;
	unsigned nth = 0;
	do {
		assert_string_equal(COMMAND(&f, "FLUSHALL"), "OK");
	} while (!run_scene(&f, &config, ++nth));
	assert_true(nth > 10);
	fixture_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_allocation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
