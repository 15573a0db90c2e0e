#include "lab_plot.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { WIDTH = 640, HEIGHT = 360, LEFT = 60, RIGHT = 620, TOP = 40, BOTTOM = 310, TICKS = 5 };

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

static void begin(const struct lab_plot *plot, double top, struct buf *out)
{
	put(out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" "
	    "font-size=\"12\">\n",
	    WIDTH, HEIGHT);
	put(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
	put(out, "<text x=\"%d\" y=\"22\" font-size=\"15\">%s</text>\n", LEFT, plot->title);
	put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", RIGHT, HEIGHT - 12, plot->across);
	put(out, "<text x=\"8\" y=\"34\">%s</text>\n", plot->up);
	for (int i = 0; i <= TICKS; i++) {
		int y = BOTTOM - (BOTTOM - TOP) * i / TICKS, x = LEFT + (RIGHT - LEFT) * i / TICKS;
		put(out,
		    "<path d=\"M%d %dH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%g</text>\n",
		    LEFT, y, RIGHT, LEFT - 6, y + 4, top * i / TICKS);
		put(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%g</text>\n", x, BOTTOM + 18,
		    plot->to_x * i / TICKS);
	}
}

void lab_plot_bars(const struct lab_plot *plot, const double *values, size_t n, struct buf *out)
{
	double top = top_of(values, n), width = (double)(RIGHT - LEFT) / (double)(n > 0 ? n : 1);
	begin(plot, top, out);
	for (size_t i = 0; i < n; i++) {
		double high = (BOTTOM - TOP) * values[i] / top;
		put(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#36c\"/>\n",
		    LEFT + width * (double)i, BOTTOM - high, fmax(width - (n > 100 ? 0 : 1), 0.3), high);
	}
	buf_str(out, "</svg>\n");
}

void lab_plot_line(const struct lab_plot *plot, const double *values, size_t n, bool diagonal, struct buf *out)
{
	double top = top_of(values, n);
	begin(plot, top, out);
	if (diagonal)
		put(out, "<path d=\"M%d %dL%d %d\" stroke=\"#999\"/>\n", LEFT, BOTTOM, RIGHT, TOP);
	buf_str(out, "<polyline fill=\"none\" stroke=\"#36c\" stroke-width=\"2\" points=\"");
	for (size_t i = 0; i < n; i++)
		put(out, "%.1f,%.1f ", LEFT + (double)(RIGHT - LEFT) * (double)i / (double)(n > 1 ? n - 1 : 1),
		    BOTTOM - (BOTTOM - TOP) * values[i] / top);
	buf_str(out, "\"/>\n</svg>\n");
}
