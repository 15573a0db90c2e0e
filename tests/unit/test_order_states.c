/* Every state × every state in the table, and every state × every command of the API. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "domain/order_state.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

/* --- the table --- */

/* The design's table, written down a second time. */
static const char *const legal[] = {
    "NONE>PLACED",        "PLACED>OFFERED",  "PLACED>CANCELLED", "PLACED>REJECTED",   "PLACED>HELD",
    "OFFERED>ACCEPTED",   "OFFERED>PLACED",  "OFFERED>HELD",     "OFFERED>CANCELLED", "ACCEPTED>STARTED",
    "ACCEPTED>COMPLETED", "ACCEPTED>PLACED", "ACCEPTED>OFFERED", "ACCEPTED>HELD",     "ACCEPTED>CANCELLED",
    "STARTED>COMPLETED",  "STARTED>PLACED",  "STARTED>OFFERED",  "STARTED>HELD",      "COMPLETED>CLOSED",
    "COMPLETED>PLACED",   "CLOSED>PLACED",
};

/* What taking back a command of the desk adds to it. */
static const char *const backward[] = {
    "PLACED>OFFERED",     "PLACED>HELD",       "OFFERED>PLACED",    "OFFERED>ACCEPTED",  "OFFERED>STARTED",
    "OFFERED>HELD",       "ACCEPTED>PLACED",   "ACCEPTED>OFFERED",  "ACCEPTED>STARTED",  "ACCEPTED>HELD",
    "STARTED>HELD",       "HELD>PLACED",       "HELD>OFFERED",      "HELD>ACCEPTED",     "HELD>STARTED",
    "COMPLETED>ACCEPTED", "COMPLETED>STARTED", "CANCELLED>PLACED",  "CANCELLED>OFFERED", "CANCELLED>ACCEPTED",
    "REJECTED>PLACED",    "PLACED>COMPLETED",  "OFFERED>COMPLETED",
};

static bool is_among(const char *const *steps, size_t n, OrderState from, OrderState to)
{
	char step[40];
	snprintf(step, sizeof(step), "%s>%s", order_state_name(from), order_state_name(to));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(steps[i], step) == 0)
			return true;
	}
	return false;
}

static bool is_legal(OrderState from, OrderState to)
{
	return is_among(legal, sizeof(legal) / sizeof(legal[0]), from, to);
}

static void test_table(void **state)
{
	(void)state;
	for (OrderState from = ORDER_STATE_UNSPECIFIED; from <= ORDER_STATE_REJECTED; from++) {
		for (OrderState to = ORDER_STATE_UNSPECIFIED; to <= ORDER_STATE_REJECTED; to++) {
			for (OrderState held = ORDER_STATE_UNSPECIFIED; held <= ORDER_STATE_REJECTED; held++) {
				/* HELD leads back to where it was, which only the four live states can be. */
				bool back = to == held && to >= ORDER_STATE_PLACED && to <= ORDER_STATE_STARTED;
				bool expected = from == ORDER_STATE_HELD ? back : is_legal(from, to);
				if (order_state_allows(from, to, held) != expected)
					fail_msg("%s to %s, held from %s", order_state_name(from), order_state_name(to),
						 order_state_name(held));
			}
		}
		for (OrderState to = ORDER_STATE_UNSPECIFIED; to <= ORDER_STATE_REJECTED; to++) {
			bool expected =
			    from == to || is_among(backward, sizeof(backward) / sizeof(backward[0]), from, to);
			if (order_state_undoes(from, to) != expected)
				fail_msg("%s back to %s", order_state_name(from), order_state_name(to));
		}
		assert_false(order_state_undoes(from, (OrderState)(ORDER_STATE_REJECTED + 1)));
		assert_false(order_state_allows(from, (OrderState)(ORDER_STATE_REJECTED + 1), ORDER_STATE_PLACED));
		assert_false(order_state_allows(from, (OrderState)-1, ORDER_STATE_PLACED));
		bool final = from >= ORDER_STATE_CLOSED;
		assert_int_equal(order_state_final(from), final);
		assert_int_equal(order_state_open(from), !final && from != ORDER_STATE_UNSPECIFIED);
	}
	assert_string_equal(order_state_name((OrderState)77), "UNKNOWN");
}

/* --- every command in every state --- */

enum { SIDE = 2 };

struct stage {
	struct world *w;
	struct town town;
	char *m1, *m2, *resident;
};

#define REQUEST(Type, name) Type *name = PB_NEW(world_arena(s->w), Type)

static struct world_reply accept(struct stage *s, char *id)
{
	REQUEST(AcceptOfferRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/AcceptOffer", rq);
}

static struct world_reply decline(struct stage *s, char *id)
{
	REQUEST(DeclineOfferRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/DeclineOffer", rq);
}

static struct world_reply grab(struct stage *s, char *id)
{
	REQUEST(GrabOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/GrabOrder", rq);
}

static struct world_reply start(struct stage *s, char *id)
{
	REQUEST(StartTaskRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/StartTask", rq);
}

static struct world_reply complete(struct stage *s, char *id)
{
	REQUEST(CompleteTaskRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"done";
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/CompleteTask", rq);
}

static struct world_reply hand_back(struct stage *s, char *id)
{
	REQUEST(HandBackTaskRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"ill";
	return world_call(s->w, AS_MEMBER(s->m1), "TaskService/HandBackTask", rq);
}

static struct world_reply rate_as(struct stage *s, char *id, Resolution resolution)
{
	REQUEST(RateOrderRequest, rq);
	rq->order_id = id;
	rq->stars = 3;
	rq->resolution = resolution;
	return world_call(s->w, AS_RESIDENT(s->resident), "OrderService/RateOrder", rq);
}

static struct world_reply rate(struct stage *s, char *id)
{
	return rate_as(s, id, RESOLUTION_SOLVED);
}

static struct world_reply rate_not_solved(struct stage *s, char *id)
{
	return rate_as(s, id, RESOLUTION_NOT_SOLVED);
}

static struct world_reply cancel(struct stage *s, char *id)
{
	REQUEST(CancelOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_RESIDENT(s->resident), "OrderService/CancelOrder", rq);
}

static struct world_reply chase(struct stage *s, char *id)
{
	REQUEST(ChaseOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_RESIDENT(s->resident), "OrderService/ChaseOrder", rq);
}

static struct world_reply note(struct stage *s, char *id)
{
	REQUEST(AddNoteRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"n";
	return world_call(s->w, AS_ADMIN, "OrderService/AddNote", rq);
}

static struct world_reply reopen(struct stage *s, char *id)
{
	REQUEST(ReopenOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_RESIDENT(s->resident), "OrderService/ReopenOrder", rq);
}

static struct world_reply assign_to(struct stage *s, char *id, char *member, bool accepted)
{
	REQUEST(AssignOrderRequest, rq);
	rq->order_id = id;
	rq->member_id = member;
	rq->accepted = accepted;
	return world_call(s->w, AS_ADMIN, "DeskService/AssignOrder", rq);
}

static struct world_reply assign(struct stage *s, char *id)
{
	return assign_to(s, id, s->m2, false);
}

static struct world_reply assign_accepted(struct stage *s, char *id)
{
	return assign_to(s, id, s->m2, true);
}

static struct world_reply hold(struct stage *s, char *id)
{
	REQUEST(HoldOrderRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"wait";
	return world_call(s->w, AS_ADMIN, "DeskService/HoldOrder", rq);
}

static struct world_reply resume(struct stage *s, char *id)
{
	REQUEST(ResumeOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_ADMIN, "DeskService/ResumeOrder", rq);
}

static struct world_reply redispatch(struct stage *s, char *id)
{
	REQUEST(RedispatchOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_ADMIN, "DeskService/RedispatchOrder", rq);
}

static char *placed(struct stage *s)
{
	return world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 0, 0, SIDE));
}

static struct world_reply merge_two(struct stage *s, char *id, char *duplicate)
{
	REQUEST(MergeOrdersRequest, rq);
	rq->order_id = id;
	rq->duplicate_ids = &duplicate;
	rq->n_duplicate_ids = 1;
	return world_call(s->w, AS_ADMIN, "DeskService/MergeOrders", rq);
}

static char *spare; /* placed before the state is looked at */

static struct world_reply merge_another_in(struct stage *s, char *id)
{
	return merge_two(s, id, spare);
}

static struct world_reply merge_into_another(struct stage *s, char *id)
{
	return merge_two(s, spare, id);
}

static struct world_reply reject(struct stage *s, char *id)
{
	REQUEST(RejectOrderRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"not ours";
	return world_call(s->w, AS_ADMIN, "DeskService/RejectOrder", rq);
}

static struct world_reply complete_for(struct stage *s, char *id)
{
	REQUEST(CompleteOrderRequest, rq);
	rq->order_id = id;
	rq->text = (char *)"done";
	return world_call(s->w, AS_ADMIN, "DeskService/CompleteOrder", rq);
}

static struct world_reply rework(struct stage *s, char *id)
{
	REQUEST(ReworkOrderRequest, rq);
	rq->order_id = id;
	return world_call(s->w, AS_ADMIN, "DeskService/ReworkOrder", rq);
}

typedef struct world_reply command_fn(struct stage *s, char *id);

/* How an order comes to stand where the column says. */
enum place {
	AT_PLACED,
	AT_OFFERED,
	AT_ACCEPTED,
	AT_STARTED,
	AT_HELD_OFFERED,
	AT_HELD_ACCEPTED,
	AT_COMPLETED,
	AT_CLOSED,
	AT_CANCELLED,
	AT_REJECTED,
	PLACES,
};

static char *order_at(struct stage *s, enum place place)
{
	char *id = placed(s);
	bool offered = place != AT_PLACED && place != AT_REJECTED;
	bool accepted = offered && place != AT_OFFERED && place != AT_HELD_OFFERED && place != AT_CANCELLED;
	if (offered)
		must(assign_to(s, id, s->m1, false));
	if (accepted)
		must(accept(s, id));
	if (place == AT_STARTED)
		must(start(s, id));
	if (place == AT_HELD_OFFERED || place == AT_HELD_ACCEPTED)
		must(hold(s, id));
	if (place == AT_COMPLETED || place == AT_CLOSED)
		must(complete(s, id));
	if (place == AT_CLOSED)
		must(rate(s, id));
	if (place == AT_CANCELLED)
		must(cancel(s, id));
	if (place == AT_REJECTED)
		must(reject(s, id));
	return id;
}

/* What comes of it: a state (as its number), or an err (negative). */
#define S(name) ORDER_STATE_##name
#define X(name) -ERR_##name
#define NO X(ORDER_STATE)
#define NF X(NOT_FOUND)
#define ANS X(OFFER_ANSWERED)

static const struct row {
	const char *name;
	command_fn *run;
	int expected[PLACES];
} rows[] = {
    /*              PLACED OFFERED ACCEPTED STARTED HELD(offered) HELD(accepted) COMPLETED CLOSED CANCELLED REJECTED */
    {"accept", accept, {NF, S(ACCEPTED), ANS, ANS, NO, ANS, ANS, X(OFFER_TAKEN), NF, NF}},
    {"decline", decline, {NF, S(PLACED), ANS, ANS, NO, ANS, ANS, NF, NF, NF}},
    {"grab",
     grab,
     {NF, X(OFFER_TAKEN), X(NOT_IN_POOL), X(NOT_IN_POOL), X(OFFER_TAKEN), X(NOT_IN_POOL), X(NOT_IN_POOL),
      X(NOT_IN_POOL), NF, NF}},
    {"start", start, {NF, NF, S(STARTED), NO, NF, NO, NO, NO, NF, NF}},
    {"complete", complete, {NF, NF, S(COMPLETED), S(COMPLETED), NF, NO, NO, NO, NF, NF}},
    {"hand back", hand_back, {NF, NF, S(PLACED), S(PLACED), NF, NO, NO, NO, NF, NF}},
    {"rate", rate, {NO, NO, NO, NO, NO, NO, S(CLOSED), X(ALREADY_RATED), NO, NO}},
    {"rate not solved", rate_not_solved, {NO, NO, NO, NO, NO, NO, S(PLACED), X(ALREADY_RATED), NO, NO}},
    {"cancel", cancel, {S(CANCELLED), S(CANCELLED), S(CANCELLED), NO, NO, NO, NO, NO, NO, NO}},
    {"chase", chase, {S(PLACED), S(OFFERED), S(ACCEPTED), S(STARTED), S(HELD), S(HELD), NO, NO, NO, NO}},
    {"note",
     note,
     {S(PLACED), S(OFFERED), S(ACCEPTED), S(STARTED), S(HELD), S(HELD), S(COMPLETED), S(CLOSED), S(CANCELLED),
      S(REJECTED)}},
    {"reopen", reopen, {NO, NO, NO, NO, NO, NO, NO, S(PLACED), NO, NO}},
    {"assign", assign, {S(OFFERED), S(OFFERED), S(OFFERED), S(OFFERED), NO, NO, NO, NO, NO, NO}},
    {"assign, accepted", assign_accepted, {S(ACCEPTED), S(ACCEPTED), S(ACCEPTED), S(ACCEPTED), NO, NO, NO, NO, NO, NO}},
    {"hold", hold, {S(HELD), S(HELD), S(HELD), S(HELD), NO, NO, NO, NO, NO, NO}},
    {"resume", resume, {NO, NO, NO, NO, S(OFFERED), S(ACCEPTED), NO, NO, NO, NO}},
    /* Dispatch answers at once. */
    {"redispatch", redispatch, {S(OFFERED), S(OFFERED), NO, NO, NO, NO, NO, NO, NO, NO}},
    {"merge another in",
     merge_another_in,
     {S(PLACED), S(OFFERED), S(ACCEPTED), S(STARTED), S(HELD), S(HELD), S(COMPLETED), X(MERGE_MISMATCH),
      X(MERGE_MISMATCH), X(MERGE_MISMATCH)}},
    {"merge into another", merge_into_another, {S(CANCELLED), S(CANCELLED), S(CANCELLED), NO, NO, NO, NO, NO, NO, NO}},
    {"reject", reject, {S(REJECTED), NO, NO, NO, NO, NO, NO, NO, NO, NO}},
    {"complete for", complete_for, {NO, NO, S(COMPLETED), S(COMPLETED), NO, NO, NO, NO, NO, NO}},
    {"rework", rework, {NO, NO, NO, NO, NO, NO, S(PLACED), NO, NO, NO}},
};

static unsigned check(struct stage *s, const struct row *row, enum place place)
{
	spare = placed(s);
	char *id = order_at(s, place);
	OrderState before_state = world_get_order(s->w, id)->state;
	char *before = world_dump(s->w);
	struct world_reply reply = row->run(s, id);
	OrderState after = world_get_order(s->w, id)->state;
	int expected = row->expected[place];
	int got = reply.err == OK ? (int)after : -(int)reply.err;
	if (got != expected)
		print_error("%s in %s (place %d): %s %s, expected %s\n", row->name, order_state_name(before_state),
			    place, err_info(reply.err)->reason, order_state_name(after),
			    expected < 0 ? err_info((enum err)(-expected))->reason
					 : order_state_name((OrderState)expected));
	if (reply.err != OK && strcmp(before, world_dump(s->w)) != 0)
		fail_msg("%s in %s: refused, and something was stored", row->name, order_state_name(before_state));
	world_forget(s->w);
	return got != expected;
}

/* By hand, so that an order stands where it was put; the caps are out of the way. */
static struct stage stage(void)
{
	struct stage here = {.w = world_new(&(struct world_options){.seed = 1, .cache_bytes = 1 << 20})}, *s = &here;
	s->town = world_town(s->w, SIDE);
	REQUEST(GetPolicyRequest, get);
	struct world_reply got = world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)got.message)->policy;
	put->policy->manual_dispatch = true;
	put->policy->holding_cap = 1000;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
	s->m1 = world_member(s->w, world_point(s->w, 0, 10, 0, SIDE), NULL);
	s->m2 = world_member(s->w, world_point(s->w, 0, 20, 0, SIDE), NULL);
	s->resident = world_resident(s->w);
	return here;
}

static void test_commands(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (enum place place = AT_PLACED; place < PLACES; place++) {
		struct stage s = stage();
		/* Outlives world_forget. */
		struct arena a;
		arena_init(&a, 1 << 16);
		s.m1 = arena_strdup(&a, s.m1);
		s.m2 = arena_strdup(&a, s.m2);
		s.resident = arena_strdup(&a, s.resident);
		s.town.plain_category = arena_strdup(&a, s.town.plain_category);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			wrong += check(&s, &rows[i], place);
		arena_free(&a);
		world_free(s.w);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
