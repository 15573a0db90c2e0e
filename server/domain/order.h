/*
 * order: what can happen to an order as a whole. Offers are in offer.h, the work itself in work.h,
 * completion's judgement in rating.h.
 *
 * Nouns: after_ms = milliseconds since the order was placed, counted
 * from 1, for 0 means "not yet"; entry = a line of the timeline; every
 * change appends one, and events are derived from the entries.
 * Ownership: an order and all that hangs on it lie in scene.arena (or the arena it was decoded in).
 * Errors: ERR_ORDER_STATE when the transition table has no such step; FIELD_* for bad text; others as
 * named at each function. After an error the order may be half changed: throw it away.
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

/* What a new order is made of, besides the request. */
struct order_seed {
	const char *id;
	const Category *category;
	const ResidentRecord *beneficiary;
	const HouseholdRecord *household; /* NULL: the beneficiary has none */
	bool away;                        /* the help is needed somewhere else */
	const char *grid_id;
	int32_t lat_e6;
	int32_t lon_e6;
	uint32_t completion_code; /* 1000..9999 */
};

/* ERR_FIELD_* for title, description, attachments, urgency. */
enum err order_place(struct scene *s, const PlaceOrderRequest *request, const struct order_seed *seed,
		     OrderRecord **out);
enum err order_cancel(struct scene *s, OrderRecord *order, const char *reason);
enum err order_reject(struct scene *s, OrderRecord *order, const char *reason);
/* ERR_CHASE_TOO_SOON within the policy's interval, ERR_ORDER_FULL. */
enum err order_chase(struct scene *s, OrderRecord *order, const char *text);
enum err order_add_note(struct scene *s, OrderRecord *order, const char *text);
enum err order_hold(struct scene *s, OrderRecord *order, const HoldOrderRequest *request);
/* Offers that were live when it was held go on living for as long as they still had. */
enum err order_resume(struct scene *s, OrderRecord *order);
/* duplicate is cancelled in favour of order. ERR_MERGE_MISMATCH when they are one, or the category or
 * the grid differ, or order is final. */
enum err order_merge(struct scene *s, OrderRecord *order, OrderRecord *duplicate, const char *reason);
/* Back to the queue after completion, with a higher priority. */
enum err order_rework(struct scene *s, OrderRecord *order, EventKind kind, const char *reason);
/* ERR_REOPEN_WINDOW when the policy's window has passed. */
enum err order_reopen(struct scene *s, OrderRecord *order, const char *reason);
/* Back to the first ring. Legal for PLACED orders and, withdrawing live offers, for OFFERED ones. */
enum err order_redispatch(struct scene *s, OrderRecord *order);
enum err order_close_unrated(struct scene *s, OrderRecord *order);
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
/* When dispatch looks for somebody by itself; 0: not before something happens. */
int64_t order_search_again_ms(const OrderRecord *order);
/* When the window ends that the order waits for; 0: it waits for none. */
int64_t order_window_end_ms(const struct scene *s, const OrderRecord *order);

/* The member's slot, or NULL. */
SlotRecord *order_slot_of(const OrderRecord *order, const char *member_id);
/* Nobody can be asked: dispatch looks again later, from the first ring. False: it has searched for as long as its mode
 * says. */
bool order_search_on(struct scene *s, OrderRecord *order);
/* Slots without a member. */
size_t order_open_slots(const OrderRecord *order);

#endif
