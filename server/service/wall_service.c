/* The wall: a unit's state for a screen that everybody can see. Nothing personal gets in here: no order is shown, only
 * when, where and of which category it is. Its keys: wall_key_service.c. */
#include <stdlib.h>

#include "base/limits.h"
#include "domain/order_state.h"
#include "domain/policy.h"
#include "domain/times.h"
#include "pb/pb_wire.h"
#include "service/board.h"
#include "service/cells.h"
#include "service/services.h"

enum { WAITS = 12, EVENTS = 20, EVENT_ENTRIES = 100, MONTH_DAYS = 30, TREND_DAYS = 14 };

struct wall {
	struct txn *t;
	GetWallResponse *rsp;
	const char *node_id;
	bool with_map;
	const char **grids; /* ids, in the order of the reply */
	int32_t today;
	struct times accepted, done; /* of the month */
	RateRow *days[TREND_DAYS];
};

/* Notes that something is still to be loaded, so that the rest is asked for in the same round trip. */
static enum err later(enum err err, enum err *wanted)
{
	if (err != ERR_WANTED)
		return err;
	*wanted = err;
	return OK;
}

/* --- what it may say --- */

/* Of a private matter everybody would know who lives in that grid and needs it. */
static char *shown_category(const struct config *config, const char *category_id)
{
	const Category *category = config_category(config, category_id);
	return category == NULL || category->private_ ? (char *)protobuf_c_empty_string : category->id;
}

static bool shows(EventKind kind)
{
	static const EventKind shown[] = {EVENT_KIND_PLACED,    EVENT_KIND_ACCEPTED,  EVENT_KIND_STARTED,
					  EVENT_KIND_COMPLETED, EVENT_KIND_CLOSED,    EVENT_KIND_REWORK,
					  EVENT_KIND_REOPENED,  EVENT_KIND_CANCELLED, EVENT_KIND_REJECTED,
					  EVENT_KIND_ESCALATED, EVENT_KIND_UNSERVED};
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (shown[i] == kind)
			return true;
	}
	return false;
}

static bool concerns_node(const struct actor *actor, const struct config *config, const char *node_id,
			  const EventRecord *event)
{
	return event->subject_id[0] == 'o' && shows(event->kind) && config != NULL &&
	       authz_event(actor, config, event) && config_under(config, event->grid_id, node_id);
}

static WallEvent *view_event(struct arena *a, const struct config *config, const EventRecord *event)
{
	WallEvent *shown = ARENA_NEW(a, WallEvent);
	WallEvent_init(shown);
	shown->kind = event->kind;
	shown->at_ms = event->at_ms;
	shown->grid_id = event->grid_id;
	shown->category_id = shown_category(config, event->category_id);
	return shown;
}

/* --- how things stand --- */

static enum err count_states(struct txn *t, const char *grid_id, OrderState first, OrderState last, uint64_t *orders)
{
	int64_t count = 0;
	enum err err = txn_count(t, index_name(txn_arena(t), INDEX_BOARD_GRID, grid_id), index_board_score(first, 0, 0),
				 index_board_score(last + 1, 0, 0) - 1, &count);
	*orders = (uint64_t)count;
	return err;
}

static enum err show_grid(struct wall *w, const struct org_node *grid, enum err *wanted)
{
	const char *id = grid->record->id;
	WallGrid *shown = ARENA_NEW(txn_arena(w->t), WallGrid);
	WallGrid_init(shown);
	w->grids[w->rsp->n_grids] = id;
	w->rsp->grids[w->rsp->n_grids++] = shown;
	shown->grid_id = grid->record->id;
	shown->name = grid->record->name;
	if (w->with_map) {
		Node *node = view_node(txn_scene(w->t), grid, true);
		shown->polygons = node->polygons;
		shown->n_polygons = node->n_polygons;
	}
	TRY(later(count_states(w->t, id, ORDER_STATE_PLACED, ORDER_STATE_OFFERED, &shown->waiting), wanted));
	TRY(later(count_states(w->t, id, ORDER_STATE_ACCEPTED, ORDER_STATE_HELD, &shown->working), wanted));
	return later(count_states(w->t, id, ORDER_STATE_COMPLETED, ORDER_STATE_COMPLETED, &shown->to_rate), wanted);
}

static enum err show_grids(struct wall *w, enum err *wanted)
{
	const struct config *config = txn_config(w->t);
	struct arena *a = txn_arena(w->t);
	w->grids = arena_array(a, config->n_grids, sizeof(*w->grids));
	w->rsp->grids = arena_array(a, config->n_grids, sizeof(*w->rsp->grids));
	for (size_t i = 0; i < config->n_grids; i++) {
		const char *id = config->grids[i]->record->id;
		if (!config_under(config, id, w->node_id) || !authz_reaches(txn_actor(w->t), config, id))
			continue;
		if (w->rsp->n_grids == LIMIT_WALL_GRIDS)
			return fault_set(txn_fault(w->t), ERR_FIELD_OUT_OF_RANGE, "node_id",
					 "a unit of at most %d grids", LIMIT_WALL_GRIDS);
		TRY(show_grid(w, config->grids[i], wanted));
	}
	return OK;
}

static enum err show_counts(struct wall *w)
{
	struct board board;
	GetBoardCountsResponse counts = GetBoardCountsResponse_INIT;
	TRY(board_read(w->t, w->node_id, INDEX_BOARD, INDEX_BOARD_GRID, &board));
	TRY(board_count(w->t, &board, &counts));
	w->rsp->counts = counts.counts;
	w->rsp->n_counts = counts.n_counts;
	return OK;
}

/* --- what waits --- */

/* Of each urgency those that are due the soonest; they were placed the first. */
static enum err waiting_ids(struct wall *w, const char **ids, size_t *n)
{
	enum err wanted = OK;
	struct board board;
	struct page page = {.size = WAITS};
	TRY(board_read(w->t, w->node_id, INDEX_BOARD, INDEX_BOARD_GRID, &board));
	for (OrderState state = ORDER_STATE_PLACED; state <= ORDER_STATE_OFFERED; state++) {
		for (Urgency urgency = URGENCY_DANGER; urgency <= URGENCY_COMPLEX; urgency++) {
			struct store_entry *entries;
			size_t n_entries = 0;
			board.n_intervals = 0;
			board_add(&board, index_board_score(state, urgency, 0),
				  index_board_score(state, urgency, INDEX_TIME_MAX_MS));
			TRY(later(board_page(w->t, &board, &page, &entries, &n_entries), &wanted));
			for (size_t i = 0; wanted == OK && i < n_entries; i++)
				ids[(*n)++] = arena_string(txn_arena(w->t), entries[i].member);
		}
	}
	return wanted;
}

static WallWait *view_wait(struct wall *w, const OrderRecord *order)
{
	WallWait *wait = ARENA_NEW(txn_arena(w->t), WallWait);
	WallWait_init(wait);
	wait->grid_id = order->grid_id;
	wait->category_id = shown_category(txn_config(w->t), order->category_id);
	wait->urgency = order->urgency;
	wait->state = order->state;
	wait->placed_ms = order->placed_ms;
	wait->due_ms = order_due_ms(order);
	return wait;
}

static int longest_first(const void *a, const void *b)
{
	const WallWait *one = *(WallWait *const *)a, *other = *(WallWait *const *)b;
	return one->placed_ms < other->placed_ms ? -1 : one->placed_ms > other->placed_ms;
}

static enum err show_waits(struct wall *w)
{
	enum { MOST = 2 * 4 * WAITS };
	const char *ids[MOST];
	size_t n = 0;
	TRY(waiting_ids(w, ids, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(w->t, KIND_ORDER, ids[i]);
	w->rsp->waits = arena_array(txn_arena(w->t), n, sizeof(*w->rsp->waits));
	for (size_t i = 0; i < n; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(w->t, ORDER, ids[i], &order));
		if (order != NULL)
			w->rsp->waits[w->rsp->n_waits++] = view_wait(w, order);
	}
	if (w->rsp->n_waits > 0)
		qsort(w->rsp->waits, w->rsp->n_waits, sizeof(*w->rsp->waits), longest_first);
	if (w->rsp->n_waits > WAITS)
		w->rsp->n_waits = WAITS;
	return OK;
}

/* --- what happened --- */

static enum err show_entry(struct wall *w, const struct store_entry *entry)
{
	struct arena *a = txn_arena(w->t);
	const struct config *config = txn_config(w->t);
	struct fault fault;
	EventBatch *batch;
	if (PB_DECODE(a, EventBatch, entry->value, &fault, &batch) != OK)
		return ERR_DATA_CORRUPT;
	for (size_t i = batch->n_events; i > 0 && w->rsp->n_events < EVENTS; i--) {
		const EventRecord *event = batch->events[i - 1];
		if (concerns_node(txn_actor(w->t), config, w->node_id, event))
			w->rsp->events[w->rsp->n_events++] = view_event(a, config, event);
	}
	return OK;
}

static enum err show_events(struct wall *w)
{
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {.key = LOG_EVENTS, .log = true, .reverse = true, .limit = EVENT_ENTRIES};
	TRY(txn_range(w->t, &range, &entries, &n));
	w->rsp->events = arena_array(txn_arena(w->t), EVENTS, sizeof(*w->rsp->events));
	for (size_t i = 0; i < n && w->rsp->n_events < EVENTS; i++)
		TRY(show_entry(w, &entries[i]));
	return OK;
}

static void show_categories(struct wall *w)
{
	const struct config *config = txn_config(w->t);
	GetWallResponse *rsp = w->rsp;
	rsp->categories = arena_array(txn_arena(w->t), config->n_categories, sizeof(*rsp->categories));
	for (size_t i = 0; i < config->n_categories; i++) {
		const Category *category = config->categories[i]->category;
		if (category->private_)
			continue;
		WallCategory *shown = rsp->categories[rsp->n_categories++] = ARENA_NEW(txn_arena(w->t), WallCategory);
		WallCategory_init(shown);
		shown->id = category->id;
		shown->name_zh = category->name_zh;
		shown->name_en = category->name_en;
	}
}

/* --- what the days came to --- */

static RateRow *new_row(struct arena *a)
{
	RateRow *row = ARENA_NEW(a, RateRow);
	RateRow_init(row);
	row->counts = ARENA_NEW(a, RateCounts);
	RateCounts_init(row->counts);
	return row;
}

static void take_cell(void *arg, size_t unit, const struct rates_cell *cell, uint64_t orders)
{
	struct wall *w = arg;
	WallGrid *grid = w->rsp->grids[unit];
	int32_t ago = w->today - cell->day;
	rates_add(w->rsp->month->counts, cell->fate, orders);
	times_add(&w->accepted, cell->accepted, orders);
	times_add(&w->done, cell->done, orders);
	if (ago < TREND_DAYS)
		rates_add(w->days[ago]->counts, cell->fate, orders);
	if (ago == 0 && cell->fate == FATE_PLACED)
		grid->placed += orders;
	else if (ago == 0 && cell->fate >= FATE_VALID)
		grid->closed += orders;
}

static enum err show_rates(struct wall *w)
{
	struct arena *a = txn_arena(w->t);
	const Policy *policy = txn_config(w->t)->policy;
	GetWallResponse *rsp = w->rsp;
	w->today = policy_local_day(policy, txn_now_ms(w->t));
	rsp->month = new_row(a);
	for (int32_t ago = 0; ago < TREND_DAYS; ago++) {
		w->days[ago] = new_row(a);
		w->days[ago]->day_ms = policy_day_start_ms(policy, w->today - ago);
	}
	struct cells cells = {.ids = w->grids,
			      .n_ids = rsp->n_grids,
			      .from_day = w->today - (MONTH_DAYS - 1),
			      .until_day = w->today,
			      .field = "node_id",
			      .take = take_cell,
			      .arg = w};
	TRY(cells_read(w->t, &cells));
	rates_work_out(rsp->month);
	rsp->month->accepted = times_tell(a, &w->accepted);
	rsp->month->done = times_tell(a, &w->done);
	rsp->today = w->days[0];
	rsp->days = arena_array(a, TREND_DAYS, sizeof(*rsp->days));
	for (int32_t ago = TREND_DAYS - 1; ago >= 0; ago--) {
		rates_work_out(w->days[ago]);
		rsp->days[rsp->n_days++] = w->days[ago];
	}
	return OK;
}

HANDLER(get_wall, GetWall)
{
	struct scene *s = txn_scene(t);
	enum err wanted = OK;
	struct wall w = {.t = t, .rsp = rsp, .with_map = req->with_map};
	w.node_id = req->node_id[0] != '\0' ? req->node_id : authz_home_node(s);
	TRY(authz_node(s, w.node_id, "node_id"));
	rsp->now_ms = txn_now_ms(t);
	rsp->name = config_node(s->config, w.node_id)->record->name;
	TRY(show_grids(&w, &wanted));
	TRY(later(show_counts(&w), &wanted));
	TRY(later(show_waits(&w), &wanted));
	TRY(later(show_events(&w), &wanted));
	if (req->with_rates)
		TRY(later(show_rates(&w), &wanted));
	show_categories(&w);
	return wanted;
}

/* --- as it happens --- */

static enum err tell_event(struct scene *s, const EventRecord *event, const char *id, ProtobufCMessage *message)
{
	(void)id;
	((WatchWallResponse *)message)->event = view_event(s->arena, s->config, event);
	return OK;
}

HANDLER(watch_wall, WatchWall)
{
	(void)req;
	return tell_event(txn_scene(t), txn_watched(t), txn_watched_id(t), &rsp->base);
}

HANDLER(watch_wall_open, WatchWall)
{
	(void)rsp;
	return req->node_id[0] == '\0' ? OK : authz_node(txn_scene(t), req->node_id, "node_id");
}

static bool concerns_wall(const struct actor *actor, const struct config *config, const void *request,
			  const EventRecord *event)
{
	return concerns_node(actor, config, ((const WatchWallRequest *)request)->node_id, event);
}

const struct method wall_methods[] = {
    METHOD(WallService, GetWall, get_wall, .again = NULL),
    METHOD(WallService, WatchWall, watch_wall, .open = watch_wall_open_any, .concerns = concerns_wall,
	   .tell = tell_event),
};
const size_t wall_methods_n = sizeof(wall_methods) / sizeof(wall_methods[0]);
