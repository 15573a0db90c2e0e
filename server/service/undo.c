#include "service/undo.h"

#include "base/limits.h"
#include "service/reply.h"

static bool is_desk(const struct actor *actor)
{
	return actor->role == ROLE_OPERATOR || actor->role == ROLE_ADMIN;
}

static enum err open_undo(struct txn *t, const OrderRecord *order, UndoRecord **undo)
{
	struct scene *s = txn_scene(t);
	*undo = NULL;
	if (!is_desk(s->actor))
		return OK;
	/* The one of the command before is read only to be replaced. */
	UndoRecord *former;
	TRY(TXN_FIND(t, UNDO, order->id, &former));
	UndoRecord *next = *undo = ARENA_NEW(s->arena, UndoRecord);
	UndoRecord_init(next);
	next->order_id = order->id;
	next->actor_id = (char *)s->actor->id;
	next->line = (uint32_t)order->n_timeline + 1;
	next->until_ms = s->now_ms + LIMIT_UNDO_MS;
	return OK;
}

enum err undo_begin(struct txn *t, const OrderRecord *order, UndoRecord **undo)
{
	TRY(open_undo(t, order, undo));
	(void)undo_note(t, undo, order);
	return OK;
}

enum err undo_begin_merge(struct txn *t, const OrderRecord *order, UndoRecord **undo)
{
	TRY(open_undo(t, order, undo));
	if (*undo != NULL)
		(*undo)->merge = true;
	return OK;
}

KeptRecord *undo_note(struct txn *t, UndoRecord **undo, const OrderRecord *order)
{
	if (*undo == NULL || !undo_possible(order)) {
		*undo = NULL;
		return NULL;
	}
	KeptRecord *kept = undo_keep(txn_scene(t), order);
	arena_append(txn_arena(t), (void ***)&(*undo)->kept, &(*undo)->n_kept, kept);
	return kept;
}

enum err reach_undoable(struct txn *t, const char *id, const char *etag, OrderRecord **order, UndoRecord **undo)
{
	txn_prefetch(t, KIND_UNDO, id);
	TRY(reach_desk_order(t, id, etag, order));
	return undo_begin(t, *order, undo);
}

static Undo *view_undo(struct txn *t, const UndoRecord *undo)
{
	Undo *view = ARENA_NEW(txn_arena(t), Undo);
	Undo_init(view);
	view->line = undo->line;
	view->until_ms = undo->until_ms;
	return view;
}

Undo *undo_offer(struct txn *t, UndoRecord *undo, const OrderRecord *order)
{
	if (undo == NULL)
		return NULL;
	if (!undo->merge)
		undo_kept(undo->kept[0], order);
	txn_put(t, KIND_UNDO, undo);
	return view_undo(t, undo);
}

enum err undo_still(struct txn *t, const char *order_id, Undo **out)
{
	UndoRecord *undo;
	*out = NULL;
	if (!is_desk(txn_actor(t)))
		return OK;
	TRY(TXN_PEEK(t, UNDO, order_id, &undo));
	if (undo != NULL && undo->until_ms > txn_now_ms(t) && strcmp(undo->actor_id, txn_actor(t)->id) == 0)
		*out = view_undo(t, undo);
	return OK;
}

struct undoable_response {
	ProtobufCMessage base;
	Order *order;
	Undo *undo;
};

enum err commit_undoable(struct txn *t, OrderRecord *order, UndoRecord *undo, void *response)
{
	struct undoable_response *rsp = response;
	rsp->undo = undo_offer(t, undo, order);
	return commit_order(t, order, &rsp->order);
}

enum err again_undoable(struct txn *t, const char *subject_id, void *response)
{
	struct undoable_response *rsp = response;
	txn_prefetch(t, KIND_UNDO, subject_id);
	TRY(again_order(t, subject_id, response));
	return undo_still(t, subject_id, &rsp->undo);
}
