/* What a desk has just done is taken back: the order, its members' loads and their points are as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 2 };

struct stage {
	struct world *w;
	struct town town;
	char *m1, *m2, *resident, *order;
	struct who desk;
};

#define REQUEST(Type, name) Type *name = PB_NEW(world_arena(s->w), Type)

static char *operator_key(struct stage *s)
{
	REQUEST(CreateApiKeyRequest, rq);
	rq->role = ROLE_OPERATOR;
	return ((CreateApiKeyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/CreateApiKey", rq)))->key;
}

/* By hand, so that an order stands where it was put. */
static struct stage stage_new(void)
{
	struct stage here = {.w = world_new(&(struct world_options){.seed = 3})}, *s = &here;
	s->town = world_town(s->w, SIDE);
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->manual_dispatch = true;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
	s->m1 = world_member(s->w, world_point(s->w, 0, 10, 0, SIDE), NULL);
	s->m2 = world_member(s->w, world_point(s->w, 0, 20, 0, SIDE), "lift");
	s->resident = world_resident(s->w);
	s->order = world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 0, 0, SIDE));
	s->desk = WITH_KEY(operator_key(s));
	return here;
}

static char *json_of(struct stage *s, const void *message)
{
	struct buf b = {0};
	struct fault fault = {0};
	assert_int_equal(json_encode(message, NULL, world_arena(s->w), &fault, &b), OK);
	buf_byte(&b, '\0');
	char *text = arena_strdup(world_arena(s->w), (char *)b.ptr);
	buf_free(&b);
	return text;
}

/* All but what tells of the way there. */
static char *order_as_it_is(struct stage *s, const char *id)
{
	Order *order = (Order *)(uintptr_t)world_get_order(s->w, id);
	order->etag = (char *)"";
	order->n_timeline = order->n_held = 0;
	order->held_since_ms = 0;
	return json_of(s, order);
}

static char *member_as_is(struct stage *s, char *id)
{
	REQUEST(GetMemberRequest, rq);
	rq->member_id = id;
	Member *member = ((GetMemberResponse *)must(world_call(s->w, AS_ADMIN, "MemberService/GetMember", rq)))->member;
	member->rating = 0; /* that of nobody who was rated is told once they were asked */
	REQUEST(GetAccountRequest, account);
	account->member_id = id;
	GetAccountResponse *has = must(world_call(s->w, AS_ADMIN, "PointsService/GetAccount", account));
	return arena_printf(world_arena(s->w), "%s %s", json_of(s, member), json_of(s, has->account));
}

static const UndoResult *undo_as(struct stage *s, struct who who, char *id, uint32_t line)
{
	REQUEST(UndoCommandsRequest, rq);
	REQUEST(UndoItem, item);
	item->order_id = id;
	item->line = line;
	arena_append(world_arena(s->w), (void ***)&rq->items, &rq->n_items, item);
	UndoCommandsResponse *rsp = must(world_call(s->w, who, "DeskService/UndoCommands", rq));
	assert_int_equal(rsp->n_results, 1);
	assert_string_equal(rsp->results[0]->order_id, id);
	return rsp->results[0];
}

static void refused(const UndoResult *result, const char *reason)
{
	assert_non_null(result->error);
	assert_string_equal(result->error->reason, reason);
}

/* --- commands --- */

typedef void command_fn(struct stage *s, char *id);

static void assign_to(struct stage *s, char *id, char *member_id, bool accepted)
{
	REQUEST(AssignOrderRequest, rq);
	rq->order_id = id;
	rq->member_id = member_id;
	rq->accepted = accepted;
	rq->reason = (char *)"by hand";
	AssignOrderResponse *rsp = must(world_call(s->w, s->desk, "DeskService/AssignOrder", rq));
	assert_non_null(rsp->undo);
	assert_int_equal(rsp->undo->until_ms, world_now_ms(s->w) + LIMIT_UNDO_MS);
}

static void assign_m1(struct stage *s, char *id)
{
	assign_to(s, id, s->m1, false);
}

static void assign_m2(struct stage *s, char *id)
{
	assign_to(s, id, s->m2, false);
}

static void give_m2(struct stage *s, char *id)
{
	assign_to(s, id, s->m2, true);
}

static void accept_m1(struct stage *s, char *id)
{
	REQUEST(AcceptOfferRequest, rq);
	rq->order_id = id;
	must(world_call(s->w, AS_MEMBER(s->m1), "TaskService/AcceptOffer", rq));
}

static void start_m1(struct stage *s, char *id)
{
	REQUEST(StartTaskRequest, rq);
	rq->order_id = id;
	must(world_call(s->w, AS_MEMBER(s->m1), "TaskService/StartTask", rq));
}

static void hold(struct stage *s, char *id)
{
	REQUEST(HoldOrderRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"waits";
	rq->party_name = (char *)"the gas works";
	rq->until_ms = world_now_ms(s->w) + 3600000;
	must(world_call(s->w, s->desk, "DeskService/HoldOrder", rq));
}

static void resume(struct stage *s, char *id)
{
	REQUEST(ResumeOrderRequest, rq);
	rq->order_id = id;
	must(world_call(s->w, s->desk, "DeskService/ResumeOrder", rq));
}

static void reject(struct stage *s, char *id)
{
	REQUEST(RejectOrderRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"not ours";
	must(world_call(s->w, s->desk, "DeskService/RejectOrder", rq));
}

static void cancel(struct stage *s, char *id)
{
	REQUEST(CancelOrderRequest, rq);
	rq->order_id = id;
	must(world_call(s->w, s->desk, "OrderService/CancelOrder", rq));
}

static void complete(struct stage *s, char *id)
{
	REQUEST(CompleteOrderRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"done";
	must(world_call(s->w, s->desk, "DeskService/CompleteOrder", rq));
}

static void redispatch(struct stage *s, char *id)
{
	REQUEST(RedispatchOrderRequest, rq);
	rq->order_id = id;
	assert_non_null(
	    ((RedispatchOrderResponse *)must(world_call(s->w, s->desk, "DeskService/RedispatchOrder", rq)))->undo);
}

static void rework(struct stage *s, char *id)
{
	REQUEST(ReworkOrderRequest, rq);
	rq->order_id = id;
	assert_non_null(((ReworkOrderResponse *)must(world_call(s->w, s->desk, "DeskService/ReworkOrder", rq)))->undo);
}

static void note(struct stage *s, char *id)
{
	REQUEST(AddNoteRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"a word";
	must(world_call(s->w, s->desk, "OrderService/AddNote", rq));
}

static void as_it_was(void **state)
{
	/* What leads up to it, then what is taken back. */
	static command_fn *const rows[][4] = {
	    {assign_m1},
	    {give_m2},
	    {hold},
	    {reject},
	    {cancel},
	    {assign_m1, assign_m2},
	    {assign_m1, give_m2},
	    {assign_m1, hold},
	    {assign_m1, hold, resume},
	    {assign_m1, cancel},
	    {assign_m1, accept_m1, assign_m2},
	    {assign_m1, accept_m1, give_m2},
	    {assign_m1, accept_m1, hold},
	    {assign_m1, accept_m1, hold, resume},
	    {assign_m1, accept_m1, cancel},
	    {assign_m1, accept_m1, complete},
	    {redispatch},
	    {assign_m1, redispatch},
	    {assign_m1, accept_m1, complete, rework},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stage here = stage_new(), *s = &here;
		size_t last = 0;
		while (last + 1 < 4 && rows[i][last + 1] != NULL)
			last++;
		for (size_t k = 0; k < last; k++)
			rows[i][k](s, s->order);
		char *order = order_as_it_is(s, s->order);
		char *members[] = {member_as_is(s, s->m1), member_as_is(s, s->m2)};
		rows[i][last](s, s->order);
		note(s, s->order);
		assert_null(undo_as(s, s->desk, s->order, 0)->error);
		assert_string_equal(order_as_it_is(s, s->order), order);
		assert_string_equal(member_as_is(s, s->m1), members[0]);
		assert_string_equal(member_as_is(s, s->m2), members[1]);
		refused(undo_as(s, s->desk, s->order, 0), "UNDO_EXPIRED"); /* once */
		world_free(s->w);
	}
}

static void started_again(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	assign_m1(s, s->order);
	accept_m1(s, s->order);
	start_m1(s, s->order);
	give_m2(s, s->order);
	assert_null(undo_as(s, s->desk, s->order, 0)->error);
	const Order *order = world_get_order(s->w, s->order);
	assert_int_equal(order->state, ORDER_STATE_STARTED);
	assert_string_equal(order->slots[0]->member_id, s->m1);
	const TimelineEntry *line = order->timeline[order->n_timeline - 1];
	assert_int_equal(line->kind, EVENT_KIND_UNDONE);
	assert_int_equal(line->undone, EVENT_KIND_REASSIGNED);
	complete(s, s->order);
	world_free(s->w);
}

/* --- when it is refused --- */

static size_t offers_of(struct stage *s, char *member_id)
{
	REQUEST(ListOffersRequest, rq);
	return ((ListOffersResponse *)must(world_call(s->w, AS_MEMBER(member_id), "TaskService/ListOffers", rq)))
	    ->n_orders;
}

static void overtaken(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	assign_m1(s, s->order);
	assert_int_equal(offers_of(s, s->m1), 1);
	accept_m1(s, s->order);
	refused(undo_as(s, s->desk, s->order, 0), "UNDO_OVERTAKEN");
	assert_int_equal(world_get_order(s->w, s->order)->state, ORDER_STATE_ACCEPTED);
	world_free(s->w);
}

static void withdrawn(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	assign_m1(s, s->order);
	assert_null(undo_as(s, s->desk, s->order, 0)->error);
	assert_int_equal(offers_of(s, s->m1), 0);
	REQUEST(AcceptOfferRequest, rq);
	rq->order_id = s->order;
	assert_int_equal(world_call(s->w, AS_MEMBER(s->m1), "TaskService/AcceptOffer", rq).err, ERR_NOT_FOUND);
	world_free(s->w);
}

static void in_time_and_by_oneself(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	refused(undo_as(s, s->desk, s->order, 0), "UNDO_EXPIRED"); /* nothing was done */
	hold(s, s->order);
	uint32_t line = (uint32_t)world_get_order(s->w, s->order)->n_timeline;
	refused(undo_as(s, WITH_KEY(operator_key(s)), s->order, 0), "UNDO_EXPIRED");
	refused(undo_as(s, s->desk, s->order, line + 1), "UNDO_EXPIRED");
	world_advance(s->w, LIMIT_UNDO_MS - 1);
	assert_null(undo_as(s, s->desk, s->order, line)->error);
	hold(s, s->order);
	world_advance(s->w, LIMIT_UNDO_MS);
	refused(undo_as(s, s->desk, s->order, 0), "UNDO_EXPIRED");
	world_free(s->w);
}

/* --- many --- */

static void merged_ones_part(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	char *ids[2];
	REQUEST(MergeOrdersRequest, rq);
	for (size_t i = 0; i < 2; i++) {
		ids[i] = world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 0, 0, SIDE));
		arena_append(world_arena(s->w), (void ***)&rq->duplicate_ids, &rq->n_duplicate_ids, ids[i]);
	}
	assign_m1(s, ids[0]);
	accept_m1(s, ids[0]);
	char *before[] = {order_as_it_is(s, ids[0]), order_as_it_is(s, ids[1]), member_as_is(s, s->m1)};
	rq->order_id = s->order;
	assert_non_null(((MergeOrdersResponse *)must(world_call(s->w, s->desk, "DeskService/MergeOrders", rq)))->undo);
	note(s, s->order); /* the one that stays may go on */
	assert_null(undo_as(s, s->desk, s->order, 0)->error);
	assert_string_equal(order_as_it_is(s, ids[0]), before[0]);
	assert_string_equal(order_as_it_is(s, ids[1]), before[1]);
	assert_string_equal(member_as_is(s, s->m1), before[2]);
	assert_int_equal(world_get_order(s->w, s->order)->n_merged_from, 0);
	world_free(s->w);
}

/* Rows fail by themselves; asked again, they are answered as before. */
static void row_by_row(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	char *other = world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 0, 0, SIDE));
	REQUEST(BulkAssignRequest, bulk);
	REQUEST(UndoCommandsRequest, rq);
	rq->request_id = (char *)"again";
	char *ids[] = {s->order, other, (char *)"o0000zzz"};
	for (size_t i = 0; i < 3; i++) {
		REQUEST(BulkAssignItem, to);
		REQUEST(UndoItem, item);
		to->order_id = item->order_id = ids[i];
		to->member_id = s->m1;
		arena_append(world_arena(s->w), (void ***)&bulk->items, &bulk->n_items, to);
		arena_append(world_arena(s->w), (void ***)&rq->items, &rq->n_items, item);
	}
	BulkAssignResponse *done = must(world_call(s->w, s->desk, "DeskService/BulkAssign", bulk));
	for (size_t i = 0; i < 2; i++)
		assert_non_null(done->results[i]->undo);
	assert_null(done->results[2]->undo);
	accept_m1(s, other);
	for (size_t times = 0; times < 2; times++) {
		UndoCommandsResponse *rsp = must(world_call(s->w, s->desk, "DeskService/UndoCommands", rq));
		assert_int_equal(rsp->n_results, 3);
		assert_null(rsp->results[0]->error);
		refused(rsp->results[1], "UNDO_OVERTAKEN");
		refused(rsp->results[2], "NOT_FOUND");
		assert_int_equal(world_get_order(s->w, s->order)->state, ORDER_STATE_PLACED);
	}
	world_free(s->w);
}

/* A team's part that is done may be paid for: there is no way back. */
static void not_what_is_paid(void **state)
{
	struct stage here = stage_new(), *s = &here;
	(void)state;
	char *id = world_order(s->w, s->resident, s->town.pair_category, world_point(s->w, 0, 0, 0, SIDE));
	for (uint32_t slot = 0; slot < 2; slot++) {
		REQUEST(AssignOrderRequest, rq);
		rq->order_id = id;
		rq->member_id = slot == 0 ? s->m2 : s->m1;
		rq->slot = slot;
		rq->accepted = true;
		rq->reason = (char *)"by hand";
		must(world_call(s->w, s->desk, "DeskService/AssignOrder", rq));
	}
	REQUEST(CompleteTaskRequest, part);
	part->order_id = id;
	part->text = (char *)"my part";
	must(world_call(s->w, AS_MEMBER(s->m2), "TaskService/CompleteTask", part));
	REQUEST(CompleteOrderRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"done";
	assert_null(((CompleteOrderResponse *)must(world_call(s->w, s->desk, "DeskService/CompleteOrder", rq)))->undo);
	refused(undo_as(s, s->desk, id, 0), "UNDO_OVERTAKEN"); /* of what was assigned before */
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_it_was),  cmocka_unit_test(started_again),          cmocka_unit_test(overtaken),
	    cmocka_unit_test(withdrawn),  cmocka_unit_test(in_time_and_by_oneself), cmocka_unit_test(merged_ones_part),
	    cmocka_unit_test(row_by_row), cmocka_unit_test(not_what_is_paid),
	};
	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
