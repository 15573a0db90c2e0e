#include "txn/tenant.h"

#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/config_load.h"
#include "txn/roster_load.h"

/* As many numbers as share a pack (txn.c), so that the orders of one worker fill packs densely. */
enum { BLOCK_NUMBERS = 64 };

enum tenant_state { TENANT_NEW, TENANT_LOADING, TENANT_READY, TENANT_STALE };

struct block {
	uint64_t next, end;
	uint32_t wanted;  /* numbers being reserved */
	uint32_t waiters; /* who waited since the last reservation */
	bool reserving;
	struct tenant_wait *waits;
};

struct tenant {
	struct tenant *next;
	struct tenants *all;
	char id[TENANT_ID_CHARS + 1];
	enum tenant_state state;
	unsigned users;
	bool changed_meanwhile; /* a change was heard of while loading */
	struct snapshot *snapshot;
	struct config_load *loading;
	struct tenant_wait *waits;
	struct block blocks[2]; /* orders; everything else */
	struct roster *roster;
	struct roster_load *roster_loading;
	bool roster_complete;
	struct store_follower *follower;
	struct exec_watch *watches;
	struct watch_index listeners;
	struct recent recent;
};

static bool valid_id(struct slice id)
{
	if (id.len < 2 || id.len > TENANT_ID_CHARS)
		return false;
	for (size_t i = 0; i < id.len; i++) {
		uint8_t c = id.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0)))
			return false;
	}
	return true;
}

struct tenant *tenant_open(struct tenants *all, struct slice id)
{
	for (struct tenant *t = all->first; t != NULL; t = t->next) {
		if (slice_eq(slice_str(t->id), id))
			return t;
	}
	if (!valid_id(id))
		return NULL;
	struct tenant *t = calloc(1, sizeof(*t));
	struct roster *roster = roster_new();
	if (t == NULL || roster == NULL) {
		free(t);
		roster_free(roster);
		return NULL;
	}
	t->all = all;
	t->roster = roster;
	memcpy(t->id, id.ptr, id.len);
	t->next = all->first;
	all->first = t;
	return t;
}

void snapshot_release(struct snapshot *snapshot)
{
	if (snapshot == NULL || --snapshot->users > 0)
		return;
	arena_free(&snapshot->arena);
	free(snapshot);
}

struct snapshot *tenant_hold(struct tenant *t)
{
	if (t->snapshot != NULL)
		t->snapshot->users++;
	return t->snapshot;
}

static void stop(struct tenant *t)
{
	if (t->follower != NULL)
		t->all->store->ops->unfollow(t->follower);
	config_load_cancel(t->loading);
	roster_load_cancel(t->roster_loading);
	t->follower = NULL;
	t->loading = NULL;
	t->roster_loading = NULL;
}

void tenants_stop(struct tenants *all)
{
	for (struct tenant *t = all->first; t != NULL; t = t->next)
		stop(t);
}

static void tenant_free(struct tenant *t)
{
	struct tenant **at = &t->all->first;
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	stop(t);
	snapshot_release(t->snapshot);
	roster_free(t->roster);
	recent_free(&t->recent);
	watch_index_free(&t->listeners);
	free(t);
}

void tenants_free(struct tenants *all)
{
	while (all->first != NULL)
		tenant_free(all->first);
}

void tenant_use(struct tenant *t)
{
	t->users++;
}

void tenant_release(struct tenant *t)
{
	bool reserving = t->blocks[0].reserving || t->blocks[1].reserving;
	if (--t->users == 0 && t->state == TENANT_NEW && t->snapshot == NULL && !reserving)
		tenant_free(t);
}

/* --- the event stream --- */

/* Another worker may have written what this one has cached. */
static void drop_older(struct tenant *t, const EventRecord *event)
{
	enum record_kind kind = kind_of_letter(event->subject_id[0]);
	struct slice found, body;
	uint64_t version;
	bool packed;
	if (t->all->cache == NULL || kind == KIND_COUNT ||
	    !record_cache_find(t->all->cache, slice_str(t->id), kind, slice_str(event->subject_id), &found, &packed))
		return;
	envelope_reopen(found, &version, &body);
	if (version < event->version)
		tenant_cache_drop(t, kind, event->subject_id);
}

/* One of a team may go while the order stays as it is; else it is the order that leaves whoever has it. */
static bool may_release(const EventRecord *event)
{
	if (event->kind == EVENT_KIND_HANDED_BACK || event->kind == EVENT_KIND_REASSIGNED ||
	    event->kind == EVENT_KIND_COMPLETED || event->kind == EVENT_KIND_UNDONE)
		return true;
	return event->from != event->to && event->to != ORDER_STATE_ACCEPTED && event->to != ORDER_STATE_STARTED;
}

/* Loads that other workers write are told by no event, and need not be: whoever is chosen is read again. But who is
 * thought to be full is never chosen, so of them it matters when an order leaves their hands. */
static void hear_of_released(struct tenant *t, const EventRecord *event)
{
	if (t->snapshot == NULL || !may_release(event))
		return;
	uint32_t usual_cap = t->snapshot->config->policy->holding_cap;
	if (roster_is_full(t->roster, event->member_id, usual_cap))
		t->all->on_member(t->all->exec, t, event->member_id);
	for (size_t i = 0; i < event->n_member_ids; i++) {
		const char *id = event->member_ids[i];
		if (strcmp(id, event->member_id) != 0 && roster_is_full(t->roster, id, usual_cap))
			t->all->on_member(t->all->exec, t, id);
	}
}

static void heard(void *arg, struct slice id, struct slice value)
{
	struct tenant *t = arg;
	struct arena arena;
	jmp_buf guard;
	struct fault fault;
	EventBatch *batch;
	struct log_id before;
	bool known = recent_last(&t->recent, &before);
	recent_add(&t->recent, id, value);
	arena_init(&arena, LIMIT_REQUEST_ARENA_BYTES);
	if (ARENA_GUARD(&arena, &guard) && PB_DECODE(&arena, EventBatch, value, &fault, &batch) == OK) {
		arena_unguard(&arena);
		for (size_t i = 0; i < batch->n_events; i++) {
			drop_older(t, batch->events[i]);
			if (batch->events[i]->kind == EVENT_KIND_CONFIG_CHANGED)
				tenant_config_changed(t);
			if (batch->events[i]->kind == EVENT_KIND_MEMBER_CHANGED)
				t->all->on_member(t->all->exec, t, batch->events[i]->subject_id);
			hear_of_released(t, batch->events[i]);
		}
		struct tenant_heard heard = {.id = id, .batch = batch, .before = known ? &before : NULL};
		t->all->on_events(t->all->exec, t, &heard);
	}
	arena_free(&arena);
}

/* --- waiting --- */

static void add_wait(struct tenant_wait **list, struct tenant_wait *wait)
{
	wait->next = *list;
	wait->at = list;
	if (wait->next != NULL)
		wait->next->at = &wait->next;
	*list = wait;
}

void tenant_wait_cancel(struct tenant_wait *wait)
{
	if (wait->at == NULL)
		return;
	*wait->at = wait->next;
	if (wait->next != NULL)
		wait->next->at = wait->at;
	wait->at = NULL;
}

static void wake_all(struct tenant_wait **list, enum err err)
{
	/* A waiter may wait again at once: serve only those that are there now. */
	struct tenant_wait *now = *list, *wait;
	*list = NULL;
	if (now != NULL)
		now->at = &now;
	while ((wait = now) != NULL) {
		tenant_wait_cancel(wait);
		wait->ready(wait, err);
	}
}

/* --- configuration --- */

static void start_loading(struct tenant *t);

/* The first time there is more to read: without its members a tenant would have nobody to ask. */
static void roster_loaded(void *arg, enum err err)
{
	struct tenant *t = arg;
	t->roster_loading = NULL;
	t->roster_complete = err == OK;
	t->state = err != OK ? TENANT_STALE : TENANT_READY;
	if (err == OK && t->changed_meanwhile)
		start_loading(t);
	else
		wake_all(&t->waits, err);
}

/* From where the log ended before anything was read: all that changes what was read will be heard. */
static bool follow(struct tenant *t, const char *log_end)
{
	if (t->follower == NULL)
		t->follower = t->all->store->ops->follow(t->all->store, slice_str(t->id), SLICE(LOG_EVENTS),
							 slice_str(log_end), heard, t);
	return t->follower != NULL;
}

static void loaded(void *arg, enum err err, struct snapshot *snapshot)
{
	struct tenant *t = arg;
	t->loading = NULL;
	if (err == OK && !follow(t, snapshot->log_end)) {
		snapshot_release(snapshot);
		err = ERR_OVERLOADED;
	}
	if (err == OK) {
		snapshot_release(t->snapshot);
		t->snapshot = snapshot;
	} else {
		t->state = t->snapshot == NULL ? TENANT_NEW : TENANT_STALE;
		wake_all(&t->waits, err);
		return;
	}
	if (t->roster_complete)
		roster_loaded(t, OK);
	else
		roster_load_start(t->all->store, t->id, t->roster, &t->roster_loading, roster_loaded, t);
}

static void start_loading(struct tenant *t)
{
	t->changed_meanwhile = false;
	t->state = TENANT_LOADING;
	config_load_start(t->all->store, slice_str(t->id), &t->loading, loaded, t);
}

void tenant_when_ready(struct tenant *t, uint64_t min_version, struct tenant_wait *wait)
{
	bool new_enough = t->snapshot != NULL && t->snapshot->config->version >= min_version;
	wait->at = NULL;
	if (t->state == TENANT_READY && new_enough) {
		wait->ready(wait, OK);
		return;
	}
	add_wait(&t->waits, wait);
	if (t->state == TENANT_LOADING)
		t->changed_meanwhile |= min_version > 0 && !new_enough && t->snapshot != NULL;
	else
		start_loading(t);
}

void tenant_config_changed(struct tenant *t)
{
	if (t->state == TENANT_READY)
		t->state = TENANT_STALE;
	else if (t->state == TENANT_LOADING)
		t->changed_meanwhile = true;
}

const char *tenant_id(const struct tenant *t)
{
	return t->id;
}

struct tenants *tenant_all(const struct tenant *t)
{
	return t->all;
}

const struct config *tenant_config(const struct tenant *t)
{
	return t->snapshot == NULL ? NULL : t->snapshot->config;
}

const struct roster *tenant_roster(const struct tenant *t)
{
	return t->roster;
}

struct sealer *tenant_sealer(const struct tenant *t)
{
	return t->all->sealer;
}

struct squasher *tenant_squasher(const struct tenant *t)
{
	return t->all->squasher;
}

const struct recent *tenant_recent(const struct tenant *t)
{
	return &t->recent;
}

struct exec_watch **tenant_watches(struct tenant *t)
{
	return &t->watches;
}

struct watch_index *tenant_listeners(struct tenant *t)
{
	return &t->listeners;
}

struct tenant *tenant_next(const struct tenant *t)
{
	return t->next;
}

/* --- numbers for ids --- */

/* Orders have blocks to themselves, which fill packs densely; for all other kinds one will do, for a
 * number is unique whatever the kind. */
static struct block *block_of(struct tenant *t, enum record_kind kind)
{
	return &t->blocks[kind == KIND_ORDER ? 0 : 1];
}

bool tenant_take_number(struct tenant *t, enum record_kind kind, uint64_t *number)
{
	struct block *block = block_of(t, kind);
	if (block->next == block->end)
		return false;
	*number = block->next++;
	return true;
}

static void reserved(void *arg, uint64_t first)
{
	struct block *block = arg;
	block->reserving = false;
	if (first != 0 && first <= ID_NUMBER_MAX - block->wanted) {
		block->next = first;
		block->end = first + block->wanted;
	}
	wake_all(&block->waits, first == 0 ? ERR_UNAVAILABLE : OK);
}

void tenant_reserve(struct tenant *t, enum record_kind kind, struct tenant_wait *wait)
{
	struct block *block = block_of(t, kind);
	wait->at = NULL;
	if (block->next < block->end) {
		wait->ready(wait, OK);
		return;
	}
	add_wait(&block->waits, wait);
	block->waiters++;
	if (block->reserving)
		return;
	/* As many whole blocks as there were waiters last time, and one more: a burst is served in one go. */
	block->reserving = true;
	block->wanted = BLOCK_NUMBERS * (1 + block->waiters / BLOCK_NUMBERS);
	block->waiters = 0;
	t->all->store->ops->reserve(t->all->store, slice_str(t->id), SLICE(COUNTER_ID), block->wanted, reserved, block);
}

/* --- cache and roster --- */

bool tenant_cached(struct tenant *t, struct arena *a, enum record_kind kind, const char *id, struct slice *envelope,
		   bool *packed)
{
	struct slice found;
	if (t->all->cache == NULL ||
	    !record_cache_find(t->all->cache, slice_str(t->id), kind, slice_str(id), &found, packed))
		return false;
	*envelope = arena_slice(a, found);
	return true;
}

void tenant_cache_put(struct tenant *t, enum record_kind kind, const char *id, struct slice envelope, bool packed)
{
	if (t->all->cache != NULL && !kind_info(kind)->shared)
		record_cache_put(t->all->cache, slice_str(t->id), kind, slice_str(id), envelope, packed);
}

void tenant_cache_drop(struct tenant *t, enum record_kind kind, const char *id)
{
	if (t->all->cache != NULL)
		record_cache_drop(t->all->cache, slice_str(t->id), kind, slice_str(id));
}

void tenant_seen(struct tenant *t, enum record_kind kind, const char *id, struct slice body)
{
	if (kind == KIND_MEMBER)
		roster_put_member(t->roster, id, body);
	else if (kind == KIND_LOAD)
		roster_put_load(t->roster, id, body);
}

void tenant_wrote(struct tenant *t, enum record_kind kind, const char *id, struct slice body, const void *message)
{
	if (kind == KIND_LOAD)
		roster_take_load(t->roster, message);
	else
		tenant_seen(t, kind, id, body);
}
