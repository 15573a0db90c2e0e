#include "domain/offer.h"

#include "domain/load.h"
#include "domain/match.h"
#include "domain/order_state.h"
#include "domain/policy.h"

bool offer_is_live(const OrderRecord *order, const OfferRecord *offer, int64_t now_ms)
{
	return offer->state == OFFER_STATE_LIVE &&
	       now_ms < order_time_ms(order, offer->offered_after_ms + offer->ttl_ms);
}

size_t offer_live_count(const OrderRecord *order)
{
	size_t live = 0;
	for (size_t i = 0; i < order->n_offers; i++)
		live += order->offers[i]->state == OFFER_STATE_LIVE;
	return live;
}

enum err offer_put(struct scene *s, OrderRecord *order, const struct offer_spec *spec)
{
	/* The table lets a HELD order go back to OFFERED, but only order_resume knows what that takes. */
	if (order->state == ORDER_STATE_HELD)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "HELD");
	/* A member has one live offer of an order at most: the newest. */
	OfferRecord *former = order_offer_of(order, spec->member_id);
	if (former != NULL && former->state == OFFER_STATE_LIVE)
		former->state = OFFER_STATE_WITHDRAWN;
	OfferRecord *offer = ARENA_NEW(s->arena, OfferRecord);
	OfferRecord_init(offer);
	offer->member_id = arena_strdup(s->arena, spec->member_id);
	offer->slot = spec->slot;
	offer->state = OFFER_STATE_LIVE;
	offer->ring = spec->ring;
	offer->offered_after_ms = order_after_ms(order, s->now_ms);
	offer->ttl_ms = spec->ttl_ms;
	offer->distance_m = spec->distance_m;
	offer->manual = spec->manual;
	offer->accept_milli = spec->accept_milli;
	if (order->state == ORDER_STATE_OFFERED)
		order_entry(s, order, EVENT_KIND_OFFERED, spec->member_id, NULL);
	else
		TRY(order_move(s, order, ORDER_STATE_OFFERED, EVENT_KIND_OFFERED, spec->member_id, NULL));
	arena_append(s->arena, (void ***)&order->offers, &order->n_offers, offer);
	order->dispatch_after_ms = 0;
	order->pooled = false;
	return OK;
}

void offer_prolong(OrderRecord *order, int64_t by_ms)
{
	for (size_t i = 0; i < order->n_offers; i++) {
		if (order->offers[i]->state == OFFER_STATE_LIVE)
			order->offers[i]->ttl_ms += by_ms;
	}
}

void offer_withdraw_all(OrderRecord *order)
{
	for (size_t i = 0; i < order->n_offers; i++) {
		if (order->offers[i]->state == OFFER_STATE_LIVE)
			order->offers[i]->state = OFFER_STATE_WITHDRAWN;
	}
}

void offer_withdraw_slot(OrderRecord *order, uint32_t slot)
{
	for (size_t i = 0; i < order->n_offers; i++) {
		OfferRecord *offer = order->offers[i];
		if (offer->state == OFFER_STATE_LIVE && offer->slot == slot)
			offer->state = OFFER_STATE_WITHDRAWN;
	}
}

void offer_settle(struct scene *s, OrderRecord *order)
{
	if (order->state != ORDER_STATE_OFFERED || offer_live_count(order) > 0)
		return;
	/* OFFERED to PLACED is always legal. */
	(void)order_move(s, order, ORDER_STATE_PLACED, EVENT_KIND_DISPATCHED, NULL, NULL);
	order_look_again(s, order);
}

/* Why an offer that is not live can't be answered any more. */
static enum err not_live(struct scene *s, const OrderRecord *order, const OfferRecord *offer)
{
	switch (offer->state) {
	case OFFER_STATE_WITHDRAWN:
		return fault_set(s->fault, ERR_OFFER_TAKEN, "order_id", "%s", order->id);
	case OFFER_STATE_ACCEPTED:
	case OFFER_STATE_DECLINED:
		return fault_set(s->fault, ERR_OFFER_ANSWERED, "order_id", "%s", order->id);
	case OFFER_STATE_LIVE:
	case OFFER_STATE_EXPIRED:
	case OFFER_STATE_UNSPECIFIED:
		break;
	}
	return fault_set(s->fault, ERR_OFFER_EXPIRED, "order_id", "%s", order->id);
}

static enum err check_answerable(struct scene *s, const OrderRecord *order, const OfferRecord *offer)
{
	if (offer == NULL)
		return fault_set(s->fault, ERR_NOT_FOUND, "order_id", "no offer to this member");
	if (offer->state == OFFER_STATE_LIVE && order->state == ORDER_STATE_HELD)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "HELD");
	if (!offer_is_live(order, offer, s->now_ms))
		return not_live(s, order, offer);
	return OK;
}

enum err offer_accept(struct scene *s, OrderRecord *order, const MemberRecord *member, LoadRecord *load)
{
	OfferRecord *offer = order_offer_of(order, member->id);
	if (offer == NULL && order_state_final(order->state))
		return fault_set(s->fault, ERR_OFFER_TAKEN, "order_id", "%s", order->id);
	TRY(check_answerable(s, order, offer));
	if (!offer->manual && order->urgency != URGENCY_DANGER && load->holding >= match_holding_cap(s->config, member))
		return fault_set(s->fault, ERR_MEMBER_FULL, "order_id", "holds %u", load->holding);
	SlotRecord *slot = order->slots[offer->slot];
	slot->member_id = member->id;
	slot->accepted_after_ms = order_after_ms(order, s->now_ms);
	offer->state = OFFER_STATE_ACCEPTED;
	offer_withdraw_slot(order, offer->slot);
	load_accepted(s->arena, load, order->building_id, s->now_ms);
	if (order_open_slots(order) == 0) {
		offer_withdraw_all(order);
		return order_move(s, order, ORDER_STATE_ACCEPTED, EVENT_KIND_ACCEPTED, member->id, NULL);
	}
	order_entry(s, order, EVENT_KIND_ACCEPTED, member->id, NULL);
	offer_settle(s, order);
	return OK;
}

enum err offer_decline(struct scene *s, OrderRecord *order, const char *member_id, DeclineReason reason,
		       const char *text)
{
	OfferRecord *offer = order_offer_of(order, member_id);
	TRY(check_answerable(s, order, offer));
	offer->state = OFFER_STATE_DECLINED;
	offer->decline_reason = reason;
	order_entry(s, order, EVENT_KIND_OFFER_DECLINED, member_id, text);
	if (policy_mode(s->config->policy, order->urgency)->fanout > 1) /* every decliner is replaced at once */
		order_look_again(s, order);
	offer_settle(s, order);
	return OK;
}

enum err offer_grab(struct scene *s, OrderRecord *order, const MemberRecord *member, LoadRecord *load,
		    uint32_t distance_m)
{
	if (!order->pooled || order->state != ORDER_STATE_PLACED)
		return fault_set(s->fault, order_slot_of(order, member->id) == NULL ? ERR_OFFER_TAKEN : ERR_NOT_IN_POOL,
				 "order_id", "%s", order->id);
	struct match_order wanted = match_order_of(s, order, NULL);
	for (uint32_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->member_id[0] != '\0')
			continue;
		enum match_filter filter = match_filter(s, &wanted, order->slots[i], member, load);
		if (!match_filter_grabbable(filter))
			return fault_set(s->fault, match_filter_err(filter), "order_id", "%s",
					 match_filter_name(filter));
		struct offer_spec spec = {.member_id = member->id,
					  .slot = i,
					  .ring = RING_POOL,
					  .ttl_ms = 1,
					  .distance_m = distance_m,
					  .manual = true};
		TRY(offer_put(s, order, &spec));
		return offer_accept(s, order, member, load);
	}
	return fault_set(s->fault, ERR_OFFER_TAKEN, "order_id", "%s", order->id);
}

bool offer_expire(struct scene *s, OrderRecord *order)
{
	bool any = false;
	if (order->state != ORDER_STATE_OFFERED)
		return false;
	for (size_t i = 0; i < order->n_offers; i++) {
		OfferRecord *offer = order->offers[i];
		if (offer->state != OFFER_STATE_LIVE || offer_is_live(order, offer, s->now_ms))
			continue;
		offer->state = OFFER_STATE_EXPIRED;
		order_entry(s, order, EVENT_KIND_OFFER_EXPIRED, offer->member_id, NULL);
		any = true;
	}
	offer_settle(s, order);
	if (any && order->state == ORDER_STATE_PLACED)
		order_join_window(s, order);
	return any;
}
