#include "base/limits.h"
#include "service/board.h"
#include "service/services.h"

/* Views: queues of the desk that somebody has narrowed and named, for themselves or for all desks of a unit. */

static DeskView *show(struct txn *t, const DeskViewRecord *record)
{
	DeskView *view = arena_copy(txn_arena(t), record->view, sizeof(*record->view));
	view->id = record->id;
	view->etag = txn_etag(t, KIND_DESK_VIEW, record->id);
	view->owner_id = record->owner_id;
	return view;
}

static bool is_own(struct txn *t, const DeskViewRecord *record)
{
	return strcmp(record->owner_id, txn_actor(t)->id) == 0;
}

static bool is_shared(const DeskViewRecord *record)
{
	return record->view->shared_node_id[0] != '\0';
}

/* Its owner's, and what an administrator finds among those of their units. */
static enum err reach_view(struct txn *t, const char *id, const char *etag, DeskViewRecord **record)
{
	struct scene *s = txn_scene(t);
	TRY(TXN_GET(t, DESK_VIEW, id, record));
	bool cleans_up = s->actor->role == ROLE_ADMIN && is_shared(*record) &&
			 authz_reaches(s->actor, s->config, (*record)->view->shared_node_id);
	if (!is_own(t, *record) && !cleans_up)
		return fault_set(s->fault, ERR_NOT_FOUND, NULL, "view");
	return txn_check_etag(t, KIND_DESK_VIEW, id, etag);
}

static enum err check_view(struct txn *t, const DeskView *view)
{
	if (view->node_id[0] != '\0')
		TRY(authz_node(txn_scene(t), view->node_id, "view.node_id"));
	if (view->shared_node_id[0] != '\0')
		TRY(authz_node(txn_scene(t), view->shared_node_id, "view.shared_node_id"));
	for (size_t i = 0; i < view->n_category_ids; i++) {
		if (config_category(txn_config(t), view->category_ids[i]) == NULL)
			return fault_set(txn_fault(t), ERR_NOT_FOUND, "view.category_ids", "%s", view->category_ids[i]);
	}
	return OK;
}

static enum err check_room(struct txn *t, const DeskView *view)
{
	struct arena *a = txn_arena(t);
	int64_t own, shared = 0;
	bool shares = view->shared_node_id[0] != '\0';
	enum err err = txn_count(t, index_name(a, INDEX_VIEWS_OF, txn_actor(t)->id), 0, INDEX_TIME_MAX_MS, &own);
	if (shares && (err == OK || err == ERR_WANTED))
		TRY(txn_count(t, index_name(a, INDEX_VIEWS_NODE, view->shared_node_id), 0, INDEX_TIME_MAX_MS, &shared));
	TRY(err);
	if (own >= LIMIT_VIEWS || shared >= LIMIT_VIEWS)
		return fault_set(txn_fault(t), ERR_VIEWS_FULL, "view", "%d views", LIMIT_VIEWS);
	return OK;
}

HANDLER(save_view, SaveView)
{
	struct scene *s = txn_scene(t);
	DeskViewRecord *record;
	TRY(check_view(t, req->view));
	if (req->view->id[0] != '\0') {
		TRY(reach_view(t, req->view->id, req->view->etag, &record));
	} else {
		TRY(check_room(t, req->view));
		record = ARENA_NEW(s->arena, DeskViewRecord);
		DeskViewRecord_init(record);
		TRY(txn_new_id(t, KIND_DESK_VIEW, &record->id));
		record->owner_id = (char *)s->actor->id;
		record->created_ms = s->now_ms;
	}
	record->view = arena_copy(s->arena, req->view, sizeof(*req->view));
	record->view->id = record->view->etag = record->view->owner_id = (char *)protobuf_c_empty_string;
	txn_put(t, KIND_DESK_VIEW, record);
	txn_subject(t, record->id);
	rsp->view = show(t, record);
	return OK;
}

static enum err again_view(struct txn *t, const char *subject_id, void *response)
{
	DeskViewRecord *record;
	TRY(TXN_GET(t, DESK_VIEW, subject_id, &record));
	((SaveViewResponse *)response)->view = show(t, record);
	return OK;
}

/* The caller's own, and those of their units and of every unit above. */
static void list_keys(struct txn *t, struct board *board)
{
	struct scene *s = txn_scene(t);
	size_t n_nodes = s->actor->n_node_ids == 0 ? 1 : s->actor->n_node_ids;
	arena_append(s->arena, (void ***)&board->keys, &board->n_keys,
		     (void *)(uintptr_t)index_name(s->arena, INDEX_VIEWS_OF, s->actor->id));
	for (size_t i = 0; i < n_nodes; i++) {
		const struct org_node *node =
		    s->actor->n_node_ids == 0 ? s->config->root : config_node(s->config, s->actor->node_ids[i]);
		for (; node != NULL; node = node->parent)
			arena_append(s->arena, (void ***)&board->keys, &board->n_keys,
				     (void *)(uintptr_t)index_name(s->arena, INDEX_VIEWS_NODE, node->record->id));
	}
}

HANDLER(list_views, ListViews)
{
	struct board board = {.n_keys = 0};
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	list_keys(t, &board);
	board_add(&board, 0, INDEX_TIME_MAX_MS);
	TRY(board_page(t, &board, &page, &entries, &n));
	rsp->views = arena_array(txn_arena(t), n, sizeof(*rsp->views));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_DESK_VIEW, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		DeskViewRecord *record;
		/* What its owner shares stands in two of the lists, or more. */
		if (i > 0 && slice_eq(entries[i].member, entries[i - 1].member))
			continue;
		TRY(TXN_PEEK(t, DESK_VIEW, arena_string(txn_arena(t), entries[i].member), &record));
		if (record != NULL)
			rsp->views[rsp->n_views++] = show(t, record);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

HANDLER(delete_view, DeleteView)
{
	DeskViewRecord *record;
	(void)rsp;
	TRY(reach_view(t, req->view_id, req->etag, &record));
	txn_remove(t, KIND_DESK_VIEW, record);
	return OK;
}

const struct method view_methods[] = {
    METHOD(DeskService, SaveView, save_view, .again = again_view),
    METHOD(DeskService, ListViews, list_views, .again = NULL),
    METHOD(DeskService, DeleteView, delete_view, .again = NULL),
};
const size_t view_methods_n = sizeof(view_methods) / sizeof(view_methods[0]);
