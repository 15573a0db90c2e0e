/* Streams: who hears what, and who no longer. */
#include "watch_stage.h"

static void test_refusals(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(60, latency_ms);
		some_life(&s, 1);
		struct watcher *me = watcher(s.w);
		REQUEST(s.w, WatchBoardRequest, board);
		watch(s.w, me, AS_NOBODY, "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_UNAUTHENTICATED);
		me = watcher(s.w);
		watch(s.w, me, AS_RESIDENT(s.resident), "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_PERMISSION_DENIED);
		me = watcher(s.w);
		board->node_id = (char *)"n0000zzz";
		watch(s.w, me, AS_ADMIN, "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_NOT_FOUND);
		me = watcher(s.w);
		REQUEST(s.w, WatchOrdersRequest, orders);
		orders->order_id = s.order;
		watch(s.w, me, AS_RESIDENT(world_resident(s.w)), "OrderService/WatchOrders", orders, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_NOT_FOUND);
		assert_int_equal(exec_stats(world_exec(s.w))->watches, 0);
		world_free(s.w);
	}
}

static void test_revoked_key_ends_it(void **state)
{
	(void)state;
	struct stage s = stage(61, 10);
	REQUEST(s.w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	CreateApiKeyResponse *key = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", make));
	struct watcher *me = watcher(s.w);
	REQUEST(s.w, WatchBoardRequest, board);
	watch(s.w, me, WITH_KEY(key->key), "DeskService/WatchBoard", board, "");
	world_advance(s.w, 1000);
	some_life(&s, 1);
	assert_true(me->n > 0 && !me->ended);
	REQUEST(s.w, RevokeApiKeyRequest, revoke);
	revoke->key_id = key->key_id;
	must(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", revoke));
	world_advance(s.w, 1000);
	size_t n = me->n;
	some_life(&s, 1);
	assert_true(me->ended);
	assert_int_equal(me->err, ERR_CREDENTIAL_REVOKED);
	assert_int_equal(me->n, n);
	world_free(s.w);
}

static const struct heard *last_of(const struct watcher *me, const char *order_id)
{
	for (size_t i = me->n; i > 0; i--) {
		if (strcmp(me->heard[i - 1].order_id, order_id) == 0)
			return &me->heard[i - 1];
	}
	return NULL;
}

/* A member hears of an offer, and that it is off when somebody else was first or the order is cancelled;
 * after that the order is none of their business. */
static void test_members(void **state)
{
	(void)state;
	struct stage s = stage(62, 0);
	struct watcher *first = watcher(s.w), *second = watcher(s.w);
	REQUEST(s.w, WatchOffersRequest, rq);
	watch(s.w, first, AS_MEMBER(s.members[0]), "TaskService/WatchOffers", rq, "");
	watch(s.w, second, AS_MEMBER(s.members[1]), "TaskService/WatchOffers", rq, "");
	char *id = world_order(s.w, s.resident, s.town.urgent_category, world_point(s.w, 4, 0, 0, SIDE));
	assert_non_null(last_of(first, id));
	assert_non_null(last_of(second, id));
	REQUEST(s.w, AcceptOfferRequest, accept);
	accept->order_id = id;
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/AcceptOffer", accept));
	assert_int_equal(last_of(first, id)->kind, EVENT_KIND_ACCEPTED);
	assert_int_equal(last_of(second, id)->kind, EVENT_KIND_ACCEPTED);
	size_t n = second->n;
	REQUEST(s.w, StartTaskRequest, start);
	start->order_id = id;
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/StartTask", start));
	assert_int_equal(last_of(first, id)->kind, EVENT_KIND_STARTED);
	assert_int_equal(second->n, n);
	char *other = world_order(s.w, s.resident, s.town.urgent_category, world_point(s.w, 4, 0, 0, SIDE));
	REQUEST(s.w, CancelOrderRequest, cancel);
	cancel->order_id = other;
	must(world_call(s.w, AS_RESIDENT(s.resident), "OrderService/CancelOrder", cancel));
	assert_int_equal(last_of(second, other)->kind, EVENT_KIND_CANCELLED);
	assert_int_equal(last_of(second, other)->state, ORDER_STATE_CANCELLED);
	/* Sent back to the queue, it is off, too, for the member who did the work. */
	REQUEST(s.w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/CompleteTask", complete));
	REQUEST(s.w, ReworkOrderRequest, rework);
	rework->order_id = id;
	n = first->n;
	must(world_call(s.w, AS_ADMIN, "DeskService/ReworkOrder", rework));
	bool told = false;
	for (size_t i = n; i < first->n; i++)
		told |= first->heard[i].kind == EVENT_KIND_REWORK;
	assert_true(told);
	world_free(s.w);
}

/* Who ordered for somebody else follows that order, too. */
static void test_proxies(void **state)
{
	(void)state;
	struct stage s = stage(63, 0);
	REQUEST(s.w, CreateResidentRequest, make);
	make->resident = PB_NEW(world_arena(s.w), Resident);
	make->resident->proxy_ids = &s.resident;
	make->resident->n_proxy_ids = 1;
	CreateResidentResponse *made = must(world_call(s.w, AS_ADMIN, "OrgService/CreateResident", make));
	REQUEST(s.w, PlaceOrderRequest, place);
	place->category_id = s.town.plain_category;
	place->beneficiary_id = made->resident->id;
	place->point = world_point(s.w, 4, 0, 0, SIDE);
	PlaceOrderResponse *placed = must(world_call(s.w, AS_RESIDENT(s.resident), "OrderService/PlaceOrder", place));
	struct watcher *proxy = watcher(s.w), *proxy_all = watcher(s.w), *beneficiary = watcher(s.w),
		       *all = watcher(s.w), *stranger = watcher(s.w);
	REQUEST(s.w, WatchOrdersRequest, one);
	REQUEST(s.w, WatchOrdersRequest, any);
	one->order_id = placed->order->id;
	watch(s.w, proxy, AS_RESIDENT(s.resident), "OrderService/WatchOrders", one, "");
	watch(s.w, proxy_all, AS_RESIDENT(s.resident), "OrderService/WatchOrders", any, "");
	watch(s.w, beneficiary, AS_RESIDENT(made->resident->id), "OrderService/WatchOrders", one, "");
	watch(s.w, all, AS_RESIDENT(made->resident->id), "OrderService/WatchOrders", any, "");
	watch(s.w, stranger, AS_RESIDENT(world_resident(s.w)), "OrderService/WatchOrders", any, "");
	REQUEST(s.w, AddNoteRequest, note);
	note->order_id = placed->order->id;
	note->text = (char *)"n";
	must(world_call(s.w, AS_ADMIN, "OrderService/AddNote", note));
	assert_int_equal(proxy->n, 1);
	assert_int_equal(proxy_all->n, 1); /* what they asked for is theirs to follow */
	assert_int_equal(beneficiary->n, 1);
	assert_int_equal(all->n, 1);
	assert_int_equal(stranger->n, 0);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_revoked_key_ends_it),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_proxies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
