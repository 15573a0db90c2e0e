#include "domain/exclusion.h"

#include "domain/order.h"
#include "domain/rates.h"

static enum err not_in_state(struct scene *s, const char *why)
{
	return fault_set(s->fault, ERR_EXCLUSION_STATE, NULL, "%s", why);
}

static uint32_t note(struct scene *s, OrderRecord *order, EventKind kind, const char *text)
{
	order_entry(s, order, kind, NULL, text);
	return (uint32_t)(order->n_timeline - 1);
}

enum err exclusion_ask(struct scene *s, OrderRecord *order, const char *id, const char *reason, ExclusionRecord **out)
{
	if (order->exclusion_id[0] != '\0')
		return not_in_state(s, order->excluded ? "it is excluded" : "it is asked for already");
	if (!rates_counts(order))
		return fault_set(s->fault, ERR_NOT_COUNTED, "order_id", "%s", order->id);
	TRY(order_check_room(s, order));
	ExclusionRecord *exclusion = *out = ARENA_NEW(s->arena, ExclusionRecord);
	ExclusionRecord_init(exclusion);
	exclusion->id = (char *)id;
	exclusion->order_id = order->id;
	exclusion->grid_id = order->grid_id;
	exclusion->state = EXCLUSION_STATE_REQUESTED;
	exclusion->asked_ms = s->now_ms;
	exclusion->asked_person_id = arena_strdup(s->arena, s->actor->person_id);
	exclusion->asked_entry = note(s, order, EVENT_KIND_EXCLUSION_REQUESTED, reason);
	order->exclusion_id = exclusion->id;
	return OK;
}

static void settle(struct scene *s, OrderRecord *order, ExclusionRecord *exclusion, ExclusionState to, EventKind kind,
		   const char *comment)
{
	exclusion->state = to;
	exclusion->decided_person_id = arena_strdup(s->arena, s->actor->person_id);
	exclusion->decided_entry = note(s, order, kind, comment);
	order->excluded = to == EXCLUSION_STATE_APPROVED;
	if (!order->excluded)
		order->exclusion_id = (char *)protobuf_c_empty_string;
}

static bool by_the_same(const struct scene *s, const ExclusionRecord *exclusion)
{
	return strcmp(s->actor->person_id, exclusion->asked_person_id) == 0;
}

enum err exclusion_decide(struct scene *s, OrderRecord *order, ExclusionRecord *exclusion, ExclusionState to,
			  const char *comment)
{
	if (exclusion->state != EXCLUSION_STATE_REQUESTED)
		return not_in_state(s, "it does not wait for a decision");
	if (by_the_same(s, exclusion))
		return fault_set(s->fault, ERR_SAME_PERSON, NULL, "%s asked for it", exclusion->asked_person_id);
	TRY(order_check_room(s, order));
	EventKind kind = to == EXCLUSION_STATE_APPROVED ? EVENT_KIND_EXCLUSION_APPROVED : EVENT_KIND_EXCLUSION_REFUSED;
	settle(s, order, exclusion, to, kind, comment);
	return OK;
}

enum err exclusion_withdraw(struct scene *s, OrderRecord *order, ExclusionRecord *exclusion, const char *comment)
{
	if (exclusion->state != EXCLUSION_STATE_REQUESTED && exclusion->state != EXCLUSION_STATE_APPROVED)
		return not_in_state(s, "it is neither asked for nor approved");
	if (exclusion->state == EXCLUSION_STATE_REQUESTED && !by_the_same(s, exclusion))
		return fault_set(s->fault, ERR_NOT_REQUESTER, NULL, "%s asked for it", exclusion->asked_person_id);
	TRY(order_check_room(s, order));
	settle(s, order, exclusion, EXCLUSION_STATE_WITHDRAWN, EVENT_KIND_EXCLUSION_WITHDRAWN, comment);
	return OK;
}

void exclusion_lapse(ExclusionRecord *exclusion)
{
	exclusion->state = EXCLUSION_STATE_LAPSED;
}
