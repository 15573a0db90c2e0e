/*
 * order: an order as it stands: its state and who holds it, its timeline, what was promised, and when dispatch or time
 * alone has to look at it again. What can happen to it as a whole is in order_life.h, offers in offer.h, the work
 * itself in work.h.
 *
 * Nouns: after_ms = milliseconds since the order was placed, counted from 1, for 0 means "not yet"; entry = a line of
 * the timeline; every change appends one, and events are derived from the entries.
 * Ownership: an order and all that hangs on it lie in scene.arena (or the arena it was decoded in).
 * Errors: ERR_ORDER_STATE when the transition table has no such step; others as named at each function. After an error
 * the order may be half changed: throw it away.
 */
#ifndef PAIDAN_DOMAIN_ORDER_H
#define PAIDAN_DOMAIN_ORDER_H

#include "domain/scene.h"

/* A moment as after_ms (at least 1), and back. */
int64_t order_after_ms(const OrderRecord *order, int64_t now_ms);
int64_t order_time_ms(const OrderRecord *order, int64_t after_ms);

/* The function that changes order->state: checks the table, charges the time that has passed to
 * the party that held it, appends the entry. */
enum err order_move(struct scene *s, OrderRecord *order, OrderState to, EventKind kind, const char *member_id,
		    const char *text);
/* The other one that changes it: back to where the order was before a command of a desk, which began with that line of
 * the timeline. Only for undo.h. */
enum err order_take_back(struct scene *s, OrderRecord *order, OrderState to, uint32_t line, const char *text);
/* Appends an entry without a change of state. */
void order_entry(struct scene *s, OrderRecord *order, EventKind kind, const char *member_id, const char *text);

/* ERR_ORDER_FULL when the timeline takes no more but what ends the order. */
enum err order_check_room(struct scene *s, const OrderRecord *order);

/* Who did it; the record leaves out what its entry implies. "" for the system. */
const char *order_entry_actor_id(const OrderRecord *order, const EntryRecord *entry);
const char *order_requester_id(const OrderRecord *order);
/* NULL when nothing of that kind happened. */
const EntryRecord *order_last_entry(const OrderRecord *order, EventKind kind);

/* One level up (grid > community > street > district), at most to 3; never falls. */
void order_escalate(struct scene *s, OrderRecord *order);

/* The next moment at which time alone changes something about the order; 0: never. The timer index is
 * derived from it, so a stored order can't lose its timer. */
int64_t order_next_due_ms(const OrderRecord *order);
/* When the current level is overdue; 0: it doesn't climb (any more). */
int64_t order_escalate_ms(const OrderRecord *order);
/* What is promised: a moment, and the time it gives from when the promise was made. Made when the order is placed and
 * again when it goes back to the queue after its completion, so that it does not count as overdue at once. */
int64_t order_due_ms(const OrderRecord *order);
int64_t order_service_ms(const OrderRecord *order);

/* The household at whose home the help is needed; "" when it has none or is needed elsewhere. */
const char *order_home_id(const OrderRecord *order);
/* Dispatch looks at it again, unless the desk dispatches by hand: at once, or with the others of its window. */
void order_look_again(struct scene *s, OrderRecord *order);
void order_join_window(struct scene *s, OrderRecord *order);
/* Where a round of dispatch begins: routine starts at home, urgent opens two rings at once, an emergency all. */
Ring order_first_ring(const struct scene *s, const OrderRecord *order);
/* Nobody can be asked: dispatch looks again later, from the first ring. False: it has searched for as long as its mode
 * says. */
bool order_search_on(struct scene *s, OrderRecord *order);
/* When dispatch looks for somebody by itself; 0: not before something happens. */
int64_t order_search_again_ms(const OrderRecord *order);
/* When the window ends that the order waits for; 0: it waits for none. */
int64_t order_window_end_ms(const struct scene *s, const OrderRecord *order);

/* The member's slot, or NULL. */
SlotRecord *order_slot_of(const OrderRecord *order, const char *member_id);
/* The member's most recent offer of this round, or NULL. */
OfferRecord *order_offer_of(const OrderRecord *order, const char *member_id);
/* Slots without a member. */
size_t order_open_slots(const OrderRecord *order);

#endif
