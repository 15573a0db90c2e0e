#include "base/limits.h"
#include "service/person.h"
#include "service/phone.h"
#include "service/audit.h"
#include "service/reply.h"
#include "service/services.h"

/* Buildings, households, residents, and the kinds of orders (categories). */

/* --- buildings --- */

HANDLER(create_building, CreateBuilding)
{
	struct scene *s = txn_scene(t);
	struct geo_point point;
	BuildingRecord *record = ARENA_NEW(s->arena, BuildingRecord);
	BuildingRecord_init(record);
	TRY(geo_point_read(s, req->building->point, "building.point", &point));
	record->grid_id = req->building->grid_id;
	if (record->grid_id[0] == '\0') {
		const struct org_node *grid = config_locate(s->config, point);
		if (grid == NULL)
			return fault_set(s->fault, ERR_OUTSIDE_GRIDS, "building.point", "in no grid");
		record->grid_id = grid->record->id;
	}
	TRY(authz_node(s, record->grid_id, "building.grid_id"));
	TRY(txn_new_id(t, KIND_BUILDING, &record->id));
	record->name = req->building->name;
	record->lat_e6 = point.lat_e6;
	record->lon_e6 = point.lon_e6;
	txn_put(t, KIND_BUILDING, record);
	txn_subject(t, record->id);
	rsp->building = view_building(s, record);
	return OK;
}

static enum err again_building(struct txn *t, const char *subject_id, void *response)
{
	BuildingRecord *record;
	TRY(TXN_GET(t, BUILDING, subject_id, &record));
	TRY(authz_node(txn_scene(t), record->grid_id, "building_id"));
	((CreateBuildingResponse *)response)->building = view_building(txn_scene(t), record);
	return OK;
}

HANDLER(get_building, GetBuilding)
{
	return again_building(t, req->building_id, rsp);
}

/* --- households --- */

HANDLER(create_household, CreateHousehold)
{
	struct scene *s = txn_scene(t);
	const Household *in = req->household;
	BuildingRecord *building;
	MemberRecord *responsible;
	PiiRecord *pii;
	HouseholdRecord *record = ARENA_NEW(s->arena, HouseholdRecord);
	HouseholdRecord_init(record);
	TRY(person_check_address(t, in->address, "household.address"));
	TRY(TXN_FIND(t, BUILDING, in->building_id, &building));
	if (building == NULL)
		return fault_set(s->fault, ERR_NOT_FOUND, "household.building_id", "building");
	TRY(authz_node(s, building->grid_id, "household.building_id"));
	if (in->responsible_member_id[0] != '\0') {
		TRY(TXN_FIND(t, MEMBER, in->responsible_member_id, &responsible));
		if (responsible == NULL)
			return fault_set(s->fault, ERR_NOT_FOUND, "household.responsible_member_id", "member");
	}
	TRY(txn_new_id(t, KIND_HOUSEHOLD, &record->id));
	record->building_id = building->id;
	record->grid_id = building->grid_id;
	record->lat_e6 = building->lat_e6;
	record->lon_e6 = building->lon_e6;
	record->responsible_member_id = in->responsible_member_id;
	record->tags = in->tags;
	record->n_tags = in->n_tags;
	txn_put(t, KIND_HOUSEHOLD, record);
	TRY(person_put_new(t, record->id, "", "", in->address, &pii));
	txn_subject(t, record->id);
	rsp->household = view_household(txn_scene(t), record, pii);
	return OK;
}

static enum err again_household(struct txn *t, const char *subject_id, void *response)
{
	HouseholdRecord *record;
	PiiRecord *pii;
	txn_prefetch(t, KIND_PII, subject_id);
	TRY(TXN_GET(t, HOUSEHOLD, subject_id, &record));
	TRY(authz_node(txn_scene(t), record->grid_id, "household_id"));
	TRY(TXN_PEEK(t, PII, subject_id, &pii));
	((CreateHouseholdResponse *)response)->household = view_household(txn_scene(t), record, pii);
	return OK;
}

HANDLER(get_household, GetHousehold)
{
	return again_household(t, req->household_id, rsp);
}

HANDLER(set_responsible, SetResponsibleMember)
{
	struct scene *s = txn_scene(t);
	HouseholdRecord *household;
	MemberRecord *member;
	TRY(TXN_GET(t, HOUSEHOLD, req->household_id, &household));
	TRY(authz_node(s, household->grid_id, "household_id"));
	TRY(TXN_FIND(t, MEMBER, req->member_id, &member));
	if (member == NULL && req->member_id[0] != '\0')
		return fault_set(s->fault, ERR_NOT_FOUND, "member_id", "member");
	household->responsible_member_id = req->member_id;
	txn_put(t, KIND_HOUSEHOLD, household);
	txn_subject(t, household->id);
	rsp->household = view_household(txn_scene(t), household, NULL);
	return OK;
}

/* --- residents --- */

HANDLER(create_resident, CreateResident)
{
	struct scene *s = txn_scene(t);
	const Resident *in = req->resident;
	HouseholdRecord *household;
	PiiRecord *pii;
	struct phone_marks marks;
	ResidentRecord *record = ARENA_NEW(s->arena, ResidentRecord);
	ResidentRecord_init(record);
	TRY(person_check(t, in->name, "resident.name", in->phone, "resident.phone"));
	TRY(TXN_FIND(t, HOUSEHOLD, in->household_id, &household));
	if (household == NULL && in->household_id[0] != '\0')
		return fault_set(s->fault, ERR_NOT_FOUND, "resident.household_id", "household");
	if (household != NULL)
		TRY(authz_node(s, household->grid_id, "resident.household_id"));
	TRY(txn_new_id(t, KIND_RESIDENT, &record->id));
	record->household_id = in->household_id;
	record->proxy_ids = in->proxy_ids;
	record->n_proxy_ids = in->n_proxy_ids;
	TRY(phone_marks(t, in->phone, true, &marks));
	record->phone_mark = marks.whole;
	record->tail_mark = marks.tail;
	txn_put(t, KIND_RESIDENT, record);
	TRY(person_put_new(t, record->id, in->name, in->phone, "", &pii));
	txn_subject(t, record->id);
	rsp->resident = view_resident(txn_scene(t), record, pii);
	return OK;
}

static enum err again_resident(struct txn *t, const char *subject_id, void *response)
{
	ResidentRecord *record;
	HouseholdRecord *household;
	PiiRecord *pii;
	txn_prefetch(t, KIND_PII, subject_id);
	TRY(TXN_GET(t, RESIDENT, subject_id, &record));
	TRY(TXN_PEEK(t, HOUSEHOLD, record->household_id, &household));
	TRY(authz_resident(txn_scene(t), record, household));
	TRY(TXN_PEEK(t, PII, subject_id, &pii));
	((CreateResidentResponse *)response)->resident = view_resident(txn_scene(t), record, pii);
	return OK;
}

HANDLER(get_resident, GetResident)
{
	return again_resident(t, req->resident_id, rsp);
}

HANDLER(set_proxies, SetProxies)
{
	ResidentRecord *record;
	HouseholdRecord *household;
	TRY(TXN_GET(t, RESIDENT, req->resident_id, &record));
	TRY(TXN_PEEK(t, HOUSEHOLD, record->household_id, &household));
	TRY(authz_resident(txn_scene(t), record, household));
	if (record->erased_ms != 0)
		return fault_set(txn_fault(t), ERR_ERASED, "resident_id", "%s", record->id);
	record->proxy_ids = req->proxy_ids;
	record->n_proxy_ids = req->n_proxy_ids;
	txn_put(t, KIND_RESIDENT, record);
	txn_subject(t, record->id);
	return again_resident(t, record->id, rsp);
}

/* --- categories --- */

static Category *view_category(struct txn *t, const CategoryRecord *record)
{
	Category *out = arena_copy(txn_arena(t), record->category, sizeof(*out));
	out->id = record->id;
	out->etag = txn_etag(t, KIND_CATEGORY, record->id);
	return out;
}

HANDLER(put_category, PutCategory)
{
	struct scene *s = txn_scene(t);
	CategoryRecord *record;
	TRY(authz_whole_tenant(s));
	for (size_t i = 0; i < s->config->n_categories; i++) {
		const CategoryRecord *other = s->config->categories[i];
		if (strcmp(other->category->code, req->category->code) == 0 &&
		    strcmp(other->id, req->category->id) != 0)
			return fault_set(s->fault, ERR_ALREADY_EXISTS, "category.code", "%s", req->category->code);
	}
	if (req->category->id[0] != '\0') {
		TRY(TXN_GET(t, CATEGORY, req->category->id, &record));
		TRY(txn_check_etag(t, KIND_CATEGORY, record->id, req->category->etag));
	} else {
		if (s->config->n_categories >= LIMIT_CATEGORIES)
			return fault_set(s->fault, ERR_TENANT_FULL, "category", "%d categories", LIMIT_CATEGORIES);
		record = ARENA_NEW(s->arena, CategoryRecord);
		CategoryRecord_init(record);
		TRY(txn_new_id(t, KIND_CATEGORY, &record->id));
	}
	record->category = arena_copy(s->arena, req->category, sizeof(*record->category));
	record->category->id = record->id;
	record->category->etag = (char *)protobuf_c_empty_string;
	txn_put(t, KIND_CATEGORY, record);
	audit_note(t, (struct audit_note){AUDIT_KIND_CATEGORY_CHANGED, record->id, NULL, NULL});
	txn_subject(t, record->id);
	rsp->category = view_category(t, record);
	return OK;
}

static enum err again_category(struct txn *t, const char *subject_id, void *response)
{
	CategoryRecord *record;
	TRY(TXN_GET(t, CATEGORY, subject_id, &record));
	((PutCategoryResponse *)response)->category = view_category(t, record);
	return OK;
}

HANDLER(list_categories, ListCategories)
{
	const struct config *config = txn_config(t);
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	rsp->categories = arena_array(txn_arena(t), page.size, sizeof(*rsp->categories));
	for (size_t i = 0; i < config->n_categories; i++) {
		if (page_takes(t, &page, config->categories[i]->id, &rsp->next_page_token))
			rsp->categories[rsp->n_categories++] = config->categories[i]->category;
	}
	return OK;
}

const struct method people_methods[] = {
    METHOD(OrgService, CreateBuilding, create_building, .again = again_building),
    METHOD(OrgService, GetBuilding, get_building, .again = NULL),
    METHOD(OrgService, CreateHousehold, create_household, .again = again_household),
    METHOD(OrgService, GetHousehold, get_household, .again = NULL),
    METHOD(OrgService, SetResponsibleMember, set_responsible, .again = again_household),
    METHOD(OrgService, CreateResident, create_resident, .again = again_resident),
    METHOD(OrgService, GetResident, get_resident, .again = NULL),
    METHOD(OrgService, SetProxies, set_proxies, .again = again_resident),
    METHOD(OrgService, PutCategory, put_category, .again = again_category),
    METHOD(OrgService, ListCategories, list_categories, .again = NULL),
};
const size_t people_methods_n = sizeof(people_methods) / sizeof(people_methods[0]);
