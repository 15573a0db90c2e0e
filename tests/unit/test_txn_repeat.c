/* Requests that come again: what was done, refused, or answered to nobody. */
#include "txn_stage.h"

static struct world_reply decline(struct stage *s, const char *request_id)
{
	REQUEST(s->w, DeclineOfferRequest, rq);
	rq->order_id = s->order;
	rq->request_id = (char *)request_id;
	return world_call(s->w, AS_MEMBER(s->member), "TaskService/DeclineOffer", rq);
}

/* --- repeats --- */

/* What was done can't be done again, but its request can be repeated: at once, later, and by somebody
 * who never got the answer. */
static void test_repeats_of_what_is_done(void **state)
{
	(void)state;
	for (int cached = 0; cached < 2; cached++) {
		struct stage s = stage(1, cached ? 1 << 20 : 0, 0);
		AcceptOfferResponse *first = must(accept(&s, "a-1"));
		char *before = world_dump(s.w);
		AcceptOfferResponse *again = must(accept(&s, "a-1"));
		assert_string_equal(again->order->id, first->order->id);
		assert_int_equal(again->order->state, ORDER_STATE_ACCEPTED);
		assert_string_equal(again->order->etag, first->order->etag);
		assert_string_equal(world_dump(s.w), before);
		assert_int_equal(accept(&s, "a-2").err, ERR_OFFER_ANSWERED);
		assert_int_equal(accept(&s, "").err, ERR_OFFER_ANSWERED);
		assert_int_equal(decline(&s, "a-1").err, ERR_REQUEST_ID_REUSED);
		must(cancel(&s, "c-1", ""));
		must(cancel(&s, "c-1", ""));
		assert_int_equal(cancel(&s, "c-2", "").err, ERR_ORDER_STATE);
		/* Somebody else's request ids are their own. */
		assert_int_equal(note(&s, "a-1").err, OK);
		world_free(s.w);
	}
}

static void test_repeats_hold_for_a_day(void **state)
{
	(void)state;
	struct stage s = stage(2, 1 << 20, 0);
	must(accept(&s, "a-1"));
	world_advance(s.w, INT64_C(23) * 3600 * 1000);
	must(accept(&s, "a-1"));
	world_free(s.w);
}

static void test_repeat_of_a_lost_answer(void **state)
{
	(void)state;
	struct stage s = stage(3, 1 << 20, 0);
	store_memory_inject(world_store(s.w), 1, STORE_FAULT_UNKNOWN_WRITTEN);
	assert_int_equal(accept(&s, "a-1").err, ERR_UNKNOWN_OUTCOME);
	AcceptOfferResponse *again = must(accept(&s, "a-1"));
	assert_int_equal(again->order->state, ORDER_STATE_ACCEPTED);
	store_memory_inject(world_store(s.w), 1, STORE_FAULT_UNKNOWN_LOST);
	assert_int_equal(cancel(&s, "c-1", "").err, ERR_UNKNOWN_OUTCOME);
	assert_int_equal(world_get_order(s.w, s.order)->state, ORDER_STATE_ACCEPTED);
	must(cancel(&s, "c-1", ""));
	world_free(s.w);
}

static struct world_reply complete(struct stage *s, const char *request_id)
{
	REQUEST(s->w, CompleteTaskRequest, rq);
	rq->order_id = s->order;
	rq->request_id = (char *)request_id;
	rq->completion_code = (char *)"0000"; /* wrong: codes have no leading zeros */
	return world_call(s->w, AS_MEMBER(s->member), "TaskService/CompleteTask", rq);
}

static void assert_tries_left(struct world_reply reply, const char *detail)
{
	assert_int_equal(reply.err, ERR_CODE_WRONG);
	assert_string_equal(reply.fault.field, "completion_code");
	assert_string_equal(reply.fault.detail, detail);
}

/* A refusal that leaves a mark: the same request leaves it once, and is refused in the same words. */
static void test_repeats_of_a_refusal(void **state)
{
	(void)state;
	for (int cached = 0; cached < 2; cached++) {
		struct stage s = stage(11, cached ? 1 << 20 : 0, 0);
		must(accept(&s, "a-1"));
		for (int i = 0; i < 7; i++)
			assert_tries_left(complete(&s, "w-1"), "4 tries left");
		store_memory_inject(world_store(s.w), 1, STORE_FAULT_UNKNOWN_WRITTEN);
		assert_int_equal(complete(&s, "w-2").err, ERR_UNKNOWN_OUTCOME);
		assert_tries_left(complete(&s, "w-2"), "3 tries left");
		for (int i = 2; i >= 0; i--)
			assert_int_equal(complete(&s, "").err, ERR_CODE_WRONG);
		assert_int_equal(complete(&s, "w-3").err, ERR_CODE_LOCKED);
		assert_tries_left(complete(&s, "w-1"), "4 tries left");
		assert_int_equal(decline(&s, "w-1").err, ERR_REQUEST_ID_REUSED);
		world_free(s.w);
	}
}

/* A method that names no subject. */
static void test_repeats_without_a_subject(void **state)
{
	(void)state;
	struct stage s = stage(12, 1 << 20, 0);
	REQUEST(s.w, CreateApiKeyRequest, create);
	create->role = ROLE_BACKEND;
	CreateApiKeyResponse *made = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", create));
	REQUEST(s.w, RevokeApiKeyRequest, rq);
	rq->key_id = made->key_id;
	rq->request_id = (char *)"r-1";
	must(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", rq));
	must(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", rq));
	world_free(s.w);
}

static void test_bulk_repeats(void **state)
{
	(void)state;
	struct stage s = stage(4, 1 << 20, 0);
	char *other = world_member(s.w, world_point(s.w, 4, 0, 50, SIDE), NULL);
	REQUEST(s.w, BulkAssignRequest, rq);
	BulkAssignItem *items[2];
	for (size_t i = 0; i < 2; i++) {
		items[i] = PB_NEW(world_arena(s.w), BulkAssignItem);
		items[i]->order_id = i == 0 ? s.order : (char *)"o0000zzz";
		items[i]->member_id = other;
	}
	rq->items = items;
	rq->n_items = 2;
	rq->request_id = (char *)"b-1";
	for (int round = 0; round < 3; round++) {
		BulkAssignResponse *rsp = must(world_call(s.w, AS_ADMIN, "DeskService/BulkAssign", rq));
		assert_int_equal(rsp->n_results, 2);
		assert_string_equal(rsp->results[0]->order_id, s.order);
		assert_null(rsp->results[0]->error);
		assert_non_null(rsp->results[1]->error);
		assert_string_equal(rsp->results[1]->error->reason, "NOT_FOUND");
	}
	const Order *order = world_get_order(s.w, s.order);
	size_t asked = 0;
	for (size_t i = 0; i < order->n_offers; i++)
		asked += strcmp(order->offers[i]->member_id, other) == 0;
	assert_int_equal(asked, 1);
	world_free(s.w);
}

/* The ids and counts of a repeated import are those of the first. */
static void test_imports_repeat(void **state)
{
	(void)state;
	struct stage s = stage(17, 0, 0);
	REQUEST(s.w, ImportMembersRequest, rq);
	enum { ROWS = 150 };
	rq->request_id = (char *)"i-1";
	rq->members = arena_array(world_arena(s.w), ROWS, sizeof(Member *));
	rq->n_members = ROWS;
	for (size_t i = 0; i < ROWS; i++) {
		rq->members[i] = PB_NEW(world_arena(s.w), Member);
		rq->members[i]->grid_id = i % 50 == 7 ? (char *)"nowhere" : s.town.grid_ids[0];
	}
	ImportMembersResponse *first = must(world_call(s.w, AS_ADMIN, "MemberService/ImportMembers", rq));
	assert_int_equal(first->imported, ROWS - 3);
	ImportMembersResponse *again = must(world_call(s.w, AS_ADMIN, "MemberService/ImportMembers", rq));
	REQUEST(s.w, ListMembersRequest, list);
	list->page_size = LIMIT_PAGE_SIZE;
	ListMembersResponse *all = must(world_call(s.w, AS_ADMIN, "MemberService/ListMembers", list));
	assert_int_equal(all->n_members, ROWS - 3 + 1); /* and the stage's own */
	assert_int_equal(again->imported, first->imported);
	for (size_t i = 0; i < ROWS; i++) {
		assert_string_equal(again->results[i]->member_id, first->results[i]->member_id);
		assert_int_equal(again->results[i]->error == NULL, first->results[i]->error == NULL);
	}
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_repeats_of_what_is_done),
	    cmocka_unit_test(test_repeats_hold_for_a_day),
	    cmocka_unit_test(test_repeat_of_a_lost_answer),
	    cmocka_unit_test(test_bulk_repeats),
	    cmocka_unit_test(test_imports_repeat),
	    cmocka_unit_test(test_repeats_of_a_refusal),
	    cmocka_unit_test(test_repeats_without_a_subject),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
