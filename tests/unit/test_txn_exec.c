/* The executor: repeats, conflicts, failures of the store, deadlines, cancelling, etags, memory. */
#include "txn_stage.h"

/* --- following --- */

static const struct store_ops *real_ops;

static char followed_after[64];

static struct store_follower *spy_follow(struct store *store, struct slice tenant, struct slice key, struct slice after,
					 store_follow_fn *fn, void *arg)
{
	snprintf(followed_after, sizeof(followed_after), "%.*s", SLICE_FMT(after));
	return real_ops->follow(store, tenant, key, after, fn, arg);
}

static int64_t noon(void *arg)
{
	(void)arg;
	return INT64_C(1700000000000);
}

/* From an entry that was there before the configuration was read: a change in between is heard of. */
static void test_a_tenant_is_followed_from_before_it_is_read(void **state)
{
	(void)state;
	struct store *store = store_memory_new(&(struct store_memory_config){.now_ms = noon});
	real_ops = store->ops;
	struct store_ops spy = *real_ops;
	spy.follow = spy_follow;
	store->ops = &spy;
	struct world *w = world_new(&(struct world_options){.seed = 13, .store = store});
	world_town(w, SIDE);
	assert_int_not_equal(followed_after[0], '\0');
	assert_string_not_equal(followed_after, "$");
	world_free(w);
	store->ops = real_ops;
	store->ops->destroy(store);
}

/* The sanitizers tell what is left of a tick that was under way when all ended. */
static void test_ticks_go_with_the_executor(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 14, .latency_ms = 50});
	struct town town = world_town(w, SIDE);
	world_advance(w, 5000); /* housekeeping has been */
	world_order(w, world_resident(w), town.plain_category, world_point(w, 4, 0, 0, SIDE));
	assert_int_not_equal(exec_stats(world_exec(w))->in_flight, 0);
	exec_stop(world_exec(w)); /* world_free would let it end first */
	world_free(w);
}

/* --- conflicts and a store that fails --- */

static void test_conflicts_are_run_again(void **state)
{
	(void)state;
	struct stage s = stage(5, 1 << 20, 0);
	for (uint64_t i = 1; i <= LIMIT_TXN_RETRIES; i++)
		store_memory_inject(world_store(s.w), i, STORE_FAULT_STALE);
	uint64_t before = exec_stats(world_exec(s.w))->conflicts;
	AcceptOfferResponse *rsp = must(accept(&s, ""));
	assert_int_equal(rsp->order->state, ORDER_STATE_ACCEPTED);
	assert_int_equal(exec_stats(world_exec(s.w))->conflicts - before, LIMIT_TXN_RETRIES);
	for (uint64_t i = 1; i <= LIMIT_TXN_RETRIES + 1; i++)
		store_memory_inject(world_store(s.w), i, STORE_FAULT_STALE);
	char *dump = world_dump(s.w);
	assert_int_equal(note(&s, "").err, ERR_CONFLICT);
	assert_string_equal(world_dump(s.w), dump);
	must(note(&s, ""));
	world_free(s.w);
}

static void test_failing_store(void **state)
{
	(void)state;
	static const struct {
		enum store_fault fault;
		enum err err;
	} rows[] = {{STORE_FAULT_FULL, ERR_STORE_FULL},
		    {STORE_FAULT_UNAVAILABLE, ERR_UNAVAILABLE},
		    {STORE_FAULT_UNKNOWN_LOST, ERR_UNKNOWN_OUTCOME}};
	struct stage s = stage(6, 1 << 20, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *before = world_dump(s.w);
		store_memory_inject(world_store(s.w), 1, rows[i].fault);
		assert_int_equal(note(&s, "").err, rows[i].err);
		assert_string_equal(world_dump(s.w), before);
	}
	store_memory_set_available(world_store(s.w), false);
	assert_int_equal(note(&s, "n-1").err, ERR_UNAVAILABLE);
	assert_int_equal(accept(&s, "").err, ERR_UNAVAILABLE);
	store_memory_set_available(world_store(s.w), true);
	must(note(&s, "n-1"));
	must(accept(&s, ""));
	world_free(s.w);
}

/* The store goes away before the tenant was ever read. */
static void test_away_from_the_start(void **state)
{
	(void)state;
	struct stage s = stage(7, 0, 0);
	struct world *w = world_new(&(struct world_options){.seed = 8, .store = world_store(s.w), .no_jobs = true});
	store_memory_set_available(world_store(s.w), false);
	REQUEST(w, GetOrderRequest, rq);
	rq->order_id = s.order;
	assert_int_equal(world_call(w, AS_ADMIN, "OrderService/GetOrder", rq).err, ERR_UNAVAILABLE);
	store_memory_set_available(world_store(s.w), true);
	must(world_call(w, AS_ADMIN, "OrderService/GetOrder", rq));
	world_free(w);
	world_free(s.w);
}

/* Many at once on one order: every note is there, nothing is lost or doubled. */
static void test_calls_that_meet(void **state)
{
	(void)state;
	enum { AT_ONCE = 6, ROUNDS = 8 };
	struct stage s = stage(9, 1 << 20, 20);
	unsigned noted = 0;
	for (int round = 0; round < ROUNDS; round++) {
		struct world_reply replies[AT_ONCE];
		for (size_t i = 0; i < AT_ONCE; i++) {
			REQUEST(s.w, AddNoteRequest, rq);
			rq->order_id = s.order;
			rq->text = (char *)"n";
			rq->request_id = (char *)(i % 2 == 0 ? "" : arena_printf(world_arena(s.w), "r%d", round));
			(void)world_begin(s.w, AS_ADMIN, "OrderService/AddNote", rq, &replies[i]);
		}
		for (size_t i = 0; i < AT_ONCE; i++) {
			world_wait(s.w, &replies[i].answered, 60000);
			assert_true(replies[i].answered);
			must(replies[i]);
		}
		noted += AT_ONCE / 2 + 1; /* three share a request id */
	}
	const Order *order = world_get_order(s.w, s.order);
	unsigned found = 0;
	for (size_t i = 0; i < order->n_timeline; i++)
		found += order->timeline[i]->kind == EVENT_KIND_NOTED;
	assert_int_equal(found, noted);
	world_free(s.w);
}

static void test_first_of_many_wins(void **state)
{
	(void)state;
	enum { AT_ONCE = 3 };
	struct world *w = world_new(&(struct world_options){.seed = 10, .cache_bytes = 1 << 20, .latency_ms = 15});
	struct town town = world_town(w, SIDE);
	for (size_t i = 0; i < AT_ONCE; i++)
		(void)world_member(w, world_point(w, 4, 50 + (double)i, 50, SIDE), NULL);
	char *id = world_order(w, world_resident(w), town.urgent_category, world_point(w, 4, 0, 0, SIDE));
	world_advance(w, 1000);
	const Order *order = world_get_order(w, id);
	assert_int_equal(order->n_offers, AT_ONCE);
	struct world_reply replies[AT_ONCE];
	REQUEST(w, AcceptOfferRequest, rq);
	rq->order_id = id;
	for (size_t i = 0; i < AT_ONCE; i++)
		(void)world_begin(w, AS_MEMBER(order->offers[i]->member_id), "TaskService/AcceptOffer", rq,
				  &replies[i]);
	unsigned won = 0;
	for (size_t i = 0; i < AT_ONCE; i++) {
		world_wait(w, &replies[i].answered, 60000);
		won += replies[i].err == OK;
		assert_true(replies[i].err == OK || replies[i].err == ERR_OFFER_TAKEN);
	}
	assert_int_equal(won, 1);
	world_free(w);
}

/* --- deadlines, cancelling --- */

struct told {
	unsigned times;
	enum err err;
};

static void tell(void *arg, const struct exec_result *result)
{
	struct told *told = arg;
	told->times++;
	told->err = result->err;
}

static void test_deadline(void **state)
{
	(void)state;
	struct stage s = stage(11, 0, 20);
	char *before = world_dump(s.w);
	REQUEST(s.w, AcceptOfferRequest, rq);
	rq->order_id = s.order;
	struct told told = {0};
	struct exec_request request = {.method = world_method(s.w, "TaskService/AcceptOffer"),
				       .request = rq,
				       .credential = world_credential(AS_MEMBER(s.member)),
				       .deadline_ms = world_now_ms(s.w) - 1,
				       .done = tell,
				       .arg = &told};
	assert_null(exec_call(world_exec(s.w), &request));
	assert_int_equal(told.times, 1);
	assert_int_equal(told.err, ERR_DEADLINE_EXCEEDED);
	assert_string_equal(world_dump(s.w), before);
	world_free(s.w);
}

/* At every moment of its life a call can be given up; whatever was allocated for it goes. */
static void test_cancel_at_any_time(void **state)
{
	(void)state;
	for (int64_t after_ms = 0; after_ms < 200; after_ms += 7) {
		struct stage s = stage((uint64_t)after_ms, 1 << 20, 20);
		struct world_reply reply;
		AcceptOfferRequest *rq = malloc(sizeof(*rq)); /* goes with the cancel */
		assert_non_null(rq);
		AcceptOfferRequest_init(rq);
		rq->order_id = s.order;
		struct exec_call_state *call =
		    world_begin(s.w, AS_MEMBER(s.member), "TaskService/AcceptOffer", rq, &reply);
		world_advance(s.w, after_ms);
		bool was_answered = reply.answered;
		if (!was_answered)
			exec_cancel(call);
		free(rq);
		world_advance(s.w, 1000);
		assert_int_equal(reply.answered, was_answered);
		assert_int_equal(exec_stats(world_exec(s.w))->in_flight, 0);
		OrderState now = world_get_order(s.w, s.order)->state;
		assert_true(now == ORDER_STATE_ACCEPTED || (now == ORDER_STATE_OFFERED && !was_answered));
		world_free(s.w);
	}
}

/* The executor stops while calls are at every step. */
static void test_stop_at_any_time(void **state)
{
	(void)state;
	for (int64_t after_ms = 0; after_ms < 120; after_ms += 3) {
		struct world *w = world_new(
		    &(struct world_options){.seed = (uint64_t)after_ms, .cache_bytes = 1 << 20, .latency_ms = 20});
		struct town town = world_town(w, 2);
		struct world_reply replies[4];
		char *resident = world_resident(w);
		/* A second tenant of which nothing is loaded yet, and one that does not exist. */
		struct world *second = world_new(&(struct world_options){
		    .seed = (uint64_t)after_ms, .store = world_store(w), .latency_ms = 20, .no_jobs = true});
		REQUEST(second, PlaceOrderRequest, rq);
		rq->category_id = town.plain_category;
		rq->point = world_point(second, 1, 0, 0, 2);
		for (size_t i = 0; i < 4; i++)
			(void)world_begin(second, AS_RESIDENT(resident), "OrderService/PlaceOrder", rq, &replies[i]);
		world_advance(second, after_ms);
		world_free(second);
		world_free(w);
	}
}

/* --- versions --- */

static void test_etags(void **state)
{
	(void)state;
	struct stage s = stage(12, 1 << 20, 0);
	const Order *order = world_get_order(s.w, s.order);
	const char *etag = order->etag;
	AddNoteResponse *noted = must(note(&s, ""));
	assert_string_not_equal(noted->order->etag, etag);
	assert_string_equal(noted->order->etag, world_get_order(s.w, s.order)->etag);
	char *before = world_dump(s.w);
	struct world_reply stale = cancel(&s, "", etag);
	assert_int_equal(stale.err, ERR_ETAG_STALE);
	assert_string_equal(stale.fault.field, "etag");
	assert_int_equal(cancel(&s, "", "x").err, ERR_FIELD_INVALID);
	assert_int_equal(cancel(&s, "", "-1").err, ERR_FIELD_INVALID);
	assert_int_equal(cancel(&s, "", "99999999999999999999").err, ERR_ETAG_STALE);
	assert_string_equal(world_dump(s.w), before);
	must(cancel(&s, "", noted->order->etag));
	world_free(s.w);
}

/* --- who asks --- */

static void test_credentials(void **state)
{
	(void)state;
	struct stage s = stage(13, 0, 0);
	REQUEST(s.w, GetOrderRequest, rq);
	rq->order_id = s.order;
	assert_int_equal(world_call(s.w, AS_NOBODY, "OrderService/GetOrder", rq).err, ERR_UNAUTHENTICATED);
	assert_int_equal(world_call(s.w, WITH_KEY("pdk_elm_k0000001_wrong"), "OrderService/GetOrder", rq).err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(world_call(s.w, WITH_KEY("pdk_oak_k0000001_wrong"), "OrderService/GetOrder", rq).err,
			 ERR_UNAUTHENTICATED);
	REQUEST(s.w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	make->node_id = s.town.grid_ids[4];
	CreateApiKeyResponse *key = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", make));
	must(world_call(s.w, WITH_KEY(key->key), "OrderService/GetOrder", rq));
	make->node_id = s.town.grid_ids[0];
	CreateApiKeyResponse *far = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", make));
	assert_int_equal(world_call(s.w, WITH_KEY(far->key), "OrderService/GetOrder", rq).err, ERR_NOT_FOUND);
	/* An operator acts for nobody. */
	struct who posing = {.role = ROLE_RESIDENT, .id = s.resident, .key = key->key};
	assert_int_equal(world_call(s.w, posing, "OrderService/GetOrder", rq).err, ERR_PERMISSION_DENIED);
	REQUEST(s.w, RevokeApiKeyRequest, revoke);
	revoke->key_id = key->key_id;
	must(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", revoke));
	assert_int_equal(world_call(s.w, WITH_KEY(key->key), "OrderService/GetOrder", rq).err, ERR_CREDENTIAL_REVOKED);
	world_free(s.w);
}

static void set_holding_cap(struct world *w, char *member, uint32_t cap)
{
	REQUEST(w, UpdateMemberRequest, update);
	update->member = PB_NEW(world_arena(w), Member);
	update->member->id = member;
	update->member->holding_cap = cap;
	Google__Protobuf__FieldMask mask;
	google__protobuf__field_mask__init(&mask);
	mask.n_paths = 1;
	mask.paths = (char *[]){(char *)"holding_cap"};
	update->update_mask = &mask;
	must(world_call(w, AS_ADMIN, "MemberService/UpdateMember", update));
}

static void take_and_finish(struct world *takes, struct world *finishes, const char *member, char *order)
{
	REQUEST(takes, AcceptOfferRequest, accept);
	accept->order_id = order;
	must(world_call(takes, AS_MEMBER(member), "TaskService/AcceptOffer", accept));
	REQUEST(finishes, StartTaskRequest, start);
	start->order_id = order;
	must(world_call(finishes, AS_MEMBER(member), "TaskService/StartTask", start));
	REQUEST(finishes, CompleteTaskRequest, complete);
	complete->order_id = order;
	complete->outcome = OUTCOME_SOLVED;
	complete->text = (char *)"done";
	must(world_call(finishes, AS_MEMBER(member), "TaskService/CompleteTask", complete));
}

/* One worker knows a member as full, and they finish through another: the first asks them again. */
static void test_room_through_others(void **state)
{
	(void)state;
	struct stage s = stage(16, 0, 0);
	set_holding_cap(s.w, s.member, 1);
	struct world *other = world_new(&(struct world_options){.seed = 17, .store = world_store(s.w)});
	take_and_finish(other, s.w, s.member, s.order);
	char *next = world_order(other, s.resident, s.town.plain_category, world_point(other, 4, 0, 0, SIDE));
	assert_int_equal(world_get_order(other, next)->state, ORDER_STATE_OFFERED);
	world_free(other);
	world_free(s.w);
}

/* Nor does it matter that the order stays where it is: one of a team hands their place back. */
static void test_room_in_a_team(void **state)
{
	(void)state;
	struct stage s = stage(18, 0, 0);
	struct world *other = world_new(&(struct world_options){.seed = 19, .store = world_store(s.w)});
	set_holding_cap(s.w, s.member, 1);
	world_member(s.w, world_point(s.w, 4, 240, 240, SIDE), "lift");
	must(cancel(&s, "", ""));
	char *pair = world_order(other, s.resident, s.town.pair_category, world_point(other, 4, 0, 0, SIDE));
	REQUEST(other, AcceptOfferRequest, accept);
	accept->order_id = pair;
	must(world_call(other, AS_MEMBER(s.member), "TaskService/AcceptOffer", accept));
	assert_int_equal(world_get_order(other, pair)->state, ORDER_STATE_OFFERED);
	REQUEST(s.w, HandBackTaskRequest, back);
	back->order_id = pair;
	back->reason = (char *)"ill";
	must(world_call(s.w, AS_MEMBER(s.member), "TaskService/HandBackTask", back));
	assert_int_equal(world_get_order(s.w, pair)->state, ORDER_STATE_OFFERED);
	char *next = world_order(other, s.resident, s.town.plain_category, world_point(other, 4, 0, 0, SIDE));
	assert_string_equal(world_get_order(other, next)->offers[0]->member_id, s.member);
	world_free(other);
	world_free(s.w);
}

/* A worker that has not heard of a change of the configuration yet does not act on the old one. */
static void test_old_configuration(void **state)
{
	(void)state;
	struct stage s = stage(14, 0, 0);
	struct world *other =
	    world_new(&(struct world_options){.seed = 15, .store = world_store(s.w), .latency_ms = 50});
	REQUEST(other, ListCategoriesRequest, list);
	must(world_call(other, AS_ADMIN, "OrgService/ListCategories", list));
	REQUEST(s.w, PutCategoryRequest, put);
	put->category = PB_NEW(world_arena(s.w), Category);
	put->category->code = (char *)"new";
	put->category->name_zh = (char *)"新";
	PutCategoryResponse *made = must(world_call(s.w, AS_ADMIN, "OrgService/PutCategory", put));
	REQUEST(other, PlaceOrderRequest, place);
	place->category_id = made->category->id;
	place->point = world_point(other, 4, 0, 0, SIDE);
	must(world_call(other, AS_RESIDENT(s.resident), "OrderService/PlaceOrder", place));
	world_free(other);
	world_free(s.w);
}

/* --- memory --- */

/* A call that may take only so much memory is answered, TOO_LARGE at worst, and stores all or nothing. */
static void test_little_memory(void **state)
{
	(void)state;
	unsigned refused = 0, done = 0;
	for (size_t cap_bytes = 0; cap_bytes < 40000; cap_bytes += 397) {
		struct stage s = stage(20, cap_bytes % 2 == 0 ? 1 << 20 : 0, 0);
		exec_limit_memory(world_exec(s.w), cap_bytes);
		char *before = world_dump(s.w);
		struct world_reply reply = accept(&s, "a-1");
		exec_limit_memory(world_exec(s.w), LIMIT_REQUEST_ARENA_BYTES);
		if (reply.err == OK) {
			done++;
		} else {
			assert_int_equal(reply.err, ERR_TOO_LARGE);
			assert_string_equal(world_dump(s.w), before);
			refused++;
		}
		must(accept(&s, "a-1"));
		world_free(s.w);
	}
	assert_true(refused > 0 && done > 0);
}

/* --- large requests --- */

static void test_large_pages_and_imports(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 16});
	struct town town = world_town(w, SIDE);
	REQUEST(w, ImportMembersRequest, rq);
	rq->members = arena_array(world_arena(w), LIMIT_IMPORT_ROWS, sizeof(Member *));
	rq->n_members = LIMIT_IMPORT_ROWS;
	for (size_t i = 0; i < rq->n_members; i++) {
		rq->members[i] = PB_NEW(world_arena(w), Member);
		rq->members[i]->grid_id = town.grid_ids[i % town.n_grids];
		rq->members[i]->name = (char *)"Member";
	}
	ImportMembersResponse *rsp = must(world_call(w, AS_ADMIN, "MemberService/ImportMembers", rq));
	assert_int_equal(rsp->imported, LIMIT_IMPORT_ROWS);
	size_t seen = 0;
	REQUEST(w, ListMembersRequest, list);
	list->page_size = LIMIT_PAGE_SIZE;
	do {
		ListMembersResponse *page = must(world_call(w, AS_ADMIN, "MemberService/ListMembers", list));
		seen += page->n_members;
		list->page_token = page->next_page_token;
	} while (list->page_token[0] != '\0');
	assert_int_equal(seen, LIMIT_IMPORT_ROWS);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_tenant_is_followed_from_before_it_is_read),
	    cmocka_unit_test(test_ticks_go_with_the_executor),
	    cmocka_unit_test(test_conflicts_are_run_again),
	    cmocka_unit_test(test_failing_store),
	    cmocka_unit_test(test_away_from_the_start),
	    cmocka_unit_test(test_calls_that_meet),
	    cmocka_unit_test(test_first_of_many_wins),
	    cmocka_unit_test(test_deadline),
	    cmocka_unit_test(test_cancel_at_any_time),
	    cmocka_unit_test(test_stop_at_any_time),
	    cmocka_unit_test(test_etags),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_room_through_others),
	    cmocka_unit_test(test_room_in_a_team),
	    cmocka_unit_test(test_old_configuration),
	    cmocka_unit_test(test_little_memory),
	    cmocka_unit_test(test_large_pages_and_imports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
