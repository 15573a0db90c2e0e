/* What happens in the midst of a batch: an operator's hand, a resident who thinks better of it, a member who pauses, a
 * store that goes away between the plan and the offers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "domain/assign.h"
#include "domain/batch.h"
#include "invariants.h"
#include "must.h"
#include "pb/pb_message.h"
#include "watchman.h"
#include "world.h"

enum { SIDE = 2, WINDOW_MS = 30000, LEG_MS = 40, STEP_MS = 20, PHASES = 45, ORDERS = 3 };

#define REQUEST(type, name) type *name = PB_NEW(world_arena(w), type)

/* A batch of three orders, due in WINDOW_MS, and members enough. */
struct stage {
	struct world *w;
	struct watchman *man;
	struct town town;
	char *members[ORDERS + 1], *orders[ORDERS], *resident;
};

static void set_windows(struct world *w)
{
	REQUEST(GetPolicyRequest, get);
	REQUEST(PutPolicyRequest, put);
	put->policy = ((GetPolicyResponse *)must(world_call(w, AS_ADMIN, "OrgService/GetPolicy", get)))->policy;
	put->policy->routine->window_ms = WINDOW_MS;
	put->policy->urgent->window_ms = WINDOW_MS / 6;
	must(world_call(w, AS_ADMIN, "OrgService/PutPolicy", put));
}

/* Stands STEP_MS × phase behind the moment when the window ends. */
static struct stage stage_at(const struct world_options *options, int phase)
{
	struct stage s = {.w = world_new(options)};
	s.town = world_town(s.w, SIDE);
	set_windows(s.w);
	for (int i = 0; i <= ORDERS; i++)
		s.members[i] = world_member(s.w, world_point(s.w, 0, 40 * i, 0, SIDE), i == 0 ? "lift" : NULL);
	s.resident = world_resident(s.w);
	int64_t from_ms = world_now_ms(s.w) / WINDOW_MS * WINDOW_MS + WINDOW_MS;
	world_advance(s.w, from_ms + 1000 - world_now_ms(s.w));
	s.man = watchman_new(s.w, 3, 8 * LEG_MS);
	for (int i = 0; i < ORDERS; i++)
		s.orders[i] =
		    world_order(s.w, s.resident, s.town.plain_category, world_point(s.w, 0, 10, 40 * i, SIDE));
	world_advance(s.w, from_ms + WINDOW_MS + (int64_t)STEP_MS * phase - world_now_ms(s.w));
	return s;
}

static void finish(struct stage *s)
{
	struct arena a;
	world_advance(s->w, 3000);
	arena_init(&a, SIZE_MAX / 2);
	assert_int_equal(invariants_check(world_store(s->w), SLICE(WORLD_TENANT), &a, world_now_ms(s->w), 3000), 0);
	assert_int_equal(watchman_violations(s->man), 0);
	arena_free(&a);
	watchman_free(s->man);
	world_free(s->w);
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

static const struct world_options slow = {.seed = 11, .latency_ms = LEG_MS, .cache_bytes = 1 << 20};

/* Whenever the operator decides, before, while or after the batch is decided: it is as they say, with their reason. */
static void test_override(void **state)
{
	(void)state;
	for (int phase = -1; phase < PHASES; phase++) {
		struct stage s = stage_at(&slow, phase);
		struct world *w = s.w;
		REQUEST(AssignOrderRequest, assign);
		assign->order_id = s.orders[1];
		assign->member_id = s.members[ORDERS];
		assign->reason = (char *)"knows the house";
		assign->accepted = true;
		must(world_call(w, AS_ADMIN, "DeskService/AssignOrder", assign));
		world_advance(w, 2000);
		const Order *order = world_get_order(w, s.orders[1]);
		assert_int_equal(order->state, ORDER_STATE_ACCEPTED);
		assert_string_equal(order->slots[0]->member_id, s.members[ORDERS]);
		assert_int_equal(live(w, s.orders[1], NULL), 0);
		for (size_t i = 0; i < ORDERS; i += 2)
			assert_int_equal(live(w, s.orders[i], NULL), 1);
		REQUEST(ExplainDispatchRequest, explain);
		explain->order_id = s.orders[1];
		const ExplainDispatchResponse *told =
		    must(world_call(w, AS_ADMIN, "DeskService/ExplainDispatch", explain));
		assert_int_equal(told->n_manual, 1);
		assert_string_equal(told->manual[0]->reason, "knows the house");
		finish(&s);
	}
}

/* Whoever cancels is not asked about it, and nobody keeps an offer. */
static void test_cancelled(void **state)
{
	(void)state;
	for (int phase = -1; phase < PHASES; phase++) {
		struct stage s = stage_at(&slow, phase);
		struct world *w = s.w;
		REQUEST(CancelOrderRequest, cancel);
		cancel->order_id = s.orders[0];
		cancel->reason = (char *)"found it";
		must(world_call(w, AS_RESIDENT(s.resident), "OrderService/CancelOrder", cancel));
		world_advance(w, 2000);
		assert_int_equal(world_get_order(w, s.orders[0])->state, ORDER_STATE_CANCELLED);
		assert_int_equal(live(w, s.orders[0], NULL), 0);
		for (size_t i = 1; i < ORDERS; i++)
			assert_int_equal(live(w, s.orders[i], NULL), 1);
		finish(&s);
	}
}

/* A member who is planned for and pauses is not asked; somebody else is, at once. */
static void test_paused(void **state)
{
	(void)state;
	for (int phase = -1; phase < PHASES; phase++) {
		struct stage s = stage_at(&slow, phase);
		struct world *w = s.w;
		size_t asked = 0;
		REQUEST(PauseMemberRequest, pause);
		pause->member_id = s.members[0];
		pause->until_ms = world_now_ms(w) + INT64_C(3600) * 1000;
		must(world_call(w, AS_ADMIN, "MemberService/PauseMember", pause));
		world_advance(w, 2000);
		for (size_t i = 0; i < ORDERS; i++)
			asked += live(w, s.orders[i], NULL);
		assert_int_equal(asked, ORDERS);
		finish(&s);
	}
}

/* An emergency doesn't wait for the window that is open, and a team of two is decided as one within it. */
static void test_kinds(void **state)
{
	(void)state;
	struct stage s = stage_at(&slow, -1000);
	struct world *w = s.w;
	const char *danger = world_order(w, s.resident, s.town.danger_category, world_point(w, 0, 10, 0, SIDE));
	const char *pair = world_order(w, s.resident, s.town.pair_category, world_point(w, 0, 10, 0, SIDE));
	const char *urgent = world_order(w, s.resident, s.town.urgent_category, world_point(w, 0, 10, 0, SIDE));
	world_advance(w, 1000);
	assert_int_equal(live(w, danger, NULL), ORDERS + 1);
	assert_int_equal(live(w, pair, NULL), 0);
	assert_int_equal(live(w, urgent, NULL), 0);
	world_advance(w, WINDOW_MS / 6);
	assert_int_equal(live(w, urgent, NULL), 3);
	assert_int_equal(live(w, pair, NULL), 0);
	world_advance(w, WINDOW_MS);
	assert_int_equal(live(w, pair, NULL), 2);
	assert_int_equal(live(w, pair, s.members[0]), 1);
	finish(&s);
}

/* --- how many --- */

static uint64_t steps_left = UINT64_MAX;
static size_t n_turns;

enum err __real_assign_begin(struct arena *a, const struct assign_problem *p, uint64_t budget,
			     struct assign_solver **solver);
enum err __wrap_assign_begin(struct arena *a, const struct assign_problem *p, uint64_t budget,
			     struct assign_solver **solver);
bool __real_assign_go_on(struct assign_solver *solver, uint64_t steps);
bool __wrap_assign_go_on(struct assign_solver *solver, uint64_t steps);

enum err __wrap_assign_begin(struct arena *a, const struct assign_problem *p, uint64_t budget,
			     struct assign_solver **solver)
{
	return __real_assign_begin(a, p, budget < steps_left ? budget : steps_left, solver);
}

/* So short that even these batches take several. */
bool __wrap_assign_go_on(struct assign_solver *solver, uint64_t steps)
{
	enum { STEPS = 5000 };
	n_turns++;
	return __real_assign_go_on(solver, steps < STEPS ? steps : STEPS);
}

struct crowd {
	struct world *w;
	struct town town;
	const char **orders, **members;
	size_t n_orders, n_members;
};

static struct crowd crowd_of(size_t n_orders, size_t n_members)
{
	struct crowd c = {.w = world_new(&(struct world_options){.seed = 11}), .n_orders = n_orders};
	struct world *w = c.w;
	c.n_members = n_members;
	c.town = world_town(w, SIDE);
	set_windows(w);
	c.orders = arena_array(world_arena(w), n_orders, sizeof(*c.orders));
	c.members = arena_array(world_arena(w), n_members, sizeof(*c.members));
	for (size_t i = 0; i < n_members; i++)
		c.members[i] =
		    world_member(w, world_point(w, 0, (double)(i % 20) * 10, (double)(i / 20) * 10, SIDE), NULL);
	const char *resident = world_resident(w);
	world_advance(w, WINDOW_MS - world_now_ms(w) % WINDOW_MS + 1000);
	for (size_t i = 0; i < n_orders; i++)
		c.orders[i] = world_order(w, resident, c.town.plain_category,
					  world_point(w, 0, (double)(i % 25) * 8, (double)(i / 25) * 8, SIDE));
	return c;
}

static size_t offers_of(const struct crowd *c, const char *member_id)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_orders; i++)
		n += live(c->w, c->orders[i], member_id);
	return n;
}

/* What is due together is one batch, also when it is many and takes many turns: nobody gets more than a batch may give
 * them. */
static void test_whole(void **state)
{
	(void)state;
	struct crowd c = crowd_of(300, 100);
	n_turns = 0;
	world_advance(c.w, WINDOW_MS);
	assert_true(n_turns > 1);
	assert_int_equal(world_jobs(c.w)->batches, 1);
	assert_int_equal(world_jobs(c.w)->batch_orders, c.n_orders);
	assert_int_equal(world_jobs(c.w)->batch_greedy, 0);
	for (size_t i = 0; i < c.n_members; i++)
		assert_int_equal(offers_of(&c, c.members[i]), BATCH_MEMBER_OFFERS);
	world_free(c.w);
}

/* Too much to decide: the oldest first, each to the cheapest who is left; it is counted, and nobody is forgotten. */
static void test_overload(void **state)
{
	(void)state;
	struct crowd c = crowd_of(60, 15);
	steps_left = 10;
	world_advance(c.w, WINDOW_MS);
	steps_left = UINT64_MAX;
	assert_int_equal(world_jobs(c.w)->batches, 1);
	assert_int_equal(world_jobs(c.w)->batch_greedy, 1);
	assert_int_equal(live(c.w, c.orders[0], NULL), 1);
	for (size_t i = 0; i < c.n_members; i++)
		assert_true(offers_of(&c, c.members[i]) <= BATCH_MEMBER_OFFERS);
	world_advance(c.w, WINDOW_MS);
	assert_int_equal(world_jobs(c.w)->batch_greedy, 1);
	assert_int_equal(offers_of(&c, NULL), c.n_orders);
	world_free(c.w);
}

/* --- the worker dies --- */

static int64_t clock_ms;

static int64_t stands_still(void *arg)
{
	return *(int64_t *)arg;
}

/* Wherever it dies between looking for what is due and the last offer: another worker goes on, and each order is
 * offered once. */
static void test_died(void **state)
{
	(void)state;
	enum { EARLY = 10 };
	size_t found[ORDERS + 1] = {0};
	for (int phase = -EARLY; phase < PHASES; phase++) {
		clock_ms = WORLD_START_MS;
		struct store *store =
		    store_memory_new(&(struct store_memory_config){.now_ms = stands_still, .arg = &clock_ms});
		struct world_options options = slow;
		options.store = store;
		struct stage s = stage_at(&options, phase);
		int64_t died_ms = world_now_ms(s.w);
		world_cut_off(s.w);
		struct world *dead = s.w, *w = s.w = world_new(&options);
		watchman_free(s.man);
		s.man = watchman_new(w, 3, 8 * LEG_MS);
		world_advance(w, died_ms - WORLD_START_MS);
		clock_ms = died_ms;
		size_t offered = 0;
		for (int i = 0; i < ORDERS; i++)
			offered += live(w, s.orders[i], NULL);
		found[offered]++;
		world_advance(w, 6000);
		for (int i = 0; i < ORDERS; i++) {
			const Order *order = world_get_order(w, s.orders[i]);
			assert_int_equal(order->state, ORDER_STATE_OFFERED);
			assert_int_equal(order->n_offers, 1);
		}
		world_free(dead);
		finish(&s);
		store->ops->destroy(store);
	}
	/* It was tried before the first offer, and after the last. */
	assert_true(found[0] > 0 && found[ORDERS] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_override), cmocka_unit_test(test_cancelled), cmocka_unit_test(test_paused),
	    cmocka_unit_test(test_kinds),    cmocka_unit_test(test_whole),     cmocka_unit_test(test_overload),
	    cmocka_unit_test(test_died),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
