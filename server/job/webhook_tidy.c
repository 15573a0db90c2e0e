#include "base/limits.h"
#include "domain/config.h"
#include "domain/policy.h"
#include "job/webhook_jobs.h"
#include "service/webhook.h"

enum { AT_ONCE = 100 };

static enum err reach_range(struct txn *t, enum record_kind kind, const char *key, int64_t max, uint32_t limit,
			    struct store_entry **entries, size_t *n)
{
	struct txn_range range = {.key = key, .min = 0, .max = max, .limit = limit};
	TRY(txn_range(t, &range, entries, n));
	for (size_t i = 0; i < *n; i++)
		txn_prefetch(t, kind, arena_string(txn_arena(t), (*entries)[i].member));
	return OK;
}

/* Lanes that an index has up to `max`; all: those that still hold events, too. */
static enum err drop_lanes(struct txn *t, const char *key, int64_t max, bool all, size_t *n)
{
	struct store_entry *entries;
	TRY(reach_range(t, KIND_LANE, key, max, AT_ONCE, &entries, n));
	for (size_t i = 0; i < *n; i++) {
		LaneRecord *lane;
		TRY(TXN_FIND(t, LANE, arena_string(txn_arena(t), entries[i].member), &lane));
		if (lane != NULL && (all || (lane->n_items == 0 && lane->due_ms <= max)))
			txn_remove(t, KIND_LANE, lane);
	}
	return OK;
}

/* The oldest, at most `limit`. */
static enum err drop_dead(struct txn *t, const char *key, int64_t max, uint32_t limit, size_t *n)
{
	struct store_entry *entries;
	TRY(reach_range(t, KIND_DEAD_LETTER, key, max, limit, &entries, n));
	for (size_t i = 0; i < *n; i++) {
		DeadLetterRecord *dead;
		TRY(TXN_FIND(t, DEAD_LETTER, arena_string(txn_arena(t), entries[i].member), &dead));
		if (dead != NULL)
			txn_remove(t, KIND_DEAD_LETTER, dead);
	}
	return OK;
}

/* Step by step; the webhook itself goes last, so that what is left is found again. */
static enum err purge(struct txn *t, WebhookRecord *webhook, HookProgress *rsp)
{
	struct arena *a = txn_arena(t);
	WebhookStateRecord *state;
	PersonKeyRecord *key;
	WebhookSecretRecord *secret;
	size_t lanes, idle, dead;
	TRY(drop_lanes(t, arena_printf(a, INDEX_LANES, webhook->id), INDEX_TIME_MAX_MS, true, &lanes));
	TRY(drop_lanes(t, arena_printf(a, INDEX_LANES_IDLE, webhook->id), INDEX_TIME_MAX_MS, true, &idle));
	TRY(drop_dead(t, arena_printf(a, INDEX_DEAD_LETTERS, webhook->id), INDEX_TIME_MAX_MS, AT_ONCE, &dead));
	rsp->more = true;
	if (lanes + idle + dead > 0)
		return OK;
	TRY(TXN_FIND(t, WEBHOOK_STATE, webhook->id, &state));
	TRY(TXN_FIND(t, WEBHOOK_SECRET, webhook->id, &secret));
	TRY(TXN_FIND(t, PERSON_KEY, webhook->id, &key));
	if (state != NULL)
		txn_remove(t, KIND_WEBHOOK_STATE, state);
	if (secret != NULL)
		txn_remove(t, KIND_WEBHOOK_SECRET, secret);
	if (key != NULL)
		txn_remove(t, KIND_PERSON_KEY, key);
	txn_drop(t, arena_printf(a, LOG_DELIVERIES, webhook->id));
	txn_remove(t, KIND_WEBHOOK, webhook);
	rsp->more = false;
	return OK;
}

/* The log keeps its newest entries, the dead letters theirs. */
static enum err trim(struct txn *t, const char *webhook_id, HookProgress *rsp)
{
	struct arena *a = txn_arena(t);
	struct store_entry *entries;
	size_t n, n_dead;
	int64_t dead;
	const char *log = arena_printf(a, LOG_DELIVERIES, webhook_id);
	const char *letters = arena_printf(a, INDEX_DEAD_LETTERS, webhook_id);
	struct txn_range newest = {.key = log, .log = true, .reverse = true, .limit = LIMIT_DELIVERY_LOG};
	TRY(txn_range(t, &newest, &entries, &n));
	if (n == LIMIT_DELIVERY_LOG)
		txn_trim(t, log, arena_string(a, entries[n - 1].member));
	TRY(txn_count(t, letters, 0, INDEX_TIME_MAX_MS, &dead));
	int64_t old_ms = txn_now_ms(t) - policy_dead_letters_keep_ms(txn_config(t)->policy);
	int64_t over = dead - LIMIT_DEAD_LETTERS;
	uint32_t limit = over > 0 && over < AT_ONCE ? (uint32_t)over : AT_ONCE;
	TRY(drop_dead(t, letters, over > 0 ? INDEX_TIME_MAX_MS : old_ms, limit, &n_dead));
	rsp->more = n_dead == limit;
	return OK;
}

static enum err tidy(struct txn *t, const void *request, void *response)
{
	const struct hook_request *req = request;
	WebhookRecord *webhook;
	size_t n;
	TRY(TXN_FIND(t, WEBHOOK, req->webhook_id, &webhook));
	if (webhook == NULL)
		return OK;
	if (webhook->deleted)
		return purge(t, webhook, response);
	TRY(drop_lanes(t, arena_printf(txn_arena(t), INDEX_LANES_IDLE, webhook->id), txn_now_ms(t), false, &n));
	TRY(trim(t, webhook->id, response));
	((HookProgress *)response)->more |= n == AT_ONCE;
	return OK;
}

const struct method job_hook_tidy = {.path = "/job/HookTidy",
				     .response = &HookProgress_desc,
				     .handler = tidy,
				     .roles = ROLE_BIT(SYSTEM),
				     .flags = METHOD_WRITES};
