#include "service/person.h"
#include "service/phone.h"
#include "service/reply.h"
#include "service/services.h"

/* Who lives where, and who calls: what a desk needs to write down an order that comes by phone. And for whom a resident
 * may order. */

struct list {
	struct page page;
	const char **ids;
	size_t n;
	char *next;
};

/* One page of an index of ids; the records are to be asked for by the caller. */
static enum err read_list(struct txn *t, uint32_t page_size, const char *token, struct txn_range range,
			  struct list *out)
{
	struct store_entry *entries;
	TRY(page_read(t, page_size, token, &out->page));
	range.has_after = out->page.has_after;
	range.after_score = out->page.after_score;
	range.after = out->page.after;
	range.limit = out->page.size;
	TRY(txn_range(t, &range, &entries, &out->n));
	out->ids = arena_array(txn_arena(t), out->n, sizeof(*out->ids));
	for (size_t i = 0; i < out->n; i++)
		out->ids[i] = arena_string(txn_arena(t), entries[i].member);
	out->next =
	    out->n < out->page.size ? NULL : page_token(t, entries[out->n - 1].score, entries[out->n - 1].member);
	return OK;
}

static void prefetch(struct txn *t, enum record_kind kind, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++)
		txn_prefetch(t, kind, list->ids[i]);
}

HANDLER(list_buildings, ListBuildings)
{
	struct arena *a = txn_arena(t);
	struct list list;
	bool of_grid = req->grid_id[0] != '\0';
	if (of_grid)
		TRY(authz_node(txn_scene(t), req->grid_id, "grid_id"));
	struct txn_range range = {.key =
				      of_grid ? arena_printf(a, INDEX_BUILDINGS_GRID, req->grid_id) : INDEX_BUILDINGS};
	TRY(read_list(t, req->page_size, req->page_token, range, &list));
	prefetch(t, KIND_BUILDING, &list);
	rsp->buildings = arena_array(a, list.n, sizeof(*rsp->buildings));
	for (size_t i = 0; i < list.n; i++) {
		BuildingRecord *building;
		TRY(TXN_PEEK(t, BUILDING, list.ids[i], &building));
		if (building != NULL && authz_node(txn_scene(t), building->grid_id, NULL) == OK)
			rsp->buildings[rsp->n_buildings++] = view_building(txn_scene(t), building);
	}
	if (list.next != NULL)
		rsp->next_page_token = list.next;
	return OK;
}

HANDLER(list_households, ListHouseholds)
{
	struct arena *a = txn_arena(t);
	struct list list;
	BuildingRecord *building;
	TRY(TXN_GET(t, BUILDING, req->building_id, &building));
	TRY(authz_node(txn_scene(t), building->grid_id, "building_id"));
	struct txn_range range = {.key = arena_printf(a, INDEX_HOUSEHOLDS, building->id)};
	TRY(read_list(t, req->page_size, req->page_token, range, &list));
	prefetch(t, KIND_HOUSEHOLD, &list);
	prefetch(t, KIND_PII, &list);
	rsp->households = arena_array(a, list.n, sizeof(*rsp->households));
	for (size_t i = 0; i < list.n; i++) {
		HouseholdRecord *household;
		PiiRecord *pii;
		TRY(TXN_PEEK(t, HOUSEHOLD, list.ids[i], &household));
		TRY(TXN_PEEK(t, PII, list.ids[i], &pii));
		if (household != NULL)
			rsp->households[rsp->n_households++] = view_household(txn_scene(t), household, pii);
	}
	if (list.next != NULL)
		rsp->next_page_token = list.next;
	return OK;
}

/* --- residents --- */

/* Where to look: at home, or by the mark of the number or of its end. */
static enum err where(struct txn *t, const FindResidentsRequest *req, struct txn_range *range)
{
	char digits[PHONE_DIGITS_MAX + 1];
	struct phone_marks marks;
	HouseholdRecord *household;
	if (req->household_id[0] != '\0') {
		TRY(TXN_GET(t, HOUSEHOLD, req->household_id, &household));
		TRY(authz_node(txn_scene(t), household->grid_id, "household_id"));
		*range = (struct txn_range){.key = arena_printf(txn_arena(t), INDEX_RESIDENTS, household->id)};
		return OK;
	}
	size_t n = phone_digits(req->phone, digits);
	if (n < PHONE_TAIL_DIGITS)
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "phone", "a number, or its last %d digits",
				 PHONE_TAIL_DIGITS);
	TRY(phone_marks(t, req->phone, false, &marks));
	bool is_tail = n == PHONE_TAIL_DIGITS;
	int64_t mark = is_tail ? marks.tail : marks.whole;
	*range = (struct txn_range){.key = is_tail ? INDEX_PHONE_TAILS : INDEX_PHONES, .min = mark, .max = mark};
	return OK;
}

/* A resident, and what is to be shown with them; NULL: not there, or not for the caller to see. */
struct found {
	ResidentRecord *resident;
	HouseholdRecord *household;
};

/* All of a page at each step, so that a page takes a few rounds and not a few for each. */
static enum err load_found(struct txn *t, const struct list *list, struct found *found)
{
	prefetch(t, KIND_RESIDENT, list);
	prefetch(t, KIND_PII, list);
	for (size_t i = 0; i < list->n; i++)
		TRY(TXN_PEEK(t, RESIDENT, list->ids[i], &found[i].resident));
	for (size_t i = 0; i < list->n; i++) {
		if (found[i].resident == NULL)
			continue;
		txn_prefetch(t, KIND_HOUSEHOLD, found[i].resident->household_id);
		txn_prefetch(t, KIND_PII, found[i].resident->household_id);
	}
	for (size_t i = 0; i < list->n; i++) {
		if (found[i].resident != NULL)
			TRY(TXN_PEEK(t, HOUSEHOLD, found[i].resident->household_id, &found[i].household));
	}
	for (size_t i = 0; i < list->n; i++) {
		if (found[i].household != NULL)
			txn_prefetch(t, KIND_BUILDING, found[i].household->building_id);
	}
	return OK;
}

static enum err view_caller(struct txn *t, const struct found *found, Caller **out)
{
	struct scene *s = txn_scene(t);
	BuildingRecord *building;
	PiiRecord *who, *where_to;
	Caller *caller = ARENA_NEW(s->arena, Caller);
	Caller_init(caller);
	TRY(TXN_PEEK(t, PII, found->resident->id, &who));
	caller->resident = view_resident(s, found->resident, who);
	*out = caller;
	if (found->household == NULL)
		return OK;
	TRY(TXN_PEEK(t, PII, found->household->id, &where_to));
	TRY(TXN_PEEK(t, BUILDING, found->household->building_id, &building));
	caller->household = view_household(s, found->household, where_to);
	if (building != NULL)
		caller->building = view_building(s, building);
	return OK;
}

HANDLER(find_residents, FindResidents)
{
	struct list list;
	struct txn_range range;
	if ((req->phone[0] == '\0') == (req->household_id[0] == '\0'))
		return fault_set(txn_fault(t), ERR_FIELD_REQUIRED, "phone", "either a phone number or a household");
	TRY(where(t, req, &range));
	TRY(read_list(t, req->page_size, req->page_token, range, &list));
	struct found *found = arena_array(txn_arena(t), list.n, sizeof(*found));
	TRY(load_found(t, &list, found));
	rsp->callers = arena_array(txn_arena(t), list.n, sizeof(*rsp->callers));
	for (size_t i = 0; i < list.n; i++) {
		const ResidentRecord *r = found[i].resident;
		if (r == NULL || r->erased_ms != 0 || authz_resident(txn_scene(t), r, found[i].household) != OK)
			continue;
		TRY(view_caller(t, &found[i], &rsp->callers[rsp->n_callers]));
		rsp->n_callers++;
	}
	if (list.next != NULL)
		rsp->next_page_token = list.next;
	return OK;
}

HANDLER(list_beneficiaries, ListBeneficiaries)
{
	struct list list;
	struct txn_range range = {.key = index_name(txn_arena(t), INDEX_PROXIED, txn_actor(t)->id)};
	TRY(read_list(t, req->page_size, req->page_token, range, &list));
	struct found *found = arena_array(txn_arena(t), list.n, sizeof(*found));
	TRY(load_found(t, &list, found));
	rsp->beneficiaries = arena_array(txn_arena(t), list.n, sizeof(*rsp->beneficiaries));
	for (size_t i = 0; i < list.n; i++) {
		const ResidentRecord *r = found[i].resident;
		PiiRecord *who, *where_to;
		if (r == NULL || r->erased_ms != 0 || authz_order_for(txn_scene(t), r, found[i].household) != OK)
			continue;
		TRY(TXN_PEEK(t, PII, r->id, &who));
		TRY(TXN_PEEK(t, PII, r->household_id, &where_to));
		rsp->beneficiaries[rsp->n_beneficiaries++] = view_beneficiary(txn_scene(t), r, who, where_to);
	}
	if (list.next != NULL)
		rsp->next_page_token = list.next;
	return OK;
}

const struct method find_methods[] = {
    METHOD(OrgService, ListBuildings, list_buildings, .again = NULL),
    METHOD(OrgService, ListHouseholds, list_households, .again = NULL),
    METHOD(OrgService, FindResidents, find_residents, .again = NULL),
    METHOD(OrderService, ListBeneficiaries, list_beneficiaries, .again = NULL),
};
const size_t find_methods_n = sizeof(find_methods) / sizeof(find_methods[0]);
