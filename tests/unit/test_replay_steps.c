/* What the players of `paidan replay` do when news comes late, twice or not at all: their calls are caught (rpc_send is
 * wrapped) and answered by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "replay_steps.h"
#include "replay_work.h"

enum { MAX_SENT = 16 };

/* A call that waits for its answer. */
struct sent {
	enum rpc rpc;
	rpc_done_fn *done;
	void *arg;
};

struct stage {
	struct play play;
	struct tenant_links links;
	struct replay_data data;
	struct town town;
	struct play_case c;
	const char *member_ids[1], *resident_ids[TOWN_RESIDENTS_PER_GRID];
	struct replay_order placed;
	struct sent sent[MAX_SENT];
	size_t n_sent;
	Order order;
};

static struct stage *on_stage;

void __wrap_rpc_send(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
		     rpc_done_fn *done, void *arg);
void __wrap_rpc_send(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
		     rpc_done_fn *done, void *arg)
{
	(void)r, (void)link, (void)request, (void)act_as;
	assert_true(on_stage->n_sent < MAX_SENT);
	on_stage->sent[on_stage->n_sent++] = (struct sent){rpc, done, arg};
}

static void on_error(void *arg, const char *what, const struct rpc_error *error)
{
	(void)arg;
	fail_msg("%s: %s", what, error->reason);
}

/* One order that a member has taken, whose plan is to be held until a time. */
static int set_up(void **state)
{
	static struct stage s;
	s = (struct stage){.c = {.id = "o0000001", .phase = CASE_WORKING, .plan = PLAN_HOLD_UNTIL, .rounds = 1}};
	s.member_ids[0] = "m0000001";
	for (size_t i = 0; i < TOWN_RESIDENTS_PER_GRID; i++)
		s.resident_ids[i] = "r0000001";
	s.town = (struct town){.member_ids = s.member_ids, .resident_ids = s.resident_ids, .n_members = 1};
	s.data = (struct replay_data){.orders = &s.placed, .n_orders = 1};
	s.play = (struct play){
	    .links = &s.links, .data = &s.data, .town = &s.town, .cases = &s.c, .n = 1, .next = 1, .active = 1};
	s.play.options.error = on_error;
	Order_init(&s.order);
	s.order.id = s.c.id;
	on_stage = &s;
	*state = &s;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *s = *state;
	for (size_t i = 0; i < s->n_sent; i++)
		free(s->sent[i].arg);
	free(s->c.answered);
	return 0;
}

/* Answers the oldest call, which must be this one. reason: NULL for yes. */
static void answer(struct stage *s, enum rpc rpc, const char *reason)
{
	struct rpc_error error = {.code = GRPC_FAILED_PRECONDITION};
	struct rpc_reply reply = {.rpc = rpc, .error = reason == NULL ? NULL : &error};
	assert_true(s->n_sent > 0);
	struct sent sent = s->sent[0];
	assert_int_equal(sent.rpc, rpc);
	memmove(s->sent, s->sent + 1, --s->n_sent * sizeof(s->sent[0]));
	if (reason != NULL)
		memcpy(error.reason, reason, strlen(reason) + 1);
	sent.done(sent.arg, &reply);
}

/* The board's stream says this, or with EVENT_KIND_UNSPECIFIED: it was read. */
static void see(struct stage *s, OrderState state, EventKind kind)
{
	s->order.state = state;
	step_seen(&s->play, 0, &s->order, kind);
}

static void expect_call(const struct stage *s, enum rpc rpc)
{
	assert_int_equal(s->n_sent, 1);
	assert_int_equal(s->sent[0].rpc, rpc);
}

static void take_and_hold(struct stage *s)
{
	step_work(&s->play, 0);
	answer(s, RPC_HOLD_ORDER, NULL);
	assert_int_equal(s->c.phase, CASE_HELD);
	assert_true(s->c.parked);
}

static void test_a_hold_that_time_ends(void **state)
{
	struct stage *s = *state;
	take_and_hold(s);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_RESUMED);
	answer(s, RPC_START_TASK, NULL);
	answer(s, RPC_COMPLETE_TASK, NULL);
	answer(s, RPC_RATE_ORDER, NULL);
	assert_int_equal(s->c.phase, CASE_OVER);
	assert_int_equal(s->play.over, 1);
	assert_int_equal(s->play.active, 0);
}

/* A message of the stream that was made before the hold and arrives after its answer. */
static void test_news_from_before_the_hold_does_not_end_it(void **state)
{
	struct stage *s = *state;
	take_and_hold(s);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_OFFERED);
	assert_int_equal(s->n_sent, 0);
	assert_int_equal(s->c.phase, CASE_HELD);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_RESUMED);
	expect_call(s, RPC_START_TASK);
}

static void test_work_that_was_refused_is_taken_up_when_the_order_is_read(void **state)
{
	struct stage *s = *state;
	take_and_hold(s);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_UNSPECIFIED); /* read just before the hold was carried out */
	answer(s, RPC_START_TASK, "ORDER_STATE");
	see(s, ORDER_STATE_HELD, EVENT_KIND_UNSPECIFIED);
	assert_int_equal(s->n_sent, 0);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_UNSPECIFIED);
	answer(s, RPC_START_TASK, NULL);
	answer(s, RPC_COMPLETE_TASK, "ORDER_STATE");
	see(s, ORDER_STATE_STARTED, EVENT_KIND_UNSPECIFIED);
	answer(s, RPC_COMPLETE_TASK, NULL);
	expect_call(s, RPC_RATE_ORDER);
}

/* While a call is under way its answer decides what comes next. */
static void test_what_is_read_during_a_call_starts_no_other(void **state)
{
	struct stage *s = *state;
	take_and_hold(s);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_RESUMED);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_UNSPECIFIED);
	see(s, ORDER_STATE_STARTED, EVENT_KIND_STARTED);
	expect_call(s, RPC_START_TASK);
}

static void test_a_hold_that_came_too_late_is_forgotten(void **state)
{
	struct stage *s = *state;
	step_work(&s->play, 0);
	answer(s, RPC_HOLD_ORDER, "FIELD_OUT_OF_RANGE");
	answer(s, RPC_START_TASK, "ORDER_STATE");
	assert_int_equal(s->c.phase, CASE_WORKING);
	see(s, ORDER_STATE_ACCEPTED, EVENT_KIND_UNSPECIFIED);
	expect_call(s, RPC_START_TASK);
}

static void test_a_rating_that_came_too_late(void **state)
{
	struct stage *s = *state;
	s->c.planned = true;
	step_work(&s->play, 0);
	answer(s, RPC_START_TASK, NULL);
	answer(s, RPC_COMPLETE_TASK, NULL);
	answer(s, RPC_RATE_ORDER, "ORDER_STATE");
	assert_int_equal(s->c.phase, CASE_RATING);
	see(s, ORDER_STATE_CLOSED, EVENT_KIND_UNSPECIFIED);
	assert_int_equal(s->c.phase, CASE_OVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_hold_that_time_ends, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_news_from_before_the_hold_does_not_end_it, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_work_that_was_refused_is_taken_up_when_the_order_is_read, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(test_what_is_read_during_a_call_starts_no_other, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_hold_that_came_too_late_is_forgotten, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_a_rating_that_came_too_late, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
