/* gMission's and TOBM's files: a first line of counts, then rows of members (w) and orders (t). */
#include "lab_lines.h"

enum { MAX_ROWS = 4000000, MAX_CAP = 1000, GRID_SIDE = 24 };
static const double FAR = 1e9, LONG_S = 1e9;

/* A member who can serve several orders stands there so many times. */
struct rows {
	struct lab_trace *trace;
	uint32_t n_orders, n_members; /* as the first line says */
	uint32_t *caps;
};

struct format {
	const char *dataset;
	double unit_m;
	bool closed;
	bool (*member)(struct lines *l, struct lab_member *member, uint32_t *cap);
	bool (*order)(struct lines *l, struct lab_order *order);
};

static bool read_window(struct lines *l, const char *name, double at_s, double *until_s)
{
	double window_s;
	if (!lines_number(l, name, 0, LONG_S, &window_s))
		return false;
	*until_s = at_s + window_s;
	return true;
}

static bool gmission_member(struct lines *l, struct lab_member *m, uint32_t *cap)
{
	if (!lines_number(l, "x", -FAR, FAR, &m->x) || !lines_number(l, "y", -FAR, FAR, &m->y) ||
	    !lines_number(l, "radius", 0, FAR, &m->reach) || !lines_count(l, "cap", MAX_CAP, cap) ||
	    !read_window(l, "duration", m->at_s, &m->until_s) || !lines_number(l, "success_rate", 0, 1, &m->rate))
		return false;
	return lines_done(l);
}

static bool gmission_order(struct lines *l, struct lab_order *o)
{
	return lines_number(l, "x", -FAR, FAR, &o->x) && lines_number(l, "y", -FAR, FAR, &o->y) &&
	       read_window(l, "duration", o->at_s, &o->until_s) && lines_number(l, "payment", 0, 1e6, &o->pay) &&
	       lines_done(l);
}

static bool tobm_member(struct lines *l, struct lab_member *m, uint32_t *cap)
{
	*cap = 1;
	m->rate = 1;
	return lines_number(l, "x", -FAR, FAR, &m->x) && lines_number(l, "y", -FAR, FAR, &m->y) &&
	       read_window(l, "window", m->at_s, &m->until_s) && lines_number(l, "radius", 0, FAR, &m->reach) &&
	       lines_done(l);
}

static bool tobm_order(struct lines *l, struct lab_order *o)
{
	o->pay = 1;
	return lines_number(l, "x", -FAR, FAR, &o->x) && lines_number(l, "y", -FAR, FAR, &o->y) &&
	       read_window(l, "window", o->at_s, &o->until_s) && lines_done(l);
}

/* gMission's places are in kilometres. */
static const struct format gmission = {"gmission", 1000, false, gmission_member, gmission_order};
static const struct format tobm = {"tobm", 1, true, tobm_member, tobm_order};

static bool read_row(struct lines *l, const struct format *format, struct rows *rows)
{
	double at_s;
	char kind;
	struct lab_trace *t = rows->trace;
	if (!lines_number(l, "t", 0, LONG_S, &at_s) || !lines_letter(l, "wt", &kind))
		return false;
	if (kind == 'w') {
		uint32_t i = t->n_members;
		if (i == rows->n_members)
			return lines_bad(l, "队员多于首行所说的 %u",
					 "there are more members than the %u of the first line", i);
		t->n_members++;
		t->members[i].at_s = at_s;
		return format->member(l, &t->members[i], &rows->caps[i]);
	}
	if (t->n_orders == rows->n_orders)
		return lines_bad(l, "单多于首行所说的 %u", "there are more orders than the %u of the first line",
				 t->n_orders);
	t->orders[t->n_orders].at_s = at_s;
	return format->order(l, &t->orders[t->n_orders++]);
}

static bool repeat_members(struct arena *a, struct lines *l, const struct rows *rows)
{
	struct lab_trace *t = rows->trace;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < t->n_members; i++)
		sum += rows->caps[i];
	if (sum > MAX_ROWS)
		return lines_bad(l, "队员总共能接的单超过 %d", "the members' caps sum to more than %d", MAX_ROWS);
	struct lab_member *members = arena_array(a, (size_t)sum, sizeof(*members));
	uint32_t n = 0;
	for (uint32_t i = 0; i < t->n_members; i++) {
		for (uint32_t k = 0; k < rows->caps[i]; k++)
			members[n++] = t->members[i];
	}
	t->members = members;
	t->n_members = n;
	return true;
}

static bool read_rows(struct arena *a, struct lines *l, const struct format *format, struct rows *rows)
{
	bool end;
	struct lab_trace *t = rows->trace;
	t->orders = arena_array(a, rows->n_orders, sizeof(*t->orders));
	t->members = arena_array(a, rows->n_members, sizeof(*t->members));
	rows->caps = arena_array(a, rows->n_members, sizeof(*rows->caps));
	for (;;) {
		if (!lines_next(l, &end))
			return false;
		if (end)
			break;
		if (!read_row(l, format, rows))
			return false;
	}
	if (t->n_orders < rows->n_orders || t->n_members < rows->n_members)
		return lines_bad(l, "文件到此为止，只有 %u 单、%u 名队员；首行说 %u 和 %u",
				 "the file ends here with %u orders and %u members; its first line says %u and %u",
				 t->n_orders, t->n_members, rows->n_orders, rows->n_members);
	return repeat_members(a, l, rows);
}

static bool read_counts(struct lines *l, const struct format *format, struct rows *rows)
{
	bool end;
	double other;
	if (!lines_next(l, &end))
		return false;
	if (end)
		return lines_bad(l, "文件是空的", "the file is empty");
	if (format == &tobm)
		return lines_count(l, "nT", MAX_ROWS, &rows->n_orders) &&
		       lines_count(l, "nW", MAX_ROWS, &rows->n_members) && lines_done(l);
	return lines_count(l, "nW", MAX_ROWS, &rows->n_members) && lines_count(l, "nT", MAX_ROWS, &rows->n_orders) &&
	       lines_number(l, "Umax", 0, FAR, &other) && lines_number(l, "sumC", 0, FAR, &other) && lines_done(l);
}

static bool read_file(struct arena *a, const char *path, const struct format *format, struct lab_trace *trace,
		      struct lab_problem *problem)
{
	static struct lines lines;
	struct rows rows = {.trace = trace};
	*trace = (struct lab_trace){.dataset = format->dataset, .unit_m = format->unit_m, .closed = format->closed};
	bool read = lines_open(&lines, path, problem) && read_counts(&lines, format, &rows) &&
		    read_rows(a, &lines, format, &rows);
	lines_close(&lines);
	if (!read)
		return false;
	lab_trace_sort(trace);
	lab_trace_square_grids(trace, GRID_SIDE);
	return true;
}

bool lab_read_gmission(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem)
{
	return read_file(a, path, &gmission, trace, problem);
}

bool lab_read_tobm(struct arena *a, const char *path, struct lab_trace *trace, struct lab_problem *problem)
{
	return read_file(a, path, &tobm, trace, problem);
}
