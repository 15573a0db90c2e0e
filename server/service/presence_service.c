#include "base/limits.h"
#include "service/reply.h"
#include "service/services.h"

/* Who looks at an order, and who is changing it: so that no two people at desks do the same work. It is what they said
 * in the last half minute; nothing is kept from anybody by it. */

static ViewerRecord *find_viewer(const PresenceRecord *presence, const char *id)
{
	for (size_t i = 0; i < presence->n_viewers; i++) {
		if (strcmp(presence->viewers[i]->id, id) == 0)
			return presence->viewers[i];
	}
	return NULL;
}

/* Those who have said nothing lately, and one who leaves (NULL: nobody). */
static void drop_viewers(PresenceRecord *presence, int64_t now_ms, const char *leaver_id)
{
	size_t n = 0;
	for (size_t i = 0; i < presence->n_viewers; i++) {
		ViewerRecord *viewer = presence->viewers[i];
		if (viewer->until_ms > now_ms && (leaver_id == NULL || strcmp(viewer->id, leaver_id) != 0))
			presence->viewers[n++] = viewer;
	}
	presence->n_viewers = n;
}

static enum err note_viewer(struct txn *t, PresenceRecord *presence, bool editing)
{
	struct scene *s = txn_scene(t);
	ViewerRecord *viewer = find_viewer(presence, s->actor->id);
	if (viewer == NULL) {
		if (presence->n_viewers >= LIMIT_VIEWERS)
			return OK;
		viewer = ARENA_NEW(s->arena, ViewerRecord);
		ViewerRecord_init(viewer);
		viewer->id = arena_strdup(s->arena, s->actor->id);
		viewer->since_ms = s->now_ms;
		arena_append(s->arena, (void ***)&presence->viewers, &presence->n_viewers, viewer);
	}
	viewer->editing = editing;
	viewer->until_ms = s->now_ms + LIMIT_PRESENCE_MS;
	return OK;
}

/* All but the one who asks; a name is what an operator signs in with. */
static enum err view_others(struct txn *t, const PresenceRecord *presence, Viewer ***out, size_t *n)
{
	struct scene *s = txn_scene(t);
	*out = arena_array(s->arena, presence->n_viewers, sizeof(**out));
	for (size_t i = 0; i < presence->n_viewers; i++)
		txn_prefetch(t, KIND_OPERATOR, presence->viewers[i]->id);
	for (size_t i = 0; i < presence->n_viewers; i++) {
		const ViewerRecord *viewer = presence->viewers[i];
		OperatorRecord *account;
		if (strcmp(viewer->id, s->actor->id) == 0 || viewer->until_ms <= s->now_ms)
			continue;
		TRY(TXN_PEEK(t, OPERATOR, viewer->id, &account));
		Viewer *view = (*out)[(*n)++] = ARENA_NEW(s->arena, Viewer);
		Viewer_init(view);
		view->id = viewer->id;
		if (account != NULL)
			view->name = account->name;
		view->editing = viewer->editing;
		view->since_ms = viewer->since_ms;
	}
	return OK;
}

HANDLER(touch_order, TouchOrder)
{
	struct scene *s = txn_scene(t);
	OrderRecord *order;
	PresenceRecord *presence;
	TRY(reach_order(t, req->order_id, &order));
	TRY(TXN_FIND(t, PRESENCE, order->id, &presence));
	if (presence == NULL) {
		presence = ARENA_NEW(s->arena, PresenceRecord);
		PresenceRecord_init(presence);
		presence->order_id = order->id;
	}
	drop_viewers(presence, s->now_ms, req->leaving ? s->actor->id : NULL);
	if (!req->leaving)
		TRY(note_viewer(t, presence, req->editing));
	txn_put(t, KIND_PRESENCE, presence);
	return view_others(t, presence, &rsp->others, &rsp->n_others);
}

HANDLER(list_viewers, ListViewers)
{
	struct arena *a = txn_arena(t);
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	struct txn_range range = {.key = INDEX_PRESENCE,
				  .min = txn_now_ms(t),
				  .max = INDEX_TIME_MAX_MS,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++) {
		txn_prefetch(t, KIND_PRESENCE, arena_string(a, entries[i].member));
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	}
	rsp->orders = arena_array(a, n, sizeof(*rsp->orders));
	for (size_t i = 0; i < n; i++) {
		PresenceRecord *presence;
		OrderRecord *order;
		OrderViewers *view = ARENA_NEW(a, OrderViewers);
		TRY(TXN_PEEK(t, PRESENCE, arena_string(a, entries[i].member), &presence));
		TRY(TXN_PEEK(t, ORDER, arena_string(a, entries[i].member), &order));
		if (presence == NULL || order == NULL || authz_order(txn_scene(t), order) != OK)
			continue;
		OrderViewers_init(view);
		view->order_id = order->id;
		TRY(view_others(t, presence, &view->viewers, &view->n_viewers));
		if (view->n_viewers > 0)
			rsp->orders[rsp->n_orders++] = view;
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

const struct method presence_methods[] = {
    METHOD(DeskService, TouchOrder, touch_order, .again = NULL),
    METHOD(DeskService, ListViewers, list_viewers, .again = NULL),
};
const size_t presence_methods_n = sizeof(presence_methods) / sizeof(presence_methods[0]);
