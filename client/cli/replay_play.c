#include "replay_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "replay_steps.h"

enum {
	TICK_MS = 20,
	PROGRESS_TICKS = 10,
	LATEST_MS = 4000,
	RESYNCS_AT_ONCE = 100,
	WATCH_AGAIN_MS = 100,
};

/* --- the board's stream --- */

static void on_board(void *arg, struct call *call, struct slice message)
{
	struct play *p = arg;
	const WatchBoardResponse *event = rpc_decode(p->rpcs, RPC_WATCH_BOARD, message);
	call_consumed(call, message.len);
	if (event == NULL)
		return;
	if (event->event_id[0] != '\0')
		snprintf(p->after, sizeof(p->after), "%s", event->event_id);
	if (event->order == NULL)
		return;
	p->counts.events++;
	struct id_entry *entry = ids_get(&p->ids, slice_str(event->order->id));
	if (entry == NULL)
		return;
	if (entry->order == BENCH_NO_ORDER)
		id_entry_stash(entry, message);
	else
		step_seen(p, entry->order, event->order, event->kind);
}

static void on_board_over(void *arg, const struct call_result *result)
{
	struct play *p = arg;
	struct timeval wait = {0, WATCH_AGAIN_MS * 1000};
	p->watch = NULL;
	/* What the stream can't tell any more is read order by order. */
	if (result->error != NULL && result->error->code != GRPC_UNAVAILABLE &&
	    result->error->code != GRPC_DEADLINE_EXCEEDED && result->error->code != GRPC_CANCELLED)
		p->after[0] = '\0';
	event_add(p->watch_again, &wait);
}

static void watch_start(struct play *p)
{
	WatchBoardRequest request;
	WatchBoardRequest_init(&request);
	request.after = p->after;
	p->watch = channel_call(p->links->desk);
	uint8_t *to =
	    p->watch == NULL ? NULL : call_message(p->watch, protobuf_c_message_get_packed_size(&request.base));
	play_need_memory(to != NULL);
	protobuf_c_message_pack(&request.base, to);
	p->counts.streams++;
	call_start(p->watch, &(struct call_options){
				 .path = rpc_rows[RPC_WATCH_BOARD].path,
				 .retries = 0,
				 .safety = CALL_READ,
				 .on_message = on_board,
				 .on_done = on_board_over,
				 .arg = p,
			     });
}

static void on_watch_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch_start(arg);
}

/* --- what was not heard of --- */

struct resync {
	struct play *play;
	size_t i;
};

static void on_resync(void *arg, const struct rpc_reply *reply)
{
	struct resync *r = arg;
	struct play *p = r->play;
	struct play_case *c = &p->cases[r->i];
	c->calls--;
	p->resyncing--;
	c->touched_ns = play_now_ns();
	c->wait_ms = (uint16_t)(c->wait_ms > LATEST_MS / 2 ? LATEST_MS : c->wait_ms * 2);
	const GetOrderResponse *response =
	    reply->error != NULL ? NULL : rpc_decode(p->rpcs, RPC_GET_ORDER, reply->message);
	if (response != NULL && response->order != NULL)
		step_seen(p, r->i, response->order, EVENT_KIND_UNSPECIFIED);
	free(r);
}

static void resync(struct play *p, size_t i)
{
	GetOrderRequest request;
	struct resync *r = malloc(sizeof(*r));
	if (r == NULL)
		return;
	*r = (struct resync){p, i};
	GetOrderRequest_init(&request);
	request.order_id = p->cases[i].id;
	p->cases[i].calls++;
	p->resyncing++;
	p->counts.resyncs++;
	rpc_send(p->rpcs, p->links->desk, RPC_GET_ORDER, &request, NULL, on_resync, r);
}

static bool is_over(const struct play_case *c)
{
	return c->phase == CASE_OVER || c->phase == CASE_UNSERVED;
}

static void sweep(struct play *p)
{
	uint64_t now = play_now_ns();
	while (p->first_open < p->next && is_over(&p->cases[p->first_open]))
		p->first_open++;
	for (size_t i = p->first_open; i < p->next && p->resyncing < RESYNCS_AT_ONCE; i++) {
		const struct play_case *c = &p->cases[i];
		if (!is_over(c) && c->calls == 0 && c->id[0] != '\0' && now - c->touched_ns > c->wait_ms * 1000000ull)
			resync(p, i);
	}
}

/* --- the run --- */

static void place_more(struct play *p)
{
	while (p->next < p->n && p->active < p->options.concurrency) {
		p->active++;
		step_place(p, p->next++);
	}
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct play *p = arg;
	(void)fd;
	(void)what;
	sweep(p);
	if (++p->ticks % PROGRESS_TICKS == 0)
		p->options.progress(p->options.arg, p->next, p->over, p->n);
}

static void name_members(struct play *p)
{
	for (size_t i = 0; i < p->town->n_members; i++)
		ids_get(&p->members, slice_str(p->town->member_ids[i]))->order = (uint32_t)i;
}

/* The stream is opened first: from then on nothing is missed. */
static void wait_for_stream(struct play *p)
{
	watch_start(p);
	while (p->watch != NULL && !call_is_open(p->watch))
		event_base_loop(rpcs_base(p->rpcs), EVLOOP_ONCE);
}

void play_run(struct play *p)
{
	struct timeval tick = {0, TICK_MS * 1000};
	struct event_base *base = rpcs_base(p->rpcs);
	p->n = p->data->n_orders;
	p->cases = calloc(p->n == 0 ? 1 : p->n, sizeof(*p->cases));
	p->tick = event_new(base, -1, EV_PERSIST, on_tick, p);
	p->watch_again = event_new(base, -1, 0, on_watch_again, p);
	play_need_memory(p->cases != NULL && p->tick != NULL && p->watch_again != NULL);
	name_members(p);
	event_add(p->tick, &tick);
	wait_for_stream(p);
	rpcs_reset_stats(p->rpcs);
	p->started_ns = p->progress_ns = play_now_ns();
	size_t over = 0;
	while (p->over < p->n && !p->stalled) {
		place_more(p);
		event_base_loop(base, EVLOOP_ONCE);
		uint64_t now = play_now_ns();
		if (p->over != over)
			p->progress_ns = now;
		over = p->over;
		p->stalled = (now - p->progress_ns) / 1000000 > p->options.stall_ms;
	}
	p->ended_ns = play_now_ns();
	p->options.progress(p->options.arg, p->next, p->over, p->n);
	event_del(p->tick);
	if (p->watch != NULL)
		call_cancel(p->watch);
	p->watch = NULL;
	event_del(p->watch_again);
}

void play_free(struct play *p)
{
	for (size_t i = 0; i < p->n && p->cases != NULL; i++)
		free(p->cases[i].answered);
	free(p->cases);
	ids_free(&p->ids);
	ids_free(&p->members);
	if (p->tick != NULL)
		event_free(p->tick);
	if (p->watch_again != NULL)
		event_free(p->watch_again);
}
