#include "domain/load.h"
#include "domain/order_state.h"
#include "service/bulk.h"
#include "service/ledger.h"
#include "service/services.h"
#include "service/undo.h"

/* --- what members carry --- */

static bool holds(const OrderRecord *order, size_t slot)
{
	return order->slots[slot]->member_id[0] != '\0' && order->slots[slot]->completed_after_ms == 0 &&
	       !order_state_final(order->state);
}

typedef void change_fn(struct arena *a, LoadRecord *load, const char *building_id, int64_t now_ms);

static enum err change_load(struct txn *t, const OrderRecord *order, const char *member_id, change_fn *change)
{
	LoadRecord *load;
	TRY(reach_load(t, member_id, &load));
	change(txn_arena(t), load, order->building_id, txn_now_ms(t));
	txn_put(t, KIND_LOAD, load);
	return OK;
}

/* A slot that has come into somebody's hands, left them, or was done. */
static enum err give_back_slot(struct txn *t, const OrderRecord *order, const OrderRecord *before, size_t i)
{
	const char *now = order->slots[i]->member_id, *then = before->slots[i]->member_id;
	bool same = strcmp(now, then) == 0;
	if (holds(order, i) && !(same && holds(before, i)))
		TRY(change_load(t, order, now, load_unaccepted));
	if (holds(before, i) && !(same && holds(order, i)))
		TRY(change_load(t, order, then,
				same && order->state == ORDER_STATE_COMPLETED ? load_uncompleted : load_unreleased));
	return OK;
}

static enum err give_back(struct txn *t, const OrderRecord *order, const KeptRecord *kept)
{
	const OrderRecord *before = kept->before;
	for (size_t i = 0; i < order->n_slots; i++) {
		txn_prefetch(t, KIND_LOAD, order->slots[i]->member_id);
		txn_prefetch(t, KIND_LOAD, before->slots[i]->member_id);
	}
	for (size_t i = kept->offers_kept; i < order->n_offers; i++)
		txn_prefetch(t, KIND_LOAD, order->offers[i]->member_id);
	for (size_t i = 0; i < order->n_slots; i++)
		TRY(give_back_slot(t, order, before, i));
	for (size_t i = kept->offers_kept; i < order->n_offers; i++) {
		LoadRecord *load;
		TRY(reach_load(t, order->offers[i]->member_id, &load));
		load_unasked(load, txn_now_ms(t));
		txn_put(t, KIND_LOAD, load);
	}
	return OK;
}

/* --- taking back --- */

static enum err take_back(struct txn *t, OrderRecord *order, const KeptRecord *kept)
{
	TRY(undo_check_order(txn_scene(t), order, kept));
	TRY(give_back(t, order, kept));
	if (order->state == ORDER_STATE_COMPLETED)
		TRY(ledger_reverse(t, order));
	TRY(undo_order(txn_scene(t), order, kept));
	if (order->state == ORDER_STATE_COMPLETED)
		TRY(ledger_restore(t, order));
	txn_put(t, KIND_ORDER, order);
	return OK;
}

static enum err take_one_back(struct txn *t, OrderRecord *order, const UndoRecord *undo, size_t i)
{
	OrderRecord *duplicate;
	TRY(reach_desk_order(t, undo->kept[i]->before->id, "", &duplicate));
	TRY(take_back(t, duplicate, undo->kept[i]));
	return undo_merge(txn_scene(t), order, duplicate->id, undo->line + (uint32_t)i);
}

static enum err take_merge_back(struct txn *t, OrderRecord *order, const UndoRecord *undo)
{
	enum err err = OK;
	for (size_t i = 0; i < undo->n_kept; i++)
		txn_prefetch(t, KIND_ORDER, undo->kept[i]->before->id);
	for (size_t i = 0; i < undo->n_kept && txn_goes_on(err); i++)
		err = txn_also(err, take_one_back(t, order, undo, i));
	TRY(err);
	txn_put(t, KIND_ORDER, order);
	return OK;
}

static enum err undo_item(struct txn *t, const void *request, size_t i)
{
	const UndoItem *item = ((const UndoCommandsRequest *)request)->items[i];
	OrderRecord *order;
	UndoRecord *undo;
	txn_prefetch(t, KIND_UNDO, item->order_id);
	TRY(reach_desk_order(t, item->order_id, "", &order));
	TRY(TXN_FIND(t, UNDO, item->order_id, &undo));
	TRY(undo_check(txn_scene(t), undo, item->line));
	TRY(undo->merge ? take_merge_back(t, order, undo) : take_back(t, order, undo->kept[0]));
	txn_remove(t, KIND_UNDO, undo);
	return OK;
}

static enum err undo_answer(struct txn *t, const void *request, void *response, size_t i, ErrorInfo *error)
{
	UndoCommandsResponse *rsp = response;
	UndoResult *result = ARENA_NEW(txn_arena(t), UndoResult);
	UndoResult_init(result);
	result->order_id = ((const UndoCommandsRequest *)request)->items[i]->order_id;
	result->error = error;
	arena_append(txn_arena(t), (void ***)&rsp->results, &rsp->n_results, result);
	return OK;
}

static struct bulk bulk_of(const UndoCommandsRequest *req)
{
	return (struct bulk){.request = &req->base, .n = req->n_items, .carry_out = undo_item, .answer = undo_answer};
}

HANDLER(undo_commands, UndoCommands)
{
	struct bulk bulk = bulk_of(req);
	for (size_t i = 0; i < req->n_items; i++) {
		txn_prefetch(t, KIND_ORDER, req->items[i]->order_id);
		txn_prefetch(t, KIND_UNDO, req->items[i]->order_id);
	}
	return bulk_run(t, &bulk, rsp);
}

static enum err again_undo(struct txn *t, const char *done, void *response)
{
	struct bulk bulk = bulk_of(txn_request(t));
	return bulk_again(t, &bulk, done, response);
}

const struct method undo_methods[] = {METHOD(DeskService, UndoCommands, undo_commands, .again = again_undo)};
const size_t undo_methods_n = sizeof(undo_methods) / sizeof(undo_methods[0]);
