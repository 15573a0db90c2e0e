/*
 * cli_geojson: reads areas from GeoJSON (RFC 7946).
 *
 * Nouns: a feature is one area: a code that names it, perhaps a name, and its polygons; a polygon is rings of
 * points, the outline first, then holes. A problem is what is wrong with one feature; the feature is left
 * out, the others are read.
 *
 * What is read: a FeatureCollection or a single Feature with Polygon or MultiPolygon geometry in WGS84. The
 * code is the property that was asked for; else "code", "id", "grid_id", "grid", "name", or the only property
 * there is.
 * Checked: coordinates are numbers in range, rings close and have four points or more, an area that is not
 * zero, at most LIMIT_GRID_POINTS points, codes that exist and are unique. Rings that touch themselves in a point
 * are cut apart there (cli_rings.h); those that cross themselves are the server's to find.
 * Ownership: everything read lies in the arena. Errors: geojson_read gives false when the text as a whole is
 * not GeoJSON, and says why by one problem with index GEOJSON_WHOLE.
 */
#ifndef PAIDAN_CLI_GEOJSON_H
#define PAIDAN_CLI_GEOJSON_H

#include "base/arena.h"

#define GEOJSON_WHOLE SIZE_MAX

struct geo_point {
	double lat, lon;
};

struct geo_ring {
	struct geo_point *points;
	size_t n;
};

struct geo_polygon {
	struct geo_ring *rings;
	size_t n;
};

struct geo_feature {
	size_t index; /* in the file, from 0 */
	const char *code;
	const char *name; /* "" when there is none */
	struct geo_polygon *polygons;
	size_t n;
	size_t n_points;
};

struct geo_file {
	struct geo_feature *features;
	size_t n;
	size_t n_problems;
};

/* code: of the feature, or "" when it has none. */
typedef void geojson_problem_fn(void *arg, size_t index, const char *code, const char *zh, const char *en);

struct geojson_options {
	const char *code_property; /* NULL: see above */
	const char *name_property; /* NULL: "name" */
	geojson_problem_fn *problem;
	void *arg;
};

bool geojson_read(struct arena *a, struct slice text, const struct geojson_options *options, struct geo_file *file);

#endif
