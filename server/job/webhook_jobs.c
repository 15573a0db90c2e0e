#include "job/webhook_jobs.h"

#include "base/limits.h"
#include "pb/pb_wire.h"
#include "service/event_view.h"
#include "service/webhook.h"

/* Log entries, events and lanes of one taking: far below LIMIT_TXN_RECORDS. */
enum { TAKE_ENTRIES = 64, TAKE_EVENTS = 256, RELEASE_LANES = 100, GONE = 410 };

static char *key_of(struct txn *t, const char *format_prefix, const char *id)
{
	return arena_printf(txn_arena(t), "%.*s%s", (int)strlen(format_prefix) - 2, format_prefix, id); /* "%s" */
}

static enum err range_of(struct txn *t, const char *index, const char *webhook_id, int64_t max, uint32_t limit,
			 struct store_entry **entries, size_t *n)
{
	struct txn_range range = {.key = key_of(t, index, webhook_id), .min = 0, .max = max, .limit = limit};
	return txn_range(t, &range, entries, n);
}

/* --- what is due --- */

static enum err look_at(struct txn *t, HookDue *hook)
{
	struct store_entry *due, *idle, *oldest;
	size_t n_due, n_idle, n_oldest;
	int64_t now_ms = txn_now_ms(t);
	enum err a = range_of(t, INDEX_LANES, hook->webhook_id, now_ms, HOOKS_LANES_MAX, &due, &n_due);
	enum err b = range_of(t, INDEX_LANES_IDLE, hook->webhook_id, now_ms, 1, &idle, &n_idle);
	TRY(range_of(t, INDEX_LANES_AGE, hook->webhook_id, INDEX_TIME_MAX_MS, 1, &oldest, &n_oldest));
	TRY(a);
	TRY(b);
	hook->lane_ids = arena_array(txn_arena(t), n_due, sizeof(*hook->lane_ids));
	for (size_t i = 0; i < n_due; i++)
		hook->lane_ids[hook->n_lane_ids++] = arena_string(txn_arena(t), due[i].member);
	hook->sweep = n_idle > 0;
	hook->oldest_ms = n_oldest == 0 ? 0 : oldest[0].score;
	return OK;
}

/* Those that go stand last: what is beyond the limit is seen when the first of them are gone. */
static enum err look(struct txn *t, const void *request, void *response)
{
	HooksDue *rsp = response;
	struct store_entry *entries;
	size_t n;
	enum err err = OK;
	struct txn_range all = {
	    .key = INDEX_WEBHOOKS, .min = WEBHOOK_DELIVERS, .max = WEBHOOK_GOES, .limit = 2 * LIMIT_WEBHOOKS};
	(void)request;
	TRY(txn_range(t, &all, &entries, &n));
	rsp->hooks = arena_array(txn_arena(t), n, sizeof(*rsp->hooks));
	for (size_t i = 0; i < n; i++) {
		if (entries[i].score == WEBHOOK_STOPPED)
			continue;
		HookDue *hook = rsp->hooks[rsp->n_hooks++] = ARENA_NEW(txn_arena(t), HookDue);
		HookDue_init(hook);
		hook->webhook_id = arena_string(txn_arena(t), entries[i].member);
		hook->purge = entries[i].score == WEBHOOK_GOES;
		/* All of them in one round trip. */
		enum err one = hook->purge ? OK : look_at(t, hook);
		err = one != OK ? one : err;
	}
	return err;
}

/* --- taking --- */

/* A webhook that delivers, or NULL. */
static enum err working(struct txn *t, const char *id, WebhookRecord **webhook)
{
	TRY(TXN_FIND(t, WEBHOOK, id, webhook));
	if (*webhook != NULL && ((*webhook)->deleted || (*webhook)->disabled != WEBHOOK_DISABLED_UNSPECIFIED))
		*webhook = NULL;
	return OK;
}

struct taken {
	const char *event_id;
	EventRecord *event;
};

/* The events of an entry that the webhook wants, as many as there is room for; the state moves on behind what
 * was looked at. */
static void choose(struct txn *t, const WebhookRecord *webhook, WebhookStateRecord *state,
		   const struct store_entry *entry, struct taken *taken, size_t *n)
{
	struct arena *a = txn_arena(t);
	struct fault fault;
	EventBatch *batch;
	char *id = arena_string(a, entry->member);
	size_t i = strcmp(id, state->skip_entry) == 0 ? state->skip : 0, n_events = 0;
	/* One that can't be read is told to nobody, and not read for ever. */
	if (PB_DECODE(a, EventBatch, entry->value, &fault, &batch) == OK)
		n_events = batch->n_events;
	for (; i < n_events && *n < TAKE_EVENTS; i++) {
		if (!webhook_wants(webhook, txn_config(t), batch->events[i]))
			continue;
		taken[*n].event_id = arena_printf(a, "%s-%zu", id, i);
		taken[(*n)++].event = batch->events[i];
	}
	bool whole = i >= n_events;
	state->after = whole ? id : state->after;
	state->skip_entry = whole ? (char *)protobuf_c_empty_string : id;
	state->skip = whole ? 0 : (uint32_t)i;
}

static enum err bury(struct txn *t, const LaneRecord *lane, LaneItem *item, DeliveryResult result, uint32_t status)
{
	DeadLetterRecord *dead;
	char *id = dead_letter_id(t, lane->webhook_id, item->event_id);
	TRY(TXN_FIND(t, DEAD_LETTER, id, &dead)); /* it may have died before, and been asked for again */
	dead = ARENA_NEW(txn_arena(t), DeadLetterRecord);
	DeadLetterRecord_init(dead);
	dead->id = id;
	dead->webhook_id = lane->webhook_id;
	dead->item = item;
	dead->dead_ms = txn_now_ms(t);
	dead->result = result;
	dead->status = status;
	txn_put(t, KIND_DEAD_LETTER, dead);
	return OK;
}

static enum err put_in_lane(struct txn *t, const char *webhook_id, const struct taken *taken)
{
	LaneRecord *lane;
	TRY(reach_lane(t, webhook_id, taken->event->subject_id, &lane));
	LaneItem *item = ARENA_NEW(txn_arena(t), LaneItem);
	LaneItem_init(item);
	item->event_id = (char *)taken->event_id;
	item->event = taken->event;
	if (!lane_add(txn_arena(t), lane, item, txn_now_ms(t)))
		return OK; /* asked for again while it waits */
	if (lane->n_items > LIMIT_LANE_ITEMS) {
		LaneItem *oldest = lane->items[0];
		TRY(bury(t, lane, oldest, DELIVERY_RESULT_UNSPECIFIED, 0));
		lane_remove(lane, oldest, txn_now_ms(t));
	}
	txn_put(t, KIND_LANE, lane);
	return OK;
}

static enum err take(struct txn *t, const void *request, void *response)
{
	const struct hook_request *req = request;
	HookProgress *rsp = response;
	WebhookRecord *webhook;
	WebhookStateRecord *state;
	struct store_entry *entries;
	size_t n_entries, n = 0;
	struct arena *a = txn_arena(t);
	txn_prefetch(t, KIND_WEBHOOK_STATE, req->webhook_id);
	TRY(working(t, req->webhook_id, &webhook));
	if (webhook == NULL)
		return OK;
	TRY(reach_webhook_state(t, webhook->id, &state));
	struct txn_range range = {
	    .key = LOG_EVENTS, .log = true, .has_after = true, .after = state->after, .limit = TAKE_ENTRIES};
	TRY(txn_range(t, &range, &entries, &n_entries));
	if (n_entries == 0)
		return OK;
	struct taken *taken = arena_array(a, TAKE_EVENTS, sizeof(*taken));
	size_t used = 0;
	while (used < n_entries && n < TAKE_EVENTS)
		choose(t, webhook, state, &entries[used++], taken, &n);
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_LANE, lane_id(a, webhook->id, taken[i].event->subject_id));
	for (size_t i = 0; i < n; i++)
		TRY(put_in_lane(t, webhook->id, &taken[i]));
	txn_put(t, KIND_WEBHOOK_STATE, state);
	rsp->more = n == TAKE_EVENTS || n_entries == TAKE_ENTRIES;
	rsp->done = (uint32_t)n;
	return OK;
}

static enum err release(struct txn *t, const void *request, void *response)
{
	const struct hook_request *req = request;
	bool more;
	TRY(webhook_release(t, req->webhook_id, RELEASE_LANES, &more));
	((HookProgress *)response)->more = more;
	return OK;
}

/* --- sending --- */

static void add_secret(struct txn *t, HookPlan *plan, ProtobufCBinaryData secret)
{
	ProtobufCBinaryData *secrets = arena_array(txn_arena(t), plan->n_secrets + 1, sizeof(*secrets));
	if (plan->n_secrets > 0)
		memcpy(secrets, plan->secrets, plan->n_secrets * sizeof(*secrets));
	secrets[plan->n_secrets++] = secret;
	plan->secrets = secrets;
}

static enum err plan(struct txn *t, const void *request, void *response)
{
	const struct hook_lane_request *req = request;
	HookPlan *rsp = response;
	WebhookRecord *webhook;
	WebhookSecretRecord *secret;
	LaneRecord *lane;
	txn_prefetch(t, KIND_LANE, req->lane_id);
	txn_prefetch(t, KIND_WEBHOOK_SECRET, req->webhook_id);
	TRY(working(t, req->webhook_id, &webhook));
	if (webhook == NULL)
		return OK;
	TRY(TXN_FIND(t, LANE, req->lane_id, &lane));
	if (lane == NULL || lane->n_items == 0 || lane->due_ms > txn_now_ms(t))
		return OK;
	TRY(TXN_GET(t, WEBHOOK_SECRET, webhook->id, &secret));
	rsp->event_id = lane->items[0]->event_id;
	TRY(event_view(txn_scene(t), lane->items[0]->event, rsp->event_id, &rsp->event));
	rsp->url = webhook->url;
	add_secret(t, rsp, secret->secret);
	if (webhook->old_secret_until_ms > txn_now_ms(t))
		add_secret(t, rsp, secret->old_secret);
	return OK;
}

static void log_delivery(struct txn *t, const struct hook_outcome_request *req, const LaneItem *item,
			 int64_t next_try_ms)
{
	DeliveryRecord *entry = ARENA_NEW(txn_arena(t), DeliveryRecord);
	DeliveryRecord_init(entry);
	entry->event_id = item->event_id;
	entry->kind = item->event->kind;
	entry->subject_id = item->event->subject_id;
	entry->attempt = item->attempts + (req->result == DELIVERY_RESULT_DELIVERED ? 1 : 0);
	entry->result = req->result;
	entry->status = req->status;
	entry->latency_ms = req->latency_ms;
	entry->next_try_ms = next_try_ms;
	txn_append(t, key_of(t, LOG_DELIVERIES, req->webhook_id), entry);
}

static enum err delivered(struct txn *t, const struct hook_outcome_request *req, LaneRecord *lane, LaneItem *item,
			  HookOutcome *rsp)
{
	WebhookStateRecord *state;
	TRY(TXN_PEEK(t, WEBHOOK_STATE, req->webhook_id, &state));
	if (state != NULL && state->failing_since_ms != 0) {
		TRY(reach_webhook_state(t, req->webhook_id, &state));
		rsp->release = webhook_recovered(txn_webhook_rules(t), state, txn_now_ms(t));
		txn_put(t, KIND_WEBHOOK_STATE, state);
	}
	log_delivery(t, req, item, 0);
	lane_remove(lane, item, txn_now_ms(t));
	return OK;
}

/* Notes the outage; the webhook is disabled when it lasted too long, or the receiver says that it is gone. */
static enum err note_failure(struct txn *t, const struct hook_outcome_request *req, HookOutcome *rsp)
{
	const struct webhook_rules *rules = txn_webhook_rules(t);
	WebhookStateRecord *state;
	WebhookRecord *webhook;
	bool over = false;
	TRY(TXN_PEEK(t, WEBHOOK_STATE, req->webhook_id, &state));
	if (state == NULL || webhook_notes_failure(rules, state, req->lane_id, txn_now_ms(t))) {
		TRY(reach_webhook_state(t, req->webhook_id, &state));
		over = webhook_failed(rules, state, req->lane_id, txn_now_ms(t));
		txn_put(t, KIND_WEBHOOK_STATE, state);
	}
	if (!over && req->status != GONE)
		return OK;
	TRY(working(t, req->webhook_id, &webhook));
	if (webhook == NULL)
		return OK;
	webhook_stop(t, webhook, over ? WEBHOOK_DISABLED_FAILING : WEBHOOK_DISABLED_GONE);
	rsp->disabled = true;
	return OK;
}

static enum err failed(struct txn *t, const struct hook_outcome_request *req, LaneRecord *lane, LaneItem *item,
		       HookOutcome *rsp)
{
	const struct webhook_rules *rules = txn_webhook_rules(t);
	int64_t now_ms = txn_now_ms(t), next_try_ms = 0;
	TRY(note_failure(t, req, rsp));
	item->attempts++;
	if (item->first_try_ms == 0)
		item->first_try_ms = now_ms;
	if (now_ms - item->first_try_ms >= rules->give_up_ms) {
		TRY(bury(t, lane, item, req->result, req->status));
		lane_remove(lane, item, now_ms);
		rsp->dead = true;
	} else {
		lane->due_ms = next_try_ms =
		    now_ms + webhook_pause_ms(rules, item->attempts, req->retry_after_ms, txn_random(t));
	}
	log_delivery(t, req, item, next_try_ms);
	return OK;
}

static enum err outcome(struct txn *t, const void *request, void *response)
{
	const struct hook_outcome_request *req = request;
	HookOutcome *rsp = response;
	LaneRecord *lane;
	txn_prefetch(t, KIND_WEBHOOK_STATE, req->webhook_id);
	TRY(TXN_FIND(t, LANE, req->lane_id, &lane));
	LaneItem *item = lane == NULL ? NULL : lane_item(lane, req->event_id);
	if (item == NULL)
		return OK; /* somebody else's try was faster, or the webhook is gone */
	if (req->result == DELIVERY_RESULT_DELIVERED)
		TRY(delivered(t, req, lane, item, rsp));
	else
		TRY(failed(t, req, lane, item, rsp));
	txn_put(t, KIND_LANE, lane);
	rsp->next = lane->n_items > 0 && lane->due_ms <= txn_now_ms(t) && !rsp->disabled;
	return OK;
}

#define JOB(job_path, job_handler, Response, job_flags)                                                                \
	{                                                                                                              \
		.path = (job_path), .response = &Response##_desc, .handler = (job_handler), .roles = ROLE_BIT(SYSTEM), \
		.flags = (job_flags)                                                                                   \
	}

const struct method job_hooks_look = JOB("/job/HooksLook", look, HooksDue, METHOD_READS);
const struct method job_hook_take = JOB("/job/HookTake", take, HookProgress, METHOD_WRITES);
const struct method job_hook_release = JOB("/job/HookRelease", release, HookProgress, METHOD_WRITES);
const struct method job_hook_plan = JOB("/job/HookPlan", plan, HookPlan, METHOD_READS);
const struct method job_hook_outcome = JOB("/job/HookOutcome", outcome, HookOutcome, METHOD_WRITES);
