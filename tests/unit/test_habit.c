/* The acceptance estimate among made-up members whose true mind is known: is it better than taking everybody for alike,
 * is it right as often as it says, and does it save offers? With --print it tells the figures. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "domain/habit.h"
#include "domain/config.h"
#include "domain/load.h"
#include "domain/policy.h"

enum { MEMBERS = 200, HOUR_MS = 3600 * 1000, STEP_MS = 60 * 1000, OFFERS = 40000, LEARNT = OFFERS / 4 };
#define START_MS INT64_C(1772416800000)

static struct arena a;
static uint64_t dice;
static bool print;

static double unit(void)
{
	dice += UINT64_C(0x9e3779b97f4a7c15);
	return (double)(hash_mix64(dice) >> 11) * 0x1p-53;
}

static double sigmoid(double odds)
{
	return 1 / (1 + exp(-odds));
}

/* --- a world of members --- */

/* How people differ: by member, by distance, by time of day and by category; all 0: a coin. */
struct nature {
	double base, members, distance, night, categories;
};

struct member {
	double odds;
	LoadRecord load;
};

struct ground {
	struct config config;
	struct scene scene;
	struct fault fault;
	struct nature nature;
	struct member members[MEMBERS];
	AcceptModelRecord model;
};

static const char *const categories[] = {"c0000001", "c0000002", "c0000003", "c0000004", "c0000005"};

static struct ground *ground_new(const struct nature *nature)
{
	struct ground *g = ARENA_NEW(&a, struct ground);
	dice = 7;
	g->config.policy = policy_default();
	g->scene = (struct scene){.arena = &a, .config = &g->config, .fault = &g->fault, .now_ms = START_MS};
	g->nature = *nature;
	for (size_t i = 0; i < MEMBERS; i++) {
		LoadRecord_init(&g->members[i].load);
		g->members[i].odds = nature->members * (unit() + unit() + unit() - 1.5) * 2;
	}
	AcceptModelRecord_init(&g->model);
	habit_init(&a, &g->model, "accept");
	return g;
}

/* Somebody is asked for something somewhere. */
struct asking {
	size_t member, category;
	uint32_t distance_m;
	double truth;
	struct habit_case known;
};

static struct asking ask(struct ground *g, size_t category)
{
	struct asking asking = {.member = (size_t)(unit() * MEMBERS), .category = category};
	struct member *m = &g->members[asking.member];
	asking.distance_m = (uint32_t)(3000 * unit() * unit());
	asking.known = habit_case_of(&g->scene, categories[category], &m->load, asking.distance_m);
	bool night = asking.known.minute_of_day < 6 * 60;
	double odds = g->nature.base + m->odds - g->nature.distance * (asking.distance_m / 1000.0 - 0.75) -
		      (night ? g->nature.night : 0) + g->nature.categories * ((double)category - 2);
	asking.truth = sigmoid(odds);
	return asking;
}

static void answered(struct ground *g, const struct asking *asking, bool yes)
{
	struct member *m = &g->members[asking->member];
	habit_learn(&g->model, &asking->known, yes);
	load_offered(&g->scene, &m->load);
	if (yes) {
		load_accepted(&a, &m->load, "", g->scene.now_ms);
		load_released(&m->load, "", g->scene.now_ms);
	}
}

/* --- what is measured --- */

enum { BINS = 10 };
struct judged {
	double loss, n, said[BINS], was[BINS], in_bin[BINS];
};

static void judge(struct judged *j, double p, bool yes)
{
	size_t bin = (size_t)(p * BINS) < BINS ? (size_t)(p * BINS) : BINS - 1;
	j->loss -= log(yes ? p : 1 - p);
	j->n++;
	j->said[bin] += p;
	j->was[bin] += yes;
	j->in_bin[bin]++;
}

static double loss(const struct judged *j)
{
	return j->loss / j->n;
}

/* Expected calibration error: how far off, on the average, what is said lies from what is. */
static double miscalibrated(const struct judged *j)
{
	double off = 0;
	for (size_t i = 0; i < BINS; i++)
		off += fabs(j->said[i] - j->was[i]);
	return off / j->n;
}

struct result {
	struct judged constant, share, model, truth;
	double yes, n;
};

static struct result live(struct ground *g)
{
	struct result r = {.n = 0};
	for (size_t i = 0; i < OFFERS; i++) {
		g->scene.now_ms += STEP_MS;
		struct asking asking = ask(g, (size_t)(unit() * 5));
		bool yes = unit() < asking.truth;
		double constant = (r.yes + 6) / (r.n + 20);
		r.yes += yes;
		r.n++;
		if (i >= LEARNT) {
			judge(&r.constant, constant, yes);
			judge(&r.share, habit_by_share(&g->model, &asking.known), yes);
			judge(&r.model, habit_by_model(&g->model, &asking.known), yes);
			judge(&r.truth, asking.truth, yes);
		}
		answered(g, &asking, yes);
	}
	return r;
}

/* Orders that ask as many at once as it takes: how many offers for each that somebody took, and how many were taken. */
struct fanned {
	double offers, taken, orders;
};

enum estimate { CONSTANT, SHARE, ESTIMATE };

/* How many of these, in their order, so that somebody says yes with that probability; n when all are too few. */
static size_t how_many(const double *p, size_t n, double target)
{
	double nobody = 1;
	for (size_t i = 0; i < n; i++) {
		nobody *= 1 - p[i];
		if (1 - nobody >= target)
			return i + 1;
	}
	return n;
}

static double estimate_of(const struct ground *g, enum estimate by, double share, const struct asking *asked)
{
	if (by == CONSTANT)
		return share;
	return by == SHARE ? habit_by_share(&g->model, &asked->known) : habit_estimate(&g->model, &asked->known);
}

static struct fanned fan_out(struct ground *g, enum estimate by, double share, double target)
{
	enum { ORDERS = 4000, REACH = 20 };
	struct fanned f = {.orders = ORDERS};
	dice = 99; /* the same orders and the same people for both */
	for (size_t i = 0; i < ORDERS; i++) {
		struct asking reach[REACH];
		double p[REACH], minds[REACH];
		size_t category = (size_t)(unit() * 5);
		bool taken = false;
		g->scene.now_ms = START_MS + (int64_t)i * 17 * STEP_MS;
		for (size_t k = 0; k < REACH; k++) {
			reach[k] = ask(g, category);
			minds[k] = unit();
			p[k] = estimate_of(g, by, share, &reach[k]);
		}
		size_t n = how_many(p, REACH, target);
		for (size_t k = 0; k < n; k++)
			taken = taken || minds[k] < reach[k].truth;
		f.offers += (double)n;
		f.taken += taken;
	}
	return f;
}

static void tell(const char *world, const struct ground *g, const struct result *r)
{
	if (!print)
		return;
	printf("%-8s acceptance %.3f  log loss: constant %.4f  own share %.4f  model %.4f  truth %.4f   "
	       "calibration error: constant %.4f  share %.4f  model %.4f   %s\n",
	       world, r->yes / r->n, loss(&r->constant), loss(&r->share), loss(&r->model), loss(&r->truth),
	       miscalibrated(&r->constant), miscalibrated(&r->share), miscalibrated(&r->model),
	       habit_basis(&g->model) == ACCEPTANCE_BASIS_MODEL ? "used" : "left out");
}

static void tell_fanned(const char *world, double target, const struct fanned *constant, const struct fanned *estimate)
{
	if (!print)
		return;
	printf("%-8s target %.1f  offers per order: constant %.2f  estimate %.2f   somebody took it: constant %.3f  "
	       "estimate "
	       "%.3f   offers per acceptance: constant %.2f  estimate %.2f\n",
	       world, target, constant->offers / constant->orders, estimate->offers / estimate->orders,
	       constant->taken / constant->orders, estimate->taken / estimate->orders,
	       constant->offers / constant->taken, estimate->offers / estimate->taken);
}

/* --- tests --- */

static const struct nature people = {.base = -0.9, .members = 1.2, .distance = 0.8, .night = 1.5, .categories = 0.4};
static const struct nature coin = {.base = -0.85};
static const struct nature habits = {.base = -0.9, .members = 1.5};

static void test_people(void **state)
{
	(void)state;
	struct ground *g = ground_new(&people);
	struct result r = live(g);
	tell("people", g, &r);
	assert_int_equal(habit_basis(&g->model), ACCEPTANCE_BASIS_MODEL);
	assert_true(loss(&r.model) < loss(&r.share) - 0.02);
	assert_true(loss(&r.share) < loss(&r.constant));
	assert_true(loss(&r.model) < loss(&r.truth) + 0.02);
	assert_true(miscalibrated(&r.model) < 0.02);
}

/* Where people are alike there is nothing to learn: no harm, and it is left out. */
static void test_coin(void **state)
{
	(void)state;
	struct ground *g = ground_new(&coin);
	struct result r = live(g);
	tell("coin", g, &r);
	assert_true(loss(&r.model) < loss(&r.constant) + 0.01);
	struct fanned constant = fan_out(g, CONSTANT, r.yes / r.n, 0.6), estimate = fan_out(g, ESTIMATE, 0, 0.6);
	tell_fanned("coin", 0.6, &constant, &estimate);
	assert_true(estimate.offers / estimate.taken < 1.03 * constant.offers / constant.taken);
}

/* Where only members differ, their own share says it all. */
static void test_habits(void **state)
{
	(void)state;
	struct ground *g = ground_new(&habits);
	struct result r = live(g);
	tell("habits", g, &r);
	assert_true(loss(&r.share) < loss(&r.constant) - 0.02);
	assert_true(loss(&r.model) < loss(&r.share) + 0.005);
}

/* With a target of 0.9 the estimate keeps what it promises and a constant does not: it asks too few at night. For the
 * same share of orders taken it asks fewer; how many must be asked at once for that is found by trying. */
static void test_fan_out(void **state)
{
	(void)state;
	struct ground *g = ground_new(&people);
	struct result r = live(g);
	static const double targets[] = {0.6, 0.7, 0.8, 0.9};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct fanned constant = fan_out(g, CONSTANT, r.yes / r.n, targets[i]);
		struct fanned share = fan_out(g, SHARE, 0, targets[i]);
		struct fanned estimate = fan_out(g, ESTIMATE, 0, targets[i]);
		tell_fanned("people", targets[i], &constant, &estimate);
		tell_fanned("by share", targets[i], &share, &estimate);
		assert_true(estimate.taken / estimate.orders > targets[i]);
		/* For the same share of orders taken, how many does the simpler estimate ask? */
		struct fanned same = {0, 0, 0};
		for (double target = 0.3; same.taken < estimate.taken && target < 0.995; target += 0.01)
			same = fan_out(g, SHARE, 0, target);
		tell_fanned("as many", targets[i], &same, &estimate);
	}
	struct fanned eight = fan_out(g, CONSTANT, 1 - pow(0.5, 1.0 / 8) + 1e-9, 0.5), same = {0, 0, 0};
	for (double target = 0.5; same.taken < eight.taken; target += 0.01)
		same = fan_out(g, ESTIMATE, 0, target);
	tell_fanned("as many", eight.taken / eight.orders, &eight, &same);
	assert_true(same.offers < 0.9 * eight.offers);
}

static void test_bounds(void **state)
{
	(void)state;
	struct ground *g = ground_new(&coin);
	struct habit_case always = {.distance_m = UINT32_MAX, .minute_of_day = 1439, .category_id = ""};
	for (int i = 0; i < 20000; i++)
		habit_learn(&g->model, &always, true);
	assert_true(habit_by_model(&g->model, &always) <= HABIT_MOST);
	for (size_t i = 0; i < g->model.n_weights; i++)
		assert_true(abs(g->model.weights[i]) <= HABIT_WEIGHT_MAX * 1000000);
	for (int i = 0; i < 200000; i++)
		habit_learn(&g->model, &always, false);
	assert_true(habit_by_model(&g->model, &always) >= HABIT_LEAST);
	struct habit_case odd = {.asked_milli = 1000, .yes_milli = 5000, .category_id = ""};
	double p = habit_by_share(NULL, &odd);
	assert_true(p > 0.5 && p <= HABIT_MOST);
	/* Nothing is known: the prior; and a model of another shape counts for nothing. */
	struct habit_case new = {.category_id = ""};
	assert_true(fabs(habit_estimate(NULL, &new) - 0.3) < 1e-9);
	g->model.n_weights = 3;
	assert_int_equal(habit_basis(&g->model), ACCEPTANCE_BASIS_MEMBER);
	habit_learn(&g->model, &new, true);
	(void)habit_estimate(&g->model, &new);
}

static void test_how_many(void **state)
{
	(void)state;
	static const double p[] = {0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3};
	assert_int_equal(how_many(p, 8, 0.6), 3);
	assert_int_equal(how_many(p, 8, 0.9), 7);
	assert_int_equal(how_many(p, 8, 0.3), 1);
	assert_int_equal(how_many(p, 8, 0.999), 8);
	assert_int_equal(how_many(p, 0, 0.6), 0);
}

int main(int argc, char **argv)
{
	print = argc > 1 && strcmp(argv[1], "--print") == 0;
	arena_init(&a, SIZE_MAX / 2);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_people),  cmocka_unit_test(test_coin),   cmocka_unit_test(test_habits),
	    cmocka_unit_test(test_fan_out), cmocka_unit_test(test_bounds), cmocka_unit_test(test_how_many),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&a);
	return failed;
}
