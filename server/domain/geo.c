#include "domain/geo.h"

#include <math.h>

#include "base/limits.h"

#define EARTH_RADIUS_M 6371008.8
#define RADIANS_PER_E6 (M_PI / 180.0 / 1e6)
/* One degree of latitude. */
#define METRES_PER_E6 (EARTH_RADIUS_M * RADIANS_PER_E6)

enum { LAT_MAX_E6 = 90000000, LON_MAX_E6 = 180000000 };

enum err geo_point_read(struct scene *s, const GeoPoint *in, const char *field, struct geo_point *out)
{
	if (in == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, field, "lat and lon are needed");
	out->lat_e6 = (int32_t)lrint(in->lat * 1e6);
	out->lon_e6 = (int32_t)lrint(in->lon * 1e6);
	return OK;
}

GeoPoint *geo_point_write(struct arena *a, struct geo_point point)
{
	GeoPoint *out = ARENA_NEW(a, GeoPoint);
	GeoPoint_init(out);
	out->lat = point.lat_e6 / 1e6;
	out->lon = point.lon_e6 / 1e6;
	return out;
}

uint32_t geo_distance_m(struct geo_point a, struct geo_point b)
{
	double lat_a = a.lat_e6 * RADIANS_PER_E6, lat_b = b.lat_e6 * RADIANS_PER_E6;
	double half_lat = sin((lat_b - lat_a) / 2);
	double half_lon = sin(((double)b.lon_e6 - a.lon_e6) * RADIANS_PER_E6 / 2);
	double h = half_lat * half_lat + cos(lat_a) * cos(lat_b) * half_lon * half_lon;
	return (uint32_t)lrint(2 * EARTH_RADIUS_M * asin(fmin(1.0, sqrt(h))));
}

double geo_cos_lat(struct geo_point point)
{
	return cos(point.lat_e6 * RADIANS_PER_E6);
}

/* sin² x ≥ x² − x⁴/3 and asin x ≥ x; cos falls by no more than the angle grows. What floating point adds is less than
 * one part in 10⁹. */
uint32_t geo_least_distance_m(struct geo_point a, double cos_lat_a, struct geo_point b)
{
	double lat = ((double)b.lat_e6 - a.lat_e6) * RADIANS_PER_E6;
	double half_lat = lat / 2, half_lon = ((double)b.lon_e6 - a.lon_e6) * RADIANS_PER_E6 / 2;
	double lat2 = half_lat * half_lat, lon2 = half_lon * half_lon;
	double h_lat = lat2 - lat2 * lat2 / 3, h_lon = lon2 - lon2 * lon2 / 3, cos_lat_b = cos_lat_a - fabs(lat);
	double h = (h_lat > 0 ? h_lat : 0) + (h_lon > 0 && cos_lat_b > 0 ? cos_lat_a * cos_lat_b * h_lon : 0);
	return (uint32_t)lrint(2 * EARTH_RADIUS_M * (1 - 1e-9) * sqrt(h));
}

/* > 0: c lies left of a→b, < 0: right, 0: on the line. Exact: products stay below 2^58. */
static int64_t side(struct geo_point a, struct geo_point b, struct geo_point c)
{
	return ((int64_t)b.lon_e6 - a.lon_e6) * ((int64_t)c.lat_e6 - a.lat_e6) -
	       ((int64_t)b.lat_e6 - a.lat_e6) * ((int64_t)c.lon_e6 - a.lon_e6);
}

static bool ring_contains(const struct geo_ring *ring, struct geo_point p)
{
	bool inside = false;
	for (size_t i = 0; i + 1 < ring->n; i++) {
		struct geo_point a = ring->points[i], b = ring->points[i + 1];
		if ((a.lat_e6 > p.lat_e6) == (b.lat_e6 > p.lat_e6))
			continue;
		/* The edge crosses p's latitude: is the crossing east of p? */
		int64_t turn = side(a, b, p);
		if (b.lat_e6 > a.lat_e6 ? turn > 0 : turn < 0)
			inside = !inside;
	}
	return inside;
}

bool geo_contains(const struct geo_shape *shape, struct geo_point p)
{
	if (p.lat_e6 < shape->box.lat_min || p.lat_e6 > shape->box.lat_max || p.lon_e6 < shape->box.lon_min ||
	    p.lon_e6 > shape->box.lon_max)
		return false;
	for (size_t i = 0; i < shape->n; i++) {
		bool inside = false;
		for (size_t r = 0; r < shape->polygons[i].n; r++)
			inside ^= ring_contains(&shape->polygons[i].rings[r], p);
		if (inside)
			return true;
	}
	return false;
}

bool geo_near(const struct geo_box *a, const struct geo_box *b, uint32_t margin_m)
{
	double lat_margin = margin_m / METRES_PER_E6;
	if (a->lat_min - lat_margin > b->lat_max || b->lat_min - lat_margin > a->lat_max)
		return false;
	double lon_margin = lat_margin / fmax(0.01, cos(a->lat_min * RADIANS_PER_E6));
	return a->lon_min - lon_margin <= b->lon_max && b->lon_min - lon_margin <= a->lon_max;
}

static bool same(struct geo_point a, struct geo_point b)
{
	return a.lat_e6 == b.lat_e6 && a.lon_e6 == b.lon_e6;
}

static int sign(int64_t v)
{
	return (v > 0) - (v < 0);
}

static bool between(int32_t a, int32_t b, int32_t v)
{
	return a < b ? v >= a && v <= b : v >= b && v <= a;
}

static bool on_segment(struct geo_point a, struct geo_point b, struct geo_point p)
{
	return side(a, b, p) == 0 && between(a.lat_e6, b.lat_e6, p.lat_e6) && between(a.lon_e6, b.lon_e6, p.lon_e6);
}

static bool segments_touch(struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d)
{
	int c_side = sign(side(a, b, c)), d_side = sign(side(a, b, d));
	int a_side = sign(side(c, d, a)), b_side = sign(side(c, d, b));
	if (c_side * d_side < 0 && a_side * b_side < 0)
		return true;
	return on_segment(a, b, c) || on_segment(a, b, d) || on_segment(c, d, a) || on_segment(c, d, b);
}

/* Edges that follow each other share a point and may not fold back; all others may not touch. */
static bool ring_crosses_itself(const struct geo_ring *ring)
{
	size_t edges = ring->n - 1;
	for (size_t i = 0; i < edges; i++) {
		struct geo_point a = ring->points[i], b = ring->points[i + 1];
		int32_t lat_lo = a.lat_e6 < b.lat_e6 ? a.lat_e6 : b.lat_e6, lat_hi = a.lat_e6 ^ b.lat_e6 ^ lat_lo;
		for (size_t k = i + 1; k < edges; k++) {
			struct geo_point c = ring->points[k], d = ring->points[k + 1];
			if ((c.lat_e6 < lat_lo && d.lat_e6 < lat_lo) || (c.lat_e6 > lat_hi && d.lat_e6 > lat_hi))
				continue;
			if (k == i + 1) {
				if (on_segment(a, b, d))
					return true;
			} else if (i == 0 && k == edges - 1) {
				if (on_segment(a, b, c) || on_segment(c, d, b))
					return true;
			} else if (segments_touch(a, b, c, d)) {
				return true;
			}
		}
	}
	return false;
}

static double twice_area(const struct geo_ring *ring)
{
	double sum = 0;
	for (size_t i = 0; i + 1 < ring->n; i++) {
		struct geo_point o = ring->points[0], a = ring->points[i], b = ring->points[i + 1];
		sum += ((double)a.lon_e6 - o.lon_e6) * ((double)b.lat_e6 - o.lat_e6) -
		       ((double)b.lon_e6 - o.lon_e6) * ((double)a.lat_e6 - o.lat_e6);
	}
	return sum;
}

/* The ring without points that repeat the one before. */
static enum err ring_read(struct scene *s, const Ring2d *in, const char *field, struct geo_ring *out)
{
	if (in->n_points < 4)
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "a ring needs at least 4 points");
	out->points = arena_array(s->arena, in->n_points, sizeof(*out->points));
	out->n = 0;
	for (size_t i = 0; i < in->n_points; i++) {
		struct geo_point p;
		TRY(geo_point_read(s, in->points[i], field, &p));
		if (out->n == 0 || !same(p, out->points[out->n - 1]))
			out->points[out->n++] = p;
	}
	if (out->n < 4)
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "fewer than 3 different points");
	if (!same(out->points[0], out->points[out->n - 1]))
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "the ring is not closed");
	if (ring_crosses_itself(out))
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "the ring touches or crosses itself");
	if (twice_area(out) == 0)
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "the ring has no area");
	return OK;
}

static RingRecord *ring_pack(struct arena *a, const struct geo_ring *ring)
{
	RingRecord *out = ARENA_NEW(a, RingRecord);
	RingRecord_init(out);
	out->n_deltas_e6 = ring->n * 2;
	out->deltas_e6 = arena_array(a, ring->n * 2, sizeof(*out->deltas_e6));
	struct geo_point last = {0, 0};
	for (size_t i = 0; i < ring->n; i++) {
		out->deltas_e6[i * 2] = ring->points[i].lat_e6 - last.lat_e6;
		out->deltas_e6[i * 2 + 1] = ring->points[i].lon_e6 - last.lon_e6;
		last = ring->points[i];
	}
	return out;
}

enum err geo_polygon_read(struct scene *s, const Polygon *in, const char *field, PolygonRecord **out)
{
	if (in->n_rings == 0)
		return fault_set(s->fault, ERR_POLYGON_INVALID, field, "no rings");
	PolygonRecord *packed = ARENA_NEW(s->arena, PolygonRecord);
	PolygonRecord_init(packed);
	struct geo_polygon polygon = {arena_array(s->arena, in->n_rings, sizeof(struct geo_ring)), in->n_rings};
	for (size_t i = 0; i < in->n_rings; i++) {
		const char *path = arena_printf(s->arena, "%s.rings[%zu]", field, i);
		TRY(ring_read(s, in->rings[i], path, &polygon.rings[i]));
		if (i > 0 && !ring_contains(&polygon.rings[0], polygon.rings[i].points[0]))
			return fault_set(s->fault, ERR_POLYGON_INVALID, path, "the hole lies outside the outline");
		arena_append(s->arena, (void ***)&packed->rings, &packed->n_rings,
			     ring_pack(s->arena, &polygon.rings[i]));
	}
	*out = packed;
	return OK;
}

static void box_add(struct geo_box *box, struct geo_point p)
{
	box->lat_min = p.lat_e6 < box->lat_min ? p.lat_e6 : box->lat_min;
	box->lat_max = p.lat_e6 > box->lat_max ? p.lat_e6 : box->lat_max;
	box->lon_min = p.lon_e6 < box->lon_min ? p.lon_e6 : box->lon_min;
	box->lon_max = p.lon_e6 > box->lon_max ? p.lon_e6 : box->lon_max;
}

struct geo_shape geo_shape_decode(struct arena *a, PolygonRecord *const *polygons, size_t n)
{
	struct geo_shape shape = {
	    arena_array(a, n, sizeof(struct geo_polygon)), n, {LAT_MAX_E6, -LAT_MAX_E6, LON_MAX_E6, -LON_MAX_E6}};
	for (size_t i = 0; i < n; i++) {
		struct geo_polygon *polygon = &shape.polygons[i];
		polygon->n = polygons[i]->n_rings;
		polygon->rings = arena_array(a, polygon->n, sizeof(struct geo_ring));
		for (size_t r = 0; r < polygon->n; r++) {
			const RingRecord *packed = polygons[i]->rings[r];
			struct geo_ring *ring = &polygon->rings[r];
			ring->n = packed->n_deltas_e6 / 2;
			ring->points = arena_array(a, ring->n, sizeof(struct geo_point));
			struct geo_point p = {0, 0};
			for (size_t k = 0; k < ring->n; k++) {
				p.lat_e6 += packed->deltas_e6[k * 2];
				p.lon_e6 += packed->deltas_e6[k * 2 + 1];
				ring->points[k] = p;
				box_add(&shape.box, p);
			}
		}
	}
	return shape;
}

Polygon *geo_polygon_write(struct arena *a, const struct geo_polygon *polygon)
{
	Polygon *out = ARENA_NEW(a, Polygon);
	Polygon_init(out);
	out->n_rings = polygon->n;
	out->rings = arena_array(a, polygon->n, sizeof(*out->rings));
	for (size_t r = 0; r < polygon->n; r++) {
		Ring2d *ring = ARENA_NEW(a, Ring2d);
		Ring2d_init(ring);
		ring->n_points = polygon->rings[r].n;
		ring->points = arena_array(a, ring->n_points, sizeof(*ring->points));
		for (size_t i = 0; i < ring->n_points; i++)
			ring->points[i] = geo_point_write(a, polygon->rings[r].points[i]);
		out->rings[r] = ring;
	}
	return out;
}
