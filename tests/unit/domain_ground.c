#include "domain_ground.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "domain/policy.h"

static RingRecord *square(struct arena *a, int32_t lat, int32_t lon, int32_t size)
{
	RingRecord *ring = PB_NEW(a, RingRecord);
	int32_t deltas[] = {lat, lon, 0, size, size, 0, 0, -size, -size, 0};
	ring->n_deltas_e6 = 10;
	ring->deltas_e6 = arena_copy(a, deltas, sizeof(deltas));
	return ring;
}

NodeRecord *some_node(struct arena *a, const char *id, NodeKind kind, const char *parent_id)
{
	NodeRecord *n = PB_NEW(a, NodeRecord);
	n->id = n->code = (char *)id;
	n->kind = kind;
	n->parent_id = (char *)parent_id;
	return n;
}

static NodeRecord *grid(struct arena *a, const char *id, const char *parent_id, int32_t lat, int32_t lon)
{
	NodeRecord *n = some_node(a, id, NODE_KIND_GRID, parent_id);
	PolygonRecord *polygon = PB_NEW(a, PolygonRecord);
	arena_append(a, (void ***)&polygon->rings, &polygon->n_rings, square(a, lat, lon, 5000));
	arena_append(a, (void ***)&n->polygons, &n->n_polygons, polygon);
	return n;
}

void ground_up(struct ground *g)
{
	*g = (struct ground){.fault = {.err = OK}};
	arena_init(&g->a, 1 << 24);
	NodeRecord *nodes[] = {
	    some_node(&g->a, "n1", NODE_KIND_STREET, ""),      some_node(&g->a, "n2", NODE_KIND_COMMUNITY, "n1"),
	    some_node(&g->a, "n3", NODE_KIND_COMMUNITY, "n1"), grid(&g->a, "n6", "n3", 30100000, 120000000),
	    grid(&g->a, "n5", "n2", 30000000, 120005000),      grid(&g->a, "n4", "n2", 30000000, 120000000)};
	g->policy = *policy_default();
	PolicyRecord *policy = PB_NEW(&g->a, PolicyRecord);
	policy->policy = &g->policy;
	struct config_parts parts = {
	    .version = 3, .nodes = nodes, .n_nodes = sizeof(nodes) / sizeof(nodes[0]), .policy = policy};
	assert_int_equal(config_build(&g->a, &parts, &g->config), OK);
	g->actor = (struct actor){.role = ROLE_ADMIN, .id = "root", .key_id = ""};
	g->s = (struct scene){
	    .arena = &g->a, .now_ms = MONDAY_MS, .actor = &g->actor, .config = g->config, .fault = &g->fault};
}

OrderRecord *some_order(struct ground *g)
{
	OrderRecord *o = PB_NEW(&g->a, OrderRecord);
	SlotRecord *slot = PB_NEW(&g->a, SlotRecord);
	o->id = (char *)"o0000001";
	o->state = ORDER_STATE_OFFERED;
	o->urgency = URGENCY_NORMAL;
	o->grid_id = (char *)"n4";
	o->beneficiary_id = (char *)"r1";
	o->requester_role = ROLE_RESIDENT;
	o->requester_id = (char *)"r2";
	o->title = (char *)"title";
	o->household_id = (char *)"h1";
	o->lat_e6 = 30002500;
	o->lon_e6 = 120002500;
	o->placed_ms = MONDAY_MS;
	o->due_after_ms = 7 * 24 * HOUR_MS;
	o->completion_code = 77;
	arena_append(&g->a, (void ***)&o->slots, &o->n_slots, slot);
	return o;
}

MemberRecord *some_member(struct ground *g, const char *id, const char *grid_id)
{
	MemberRecord *m = PB_NEW(&g->a, MemberRecord);
	m->id = (char *)id;
	m->grid_id = (char *)grid_id;
	m->lat_e6 = 30002500;
	m->lon_e6 = 120002500;
	return m;
}
