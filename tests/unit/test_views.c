/* Views of the desk: one's own, and those shared with a unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };

struct stage {
	struct world *w;
	struct town town;
	struct who chief, one, two; /* of the tenant; of the first grid, and of the second */
};

#define REQUEST(Type, name) Type *name = PB_NEW(world_arena(s->w), Type)

static struct who desk_of(struct stage *s, const char *node_id)
{
	REQUEST(CreateApiKeyRequest, rq);
	rq->role = ROLE_OPERATOR;
	rq->node_id = (char *)(uintptr_t)node_id;
	return WITH_KEY(((CreateApiKeyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/CreateApiKey", rq)))->key);
}

static struct stage stage_new(void)
{
	struct stage here = {.w = world_new(&(struct world_options){.seed = 4, .no_jobs = true})}, *s = &here;
	s->town = world_town(s->w, SIDE);
	s->chief = desk_of(s, "");
	s->one = desk_of(s, s->town.grid_ids[0]);
	s->two = desk_of(s, s->town.grid_ids[1]);
	return here;
}

static struct world_reply save(struct stage *s, struct who who, const char *id, const char *name, const char *shared)
{
	REQUEST(SaveViewRequest, rq);
	rq->view = PB_NEW(world_arena(s->w), DeskView);
	rq->view->id = (char *)(uintptr_t)id;
	rq->view->name = (char *)(uintptr_t)name;
	rq->view->queue = (char *)"late";
	rq->view->shared_node_id = (char *)(uintptr_t)shared;
	return world_call(s->w, who, "DeskService/SaveView", rq);
}

static char *saved(struct stage *s, struct who who, const char *name, const char *shared)
{
	return ((SaveViewResponse *)must(save(s, who, "", name, shared)))->view->id;
}

/* Their names, one behind the other. */
static char *names_of(struct stage *s, struct who who)
{
	REQUEST(ListViewsRequest, rq);
	char *names = (char *)"";
	rq->page_size = 2;
	do {
		ListViewsResponse *page = must(world_call(s->w, who, "DeskService/ListViews", rq));
		for (size_t i = 0; i < page->n_views; i++)
			names = arena_printf(world_arena(s->w), "%s%s", names, page->views[i]->name);
		rq->page_token = page->next_page_token;
	} while (rq->page_token[0] != '\0');
	return names;
}

static void own_and_shared(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	saved(s, s->chief, "a", "");
	world_advance(s->w, 1000);
	saved(s, s->chief, "b", s->town.community_id);
	world_advance(s->w, 1000);
	saved(s, s->one, "c", s->town.grid_ids[0]);
	world_advance(s->w, 1000);
	saved(s, s->two, "d", "");
	assert_string_equal(names_of(s, s->chief), "ab");
	assert_string_equal(names_of(s, s->one), "bc");
	assert_string_equal(names_of(s, s->two), "bd");
	assert_int_equal(save(s, s->one, "", "e", s->town.grid_ids[1]).err, ERR_NOT_FOUND);
	world_free(s->w);
}

static void changed_by_whom(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	char *own = saved(s, s->one, "a", ""), *shared = saved(s, s->chief, "b", s->town.grid_ids[0]);
	assert_int_equal(save(s, s->two, own, "x", "").err, ERR_NOT_FOUND);
	assert_int_equal(save(s, s->one, shared, "x", "").err, ERR_NOT_FOUND); /* seen, and somebody else's */
	assert_int_equal(save(s, AS_ADMIN, own, "x", "").err, ERR_NOT_FOUND);
	SaveViewResponse *rsp = must(save(s, AS_ADMIN, shared, "c", s->town.grid_ids[0]));
	assert_string_equal(rsp->view->etag, "2");
	must(save(s, s->chief, shared, "d", "")); /* not shared any more */
	assert_string_equal(names_of(s, s->one), "a");
	assert_string_equal(names_of(s, s->chief), "d");
	REQUEST(DeleteViewRequest, rq);
	rq->view_id = own;
	assert_int_equal(world_call(s->w, s->chief, "DeskService/DeleteView", rq).err, ERR_NOT_FOUND);
	must(world_call(s->w, s->one, "DeskService/DeleteView", rq));
	assert_string_equal(names_of(s, s->one), "");
	world_free(s->w);
}

static void so_many(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	for (int i = 0; i < LIMIT_VIEWS; i++)
		saved(s, s->one, "a", s->town.grid_ids[0]);
	assert_int_equal(save(s, s->one, "", "a", "").err, ERR_VIEWS_FULL);
	assert_int_equal(save(s, s->chief, "", "a", s->town.grid_ids[0]).err, ERR_VIEWS_FULL);
	must(save(s, s->chief, "", "a", ""));
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(own_and_shared),
	    cmocka_unit_test(changed_by_whom),
	    cmocka_unit_test(so_many),
	};
	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
