#include <stdio.h>

#include "base/limits.h"
#include "domain/policy.h"
#include "service/api_key.h"
#include "service/audit.h"
#include "service/operators.h"
#include "service/reply.h"
#include "service/services.h"

/* --- tenants --- */

/* A person, who sets their password by an invite, or whoever gets the key. */
static enum err first_administrator(struct txn *t, const char *name, const char *root_id, CreateTenantResponse *rsp)
{
	struct account account;
	ApiKeyRecord *key;
	if (name[0] != '\0') {
		TRY(account_new(t, name, "", "admin_name", &account));
		account_assign(t, &account, ROLE_ADMIN, root_id);
		TRY(account_invite(t, &account, &rsp->admin_invite));
		account_put(t, &account);
		return OK;
	}
	TRY(api_key_new(t, &key, &rsp->admin_key));
	key->role = ROLE_ADMIN;
	key->label = (char *)"first administrator";
	txn_put(t, KIND_API_KEY, key);
	return OK;
}

HANDLER(create_tenant, CreateTenant)
{
	struct scene *s = txn_scene(t);
	TenantRecord *tenant;
	NodeRecord *root = ARENA_NEW(s->arena, NodeRecord);
	NodeRecord_init(root);
	if (strcmp(req->tenant_id, txn_tenant(t)) != 0)
		return fault_set(s->fault, ERR_FIELD_INVALID, "tenant_id", "lower-case letters, digits and '-'");
	TRY(TXN_FIND(t, TENANT, req->tenant_id, &tenant));
	if (tenant != NULL)
		return fault_set(s->fault, ERR_ALREADY_EXISTS, "tenant_id", "%s", req->tenant_id);
	TRY(txn_new_id(t, KIND_NODE, &root->id));
	root->kind = req->root_kind == NODE_KIND_UNSPECIFIED ? NODE_KIND_STREET : req->root_kind;
	root->name = req->name;
	txn_put(t, KIND_NODE, root);
	tenant = ARENA_NEW(s->arena, TenantRecord);
	TenantRecord_init(tenant);
	tenant->id = req->tenant_id;
	tenant->name = req->name;
	tenant->root_node_id = root->id;
	tenant->created_ms = s->now_ms;
	txn_put(t, KIND_TENANT, tenant);
	TRY(first_administrator(t, req->admin_name, root->id, rsp));
	struct org_node view = {.record = root};
	rsp->root = view_node(s, &view, false);
	txn_subject(t, root->id);
	return OK;
}

static enum err again_tenant(struct txn *t, const char *subject_id, void *response)
{
	NodeRecord *root;
	TRY(TXN_GET(t, NODE, subject_id, &root));
	struct org_node view = {.record = root};
	((CreateTenantResponse *)response)->root = view_node(txn_scene(t), &view, false);
	return OK;
}

/* --- the org tree --- */

/* made: by this request. */
static enum err check_room(struct txn *t, size_t made, const char *at)
{
	struct scene *s = txn_scene(t);
	if (s->config->n_nodes + made >= LIMIT_ORG_NODES)
		return fault_set(s->fault, ERR_TENANT_FULL, at, "%d nodes", LIMIT_ORG_NODES);
	return OK;
}

static enum err read_polygons(struct txn *t, const Node *node, const char *at, NodeRecord *record)
{
	struct scene *s = txn_scene(t);
	record->n_polygons = 0;
	for (size_t i = 0; i < node->n_polygons; i++) {
		PolygonRecord *polygon;
		TRY(geo_polygon_read(s, node->polygons[i], arena_printf(s->arena, "%s.polygons[%zu]", at, i),
				     &polygon));
		arena_append(s->arena, (void ***)&record->polygons, &record->n_polygons, polygon);
	}
	return OK;
}

static enum err new_node(struct txn *t, const Node *node, NodeKind kind, const char *parent_id, const char *at,
			 NodeRecord **out)
{
	NodeRecord *record = ARENA_NEW(txn_arena(t), NodeRecord);
	NodeRecord_init(record);
	TRY(txn_new_id(t, KIND_NODE, &record->id));
	record->kind = kind;
	record->parent_id = (char *)parent_id;
	record->name = node->name;
	record->code = node->code;
	record->phone = node->phone;
	TRY(read_polygons(t, node, at, record));
	*out = record;
	return OK;
}

/* The node as it will be once committed. */
static Node *view_new(struct txn *t, const NodeRecord *record)
{
	struct org_node node = {.record = record};
	Node *view = view_node(txn_scene(t), &node, false);
	view->etag = txn_etag(t, KIND_NODE, record->id);
	return view;
}

HANDLER(create_node, CreateNode)
{
	struct scene *s = txn_scene(t);
	NodeRecord *record;
	const Node *node = req->node;
	TRY(check_room(t, 0, "node"));
	const char *parent_id = node->parent_id[0] != '\0' ? node->parent_id : s->config->root->record->id;
	TRY(authz_node(s, parent_id, "node.parent_id"));
	const struct org_node *parent = config_node(s->config, parent_id);
	if (node->kind <= parent->record->kind)
		return fault_set(s->fault, ERR_FIELD_INVALID, "node.kind", "must be a lower unit than its parent");
	if (node->kind == NODE_KIND_GRID && node->n_polygons == 0)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "node.polygons", "a grid needs its outline");
	if (node->code[0] != '\0' && config_node_by_code(s->config, node->code) != NULL)
		return fault_set(s->fault, ERR_ALREADY_EXISTS, "node.code", "%s", node->code);
	TRY(new_node(t, node, node->kind, parent->record->id, "node", &record));
	txn_put(t, KIND_NODE, record);
	txn_subject(t, record->id);
	rsp->node = view_new(t, record);
	return OK;
}

static enum err change_node(struct txn *t, const char *path, const Node *node, NodeRecord *record)
{
	struct scene *s = txn_scene(t);
	if (strcmp(path, "name") == 0) {
		if (node->name[0] == '\0')
			return fault_set(s->fault, ERR_FIELD_REQUIRED, "node.name", "a unit has a name");
		record->name = node->name;
	} else if (strcmp(path, "code") == 0) {
		const struct org_node *known =
		    node->code[0] != '\0' ? config_node_by_code(s->config, node->code) : NULL;
		if (known != NULL && strcmp(known->record->id, record->id) != 0)
			return fault_set(s->fault, ERR_ALREADY_EXISTS, "node.code", "%s", node->code);
		record->code = node->code;
	} else if (strcmp(path, "phone") == 0) {
		record->phone = node->phone;
	}
	return OK;
}

/* The tenant is called what its root is. */
static enum err rename_tenant(struct txn *t, const NodeRecord *root)
{
	TenantRecord *tenant;
	TRY(TXN_GET(t, TENANT, txn_tenant(t), &tenant));
	tenant->name = root->name;
	txn_put(t, KIND_TENANT, tenant);
	return OK;
}

HANDLER(update_node, UpdateNode)
{
	struct scene *s = txn_scene(t);
	NodeRecord *record;
	TRY(authz_node(s, req->node->id, "node.id"));
	TRY(TXN_GET(t, NODE, req->node->id, &record));
	TRY(txn_check_etag(t, KIND_NODE, record->id, req->node->etag));
	for (size_t i = 0; i < req->update_mask->n_paths; i++)
		TRY(change_node(t, req->update_mask->paths[i], req->node, record));
	txn_put(t, KIND_NODE, record);
	if (record->parent_id[0] == '\0')
		TRY(rename_tenant(t, record));
	audit_note(t, (struct audit_note){AUDIT_KIND_UNIT_CHANGED, record->id, NULL, record->name});
	txn_subject(t, record->id);
	rsp->node = view_new(t, record);
	return OK;
}

static enum err again_node(struct txn *t, const char *subject_id, void *response)
{
	NodeRecord *record;
	TRY(TXN_GET(t, NODE, subject_id, &record));
	((CreateNodeResponse *)response)->node = view_new(t, record);
	return OK;
}

HANDLER(get_node, GetNode)
{
	struct scene *s = txn_scene(t);
	NodeRecord *record;
	TRY(authz_node(s, req->node_id, "node_id"));
	TRY(TXN_PEEK(t, NODE, req->node_id, &record));
	rsp->node = view_node(s, config_node(s->config, req->node_id), true);
	rsp->node->etag = txn_etag(t, KIND_NODE, req->node_id);
	return OK;
}

static bool is_own_node(const struct actor *actor, const char *id)
{
	for (size_t i = 0; i < actor->n_node_ids; i++) {
		if (strcmp(actor->node_ids[i], id) == 0)
			return true;
	}
	return false;
}

HANDLER(list_nodes, ListNodes)
{
	struct scene *s = txn_scene(t);
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	const char *parent_id = req->parent_id[0] != '\0' ? req->parent_id : authz_home_node(s);
	/* Who has several nodes and names none is shown those. */
	bool own = req->parent_id[0] == '\0' && s->actor->n_node_ids > 1;
	if (!own)
		TRY(authz_node(s, parent_id, "parent_id"));
	rsp->nodes = arena_array(s->arena, page.size, sizeof(*rsp->nodes));
	for (size_t i = 0; i < s->config->n_nodes; i++) {
		const struct org_node *node = &s->config->nodes[i];
		bool wanted =
		    own ? is_own_node(s->actor, node->record->id) : strcmp(node->record->parent_id, parent_id) == 0;
		if (wanted && page_takes(t, &page, node->record->id, &rsp->next_page_token))
			rsp->nodes[rsp->n_nodes++] = view_node(s, node, req->with_polygons);
	}
	return OK;
}

static enum err import_grid(struct txn *t, const Node *grid, const char *parent_id, const char *at,
			    ImportGridsResponse *rsp)
{
	struct scene *s = txn_scene(t);
	NodeRecord *record;
	const struct org_node *known = config_node_by_code(s->config, grid->code);
	if (known == NULL) {
		TRY(check_room(t, rsp->created, at));
		TRY(new_node(t, grid, NODE_KIND_GRID, parent_id, at, &record));
		rsp->created++;
	} else if (known->record->kind != NODE_KIND_GRID) {
		return fault_set(s->fault, ERR_ALREADY_EXISTS, arena_printf(s->arena, "%s.code", at),
				 "is the code of another unit");
	} else {
		TRY(TXN_GET(t, NODE, known->record->id, &record));
		record->name = grid->name[0] != '\0' ? grid->name : record->name;
		record->phone = grid->phone[0] != '\0' ? grid->phone : record->phone;
		record->parent_id = (char *)parent_id;
		TRY(read_polygons(t, grid, at, record));
		rsp->replaced++;
	}
	txn_put(t, KIND_NODE, record);
	rsp->grids[rsp->n_grids++] = view_new(t, record);
	return OK;
}

HANDLER(import_grids, ImportGrids)
{
	struct scene *s = txn_scene(t);
	const char *parent_id = req->parent_id[0] != '\0' ? req->parent_id : s->config->root->record->id;
	TRY(authz_node(s, parent_id, "parent_id"));
	if (config_node(s->config, parent_id)->record->kind == NODE_KIND_GRID)
		return fault_set(s->fault, ERR_FIELD_INVALID, "parent_id", "a grid has no grids");
	rsp->grids = arena_array(s->arena, req->n_grids, sizeof(*rsp->grids));
	for (size_t i = 0; i < req->n_grids; i++) {
		const char *at = arena_printf(s->arena, "grids[%zu]", i);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(req->grids[k]->code, req->grids[i]->code) == 0)
				return fault_set(s->fault, ERR_ALREADY_EXISTS, arena_printf(s->arena, "%s.code", at),
						 "twice in this request");
		}
		TRY(import_grid(t, req->grids[i], parent_id, at, rsp));
	}
	audit_note(t, (struct audit_note){AUDIT_KIND_GRIDS_IMPORTED, parent_id, NULL, NULL});
	txn_subject(t, arena_printf(s->arena, "%u,%u", rsp->created, rsp->replaced));
	return OK;
}

/* By now all of them are known; how many were new stands in the claim. */
static enum err again_grids(struct txn *t, const char *counts, void *response)
{
	ImportGridsResponse *rsp = response;
	TRY(import_grids(t, txn_request(t), rsp));
	if (sscanf(counts, "%u,%u", &rsp->created, &rsp->replaced) != 2)
		return ERR_DATA_CORRUPT;
	return OK;
}

HANDLER(locate_point, LocatePoint)
{
	struct scene *s = txn_scene(t);
	struct geo_point point;
	TRY(geo_point_read(s, req->point, "point", &point));
	const struct org_node *grid = config_locate(s->config, point);
	if (grid == NULL)
		return fault_set(s->fault, ERR_OUTSIDE_GRIDS, "point", "in no grid");
	rsp->grid = view_node(s, grid, false);
	return OK;
}

const struct method org_methods[] = {
    METHOD(OrgService, CreateTenant, create_tenant, .again = again_tenant),
    METHOD(OrgService, CreateNode, create_node, .again = again_node),
    METHOD(OrgService, UpdateNode, update_node, .again = again_node),
    METHOD(OrgService, GetNode, get_node, .again = NULL),
    METHOD(OrgService, ListNodes, list_nodes, .again = NULL),
    METHOD(OrgService, ImportGrids, import_grids, .again = again_grids),
    METHOD(OrgService, LocatePoint, locate_point, .again = NULL),
};
const size_t org_methods_n = sizeof(org_methods) / sizeof(org_methods[0]);
