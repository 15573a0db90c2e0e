/*
 * board: pages of the desk's board out of the board indexes, without scans.
 *
 * Nouns: a board covers a node of the org tree: the tenant's index for the root, else the indexes of the
 * grids under it, merged; an interval is a run of board scores (states and urgencies that follow each
 * other). The order of a board is state, urgency, due time, id.
 * Errors: ERR_NOT_FOUND for a node beyond reach.
 */
#ifndef PAIDAN_SERVICE_BOARD_H
#define PAIDAN_SERVICE_BOARD_H

#include "service/reply.h"

struct interval {
	int64_t min, max;
};

struct board {
	const char **keys; /* of the indexes to merge */
	size_t n_keys;
	struct interval intervals[80]; /* ascending; as many as states times urgencies */
	size_t n_intervals;
};

/* A pair of indexes: of the whole tenant, and of a grid. */
enum err board_read(struct txn *t, const char *node_id, const char *whole, const char *of_grid, struct board *board);

/* An interval behind those that are there. */
void board_add(struct board *board, int64_t min, int64_t max);
void board_select(const OrderState *states, size_t n_states, const Urgency *urgencies, size_t n_urgencies,
		  struct board *board);
/* A page of the index entries, in order. */
enum err board_page(struct txn *t, const struct board *board, const struct page *page, struct store_entry **entries,
		    size_t *n);
enum err board_list(struct txn *t, const struct board *board, const struct page *page, ListBoardResponse *rsp);
enum err board_count(struct txn *t, const struct board *board, GetBoardCountsResponse *rsp);

#endif
