/* Policies tried on a made-up trace: the same people for both, the same run for the same seed, and what differs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "domain/policy.h"
#include "pb/pb_message.h"
#include "sim/tally.h"
#include "sim/trial.h"

enum { ORDERS = 120, MEMBERS = 12, MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };
/* A Monday, 10:00 in Beijing. */
#define START_MS INT64_C(1772416800000)

static struct arena a;

static int setup(void **state)
{
	(void)state;
	arena_init(&a, SIZE_MAX / 2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&a);
	return 0;
}

static GeoPoint *point(double lat, double lon)
{
	GeoPoint *p = PB_NEW(&a, GeoPoint);
	p->lat = lat;
	p->lon = lon;
	return p;
}

/* One grid below the root, 1.1 km wide. */
static void add_nodes(struct trial_trace *trace)
{
	static const double corners[][2] = {{30, 120}, {30, 120.01}, {30.01, 120.01}, {30.01, 120}, {30, 120}};
	Node *root = PB_NEW(&a, Node), *grid = PB_NEW(&a, Node);
	Polygon *polygon = PB_NEW(&a, Polygon);
	Ring2d *ring = PB_NEW(&a, Ring2d);
	root->id = (char *)"n0000001";
	root->kind = NODE_KIND_STREET;
	grid->id = (char *)"n0000002";
	grid->parent_id = root->id;
	grid->kind = NODE_KIND_GRID;
	for (size_t i = 0; i < 5; i++)
		arena_append(&a, (void ***)&ring->points, &ring->n_points, point(corners[i][0], corners[i][1]));
	arena_append(&a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	arena_append(&a, (void ***)&grid->polygons, &grid->n_polygons, polygon);
	arena_append(&a, (void ***)&trace->nodes, &trace->n_nodes, root);
	arena_append(&a, (void ***)&trace->nodes, &trace->n_nodes, grid);
}

static void add_entry(Order *order, EventKind kind, Role role, const char *member_id, int64_t at_ms)
{
	TimelineEntry *entry = PB_NEW(&a, TimelineEntry);
	entry->kind = kind;
	entry->at_ms = at_ms;
	entry->actor = PB_NEW(&a, Actor);
	entry->actor->role = role;
	entry->member_id = (char *)member_id;
	arena_append(&a, (void ***)&order->timeline, &order->n_timeline, entry);
}

static char *id_of(char letter, size_t n)
{
	return arena_printf(&a, "%c%07zu", letter, n);
}

static double spread(uint64_t n)
{
	return 0.0005 + 0.009 * (double)(hash_mix64(n) >> 40) / (double)(1 << 24);
}

/* Each order was offered twice: declined or left, then accepted after two minutes and done after half an hour. */
static TraceOrder *order_of(size_t i)
{
	TraceOrder *trace = PB_NEW(&a, TraceOrder);
	Order *order = trace->order = PB_NEW(&a, Order);
	int64_t at_ms = order->placed_ms = START_MS + (int64_t)i * 7 * MINUTE_MS;
	char *first = id_of('m', i % MEMBERS), *second = id_of('m', (i + 5) % MEMBERS);
	order->id = id_of('o', i);
	order->category_id = (char *)"c0000001";
	order->beneficiary_id = id_of('r', i % 30);
	order->grid_id = (char *)"n0000002";
	order->urgency = URGENCY_NORMAL;
	order->state = ORDER_STATE_CLOSED;
	order->point = point(30 + spread(2 * i), 120 + spread(2 * i + 1));
	order->due_ms = at_ms + 24 * HOUR_MS;
	add_entry(order, EVENT_KIND_PLACED, ROLE_RESIDENT, "", at_ms);
	add_entry(order, EVENT_KIND_OFFERED, ROLE_SYSTEM, first, at_ms);
	if (i % 2 == 0)
		add_entry(order, EVENT_KIND_OFFER_DECLINED, ROLE_MEMBER, first, at_ms + MINUTE_MS);
	else
		add_entry(order, EVENT_KIND_OFFER_EXPIRED, ROLE_SYSTEM, first, at_ms + MINUTE_MS);
	add_entry(order, EVENT_KIND_OFFERED, ROLE_SYSTEM, second, at_ms + MINUTE_MS);
	add_entry(order, EVENT_KIND_ACCEPTED, ROLE_MEMBER, second, at_ms + 3 * MINUTE_MS);
	add_entry(order, EVENT_KIND_COMPLETED, ROLE_MEMBER, second, at_ms + 33 * MINUTE_MS);
	Slot *slot = PB_NEW(&a, Slot);
	slot->member_id = second;
	slot->accepted_ms = at_ms + 3 * MINUTE_MS;
	slot->completed_ms = at_ms + 33 * MINUTE_MS;
	arena_append(&a, (void ***)&order->slots, &order->n_slots, slot);
	trace->away = true;
	return trace;
}

static struct trial_trace trace_new(void)
{
	struct trial_trace trace = {.n_nodes = 0};
	add_nodes(&trace);
	Category *category = PB_NEW(&a, Category);
	category->id = (char *)"c0000001";
	category->code = (char *)"errand";
	arena_append(&a, (void ***)&trace.categories, &trace.n_categories, category);
	for (size_t i = 0; i < MEMBERS; i++) {
		Member *member = PB_NEW(&a, Member);
		member->id = id_of('m', i);
		member->grid_id = (char *)"n0000002";
		member->home = point(30 + spread(1000 + 2 * i), 120 + spread(1001 + 2 * i));
		member->active = true;
		arena_append(&a, (void ***)&trace.members, &trace.n_members, member);
	}
	for (size_t i = 0; i < ORDERS; i++)
		arena_append(&a, (void ***)&trace.orders, &trace.n_orders, order_of(i));
	return trace;
}

static struct trial_measures play(const struct trial_trace *trace, const Policy *policy, uint64_t seed)
{
	struct trial_measures measures;
	struct fault fault = {.err = OK};
	enum err err = trial_play(trace, policy, seed, &a, &fault, &measures);
	if (err != OK)
		fail_msg("%s %s %s", err_info(err)->reason, fault.field == NULL ? "" : fault.field, fault.detail);
	return measures;
}

static Policy *changed(void)
{
	Policy *policy = arena_copy(&a, policy_default(), sizeof(*policy));
	policy->routine = arena_copy(&a, policy->routine, sizeof(*policy->routine));
	policy->weights = arena_copy(&a, policy->weights, sizeof(*policy->weights));
	return policy;
}

static void test_history(void **state)
{
	(void)state;
	struct trial_trace trace = trace_new();
	struct trial_measures m;
	struct trial_answers answers;
	trial_history(&trace, &a, &m, &answers);
	assert_int_equal(m.orders, ORDERS);
	assert_int_equal(m.served, ORDERS);
	assert_int_equal(m.completed, ORDERS);
	assert_int_equal(m.kept, ORDERS);
	assert_int_equal(m.offers, 2 * ORDERS);
	assert_true(fabs(m.wait_p50_s - 180) < 1e-9 && fabs(m.wait_mean_s - 180) < 1e-9);
	assert_true(fabs(m.offers_per_completion - 2) < 1e-9);
	/* Everybody did as much as everybody else. */
	assert_true(fabs(m.gini_done) < 1e-9 && fabs(m.gini_offers) < 1e-9);
	assert_int_equal(answers.offered, 2 * ORDERS);
	assert_int_equal(answers.accepted, ORDERS);
	assert_int_equal(answers.declined, ORDERS / 2);
	assert_int_equal(answers.silent, ORDERS / 2);
}

static void test_same_seed_same_run(void **state)
{
	(void)state;
	struct trial_trace trace = trace_new();
	struct trial_measures one = play(&trace, policy_default(), 7), again = play(&trace, policy_default(), 7);
	struct trial_measures other = play(&trace, policy_default(), 8);
	assert_memory_equal(&one, &again, sizeof(one));
	assert_int_equal(one.orders, ORDERS);
	assert_int_equal(one.skipped, 0);
	assert_true(one.served > ORDERS * 9 / 10);
	assert_true(one.completed == one.served);
	assert_true(one.offers_per_completion > 1.2 && one.offers_per_completion < 3);
	assert_int_not_equal(one.offers, other.offers);
}

/* What windows learn as they go is learnt in a trial, too, and the same each time. */
static void test_worth(void **state)
{
	(void)state;
	struct trial_trace trace = trace_new();
	Policy *windows = changed(), *weighed = changed();
	windows->routine->window_ms = weighed->routine->window_ms = MINUTE_MS;
	windows->routine->search_ms = weighed->routine->search_ms = HOUR_MS;
	weighed->weights->worth_m = 10;
	struct trial_measures plain = play(&trace, windows, 7), one = play(&trace, weighed, 7);
	struct trial_measures again = play(&trace, weighed, 7);
	assert_memory_equal(&one, &again, sizeof(one));
	assert_memory_not_equal(&one, &plain, sizeof(one));
	assert_true(one.served > ORDERS * 8 / 10);
}

/* What a rule is meant to do, it does. */
static void test_what_differs(void **state)
{
	(void)state;
	struct trial_trace trace = trace_new();
	struct trial_measures now = play(&trace, policy_default(), 7);
	Policy *wider = changed();
	wider->routine->fanout = 3;
	struct trial_measures wide = play(&trace, wider, 7);
	assert_true(wide.wait_mean_s < now.wait_mean_s);
	assert_true(wide.offers_per_completion > now.offers_per_completion);
	Policy *fair = changed(), *nearest = changed();
	nearest->weights->job_m = nearest->weights->offer_m = 0;
	fair->weights->job_m = fair->weights->offer_m = 2000;
	struct trial_measures even = play(&trace, fair, 7), near = play(&trace, nearest, 7);
	assert_true(even.gini_done < near.gini_done);
	assert_true(even.metres_mean > near.metres_mean);
}

static void test_what_cannot_be(void **state)
{
	(void)state;
	struct trial_trace trace = trace_new(), none = {.n_nodes = 0};
	struct trial_measures m;
	struct fault fault = {.err = OK};
	Policy *policy = changed();
	policy->routine->offer_ttl_ms = -1;
	assert_int_equal(trial_play(&trace, policy, 1, &a, &fault, &m), ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(fault.field, "policy.routine.offer_ttl_ms");
	assert_int_equal(trial_play(&none, policy_default(), 1, &a, &fault, &m), ERR_FIELD_REQUIRED);
	trace.n_nodes = 0;
	assert_int_equal(trial_play(&trace, policy_default(), 1, &a, &fault, &m), ERR_FIELD_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_history, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_same_seed_same_run, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_worth, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_differs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_cannot_be, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
