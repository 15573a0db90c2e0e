/* What the broker learns of members' answers, from its events and by itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "must.h"
#include "world.h"

enum { SIDE = 2, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

#define REQUEST(type, name)                              \
	type *name = ARENA_NEW(world_arena(s->w), type); \
	type##_init(name)

struct stage {
	struct world *w;
	struct town town;
	char *willing, *unwilling, *resident;
};

static struct stage stage(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 5})};
	s.town = world_town(s.w, SIDE);
	s.willing = world_member(s.w, world_point(s.w, 0, 300, 0, SIDE), NULL);
	s.unwilling = world_member(s.w, world_point(s.w, 0, 10, 0, SIDE), NULL);
	s.resident = world_resident(s.w);
	return s;
}

static const GetAcceptanceResponse *learnt(struct stage *s)
{
	REQUEST(GetAcceptanceRequest, rq);
	return must(world_call(s->w, AS_ADMIN, "DeskService/GetAcceptance", rq));
}

static char *place(struct stage *s)
{
	char *id = world_order(s->w, s->resident, s->town.plain_category, world_point(s->w, 0, 0, 0, SIDE));
	world_advance(s->w, 1000);
	return id;
}

/* The one nearby is asked first and says no; the other one does it. */
static void serve(struct stage *s)
{
	char *id = place(s);
	REQUEST(DeclineOfferRequest, decline);
	decline->order_id = id;
	must(world_call(s->w, AS_MEMBER(s->unwilling), "TaskService/DeclineOffer", decline));
	world_advance(s->w, 1000);
	REQUEST(AcceptOfferRequest, accept);
	accept->order_id = id;
	must(world_call(s->w, AS_MEMBER(s->willing), "TaskService/AcceptOffer", accept));
	REQUEST(CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	must(world_call(s->w, AS_MEMBER(s->willing), "TaskService/CompleteTask", complete));
}

static void cheap_offers(struct stage *s)
{
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(s->w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->weights->offer_m = put->policy->weights->job_m = 0;
	must(world_call(s->w, AS_ADMIN, "OrgService/PutPolicy", put));
}

static void test_answers(void **state)
{
	(void)state;
	enum { N = 6 };
	struct stage world = stage(), *s = &world;
	cheap_offers(s);
	assert_int_equal(learnt(s)->version, 0);
	assert_int_equal(learnt(s)->basis, ACCEPTANCE_BASIS_MEMBER);
	for (int i = 0; i < N; i++)
		serve(s);
	world_advance(s->w, 2 * MINUTE_MS);
	const GetAcceptanceResponse *told = learnt(s);
	assert_int_equal(told->answers, 2 * N);
	assert_int_equal(told->accepted, N);
	assert_true(told->model_loss > 0 && told->member_loss > 0 && told->tenant_loss > 0);
	/* Each answer once: nothing more was said. */
	uint32_t version = told->version;
	world_advance(s->w, 5 * MINUTE_MS);
	assert_int_equal(learnt(s)->answers, 2 * N);
	assert_int_equal(learnt(s)->version, version);
	serve(s);
	world_advance(s->w, 2 * MINUTE_MS);
	assert_int_equal(learnt(s)->answers, 2 * N + 2);
	assert_true(learnt(s)->version > version);
	world_free(s->w);
}

/* Who says nothing says no; what an operator put is not learnt from. */
static void test_silence_and_hands(void **state)
{
	(void)state;
	struct stage world = stage(), *s = &world;
	char *id = place(s);
	world_advance(s->w, 4 * HOUR_MS);
	const GetAcceptanceResponse *told = learnt(s);
	assert_int_equal(told->answers, 2);
	assert_int_equal(told->accepted, 0);
	uint64_t answers = told->answers;
	REQUEST(AssignOrderRequest, assign);
	assign->order_id = id;
	assign->member_id = s->willing;
	assign->reason = (char *)"said yes on the phone";
	assign->accepted = true;
	must(world_call(s->w, AS_ADMIN, "DeskService/AssignOrder", assign));
	world_advance(s->w, 2 * MINUTE_MS);
	assert_int_equal(learnt(s)->answers, answers);
	world_free(s->w);
}

/* After many answers the model, the member's share or the tenant's is taken, by what was right the most. */
static void test_basis(void **state)
{
	(void)state;
	enum { N = 150 };
	struct stage world = stage(), *s = &world;
	cheap_offers(s);
	for (int i = 0; i < N; i++) {
		serve(s);
		world_advance(s->w, MINUTE_MS);
	}
	world_advance(s->w, 2 * MINUTE_MS);
	const GetAcceptanceResponse *told = learnt(s);
	assert_int_equal(told->answers, 2 * N);
	/* One always says yes, one always no: taking them for alike is the worst. */
	assert_true(told->member_loss < told->tenant_loss && told->model_loss < told->tenant_loss);
	assert_int_not_equal(told->basis, ACCEPTANCE_BASIS_TENANT);
	world_free(s->w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_silence_and_hands),
	    cmocka_unit_test(test_basis),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
