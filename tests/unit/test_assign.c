/* The exact assignment: beside trying everything on small cases, beside a dense Hungarian on large ones, and where
 * there is nothing to choose, everything is equal, or the budget is spent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "domain/assign.h"

enum { PLENTY = 1 << 30, ARENA_BYTES = 64 << 20 };

static uint64_t dice = 1;

static uint32_t roll(uint32_t below)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((dice >> 33) % below);
}

struct table {
	struct arena a;
	struct assign_problem p;
	uint32_t *first, *members;
	int64_t *costs, *waiting;
};

struct kind {
	uint32_t orders, members, percent; /* of all pairs that are edges */
	int64_t least, spread, waiting;
	bool sorted;
};

static int by_cost(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (x[0] > y[0]) - (x[0] < y[0]);
}

static void sort_edges(struct table *t, uint32_t order)
{
	int64_t(*pairs)[2] = arena_array(&t->a, t->p.n_members, sizeof(*pairs));
	uint32_t from = t->first[order], n = t->first[order + 1] - from;
	for (uint32_t i = 0; i < n; i++) {
		pairs[i][0] = t->costs[from + i];
		pairs[i][1] = t->members[from + i];
	}
	qsort(pairs, n, sizeof(*pairs), by_cost);
	for (uint32_t i = 0; i < n; i++) {
		t->costs[from + i] = pairs[i][0];
		t->members[from + i] = (uint32_t)pairs[i][1];
	}
}

static void table_up(struct table *t, struct kind k)
{
	size_t pairs = (size_t)k.orders * k.members;
	arena_init(&t->a, ARENA_BYTES);
	t->first = arena_array(&t->a, k.orders + 1, sizeof(uint32_t));
	t->members = arena_array(&t->a, pairs, sizeof(uint32_t));
	t->costs = arena_array(&t->a, pairs, sizeof(int64_t));
	t->waiting = arena_array(&t->a, k.orders, sizeof(int64_t));
	t->p = (struct assign_problem){k.orders, k.members, t->first, t->members, t->costs, t->waiting};
	uint32_t n = 0;
	for (uint32_t i = 0; i < k.orders; i++) {
		for (uint32_t j = 0; j < k.members; j++) {
			if (roll(100) >= k.percent)
				continue;
			t->members[n] = j;
			t->costs[n++] = k.least + (int64_t)roll((uint32_t)k.spread);
		}
		t->first[i + 1] = n;
		t->waiting[i] = k.waiting + (int64_t)roll((uint32_t)k.spread);
		if (k.sorted)
			sort_edges(t, i);
	}
}

static int64_t cost_of(const struct table *t, uint32_t order, uint32_t member)
{
	int64_t least = INT64_MAX;
	for (uint32_t e = t->first[order]; e < t->first[order + 1]; e++) {
		if (t->members[e] == member && t->costs[e] < least)
			least = t->costs[e];
	}
	return member == ASSIGN_NOBODY ? t->waiting[order] : least;
}

/* Along edges only, nobody twice, and the sum is right. */
static void check_plan(const struct table *t, const struct assign_plan *plan)
{
	int64_t cost = 0;
	uint32_t served = 0;
	for (uint32_t i = 0; i < t->p.n_orders; i++) {
		assert_true(cost_of(t, i, plan->members[i]) != INT64_MAX);
		cost += cost_of(t, i, plan->members[i]);
		served += plan->members[i] != ASSIGN_NOBODY;
		for (uint32_t k = 0; k < i; k++)
			assert_true(plan->members[i] == ASSIGN_NOBODY || plan->members[k] != plan->members[i]);
	}
	assert_int_equal(cost, plan->cost);
	assert_int_equal(served, plan->n_served);
}

/* --- trying everything --- */

static int64_t try_all(const struct table *t, uint32_t order, uint32_t taken)
{
	if (order == t->p.n_orders)
		return 0;
	int64_t least = t->waiting[order] + try_all(t, order + 1, taken);
	for (uint32_t e = t->first[order]; e < t->first[order + 1]; e++) {
		uint32_t bit = 1U << t->members[e];
		if ((taken & bit) != 0)
			continue;
		int64_t cost = t->costs[e] + try_all(t, order + 1, taken | bit);
		least = cost < least ? cost : least;
	}
	return least;
}

static void test_small(void **state)
{
	(void)state;
	for (int i = 0; i < 6000; i++) {
		struct table t;
		struct assign_plan plan;
		int64_t spread = 1 + (int64_t)roll(i % 3 == 0 ? 4 : 1000); /* a third of them full of ties */
		table_up(&t, (struct kind){1 + roll(6), 1 + roll(6), 20 + roll(81), -(int64_t)roll(1000), spread,
					   (int64_t)roll(800) - 400, i % 2 == 0});
		assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
		check_plan(&t, &plan);
		assert_false(plan.greedy);
		assert_int_equal(plan.cost, try_all(&t, 0, 0));
		int64_t exact = plan.cost;
		assert_int_equal(assign_greedy(&t.a, &t.p, &plan), OK);
		check_plan(&t, &plan);
		assert_true(plan.greedy && plan.cost >= exact);
		arena_free(&t.a);
	}
}

/* --- a dense solver of another kind --- */

struct dense {
	size_t rows, columns; /* counted from 1 */
	int64_t *cost;
	int64_t *row_price, *column_price, *slack;
	size_t *row_of, *way;
	bool *used;
};

/* One row more: the classical step of the Hungarian method with slacks. */
static void dense_add(struct dense *d, size_t row)
{
	size_t column = 0;
	d->row_of[0] = row;
	for (size_t j = 0; j <= d->columns; j++) {
		d->slack[j] = INT64_MAX;
		d->used[j] = false;
	}
	do {
		size_t i = d->row_of[column], next = 0;
		int64_t delta = INT64_MAX;
		d->used[column] = true;
		for (size_t j = 1; j <= d->columns; j++) {
			if (d->used[j])
				continue;
			int64_t reduced = d->cost[i * (d->columns + 1) + j] - d->row_price[i] - d->column_price[j];
			if (reduced < d->slack[j]) {
				d->slack[j] = reduced;
				d->way[j] = column;
			}
			if (d->slack[j] < delta) {
				delta = d->slack[j];
				next = j;
			}
		}
		for (size_t j = 0; j <= d->columns; j++) {
			if (d->used[j]) {
				d->row_price[d->row_of[j]] += delta;
				d->column_price[j] -= delta;
			} else {
				d->slack[j] -= delta;
			}
		}
		column = next;
	} while (d->row_of[column] != 0);
	while (column != 0) {
		d->row_of[column] = d->row_of[d->way[column]];
		column = d->way[column];
	}
}

/* Each order has a column of its own to wait in; what is no edge costs more than all that is. */
static int64_t dense_solve(struct table *t)
{
	const int64_t never = INT64_C(1) << 40;
	size_t n = t->p.n_orders, m = t->p.n_members + n;
	struct dense d = {.rows = n,
			  .columns = m,
			  .cost = arena_array(&t->a, (n + 1) * (m + 1), sizeof(int64_t)),
			  .row_price = arena_array(&t->a, n + 1, sizeof(int64_t)),
			  .column_price = arena_array(&t->a, m + 1, sizeof(int64_t)),
			  .slack = arena_array(&t->a, m + 1, sizeof(int64_t)),
			  .row_of = arena_array(&t->a, m + 1, sizeof(size_t)),
			  .way = arena_array(&t->a, m + 1, sizeof(size_t)),
			  .used = arena_array(&t->a, m + 1, sizeof(bool))};
	for (size_t i = 0; i < n; i++) {
		int64_t *row = &d.cost[(i + 1) * (m + 1)];
		for (size_t j = 0; j <= m; j++)
			row[j] = never;
		for (uint32_t e = t->first[i]; e < t->first[i + 1]; e++)
			row[t->members[e] + 1] = t->costs[e];
		row[t->p.n_members + i + 1] = t->waiting[i];
	}
	int64_t sum = 0;
	for (size_t i = 1; i <= n; i++)
		dense_add(&d, i);
	for (size_t j = 1; j <= m; j++)
		sum += d.row_of[j] == 0 ? 0 : d.cost[d.row_of[j] * (m + 1) + j];
	return sum;
}

static void test_large(void **state)
{
	(void)state;
	static const struct kind kinds[] = {
	    {200, 500, 10, -3000, 6000, 1000, true}, {300, 300, 5, 0, 100, 100, false},
	    {400, 100, 20, -500, 2000, 300, true},   {300, 250, 100, 0, 5, 2, false},
	    {500, 800, 1, 0, 3000, 20000, true},     {350, 350, 50, 0, 1000000, 1000000, false},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct table t;
		struct assign_plan plan;
		table_up(&t, kinds[i]);
		assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
		check_plan(&t, &plan);
		assert_int_equal(plan.cost, dense_solve(&t));
		arena_free(&t.a);
	}
}

/* --- the edges of it --- */

static void test_nothing(void **state)
{
	(void)state;
	struct table t;
	struct assign_plan plan;
	table_up(&t, (struct kind){0, 5, 100, 0, 10, 0, false});
	assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
	assert_int_equal(plan.cost, 0);
	arena_free(&t.a);
	table_up(&t, (struct kind){3, 0, 100, 0, 1, 7, false});
	assert_int_equal(assign_solve(&t.a, &t.p, 0, &plan), OK);
	assert_int_equal(plan.cost, 21);
	assert_int_equal(plan.n_served, 0);
	assert_false(plan.greedy);
	arena_free(&t.a);
}

/* Nothing to choose by: all are served all the same. */
static void test_equal(void **state)
{
	(void)state;
	struct table t;
	struct assign_plan plan;
	table_up(&t, (struct kind){30, 30, 100, 5, 1, 5, true});
	assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
	assert_int_equal(plan.cost, 150);
	assert_int_equal(plan.n_served, 30);
	arena_free(&t.a);
}

/* Two edges of one order to one member count as the cheaper one. */
static void test_twice(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, ARENA_BYTES);
	struct assign_plan plan;
	struct assign_problem p = {.n_orders = 1,
				   .n_members = 1,
				   .first = (const uint32_t[]){0, 3},
				   .members = (const uint32_t[]){0, 0, 0},
				   .costs = (const int64_t[]){9, 4, 6},
				   .waiting = (const int64_t[]){100}};
	assert_int_equal(assign_solve(&a, &p, PLENTY, &plan), OK);
	assert_int_equal(plan.cost, 4);
	assert_int_equal(assign_greedy(&a, &p, &plan), OK);
	assert_int_equal(plan.cost, 4);
	arena_free(&a);
}

static void test_bounds(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, ARENA_BYTES);
	struct assign_plan plan;
	uint32_t first[] = {0, 1, 2}, members[] = {0, 0};
	int64_t costs[] = {-ASSIGN_COST_MAX, ASSIGN_COST_MAX}, waiting[] = {ASSIGN_COST_MAX, ASSIGN_COST_MAX};
	struct assign_problem p = {2, 1, first, members, costs, waiting};
	assert_int_equal(assign_solve(&a, &p, PLENTY, &plan), OK);
	assert_int_equal(plan.cost, 0);
	assert_int_equal(plan.members[0], 0);
	costs[0]--;
	assert_int_equal(assign_solve(&a, &p, PLENTY, &plan), ERR_TOO_LARGE);
	costs[0]++;
	waiting[1]++;
	assert_int_equal(assign_solve(&a, &p, PLENTY, &plan), ERR_TOO_LARGE);
	waiting[1]--;
	members[1] = 1;
	assert_int_equal(assign_greedy(&a, &p, &plan), ERR_TOO_LARGE);
	members[1] = 0;
	first[1] = 3;
	assert_int_equal(assign_solve(&a, &p, PLENTY, &plan), ERR_TOO_LARGE);
	p.n_orders = ASSIGN_ORDERS_MAX + 1;
	assert_int_equal(assign_greedy(&a, &p, &plan), ERR_TOO_LARGE);
	arena_free(&a);
}

/* However small the budget, there is a plan; with less than it takes it is the greedy one, and says so. */
static void test_budget(void **state)
{
	(void)state;
	struct table t;
	struct assign_plan exact, greedy, plan;
	table_up(&t, (struct kind){60, 40, 50, 0, 300, 200, true});
	assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &exact), OK);
	assert_int_equal(assign_greedy(&t.a, &t.p, &greedy), OK);
	assert_true(greedy.cost > exact.cost);
	for (uint64_t budget = 0; budget <= exact.steps; budget += 1 + exact.steps / 200) {
		assert_int_equal(assign_solve(&t.a, &t.p, budget, &plan), OK);
		check_plan(&t, &plan);
		assert_int_equal(plan.cost, plan.greedy ? greedy.cost : exact.cost);
		assert_true(plan.greedy == (budget < exact.steps));
	}
	arena_free(&t.a);
}

/* Prices show that nothing cheaper exists: no edge is cheaper than they say, and their sum is the cost. */
static void test_prices(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct table t;
		struct assign_plan plan;
		table_up(&t, (struct kind){40 + roll(40), 40 + roll(40), 20, -100, 300, 150, i % 2 == 0});
		assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
		int64_t sum = 0;
		for (uint32_t m = 0; m < t.p.n_members; m++) {
			assert_true(plan.member_prices[m] <= 0);
			sum += plan.member_prices[m];
		}
		for (uint32_t o = 0; o < t.p.n_orders; o++) {
			sum += plan.order_prices[o];
			assert_true(plan.order_prices[o] <= t.waiting[o]);
			for (uint32_t e = t.first[o]; e < t.first[o + 1]; e++)
				assert_true(plan.order_prices[o] + plan.member_prices[t.members[e]] <= t.costs[e]);
		}
		assert_int_equal(sum, plan.cost);
		arena_free(&t.a);
	}
}

/* However short the turns, it is the same plan. */
static void test_turns(void **state)
{
	(void)state;
	for (uint64_t steps = 1; steps < 4000; steps = steps * 3 + 1) {
		struct table t;
		struct assign_plan plan, turns;
		struct assign_solver *solver;
		size_t n = 1;
		table_up(&t, (struct kind){60, 50, 50, 0, 300, 200, true});
		assert_int_equal(assign_solve(&t.a, &t.p, PLENTY, &plan), OK);
		assert_int_equal(assign_begin(&t.a, &t.p, PLENTY, &solver), OK);
		while (!assign_go_on(solver, steps))
			n++;
		assign_end(solver, &turns);
		assert_true(n > 1 && n <= 1 + plan.steps / steps);
		assert_int_equal(turns.cost, plan.cost);
		assert_memory_equal(turns.members, plan.members, t.p.n_orders * sizeof(*plan.members));
		arena_free(&t.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_small),  cmocka_unit_test(test_large),  cmocka_unit_test(test_nothing),
	    cmocka_unit_test(test_equal),  cmocka_unit_test(test_twice),  cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_budget), cmocka_unit_test(test_prices), cmocka_unit_test(test_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
