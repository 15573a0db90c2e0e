/*
 * geo: points, distances and polygons on the scale of a city.
 *
 * Nouns: coordinates are WGS84 in 1e-6 degrees (0.11 m), held as int32; a shape is one or more
 * polygons, each an outline ring with holes; a ring is closed (its last point equals its first).
 * Ownership: a decoded shape lies in the arena given.
 * Errors: ERR_POLYGON_INVALID with the field path of the ring or point; ERR_FIELD_REQUIRED.
 */
#ifndef PAIDAN_DOMAIN_GEO_H
#define PAIDAN_DOMAIN_GEO_H

#include "domain/scene.h"

struct geo_point {
	int32_t lat_e6;
	int32_t lon_e6;
};

struct geo_ring {
	struct geo_point *points;
	size_t n;
};

struct geo_polygon {
	struct geo_ring *rings; /* the first is the outline */
	size_t n;
};

struct geo_box {
	int32_t lat_min, lat_max, lon_min, lon_max;
};

struct geo_shape {
	struct geo_polygon *polygons;
	size_t n;
	struct geo_box box;
};

/* Its range was checked with the request; NULL: ERR_FIELD_REQUIRED with `field`. */
enum err geo_point_read(struct scene *s, const GeoPoint *in, const char *field, struct geo_point *out);
GeoPoint *geo_point_write(struct arena *a, struct geo_point point);

/* Metres along the sphere (haversine, mean radius 6,371,008.8 m), rounded. */
uint32_t geo_distance_m(struct geo_point a, struct geo_point b);
/* A bound below that, within 2 km at most a metre less, at a fifth of the price: sines and the cosine of b's latitude
 * by the first terms of their series. cos_lat_a: of a's latitude (geo_cos_lat). */
uint32_t geo_least_distance_m(struct geo_point a, double cos_lat_a, struct geo_point b);
double geo_cos_lat(struct geo_point point);

/* Whether a point lies in the shape; the outline belongs to it on its lower and left sides only, so
 * that of two grids that share a border exactly one has a point on it (even-odd rule, exact integers). */
bool geo_contains(const struct geo_shape *shape, struct geo_point point);

/* Whether two shapes' bounding boxes are at most margin_m apart. */
bool geo_near(const struct geo_box *a, const struct geo_box *b, uint32_t margin_m);

/* Checks a polygon of a request (closed rings of ≥ 4 points, no crossing edges, an area) and packs it. */
enum err geo_polygon_read(struct scene *s, const Polygon *in, const char *field, PolygonRecord **out);
struct geo_shape geo_shape_decode(struct arena *a, PolygonRecord *const *polygons, size_t n);
/* Back to the API form. */
Polygon *geo_polygon_write(struct arena *a, const struct geo_polygon *polygon);

#endif
