#include "txn/record_cache.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_BUCKETS = 1024 };

struct node {
	struct node *next; /* in the bucket */
	struct node *newer, *older;
	uint64_t hash;
	size_t id_len, envelope_len, tenant_len;
	enum record_kind kind;
	bool packed;
	uint8_t bytes[]; /* tenant, id, envelope */
};

struct record_cache {
	struct node **buckets;
	size_t n_buckets, n_nodes;
	struct node *newest, *oldest;
	size_t bytes, max_bytes;
};

struct record_cache *record_cache_new(size_t max_bytes)
{
	struct record_cache *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->buckets = calloc(FIRST_BUCKETS, sizeof(*c->buckets));
	if (c->buckets == NULL) {
		free(c);
		return NULL;
	}
	c->n_buckets = FIRST_BUCKETS;
	c->max_bytes = max_bytes;
	return c;
}

static uint64_t hash_of(struct slice tenant, enum record_kind kind, struct slice id)
{
	return hash_bytes(hash_bytes((uint64_t)kind, tenant), id);
}

static bool is(const struct node *node, uint64_t hash, struct slice tenant, enum record_kind kind, struct slice id)
{
	return node->hash == hash && node->kind == kind && slice_eq(slice_of(node->bytes, node->tenant_len), tenant) &&
	       slice_eq(slice_of(node->bytes + node->tenant_len, node->id_len), id);
}

static struct node **place_of(struct record_cache *c, uint64_t hash, struct slice tenant, enum record_kind kind,
			      struct slice id)
{
	struct node **at = &c->buckets[hash & (c->n_buckets - 1)];
	while (*at != NULL && !is(*at, hash, tenant, kind, id))
		at = &(*at)->next;
	return at;
}

static void unlink_age(struct record_cache *c, struct node *node)
{
	*(node->newer == NULL ? &c->newest : &node->newer->older) = node->older;
	*(node->older == NULL ? &c->oldest : &node->older->newer) = node->newer;
}

static void link_newest(struct record_cache *c, struct node *node)
{
	node->newer = NULL;
	node->older = c->newest;
	*(c->newest == NULL ? &c->oldest : &c->newest->newer) = node;
	c->newest = node;
}

static size_t node_bytes(const struct node *node)
{
	return sizeof(*node) + node->tenant_len + node->id_len + node->envelope_len;
}

static void drop_at(struct record_cache *c, struct node **at)
{
	struct node *node = *at;
	*at = node->next;
	unlink_age(c, node);
	c->bytes -= node_bytes(node);
	c->n_nodes--;
	free(node);
}

static void drop_oldest(struct record_cache *c)
{
	struct node **at = &c->buckets[c->oldest->hash & (c->n_buckets - 1)];
	while (*at != c->oldest)
		at = &(*at)->next;
	drop_at(c, at);
}

void record_cache_clear(struct record_cache *c)
{
	while (c->oldest != NULL)
		drop_oldest(c);
}

void record_cache_free(struct record_cache *c)
{
	if (c == NULL)
		return;
	record_cache_clear(c);
	free(c->buckets);
	free(c);
}

static void widen(struct record_cache *c)
{
	size_t n = c->n_buckets * 2;
	struct node **buckets = calloc(n, sizeof(*buckets));
	if (buckets == NULL)
		return; /* longer chains, nothing worse */
	for (struct node *node = c->newest; node != NULL; node = node->older) {
		node->next = buckets[node->hash & (n - 1)];
		buckets[node->hash & (n - 1)] = node;
	}
	free(c->buckets);
	c->buckets = buckets;
	c->n_buckets = n;
}

bool record_cache_find(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id,
		       struct slice *envelope, bool *packed)
{
	struct node *node = *place_of(c, hash_of(tenant, kind, id), tenant, kind, id);
	if (node == NULL)
		return false;
	unlink_age(c, node);
	link_newest(c, node);
	*envelope = slice_of(node->bytes + node->tenant_len + node->id_len, node->envelope_len);
	*packed = node->packed;
	return true;
}

void record_cache_put(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id,
		      struct slice envelope, bool packed)
{
	uint64_t hash = hash_of(tenant, kind, id);
	struct node **at = place_of(c, hash, tenant, kind, id);
	if (*at != NULL)
		drop_at(c, at);
	struct node *node = malloc(sizeof(*node) + tenant.len + id.len + envelope.len);
	if (node == NULL)
		return;
	*node = (struct node){.hash = hash,
			      .kind = kind,
			      .tenant_len = tenant.len,
			      .id_len = id.len,
			      .envelope_len = envelope.len,
			      .packed = packed};
	memcpy(node->bytes, tenant.ptr, tenant.len);
	memcpy(node->bytes + tenant.len, id.ptr, id.len);
	memcpy(node->bytes + tenant.len + id.len, envelope.ptr, envelope.len);
	at = &c->buckets[hash & (c->n_buckets - 1)];
	node->next = *at;
	*at = node;
	link_newest(c, node);
	c->bytes += node_bytes(node);
	if (++c->n_nodes > c->n_buckets)
		widen(c);
	while (c->bytes > c->max_bytes && c->oldest != NULL)
		drop_oldest(c);
}

void record_cache_drop(struct record_cache *c, struct slice tenant, enum record_kind kind, struct slice id)
{
	struct node **at = place_of(c, hash_of(tenant, kind, id), tenant, kind, id);
	if (*at != NULL)
		drop_at(c, at);
}
