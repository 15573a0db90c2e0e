/* Who is asked, and when: orders of one window together, teams as one, decliners replaced, as many as it takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "world.h"

enum { SIDE = 2, SECOND_MS = 1000 };

#define REQUEST(type, name)                           \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

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
	world_advance(w, 20 * SECOND_MS);
	assert_int_equal(live(w, a, NULL) + live(w, b, NULL), 0);
	world_advance(w, 10 * SECOND_MS);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_waits),
	    cmocka_unit_test(test_team),
	    cmocka_unit_test(test_fanout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
