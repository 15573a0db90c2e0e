/*
 * top_show: a round of `paidan top` for people and for programs.
 *
 * Nouns: a frame is the lines of one round, cut to the screen; it is the same on a terminal and in a pipe, but for
 * colours and bounds.
 * Ownership: texts go into the caller's buf. Errors: the buf's.
 */
#ifndef PAIDAN_CLI_TOP_SHOW_H
#define PAIDAN_CLI_TOP_SHOW_H

#include "cli.h"
#include "top_figures.h"

struct screen {
	size_t columns, rows; /* 0: no bound */
	bool verbose;         /* also what no figure is made of */
	const char *url;
	const char *note; /* a line of its own under the title, or "" */
};

/* round NULL: nothing is known yet. */
void top_frame(const struct cli *cli, const struct screen *screen, const struct round *round, struct buf *out);
/* One JSON object on one line. */
void top_json(const struct screen *screen, const struct round *round, struct buf *out);

#endif
