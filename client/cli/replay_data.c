#include "replay_data.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "cli_csv.h"

/* --- files --- */

uint8_t *replay_file_read(const char *path, size_t *len)
{
	enum { CHUNK = 1 << 20 };
	struct buf text = {0};
	int got = -1;
	errno = 0;
	gzFile file = gzopen(path, "rb");
	if (file == NULL) {
		errno = errno == 0 ? ENOMEM : errno;
		return NULL;
	}
	for (;;) {
		uint8_t *to = buf_reserve(&text, CHUNK);
		if (to == NULL || (got = gzread(file, to, CHUNK)) <= 0)
			break;
		text.len += (size_t)got;
	}
	int code = Z_OK;
	(void)gzerror(file, &code);
	int error = text.failed ? ENOMEM : code == Z_ERRNO ? errno : code != Z_OK || got < 0 ? EILSEQ : 0;
	gzclose(file);
	buf_byte(&text, 0);
	if (error != 0 || text.failed) {
		buf_free(&text);
		errno = error != 0 ? error : ENOMEM;
		return NULL;
	}
	*len = text.len - 1;
	return text.ptr;
}

static void tell(const struct replay_files *files, const char *file, size_t line, const char *zh, const char *en)
{
	char place[512];
	if (line == 0)
		snprintf(place, sizeof(place), "%s", file);
	else
		snprintf(place, sizeof(place), "%s:%zu", file, line);
	files->problem(files->arg, place, zh, en);
}

/* --- grids --- */

struct grid_reading {
	const struct replay_files *files;
	struct replay_data *data;
};

static void grid_problem(void *arg, size_t index, const char *code, const char *zh, const char *en)
{
	struct grid_reading *r = arg;
	char place[512];
	if (index == GEOJSON_WHOLE)
		snprintf(place, sizeof(place), "%s", r->files->grids);
	else
		snprintf(place, sizeof(place), "%s: features[%zu] %s", r->files->grids, index, code);
	r->data->malformed++;
	r->files->problem(r->files->arg, place, zh, en);
}

static void find_boxes(struct arena *a, struct replay_data *data)
{
	data->boxes = arena_array(a, data->grids.n, sizeof(*data->boxes));
	for (size_t i = 0; i < data->grids.n; i++) {
		const struct geo_feature *f = &data->grids.features[i];
		double *box = data->boxes[i];
		box[0] = box[1] = INFINITY;
		box[2] = box[3] = -INFINITY;
		for (size_t p = 0; p < f->n; p++) {
			const struct geo_ring *outline = &f->polygons[p].rings[0];
			for (size_t k = 0; k < outline->n; k++) {
				box[0] = fmin(box[0], outline->points[k].lat);
				box[1] = fmin(box[1], outline->points[k].lon);
				box[2] = fmax(box[2], outline->points[k].lat);
				box[3] = fmax(box[3], outline->points[k].lon);
			}
		}
	}
}

bool replay_read_grids(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data)
{
	struct grid_reading reading = {files, data};
	/* Its name in the data set; cli_geojson takes the only property there is all the same. */
	struct geojson_options options = {
	    .code_property = files->code_property, .problem = grid_problem, .arg = &reading};
	if (!geojson_read(a, text, &options, &data->grids))
		return false;
	find_boxes(a, data);
	if (data->grids.n == 0)
		tell(files, files->grids, 0, "没有可用的网格", "there are no grids that can be used");
	return data->grids.n > 0;
}

/* Even-odd over all rings of a polygon: holes take themselves out. */
static bool polygon_holds(const struct geo_polygon *polygon, double lat, double lon)
{
	bool inside = false;
	for (size_t r = 0; r < polygon->n; r++) {
		const struct geo_ring *ring = &polygon->rings[r];
		for (size_t i = 0; i + 1 < ring->n; i++) {
			const struct geo_point *p = &ring->points[i], *q = &ring->points[i + 1];
			if ((p->lat > lat) == (q->lat > lat))
				continue;
			double at = p->lon + (lat - p->lat) / (q->lat - p->lat) * (q->lon - p->lon);
			inside = inside != (lon < at);
		}
	}
	return inside;
}

int64_t replay_locate(const struct replay_data *data, double lat, double lon)
{
	for (size_t i = 0; i < data->grids.n; i++) {
		const struct geo_feature *f = &data->grids.features[i];
		const double *box = data->boxes[i];
		if (lat < box[0] || lon < box[1] || lat > box[2] || lon > box[3])
			continue;
		for (size_t p = 0; p < f->n; p++) {
			if (polygon_holds(&f->polygons[p], lat, lon))
				return (int64_t)i;
		}
	}
	return -1;
}

/* --- tables --- */

struct columns {
	const char *file;
	const char *const *names;
	int at[8];
	size_t n, needed;
};

static bool find_columns(const struct replay_files *files, struct csv_reader *csv, struct columns *c)
{
	char zh[160], en[160];
	const struct csv_record *header = csv_next(csv);
	if (header == NULL) {
		tell(files, c->file, 0, "文件是空的", "the file is empty");
		return false;
	}
	for (size_t i = 0; i < c->n; i++) {
		c->at[i] = csv_column(header, c->names[i]);
		if (c->at[i] >= 0 || i >= c->needed)
			continue;
		snprintf(zh, sizeof(zh), "缺少列 %s", c->names[i]);
		snprintf(en, sizeof(en), "the column %s is missing", c->names[i]);
		tell(files, c->file, header->line, zh, en);
		return false;
	}
	return true;
}

static bool bad_row(const struct replay_files *files, struct replay_data *data, const char *file,
		    const struct csv_record *row, const char *zh, const char *en)
{
	data->malformed++;
	tell(files, file, row->line, zh, en);
	return false;
}

static bool number(struct slice text, double *out)
{
	char copy[40], *end;
	if (text.len == 0 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out);
}

static bool read_place(const struct replay_files *files, struct replay_data *data, const char *file,
		       const struct csv_record *row, struct slice lat_text, struct slice lon_text, double *lat,
		       double *lon)
{
	if (!number(lat_text, lat) || fabs(*lat) > 90)
		return bad_row(files, data, file, row, "lat 不是纬度", "lat is not a latitude");
	if (!number(lon_text, lon) || fabs(*lon) > 180)
		return bad_row(files, data, file, row, "lon 不是经度", "lon is not a longitude");
	return true;
}

/* Lines are the most that there can be of rows. */
static size_t count_lines(struct slice text)
{
	size_t n = 1;
	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n';
	return n;
}

static bool take_member(struct arena *a, const struct replay_files *files, struct replay_data *data,
			const struct csv_record *row, const struct columns *c)
{
	struct replay_member m;
	struct slice id = csv_field(row, c->at[0]);
	if (row->error != CSV_OK)
		return bad_row(files, data, c->file, row, csv_error_text(row->error, true),
			       csv_error_text(row->error, false));
	if (id.len == 0)
		return bad_row(files, data, c->file, row, "没有 volunteer_id", "volunteer_id is empty");
	if (!read_place(files, data, c->file, row, csv_field(row, c->at[1]), csv_field(row, c->at[2]), &m.lat, &m.lon))
		return false;
	int64_t grid = replay_locate(data, m.lat, m.lon);
	if (grid < 0) {
		data->members_outside++;
		return false;
	}
	m.grid = (uint32_t)grid;
	m.name = arena_string(a, id);
	data->members[data->n_members++] = m;
	return true;
}

bool replay_read_members(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data)
{
	static const char *const names[] = {"volunteer_id", "lat", "lon"};
	struct columns c = {.file = files->members, .names = names, .n = 3, .needed = 3};
	struct csv_reader csv;
	csv_begin(&csv, text);
	bool ok = find_columns(files, &csv, &c);
	if (ok) {
		data->members = arena_array(a, count_lines(text), sizeof(*data->members));
		for (const struct csv_record *row; (row = csv_next(&csv)) != NULL;)
			take_member(a, files, data, row, &c);
		if (data->n_members == 0)
			tell(files, files->members, 0, "没有可用的队员", "there are no members that can be used");
		ok = data->n_members > 0;
	}
	csv_end(&csv);
	return ok;
}

enum { COLUMN_CASE, COLUMN_OPEN, COLUMN_TYPE, COLUMN_LAT, COLUMN_LON, COLUMN_GEO_OK, COLUMN_REASON };

/* Beyond REPLAY_MAX_KINDS the rare ones share the last. */
static uint16_t kind_of(struct arena *a, struct replay_data *data, struct slice type, struct slice reason)
{
	size_t i = 0;
	while (i < data->n_kinds && !slice_eq(slice_str(data->kinds[i].name), type))
		i++;
	if (i == data->n_kinds && data->n_kinds == REPLAY_MAX_KINDS)
		i--;
	if (i == data->n_kinds)
		data->kinds[data->n_kinds++] = (struct replay_kind){arena_string(a, type), arena_string(a, reason), 0};
	data->kinds[i].orders++;
	return (uint16_t)i;
}

static bool take_order(struct arena *a, const struct replay_files *files, struct replay_data *data,
		       const struct csv_record *row, const struct columns *c)
{
	struct replay_order o;
	double open_s;
	struct slice id = csv_field(row, c->at[COLUMN_CASE]), type = csv_field(row, c->at[COLUMN_TYPE]);
	if (row->error != CSV_OK)
		return bad_row(files, data, c->file, row, csv_error_text(row->error, true),
			       csv_error_text(row->error, false));
	if (id.len == 0)
		return bad_row(files, data, c->file, row, "没有 case_id", "case_id is empty");
	if (type.len == 0)
		return bad_row(files, data, c->file, row, "没有 type", "type is empty");
	if (!number(csv_field(row, c->at[COLUMN_OPEN]), &open_s) || fabs(open_s) > 1e12)
		return bad_row(files, data, c->file, row, "open_s 不是秒数", "open_s is not a number of seconds");
	if (slice_eq(csv_field(row, c->at[COLUMN_GEO_OK]), SLICE("0"))) {
		data->skipped_unknown_place++;
		return false;
	}
	if (!read_place(files, data, c->file, row, csv_field(row, c->at[COLUMN_LAT]), csv_field(row, c->at[COLUMN_LON]),
			&o.lat, &o.lon))
		return false;
	int64_t grid = replay_locate(data, o.lat, o.lon);
	if (grid < 0) {
		data->skipped_outside++;
		return false;
	}
	o.grid = (uint32_t)grid;
	o.open_s = (int64_t)open_s;
	o.case_id = arena_string(a, id);
	o.kind = kind_of(a, data, type, csv_field(row, c->at[COLUMN_REASON]));
	data->orders[data->n_orders++] = o;
	return true;
}

static int earlier(const void *a, const void *b)
{
	const struct replay_order *x = a, *y = b;
	if (x->open_s != y->open_s)
		return x->open_s < y->open_s ? -1 : 1;
	return strcmp(x->case_id, y->case_id);
}

bool replay_read_orders(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data)
{
	static const char *const names[] = {"case_id", "open_s", "type", "lat", "lon", "geo_ok", "reason"};
	struct columns c = {.file = files->orders, .names = names, .n = 7, .needed = 5};
	struct csv_reader csv;
	csv_begin(&csv, text);
	bool ok = find_columns(files, &csv, &c);
	if (ok) {
		size_t room = count_lines(text);
		if (files->limit != 0 && files->limit < room)
			room = files->limit;
		data->orders = arena_array(a, room, sizeof(*data->orders));
		for (const struct csv_record *row; data->n_orders < room && (row = csv_next(&csv)) != NULL;)
			take_order(a, files, data, row, &c);
		qsort(data->orders, data->n_orders, sizeof(*data->orders), earlier);
		if (data->n_orders == 0)
			tell(files, files->orders, 0, "没有可用的诉求", "there are no requests that can be used");
		ok = data->n_orders > 0;
	}
	csv_end(&csv);
	return ok;
}

/* --- all three --- */

typedef bool read_fn(struct arena *a, const struct replay_files *files, struct slice text, struct replay_data *data);

static bool read_file(struct arena *a, const struct replay_files *files, const char *path, read_fn *read,
		      struct replay_data *data)
{
	size_t len;
	uint8_t *text = replay_file_read(path, &len);
	if (text == NULL) {
		const char *why = errno == EILSEQ ? "gzip" : strerror(errno);
		tell(files, path, 0, why, why);
		return false;
	}
	bool ok = read(a, files, slice_of(text, len), data);
	free(text);
	return ok;
}

bool replay_read(struct arena *a, const struct replay_files *files, struct replay_data *data)
{
	return read_file(a, files, files->grids, replay_read_grids, data) &&
	       read_file(a, files, files->members, replay_read_members, data) &&
	       read_file(a, files, files->orders, replay_read_orders, data);
}
