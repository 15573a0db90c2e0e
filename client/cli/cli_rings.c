#include "cli_rings.h"

#include <math.h>

static bool same(struct geo_point a, struct geo_point b)
{
	return llround(a.lat * 1e6) == llround(b.lat * 1e6) && llround(a.lon * 1e6) == llround(b.lon * 1e6);
}

static double area(const struct geo_ring *ring)
{
	double sum = 0;
	struct geo_point o = ring->points[0];
	for (size_t i = 0; i + 1 < ring->n; i++) {
		struct geo_point a = ring->points[i], b = ring->points[i + 1];
		sum += (a.lon - o.lon) * (b.lat - o.lat) - (b.lon - o.lon) * (a.lat - o.lat);
	}
	return fabs(sum);
}

static bool contains(const struct geo_ring *ring, struct geo_point p)
{
	bool inside = false;
	for (size_t i = 0; i + 1 < ring->n; i++) {
		struct geo_point a = ring->points[i], b = ring->points[i + 1];
		if ((a.lat > p.lat) != (b.lat > p.lat) &&
		    p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon)
			inside = !inside;
	}
	return inside;
}

static bool has_point(const struct geo_ring *ring, struct geo_point p)
{
	for (size_t i = 0; i < ring->n; i++) {
		if (same(ring->points[i], p))
			return true;
	}
	return false;
}

static bool is_tangled(const struct geo_ring *ring)
{
	for (size_t i = 0; i + 1 < ring->n; i++) {
		for (size_t k = i + 1; k + 1 < ring->n; k++) {
			if (same(ring->points[i], ring->points[k]))
				return true;
		}
	}
	return false;
}

struct loops {
	struct geo_ring *rings;
	size_t n;
};

static void add_loop(struct arena *a, struct loops *loops, const struct geo_point *points, size_t n)
{
	struct geo_ring loop = {arena_array(a, n + 1, sizeof(*loop.points)), n + 1};
	if (n < 3)
		return;
	memcpy(loop.points, points, n * sizeof(*points));
	loop.points[n] = points[0];
	if (area(&loop) > 0)
		loops->rings[loops->n++] = loop;
}

/* Walks along the ring; where a point comes again, what lies between is a loop of its own. */
static struct loops cut(struct arena *a, const struct geo_ring *ring)
{
	struct loops loops = {arena_array(a, ring->n, sizeof(*loops.rings)), 0};
	struct geo_point *walked = arena_array(a, ring->n, sizeof(*walked));
	size_t n = 0;
	for (size_t i = 0; i + 1 < ring->n; i++) {
		size_t before = 0;
		while (before < n && !same(walked[before], ring->points[i]))
			before++;
		if (before < n) {
			add_loop(a, &loops, walked + before, n - before);
			n = before;
		}
		walked[n++] = ring->points[i];
	}
	add_loop(a, &loops, walked, n);
	return loops;
}

/* Whether a loop lies inside the outline, which it may touch in points. Turns the loop to begin with a point that
 * does not lie on the outline, for then others can tell, too. */
static bool lies_inside(const struct geo_ring *outline, struct geo_ring *loop)
{
	size_t n = loop->n - 1, from = 0;
	while (from < n && has_point(outline, loop->points[from]))
		from++;
	if (from == n)
		return false;
	if (!contains(outline, loop->points[from]))
		return false;
	for (; from > 0; from--) {
		struct geo_point first = loop->points[0];
		memmove(loop->points, loop->points + 1, (n - 1) * sizeof(first));
		loop->points[n - 1] = first;
	}
	loop->points[n] = loop->points[0];
	return true;
}

struct untangling {
	struct arena *arena;
	struct geo_polygon *polygons;
	size_t n, room;
};

static void add_polygon(struct untangling *u, struct geo_ring outline, size_t most_rings)
{
	if (u->n == u->room) {
		size_t room = u->room * 2 + 4;
		struct geo_polygon *grown = arena_array(u->arena, room, sizeof(*grown));
		if (u->n > 0)
			memcpy(grown, u->polygons, u->n * sizeof(*grown));
		u->polygons = grown;
		u->room = room;
	}
	struct geo_polygon *p = &u->polygons[u->n++];
	*p = (struct geo_polygon){arena_array(u->arena, most_rings, sizeof(*p->rings)), 1};
	p->rings[0] = outline;
}

/* A loop inside an outline takes away from it, or gives back what another took: even and odd. */
static void place(struct untangling *u, size_t first, struct geo_ring loop, size_t most_rings)
{
	for (size_t i = first; i < u->n; i++) {
		if (lies_inside(&u->polygons[i].rings[0], &loop)) {
			u->polygons[i].rings[u->polygons[i].n++] = loop;
			return;
		}
	}
	add_polygon(u, loop, most_rings);
}

static void sort_by_area(struct loops *loops)
{
	for (size_t i = 1; i < loops->n; i++) {
		struct geo_ring loop = loops->rings[i];
		size_t k = i;
		for (; k > 0 && area(&loops->rings[k - 1]) < area(&loop); k--)
			loops->rings[k] = loops->rings[k - 1];
		loops->rings[k] = loop;
	}
}

static void untangle(struct untangling *u, const struct geo_polygon *polygon)
{
	size_t first = u->n, most_rings = 0;
	for (size_t i = 0; i < polygon->n; i++)
		most_rings += polygon->rings[i].n;
	for (size_t i = 0; i < polygon->n; i++) {
		struct loops loops = cut(u->arena, &polygon->rings[i]);
		sort_by_area(&loops);
		for (size_t k = 0; k < loops.n; k++)
			place(u, first, loops.rings[k], most_rings);
	}
}

struct geo_polygon *rings_untangle(struct arena *a, struct geo_polygon *polygons, size_t *n)
{
	struct untangling u = {.arena = a};
	bool tangled = false;
	for (size_t i = 0; i < *n; i++) {
		for (size_t k = 0; k < polygons[i].n; k++)
			tangled = tangled || is_tangled(&polygons[i].rings[k]);
	}
	if (!tangled)
		return polygons;
	for (size_t i = 0; i < *n; i++)
		untangle(&u, &polygons[i]);
	*n = u.n;
	return u.polygons;
}
