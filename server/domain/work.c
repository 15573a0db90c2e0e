#include "domain/work.h"

#include <stdio.h>

#include "domain/config.h"
#include "domain/offer.h"
#include "domain/order_life.h"
#include "domain/order_state.h"

static enum err held_slot(struct scene *s, OrderRecord *order, const char *member_id, SlotRecord **out)
{
	*out = order_slot_of(order, member_id);
	if (*out == NULL)
		return fault_set(s->fault, ERR_NOT_FOUND, "order_id", "the member does not hold it");
	return OK;
}

enum err work_start(struct scene *s, OrderRecord *order, const char *member_id)
{
	SlotRecord *slot;
	TRY(held_slot(s, order, member_id, &slot));
	if (order->state != ORDER_STATE_ACCEPTED && order->state != ORDER_STATE_STARTED)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be started",
				 order_state_name(order->state));
	if (slot->started_after_ms != 0)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "started already");
	slot->started_after_ms = order_after_ms(order, s->now_ms);
	if (order->state == ORDER_STATE_ACCEPTED)
		return order_move(s, order, ORDER_STATE_STARTED, EVENT_KIND_STARTED, member_id, NULL);
	order_entry(s, order, EVENT_KIND_STARTED, member_id, NULL);
	return OK;
}

static bool code_matches(const OrderRecord *order, const char *code)
{
	char expected[12];
	snprintf(expected, sizeof(expected), "%04u", order->completion_code);
	return strcmp(expected, code) == 0;
}

static enum err check_evidence(struct scene *s, OrderRecord *order, const CompleteTaskRequest *request,
			       bool *wrong_code)
{
	if (request->completion_code[0] != '\0') {
		if (order->code_tries >= WORK_CODE_TRIES)
			return fault_set(s->fault, ERR_CODE_LOCKED, "completion_code", "%d tries", WORK_CODE_TRIES);
		if (!code_matches(order, request->completion_code)) {
			order->code_tries++;
			*wrong_code = true;
		}
		return OK;
	}
	if (order->code_required)
		return fault_set(s->fault, ERR_EVIDENCE_MISSING, "completion_code", "this category needs the code");
	if (request->text[0] == '\0' && request->n_photos == 0)
		return fault_set(s->fault, ERR_EVIDENCE_MISSING, "text", "a text, a photo or the code");
	return OK;
}

static enum err read_outcome(struct scene *s, Outcome outcome, const char *reason, Completion *out)
{
	out->outcome = outcome == OUTCOME_UNSPECIFIED ? OUTCOME_SOLVED : outcome;
	if (out->outcome == OUTCOME_UNABLE && reason[0] == '\0')
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "reason", "why could it not be done?");
	out->reason = (char *)reason;
	return OK;
}

static Completion *new_completion(struct scene *s)
{
	Completion *completion = ARENA_NEW(s->arena, Completion);
	Completion_init(completion);
	return completion;
}

/* What each member of a team gives as evidence adds up; the outcome is the last one's. */
static Completion *add_up(struct scene *s, const OrderRecord *order, Completion *last)
{
	const Completion *sum = order->completion;
	if (sum == NULL)
		return last;
	size_t n = sum->n_photos + last->n_photos;
	Attachment **photos = arena_array(s->arena, n, sizeof(*photos));
	if (sum->n_photos > 0)
		memcpy(photos, sum->photos, sum->n_photos * sizeof(*photos));
	if (last->n_photos > 0)
		memcpy(photos + sum->n_photos, last->photos, last->n_photos * sizeof(*photos));
	last->photos = photos;
	last->n_photos = n;
	if (sum->text[0] != '\0' && last->text[0] != '\0')
		last->text = arena_printf(s->arena, "%s\n%s", sum->text, last->text);
	else if (sum->text[0] != '\0')
		last->text = sum->text;
	if (last->duration_min < sum->duration_min)
		last->duration_min = sum->duration_min;
	last->code_given |= sum->code_given;
	return last;
}

static enum err complete_order(struct scene *s, OrderRecord *order, Completion *completion, const char *member_id)
{
	TRY(order_move(s, order, ORDER_STATE_COMPLETED, EVENT_KIND_COMPLETED, member_id, NULL));
	order->completion = add_up(s, order, completion);
	order->completed_after_ms = order_after_ms(order, s->now_ms);
	order->auto_close_after_ms = order->completed_after_ms + s->config->policy->auto_close_ms;
	return OK;
}

enum err work_complete(struct scene *s, OrderRecord *order, const char *member_id, const CompleteTaskRequest *request,
		       bool *wrong_code)
{
	SlotRecord *slot;
	*wrong_code = false;
	TRY(held_slot(s, order, member_id, &slot));
	if ((order->state != ORDER_STATE_ACCEPTED && order->state != ORDER_STATE_STARTED) ||
	    slot->completed_after_ms != 0)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be completed",
				 order_state_name(order->state));
	Completion *completion = new_completion(s);
	TRY(read_outcome(s, request->outcome, request->reason, completion));
	TRY(check_evidence(s, order, request, wrong_code));
	if (*wrong_code)
		return OK;
	completion->text = request->text;
	completion->photos = request->photos;
	completion->n_photos = request->n_photos;
	completion->duration_min = request->duration_min;
	completion->code_given = request->completion_code[0] != '\0';
	slot->completed_after_ms = order_after_ms(order, s->now_ms);
	for (size_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->completed_after_ms == 0) {
			order->completion = add_up(s, order, completion);
			order_entry(s, order, EVENT_KIND_COMPLETED, member_id, NULL);
			return OK;
		}
	}
	return complete_order(s, order, completion, member_id);
}

enum err work_complete_all(struct scene *s, OrderRecord *order, const CompleteOrderRequest *request)
{
	Completion *completion = new_completion(s);
	TRY(read_outcome(s, request->outcome, request->reason, completion));
	completion->text = request->text;
	TRY(complete_order(s, order, completion, NULL));
	for (size_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->completed_after_ms == 0)
			order->slots[i]->completed_after_ms = order->completed_after_ms;
	}
	return OK;
}

enum err work_release(struct scene *s, OrderRecord *order, const char *member_id, EventKind kind, const char *reason)
{
	SlotRecord *slot;
	TRY(held_slot(s, order, member_id, &slot));
	if (slot->completed_after_ms != 0)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "the work is done");
	bool moves = order->state == ORDER_STATE_ACCEPTED || order->state == ORDER_STATE_STARTED;
	bool gathering = order->state == ORDER_STATE_PLACED || order->state == ORDER_STATE_OFFERED;
	if (!moves && !gathering)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be handed back",
				 order_state_name(order->state));
	slot->member_id = (char *)protobuf_c_empty_string;
	slot->accepted_after_ms = slot->started_after_ms = 0;
	if (moves)
		TRY(order_move(s, order, ORDER_STATE_PLACED, kind, member_id, reason));
	else
		order_entry(s, order, kind, member_id, reason);
	/* With offers for other slots still live, dispatch goes on when they are answered. */
	if (offer_live_count(order) == 0)
		order_look_again(s, order);
	return OK;
}

enum err work_take_away(struct scene *s, OrderRecord *order, uint32_t slot_index, const char *reason)
{
	SlotRecord *slot = order->slots[slot_index];
	if (slot->completed_after_ms != 0)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "the work is done");
	order_entry(s, order, EVENT_KIND_REASSIGNED, slot->member_id, reason);
	slot->member_id = (char *)protobuf_c_empty_string;
	slot->accepted_after_ms = slot->started_after_ms = 0;
	return OK;
}

static Satisfaction satisfaction_of(uint32_t stars)
{
	return stars >= 4 ? SATISFACTION_SATISFIED : stars == 3 ? SATISFACTION_BASICALLY : SATISFACTION_DISSATISFIED;
}

static enum err check_rating(struct scene *s, const OrderRecord *order)
{
	if (s->actor->role != ROLE_RESIDENT || strcmp(s->actor->id, order->beneficiary_id) != 0)
		return fault_set(s->fault, ERR_NOT_BENEFICIARY, "order_id", "%s", order->id);
	if (order->state == ORDER_STATE_CLOSED && order->rating != NULL)
		return fault_set(s->fault, ERR_ALREADY_RATED, "order_id", "closed");
	if (order->state != ORDER_STATE_COMPLETED)
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s can't be rated",
				 order_state_name(order->state));
	return OK;
}

enum err work_rate(struct scene *s, OrderRecord *order, const RateOrderRequest *request, bool *rework)
{
	TRY(check_rating(s, order));
	Rating *rating = ARENA_NEW(s->arena, Rating);
	Rating_init(rating);
	rating->stars = request->stars;
	rating->tags = request->tags;
	rating->n_tags = request->n_tags;
	rating->resolution = request->resolution == RESOLUTION_UNSPECIFIED ? RESOLUTION_SOLVED : request->resolution;
	rating->satisfaction =
	    request->satisfaction == SATISFACTION_UNSPECIFIED ? satisfaction_of(request->stars) : request->satisfaction;
	rating->comment = request->comment;
	order->rating = rating;
	*rework = rating->resolution == RESOLUTION_NOT_SOLVED;
	order_entry(s, order, EVENT_KIND_RATED, NULL, NULL);
	if (*rework)
		return order_rework(s, order, EVENT_KIND_REWORK, request->comment);
	return order_close_unrated(s, order);
}
