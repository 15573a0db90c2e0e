#include "watchman.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "domain/order.h"
#include "pb/pb_wire.h"
#include "txn/envelope.h"
#include "txn/kind.h"

enum { MINUTE_MS = 60000, DAY_MIN = 24 * 60, WEEK_MIN = 7 * DAY_MIN, BEIJING_MIN = 8 * 60, CHANGED = 256, TOLD = 20 };

/* When somebody's profile changed last. */
struct changed {
	char id[16];
	int64_t at_ms;
};

struct watchman {
	struct world *w;
	struct store_follower *follower;
	struct arena arena; /* of one entry */
	uint32_t holding_cap;
	int64_t slack_ms;
	struct changed changed[CHANGED];
	unsigned violations, offers;
};

static void __attribute__((format(printf, 2, 3))) violated(struct watchman *man, const char *fmt, ...)
{
	va_list args;
	if (++man->violations > TOLD)
		return;
	va_start(args, fmt);
	fprintf(stderr, "watchman: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
}

/* --- the records --- */

static void loaded(struct store_load *load, enum store_verdict verdict)
{
	*(bool *)load->arg = verdict == STORE_OK;
}

/* As the store has it now; NULL: not there. */
static void *record(struct watchman *man, enum record_kind kind, const char *id)
{
	struct arena *a = &man->arena;
	struct store *store = world_store(man->w);
	bool fine = false;
	uint64_t version;
	struct slice body;
	struct fault fault;
	ProtobufCMessage *message = NULL;
	struct store_read read = {.kind = STORE_GET,
				  .key = slice_str(arena_printf(a, "%s:%s", kind_info(kind)->prefix, id))};
	struct store_load load = {
	    .tenant = SLICE(WORLD_TENANT), .reads = &read, .n = 1, .arena = a, .done = loaded, .arg = &fine};
	store->ops->load(store, &load);
	if (!fine || !read.found || envelope_open(read.value, &version, &body) != OK ||
	    pb_decode(a, kind_info(kind)->descriptor, body, &fault, &message) != OK)
		return NULL;
	return message;
}

static struct changed *change_of(struct watchman *man, const char *id)
{
	struct changed *changed = &man->changed[hash_bytes(0, slice_str(id)) % CHANGED];
	if (strcmp(changed->id, id) != 0) {
		snprintf(changed->id, sizeof(changed->id), "%s", id);
		changed->at_ms = 0;
	}
	return changed;
}

/* --- judging --- */

static bool on_duty(const MemberRecord *member, uint32_t minute_of_week)
{
	bool on = member->n_shifts == 0;
	for (size_t i = 0; i < member->n_shifts; i++)
		on |= minute_of_week >= member->shifts[i]->from_min && minute_of_week < member->shifts[i]->to_min;
	return on;
}

static bool sleeps(const MemberRecord *member, uint32_t minute_of_day)
{
	const QuietHours *quiet = member->quiet;
	if (quiet == NULL || quiet->from_min == quiet->to_min)
		return false;
	bool after = minute_of_day >= quiet->from_min, before = minute_of_day < quiet->to_min;
	return quiet->from_min < quiet->to_min ? after && before : after || before;
}

static bool has_skill(const MemberRecord *member, const char *name)
{
	for (size_t i = 0; i < member->n_skills; i++) {
		if (strcmp(member->skills[i]->name, name) == 0)
			return true;
	}
	return false;
}

/* 1970-01-01 was a Thursday. */
static uint32_t minute_of_week(int64_t now_ms)
{
	return (uint32_t)((now_ms / MINUTE_MS + BEIJING_MIN + 3 * DAY_MIN) % WEEK_MIN);
}

static const char *wrong_with_member(const OrderRecord *order, const MemberRecord *member, int64_t now_ms)
{
	uint32_t minute = minute_of_week(now_ms);
	if (member->inactive)
		return "is inactive";
	if (member->paused_until_ms > now_ms)
		return "has paused";
	if (!on_duty(member, minute))
		return "is off duty";
	if (order->urgency != URGENCY_DANGER && sleeps(member, minute % DAY_MIN))
		return "sleeps";
	if (member->household_id[0] != '\0' && strcmp(member->household_id, order->household_id) == 0)
		return "lives there";
	return NULL;
}

static const char *wrong_with_offer(const struct watchman *man, const OrderRecord *order, const MemberRecord *member,
				    const LoadRecord *load)
{
	uint32_t cap = member->holding_cap != 0 ? member->holding_cap : man->holding_cap;
	const OfferRecord *last = NULL;
	size_t live = 0;
	for (size_t i = 0; i < order->n_offers; i++) {
		if (strcmp(order->offers[i]->member_id, member->id) != 0)
			continue;
		last = order->offers[i];
		live += last->state == OFFER_STATE_LIVE;
	}
	if (load == NULL || load->holding >= cap)
		return "holds enough";
	if (live != 1)
		return live == 0 ? "has no live offer" : "has two live offers";
	const SlotRecord *slot = order->slots[last->slot];
	if (slot->skill[0] != '\0' && !slot->optional_skill && !has_skill(member, slot->skill))
		return "lacks the skill";
	if (slot->member_id[0] != '\0')
		return "is asked for a place that is taken";
	return order_slot_of(order, member->id) == NULL ? NULL : "has a place in it";
}

/* An offer may be answered or withdrawn in the same commit: then there is nothing to judge any more. */
static void judge(struct watchman *man, const EventRecord *event)
{
	const OrderRecord *order = record(man, KIND_ORDER, event->subject_id);
	const MemberRecord *member = record(man, KIND_MEMBER, event->member_id);
	const LoadRecord *load = record(man, KIND_LOAD, event->member_id);
	int64_t now_ms = world_now_ms(man->w);
	man->offers++;
	if (order == NULL || member == NULL) {
		violated(man, "%s is offered to %s: one is not there", event->subject_id, event->member_id);
		return;
	}
	const char *wrong = wrong_with_offer(man, order, member, load);
	if (wrong == NULL && now_ms - change_of(man, member->id)->at_ms >= man->slack_ms)
		wrong = wrong_with_member(order, member, now_ms);
	if (wrong != NULL)
		violated(man, "%s is offered to %s, who %s", order->id, member->id, wrong);
}

static void heard(void *arg, struct slice id, struct slice value)
{
	struct watchman *man = arg;
	struct fault fault;
	EventBatch *batch;
	(void)id;
	arena_reset(&man->arena);
	if (PB_DECODE(&man->arena, EventBatch, value, &fault, &batch) != OK) {
		violated(man, "an event can't be read");
		return;
	}
	for (size_t i = 0; i < batch->n_events; i++) {
		const EventRecord *event = batch->events[i];
		if (event->kind == EVENT_KIND_MEMBER_CHANGED)
			change_of(man, event->subject_id)->at_ms = world_now_ms(man->w);
		if (event->kind == EVENT_KIND_OFFERED && event->role == ROLE_SYSTEM)
			judge(man, event);
	}
}

/* --- life --- */

struct watchman *watchman_new(struct world *w, uint32_t holding_cap, int64_t slack_ms)
{
	struct watchman *man = calloc(1, sizeof(*man));
	struct store *store = world_store(w);
	if (man == NULL)
		abort();
	man->w = w;
	man->holding_cap = holding_cap;
	man->slack_ms = slack_ms;
	arena_init(&man->arena, SIZE_MAX / 2);
	man->follower = store->ops->follow(store, SLICE(WORLD_TENANT), SLICE(LOG_EVENTS), SLICE("$"), heard, man);
	if (man->follower == NULL)
		abort();
	return man;
}

void watchman_free(struct watchman *man)
{
	if (man == NULL)
		return;
	world_store(man->w)->ops->unfollow(man->follower);
	arena_free(&man->arena);
	free(man);
}

unsigned watchman_violations(const struct watchman *man)
{
	return man->violations;
}

unsigned watchman_offers(const struct watchman *man)
{
	return man->offers;
}
