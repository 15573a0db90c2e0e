/*
 * cli_table: aligned columns on a terminal or in a pipe.
 *
 * Nouns: a table has columns with a header; cells are put row by row; a style colours a cell where colour is
 * wanted. In a terminal columns of text are cut and spare columns left out, so that a row is a line.
 * Ownership: a table owns its cells (table_free). Errors: the buf's.
 */
#ifndef PAIDAN_CLI_TABLE_H
#define PAIDAN_CLI_TABLE_H

#include "base/buf.h"

enum { TABLE_MAX_COLUMNS = 24 };

enum style {
	STYLE_NONE,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_RED,
	STYLE_GREEN,
	STYLE_YELLOW,
	STYLE_BLUE,
	STYLE_MAGENTA,
	STYLE_CYAN
};

struct table_cell {
	size_t at, len;
	enum style style;
};

struct table {
	size_t n_columns;
	bool right[TABLE_MAX_COLUMNS];
	bool whole[TABLE_MAX_COLUMNS];    /* never cut: ids, times */
	bool spare[TABLE_MAX_COLUMNS];    /* left out, the last one first, where there is no room */
	size_t widths[TABLE_MAX_COLUMNS]; /* grow with what was printed: streams stay aligned */
	bool colour;
	size_t max_width; /* 0: no bound */
	struct buf text;
	struct table_cell *cells;
	size_t n_cells, room;
	bool failed;
};

void table_init(struct table *t, size_t n_columns, bool colour, size_t max_width);
void table_free(struct table *t);
/* The next cell of the row; after the last column comes the next row. The first row is the header. */
void table_put(struct table *t, struct slice text, enum style style);
/* Prints the rows so far and forgets them, but not the widths. */
void table_print(struct table *t, struct buf *out);

/* The escape that starts a style, "" for none; style_end ends any. */
const char *style_begin(enum style style);
const char *style_end(enum style style);

#endif
