#include "service/webhook.h"

#include "service/reply.h"

/* What was released does not come all at once. */
enum { RELEASE_SPREAD_MS = 2000 };

enum err reach_webhook(struct txn *t, const char *id, WebhookRecord **webhook)
{
	TRY(TXN_GET(t, WEBHOOK, id, webhook));
	return webhook_authz(txn_scene(t), *webhook);
}

enum err reach_webhook_state(struct txn *t, const char *id, WebhookStateRecord **state)
{
	TRY(TXN_FIND(t, WEBHOOK_STATE, id, state));
	if (*state == NULL) {
		*state = ARENA_NEW(txn_arena(t), WebhookStateRecord);
		WebhookStateRecord_init(*state);
		(*state)->id = arena_strdup(txn_arena(t), id);
		(*state)->after = "0-0";
	}
	return OK;
}

enum err reach_lane(struct txn *t, const char *webhook_id, const char *subject_id, LaneRecord **lane)
{
	TRY(TXN_FIND(t, LANE, lane_id(txn_arena(t), webhook_id, subject_id), lane));
	if (*lane == NULL)
		*lane = lane_new(txn_arena(t), webhook_id, subject_id);
	return OK;
}

char *dead_letter_id(struct txn *t, const char *webhook_id, const char *event_id)
{
	return arena_printf(txn_arena(t), "%s.%s", webhook_id, event_id);
}

enum err webhook_skip_all(struct txn *t, WebhookStateRecord *state)
{
	struct store_entry *last;
	size_t n;
	struct txn_range range = {.key = LOG_EVENTS, .log = true, .reverse = true, .limit = 1};
	TRY(txn_range(t, &range, &last, &n));
	state->after = n == 0 ? "0-0" : arena_string(txn_arena(t), last[0].member);
	state->skip_entry = (char *)protobuf_c_empty_string;
	state->skip = 0;
	return OK;
}

void webhook_event(struct txn *t, const WebhookRecord *webhook, EventKind kind)
{
	EventRecord *event = ARENA_NEW(txn_arena(t), EventRecord);
	EventRecord_init(event);
	event->kind = kind;
	event->subject_id = webhook->id;
	event->grid_id = webhook->node_id;
	event->version = txn_version(t, KIND_WEBHOOK, webhook->id);
	txn_event(t, event);
}

void webhook_stop(struct txn *t, WebhookRecord *webhook, WebhookDisabled why)
{
	webhook_disable(webhook, why, txn_now_ms(t));
	txn_put(t, KIND_WEBHOOK, webhook);
	webhook_event(t, webhook, EVENT_KIND_WEBHOOK_DISABLED);
}

enum err webhook_release(struct txn *t, const char *webhook_id, uint32_t limit, bool *more)
{
	struct store_entry *entries;
	size_t n;
	int64_t now_ms = txn_now_ms(t);
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_LANES, webhook_id),
				  .min = now_ms + RELEASE_SPREAD_MS + 1,
				  .max = INDEX_TIME_MAX_MS,
				  .limit = limit};
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_LANE, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		LaneRecord *lane;
		TRY(TXN_FIND(t, LANE, arena_string(txn_arena(t), entries[i].member), &lane));
		if (lane == NULL || lane->n_items == 0 || lane->due_ms <= now_ms + RELEASE_SPREAD_MS)
			continue;
		lane->due_ms = now_ms + (int64_t)(txn_random(t) % RELEASE_SPREAD_MS);
		txn_put(t, KIND_LANE, lane);
	}
	*more = n == limit;
	return OK;
}
