/* The dispatch lab: readers, models and figures, on traces small enough to be worked out by hand. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "lab_charts.h"
#include "lab_city.h"
#include "lab_hope.h"
#include "lab_opt.h"
#include "lab_plot.h"
#include "lab_stage.h"
#include "lab_study.h"
#include "lab_synthetic.h"

/* Two orders, two members: the rich one can be served by either member, the other by the first alone. */
static const char GMISSION[] = "2 2 20 4\n"
			       "0 w 0 0 1 1 100 0.5\n"
			       "10 t 0.5 0 100 10\n"
			       "20 w 1.2 0 1 1 100 0.9\n"
			       "30 t 0.1 0 100 4\n";

static void test_gmission(void **state)
{
	(void)state;
	struct lab_trace t = read_good(lab_read_gmission, GMISSION);
	assert_int_equal(t.n_orders, 2);
	assert_int_equal(t.n_members, 2);
	assert_true(t.orders[0].pay == 10 && t.members[1].rate == 0.9);
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	assert_int_equal(p.first[2], 3);
	double values[3];
	for (uint32_t i = 0; i < 2; i++) {
		for (uint32_t e = p.first[i]; e < p.first[i + 1]; e++)
			values[e] = t.orders[i].pay * t.members[p.members[e]].rate;
	}
	assert_true(fabs(lab_opt_value(&arena, &p, values, NULL) - 11) < 1e-9); /* 10·0.9 + 4·0.5 */
	bool allowed[3] = {true, false, true};
	assert_true(fabs(lab_opt_value(&arena, &p, values, allowed) - 5) <
		    1e-9); /* 10·0.5: all that is left for both */
	assert_int_equal(lab_opt_count(&arena, &p, NULL), 2);
}

static void test_windows_are_open_or_closed(void **state)
{
	(void)state;
	/* They meet at 100 exactly: a pair of TOBM, none of gMission. */
	struct lab_trace t = read_good(lab_read_tobm, "1 1\n0 t 0 0 100\n100 w 3 4 300 5\n");
	assert_int_equal(lab_pairs_find(&arena, &t).first[1], 1);
	t = read_good(lab_read_gmission, "1 1 20 2\n0 t 0 0 100 5\n100 w 3 4 5 1 300 1\n");
	assert_int_equal(lab_pairs_find(&arena, &t).first[1], 0);
	/* Beyond reach by a hair. */
	t = read_good(lab_read_tobm, "1 1\n0 t 0 0 100\n50 w 3 4.001 300 5\n");
	assert_int_equal(lab_pairs_find(&arena, &t).first[1], 0);
}

static void test_members_with_room_for_several(void **state)
{
	(void)state;
	struct lab_trace t = read_good(lab_read_gmission, "1 2 20 4\n0 w 0 0 1 2 100 1\n1 t 0 0 9 3\n2 t 0 0 9 5\n");
	assert_int_equal(t.n_members, 2);
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	assert_int_equal(lab_opt_count(&arena, &p, NULL), 2);
}

static void test_bad_lines(void **state)
{
	(void)state;
	expect_bad(lab_read_gmission, "", 1, "empty");
	expect_bad(lab_read_gmission, "1 x\n", 1, "must be a number");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 q 1 2\n", 2, "must be w");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 t 1 2 300\n", 2, "payment is missing");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 t 1 2 300 5 7\n", 2, "too much");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 w 1 2 1 1 300 1.5\n", 2, "from 0 to 1");
	expect_bad(lab_read_gmission, "1 1 20 2\n\n0 t 1 2 -3 5\n", 3, "duration");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 t 1 2 3 5\n", 3, "ends here");
	expect_bad(lab_read_gmission, "1 1 20 2\n0 t 1 2 3 5\n1 t 1 2 3 5\n", 3, "more orders");
	expect_bad(lab_read_tobm, "1 1\n0 t nan 2 3\n", 2, "must be a number");
	expect_bad(lab_read_tobm, "0 1\n", 1, "nT");
}

static void test_city(void **state)
{
	(void)state;
	/* Four places on a meridian, some 1,112 m apart; they are volunteers' homes too. */
	struct lab_trace t = read_good(read_city, "open_s,lat,lon,geo_ok,precinct\n0,42.30,-71,1,a\n60,42.31,-71,1,a\n"
						  "120,42.32,-71,0,b\n180,42.33,-71,1,b\n");
	assert_int_equal(t.n_orders, 3);
	assert_int_equal(t.skipped, 1);
	assert_int_equal(t.n_grids, 2);
	assert_int_equal(t.n_members, 4);
	struct lab_policy nearest;
	struct lab_policy_problem problem;
	assert_true(lab_policy_parse("nearest", "boston", &nearest, &problem));
	struct lab_coins all = {1, 1};
	struct lab_run r = lab_city_play(&arena, &t, &nearest, &all);
	double f[FIGURE_COUNT] = {0};
	lab_run_measure(&arena, &t, &r, f);
	assert_true(f[FIGURE_SERVED] == 3 && f[FIGURE_METRES_MEAN] < 0.01 && f[FIGURE_OFFERS_PER_COMPLETION] == 1);
	assert_true(fabs(f[FIGURE_GINI_DONE] - 0.25) < 1e-9); /* one of four has none */
	assert_int_equal(lab_city_opt(&t, NULL), 3);
	/* Nobody accepts: everybody in reach is asked once. */
	struct lab_coins none = {1, 0};
	r = lab_city_play(&arena, &t, &nearest, &none);
	assert_int_equal(r.n_served, 0);
	assert_int_equal(r.n_offers, 3 + 4 + 3);
	expect_bad(read_city, "open_s,lat,lon,geo_ok\n0,95,-71,1\n", 2, "latitude");
	expect_bad(read_city, "open_s,lat\n0,95\n", 1, "column lon");
	expect_bad(read_city, "lat,lon,open_s,geo_ok\n42,-71,soon,1\n", 2, "open_s");
}

/* Who comes while the only volunteer is at work waits until they are free again; the next in line has waited enough. */
static void test_city_waits(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		double served_s[3];
	} rows[] = {
	    {"nearest", {0, INFINITY, INFINITY}},
	    {"nearest,search=1740", {0, INFINITY, 1800}},
	    {"nearest,search=1800", {0, 1800, INFINITY}},
	    {"nearest,search=3600", {0, 1800, 3600}},
	};
	struct lab_trace t =
	    read_good(read_city, "open_s,lat,lon,geo_ok\n0,42.30,-71,1\n0,42.30,-71,1\n90,42.30,-71,1\n");
	t.n_members = 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lab_policy policy;
		struct lab_policy_problem problem;
		assert_true(lab_policy_parse(rows[i].policy, "boston", &policy, &problem));
		struct lab_run r = lab_city_play(&arena, &t, &policy, &(struct lab_coins){1, 1});
		for (uint32_t o = 0; o < t.n_orders; o++) {
			bool served = r.member_of[o] != LAB_NOBODY;
			assert_true((served ? r.served_s[o] : INFINITY) == rows[i].served_s[o]);
		}
	}
}

/* --- the replay in time --- */

static void test_waiting_pays(void **state)
{
	(void)state;
	struct lab_trace t = read_good(lab_read_gmission, GMISSION);
	/* At once: the rich order goes to who is there, 10·0.5; the second member can't reach the other one. */
	struct lab_run greedy = play(&t, "greedy", 1, 1);
	assert_true(greedy.n_served == 1 && fabs(greedy.utility - 5) < 1e-9 && greedy.served_s[0] == 10);
	/* At the last moment: the best plan there is. */
	struct lab_run deferral = play(&t, "deferral", 1, 1);
	assert_true(deferral.n_served == 2 && fabs(deferral.utility - 11) < 1e-9);
	assert_true(deferral.served_s[1] < 100 && deferral.served_s[1] >= 98);
}

/* Seeds with which the first member says no to the first order, and else everybody yes, all within half a minute. */
static uint64_t seed_of_one_no(void)
{
	for (uint64_t seed = 1;; seed++) {
		struct lab_coins coins = {seed, 0.5};
		bool fits = true;
		for (uint32_t i = 0; i < 4; i++) {
			struct lab_answer said = lab_coin(&coins, i / 2, i % 2);
			fits = fits && said.word == (i == 0 ? LAB_NO : LAB_YES) && said.delay_s < 30;
		}
		if (fits)
			return seed;
	}
}

static void test_who_is_asked_is_planned_with(void **state)
{
	(void)state;
	/* When the second order comes beside the first member, who is asked for the first, another is free far away. */
	struct lab_trace t = read_good(lab_read_tobm, "2 2\n0 t 0 0 600\n0 w 0 0 300 1500\n1 t 10 0 600\n"
						      "1 w 1000 0 300 1500\n");
	uint64_t seed = seed_of_one_no();
	struct lab_run run = play(&t, "distance,served=2000", 0.5, seed);
	assert_true(run.n_served == 1 && run.member_of[1] == 1);
	run = play(&t, "distance,served=2000,soon=0.9", 0.5, seed);
	assert_true(run.n_served == 2 && run.member_of[0] == 1 && run.member_of[1] == 0);
	/* Unless that is worth too little. */
	run = play(&t, "distance,served=2000,soon=0.1", 0.5, seed);
	assert_true(run.n_served == 1 && run.member_of[1] == 1);
}

static void test_hope(void **state)
{
	(void)state;
	struct lab_hope hope;
	struct lab_order cheap = {.until_s = 300, .pay = 2}, dear = {.until_s = 300, .pay = 20};
	struct lab_member poor = {.until_s = 300, .rate = 0.2}, good = {.until_s = 300, .rate = 0.9};
	lab_hope_begin(&hope);
	lab_hope_order_came(&hope, &cheap);
	lab_hope_order_came(&hope, &dear);
	lab_hope_member_came(&hope, &poor);
	lab_hope_member_came(&hope, &good);
	/* The best of both have nothing to gain, and nobody has at the end. */
	assert_true(lab_hope_gain(&hope, &dear, &good, 0) == 0 && lab_hope_gain(&hope, &cheap, &poor, 0) > 0);
	assert_true(lab_hope_gain(&hope, &cheap, &poor, 300) == 0 && lab_hope_kept_for_order(&hope, &dear, 300) == 0);
	double before = lab_hope_kept_for_order(&hope, &dear, 0);
	assert_true(before > lab_hope_kept_for_order(&hope, &dear, 200));
	/* A good member is kept for others, too, for as long as there may be any. */
	assert_true(lab_hope_kept_for_member(&hope, &good, 0) > lab_hope_kept_for_member(&hope, &poor, 0));
	assert_true(lab_hope_kept_for_member(&hope, &good, 300) == 0);
	/* Where somebody comes all the time more is kept. */
	for (int i = 0; i < 100; i++) {
		struct lab_member late = {.at_s = 10, .rate = 1};
		lab_hope_waited(&hope, 10, 10);
		lab_hope_met(&hope, &dear, &late);
	}
	assert_true(lab_hope_kept_for_order(&hope, &dear, 0) > 2 * before);
}

/* More is served, sooner, than by distance alone. */
static void test_worth_pays(void **state)
{
	(void)state;
	struct lab_trace t;
	double plain[FIGURE_COUNT], worth[FIGURE_COUNT];
	lab_synthetic_day(&arena, 6000, 7, &t);
	struct lab_run r = play(&t, "distance", 1, 1);
	lab_run_measure(&arena, &t, &r, plain);
	r = play(&t, "worth,lost=300000", 1, 1);
	lab_run_measure(&arena, &t, &r, worth);
	assert_true(worth[FIGURE_SERVED] > plain[FIGURE_SERVED]);
	assert_true(worth[FIGURE_RESPONSE_MEAN_S] < plain[FIGURE_RESPONSE_MEAN_S]);
	/* Offers that come to nothing leave the order where it was. */
	r = play(&t, "worth,learn", 0.5, 1);
	assert_true(r.n_served > t.n_orders / 2);
}

/* Members who serve again: one does the work of three. */
static void test_service_times(void **state)
{
	(void)state;
	struct lab_trace t =
	    read_good(lab_read_tobm, "3 1\n0 w 0 0 300 1500\n0 t 10 0 600\n50 t 10 0 600\n60 t 10 0 600\n");
	struct lab_policy policy;
	struct lab_policy_problem problem;
	struct lab_coins all = {1, 1};
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	assert_true(lab_policy_parse("distance", "tobm", &policy, &problem));
	assert_int_equal(lab_windows_play(&arena, &t, &p, &policy, &all, 0).n_served, 1);
	struct lab_run r = lab_windows_play(&arena, &t, &p, &policy, &all, 100);
	assert_int_equal(r.n_served, 3);
	assert_true(r.served_s[0] == 0 && r.served_s[1] == 100 && r.served_s[2] == 200);
	assert_true(lab_opt_each(&p, NULL, NULL) == 3);
	/* Who has gone meanwhile does not come back. */
	assert_int_equal(lab_windows_play(&arena, &t, &p, &policy, &all, 299).n_served, 2);
	assert_int_equal(lab_windows_play(&arena, &t, &p, &policy, &all, 301).n_served, 1);
}

static void test_oldest_first(void **state)
{
	(void)state;
	/* One member comes at 60, nearer to the younger order. */
	struct lab_trace t = read_good(lab_read_tobm, "2 1\n0 t 100 0 600\n50 t 10 0 600\n60 w 0 0 300 1500\n");
	struct lab_run r = play(&t, "oldest-first", 1, 1);
	assert_true(r.member_of[0] == 0 && r.served_s[0] == 60 && r.metres[0] == 100);
	r = play(&t, "distance", 1, 1);
	assert_true(r.member_of[0] == LAB_NOBODY && r.member_of[1] == 0);
	double f[FIGURE_COUNT];
	lab_run_measure(&arena, &t, &r, f);
	assert_true(f[FIGURE_RESPONSE_MEAN_S] == (10 + 600) / 2.0 && f[FIGURE_WAIT_P50_S] == 10);
}

static void test_foresight_keeps_members_for_hard_places(void **state)
{
	(void)state;
	struct buf text = {0};
	/* At one place orders and members come every ten seconds; at the other only one order ever. */
	buf_str(&text, "10 9\n");
	for (int i = 0; i < 8; i++)
		buf_printf(&text, "%d t 0 0 60\n%d w 10 0 60 500\n", i * 10, i * 10 + 5);
	/* A member who reaches both. */
	buf_str(&text, "81 t 5 0 60\n81 t 900 0 60\n82 w 0 0 60 1000\n");
	buf_byte(&text, '\0');
	struct lab_trace t = read_good(lab_read_tobm, (const char *)text.ptr);
	buf_free(&text);
	uint32_t hard = 0;
	while (t.orders[hard].x < 900)
		hard++;
	struct lab_run r = play(&t, "distance", 1, 1);
	assert_true(r.member_of[hard] == LAB_NOBODY);
	r = play(&t, "distance,foresight=60,lost=100000,age=100", 1, 1);
	assert_true(r.member_of[hard] != LAB_NOBODY && r.n_served == 9);
}

static void test_offers_keep_the_rules(void **state)
{
	(void)state;
	struct lab_trace t;
	lab_synthetic_day(&arena, 3000, 7, &t);
	struct lab_run r = play(&t, "engine,window=5", 0.3, 3), again = play(&t, "engine,window=5", 0.3, 3);
	assert_memory_equal(r.member_of, again.member_of, t.n_orders * sizeof(*r.member_of));
	bool *served = arena_array(&arena, t.n_members, sizeof(*served));
	uint32_t n = 0;
	struct lab_coins coins = {3, 0.3};
	for (uint32_t i = 0; i < t.n_orders; i++) {
		uint32_t m = r.member_of[i];
		if (m == LAB_NOBODY)
			continue;
		assert_false(served[m]);
		served[m] = true;
		assert_int_equal(lab_coin(&coins, i, m).word, LAB_YES);
		assert_true(lab_pair_feasible(&t, &t.orders[i], &t.members[m]));
		assert_true(r.served_s[i] <= fmin(t.orders[i].until_s, t.members[m].until_s));
		n++;
	}
	assert_int_equal(n, r.n_served);
	assert_true(n > 1000 && r.n_offers > n);
	/* Other coins, another run. */
	assert_true(play(&t, "engine,window=5", 0.3, 4).n_offers != r.n_offers);
}

static void test_coins(void **state)
{
	(void)state;
	struct lab_coins coins = {5, 0.3};
	double yes = 0, no = 0, delay_s = 0;
	enum { N = 200000 };
	for (uint32_t i = 0; i < N; i++) {
		struct lab_answer answer = lab_coin(&coins, i, i * 7);
		yes += answer.word == LAB_YES;
		no += answer.word == LAB_NO;
		delay_s += answer.delay_s;
	}
	assert_true(fabs(yes / N - 0.3) < 0.005 && fabs(no / N - 0.35) < 0.005 && fabs(delay_s / N - 13) < 0.15);
	/* Each has a chance of their own, between 0 and 0.6. */
	double low = 1, high = 0;
	for (uint32_t m = 0; m < 200; m++) {
		double said = 0;
		for (uint32_t i = 0; i < 500; i++)
			said += lab_coin(&coins, i, m).word == LAB_YES;
		low = fmin(low, said / 500);
		high = fmax(high, said / 500);
	}
	assert_true(low < 0.04 && high > 0.54 && high < 0.7);
}

static void test_policies(void **state)
{
	(void)state;
	struct lab_policy policy;
	struct lab_policy_problem problem;
	assert_true(lab_policy_parse("batch,ttl=20,learn", "tobm", &policy, &problem));
	assert_true(policy.window_s == 10 && policy.ttl_s == 20 && policy.age_m == 10 && policy.learn);
	assert_false(lab_policy_parse("batch,ttl=-1", "tobm", &policy, &problem));
	assert_string_equal(problem.field, "ttl");
	assert_non_null(strstr(problem.en, "from 1 to 86400, not -1"));
	assert_false(lab_policy_parse("batch,ttl=soon", "tobm", &policy, &problem));
	assert_false(lab_policy_parse("batch,colour=1", "tobm", &policy, &problem));
	assert_string_equal(problem.field, "colour");
	assert_false(lab_policy_parse("best", "tobm", &policy, &problem));
	assert_string_equal(problem.field, "policy");
	assert_false(lab_policy_parse("nearest", "tobm", &policy, &problem));
}

static void test_points(void **state)
{
	(void)state;
	const struct lab_plot plot = {"title", "wait", "share", 0};
	const struct lab_point points[] = {
	    {85, 0.961, "0.05", true}, {299, 0.9747, "0", true}, {24, 0.953, "greedy", false}};
	struct buf svg = {0};
	lab_plot_points(&plot, points, 3, &svg);
	buf_byte(&svg, '\0');
	const char *text = (const char *)svg.ptr;
	/* The axes have round ends around them, and the line goes through two. */
	assert_non_null(strstr(text, ">0.95<"));
	assert_non_null(strstr(text, ">300<"));
	assert_non_null(strstr(text, ">greedy</text>"));
	buf_free(&svg);
	/* All in one place is a chart, too. */
	lab_plot_points(&plot, points, 1, &svg);
	lab_plot_points(&plot, points, 0, &svg);
	assert_false(svg.failed);
	buf_free(&svg);
}

static void test_figures(void **state)
{
	(void)state;
	double values[] = {4, 0, 0, 0};
	assert_true(fabs(lab_gini(values, 4) - 0.75) < 1e-9);
	double even[] = {2, 2, 2};
	assert_true(fabs(lab_gini(even, 3)) < 1e-9);
	double sorted[] = {1, 2, 3, 4};
	assert_true(lab_quantile(sorted, 4, 0.5) == 2 && lab_quantile(sorted, 4, 0.99) == 4);
	double rows[2][FIGURE_COUNT] = {{1}, {3}}, means[FIGURE_COUNT], spreads[FIGURE_COUNT];
	lab_study_average(rows, 2, means, spreads);
	assert_true(means[0] == 2 && fabs(spreads[0] - sqrt(2)) < 1e-9);
}

static void test_study(void **state)
{
	(void)state;
	struct lab_trace t = read_good(lab_read_gmission, GMISSION);
	struct lab_policy policy;
	struct lab_policy_problem problem;
	assert_true(lab_policy_parse("deferral", "gmission", &policy, &problem));
	struct lab_study_options options = {.trace = &t, .policy = &policy, .accept = 1, .seeds = 2};
	struct lab_study study = lab_study_make(&arena, &options);
	assert_true(fabs(study.means[FIGURE_OPT] - 11) < 1e-9 && fabs(study.means[FIGURE_RATIO_OPT] - 1) < 1e-9);
	assert_true(study.spreads[FIGURE_UTILITY] == 0);
	char directory[] = "/tmp/test_lab_XXXXXX", path[64];
	assert_non_null(mkdtemp(directory));
	assert_true(lab_charts_write(&arena, &t, &study.last, directory));
	static const char *const names[] = {"wait.svg", "distance.svg", "fairness.svg", "load.svg"};
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	rmdir(directory);
	assert_false(lab_charts_write(&arena, &t, &study.last, directory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_gmission, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_windows_are_open_or_closed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_members_with_room_for_several, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bad_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_city, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_city_waits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_waiting_pays, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_who_is_asked_is_planned_with, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hope, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_worth_pays, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_service_times, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_points, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_oldest_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_foresight_keeps_members_for_hard_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_offers_keep_the_rules, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_coins, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_policies, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_figures, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_study, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
