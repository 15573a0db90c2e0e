/* A city's requests and its volunteers' homes, as CSV. */
#include "lab_trace.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli_csv.h"
#include "replay_data.h"

enum { GRID_NAMES = 4096 };
static const double METRES_PER_DEGREE = 6371008.8 * 3.14159265358979323846 / 180;

struct city {
	struct arena *a;
	struct lab_trace *trace;
	struct lab_problem *problem;
	const char *path;
	double reach_m;
	double lat_scale;    /* metres of a degree of longitude over those of latitude */
	struct slice *grids; /* names seen so far */
	int columns[5];
};

enum { COLUMN_LAT, COLUMN_LON, COLUMN_OPEN, COLUMN_GEO_OK, COLUMN_GRID };

static bool bad(struct city *c, size_t line, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

static bool bad(struct city *c, size_t line, const char *zh, const char *en, ...)
{
	va_list list;
	if (line == 0)
		snprintf(c->problem->place, sizeof(c->problem->place), "%s", c->path);
	else
		snprintf(c->problem->place, sizeof(c->problem->place), "%s:%zu", c->path, line);
	va_start(list, en);
	vsnprintf(c->problem->zh, sizeof(c->problem->zh), zh, list);
	va_end(list);
	va_start(list, en);
	vsnprintf(c->problem->en, sizeof(c->problem->en), en, list);
	va_end(list);
	return false;
}

static bool number(struct slice text, double low, double high, double *out)
{
	char copy[40], *end;
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out) && *out >= low && *out <= high;
}

struct place {
	double x, y;
	int32_t lat_e6, lon_e6;
};

static bool read_place(struct city *c, const struct csv_record *row, struct place *place)
{
	double lat, lon;
	if (row->error != CSV_OK)
		return bad(c, row->line, "%s", "%s", csv_error_text(row->error, false));
	if (!number(csv_field(row, c->columns[COLUMN_LAT]), -90, 90, &lat))
		return bad(c, row->line, "lat 不是纬度", "lat is not a latitude");
	if (!number(csv_field(row, c->columns[COLUMN_LON]), -180, 180, &lon))
		return bad(c, row->line, "lon 不是经度", "lon is not a longitude");
	if (c->lat_scale == 0)
		c->lat_scale = cos(lat * METRES_PER_DEGREE / 6371008.8);
	place->x = lon * METRES_PER_DEGREE * c->lat_scale;
	place->y = lat * METRES_PER_DEGREE;
	place->lat_e6 = (int32_t)lround(lat * 1e6);
	place->lon_e6 = (int32_t)lround(lon * 1e6);
	return true;
}

static uint32_t grid_of(struct city *c, struct slice name)
{
	uint32_t i = 0;
	while (i < c->trace->n_grids && !slice_eq(c->grids[i], name))
		i++;
	if (i == c->trace->n_grids && i < GRID_NAMES) {
		c->grids[i] = arena_slice(c->a, name);
		c->trace->n_grids++;
	}
	return i < GRID_NAMES ? i : GRID_NAMES - 1;
}

static bool take_order(struct city *c, const struct csv_record *row)
{
	struct place place = {0};
	double open_s;
	struct lab_trace *t = c->trace;
	if (row->error == CSV_OK && slice_eq(csv_field(row, c->columns[COLUMN_GEO_OK]), SLICE("0"))) {
		t->skipped++;
		return true;
	}
	if (!read_place(c, row, &place))
		return false;
	if (!number(csv_field(row, c->columns[COLUMN_OPEN]), 0, 1e10, &open_s))
		return bad(c, row->line, "open_s 不是秒数", "open_s is not a number of seconds");
	t->orders[t->n_orders++] = (struct lab_order){
	    .at_s = open_s,
	    .until_s = open_s,
	    .x = place.x,
	    .y = place.y,
	    .pay = 1,
	    .lat_e6 = place.lat_e6,
	    .lon_e6 = place.lon_e6,
	    .grid = grid_of(c, csv_field(row, c->columns[COLUMN_GRID])),
	};
	return true;
}

static bool take_member(struct city *c, const struct csv_record *row)
{
	struct place place = {0};
	if (!read_place(c, row, &place))
		return false;
	c->trace->members[c->trace->n_members++] = (struct lab_member){
	    .until_s = INFINITY,
	    .x = place.x,
	    .y = place.y,
	    .reach = c->reach_m,
	    .rate = 1,
	    .lat_e6 = place.lat_e6,
	    .lon_e6 = place.lon_e6,
	};
	return true;
}

static bool read_rows(struct city *c, struct slice text, size_t n_needed,
		      bool (*take)(struct city *c, const struct csv_record *row))
{
	static const char *const names[] = {"lat", "lon", "open_s", "geo_ok", "precinct"};
	struct csv_reader csv;
	bool ok = true;
	csv_begin(&csv, text);
	const struct csv_record *row = csv_next(&csv);
	if (row == NULL)
		ok = bad(c, 0, "文件是空的", "the file is empty");
	for (size_t i = 0; ok && i < sizeof(names) / sizeof(names[0]); i++) {
		c->columns[i] = csv_column(row, names[i]);
		if (c->columns[i] < 0 && i < n_needed)
			ok = bad(c, row->line, "缺少列 %s", "the column %s is missing", names[i]);
	}
	while (ok && (row = csv_next(&csv)) != NULL)
		ok = take(c, row);
	csv_end(&csv);
	return ok;
}

static size_t count_lines(const uint8_t *text, size_t len)
{
	size_t n = 1;
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

static bool read_file(struct city *c, const char *path, bool orders)
{
	size_t len;
	c->path = path;
	uint8_t *text = replay_file_read(path, &len);
	if (text == NULL) {
		const char *why = errno == EILSEQ ? "gzip" : strerror(errno);
		return bad(c, 0, "%s", "%s", why);
	}
	size_t room = count_lines(text, len);
	if (orders)
		c->trace->orders = arena_array(c->a, room, sizeof(*c->trace->orders));
	else
		c->trace->members = arena_array(c->a, room, sizeof(*c->trace->members));
	bool ok = read_rows(c, slice_of(text, len), orders ? COLUMN_OPEN + 1 : COLUMN_LON + 1,
			    orders ? take_order : take_member);
	free(text);
	if (ok && (orders ? c->trace->n_orders : c->trace->n_members) == 0)
		return bad(c, 0, "没有可用的行", "there is no row that can be used");
	return ok;
}

bool lab_read_boston(struct arena *a, const char *orders_path, const char *members_path, double reach_m,
		     struct lab_trace *trace, struct lab_problem *problem)
{
	struct city c = {.a = a, .trace = trace, .problem = problem, .reach_m = reach_m};
	*trace = (struct lab_trace){.dataset = "boston", .unit_m = 1};
	c.grids = arena_array(a, GRID_NAMES, sizeof(*c.grids));
	if (!read_file(&c, orders_path, true) || !read_file(&c, members_path, false))
		return false;
	lab_trace_sort(trace);
	return true;
}
