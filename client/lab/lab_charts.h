/*
 * lab_charts: a run as charts: how long orders waited, how far members went, how evenly work fell on them, and how much
 * of it there was in each grid.
 *
 * Ownership: everything is borrowed. Errors: lab_charts_write gives false with errno when a file can't be written.
 */
#ifndef PAIDAN_LAB_CHARTS_H
#define PAIDAN_LAB_CHARTS_H

#include "base/buf.h"
#include "lab_run.h"

/* wait.svg, distance.svg, fairness.svg and load.svg in the directory, which is there. */
bool lab_charts_write(struct arena *a, const struct lab_trace *trace, const struct lab_run *run, const char *directory);
/* One chart; the svg is freed. */
bool lab_chart_write(const char *directory, const char *name, struct buf *svg);

#endif
