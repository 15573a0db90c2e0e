#include "bench_life.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench_wire.h"
#include "pb/pb_wire.h"

enum { MEMBER_BYTES = 48, POLL_MS = 4, DRAIN_S = 20 };

struct life {
	struct life_run *run;
	struct life *next; /* in the list of free ones */
	uint32_t slot;
	uint32_t place; /* number of its point and resident */
	char id[BENCH_ID_BYTES];
	char member[MEMBER_BYTES]; /* "member/<id>" */
	char resident[MEMBER_BYTES];
	bool asked; /* who is asked is known, and so is the id */
	bool prefill;
	struct event *again;
};

struct life_run {
	struct rpcs *rpcs;
	const struct tenant_links *links;
	const struct town *town;
	const struct replay_data *data;
	struct life_options options;
	struct life_result *result;
	struct life *lives, *free;
	struct ids ids;
	uint64_t begun, over;
	uint64_t start_ns, from_ns, until_ns;
	size_t under_way;
	bool filling;
	uint64_t filled;
	struct call *watch;
	struct event *tick;
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static char *borrow(const char *text)
{
	return (char *)(uintptr_t)text;
}

static void take_offer(struct life *life);

/* --- the events --- */

static void offered(struct life_run *run, struct id_entry *entry, struct slice member)
{
	if (entry->order == BENCH_NO_ORDER) {
		id_entry_stash(entry, member);
		return;
	}
	struct life *life = &run->lives[entry->order];
	if (life->asked || strcmp(life->id, entry->id) != 0)
		return;
	snprintf(life->member, sizeof(life->member), "member/%.*s", SLICE_FMT(member));
	life->asked = true;
	take_offer(life);
}

static void on_event(void *arg, struct call *call, struct slice message)
{
	enum { WATCH_EVENT = 2, EVENT_SUBJECT_ID = 4, EVENT_MEMBER_ID = 11 };
	struct life_run *run = arg;
	struct slice event = wire_bytes_in(message, WATCH_EVENT); /* a heartbeat has none */
	struct slice order_id = wire_bytes_in(event, EVENT_SUBJECT_ID), member = wire_bytes_in(event, EVENT_MEMBER_ID);
	struct id_entry *entry = order_id.len > 0 && member.len > 0 ? ids_get(&run->ids, order_id) : NULL;
	if (entry != NULL)
		offered(run, entry, member);
	call_consumed(call, message.len);
}

static void on_events_over(void *arg, const struct call_result *result)
{
	struct life_run *run = arg;
	run->watch = NULL;
	run->result->errors++;
	if (result->error != NULL && run->result->first_error.code == GRPC_OK)
		run->result->first_error = *result->error;
}

/* Whom the broker asks, of the whole tenant, from now on. */
static void watch_offers(struct life_run *run)
{
	EventKind kinds[] = {EVENT_KIND_OFFERED};
	WatchRequest request;
	struct call_options options = {
	    .path = rpc_rows[RPC_WATCH].path,
	    .safety = CALL_READ,
	    .on_message = on_event,
	    .on_done = on_events_over,
	    .arg = run,
	};
	WatchRequest_init(&request);
	request.kinds = kinds;
	request.n_kinds = 1;
	run->watch = channel_call(run->links->desk);
	struct buf message = {0};
	pb_encode(&request.base, &message);
	uint8_t *bytes = run->watch == NULL || message.failed ? NULL : call_message(run->watch, message.len);
	if (bytes != NULL) {
		memcpy(bytes, message.ptr, message.len);
		call_start(run->watch, &options);
	}
	buf_free(&message);
	while (run->watch != NULL && !call_is_open(run->watch))
		event_base_loop(rpcs_base(run->rpcs), EVLOOP_ONCE);
}

/* --- one life --- */

static void begin(struct life_run *run, bool prefill);

static bool in_window(const struct life_run *run)
{
	uint64_t now = now_ns();
	return now >= run->from_ns && now < run->until_ns;
}

static void end(struct life *life)
{
	struct life_run *run = life->run;
	life->next = run->free;
	run->free = life;
	run->under_way--;
	run->over++;
	/* With a rate, the clock begins the next. */
	if (run->filling ? run->filled < run->options.prefill : run->options.rate <= 0 && now_ns() < run->until_ns)
		begin(run, run->filling);
}

static bool failed(struct life *life, const struct rpc_reply *reply)
{
	struct life_result *result = life->run->result;
	if (reply->error == NULL) {
		if (in_window(life->run))
			result->writes++;
		return false;
	}
	result->errors++;
	if (result->first_error.code == GRPC_OK)
		result->first_error = *reply->error;
	end(life);
	return true;
}

static void read_board(struct life_run *run);

static void rated(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	struct life_run *run = life->run;
	if (failed(life, reply))
		return;
	if (in_window(run))
		run->result->closed++;
	if (run->options.board > 0 && run->over % run->options.board == 0)
		read_board(run);
	if (run->options.lifecycles > 0 && run->over + 1 >= run->options.lifecycles)
		run->until_ns = now_ns();
	end(life);
}

static void completed(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	if (failed(life, reply))
		return;
	RateOrderRequest request;
	RateOrderRequest_init(&request);
	request.order_id = life->id;
	request.stars = 5;
	rpc_send(life->run->rpcs, life->run->links->backend, RPC_RATE_ORDER, &request, life->resident, rated, life);
}

static void started(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	if (failed(life, reply))
		return;
	CompleteTaskRequest request;
	CompleteTaskRequest_init(&request);
	request.order_id = life->id;
	request.text = borrow("done");
	request.duration_min = 30;
	rpc_send(life->run->rpcs, life->run->links->backend, RPC_COMPLETE_TASK, &request, life->member, completed,
		 life);
}

static void accepted(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	if (failed(life, reply))
		return;
	StartTaskRequest request;
	StartTaskRequest_init(&request);
	request.order_id = life->id;
	rpc_send(life->run->rpcs, life->run->links->backend, RPC_START_TASK, &request, life->member, started, life);
}

static void take_offer(struct life *life)
{
	struct life_run *run = life->run;
	if (in_window(run))
		run->result->offers++;
	if (life->prefill) {
		end(life);
		return;
	}
	AcceptOfferRequest request;
	AcceptOfferRequest_init(&request);
	request.order_id = life->id;
	rpc_send(run->rpcs, run->links->backend, RPC_ACCEPT_OFFER, &request, life->member, accepted, life);
}

/* --- who is asked, without a stream --- */

static void poll_later(struct life *life)
{
	struct timeval wait = {0, POLL_MS * 1000};
	event_add(life->again, &wait);
}

static void polled(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	struct order_glance glance;
	if (reply->error == NULL && wire_order_in(reply->message, 1, &glance) && glance.asked.len > 0) {
		snprintf(life->member, sizeof(life->member), "member/%.*s", SLICE_FMT(glance.asked));
		take_offer(life);
		return;
	}
	life->run->result->polls++;
	poll_later(life);
}

static void poll_order(struct life *life)
{
	GetOrderRequest request;
	GetOrderRequest_init(&request);
	request.order_id = life->id;
	rpc_send(life->run->rpcs, life->run->links->backend, RPC_GET_ORDER, &request, NULL, polled, life);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	poll_order(arg);
}

/* --- placing --- */

static void placed(void *arg, const struct rpc_reply *reply)
{
	struct life *life = arg;
	struct life_run *run = life->run;
	struct order_glance glance;
	if (failed(life, reply))
		return;
	struct id_entry *entry = wire_order_in(reply->message, 1, &glance) ? ids_get(&run->ids, glance.id) : NULL;
	if (entry == NULL) {
		run->result->errors++;
		end(life);
		return;
	}
	memcpy(life->id, entry->id, sizeof(life->id));
	if (run->options.poll) {
		poll_later(life);
		return;
	}
	entry->order = life->slot;
	if (entry->stash != NULL) {
		char member[MEMBER_BYTES];
		int len = snprintf(member, sizeof(member), "%.*s", (int)entry->stash_len, (const char *)entry->stash);
		id_entry_unstash(entry);
		offered(run, entry, slice_of(member, (size_t)len));
	}
}

static void begin(struct life_run *run, bool prefill)
{
	const struct replay_order *at = &run->data->orders[run->begun % run->data->n_orders];
	struct life *life = run->free;
	run->free = life->next;
	run->under_way++;
	uint64_t nth = run->begun++ / run->data->n_orders % TOWN_RESIDENTS_PER_GRID;
	run->filled += prefill;
	life->asked = false;
	life->id[0] = '\0';
	life->prefill = prefill;
	snprintf(life->resident, sizeof(life->resident), "resident/%s",
		 run->town->resident_ids[at->grid * TOWN_RESIDENTS_PER_GRID + nth]);
	PlaceOrderRequest request;
	GeoPoint point;
	PlaceOrderRequest_init(&request);
	GeoPoint_init(&point);
	request.category_id = borrow(run->town->category_ids[0]);
	request.title = borrow("street light out");
	request.description = borrow("the lamp in front of the door has been dark for two days");
	request.point = &point;
	point.lat = at->lat;
	point.lon = at->lon;
	if (in_window(run))
		run->result->begun++;
	rpc_send(run->rpcs, run->links->backend, RPC_PLACE_ORDER, &request, life->resident, placed, life);
}

static void board_read(void *arg, const struct rpc_reply *reply)
{
	struct life_run *run = arg;
	if (reply->error != NULL)
		run->result->errors++;
}

static void read_board(struct life_run *run)
{
	enum { PAGE = 50 };
	ListBoardRequest request;
	ListBoardRequest_init(&request);
	request.page_size = PAGE;
	rpc_send(run->rpcs, run->links->desk, RPC_LIST_BOARD, &request, NULL, board_read, run);
}

/* --- the run --- */

static void fill(struct life_run *run)
{
	uint64_t since = now_ns();
	run->filling = true;
	while (run->filled < run->options.prefill && run->free != NULL)
		begin(run, true);
	while (run->under_way > 0)
		event_base_loop(rpcs_base(run->rpcs), EVLOOP_ONCE);
	run->filling = false;
	run->result->prefill_s = (double)(now_ns() - since) / 1e9;
}

/* As many as the clock says should have begun by now. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct life_run *run = arg;
	(void)fd;
	(void)what;
	uint64_t now = now_ns();
	if (run->options.rate <= 0 || now >= run->until_ns)
		return;
	double since = (double)(now - run->start_ns) / 1e9;
	uint64_t due = (uint64_t)(since * run->options.rate);
	while (run->begun - run->filled + run->result->skipped < due) {
		if (run->free == NULL)
			run->result->skipped++;
		else
			begin(run, false);
	}
}

static void drive(struct life_run *run, uint64_t until_ns)
{
	while (now_ns() < until_ns && now_ns() < run->until_ns)
		event_base_loop(rpcs_base(run->rpcs), EVLOOP_ONCE);
}

void life_go(struct life_run *run, struct life_result *result)
{
	struct timeval tick = {0, 1000};
	*result = (struct life_result){0};
	run->result = result;
	run->from_ns = run->until_ns = UINT64_MAX;
	if (!run->options.poll)
		watch_offers(run);
	fill(run);
	run->start_ns = now_ns();
	run->from_ns = run->start_ns + (uint64_t)(run->options.warmup_s * 1e9);
	run->until_ns = run->from_ns + (uint64_t)(run->options.seconds * 1e9);
	event_add(run->tick, &tick);
	while (run->options.rate <= 0 && run->free != NULL)
		begin(run, false);
	drive(run, run->from_ns);
	rpcs_reset_stats(run->rpcs);
	if (run->options.on_window != NULL)
		run->options.on_window(run->options.on_window_arg);
	drive(run, UINT64_MAX);
	result->seconds = (double)(now_ns() - run->from_ns) / 1e9;
	uint64_t give_up = now_ns() + DRAIN_S * 1000000000ull;
	while (run->under_way > 0 && now_ns() < give_up)
		event_base_loop(rpcs_base(run->rpcs), EVLOOP_ONCE);
	event_del(run->tick);
	if (run->watch != NULL)
		call_cancel(run->watch);
	run->watch = NULL;
}

struct life_run *life_new(struct rpcs *r, const struct tenant_links *links, const struct town *town,
			  const struct replay_data *data, const struct life_options *options)
{
	struct life_run *run = calloc(1, sizeof(*run));
	struct life *lives = calloc(options->in_flight, sizeof(*lives));
	if (run == NULL || lives == NULL)
		abort();
	run->rpcs = r;
	run->links = links;
	run->town = town;
	run->data = data;
	run->options = *options;
	run->lives = lives;
	run->tick = event_new(rpcs_base(r), -1, EV_PERSIST, on_tick, run);
	for (unsigned i = 0; i < options->in_flight; i++) {
		lives[i].run = run;
		lives[i].slot = i;
		lives[i].again = event_new(rpcs_base(r), -1, 0, on_again, &lives[i]);
		if (lives[i].again == NULL || run->tick == NULL)
			abort();
		lives[i].next = run->free;
		run->free = &lives[i];
	}
	return run;
}

void life_free(struct life_run *run)
{
	if (run == NULL)
		return;
	for (unsigned i = 0; i < run->options.in_flight; i++)
		event_free(run->lives[i].again);
	event_free(run->tick);
	ids_free(&run->ids);
	free(run->lives);
	free(run);
}
