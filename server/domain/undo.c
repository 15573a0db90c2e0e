#include "domain/undo.h"

#include "base/limits.h"
#include "domain/offer.h"

bool undo_possible(const OrderRecord *order)
{
	if (order->state == ORDER_STATE_COMPLETED)
		return true;
	for (size_t i = 0; i < order->n_slots; i++) {
		if (order->slots[i]->completed_after_ms != 0)
			return false;
	}
	return true;
}

static void **copy_all(struct arena *a, void *const *from, size_t n, size_t bytes)
{
	void **copies = arena_array(a, n, sizeof(*copies));
	for (size_t i = 0; i < n; i++)
		copies[i] = arena_copy(a, from[i], bytes);
	return copies;
}

/* The fields that commands of desks change. */
static void take_over(OrderRecord *to, const OrderRecord *from)
{
	to->slots = from->slots;
	to->n_slots = from->n_slots;
	to->ring = from->ring;
	to->pooled = from->pooled;
	to->unserved = from->unserved;
	to->dispatch_after_ms = from->dispatch_after_ms;
	to->held_from = from->held_from;
	to->held_by = from->held_by;
	to->held_party = from->held_party;
	to->hold_until_after_ms = from->hold_until_after_ms;
	to->completion = from->completion;
	to->completed_after_ms = from->completed_after_ms;
	to->closed_after_ms = from->closed_after_ms;
	to->auto_close_after_ms = from->auto_close_after_ms;
	to->contact_until_after_ms = from->contact_until_after_ms;
	to->words_until_after_ms = from->words_until_after_ms;
	to->merged_into = from->merged_into;
}

/* Only sending a completed order back makes a new promise. It may have climbed since: priority is no field to copy. */
static void take_promise(OrderRecord *to, const OrderRecord *from)
{
	to->promised_after_ms = from->promised_after_ms;
	to->promised_level = from->promised_level;
	to->due_after_ms = from->due_after_ms;
	to->reworks = from->reworks;
}

KeptRecord *undo_keep(struct scene *s, const OrderRecord *order)
{
	KeptRecord *kept = ARENA_NEW(s->arena, KeptRecord);
	KeptRecord_init(kept);
	OrderRecord *before = kept->before = ARENA_NEW(s->arena, OrderRecord);
	OrderRecord_init(before);
	before->id = order->id;
	before->state = order->state;
	before->code_tries = order->code_tries;
	take_over(before, order);
	take_promise(before, order);
	/* Slots and offers are changed in place. */
	before->slots =
	    (SlotRecord **)copy_all(s->arena, (void *const *)order->slots, order->n_slots, sizeof(SlotRecord));
	before->offers =
	    (OfferRecord **)copy_all(s->arena, (void *const *)order->offers, order->n_offers, sizeof(OfferRecord));
	before->n_offers = order->n_offers;
	kept->lines_before = (uint32_t)order->n_timeline;
	return kept;
}

void undo_kept(KeptRecord *kept, const OrderRecord *order)
{
	if (kept == NULL)
		return;
	size_t before = kept->before->n_offers;
	kept->lines_behind = (uint32_t)order->n_timeline;
	kept->offers_kept = (uint32_t)(order->n_offers < before ? order->n_offers : before);
}

enum err undo_check(struct scene *s, const UndoRecord *undo, uint32_t line)
{
	bool is_there = undo != NULL && strcmp(undo->actor_id, s->actor->id) == 0 && s->now_ms < undo->until_ms &&
			(line == 0 || line == undo->line);
	return is_there ? OK : fault_set(s->fault, ERR_UNDO_EXPIRED, "order_id", "nothing to take back");
}

static bool is_word_only(EventKind kind)
{
	return kind == EVENT_KIND_NOTED || kind == EVENT_KIND_CHASED || kind == EVENT_KIND_ESCALATED;
}

/* What dispatch does by itself with an order that a command gave it goes with the command, until somebody answers. */
static bool is_dispatch(const EntryRecord *line)
{
	return line->role == ROLE_SYSTEM && (line->kind == EVENT_KIND_OFFERED || line->kind == EVENT_KIND_POOLED);
}

enum err undo_check_order(struct scene *s, const OrderRecord *order, const KeptRecord *kept)
{
	for (size_t i = kept->lines_behind; i < order->n_timeline; i++) {
		if (!is_word_only(order->timeline[i]->kind) && !is_dispatch(order->timeline[i]))
			return fault_set(s->fault, ERR_UNDO_OVERTAKEN, "order_id", "line %zu", i + 1);
	}
	return OK;
}

enum err undo_order(struct scene *s, OrderRecord *order, const KeptRecord *kept)
{
	const OrderRecord *before = kept->before;
	bool was_held = order->state == ORDER_STATE_HELD;
	int64_t held_ms = order_after_ms(order, s->now_ms) - order->held_since_after_ms;
	TRY(order_take_back(s, order, before->state, kept->lines_before + 1, NULL));
	take_over(order, before);
	if (order->code_tries < before->code_tries)
		order->code_tries = before->code_tries;
	if (before->state == ORDER_STATE_COMPLETED) {
		take_promise(order, before);
		order->priority -= order->priority > 0;
	}
	/* Holding and resuming leave the offers alone, but that those which wait live for longer. */
	if (was_held) {
		offer_prolong(order, held_ms);
	} else if (before->state == ORDER_STATE_HELD) {
		order->n_offers = kept->offers_kept;
	} else {
		order->offers = before->offers;
		order->n_offers = before->n_offers;
	}
	return OK;
}

enum err undo_merge(struct scene *s, OrderRecord *order, const char *duplicate_id, uint32_t line)
{
	size_t n = 0;
	for (size_t i = 0; i < order->n_merged_from; i++) {
		if (strcmp(order->merged_from[i], duplicate_id) != 0)
			order->merged_from[n++] = order->merged_from[i];
	}
	order->n_merged_from = n;
	return order_take_back(s, order, order->state, line, duplicate_id);
}
