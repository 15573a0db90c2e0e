#include "domain/order.h"

#include "base/limits.h"
#include "domain/config.h"
#include "domain/order_state.h"
#include "domain/policy.h"
#include "domain/ring.h"

enum { HIGHEST_LEVEL = 3, SEARCH_AGAIN_MS = 30 * 1000 };

int64_t order_after_ms(const OrderRecord *order, int64_t now_ms)
{
	int64_t after_ms = now_ms - order->placed_ms + 1;
	return after_ms < 1 ? 1 : after_ms;
}

int64_t order_time_ms(const OrderRecord *order, int64_t after_ms)
{
	return order->placed_ms + after_ms - 1;
}

static void charge_held(struct scene *s, OrderRecord *order, HeldBy next_party)
{
	int64_t after_ms = order_after_ms(order, s->now_ms);
	int64_t spent_ms = after_ms - order->held_since_after_ms;
	if (order->held_by != HELD_BY_UNSPECIFIED && spent_ms > 0) {
		HeldRecord *span = NULL;
		for (size_t i = 0; i < order->n_held && span == NULL; i++) {
			if (order->held[i]->party == order->held_by)
				span = order->held[i];
		}
		if (span == NULL) {
			span = ARENA_NEW(s->arena, HeldRecord);
			HeldRecord_init(span);
			span->party = order->held_by;
			arena_append(s->arena, (void ***)&order->held, &order->n_held, span);
		}
		span->total_ms += spent_ms;
	}
	order->held_by = next_party;
	order->held_since_after_ms = after_ms;
}

/* Nearly every entry is by the member it names or by the beneficiary; that need not be stored again. */
static bool implied_actor(const OrderRecord *order, const struct actor *actor, const char *member_id)
{
	if (actor->role == ROLE_MEMBER)
		return member_id != NULL && strcmp(actor->id, member_id) == 0;
	return actor->role == ROLE_RESIDENT && strcmp(actor->id, order->beneficiary_id) == 0;
}

const char *order_entry_actor_id(const OrderRecord *order, const EntryRecord *entry)
{
	if (entry->actor_id[0] != '\0')
		return entry->actor_id;
	if (entry->role == ROLE_MEMBER)
		return entry->member_id;
	return entry->role == ROLE_RESIDENT ? order->beneficiary_id : "";
}

const char *order_requester_id(const OrderRecord *order)
{
	bool implied = order->requester_role == ROLE_RESIDENT && order->requester_id[0] == '\0';
	return implied ? order->beneficiary_id : order->requester_id;
}

const EntryRecord *order_last_entry(const OrderRecord *order, EventKind kind)
{
	for (size_t i = order->n_timeline; i > 0; i--) {
		if (order->timeline[i - 1]->kind == kind)
			return order->timeline[i - 1];
	}
	return NULL;
}

void order_entry(struct scene *s, OrderRecord *order, EventKind kind, const char *member_id, const char *text)
{
	EntryRecord *entry = ARENA_NEW(s->arena, EntryRecord);
	EntryRecord_init(entry);
	entry->kind = kind;
	entry->after_ms = s->now_ms - order->placed_ms;
	entry->device_skew_ms = s->device_ms == 0 ? 0 : s->device_ms - s->now_ms;
	entry->role = s->actor->role;
	if (!implied_actor(order, s->actor, member_id))
		entry->actor_id = arena_strdup(s->arena, s->actor->id);
	if (member_id != NULL)
		entry->member_id = arena_strdup(s->arena, member_id);
	if (text != NULL)
		entry->text = arena_strdup(s->arena, text);
	arena_append(s->arena, (void ***)&order->timeline, &order->n_timeline, entry);
}

/* How long it keeps what is personal, now that it has ended. */
static void keep_until(const struct scene *s, OrderRecord *order)
{
	int64_t words_ms = policy_words_keep_ms(s->config->policy);
	if (order->own_contact)
		order->contact_until_after_ms =
		    order_after_ms(order, s->now_ms + policy_contact_keep_ms(s->config->policy));
	order->words_until_after_ms = words_ms == 0 ? 0 : order_after_ms(order, s->now_ms + words_ms);
}

enum err order_move(struct scene *s, OrderRecord *order, OrderState to, EventKind kind, const char *member_id,
		    const char *text)
{
	if (!order_state_allows(order->state, to, order->held_from))
		return fault_set(s->fault, ERR_ORDER_STATE, "order_id", "%s does not lead to %s",
				 order_state_name(order->state), order_state_name(to));
	HeldBy party = to == ORDER_STATE_PLACED && order->state == ORDER_STATE_UNSPECIFIED ? HELD_BY_DESK
											   : order_state_held_by(to);
	charge_held(s, order, party);
	order->state = to;
	if (order_state_final(to))
		keep_until(s, order);
	order_entry(s, order, kind, member_id, text);
	return OK;
}

enum err order_take_back(struct scene *s, OrderRecord *order, OrderState to, uint32_t line, const char *text)
{
	TRY(order_check_room(s, order));
	if (!order_state_undoes(order->state, to) || line == 0 || line > order->n_timeline)
		return fault_set(s->fault, ERR_UNDO_OVERTAKEN, "order_id", "%s to %s", order_state_name(order->state),
				 order_state_name(to));
	if (order->state != to)
		charge_held(s, order, order_state_held_by(to));
	order->state = to;
	order_entry(s, order, EVENT_KIND_UNDONE, order->timeline[line - 1]->member_id, text);
	order->timeline[order->n_timeline - 1]->undoes = line;
	return OK;
}

enum err order_check_room(struct scene *s, const OrderRecord *order)
{
	if (order->n_timeline >= LIMIT_TIMELINE)
		return fault_set(s->fault, ERR_ORDER_FULL, "order_id", "%d entries", LIMIT_TIMELINE);
	return OK;
}

Ring order_first_ring(const struct scene *s, const OrderRecord *order)
{
	const DispatchMode *mode = policy_mode(s->config->policy, order->urgency);
	Ring ring = order->building_id[0] != '\0' ? RING_BUILDING : RING_GRID;
	for (uint32_t i = 1; i < mode->rings_per_step && ring < RING_STREET; i++)
		ring = ring_next(ring);
	return ring;
}

const char *order_home_id(const OrderRecord *order)
{
	return order->building_id[0] != '\0' ? order->household_id : "";
}

void order_look_again(struct scene *s, OrderRecord *order)
{
	order->dispatch_after_ms = s->config->policy->manual_dispatch ? 0 : order_after_ms(order, s->now_ms);
}

void order_join_window(struct scene *s, OrderRecord *order)
{
	const Policy *policy = s->config->policy;
	int64_t end_ms = policy_window_end_ms(policy, order->urgency, s->now_ms);
	order->dispatch_after_ms = policy->manual_dispatch ? 0 : order_after_ms(order, end_ms);
}

int64_t order_search_again_ms(const OrderRecord *order)
{
	bool waits = order->state == ORDER_STATE_PLACED && !order->pooled && order->dispatch_after_ms != 0;
	return waits ? order_time_ms(order, order->dispatch_after_ms) : 0;
}

int64_t order_window_end_ms(const struct scene *s, const OrderRecord *order)
{
	return policy_mode(s->config->policy, order->urgency)->window_ms > 0 ? order_search_again_ms(order) : 0;
}

bool order_search_on(struct scene *s, OrderRecord *order)
{
	const DispatchMode *mode = policy_mode(s->config->policy, order->urgency);
	int64_t after_ms = order_after_ms(order, s->now_ms);
	if (after_ms >= mode->search_ms || s->config->policy->manual_dispatch)
		return false;
	order->ring = order_first_ring(s, order);
	order->dispatch_after_ms = after_ms + SEARCH_AGAIN_MS;
	if (mode->window_ms > 0)
		order_join_window(s, order);
	return true;
}

void order_escalate(struct scene *s, OrderRecord *order)
{
	if (order->escalation >= HIGHEST_LEVEL)
		return;
	order->escalation++;
	order->priority++;
	order_entry(s, order, EVENT_KIND_ESCALATED, NULL, NULL);
}

int64_t order_due_ms(const OrderRecord *order)
{
	return order->placed_ms + order->due_after_ms;
}

int64_t order_service_ms(const OrderRecord *order)
{
	return order->due_after_ms - order->promised_after_ms;
}

int64_t order_escalate_ms(const OrderRecord *order)
{
	bool waits = order->state == ORDER_STATE_PLACED || order->state == ORDER_STATE_OFFERED ||
		     order->state == ORDER_STATE_ACCEPTED || order->state == ORDER_STATE_STARTED;
	if (!waits || order->escalation >= HIGHEST_LEVEL)
		return 0;
	/* Every further quarter of the service time climbs one level more. */
	return order_due_ms(order) + (order->escalation - order->promised_level) * (order_service_ms(order) / 4);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	if (a_ms == 0 || b_ms == 0)
		return a_ms + b_ms;
	return a_ms < b_ms ? a_ms : b_ms;
}

int64_t order_next_due_ms(const OrderRecord *order)
{
	int64_t after_ms = 0;
	if (order_state_final(order->state))
		after_ms = sooner(order->own_contact ? order->contact_until_after_ms : 0, order->words_until_after_ms);
	if (order->state == ORDER_STATE_HELD)
		after_ms = order->hold_until_after_ms;
	if (order->state == ORDER_STATE_COMPLETED)
		after_ms = order->auto_close_after_ms;
	if (order->state == ORDER_STATE_PLACED || order->state == ORDER_STATE_OFFERED) {
		after_ms = order->dispatch_after_ms;
		for (size_t i = 0; i < order->n_offers; i++) {
			const OfferRecord *offer = order->offers[i];
			if (offer->state == OFFER_STATE_LIVE)
				after_ms = sooner(after_ms, offer->offered_after_ms + offer->ttl_ms);
		}
	}
	return sooner(after_ms == 0 ? 0 : order_time_ms(order, after_ms), order_escalate_ms(order));
}

SlotRecord *order_slot_of(const OrderRecord *order, const char *member_id)
{
	for (size_t i = 0; i < order->n_slots && member_id[0] != '\0'; i++) {
		if (strcmp(order->slots[i]->member_id, member_id) == 0)
			return order->slots[i];
	}
	return NULL;
}

OfferRecord *order_offer_of(const OrderRecord *order, const char *member_id)
{
	for (size_t i = order->n_offers; i > 0; i--) {
		if (strcmp(order->offers[i - 1]->member_id, member_id) == 0)
			return order->offers[i - 1];
	}
	return NULL;
}

size_t order_open_slots(const OrderRecord *order)
{
	size_t open = 0;
	for (size_t i = 0; i < order->n_slots; i++)
		open += order->slots[i]->member_id[0] == '\0';
	return open;
}
