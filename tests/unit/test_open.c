/* What everybody may read: nobody can be found in it, whatever is subtracted from what. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "domain/open.h"
#include "domain/policy.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2, GRIDS = 6, FEW = 5 };

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define WEEK_MS (7 * DAY_MS)
#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

/* --- the rules --- */

struct week {
	RateCounts counts[GRIDS];
	const RateCounts *grids[GRIDS];
	bool pooled[GRIDS];
};

static struct week *week_of(struct week *w, const uint64_t *placed, const uint64_t *valid)
{
	for (size_t i = 0; i < GRIDS; i++) {
		w->counts[i] = (RateCounts)RateCounts_INIT;
		w->counts[i].placed = placed[i];
		w->counts[i].valid = valid[i];
		w->grids[i] = &w->counts[i];
	}
	return w;
}

#define WEEK(w, ...) week_of((w), (const uint64_t[GRIDS]){__VA_ARGS__}, (const uint64_t[GRIDS]){__VA_ARGS__})

static void assert_pooled(const struct week *w, const char *marks)
{
	for (size_t i = 0; i < GRIDS; i++)
		assert_int_equal(w->pooled[i], marks[i] == 'x');
}

static void test_pool(void **state)
{
	(void)state;
	struct week w;
	assert_true(open_pool(WEEK(&w, 9, 8, 7, 6, 5, 0)->grids, GRIDS, FEW, w.pooled));
	assert_pooled(&w, "......");
	/* One that is too small takes the smallest with it: what is left over would tell it. */
	assert_true(open_pool(WEEK(&w, 9, 8, 7, 6, 4, 0)->grids, GRIDS, FEW, w.pooled));
	assert_pooled(&w, "...xx.");
	assert_true(open_pool(WEEK(&w, 9, 1, 8, 1, 1, 0)->grids, GRIDS, FEW, w.pooled));
	assert_pooled(&w, ".xxxx.");
	assert_true(open_pool(WEEK(&w, 4, 4, 9, 0, 0, 0)->grids, GRIDS, FEW, w.pooled));
	assert_pooled(&w, "xx....");
	/* As a whole too small; and one grid that has nobody to hide among. */
	assert_false(open_pool(WEEK(&w, 1, 1, 1, 0, 0, 0)->grids, GRIDS, FEW, w.pooled));
	assert_false(open_pool(WEEK(&w, 4, 0, 0, 0, 0, 0)->grids, GRIDS, FEW, w.pooled));
	assert_true(open_pool(WEEK(&w, 0, 0, 0, 0, 0, 0)->grids, GRIDS, FEW, w.pooled));
	/* Enough were placed, but few of them ended. */
	week_of(&w, (const uint64_t[]){9, 9, 9, 0, 0, 0}, (const uint64_t[]){9, 2, 9, 0, 0, 0});
	assert_true(open_pool(w.grids, GRIDS, FEW, w.pooled));
	assert_true(w.pooled[1]);
}

/* Whatever the numbers: no row is small, nor is any difference of rows and the total but sums of rows. */
static void test_nothing_small(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (int round = 0; round < 20000; round++) {
		struct week w;
		uint64_t placed[GRIDS], valid[GRIDS];
		RateCounts pool = RateCounts_INIT;
		size_t n_pooled = 0;
		for (size_t i = 0; i < GRIDS; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
			placed[i] = (seed >> 33) % 12;
			valid[i] = (seed >> 45) % 12;
		}
		if (!open_pool(week_of(&w, placed, valid)->grids, GRIDS, FEW, w.pooled))
			continue;
		for (size_t i = 0; i < GRIDS; i++) {
			assert_true(w.pooled[i] || !open_is_small(w.grids[i], FEW));
			if (w.pooled[i]) {
				open_sum(&pool, w.grids[i]);
				n_pooled++;
			}
		}
		assert_false(open_is_small(&pool, FEW));
		assert_int_not_equal(n_pooled, 1);
	}
}

static void test_weeks(void **state)
{
	(void)state;
	const Policy *p = policy_default();
	int32_t week = 2920;
	int64_t told_ms = open_told_ms(p, week);
	assert_int_equal((told_ms + 8 * HOUR_MS) % DAY_MS, 0);        /* midnight in Beijing, */
	assert_int_equal(policy_minute_of_week(p, told_ms), 24 * 60); /* from Monday to Tuesday */
	assert_int_equal(open_last_week(p, told_ms), week);
	assert_int_equal(open_last_week(p, told_ms - 1), week - 1);
	assert_int_equal(open_week_day(week) % 7, 4);
}

/* --- as it is asked for --- */

static void publish(struct world *w, bool published)
{
	GetPolicyResponse *got =
	    must(world_call(w, AS_ADMIN, "OrgService/GetPolicy", PB_NEW(world_arena(w), GetPolicyRequest)));
	REQUEST(w, PutPolicyRequest, put);
	put->policy = got->policy;
	put->policy->open = PB_NEW(world_arena(w), OpenRules);
	put->policy->open->published = published;
	must(world_call(w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static struct world_reply figures(struct world *w)
{
	REQUEST(w, GetFiguresRequest, rq);
	rq->tenant_id = (char *)WORLD_TENANT;
	return world_call(w, AS_NOBODY, "OpenDataService/GetFigures", rq);
}

static void cancelled_orders(struct world *w, const char *resident, const char *category, const GeoPoint *at, int n)
{
	for (int i = 0; i < n; i++) {
		REQUEST(w, CancelOrderRequest, cancel);
		cancel->order_id = world_order(w, resident, category, at);
		must(world_call(w, AS_ADMIN, "OrderService/CancelOrder", cancel));
	}
}

static void test_figures(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 5, .cache_bytes = 1 << 20});
	struct town town = world_town(w, SIDE);
	const char *resident = world_resident(w);
	assert_int_equal(figures(w).err, ERR_NOT_FOUND); /* nothing is published by itself */
	publish(w, true);
	/* Next Monday, 00:00. */
	int64_t week_ms =
	    open_told_ms(policy_default(), open_last_week(policy_default(), world_now_ms(w)) + 1) - DAY_MS + WEEK_MS;
	world_advance(w, week_ms - world_now_ms(w));
	cancelled_orders(w, resident, town.plain_category, world_point(w, 0, 0, 0, SIDE), 7);
	cancelled_orders(w, resident, town.plain_category, world_point(w, 1, 0, 0, SIDE), 6);
	world_advance(w, DAY_MS);
	cancelled_orders(w, resident, town.plain_category, world_point(w, 2, 0, 0, SIDE), 2);
	GetFiguresResponse *rsp = must(figures(w));
	assert_int_equal(rsp->n_grids, 4 * 8); /* weeks in which nothing happened; the present one is not over */
	assert_int_equal(rsp->total->placed, 0);
	assert_int_equal(rsp->next_ms, week_ms + WEEK_MS + DAY_MS);
	world_advance(w, rsp->next_ms - world_now_ms(w) - 1);
	assert_int_equal(((GetFiguresResponse *)must(figures(w)))->total->placed, 0);
	world_advance(w, 1);
	rsp = must(figures(w));
	assert_int_equal(rsp->total->placed, 15);
	assert_int_equal(rsp->total->closed, 15);
	assert_int_equal(rsp->total->solved_e4, 0);
	/* The grid with 2 is told with the next smallest; its day would be small, so the week is one row. */
	const OpenFigures *last = rsp->grids[rsp->n_grids - 1];
	assert_true(last->others);
	assert_string_equal(last->grid_id, "");
	assert_int_equal(last->placed, 8);
	assert_int_equal(last->from_ms, week_ms);
	const OpenFigures *day = rsp->days[rsp->n_days - 1];
	assert_int_equal(day->days, 7);
	assert_int_equal(day->placed, 15);
	REQUEST(w, ListAreasRequest, areas);
	areas->tenant_id = (char *)WORLD_TENANT;
	ListAreasResponse *map = must(world_call(w, AS_NOBODY, "OpenDataService/ListAreas", areas));
	assert_int_equal(map->n_areas, SIDE * SIDE);
	assert_true(map->areas[0]->n_polygons > 0);
	publish(w, false);
	assert_int_equal(figures(w).err, ERR_NOT_FOUND);
	assert_int_equal(world_call(w, AS_NOBODY, "OpenDataService/ListAreas", areas).err, ERR_NOT_FOUND);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pool),
	    cmocka_unit_test(test_nothing_small),
	    cmocka_unit_test(test_weeks),
	    cmocka_unit_test(test_figures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
