/* Many orders decided together: for the least cost of all, nobody in two places of one order, teams whole or not at
 * all; and how many are asked at once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "domain/accept.h"
#include "domain/batch.h"
#include "domain/habit.h"
#include "domain/policy.h"
#include "domain/roster.h"
#include "pb/pb_wire.h"

#include "domain_ground.h"

enum { METRE_E6 = 9 };

struct town {
	struct ground g;
	struct roster *roster;
	struct batch_order orders[8];
	size_t n_orders;
	struct batch_plan plan;
};

static void town_up(struct town *t)
{
	ground_up(&t->g);
	t->roster = roster_new();
	t->n_orders = 0;
}

static void town_down(struct town *t)
{
	roster_free(t->roster);
	arena_free(&t->g.a);
}

static MemberRecord *member(struct town *t, const char *id, int32_t north_m, const char *skill)
{
	MemberRecord *m = some_member(&t->g, id, "n4");
	m->lat_e6 += north_m * METRE_E6;
	if (skill != NULL) {
		Skill *has = PB_NEW(&t->g.a, Skill);
		has->name = (char *)(uintptr_t)skill;
		arena_append(&t->g.a, (void ***)&m->skills, &m->n_skills, has);
	}
	roster_put_member(t->roster, id, pb_encode_arena(m, &t->g.a));
	return m;
}

static OrderRecord *order(struct town *t, int32_t north_m, size_t slots)
{
	OrderRecord *o = some_order(&t->g);
	o->id = arena_printf(&t->g.a, "o%07zu", t->n_orders);
	o->lat_e6 += north_m * METRE_E6;
	while (o->n_slots < slots)
		arena_append(&t->g.a, (void ***)&o->slots, &o->n_slots, PB_NEW(&t->g.a, SlotRecord));
	t->orders[t->n_orders++] = (struct batch_order){.order = o};
	return o;
}

static void decide(struct town *t)
{
	assert_int_equal(batch_decide(&t->g.s, t->roster, t->orders, t->n_orders, &t->plan), OK);
}

static const char *only(const struct town *t, size_t order)
{
	assert_int_equal(t->plan.choices[order].n_offers, 1);
	return t->plan.choices[order].offers[0].member_id;
}

/* One after the other the first order would take the member that is the only near one of the second. */
static void test_for_all(void **state)
{
	(void)state;
	struct town t;
	town_up(&t);
	member(&t, "m0000001", 0, NULL);
	member(&t, "m0000002", -300, NULL);
	order(&t, -100, 1);
	order(&t, 200, 1);
	decide(&t);
	assert_string_equal(only(&t, 0), "m0000002");
	assert_string_equal(only(&t, 1), "m0000001");
	assert_int_equal(t.plan.n_seats, 2);
	assert_false(t.plan.greedy);
	town_down(&t);
}

/* One member is asked for as many as they may hold; the others wait. */
static void test_room(void **state)
{
	(void)state;
	struct town t;
	town_up(&t);
	MemberRecord *m = some_member(&t.g, "m0000001", "n4");
	m->holding_cap = 2;
	roster_put_member(t.roster, m->id, pb_encode_arena(m, &t.g.a));
	for (int i = 0; i < 3; i++)
		order(&t, 50 * i, 1);
	decide(&t);
	assert_string_equal(only(&t, 0), "m0000001");
	assert_string_equal(only(&t, 1), "m0000001");
	assert_true(t.plan.choices[2].wait);
	assert_int_equal(t.plan.choices[2].n_offers, 0);
	town_down(&t);
}

static void test_team(void **state)
{
	(void)state;
	struct town t;
	town_up(&t);
	member(&t, "m0000001", 0, "lift"); /* nearest to both places, and the only one for the second */
	member(&t, "m0000002", 400, NULL);
	OrderRecord *o = order(&t, 0, 2);
	o->slots[1]->skill = (char *)"lift";
	decide(&t);
	assert_int_equal(t.plan.choices[0].n_offers, 2);
	assert_string_equal(t.plan.choices[0].offers[0].member_id, "m0000002");
	assert_string_equal(t.plan.choices[0].offers[1].member_id, "m0000001");
	/* With nobody for one place, nobody is planned for the other. */
	o->slots[1]->skill = (char *)"weld";
	decide(&t);
	assert_int_equal(t.plan.choices[0].ring, RING_POOL);
	assert_int_equal(t.plan.choices[0].n_offers, 0);
	/* One person for two places is not a team. */
	o->slots[0]->skill = o->slots[1]->skill = (char *)"lift";
	decide(&t);
	assert_true(t.plan.choices[0].wait);
	assert_int_equal(t.plan.choices[0].n_offers, 0);
	town_down(&t);
}

/* A place is asked for as often as its mode asks, different people each time. */
static void test_fanout(void **state)
{
	(void)state;
	struct town t;
	town_up(&t);
	for (int i = 0; i < 6; i++)
		member(&t, arena_printf(&t.g.a, "m%07d", i), 40 * i, NULL);
	order(&t, 0, 1)->urgency = URGENCY_URGENT;
	order(&t, 0, 1)->urgency = URGENCY_URGENT;
	decide(&t);
	for (size_t i = 0; i < 2; i++) {
		const struct batch_choice *choice = &t.plan.choices[i];
		assert_int_equal(choice->n_offers, 3);
		for (size_t a = 0; a < 3; a++) {
			for (size_t b = 0; b < a; b++)
				assert_string_not_equal(choice->offers[a].member_id, choice->offers[b].member_id);
		}
	}
	PlannedOrder *planned = batch_planned(&t.g.a, t.orders[0].order->id, &t.plan.choices[0]);
	assert_string_equal(planned->order_id, "o0000000");
	assert_int_equal(planned->n_offers, 3);
	town_down(&t);
}

static void test_nothing(void **state)
{
	(void)state;
	struct town t;
	town_up(&t);
	decide(&t);
	assert_int_equal(t.plan.n_seats, 0);
	order(&t, 0, 1);
	decide(&t);
	assert_int_equal(t.plan.choices[0].ring, RING_POOL);
	assert_false(t.plan.choices[0].wait);
	town_down(&t);
}

/* --- how many are asked --- */

static void test_accept(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	const Policy *p = policy_default();
	assert_int_equal(accept_fanout(p, p->routine), 1);
	assert_int_equal(accept_fanout(p, p->urgent), 3);    /* 1 - 0.7^3 = 0.66 */
	assert_int_equal(accept_fanout(p, p->emergency), 7); /* 1 - 0.7^7 = 0.92 */
	LoadRecord load;
	LoadRecord_init(&load);
	assert_int_equal(accept_estimate_milli(&g.s, NULL, NULL, NULL, &load), 300);
	load.offered = 10;
	load.accepted = 9;
	assert_int_equal(accept_estimate_milli(&g.s, NULL, NULL, NULL, &load), 600);
	load.accepted = 0;
	assert_int_equal(accept_estimate_milli(&g.s, NULL, NULL, NULL, &load), 150);
	load.offered = load.accepted = UINT32_MAX;
	assert_int_equal(accept_estimate_milli(&g.s, NULL, NULL, NULL, &load), 990);
	load.accepted = 0;
	assert_int_equal(accept_estimate_milli(&g.s, NULL, NULL, NULL, &load), 10);
	assert_false(accept_is_enough(p->routine, 0));
	assert_true(accept_is_enough(p->urgent, 400000));
	assert_false(accept_is_enough(p->urgent, 400001));
	arena_free(&g.a);
}

/* What was learnt is asked where nearly every order must be taken, once it has been right more often. */
static void test_learnt(void **state)
{
	(void)state;
	enum { ANSWERS = 1000 };
	struct ground g;
	ground_up(&g);
	const Policy *p = policy_default();
	assert_false(accept_wants_learnt(p->routine) || accept_wants_learnt(p->urgent));
	assert_true(accept_wants_learnt(p->emergency));
	AcceptModelRecord learnt;
	AcceptModelRecord_init(&learnt);
	habit_init(&g.a, &learnt, "accept");
	assert_false(accept_learnt_counts(p, &learnt) || accept_learnt_counts(p, NULL));
	OrderRecord *order = some_order(&g);
	MemberRecord *near = some_member(&g, "m0000001", "n4"), *far = some_member(&g, "m0000002", "n4");
	far->lat_e6 += 3000 * METRE_E6;
	LoadRecord load;
	LoadRecord_init(&load);
	struct match_order wanted = match_order_of(&g.s, order, NULL);
	uint32_t unknown = accept_estimate_milli(&g.s, &learnt, &wanted, near, &load);
	assert_int_equal(unknown, accept_prior_milli(p));
	/* All differ by nothing but how far they live. */
	for (int i = 0; i < ANSWERS; i++) {
		struct habit_case asked = habit_case_of(&g.s, order->category_id, &load, i % 2 == 0 ? 0 : 3000);
		habit_learn(&learnt, &asked, i % 2 == 0);
	}
	assert_int_equal(habit_basis(&learnt), ACCEPTANCE_BASIS_MODEL);
	assert_true(accept_learnt_counts(p, &learnt));
	assert_true(accept_estimate_milli(&g.s, &learnt, &wanted, near, &load) > 800);
	assert_true(accept_estimate_milli(&g.s, &learnt, &wanted, far, &load) < 200);
	Policy modest = *p;
	modest.emergency = modest.urgent;
	assert_false(accept_learnt_counts(&modest, &learnt));
	arena_free(&g.a);
}

/* Those who are asked already count as they were estimated then. */
static void test_asked(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	const Policy *p = policy_default();
	OrderRecord *order = some_order(&g);
	assert_int_equal(accept_missed_by_asked(p, order, 0), ACCEPT_NOBODY_ASKED);
	static const OfferState states[] = {OFFER_STATE_LIVE, OFFER_STATE_DECLINED, OFFER_STATE_LIVE, OFFER_STATE_LIVE};
	for (uint32_t i = 0; i < 4; i++) {
		OfferRecord *offer = PB_NEW(&g.a, OfferRecord);
		offer->state = states[i];
		offer->slot = i / 3;
		offer->accept_milli = i == 0 ? 500 : 0;
		arena_append(&g.a, (void ***)&order->offers, &order->n_offers, offer);
	}
	assert_int_equal(accept_missed_by_asked(p, order, 0), 350000);
	assert_int_equal(accept_missed_by_asked(p, order, 1), 700000);
	arena_free(&g.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_for_all), cmocka_unit_test(test_room),    cmocka_unit_test(test_team),
	    cmocka_unit_test(test_fanout),  cmocka_unit_test(test_nothing), cmocka_unit_test(test_accept),
	    cmocka_unit_test(test_learnt),  cmocka_unit_test(test_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
