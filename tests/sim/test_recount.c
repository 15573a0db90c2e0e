/* The counts behind the rates, made again from the orders while these go on, on both stores. */
#include "domain/rates.h"
#include "invariants.h"
#include "sign_in_stage.h"

enum { CLOSED = 5, PLACED = 3 };

struct office {
	struct desk d;
	char *member, *resident;
	char *closed[CLOSED];
};

static char *placed_order(struct office *o)
{
	return world_order(o->d.w, o->resident, o->d.town.plain_category, world_point(o->d.w, 0, 0, 0, SIDE));
}

static void rate(struct office *o, char *id)
{
	REQUEST(o->d.w, RateOrderRequest, rq);
	rq->order_id = id;
	rq->stars = 5;
	rq->resolution = RESOLUTION_SOLVED;
	must(world_call(o->d.w, AS_RESIDENT(o->resident), "OrderService/RateOrder", rq));
}

static char *closed_order(struct office *o)
{
	char *id = placed_order(o);
	REQUEST(o->d.w, AssignOrderRequest, assign);
	assign->order_id = id;
	assign->member_id = o->member;
	assign->accepted = true;
	assign->reason = (char *)"by phone";
	must(world_call(o->d.w, AS_ADMIN, "DeskService/AssignOrder", assign));
	REQUEST(o->d.w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	must(world_call(o->d.w, AS_MEMBER(o->member), "TaskService/CompleteTask", complete));
	rate(o, id);
	return id;
}

static void office_open(struct office *o, void **state)
{
	desk_open(&o->d, state, 1 << 20);
	o->member = world_member(o->d.w, world_point(o->d.w, 0, 50, 50, SIDE), NULL);
	o->resident = world_resident(o->d.w);
	for (size_t i = 0; i < CLOSED; i++)
		o->closed[i] = closed_order(o);
	for (size_t i = 0; i < PLACED; i++)
		(void)placed_order(o);
}

/* What is stored, in whichever edition, is what the orders come to. */
static void office_close(struct office *o)
{
	struct arena a;
	if (o->d.redis == NULL) {
		arena_init(&a, SIZE_MAX / 2);
		assert_int_equal(invariants_check(world_store(o->d.w), SLICE(WORLD_TENANT), &a, world_now_ms(o->d.w),
						  10 * (int64_t)DAY_MS),
				 0);
		arena_free(&a);
	}
	desk_close(&o->d);
}

static const RateCounts *counts(struct office *o, const char *member_id)
{
	REQUEST(o->d.w, GetRatesRequest, rq);
	rq->member_id = (char *)member_id;
	GetRatesResponse *rsp = must(world_call(o->d.w, AS_ADMIN, "StatsService/GetRates", rq));
	return rsp->total->counts;
}

static void expect(struct office *o, uint64_t placed, uint64_t valid)
{
	const RateCounts *all = counts(o, ""), *own = counts(o, o->member);
	assert_int_equal(all->placed, placed);
	assert_int_equal(all->valid, valid);
	assert_int_equal(all->solved, valid);
	assert_int_equal(own->valid, valid);
	assert_int_equal(own->satisfied, valid);
}

static const Recount *step(struct office *o)
{
	REQUEST(o->d.w, RecountRatesRequest, rq);
	return ((RecountRatesResponse *)must(world_call(o->d.w, AS_ADMIN, "StatsService/RecountRates", rq)))->recount;
}

static const Recount *finish(struct office *o)
{
	const Recount *recount = step(o);
	while (recount->ended_ms == 0)
		recount = step(o);
	assert_int_equal(recount->numbers_left, 0);
	return recount;
}

static void test_nothing_wrong(void **state)
{
	struct office o;
	unsigned steps = 0;
	office_open(&o, state);
	const Recount *recount;
	do {
		recount = step(&o);
		steps++;
		expect(&o, CLOSED + PLACED, CLOSED);
	} while (recount->ended_ms == 0);
	assert_int_equal(recount->orders, CLOSED + PLACED);
	assert_int_equal(recount->wrong, 0);
	assert_true(steps > 3);
	/* Another one counts them all again. */
	assert_int_equal(step(&o)->orders, 0);
	assert_int_equal(finish(&o)->orders, CLOSED + PLACED);
	expect(&o, CLOSED + PLACED, CLOSED);
	office_close(&o);
}

static void reopen(struct office *o, char *id)
{
	REQUEST(o->d.w, ReopenOrderRequest, rq);
	rq->order_id = id;
	rq->reason = (char *)"not yet";
	must(world_call(o->d.w, AS_RESIDENT(o->resident), "OrderService/ReopenOrder", rq));
}

/* At every step somebody places an order and has one done, and one that had been done is opened again. */
static void test_orders_go_on(void **state)
{
	struct office o;
	uint64_t placed = CLOSED + PLACED, valid = CLOSED;
	size_t reopened = 0;
	office_open(&o, state);
	for (bool ended = false; !ended;) {
		ended = step(&o)->ended_ms != 0;
		(void)placed_order(&o);
		(void)closed_order(&o);
		placed += 2;
		valid++;
		if (reopened < CLOSED) {
			reopen(&o, o.closed[reopened++]);
			valid--;
		}
		expect(&o, placed, valid);
	}
	assert_true(reopened > 3);
	office_close(&o);
}

/* --- wrong counts --- */

static void written(struct store_commit *commit, enum store_verdict verdict)
{
	assert_int_equal(verdict, STORE_OK);
	*(bool *)commit->arg = true;
}

/* As a mistake of ours, or somebody who went at the store, would have it. */
static void spoil(struct office *o, const char *unit_id, int32_t day, unsigned fate, int64_t orders)
{
	struct store *store = world_store(o->d.w);
	struct rates_cell cell = {.day = day, .fate = fate, .accepted = 2, .done = 3};
	char text[RATES_CELL_CHARS + 1];
	struct arena *a = world_arena(o->d.w);
	snprintf(cell.category_id, sizeof(cell.category_id), "%s", o->d.town.plain_category);
	rates_cell_write(&cell, text);
	struct store_write write = {.kind = STORE_TALLY,
				    .key = slice_str(counts_orders(a, unit_id, rates_span(day), 0)),
				    .field = slice_str(text),
				    .score = orders};
	bool done = false;
	struct store_commit commit = {
	    .tenant = SLICE(WORLD_TENANT), .writes = &write, .n_writes = 1, .arena = a, .done = written, .arg = &done};
	store->ops->commit(store, &commit);
	while (!done)
		pump(o->d.f.base);
}

static void test_wrong_counts(void **state)
{
	struct office o;
	office_open(&o, state);
	int32_t today = (int32_t)((WORLD_START_MS + 8 * (int64_t)HOUR_MS) / DAY_MS);
	char *grid_id = o.d.town.grid_ids[0];
	spoil(&o, grid_id, today, FATE_PLACED, -2);
	spoil(&o, grid_id, today, FATE_VALID, 3);
	spoil(&o, o.member, today - 20, FATE_EXCLUDED, 1);
	assert_int_equal(counts(&o, "")->placed, CLOSED + PLACED - 2);
	assert_int_equal(counts(&o, "")->valid, CLOSED + 3);
	const Recount *recount = finish(&o);
	expect(&o, CLOSED + PLACED, CLOSED);
	assert_int_equal(recount->wrong, 3);
	assert_int_equal(recount->n_differences, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(recount->differences[i]->category_id, o.d.town.plain_category);
	assert_string_equal(recount->differences[0]->id, grid_id);
	assert_int_equal(recount->differences[0]->surplus->valid, 3);
	assert_null(recount->differences[0]->missing);
	assert_string_equal(recount->differences[1]->id, grid_id);
	assert_int_equal(recount->differences[1]->missing->placed, 2);
	assert_null(recount->differences[1]->surplus);
	assert_int_equal(recount->differences[1]->day_ms, today * (int64_t)DAY_MS - 8 * (int64_t)HOUR_MS);
	assert_string_equal(recount->differences[2]->id, o.member);
	assert_int_equal(recount->differences[2]->surplus->excluded, 1);
	assert_int_equal(finish(&o)->wrong, 0);
	office_close(&o);
}

/* Of very many wrong counts the number is told, and the first. */
static void test_all_wrong(void **state)
{
	enum { DAYS = LIMIT_RECOUNT_DIFFERENCES + 7 };
	struct office o;
	office_open(&o, state);
	int32_t today = (int32_t)((WORLD_START_MS + 8 * (int64_t)HOUR_MS) / DAY_MS);
	for (int32_t i = 0; i < DAYS; i++)
		spoil(&o, o.d.town.grid_ids[i % 2], today - i % 30, (unsigned)i / 30 + FATE_CANCELLED, 1);
	const Recount *recount = finish(&o);
	assert_int_equal(recount->wrong, DAYS);
	assert_int_equal(recount->n_differences, LIMIT_RECOUNT_DIFFERENCES);
	expect(&o, CLOSED + PLACED, CLOSED);
	office_close(&o);
}

/* --- requests --- */

static void test_a_request_twice(void **state)
{
	struct office o;
	office_open(&o, state);
	REQUEST(o.d.w, RecountRatesRequest, rq);
	rq->request_id = (char *)"once";
	for (int i = 0; i < 2; i++) {
		const RecountRatesResponse *rsp = must(world_call(o.d.w, AS_ADMIN, "StatsService/RecountRates", rq));
		assert_int_equal(rsp->recount->orders, 0);
		assert_int_equal(rsp->recount->begun_ms, world_now_ms(o.d.w));
	}
	REQUEST(o.d.w, ListAuditRequest, list);
	const ListAuditResponse *audit = must(world_call(o.d.w, AS_ADMIN, "AuditService/ListAudit", list));
	assert_int_equal(audit->entries[0]->kind, AUDIT_KIND_RATES_RECOUNTED);
	assert_true(audit->n_entries == 1 || audit->entries[1]->kind != AUDIT_KIND_RATES_RECOUNTED);
	office_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BOTH(test_nothing_wrong), BOTH(test_orders_go_on),    BOTH(test_wrong_counts),
	    BOTH(test_all_wrong),     BOTH(test_a_request_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
