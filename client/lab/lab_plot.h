/*
 * lab_plot: charts as SVG, light or dark as the reader's screen: bars, and lines and points of one quantity against
 * another.
 *
 * Ownership: texts are borrowed, the buf is the caller's. Errors: the buf's.
 */
#ifndef PAIDAN_LAB_PLOT_H
#define PAIDAN_LAB_PLOT_H

#include <stdbool.h>

#include "base/buf.h"

struct lab_plot {
	const char *title, *across, *up;
	double to_x; /* the right end of the axis; 0 is the left one. Of points they find both */
};

/* A bar for each value. */
void lab_plot_bars(const struct lab_plot *plot, const double *values, size_t n, struct buf *out);
/* A line through the points, whose x rises evenly from 0 to to_x, and the straight line beside it when `diagonal`. */
void lab_plot_line(const struct lab_plot *plot, const double *values, size_t n, bool diagonal, struct buf *out);

/* Points anywhere, with what they are; the axes begin and end near the outermost. Those that are joined have a line
 * through them, in the order given. Labels have no characters that mean something to XML. */
struct lab_point {
	double x, y;
	const char *label;
	bool joined;
};
void lab_plot_points(const struct lab_plot *plot, const struct lab_point *points, size_t n, struct buf *out);

#endif
