/* Who is asked, and when: orders of one window together, teams as one, decliners replaced, as many as it takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "domain/habit.h"
#include "must.h"
#include "pb/pb_message.h"
#include "txn/txn.h"
#include "world.h"

enum { SIDE = 2, SECOND_MS = 1000 };

#define REQUEST(type, name)                           \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

static Policy *policy_of(struct world *w)
{
	REQUEST(GetPolicyRequest, get);
	return ((GetPolicyResponse *)must(world_call(w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
}

static void set_policy(struct world *w, Policy *policy)
{
	REQUEST(PutPolicyRequest, put);
	put->policy = policy;
	must(world_call(w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static size_t live(struct world *w, const char *order_id, const char *member_id)
{
	const Order *order = world_get_order(w, order_id);
	size_t n = 0;
	for (size_t i = 0; i < order->n_offers; i++)
		n += order->offers[i]->state == OFFER_STATE_LIVE &&
		     (member_id == NULL || strcmp(order->offers[i]->member_id, member_id) == 0);
	return n;
}

static void decline(struct world *w, const char *order_id, const char *member_id)
{
	REQUEST(DeclineOfferRequest, request);
	request->order_id = (char *)(uintptr_t)order_id;
	request->reason = DECLINE_REASON_BUSY;
	must(world_call(w, AS_MEMBER(member_id), "TaskService/DeclineOffer", request));
	world_settle(w);
}

static const Decision *decision(struct world *w, const char *order_id)
{
	REQUEST(ExplainDispatchRequest, rq);
	rq->order_id = (char *)(uintptr_t)order_id;
	return ((ExplainDispatchResponse *)must(world_call(w, AS_ADMIN, "DeskService/ExplainDispatch", rq)))->decision;
}

static void test_window(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	Policy *policy = policy_of(w);
	policy->routine->window_ms = 30 * SECOND_MS;
	set_policy(w, policy);
	const char *middle = world_member(w, world_point(w, 0, 0, 0, SIDE), NULL);
	const char *west = world_member(w, world_point(w, 0, -200, 0, SIDE), NULL);
	const char *resident = world_resident(w);
	world_advance(w, 1000);
	/* Decided at once, the first would take the one who is near the second. */
	const char *a = world_order(w, resident, town.plain_category, world_point(w, 0, -90, 0, SIDE));
	const char *b = world_order(w, resident, town.plain_category, world_point(w, 0, 100, 0, SIDE));
	int64_t end_ms = world_get_order(w, a)->batch_ms;
	assert_true(end_ms > world_now_ms(w) && end_ms % (30 * SECOND_MS) == 0);
	world_advance(w, 20 * SECOND_MS);
	assert_int_equal(live(w, a, NULL) + live(w, b, NULL), 0);
	world_advance(w, 10 * SECOND_MS);
	assert_int_equal(world_get_order(w, a)->batch_ms, 0);
	assert_int_equal(live(w, a, west), 1);
	assert_int_equal(live(w, b, middle), 1);
	/* Who declines is replaced at once, not with the next window. */
	decline(w, b, middle);
	assert_int_equal(live(w, b, west), 1);
	world_free(w);
}

/* More orders than may be asked for at once: the rest waits for the next window, and nobody is forgotten. */
static void test_waits(void **state)
{
	(void)state;
	enum { ORDERS = 5 };
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	Policy *policy = policy_of(w);
	policy->routine->window_ms = 30 * SECOND_MS;
	set_policy(w, policy);
	world_member(w, world_point(w, 0, 0, 0, SIDE), NULL);
	const char *resident = world_resident(w), *ids[ORDERS];
	world_advance(w, 1000);
	for (size_t i = 0; i < ORDERS; i++)
		ids[i] = world_order(w, resident, town.plain_category, world_point(w, 0, 10, 0, SIDE));
	for (size_t round = 1; round <= 2; round++) {
		size_t asked = 0;
		world_advance(w, 30 * SECOND_MS);
		for (size_t i = 0; i < ORDERS; i++)
			asked += live(w, ids[i], NULL);
		assert_int_equal(asked, round == 1 ? 3 : ORDERS);
	}
	world_free(w);
}

/* Nobody is there yet: it goes on looking for as long as the mode says, and only then to the pool. */
static void test_searches_on(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	Policy *policy = policy_of(w);
	policy->routine->search_ms = 120 * SECOND_MS;
	set_policy(w, policy);
	const char *resident = world_resident(w);
	const GeoPoint *at = world_point(w, 0, 0, 0, SIDE);
	const char *id = world_order(w, resident, town.plain_category, at);
	world_advance(w, 100 * SECOND_MS);
	assert_false(world_get_order(w, id)->pooled);
	world_advance(w, 60 * SECOND_MS);
	assert_true(world_get_order(w, id)->pooled);
	id = world_order(w, resident, town.plain_category, at);
	world_advance(w, SECOND_MS);
	assert_int_equal(live(w, id, NULL), 0);
	const char *late = world_member(w, at, NULL);
	world_advance(w, 30 * SECOND_MS);
	assert_int_equal(live(w, id, late), 1);
	world_free(w);
}

static void test_team(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	const char *near = world_member(w, world_point(w, 0, 0, 0, SIDE), NULL);
	world_member(w, world_point(w, 0, 50, 0, SIDE), NULL);
	const char *resident = world_resident(w);
	const GeoPoint *at = world_point(w, 0, 0, 0, SIDE);
	/* One place needs "lift", which nobody has: nobody is asked in vain. */
	const char *id = world_order(w, resident, town.pair_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, NULL), 0);
	assert_true(world_get_order(w, id)->pooled);
	/* The policy may see it otherwise. */
	Policy *policy = policy_of(w);
	policy->partial_teams = true;
	set_policy(w, policy);
	id = world_order(w, resident, town.pair_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, near), 1);
	assert_int_equal(live(w, id, NULL), 1);
	/* With somebody who can, far away, the team is whole: the one who is near is not lost to the wrong place. */
	policy = policy_of(w);
	policy->partial_teams = false;
	set_policy(w, policy);
	const char *lifter = world_member(w, world_point(w, 3, 0, 0, SIDE), "lift");
	world_advance(w, 1000);
	id = world_order(w, resident, town.pair_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, lifter), 1);
	assert_int_equal(live(w, id, NULL), 2);
	world_free(w);
}

/* Three of whom nothing is known give a chance of two thirds. */
static void test_fanout(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	const char *near = world_member(w, world_point(w, 0, 0, 0, SIDE), NULL);
	for (int i = 1; i < 8; i++)
		world_member(w, world_point(w, 0, 20 * i, 0, SIDE), NULL);
	const char *resident = world_resident(w);
	const GeoPoint *at = world_point(w, 0, 0, 0, SIDE);
	const char *id = world_order(w, resident, town.urgent_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, NULL), 3);
	/* Who declines is replaced at once. */
	decline(w, id, near);
	assert_int_equal(live(w, id, NULL), 3);
	assert_int_equal(live(w, id, near), 0);
	world_free(w);
}

/* --- on the way there anyway --- */

static char *resident_at(struct world *w, GeoPoint *point)
{
	REQUEST(CreateBuildingRequest, building);
	building->building = PB_NEW(world_arena(w), Building);
	building->building->name = (char *)"House";
	building->building->point = point;
	CreateBuildingResponse *built = must(world_call(w, AS_ADMIN, "OrgService/CreateBuilding", building));
	REQUEST(CreateHouseholdRequest, household);
	household->household = PB_NEW(world_arena(w), Household);
	household->household->building_id = built->building->id;
	CreateHouseholdResponse *home = must(world_call(w, AS_ADMIN, "OrgService/CreateHousehold", household));
	REQUEST(CreateResidentRequest, resident);
	resident->resident = PB_NEW(world_arena(w), Resident);
	resident->resident->name = (char *)"Resident Canary";
	resident->resident->household_id = home->household->id;
	return ((CreateResidentResponse *)must(world_call(w, AS_ADMIN, "OrgService/CreateResident", resident)))
	    ->resident->id;
}

static int64_t term(const Candidate *candidate, const char *name)
{
	for (size_t i = 0; i < candidate->n_terms; i++) {
		if (strcmp(candidate->terms[i]->name, name) == 0)
			return candidate->terms[i]->metres;
	}
	return 0;
}

/* Who has an order in hand in a house is asked for the next one there, rather than somebody who lives nearer. */
static void test_same_building(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	const char *near = world_member(w, world_point(w, 0, 100, 0, SIDE), NULL);
	char *far = world_member(w, world_point(w, 0, 120, 0, SIDE), NULL);
	const char *resident = resident_at(w, world_point(w, 0, 0, 0, SIDE));
	REQUEST(AssignOrderRequest, assign);
	assign->order_id = world_order(w, resident, town.plain_category, NULL);
	world_advance(w, 1000);
	assert_int_equal(live(w, assign->order_id, near), 1);
	assign->member_id = far;
	assign->accepted = true;
	must(world_call(w, AS_ADMIN, "DeskService/AssignOrder", assign));
	const char *id = world_order(w, resident, town.plain_category, NULL);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, far), 1);
	assert_int_equal(term(decision(w, id)->candidates[0], "same_building"), -250);
	Policy *policy = policy_of(w);
	policy->weights->same_building_m = 0;
	set_policy(w, policy);
	id = world_order(w, resident, town.plain_category, NULL);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, near), 1);
	/* Where there is nothing to do any more, nobody is going. */
	policy = policy_of(w);
	policy->weights->same_building_m = 250;
	set_policy(w, policy);
	REQUEST(CompleteTaskRequest, complete);
	complete->order_id = assign->order_id;
	complete->text = (char *)"done";
	must(world_call(w, AS_MEMBER(far), "TaskService/CompleteTask", complete));
	id = world_order(w, resident, town.plain_category, NULL);
	world_advance(w, 1000);
	assert_int_equal(term(decision(w, id)->candidates[0], "same_building"), 0);
	world_free(w);
}

/* --- what was learnt of answers --- */

static void put_learnt_done(void *arg, const struct exec_result *result)
{
	assert_int_equal(result->err, OK);
	*(bool *)arg = true;
}

/* People who differ by nothing but how far away they live: at the door all say yes. */
static enum err put_learnt(struct txn *t, const void *request, void *response)
{
	enum { ANSWERS = 1000, FAR_M = 3000 };
	const char *category_id = request;
	AcceptModelRecord *before, *learnt = PB_NEW(txn_arena(t), AcceptModelRecord);
	LoadRecord *nobody = PB_NEW(txn_arena(t), LoadRecord);
	(void)response;
	TRY(TXN_FIND(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &before));
	habit_init(txn_arena(t), learnt, ACCEPT_MODEL_ID);
	for (int i = 0; i < ANSWERS; i++) {
		struct habit_case asked = habit_case_of(txn_scene(t), category_id, nobody, i % 2 == 0 ? 0 : FAR_M);
		habit_learn(learnt, &asked, i % 2 == 0);
	}
	learnt->version = 7;
	txn_put(t, KIND_ACCEPT_MODEL, learnt);
	return OK;
}

static void learn(struct world *w, const char *category_id)
{
	static const struct method method = {
	    .path = "/test/Learn", .handler = put_learnt, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
	bool done = false;
	struct exec_request request = {
	    .method = &method, .request = category_id, .done = put_learnt_done, .arg = &done};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = SLICE(WORLD_TENANT);
	(void)exec_call(world_exec(w), &request);
	world_wait(w, &done, 0);
	assert_true(done);
}

/* In an emergency fewer are asked where it is known that they come; an urgent order needs no such certainty. */
static void test_learnt(void **state)
{
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	for (int i = 0; i < 10; i++)
		world_member(w, world_point(w, 0, 10 * i, 0, SIDE), NULL);
	const char *resident = world_resident(w);
	const GeoPoint *at = world_point(w, 0, 0, 0, SIDE);
	REQUEST(GetAcceptanceRequest, rq);
	const char *id = world_order(w, resident, town.danger_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, NULL), 7);
	assert_int_equal(decision(w, id)->candidates[0]->accept_milli, 300);
	assert_int_equal(decision(w, id)->accept_version, 0);
	learn(w, town.danger_category);
	assert_true(((GetAcceptanceResponse *)must(world_call(w, AS_ADMIN, "DeskService/GetAcceptance", rq)))->counts);
	id = world_order(w, resident, town.danger_category, at);
	world_advance(w, 1000);
	assert_true(live(w, id, NULL) <= 3);
	assert_true(decision(w, id)->candidates[0]->accept_milli > 600);
	assert_int_equal(decision(w, id)->accept_version, 7);
	id = world_order(w, resident, town.urgent_category, at);
	world_advance(w, 1000);
	assert_int_equal(live(w, id, NULL), 3);
	assert_true(decision(w, id)->candidates[0]->accept_milli <= 300);
	assert_int_equal(decision(w, id)->accept_version, 0);
	id = world_order(w, resident, town.plain_category, at);
	world_advance(w, 1000);
	assert_int_equal(decision(w, id)->candidates[0]->accept_milli, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window),      cmocka_unit_test(test_waits),  cmocka_unit_test(test_team),
	    cmocka_unit_test(test_searches_on), cmocka_unit_test(test_fanout), cmocka_unit_test(test_same_building),
	    cmocka_unit_test(test_learnt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
