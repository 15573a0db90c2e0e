#include "txn/record_cache.h"

#include <stdlib.h>

#include "base/hash.h"

/*
 * A table with linear probing and a clock (Corbató 1968) instead of chains and a list by age: a hit touches its slot
 * and its node, and moves nothing. With hundreds of thousands of records each pointer that is followed is a miss of the
 * machine's own cache.
 */
enum { FIRST_SLOTS = 1024 };

struct node {
	uint32_t envelope_len, room; /* bytes behind tenant and id, and how many there may be */
	uint16_t id_len, tenant_len;
	uint8_t kind;
	bool packed;
	uint8_t bytes[]; /* tenant, id, envelope */
};

struct slot {
	struct node *node; /* NULL: empty */
	uint32_t hash;
	bool used; /* since the hand came by */
};

struct record_cache {
	struct slot *slots;
	size_t mask, n_nodes; /* at most half of the slots are taken */
	size_t hand;
	size_t bytes, max_bytes;
};

struct record_cache *record_cache_new(size_t max_bytes)
{
	struct record_cache *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->slots = calloc(FIRST_SLOTS, sizeof(*c->slots));
	if (c->slots == NULL) {
		free(c);
		return NULL;
	}
	c->mask = FIRST_SLOTS - 1;
	c->max_bytes = max_bytes;
	return c;
}

static uint32_t hash_of(struct slice tenant, enum record_kind kind, struct slice id)
{
	return (uint32_t)hash_bytes(hash_bytes((uint64_t)kind, tenant), id);
}

static bool is(const struct node *node, struct slice tenant, enum record_kind kind, struct slice id)
{
	return node->kind == kind && slice_eq(slice_of(node->bytes, node->tenant_len), tenant) &&
	       slice_eq(slice_of(node->bytes + node->tenant_len, node->id_len), id);
}

/* Where it is, or the empty slot where it would be. */
static struct slot *slot_of(struct record_cache *c, uint32_t hash, struct slice tenant, enum record_kind kind,
			    struct slice id)
{
	size_t at = hash & c->mask;
	while (c->slots[at].node != NULL && !(c->slots[at].hash == hash && is(c->slots[at].node, tenant, kind, id)))
		at = (at + 1) & c->mask;
	return &c->slots[at];
}

static size_t node_bytes(const struct node *node)
{
	return sizeof(*node) + node->tenant_len + node->id_len + node->room;
}

/* Those behind it that would no longer be found move up (Knuth, TAOCP 3, 6.4, algorithm R). */
static void close_gap(struct record_cache *c, size_t gap)
{
	for (size_t at = (gap + 1) & c->mask; c->slots[at].node != NULL; at = (at + 1) & c->mask) {
		size_t home = c->slots[at].hash & c->mask;
		if (((at - home) & c->mask) < ((at - gap) & c->mask))
			continue;
		c->slots[gap] = c->slots[at];
		gap = at;
	}
	c->slots[gap] = (struct slot){.node = NULL};
}

static void drop_at(struct record_cache *c, struct slot *slot)
{
	c->bytes -= node_bytes(slot->node);
	c->n_nodes--;
	free(slot->node);
	close_gap(c, (size_t)(slot - c->slots));
}

/* Goes round until it finds one that nobody used since it came by the last time. */
static void drop_unused(struct record_cache *c)
{
	for (;;) {
		struct slot *slot = &c->slots[c->hand];
		if (slot->node != NULL && !slot->used) {
			drop_at(c, slot);
			return;
		}
		slot->used = false;
		c->hand = (c->hand + 1) & c->mask;
	}
}

void record_cache_clear(struct record_cache *c)
{
	for (size_t at = 0; at <= c->mask; at++) {
		free(c->slots[at].node);
		c->slots[at] = (struct slot){.node = NULL};
	}
	c->n_nodes = c->bytes = 0;
}

void record_cache_free(struct record_cache *c)
{
	if (c == NULL)
		return;
	record_cache_clear(c);
	free(c->slots);
	free(c);
}

/* Room for one more; without memory for a wider table the oldest make it. */
static void widen(struct record_cache *c)
{
	size_t n = (c->mask + 1) * 2;
	struct slot *slots = calloc(n, sizeof(*slots));
	if (slots == NULL) {
		drop_unused(c);
		return;
	}
	for (size_t i = 0; i <= c->mask; i++) {
		size_t at = c->slots[i].hash & (n - 1);
		if (c->slots[i].node == NULL)
			continue;
		while (slots[at].node != NULL)
			at = (at + 1) & (n - 1);
		slots[at] = c->slots[i];
	}
	free(c->slots);
	c->slots = slots;
	c->mask = n - 1;
	c->hand = 0;
}

bool record_cache_find(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id,
		       struct slice *envelope, bool *packed)
{
	struct slot *slot = slot_of(c, hash_of(tenant, kind, id), tenant, kind, id);
	const struct node *node = slot->node;
	if (node == NULL)
		return false;
	slot->used = true;
	*envelope = slice_of(node->bytes + node->tenant_len + node->id_len, node->envelope_len);
	*packed = node->packed;
	return true;
}

static struct node *node_new(struct slice tenant, enum record_kind kind, struct slice id, size_t envelope_len)
{
	if (envelope_len > UINT32_MAX || id.len > UINT16_MAX || tenant.len > UINT16_MAX)
		return NULL;
	struct node *node = malloc(sizeof(*node) + tenant.len + id.len + envelope_len);
	if (node == NULL)
		return NULL;
	*node = (struct node){.room = (uint32_t)envelope_len,
			      .tenant_len = (uint16_t)tenant.len,
			      .id_len = (uint16_t)id.len,
			      .kind = (uint8_t)kind};
	memcpy(node->bytes, tenant.ptr, tenant.len);
	memcpy(node->bytes + tenant.len, id.ptr, id.len);
	return node;
}

static void fill(struct node *node, struct slice envelope, bool packed)
{
	memcpy(node->bytes + node->tenant_len + node->id_len, envelope.ptr, envelope.len);
	node->envelope_len = (uint32_t)envelope.len;
	node->packed = packed;
}

/* A record that shrank or kept its size stays where it is, unless that would waste more than it takes. */
static bool fits(const struct node *node, size_t envelope_len)
{
	return envelope_len <= node->room && envelope_len >= node->room / 2;
}

void record_cache_put(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id,
		      struct slice envelope, bool packed)
{
	uint32_t hash = hash_of(tenant, kind, id);
	struct slot *slot = slot_of(c, hash, tenant, kind, id);
	if (slot->node != NULL && fits(slot->node, envelope.len)) {
		fill(slot->node, envelope, packed);
		slot->used = true;
		return;
	}
	if (slot->node != NULL)
		drop_at(c, slot);
	if ((c->n_nodes + 1) * 2 > c->mask + 1)
		widen(c);
	struct node *node = node_new(tenant, kind, id, envelope.len);
	if (node == NULL || node_bytes(node) > c->max_bytes) {
		free(node);
		return;
	}
	fill(node, envelope, packed);
	*slot_of(c, hash, tenant, kind, id) = (struct slot){.node = node, .hash = hash, .used = true};
	c->bytes += node_bytes(node);
	c->n_nodes++;
	while (c->bytes > c->max_bytes && c->n_nodes > 0)
		drop_unused(c);
}

void record_cache_drop(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id)
{
	struct slot *slot = slot_of(c, hash_of(tenant, kind, id), tenant, kind, id);
	if (slot->node != NULL)
		drop_at(c, slot);
}
