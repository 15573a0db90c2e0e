/* Finding the cheapest members without looking at all of them: the same answer as looking at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/match.h"
#include "domain/nearby.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"
#include "pb/pb_wire.h"

#include "domain_ground.h"

static uint64_t dice;

static uint32_t roll(uint32_t below)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((dice >> 33) % below);
}

/* --- nearby --- */

enum { POINTS = 700 };

struct place {
	struct geo_point point;
	bool seen;
};

static void check_search(const struct nearby *n, struct place *places, size_t n_places, struct geo_point centre)
{
	struct nearby_search search = nearby_search(n, centre);
	uint32_t least_m = 0;
	size_t seen = 0;
	/* However empty it is: a call goes no farther than to the end of a ring, or of a tile. */
	for (uint64_t most = 1; nearby_next(&search); most = search.n_places + 8 * (uint64_t)search.ring + 16) {
		assert_true(search.n_places <= most);
		assert_true(search.least_m >= least_m);
		least_m = search.least_m;
		for (uint32_t i = search.first; i != NEARBY_NONE; i = nearby_after(n, i)) {
			struct place *place = &places[i];
			assert_false(place->seen);
			place->seen = true;
			seen++;
			assert_true(geo_distance_m(centre, place->point) >= least_m);
			assert_true(nearby_after(n, i) > i);
		}
	}
	assert_int_equal(seen, n_places);
	for (size_t i = 0; i < n_places; i++)
		places[i].seen = false;
}

/* Every item once, none closer than was said; in a town, across the date line, about the pole, far apart. */
static void test_nearby(void **state)
{
	(void)state;
	static const struct {
		struct geo_point centre;
		uint32_t spread_e6;
	} rows[] = {{{30000000, 120000000}, 20000},
		    {{30000000, 120000000}, 2000000},
		    {{-17000000, 179999000}, 30000},
		    {{89990000, 10000000}, 20000},
		    {{0, 0}, 300},
		    {{-90000000, -180000000}, 50000}};
	static struct place places[POINTS];
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct nearby *n = nearby_new();
		for (uint32_t i = 0; i < POINTS; i++) {
			int64_t lat = rows[r].centre.lat_e6 + (int64_t)roll(2 * rows[r].spread_e6) - rows[r].spread_e6;
			int64_t lon = rows[r].centre.lon_e6 + (int64_t)roll(2 * rows[r].spread_e6) - rows[r].spread_e6;
			lat = lat > 90000000 ? 90000000 : lat < -90000000 ? -90000000 : lat;
			lon = lon > 180000000 ? lon - 360000000 : lon < -180000000 ? lon + 360000000 : lon;
			places[i] = (struct place){.point = {(int32_t)lat, (int32_t)lon}};
			assert_true(nearby_put(n, i, places[i].point));
		}
		check_search(n, places, POINTS, rows[r].centre);
		check_search(n, places, POINTS, places[POINTS / 2].point);
		check_search(n, places, POINTS, (struct geo_point){-rows[r].centre.lat_e6, 0});
		/* Some move, some go. */
		for (uint32_t i = 0; i < POINTS; i += 3) {
			places[i].point = places[(i + 1) % POINTS].point;
			assert_true(nearby_put(n, i, places[i].point));
		}
		for (uint32_t i = POINTS - 100; i < POINTS; i++) {
			nearby_remove(n, i);
			nearby_remove(n, i);
		}
		check_search(n, places, POINTS - 100, rows[r].centre);
		for (uint32_t i = 0; i < POINTS; i++)
			nearby_remove(n, i);
		check_search(n, places, 0, rows[r].centre);
		nearby_free(n);
	}
	nearby_free(NULL);
}

static void test_nearby_empty(void **state)
{
	(void)state;
	struct nearby *n = nearby_new();
	check_search(n, NULL, 0, (struct geo_point){30000000, 120000000});
	nearby_free(n);
}

/* --- the roster --- */

static void test_roster(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	struct roster *r = roster_new();
	OrderRecord *o = some_order(&g);
	for (int i = 0; i < 600; i++) {
		char id[16];
		snprintf(id, sizeof(id), "m%07d", i);
		MemberRecord *m = some_member(&g, id, i % 2 == 0 ? "n4" : "n6");
		m->lat_e6 += (599 - i) * 10;
		roster_put_member(r, id, pb_encode_arena(m, &g.a));
	}
	assert_int_equal(roster_size(r), 600);
	struct roster_candidate found[5];
	struct match_order wanted = match_order_of(&g.s, o, NULL);
	assert_int_equal(roster_candidates(r, &g.s, &wanted, o->slots[0], RING_GRID, found, 5), 5);
	assert_string_equal(found[0].member_id, "m0000598"); /* the nearest of the grid */
	for (size_t i = 1; i < 5; i++)
		assert_true(found[i - 1].cost_m <= found[i].cost_m);
	/* News of the load, a move to another grid, and back. */
	LoadRecord load;
	LoadRecord_init(&load);
	load.member_id = (char *)"m0000598";
	load.holding = 9;
	roster_put_load(r, "m0000598", pb_encode_arena(&load, &g.a));
	MemberRecord *moved = some_member(&g, "m0000596", "n5");
	roster_put_member(r, "m0000596", pb_encode_arena(moved, &g.a));
	assert_int_equal(roster_candidates(r, &g.s, &wanted, o->slots[0], RING_GRID, found, 1), 1);
	assert_string_equal(found[0].member_id, "m0000594");
	moved->grid_id = (char *)"n4";
	roster_put_member(r, "m0000596", pb_encode_arena(moved, &g.a));
	assert_int_equal(roster_candidates(r, &g.s, &wanted, o->slots[0], RING_GRID, found, 1), 1);
	assert_string_equal(found[0].member_id, "m0000596");
	roster_put_member(r, "m0000596", SLICE("\xff\xff")); /* can't be read: forgotten, nothing worse */
	assert_int_equal(roster_candidates(r, &g.s, &wanted, o->slots[0], RING_STREET, found, 0), 0);
	assert_int_equal(roster_size(r), 600);
	roster_free(r);
	roster_free(NULL);
	arena_free(&g.a);
}

enum { MEMBERS = 500, BEST = 7 };

struct town {
	struct ground g;
	struct roster *roster;
	MemberRecord *members[MEMBERS];
	LoadRecord *loads[MEMBERS];
	uint32_t spread_e6;
};

static void some_skills(struct arena *a, MemberRecord *m)
{
	static const char *const names[] = {"electrician", "first-aid", "moving", "驾驶"};
	m->n_skills = 0;
	for (uint32_t n = roll(3); n > 0; n--) {
		Skill *skill = PB_NEW(a, Skill);
		skill->name = (char *)(uintptr_t)names[roll(4)];
		skill->expire_ms = roll(2) == 0 ? 0 : MONDAY_MS + (int64_t)roll(4) * 12 * HOUR_MS;
		arena_append(a, (void ***)&m->skills, &m->n_skills, skill);
	}
}

static void some_duty(struct arena *a, MemberRecord *m)
{
	m->n_shifts = 0;
	for (uint32_t n = roll(4); n > 0; n--) {
		Shift *shift = PB_NEW(a, Shift);
		shift->from_min = roll(10000);
		shift->to_min = shift->from_min + 1 + roll(10080 - shift->from_min);
		arena_append(a, (void ***)&m->shifts, &m->n_shifts, shift);
	}
	m->quiet = roll(3) == 0 ? PB_NEW(a, QuietHours) : NULL;
	if (m->quiet != NULL) {
		m->quiet->from_min = roll(1440);
		m->quiet->to_min = roll(1441);
	}
}

/* Everything that is asked for when somebody is looked for, anew. */
static void change_profile(struct town *town, size_t i)
{
	static const char *const grids[] = {"n4", "n5", "n6"};
	static const char *const buildings[] = {"", "b1", "b2"};
	static const char *const units[] = {"", "", "n2", "n3"};
	static const char *const households[] = {"", "h1", "h2"};
	struct arena *a = &town->g.a;
	MemberRecord *m = town->members[i];
	m->grid_id = (char *)(uintptr_t)grids[roll(3)];
	m->building_id = (char *)(uintptr_t)buildings[roll(3)];
	m->home_community_id = (char *)(uintptr_t)units[roll(4)];
	m->linked_unit_id = (char *)(uintptr_t)units[roll(4)];
	m->household_id = (char *)(uintptr_t)households[roll(3)];
	m->lat_e6 = 30002500 + (int32_t)roll(2 * town->spread_e6) - (int32_t)town->spread_e6;
	m->lon_e6 = 120002500 + (int32_t)roll(2 * town->spread_e6) - (int32_t)town->spread_e6;
	m->inactive = roll(5) == 0;
	m->holding_cap = roll(4);
	m->paused_until_ms = roll(3) == 0 ? MONDAY_MS + ((int64_t)roll(9) - 4) * HOUR_MS : 0;
	some_skills(a, m);
	some_duty(a, m);
	roster_put_member(town->roster, m->id, pb_encode_arena(m, a));
}

static void change_load(struct town *town, size_t i)
{
	LoadRecord *load = town->loads[i];
	load->holding = roll(5);
	load->jobs_milli = roll(3) * 1000;
	load->season_jobs_milli = roll(9) * 1000;
	load->offers_milli = roll(4) * 700;
	load->offers_day = policy_local_day(&town->g.policy, town->g.s.now_ms) - (int32_t)roll(2);
	load->day_offers = roll(4);
	load->at_ms = MONDAY_MS - (int64_t)roll(50) * HOUR_MS;
	load->ratings = roll(30);
	load->stars_sum = load->ratings * (1 + roll(5));
	load->n_going_to = 0;
	for (uint32_t going = roll(40) == 0 ? 1 + roll(3) : 0; going > 0; going--)
		arena_append(&town->g.a, (void ***)&load->going_to, &load->n_going_to,
			     (void *)(uintptr_t)(roll(2) == 0 ? "b1" : "b2"));
	roster_put_load(town->roster, load->member_id, pb_encode_arena(load, &town->g.a));
}

static void people(struct town *town)
{
	struct arena *a = &town->g.a;
	town->spread_e6 = roll(3) == 0 ? 10 : 1000 + roll(30000);
	for (size_t i = 0; i < MEMBERS; i++) {
		char *id = arena_printf(a, "m%07zu", i);
		town->members[i] = some_member(&town->g, id, "n4");
		town->loads[i] = PB_NEW(a, LoadRecord);
		town->loads[i]->member_id = id;
		if (roll(2) == 0)
			change_load(town, i); /* the load may be heard of first, or never */
		change_profile(town, i);
	}
}

static int cheaper(const void *a, const void *b)
{
	const struct roster_candidate *x = a, *y = b;
	if (x->cost_m != y->cost_m)
		return x->cost_m < y->cost_m ? -1 : 1;
	return strcmp(x->member_id, y->member_id);
}

static size_t look_at_all(struct town *town, const struct match_order *wanted, Ring ring, struct roster_candidate *out)
{
	struct scene *s = &town->g.s;
	const SlotRecord *slot = wanted->order->slots[0];
	size_t n = 0;
	for (size_t i = 0; i < MEMBERS; i++) {
		if (ring_reaches(s->config, ring, wanted->order, town->members[i]) &&
		    match_filter(s, wanted, slot, town->members[i], town->loads[i]) == MATCH_FINE)
			out[n++] = (struct roster_candidate){
			    town->members[i]->id, match_cost(s, wanted, slot, town->members[i], town->loads[i]).total_m,
			    match_holding_cap(s->config, town->members[i]) - town->loads[i]->holding};
	}
	qsort(out, n, sizeof(*out), cheaper);
	return n < BEST ? n : BEST;
}

static OrderRecord *order_at_random(struct town *town)
{
	static const char *const skills[] = {"", "electrician", "moving", "驾驶", "nobody has it"};
	OrderRecord *order = some_order(&town->g);
	order->building_id = (char *)"b1";
	order->urgency = roll(4) == 0 ? URGENCY_DANGER : URGENCY_NORMAL;
	order->slots[0]->skill = (char *)(uintptr_t)skills[roll(2) * roll(5)];
	order->slots[0]->optional_skill = roll(3) == 0;
	return order;
}

static void check_rings(struct town *town)
{
	HouseholdRecord household;
	HouseholdRecord_init(&household);
	household.responsible_member_id = town->members[roll(MEMBERS)]->id;
	OrderRecord *order = order_at_random(town);
	struct match_order wanted = match_order_of(&town->g.s, order, roll(2) == 0 ? NULL : &household);
	for (Ring ring = RING_BUILDING; ring <= RING_POOL; ring++) {
		static struct roster_candidate all[MEMBERS], found[BEST];
		size_t n = look_at_all(town, &wanted, ring, all);
		assert_int_equal(
		    roster_candidates(town->roster, &town->g.s, &wanted, order->slots[0], ring, found, BEST), n);
		for (size_t i = 0; i < n; i++) {
			assert_string_equal(found[i].member_id, all[i].member_id);
			assert_int_equal(found[i].cost_m, all[i].cost_m);
			assert_int_equal(found[i].room, all[i].room);
		}
	}
}

/* Those within a ring as the store has them, so far as anybody asks. */
static void check_within(struct town *town)
{
	static const MemberRecord *members[MEMBERS];
	static const LoadRecord *loads[MEMBERS];
	const OrderRecord *order = order_at_random(town);
	for (Ring ring = RING_BUILDING; ring <= RING_POOL; ring++) {
		size_t n = roster_within(town->roster, &town->g.s, order, ring, members, loads, MEMBERS), n_all = 0;
		for (size_t i = 0; i < MEMBERS; i++)
			n_all += ring_reaches(town->g.config, ring, order, town->members[i]);
		assert_int_equal(n, n_all);
		for (size_t i = 0; i < n; i++) {
			MemberRecord want = *town->members[atoi(members[i]->id + 1)];
			assert_true(ring_reaches(town->g.config, ring, order, members[i]));
			if (want.quiet == NULL && members[i]->quiet != NULL)
				assert_int_equal(members[i]->quiet->from_min, members[i]->quiet->to_min);
			want.quiet = members[i]->quiet;
			struct slice a = pb_encode_arena(&want, &town->g.a),
				     b = pb_encode_arena(members[i], &town->g.a);
			assert_true(slice_eq(a, b));
			a = pb_encode_arena(town->loads[atoi(members[i]->id + 1)], &town->g.a);
			assert_true(slice_eq(a, pb_encode_arena(loads[i], &town->g.a)));
		}
	}
}

static void check_shift(struct town *town, size_t i, const char *id)
{
	const LoadRecord *load;
	struct geo_point home;
	Shift shift;
	const Shift *want = match_shift(&town->g.policy, town->members[i], town->g.s.now_ms);
	assert_string_equal(roster_member(town->roster, town->g.s.arena, id, &load)->id, id);
	assert_true(roster_shift(town->roster, &town->g.s, id, &home, &shift));
	assert_int_equal(home.lat_e6, town->members[i]->lat_e6);
	assert_int_equal(shift.from_min, want == NULL ? 0 : want->from_min);
	assert_int_equal(shift.to_min, want == NULL ? 0 : want->to_min);
}

/* Everybody who could be asked for something, or every so many-th member if so. */
static void check_walk(struct town *town, size_t most)
{
	struct scene *s = &town->g.s;
	struct roster_walk walk = roster_walk(town->roster, s, most);
	const MemberRecord *member;
	const LoadRecord *load;
	size_t n = 0, n_free = 0;
	while ((member = roster_walk_next(&walk, &load)) != NULL) {
		size_t i = (size_t)atoi(member->id + 1);
		assert_true(match_is_free(s, town->members[i], town->loads[i]));
		assert_int_equal(load->accepted, town->loads[i]->accepted);
		check_shift(town, i, member->id);
		n++;
	}
	for (size_t i = 0; i < MEMBERS; i++)
		n_free += match_is_free(s, town->members[i], town->loads[i]);
	assert_int_equal(walk.every, most >= MEMBERS ? 1 : MEMBERS / most + 1);
	if (walk.every == 1)
		assert_int_equal(n, n_free);
	else
		assert_true(n <= n_free && n <= most);
}

/* At every hour and after every change. */
static void test_same_as_all(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 40; seed++) {
		struct town town;
		dice = seed;
		ground_up(&town.g);
		town.roster = roster_new();
		people(&town);
		DispatchWeights weights = *town.g.policy.weights;
		weights.max_distance_m = roll(3) == 0 ? 400 : 20000;
		weights.season_job_m = roll(2) == 0 ? 0 : 35;
		weights.over_offer_m = roll(2) == 0 ? 0 : 200;
		weights.free_offers = roll(3);
		weights.same_building_m = roll(2) == 0 ? 250 : 5000;
		town.g.policy.weights = &weights;
		for (int round = 0; round < 20; round++) {
			town.g.s.now_ms = MONDAY_MS + (int64_t)roll(7 * 24 * 60) * 60000;
			check_rings(&town);
			check_walk(&town, roll(2) == 0 ? MEMBERS : MEMBERS / 7);
			for (size_t n = roll(30); n > 0; n--)
				change_profile(&town, roll(MEMBERS));
			for (size_t n = roll(30); n > 0; n--)
				change_load(&town, roll(MEMBERS));
		}
		check_within(&town);
		roster_free(town.roster);
		arena_free(&town.g.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nearby),
	    cmocka_unit_test(test_nearby_empty),
	    cmocka_unit_test(test_roster),
	    cmocka_unit_test(test_same_as_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
