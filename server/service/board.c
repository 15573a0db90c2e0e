#include "service/board.h"

#include "domain/order_state.h"

enum err board_read(struct txn *t, const char *node_id, const char *whole, const char *of_grid, struct board *board)
{
	struct scene *s = txn_scene(t);
	const struct config *config = s->config;
	const char *id = node_id[0] != '\0' ? node_id : config->root->record->id;
	*board = (struct board){.n_keys = 0};
	if (node_id[0] != '\0')
		TRY(authz_node(s, id, "node_id"));
	board->keys = arena_array(s->arena, config->n_grids + 1, sizeof(*board->keys));
	if (strcmp(id, config->root->record->id) == 0 && authz_reaches(s->actor, config, id)) {
		board->keys[board->n_keys++] = whole;
		return OK;
	}
	/* By default all that the actor reaches, be it several nodes. */
	for (size_t i = 0; i < config->n_grids; i++) {
		const char *grid_id = config->grids[i]->record->id;
		if (config_under(config, grid_id, id) && authz_reaches(s->actor, config, grid_id))
			board->keys[board->n_keys++] = index_name(s->arena, of_grid, grid_id);
	}
	return OK;
}

static bool wanted_state(const OrderState *states, size_t n, OrderState state)
{
	for (size_t i = 0; i < n; i++) {
		if (states[i] == state)
			return true;
	}
	return n == 0;
}

static bool wanted_urgency(const Urgency *urgencies, size_t n, Urgency urgency)
{
	for (size_t i = 0; i < n; i++) {
		if (urgencies[i] == urgency)
			return true;
	}
	return n == 0;
}

void board_add(struct board *board, int64_t min, int64_t max)
{
	struct interval *last = board->n_intervals == 0 ? NULL : &board->intervals[board->n_intervals - 1];
	if (last != NULL && last->max + 1 == min)
		last->max = max;
	else
		board->intervals[board->n_intervals++] = (struct interval){min, max};
}

void board_select(const OrderState *states, size_t n_states, const Urgency *urgencies, size_t n_urgencies,
		  struct board *board)
{
	if (n_states == 0 && n_urgencies == 0) {
		board_add(board, 0, INT64_C(1) << 52);
		return;
	}
	for (OrderState state = ORDER_STATE_PLACED; state <= ORDER_STATE_COMPLETED; state++) {
		for (Urgency urgency = URGENCY_DANGER; urgency <= URGENCY_COMPLEX; urgency++) {
			if (wanted_state(states, n_states, state) && wanted_urgency(urgencies, n_urgencies, urgency))
				board_add(board, index_board_score(state, urgency, 0),
					  index_board_score(state, urgency, INDEX_TIME_MAX_MS));
		}
	}
}

static bool before(const struct store_entry *a, const struct store_entry *b)
{
	if (a->score != b->score)
		return a->score < b->score;
	return slice_cmp(a->member, b->member) < 0;
}

struct run {
	struct store_entry *entries;
	size_t n, at;
};

/* The first entries of one interval over all keys, in order. */
static enum err take_interval(struct txn *t, const struct board *board, const struct interval *interval,
			      const struct page *page, struct store_entry *out, size_t *n)
{
	struct run *runs = arena_array(txn_arena(t), board->n_keys, sizeof(*runs));
	enum err wanted = OK;
	for (size_t k = 0; k < board->n_keys; k++) {
		bool inside = page->has_after && page->after_score >= interval->min;
		struct txn_range range = {.key = board->keys[k],
					  .min = interval->min,
					  .max = interval->max,
					  .has_after = inside,
					  .after_score = page->after_score,
					  .after = page->after,
					  .limit = page->size};
		enum err err = txn_range(t, &range, &runs[k].entries, &runs[k].n);
		if (err == ERR_WANTED)
			wanted = err; /* ask for the others too, in the same round trip */
		else
			TRY(err);
	}
	TRY(wanted);
	while (*n < page->size) {
		struct run *best = NULL;
		for (size_t k = 0; k < board->n_keys; k++) {
			struct run *run = &runs[k];
			if (run->at < run->n &&
			    (best == NULL || before(&run->entries[run->at], &best->entries[best->at])))
				best = run;
		}
		if (best == NULL)
			break;
		out[(*n)++] = best->entries[best->at++];
	}
	return OK;
}

enum err board_page(struct txn *t, const struct board *board, const struct page *page, struct store_entry **entries,
		    size_t *n)
{
	/* Intervals asked for in one round trip: mostly the first ones don't fill the page. */
	enum { AT_ONCE = 8 };
	*entries = arena_array(txn_arena(t), page->size, sizeof(**entries));
	*n = 0;
	enum err err = OK;
	size_t n_wanting = 0;
	for (size_t i = 0; i < board->n_intervals && *n < page->size && n_wanting < AT_ONCE && txn_goes_on(err); i++) {
		if (page->has_after && page->after_score > board->intervals[i].max)
			continue;
		err = txn_also(err, take_interval(t, board, &board->intervals[i], page, *entries, n));
		n_wanting += err == ERR_WANTED;
	}
	return err;
}

enum err board_list(struct txn *t, const struct board *board, const struct page *page, ListBoardResponse *rsp)
{
	struct store_entry *entries;
	size_t n;
	TRY(board_page(t, board, page, &entries, &n));
	TRY(view_orders(t, entries, n, &rsp->orders, &rsp->n_orders));
	if (n == page->size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

enum err board_count(struct txn *t, const struct board *board, GetBoardCountsResponse *rsp)
{
	enum err wanted = OK;
	for (OrderState state = ORDER_STATE_PLACED; state <= ORDER_STATE_COMPLETED; state++) {
		for (Urgency urgency = URGENCY_DANGER; urgency <= URGENCY_COMPLEX; urgency++) {
			uint64_t orders = 0;
			for (size_t k = 0; k < board->n_keys; k++) {
				int64_t count = 0;
				enum err err = txn_count(t, board->keys[k], index_board_score(state, urgency, 0),
							 index_board_score(state, urgency, INDEX_TIME_MAX_MS), &count);
				if (err == ERR_WANTED)
					wanted = err;
				else
					TRY(err);
				orders += (uint64_t)count;
			}
			if (wanted != OK || orders == 0)
				continue;
			BoardCount *row = ARENA_NEW(txn_arena(t), BoardCount);
			BoardCount_init(row);
			row->state = state;
			row->urgency = urgency;
			row->orders = orders;
			arena_append(txn_arena(t), (void ***)&rsp->counts, &rsp->n_counts, row);
		}
	}
	return wanted;
}
