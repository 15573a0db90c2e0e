/* A call brings all that its many parts need with a few round trips, for it has only LIMIT_TXN_ROUNDS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/limits.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2, MANY = 40, FEW_LOADS = 6 };

struct stage {
	struct world *w;
	struct town town;
	char *resident;
};

#define REQUEST(Type, name) Type *name = PB_NEW(world_arena(s->w), Type)

static Policy *policy_of(struct stage *s)
{
	REQUEST(GetPolicyRequest, get);
	return ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
}

static void put_policy(struct stage *s, Policy *policy)
{
	REQUEST(PutPolicyRequest, put);
	put->policy = policy;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static struct stage stage_new(bool manual)
{
	struct stage here = {.w = world_new(&(struct world_options){.seed = 3})}, *s = &here;
	s->town = world_town(s->w, SIDE);
	Policy *policy = policy_of(s);
	policy->manual_dispatch = manual;
	put_policy(s, policy);
	s->resident = world_resident(s->w);
	return here;
}

static char *order_new(struct stage *s, const char *category)
{
	return world_order(s->w, s->resident, category, world_point(s->w, 0, 0, 0, SIDE));
}

static char *member_new(struct stage *s, int east_m)
{
	return world_member(s->w, world_point(s->w, 0, east_m, 30, SIDE), NULL);
}

/* Orders in as many hands. */
static void many_holders(struct stage *s, char *orders[MANY])
{
	for (int i = 0; i < MANY; i++) {
		REQUEST(AssignOrderRequest, rq);
		orders[i] = rq->order_id = order_new(s, s->town.plain_category);
		rq->member_id = member_new(s, i);
		rq->accepted = true;
		rq->reason = (char *)"by hand";
		must(world_call(s->w, AS_ADMIN, "DeskService/AssignOrder", rq));
	}
}

static void undo(struct stage *s, char *const *ids, size_t n)
{
	REQUEST(UndoCommandsRequest, rq);
	for (size_t i = 0; i < n; i++) {
		REQUEST(UndoItem, item);
		item->order_id = ids[i];
		arena_append(world_arena(s->w), (void ***)&rq->items, &rq->n_items, item);
	}
	UndoCommandsResponse *rsp = must(world_call(s->w, AS_ADMIN, "DeskService/UndoCommands", rq));
	assert_int_equal(rsp->n_results, n);
	for (size_t i = 0; i < n; i++)
		assert_null(rsp->results[i]->error);
}

static void rows_assigned(void **state)
{
	struct stage here = stage_new(true), *s = &here;
	char *orders[MANY], *next[] = {member_new(s, 0), member_new(s, 1)};
	(void)state;
	many_holders(s, orders);
	REQUEST(BulkAssignRequest, bulk);
	for (int i = 0; i < MANY; i++) {
		REQUEST(BulkAssignItem, to);
		to->order_id = orders[i];
		to->member_id = next[i % 2];
		arena_append(world_arena(s->w), (void ***)&bulk->items, &bulk->n_items, to);
	}
	BulkAssignResponse *done = must(world_call(s->w, AS_ADMIN, "DeskService/BulkAssign", bulk));
	for (int i = 0; i < MANY; i++)
		assert_null(done->results[i]->error);
	undo(s, orders, MANY);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(world_get_order(s->w, orders[i])->state, ORDER_STATE_ACCEPTED);
	world_free(s->w);
}

static void merged(void **state)
{
	struct stage here = stage_new(true), *s = &here;
	char *orders[MANY], *kept = order_new(s, s->town.plain_category);
	(void)state;
	many_holders(s, orders);
	REQUEST(MergeOrdersRequest, rq);
	rq->order_id = kept;
	rq->reason = (char *)"the same";
	rq->n_duplicate_ids = MANY;
	rq->duplicate_ids = orders;
	must(world_call(s->w, AS_ADMIN, "DeskService/MergeOrders", rq));
	assert_string_equal(world_get_order(s->w, orders[MANY - 1])->merged_into, kept);
	undo(s, &kept, 1);
	assert_int_equal(world_get_order(s->w, orders[MANY - 1])->state, ORDER_STATE_ACCEPTED);
	world_free(s->w);
}

/* Dispatched anew to as many as may be asked at once, and taken back. */
static void asked(void **state)
{
	struct stage here = stage_new(true), *s = &here;
	char *order = order_new(s, s->town.plain_category);
	(void)state;
	Policy *policy = policy_of(s);
	policy->routine->fanout = LIMIT_FANOUT;
	put_policy(s, policy);
	for (int i = 0; i < LIMIT_FANOUT; i++)
		member_new(s, i);
	REQUEST(RedispatchOrderRequest, rq);
	rq->order_id = order;
	must(world_call(s->w, AS_ADMIN, "DeskService/RedispatchOrder", rq));
	assert_int_equal(world_get_order(s->w, order)->n_offers, LIMIT_FANOUT);
	undo(s, &order, 1);
	assert_int_equal(world_get_order(s->w, order)->state, ORDER_STATE_PLACED);
	world_free(s->w);
}

/* In an emergency all grid workers of the grid hear of it. */
static void grid_workers(void **state)
{
	struct stage here = stage_new(false), *s = &here;
	(void)state;
	Policy *policy = policy_of(s);
	policy->emergency->fanout = 1;
	put_policy(s, policy);
	for (int i = 0; i < LIMIT_FANOUT; i++) {
		REQUEST(CreateMemberRequest, rq);
		rq->member = PB_NEW(world_arena(s->w), Member);
		rq->member->home = (GeoPoint *)(uintptr_t)world_point(s->w, 0, i, 0, SIDE);
		rq->member->name = (char *)"Member Canary";
		rq->member->phone = (char *)"13800000000";
		rq->member->kind = MEMBER_KIND_GRID_WORKER;
		must(world_call(s->w, AS_ADMIN, "MemberService/CreateMember", rq));
	}
	char *order = order_new(s, s->town.danger_category);
	world_advance(s->w, 1000);
	assert_int_equal(world_get_order(s->w, order)->n_offers, LIMIT_FANOUT);
	world_free(s->w);
}

/* A board of some urgencies is an interval for each of them in each state. */
static void board(void **state)
{
	static Urgency urgencies[] = {URGENCY_DANGER, URGENCY_NORMAL};
	struct stage here = stage_new(true), *s = &here;
	(void)state;
	for (int i = 0; i < 3; i++) {
		order_new(s, s->town.plain_category);
		order_new(s, s->town.urgent_category);
	}
	REQUEST(ListBoardRequest, rq);
	rq->urgencies = urgencies;
	rq->n_urgencies = 2;
	uint64_t loads = exec_stats(world_exec(s->w))->loads;
	ListBoardResponse *rsp = must(world_call(s->w, AS_ADMIN, "DeskService/ListBoard", rq));
	assert_int_equal(rsp->n_orders, 3);
	assert_in_range(exec_stats(world_exec(s->w))->loads - loads, 1, FEW_LOADS);
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_assigned), cmocka_unit_test(merged), cmocka_unit_test(asked),
	    cmocka_unit_test(grid_workers),  cmocka_unit_test(board),
	};
	return cmocka_run_group_tests_name("rounds", tests, NULL, NULL);
}
