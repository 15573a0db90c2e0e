/* What it is worth to serve an order now and to keep a member for later: by what was seen, within its bounds, where it
 * was seen, and for as long as that counts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/limits.h"
#include "domain/worth.h"
#include "pb/pb_wire.h"

#include "domain_ground.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, ORDER_MS = 10 * MINUTE_MS, MEMBER_MS = 5 * MINUTE_MS };
/* A metre for a millisecond, and two minutes for an order that is lost. */
enum { MINUTE_M = MINUTE_MS, LOST_M = 2 * MINUTE_MS };

static struct ground g;
static DispatchWeights weights;
static DispatchMode routine;
static uint64_t dice;

static int setup(void **state)
{
	(void)state;
	ground_up(&g);
	weights = *g.policy.weights;
	weights.worth_m = MINUTE_M;
	weights.lost_m = LOST_M;
	g.policy.weights = &weights;
	routine = *g.policy.routine;
	g.policy.routine = &routine;
	dice = 11;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&g.a);
	return 0;
}

static uint64_t roll(uint64_t n)
{
	dice += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix64(dice) % n;
}

static const struct geo_point here = {30002500, 120002500}, far_off = {30402500, 120402500};

static struct worth_stay stay_of(struct geo_point at, int64_t passed_ms, int64_t span_ms)
{
	return (struct worth_stay){at, passed_ms, span_ms};
}

static int64_t order_m(const struct worth *worth, struct geo_point at, int64_t passed_ms)
{
	struct worth_stay stay = stay_of(at, passed_ms, ORDER_MS);
	return worth_of_order_m(worth, &stay);
}

static int64_t member_m(const struct worth *worth, struct geo_point at, int64_t passed_ms)
{
	struct worth_stay stay = stay_of(at, passed_ms, MEMBER_MS);
	return worth_of_member_m(worth, &stay);
}

/* --- stays --- */

static void test_orders_stay(void **state)
{
	static const struct {
		int64_t search_ms, promised_after_ms, due_after_ms, age_ms; /* the order's */
		int64_t passed_ms, span_ms;
	} rows[] = {
	    /* Until its promised time, or the end of the search, to the second. */
	    {0, 0, ORDER_MS, 0, 0, ORDER_MS},
	    {0, 0, ORDER_MS, 4 * MINUTE_MS + 999, 4 * MINUTE_MS, ORDER_MS},
	    {MINUTE_MS, 0, ORDER_MS, 59 * SECOND_MS, 59 * SECOND_MS, MINUTE_MS},
	    {0, 0, ORDER_MS, ORDER_MS, ORDER_MS, ORDER_MS},
	    /* Past that it begins anew. */
	    {0, 0, ORDER_MS, ORDER_MS + SECOND_MS, SECOND_MS, ORDER_MS},
	    {MINUTE_MS, 0, ORDER_MS, 5 * MINUTE_MS + SECOND_MS, SECOND_MS, MINUTE_MS},
	    /* Promised anew after a rework. */
	    {0, MINUTE_MS, MINUTE_MS + ORDER_MS, 3 * MINUTE_MS, 2 * MINUTE_MS, ORDER_MS},
	    /* Placed in a moment that a worker's clock has not reached. */
	    {0, 0, ORDER_MS, -SECOND_MS, 0, ORDER_MS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		OrderRecord *order = some_order(&g);
		routine.search_ms = rows[i].search_ms;
		order->promised_after_ms = rows[i].promised_after_ms;
		order->due_after_ms = rows[i].due_after_ms;
		g.s.now_ms = MONDAY_MS + rows[i].age_ms;
		struct worth_stay stay = worth_stay_of_order(&g.s, order);
		assert_int_equal(stay.passed_ms, rows[i].passed_ms);
		assert_int_equal(stay.span_ms, rows[i].span_ms);
		assert_int_equal(stay.point.lat_e6, order->lat_e6);
	}
}

static void test_members_stay(void **state)
{
	enum { TEN_OCLOCK_MIN = 600 };
	(void)state;
	MemberRecord *member = some_member(&g, "m0000001", "n4");
	/* Nobody knows for how long. */
	struct worth_stay stay = worth_stay_of_member(&g.s, member);
	assert_int_equal(stay.span_ms, 0);
	assert_true(worth_stay_steps(&stay) == 0);
	Shift *shift = PB_NEW(&g.a, Shift);
	shift->from_min = TEN_OCLOCK_MIN - 30;
	shift->to_min = TEN_OCLOCK_MIN + 30;
	arena_append(&g.a, (void ***)&member->shifts, &member->n_shifts, shift);
	g.s.now_ms = MONDAY_MS + 15 * MINUTE_MS + 700;
	stay = worth_stay_of_member(&g.s, member);
	assert_int_equal(stay.span_ms, HOUR_MS);
	assert_int_equal(stay.passed_ms, 45 * MINUTE_MS);
	assert_true(worth_stay_steps(&stay) == 0.75 * WORTH_STEPS);
	assert_int_equal(worth_spot(&stay).step, 3 * WORTH_STEPS / 4);
}

static void test_spots(void **state)
{
	(void)state;
	struct worth_stay a = stay_of(here, 0, ORDER_MS), b = a, c = a;
	b.point.lat_e6 += 100;
	c.point.lat_e6 += 2 * WORTH_CELL_E6;
	assert_int_equal(worth_spot(&a).cell, worth_spot(&b).cell);
	assert_int_not_equal(worth_spot(&a).cell, worth_spot(&c).cell);
	/* Cells lie side by side. */
	for (int i = 0; i < 1000; i++) {
		struct geo_point at = {(int32_t)roll(180000001) - 90000000, (int32_t)roll(360000001) - 180000000};
		struct worth_stay stay = stay_of(at, (int64_t)roll(2 * ORDER_MS), ORDER_MS);
		struct worth_spot spot = worth_spot(&stay);
		assert_true(spot.step < WORTH_STEPS);
		int north = at.lat_e6 < 0 ? 2 : -2, east = at.lon_e6 < 0 ? 3 : -3;
		struct geo_point near = {at.lat_e6 + north * WORTH_CELL_E6, at.lon_e6 + east * WORTH_CELL_E6};
		struct worth_stay other = stay_of(near, 0, ORDER_MS);
		assert_int_equal(worth_beside(spot.cell, north, east), worth_spot(&other).cell);
	}
	struct worth_stay corner = stay_of((struct geo_point){90000000, 180000000}, ORDER_MS, ORDER_MS);
	assert_true(worth_spot(&corner).cell < UINT32_MAX);
}

/* --- what follows --- */

/* What became of a thousand orders at a place: a share of them is served after so long, at that price. */
static void see(WorthRecord *seen, struct geo_point at, int64_t served_after_ms, uint64_t percent, int64_t price_m)
{
	enum { STEP_MS = 10 * SECOND_MS };
	for (uint64_t i = 0; i < 1000; i++) {
		bool served = i % 100 < percent;
		for (int64_t ms = 0; ms < (served ? served_after_ms : ORDER_MS); ms += STEP_MS) {
			struct worth_stay order = stay_of(at, ms, ORDER_MS);
			struct worth_spot spot = worth_spot(&order);
			worth_order_waited(&g.a, seen, &spot, STEP_MS);
		}
		for (int64_t ms = 0; ms < MEMBER_MS; ms += STEP_MS) {
			struct worth_stay member = stay_of(at, ms, MEMBER_MS);
			struct worth_spot spot = worth_spot(&member);
			worth_member_waited(&g.a, seen, &spot, STEP_MS);
		}
		if (!served)
			continue;
		struct worth_stay order = stay_of(at, served_after_ms, ORDER_MS), member = stay_of(at, 0, MEMBER_MS);
		struct worth_spot wanted = worth_spot(&order), used = worth_spot(&member);
		worth_order_asked(&g.a, seen, &wanted);
		worth_member_asked(&g.a, seen, &used);
		worth_price(seen, MINUTE_M, -price_m);
	}
}

static WorthRecord known_from(const WorthRecord *seen)
{
	WorthRecord known = WorthRecord_INIT;
	worth_learn(&g.a, &known, seen, seen->at_ms + MINUTE_MS);
	return known;
}

static struct worth *worth_after(int64_t served_after_ms, uint64_t percent, int64_t price_m)
{
	WorthRecord seen;
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see(&seen, here, served_after_ms, percent, price_m);
	WorthRecord known = known_from(&seen);
	return worth_new(&g.a, &known, &weights);
}

static void test_nothing_known(void **state)
{
	(void)state;
	WorthRecord empty = WorthRecord_INIT;
	assert_null(worth_new(&g.a, NULL, &weights));
	assert_null(worth_new(&g.a, &empty, &weights));
	assert_true(worth_counts(&g.policy));
	weights.worth_m = 0;
	assert_false(worth_counts(&g.policy));
}

static void test_values(void **state)
{
	(void)state;
	/* Nearly all are served soon, and members are plenty: who waits is served yet, but for those whose time is up.
	 */
	struct worth *plenty = worth_after(40 * SECOND_MS, 99, 0);
	assert_true(order_m(plenty, here, 9 * MINUTE_MS) > order_m(plenty, here, 0));
	assert_true(order_m(plenty, here, 0) < 100 * SECOND_MS && member_m(plenty, here, 0) < SECOND_MS);
	/* Most are lost, and a member could have saved others as much: what is fresh has most to lose. */
	struct worth *scarce = worth_after(40 * SECOND_MS, 10, 700 * SECOND_MS);
	assert_true(order_m(scarce, here, 0) > ORDER_MS);
	assert_true(order_m(scarce, here, 9 * MINUTE_MS) < 200 * SECOND_MS);
	/* Nobody is kept who leaves at once. */
	assert_true(member_m(scarce, here, 0) > 2 * member_m(scarce, here, MEMBER_MS - 10 * SECOND_MS));
	assert_int_equal(member_m(scarce, here, MEMBER_MS), 0);
	/* At the end it is lost. */
	assert_int_equal(order_m(scarce, here, ORDER_MS), LOST_M);
}

/* Places differ where enough was seen; where nothing was it is as elsewhere. */
static void test_places(void **state)
{
	(void)state;
	static const struct geo_point unseen = {30802500, 120802500};
	WorthRecord seen;
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see(&seen, here, 40 * SECOND_MS, 99, 0);
	see(&seen, far_off, 40 * SECOND_MS, 5, 0);
	WorthRecord known = known_from(&seen);
	struct worth *worth = worth_new(&g.a, &known, &weights);
	int64_t easy_m = order_m(worth, here, 0), hard_m = order_m(worth, far_off, 0),
		other_m = order_m(worth, unseen, 0);
	assert_true(easy_m < other_m && other_m < hard_m);
	/* Within a walk of the hard one it is hard, too, on all sides and no farther. */
	for (int rows = -WORTH_NEAR_CELLS - 1; rows <= WORTH_NEAR_CELLS + 1; rows++) {
		for (int columns = -WORTH_NEAR_CELLS - 1; columns <= WORTH_NEAR_CELLS + 1; columns++) {
			struct geo_point at = {far_off.lat_e6 + rows * WORTH_CELL_E6,
					       far_off.lon_e6 + columns * WORTH_CELL_E6};
			bool near = abs(rows) <= WORTH_NEAR_CELLS && abs(columns) <= WORTH_NEAR_CELLS;
			assert_true(near ? order_m(worth, at, 0) > other_m : order_m(worth, at, 0) == other_m);
		}
	}
}

/* Whoever is asked and says no is not used: half of them make an order worth more, and a member less. */
static void test_refusals(void **state)
{
	(void)state;
	WorthRecord seen;
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see(&seen, here, 40 * SECOND_MS, 50, 100 * SECOND_MS);
	WorthRecord known = known_from(&seen);
	struct worth *taken = worth_new(&g.a, &known, &weights);
	for (int i = 0; i < 250; i++)
		worth_refused(&known);
	struct worth *refused = worth_new(&g.a, &known, &weights);
	assert_true(order_m(refused, here, 0) > order_m(taken, here, 0));
	assert_true(member_m(refused, here, 0) < member_m(taken, here, 0));
	/* More refusals than questions: none was taken, and nothing is negative. */
	for (int i = 0; i < 2000; i++)
		worth_refused(&known);
	assert_true(order_m(worth_new(&g.a, &known, &weights), here, 0) <= ORDER_MS + LOST_M);
}

/* Who goes before they can be used is not worth keeping, for however long they may stay; orders are as before. */
static void test_leaving(void **state)
{
	(void)state;
	enum { STEP_MS = MEMBER_MS / WORTH_STEPS, LATE = WORTH_STEPS - 5 };
	WorthRecord seen;
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see(&seen, here, 40 * SECOND_MS, 10, 700 * SECOND_MS);
	for (int64_t step = 0; step < WORTH_STEPS; step++) {
		struct worth_stay member = stay_of(here, step * STEP_MS + 1, MEMBER_MS);
		struct worth_spot spot = worth_spot(&member);
		for (int i = 0; i < 100; i++)
			worth_member_asked(&g.a, &seen, &spot);
	}
	WorthRecord known = known_from(&seen);
	struct worth *stay = worth_new(&g.a, &known, &weights);
	struct worth_stay late = stay_of(here, LATE * STEP_MS + 1, MEMBER_MS);
	struct worth_spot spot = worth_spot(&late);
	worth_member_left(&g.a, &known, &spot, 5000);
	struct worth *leave = worth_new(&g.a, &known, &weights);
	assert_true(worth_of_member_m(leave, &late) < worth_of_member_m(stay, &late) / 2);
	assert_true(member_m(leave, here, 0) < member_m(stay, here, 0) && member_m(leave, here, 0) > 0);
	assert_int_equal(order_m(leave, here, 0), order_m(stay, here, 0));
}

enum { PRICE_MAX_M = 2 * ORDER_MS };

static void see_anything(WorthRecord *seen, bool they_leave)
{
	uint64_t n = 1 + roll(300);
	for (uint64_t i = 0; i < n; i++) {
		struct geo_point at = {here.lat_e6 + (int32_t)roll(20000), here.lon_e6 + (int32_t)roll(20000)};
		struct worth_stay order = stay_of(at, (int64_t)roll(ORDER_MS), ORDER_MS),
				  member = stay_of(at, (int64_t)roll(MEMBER_MS), MEMBER_MS);
		struct worth_spot wanted = worth_spot(&order), used = worth_spot(&member);
		worth_order_waited(&g.a, seen, &wanted, (int64_t)roll(100 * SECOND_MS));
		worth_member_waited(&g.a, seen, &used, (int64_t)roll(100 * SECOND_MS));
		worth_member_left(&g.a, seen, &used, they_leave ? (uint32_t)roll(2) : 0);
		if (roll(2) == 0)
			continue;
		worth_order_asked(&g.a, seen, &wanted);
		worth_member_asked(&g.a, seen, &used);
		worth_price(seen, MINUTE_M, -(int64_t)roll(PRICE_MAX_M) + SECOND_MS);
	}
}

/* Whatever was seen: within what is left and the loss, a loss that is greater makes no order worth less, and a member
 * is worth what they fetch, and less the longer they were there, where others stay while they can. */
static void test_bounds(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		WorthRecord seen;
		worth_seen_init(&g.a, &seen, MONDAY_MS);
		see_anything(&seen, i % 2 == 0);
		WorthRecord known = known_from(&seen);
		struct worth *worth = worth_new(&g.a, &known, &weights);
		weights.lost_m *= 2;
		struct worth *dearer = worth_new(&g.a, &known, &weights);
		weights.lost_m = LOST_M;
		int64_t before_m = PRICE_MAX_M;
		for (int64_t step = 0; step <= WORTH_STEPS; step++) {
			int64_t m = order_m(worth, here, step * ORDER_MS / WORTH_STEPS);
			assert_in_range(m, 0, ORDER_MS - step * ORDER_MS / WORTH_STEPS + LOST_M + 1);
			assert_true(order_m(dearer, here, step * ORDER_MS / WORTH_STEPS) >= m);
			m = member_m(worth, here, step * MEMBER_MS / WORTH_STEPS);
			assert_in_range(m, 0, i % 2 == 0 ? PRICE_MAX_M : before_m);
			before_m = m;
		}
	}
	/* However dear: what assign.h takes. */
	weights.worth_m = 1000000;
	weights.lost_m = 100000000;
	struct worth *worth = worth_after(MINUTE_MS, 1, INT64_C(1) << 36);
	assert_in_range(order_m(worth, here, 0), 1, WORTH_MAX_M);
	assert_in_range(member_m(worth, here, 0), 0, WORTH_MAX_M);
}

/* --- learning --- */

static uint64_t at_risk_of(const WorthRecord *record)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < record->n_places; i++) {
		for (size_t k = 0; k < WORTH_STEPS; k++)
			sum += record->places[i]->orders->at_risk_ms[k];
	}
	return sum;
}

static void test_fades(void **state)
{
	(void)state;
	WorthRecord seen, nothing;
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see(&seen, here, 40 * SECOND_MS, 50, 1000);
	WorthRecord known = known_from(&seen);
	uint64_t before = at_risk_of(&known);
	assert_int_equal(known.version, 1);
	assert_int_equal(before, at_risk_of(&seen));
	/* A third is left after three of the orders' times, in the end nothing, and no place. */
	worth_seen_init(&g.a, &nothing, known.at_ms);
	worth_learn(&g.a, &known, &nothing, known.at_ms + INT64_C(3) * ORDER_MS);
	assert_in_range(at_risk_of(&known), before * 36 / 100, before * 37 / 100);
	for (int i = 0; i < 20; i++)
		worth_learn(&g.a, &known, &nothing, known.at_ms + INT64_C(5) * ORDER_MS);
	assert_int_equal(known.n_places, 0);
	assert_int_equal(known.orders_milli + known.asked_milli + known.prices_milli, 0);
	/* So it does where nobody ever had to wait. */
	struct worth_stay stay = stay_of(here, 0, ORDER_MS);
	struct worth_spot spot = worth_spot(&stay);
	worth_seen_init(&g.a, &nothing, MONDAY_MS);
	worth_order_asked(&g.a, &nothing, &spot);
	known = known_from(&nothing);
	worth_seen_init(&g.a, &nothing, known.at_ms);
	worth_learn(&g.a, &known, &nothing, known.at_ms + INT64_C(3) * ORDER_MS);
	assert_in_range(known.asked_milli, 360, 370);
	/* A clock that goes back fades nothing. */
	known = known_from(&seen);
	worth_learn(&g.a, &known, &nothing, known.at_ms - HOUR_MS);
	assert_int_equal(at_risk_of(&known), before);
}

static void test_due(void **state)
{
	static const struct {
		int64_t span_ms, after_ms;
	} rows[] = {
	    {0, 30 * SECOND_MS}, {ORDER_MS, 30 * SECOND_MS}, {HOUR_MS, 3 * MINUTE_MS}, {24 * HOUR_MS, 10 * MINUTE_MS}};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		WorthRecord seen;
		worth_seen_init(&g.a, &seen, MONDAY_MS);
		worth_order_waited(&g.a, &seen, &(struct worth_spot){.span_ms = rows[i].span_ms}, 1);
		assert_false(worth_is_due(&seen, MONDAY_MS + rows[i].after_ms - 1));
		assert_true(worth_is_due(&seen, MONDAY_MS + rows[i].after_ms));
		/* Through a night without windows nobody was seen. */
		assert_int_equal(worth_seen_ms(&seen, MONDAY_MS + rows[i].after_ms), rows[i].after_ms);
		assert_int_equal(worth_seen_ms(&seen, MONDAY_MS + 8 * HOUR_MS), 2 * rows[i].after_ms);
		assert_int_equal(worth_seen_ms(&seen, MONDAY_MS - HOUR_MS), 0);
	}
}

/* A town of more cells than there is room for: all that is beyond is one, and nothing is lost. */
static void test_many_cells(void **state)
{
	(void)state;
	WorthRecord seen, known = WorthRecord_INIT;
	uint64_t sum = 0;
	for (int round = 0; round < 3; round++) {
		worth_seen_init(&g.a, &seen, MONDAY_MS);
		for (int i = 0; i < 3 * LIMIT_WORTH_CELLS; i++) {
			struct geo_point at = {here.lat_e6 + (int32_t)roll(100) * WORTH_CELL_E6,
					       here.lon_e6 + (int32_t)roll(100) * WORTH_CELL_E6};
			struct worth_stay stay = stay_of(at, 0, ORDER_MS);
			struct worth_spot spot = worth_spot(&stay);
			worth_order_waited(&g.a, &seen, &spot, SECOND_MS);
			sum += SECOND_MS;
		}
		assert_int_equal(seen.n_places, LIMIT_WORTH_CELLS + 1);
		worth_learn(&g.a, &known, &seen, MONDAY_MS);
		assert_int_equal(known.n_places, LIMIT_WORTH_CELLS + 1);
		assert_int_equal(at_risk_of(&known), sum);
		for (size_t i = 1; i < known.n_places; i++)
			assert_true(known.places[i - 1]->cell < known.places[i]->cell);
	}
	assert_non_null(worth_new(&g.a, &known, &weights));
}

/* As it is stored it says the same, and so does what is learnt on top of it; another version's shape is left out. */
static void test_stored(void **state)
{
	(void)state;
	WorthRecord seen, *stored;
	struct fault fault = {.err = OK};
	worth_seen_init(&g.a, &seen, MONDAY_MS);
	see_anything(&seen, true);
	WorthRecord known = known_from(&seen);
	struct slice bytes = pb_encode_arena(&known, &g.a);
	assert_int_equal(PB_DECODE(&g.a, WorthRecord, bytes, &fault, &stored), OK);
	worth_learn(&g.a, &known, &seen, MONDAY_MS + HOUR_MS);
	worth_learn(&g.a, stored, &seen, MONDAY_MS + HOUR_MS);
	assert_true(slice_eq(pb_encode_arena(&known, &g.a), pb_encode_arena(stored, &g.a)));
	struct worth *a = worth_new(&g.a, &known, &weights), *b = worth_new(&g.a, stored, &weights);
	for (int64_t ms = 0; ms <= ORDER_MS; ms += 7 * SECOND_MS)
		assert_int_equal(order_m(a, here, ms), order_m(b, here, ms));
	stored->places[0]->orders->n_used_milli--;
	assert_non_null(worth_new(&g.a, stored, &weights));
	worth_learn(&g.a, stored, &seen, MONDAY_MS + HOUR_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_orders_stay, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_members_stay, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_spots, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nothing_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_places, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_leaving, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fades, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_due, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many_cells, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stored, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
