#include "domain/order_life.h"

#include "domain/config.h"
#include "domain/offer.h"
#include "domain/order_state.h"
#include "domain/policy.h"

static void take_slots(struct scene *s, OrderRecord *order, const Category *category)
{
	size_t n = category->n_slots == 0 ? 1 : category->n_slots;
	if (category->two_person && n < 2)
		n = 2;
	for (size_t i = 0; i < n; i++) {
		SlotRecord *slot = ARENA_NEW(s->arena, SlotRecord);
		SlotRecord_init(slot);
		if (i < category->n_slots) {
			slot->skill = arena_strdup(s->arena, category->slots[i]->skill);
			slot->optional_skill = category->slots[i]->optional_skill;
		}
		arena_append(s->arena, (void ***)&order->slots, &order->n_slots, slot);
	}
}

static void take_text(OrderRecord *order, const PlaceOrderRequest *request)
{
	order->title = request->title;
	order->description = request->description;
	order->attachments = request->attachments;
	order->n_attachments = request->n_attachments;
}

/* From now on it has the service time of its urgency; the level that it has climbed to stays. */
static void promise(struct scene *s, OrderRecord *order)
{
	order->promised_after_ms = s->now_ms - order->placed_ms;
	order->promised_level = order->escalation;
	order->due_after_ms = order->promised_after_ms + policy_service_time_ms(s->config->policy, order->urgency);
}

enum err order_place(struct scene *s, const PlaceOrderRequest *request, const struct order_seed *seed,
		     OrderRecord **out)
{
	OrderRecord *order = ARENA_NEW(s->arena, OrderRecord);
	OrderRecord_init(order);
	const Category *category = seed->category;
	order->id = (char *)seed->id;
	order->placed_ms = s->now_ms;
	order->day_shift_min = s->config->policy->utc_offset_min - POLICY_USUAL_OFFSET_MIN;
	order->edition = s->config->edition;
	order->category_id = category->id;
	order->urgency = request->urgency != URGENCY_UNSPECIFIED ? request->urgency : category->urgency;
	if (order->urgency == URGENCY_UNSPECIFIED)
		order->urgency = URGENCY_NORMAL;
	take_text(order, request);
	order->beneficiary_id = seed->beneficiary->id;
	order->requester_role = s->actor->role;
	if (s->actor->role != ROLE_RESIDENT || strcmp(s->actor->id, order->beneficiary_id) != 0)
		order->requester_id = (char *)s->actor->id;
	order->grid_id = (char *)seed->grid_id;
	order->lat_e6 = seed->lat_e6;
	order->lon_e6 = seed->lon_e6;
	if (seed->household != NULL) {
		/* Also when away: its members can't serve the order. */
		order->household_id = seed->household->id;
		order->building_id = seed->away ? (char *)protobuf_c_empty_string : seed->household->building_id;
	}
	take_slots(s, order, category);
	order->private_ = category->private_;
	order->complaint = category->complaint;
	order->code_required = category->code_required;
	order->two_person = category->two_person;
	order->completion_code = seed->completion_code;
	order->ring = order_first_ring(s, order);
	promise(s, order);
	order_join_window(s, order);
	TRY(order_move(s, order, ORDER_STATE_PLACED, EVENT_KIND_PLACED, NULL, NULL));
	*out = order;
	return OK;
}

/* A new round of dispatch from the first ring; everybody may be asked again. */
static void start_round(struct scene *s, OrderRecord *order)
{
	order->n_offers = 0;
	order->pooled = false;
	order->unserved = false;
	order->ring = order_first_ring(s, order);
	order_join_window(s, order);
}

static void free_slots(OrderRecord *order)
{
	for (size_t i = 0; i < order->n_slots; i++) {
		SlotRecord *slot = order->slots[i];
		slot->member_id = (char *)protobuf_c_empty_string;
		slot->accepted_after_ms = slot->started_after_ms = slot->completed_after_ms = 0;
		slot->points = 0;
	}
}

/* Ends the order for good: nothing is offered or due any more. */
static enum err finish(struct scene *s, OrderRecord *order, OrderState to, EventKind kind, const char *text)
{
	offer_withdraw_all(order);
	TRY(order_move(s, order, to, kind, NULL, text));
	order->pooled = false;
	order->dispatch_after_ms = 0;
	order->auto_close_after_ms = 0;
	order->hold_until_after_ms = 0;
	order->code_tries = 0;
	order->closed_after_ms = order_after_ms(order, s->now_ms);
	/* The timeline names everybody who was asked; the offers themselves are of no more use. */
	order->n_offers = 0;
	return OK;
}

enum err order_cancel(struct scene *s, OrderRecord *order, const char *reason)
{
	return finish(s, order, ORDER_STATE_CANCELLED, EVENT_KIND_CANCELLED, reason);
}

enum err order_reject(struct scene *s, OrderRecord *order, const char *reason)
{
	return finish(s, order, ORDER_STATE_REJECTED, EVENT_KIND_REJECTED, reason);
}

enum err order_close_unrated(struct scene *s, OrderRecord *order)
{
	return finish(s, order, ORDER_STATE_CLOSED, EVENT_KIND_CLOSED, NULL);
}

enum err order_chase(struct scene *s, OrderRecord *order, const char *text)
{
	if (!order_state_open(order->state) || order->state == ORDER_STATE_COMPLETED)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be chased",
				 order_state_name(order->state));
	TRY(order_check_room(s, order));
	int64_t after_ms = order_after_ms(order, s->now_ms);
	if (order->chases > 0 && after_ms - order->last_chase_after_ms < s->config->policy->chase_interval_ms)
		return fault_set(s->fault, ERR_CHASE_TOO_SOON, "order_id", "once in %lld s",
				 (long long)(s->config->policy->chase_interval_ms / 1000));
	order->chases++;
	order->last_chase_after_ms = after_ms;
	order_entry(s, order, EVENT_KIND_CHASED, NULL, text);
	return OK;
}

enum err order_add_note(struct scene *s, OrderRecord *order, const char *text)
{
	TRY(order_check_room(s, order));
	order_entry(s, order, EVENT_KIND_NOTED, NULL, text);
	return OK;
}

enum err order_hold(struct scene *s, OrderRecord *order, const HoldOrderRequest *request)
{
	TRY(order_check_room(s, order));
	if (request->until_ms != 0 && request->until_ms <= s->now_ms)
		return fault_set(s->fault, ERR_FIELD_OUT_OF_RANGE, "until_ms", "lies in the past");
	OrderState from = order->state;
	TRY(order_move(s, order, ORDER_STATE_HELD, EVENT_KIND_HELD, NULL, request->reason));
	order->held_from = from;
	order->held_by = request->party == HELD_BY_UNSPECIFIED ? HELD_BY_THIRD_PARTY : request->party;
	order->held_party = request->party_name;
	order->hold_until_after_ms = request->until_ms == 0 ? 0 : order_after_ms(order, request->until_ms);
	return OK;
}

enum err order_resume(struct scene *s, OrderRecord *order)
{
	int64_t held_ms = order_after_ms(order, s->now_ms) - order->held_since_after_ms;
	if (order->state != ORDER_STATE_HELD)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s is not held",
				 order_state_name(order->state));
	TRY(order_move(s, order, order->held_from, EVENT_KIND_RESUMED, NULL, NULL));
	offer_prolong(order, held_ms);
	order->held_from = ORDER_STATE_UNSPECIFIED;
	order->held_party = (char *)protobuf_c_empty_string;
	order->hold_until_after_ms = 0;
	return OK;
}

enum err order_merge(struct scene *s, OrderRecord *order, OrderRecord *duplicate, const char *reason)
{
	if (strcmp(order->id, duplicate->id) == 0)
		return fault_set(s->fault, ERR_MERGE_MISMATCH, "duplicate_ids", "an order is no duplicate of itself");
	if (strcmp(order->category_id, duplicate->category_id) != 0 || strcmp(order->grid_id, duplicate->grid_id) != 0)
		return fault_set(s->fault, ERR_MERGE_MISMATCH, "duplicate_ids", "category or grid differ");
	if (order_state_final(order->state))
		return fault_set(s->fault, ERR_MERGE_MISMATCH, "order_id", "%s", order_state_name(order->state));
	TRY(order_check_room(s, order));
	TRY(finish(s, duplicate, ORDER_STATE_CANCELLED, EVENT_KIND_MERGED, reason));
	duplicate->merged_into = order->id;
	arena_append(s->arena, (void ***)&order->merged_from, &order->n_merged_from, duplicate->id);
	order_entry(s, order, EVENT_KIND_MERGED, NULL, duplicate->id);
	return OK;
}

static enum err back_to_queue(struct scene *s, OrderRecord *order, EventKind kind, const char *reason)
{
	TRY(order_check_room(s, order));
	TRY(order_move(s, order, ORDER_STATE_PLACED, kind, NULL, reason));
	free_slots(order);
	order->completion = NULL;
	order->completed_after_ms = 0;
	order->closed_after_ms = 0;
	order->auto_close_after_ms = 0;
	order->code_tries = 0;
	order->priority++;
	promise(s, order);
	start_round(s, order);
	return OK;
}

enum err order_rework(struct scene *s, OrderRecord *order, EventKind kind, const char *reason)
{
	if (order->state != ORDER_STATE_COMPLETED)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be reworked",
				 order_state_name(order->state));
	TRY(back_to_queue(s, order, kind, reason));
	order->reworks++;
	return OK;
}

enum err order_reopen(struct scene *s, OrderRecord *order, const char *reason)
{
	if (order->state != ORDER_STATE_CLOSED)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be reopened",
				 order_state_name(order->state));
	if (order_after_ms(order, s->now_ms) - order->closed_after_ms > s->config->policy->reopen_window_ms)
		return fault_set(s->fault, ERR_REOPEN_WINDOW, "order_id", "closed too long ago");
	TRY(back_to_queue(s, order, EVENT_KIND_REOPENED, reason));
	order->rating = NULL;
	order->excluded = false;
	order->exclusion_id = (char *)protobuf_c_empty_string;
	return OK;
}

enum err order_redispatch(struct scene *s, OrderRecord *order)
{
	TRY(order_check_room(s, order));
	if (order->state == ORDER_STATE_OFFERED) {
		offer_withdraw_all(order);
		TRY(order_move(s, order, ORDER_STATE_PLACED, EVENT_KIND_DISPATCHED, NULL, NULL));
	} else if (order->state == ORDER_STATE_PLACED) {
		order_entry(s, order, EVENT_KIND_DISPATCHED, NULL, NULL);
	} else {
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be dispatched",
				 order_state_name(order->state));
	}
	start_round(s, order);
	order->dispatch_after_ms = order_after_ms(order, s->now_ms);
	return OK;
}
