/* Why dispatch chose as it did: noted then, told now, and what was done by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "must.h"
#include "world.h"

enum { SIDE = 2, MINUTE_MS = 60 * 1000 };

#define REQUEST(type, name)                              \
	type *name = ARENA_NEW(world_arena(s->w), type); \
	type##_init(name)

struct stage {
	struct world *w;
	struct town town;
	char *near, *far, *farther, *resident;
};

static struct stage stage(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 5})};
	s.town = world_town(s.w, SIDE);
	s.near = world_member(s.w, world_point(s.w, 0, 30, 0, SIDE), NULL);
	s.far = world_member(s.w, world_point(s.w, 0, 120, 0, SIDE), NULL);
	s.farther = world_member(s.w, world_point(s.w, 0, 200, 0, SIDE), "lift");
	s.resident = world_resident(s.w);
	return s;
}

static char *order(struct stage *s, const char *category)
{
	char *id = world_order(s->w, s->resident, category, world_point(s->w, 0, 0, 0, SIDE));
	world_advance(s->w, 1000);
	return id;
}

static const ExplainDispatchResponse *explain(struct stage *s, const char *order_id, uint32_t slot)
{
	REQUEST(ExplainDispatchRequest, rq);
	rq->order_id = (char *)order_id;
	rq->slot = slot;
	return must(world_call(s->w, AS_ADMIN, "DeskService/ExplainDispatch", rq));
}

static int64_t sum(const Candidate *candidate)
{
	int64_t sum_m = 0;
	for (size_t i = 0; i < candidate->n_terms; i++)
		sum_m += candidate->terms[i]->metres;
	return sum_m;
}

static const Candidate *find(const ExplainDispatchResponse *told, const char *member_id)
{
	for (size_t i = 0; i < told->n_candidates; i++) {
		if (strcmp(told->candidates[i]->member_id, member_id) == 0)
			return told->candidates[i];
	}
	fail_msg("%s is not among those in reach", member_id);
	return NULL;
}

static void test_chosen_and_runner_up(void **state)
{
	(void)state;
	struct stage s = stage();
	const char *id = order(&s, s.town.plain_category);
	const ExplainDispatchResponse *told = explain(&s, id, 0);
	const Decision *d = told->decision;
	assert_non_null(d);
	assert_int_equal(d->n_candidates, 2);
	assert_string_equal(d->candidates[0]->member_id, s.near);
	assert_true(d->candidates[0]->chosen);
	assert_false(d->candidates[1]->chosen);
	assert_string_equal(d->runner_up_id, s.far);
	assert_int_equal(d->margin_m, d->candidates[1]->cost_m - d->candidates[0]->cost_m);
	assert_true(d->margin_m > 0);
	assert_int_equal(d->policy_version, 1);
	assert_int_equal(d->ring, RING_GRID);
	for (size_t i = 0; i < d->n_candidates; i++)
		assert_int_equal(sum(d->candidates[i]), d->candidates[i]->cost_m);
	/* Who can be asked now stands in front of who was asked. */
	assert_string_equal(told->candidates[0]->member_id, s.far);
	assert_string_equal(find(told, s.near)->filtered, "ASKED");
	world_free(s.w);
}

/* The decision is told as it was, though everybody stands elsewhere since. */
static void test_then_is_not_now(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	const char *id = order(s, s->town.plain_category);
	int64_t at_ms = explain(s, id, 0)->decision->at_ms, cost_m = explain(s, id, 0)->decision->candidates[1]->cost_m;
	REQUEST(PauseMemberRequest, pause);
	pause->member_id = s->far;
	pause->until_ms = world_now_ms(s->w) + 60 * MINUTE_MS;
	must(world_call(s->w, AS_ADMIN, "MemberService/PauseMember", pause));
	world_advance(s->w, MINUTE_MS);
	const ExplainDispatchResponse *told = explain(s, id, 0);
	assert_string_equal(find(told, s->far)->filtered, "PAUSED");
	assert_int_equal(told->now_ms, world_now_ms(s->w));
	assert_int_equal(told->decision->at_ms, at_ms);
	assert_string_equal(told->decision->runner_up_id, s->far);
	assert_int_equal(told->decision->candidates[1]->cost_m, cost_m);
	/* Who declines is replaced: that is the newest decision. */
	REQUEST(DeclineOfferRequest, decline);
	decline->order_id = (char *)id;
	must(world_call(s->w, AS_MEMBER(s->near), "TaskService/DeclineOffer", decline));
	world_advance(s->w, 1000);
	told = explain(s, id, 0);
	assert_true(told->decision->at_ms > at_ms);
	assert_string_equal(told->decision->candidates[0]->member_id, s->farther);
	assert_string_equal(told->decision->runner_up_id, "");
	world_free(s->w);
}

static void test_fan_out(void **state)
{
	(void)state;
	struct stage s = stage();
	for (int i = 0; i < 3; i++)
		(void)world_member(s.w, world_point(s.w, 0, 100, 40 * i, SIDE), NULL);
	const Decision *d = explain(&s, order(&s, s.town.urgent_category), 0)->decision;
	assert_int_equal(d->n_candidates, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(d->candidates[i]->chosen, i < 3);
	world_free(s.w);
}

/* Each place of a team order has a decision of its own. */
static void test_slots(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	const char *id = order(s, s->town.pair_category);
	size_t skilled = 0;
	for (uint32_t slot = 0; slot < 2; slot++) {
		const ExplainDispatchResponse *told = explain(s, id, slot);
		/* 0 is the first open one: nobody has accepted. */
		assert_int_equal(told->slot, slot);
		assert_int_equal(told->decision->slot, slot);
		if (strcmp(told->decision->candidates[0]->member_id, s->farther) == 0) {
			assert_string_equal(find(told, s->far)->filtered, "SKILL");
			skilled++;
		}
	}
	assert_int_equal(skilled, 1);
	REQUEST(ExplainDispatchRequest, rq);
	rq->order_id = (char *)id;
	rq->slot = 2;
	struct world_reply none = world_call(s->w, AS_ADMIN, "DeskService/ExplainDispatch", rq);
	assert_int_equal(none.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(none.fault.field, "slot");
	world_free(s->w);
}

static void test_by_hand(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	const char *id = order(s, s->town.complaint_category);
	REQUEST(AssignOrderRequest, assign);
	assign->order_id = (char *)id;
	assign->member_id = s->farther;
	assign->reason = (char *)"knows the house";
	assign->accepted = true;
	must(world_call(s->w, AS_ADMIN, "DeskService/AssignOrder", assign));
	world_advance(s->w, MINUTE_MS);
	assign->member_id = s->far;
	assign->reason = (char *)"";
	assign->accepted = false;
	must(world_call(s->w, AS_ADMIN, "DeskService/AssignOrder", assign));
	const ExplainDispatchResponse *told = explain(s, id, 0);
	assert_int_equal(told->n_manual, 2);
	assert_string_equal(told->manual[0]->member_id, s->farther);
	assert_string_equal(told->manual[0]->reason, "knows the house");
	assert_int_equal(told->manual[0]->by->role, ROLE_ADMIN);
	assert_string_equal(told->manual[1]->member_id, s->far);
	assert_string_equal(told->manual[1]->reason, "");
	assert_true(told->manual[1]->at_ms > told->manual[0]->at_ms);
	world_free(s->w);
}

static void test_nothing_decided(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->manual_dispatch = true;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
	const char *id = order(s, s->town.plain_category);
	const ExplainDispatchResponse *told = explain(s, id, 0);
	assert_null(told->decision);
	assert_int_equal(told->n_manual, 0);
	world_free(s->w);
}

/* --- who waits --- */

enum { WINDOW_MS = 30 * 1000 };

static void set_window(struct stage *s)
{
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->routine->window_ms = WINDOW_MS;
	put->policy->holding_cap = 1;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
	/* In the midst of one. */
	world_advance(s->w, WINDOW_MS + WINDOW_MS / 2 - world_now_ms(s->w) % WINDOW_MS);
}

/* A window gives all members to other orders: who waits is told who would have come, and when it goes on. */
static void test_used_elsewhere(void **state)
{
	(void)state;
	enum { ORDERS = 4 };
	struct stage world = stage(), *s = &world;
	const char *ids[ORDERS], *waits = NULL;
	set_window(s);
	for (size_t i = 0; i < ORDERS; i++)
		ids[i] = order(s, s->town.plain_category);
	const ExplainDispatchResponse *told = explain(s, ids[0], 0);
	assert_null(told->decision);
	assert_int_equal(told->again_ms, world_get_order(s->w, ids[0])->batch_ms);
	world_advance(s->w, WINDOW_MS);
	for (size_t i = 0; i < ORDERS; i++) {
		told = explain(s, ids[i], 0);
		assert_non_null(told->decision);
		if (told->decision->wait == WAIT_REASON_UNSPECIFIED)
			continue;
		assert_null(waits);
		waits = ids[i];
	}
	assert_non_null(waits);
	told = explain(s, waits, 0);
	const Decision *d = told->decision;
	assert_int_equal(d->wait, WAIT_REASON_USED_ELSEWHERE);
	assert_int_equal(d->n_candidates, 1);
	assert_string_equal(d->candidates[0]->member_id, s->near);
	assert_false(d->candidates[0]->chosen);
	assert_string_equal(d->runner_up_id, "");
	assert_int_equal(sum(d->candidates[0]), d->candidates[0]->cost_m);
	assert_int_equal(d->candidates[0]->later_m + d->worth_m, 0);
	/* Now as far as it looked then, though rings widen only when somebody is asked. */
	assert_int_equal(d->ring, RING_GRID);
	assert_int_equal(told->ring, RING_GRID);
	assert_string_equal(find(told, s->near)->filtered, "");
	assert_in_range(told->again_ms, world_now_ms(s->w), world_now_ms(s->w) + WINDOW_MS);
	/* Somebody comes: that is the newest decision. */
	const char *late = world_member(s->w, world_point(s->w, 0, 0, 0, SIDE), NULL);
	world_advance(s->w, WINDOW_MS);
	told = explain(s, waits, 0);
	assert_int_equal(told->decision->wait, WAIT_REASON_UNSPECIFIED);
	assert_string_equal(told->decision->candidates[0]->member_id, late);
	assert_int_equal(told->again_ms, 0);
	world_free(s->w);
}

/* What is to be looked at is told as far as dispatch would look: to where somebody can be asked; or everybody, and what
 * rules them out. */
static void test_looks_on(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	REQUEST(PauseMemberRequest, pause);
	char *const all[] = {s->near, s->far, s->farther};
	set_window(s);
	const char *id =
	    world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, SIDE * SIDE - 1, 0, 0, SIDE));
	const ExplainDispatchResponse *told = explain(s, id, 0);
	assert_int_equal(world_get_order(s->w, id)->ring, RING_GRID);
	assert_int_equal(told->ring, RING_NEIGHBOURS);
	assert_string_equal(told->candidates[0]->filtered, "");
	pause->until_ms = world_now_ms(s->w) + 60 * MINUTE_MS;
	for (size_t i = 0; i < 3; i++) {
		pause->member_id = all[i];
		must(world_call(s->w, AS_ADMIN, "MemberService/PauseMember", pause));
	}
	told = explain(s, id, 0);
	assert_int_equal(told->ring, RING_STREET);
	assert_int_equal(told->n_candidates, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(told->candidates[i]->filtered, "PAUSED");
	world_free(s->w);
}

/* Of a team that is not complete each place says what it waits for. */
static void test_incomplete(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	size_t seen[WAIT_REASON_INCOMPLETE + 1] = {0};
	REQUEST(PauseMemberRequest, pause);
	set_window(s);
	/* One is left for two places, and can be in either. */
	pause->until_ms = world_now_ms(s->w) + 60 * MINUTE_MS;
	pause->member_id = s->near;
	must(world_call(s->w, AS_ADMIN, "MemberService/PauseMember", pause));
	pause->member_id = s->far;
	must(world_call(s->w, AS_ADMIN, "MemberService/PauseMember", pause));
	const char *id = order(s, s->town.pair_category);
	world_advance(s->w, WINDOW_MS);
	assert_int_equal(world_get_order(s->w, id)->state, ORDER_STATE_PLACED);
	for (uint32_t slot = 0; slot < 2; slot++) {
		const Decision *d = explain(s, id, slot)->decision;
		assert_int_equal(d->slot, slot);
		assert_string_equal(d->candidates[0]->member_id, s->farther);
		seen[d->wait]++;
	}
	assert_int_equal(seen[WAIT_REASON_INCOMPLETE], 1);
	assert_int_equal(seen[WAIT_REASON_USED_ELSEWHERE], 1);
	world_free(s->w);
}

/* --- */

/* What rules are tried on: all orders, the newest first, also closed ones, with nothing that anybody wrote. */
static void test_trace(void **state)
{
	(void)state;
	enum { N = 7 };
	struct stage world = stage(), *s = &world;
	char *ids[N];
	for (size_t i = 0; i < N; i++) {
		ids[i] = order(s, s->town.plain_category);
		world_advance(s->w, MINUTE_MS);
	}
	REQUEST(CancelOrderRequest, cancel);
	cancel->order_id = ids[2];
	cancel->reason = (char *)"found it";
	must(world_call(s->w, AS_RESIDENT(s->resident), "OrderService/CancelOrder", cancel));
	REQUEST(ListTraceRequest, rq);
	rq->page_size = 3;
	size_t seen = 0, pages = 0;
	do {
		const ListTraceResponse *page = must(world_call(s->w, AS_ADMIN, "DeskService/ListTrace", rq));
		for (size_t i = 0; i < page->n_orders; i++) {
			const Order *told = page->orders[i]->order;
			assert_string_equal(told->id, ids[N - 1 - seen]);
			seen++;
			assert_string_equal(told->title, "");
			for (size_t k = 0; k < told->n_timeline; k++)
				assert_string_equal(told->timeline[k]->text, "");
		}
		assert_true(page->n_orders <= 3);
		rq->page_token = page->next_page_token;
		assert_true(++pages < 10);
	} while (rq->page_token[0] != '\0');
	assert_int_equal(seen, N);
	rq->from_ms = world_now_ms(s->w) - 2 * MINUTE_MS - 2000;
	rq->page_size = 200;
	rq->page_token = (char *)"";
	assert_int_equal(((ListTraceResponse *)must(world_call(s->w, AS_ADMIN, "DeskService/ListTrace", rq)))->n_orders,
			 2);
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chosen_and_runner_up),
	    cmocka_unit_test(test_then_is_not_now),
	    cmocka_unit_test(test_fan_out),
	    cmocka_unit_test(test_slots),
	    cmocka_unit_test(test_by_hand),
	    cmocka_unit_test(test_nothing_decided),
	    cmocka_unit_test(test_used_elsewhere),
	    cmocka_unit_test(test_looks_on),
	    cmocka_unit_test(test_incomplete),
	    cmocka_unit_test(test_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
