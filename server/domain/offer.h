/*
 * offer: an order put to one member, and what the member answers.
 *
 * Nouns: an offer is LIVE until it is accepted, declined, expires or is withdrawn; it is for one slot.
 * The first acceptance of a slot wins: the others are withdrawn, without penalty. A timeout is not a
 * decline. Nobody is asked twice in one round of dispatch.
 * Errors: ERR_NOT_FOUND (never asked), ERR_OFFER_TAKEN, ERR_OFFER_EXPIRED, ERR_OFFER_ANSWERED,
 * ERR_ORDER_STATE, ERR_MEMBER_*; ERR_NOT_IN_POOL.
 */
#ifndef PAIDAN_DOMAIN_OFFER_H
#define PAIDAN_DOMAIN_OFFER_H

#include "domain/order.h"

struct offer_spec {
	const char *member_id;
	uint32_t slot;
	Ring ring;
	int64_t ttl_ms;
	uint32_t distance_m;
	bool manual;
	uint32_t accept_milli; /* how likely it is to be accepted; 0: nobody had to know */
};

/* Puts the order to a member. From PLACED, OFFERED, or (a reassignment) ACCEPTED and STARTED. */
enum err offer_put(struct scene *s, OrderRecord *order, const struct offer_spec *spec);
bool offer_is_live(const OrderRecord *order, const OfferRecord *offer, int64_t now_ms);
size_t offer_live_count(const OrderRecord *order);

/* load is the member's; holding grows by one. */
enum err offer_accept(struct scene *s, OrderRecord *order, const MemberRecord *member, LoadRecord *load);
enum err offer_decline(struct scene *s, OrderRecord *order, const char *member_id, DeclineReason reason,
		       const char *text);
/* Takes a pooled order: an offer to oneself, accepted. */
enum err offer_grab(struct scene *s, OrderRecord *order, const MemberRecord *member, LoadRecord *load,
		    uint32_t distance_m);
/* Ends the offers whose time has passed; true when there were any. When none is left live the order
 * returns to PLACED and dispatch looks one ring further, with the others of its window. */
bool offer_expire(struct scene *s, OrderRecord *order);
/* Those that are live go on living for so much longer. */
void offer_prolong(OrderRecord *order, int64_t by_ms);
void offer_withdraw_all(OrderRecord *order);
void offer_withdraw_slot(OrderRecord *order, uint32_t slot);
/* Back to PLACED if nothing is live any more; dispatch goes on at once. */
void offer_settle(struct scene *s, OrderRecord *order);

#endif
