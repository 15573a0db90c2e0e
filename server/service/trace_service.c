#include <inttypes.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/limits.h"
#include "service/reply.h"
#include "service/services.h"

/* Closed orders are in no index by time: it would cost each of them more than it is worth. They are found by their
 * numbers, the newest first. Workers take numbers in blocks, so that an old number may be of a new order; only where so
 * many in a row are too old, nobody looks further. */
enum { TOO_OLD_MAX = 2048 };

struct walk {
	uint64_t number; /* the next to look at; 0: that was all */
	unsigned too_old;
};

static enum err walk_begin(struct txn *t, const ListTraceRequest *req, struct page *page, struct walk *walk)
{
	int64_t newest = 0;
	TRY(page_read(t, req->page_size, req->page_token, page));
	if (!page->has_after) {
		TRY(txn_counter(t, COUNTER_ID, &newest));
		*walk = (struct walk){.number = newest < 0 ? 0 : (uint64_t)newest};
		return OK;
	}
	if (page->after_score < 0 || page->after_score > (int64_t)ID_NUMBER_MAX)
		return fault_set(txn_fault(t), ERR_PAGE_TOKEN_INVALID, "page_token", "not from this list");
	walk->number = (uint64_t)page->after_score;
	walk->too_old = (unsigned)strtoul(page->after, NULL, 10);
	return OK;
}

/* Who was asked when, and what they said; nothing of what anybody wrote. */
static void view_steps(struct scene *s, const OrderRecord *order, Order *out)
{
	out->timeline = arena_array(s->arena, order->n_timeline, sizeof(*out->timeline));
	for (size_t i = 0; i < order->n_timeline; i++) {
		const EntryRecord *entry = order->timeline[i];
		TimelineEntry *view = out->timeline[out->n_timeline++] = ARENA_NEW(s->arena, TimelineEntry);
		TimelineEntry_init(view);
		view->kind = entry->kind;
		view->at_ms = order->placed_ms + entry->after_ms;
		view->member_id = entry->member_id;
		view->actor = ARENA_NEW(s->arena, Actor);
		Actor_init(view->actor);
		view->actor->role = entry->role;
	}
}

static enum err view_trace(struct txn *t, const OrderRecord *order, TraceOrder **out)
{
	struct scene *s = txn_scene(t);
	HouseholdRecord *household;
	TRY(TXN_PEEK(t, HOUSEHOLD, order->household_id, &household));
	*out = ARENA_NEW(s->arena, TraceOrder);
	TraceOrder_init(*out);
	(*out)->order = view_order_facts(s, order);
	(*out)->order->building_id = order->building_id;
	(*out)->order->point = geo_point_write(s->arena, (struct geo_point){order->lat_e6, order->lon_e6});
	view_steps(s, order, (*out)->order);
	(*out)->household_id = order->household_id;
	(*out)->responsible_member_id =
	    household == NULL ? (*out)->responsible_member_id : household->responsible_member_id;
	(*out)->away = order_home_id(order)[0] == '\0';
	return OK;
}

/* Those of the page. */
static enum err walk_on(struct txn *t, const ListTraceRequest *req, size_t room, struct walk *walk,
			OrderRecord **orders, size_t *n)
{
	uint64_t last = walk->number > LIMIT_TRACE_NUMBERS ? walk->number - LIMIT_TRACE_NUMBERS : 0;
	for (uint64_t number = walk->number; number > last; number--)
		txn_prefetch(t, KIND_ORDER, order_id(t, number));
	for (*n = 0; walk->number > last && *n < room && walk->too_old < TOO_OLD_MAX; walk->number--) {
		TRY(TXN_PEEK(t, ORDER, order_id(t, walk->number), &orders[*n]));
		if (orders[*n] == NULL)
			continue;
		walk->too_old = orders[*n]->placed_ms < req->from_ms ? walk->too_old + 1 : 0;
		*n += walk->too_old == 0;
	}
	return OK;
}

HANDLER(list_trace, ListTrace)
{
	struct page page;
	struct walk walk = {.number = 0};
	size_t n;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(walk_begin(t, req, &page, &walk));
	OrderRecord **orders = arena_array(txn_arena(t), page.size + 1, sizeof(*orders));
	TRY(walk_on(t, req, page.size, &walk, orders, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_HOUSEHOLD, orders[i]->household_id);
	rsp->orders = arena_array(txn_arena(t), n, sizeof(*rsp->orders));
	for (; rsp->n_orders < n; rsp->n_orders++)
		TRY(view_trace(t, orders[rsp->n_orders], &rsp->orders[rsp->n_orders]));
	if (walk.number > 0 && walk.too_old < TOO_OLD_MAX)
		rsp->next_page_token = arena_printf(txn_arena(t), "%" PRIu64 ".%u", walk.number, walk.too_old);
	return OK;
}

const struct method trace_methods[] = {
    METHOD(DeskService, ListTrace, list_trace, .again = NULL),
};
const size_t trace_methods_n = sizeof(trace_methods) / sizeof(trace_methods[0]);
