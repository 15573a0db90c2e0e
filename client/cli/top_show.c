#include "top_show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli_text.h"
#include "output.h"

enum { LABEL_WIDTH = 11, METHOD_WIDTH = 40, NUMBER_WIDTH = 10 };

/* --- numbers --- */

/* Three digits or so, whatever the size: pages may say anything. */
static void put_number(char *to, size_t room, double v)
{
	if (v >= 1e7)
		snprintf(to, room, "%.3g", v);
	else if (v >= 100 || v == floor(v))
		snprintf(to, room, "%.0f", v);
	else
		snprintf(to, room, v >= 1 ? "%.1f" : "%.2f", v);
}

static void put_bytes(char *to, size_t room, double v)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	char number[32];
	size_t unit = 0;
	while (v >= 1000 && unit + 1 < COUNT_OF(units)) {
		v /= 1000;
		unit++;
	}
	put_number(number, sizeof(number), v);
	snprintf(to, room, "%s %s", number, units[unit]);
}

static void put_seconds(char *to, size_t room, double s)
{
	char number[32];
	put_number(number, sizeof(number), s < 1 ? s * 1000 : s);
	snprintf(to, room, "%s %s", number, s < 1 ? "ms" : "s");
}

static void put_value(char *to, size_t room, enum figure_kind kind, double v)
{
	char number[40];
	switch (kind) {
	case FIGURE_RATE:
		put_number(number, sizeof(number), v);
		snprintf(to, room, "%s/s", number);
		break;
	case FIGURE_BYTES_RATE:
		put_bytes(number, sizeof(number), v);
		snprintf(to, room, "%s/s", number);
		break;
	case FIGURE_SHARE:
		put_number(number, sizeof(number), v * 100);
		snprintf(to, room, "%s %%", number);
		break;
	case FIGURE_COUNT:
		put_number(to, room, v);
		break;
	case FIGURE_BYTES:
		put_bytes(to, room, v);
		break;
	case FIGURE_SECONDS:
		put_seconds(to, room, v);
		break;
	}
}

/* --- lines --- */

struct frame {
	const struct cli *cli;
	const struct screen *screen;
	struct buf *out;
	struct buf line;
	size_t rows;
};

static bool is_full(const struct frame *f)
{
	return f->screen->rows != 0 && f->rows >= f->screen->rows;
}

static void end_line(struct frame *f, enum style style)
{
	size_t width = f->screen->columns;
	bool colour = f->cli->colour && style != STYLE_NONE;
	if (!is_full(f)) {
		buf_str(f->out, colour ? style_begin(style) : "");
		if (width == 0)
			text_put_safe(f->out, buf_view(&f->line));
		else
			text_put_cut(f->out, buf_view(&f->line), width);
		buf_str(f->out, colour ? style_end(style) : "");
		buf_byte(f->out, '\n');
		f->rows++;
	}
	buf_reset(&f->line);
}

static void put_left(struct buf *line, const char *text, size_t width)
{
	size_t w = text_width(slice_str(text));
	buf_str(line, text);
	text_put_spaces(line, w < width ? width - w : 1);
}

static void put_right(struct buf *line, const char *text, size_t width)
{
	size_t w = text_width(slice_str(text));
	text_put_spaces(line, w < width ? width - w : 1);
	buf_str(line, text);
}

/* --- the parts of a frame --- */

static void put_version(const struct round *round, char *to, size_t room)
{
	size_t n;
	const struct sample *build = scrape_named(round->now, SLICE("paidan_build_info"), &n);
	if (build == NULL || !sample_label(build, "version", to, room))
		snprintf(to, room, "?");
}

static void put_title(struct frame *f, const struct round *round)
{
	char version[40];
	buf_printf(&f->line, "paidan top  %s", f->screen->url);
	if (round != NULL) {
		put_version(round, version, sizeof(version));
		buf_printf(&f->line, "  %s  ", version);
		put_time_s(&f->line, round->at_ms);
		buf_printf(&f->line, TR(f->cli, "  %.1f 秒", "  %.1f s"), round->seconds);
	}
	end_line(f, STYLE_BOLD);
	buf_str(&f->line, f->screen->note);
	end_line(f, STYLE_DIM);
}

static void put_group(struct frame *f, const struct figure_group *group, const struct round *round)
{
	char text[64];
	bool any = false, trouble = false;
	double value;
	put_left(&f->line, TR(f->cli, group->zh, group->en), LABEL_WIDTH);
	for (size_t i = 0; i < top_n_figures; i++) {
		const struct figure *figure = &top_figures[i];
		const char *name = TR(f->cli, figure->zh, figure->en);
		if (strcmp(figure->group, group->name) != 0 || !figure_value(figure, round, &value))
			continue;
		put_value(text, sizeof(text), figure->kind, value);
		buf_printf(&f->line, "%s%s%s%s", any ? "  " : "", name, *name == '\0' ? "" : " ", text);
		any = true;
		trouble = trouble || (figure->trouble && value > 0);
	}
	if (any)
		end_line(f, trouble ? STYLE_YELLOW : STYLE_NONE);
	else
		buf_reset(&f->line);
}

static void put_codes(struct frame *f, const struct top_calls *calls, double seconds)
{
	char text[40];
	put_left(&f->line, TR(f->cli, "错误", "Errors"), LABEL_WIDTH);
	for (size_t i = 0; i < calls->n_codes; i++) {
		put_number(text, sizeof(text), calls->codes[i].calls / seconds);
		buf_printf(&f->line, "%s%s %s/s", i > 0 ? "  " : "", calls->codes[i].name, text);
	}
	if (calls->n_codes == 0)
		buf_str(&f->line, TR(f->cli, "无", "none"));
	end_line(f, calls->n_codes > 0 ? STYLE_YELLOW : STYLE_NONE);
}

static void put_methods(struct frame *f, const struct top_calls *calls, double seconds)
{
	char text[40];
	static const char *const heads[] = {"/s", "p50", "p99"};
	put_left(&f->line, TR(f->cli, "方法", "Method"), METHOD_WIDTH);
	for (size_t i = 0; i < COUNT_OF(heads); i++)
		put_right(&f->line, heads[i], NUMBER_WIDTH);
	put_right(&f->line, TR(f->cli, "错误/s", "errors/s"), NUMBER_WIDTH);
	end_line(f, STYLE_BOLD);
	for (size_t i = 0; i < calls->n_methods; i++) {
		const struct top_method *m = &calls->methods[i];
		put_left(&f->line, m->name, METHOD_WIDTH);
		put_number(text, sizeof(text), m->calls / seconds);
		put_right(&f->line, text, NUMBER_WIDTH);
		put_seconds(text, sizeof(text), m->p50_s);
		put_right(&f->line, text, NUMBER_WIDTH);
		put_seconds(text, sizeof(text), m->p99_s);
		put_right(&f->line, text, NUMBER_WIDTH);
		put_number(text, sizeof(text), m->errors / seconds);
		put_right(&f->line, m->errors > 0 ? text : "", NUMBER_WIDTH);
		/* No blanks at the end of lines that are copied from here. */
		while (f->line.len > 0 && f->line.ptr[f->line.len - 1] == ' ')
			f->line.len--;
		end_line(f, m->errors > 0 ? STYLE_YELLOW : STYLE_NONE);
	}
	if (calls->n_methods == 0) {
		buf_str(&f->line, TR(f->cli, "（此间没有 RPC）", "(no RPC meanwhile)"));
		end_line(f, STYLE_DIM);
	}
}

/* Totals by how fast they grew, all else by what they are. */
static void put_others(struct frame *f, const struct round *round)
{
	char text[40];
	for (size_t i = 0; i < round->now->n; i++) {
		const struct sample *s = &round->now->samples[i];
		size_t n;
		const struct sample *old = scrape_named(round->before, s->name, &n);
		double grown = scrape_growth(round->before, s), was = old == NULL || n != 1 ? 0 : old->value;
		bool total = s->name.len > 6 && slice_eq(slice_from(s->name, s->name.len - 6), SLICE("_total"));
		if (top_is_known(s->name) || (grown == 0 && (n != 1 || was == s->value)))
			continue;
		put_number(text, sizeof(text), total ? grown / round->seconds : s->value);
		buf_slice(&f->line, s->name);
		if (s->labels.len > 0)
			buf_printf(&f->line, "{%.*s}", SLICE_FMT(s->labels));
		buf_printf(&f->line, "  %s%s", text, total ? "/s" : "");
		end_line(f, STYLE_NONE);
	}
}

void top_frame(const struct cli *cli, const struct screen *screen, const struct round *round, struct buf *out)
{
	static struct top_calls calls; /* some 100 kB */
	struct frame f = {.cli = cli, .screen = screen, .out = out};
	put_title(&f, round);
	if (round != NULL) {
		top_calls_of(round, &calls);
		for (size_t i = 0; i < top_n_groups; i++)
			put_group(&f, &top_groups[i], round);
		put_codes(&f, &calls, round->seconds);
		end_line(&f, STYLE_NONE);
		put_methods(&f, &calls, round->seconds);
		if (screen->verbose) {
			end_line(&f, STYLE_NONE);
			put_others(&f, round);
		}
	}
	out->failed = out->failed || f.line.failed;
	buf_free(&f.line);
}

/* --- for programs --- */

/* Digits beyond a millionth are noise. */
static json_t *number(double v)
{
	return json_real(fabs(v) < 1e9 ? round(v * 1e6) / 1e6 : v);
}

static json_t *methods_json(const struct top_calls *calls, double seconds)
{
	json_t *list = json_array();
	for (size_t i = 0; i < calls->n_methods; i++) {
		const struct top_method *m = &calls->methods[i];
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "method", m->name, "perSecond",
						      number(m->calls / seconds), "p50Ms", number(m->p50_s * 1000),
						      "p99Ms", number(m->p99_s * 1000), "errorsPerSecond",
						      number(m->errors / seconds)));
	}
	return list;
}

static json_t *others_json(const struct round *round)
{
	json_t *all = json_object();
	for (size_t i = 0; i < round->now->n; i++) {
		const struct sample *s = &round->now->samples[i];
		char name[256];
		if (top_is_known(s->name) || !isfinite(s->value))
			continue;
		snprintf(name, sizeof(name), s->labels.len > 0 ? "%.*s{%.*s}" : "%.*s", SLICE_FMT(s->name),
			 SLICE_FMT(s->labels));
		json_object_set_new(all, name, number(s->value));
	}
	return all;
}

void top_json(const struct screen *screen, const struct round *round, struct buf *out)
{
	static struct top_calls calls;
	struct buf at = {0};
	char version[40];
	double value;
	put_version(round, version, sizeof(version));
	put_rfc3339(&at, round->at_ms);
	json_t *row = json_pack("{s:s%, s:s, s:s, s:o}", "at", (const char *)at.ptr, at.len, "url", screen->url,
				"version", version, "seconds", number(round->seconds));
	buf_free(&at);
	for (size_t i = 0; i < top_n_figures; i++) {
		const struct figure *figure = &top_figures[i];
		json_t *group = json_object_get(row, figure->group);
		if (!figure_value(figure, round, &value))
			continue;
		if (group == NULL) {
			group = json_object();
			json_object_set_new(row, figure->group, group);
		}
		json_object_set_new(group, figure->key, number(value));
	}
	top_calls_of(round, &calls);
	json_t *errors = json_object();
	for (size_t i = 0; i < calls.n_codes; i++)
		json_object_set_new(errors, calls.codes[i].name, number(calls.codes[i].calls / round->seconds));
	json_object_set_new(row, "errors", errors);
	json_object_set_new(row, "methods", methods_json(&calls, round->seconds));
	if (screen->verbose)
		json_object_set_new(row, "others", others_json(round));
	char *text = json_dumps(row, JSON_COMPACT);
	buf_printf(out, "%s\n", text == NULL ? "{}" : text);
	free(text);
	json_decref(row);
}
