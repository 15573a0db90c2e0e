/* What nobody can do better, against all plans and all ways to ask, on traces small enough for it. */
#include <math.h>

#include "lab_asking.h"
#include "lab_frontier.h"
#include "lab_opt.h"
#include "lab_stage.h"
#include "lab_synthetic.h"
#include "lab_windows.h"

static double best_plan(const struct lab_pairs *p, const double *values, uint32_t order, uint32_t taken)
{
	if (order == p->n_orders)
		return 0;
	double best = best_plan(p, values, order + 1, taken);
	for (uint32_t e = p->first[order]; e < p->first[order + 1]; e++) {
		if (taken & (1U << p->members[e]))
			continue;
		best = fmax(best, values[e] + best_plan(p, values, order + 1, taken | 1U << p->members[e]));
	}
	return best;
}

static void test_bounds_by_brute_force(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct lab_trace t = {.dataset = "tobm", .unit_m = 1, .n_orders = 6, .n_members = 6, .closed = true};
		struct lab_order orders[6] = {{0}};
		struct lab_member members[6] = {{0}};
		for (uint32_t i = 0; i < 6; i++) {
			orders[i] = (struct lab_order){.at_s = lab_uniform(seed, 1, i) * 100,
						       .x = lab_uniform(seed, 2, i) * 10};
			orders[i].until_s = orders[i].at_s + 60;
			members[i] = (struct lab_member){.at_s = lab_uniform(seed, 3, i) * 100,
							 .x = lab_uniform(seed, 4, i) * 10,
							 .reach = 1 + lab_uniform(seed, 5, i) * 4};
			members[i].until_s = members[i].at_s + 40;
		}
		t.orders = orders;
		t.members = members;
		lab_trace_sort(&t);
		struct lab_pairs p = lab_pairs_find(&arena, &t);
		uint32_t feasible = 0;
		for (uint32_t i = 0; i < 36; i++)
			feasible += lab_pair_feasible(&t, &orders[i / 6], &members[i % 6]);
		assert_int_equal(p.first[6], feasible);
		double ones[36], values[36];
		for (uint32_t e = 0; e < feasible; e++) {
			ones[e] = 1;
			values[e] = floor(lab_uniform(seed, 6, e) * 1000) / 100;
		}
		assert_true(lab_opt_count(&arena, &p, NULL) == best_plan(&p, ones, 0, 0));
		assert_true(fabs(lab_opt_value(&arena, &p, values, NULL) - best_plan(&p, values, 0, 0)) < 1e-6);
	}
}

static void test_frontier(void **state)
{
	(void)state;
	/* The member who comes at 10 can serve the first at once or the second later; then the first waits for the
	 * other. */
	struct lab_trace t = read_good(lab_read_tobm, "2 2\n0 t 0 0 600\n10 t 50 0 600\n20 w 25 0 300 60\n"
						      "500 w 0 0 300 10\n");
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	/* 20 and lost (600): 620, against 500 and 10. */
	struct lab_frontier_point at = lab_frontier_at(&arena, &t, &p, 0);
	assert_true(at.served == 2 && fabs(at.response_mean_s - 255) < 1e-9);
	t = read_good(lab_read_tobm, "2 1\n0 t 0 0 600\n10 t 50 0 100\n20 w 25 0 300 60\n");
	p = lab_pairs_find(&arena, &t);
	at = lab_frontier_at(&arena, &t, &p, 1000);
	/* Who would wait longer is served: 20 and 100, against 10 and 600. */
	assert_true(at.served == 1 && fabs(at.response_mean_s - 60) < 1e-9);
}

/* The same as lab_asking.h says, forwards: all that is known of a member is how likely they are each of some,
 * and have answered so. */
enum { KINDS = 500 };

static double value_by_hand(const double *likely, double left_s, uint32_t n_orders, double ttl_s, double price)
{
	double value = 0, silent[KINDS];
	for (size_t k = 0; k < KINDS; k++) {
		silent[k] = likely[k];
		value -= likely[k] * price;
	}
	for (double s = 1; s <= fmin(ttl_s, left_s); s++) {
		double share = lab_coin_within(s) - lab_coin_within(s - 1), no[KINDS];
		for (size_t k = 0; k < KINDS; k++) {
			double chance = 0.6 * ((double)k + 0.5) / KINDS;
			value += likely[k] * chance * share;
			no[k] = likely[k] * (1 - chance) / 2 * share;
			silent[k] -= likely[k] * (1 + chance) / 2 * share;
		}
		if (n_orders > 1)
			value += value_by_hand(no, left_s - s, n_orders - 1, ttl_s, price);
	}
	if (n_orders > 1 && left_s > ttl_s)
		value += value_by_hand(silent, left_s - ttl_s, n_orders - 1, ttl_s, price);
	return fmax(0, value);
}

static void test_asking(void **state)
{
	(void)state;
	double likely[KINDS];
	struct lab_asking *asking = lab_asking_new(&arena, 0.3, 4, 14);
	for (size_t k = 0; k < KINDS; k++)
		likely[k] = 1.0 / KINDS;
	for (uint32_t n = 0; n <= 4; n++) {
		for (int price = 0; price < 6; price++) {
			const double *values = lab_asking_values(asking, price * 0.02, n);
			for (uint32_t left_s = 0; left_s <= 14; left_s += 7) {
				double by_hand = n == 0 ? 0 : value_by_hand(likely, left_s, n, 4, price * 0.02);
				assert_true(fabs(values[left_s] - by_hand) < 1e-5);
			}
		}
	}
	/* Who can be asked for more orders, or longer, is worth more; and never more than one order. */
	const double *more = lab_asking_values(asking, 0, UINT32_MAX);
	assert_true(more[14] > more[7] && more[14] < 1);
	assert_true(more[14] >= lab_asking_values(asking, 0, 3)[14]);
}

/* A cover has one of every pair, and there is none of fewer. */
static void test_cover(void **state)
{
	(void)state;
	struct lab_trace t;
	lab_synthetic_day(&arena, 3000, 7, &t);
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	uint32_t n = 0, most = lab_opt_count(&arena, &p, NULL);
	bool *covers = lab_opt_cover(&arena, &p, NULL);
	bool *needed = arena_array(&arena, t.n_members, sizeof(*needed));
	for (uint32_t i = 0; i < t.n_orders; i++) {
		n += covers[i];
		for (uint32_t e = p.first[i]; e < p.first[i + 1] && !covers[i]; e++)
			needed[p.members[e]] = true;
	}
	for (uint32_t m = 0; m < t.n_members; m++)
		n += needed[m];
	assert_int_equal(n, most);
}

/* However members are asked, no more are served for as few offers. */
static void test_offers(void **state)
{
	(void)state;
	struct lab_trace t;
	struct lab_coins coins = {3, 0.3};
	lab_synthetic_day(&arena, 3000, 7, &t);
	for (uint32_t m = 0; m < t.n_members; m++)
		t.members[m].until_s = t.members[m].at_s + 60;
	struct lab_pairs p = lab_pairs_find(&arena, &t);
	static const char *const policies[] = {"batch", "oldest-first", "engine,window=2,learn,served=10000"};
	enum { POLICIES = sizeof(policies) / sizeof(policies[0]) };
	struct lab_offers_point points[POLICIES + 1] = {[POLICIES] = {.each = 100}};
	uint32_t n_served[POLICIES];
	for (size_t i = 0; i < POLICIES; i++) {
		struct lab_run run = play(&t, policies[i], 0.3, 3);
		n_served[i] = run.n_served;
		points[i].each = (double)run.n_offers / run.n_served;
	}
	lab_frontier_offers(&arena, &t, &p, &coins, points, POLICIES + 1);
	for (size_t i = 0; i < POLICIES; i++)
		assert_true(n_served[i] < points[i].served && points[i].served <= points[POLICIES].served);
	assert_true(points[POLICIES].served < lab_opt_count(&arena, &p, NULL));
	/* Two orders for one member, met for 40 s: asked for both if need be. */
	t = read_good(lab_read_tobm, "2 1\n0 t 0 0 600\n0 t 50 0 600\n0 w 25 0 40 60\n");
	p = lab_pairs_find(&arena, &t);
	struct lab_offers_point point = {.each = 100};
	lab_frontier_offers(&arena, &t, &p, &coins, &point, 1);
	assert_true(point.served > 0.3 && point.served < 1 - 0.7 * 0.7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_bounds_by_brute_force, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_frontier, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_asking, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cover, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_offers, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
