#include "lab_plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { WIDTH = 640, HEIGHT = 360, LEFT = 60, RIGHT = 620, TOP = 52, BOTTOM = 310, TICKS = 5 };

static void put(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct buf *out, const char *fmt, ...)
{
	char text[512];
	va_list list;
	va_start(list, fmt);
	vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	buf_str(out, text);
}

/* The end of an axis: 1, 2 or 5 times a power of ten. */
static double round_up(double value)
{
	if (!(value > 0))
		return 1;
	double power = pow(10, floor(log10(value))), times = value / power;
	return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static double top_of(const double *values, size_t n)
{
	double top = 0;
	for (size_t i = 0; i < n; i++)
		top = fmax(top, values[i]);
	return round_up(top);
}

/* What the sides of the chart stand for. */
struct frame {
	double from_x, to_x, from_y, to_y;
};

static double x_of(const struct frame *f, double x)
{
	return LEFT + (RIGHT - LEFT) * (x - f->from_x) / (f->to_x - f->from_x);
}

static double y_of(const struct frame *f, double y)
{
	return BOTTOM - (BOTTOM - TOP) * (y - f->from_y) / (f->to_y - f->from_y);
}

static void begin(const struct lab_plot *plot, const struct frame *f, struct buf *out)
{
	put(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	    "font-size=\"12\">\n",
	    WIDTH, HEIGHT);
	buf_str(out,
		"<style>.page{fill:#fff}text{fill:#222}.grid{stroke:#ddd}.line{stroke:#36c;fill:none}.area{fill:#36c}"
		".other{stroke:#999;fill:#999}@media(prefers-color-scheme:dark){.page{fill:#1b1b1f}text{fill:#e4e4e8}"
		".grid{stroke:#3a3a40}.line{stroke:#8ab4ff}.area{fill:#8ab4ff}}</style>\n");
	put(out, "<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", WIDTH, HEIGHT);
	put(out, "<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>\n", LEFT, plot->title);
	put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", RIGHT, HEIGHT - 12, plot->across);
	put(out, "<text x=\"8\" y=\"40\">%s</text>\n", plot->up);
	for (int i = 0; i <= TICKS; i++) {
		int y = BOTTOM - (BOTTOM - TOP) * i / TICKS, x = LEFT + (RIGHT - LEFT) * i / TICKS;
		put(out,
		    "<path class=\"grid\" d=\"M%d %dH%d\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%g</text>\n",
		    LEFT, y, RIGHT, LEFT - 6, y + 4, f->from_y + (f->to_y - f->from_y) * i / TICKS);
		put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%g</text>\n", x, BOTTOM + 18,
		    f->from_x + (f->to_x - f->from_x) * i / TICKS);
	}
}

void lab_plot_bars(const struct lab_plot *plot, const double *values, size_t n, struct buf *out)
{
	struct frame f = {0, plot->to_x, 0, top_of(values, n)};
	double width = (double)(RIGHT - LEFT) / (double)(n > 0 ? n : 1);
	begin(plot, &f, out);
	for (size_t i = 0; i < n; i++)
		put(out, "<rect class=\"area\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
		    LEFT + width * (double)i, y_of(&f, values[i]), fmax(width - (n > 100 ? 0 : 1), 0.3),
		    BOTTOM - y_of(&f, values[i]));
	buf_str(out, "</svg>\n");
}

void lab_plot_line(const struct lab_plot *plot, const double *values, size_t n, bool diagonal, struct buf *out)
{
	struct frame f = {0, plot->to_x, 0, top_of(values, n)};
	begin(plot, &f, out);
	if (diagonal)
		put(out, "<path class=\"other\" d=\"M%d %dL%d %d\"/>\n", LEFT, BOTTOM, RIGHT, TOP);
	buf_str(out, "<polyline class=\"line\" stroke-width=\"2\" points=\"");
	for (size_t i = 0; i < n; i++)
		put(out, "%.1f,%.1f ", x_of(&f, plot->to_x * (double)i / (double)(n > 1 ? n - 1 : 1)),
		    y_of(&f, values[i]));
	buf_str(out, "\"/>\n</svg>\n");
}

/* The ends of an axis with TICKS round steps around the values. */
static void round_ends(double *from, double *to)
{
	double step = round_up((*to - *from) / TICKS);
	*from = floor(*from / step) * step;
	while (*from + TICKS * step < *to)
		step = round_up(step * 1.01), *from = floor(*from / step) * step;
	*to = *from + TICKS * step;
}

static struct frame frame_of(const struct lab_point *points, size_t n)
{
	struct frame f = {0, 1, 0, 1};
	for (size_t i = 0; i < n; i++) {
		f.from_x = i == 0 ? points[i].x : fmin(f.from_x, points[i].x);
		f.to_x = i == 0 ? points[i].x : fmax(f.to_x, points[i].x);
		f.from_y = i == 0 ? points[i].y : fmin(f.from_y, points[i].y);
		f.to_y = i == 0 ? points[i].y : fmax(f.to_y, points[i].y);
	}
	round_ends(&f.from_x, &f.to_x);
	round_ends(&f.from_y, &f.to_y);
	return f;
}

/* Above and below by turns, so that neighbours on a line don't cover each other; on the side where there is room. */
static void put_label(const struct lab_point *point, double x, double y, bool below, struct buf *out)
{
	bool left = x > (LEFT + RIGHT) / 2.0;
	put(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\" text-anchor=\"%s\">%s</text>\n", left ? x - 7 : x + 7,
	    below ? y + 15 : y - 7, left ? "end" : "start", point->label);
}

void lab_plot_points(const struct lab_plot *plot, const struct lab_point *points, size_t n, struct buf *out)
{
	struct frame f = frame_of(points, n);
	bool below = false;
	begin(plot, &f, out);
	buf_str(out, "<polyline class=\"line\" stroke-width=\"2\" points=\"");
	for (size_t i = 0; i < n; i++) {
		if (points[i].joined)
			put(out, "%.1f,%.1f ", x_of(&f, points[i].x), y_of(&f, points[i].y));
	}
	buf_str(out, "\"/>\n");
	for (size_t i = 0; i < n; i++) {
		double x = x_of(&f, points[i].x), y = y_of(&f, points[i].y);
		put(out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
		    points[i].joined ? "area" : "other", x, y);
		put_label(&points[i], x, y, below, out);
		below = !below;
	}
	buf_str(out, "</svg>\n");
}
