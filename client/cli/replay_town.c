#include "replay_town.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/limits.h"
#include "pb/pb_message.h"

enum { WINDOW = 64, MAX_COMMUNITIES = 100 };

struct building {
	struct arena *arena;
	struct rpcs *rpcs;
	const struct tenant_links *links;
	const struct replay_data *data;
	struct town *town;
	struct rpc_error *error;
	const struct town_policy *policy;
	const char **building_ids;
	const char **household_ids;
	const char *communities[MAX_COMMUNITIES]; /* the first halves of codes */
	const char *community_ids[MAX_COMMUNITIES];
	size_t n_communities;
};

static char *borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* --- the org tree --- */

static const char *first_half(struct arena *a, const char *code)
{
	return arena_string(a, slice_of(code, strlen(code) / 2));
}

static size_t community_of(struct building *b, const char *code)
{
	size_t i = 0;
	if (b->n_communities == 1)
		return 0;
	const char *half = first_half(b->arena, code);
	while (i < b->n_communities && strcmp(b->communities[i], half) != 0)
		i++;
	return i;
}

/* Several groups of several grids are communities; anything else is one. */
static void find_communities(struct building *b)
{
	const struct geo_file *grids = &b->data->grids;
	for (size_t i = 0; i < grids->n; i++) {
		size_t k = 0;
		const char *half = first_half(b->arena, grids->features[i].code);
		while (k < b->n_communities && strcmp(b->communities[k], half) != 0)
			k++;
		if (k == MAX_COMMUNITIES || half[0] == '\0') {
			b->n_communities = 1;
			break;
		}
		if (k == b->n_communities)
			b->communities[b->n_communities++] = half;
	}
	if (b->n_communities < 2 || b->n_communities * 2 > grids->n) {
		b->n_communities = 1;
		b->communities[0] = "1";
	}
}

static void make_community(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	CreateNodeRequest request;
	Node node;
	CreateNodeRequest_init(&request);
	Node_init(&node);
	request.node = &node;
	node.kind = NODE_KIND_COMMUNITY;
	node.parent_id = borrow(b->links->root_id);
	node.name = arena_printf(b->arena, "community %s", b->communities[i]);
	node.code = arena_printf(b->arena, "c%s", b->communities[i]);
	batch_send(batch, i, b->links->admin, RPC_CREATE_NODE, &request, NULL);
}

/* Ids are read back rather than taken from the replies: a repeated import does not tell them. */
static bool list_nodes(struct building *b, const char *parent_id, void (*take)(struct building *b, const Node *node))
{
	enum { PAGE = 200 };
	char token[128] = "";
	do {
		ListNodesRequest request;
		ListNodesRequest_init(&request);
		request.parent_id = borrow(parent_id);
		request.page_size = PAGE;
		request.page_token = token;
		const ListNodesResponse *response =
		    rpc_wait(b->rpcs, b->links->admin, RPC_LIST_NODES, &request, NULL, b->error);
		if (response == NULL)
			return false;
		for (size_t i = 0; i < response->n_nodes; i++)
			take(b, response->nodes[i]);
		snprintf(token, sizeof(token), "%s", response->next_page_token);
	} while (token[0] != '\0');
	return true;
}

static void take_community(struct building *b, const Node *node)
{
	for (size_t i = 0; i < b->n_communities; i++) {
		if (node->code[0] == 'c' && strcmp(node->code + 1, b->communities[i]) == 0)
			b->community_ids[i] = arena_strdup(b->arena, node->id);
	}
}

static void take_grid(struct building *b, const Node *node)
{
	for (size_t i = 0; i < b->data->grids.n; i++) {
		if (strcmp(node->code, b->data->grids.features[i].code) == 0)
			b->town->grid_ids[i] = arena_strdup(b->arena, node->id);
	}
}

static Polygon *polygon_of(struct arena *a, const struct geo_polygon *from)
{
	Polygon *polygon = PB_NEW(a, Polygon);
	polygon->n_rings = from->n;
	polygon->rings = arena_array(a, from->n, sizeof(*polygon->rings));
	for (size_t r = 0; r < from->n; r++) {
		Ring2d *ring = polygon->rings[r] = PB_NEW(a, Ring2d);
		ring->n_points = from->rings[r].n;
		ring->points = arena_array(a, ring->n_points, sizeof(*ring->points));
		for (size_t i = 0; i < ring->n_points; i++) {
			ring->points[i] = PB_NEW(a, GeoPoint);
			ring->points[i]->lat = from->rings[r].points[i].lat;
			ring->points[i]->lon = from->rings[r].points[i].lon;
		}
	}
	return polygon;
}

static Node *grid_of(struct arena *a, const struct geo_feature *from)
{
	Node *node = PB_NEW(a, Node);
	node->code = borrow(from->code);
	node->name = borrow(from->name[0] != '\0' ? from->name : from->code);
	node->n_polygons = from->n;
	node->polygons = arena_array(a, from->n, sizeof(*node->polygons));
	for (size_t i = 0; i < from->n; i++)
		node->polygons[i] = polygon_of(a, &from->polygons[i]);
	return node;
}

/* One community's grids, some at a time: a request has its bounds. */
static bool import_grids(struct building *b, size_t community)
{
	enum { AT_ONCE = 50 };
	const struct geo_file *grids = &b->data->grids;
	for (size_t i = 0; i < grids->n;) {
		struct arena_mark mark = arena_mark(b->arena);
		ImportGridsRequest request;
		Node *nodes[AT_ONCE];
		ImportGridsRequest_init(&request);
		request.parent_id = borrow(b->community_ids[community]);
		request.grids = nodes;
		for (; i < grids->n && request.n_grids < AT_ONCE; i++) {
			if (community_of(b, grids->features[i].code) == community)
				nodes[request.n_grids++] = grid_of(b->arena, &grids->features[i]);
		}
		bool ok = request.n_grids == 0 ||
			  rpc_wait(b->rpcs, b->links->admin, RPC_IMPORT_GRIDS, &request, NULL, b->error) != NULL;
		arena_rewind(b->arena, mark);
		if (!ok)
			return false;
	}
	return true;
}

/* The code of a grid whose id is not known. */
static const char *find_missing(const struct building *b)
{
	for (size_t i = 0; i < b->town->n_grids; i++) {
		if (b->town->grid_ids[i] == NULL)
			return b->data->grids.features[i].code;
	}
	return NULL;
}

static bool build_grids(struct building *b)
{
	find_communities(b);
	if (!batch_run(b->rpcs, b->n_communities, 1, make_community, b, b->error) ||
	    !list_nodes(b, b->links->root_id, take_community))
		return false;
	b->town->n_grids = b->data->grids.n;
	b->town->grid_ids = arena_array(b->arena, b->town->n_grids, sizeof(*b->town->grid_ids));
	for (size_t i = 0; i < b->n_communities; i++) {
		if (!import_grids(b, i))
			return false;
	}
	/* A worker that did not make them hears of them a moment later. */
	enum { TRIES = 20, TRY_MS = 100 };
	for (unsigned tries = 0; find_missing(b) != NULL; tries++) {
		if (tries == TRIES) {
			rpc_error_local(b->error, ERR_INTERNAL, "grid %s is not there", find_missing(b));
			return false;
		}
		if (tries > 0)
			nanosleep(&(struct timespec){0, TRY_MS * 1000000}, NULL);
		for (size_t i = 0; i < b->n_communities; i++) {
			if (!list_nodes(b, b->community_ids[i], take_grid))
				return false;
		}
	}
	return true;
}

/* --- categories and policy --- */

static bool has_word(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasestr(text, words[i]) != NULL)
			return true;
	}
	return false;
}

#define HAS_WORD(text, words) has_word(text, words, sizeof(words) / sizeof((words)[0]))

Urgency town_urgency(const char *type)
{
	static const char *const urgent[] = {"unsafe",  "danger",    "emergency", "hazard",
					     "heat",    "needle",    "exposed",   "traffic signal",
					     "manhole", "knockdown", "unsanitary"};
	static const char *const complex[] = {"new ", "plan", "permit", "investigation", "general comments", "zoning"};
	if (HAS_WORD(type, urgent))
		return URGENCY_URGENT;
	return HAS_WORD(type, complex) ? URGENCY_COMPLEX : URGENCY_NORMAL;
}

/* At most that many bytes, ending at a character's edge. */
static char *shorten(struct arena *a, const char *text, size_t max)
{
	size_t len = strlen(text);
	if (len > max) {
		len = max;
		while (len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
			len--;
	}
	return arena_string(a, slice_of(text, len));
}

static void take_category(void *arg, size_t i, const void *message)
{
	struct building *b = arg;
	const PutCategoryResponse *response = message;
	if (response->category != NULL)
		b->town->category_ids[i] = arena_strdup(b->arena, response->category->id);
}

static const struct extra {
	const char *code, *zh, *en, *skill;
} extras[TOWN_EXTRAS] = {
    [TOWN_BEYOND] = {"beyond", "不属本街道", "not ours to serve", "nobody-has-it"},
    [TOWN_PICKED] = {"picked", "自选", "picked from the pool", "picker"},
};

static void make_category(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	PutCategoryRequest request;
	Category category;
	PointsRule points;
	SlotSpec slot, *slots[] = {&slot};
	PutCategoryRequest_init(&request);
	Category_init(&category);
	PointsRule_init(&points);
	SlotSpec_init(&slot);
	request.category = &category;
	category.slots = slots;
	category.n_slots = 1;
	if (i >= b->data->n_kinds) {
		const struct extra *extra = &extras[i - b->data->n_kinds];
		category.code = borrow(extra->code);
		category.name_zh = borrow(extra->zh);
		category.name_en = borrow(extra->en);
		category.urgency = URGENCY_NORMAL;
		slot.skill = borrow(extra->skill);
	} else {
		category.code = arena_printf(b->arena, "type-%zu", i);
		category.name_zh = category.name_en = shorten(b->arena, b->data->kinds[i].name, LIMIT_NAME_CHARS);
		category.urgency = town_urgency(b->data->kinds[i].name);
	}
	category.points = &points;
	points.per_order = 10;
	points.per_quarter_hour = 2;
	points.rating_bonus = 5;
	batch_send(batch, i, b->links->admin, RPC_PUT_CATEGORY, &request, take_category);
}

static bool put_policy(struct building *b, const struct town_policy *wanted)
{
	GetPolicyRequest get;
	PutPolicyRequest put;
	GetPolicyRequest_init(&get);
	PutPolicyRequest_init(&put);
	const GetPolicyResponse *response = rpc_wait(b->rpcs, b->links->admin, RPC_GET_POLICY, &get, NULL, b->error);
	if (response == NULL)
		return false;
	Policy *policy = response->policy;
	/* Three kilometres, as in the lab; what waits in reality for minutes and days waits for seconds here. */
	policy->weights->max_distance_m = 3000;
	policy->routine->offer_ttl_ms = wanted->offer_ttl_ms;
	policy->urgent->offer_ttl_ms = wanted->offer_ttl_ms;
	policy->emergency->offer_ttl_ms = wanted->offer_ttl_ms;
	policy->auto_close_ms = wanted->auto_close_ms;
	policy->pool_ttl_ms = wanted->pool_ttl_ms;
	put.policy = policy;
	return rpc_wait(b->rpcs, b->links->admin, RPC_PUT_POLICY, &put, NULL, b->error) != NULL;
}

/* --- people --- */

static void take_member(void *arg, size_t i, const void *message)
{
	struct building *b = arg;
	const CreateMemberResponse *response = message;
	if (response->member != NULL)
		b->town->member_ids[i] = arena_strdup(b->arena, response->member->id);
}

static void make_member(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	const struct replay_member *from = &b->data->members[i];
	CreateMemberRequest request;
	Member member;
	GeoPoint home;
	CreateMemberRequest_init(&request);
	Member_init(&member);
	GeoPoint_init(&home);
	request.member = &member;
	member.kind = MEMBER_KIND_VOLUNTEER;
	member.name = arena_printf(b->arena, "volunteer %s", from->name);
	member.home = &home;
	member.grid_id = borrow(b->town->grid_ids[from->grid]);
	home.lat = from->lat;
	home.lon = from->lon;
	Skill skill, *skills[] = {&skill};
	Skill_init(&skill);
	skill.name = borrow(extras[TOWN_PICKED].skill);
	if (b->policy->pickers && town_is_picker(i)) {
		enum { LONG_S = 30 * 24 * 3600 };
		member.skills = skills;
		member.n_skills = 1;
		member.paused_until_ms = ((int64_t)time(NULL) + LONG_S) * 1000;
	}
	batch_send(batch, i, b->links->admin, RPC_CREATE_MEMBER, &request, take_member);
}

static void take_building(void *arg, size_t i, const void *message)
{
	struct building *b = arg;
	const CreateBuildingResponse *response = message;
	if (response->building != NULL)
		b->building_ids[i] = arena_strdup(b->arena, response->building->id);
}

static void make_building(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	const struct geo_feature *grid = &b->data->grids.features[i];
	CreateBuildingRequest request;
	Building building;
	GeoPoint point;
	CreateBuildingRequest_init(&request);
	Building_init(&building);
	GeoPoint_init(&point);
	request.building = &building;
	building.name = arena_printf(b->arena, "house in %s", grid->code);
	building.grid_id = borrow(b->town->grid_ids[i]);
	building.point = &point;
	point.lat = grid->polygons[0].rings[0].points[0].lat;
	point.lon = grid->polygons[0].rings[0].points[0].lon;
	batch_send(batch, i, b->links->admin, RPC_CREATE_BUILDING, &request, take_building);
}

static void take_household(void *arg, size_t i, const void *message)
{
	struct building *b = arg;
	const CreateHouseholdResponse *response = message;
	if (response->household != NULL)
		b->household_ids[i] = arena_strdup(b->arena, response->household->id);
}

static void make_household(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	CreateHouseholdRequest request;
	Household household;
	CreateHouseholdRequest_init(&request);
	Household_init(&household);
	request.household = &household;
	household.building_id = borrow(b->building_ids[i / TOWN_RESIDENTS_PER_GRID]);
	household.address = arena_printf(b->arena, "door %zu", i % TOWN_RESIDENTS_PER_GRID + 1);
	batch_send(batch, i, b->links->admin, RPC_CREATE_HOUSEHOLD, &request, take_household);
}

static void take_resident(void *arg, size_t i, const void *message)
{
	struct building *b = arg;
	const CreateResidentResponse *response = message;
	if (response->resident != NULL)
		b->town->resident_ids[i] = arena_strdup(b->arena, response->resident->id);
}

static void make_resident(struct batch *batch, size_t i)
{
	struct building *b = batch->arg;
	CreateResidentRequest request;
	Resident resident;
	CreateResidentRequest_init(&request);
	Resident_init(&resident);
	request.resident = &resident;
	resident.household_id = borrow(b->household_ids[i]);
	resident.name = arena_printf(b->arena, "resident %zu", i + 1);
	batch_send(batch, i, b->links->admin, RPC_CREATE_RESIDENT, &request, take_resident);
}

static bool all_there(const char *const *ids, size_t n, const char *what, struct rpc_error *error)
{
	for (size_t i = 0; i < n; i++) {
		if (ids[i] == NULL) {
			rpc_error_local(error, ERR_INTERNAL, "%s %zu has no id", what, i);
			return false;
		}
	}
	return true;
}

static bool build_people(struct building *b)
{
	struct town *town = b->town;
	size_t n = town->n_grids * TOWN_RESIDENTS_PER_GRID;
	town->n_members = b->data->n_members;
	town->member_ids = arena_array(b->arena, town->n_members, sizeof(*town->member_ids));
	town->resident_ids = arena_array(b->arena, n, sizeof(*town->resident_ids));
	b->building_ids = arena_array(b->arena, town->n_grids, sizeof(*b->building_ids));
	b->household_ids = arena_array(b->arena, n, sizeof(*b->household_ids));
	return batch_run(b->rpcs, town->n_members, WINDOW, make_member, b, b->error) &&
	       all_there(town->member_ids, town->n_members, "member", b->error) &&
	       batch_run(b->rpcs, town->n_grids, WINDOW, make_building, b, b->error) &&
	       all_there(b->building_ids, town->n_grids, "building", b->error) &&
	       batch_run(b->rpcs, n, WINDOW, make_household, b, b->error) &&
	       all_there(b->household_ids, n, "household", b->error) &&
	       batch_run(b->rpcs, n, WINDOW, make_resident, b, b->error) &&
	       all_there(town->resident_ids, n, "resident", b->error);
}

size_t town_n_pickers(const struct town *town)
{
	return (town->n_members + TOWN_PICKER_EVERY - 1) / TOWN_PICKER_EVERY;
}

bool town_build(struct arena *a, struct rpcs *r, const struct tenant_links *links, const struct replay_data *data,
		const struct town_policy *policy, struct town *town, struct rpc_error *error)
{
	struct building b = {
	    .arena = a, .rpcs = r, .links = links, .data = data, .town = town, .error = error, .policy = policy};
	size_t n = data->n_kinds + TOWN_EXTRAS;
	*town = (struct town){0};
	town->category_ids = arena_array(a, n, sizeof(*town->category_ids));
	town->titles = arena_array(a, data->n_kinds, sizeof(*town->titles));
	for (size_t i = 0; i < data->n_kinds; i++)
		town->titles[i] = shorten(a, data->kinds[i].name, LIMIT_TITLE_CHARS);
	/* Categories are the tenant's configuration: two at once would only meet. */
	return build_grids(&b) && put_policy(&b, policy) && batch_run(r, n, 1, make_category, &b, error) &&
	       all_there(town->category_ids, n, "category", error) && build_people(&b);
}
