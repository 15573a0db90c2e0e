#include "base/limits.h"
#include "domain/load.h"
#include "domain/match.h"
#include "domain/offer.h"
#include "domain/work.h"
#include "pb/pb_rule.h"
#include "service/board.h"
#include "service/ledger.h"
#include "service/reply.h"
#include "service/services.h"

HANDLER(list_board, ListBoard)
{
	struct board board;
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(board_read(t, req->node_id, INDEX_BOARD, INDEX_BOARD_GRID, &board));
	board_select(req->states, req->n_states, req->urgencies, req->n_urgencies, &board);
	return board_list(t, &board, &page, rsp);
}

HANDLER(board_counts, GetBoardCounts)
{
	struct board board;
	TRY(board_read(t, req->node_id, INDEX_BOARD, INDEX_BOARD_GRID, &board));
	return board_count(t, &board, rsp);
}

/* --- assigning by hand --- */

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
		return OK;
	}
	if (filter == MATCH_ASKED) {
		const OfferRecord *offer = offer_of(order, member->id);
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
	OfferRecord *asked = offer_of(order, member->id);
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
	load_offered(load, s->now_ms);
	return OK;
}

static enum err assign(struct txn *t, const AssignOrderRequest *req, OrderRecord **out)
{
	struct scene *s = txn_scene(t);
	OrderRecord *order;
	MemberRecord *member;
	LoadRecord *load;
	uint32_t slot = 0;
	txn_prefetch(t, KIND_MEMBER, req->member_id);
	txn_prefetch(t, KIND_LOAD, req->member_id);
	TRY(reach_desk_order(t, req->order_id, req->etag, &order));
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
	txn_put(t, KIND_ORDER, order);
	*out = order;
	return OK;
}

HANDLER(assign_order, AssignOrder)
{
	OrderRecord *order;
	TRY(assign(t, req, &order));
	return reply_order(t, order, &rsp->order);
}

/* One item of a bulk; what it changed is undone when it fails. */
static enum err assign_item(struct txn *t, const BulkAssignRequest *req, size_t i)
{
	AssignOrderRequest one;
	OrderRecord *order;
	AssignOrderRequest_init(&one);
	one.order_id = req->items[i]->order_id;
	one.member_id = req->items[i]->member_id;
	one.reason = req->reason;
	TRY(pb_check_row(txn_arena(t), &req->base, "items", i, txn_fault(t)));
	struct txn_savepoint savepoint = txn_savepoint(t);
	enum err err = assign(t, &one, &order);
	if (err != OK && err != ERR_WANTED)
		txn_roll_back(t, savepoint);
	return err;
}

static void add_result(struct txn *t, BulkAssignResponse *rsp, char *order_id, enum err err)
{
	BulkAssignResult *result = ARENA_NEW(txn_arena(t), BulkAssignResult);
	BulkAssignResult_init(result);
	result->order_id = order_id;
	if (err != OK)
		result->error = reply_error_info(t, err);
	rsp->results[rsp->n_results++] = result;
}

/* The claim remembers which items were done, four to a digit. */
static void note_done(char *digits, size_t i)
{
	static const char hex[] = "0123456789abcdef";
	digits[i / 4] = hex[(strchr(hex, digits[i / 4]) - hex) | 1 << i % 4];
}

static bool was_done(const char *digits, size_t i)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit = strlen(digits) > i / 4 ? strchr(hex, digits[i / 4]) : NULL;
	return digit != NULL && ((digit - hex) >> i % 4 & 1) != 0;
}

/* What was refused is looked at again, for its reason; nothing of it is written. */
static enum err again_bulk(struct txn *t, const char *done, void *response)
{
	const BulkAssignRequest *req = txn_request(t);
	BulkAssignResponse *rsp = response;
	rsp->results = arena_array(txn_arena(t), req->n_items, sizeof(*rsp->results));
	for (size_t i = 0; i < req->n_items; i++) {
		enum err err = was_done(done, i) ? OK : assign_item(t, req, i);
		if (err == ERR_WANTED)
			return err;
		if (err == OK && !was_done(done, i))
			err = ERR_CONFLICT; /* it would be possible now */
		add_result(t, rsp, req->items[i]->order_id, err);
	}
	return OK;
}

HANDLER(bulk_assign, BulkAssign)
{
	for (size_t i = 0; i < req->n_items; i++) {
		txn_prefetch(t, KIND_ORDER, req->items[i]->order_id);
		txn_prefetch(t, KIND_MEMBER, req->items[i]->member_id);
		txn_prefetch(t, KIND_LOAD, req->items[i]->member_id);
	}
	size_t n_digits = req->n_items / 4 + 1;
	char *done = arena_alloc(txn_arena(t), n_digits + 1);
	memset(done, '0', n_digits);
	rsp->results = arena_array(txn_arena(t), req->n_items, sizeof(*rsp->results));
	for (size_t i = 0; i < req->n_items; i++) {
		enum err err = assign_item(t, req, i);
		if (err == ERR_WANTED)
			return err;
		if (err == OK)
			note_done(done, i);
		add_result(t, rsp, req->items[i]->order_id, err);
	}
	txn_subject(t, done);
	return OK;
}

/* --- the rest of the desk's work --- */

HANDLER(hold_order, HoldOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, req->etag, &order));
	TRY(order_hold(txn_scene(t), order, req));
	return commit_order(t, order, &rsp->order);
}

HANDLER(resume_order, ResumeOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, req->etag, &order));
	TRY(order_resume(txn_scene(t), order));
	return commit_order(t, order, &rsp->order);
}

HANDLER(redispatch_order, RedispatchOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, "", &order));
	TRY(order_redispatch(txn_scene(t), order));
	return commit_order(t, order, &rsp->order);
}

HANDLER(merge_orders, MergeOrders)
{
	OrderRecord *order;
	for (size_t i = 0; i < req->n_duplicate_ids; i++)
		txn_prefetch(t, KIND_ORDER, req->duplicate_ids[i]);
	TRY(reach_desk_order(t, req->order_id, "", &order));
	for (size_t i = 0; i < req->n_duplicate_ids; i++) {
		OrderRecord *duplicate;
		TRY(reach_desk_order(t, req->duplicate_ids[i], "", &duplicate));
		TRY(release_holders(t, duplicate));
		TRY(order_merge(txn_scene(t), order, duplicate, req->reason));
		txn_put(t, KIND_ORDER, duplicate);
	}
	return commit_order(t, order, &rsp->order);
}

HANDLER(reject_order, RejectOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, req->etag, &order));
	TRY(release_holders(t, order));
	TRY(order_reject(txn_scene(t), order, req->reason));
	return commit_order(t, order, &rsp->order);
}

HANDLER(complete_order, CompleteOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, "", &order));
	for (size_t i = 0; i < order->n_slots; i++) {
		txn_prefetch(t, KIND_LOAD, order->slots[i]->member_id);
		txn_prefetch(t, KIND_MEMBER, order->slots[i]->member_id);
		txn_prefetch(t, KIND_ACCOUNT, order->slots[i]->member_id);
	}
	for (size_t i = 0; i < order->n_slots; i++) {
		SlotRecord *slot = order->slots[i];
		LoadRecord *load;
		if (slot->member_id[0] == '\0' || slot->completed_after_ms != 0)
			continue;
		TRY(reach_load(t, slot->member_id, &load));
		TRY(ledger_provide(t, order, slot, 0));
		load_completed(load, order->building_id, txn_now_ms(t));
		txn_put(t, KIND_LOAD, load);
	}
	TRY(work_complete_all(txn_scene(t), order, req));
	return commit_order(t, order, &rsp->order);
}

HANDLER(rework_order, ReworkOrder)
{
	OrderRecord *order;
	TRY(reach_desk_order(t, req->order_id, "", &order));
	if (order->state == ORDER_STATE_COMPLETED)
		TRY(ledger_reverse(t, order));
	TRY(order_rework(txn_scene(t), order, EVENT_KIND_REWORK, req->reason));
	return commit_order(t, order, &rsp->order);
}

HANDLER(watch_board, WatchBoard)
{
	OrderRecord *order;
	(void)req;
	TRY(reach_desk_order(t, txn_watched(t)->subject_id, "", &order));
	rsp->kind = txn_watched(t)->kind;
	return reply_order(t, order, &rsp->order);
}

HANDLER(watch_board_open, WatchBoard)
{
	(void)rsp;
	return req->node_id[0] == '\0' ? OK : authz_node(txn_scene(t), req->node_id, "node_id");
}

static bool concerns_board(const struct actor *actor, const struct config *config, const void *request,
			   const EventRecord *event)
{
	const WatchBoardRequest *req = request;
	return event->subject_id[0] == 'o' && authz_event(actor, config, event) && config != NULL &&
	       config_under(config, event->grid_id, req->node_id);
}

const struct method desk_methods[] = {
    METHOD(DeskService, ListBoard, list_board, .again = NULL),
    METHOD(DeskService, GetBoardCounts, board_counts, .again = NULL),
    METHOD(DeskService, AssignOrder, assign_order, .again = again_order),
    METHOD(DeskService, BulkAssign, bulk_assign, .again = again_bulk),
    METHOD(DeskService, HoldOrder, hold_order, .again = again_order),
    METHOD(DeskService, ResumeOrder, resume_order, .again = again_order),
    METHOD(DeskService, RedispatchOrder, redispatch_order, .again = again_order),
    METHOD(DeskService, MergeOrders, merge_orders, .again = again_order),
    METHOD(DeskService, RejectOrder, reject_order, .again = again_order),
    METHOD(DeskService, CompleteOrder, complete_order, .again = again_order),
    METHOD(DeskService, ReworkOrder, rework_order, .again = again_order),
    METHOD(DeskService, WatchBoard, watch_board, .open = watch_board_open_any, .concerns = concerns_board),
};
const size_t desk_methods_n = sizeof(desk_methods) / sizeof(desk_methods[0]);
