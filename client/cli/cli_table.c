#include "cli_table.h"

#include <stdlib.h>

#include "cli_text.h"

enum { GAP = 2, NARROW = 16, NARROWEST = 8 };

void table_init(struct table *t, size_t n_columns, bool colour, size_t max_width)
{
	*t = (struct table){
	    .n_columns = n_columns > TABLE_MAX_COLUMNS ? TABLE_MAX_COLUMNS : n_columns,
	    .colour = colour,
	    .max_width = max_width,
	};
}

void table_free(struct table *t)
{
	buf_free(&t->text);
	free(t->cells);
	t->cells = NULL;
	t->n_cells = 0;
	t->room = 0;
}

void table_put(struct table *t, struct slice text, enum style style)
{
	if (t->n_cells == t->room) {
		size_t room = t->room == 0 ? 64 : t->room * 2;
		struct table_cell *grown = reallocarray(t->cells, room, sizeof(*grown));
		if (grown == NULL) {
			t->failed = true;
			return;
		}
		t->cells = grown;
		t->room = room;
	}
	struct table_cell *cell = &t->cells[t->n_cells++];
	*cell = (struct table_cell){.at = t->text.len, .style = style};
	text_put_safe(&t->text, text);
	cell->len = t->text.len - cell->at;
}

static struct slice cell_text(const struct table *t, const struct table_cell *cell)
{
	return slice_of(t->text.ptr + cell->at, cell->len);
}

static void measure(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t *width = &t->widths[i % t->n_columns];
		size_t w = text_width(cell_text(t, &t->cells[i]));
		if (w > *width)
			*width = w;
	}
}

static size_t total_width(const size_t *widths, const bool *hidden, size_t n)
{
	size_t total = 0;
	for (size_t i = 0; i < n; i++) {
		if (!hidden[i])
			total += widths[i] + (total > 0 ? GAP : 0);
	}
	return total;
}

/* The widest column that may still be cut to `least`, n for none. */
static size_t widest_text(const struct table *t, const size_t *widths, const bool *hidden, size_t least)
{
	size_t widest = t->n_columns;
	for (size_t i = 0; i < t->n_columns; i++) {
		if (!t->right[i] && !t->whole[i] && !hidden[i] && widths[i] > least &&
		    (widest == t->n_columns || widths[i] > widths[widest]))
			widest = i;
	}
	return widest;
}

/* Cuts text until the rows fit or nothing is left to cut. */
static bool cut_text(const struct table *t, size_t *widths, const bool *hidden, size_t least)
{
	memcpy(widths, t->widths, t->n_columns * sizeof(*widths));
	while (total_width(widths, hidden, t->n_columns) > t->max_width) {
		size_t column = widest_text(t, widths, hidden, least);
		if (column == t->n_columns)
			return false;
		widths[column]--;
	}
	return true;
}

/* Cuts text down to what is still worth reading, then leaves out spare columns, then cuts on. */
static void fit(const struct table *t, size_t *widths, bool *hidden)
{
	memcpy(widths, t->widths, t->n_columns * sizeof(*widths));
	memset(hidden, 0, t->n_columns * sizeof(*hidden));
	if (t->max_width == 0)
		return;
	for (size_t i = t->n_columns; !cut_text(t, widths, hidden, NARROW); hidden[--i] = true) {
		while (i > 0 && !t->spare[i - 1])
			i--;
		if (i == 0)
			break;
	}
	if (total_width(widths, hidden, t->n_columns) > t->max_width)
		cut_text(t, widths, hidden, NARROWEST);
}

static void put_cell(const struct table *t, struct buf *out, const struct table_cell *cell, size_t column, size_t width)
{
	struct slice text = cell_text(t, cell);
	size_t w = text_width(text);
	size_t pad = w < width ? width - w : 0;
	if (t->right[column])
		text_put_spaces(out, pad);
	if (t->colour)
		buf_str(out, style_begin(cell->style));
	text_put_cut(out, text, width);
	if (t->colour)
		buf_str(out, style_end(cell->style));
	text_put_spaces(out, GAP + (t->right[column] ? 0 : pad));
}

void table_print(struct table *t, struct buf *out)
{
	size_t widths[TABLE_MAX_COLUMNS];
	bool hidden[TABLE_MAX_COLUMNS];
	if (t->n_columns == 0)
		return;
	measure(t);
	fit(t, widths, hidden);
	for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns) {
		for (size_t k = 0; k < t->n_columns; k++) {
			if (!hidden[k])
				put_cell(t, out, &t->cells[i + k], k, widths[k]);
		}
		while (out->len > 0 && out->ptr[out->len - 1] == ' ')
			out->len--;
		buf_byte(out, '\n');
	}
	t->n_cells = 0;
	buf_reset(&t->text);
}

const char *style_begin(enum style style)
{
	switch (style) {
	case STYLE_NONE:
		return "";
	case STYLE_BOLD:
		return "\033[1m";
	case STYLE_DIM:
		return "\033[2m";
	case STYLE_RED:
		return "\033[1;31m";
	case STYLE_GREEN:
		return "\033[32m";
	case STYLE_YELLOW:
		return "\033[33m";
	case STYLE_BLUE:
		return "\033[34m";
	case STYLE_MAGENTA:
		return "\033[35m";
	case STYLE_CYAN:
		return "\033[36m";
	}
	return "";
}

const char *style_end(enum style style)
{
	return style == STYLE_NONE ? "" : "\033[0m";
}
