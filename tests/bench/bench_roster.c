/*
 * What it costs to decide who is asked for one order, as a tenant grows: 1,000, 10,000 and 100,000 members, as dense
 * in each (64 to a grid of 500 m by 500 m, ten to a building), so that as many are in reach; and "crowded" 100,000, 25
 * times as dense. Members have weeks of
 * shifts, quiet hours, skills, pauses and loads; an order's four cheapest candidates are looked for, ring by ring until
 * there is anybody. By day; with a skill that one in fifty has; and at night, when one in fifty is on duty. Prints
 * JSON: the microseconds of a decision, and the bytes of memory that the index has for each member.
 */
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"

enum {
	MOST_MEMBERS = 100000,
	PER_GRID = 64,
	PER_GRID_CROWDED = 25 * PER_GRID,
	GRIDS_PER_COMMUNITY = 12,
	PER_BUILDING = 10,
	GRID_E6 = 5000, /* 500 m */
	DECISIONS = 4000,
	TRIES = 5,
	CANDIDATES = 4,
};

/* A Tuesday, 10:00 and 03:00 in Beijing. */
#define DAY_MS INT64_C(1772503200000)
#define NIGHT_MS (DAY_MS - INT64_C(7) * 3600000)

struct town {
	struct arena a;
	struct scene s;
	struct fault fault;
	struct config *config;
	size_t n_members, n_grids, across;
	char **grid_ids;
	struct roster *roster;
	size_t roster_bytes;
};

static uint64_t dice = 1;

static uint32_t roll(uint32_t below)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((dice >> 33) % below);
}

static double now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

/* --- the town --- */

static struct geo_point corner_of(const struct town *t, size_t grid)
{
	return (struct geo_point){39800000 + (int32_t)(grid / t->across) * GRID_E6,
				  116200000 + (int32_t)(grid % t->across) * GRID_E6};
}

static NodeRecord *node(struct arena *a, const char *id, NodeKind kind, const char *parent_id)
{
	NodeRecord *n = PB_NEW(a, NodeRecord);
	n->id = n->code = (char *)(uintptr_t)id;
	n->kind = kind;
	n->parent_id = (char *)(uintptr_t)parent_id;
	return n;
}

static NodeRecord *grid_node(struct town *t, size_t at, const char *parent_id)
{
	struct geo_point corner = corner_of(t, at);
	NodeRecord *n = node(&t->a, t->grid_ids[at], NODE_KIND_GRID, parent_id);
	PolygonRecord *polygon = PB_NEW(&t->a, PolygonRecord);
	RingRecord *ring = PB_NEW(&t->a, RingRecord);
	int32_t deltas[] = {corner.lat_e6, corner.lon_e6, 0, GRID_E6, GRID_E6, 0, 0, -GRID_E6, -GRID_E6, 0};
	ring->n_deltas_e6 = sizeof(deltas) / sizeof(deltas[0]);
	ring->deltas_e6 = arena_copy(&t->a, deltas, sizeof(deltas));
	arena_append(&t->a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	arena_append(&t->a, (void ***)&n->polygons, &n->n_polygons, polygon);
	return n;
}

static void build_config(struct town *t)
{
	size_t n = 0, n_communities = t->n_grids / GRIDS_PER_COMMUNITY + 1;
	NodeRecord **nodes = arena_array(&t->a, 1 + n_communities + t->n_grids, sizeof(NodeRecord *));
	t->grid_ids = arena_array(&t->a, t->n_grids, sizeof(*t->grid_ids));
	nodes[n++] = node(&t->a, "n0000000", NODE_KIND_STREET, "");
	for (size_t i = 0; i < n_communities; i++)
		nodes[n++] = node(&t->a, arena_printf(&t->a, "nc%06zu", i), NODE_KIND_COMMUNITY, "n0000000");
	for (size_t i = 0; i < t->n_grids; i++) {
		t->grid_ids[i] = arena_printf(&t->a, "ng%06zu", i);
		nodes[n++] = grid_node(t, i, nodes[1 + i / GRIDS_PER_COMMUNITY]->id);
	}
	struct config_parts parts = {.version = 1, .nodes = nodes, .n_nodes = n};
	if (config_build(&t->a, &parts, &t->config) != OK)
		exit(1);
}

/* --- its members --- */

static void add_skill(struct arena *a, MemberRecord *m, const char *name, int64_t expire_ms)
{
	Skill *skill = PB_NEW(a, Skill);
	skill->name = (char *)(uintptr_t)name;
	skill->certificate = arena_printf(a, "D-%06u", roll(1000000));
	skill->expire_ms = expire_ms;
	arena_append(a, (void ***)&m->skills, &m->n_skills, skill);
}

/* One of the usual weeks, or one of their own: five shifts by day; one in fifty serves by night. */
static void some_week(struct arena *a, MemberRecord *m)
{
	uint32_t from_min = 60 * (8 + roll(4)), long_min = 60 * (8 + roll(3));
	if (roll(10) == 0)
		from_min += roll(60);
	if (roll(50) == 0)
		from_min = 0;
	for (uint32_t day = 0; day < 5; day++) {
		Shift *shift = PB_NEW(a, Shift);
		shift->from_min = day * 24 * 60 + from_min;
		shift->to_min = shift->from_min + long_min;
		arena_append(a, (void ***)&m->shifts, &m->n_shifts, shift);
	}
	if (roll(3) != 0)
		return;
	m->quiet = PB_NEW(a, QuietHours);
	m->quiet->from_min = 60 * (21 + roll(3));
	m->quiet->to_min = 60 * (6 + roll(3));
}

static void put_member(struct town *t, struct arena *a, size_t at)
{
	static const char *const skills[] = {"first-aid", "moving", "plumbing", "reading", "cooking"};
	size_t grid = at % t->n_grids;
	struct geo_point corner = corner_of(t, grid);
	MemberRecord *m = PB_NEW(a, MemberRecord);
	m->id = arena_printf(a, "m%07zu", at);
	m->kind = MEMBER_KIND_VOLUNTEER;
	m->grid_id = t->grid_ids[grid];
	m->building_id = arena_printf(a, "b%07zu", at / t->n_grids / PER_BUILDING * t->n_grids + grid);
	m->household_id = arena_printf(a, "h%07zu", at);
	m->lat_e6 = corner.lat_e6 + (int32_t)roll(GRID_E6);
	m->lon_e6 = corner.lon_e6 + (int32_t)roll(GRID_E6);
	m->holding_cap = roll(4);
	m->paused_until_ms = roll(30) == 0 ? DAY_MS + (int64_t)roll(72) * 3600000 : 0;
	if (roll(2) == 0)
		add_skill(a, m, skills[roll(5)], 0);
	if (roll(50) == 0)
		add_skill(a, m, "electrician", DAY_MS + (int64_t)roll(1000) * 86400000);
	if (roll(10) != 0)
		some_week(a, m);
	roster_put_member(t->roster, m->id, pb_encode_arena(m, a));
	LoadRecord *load = PB_NEW(a, LoadRecord);
	load->member_id = m->id;
	load->holding = roll(3);
	load->jobs_milli = roll(4000);
	load->season_jobs_milli = roll(40000);
	load->offers_milli = roll(3000);
	load->at_ms = DAY_MS - (int64_t)roll(100) * 3600000;
	load->ratings = roll(30);
	load->stars_sum = load->ratings * (3 + roll(3));
	load->offered = 10;
	load->accepted = load->jobs_done = 5;
	load->asked_milli = load->yes_milli = 3000;
	roster_put_load(t->roster, m->id, pb_encode_arena(load, a));
}

static void town_up(struct town *t, size_t n_members, size_t per_grid)
{
	*t = (struct town){.n_members = n_members, .n_grids = n_members / per_grid + 1};
	t->across = (size_t)ceil(sqrt((double)t->n_grids));
	arena_init(&t->a, 512 << 20);
	build_config(t);
	t->s = (struct scene){.arena = &t->a, .config = t->config, .fault = &t->fault};
	struct arena member;
	arena_init(&member, 1 << 20);
	size_t before = heap_bytes();
	t->roster = roster_new();
	if (t->roster == NULL)
		exit(1);
	for (size_t i = 0; i < n_members; i++) {
		put_member(t, &member, i);
		arena_reset(&member);
	}
	arena_free(&member);
	t->roster_bytes = heap_bytes() - before;
}

/* --- decisions --- */

/* As a routine order is placed and looks for somebody: the first ring in which there is anybody. */
static size_t decide(struct town *t, const char *skill)
{
	static struct roster_candidate found[CANDIDATES];
	size_t grid = roll((uint32_t)t->n_grids), n = 0;
	struct geo_point corner = corner_of(t, grid);
	OrderRecord order;
	SlotRecord slot;
	OrderRecord_init(&order);
	SlotRecord_init(&slot);
	SlotRecord *slots[] = {&slot};
	slot.skill = (char *)(uintptr_t)skill;
	order.id = (char *)"o0000001";
	order.urgency = URGENCY_NORMAL;
	order.slots = slots;
	order.n_slots = 1;
	order.grid_id = t->grid_ids[grid];
	order.lat_e6 = corner.lat_e6 + (int32_t)roll(GRID_E6);
	order.lon_e6 = corner.lon_e6 + (int32_t)roll(GRID_E6);
	order.placed_ms = t->s.now_ms;
	order.due_after_ms = 7 * 86400000;
	struct match_order wanted = match_order_of(&t->s, &order, NULL);
	for (Ring ring = RING_GRID; n == 0 && ring != RING_POOL; ring = ring_next(ring))
		n = roster_candidates(t->roster, &t->s, &wanted, &slot, ring, found, CANDIDATES);
	return n;
}

/* The best of some tries: what else runs on the machine only adds. */
static double best_us(struct town *t, int64_t now_ms, const char *skill)
{
	double best = 1e9;
	t->s.now_ms = now_ms;
	for (int i = 0; i < TRIES; i++) {
		size_t n = 0;
		dice = 7;
		double since_us = now_us();
		for (int k = 0; k < DECISIONS; k++)
			n += decide(t, skill);
		double took_us = (now_us() - since_us) / DECISIONS;
		best = took_us < best ? took_us : best;
		if (n == 0)
			exit(1);
	}
	return best;
}

int main(void)
{
	static const struct {
		const char *name;
		size_t n_members, per_grid;
	} sizes[] = {{"1k", 1000, PER_GRID},
		     {"10k", 10000, PER_GRID},
		     {"crowded", MOST_MEMBERS, PER_GRID_CROWDED},
		     {"100k", MOST_MEMBERS, PER_GRID}};
	printf("{");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct town t;
		town_up(&t, sizes[i].n_members, sizes[i].per_grid);
		printf("\"decision_us_%s\": %.2f, \"decision_skilled_us_%s\": %.2f, \"decision_night_us_%s\": %.2f, ",
		       sizes[i].name, best_us(&t, DAY_MS, ""), sizes[i].name, best_us(&t, DAY_MS, "electrician"),
		       sizes[i].name, best_us(&t, NIGHT_MS, ""));
		if (i + 1 == sizeof(sizes) / sizeof(sizes[0]))
			printf("\"roster_member_bytes\": %zu}\n", t.roster_bytes / t.n_members);
		roster_free(t.roster);
		arena_free(&t.a);
	}
	return 0;
}
