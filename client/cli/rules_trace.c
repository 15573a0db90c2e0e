#include "rules_trace.h"

#include <string.h>

#include "pb/json_read.h"

enum { PAGE = 200 };

struct reader {
	struct cli *cli;
	struct arena *arena;
};

/* One call; the request is given away. A newer server may say more than we know. */
static int ask(struct reader *r, const char *method, json_t *request_take, const ProtobufCMessageDescriptor *reply,
	       void **out)
{
	static const struct json_opts opts = {.ignore_unknown = true};
	struct fault fault = {.err = OK};
	char *text;
	int status = cli_call(r->cli, method, request_take, &text);
	if (status != STATUS_OK)
		return status;
	enum err err = json_decode(r->arena, reply, slice_str(text), &opts, &fault, (ProtobufCMessage **)out);
	paidan_free(text);
	if (err != OK)
		return cli_fail(r->cli, STATUS_ERROR, "无法读取 %s 的答复：%s", "can't read the reply of %s: %s",
				method, fault.detail);
	return STATUS_OK;
}

#define ASK(r, method, request, type, out) ask((r), (method), (request), &type##_desc, (void **)(type **){(out)})

static json_t *page_request(const char *token)
{
	return json_pack("{s:i, s:s}", "pageSize", PAGE, "pageToken", token);
}

static int read_members(struct reader *r, struct trial_trace *trace)
{
	const char *token = "";
	do {
		ListMembersResponse *page;
		int status = ASK(r, "MemberService/ListMembers", page_request(token), ListMembersResponse, &page);
		if (status != STATUS_OK)
			return status;
		for (size_t i = 0; i < page->n_members; i++)
			arena_append(r->arena, (void ***)&trace->members, &trace->n_members, page->members[i]);
		token = page->next_page_token;
	} while (token[0] != '\0');
	return STATUS_OK;
}

static int read_categories(struct reader *r, struct trial_trace *trace)
{
	const char *token = "";
	do {
		ListCategoriesResponse *page;
		int status = ASK(r, "OrgService/ListCategories", page_request(token), ListCategoriesResponse, &page);
		if (status != STATUS_OK)
			return status;
		for (size_t i = 0; i < page->n_categories; i++)
			arena_append(r->arena, (void ***)&trace->categories, &trace->n_categories, page->categories[i]);
		token = page->next_page_token;
	} while (token[0] != '\0');
	return STATUS_OK;
}

static int read_orders(struct reader *r, int64_t from_ms, struct trial_trace *trace)
{
	const char *token = "";
	do {
		ListTraceResponse *page;
		json_t *request = page_request(token);
		json_object_set_new(request, "fromMs", json_integer(from_ms));
		int status = ASK(r, "DeskService/ListTrace", request, ListTraceResponse, &page);
		if (status != STATUS_OK)
			return status;
		for (size_t i = 0; i < page->n_orders; i++)
			arena_append(r->arena, (void ***)&trace->orders, &trace->n_orders, page->orders[i]);
		token = page->next_page_token;
	} while (token[0] != '\0');
	return STATUS_OK;
}

/* The units below one; parent "" is the root, which the first of them names. */
static int read_children(struct reader *r, const char *parent_id, struct trial_trace *trace)
{
	const char *token = "";
	do {
		ListNodesResponse *page;
		json_t *request = page_request(token);
		json_object_set_new(request, "parentId", json_string(parent_id));
		json_object_set_new(request, "withPolygons", json_true());
		int status = ASK(r, "OrgService/ListNodes", request, ListNodesResponse, &page);
		if (status != STATUS_OK)
			return status;
		for (size_t i = 0; i < page->n_nodes; i++)
			arena_append(r->arena, (void ***)&trace->nodes, &trace->n_nodes, page->nodes[i]);
		token = page->next_page_token;
	} while (token[0] != '\0');
	return STATUS_OK;
}

static int read_nodes(struct reader *r, struct trial_trace *trace)
{
	GetNodeResponse *root;
	int status = read_children(r, "", trace);
	if (status != STATUS_OK || trace->n_nodes == 0)
		return status;
	status = ASK(r, "OrgService/GetNode", json_pack("{s:s}", "nodeId", trace->nodes[0]->parent_id), GetNodeResponse,
		     &root);
	/* The list grows while it is gone through. */
	for (size_t i = 0; i < trace->n_nodes && status == STATUS_OK; i++) {
		if (trace->nodes[i]->kind != NODE_KIND_GRID)
			status = read_children(r, trace->nodes[i]->id, trace);
	}
	if (status == STATUS_OK)
		arena_append(r->arena, (void ***)&trace->nodes, &trace->n_nodes, root->node);
	return status;
}

int trace_read(struct cli *cli, struct arena *a, int64_t from_ms, struct trial_trace *trace)
{
	struct reader r = {cli, a};
	*trace = (struct trial_trace){.n_nodes = 0};
	int status = read_orders(&r, from_ms, trace);
	if (status == STATUS_OK)
		status = read_nodes(&r, trace);
	if (status == STATUS_OK)
		status = read_categories(&r, trace);
	return status == STATUS_OK ? read_members(&r, trace) : status;
}
