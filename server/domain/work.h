/*
 * work: what the members who hold an order do with it, and how it ends.
 *
 * Nouns: each member works on their own slot; the order is STARTED with the first start and COMPLETED
 * when every slot is. Evidence is text, photos or the beneficiary's completion code.
 * Errors: ERR_NOT_FOUND (the member holds no slot), ERR_ORDER_STATE, ERR_EVIDENCE_MISSING,
 * ERR_CODE_WRONG, ERR_CODE_LOCKED, FIELD_*.
 */
#ifndef PAIDAN_DOMAIN_WORK_H
#define PAIDAN_DOMAIN_WORK_H

#include "domain/order.h"

enum { WORK_CODE_TRIES = 5 };

enum err work_start(struct scene *s, OrderRecord *order, const char *member_id);
/* *done tells whether the whole order is completed now; a wrong code answers OK with *wrong_code set,
 * so that the failed try is stored. */
enum err work_complete(struct scene *s, OrderRecord *order, const char *member_id, const CompleteTaskRequest *request,
		       bool *wrong_code);
/* By the desk, for all members who hold it. */
enum err work_complete_all(struct scene *s, OrderRecord *order, const CompleteOrderRequest *request);
/* Gives the member's slot back; the order returns to dispatch. kind: HANDED_BACK, or REASSIGNED when
 * the desk takes it away. */
enum err work_release(struct scene *s, OrderRecord *order, const char *member_id, EventKind kind, const char *reason);

/* Empties a held slot for another member (the desk reassigns it); the order stays where it is, an offer
 * follows at once. */
enum err work_take_away(struct scene *s, OrderRecord *order, uint32_t slot, const char *reason);

/* RateOrder: closes the order, or sends it back to work when it was not solved. Only for the
 * beneficiary (ERR_NOT_BENEFICIARY), once (ERR_ALREADY_RATED). */
enum err work_rate(struct scene *s, OrderRecord *order, const RateOrderRequest *request, bool *rework);

#endif
