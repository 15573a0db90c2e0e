/* Streams: every event once, in order, from any position, whatever comes between. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "txn/watch.h"
#include "world.h"

enum { SIDE = 3, MAX_HEARD = 2000 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

static void *must(struct world_reply reply)
{
	if (reply.err != OK)
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
	assert_int_equal(reply.err, OK);
	return reply.message;
}

/* --- a watcher that writes down what it hears --- */

struct heard {
	char position[64];
	EventKind kind;
	char order_id[16];
	OrderState state;
};

struct watcher {
	struct exec_watch *watch;
	bool opened, ended;
	enum err err;        /* of opening or ending */
	unsigned stop_after; /* unwatches itself inside that message; 0: never */
	bool stop_when_opened, stopped;
	char begins[64]; /* where; "": not told */
	struct heard heard[MAX_HEARD];
	size_t n;
};

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

static void watch(struct world *w, struct watcher *me, struct who who, const char *path, const void *request,
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

static struct watcher *watcher(struct world *w)
{
	return ARENA_NEW(world_arena(w), struct watcher);
}

static void watch_board(struct world *w, struct watcher *me, const char *after)
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

static struct watcher *read_log(struct world *w)
{
	struct watcher *all = watcher(w);
	struct log_reader reader = {all, world_arena(w)};
	store_memory_dump(world_store(w), SLICE(WORLD_TENANT), read_row, &reader);
	return all;
}

/* me heard all of it from `from` on, each once, in order. */
static void assert_heard(const struct watcher *me, const struct watcher *all, size_t from)
{
	for (size_t i = 0; i < me->n && from + i < all->n; i++) {
		assert_string_equal(me->heard[i].position, all->heard[from + i].position);
		assert_int_equal(me->heard[i].kind, all->heard[from + i].kind);
		assert_string_equal(me->heard[i].order_id, all->heard[from + i].order_id);
	}
	assert_int_equal(me->n, all->n - from);
}

/* --- something to hear: entries of one and of many events --- */

struct stage {
	struct world *w;
	struct town town;
	char *members[3], *resident, *order;
};

static struct stage stage(uint64_t seed, int64_t latency_ms)
{
	struct stage s = {
	    .w = world_new(&(struct world_options){.seed = seed, .cache_bytes = 1 << 20, .latency_ms = latency_ms})};
	s.town = world_town(s.w, SIDE);
	for (size_t i = 0; i < 3; i++)
		s.members[i] = world_member(s.w, world_point(s.w, 4, 50 + 10 * (double)i, 50, SIDE), NULL);
	s.resident = world_resident(s.w);
	return s;
}

static void some_life(struct stage *s, unsigned orders)
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

static void test_live(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 40; latency_ms += 20) {
		struct stage s = stage(1, latency_ms);
		some_life(&s, 2);
		size_t before = read_log(s.w)->n;
		struct watcher *me = watcher(s.w);
		watch_board(s.w, me, "");
		world_advance(s.w, 1000);
		assert_true(me->opened);
		assert_int_equal(me->err, OK);
		assert_int_equal(me->n, 0);
		some_life(&s, 6);
		assert_heard(me, read_log(s.w), before);
		exec_unwatch(me->watch);
		size_t n = me->n;
		some_life(&s, 1);
		assert_int_equal(me->n, n);
		assert_int_equal(exec_stats(world_exec(s.w))->watches, 0);
		world_free(s.w);
	}
}

/* What is done the moment the stream is open is heard, however long the store takes to say where the log ends. */
static void test_opened_means_listening(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 40; seed++) {
		struct stage s = stage(seed, 80);
		struct watcher *me = watcher(s.w);
		watch_board(s.w, me, "");
		while (!me->opened)
			world_advance(s.w, 1);
		char *id = world_order(s.w, s.resident, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
		world_advance(s.w, 1000);
		bool placed = false;
		for (size_t i = 0; i < me->n; i++)
			placed |= me->heard[i].kind == EVENT_KIND_PLACED && strcmp(me->heard[i].order_id, id) == 0;
		assert_true(placed);
		exec_unwatch(me->watch);
		world_free(s.w);
	}
}

/* From every position there is, also from the middle of an entry. */
static void test_resume_everywhere(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(2, latency_ms);
		some_life(&s, 5);
		struct watcher *all = read_log(s.w);
		bool partial = false;
		for (size_t i = 0; i < all->n; i++)
			partial |= strstr(all->heard[i].position, "-1") != NULL &&
				   all->heard[i].position[strlen(all->heard[i].position) - 1] == '1';
		assert_true(all->n > 20 && partial);
		for (size_t i = 0; i < all->n; i++) {
			struct watcher *me = watcher(s.w);
			watch_board(s.w, me, all->heard[i].position);
			world_advance(s.w, 4000);
			assert_int_equal(me->err, OK);
			assert_heard(me, all, i + 1);
			exec_unwatch(me->watch);
		}
		world_free(s.w);
	}
}

/* More than a page is behind, and more comes while it is read. */
static void test_resume_far_behind(void **state)
{
	(void)state;
	struct stage s = stage(3, 10);
	some_life(&s, 1);
	struct watcher *start = read_log(s.w);
	some_life(&s, 30);
	struct watcher *me = watcher(s.w);
	watch_board(s.w, me, start->heard[0].position);
	some_life(&s, 3);
	world_advance(s.w, 20000);
	struct watcher *all = read_log(s.w);
	assert_true(all->n > 150);
	assert_heard(me, all, 1);
	exec_unwatch(me->watch);
	world_free(s.w);
}

/* A stream that breaks anywhere and is taken up again misses and repeats nothing. */
static void test_broken_streams(void **state)
{
	(void)state;
	struct stage s = stage(4, 15);
	some_life(&s, 1);
	struct watcher *start = read_log(s.w), *sum = watcher(s.w);
	char *after = arena_strdup(world_arena(s.w), start->heard[0].position);
	for (unsigned piece = 1; piece < 25; piece++) {
		struct watcher *me = watcher(s.w);
		me->stop_after = piece % 4;
		watch_board(s.w, me, after);
		some_life(&s, piece % 2);
		world_advance(s.w, 200 + 137 * (int64_t)piece);
		if (!me->stopped)
			exec_unwatch(me->watch);
		for (size_t i = 0; i < me->n; i++)
			sum->heard[sum->n++] = me->heard[i];
		if (me->n > 0)
			after = me->heard[me->n - 1].position;
	}
	struct watcher *last = watcher(s.w);
	watch_board(s.w, last, after);
	world_advance(s.w, 20000);
	for (size_t i = 0; i < last->n; i++)
		sum->heard[sum->n++] = last->heard[i];
	assert_heard(sum, read_log(s.w), 1);
	exec_unwatch(last->watch);
	world_free(s.w);
}

static void test_pause(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(5, latency_ms);
		some_life(&s, 1);
		struct watcher *me = watcher(s.w);
		size_t before = read_log(s.w)->n;
		watch_board(s.w, me, "");
		world_advance(s.w, 500);
		for (int i = 0; i < 4; i++) {
			some_life(&s, 1);
			exec_watch_pause(me->watch, true);
			world_advance(s.w, 1000);
			size_t n = me->n;
			some_life(&s, 2);
			assert_true(me->n <= n + 1); /* one may have been on its way */
			exec_watch_pause(me->watch, false);
			world_advance(s.w, 10000);
			assert_heard(me, read_log(s.w), before);
		}
		exec_unwatch(me->watch);
		world_free(s.w);
	}
}

/* Stopped inside its own callbacks, and at any moment from outside. */
static void test_stops(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct stage s = stage(6 + i, i % 2 == 0 ? 20 : 0);
		some_life(&s, 1);
		struct watcher *start = read_log(s.w);
		struct watcher *mine = watcher(s.w), *other = watcher(s.w);
		mine->stop_after = i % 2 == 0 ? i % 5 : 0;
		mine->stop_when_opened = i % 7 == 6;
		watch_board(s.w, mine, start->heard[0].position);
		watch_board(s.w, other, start->heard[0].position);
		world_advance(s.w, i * 5);
		if (!mine->stopped)
			exec_unwatch(mine->watch);
		some_life(&s, 1);
		world_advance(s.w, 5000);
		assert_heard(other, read_log(s.w), 1);
		/* The other one goes with the world. */
		world_free(s.w);
	}
}

static void test_positions(void **state)
{
	(void)state;
	static const char *const bad[] = {"x",
					  "1",
					  "1-",
					  "1-2",
					  "1-2-",
					  "1-2-x",
					  "1-2-3-4",
					  "-1-2-3",
					  " 1-2-3",
					  "1-2-3 ",
					  "99999999999999999999999-1-1",
					  "1-2--3",
					  "1--2-3",
					  "1-2-+3"};
	static const char *const fine[] = {"1-2-3", "0-0-0", "1700000000000-0-0", "1700000000000-5-999"};
	char after[48], entry[48];
	unsigned skip;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (watch_position_parse(slice_str(bad[i]), after, entry, &skip))
			fail_msg("'%s' is taken for a position", bad[i]);
	}
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_true(watch_position_parse(slice_str(fine[i]), after, entry, &skip));
	assert_true(watch_position_parse(SLICE("7-0-2"), after, entry, &skip));
	assert_string_equal(after, "6-18446744073709551615");
	assert_string_equal(entry, "7-0");
	assert_int_equal(skip, 3);
	struct stage s = stage(50, 0);
	struct watcher *me = watcher(s.w);
	watch_board(s.w, me, "tomorrow");
	assert_true(me->opened);
	assert_null(me->watch);
	assert_int_equal(me->err, ERR_FIELD_INVALID);
	me = watcher(s.w);
	watch_board(s.w, me, "1-0-0"); /* of 1970: nobody keeps it */
	assert_int_equal(me->err, ERR_EVENTS_GONE);
	world_free(s.w);
}

/* --- who hears what --- */

static void test_refusals(void **state)
{
	(void)state;
	for (int64_t latency_ms = 0; latency_ms <= 20; latency_ms += 20) {
		struct stage s = stage(60, latency_ms);
		some_life(&s, 1);
		struct watcher *me = watcher(s.w);
		REQUEST(s.w, WatchBoardRequest, board);
		watch(s.w, me, AS_NOBODY, "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_UNAUTHENTICATED);
		me = watcher(s.w);
		watch(s.w, me, AS_RESIDENT(s.resident), "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_PERMISSION_DENIED);
		me = watcher(s.w);
		board->node_id = (char *)"n0000zzz";
		watch(s.w, me, AS_ADMIN, "DeskService/WatchBoard", board, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_NOT_FOUND);
		me = watcher(s.w);
		REQUEST(s.w, WatchOrdersRequest, orders);
		orders->order_id = s.order;
		watch(s.w, me, AS_RESIDENT(world_resident(s.w)), "OrderService/WatchOrders", orders, "");
		world_advance(s.w, 1000);
		assert_int_equal(me->err, ERR_NOT_FOUND);
		assert_int_equal(exec_stats(world_exec(s.w))->watches, 0);
		world_free(s.w);
	}
}

static void test_revoked_key_ends_it(void **state)
{
	(void)state;
	struct stage s = stage(61, 10);
	REQUEST(s.w, CreateApiKeyRequest, make);
	make->role = ROLE_OPERATOR;
	CreateApiKeyResponse *key = must(world_call(s.w, AS_ADMIN, "OrgService/CreateApiKey", make));
	struct watcher *me = watcher(s.w);
	REQUEST(s.w, WatchBoardRequest, board);
	watch(s.w, me, WITH_KEY(key->key), "DeskService/WatchBoard", board, "");
	world_advance(s.w, 1000);
	some_life(&s, 1);
	assert_true(me->n > 0 && !me->ended);
	REQUEST(s.w, RevokeApiKeyRequest, revoke);
	revoke->key_id = key->key_id;
	must(world_call(s.w, AS_ADMIN, "OrgService/RevokeApiKey", revoke));
	world_advance(s.w, 1000);
	size_t n = me->n;
	some_life(&s, 1);
	assert_true(me->ended);
	assert_int_equal(me->err, ERR_CREDENTIAL_REVOKED);
	assert_int_equal(me->n, n);
	world_free(s.w);
}

static const struct heard *last_of(const struct watcher *me, const char *order_id)
{
	for (size_t i = me->n; i > 0; i--) {
		if (strcmp(me->heard[i - 1].order_id, order_id) == 0)
			return &me->heard[i - 1];
	}
	return NULL;
}

/* A member hears of an offer, and that it is off when somebody else was first or the order is cancelled;
 * after that the order is none of their business. */
static void test_members(void **state)
{
	(void)state;
	struct stage s = stage(62, 0);
	struct watcher *first = watcher(s.w), *second = watcher(s.w);
	REQUEST(s.w, WatchOffersRequest, rq);
	watch(s.w, first, AS_MEMBER(s.members[0]), "TaskService/WatchOffers", rq, "");
	watch(s.w, second, AS_MEMBER(s.members[1]), "TaskService/WatchOffers", rq, "");
	char *id = world_order(s.w, s.resident, s.town.urgent_category, world_point(s.w, 4, 0, 0, SIDE));
	assert_non_null(last_of(first, id));
	assert_non_null(last_of(second, id));
	REQUEST(s.w, AcceptOfferRequest, accept);
	accept->order_id = id;
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/AcceptOffer", accept));
	assert_int_equal(last_of(first, id)->kind, EVENT_KIND_ACCEPTED);
	assert_int_equal(last_of(second, id)->kind, EVENT_KIND_ACCEPTED);
	size_t n = second->n;
	REQUEST(s.w, StartTaskRequest, start);
	start->order_id = id;
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/StartTask", start));
	assert_int_equal(last_of(first, id)->kind, EVENT_KIND_STARTED);
	assert_int_equal(second->n, n);
	char *other = world_order(s.w, s.resident, s.town.urgent_category, world_point(s.w, 4, 0, 0, SIDE));
	REQUEST(s.w, CancelOrderRequest, cancel);
	cancel->order_id = other;
	must(world_call(s.w, AS_RESIDENT(s.resident), "OrderService/CancelOrder", cancel));
	assert_int_equal(last_of(second, other)->kind, EVENT_KIND_CANCELLED);
	assert_int_equal(last_of(second, other)->state, ORDER_STATE_CANCELLED);
	/* Sent back to the queue, it is off, too, for the member who did the work. */
	REQUEST(s.w, CompleteTaskRequest, complete);
	complete->order_id = id;
	complete->text = (char *)"done";
	must(world_call(s.w, AS_MEMBER(s.members[0]), "TaskService/CompleteTask", complete));
	REQUEST(s.w, ReworkOrderRequest, rework);
	rework->order_id = id;
	n = first->n;
	must(world_call(s.w, AS_ADMIN, "DeskService/ReworkOrder", rework));
	bool told = false;
	for (size_t i = n; i < first->n; i++)
		told |= first->heard[i].kind == EVENT_KIND_REWORK;
	assert_true(told);
	world_free(s.w);
}

/* Who is cut off before anything was told goes on from where they began, whatever the log held then: nothing at all, an
 * entry, or one that is too old to be gone on from. */
static void test_cut_off_at_the_beginning(void **state)
{
	(void)state;
	static const int64_t quiet_ms[] = {0, 10, 3600000, INT64_C(3) * 24 * 3600000};
	for (size_t i = 0; i < sizeof(quiet_ms) / sizeof(quiet_ms[0]); i++) {
		struct stage s = stage(81, 2);
		if (quiet_ms[i] > 0)
			some_life(&s, 3);
		world_advance(s.w, quiet_ms[i]);
		struct watcher *whole = watcher(s.w), *cut = watcher(s.w), *again = watcher(s.w);
		watch_board(s.w, whole, "");
		watch_board(s.w, cut, "");
		world_advance(s.w, 10);
		assert_true(cut->opened && cut->begins[0] != '\0');
		exec_unwatch(cut->watch);
		some_life(&s, 5);
		watch_board(s.w, again, cut->begins);
		world_advance(s.w, 100);
		assert_string_equal(again->begins, ""); /* they said it themselves */
		assert_true(whole->n > 0 && cut->n == 0);
		assert_int_equal(again->n, whole->n);
		for (size_t k = 0; k < whole->n; k++)
			assert_string_equal(again->heard[k].position, whole->heard[k].position);
		exec_unwatch(whole->watch);
		exec_unwatch(again->watch);
		world_free(s.w);
	}
}

/* Who is told nothing for a long time has not fallen behind: the log is not read again for them. */
static void test_quiet_watcher(void **state)
{
	(void)state;
	struct stage s = stage(31, 2);
	const char *other = world_resident(s.w);
	struct watcher *quiet = watcher(s.w), *loud = watcher(s.w);
	watch(s.w, quiet, AS_RESIDENT(other), "OrderService/WatchOrders", PB_NEW(world_arena(s.w), WatchOrdersRequest),
	      "");
	world_advance(s.w, 100);
	some_life(&s, 150);
	watch(s.w, loud, AS_RESIDENT(other), "OrderService/WatchOrders", PB_NEW(world_arena(s.w), WatchOrdersRequest),
	      "");
	world_advance(s.w, 100);
	assert_int_equal(quiet->n, 0);
	uint64_t reads = world_store(s.w)->loads;
	(void)world_order(s.w, other, s.town.plain_category, world_point(s.w, 4, 0, 0, SIDE));
	uint64_t reads_of_order = world_store(s.w)->loads - reads;
	world_advance(s.w, 100);
	assert_true(quiet->n > 0);
	assert_int_equal(quiet->n, loud->n);
	/* Hundreds of entries have passed: reading them again would take pages of them. */
	assert_in_range(world_store(s.w)->loads - reads - reads_of_order, 0, 6);
	exec_unwatch(quiet->watch);
	exec_unwatch(loud->watch);
	world_free(s.w);
}

/* Who ordered for somebody else follows that order, too. */
static void test_proxies(void **state)
{
	(void)state;
	struct stage s = stage(63, 0);
	REQUEST(s.w, CreateResidentRequest, make);
	make->resident = PB_NEW(world_arena(s.w), Resident);
	make->resident->proxy_ids = &s.resident;
	make->resident->n_proxy_ids = 1;
	CreateResidentResponse *made = must(world_call(s.w, AS_ADMIN, "OrgService/CreateResident", make));
	REQUEST(s.w, PlaceOrderRequest, place);
	place->category_id = s.town.plain_category;
	place->beneficiary_id = made->resident->id;
	place->point = world_point(s.w, 4, 0, 0, SIDE);
	PlaceOrderResponse *placed = must(world_call(s.w, AS_RESIDENT(s.resident), "OrderService/PlaceOrder", place));
	struct watcher *proxy = watcher(s.w), *proxy_all = watcher(s.w), *beneficiary = watcher(s.w),
		       *all = watcher(s.w), *stranger = watcher(s.w);
	REQUEST(s.w, WatchOrdersRequest, one);
	REQUEST(s.w, WatchOrdersRequest, any);
	one->order_id = placed->order->id;
	watch(s.w, proxy, AS_RESIDENT(s.resident), "OrderService/WatchOrders", one, "");
	watch(s.w, proxy_all, AS_RESIDENT(s.resident), "OrderService/WatchOrders", any, "");
	watch(s.w, beneficiary, AS_RESIDENT(made->resident->id), "OrderService/WatchOrders", one, "");
	watch(s.w, all, AS_RESIDENT(made->resident->id), "OrderService/WatchOrders", any, "");
	watch(s.w, stranger, AS_RESIDENT(world_resident(s.w)), "OrderService/WatchOrders", any, "");
	REQUEST(s.w, AddNoteRequest, note);
	note->order_id = placed->order->id;
	note->text = (char *)"n";
	must(world_call(s.w, AS_ADMIN, "OrderService/AddNote", note));
	assert_int_equal(proxy->n, 1);
	assert_int_equal(proxy_all->n, 1); /* what they asked for is theirs to follow */
	assert_int_equal(beneficiary->n, 1);
	assert_int_equal(all->n, 1);
	assert_int_equal(stranger->n, 0);
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_live),
	    cmocka_unit_test(test_opened_means_listening),
	    cmocka_unit_test(test_resume_everywhere),
	    cmocka_unit_test(test_resume_far_behind),
	    cmocka_unit_test(test_broken_streams),
	    cmocka_unit_test(test_pause),
	    cmocka_unit_test(test_stops),
	    cmocka_unit_test(test_positions),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_revoked_key_ends_it),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_cut_off_at_the_beginning),
	    cmocka_unit_test(test_quiet_watcher),
	    cmocka_unit_test(test_proxies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
