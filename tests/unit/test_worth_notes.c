/* What windows see of how soon orders are served: noted where the policy weighs it, learnt by one transaction now and
 * then, and gone by. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "domain/worth.h"
#include "must.h"
#include "pb/pb_message.h"
#include "txn/txn.h"
#include "world.h"

enum {
	SIDE = 2,
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	WINDOW_MS = 5 * SECOND_MS,
	SEARCH_MS = 10 * MINUTE_MS,
	/* The newest first, where they say so. */
	MINUTE_M = 60000,
};

#define REQUEST(type, name)                              \
	type *name = ARENA_NEW(world_arena(s->w), type); \
	type##_init(name)

struct stage {
	struct world *w;
	struct town town;
	char *resident;
};

static void set_worth(struct stage *s, int64_t worth_m)
{
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	Policy *policy = put->policy =
	    ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	policy->routine->window_ms = WINDOW_MS;
	policy->routine->search_ms = SEARCH_MS;
	policy->routine->offer_ttl_ms = 2 * WINDOW_MS;
	policy->holding_cap = 1;
	policy->weights->worth_m = worth_m;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static struct stage stage_with(int64_t worth_m)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 5})};
	s.town = world_town(s.w, SIDE);
	s.resident = world_resident(s.w);
	set_worth(&s, worth_m);
	return s;
}

static char *member_at(struct stage *s, double north_m)
{
	return world_member(s->w, world_point(s->w, 0, 0, north_m, SIDE), NULL);
}

static char *place(struct stage *s)
{
	return world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 10, 10, SIDE));
}

/* Until the one that is open has been decided. */
static void next_window(struct stage *s)
{
	world_advance(s->w, WINDOW_MS + SECOND_MS);
}

/* Whose offer of it is live; NULL: nobody's. */
static const char *asked(struct stage *s, const char *order_id)
{
	const Order *order = world_get_order(s->w, order_id);
	for (size_t i = 0; i < order->n_offers; i++) {
		if (order->offers[i]->state == OFFER_STATE_LIVE)
			return order->offers[i]->member_id;
	}
	return NULL;
}

static void serve(struct stage *s, const char *order_id)
{
	const char *member_id = asked(s, order_id);
	REQUEST(AcceptOfferRequest, accept);
	REQUEST(CompleteTaskRequest, complete);
	assert_non_null(member_id);
	accept->order_id = complete->order_id = (char *)(uintptr_t)order_id;
	complete->text = (char *)"done";
	must(world_call(s->w, AS_MEMBER(member_id), "TaskService/AcceptOffer", accept));
	must(world_call(s->w, AS_MEMBER(member_id), "TaskService/CompleteTask", complete));
}

/* --- what is known --- */

struct look {
	struct stage *s;
	WorthRecord known;
	uint64_t left_milli;    /* of all */
	const WorthRecord *put; /* NULL: it is only read */
	bool done;
};

static enum err look_now(struct txn *t, const void *request, void *response)
{
	struct look *look = (struct look *)(uintptr_t)request;
	WorthRecord *known;
	(void)response;
	TRY(TXN_FIND(t, WORTH, WORTH_ID, &known));
	WorthRecord_init(&look->known);
	/* Sums alone: the rest goes with the transaction. */
	if (known != NULL)
		look->known = *known;
	for (size_t i = 0; i < look->known.n_places; i++) {
		for (size_t k = 0; k < WORTH_STEPS; k++)
			look->left_milli += known->places[i]->members->left_milli[k];
	}
	look->known.places = NULL;
	if (look->put != NULL)
		txn_put(t, KIND_WORTH, (void *)(uintptr_t)look->put);
	return OK;
}

static void looked(void *arg, const struct exec_result *result)
{
	assert_int_equal(result->err, OK);
	((struct look *)arg)->done = true;
}

static struct look look_at(struct stage *s, const WorthRecord *put)
{
	static const struct method method = {
	    .path = "/test/Look", .handler = look_now, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
	struct look look = {.s = s, .put = put};
	struct exec_request request = {.method = &method, .request = &look, .done = looked, .arg = &look};
	request.credential.kind = CREDENTIAL_SYSTEM;
	request.credential.tenant = SLICE(WORLD_TENANT);
	(void)exec_call(world_exec(s->w), &request);
	world_wait(s->w, &look.done, 0);
	assert_true(look.done);
	return look;
}

static WorthRecord known(struct stage *s, const WorthRecord *put)
{
	return look_at(s, put).known;
}

/* --- the tests --- */

/* An order for each window, and one more that nobody can have. */
static void work(struct stage *s, int windows)
{
	for (int i = 0; i < windows; i++) {
		const char *id = place(s);
		next_window(s);
		serve(s, id);
	}
}

static void test_learns(void **state)
{
	(void)state;
	struct stage stage = stage_with(MINUTE_M), *s = &stage;
	member_at(s, 0);
	work(s, 4);
	assert_int_equal(known(s, NULL).version, 0);
	work(s, 5);
	WorthRecord first = known(s, NULL);
	assert_int_equal(first.version, 1);
	assert_in_range(first.asked_milli, 4 * WORTH_ONE_MILLI, 8 * WORTH_ONE_MILLI);
	assert_int_equal(first.refused_milli, 0);
	assert_int_equal(first.n_places, 1);
	/* The member had no hours, nobody waited. */
	assert_int_equal(first.members_milli, 0);
	assert_int_equal(first.orders_milli, first.asked_milli);
	/* Somebody waits now, for nobody is free. */
	const char *taken = place(s);
	next_window(s);
	REQUEST(AcceptOfferRequest, accept);
	accept->order_id = (char *)(uintptr_t)taken;
	must(world_call(s->w, AS_MEMBER(asked(s, taken)), "TaskService/AcceptOffer", accept));
	place(s);
	world_advance(s->w, 8 * WINDOW_MS);
	WorthRecord second = known(s, NULL);
	assert_true(second.version > 1 && second.at_ms > first.at_ms);
	assert_in_range(second.orders_milli - second.asked_milli, 4 * WORTH_ONE_MILLI, 9 * WORTH_ONE_MILLI);
	assert_in_range(second.orders_ms / second.orders_milli, SEARCH_MS / WORTH_ONE_MILLI - 1,
			SEARCH_MS / WORTH_ONE_MILLI + 1);
	/* Where it is not weighed any more nothing is learnt. */
	set_worth(s, 0);
	uint32_t version = known(s, NULL).version;
	world_advance(s->w, 3 * MINUTE_MS);
	assert_true(known(s, NULL).version <= version + 1);
	version = known(s, NULL).version;
	world_advance(s->w, 3 * MINUTE_MS);
	assert_int_equal(known(s, NULL).version, version);
	world_free(s->w);
}

/* Who takes a break while they might be asked has left; who has taken an order, or has none to take, has not. */
static void test_leaving(void **state)
{
	(void)state;
	struct stage stage = stage_with(MINUTE_M), *s = &stage;
	char *goes = member_at(s, 300);
	member_at(s, 0);
	work(s, 9);
	assert_int_equal(known(s, NULL).version, 1);
	REQUEST(PauseMemberRequest, pause);
	pause->member_id = goes;
	pause->until_ms = world_now_ms(s->w) + 60 * MINUTE_MS;
	must(world_call(s->w, AS_MEMBER(goes), "MemberService/PauseMember", pause));
	assert_int_equal(look_at(s, NULL).left_milli, 0);
	work(s, 7);
	assert_true(known(s, NULL).version > 1);
	assert_in_range(look_at(s, NULL).left_milli, 9 * WORTH_ONE_MILLI / 10, WORTH_ONE_MILLI);
	/* Once, not again. */
	work(s, 7);
	assert_in_range(look_at(s, NULL).left_milli, 1, WORTH_ONE_MILLI);
	world_free(s->w);
}

static void test_off(void **state)
{
	(void)state;
	struct stage stage = stage_with(0), *s = &stage;
	member_at(s, 0);
	work(s, 20);
	assert_int_equal(known(s, NULL).version, 0);
	assert_null(strstr(world_dump(s->w), "wo:" WORTH_ID));
	world_free(s->w);
}

/* Who says no, and who says nothing. */
static void test_refusals(void **state)
{
	(void)state;
	struct stage stage = stage_with(MINUTE_M), *s = &stage;
	member_at(s, 0);
	member_at(s, 20);
	const char *id = place(s);
	next_window(s);
	REQUEST(DeclineOfferRequest, decline);
	decline->order_id = (char *)(uintptr_t)id;
	must(world_call(s->w, AS_MEMBER(asked(s, id)), "TaskService/DeclineOffer", decline));
	next_window(s);
	assert_non_null(asked(s, id));
	world_advance(s->w, 10 * WINDOW_MS);
	place(s);
	world_advance(s->w, 2 * WINDOW_MS);
	WorthRecord told = known(s, NULL);
	assert_true(told.version > 0);
	assert_int_equal(told.asked_milli, told.refused_milli);
	assert_in_range(told.refused_milli, WORTH_ONE_MILLI / 2, 2 * WORTH_ONE_MILLI);
	world_free(s->w);
}

/* A rush in which whoever is not served at once never is, and members are dear. */
static WorthRecord rush(struct stage *s)
{
	struct arena *a = world_arena(s->w);
	WorthRecord seen, out;
	GeoPoint *at = world_point(s->w, 0, 10, 10, SIDE);
	struct worth_stay stay = {.point = {(int32_t)(at->lat * 1e6), (int32_t)(at->lon * 1e6)}, .span_ms = SEARCH_MS};
	struct worth_spot spot = worth_spot(&stay);
	worth_seen_init(a, &seen, world_now_ms(s->w));
	WorthRecord_init(&out);
	out.id = (char *)WORTH_ID;
	for (int i = 0; i < 100; i++) {
		for (spot.step = 0; spot.step < WORTH_STEPS; spot.step++)
			worth_order_waited(a, &seen, &spot, SEARCH_MS / WORTH_STEPS);
		spot.step = 0;
		worth_order_asked(a, &seen, &spot);
		worth_price(&seen, MINUTE_M, -SEARCH_MS / MINUTE_MS * MINUTE_M);
	}
	worth_learn(a, &out, &seen, world_now_ms(s->w));
	return out;
}

/* The first to be served: of one that has waited long and one that has just come. */
static void expect_first(int64_t worth_m, bool newest)
{
	struct stage stage = stage_with(worth_m), *s = &stage;
	const char *old = place(s);
	world_advance(s->w, 8 * MINUTE_MS);
	member_at(s, 0);
	const char *fresh = place(s);
	WorthRecord put = rush(s);
	known(s, &put);
	next_window(s);
	assert_non_null(asked(s, newest ? fresh : old));
	assert_null(asked(s, newest ? old : fresh));
	world_free(s->w);
}

static void test_newest_first(void **state)
{
	(void)state;
	expect_first(0, false);
	expect_first(MINUTE_M, true);
}

/* Who is left waiting because a member is worth more to others is told so, in figures. */
static void test_not_worth_it(void **state)
{
	(void)state;
	struct stage stage = stage_with(MINUTE_M), *s = &stage;
	char *old = place(s);
	world_advance(s->w, 8 * MINUTE_MS);
	const char *member = member_at(s, 0);
	WorthRecord put = rush(s);
	known(s, &put);
	next_window(s);
	assert_null(asked(s, old));
	REQUEST(ExplainDispatchRequest, explain);
	explain->order_id = old;
	const ExplainDispatchResponse *told = must(world_call(s->w, AS_ADMIN, "DeskService/ExplainDispatch", explain));
	const Decision *d = told->decision;
	assert_non_null(d);
	assert_int_equal(d->wait, WAIT_REASON_NOT_WORTH_IT);
	assert_string_equal(d->candidates[0]->member_id, member);
	/* Two minutes are left. */
	assert_in_range(d->worth_m, MINUTE_M, 2 * MINUTE_M);
	assert_true(d->candidates[0]->later_m > 0);
	assert_true(d->candidates[0]->cost_m + d->candidates[0]->later_m >= d->worth_m);
	assert_in_range(told->again_ms, world_now_ms(s->w), world_now_ms(s->w) + WINDOW_MS);
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_learns),   cmocka_unit_test(test_leaving),      cmocka_unit_test(test_off),
	    cmocka_unit_test(test_refusals), cmocka_unit_test(test_newest_first), cmocka_unit_test(test_not_worth_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
