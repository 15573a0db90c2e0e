#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pb/pb_message.h"
#include "world.h"

#define ORIGIN_LAT 30.0
#define ORIGIN_LON 120.0
#define GRID_M 500.0
#define METRES_PER_DEGREE 111194.9

static double north_degrees(double metres)
{
	return metres / METRES_PER_DEGREE;
}

static double east_degrees(double metres)
{
	return metres / (METRES_PER_DEGREE * cos(ORIGIN_LAT * M_PI / 180));
}

/* Helpers of the set-up can't fail. */
static void *must(struct world_reply reply, const char *what)
{
	if (reply.err != OK || reply.message == NULL) {
		fprintf(stderr, "town: %s: %s %s %s\n", what, err_info(reply.err)->reason,
			reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
		abort();
	}
	return reply.message;
}

static GeoPoint *point_at(struct world *w, double east_m, double north_m)
{
	GeoPoint *point = PB_NEW(world_arena(w), GeoPoint);
	point->lat = ORIGIN_LAT + north_degrees(north_m);
	point->lon = ORIGIN_LON + east_degrees(east_m);
	return point;
}

GeoPoint *world_point(struct world *w, size_t grid, double east_m, double north_m, size_t side)
{
	double column = (double)(grid % side), row = (double)(grid / side);
	return point_at(w, (column + 0.5) * GRID_M + east_m, (row + 0.5) * GRID_M + north_m);
}

static Node *square(struct world *w, size_t column, size_t row)
{
	struct arena *a = world_arena(w);
	Node *node = PB_NEW(a, Node);
	Polygon *polygon = PB_NEW(a, Polygon);
	Ring2d *ring = PB_NEW(a, Ring2d);
	static const double corners[5][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}};
	for (size_t i = 0; i < 5; i++)
		arena_append(
		    a, (void ***)&ring->points, &ring->n_points,
		    point_at(w, ((double)column + corners[i][0]) * GRID_M, ((double)row + corners[i][1]) * GRID_M));
	arena_append(a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	arena_append(a, (void ***)&node->polygons, &node->n_polygons, polygon);
	node->code = arena_printf(a, "g%zu-%zu", row, column);
	node->name = node->code;
	return node;
}

static char *category(struct world *w, const char *code, Urgency urgency, bool complaint, bool pair)
{
	struct arena *a = world_arena(w);
	PutCategoryRequest *request = PB_NEW(a, PutCategoryRequest);
	Category *c = request->category = PB_NEW(a, Category);
	c->code = (char *)code;
	c->name_zh = (char *)code;
	c->urgency = urgency;
	c->complaint = complaint;
	c->points = PB_NEW(a, PointsRule);
	c->points->per_order = 10;
	c->points->per_quarter_hour = 5;
	c->points->rating_bonus = 5;
	c->points->daily_cap = 200;
	if (pair) {
		c->two_person = true;
		SlotSpec *lift = PB_NEW(a, SlotSpec), *any = PB_NEW(a, SlotSpec);
		lift->skill = (char *)"lift";
		arena_append(a, (void ***)&c->slots, &c->n_slots, lift);
		arena_append(a, (void ***)&c->slots, &c->n_slots, any);
	}
	PutCategoryResponse *reply = must(world_call(w, AS_ADMIN, "OrgService/PutCategory", request), code);
	return reply->category->id;
}

struct town world_town(struct world *w, size_t side)
{
	struct arena *a = world_arena(w);
	struct town town = {.n_grids = side * side};
	CreateTenantRequest *tenant = PB_NEW(a, CreateTenantRequest);
	tenant->tenant_id = (char *)WORLD_TENANT;
	tenant->name = (char *)"Elm Street";
	must(world_call(w, AS_ADMIN, "OrgService/CreateTenant", tenant), "tenant");
	CreateNodeRequest *community = PB_NEW(a, CreateNodeRequest);
	community->node = PB_NEW(a, Node);
	community->node->kind = NODE_KIND_COMMUNITY;
	community->node->name = (char *)"Elm Court";
	CreateNodeResponse *created = must(world_call(w, AS_ADMIN, "OrgService/CreateNode", community), "community");
	town.community_id = created->node->id;
	ImportGridsRequest *grids = PB_NEW(a, ImportGridsRequest);
	grids->parent_id = town.community_id;
	for (size_t i = 0; i < town.n_grids; i++)
		arena_append(a, (void ***)&grids->grids, &grids->n_grids, square(w, i % side, i / side));
	ImportGridsResponse *imported = must(world_call(w, AS_ADMIN, "OrgService/ImportGrids", grids), "grids");
	town.grid_ids = arena_array(a, town.n_grids, sizeof(*town.grid_ids));
	for (size_t i = 0; i < town.n_grids; i++)
		town.grid_ids[i] = imported->grids[i]->id;
	town.plain_category = category(w, "errand", URGENCY_NORMAL, false, false);
	town.urgent_category = category(w, "leak", URGENCY_URGENT, false, false);
	town.danger_category = category(w, "fall", URGENCY_DANGER, false, false);
	town.pair_category = category(w, "carry", URGENCY_NORMAL, false, true);
	town.complaint_category = category(w, "noise", URGENCY_NORMAL, true, false);
	return town;
}

char *world_member(struct world *w, const GeoPoint *home, const char *skill)
{
	struct arena *a = world_arena(w);
	CreateMemberRequest *request = PB_NEW(a, CreateMemberRequest);
	request->member = PB_NEW(a, Member);
	request->member->home = (GeoPoint *)home;
	request->member->name = (char *)"Member Canary";
	request->member->phone = (char *)"13800000000";
	if (skill != NULL) {
		Skill *has = PB_NEW(a, Skill);
		has->name = (char *)skill;
		arena_append(a, (void ***)&request->member->skills, &request->member->n_skills, has);
	}
	CreateMemberResponse *reply = must(world_call(w, AS_ADMIN, "MemberService/CreateMember", request), "member");
	return reply->member->id;
}

char *world_resident(struct world *w)
{
	CreateResidentRequest *request = PB_NEW(world_arena(w), CreateResidentRequest);
	request->resident = PB_NEW(world_arena(w), Resident);
	request->resident->name = (char *)"Resident Canary";
	request->resident->phone = (char *)"13900000000";
	CreateResidentResponse *reply = must(world_call(w, AS_ADMIN, "OrgService/CreateResident", request), "resident");
	return reply->resident->id;
}

char *world_order(struct world *w, const char *resident_id, const char *category_id, const GeoPoint *point)
{
	PlaceOrderRequest *request = PB_NEW(world_arena(w), PlaceOrderRequest);
	request->category_id = (char *)category_id;
	request->title = (char *)"help";
	request->point = (GeoPoint *)point;
	PlaceOrderResponse *reply =
	    must(world_call(w, AS_RESIDENT(resident_id), "OrderService/PlaceOrder", request), "order");
	return reply->order->id;
}

const Order *world_get_order(struct world *w, const char *order_id)
{
	GetOrderRequest *request = PB_NEW(world_arena(w), GetOrderRequest);
	request->order_id = (char *)order_id;
	GetOrderResponse *reply = must(world_call(w, AS_ADMIN, "OrderService/GetOrder", request), "get order");
	return reply->order;
}
