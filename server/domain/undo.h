/*
 * undo: what a desk has just done to an order is taken back, as long as the order has not gone on.
 *
 * How: the fields of the order that commands of desks change are kept from before the command (KeptRecord). Taking it
 * back puts them into the order as it is now, by a step of its own in the table of states (order_state_undoes); the
 * timeline keeps the command and tells that it was taken back. So offers that were made are withdrawn like any other,
 * their members hear of it, and whoever was asked before is asked again. Nouns: lines = entries of the timeline; an
 * order has gone on when a line behind the command is more than a word about it (a note, a chase, an escalation), or
 * what dispatch did by itself: nobody has answered that. Ownership: what is kept shares the order's texts, and has
 * slots and offers of its own. Errors: ERR_UNDO_EXPIRED, ERR_UNDO_OVERTAKEN, ERR_ORDER_FULL.
 */
#ifndef PAIDAN_DOMAIN_UNDO_H
#define PAIDAN_DOMAIN_UNDO_H

#include "domain/order.h"

/* Not when somebody has done their part of a team's work: it may have been paid for. What sends a completed order back
 * takes all points along, and can give them again. */
bool undo_possible(const OrderRecord *order);

/* Before the command, and behind it; kept may be NULL. */
KeptRecord *undo_keep(struct scene *s, const OrderRecord *order);
void undo_kept(KeptRecord *kept, const OrderRecord *order);

/* undo may be NULL: there is nothing. line 0: whichever it is. */
enum err undo_check(struct scene *s, const UndoRecord *undo, uint32_t line);
/* The order as it was before; its loads and points are the caller's affair, and to be looked at before that. */
enum err undo_check_order(struct scene *s, const OrderRecord *order, const KeptRecord *kept);
enum err undo_order(struct scene *s, OrderRecord *order, const KeptRecord *kept);
/* Of a merge: the order that stays goes on without the duplicate, wherever it has come to. */
enum err undo_merge(struct scene *s, OrderRecord *order, const char *duplicate_id, uint32_t line);

#endif
