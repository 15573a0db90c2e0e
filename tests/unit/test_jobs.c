/* What time does by itself, when some of it always fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "job/census.h"
#include "must.h"
#include "pb/pb_message.h"
#include "txn/kind.h"
#include "world.h"

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

static void committed(struct store_commit *commit, enum store_verdict verdict)
{
	(void)commit;
	assert_int_equal(verdict, STORE_OK);
}

/* Orders that are due for ever, for they are not there. */
static void add_hopeless(struct world *w, unsigned n)
{
	enum { AT_ONCE = 50, ID_ROOM = 16 };
	for (unsigned i = 0; i < n; i += AT_ONCE) {
		struct store_write writes[AT_ONCE];
		char ids[AT_ONCE][ID_ROOM];
		for (unsigned k = 0; k < AT_ONCE; k++) {
			snprintf(ids[k], ID_ROOM, "oz%06u", i + k);
			writes[k] = (struct store_write){
			    .kind = STORE_INDEX, .key = SLICE(INDEX_DUE), .field = slice_str(ids[k]), .score = 1};
		}
		struct store_commit commit = {.tenant = SLICE(WORLD_TENANT),
					      .writes = writes,
					      .n_writes = AT_ONCE,
					      .arena = world_arena(w),
					      .done = committed};
		world_store(w)->ops->commit(world_store(w), &commit);
	}
}

static void test_what_always_fails_starves_nobody(void **state)
{
	enum { HOPELESS = 600, GRID = 4, SIDE = 3, MINUTE_MS = 60 * 1000 };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 5});
	struct town town = world_town(w, SIDE);
	world_member(w, world_point(w, GRID, 50, 50, SIDE), NULL);
	char *order = world_order(w, world_resident(w), town.plain_category, world_point(w, GRID, 0, 0, SIDE));
	world_advance(w, 1000);
	assert_int_equal(world_get_order(w, order)->state, ORDER_STATE_OFFERED);
	add_hopeless(w, HOPELESS);
	world_advance(w, 31 * MINUTE_MS); /* nobody answers: the offer expires after 30 */
	const Order *seen = world_get_order(w, order);
	assert_int_equal(seen->offers[0]->state, OFFER_STATE_EXPIRED);
	world_free(w);
}

static void cancel(struct world *w, char *order_id)
{
	CancelOrderRequest *rq = PB_NEW(world_arena(w), CancelOrderRequest);
	rq->order_id = order_id;
	assert_int_equal(world_call(w, AS_ADMIN, "OrderService/CancelOrder", rq).err, OK);
}

/* How many wait, how many of them too long, and for how long the first has waited. */
static void test_census(void **state)
{
	enum { SIDE = 2, HOUR_MS = 3600 * 1000, TAKEN_MS = 2 * CENSUS_EVERY_MS, LATE_MS = 3 * HOUR_MS };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 5});
	struct town town = world_town(w, SIDE);
	char *resident = world_resident(w);
	world_advance(w, TAKEN_MS);
	assert_int_equal(world_jobs(w)->orders[CENSUS_PLACED], 0);
	assert_int_equal(world_jobs(w)->age_ms[CENSUS_PLACED], 0);
	int64_t first_ms = world_now_ms(w);
	char *first = world_order(w, resident, town.plain_category, world_point(w, 0, 0, 0, SIDE));
	world_advance(w, HOUR_MS);
	int64_t second_ms = world_now_ms(w);
	char *second = world_order(w, resident, town.danger_category, world_point(w, 0, 0, 0, SIDE));
	world_advance(w, TAKEN_MS);
	const struct jobs_stats *stats = world_jobs(w);
	assert_int_equal(stats->orders[CENSUS_PLACED], 2);
	assert_int_equal(stats->late_orders[CENSUS_PLACED], 0);
	assert_in_range(stats->age_ms[CENSUS_PLACED], world_now_ms(w) - first_ms - TAKEN_MS,
			world_now_ms(w) - first_ms);
	assert_int_equal(stats->age_ms[CENSUS_ACCEPTED], 0);
	cancel(w, first);
	world_advance(w, TAKEN_MS);
	stats = world_jobs(w);
	assert_int_equal(stats->orders[CENSUS_PLACED], 1);
	assert_in_range(stats->age_ms[CENSUS_PLACED], world_now_ms(w) - second_ms - TAKEN_MS,
			world_now_ms(w) - second_ms);
	world_advance(w, LATE_MS);
	assert_int_equal(world_jobs(w)->late_orders[CENSUS_PLACED], 1);
	cancel(w, second);
	world_advance(w, TAKEN_MS);
	assert_int_equal(world_jobs(w)->orders[CENSUS_PLACED], 0);
	assert_int_equal(world_jobs(w)->age_ms[CENSUS_PLACED], 0);
	world_free(w);
}

static uint64_t late(struct world *w)
{
	uint64_t n = 0;
	for (size_t i = 0; i < CENSUS_N_STATES; i++)
		n += world_jobs(w)->late_orders[i];
	return n;
}

static char *sent_back(struct world *w, const struct town *town, const char *resident, char *member)
{
	enum { SIDE = 2 };
	char *id = world_order(w, resident, town->plain_category, world_point(w, 0, 0, 0, SIDE));
	REQUEST(w, AssignOrderRequest, assign);
	assign->order_id = id;
	assign->member_id = member;
	assign->accepted = true;
	assign->reason = (char *)"by phone";
	must(world_call(w, AS_ADMIN, "DeskService/AssignOrder", assign));
	REQUEST(w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	complete->outcome = OUTCOME_SOLVED;
	must(world_call(w, AS_MEMBER(member), "TaskService/CompleteTask", complete));
	REQUEST(w, RateOrderRequest, rate);
	rate->order_id = id;
	rate->stars = 1;
	rate->resolution = RESOLUTION_NOT_SOLVED;
	must(world_call(w, AS_RESIDENT(resident), "OrderService/RateOrder", rate));
	assert_int_equal(world_get_order(w, id)->priority, 1);
	return id;
}

/* What sorts as if it were due a day sooner is late when it is, not before. */
static void test_late_of_higher_priority(void **state)
{
	enum { SIDE = 2, TAKEN_MS = 2 * CENSUS_EVERY_MS, HOUR_MS = 3600 * 1000 };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 6});
	struct town town = world_town(w, SIDE);
	char *resident = world_resident(w), *member = world_member(w, world_point(w, 0, 9, 9, SIDE), NULL);
	char *raised = sent_back(w, &town, resident, member);
	char *other = world_order(w, resident, town.plain_category, world_point(w, 0, 0, 0, SIDE));
	int64_t due_ms = world_get_order(w, raised)->due_ms;
	assert_int_equal(world_get_order(w, other)->due_ms, due_ms);
	world_advance(w, due_ms - HOUR_MS - world_now_ms(w));
	assert_int_equal(late(w), 0);
	world_advance(w, HOUR_MS + TAKEN_MS);
	assert_int_equal(late(w), 2);
	cancel(w, other);
	world_advance(w, TAKEN_MS);
	assert_int_equal(late(w), 1);
	cancel(w, raised);
	world_advance(w, TAKEN_MS);
	assert_int_equal(late(w), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_always_fails_starves_nobody),
	    cmocka_unit_test(test_census),
	    cmocka_unit_test(test_late_of_higher_priority),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
