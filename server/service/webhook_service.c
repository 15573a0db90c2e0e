#include "base/limits.h"
#include "domain/event_filter.h"
#include "pb/base64.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/webhook.h"

enum { SECRET_BYTES = 32, RELEASE_AT_ONCE = 500 };
#define OVERLAP_DEFAULT_MS INT64_C(86400000)

/* --- views --- */

static Webhook *view_webhook(struct txn *t, const WebhookRecord *w, const WebhookStateRecord *state)
{
	Webhook *out = ARENA_NEW(txn_arena(t), Webhook);
	Webhook_init(out);
	out->id = w->id;
	out->etag = txn_etag(t, KIND_WEBHOOK, w->id);
	out->url = w->url;
	out->label = w->label;
	out->node_id = w->node_id;
	out->node_ids = w->node_ids;
	out->n_node_ids = w->n_node_ids;
	out->category_ids = w->category_ids;
	out->n_category_ids = w->n_category_ids;
	out->kinds = w->kinds;
	out->n_kinds = w->n_kinds;
	out->disabled = w->disabled;
	out->disabled_ms = w->disabled_ms;
	out->created_ms = w->created_ms;
	out->failing_since_ms = state == NULL ? 0 : state->failing_since_ms;
	out->old_secret_until_ms = w->old_secret_until_ms > txn_now_ms(t) ? w->old_secret_until_ms : 0;
	return out;
}

/* Every reply with a webhook has it as its first field. */
struct webhook_response {
	ProtobufCMessage base;
	Webhook *webhook;
};

static enum err again_webhook(struct txn *t, const char *subject_id, void *response)
{
	WebhookRecord *webhook;
	WebhookStateRecord *state;
	txn_prefetch(t, KIND_WEBHOOK_STATE, subject_id);
	TRY(TXN_GET(t, WEBHOOK, subject_id, &webhook));
	TRY(TXN_PEEK(t, WEBHOOK_STATE, subject_id, &state));
	((struct webhook_response *)response)->webhook = view_webhook(t, webhook, state);
	return OK;
}

static enum err reply_webhook(struct txn *t, const WebhookRecord *webhook, Webhook **out)
{
	WebhookStateRecord *state;
	TRY(TXN_PEEK(t, WEBHOOK_STATE, webhook->id, &state));
	txn_subject(t, webhook->id);
	*out = view_webhook(t, webhook, state);
	return OK;
}

static char *show_secret(struct txn *t, const uint8_t *secret)
{
	static const char prefix[] = "whsec_";
	size_t prefix_len = sizeof(prefix) - 1;
	uint8_t *shown = arena_alloc(txn_arena(t), prefix_len + base64_room(SECRET_BYTES) + 1);
	memcpy(shown, prefix, prefix_len);
	base64_write(slice_of(secret, SECRET_BYTES), shown + prefix_len);
	return (char *)shown;
}

/* --- making and changing --- */

static enum err check(struct txn *t, const Webhook *w)
{
	struct scene *s = txn_scene(t);
	struct event_filter filter = EVENT_FILTER(w);
	TRY(webhook_check_url(s, w->url, "webhook.url"));
	return event_filter_check(s, &filter);
}

/* The unit whose events it gets: named, or the key's. */
static enum err choose_node(struct scene *s, const Webhook *w, char **node_id)
{
	*node_id = w->node_id;
	if (w->node_id[0] != '\0')
		return authz_node(s, w->node_id, "webhook.node_id");
	if (s->actor->n_node_ids > 1)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "webhook.node_id", "which of your units?");
	if (s->actor->n_node_ids == 1)
		*node_id = (char *)s->actor->node_ids[0];
	return OK;
}

static void take_filter(WebhookRecord *record, const Webhook *w)
{
	record->node_ids = w->node_ids;
	record->n_node_ids = w->n_node_ids;
	record->category_ids = w->category_ids;
	record->n_category_ids = w->n_category_ids;
	record->kinds = w->kinds;
	record->n_kinds = w->n_kinds;
}

static WebhookSecretRecord *new_secret(struct txn *t, const char *webhook_id, char **shown)
{
	WebhookSecretRecord *record = ARENA_NEW(txn_arena(t), WebhookSecretRecord);
	WebhookSecretRecord_init(record);
	record->id = (char *)webhook_id;
	record->secret = (ProtobufCBinaryData){SECRET_BYTES, txn_new_bytes(t, SECRET_BYTES)};
	*shown = show_secret(t, record->secret.data);
	return record;
}

HANDLER(create_webhook, CreateWebhook)
{
	struct scene *s = txn_scene(t);
	const Webhook *w = req->webhook;
	WebhookStateRecord *state;
	int64_t n;
	char *node_id;
	TRY(check(t, w));
	TRY(choose_node(s, w, &node_id));
	TRY(txn_count(t, INDEX_WEBHOOKS, WEBHOOK_DELIVERS, WEBHOOK_STOPPED, &n));
	if (n >= LIMIT_WEBHOOKS)
		return fault_set(s->fault, ERR_TENANT_FULL, NULL, "%d webhooks", LIMIT_WEBHOOKS);
	WebhookRecord *record = ARENA_NEW(s->arena, WebhookRecord);
	WebhookRecord_init(record);
	TRY(txn_new_id(t, KIND_WEBHOOK, &record->id));
	TRY(reach_webhook_state(t, record->id, &state));
	TRY(webhook_skip_all(t, state));
	record->url = w->url;
	record->label = w->label;
	record->node_id = node_id;
	record->created_ms = s->now_ms;
	take_filter(record, w);
	TRY(txn_person_key(t, record->id, true));
	txn_put(t, KIND_WEBHOOK, record);
	txn_put(t, KIND_WEBHOOK_STATE, state);
	txn_put(t, KIND_WEBHOOK_SECRET, new_secret(t, record->id, &rsp->secret));
	return reply_webhook(t, record, &rsp->webhook);
}

static enum err apply_path(struct txn *t, const char *path, const Webhook *w, WebhookRecord *record)
{
	if (strcmp(path, "url") == 0) {
		record->url = w->url;
	} else if (strcmp(path, "label") == 0) {
		record->label = w->label;
	} else if (strcmp(path, "node_ids") == 0) {
		record->node_ids = w->node_ids;
		record->n_node_ids = w->n_node_ids;
	} else if (strcmp(path, "category_ids") == 0) {
		record->category_ids = w->category_ids;
		record->n_category_ids = w->n_category_ids;
	} else if (strcmp(path, "kinds") == 0) {
		record->kinds = w->kinds;
		record->n_kinds = w->n_kinds;
	} else {
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "update_mask", "can't change this field");
	}
	return OK;
}

HANDLER(update_webhook, UpdateWebhook)
{
	struct scene *s = txn_scene(t);
	const Webhook *w = req->webhook;
	WebhookRecord *record;
	TRY(reach_webhook(t, w->id, &record));
	TRY(txn_check_etag(t, KIND_WEBHOOK, record->id, w->etag));
	for (size_t i = 0; i < req->update_mask->n_paths; i++)
		TRY(apply_path(t, req->update_mask->paths[i], w, record));
	struct event_filter filter = EVENT_FILTER(record);
	TRY(webhook_check_url(s, record->url, "webhook.url"));
	TRY(event_filter_check(s, &filter));
	txn_put(t, KIND_WEBHOOK, record);
	return reply_webhook(t, record, &rsp->webhook);
}

HANDLER(delete_webhook, DeleteWebhook)
{
	WebhookRecord *record;
	(void)rsp;
	TRY(reach_webhook(t, req->webhook_id, &record));
	record->deleted = true; /* what hangs on it goes step by step (job/webhook_jobs.c) */
	txn_put(t, KIND_WEBHOOK, record);
	return OK;
}

HANDLER(rotate_secret, RotateWebhookSecret)
{
	WebhookRecord *record;
	WebhookSecretRecord *old;
	txn_prefetch(t, KIND_WEBHOOK_SECRET, req->webhook_id);
	TRY(reach_webhook(t, req->webhook_id, &record));
	TRY(txn_person_key(t, record->id, false));
	TRY(TXN_FIND(t, WEBHOOK_SECRET, record->id, &old));
	WebhookSecretRecord *secret = new_secret(t, record->id, &rsp->secret);
	record->old_secret_until_ms = 0;
	if (old != NULL && req->overlap_ms >= 0) {
		secret->old_secret = old->secret;
		record->old_secret_until_ms =
		    txn_now_ms(t) + (req->overlap_ms == 0 ? OVERLAP_DEFAULT_MS : req->overlap_ms);
	}
	txn_put(t, KIND_WEBHOOK, record);
	txn_put(t, KIND_WEBHOOK_SECRET, secret);
	return reply_webhook(t, record, &rsp->webhook);
}

/* --- on and off --- */

HANDLER(enable_webhook, EnableWebhook)
{
	WebhookRecord *record;
	WebhookStateRecord *state;
	bool more;
	TRY(reach_webhook(t, req->webhook_id, &record));
	TRY(reach_webhook_state(t, record->id, &state));
	if (req->skip_missed)
		TRY(webhook_skip_all(t, state));
	rsp->events_gone = record->disabled != WEBHOOK_DISABLED_UNSPECIFIED && !req->skip_missed &&
			   record->disabled_ms < config_events_from_ms(txn_config(t), txn_now_ms(t));
	record->disabled = WEBHOOK_DISABLED_UNSPECIFIED;
	record->disabled_ms = 0;
	(void)webhook_recovered(txn_webhook_rules(t), state, txn_now_ms(t));
	TRY(webhook_release(t, record->id, RELEASE_AT_ONCE, &more));
	txn_put(t, KIND_WEBHOOK, record);
	txn_put(t, KIND_WEBHOOK_STATE, state);
	return reply_webhook(t, record, &rsp->webhook);
}

HANDLER(disable_webhook, DisableWebhook)
{
	WebhookRecord *record;
	TRY(reach_webhook(t, req->webhook_id, &record));
	if (record->disabled == WEBHOOK_DISABLED_UNSPECIFIED)
		webhook_stop(t, record, WEBHOOK_DISABLED_BY_REQUEST);
	return reply_webhook(t, record, &rsp->webhook);
}

HANDLER(test_webhook, TestWebhook)
{
	WebhookRecord *record;
	(void)rsp;
	TRY(reach_webhook(t, req->webhook_id, &record));
	if (record->disabled != WEBHOOK_DISABLED_UNSPECIFIED)
		return fault_set(txn_fault(t), ERR_WEBHOOK_DISABLED, "webhook_id", "enable it first");
	webhook_event(t, record, EVENT_KIND_WEBHOOK_TEST);
	return OK;
}

/* --- looking --- */

HANDLER(get_webhook, GetWebhook)
{
	struct arena *a = txn_arena(t);
	WebhookRecord *record;
	struct store_entry *oldest;
	size_t n_oldest;
	int64_t lanes, dead;
	TRY(reach_webhook(t, req->webhook_id, &record));
	struct txn_range age = {
	    .key = arena_printf(a, INDEX_LANES_AGE, record->id), .min = 0, .max = INDEX_TIME_MAX_MS, .limit = 1};
	TRY(txn_range(t, &age, &oldest, &n_oldest));
	TRY(txn_count(t, arena_printf(a, INDEX_LANES, record->id), 0, INDEX_TIME_MAX_MS, &lanes));
	TRY(txn_count(t, arena_printf(a, INDEX_DEAD_LETTERS, record->id), 0, INDEX_TIME_MAX_MS, &dead));
	rsp->backlog = ARENA_NEW(a, WebhookBacklog);
	WebhookBacklog_init(rsp->backlog);
	rsp->backlog->subjects = (uint64_t)lanes;
	rsp->backlog->oldest_ms = n_oldest == 0 ? 0 : oldest[0].score;
	rsp->backlog->dead_letters = (uint64_t)dead;
	return reply_webhook(t, record, &rsp->webhook);
}

HANDLER(list_webhooks, ListWebhooks)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	struct txn_range range = {.key = INDEX_WEBHOOKS,
				  .min = WEBHOOK_DELIVERS,
				  .max = WEBHOOK_STOPPED,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->webhooks = arena_array(txn_arena(t), n, sizeof(*rsp->webhooks));
	for (size_t i = 0; i < n; i++) {
		txn_prefetch(t, KIND_WEBHOOK, arena_string(txn_arena(t), entries[i].member));
		txn_prefetch(t, KIND_WEBHOOK_STATE, arena_string(txn_arena(t), entries[i].member));
	}
	for (size_t i = 0; i < n; i++) {
		const char *id = arena_string(txn_arena(t), entries[i].member);
		WebhookRecord *record;
		WebhookStateRecord *state;
		TRY(TXN_PEEK(t, WEBHOOK, id, &record));
		TRY(TXN_PEEK(t, WEBHOOK_STATE, id, &state));
		if (record != NULL && webhook_authz(txn_scene(t), record) == OK)
			rsp->webhooks[rsp->n_webhooks++] = view_webhook(t, record, state);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

const struct method webhook_methods[] = {
    METHOD(WebhookService, CreateWebhook, create_webhook, .again = again_webhook),
    METHOD(WebhookService, GetWebhook, get_webhook, .again = NULL),
    METHOD(WebhookService, ListWebhooks, list_webhooks, .again = NULL),
    METHOD(WebhookService, UpdateWebhook, update_webhook, .again = again_webhook),
    METHOD(WebhookService, DeleteWebhook, delete_webhook, .again = NULL),
    METHOD(WebhookService, RotateWebhookSecret, rotate_secret, .again = again_webhook),
    METHOD(WebhookService, EnableWebhook, enable_webhook, .again = again_webhook),
    METHOD(WebhookService, DisableWebhook, disable_webhook, .again = again_webhook),
    METHOD(WebhookService, TestWebhook, test_webhook, .again = NULL),
};
const size_t webhook_methods_n = sizeof(webhook_methods) / sizeof(webhook_methods[0]);
