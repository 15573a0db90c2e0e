#include "domain/load.h"
#include "domain/match.h"
#include "domain/offer.h"
#include "domain/work.h"
#include "service/audit.h"
#include "service/bulk.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/undo.h"

/* Assigning by hand: one order, or many. */

static enum err pick_slot(struct txn *t, const OrderRecord *order, uint32_t wanted, uint32_t *slot)
{
	if (wanted != 0) {
		if (wanted >= order->n_slots)
			return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, "slot", "the order has %zu",
					 order->n_slots);
		*slot = wanted;
		return OK;
	}
	*slot = 0;
	for (uint32_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->member_id[0] == '\0') {
			*slot = i;
			break;
		}
	}
	return OK;
}

/* An operator may override what only protects the member's time, and says why. */
static enum err check_assignable(struct txn *t, const AssignOrderRequest *req, const OrderRecord *order, uint32_t slot,
				 const MemberRecord *member, const LoadRecord *load)
{
	struct scene *s = txn_scene(t);
	struct match_order wanted = match_order_of(s, order, NULL);
	enum match_filter filter = match_filter(s, &wanted, order->slots[slot], member, load);
	if (filter == MATCH_FINE)
		return OK;
	if (filter == MATCH_FULL || (match_filter_grabbable(filter) && filter != MATCH_ASKED)) {
		if (req->reason[0] == '\0')
			return fault_set(s->fault, ERR_FIELD_REQUIRED, "reason", "the member is ruled out: %s",
					 match_filter_name(filter));
		audit_note(t, (struct audit_note){AUDIT_KIND_RULE_OVERRIDDEN, member->id, order->id, req->reason});
		return OK;
	}
	if (filter == MATCH_ASKED) {
		const OfferRecord *offer = order_offer_of(order, member->id);
		if (req->accepted || !offer_is_live(order, offer, s->now_ms))
			return OK; /* the answer has come by other means; or the operator asks once more */
	}
	return fault_set(s->fault, match_filter_err(filter), "member_id", "%s", match_filter_name(filter));
}

/* The offer that the operator makes, or the live one that the member has already said yes to. */
static enum err ask_by_hand(struct txn *t, const AssignOrderRequest *req, OrderRecord *order, uint32_t slot,
			    const MemberRecord *member, LoadRecord *load)
{
	struct scene *s = txn_scene(t);
	OfferRecord *asked = order_offer_of(order, member->id);
	if (req->accepted && asked != NULL && offer_is_live(order, asked, s->now_ms) && asked->slot == slot) {
		asked->manual = true;
		return OK;
	}
	struct offer_spec spec = {
	    .member_id = member->id,
	    .slot = slot,
	    .ring = order->ring,
	    .ttl_ms = match_offer_ttl_ms(s, order, member),
	    .distance_m = geo_distance_m((struct geo_point){member->lat_e6, member->lon_e6},
					 (struct geo_point){order->lat_e6, order->lon_e6}),
	    .manual = true,
	};
	offer_withdraw_slot(order, slot);
	TRY(offer_put(s, order, &spec));
	load_offered(s, load);
	return OK;
}

static enum err assign(struct txn *t, const AssignOrderRequest *req, OrderRecord **out, UndoRecord **undo)
{
	struct scene *s = txn_scene(t);
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	uint32_t slot = 0;
	txn_prefetch(t, KIND_MEMBER, req->member_id);
	txn_prefetch(t, KIND_LOAD, req->member_id);
	TRY(reach_undoable(t, req->order_id, req->etag, &order, undo));
	TRY(TXN_GET(t, MEMBER, req->member_id, &member));
	TRY(authz_member(s, member));
	TRY(reach_load(t, req->member_id, &load));
	TRY(pick_slot(t, order, req->slot, &slot));
	TRY(check_assignable(t, req, order, slot, member, load));
	const char *former = order->slots[slot]->member_id;
	if (former[0] != '\0') {
		LoadRecord *former_load;
		TRY(reach_load(t, former, &former_load));
		load_released(former_load, order->building_id, s->now_ms);
		txn_put(t, KIND_LOAD, former_load);
		TRY(work_take_away(s, order, slot, req->reason));
	}
	TRY(ask_by_hand(t, req, order, slot, member, load));
	if (req->accepted)
		TRY(offer_accept(s, order, member, load));
	if (req->reason[0] != '\0')
		order_entry(s, order, EVENT_KIND_NOTED, member->id, req->reason);
	txn_put(t, KIND_LOAD, load);
	*out = order;
	return OK;
}

HANDLER(assign_order, AssignOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(assign(t, req, &order, &undo));
	return commit_undoable(t, order, undo, rsp);
}

static enum err assign_item(struct txn *t, const void *request, size_t i)
{
	const BulkAssignRequest *req = request;
	AssignOrderRequest one;
	OrderRecord *order;
	UndoRecord *undo;
	AssignOrderRequest_init(&one);
	one.order_id = req->items[i]->order_id;
	one.member_id = req->items[i]->member_id;
	one.reason = req->reason;
	TRY(assign(t, &one, &order, &undo));
	(void)undo_offer(t, undo, order);
	txn_put(t, KIND_ORDER, order);
	return OK;
}

static enum err assign_answer(struct txn *t, const void *request, void *response, size_t i, ErrorInfo *error)
{
	BulkAssignResponse *rsp = response;
	BulkAssignResult *result = ARENA_NEW(txn_arena(t), BulkAssignResult);
	BulkAssignResult_init(result);
	result->order_id = ((const BulkAssignRequest *)request)->items[i]->order_id;
	result->error = error;
	if (error == NULL)
		TRY(undo_still(t, result->order_id, &result->undo));
	arena_append(txn_arena(t), (void ***)&rsp->results, &rsp->n_results, result);
	return OK;
}

static struct bulk bulk_of(const BulkAssignRequest *req)
{
	return (struct bulk){
	    .request = &req->base, .n = req->n_items, .carry_out = assign_item, .answer = assign_answer};
}

HANDLER(bulk_assign, BulkAssign)
{
	struct bulk bulk = bulk_of(req);
	for (size_t i = 0; i < req->n_items; i++) {
		txn_prefetch(t, KIND_ORDER, req->items[i]->order_id);
		txn_prefetch(t, KIND_UNDO, req->items[i]->order_id);
		txn_prefetch(t, KIND_MEMBER, req->items[i]->member_id);
		txn_prefetch(t, KIND_LOAD, req->items[i]->member_id);
	}
	return bulk_run(t, &bulk, rsp);
}

static enum err again_bulk(struct txn *t, const char *done, void *response)
{
	struct bulk bulk = bulk_of(txn_request(t));
	return bulk_again(t, &bulk, done, response);
}

const struct method assign_methods[] = {
    METHOD(DeskService, AssignOrder, assign_order, .again = again_undoable),
    METHOD(DeskService, BulkAssign, bulk_assign, .again = again_bulk),
};
const size_t assign_methods_n = sizeof(assign_methods) / sizeof(assign_methods[0]);
