#include "domain/config.h"

#include <stdlib.h>

#include "domain/policy.h"

static int by_node_id(const void *a, const void *b)
{
	const struct org_node *x = a, *y = b;
	return strcmp(x->record->id, y->record->id);
}

static int by_category_id(const void *a, const void *b)
{
	return strcmp((*(CategoryRecord *const *)a)->id, (*(CategoryRecord *const *)b)->id);
}

static int by_key_id(const void *a, const void *b)
{
	return strcmp((*(ApiKeyRecord *const *)a)->id, (*(ApiKeyRecord *const *)b)->id);
}

static int by_issuer_id(const void *a, const void *b)
{
	return strcmp((*(IssuerRecord *const *)a)->id, (*(IssuerRecord *const *)b)->id);
}

static int by_cert_id(const void *a, const void *b)
{
	return strcmp((*(ClientCertRecord *const *)a)->id, (*(ClientCertRecord *const *)b)->id);
}

static void *sorted_copy(struct arena *a, void *items, size_t n, size_t bytes, int (*order)(const void *, const void *))
{
	void *copy = arena_array(a, n, bytes);
	if (n > 0) {
		memcpy(copy, items, n * bytes);
		qsort(copy, n, bytes, order);
	}
	return copy;
}

static struct org_node *find_node(const struct config *c, const char *id)
{
	size_t lo = 0, hi = c->n_nodes;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(id, c->nodes[mid].record->id);
		if (order == 0)
			return &c->nodes[mid];
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

static enum err link_tree(struct arena *a, struct config *c)
{
	c->grids = arena_array(a, c->n_nodes, sizeof(*c->grids));
	for (size_t i = 0; i < c->n_nodes; i++) {
		struct org_node *node = &c->nodes[i];
		if (node->record->parent_id[0] == '\0') {
			c->root = node;
		} else {
			node->parent = find_node(c, node->record->parent_id);
			if (node->parent == NULL)
				return ERR_DATA_CORRUPT;
		}
		if (node->record->kind == NODE_KIND_GRID) {
			node->shape = geo_shape_decode(a, node->record->polygons, node->record->n_polygons);
			c->grids[c->n_grids++] = node;
		}
	}
	for (size_t i = 0; i < c->n_nodes; i++) {
		for (const struct org_node *up = c->nodes[i].parent; up != NULL; up = up->parent) {
			if (++c->nodes[i].depth > c->n_nodes)
				return ERR_DATA_CORRUPT; /* a loop */
		}
	}
	return c->root == NULL ? ERR_DATA_CORRUPT : OK;
}

enum err config_build(struct arena *a, const struct config_parts *parts, struct config **out)
{
	struct config *c = ARENA_NEW(a, struct config);
	c->version = parts->version;
	c->tenant = parts->tenant;
	c->edition = parts->tenant == NULL ? 0 : parts->tenant->edition;
	c->edition_from = parts->tenant == NULL ? 0 : parts->tenant->edition_from;
	c->policy = parts->policy != NULL && parts->policy->policy != NULL ? parts->policy->policy : policy_default();
	c->policy_version = parts->policy == NULL || parts->policy->number == 0 ? 1 : parts->policy->number;
	c->events_from_ms = parts->policy == NULL ? 0 : parts->policy->events_from_ms;
	c->n_nodes = parts->n_nodes;
	c->nodes = arena_array(a, parts->n_nodes, sizeof(*c->nodes));
	for (size_t i = 0; i < parts->n_nodes; i++)
		c->nodes[i].record = parts->nodes[i];
	qsort(c->nodes, c->n_nodes, sizeof(*c->nodes), by_node_id);
	c->n_categories = parts->n_categories;
	c->categories = sorted_copy(a, parts->categories, parts->n_categories, sizeof(void *), by_category_id);
	c->n_keys = parts->n_keys;
	c->keys = sorted_copy(a, parts->keys, parts->n_keys, sizeof(void *), by_key_id);
	c->n_issuers = parts->n_issuers;
	c->issuers = sorted_copy(a, parts->issuers, parts->n_issuers, sizeof(void *), by_issuer_id);
	c->token_keys = parts->token_keys;
	c->token_revocations = parts->token_revocations;
	c->n_certs = parts->n_certs;
	c->certs = sorted_copy(a, parts->certs, parts->n_certs, sizeof(void *), by_cert_id);
	TRY(link_tree(a, c));
	*out = c;
	return OK;
}

const struct org_node *config_node(const struct config *c, const char *id)
{
	return find_node(c, id);
}

const struct org_node *config_node_by_code(const struct config *c, const char *code)
{
	for (size_t i = 0; i < c->n_nodes; i++) {
		if (strcmp(c->nodes[i].record->code, code) == 0)
			return &c->nodes[i];
	}
	return NULL;
}

const Category *config_category(const struct config *c, const char *id)
{
	for (size_t lo = 0, hi = c->n_categories; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(id, c->categories[mid]->id);
		if (order == 0)
			return c->categories[mid]->category;
		if (order < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const IssuerRecord *config_issuer(const struct config *c, struct slice name)
{
	for (size_t i = 0; i < c->n_issuers; i++) {
		if (slice_eq(slice_str(c->issuers[i]->name), name))
			return c->issuers[i];
	}
	return NULL;
}

const ClientCertRecord *config_client_cert(const struct config *c, struct slice name)
{
	for (size_t i = 0; i < c->n_certs; i++) {
		if (slice_eq(slice_str(c->certs[i]->name), name))
			return c->certs[i];
	}
	return NULL;
}

const ApiKeyRecord *config_key(const struct config *c, const char *id)
{
	for (size_t i = 0; i < c->n_keys; i++) {
		if (strcmp(c->keys[i]->id, id) == 0)
			return c->keys[i];
	}
	return NULL;
}

bool config_under(const struct config *c, const char *node_id, const char *ancestor_id)
{
	if (ancestor_id[0] == '\0')
		return true;
	for (const struct org_node *node = find_node(c, node_id); node != NULL; node = node->parent) {
		if (strcmp(node->record->id, ancestor_id) == 0)
			return true;
	}
	return false;
}

const struct org_node *config_above(const struct config *c, const char *node_id, NodeKind kind)
{
	const struct org_node *node = find_node(c, node_id);
	while (node != NULL && node->record->kind != kind)
		node = node->parent;
	return node;
}

int64_t config_events_from_ms(const struct config *c, int64_t now_ms)
{
	int64_t kept_ms = now_ms - policy_events_keep_ms(c->policy);
	return kept_ms > c->events_from_ms ? kept_ms : c->events_from_ms;
}

const struct org_node *config_locate(const struct config *c, struct geo_point point)
{
	for (size_t i = 0; i < c->n_grids; i++) {
		if (geo_contains(&c->grids[i]->shape, point))
			return c->grids[i];
	}
	return NULL;
}
