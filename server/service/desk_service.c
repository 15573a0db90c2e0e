#include "domain/load.h"
#include "domain/order_life.h"
#include "domain/work.h"
#include "service/board.h"
#include "service/ledger.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/undo.h"

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

HANDLER(hold_order, HoldOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, req->etag, &order, &undo));
	TRY(order_hold(txn_scene(t), order, req));
	return commit_undoable(t, order, undo, rsp);
}

HANDLER(resume_order, ResumeOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, req->etag, &order, &undo));
	TRY(order_resume(txn_scene(t), order));
	return commit_undoable(t, order, undo, rsp);
}

HANDLER(redispatch_order, RedispatchOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, "", &order, &undo));
	TRY(order_redispatch(txn_scene(t), order));
	return commit_undoable(t, order, undo, rsp);
}

static enum err merge_one(struct txn *t, OrderRecord *order, UndoRecord **undo, const char *id, const char *reason)
{
	OrderRecord *duplicate;
	TRY(reach_desk_order(t, id, "", &duplicate));
	KeptRecord *kept = undo_note(t, undo, duplicate);
	TRY(release_holders(t, duplicate));
	TRY(order_merge(txn_scene(t), order, duplicate, reason));
	undo_kept(kept, duplicate);
	txn_put(t, KIND_ORDER, duplicate);
	return OK;
}

HANDLER(merge_orders, MergeOrders)
{
	OrderRecord *order;
	UndoRecord *undo;
	enum err err = OK;
	for (size_t i = 0; i < req->n_duplicate_ids; i++)
		txn_prefetch(t, KIND_ORDER, req->duplicate_ids[i]);
	TRY(reach_desk_order(t, req->order_id, "", &order));
	TRY(undo_begin_merge(t, order, &undo));
	/* What the holders of all of them need comes at once. */
	for (size_t i = 0; i < req->n_duplicate_ids && txn_goes_on(err); i++)
		err = txn_also(err, merge_one(t, order, &undo, req->duplicate_ids[i], req->reason));
	TRY(err);
	return commit_undoable(t, order, undo, rsp);
}

HANDLER(reject_order, RejectOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, req->etag, &order, &undo));
	TRY(release_holders(t, order));
	TRY(order_reject(txn_scene(t), order, req->reason));
	return commit_undoable(t, order, undo, rsp);
}

HANDLER(complete_order, CompleteOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, "", &order, &undo));
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
	return commit_undoable(t, order, undo, rsp);
}

HANDLER(rework_order, ReworkOrder)
{
	OrderRecord *order;
	UndoRecord *undo;
	TRY(reach_undoable(t, req->order_id, "", &order, &undo));
	if (order->state == ORDER_STATE_COMPLETED)
		TRY(ledger_reverse(t, order));
	TRY(order_rework(txn_scene(t), order, EVENT_KIND_REWORK, req->reason));
	return commit_undoable(t, order, undo, rsp);
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
    METHOD(DeskService, HoldOrder, hold_order, .again = again_undoable),
    METHOD(DeskService, ResumeOrder, resume_order, .again = again_undoable),
    METHOD(DeskService, RedispatchOrder, redispatch_order, .again = again_undoable),
    METHOD(DeskService, MergeOrders, merge_orders, .again = again_undoable),
    METHOD(DeskService, RejectOrder, reject_order, .again = again_undoable),
    METHOD(DeskService, CompleteOrder, complete_order, .again = again_undoable),
    METHOD(DeskService, ReworkOrder, rework_order, .again = again_undoable),
    METHOD(DeskService, WatchBoard, watch_board, .open = watch_board_open_any, .concerns = concerns_board),
};
const size_t desk_methods_n = sizeof(desk_methods) / sizeof(desk_methods[0]);
