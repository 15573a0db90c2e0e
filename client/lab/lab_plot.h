/*
 * lab_plot: charts as SVG: bars, and lines of one quantity against another.
 *
 * Ownership: texts are borrowed, the buf is the caller's. Errors: the buf's.
 */
#ifndef PAIDAN_LAB_PLOT_H
#define PAIDAN_LAB_PLOT_H

#include "base/buf.h"

struct lab_plot {
	const char *title, *across, *up;
	double to_x; /* the right end of the axis; 0 is the left one */
};

/* A bar for each value. */
void lab_plot_bars(const struct lab_plot *plot, const double *values, size_t n, struct buf *out);
/* A line through the points, whose x rises evenly from 0 to to_x, and the straight line beside it when `diagonal`. */
void lab_plot_line(const struct lab_plot *plot, const double *values, size_t n, bool diagonal, struct buf *out);

#endif
