#include "lab_curve.h"

#include <stdio.h>

#include "lab_charts.h"
#include "lab_plot.h"

void lab_curve_add(struct lab_curve *c, const char *name, bool beside, const double means[FIGURE_COUNT])
{
	if (c->n == LAB_CURVE_POINTS)
		return;
	struct lab_curve_point *point = &c->points[c->n++];
	snprintf(point->name, sizeof(point->name), "%s", name);
	point->beside = beside;
	memcpy(point->means, means, sizeof(point->means));
}

bool lab_curve_write(const struct lab_curve *c, const char *directory)
{
	/* Where utilities differ the published figure is the median wait; elsewhere it is the mean with those who are
	 * not served. */
	bool weighted = strcmp(c->dataset, "gmission") == 0;
	enum lab_figure across = weighted ? FIGURE_WAIT_P50_S : FIGURE_RESPONSE_MEAN_S;
	char title[100];
	snprintf(title, sizeof(title), "%s, by %s",
		 weighted ? "Utility against wait" : "Orders served against response", c->setting);
	const struct lab_plot plot = {title, weighted ? "median wait, seconds" : "mean response, seconds",
				      "share of the optimum", 0};
	struct lab_point points[LAB_CURVE_POINTS];
	struct buf svg = {0};
	for (size_t i = 0; i < c->n; i++) {
		const struct lab_curve_point *p = &c->points[i];
		points[i] = (struct lab_point){p->means[across], p->means[FIGURE_RATIO_OPT], p->name, !p->beside};
	}
	lab_plot_points(&plot, points, c->n, &svg);
	return lab_chart_write(directory, "curve.svg", &svg);
}
