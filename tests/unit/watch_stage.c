#include "watch_stage.h"

#include "pb/pb_wire.h"

/* --- a watcher that writes down what it hears --- */

static void on_opened(void *arg, const struct exec_result *result)
{
	struct watcher *me = arg;
	assert_false(me->opened);
	me->opened = true;
	me->err = result->err;
	snprintf(me->begins, sizeof(me->begins), "%s", result->position == NULL ? "" : result->position);
	if (me->stop_when_opened && result->err == OK && me->watch != NULL) {
		exec_unwatch(me->watch);
		me->stopped = true;
	}
}

/* All three responses: event_id, kind, order. */
static void on_message(void *arg, const struct exec_told *told)
{
	struct slice id = told->event_id;
	struct watcher *me = arg;
	const WatchBoardResponse *rsp = (const WatchBoardResponse *)told->message;
	assert_true(me->opened && !me->ended && !me->stopped && me->n < MAX_HEARD && id.len < 64);
	struct heard *h = &me->heard[me->n++];
	memcpy(h->position, id.ptr, id.len);
	h->position[id.len] = '\0';
	h->kind = rsp->kind;
	snprintf(h->order_id, sizeof(h->order_id), "%s", rsp->order == NULL ? "" : rsp->order->id);
	h->state = rsp->order == NULL ? ORDER_STATE_UNSPECIFIED : rsp->order->state;
	if (me->n == me->stop_after && me->watch != NULL) {
		exec_unwatch(me->watch);
		me->stopped = true;
	}
}

static void on_ended(void *arg, const struct exec_result *result)
{
	struct watcher *me = arg;
	assert_false(me->ended);
	me->ended = true;
	me->err = result->err;
}

void watch(struct world *w, struct watcher *me, struct who who, const char *path, const void *request,
	   const char *after)
{
	struct exec_watch_request rq = {.method = world_method(w, path),
					.credential = world_credential(who),
					.request = request,
					.after = slice_str(after),
					.opened = on_opened,
					.message = on_message,
					.ended = on_ended,
					.arg = me};
	me->watch = exec_watch(world_exec(w), &rq);
}

struct watcher *watcher(struct world *w)
{
	return ARENA_NEW(world_arena(w), struct watcher);
}

void watch_board(struct world *w, struct watcher *me, const char *after)
{
	watch(w, me, AS_ADMIN, "DeskService/WatchBoard", PB_NEW(world_arena(w), WatchBoardRequest), after);
}

/* --- what there is to hear: the order events of the log itself --- */

struct log_reader {
	struct watcher *into;
	struct arena *a;
};

static void read_row(void *arg, const struct store_row *row)
{
	struct log_reader *r = arg;
	struct fault fault;
	EventBatch *batch;
	if (row->kind != STORE_ROW_LOG || !slice_eq(row->key, SLICE(LOG_EVENTS)))
		return;
	assert_int_equal(PB_DECODE(r->a, EventBatch, row->value, &fault, &batch), OK);
	for (size_t i = 0; i < batch->n_events; i++) {
		if (batch->events[i]->subject_id[0] != 'o')
			continue;
		struct heard *h = &r->into->heard[r->into->n++];
		snprintf(h->position, sizeof(h->position), "%.*s-%zu", SLICE_FMT(row->field), i);
		h->kind = batch->events[i]->kind;
		snprintf(h->order_id, sizeof(h->order_id), "%s", batch->events[i]->subject_id);
	}
}

struct watcher *read_log(struct world *w)
{
	struct watcher *all = watcher(w);
	struct log_reader reader = {all, world_arena(w)};
	store_memory_dump(world_store(w), SLICE(WORLD_TENANT), read_row, &reader);
	return all;
}

void assert_heard(const struct watcher *me, const struct watcher *all, size_t from)
{
	for (size_t i = 0; i < me->n && from + i < all->n; i++) {
		assert_string_equal(me->heard[i].position, all->heard[from + i].position);
		assert_int_equal(me->heard[i].kind, all->heard[from + i].kind);
		assert_string_equal(me->heard[i].order_id, all->heard[from + i].order_id);
	}
	assert_int_equal(me->n, all->n - from);
}

struct stage stage(uint64_t seed, int64_t latency_ms)
{
	struct stage s = {
	    .w = world_new(&(struct world_options){.seed = seed, .cache_bytes = 1 << 20, .latency_ms = latency_ms})};
	s.town = world_town(s.w, SIDE);
	for (size_t i = 0; i < 3; i++)
		s.members[i] = world_member(s.w, world_point(s.w, 4, 50 + 10 * (double)i, 50, SIDE), NULL);
	s.resident = world_resident(s.w);
	return s;
}

void some_life(struct stage *s, unsigned orders)
{
	for (unsigned i = 0; i < orders; i++) {
		const char *category = i % 2 == 0 ? s->town.urgent_category : s->town.plain_category;
		s->order = world_order(s->w, s->resident, category, world_point(s->w, 4, 0, 0, SIDE));
		world_advance(s->w, 500);
		REQUEST(s->w, DeclineOfferRequest, no);
		no->order_id = s->order;
		(void)world_call(s->w, AS_MEMBER(s->members[0]), "TaskService/DeclineOffer", no);
		world_advance(s->w, i % 3 == 0 ? 100000 : 500); /* some offers expire */
		REQUEST(s->w, CancelOrderRequest, cancel);
		cancel->order_id = s->order;
		must(world_call(s->w, AS_RESIDENT(s->resident), "OrderService/CancelOrder", cancel));
	}
	world_advance(s->w, 1000);
}
