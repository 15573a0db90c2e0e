/* The lab's own replays and the broker decide the same, where both know all that the other knows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lab_broker.h"
#include "lab_city.h"
#include "lab_rules.h"
#include "lab_windows.h"

enum { ORDERS = 80, MEMBERS = 70 };

static struct arena arena;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 30);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Twenty minutes on a square of four kilometres. */
static struct lab_trace a_trace(uint64_t seed, const char *dataset)
{
	struct lab_trace t = {
	    .dataset = dataset, .unit_m = 1, .n_orders = ORDERS, .n_members = MEMBERS, .n_grids = 1, .closed = true};
	t.orders = arena_array(&arena, ORDERS, sizeof(*t.orders));
	t.members = arena_array(&arena, MEMBERS, sizeof(*t.members));
	for (uint32_t i = 0; i < ORDERS; i++) {
		struct lab_order *o = &t.orders[i];
		*o = (struct lab_order){.at_s = floor(lab_uniform(seed, 1, i) * 1200), .pay = 1};
		o->until_s = o->at_s + 600;
		o->x = floor(lab_uniform(seed, 2, i) * 4000);
		o->y = floor(lab_uniform(seed, 3, i) * 4000);
	}
	for (uint32_t i = 0; i < MEMBERS; i++) {
		struct lab_member *m = &t.members[i];
		*m = (struct lab_member){.at_s = floor(lab_uniform(seed, 4, i) * 1200), .reach = 1500, .rate = 1};
		m->until_s = m->at_s + 300;
		m->x = floor(lab_uniform(seed, 5, i) * 4000);
		m->y = floor(lab_uniform(seed, 6, i) * 4000);
	}
	lab_trace_sort(&t);
	return t;
}

static struct lab_policy policy_of(const char *text, const char *dataset)
{
	struct lab_policy policy;
	struct lab_policy_problem problem;
	assert_true(lab_policy_parse(text, dataset, &policy, &problem));
	return policy;
}

static struct lab_run through_broker(const struct lab_trace *t, const struct lab_policy *policy,
				     const struct lab_coins *coins, double service_s)
{
	struct lab_run run;
	struct fault fault = {.err = OK};
	struct lab_broker_options options = {
	    .trace = t, .rules = lab_rules_of(&arena, t, policy), .coins = coins, .service_s = service_s};
	enum err err = lab_broker_play(&arena, &options, &fault, &run);
	if (err != OK)
		fail_msg("%s %s %s", err_info(err)->reason, fault.field == NULL ? "" : fault.field, fault.detail);
	return run;
}

static void expect_same(const struct lab_trace *t, const struct lab_run *model, const struct lab_run *broker)
{
	assert_int_equal(model->n_served, broker->n_served);
	assert_int_equal(model->n_offers, broker->n_offers);
	for (uint32_t i = 0; i < t->n_orders; i++) {
		assert_int_equal(model->member_of[i], broker->member_of[i]);
		if (model->member_of[i] != LAB_NOBODY)
			/* The broker looks at what is due every fifth of a second. */
			assert_true(fabs(model->served_s[i] - broker->served_s[i]) < 0.3);
	}
}

static void test_windows(void **state)
{
	static const char *const policies[] = {"distance", "distance,window=10", "distance,window=30", "batch"};
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct lab_trace t = a_trace(seed, "tobm");
		struct lab_pairs pairs = lab_pairs_find(&arena, &t);
		struct lab_policy policy = policy_of(policies[seed - 1], "tobm");
		struct lab_coins coins = {seed, 1};
		struct lab_run model = lab_windows_play(&arena, &t, &pairs, &policy, &coins, 0);
		struct lab_run broker = through_broker(&t, &policy, &coins, 0);
		assert_true(model.n_served > ORDERS / 3);
		expect_same(&t, &model, &broker);
	}
}

/* What orders and members are worth is learnt by both from the same, where hours are told to the minute. */
static void test_worth(void **state)
{
	static const char *const policies[] = {"worth,window=5,lost=0", "worth,window=5",
					       "worth,window=5,worth=5,lost=30000"};
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct lab_trace t = a_trace(seed, "tobm");
		t.closed = false;
		for (uint32_t i = 0; i < MEMBERS; i++) {
			struct lab_member *m = &t.members[i];
			m->at_s = 60 * floor(m->at_s / 60);
			m->until_s = m->at_s + 300;
		}
		lab_trace_sort(&t);
		struct lab_pairs pairs = lab_pairs_find(&arena, &t);
		struct lab_policy policy = policy_of(policies[seed - 1], "tobm"),
				  plain = policy_of("distance,window=5", "tobm");
		struct lab_coins coins = {seed, 1};
		struct lab_run model = lab_windows_play(&arena, &t, &pairs, &policy, &coins, 0);
		struct lab_run broker = through_broker(&t, &policy, &coins, 0);
		struct lab_run other = lab_windows_play(&arena, &t, &pairs, &plain, &coins, 0);
		assert_true(model.n_served > ORDERS / 3);
		expect_same(&t, &model, &broker);
		/* It does weigh on what is decided. */
		assert_memory_not_equal(model.member_of, other.member_of, ORDERS * sizeof(*other.member_of));
	}
}

/* Offers that are declined go to the next at once; jobs and offers weigh on who had them; in a rush, when all in reach
 * are at work, requests wait for them. */
static void test_city(void **state)
{
	static const char *const policies[] = {"nearest", "fair-offers", "fair", "engine,free-offers=1", "engine"};
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		bool rush = seed == 5;
		uint32_t waited = 0;
		struct lab_trace t = a_trace(seed, "boston");
		struct lab_policy policy = policy_of(policies[seed - 1], "boston");
		struct lab_coins coins = {seed, 0.3};
		for (uint32_t i = 0; i < ORDERS; i++) {
			t.orders[i].at_s *= rush ? 1 : 100;
			t.orders[i].until_s = t.orders[i].at_s;
			t.orders[i].lat_e6 = (int32_t)lrint(t.orders[i].y / 0.1112);
			t.orders[i].lon_e6 = (int32_t)lrint(t.orders[i].x / 0.1112);
		}
		for (uint32_t i = 0; i < MEMBERS; i++) {
			struct lab_member *m = &t.members[i];
			m->at_s = 0;
			m->until_s = INFINITY;
			m->lat_e6 = (int32_t)lrint(m->y / 0.1112);
			m->lon_e6 = (int32_t)lrint(m->x / 0.1112);
		}
		struct lab_run model = lab_city_play(&arena, &t, &policy, &coins);
		struct lab_run broker = through_broker(&t, &policy, &coins, CITY_BUSY_S);
		assert_true(model.n_served > ORDERS / 2 && model.n_offers > model.n_served);
		for (uint32_t i = 0; i < ORDERS; i++)
			waited += model.member_of[i] != LAB_NOBODY && model.served_s[i] > t.orders[i].at_s;
		assert_true(!rush || waited > 3);
		expect_same(&t, &model, &broker);
	}
}

static void test_members_serve_again(void **state)
{
	(void)state;
	struct lab_trace t = a_trace(9, "tobm");
	struct lab_policy policy = policy_of("distance,window=10", "tobm");
	struct lab_coins coins = {9, 0.5};
	struct lab_run once = through_broker(&t, &policy, &coins, 0);
	struct lab_run again = through_broker(&t, &policy, &coins, 60);
	assert_true(once.n_served < once.n_offers && again.n_served > once.n_served);
	uint32_t most = 0, jobs[MEMBERS] = {0};
	for (uint32_t i = 0; i < ORDERS; i++) {
		if (again.member_of[i] != LAB_NOBODY && ++jobs[again.member_of[i]] > most)
			most = jobs[again.member_of[i]];
	}
	assert_true(most > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_worth, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_city, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_members_serve_again, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
