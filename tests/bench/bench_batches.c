/*
 * What a whole batch costs, through the broker's own jobs on the memory store: 2,000 orders that are due together and
 * 5,000 members on 6 by 6 km, everybody in reach of every order. Once spread evenly, once with half of the orders in
 * one housing estate, where all want the same people. Prints JSON with milliseconds: reading orders and households;
 * deciding (that, and finding candidates and solving the assignment), how long the longest turn of it holds the event
 * loop up, and of it solving alone; and all of it with the 2,000 transactions that make the offers.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "domain/batch.h"
#include "domain/policy.h"
#include "job/jobs.h"
#include "job/planning.h"
#include "pb/pb_message.h"
#include "sim/settle.h"

enum { ORDERS = 2000, MEMBERS = 5000, SIDE_M = 6000, ESTATE_M = 400, WINDOW_MS = 60000, TRIES = 3 };
#define TENANT "bench"
/* A Monday, 10:00 in Beijing, when a window begins. */
#define START_MS INT64_C(1772416800000)
#define METRES_PER_DEGREE 111195.0

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* --- the town --- */

static uint64_t dice;

static double roll(double below)
{
	dice += UINT64_C(0x9e3779b97f4a7c15);
	return below * (double)(hash_mix64(dice) >> 11) * 0x1p-53;
}

static GeoPoint *point_at(struct arena *a, double east_m, double north_m)
{
	GeoPoint *point = PB_NEW(a, GeoPoint);
	point->lat = 30 + north_m / METRES_PER_DEGREE;
	point->lon = 120 + east_m / (METRES_PER_DEGREE * cos(30 * M_PI / 180));
	return point;
}

static void add_nodes(struct arena *a, struct trial_trace *trace)
{
	static const double corners[][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}, {-1, -1}};
	Node *root = PB_NEW(a, Node), *grid = PB_NEW(a, Node);
	Polygon *polygon = PB_NEW(a, Polygon);
	Ring2d *ring = PB_NEW(a, Ring2d);
	root->id = (char *)"n0000001";
	root->kind = NODE_KIND_STREET;
	grid->id = (char *)"n0000002";
	grid->parent_id = root->id;
	grid->kind = NODE_KIND_GRID;
	for (size_t i = 0; i < 5; i++)
		arena_append(a, (void ***)&ring->points, &ring->n_points,
			     point_at(a, corners[i][0] * SIDE_M, corners[i][1] * SIDE_M));
	arena_append(a, (void ***)&polygon->rings, &polygon->n_rings, ring);
	arena_append(a, (void ***)&grid->polygons, &grid->n_polygons, polygon);
	arena_append(a, (void ***)&trace->nodes, &trace->n_nodes, root);
	arena_append(a, (void ***)&trace->nodes, &trace->n_nodes, grid);
}

static void add_orders(struct arena *a, struct trial_trace *trace, bool crowded)
{
	for (size_t i = 0; i < ORDERS; i++) {
		double side_m = crowded && i % 2 == 0 ? ESTATE_M : SIDE_M;
		TraceOrder *known = PB_NEW(a, TraceOrder);
		Order *order = known->order = PB_NEW(a, Order);
		order->beneficiary_id = arena_printf(a, "r%07zu", i);
		order->grid_id = (char *)"n0000002";
		order->point = point_at(a, roll(side_m), roll(side_m));
		known->household_id = arena_printf(a, "h%07zu", i);
		known->responsible_member_id = arena_printf(a, "m%07zu", (size_t)roll(MEMBERS));
		arena_append(a, (void ***)&trace->orders, &trace->n_orders, known);
	}
}

static struct trial_trace trace_new(struct arena *a, bool crowded)
{
	struct trial_trace trace = {.n_nodes = 0};
	Category *category = PB_NEW(a, Category);
	dice = 1;
	add_nodes(a, &trace);
	category->id = (char *)"c0000001";
	category->code = (char *)"errand";
	arena_append(a, (void ***)&trace.categories, &trace.n_categories, category);
	for (size_t i = 0; i < MEMBERS; i++) {
		Member *member = PB_NEW(a, Member);
		member->id = arena_printf(a, "m%07zu", i);
		member->grid_id = (char *)"n0000002";
		member->home = point_at(a, roll(SIDE_M), roll(SIDE_M));
		member->active = true;
		arena_append(a, (void ***)&trace.members, &trace.n_members, member);
	}
	add_orders(a, &trace, crowded);
	return trace;
}

/* --- measuring --- */

struct batch_figures {
	double reading_ms, deciding_ms, turn_ms, solving_ms, offering_ms;
	uint32_t orders, offers;
	bool greedy;
};

/* What job_seat_batch reads, and no more. */
static enum err read_only(struct txn *t, const void *request, void *response)
{
	const struct seat_request *req = request;
	(void)response;
	for (size_t i = 0; i < req->n; i++)
		txn_prefetch(t, KIND_ORDER, req->order_ids[i]);
	for (size_t i = 0; i < req->n; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(t, ORDER, req->order_ids[i], &order));
		txn_prefetch(t, KIND_HOUSEHOLD, order->household_id);
	}
	HouseholdRecord *household;
	return TXN_PEEK(t, HOUSEHOLD, "h0000000", &household);
}

/* As if the window had ended. */
static enum err seat_early(struct txn *t, const void *request, void *response)
{
	txn_scene(t)->now_ms += WINDOW_MS;
	return job_seat_batch.handler(t, request, response);
}

static const struct method read_method = {
    .path = "/bench/Read", .handler = read_only, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_READS};
static const struct method seat_method = {.path = "/bench/Seat",
					  .response = &BatchSeats_desc,
					  .handler = seat_early,
					  .roles = ROLE_BIT(SYSTEM),
					  .flags = METHOD_READS};

static void place_all(struct sim *sim, const struct trial_trace *trace, struct arena *a, struct seat_request *placed)
{
	const char **ids = arena_array(a, ORDERS, sizeof(*ids));
	for (size_t i = 0; i < ORDERS; i++) {
		const Order *order = trace->orders[i]->order;
		PlaceOrderRequest request = PlaceOrderRequest_INIT;
		request.category_id = (char *)"c0000001";
		request.title = (char *)"help";
		request.point = order->point;
		struct sim_actor as = {ROLE_RESIDENT, order->beneficiary_id};
		struct sim_reply reply = sim_call(sim, as, "OrderService/PlaceOrder", &request, a);
		if (reply.err != OK) {
			fprintf(stderr, "PlaceOrder: %s %s\n", err_info(reply.err)->reason, reply.fault.detail);
			exit(1);
		}
		ids[i] = ((const PlaceOrderResponse *)reply.message)->order->id;
	}
	*placed = (struct seat_request){ids, ORDERS};
}

static void must(struct sim_reply reply, const char *what)
{
	if (reply.err == OK)
		return;
	fprintf(stderr, "%s: %s %s\n", what, err_info(reply.err)->reason, reply.fault.detail);
	exit(1);
}

static void count_offer(void *arg, const Event *event)
{
	((struct batch_figures *)arg)->offers += event->kind == EVENT_KIND_OFFERED;
}

static void end_turn(struct batch_figures *f, double since_ms)
{
	double took_ms = now_ms() - since_ms;
	f->deciding_ms += took_ms;
	f->turn_ms = fmax(f->turn_ms, took_ms);
}

/* As planning.c does it, turn by turn. */
static void decide(struct sim *sim, const struct seat_request *placed, struct arena *a, struct batch_figures *f)
{
	SeatedOrder **seated = arena_array(a, placed->n, sizeof(SeatedOrder *));
	struct batch_task *task;
	struct batch_plan plan;
	for (size_t at = 0; at < placed->n; at += PLANNING_ORDERS) {
		size_t left = placed->n - at;
		struct seat_request some = {placed->order_ids + at, left < PLANNING_ORDERS ? left : PLANNING_ORDERS};
		double since_ms = now_ms();
		struct sim_reply reply = sim_run_method(sim, &seat_method, &some, a);
		must(reply, "seating");
		const BatchSeats *seats = reply.message;
		for (size_t i = 0; i < seats->n_orders; i++)
			seated[f->orders++] = seats->orders[i];
		end_turn(f, since_ms);
	}
	double since_ms = now_ms();
	if (batch_begin(a, seated, f->orders, &task) != OK)
		exit(1);
	for (bool over = false; !over;) {
		double solving_ms = now_ms();
		over = batch_go_on(task, PLANNING_STEPS);
		f->solving_ms += now_ms() - solving_ms;
		if (over)
			batch_end(task, &plan);
		end_turn(f, since_ms);
		since_ms = now_ms();
	}
	f->greedy = plan.greedy;
}

static void measure(const struct trial_trace *trace, struct batch_figures *f)
{
	struct arena a;
	struct fault fault = {.err = OK};
	struct seat_request placed;
	Policy policy = *policy_default();
	DispatchMode routine = *policy.routine;
	routine.window_ms = WINDOW_MS;
	policy.routine = &routine;
	arena_init(&a, SIZE_MAX / 2);
	struct sim *sim = sim_new(&(struct sim_options){.tenant = TENANT, .start_ms = START_MS, .seed = 1});
	if (sim == NULL || settle_town(sim, TENANT, trace, &policy, &a, &fault) != OK ||
	    !sim_listen(sim, count_offer, f)) {
		fprintf(stderr, "the town can't be made: %s\n", fault.detail);
		exit(1);
	}
	place_all(sim, trace, &a, &placed);
	double since_ms = now_ms();
	must(sim_run_method(sim, &read_method, &placed, &a), "reading");
	f->reading_ms = now_ms() - since_ms;
	decide(sim, &placed, &a, f);
	since_ms = now_ms();
	sim_run(sim, START_MS + WINDOW_MS + 1000);
	f->offering_ms = now_ms() - since_ms;
	sim_free(sim);
	arena_free(&a);
}

static void tell(const char *name, bool crowded, bool last)
{
	struct batch_figures best = {.offering_ms = 1e9};
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	struct trial_trace trace = trace_new(&a, crowded);
	for (int i = 0; i < TRIES; i++) {
		struct batch_figures f = {.orders = 0};
		measure(&trace, &f);
		if (f.offering_ms < best.offering_ms)
			best = f;
	}
	printf("\"%s_reading_ms\": %.1f, \"%s_deciding_ms\": %.1f, \"%s_turn_ms\": %.1f, "
	       "\"%s_solving_ms\": %.1f, \"%s_offering_ms\": %.1f, "
	       "\"%s_orders\": %u, \"%s_offers\": %u, \"%s_greedy\": %s%s",
	       name, best.reading_ms, name, best.deciding_ms, name, best.turn_ms, name, best.solving_ms, name,
	       best.offering_ms, name, best.orders, name, best.offers, name, best.greedy ? "true" : "false",
	       last ? "}\n" : ", ");
	arena_free(&a);
}

int main(void)
{
	printf("{");
	tell("whole_batch", false, false);
	tell("whole_crowded", true, true);
	return 0;
}
