#include "domain/nearby.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"

enum {
	CELL_E6 = 500,
	/* Cells around a circle of latitude: behind the last comes the first. */
	COLUMNS = 360000000 / CELL_E6,
	FIRST_CELLS = 64,
	FIRST_ITEMS = 64,
	/* Rings end when they would look at more than so many places for each cell there is. */
	PLACES_PER_CELL = 4,
};

/* The next of an item that is in no cell. */
#define OUTSIDE (NEARBY_NONE - 1)

static const double RADIANS_PER_E6 = 3.14159265358979323846 / 180e6;
static const double EARTH_RADIUS_M = 6371008.8;

/* In an open table; a cell stays when it becomes empty: members move, homes don't. */
struct cell {
	int32_t x, y; /* x < 0: nothing was ever here */
	uint32_t first;
};

struct item {
	uint32_t next; /* NEARBY_NONE: the last of its cell */
	int32_t lat_e6, lon_e6;
};

struct nearby {
	struct cell *table;
	size_t room, n;
	struct item *items;
	size_t n_items, items_room;
};

static struct cell *new_table(size_t room)
{
	struct cell *table = malloc(room * sizeof(*table));
	for (size_t i = 0; table != NULL && i < room; i++)
		table[i] = (struct cell){-1, 0, NEARBY_NONE};
	return table;
}

struct nearby *nearby_new(void)
{
	struct nearby *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->table = new_table(FIRST_CELLS);
	if (n->table == NULL) {
		free(n);
		return NULL;
	}
	n->room = FIRST_CELLS;
	return n;
}

void nearby_free(struct nearby *n)
{
	if (n == NULL)
		return;
	free(n->table);
	free(n->items);
	free(n);
}

static int64_t row_of(int32_t lat_e6)
{
	return ((int64_t)lat_e6 + 90000000) / CELL_E6;
}

static int64_t column_of(int32_t lon_e6)
{
	return ((int64_t)lon_e6 + 180000000) / CELL_E6 % COLUMNS;
}

/* Where the cell is, or would be. */
static struct cell *place_of(struct cell *table, size_t room, int64_t x, int64_t y)
{
	size_t at = (size_t)hash_mix64((uint64_t)y * COLUMNS + (uint64_t)x) & (room - 1);
	while (table[at].x >= 0 && (table[at].x != x || table[at].y != y))
		at = (at + 1) & (room - 1);
	return &table[at];
}

static bool widen(struct nearby *n)
{
	size_t room = n->room * 2;
	struct cell *table = new_table(room);
	if (table == NULL)
		return false;
	for (size_t i = 0; i < n->room; i++) {
		const struct cell *cell = &n->table[i];
		if (cell->x >= 0)
			*place_of(table, room, cell->x, cell->y) = *cell;
	}
	free(n->table);
	n->table = table;
	n->room = room;
	return true;
}

/* NULL when out of memory. */
static struct cell *cell_of(struct nearby *n, struct geo_point point)
{
	int64_t x = column_of(point.lon_e6), y = row_of(point.lat_e6);
	struct cell *cell = place_of(n->table, n->room, x, y);
	if (cell->x >= 0)
		return cell;
	if (8 * (n->n + 1) > 5 * n->room) {
		if (!widen(n))
			return NULL;
		cell = place_of(n->table, n->room, x, y);
	}
	*cell = (struct cell){(int32_t)x, (int32_t)y, NEARBY_NONE};
	n->n++;
	return cell;
}

struct geo_point nearby_point(const struct nearby *n, uint32_t item)
{
	return (struct geo_point){n->items[item].lat_e6, n->items[item].lon_e6};
}

/* Few live in one cell: the way to an item is short. */
void nearby_remove(struct nearby *n, uint32_t item)
{
	if (item >= n->n_items || n->items[item].next == OUTSIDE)
		return;
	uint32_t *at = &cell_of(n, nearby_point(n, item))->first; /* it is there: no memory is needed */
	while (*at != item)
		at = &n->items[*at].next;
	*at = n->items[item].next;
	n->items[item].next = OUTSIDE;
}

/* An eighth more at a time: what lies idle counts for every member. */
static bool make_item(struct nearby *n, uint32_t item)
{
	if (item >= n->items_room) {
		size_t room = item + item / 8 + FIRST_ITEMS;
		struct item *items = realloc(n->items, room * sizeof(*items));
		if (items == NULL)
			return false;
		n->items = items;
		n->items_room = room;
	}
	while (n->n_items <= item)
		n->items[n->n_items++] = (struct item){OUTSIDE, 0, 0};
	return true;
}

bool nearby_put(struct nearby *n, uint32_t item, struct geo_point point)
{
	if (!make_item(n, item))
		return false;
	nearby_remove(n, item);
	struct cell *cell = cell_of(n, point);
	if (cell == NULL)
		return false;
	n->items[item] = (struct item){cell->first, point.lat_e6, point.lon_e6};
	cell->first = item;
	return true;
}

uint32_t nearby_after(const struct nearby *n, uint32_t item)
{
	return n->items[item].next;
}

struct nearby_search nearby_search(const struct nearby *n, struct geo_point centre)
{
	return (struct nearby_search){
	    .nearby = n, .centre = centre, .x = column_of(centre.lon_e6), .y = row_of(centre.lat_e6)};
}

/* What lies in a cell `ring` away is at least this far: ring - 1 whole cells are between, to the north or
 * south, or to the east or west. The nearest point of a meridian: sin d = cos lat · sin Δlon (Napier). */
static uint32_t least_m(const struct nearby_search *s)
{
	if (s->ring < 2)
		return 0;
	double gap = (double)(s->ring - 1) * CELL_E6 * RADIANS_PER_E6;
	double across = gap < acos(0) ? asin(cos(s->centre.lat_e6 * RADIANS_PER_E6) * sin(gap)) : 0;
	double m = EARTH_RADIUS_M * fmin(gap, across);
	return m <= 1 ? 0 : (uint32_t)(m - 1); /* distances are rounded */
}

/* On to the next cell of the ring: row by row from the south, of all but the first and last row only the ends. */
static void step(struct nearby_search *s)
{
	bool whole_row = s->dy == -s->ring || s->dy == s->ring;
	s->dx = whole_row || s->dx == s->ring ? s->dx + 1 : s->ring;
	if (s->dx > s->ring) {
		s->dx = -s->ring;
		s->dy++;
	}
}

static bool next_of_ring(struct nearby_search *s)
{
	while (s->dy <= s->ring) {
		int64_t x = s->x + s->dx, y = s->y + s->dy;
		x = x < 0 ? x + COLUMNS : x >= COLUMNS ? x - COLUMNS : x;
		step(s);
		s->n_places++;
		s->first = place_of(s->nearby->table, s->nearby->room, x, y)->first;
		if (s->first != NEARBY_NONE)
			return true;
	}
	return false;
}

/* Cells that no ring has come by. */
static bool next_of_rest(struct nearby_search *s)
{
	while (s->rest < s->nearby->room) {
		const struct cell *cell = &s->nearby->table[s->rest++];
		s->n_places++;
		if (cell->first == NEARBY_NONE)
			continue;
		int64_t dx = llabs(cell->x - s->x), dy = llabs(cell->y - s->y);
		dx = dx > COLUMNS - dx ? COLUMNS - dx : dx;
		if ((dx > dy ? dx : dy) < s->ring)
			continue;
		s->first = cell->first;
		return true;
	}
	return false;
}

bool nearby_next(struct nearby_search *s)
{
	while (!s->rings_ended) {
		if (next_of_ring(s))
			return true;
		s->ring++;
		s->dx = s->dy = -s->ring;
		s->least_m = least_m(s);
		int64_t side = 2 * s->ring + 1;
		s->rings_ended = side * side > PLACES_PER_CELL * (int64_t)s->nearby->n || side > COLUMNS;
	}
	return next_of_rest(s);
}
