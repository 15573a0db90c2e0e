#include "invariants.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "domain/points.h"
#include "domain/order.h"
#include "domain/order_state.h"
#include "pb/pb_wire.h"
#include "replay.h"
#include "txn/envelope.h"
#include "txn/kind.h"
#include "txn/squash.h"

enum { TABLE_BITS = 14, TABLE_SIZE = 1 << TABLE_BITS };

struct entry {
	struct entry *next;
	struct slice index, member;
	int64_t score;
	bool expected, stored;
};

/* What counts sum up to, by the records and as stored. */
struct sum {
	struct sum *next;
	struct slice index, member;
	int64_t expected, stored;
};

struct person {
	struct person *next;
	const char *id;
	const LoadRecord *load;
	const AccountRecord *account;
	uint32_t holding;
	const char **going_to; /* the buildings of what they hold */
	size_t n_going_to;
	int64_t available, provisional; /* by the ledger */
};

struct check {
	struct arena *a;
	struct squasher *squasher;
	unsigned bad;
	struct entry *entries[TABLE_SIZE];
	struct sum *sums[TABLE_SIZE];
	struct person *people[TABLE_SIZE];
	struct entry *orders[TABLE_SIZE]; /* member: the order's id */
	int64_t issuance, now_ms, slack_ms;
	size_t n_orders;
};

static void __attribute__((format(printf, 2, 3))) violated(struct check *c, const char *fmt, ...)
{
	enum { TOLD = 20 };
	va_list args;
	if (++c->bad > TOLD)
		return;
	va_start(args, fmt);
	fprintf(stderr, "invariant: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
}

static struct entry *entry_of(struct entry **table, struct arena *a, struct slice index, struct slice member)
{
	struct entry **at = &table[hash_bytes(hash_bytes(1, index), member) & (TABLE_SIZE - 1)];
	for (struct entry *e = *at; e != NULL; e = e->next) {
		if (slice_eq(e->index, index) && slice_eq(e->member, member))
			return e;
	}
	struct entry *e = ARENA_NEW(a, struct entry);
	e->index = arena_slice(a, index);
	e->member = arena_slice(a, member);
	e->next = *at;
	*at = e;
	return e;
}

static struct person *person_of(struct check *c, const char *id)
{
	struct person **at = &c->people[hash_bytes(2, slice_str(id)) & (TABLE_SIZE - 1)];
	for (struct person *p = *at; p != NULL; p = p->next) {
		if (strcmp(p->id, id) == 0)
			return p;
	}
	struct person *p = ARENA_NEW(c->a, struct person);
	p->id = arena_strdup(c->a, id);
	p->next = *at;
	*at = p;
	return p;
}

static void expect_indexes(struct check *c, enum record_kind kind, const void *record)
{
	struct index_set set = {.arena = c->a};
	if (kind_info(kind)->indexes == NULL)
		return;
	kind_info(kind)->indexes(record, &set);
	for (size_t i = 0; i < set.n; i++) {
		struct entry *e = entry_of(c->entries, c->a, set.entries[i].index, set.entries[i].member);
		if (e->expected)
			violated(c, "%.*s has %.*s twice", SLICE_FMT(e->index), SLICE_FMT(e->member));
		e->expected = true;
		if (e->stored && e->score != set.entries[i].score)
			violated(c, "%.*s has %.*s at %" PRId64 ", not %" PRId64, SLICE_FMT(e->index),
				 SLICE_FMT(e->member), e->score, set.entries[i].score);
		e->score = set.entries[i].score;
	}
}

static struct sum *sum_of(struct check *c, struct slice index, struct slice member)
{
	struct sum **at = &c->sums[hash_bytes(hash_bytes(3, index), member) & (TABLE_SIZE - 1)];
	for (struct sum *s = *at; s != NULL; s = s->next) {
		if (slice_eq(s->index, index) && slice_eq(s->member, member))
			return s;
	}
	struct sum *s = ARENA_NEW(c->a, struct sum);
	s->index = arena_slice(c->a, index);
	s->member = arena_slice(c->a, member);
	s->next = *at;
	*at = s;
	return s;
}

static void expect_counts(struct check *c, enum record_kind kind, const void *record)
{
	struct index_set set = {.arena = c->a};
	if (kind_info(kind)->counts == NULL)
		return;
	kind_info(kind)->counts(record, &set);
	for (size_t i = 0; i < set.n; i++)
		sum_of(c, set.entries[i].index, set.entries[i].member)->expected += set.entries[i].score;
}

static void check_sums(struct check *c)
{
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		for (const struct sum *s = c->sums[i]; s != NULL; s = s->next) {
			if (s->expected != s->stored)
				violated(c, "%.*s counts %.*s as %" PRId64 ", not %" PRId64, SLICE_FMT(s->index),
					 SLICE_FMT(s->member), s->stored, s->expected);
		}
	}
}

static void check_order(struct check *c, const OrderRecord *o, bool packed)
{
	struct entry *seen = entry_of(c->orders, c->a, SLICE("order"), slice_str(o->id));
	c->n_orders++;
	if (seen->stored)
		violated(c, "%s is stored twice", o->id);
	seen->stored = true;
	if (packed != order_state_final(o->state))
		violated(c, "%s is %s and %spacked", o->id, order_state_name(o->state), packed ? "" : "not ");
	for (size_t i = 0; i < o->n_slots; i++) {
		const SlotRecord *slot = o->slots[i];
		if (slot->member_id[0] == '\0') {
			if (slot->accepted_after_ms != 0)
				violated(c, "%s slot %zu: accepted by nobody", o->id, i);
			continue;
		}
		if (order_slot_of(o, slot->member_id) != slot)
			violated(c, "%s: %s has two slots", o->id, slot->member_id);
		/* What ended before it was done let its members go. */
		if (slot->completed_after_ms == 0 && !order_state_final(o->state)) {
			struct person *p = person_of(c, slot->member_id);
			p->holding++;
			if (o->building_id[0] != '\0')
				arena_append(c->a, (void ***)&p->going_to, &p->n_going_to, o->building_id);
		}
		for (size_t k = 0; k < o->n_offers; k++) {
			if (o->offers[k]->state == OFFER_STATE_LIVE && o->offers[k]->slot == i)
				violated(c, "%s slot %zu is taken and still offered", o->id, i);
		}
	}
	bool working = o->state == ORDER_STATE_ACCEPTED || o->state == ORDER_STATE_STARTED;
	if (working && order_open_slots(o) > 0)
		violated(c, "%s is %s with an open slot", o->id, order_state_name(o->state));
	size_t live = 0;
	for (size_t k = 0; k < o->n_offers; k++)
		live += o->offers[k]->state == OFFER_STATE_LIVE;
	bool asking =
	    o->state == ORDER_STATE_OFFERED || (o->state == ORDER_STATE_HELD && o->held_from == ORDER_STATE_OFFERED);
	if (asking != (live > 0))
		violated(c, "%s is %s with %zu live offers", o->id, order_state_name(o->state), live);
	if ((o->state == ORDER_STATE_HELD) != (o->held_from != ORDER_STATE_UNSPECIFIED))
		violated(c, "%s is %s, held from %s", o->id, order_state_name(o->state),
			 order_state_name(o->held_from));
	/* An emergency waits for nothing but answers. */
	if (o->urgency == URGENCY_DANGER && o->state == ORDER_STATE_PLACED && !o->pooled && o->dispatch_after_ms != 0 &&
	    order_time_ms(o, o->dispatch_after_ms) > c->now_ms)
		violated(c, "%s is an emergency and waits until %" PRId64, o->id,
			 order_time_ms(o, o->dispatch_after_ms));
	char why[160];
	if (!replay_timeline(o, why, sizeof(why)))
		violated(c, "%s: %s", o->id, why);
}

static void check_due(struct check *c, const struct store_row *row)
{
	if (slice_eq(row->key, SLICE("due")) && row->number < c->now_ms - c->slack_ms)
		violated(c, "%.*s is due since %" PRId64 " ms", SLICE_FMT(row->field), c->now_ms - row->number);
}

static void take_record(struct check *c, const struct store_row *row, bool packed)
{
	const uint8_t *colon = memchr(row->key.ptr, ':', row->key.len);
	size_t prefix_len = colon == NULL ? 0 : (size_t)(colon - row->key.ptr);
	/* A pack's key has a 'p' after the prefix: "op:…". */
	size_t name_len = packed && prefix_len > 0 ? prefix_len - 1 : prefix_len;
	for (int k = 0; k < KIND_COUNT; k++) {
		const struct kind_info *info = kind_info((enum record_kind)k);
		uint64_t version;
		struct slice body;
		struct fault fault;
		ProtobufCMessage *message;
		if (strlen(info->prefix) != name_len || memcmp(info->prefix, row->key.ptr, name_len) != 0)
			continue;
		if (packed && !info->packable)
			return;
		if (envelope_open(arena_slice(c->a, row->value), &version, &body) != OK || version == 0) {
			violated(c, "%.*s is damaged", SLICE_FMT(row->key));
			return;
		}
		if (info->owner != NULL)
			return;
		if (envelope_is_squashed(row->value) && unsquash(c->squasher, c->a, body, &body) != OK)
			violated(c, "%.*s can't be inflated", SLICE_FMT(row->key));
		if (pb_decode(c->a, info->descriptor, body, &fault, &message) != OK) {
			violated(c, "%.*s can't be read", SLICE_FMT(row->key));
			return;
		}
		expect_indexes(c, (enum record_kind)k, message);
		expect_counts(c, (enum record_kind)k, message);
		if (k == KIND_ORDER)
			check_order(c, (const OrderRecord *)message, packed);
		if (k == KIND_LOAD)
			person_of(c, ((const LoadRecord *)message)->member_id)->load = (const LoadRecord *)message;
		if (k == KIND_ACCOUNT)
			person_of(c, ((const AccountRecord *)message)->member_id)->account =
			    (const AccountRecord *)message;
		return;
	}
}

static void move(struct check *c, const char *account, int64_t amount)
{
	const char *slash = strchr(account, '/');
	if (strcmp(account, "issuance") == 0)
		return;
	struct person *p =
	    person_of(c, slash == NULL ? account : arena_string(c->a, slice_of(account, (size_t)(slash - account))));
	*(slash == NULL ? &p->available : &p->provisional) += amount;
}

static void take_log(struct check *c, const struct store_row *row)
{
	struct fault fault;
	MovementRecord *m;
	if (!slice_starts(row->key, SLICE("ledger:")))
		return;
	if (PB_DECODE(c->a, MovementRecord, row->value, &fault, &m) != OK) {
		violated(c, "%.*s can't be read", SLICE_FMT(row->key));
		return;
	}
	const char *member_id = arena_string(c->a, slice_from(row->key, strlen("ledger:")));
	Movement *shown[2];
	size_t n = points_movements(c->a, m, member_id, shown);
	for (size_t i = 0; i < n; i++) {
		move(c, shown[i]->debit, -shown[i]->amount);
		move(c, shown[i]->credit, shown[i]->amount);
	}
}

static void take_row(void *arg, const struct store_row *row)
{
	struct check *c = arg;
	switch (row->kind) {
	case STORE_ROW_RECORD:
		take_record(c, row, false);
		break;
	case STORE_ROW_PACK:
		if (row->key.len > 1 && row->key.ptr[0] != 'q')
			take_record(c, row, true);
		break;
	case STORE_ROW_INDEX: {
		if (slice_starts(row->key, SLICE("ctr:"))) {
			sum_of(c, row->key, row->field)->stored = row->number;
			break;
		}
		struct entry *e = entry_of(c->entries, c->a, row->key, row->field);
		e->stored = true;
		if (e->expected && e->score != row->number)
			violated(c, "%.*s has %.*s at %" PRId64 ", not %" PRId64, SLICE_FMT(row->key),
				 SLICE_FMT(row->field), row->number, e->score);
		e->score = row->number;
		check_due(c, row);
		break;
	}
	case STORE_ROW_COUNTER:
		if (slice_eq(row->key, SLICE(COUNTER_ISSUANCE)))
			c->issuance = row->number;
		break;
	case STORE_ROW_LOG:
		take_log(c, row);
		break;
	}
}

static size_t times(const char *const *ids, size_t n, const char *id)
{
	size_t times = 0;
	for (size_t i = 0; i < n; i++)
		times += strcmp(ids[i], id) == 0;
	return times;
}

static void check_going(struct check *c, const struct person *p)
{
	const LoadRecord *load = p->load;
	size_t said = load == NULL ? 0 : load->n_going_to;
	if (said != p->n_going_to)
		violated(c, "%s is said to go to %zu buildings, goes to %zu", p->id, said, p->n_going_to);
	for (size_t i = 0; i < said; i++) {
		const char *id = load->going_to[i];
		if (times((const char *const *)load->going_to, said, id) != times(p->going_to, p->n_going_to, id))
			violated(c, "%s does not go to %s as often as said", p->id, id);
	}
}

static void check_people(struct check *c)
{
	int64_t sum = c->issuance;
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		for (const struct person *p = c->people[i]; p != NULL; p = p->next) {
			uint32_t holding = p->load == NULL ? 0 : p->load->holding;
			int64_t available = p->account == NULL ? 0 : p->account->available;
			int64_t provisional = p->account == NULL ? 0 : p->account->provisional;
			if (holding != p->holding)
				violated(c, "%s is said to hold %u, holds %u", p->id, holding, p->holding);
			check_going(c, p);
			if (available != p->available || provisional != p->provisional)
				violated(c, "%s has %" PRId64 "+%" PRId64 ", by the ledger %" PRId64 "+%" PRId64, p->id,
					 available, provisional, p->available, p->provisional);
			if (available < 0 || provisional < 0)
				violated(c, "%s is in debt", p->id);
			sum += available + provisional;
		}
	}
	if (sum != 0)
		violated(c, "points sum to %" PRId64, sum);
}

unsigned invariants_check(struct store *store, struct slice tenant, struct arena *a, int64_t now_ms, int64_t slack_ms)
{
	struct check *c = ARENA_NEW(a, struct check);
	c->a = a;
	c->now_ms = now_ms;
	c->slack_ms = slack_ms;
	c->squasher = squasher_new();
	store_memory_dump(store, tenant, take_row, c);
	squasher_free(c->squasher);
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		for (const struct entry *e = c->entries[i]; e != NULL; e = e->next) {
			if (e->expected != e->stored)
				violated(c, "%.*s %s %.*s", SLICE_FMT(e->index), e->stored ? "must not have" : "lacks",
					 SLICE_FMT(e->member));
		}
	}
	check_sums(c);
	check_people(c);
	return c->bad;
}
