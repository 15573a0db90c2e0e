/* The part of WebhookService that looks at deliveries and repeats them. */
#include <stdlib.h>

#include "base/limits.h"
#include "pb/pb_wire.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/webhook.h"
#include "txn/watch.h"

enum { ENTRY_ID_BYTES = 48 };

static enum err view_delivery(struct txn *t, const struct store_entry *entry, Delivery **out)
{
	struct fault fault;
	DeliveryRecord *record;
	if (PB_DECODE(txn_arena(t), DeliveryRecord, entry->value, &fault, &record) != OK)
		return ERR_DATA_CORRUPT;
	Delivery *view = *out = ARENA_NEW(txn_arena(t), Delivery);
	Delivery_init(view);
	view->at_ms = strtoll(arena_string(txn_arena(t), entry->member), NULL, 10); /* "ms-seq" */
	view->event_id = record->event_id;
	view->kind = record->kind;
	view->subject_id = record->subject_id;
	view->attempt = record->attempt;
	view->result = record->result;
	view->status = record->status;
	view->latency_ms = record->latency_ms;
	view->next_try_ms = record->next_try_ms;
	return OK;
}

HANDLER(list_deliveries, ListDeliveries)
{
	struct page page;
	WebhookRecord *webhook;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(reach_webhook(t, req->webhook_id, &webhook));
	struct txn_range range = {.key = arena_printf(txn_arena(t), LOG_DELIVERIES, webhook->id),
				  .log = true,
				  .reverse = true,
				  .has_after = page.has_after,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->deliveries = arena_array(txn_arena(t), n, sizeof(*rsp->deliveries));
	for (size_t i = 0; i < n; i++)
		TRY(view_delivery(t, &entries[i], &rsp->deliveries[rsp->n_deliveries++]));
	if (n == page.size)
		rsp->next_page_token = page_token(t, 0, entries[n - 1].member);
	return OK;
}

/* --- dead letters --- */

static DeadLetter *view_dead_letter(struct txn *t, const DeadLetterRecord *record)
{
	DeadLetter *view = ARENA_NEW(txn_arena(t), DeadLetter);
	DeadLetter_init(view);
	view->event_id = record->item->event_id;
	view->kind = record->item->event->kind;
	view->subject_id = record->item->event->subject_id;
	view->event_ms = record->item->event->at_ms;
	view->dead_ms = record->dead_ms;
	view->attempts = record->item->attempts;
	view->result = record->result;
	view->status = record->status;
	return view;
}

static enum err oldest_dead(struct txn *t, const char *webhook_id, const struct page *page,
			    struct store_entry **entries, size_t *n)
{
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_DEAD_LETTERS, webhook_id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .has_after = page->has_after,
				  .after_score = page->after_score,
				  .after = page->after,
				  .limit = page->size};
	TRY(txn_range(t, &range, entries, n));
	for (size_t i = 0; i < *n; i++)
		txn_prefetch(t, KIND_DEAD_LETTER, arena_string(txn_arena(t), (*entries)[i].member));
	return OK;
}

HANDLER(list_dead_letters, ListDeadLetters)
{
	struct page page;
	WebhookRecord *webhook;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(reach_webhook(t, req->webhook_id, &webhook));
	TRY(oldest_dead(t, webhook->id, &page, &entries, &n));
	rsp->dead_letters = arena_array(txn_arena(t), n, sizeof(*rsp->dead_letters));
	for (size_t i = 0; i < n; i++) {
		DeadLetterRecord *dead;
		TRY(TXN_PEEK(t, DEAD_LETTER, arena_string(txn_arena(t), entries[i].member), &dead));
		if (dead != NULL)
			rsp->dead_letters[rsp->n_dead_letters++] = view_dead_letter(t, dead);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

/* Back into its lane, as if it had never been tried. */
static enum err revive(struct txn *t, const char *webhook_id, const char *id, ReplayDeadLettersResponse *rsp)
{
	DeadLetterRecord *dead;
	LaneRecord *lane;
	TRY(TXN_FIND(t, DEAD_LETTER, id, &dead));
	if (dead == NULL)
		return OK;
	TRY(reach_lane(t, webhook_id, dead->item->event->subject_id, &lane));
	if (lane->n_items >= LIMIT_LANE_ITEMS)
		return OK; /* it stays where it is for now */
	dead->item->attempts = 0;
	dead->item->first_try_ms = 0;
	(void)lane_add(txn_arena(t), lane, dead->item, txn_now_ms(t));
	txn_put(t, KIND_LANE, lane);
	txn_remove(t, KIND_DEAD_LETTER, dead);
	rsp->replayed++;
	return OK;
}

static enum err named_dead(struct txn *t, const ReplayDeadLettersRequest *req, char **ids)
{
	for (size_t i = 0; i < req->n_event_ids; i++) {
		ids[i] = dead_letter_id(t, req->webhook_id, req->event_ids[i]);
		txn_prefetch(t, KIND_DEAD_LETTER, ids[i]);
	}
	for (size_t i = 0; i < req->n_event_ids; i++) {
		DeadLetterRecord *dead;
		TRY(TXN_FIND(t, DEAD_LETTER, ids[i], &dead));
		if (dead == NULL)
			return fault_set(txn_fault(t), ERR_NOT_FOUND, "event_ids", "dead letter");
	}
	return OK;
}

HANDLER(replay_dead_letters, ReplayDeadLetters)
{
	struct page page = {.size = LIMIT_BULK};
	WebhookRecord *webhook;
	int64_t left;
	char *ids[LIMIT_BULK];
	size_t n = req->n_event_ids;
	enum err err = OK;
	TRY(reach_webhook(t, req->webhook_id, &webhook));
	TRY(txn_count(t, arena_printf(txn_arena(t), INDEX_DEAD_LETTERS, webhook->id), 0, INDEX_TIME_MAX_MS, &left));
	if (n > 0) {
		TRY(named_dead(t, req, ids));
	} else {
		struct store_entry *entries;
		TRY(oldest_dead(t, webhook->id, &page, &entries, &n));
		for (size_t i = 0; i < n; i++)
			ids[i] = arena_string(txn_arena(t), entries[i].member);
	}
	for (size_t i = 0; i < n && txn_goes_on(err); i++)
		err = txn_also(err, revive(t, webhook->id, ids[i], rsp));
	TRY(err);
	rsp->left = (uint64_t)(left > rsp->replayed ? left - rsp->replayed : 0);
	return OK;
}

/* --- events again --- */

HANDLER(replay_events, ReplayEvents)
{
	WebhookRecord *webhook;
	WebhookStateRecord *state;
	char after[ENTRY_ID_BYTES], entry[ENTRY_ID_BYTES];
	unsigned skip;
	(void)rsp;
	TRY(reach_webhook(t, req->webhook_id, &webhook));
	if (!watch_position_parse(slice_str(req->after), after, entry, &skip))
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "after", "not an event id");
	if (strtoll(entry, NULL, 10) < config_events_from_ms(txn_config(t), txn_now_ms(t)))
		return fault_set(txn_fault(t), ERR_EVENTS_GONE, "after", "no longer kept");
	TRY(reach_webhook_state(t, webhook->id, &state));
	if (lane_compare_ids(after, state->after) >= 0)
		return OK; /* they are still to come anyway */
	state->after = arena_strdup(txn_arena(t), after);
	state->skip_entry = arena_strdup(txn_arena(t), entry);
	state->skip = skip;
	txn_put(t, KIND_WEBHOOK_STATE, state);
	return OK;
}

const struct method delivery_methods[] = {
    METHOD(WebhookService, ListDeliveries, list_deliveries, .again = NULL),
    METHOD(WebhookService, ListDeadLetters, list_dead_letters, .again = NULL),
    METHOD(WebhookService, ReplayDeadLetters, replay_dead_letters, .again = NULL),
    METHOD(WebhookService, ReplayEvents, replay_events, .again = NULL),
};
const size_t delivery_methods_n = sizeof(delivery_methods) / sizeof(delivery_methods[0]);
