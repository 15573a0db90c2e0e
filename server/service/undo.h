/*
 * undo: how handlers of the desk keep what it takes to take their command back (domain/undo.h).
 *
 * A handler calls undo_begin (or undo_begin_merge) before it changes the order, and commit_undoable behind it. The
 * record is put with the order, so that there is an undo exactly when there was the command; job/housekeep.c drops it
 * later. Errors: as txn.h.
 */
#ifndef PAIDAN_SERVICE_UNDO_H
#define PAIDAN_SERVICE_UNDO_H

#include "domain/undo.h"
#include "txn/txn.h"

/* reach_desk_order, and undo_begin. */
enum err reach_undoable(struct txn *t, const char *id, const char *etag, OrderRecord **order, UndoRecord **undo);
/* *undo is NULL when the command can't be taken back: by its actor, or by what has been done of the order. */
enum err undo_begin(struct txn *t, const OrderRecord *order, UndoRecord **undo);
/* Of a merge: order stays; each duplicate is noted before it is changed (and undo_kept behind that). */
enum err undo_begin_merge(struct txn *t, const OrderRecord *order, UndoRecord **undo);
/* What is kept of the order; NULL, and *undo too, when its part can't be taken back. */
KeptRecord *undo_note(struct txn *t, UndoRecord **undo, const OrderRecord *order);

/* Puts the record and tells of it; NULL for none. */
Undo *undo_offer(struct txn *t, UndoRecord *undo, const OrderRecord *order);
/* What undo_offer answered, as long as the caller can still take it back; NULL otherwise. */
enum err undo_still(struct txn *t, const char *order_id, Undo **out);

/* Puts the order, then replies with it and the undo: for responses that have the two as their first fields. */
enum err commit_undoable(struct txn *t, OrderRecord *order, UndoRecord *undo, void *response);
/* For method.again of the same. */
enum err again_undoable(struct txn *t, const char *subject_id, void *response);

#endif
