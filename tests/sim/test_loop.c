/* The four-order loop, step by step, on the memory store. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 3 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

static void test_whole_loop(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 1, .cache_bytes = 1 << 20});
	struct town town = world_town(w, SIDE);
	char *member = world_member(w, world_point(w, 4, 50, 50, SIDE), NULL);
	char *resident = world_resident(w);
	char *id = world_order(w, resident, town.plain_category, world_point(w, 4, 0, 0, SIDE));
	const Order *order = world_get_order(w, id);
	assert_int_equal(order->state, ORDER_STATE_OFFERED);
	assert_int_equal(order->n_offers, 1);
	assert_string_equal(order->offers[0]->member_id, member);
	REQUEST(w, ListOffersRequest, offers);
	ListOffersResponse *listed = must(world_call(w, AS_MEMBER(member), "TaskService/ListOffers", offers));
	assert_int_equal(listed->n_orders, 1);
	REQUEST(w, AcceptOfferRequest, accept);
	accept->order_id = id;
	must(world_call(w, AS_MEMBER(member), "TaskService/AcceptOffer", accept));
	REQUEST(w, StartTaskRequest, start);
	start->order_id = id;
	must(world_call(w, AS_MEMBER(member), "TaskService/StartTask", start));
	REQUEST(w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	complete->duration_min = 20;
	CompleteTaskResponse *completed = must(world_call(w, AS_MEMBER(member), "TaskService/CompleteTask", complete));
	assert_int_equal(completed->order->state, ORDER_STATE_COMPLETED);
	assert_int_equal(completed->order->points, 20);
	REQUEST(w, RateOrderRequest, rate);
	rate->order_id = id;
	rate->stars = 5;
	RateOrderResponse *rated = must(world_call(w, AS_RESIDENT(resident), "OrderService/RateOrder", rate));
	assert_int_equal(rated->order->state, ORDER_STATE_CLOSED);
	REQUEST(w, GetAccountRequest, account);
	GetAccountResponse *balance = must(world_call(w, AS_MEMBER(member), "PointsService/GetAccount", account));
	assert_int_equal(balance->account->available, 25);
	assert_int_equal(balance->account->provisional, 0);
	REQUEST(w, CheckBalanceRequest, check);
	CheckBalanceResponse *sum = must(world_call(w, AS_ADMIN, "PointsService/CheckBalance", check));
	assert_int_equal(sum->issuance + sum->members, 0);
	REQUEST(w, ListMovementsRequest, movements);
	ListMovementsResponse *history =
	    must(world_call(w, AS_MEMBER(member), "PointsService/ListMovements", movements));
	assert_int_equal(history->n_movements, 3);
	world_free(w);
}

static void test_rings_and_pool(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 2, .cache_bytes = 1 << 20});
	struct town town = world_town(w, SIDE);
	char *far = world_member(w, world_point(w, 8, 0, 0, SIDE), NULL);
	char *id = world_order(w, world_resident(w), town.plain_category, world_point(w, 0, 0, 0, SIDE));
	const Order *order = world_get_order(w, id);
	assert_int_equal(order->state, ORDER_STATE_OFFERED);
	assert_int_equal(order->ring, RING_COMMUNITY);
	world_advance(w, 31 * 60 * 1000);
	order = world_get_order(w, id);
	assert_int_equal(order->state, ORDER_STATE_PLACED);
	assert_true(order->pooled);
	REQUEST(w, GrabOrderRequest, grab);
	grab->order_id = id;
	GrabOrderResponse *grabbed = must(world_call(w, AS_MEMBER(far), "TaskService/GrabOrder", grab));
	assert_int_equal(grabbed->order->state, ORDER_STATE_ACCEPTED);
	assert_false(grabbed->order->pooled);
	world_free(w);
}

static void test_unrated_closes(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	char *member = world_member(w, world_point(w, 4, 50, 50, SIDE), NULL);
	char *id = world_order(w, world_resident(w), town.plain_category, world_point(w, 4, 0, 0, SIDE));
	REQUEST(w, AcceptOfferRequest, accept);
	accept->order_id = id;
	must(world_call(w, AS_MEMBER(member), "TaskService/AcceptOffer", accept));
	REQUEST(w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	must(world_call(w, AS_MEMBER(member), "TaskService/CompleteTask", complete));
	world_advance(w, INT64_C(4) * 24 * 3600 * 1000);
	const Order *order = world_get_order(w, id);
	assert_int_equal(order->state, ORDER_STATE_CLOSED);
	assert_null(order->rating);
	world_free(w);
}

static void test_repeated_request(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 4, .cache_bytes = 1 << 20});
	struct town town = world_town(w, SIDE);
	char *resident = world_resident(w);
	REQUEST(w, PlaceOrderRequest, place);
	place->request_id = (char *)"7f0c";
	place->category_id = town.plain_category;
	place->point = world_point(w, 1, 0, 0, SIDE);
	PlaceOrderResponse *first = must(world_call(w, AS_RESIDENT(resident), "OrderService/PlaceOrder", place));
	PlaceOrderResponse *again = must(world_call(w, AS_RESIDENT(resident), "OrderService/PlaceOrder", place));
	assert_string_equal(first->order->id, again->order->id);
	place->title = (char *)"something else";
	struct world_reply other = world_call(w, AS_RESIDENT(resident), "OrderService/PlaceOrder", place);
	assert_int_equal(other.err, ERR_REQUEST_ID_REUSED);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole_loop),
	    cmocka_unit_test(test_rings_and_pool),
	    cmocka_unit_test(test_unrated_closes),
	    cmocka_unit_test(test_repeated_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
