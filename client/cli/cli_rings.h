/*
 * cli_rings: makes polygons whose rings touch themselves into polygons whose rings do not.
 *
 * Surveyed areas are drawn in one stroke around what hangs together by a corner only; a broker (and the
 * Simple Features standard) wants rings that meet no point twice. Such a ring is cut apart at the point: the
 * area stays what it was. Needles (there and back again) go away.
 *
 * Nouns: a loop is a piece of a ring that meets no point twice. Points are the same when they are in
 * millionths of a degree, as the broker keeps them.
 * Ownership: the arena's. Errors: none; rings that cross themselves come out as they went in.
 */
#ifndef PAIDAN_CLI_RINGS_H
#define PAIDAN_CLI_RINGS_H

#include "cli_geojson.h"

/* The same areas with simple rings; *n polygons. What needs no cutting is not copied. */
struct geo_polygon *rings_untangle(struct arena *a, struct geo_polygon *polygons, size_t *n);

#endif
