/* Who looks at an order: as long as they say so, and half a minute. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };

struct place {
	struct world *w;
	char *order_id;
	struct who one, two;
};

static struct who desk(struct world *w)
{
	CreateApiKeyRequest *rq = PB_NEW(world_arena(w), CreateApiKeyRequest);
	rq->role = ROLE_OPERATOR;
	return WITH_KEY(((CreateApiKeyResponse *)must(world_call(w, AS_ADMIN, "OrgService/CreateApiKey", rq)))->key);
}

static struct place open_place(void)
{
	struct place p = {.w = world_new(&(struct world_options){.seed = 5, .no_jobs = true})};
	struct town town = world_town(p.w, SIDE);
	p.order_id = world_order(p.w, world_resident(p.w), town.plain_category, world_point(p.w, 0, 0, 0, SIDE));
	p.one = desk(p.w);
	p.two = desk(p.w);
	return p;
}

static const TouchOrderResponse *touch(struct place *p, struct who who, bool editing, bool leaving)
{
	TouchOrderRequest *rq = PB_NEW(world_arena(p->w), TouchOrderRequest);
	rq->order_id = p->order_id;
	rq->editing = editing;
	rq->leaving = leaving;
	return must(world_call(p->w, who, "DeskService/TouchOrder", rq));
}

static size_t seen(struct place *p, struct who who)
{
	ListViewersRequest *rq = PB_NEW(world_arena(p->w), ListViewersRequest);
	const ListViewersResponse *rsp = must(world_call(p->w, who, "DeskService/ListViewers", rq));
	return rsp->n_orders;
}

static void come_and_go(void **state)
{
	struct place p = open_place();
	(void)state;
	assert_int_equal(touch(&p, p.one, false, false)->n_others, 0);
	assert_int_equal(seen(&p, p.one), 0); /* not oneself */
	assert_int_equal(seen(&p, p.two), 1);
	const TouchOrderResponse *rsp = touch(&p, p.two, true, false);
	assert_int_equal(rsp->n_others, 1);
	assert_false(rsp->others[0]->editing);
	rsp = touch(&p, p.one, false, false);
	assert_int_equal(rsp->n_others, 1);
	assert_true(rsp->others[0]->editing);
	/* One who says nothing more is forgotten. */
	world_advance(p.w, LIMIT_PRESENCE_MS / 2);
	touch(&p, p.one, false, false);
	world_advance(p.w, LIMIT_PRESENCE_MS / 2);
	assert_int_equal(touch(&p, p.one, false, false)->n_others, 0);
	assert_int_equal(seen(&p, p.two), 1);
	touch(&p, p.one, false, true);
	assert_int_equal(seen(&p, p.two), 0);
	world_free(p.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(come_and_go)};
	return cmocka_run_group_tests_name("presence", tests, NULL, NULL);
}
