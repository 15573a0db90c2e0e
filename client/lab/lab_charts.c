#include "lab_charts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "lab_plot.h"

enum { BARS = 40 };

bool lab_chart_write(const char *directory, const char *name, struct buf *svg)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = len > 0 && (size_t)len < sizeof(path) ? fopen(path, "we") : NULL;
	bool ok = file != NULL && !svg->failed && fwrite(svg->ptr, 1, svg->len, file) == svg->len;
	if (file != NULL && fclose(file) != 0)
		ok = false;
	buf_free(svg);
	return ok;
}

/* Orders served by a quantity, in BARS steps up to its greatest. */
static bool histogram(const double *values, size_t n, struct lab_plot plot, const char *directory, const char *name)
{
	double counts[BARS] = {0};
	struct buf svg = {0};
	for (size_t i = 0; i < n; i++)
		plot.to_x = fmax(plot.to_x, values[i]);
	plot.to_x = plot.to_x > 0 ? ceil(plot.to_x / BARS) * BARS : BARS;
	for (size_t i = 0; i < n; i++)
		counts[(size_t)fmin(values[i] / plot.to_x * BARS, BARS - 1)]++;
	lab_plot_bars(&plot, counts, BARS, &svg);
	return lab_chart_write(directory, name, &svg);
}

/* Lorenz' curve: which share of all jobs the members with the fewest did. */
static bool fairness(struct arena *a, const struct lab_trace *t, const struct lab_run *r, const char *directory)
{
	const struct lab_plot plot = {"Share of jobs done by the members with the fewest", "share of members",
				      "share of jobs", 1};
	double *done = arena_array(a, (size_t)t->n_members + 1, sizeof(*done));
	struct buf svg = {0};
	for (uint32_t i = 0; i < t->n_orders; i++) {
		if (r->member_of[i] != LAB_NOBODY)
			done[1 + r->member_of[i]]++;
	}
	lab_sort(done + 1, t->n_members);
	for (uint32_t i = 0; i < t->n_members; i++)
		done[i + 1] += done[i];
	for (uint32_t i = 0; i <= t->n_members && r->n_served > 0; i++)
		done[i] /= r->n_served;
	/* A few hundred points are enough for the eye. */
	enum { POINTS = 201 };
	double points[POINTS];
	for (size_t i = 0; i < POINTS; i++)
		points[i] = done[i * t->n_members / (POINTS - 1)];
	lab_plot_line(&plot, points, POINTS, true, &svg);
	return lab_chart_write(directory, "fairness.svg", &svg);
}

static bool load(struct arena *a, const struct lab_trace *t, const struct lab_run *r, const char *directory)
{
	struct lab_plot plot = {"Orders served in each grid, the busiest last", "grids", "orders", t->n_grids};
	double *counts = arena_array(a, t->n_grids, sizeof(*counts));
	struct buf svg = {0};
	for (uint32_t i = 0; i < t->n_orders; i++) {
		if (r->member_of[i] != LAB_NOBODY)
			counts[t->orders[i].grid]++;
	}
	lab_sort(counts, t->n_grids);
	lab_plot_bars(&plot, counts, t->n_grids, &svg);
	return lab_chart_write(directory, "load.svg", &svg);
}

bool lab_charts_write(struct arena *a, const struct lab_trace *t, const struct lab_run *r, const char *directory)
{
	struct arena_mark mark = arena_mark(a);
	double *waits = arena_array(a, t->n_orders, sizeof(*waits)),
	       *metres = arena_array(a, t->n_orders, sizeof(*metres));
	size_t n = 0;
	for (uint32_t i = 0; i < t->n_orders; i++) {
		if (r->member_of[i] == LAB_NOBODY)
			continue;
		waits[n] = r->served_s[i] - t->orders[i].at_s;
		metres[n++] = r->metres[i];
	}
	bool ok = histogram(waits, n, (struct lab_plot){"Orders by the time to acceptance", "seconds", "orders", 0},
			    directory, "wait.svg") &&
		  histogram(metres, n, (struct lab_plot){"Orders by the way of who serves them", "metres", "orders", 0},
			    directory, "distance.svg") &&
		  fairness(a, t, r, directory) && load(a, t, r, directory);
	arena_rewind(a, mark);
	return ok;
}
