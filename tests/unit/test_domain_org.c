/* Rules of the org tree: ground, reach, masks, configuration. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

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

static void act_as(struct ground *g, Role role, const char *id, const char *node_id)
{
	g->node_ids[0] = node_id;
	g->actor = (struct actor){
	    .role = role, .id = id, .node_ids = g->node_ids, .n_node_ids = node_id[0] != '\0', .key_id = ""};
}

/* --- geometry --- */

static Polygon *polygon(struct arena *a, size_t n_rings, const double (*const rings[])[2], const size_t *n_points)
{
	Polygon *p = PB_NEW(a, Polygon);
	for (size_t r = 0; r < n_rings; r++) {
		Ring2d *ring = PB_NEW(a, Ring2d);
		for (size_t i = 0; i < n_points[r]; i++) {
			GeoPoint *point = PB_NEW(a, GeoPoint);
			point->lat = rings[r][i][0];
			point->lon = rings[r][i][1];
			arena_append(a, (void ***)&ring->points, &ring->n_points, point);
		}
		arena_append(a, (void ***)&p->rings, &p->n_rings, ring);
	}
	return p;
}

static enum err read_ring(struct ground *g, const double (*points)[2], size_t n, PolygonRecord **out)
{
	const double(*const rings[])[2] = {points};
	return geo_polygon_read(&g->s, polygon(&g->a, 1, rings, &n), "p", out);
}

static void test_bad_polygons(void **state)
{
	(void)state;
	struct ground g;
	PolygonRecord *out;
	ground_up(&g);
#define BAD(...)                                                                                  \
	do {                                                                                      \
		const double points[][2] = {__VA_ARGS__};                                         \
		assert_int_equal(read_ring(&g, points, sizeof(points) / sizeof(points[0]), &out), \
				 ERR_POLYGON_INVALID);                                            \
		assert_string_equal(g.fault.field, "p.rings[0]");                                 \
	} while (0)
	BAD({0, 0}, {0, 1}, {0, 0});                                 /* two points */
	BAD({0, 0}, {0, 1}, {1, 1}, {1, 0});                         /* not closed */
	BAD({0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0});                 /* a bow tie */
	BAD({0, 0}, {0, 1}, {0, 2}, {0, 0});                         /* a line */
	BAD({0, 0}, {0, 2}, {0, 1}, {1, 1}, {0, 0});                 /* folds back */
	BAD({0, 0}, {0, 0}, {0, 0}, {0, 0});                         /* a point */
	BAD({0, 0}, {0, 4}, {4, 4}, {0, 2}, {4, 0}, {0, 0});         /* touches itself in the middle of an edge */
	BAD({0, 0}, {0, 2}, {1, 1}, {2, 2}, {2, 0}, {1, 1}, {0, 0}); /* touches itself in a corner */
	const double outline[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
	const double hole_outside[][2] = {{2, 2}, {2, 3}, {3, 3}, {2, 2}};
	const double(*const rings[])[2] = {outline, hole_outside};
	assert_int_equal(geo_polygon_read(&g.s, polygon(&g.a, 2, rings, (size_t[]){5, 4}), "p", &out),
			 ERR_POLYGON_INVALID);
	assert_string_equal(g.fault.field, "p.rings[1]");
	assert_int_equal(geo_polygon_read(&g.s, PB_NEW(&g.a, Polygon), "p", &out), ERR_POLYGON_INVALID);
	arena_free(&g.a);
}

static void test_good_polygons(void **state)
{
	(void)state;
	struct ground g;
	PolygonRecord *out;
	ground_up(&g);
	const double outline[][2] = {{0, 0}, {0, 4}, {4, 4}, {4, 4}, {4, 0}, {0, 0}};
	const double hole[][2] = {{1, 1}, {1, 2}, {2, 2}, {2, 1}, {1, 1}};
	const double(*const rings[])[2] = {outline, hole};
	assert_int_equal(geo_polygon_read(&g.s, polygon(&g.a, 2, rings, (size_t[]){6, 5}), "p", &out), OK);
	struct geo_shape shape = geo_shape_decode(&g.a, &out, 1);
	assert_true(geo_contains(&shape, (struct geo_point){3000000, 3000000}));
	assert_false(geo_contains(&shape, (struct geo_point){1500000, 1500000})); /* in the hole */
	assert_false(geo_contains(&shape, (struct geo_point){5000000, 1}));
	Polygon *back = geo_polygon_write(&g.a, &shape.polygons[0]);
	assert_int_equal(back->n_rings, 2);
	assert_int_equal(back->rings[0]->n_points, 5); /* the repeated point is gone */
	arena_free(&g.a);
}

/* Of two grids that share a border exactly one has each point on it. */
static void test_borders(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	const struct org_node *left = config_node(g.config, "n4"), *right = config_node(g.config, "n5");
	for (int32_t lat = 30000000; lat < 30005000; lat += 7) {
		struct geo_point p = {lat, 120005000};
		assert_int_equal(geo_contains(&left->shape, p) + geo_contains(&right->shape, p), 1);
	}
	assert_string_equal(config_locate(g.config, (struct geo_point){30000001, 120004999})->record->id, "n4");
	assert_string_equal(config_locate(g.config, (struct geo_point){30000001, 120005001})->record->id, "n5");
	assert_null(config_locate(g.config, (struct geo_point){0, 0}));
	arena_free(&g.a);
}

static void test_distances(void **state)
{
	(void)state;
	assert_int_equal(geo_distance_m((struct geo_point){0, 0}, (struct geo_point){0, 0}), 0);
	assert_in_range(geo_distance_m((struct geo_point){0, 0}, (struct geo_point){1000000, 0}), 111190, 111200);
	assert_in_range(geo_distance_m((struct geo_point){60000000, 0}, (struct geo_point){60000000, 1000000}), 55590,
			55600);
	/* Across the date line, and to the other side of the earth. */
	assert_in_range(geo_distance_m((struct geo_point){0, 179900000}, (struct geo_point){0, -179900000}), 22200,
			22300);
	assert_in_range(geo_distance_m((struct geo_point){0, 0}, (struct geo_point){0, 180000000}), 20015000, 20016000);
	struct geo_box a = {30000000, 30005000, 120000000, 120005000}, b = {30006000, 30007000, 120000000, 120005000};
	assert_true(geo_near(&a, &b, 120));
	assert_false(geo_near(&a, &b, 100));
	assert_true(geo_near(&a, &a, 0));
}

/* Never more than the distance, and nearby at most a metre less. */
static void test_least_distances(void **state)
{
	(void)state;
	uint64_t dice = 11;
	for (int i = 0; i < 200000; i++) {
		int32_t across_e6 = i < 100000 ? 400000 : 180000000; /* half of the points anywhere on earth */
		int32_t offset[4];
		for (int k = 0; k < 4; k++) {
			dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			offset[k] = (int32_t)((dice >> 33) % (uint32_t)across_e6);
		}
		struct geo_point a = {39900000, 116300000}, b = a;
		if (across_e6 == 180000000)
			a = b = (struct geo_point){-90000000, -180000000};
		a = (struct geo_point){a.lat_e6 + offset[0], a.lon_e6 + offset[1]};
		b = (struct geo_point){b.lat_e6 + offset[2], b.lon_e6 + offset[3]};
		uint32_t is_m = geo_distance_m(a, b), least_m = geo_least_distance_m(a, geo_cos_lat(a), b);
		assert_true(least_m <= is_m);
		if (is_m < 2000)
			assert_true(is_m - least_m <= 1);
	}
	struct geo_point here = {39900000, 116300000};
	assert_int_equal(geo_least_distance_m(here, geo_cos_lat(here), here), 0);
}

/* --- who sees what --- */

static void test_authz(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	OfferRecord *offer = PB_NEW(&g.a, OfferRecord);
	offer->member_id = (char *)"m2";
	offer->state = OFFER_STATE_LIVE;
	arena_append(&g.a, (void ***)&o->offers, &o->n_offers, offer);
	o->slots[0]->member_id = (char *)"m1";
	static const struct {
		Role role;
		const char *id, *node_id;
		bool order, desk;
		enum authz_sight contact;
		bool private_;
	} rows[] = {
	    {ROLE_ADMIN, "root", "", true, true, SIGHT_MASKED, true},
	    {ROLE_ADMIN, "u1", "n2", true, true, SIGHT_MASKED, true},
	    {ROLE_ADMIN, "u1", "n5", false, false, SIGHT_MASKED, true},
	    {ROLE_SYSTEM, "", "", true, true, SIGHT_NONE, true},
	    {ROLE_OPERATOR, "k1", "", true, true, SIGHT_MASKED, true},
	    {ROLE_OPERATOR, "k1", "n2", true, true, SIGHT_MASKED, true},
	    {ROLE_OPERATOR, "k1", "n4", true, true, SIGHT_MASKED, true},
	    {ROLE_OPERATOR, "k1", "n5", false, false, SIGHT_MASKED, true},
	    {ROLE_OPERATOR, "k1", "zz", false, false, SIGHT_MASKED, true},
	    {ROLE_BACKEND, "k1", "n2", true, false, SIGHT_MASKED, true},
	    {ROLE_BACKEND, "k1", "n3", false, false, SIGHT_MASKED, true},
	    {ROLE_RESIDENT, "r1", "", true, false, SIGHT_FULL, true},
	    {ROLE_RESIDENT, "r2", "", true, false, SIGHT_FULL, true},
	    {ROLE_RESIDENT, "r3", "", false, false, SIGHT_NONE, true},
	    {ROLE_RESIDENT, "", "", false, false, SIGHT_NONE, true},
	    {ROLE_MEMBER, "m1", "", true, false, SIGHT_FULL, true},
	    {ROLE_MEMBER, "m2", "", true, false, SIGHT_NONE, false},
	    {ROLE_MEMBER, "m3", "", false, false, SIGHT_NONE, false},
	    {ROLE_MEMBER, "", "", false, false, SIGHT_NONE, false},
	    {ROLE_UNSPECIFIED, "", "", false, false, SIGHT_NONE, true},
	};
	o->private_ = true;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		act_as(&g, rows[i].role, rows[i].id, rows[i].node_id);
		assert_int_equal(authz_order(&g.s, o), rows[i].order ? OK : ERR_NOT_FOUND);
		assert_int_equal(authz_desk_order(&g.s, o), rows[i].desk ? OK : ERR_NOT_FOUND);
		assert_int_equal(authz_contact(&g.s, o), rows[i].contact);
		assert_int_equal(authz_sees_private(&g.s, o), rows[i].private_);
	}
	/* An administrator in somebody's name is still one. */
	act_as(&g, ROLE_RESIDENT, "r1", "");
	g.actor.by_staff = true;
	assert_int_equal(authz_contact(&g.s, o), SIGHT_MASKED);
	assert_int_equal(authz_person(&g.s, "r1"), SIGHT_MASKED);
	act_as(&g, ROLE_MEMBER, "m1", "");
	assert_int_equal(authz_person(&g.s, "m1"), SIGHT_FULL);
	assert_int_equal(authz_person(&g.s, "m2"), SIGHT_NONE);
	/* From taking it on until it is done, whatever else is looked for or waited for meanwhile. */
	static const struct {
		OrderState state;
		enum authz_sight sight;
	} states[] = {
	    {ORDER_STATE_PLACED, SIGHT_FULL},     {ORDER_STATE_OFFERED, SIGHT_FULL},
	    {ORDER_STATE_ACCEPTED, SIGHT_FULL},   {ORDER_STATE_STARTED, SIGHT_FULL},
	    {ORDER_STATE_HELD, SIGHT_FULL},       {ORDER_STATE_COMPLETED, SIGHT_MASKED},
	    {ORDER_STATE_CLOSED, SIGHT_MASKED},   {ORDER_STATE_CANCELLED, SIGHT_MASKED},
	    {ORDER_STATE_REJECTED, SIGHT_MASKED},
	};
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		o->state = states[i].state;
		assert_int_equal(authz_contact(&g.s, o), states[i].sight);
	}
	o->state = ORDER_STATE_STARTED;
	o->slots[0]->completed_after_ms = 5;
	assert_int_equal(authz_contact(&g.s, o), SIGHT_MASKED);
	arena_free(&g.a);
}

/* Who has several nodes reaches what lies under any of them, and nothing of the tenant as a whole. */
static void test_several_nodes(void **state)
{
	static const char *const node_ids[] = {"n5", "n4"};
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	assert_int_equal(authz_whole_tenant(&g.s), OK);
	g.actor =
	    (struct actor){.role = ROLE_OPERATOR, .id = "u1", .node_ids = node_ids, .n_node_ids = 2, .key_id = ""};
	assert_int_equal(authz_desk_order(&g.s, o), OK);
	assert_int_equal(authz_node(&g.s, "n5", "node_id"), OK);
	assert_int_equal(authz_node(&g.s, "n2", "node_id"), ERR_NOT_FOUND);
	assert_int_equal(authz_whole_tenant(&g.s), ERR_PERMISSION_DENIED);
	assert_string_equal(authz_home_node(&g.s), g.config->root->record->id);
	g.actor.n_node_ids = 1;
	assert_int_equal(authz_desk_order(&g.s, o), ERR_NOT_FOUND);
	assert_string_equal(authz_home_node(&g.s), "n5");
	arena_free(&g.a);
}

static void test_masking(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	OrderRecord *o = some_order(&g);
	PiiRecord *pii = PB_NEW(&g.a, PiiRecord);
	pii->name = (char *)"Canary";
	o->private_ = true;
	for (int i = 0; i < 2; i++) {
		OfferRecord *offer = PB_NEW(&g.a, OfferRecord);
		offer->member_id = (char *)(i == 0 ? "m1" : "m2");
		arena_append(&g.a, (void ***)&o->offers, &o->n_offers, offer);
		order_entry(&g.s, o, EVENT_KIND_OFFERED, offer->member_id, NULL);
	}
	act_as(&g, ROLE_MEMBER, "m1", "");
	Order *seen = view_order(&g.s, o, "1", pii);
	assert_null(seen->contact);
	assert_string_equal(seen->title, "");
	assert_string_equal(seen->completion_code, "");
	assert_int_equal(seen->n_offers, 1);
	assert_int_equal(seen->n_timeline, 1);
	o->slots[0]->member_id = (char *)"m1";
	seen = view_order(&g.s, o, "1", pii);
	assert_string_equal(seen->contact->name, "Canary");
	assert_string_equal(seen->title, "title");
	act_as(&g, ROLE_RESIDENT, "r1", "");
	seen = view_order(&g.s, o, "1", pii);
	assert_string_equal(seen->completion_code, "0077");
	assert_int_equal(seen->n_offers, 0);
	assert_int_equal(seen->n_timeline, 0);
	act_as(&g, ROLE_RESIDENT, "r2", ""); /* who ordered is not who is helped */
	assert_string_equal(view_order(&g.s, o, "1", pii)->completion_code, "");
	act_as(&g, ROLE_ADMIN, "root", "");
	seen = view_order(&g.s, o, "1", pii);
	assert_string_equal(seen->contact->name, "C**");
	assert_true(seen->contact->masked);
	assert_string_equal(seen->completion_code, "");
	assert_int_equal(seen->n_offers, 2);
	arena_free(&g.a);
}

static void test_mask(void **state)
{
	(void)state;
	static const struct {
		char *(*mask)(struct arena *a, const char *text);
		const char *text, *masked;
	} rows[] = {
	    {mask_surname, "", ""},
	    {mask_surname, " 张伟", "张"},
	    {mask_surname, "张", "张"},
	    {mask_surname, "欧阳小明", "欧阳"},
	    {mask_surname, "欧阳", "欧"},
	    {mask_surname, "Wang Fang", "W."},
	    {mask_name, "", ""},
	    {mask_name, "张伟", "张**"},
	    {mask_name, "张", "**"},
	    {mask_name, "欧阳小明", "欧**"},
	    {mask_name, "Wang Fang", "W**"},
	    {mask_name, " Wang", "W**"},
	    {mask_name, "X", "**"},
	    {mask_name, "𠮷野", "𠮷**"},
	    {mask_phone, "", ""},
	    {mask_phone, "13812345678", "138****5678"},
	    {mask_phone, "138-1234-5678", "138****5678"},
	    {mask_phone, "+86 138 1234 5678", "+86 138****5678"},
	    {mask_phone, "008613812345678", "+86 138****5678"},
	    {mask_phone, "8613812345678", "+86 138****5678"},
	    {mask_phone, "１３８１２３４５６７８", "138****5678"},
	    {mask_phone, "010-62345678", "010****5678"},
	    {mask_phone, "+44 7911 123456", "447****3456"},
	    {mask_phone, "010-6234567", "****67"},
	    {mask_phone, "6234567", "****67"},
	    {mask_phone, "123456", "****"},
	    {mask_phone, "weixin: fang", "****"},
	    {mask_phone, "1", "****"},
	    {mask_address, "", ""},
	    {mask_address, "幸福路8号3栋2单元501室", "幸福路8号3栋***"},
	    {mask_address, "3号楼502", "3号楼***"},
	    {mask_address, "幸福路8号501室", "幸福路8号***"},
	    {mask_address, "幸福路8号", "幸福路8号"},
	    {mask_address, "3单元501号", "***"},
	    {mask_address, "502室", "***"},
	    {mask_address, "A座1203", "A座***"},
	    {mask_address, "Block 3, Flat 502", "Block 3***"},
	    {mask_address, "Sunrise Building, 5F", "Sunrise Building***"},
	    {mask_address, "tower B", "tower B"},
	    {mask_address, "Watchtower Lane 3", "***"},
	    {mask_address, "Flat 3, 12 Long Street", "***"},
	};
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(rows[i].mask(&a, rows[i].text), rows[i].masked);
	assert_true(mask_is_masked("张**"));
	assert_true(mask_is_masked("138****5678"));
	assert_true(mask_is_masked("***"));
	assert_false(mask_is_masked("3*4"));
	assert_false(mask_is_masked(""));
	arena_free(&a);
}

/* --- configuration, time --- */

static void test_config(void **state)
{
	(void)state;
	struct ground g;
	ground_up(&g);
	assert_true(config_under(g.config, "n4", "n1"));
	assert_true(config_under(g.config, "n4", "n4"));
	assert_true(config_under(g.config, "n4", ""));
	assert_false(config_under(g.config, "n4", "n3"));
	assert_false(config_under(g.config, "zz", "n1"));
	assert_string_equal(config_above(g.config, "n4", NODE_KIND_COMMUNITY)->record->id, "n2");
	assert_null(config_above(g.config, "n1", NODE_KIND_COMMUNITY));
	assert_int_equal(g.config->n_grids, 3);
	/* Orphans, loops and a tree without a root are not used. */
	struct config *bad;
	NodeRecord *orphan[] = {some_node(&g.a, "n1", NODE_KIND_STREET, ""),
				some_node(&g.a, "n2", NODE_KIND_GRID, "n9")};
	NodeRecord *loop[] = {some_node(&g.a, "n1", NODE_KIND_STREET, ""),
			      some_node(&g.a, "n2", NODE_KIND_COMMUNITY, "n3"),
			      some_node(&g.a, "n3", NODE_KIND_COMMUNITY, "n2")};
	struct config_parts parts = {.nodes = orphan, .n_nodes = 2};
	assert_int_equal(config_build(&g.a, &parts, &bad), ERR_DATA_CORRUPT);
	parts = (struct config_parts){.nodes = loop, .n_nodes = 3};
	assert_int_equal(config_build(&g.a, &parts, &bad), ERR_DATA_CORRUPT);
	parts = (struct config_parts){.n_nodes = 0};
	assert_int_equal(config_build(&g.a, &parts, &bad), ERR_DATA_CORRUPT);
	arena_free(&g.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_polygons),
	    cmocka_unit_test(test_good_polygons),
	    cmocka_unit_test(test_borders),
	    cmocka_unit_test(test_distances),
	    cmocka_unit_test(test_least_distances),
	    cmocka_unit_test(test_authz),
	    cmocka_unit_test(test_several_nodes),
	    cmocka_unit_test(test_masking),
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_config),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
