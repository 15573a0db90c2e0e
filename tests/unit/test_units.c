/* Units of the org tree are given other names: the tenant's with its root, codes stay unique, nobody overwrites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };

struct stage {
	struct world *w;
	struct town town;
};

#define REQUEST(Type, name) Type *name = PB_NEW(world_arena(s->w), Type)

static struct stage stage_new(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 3, .cache_bytes = 1 << 20})};
	s.town = world_town(s.w, SIDE);
	return s;
}

static const Node *unit(struct stage *s, char *id)
{
	REQUEST(GetNodeRequest, rq);
	rq->node_id = id;
	return ((GetNodeResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetNode", rq)))->node;
}

/* path: the one field that changes, to value. */
static struct world_reply change(struct stage *s, const Node *was, const char *path, char *value,
				 const char *request_id)
{
	REQUEST(UpdateNodeRequest, rq);
	REQUEST(Node, node);
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *paths[] = {(char *)path};
	node->id = was->id;
	node->etag = was->etag;
	*(strcmp(path, "name") == 0 ? &node->name : strcmp(path, "code") == 0 ? &node->code : &node->phone) = value;
	mask.paths = paths;
	mask.n_paths = 1;
	rq->request_id = (char *)request_id;
	rq->node = node;
	rq->update_mask = &mask;
	return world_call(s->w, AS_ADMIN, "OrgService/UpdateNode", rq);
}

static void what_is_named_changes(void **state)
{
	(void)state;
	struct stage here = stage_new(), *s = &here;
	const Node *was = unit(s, s->town.community_id);
	UpdateNodeResponse *rsp = must(change(s, was, "phone", (char *)"010-66660000", ""));
	assert_string_equal(rsp->node->name, was->name);
	assert_string_equal(rsp->node->phone, "010-66660000");
	const Node *is = unit(s, s->town.community_id);
	assert_string_equal(is->phone, "010-66660000");
	assert_string_equal(is->etag, rsp->node->etag);
	/* Outlines are not its concern. */
	const Node *grid = unit(s, s->town.grid_ids[0]);
	must(change(s, grid, "name", (char *)"another", ""));
	assert_int_equal(unit(s, s->town.grid_ids[0])->n_polygons, grid->n_polygons);
	world_free(s->w);
}

static void nobody_overwrites(void **state)
{
	(void)state;
	struct stage here = stage_new(), *s = &here;
	const Node *was = unit(s, s->town.community_id);
	must(change(s, was, "name", (char *)"one", "first"));
	assert_int_equal(change(s, was, "name", (char *)"two", "").err, ERR_ETAG_STALE);
	must(change(s, was, "name", (char *)"one", "first")); /* the same request again */
	assert_string_equal(unit(s, s->town.community_id)->name, "one");
	world_free(s->w);
}

static void codes_are_unique(void **state)
{
	(void)state;
	struct stage here = stage_new(), *s = &here;
	const Node *first = unit(s, s->town.grid_ids[0]), *second = unit(s, s->town.grid_ids[1]);
	assert_int_equal(change(s, first, "code", second->code, "").err, ERR_ALREADY_EXISTS);
	must(change(s, first, "code", first->code, ""));
	assert_int_equal(change(s, second, "name", (char *)"", "").err, ERR_FIELD_REQUIRED);
	world_free(s->w);
}

static void the_root_names_the_tenant(void **state)
{
	(void)state;
	struct stage here = stage_new(), *s = &here;
	const Node *root = unit(s, unit(s, s->town.community_id)->parent_id);
	must(change(s, root, "name", (char *)"the new street", ""));
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	REQUEST(GetFiguresRequest, figures);
	put->policy = ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->open = PB_NEW(world_arena(s->w), OpenRules);
	put->policy->open->published = true;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
	figures->tenant_id = (char *)WORLD_TENANT;
	GetFiguresResponse *rsp = must(world_call(s->w, AS_NOBODY, "OpenDataService/GetFigures", figures));
	assert_string_equal(rsp->name, "the new street");
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_named_changes),
	    cmocka_unit_test(nobody_overwrites),
	    cmocka_unit_test(codes_are_unique),
	    cmocka_unit_test(the_root_names_the_tenant),
	};
	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
