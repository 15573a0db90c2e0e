/* Bounds of what one call reads: as much is answered in full, one more is refused by the field that asks for it. (What
 * a tenant may have of each kind: test_tenant_full.c.) */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "domain/rates.h"
#include "domain/times.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)
#define DAY_MS (24 * INT64_C(3600000))
/* Midnight of a day in Beijing. */
#define DAY_START_MS(day) ((day)*DAY_MS - 8 * (DAY_MS / 24))

static void assert_refused(struct world_reply reply, const char *field, const char *detail)
{
	assert_int_equal(reply.err, ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(reply.fault.field, field);
	assert_string_equal(reply.fault.detail, detail);
}

/* --- rates --- */

static struct world_reply rates(struct world *w, int32_t from_day, int32_t until_day, RateGroup by, RateGroup then_by)
{
	REQUEST(w, GetRatesRequest, rq);
	rq->from_ms = DAY_START_MS(from_day);
	rq->until_ms = DAY_START_MS(until_day);
	rq->group_by = by;
	rq->then_by = then_by;
	return world_call(w, AS_ADMIN, "StatsService/GetRates", rq);
}

#define TOO_MUCH_TO_READ "a shorter period or a smaller unit"

/* Each grid is read for each span of days. */
static void test_reads_of_grids(void **state)
{
	enum { SIDE = 2, SPANS = LIMIT_RATE_READS / (SIDE * SIDE) };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 1});
	(void)world_town(w, SIDE);
	int32_t until = (int32_t)(WORLD_START_MS / DAY_MS), from = (rates_span(until) - SPANS + 1) * RATES_SPAN_DAYS;
	assert_int_equal(rates_span(from), rates_span(until) - SPANS + 1);
	must(rates(w, from, until, RATE_GROUP_GRID, RATE_GROUP_UNSPECIFIED));
	assert_refused(rates(w, from - 1, until, RATE_GROUP_GRID, RATE_GROUP_UNSPECIFIED), "from_ms", TOO_MUCH_TO_READ);
	world_free(w);
}

static void add_members(struct world *w, const char *grid_id, size_t n)
{
	while (n > 0) {
		REQUEST(w, ImportMembersRequest, rq);
		rq->n_members = n < LIMIT_IMPORT_ROWS ? n : LIMIT_IMPORT_ROWS;
		rq->members = arena_array(world_arena(w), rq->n_members, sizeof(Member *));
		for (size_t i = 0; i < rq->n_members; i++) {
			rq->members[i] = PB_NEW(world_arena(w), Member);
			rq->members[i]->grid_id = (char *)grid_id;
			rq->members[i]->name = (char *)"Member";
		}
		must(world_call(w, AS_ADMIN, "MemberService/ImportMembers", rq));
		n -= rq->n_members;
	}
}

/* However they are spread over the grids: nobody is left out of the sums without a word. */
static void test_reads_of_members(void **state)
{
	enum { SIDE = 2 };
	static const size_t spreads[][2] = {{LIMIT_RATE_READS, 0}, {LIMIT_RATE_READS - 1, 1}};
	(void)state;
	int32_t day = (int32_t)(WORLD_START_MS / DAY_MS);
	for (size_t i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++) {
		struct world *w = world_new(&(struct world_options){.seed = 2});
		struct town town = world_town(w, SIDE);
		add_members(w, town.grid_ids[0], spreads[i][0]);
		add_members(w, town.grid_ids[1], spreads[i][1]);
		must(rates(w, day, day, RATE_GROUP_MEMBER, RATE_GROUP_UNSPECIFIED));
		add_members(w, town.grid_ids[0], 1);
		assert_refused(rates(w, day, day, RATE_GROUP_MEMBER, RATE_GROUP_UNSPECIFIED), "from_ms",
			       TOO_MUCH_TO_READ);
		world_free(w);
	}
}

static void stored(struct store_commit *commit, enum store_verdict verdict)
{
	*(enum store_verdict *)commit->arg = verdict;
}

/* Placed on that day in so many categories, one each. */
static void count_placed(struct world *w, const char *grid_id, int32_t day, unsigned first, unsigned categories)
{
	struct arena *a = world_arena(w);
	enum store_verdict verdict = STORE_UNAVAILABLE;
	struct store_commit commit = {.tenant = SLICE(WORLD_TENANT), .arena = a, .done = stored, .arg = &verdict};
	struct slice key = slice_str(counts_orders(a, grid_id, rates_span(day), 0));
	commit.writes = arena_array(a, categories, sizeof(*commit.writes));
	for (unsigned i = 0; i < categories; i++) {
		struct rates_cell cell = {.day = day, .fate = FATE_PLACED, .accepted = TIMES_NONE, .done = TIMES_NONE};
		char text[RATES_CELL_CHARS + 1];
		snprintf(cell.category_id, sizeof(cell.category_id), "c%07u", first + i);
		rates_cell_write(&cell, text);
		commit.writes[commit.n_writes++] = (struct store_write){
		    .kind = STORE_TALLY, .key = key, .field = slice_str(arena_strdup(a, text)), .score = 1};
	}
	world_store(w)->ops->commit(world_store(w), &commit);
	assert_int_equal(verdict, STORE_OK);
}

static void test_rows(void **state)
{
	enum { DAYS = 100, CATEGORIES = LIMIT_RATE_ROWS / DAYS };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, 1);
	int32_t until = (int32_t)(WORLD_START_MS / DAY_MS), from = until - DAYS + 1;
	for (int32_t day = from; day <= until; day++)
		count_placed(w, town.grid_ids[0], day, 0, CATEGORIES);
	GetRatesResponse *rsp = must(rates(w, from, until, RATE_GROUP_DAY, RATE_GROUP_CATEGORY));
	assert_int_equal(rsp->n_rows, LIMIT_RATE_ROWS);
	assert_int_equal(rsp->total->counts->placed, LIMIT_RATE_ROWS);
	count_placed(w, town.grid_ids[0], from, CATEGORIES, 1);
	assert_refused(rates(w, from, until, RATE_GROUP_DAY, RATE_GROUP_CATEGORY), "from_ms", "more than 20000 rows");
	rsp = must(rates(w, from + 1, until, RATE_GROUP_DAY, RATE_GROUP_CATEGORY));
	assert_int_equal(rsp->n_rows, LIMIT_RATE_ROWS - CATEGORIES);
	world_free(w);
}

/* --- the wall --- */

static struct world_reply wall(struct world *w, const char *node_id)
{
	REQUEST(w, GetWallRequest, rq);
	rq->node_id = (char *)node_id;
	rq->with_rates = rq->with_map = true;
	return world_call(w, AS_ADMIN, "WallService/GetWall", rq);
}

/* A triangle north of the town. */
static Polygon *outline(struct world *w)
{
	static const double corners[][2] = {{31, 120}, {31, 121}, {32, 120}, {31, 120}};
	struct arena *a = world_arena(w);
	Polygon *polygon = PB_NEW(a, Polygon);
	Ring2d *ring = PB_NEW(a, Ring2d);
	arena_append(a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
		GeoPoint *point = PB_NEW(a, GeoPoint);
		point->lat = corners[i][0];
		point->lon = corners[i][1];
		arena_append(a, (void ***)&ring->points, &ring->n_points, point);
	}
	return polygon;
}

static void add_grid(struct world *w, const char *community_id)
{
	REQUEST(w, CreateNodeRequest, rq);
	rq->node = PB_NEW(world_arena(w), Node);
	rq->node->kind = NODE_KIND_GRID;
	rq->node->parent_id = (char *)community_id;
	rq->node->name = (char *)"one more";
	arena_append(world_arena(w), (void ***)&rq->node->polygons, &rq->node->n_polygons, outline(w));
	must(world_call(w, AS_ADMIN, "OrgService/CreateNode", rq));
}

static void test_grids_of_a_wall(void **state)
{
	enum { SIDE = 20 };
	_Static_assert(SIDE * SIDE == LIMIT_WALL_GRIDS, "as many as there may be");
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 4});
	struct town town = world_town(w, SIDE);
	char *resident = world_resident(w);
	(void)world_order(w, resident, town.plain_category, world_point(w, LIMIT_WALL_GRIDS - 1, 0, 0, SIDE));
	GetWallResponse *shown = must(wall(w, town.community_id));
	assert_int_equal(shown->n_grids, LIMIT_WALL_GRIDS);
	assert_int_equal(shown->grids[LIMIT_WALL_GRIDS - 1]->waiting, 1);
	assert_int_equal(shown->today->counts->placed, 1);
	add_grid(w, town.community_id);
	assert_refused(wall(w, town.community_id), "node_id", "a unit of at most 400 grids");
	assert_refused(wall(w, ""), "node_id", "a unit of at most 400 grids");
	assert_int_equal(((GetWallResponse *)must(wall(w, town.grid_ids[0])))->n_grids, 1);
	world_free(w);
}

/* --- a trace --- */

static enum err waste_numbers(struct txn *t, const void *request, void *response)
{
	char *id;
	(void)response;
	for (unsigned n = *(const unsigned *)request; n > 0; n--)
		TRY(txn_new_id(t, KIND_ORDER, &id));
	return OK;
}

static void done(void *arg, const struct exec_result *result)
{
	(void)arg;
	assert_int_equal(result->err, OK);
}

static void waste(struct world *w, unsigned n)
{
	static const struct method wasting = {
	    .path = "/test/Waste", .handler = waste_numbers, .roles = ~0U, .flags = METHOD_WRITES};
	struct exec_request rq = {
	    .method = &wasting, .credential = world_credential(AS_ADMIN), .request = &n, .done = done};
	assert_null(exec_call(world_exec(w), &rq));
}

/* A page looks at so many numbers and no more; where they are nobody's it is empty, and others follow. */
static void test_numbers_of_a_trace(void **state)
{
	enum { WASTED = 3 * LIMIT_TRACE_NUMBERS };
	(void)state;
	struct world *w = world_new(&(struct world_options){.seed = 5});
	struct town town = world_town(w, 1);
	char *resident = world_resident(w);
	char *first = world_order(w, resident, town.plain_category, world_point(w, 0, 0, 0, 1));
	waste(w, WASTED);
	char *last = world_order(w, resident, town.plain_category, world_point(w, 0, 0, 0, 1));
	const char *found[2] = {NULL};
	unsigned pages = 0, n = 0;
	REQUEST(w, ListTraceRequest, rq);
	do {
		uint64_t loads = exec_stats(world_exec(w))->loads;
		ListTraceResponse *page = must(world_call(w, AS_ADMIN, "DeskService/ListTrace", rq));
		assert_in_range(exec_stats(world_exec(w))->loads - loads, 1, 4);
		for (size_t i = 0; i < page->n_orders; i++) {
			assert_true(n < 2);
			found[n++] = page->orders[i]->order->id;
		}
		rq->page_token = page->next_page_token;
		pages++;
	} while (rq->page_token[0] != '\0');
	assert_int_equal(n, 2);
	assert_string_equal(found[0], last);
	assert_string_equal(found[1], first);
	assert_true(pages >= WASTED / LIMIT_TRACE_NUMBERS);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads_of_grids),
	    cmocka_unit_test(test_reads_of_members),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_grids_of_a_wall),
	    cmocka_unit_test(test_numbers_of_a_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
