/*
 * order_life: what can happen to an order as a whole, from the moment that it is placed to its end, and back from
 * there.
 *
 * Nouns: a round of dispatch begins at the first ring and asks nobody twice.
 * Ownership: as order.h. Errors: as order.h; FIELD_* for bad text; others as named at each function.
 */
#ifndef PAIDAN_DOMAIN_ORDER_LIFE_H
#define PAIDAN_DOMAIN_ORDER_LIFE_H

#include "domain/order.h"

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

#endif
