#include "sim/settle.h"

#include <math.h>
#include <stdlib.h>

#include "domain/geo.h"

/* Records of one transaction, within LIMIT_TXN_RECORDS. */
enum { BATCH = 400 };

struct put {
	enum record_kind kind;
	void *record;
};

struct put_request {
	const struct put *puts;
	size_t n;
};

static enum err put_records(struct txn *t, const void *request, void *response)
{
	const struct put_request *rq = request;
	(void)response;
	for (size_t i = 0; i < rq->n; i++)
		txn_put(t, rq->puts[i].kind, rq->puts[i].record);
	return OK;
}

/* The tenant itself comes before there is a configuration. */
static const struct method put_first = {
    .path = "/sim/PutFirst", .handler = put_records, .roles = ROLE_BIT(ADMIN), .flags = METHOD_WRITES | METHOD_ROOT};
static const struct method put_more = {
    .path = "/sim/PutMore", .handler = put_records, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};

struct list {
	struct arena *arena;
	struct put *puts;
	size_t n, room;
};

static void add(struct list *list, enum record_kind kind, void *record)
{
	if (list->n == list->room) {
		list->room = list->room == 0 ? 1024 : list->room * 2;
		struct put *puts = arena_array(list->arena, list->room, sizeof(*puts));
		if (list->n > 0)
			memcpy(puts, list->puts, list->n * sizeof(*puts));
		list->puts = puts;
	}
	list->puts[list->n++] = (struct put){kind, record};
}

static void place_of(const GeoPoint *point, int32_t *lat_e6, int32_t *lon_e6)
{
	if (point == NULL)
		return;
	*lat_e6 = (int32_t)lrint(point->lat * 1e6);
	*lon_e6 = (int32_t)lrint(point->lon * 1e6);
}

/* --- the records --- */

static enum err add_nodes(struct list *list, const struct trial_trace *trace, const char **root_id, struct fault *fault)
{
	struct scene s = {.arena = list->arena, .fault = fault};
	*root_id = NULL;
	for (size_t i = 0; i < trace->n_nodes; i++) {
		const Node *node = trace->nodes[i];
		NodeRecord *record = ARENA_NEW(list->arena, NodeRecord);
		NodeRecord_init(record);
		record->id = node->id;
		record->kind = node->kind;
		record->name = node->name;
		record->code = node->code;
		record->parent_id = node->parent_id;
		for (size_t k = 0; k < node->n_polygons; k++) {
			PolygonRecord *polygon;
			TRY(geo_polygon_read(&s, node->polygons[k], "polygons", &polygon));
			arena_append(list->arena, (void ***)&record->polygons, &record->n_polygons, polygon);
		}
		if (node->parent_id[0] == '\0')
			*root_id = node->id;
		add(list, KIND_NODE, record);
	}
	if (*root_id == NULL)
		return fault_set(fault, ERR_FIELD_INVALID, "nodes", "there is no root");
	return OK;
}

/* Nobody speaks a code here. */
static void add_category(struct list *list, const Category *category)
{
	CategoryRecord *record = ARENA_NEW(list->arena, CategoryRecord);
	CategoryRecord_init(record);
	record->id = category->id;
	record->category = arena_copy(list->arena, category, sizeof(*category));
	record->category->code_required = false;
	add(list, KIND_CATEGORY, record);
}

static void add_policy(struct list *list, const Policy *policy)
{
	PolicyRecord *record = ARENA_NEW(list->arena, PolicyRecord);
	PolicyRecord_init(record);
	record->id = (char *)"policy";
	record->policy = arena_copy(list->arena, policy, sizeof(*policy));
	record->policy->etag = (char *)protobuf_c_empty_string;
	/* What is tried is dispatch. */
	record->policy->manual_dispatch = false;
	add(list, KIND_POLICY, record);
}

static void add_member(struct list *list, const Member *member)
{
	MemberRecord *record = ARENA_NEW(list->arena, MemberRecord);
	MemberRecord_init(record);
	record->id = member->id;
	record->kind = member->kind;
	record->grid_id = member->grid_id;
	record->building_id = member->building_id;
	place_of(member->home, &record->lat_e6, &record->lon_e6);
	record->skills = member->skills;
	record->n_skills = member->n_skills;
	record->shifts = member->shifts;
	record->n_shifts = member->n_shifts;
	record->quiet = member->quiet;
	record->holding_cap = member->holding_cap;
	record->household_id = member->household_id;
	record->inactive = !member->active;
	add(list, KIND_MEMBER, record);
}

static int by_resident(const void *a, const void *b)
{
	const TraceOrder *x = *(TraceOrder *const *)a, *y = *(TraceOrder *const *)b;
	int order = strcmp(x->order->beneficiary_id, y->order->beneficiary_id);
	if (order != 0)
		return order;
	return x->away != y->away ? (x->away ? 1 : -1) : strcmp(x->order->id, y->order->id);
}

static int by_household(const void *a, const void *b)
{
	const TraceOrder *x = *(TraceOrder *const *)a, *y = *(TraceOrder *const *)b;
	int order = strcmp(x->household_id, y->household_id);
	return order != 0 ? order : by_resident(a, b);
}

/* Where the household is tells an order at home; one that was only helped elsewhere is nowhere. */
static void add_household(struct list *list, const TraceOrder *known)
{
	HouseholdRecord *record = ARENA_NEW(list->arena, HouseholdRecord);
	HouseholdRecord_init(record);
	record->id = known->household_id;
	record->responsible_member_id = known->responsible_member_id;
	if (!known->away) {
		record->grid_id = known->order->grid_id;
		record->building_id = known->order->building_id;
		place_of(known->order->point, &record->lat_e6, &record->lon_e6);
	}
	add(list, KIND_HOUSEHOLD, record);
}

static void add_resident(struct list *list, const TraceOrder *known)
{
	ResidentRecord *record = ARENA_NEW(list->arena, ResidentRecord);
	ResidentRecord_init(record);
	record->id = known->order->beneficiary_id;
	record->household_id = known->household_id;
	add(list, KIND_RESIDENT, record);
}

static void add_residents(struct list *list, const struct trial_trace *trace)
{
	size_t n = trace->n_orders;
	TraceOrder **orders = arena_copy(list->arena, trace->orders, n * sizeof(TraceOrder *));
	qsort(orders, n, sizeof(TraceOrder *), by_household);
	for (size_t i = 0; i < n; i++) {
		const char *id = orders[i]->household_id;
		if (id[0] != '\0' && (i == 0 || strcmp(id, orders[i - 1]->household_id) != 0))
			add_household(list, orders[i]);
	}
	qsort(orders, n, sizeof(TraceOrder *), by_resident);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(orders[i]->order->beneficiary_id, orders[i - 1]->order->beneficiary_id) != 0)
			add_resident(list, orders[i]);
	}
}

/* --- putting them --- */

static enum err put_all(struct sim *sim, const struct list *list, struct fault *fault)
{
	struct arena a;
	enum err err = OK;
	arena_init(&a, SIZE_MAX / 2);
	for (size_t i = 0; i < list->n && err == OK; i += BATCH) {
		struct put_request request = {&list->puts[i], list->n - i < BATCH ? list->n - i : BATCH};
		struct sim_reply reply = sim_run_method(sim, i == 0 ? &put_first : &put_more, &request, &a);
		err = reply.err;
		if (err != OK)
			fault_set(fault, err, "trace", "%s", reply.fault.detail);
		arena_reset(&a);
	}
	arena_free(&a);
	return err;
}

enum err settle_town(struct sim *sim, const char *tenant, const struct trial_trace *trace, const Policy *policy,
		     struct arena *a, struct fault *fault)
{
	struct list list = {.arena = a};
	const char *root_id;
	TenantRecord *record = ARENA_NEW(a, TenantRecord);
	TenantRecord_init(record);
	add(&list, KIND_TENANT, record);
	TRY(add_nodes(&list, trace, &root_id, fault));
	record->id = (char *)tenant;
	record->root_node_id = (char *)root_id;
	record->created_ms = sim_now_ms(sim);
	for (size_t i = 0; i < trace->n_categories; i++)
		add_category(&list, trace->categories[i]);
	add_policy(&list, policy);
	for (size_t i = 0; i < trace->n_members; i++)
		add_member(&list, trace->members[i]);
	add_residents(&list, trace);
	return put_all(sim, &list, fault);
}

static enum err put_member(struct txn *t, const void *request, void *response)
{
	const struct put *rq = request;
	MemberRecord *record = rq->record, *former;
	(void)response;
	TRY(TXN_FIND(t, MEMBER, record->id, &former));
	txn_put(t, rq->kind, rq->record);
	return OK;
}

static const struct method put_one = {
    .path = "/sim/PutMember", .handler = put_member, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};

enum err settle_member(struct sim *sim, MemberRecord *member, struct fault *fault)
{
	struct put put = {KIND_MEMBER, member};
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	struct sim_reply reply = sim_run_method(sim, &put_one, &put, &a);
	if (reply.err != OK)
		fault_set(fault, reply.err, "member", "%s", reply.fault.detail);
	arena_free(&a);
	return reply.err;
}
