/* Geometry, policy, points, load, matching, rings, who sees what, text and configuration. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/authz.h"
#include "domain/load.h"
#include "domain/mask.h"
#include "domain/match.h"
#include "domain/order.h"
#include "domain/points.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/view.h"
#include "pb/pb_message.h"
#include "pb/pb_rule.h"
#include "pb/pb_wire.h"
#include "domain_ground.h"

/* --- policy, points, load --- */

static void test_policy(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	const Policy *p = policy_default();
	PutPolicyRequest put = PutPolicyRequest_INIT;
	put.policy = (Policy *)(uintptr_t)p;
	assert_int_equal(pb_check(&g.a, &put.base, &g.fault), OK);
	assert_int_equal(policy_service_time_ms(p, URGENCY_DANGER), 2 * HOUR_MS);
	assert_int_equal(policy_service_time_ms(p, URGENCY_URGENT), 24 * HOUR_MS);
	assert_int_equal(policy_service_time_ms(p, URGENCY_UNSPECIFIED), 7 * 24 * HOUR_MS);
	assert_int_equal(policy_service_time_ms(p, URGENCY_COMPLEX), 15 * 24 * HOUR_MS);
	assert_ptr_equal(policy_mode(p, URGENCY_DANGER), p->emergency);
	assert_ptr_equal(policy_mode(p, URGENCY_COMPLEX), p->routine);
	assert_int_equal(policy_minute_of_week(p, MONDAY_MS), 10 * 60);
	/* The local day changes at midnight in Beijing, 16:00 UTC. */
	assert_int_equal(policy_local_day(p, MONDAY_MS + 14 * HOUR_MS) - policy_local_day(p, MONDAY_MS), 1);
	assert_int_equal(policy_local_day(p, MONDAY_MS + 14 * HOUR_MS - 1) - policy_local_day(p, MONDAY_MS), 0);
	arena_free(&g.a);
}

static void test_points(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	Category *c = PB_NEW(&g.a, Category);
	OrderRecord *o = some_order(&g);
	MemberRecord *m = some_member(&g, "m1", "n4");
	assert_int_equal(points_earned(c, o, m, 60), 0); /* no rule */
	c->points = PB_NEW(&g.a, PointsRule);
	c->points->per_order = 10;
	c->points->per_quarter_hour = 5;
	assert_int_equal(points_earned(c, o, m, 0), 10);
	assert_int_equal(points_earned(c, o, m, 1), 15);
	assert_int_equal(points_earned(c, o, m, 15), 15);
	assert_int_equal(points_earned(c, o, m, 16), 20);
	m->household_id = (char *)"h1";
	assert_int_equal(points_earned(c, o, m, 16), 0); /* their own household */
	m->household_id = (char *)"h2";
	o->complaint = true;
	assert_int_equal(points_earned(c, o, m, 16), 0);
	/* The cap is one day's; what rework takes back the same day can be earned again. */
	AccountRecord *account = PB_NEW(&g.a, AccountRecord);
	account->member_id = (char *)"m1";
	c->points->daily_cap = 25;
	int64_t issuance = 0;
	uint32_t first = points_cap(&g.s, c, account, 20), second = points_cap(&g.s, c, account, 20);
	assert_int_equal(first, 20);
	assert_int_equal(second, 5);
	assert_int_equal(points_cap(&g.s, c, account, 20), 0);
	assert_non_null(points_provide(&g.s, account, "o1", first, &issuance));
	assert_non_null(points_reverse(&g.s, account, "o1", first, MONDAY_MS, &issuance));
	assert_int_equal(issuance, 0);
	assert_int_equal(account->provisional, 0);
	assert_int_equal(points_cap(&g.s, c, account, 30), 20);
	g.s.now_ms += 24 * HOUR_MS;
	assert_int_equal(points_cap(&g.s, c, account, 30), 25);
	/* Taken back a day later: today's cap is not touched. */
	assert_non_null(points_reverse(&g.s, account, "o1", 20, MONDAY_MS, &issuance));
	assert_int_equal(points_cap(&g.s, c, account, 30), 0);
	c->points->daily_cap = 0;
	assert_int_equal(points_cap(&g.s, c, account, 1000), 1000);
	assert_null(points_provide(&g.s, account, "o1", 0, &issuance));
	arena_free(&g.a);
}

static void test_load(void **state)
{
	(void)state;
	struct ground g;
	LoadRecord load;
	LoadRecord_init(&load);
	ground_up(&g);
	assert_true(fabs(load_rating(&load) - 4) < 1e-9);
	g.s.now_ms = MONDAY_MS;
	load_offered(&g.s, &load);
	assert_int_equal(load_offers_milli(&load, MONDAY_MS), 1000);
	assert_in_range(load_offers_milli(&load, MONDAY_MS + 24 * HOUR_MS), 367, 369); /* 1/e */
	struct arena a;
	arena_init(&a, 1 << 16);
	load_accepted(&a, &load, "", MONDAY_MS);
	load_completed(&load, "", MONDAY_MS);
	assert_int_equal(load.holding, 0);
	assert_int_equal(load.jobs_done, 1);
	load_released(&load, "", MONDAY_MS); /* never below nothing */
	assert_int_equal(load.holding, 0);
	assert_in_range(load_jobs_milli(&load, MONDAY_MS + 7 * 24 * HOUR_MS), 367, 369);
	assert_in_range(load_season_jobs_milli(&load, MONDAY_MS + 180 * 24 * HOUR_MS), 367, 369);
	assert_int_equal(load_jobs_milli(&load, MONDAY_MS - HOUR_MS), 1000); /* a clock that went back */
	load_rated(&load, 5);
	assert_true(load_rating(&load) > 4 && load_rating(&load) < 4.2);
	arena_free(&a);
	arena_free(&g.a);
}

/* By the tenant's calendar. */
static void test_offers_of_a_day(void **state)
{
	(void)state;
	struct ground g;
	LoadRecord load;
	LoadRecord_init(&load);
	ground_up(&g);
	assert_int_equal(load_day_offers(&g.s, &load), 0);
	g.s.now_ms = policy_day_start_ms(&g.policy, policy_local_day(&g.policy, MONDAY_MS));
	load_offered(&g.s, &load);
	g.s.now_ms += 24 * HOUR_MS - 1;
	load_offered(&g.s, &load);
	load_unasked(&load, g.s.now_ms); /* they were rung up all the same */
	assert_int_equal(load_day_offers(&g.s, &load), 2);
	g.s.now_ms++;
	assert_int_equal(load_day_offers(&g.s, &load), 0);
	load_offered(&g.s, &load);
	assert_int_equal(load_day_offers(&g.s, &load), 1);
	arena_free(&g.a);
}

/* A building for each order in hand; of very many the newest. */
static void test_going_to(void **state)
{
	(void)state;
	struct arena a;
	LoadRecord load;
	arena_init(&a, 1 << 16);
	LoadRecord_init(&load);
	load_accepted(&a, &load, "b0000001", MONDAY_MS);
	load_accepted(&a, &load, "b0000001", MONDAY_MS);
	load_accepted(&a, &load, "", MONDAY_MS);
	load_completed(&load, "b0000001", MONDAY_MS);
	assert_true(load_goes_to(&load, "b0000001"));
	assert_false(load_goes_to(&load, "b0000002") || load_goes_to(&load, ""));
	load_released(&load, "b0000002", MONDAY_MS);
	load_released(&load, "b0000001", MONDAY_MS);
	assert_false(load_goes_to(&load, "b0000001"));
	assert_int_equal(load.n_going_to, 0);
	for (int i = 0; i < 100; i++)
		load_accepted(&a, &load, arena_printf(&a, "b%07d", i), MONDAY_MS);
	assert_int_equal(load.n_going_to, LIMIT_GOING_TO);
	assert_true(load_goes_to(&load, "b0000099") && load_goes_to(&load, "b0000084"));
	assert_false(load_goes_to(&load, "b0000083"));
	arena_free(&a);
}

/* --- matching --- */

static enum match_filter filter_of(struct ground *g, const OrderRecord *o, const MemberRecord *m, const LoadRecord *l)
{
	struct match_order wanted = match_order_of(&g->s, o, NULL);
	return match_filter(&g->s, &wanted, o->slots[0], m, l);
}

static void test_filters(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	MemberRecord *m = some_member(&g, "m1", "n4");
	LoadRecord load;
	LoadRecord_init(&load);
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	m->paused_until_ms = MONDAY_MS + 1;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_PAUSED);
	m->paused_until_ms = MONDAY_MS;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	Shift shift, *shifts = &shift;
	Shift_init(&shift);
	shift.from_min = 10 * 60 + 1;
	shift.to_min = 11 * 60;
	m->shifts = &shifts;
	m->n_shifts = 1;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_OFF_DUTY);
	shift.from_min = 9 * 60;
	shift.to_min = 10 * 60; /* exclusive */
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_OFF_DUTY);
	shift.to_min++;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	assert_int_equal(match_offer_ttl_ms(&g.s, o, m), 61 * 60000 / 10); /* a tenth of the shift */
	m->n_shifts = 0;
	QuietHours quiet;
	QuietHours_init(&quiet);
	m->quiet = &quiet;
	quiet.from_min = 22 * 60;
	quiet.to_min = 10 * 60 + 1; /* around midnight */
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_QUIET);
	o->urgency = URGENCY_DANGER;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	o->urgency = URGENCY_NORMAL;
	quiet.to_min = 10 * 60;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	load.holding = 3;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FULL);
	m->holding_cap = 4;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	m->household_id = (char *)"h1";
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_HOUSEHOLD);
	m->household_id = (char *)"";
	o->slots[0]->skill = (char *)"lift";
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_UNSKILLED);
	Skill skill, *skills = &skill;
	Skill_init(&skill);
	skill.name = (char *)"lift";
	m->skills = &skills;
	m->n_skills = 1;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	skill.expire_ms = MONDAY_MS;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_UNSKILLED);
	o->slots[0]->optional_skill = true;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_FINE);
	m->lat_e6 = 31000000;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_TOO_FAR);
	m->inactive = true;
	assert_int_equal(filter_of(&g, o, m, &load), MATCH_INACTIVE);
	for (enum match_filter f = MATCH_FINE; f <= MATCH_TOO_FAR; f++) {
		assert_int_equal(match_filter_err(f) == OK, f == MATCH_FINE);
		assert_int_equal(match_filter_name(f)[0] == '\0', f == MATCH_FINE);
	}
	arena_free(&g.a);
}

/* The design's cost, term by term. */
static void test_cost(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	MemberRecord *m = some_member(&g, "m1", "n4");
	HouseholdRecord *h = PB_NEW(&g.a, HouseholdRecord);
	LoadRecord load;
	LoadRecord_init(&load);
	h->responsible_member_id = (char *)"m1";
	m->lat_e6 += 1000; /* 111 m */
	g.s.now_ms += o->due_after_ms / 2 - 1;
	load.offers_milli = 2000;
	load.jobs_milli = 3000;
	load.at_ms = g.s.now_ms;
	o->slots[0]->skill = (char *)"lift";
	o->slots[0]->optional_skill = true;
	o->building_id = (char *)"b0000001";
	load_accepted(&g.a, &load, "b0000001", g.s.now_ms);
	struct match_order wanted = match_order_of(&g.s, o, h);
	struct match_cost cost = match_cost(&g.s, &wanted, o->slots[0], m, &load);
	assert_int_equal(cost.terms_m[TERM_DISTANCE], 111);
	assert_int_equal(cost.terms_m[TERM_AGE], -3000);
	assert_int_equal(cost.terms_m[TERM_JOBS], 150);
	assert_int_equal(cost.terms_m[TERM_OFFERS], 400);
	assert_int_equal(cost.terms_m[TERM_RESPONSIBLE], -300);
	assert_int_equal(cost.terms_m[TERM_RATING], -112); /* four stars of one to five */
	assert_int_equal(cost.terms_m[TERM_OPTIONAL_SKILL], 200);
	assert_int_equal(cost.terms_m[TERM_SAME_BUILDING], -250);
	int64_t sum = 0;
	for (int i = 0; i < TERM_COUNT; i++)
		sum += cost.terms_m[i];
	assert_int_equal(cost.total_m, sum);
	/* Jobs of the season, and offers that are too many for a day. */
	Policy policy = *g.s.config->policy;
	DispatchWeights weights = *policy.weights;
	struct config config = *g.s.config;
	weights.season_job_m = 30;
	weights.free_offers = 3;
	weights.over_offer_m = 100;
	policy.weights = &weights;
	config.policy = &policy;
	struct scene changed = g.s;
	changed.config = &config;
	load.season_jobs_milli = 4000;
	load.offers_milli = 3500;
	load.offers_day = policy_local_day(&policy, changed.now_ms);
	/* The fourth of a day is one too many; the seventh and all after it are far too many. */
	static const int64_t over_m[] = {0, 0, 0, 100, 0, 0, 100, 100, 100};
	for (uint32_t n = 0; n < sizeof(over_m) / sizeof(over_m[0]); n++) {
		load.day_offers = n;
		cost = match_cost(&changed, &wanted, o->slots[0], m, &load);
		assert_int_equal(cost.terms_m[TERM_JOBS], 150 + 120);
		assert_int_equal(cost.terms_m[TERM_OFFERS], 700 + over_m[n]);
	}
	load.day_offers = 3;
	load.offers_day--; /* yesterday's are over */
	cost = match_cost(&changed, &wanted, o->slots[0], m, &load);
	assert_int_equal(cost.terms_m[TERM_OFFERS], 700);
	g.s.now_ms += 100 * o->due_after_ms; /* as urgent as it gets */
	assert_int_equal(match_order_of(&g.s, o, h).age_m, 6000);
	arena_free(&g.a);
}

static void test_rings(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	o->building_id = (char *)"b1";
	MemberRecord *same = some_member(&g, "m1", "n4"), *next = some_member(&g, "m2", "n5"),
		     *far = some_member(&g, "m3", "n6"), *linked = some_member(&g, "m4", "n6");
	same->building_id = (char *)"b1";
	linked->linked_unit_id = (char *)"n2"; /* 双报到 */
	static const struct {
		Ring ring;
		bool same, next, linked, far;
	} rows[] = {{RING_BUILDING, true, false, false, false},  {RING_GRID, true, false, false, false},
		    {RING_NEIGHBOURS, true, true, false, false}, {RING_COMMUNITY, true, true, true, false},
		    {RING_STREET, true, true, true, true},       {RING_POOL, true, true, true, true}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ring_reaches(g.config, rows[i].ring, o, same), rows[i].same);
		assert_int_equal(ring_reaches(g.config, rows[i].ring, o, next), rows[i].next);
		assert_int_equal(ring_reaches(g.config, rows[i].ring, o, linked), rows[i].linked);
		assert_int_equal(ring_reaches(g.config, rows[i].ring, o, far), rows[i].far);
	}
	assert_int_equal(ring_next(RING_POOL), RING_POOL);
	assert_int_equal(ring_next(RING_STREET), RING_POOL);
	arena_free(&g.a);
}

/* What time changes next, by state. */
static void test_due(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	o->state = ORDER_STATE_ACCEPTED;
	assert_int_equal(order_next_due_ms(o), MONDAY_MS + o->due_after_ms); /* it climbs */
	order_escalate(&g.s, o);
	assert_int_equal(order_next_due_ms(o), MONDAY_MS + o->due_after_ms + o->due_after_ms / 4);
	for (int i = 0; i < 9; i++)
		order_escalate(&g.s, o);
	assert_int_equal(o->escalation, 3);
	assert_int_equal(order_next_due_ms(o), 0);
	o->state = ORDER_STATE_HELD;
	assert_int_equal(order_next_due_ms(o), 0);
	o->hold_until_after_ms = 6;
	assert_int_equal(order_next_due_ms(o), MONDAY_MS + 5);
	o->state = ORDER_STATE_COMPLETED;
	o->auto_close_after_ms = 8;
	assert_int_equal(order_next_due_ms(o), MONDAY_MS + 7);
	o->state = ORDER_STATE_CLOSED;
	assert_int_equal(order_next_due_ms(o), 0);
	assert_int_equal(order_after_ms(o, MONDAY_MS - 5000), 1); /* a clock that went back */
	arena_free(&g.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_policy),   cmocka_unit_test(test_points),
	    cmocka_unit_test(test_load),     cmocka_unit_test(test_offers_of_a_day),
	    cmocka_unit_test(test_going_to), cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_cost),     cmocka_unit_test(test_rings),
	    cmocka_unit_test(test_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
