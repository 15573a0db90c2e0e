#include "base/limits.h"
#include "domain/exclusion.h"
#include "domain/load.h"
#include "domain/order_life.h"
#include "domain/work.h"
#include "service/attachment.h"
#include "service/ledger.h"
#include "service/person.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/undo.h"

enum { CODE_FIRST = 1000, CODE_COUNT = 9000 };

/* Where an order is: its own point, else its beneficiary's household. */
static enum err locate(struct txn *t, const PlaceOrderRequest *req, const HouseholdRecord *household,
		       struct order_seed *seed)
{
	struct scene *s = txn_scene(t);
	if (req->point == NULL && household != NULL) {
		seed->grid_id = household->grid_id;
		seed->lat_e6 = household->lat_e6;
		seed->lon_e6 = household->lon_e6;
		return OK;
	}
	struct geo_point point;
	TRY(geo_point_read(s, req->point, "point", &point));
	const struct org_node *grid = config_locate(s->config, point);
	if (grid == NULL)
		return fault_set(s->fault, ERR_OUTSIDE_GRIDS, "point", "%.6f, %.6f", req->point->lat, req->point->lon);
	seed->grid_id = grid->record->id;
	seed->lat_e6 = point.lat_e6;
	seed->lon_e6 = point.lon_e6;
	/* Somewhere else than at home: neither the building nor the household's helper is meant. */
	seed->away = household != NULL && strcmp(household->grid_id, seed->grid_id) != 0;
	return OK;
}

static enum err take_contact(struct txn *t, OrderRecord *order, const Contact *c)
{
	TRY(person_check(t, c->name, "contact.name", c->phone, "contact.phone"));
	TRY(person_check_address(t, c->address, "contact.address"));
	if (c->name[0] == '\0' && c->phone[0] == '\0' && c->address[0] == '\0')
		return OK;
	order->own_contact = true;
	return person_put_contact(t, order, c);
}

HANDLER(place_order, PlaceOrder)
{
	struct scene *s = txn_scene(t);
	ResidentRecord *beneficiary;
	HouseholdRecord *household;
	OrderRecord *order;
	struct order_seed seed = {.category = config_category(s->config, req->category_id)};
	const char *beneficiary_id = req->beneficiary_id;
	char *id;
	if (seed.category == NULL)
		return fault_set(s->fault, ERR_NOT_FOUND, "category_id", "no such category");
	if (beneficiary_id[0] == '\0' && s->actor->role == ROLE_RESIDENT)
		beneficiary_id = s->actor->id;
	if (beneficiary_id[0] == '\0')
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "beneficiary_id", "who is to be helped?");
	TRY(TXN_FIND(t, RESIDENT, beneficiary_id, &beneficiary));
	if (beneficiary == NULL)
		return fault_set(s->fault, ERR_NOT_FOUND, "beneficiary_id", "resident");
	if (beneficiary->erased_ms != 0)
		return fault_set(s->fault, ERR_ERASED, "beneficiary_id", "%s", beneficiary->id);
	TRY(TXN_FIND(t, HOUSEHOLD, beneficiary->household_id, &household));
	TRY(authz_order_for(s, beneficiary, household));
	seed.beneficiary = beneficiary;
	seed.household = household;
	TRY(locate(t, req, household, &seed));
	TRY(authz_node(s, seed.grid_id, "point"));
	TRY(txn_new_id(t, KIND_ORDER, &id));
	seed.id = id;
	seed.completion_code = (uint32_t)(CODE_FIRST + txn_random(t) % CODE_COUNT);
	s->device_ms = req->device_ms;
	TRY(order_place(s, req, &seed, &order));
	TRY(attachment_take(t, order->attachments, order->n_attachments, id, "attachments"));
	if (req->contact != NULL)
		TRY(take_contact(t, order, req->contact));
	return commit_order(t, order, &rsp->order);
}

/* Who comes, as the resident is told. */
static enum err tell_helpers(struct txn *t, const OrderRecord *order, Order *out)
{
	out->helpers = arena_array(txn_arena(t), order->n_slots, sizeof(*out->helpers));
	for (size_t i = 0; i < order->n_slots; i++) {
		txn_prefetch(t, KIND_MEMBER, order->slots[i]->member_id);
		txn_prefetch(t, KIND_PII, order->slots[i]->member_id);
	}
	for (size_t i = 0; i < order->n_slots; i++) {
		const SlotRecord *slot = order->slots[i];
		MemberRecord *member;
		PiiRecord *pii;
		if (slot->member_id[0] == '\0')
			continue;
		TRY(TXN_PEEK(t, MEMBER, slot->member_id, &member));
		TRY(TXN_PEEK(t, PII, slot->member_id, &pii));
		if (member != NULL)
			out->helpers[out->n_helpers++] = view_helper(txn_scene(t), order, slot, member, pii);
	}
	return OK;
}

HANDLER(get_order, GetOrder)
{
	OrderRecord *order;
	PiiRecord *contact = NULL;
	TRY(reach_order(t, req->order_id, &order));
	if (authz_contact(txn_scene(t), order) != SIGHT_NONE)
		TRY(person_order_contact(t, order, &contact));
	rsp->order = view_order(txn_scene(t), order, txn_etag(t, KIND_ORDER, order->id), contact);
	return authz_helpers(txn_scene(t), order) ? tell_helpers(t, order, rsp->order) : OK;
}

HANDLER(list_orders_of, ListOrders)
{
	struct page page;
	ResidentRecord *resident;
	HouseholdRecord *household;
	const struct actor *actor = txn_actor(t);
	const char *id = req->resident_id[0] == '\0' && actor->role == ROLE_RESIDENT ? actor->id : req->resident_id;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	if (id[0] == '\0')
		return fault_set(txn_fault(t), ERR_FIELD_REQUIRED, "resident_id", "whose orders?");
	TRY(TXN_GET(t, RESIDENT, id, &resident));
	TRY(TXN_PEEK(t, HOUSEHOLD, resident->household_id, &household));
	TRY(authz_resident(txn_scene(t), resident, household));
	const char *key = index_name(txn_arena(t), req->for_others ? INDEX_ASKED : INDEX_RESIDENT, id);
	struct txn_range range = {.key = key, .min = 0, .max = INDEX_TIME_MAX_MS, .reverse = true};
	return list_orders(t, &range, &page, &rsp->orders, &rsp->n_orders, &rsp->next_page_token);
}

HANDLER(cancel_order, CancelOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_order(t, req->order_id, &order));
	TRY(txn_check_etag(t, KIND_ORDER, order->id, req->etag));
	TRY(undo_begin(t, order, &undo));
	TRY(release_holders(t, order));
	TRY(order_cancel(txn_scene(t), order, req->reason));
	return commit_undoable(t, order, undo, rsp);
}

/* The members' ratings count wherever they end. */
static enum err count_ratings(struct txn *t, const OrderRecord *order, uint32_t stars)
{
	for (size_t i = 0; i < order->n_slots; i++) {
		LoadRecord *load;
		if (order->slots[i]->member_id[0] == '\0')
			continue;
		TRY(reach_load(t, order->slots[i]->member_id, &load));
		load_rated(load, stars);
		txn_put(t, KIND_LOAD, load);
	}
	return OK;
}

HANDLER(rate_order, RateOrder)
{
	OrderRecord *order;
	bool rework = false;
	TRY(reach_order(t, req->order_id, &order));
	for (size_t i = 0; i < order->n_slots; i++) {
		txn_prefetch(t, KIND_ACCOUNT, order->slots[i]->member_id);
		txn_prefetch(t, KIND_LOAD, order->slots[i]->member_id);
	}
	if (order->state == ORDER_STATE_COMPLETED && req->resolution == RESOLUTION_NOT_SOLVED)
		TRY(ledger_reverse(t, order));
	else if (order->state == ORDER_STATE_COMPLETED)
		TRY(ledger_settle(t, order, req->stars));
	if (order->state == ORDER_STATE_COMPLETED)
		TRY(count_ratings(t, order, req->stars));
	TRY(work_rate(txn_scene(t), order, req, &rework));
	return commit_order(t, order, &rsp->order);
}

HANDLER(chase_order, ChaseOrder)
{
	OrderRecord *order;
	TRY(reach_order(t, req->order_id, &order));
	TRY(order_chase(txn_scene(t), order, req->text));
	return commit_order(t, order, &rsp->order);
}

HANDLER(add_note, AddNote)
{
	OrderRecord *order;
	TRY(reach_order(t, req->order_id, &order));
	TRY(order_add_note(txn_scene(t), order, req->text));
	return commit_order(t, order, &rsp->order);
}

static enum err lapse_exclusion(struct txn *t, const OrderRecord *order)
{
	ExclusionRecord *exclusion;
	if (order->exclusion_id[0] == '\0')
		return OK;
	TRY(TXN_GET(t, EXCLUSION, order->exclusion_id, &exclusion));
	exclusion_lapse(exclusion);
	txn_put(t, KIND_EXCLUSION, exclusion);
	return OK;
}

HANDLER(reopen_order, ReopenOrder)
{
	OrderRecord *order;
	TRY(reach_order(t, req->order_id, &order));
	TRY(lapse_exclusion(t, order));
	TRY(order_reopen(txn_scene(t), order, req->reason));
	return commit_order(t, order, &rsp->order);
}

HANDLER(watch_open, WatchOrders)
{
	OrderRecord *order;
	(void)rsp;
	return req->order_id[0] == '\0' ? OK : reach_order(t, req->order_id, &order);
}

HANDLER(watch_orders, WatchOrders)
{
	OrderRecord *order;
	(void)req;
	TRY(reach_order(t, txn_watched(t)->subject_id, &order));
	rsp->kind = view_event_kind(txn_scene(t), txn_watched(t));
	return reply_order(t, order, &rsp->order);
}

static bool concerns_orders(const struct actor *actor, const struct config *config, const void *request,
			    const EventRecord *event)
{
	const WatchOrdersRequest *req = request;
	if (event->subject_id[0] != 'o')
		return false;
	/* Whoever was let in to follow one order hears all of it, proxies too; the handler looks at the order. */
	if (req->order_id[0] != '\0')
		return strcmp(req->order_id, event->subject_id) == 0 && authz_knows_of(actor, event->kind);
	return authz_event(actor, config, event);
}

static const char *one_order(const void *request)
{
	return ((const WatchOrdersRequest *)request)->order_id;
}

const struct method order_methods[] = {
    METHOD(OrderService, PlaceOrder, place_order, .again = again_order),
    METHOD(OrderService, GetOrder, get_order, .again = NULL),
    METHOD(OrderService, ListOrders, list_orders_of, .again = NULL),
    METHOD(OrderService, CancelOrder, cancel_order, .again = again_undoable),
    METHOD(OrderService, RateOrder, rate_order, .again = again_order),
    METHOD(OrderService, ChaseOrder, chase_order, .again = again_order),
    METHOD(OrderService, AddNote, add_note, .again = again_order),
    METHOD(OrderService, ReopenOrder, reopen_order, .again = again_order),
    METHOD(OrderService, WatchOrders, watch_orders, .open = watch_open_any, .concerns = concerns_orders,
	   .listens_for = one_order),
};
const size_t order_methods_n = sizeof(order_methods) / sizeof(order_methods[0]);
