#include "cli_geojson.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "cli_rings.h"

struct reading {
	struct arena *arena;
	const struct geojson_options *options;
	struct geo_file *file;
	/* The feature being read. */
	size_t index;
	const char *code;
	size_t points;
};

static bool problem(struct reading *r, const char *zh, const char *en)
{
	r->file->n_problems++;
	r->options->problem(r->options->arg, r->index, r->code, zh, en);
	return false;
}

/* --- geometry --- */

static bool read_point(struct reading *r, const json_t *value, struct geo_point *point)
{
	const json_t *lon = json_array_get(value, 0), *lat = json_array_get(value, 1);
	if (!json_is_number(lon) || !json_is_number(lat))
		return problem(r, "坐标应为 [经度, 纬度]", "a coordinate is not [longitude, latitude]");
	*point = (struct geo_point){json_number_value(lat), json_number_value(lon)};
	if (fabs(point->lat) > 90 && fabs(point->lat) <= 180 && fabs(point->lon) <= 90)
		return problem(r, "纬度超出范围，经纬度可能写反了",
			       "a latitude is out of range: longitude comes first in GeoJSON");
	if (fabs(point->lat) > 90 || fabs(point->lon) > 180)
		return problem(r, "坐标超出范围，应为 WGS84 经纬度",
			       "a coordinate is out of range: it must be WGS84 degrees");
	return true;
}

/* Twice the area in square degrees: only whether it is nothing matters. */
static double twice_area(const struct geo_ring *ring)
{
	double sum = 0;
	for (size_t i = 0; i + 1 < ring->n; i++) {
		const struct geo_point *a = &ring->points[i], *b = &ring->points[i + 1];
		sum += (a->lon - ring->points[0].lon) * (b->lat - ring->points[0].lat) -
		       (b->lon - ring->points[0].lon) * (a->lat - ring->points[0].lat);
	}
	return fabs(sum);
}

static bool read_ring(struct reading *r, const json_t *value, struct geo_ring *ring)
{
	ring->n = json_array_size(value);
	if (ring->n < 4)
		return problem(r, "多边形的环至少要有四个点", "a ring has fewer than four points");
	r->points += ring->n;
	if (r->points > LIMIT_GRID_POINTS)
		return problem(r, "网格的点数超过上限，请先简化",
			       "the area has more points than a grid may have: simplify it");
	ring->points = arena_array(r->arena, ring->n, sizeof(*ring->points));
	for (size_t i = 0; i < ring->n; i++) {
		if (!read_point(r, json_array_get(value, i), &ring->points[i]))
			return false;
	}
	const struct geo_point *first = &ring->points[0], *last = &ring->points[ring->n - 1];
	if (memcmp(first, last, sizeof(*first)) != 0)
		return problem(r, "环没有闭合：首尾两点应相同",
			       "a ring is not closed: its last point must equal the first");
	if (twice_area(ring) < 1e-12)
		return problem(r, "环没有面积", "a ring has no area");
	return true;
}

static bool read_polygon(struct reading *r, const json_t *value, struct geo_polygon *polygon)
{
	polygon->n = json_array_size(value);
	if (polygon->n == 0)
		return problem(r, "多边形没有环", "a polygon has no rings");
	polygon->rings = arena_array(r->arena, polygon->n, sizeof(*polygon->rings));
	for (size_t i = 0; i < polygon->n; i++) {
		if (!read_ring(r, json_array_get(value, i), &polygon->rings[i]))
			return false;
	}
	return true;
}

static bool read_geometry(struct reading *r, const json_t *geometry, struct geo_feature *f)
{
	const char *type = json_string_value(json_object_get(geometry, "type"));
	const json_t *coordinates = json_object_get(geometry, "coordinates");
	bool multi = type != NULL && strcmp(type, "MultiPolygon") == 0;
	if (type == NULL || (!multi && strcmp(type, "Polygon") != 0))
		return problem(r, "几何类型应为 Polygon 或 MultiPolygon",
			       "the geometry is not a Polygon or MultiPolygon");
	if (!json_is_array(coordinates) || json_array_size(coordinates) == 0)
		return problem(r, "没有坐标", "there are no coordinates");
	f->n = multi ? json_array_size(coordinates) : 1;
	f->polygons = arena_array(r->arena, f->n, sizeof(*f->polygons));
	for (size_t i = 0; i < f->n; i++) {
		if (!read_polygon(r, multi ? json_array_get(coordinates, i) : coordinates, &f->polygons[i]))
			return false;
	}
	f->n_points = r->points;
	f->polygons = rings_untangle(r->arena, f->polygons, &f->n);
	if (f->n == 0)
		return problem(r, "多边形没有面积", "the area is nothing but needles");
	return true;
}

/* --- features --- */

/* A string, or a number as it is written. */
static const char *text_of(struct reading *r, const json_t *value)
{
	if (json_is_string(value))
		return arena_strdup(r->arena, json_string_value(value));
	if (json_is_integer(value))
		return arena_printf(r->arena, "%lld", (long long)json_integer_value(value));
	return "";
}

static const json_t *code_value(const struct reading *r, const json_t *feature)
{
	static const char *const usual[] = {"code", "id", "grid_id", "grid", "name"};
	json_t *properties = json_object_get(feature, "properties");
	if (r->options->code_property != NULL)
		return json_object_get(properties, r->options->code_property);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		const json_t *value = json_object_get(properties, usual[i]);
		if (value != NULL)
			return value;
	}
	if (json_object_size(properties) == 1)
		return json_object_iter_value(json_object_iter(properties));
	return json_object_get(feature, "id");
}

static bool is_taken(const struct geo_file *file, const char *code)
{
	for (size_t i = 0; i < file->n; i++) {
		if (strcmp(file->features[i].code, code) == 0)
			return true;
	}
	return false;
}

static bool read_feature(struct reading *r, const json_t *feature, struct geo_feature *f)
{
	const char *type = json_string_value(json_object_get(feature, "type"));
	const char *name_property = r->options->name_property == NULL ? "name" : r->options->name_property;
	r->code = "";
	r->points = 0;
	if (type == NULL || strcmp(type, "Feature") != 0)
		return problem(r, "不是 Feature", "it is not a Feature");
	r->code = text_of(r, code_value(r, feature));
	if (r->code[0] == '\0')
		return problem(r, "没有编号：请用 --code-property 指定属性名",
			       "it has no code: name the property that holds it with --code-property");
	if (is_taken(r->file, r->code))
		return problem(r, "编号重复", "its code was used before in this file");
	f->index = r->index;
	f->code = r->code;
	f->name = text_of(r, json_object_get(json_object_get(feature, "properties"), name_property));
	return read_geometry(r, json_object_get(feature, "geometry"), f);
}

static bool read_collection(struct reading *r, const json_t *root)
{
	const char *type = json_string_value(json_object_get(root, "type"));
	const json_t *features = json_object_get(root, "features");
	bool single = type != NULL && strcmp(type, "Feature") == 0;
	r->index = GEOJSON_WHOLE;
	if (!single && (type == NULL || strcmp(type, "FeatureCollection") != 0 || !json_is_array(features)))
		return problem(r, "不是 GeoJSON 的 FeatureCollection", "it is not a GeoJSON FeatureCollection");
	size_t n = single ? 1 : json_array_size(features);
	r->file->features = arena_array(r->arena, n == 0 ? 1 : n, sizeof(*r->file->features));
	for (size_t i = 0; i < n; i++) {
		struct geo_feature f = {0};
		r->index = i;
		if (read_feature(r, single ? root : json_array_get(features, i), &f))
			r->file->features[r->file->n++] = f;
	}
	return true;
}

bool geojson_read(struct arena *a, struct slice text, const struct geojson_options *options, struct geo_file *file)
{
	struct reading r = {.arena = a, .options = options, .file = file, .index = GEOJSON_WHOLE, .code = ""};
	json_error_t error;
	*file = (struct geo_file){0};
	if (slice_starts(text, SLICE("\xef\xbb\xbf")))
		text = slice_from(text, 3);
	json_t *root = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL) {
		char zh[256], en[256];
		snprintf(zh, sizeof(zh), "第 %d 行第 %d 列不是合法的 JSON：%.160s", error.line, error.column,
			 error.text);
		snprintf(en, sizeof(en), "it is not JSON at line %d, column %d: %.160s", error.line, error.column,
			 error.text);
		return problem(&r, zh, en);
	}
	bool ok = read_collection(&r, root);
	json_decref(root);
	return ok;
}
