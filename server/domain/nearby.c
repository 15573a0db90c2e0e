#include "domain/nearby.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"

enum {
	CELL_E6 = 500,
	/* Cells around a circle of latitude: behind the last comes the first. */
	COLUMNS = 360000000 / CELL_E6,
	/* Cells lie in tiles of 4 by 4, so that neighbours are near in memory, too. */
	TILE_SHIFT = 2,
	TILE_SIDE = 1 << TILE_SHIFT,
	TILE_CELLS = TILE_SIDE * TILE_SIDE,
	FIRST_SLOTS = 64,
	FIRST_TILES = 8,
	FIRST_ITEMS = 64,
	/* Rings end when they would look at more than so many places for each cell there is. */
	PLACES_PER_CELL = 2,
};

/* The next of an item that is in no cell. */
#define OUTSIDE (NEARBY_NONE - 1)

static const double RADIANS_PER_E6 = 3.14159265358979323846 / 180e6;
static const double EARTH_RADIUS_M = 6371008.8;

/* A tile stays when it becomes empty: members move, homes don't. */
struct tile {
	int32_t x, y;
	uint32_t first[TILE_CELLS];
};

struct item {
	uint32_t next; /* NEARBY_NONE: the last of its cell */
	int32_t lat_e6, lon_e6;
};

struct nearby {
	struct tile *tiles;
	uint32_t n_tiles, tiles_room;
	uint32_t *slots; /* an open table: a tile's number + 1; 0: empty */
	size_t n_slots;  /* a power of two */
	struct item *items;
	size_t n_items, items_room;
};

struct nearby *nearby_new(void)
{
	struct nearby *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->slots = calloc(FIRST_SLOTS, sizeof(*n->slots));
	n->n_slots = FIRST_SLOTS;
	if (n->slots == NULL) {
		free(n);
		return NULL;
	}
	return n;
}

void nearby_free(struct nearby *n)
{
	if (n == NULL)
		return;
	free(n->tiles);
	free(n->slots);
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

/* Where the tile's number is, or would be. */
static uint32_t *slot_of(const struct nearby *n, int64_t x, int64_t y)
{
	size_t at = (size_t)hash_mix64((uint64_t)y * COLUMNS + (uint64_t)x) & (n->n_slots - 1);
	while (n->slots[at] != 0) {
		const struct tile *tile = &n->tiles[n->slots[at] - 1];
		if (tile->x == x && tile->y == y)
			break;
		at = (at + 1) & (n->n_slots - 1);
	}
	return &n->slots[at];
}

/* NULL: nothing was ever in it. */
static struct tile *tile_of(const struct nearby *n, int64_t x, int64_t y)
{
	uint32_t number = *slot_of(n, x >> TILE_SHIFT, y >> TILE_SHIFT);
	return number == 0 ? NULL : &n->tiles[number - 1];
}

static unsigned cell_in_tile(int64_t x, int64_t y)
{
	return (unsigned)((y & (TILE_SIDE - 1)) * TILE_SIDE + (x & (TILE_SIDE - 1)));
}

static bool make_slots(struct nearby *n)
{
	if (2 * ((size_t)n->n_tiles + 1) <= n->n_slots)
		return true;
	uint32_t *former = n->slots, *slots = calloc(2 * n->n_slots, sizeof(*slots));
	if (slots == NULL)
		return false;
	n->slots = slots;
	n->n_slots *= 2;
	for (uint32_t i = 0; i < n->n_tiles; i++)
		*slot_of(n, n->tiles[i].x, n->tiles[i].y) = i + 1;
	free(former);
	return true;
}

static bool make_tile_room(struct nearby *n)
{
	if (n->n_tiles < n->tiles_room)
		return true;
	uint32_t room = n->tiles_room + n->tiles_room / 8 + FIRST_TILES;
	struct tile *tiles = realloc(n->tiles, room * sizeof(*tiles));
	if (tiles == NULL)
		return false;
	n->tiles = tiles;
	n->tiles_room = room;
	return true;
}

/* The first item of the cell; NULL when out of memory. */
static uint32_t *cell_of(struct nearby *n, struct geo_point point)
{
	int64_t x = column_of(point.lon_e6), y = row_of(point.lat_e6);
	struct tile *tile = tile_of(n, x, y);
	if (tile == NULL) {
		if (!make_slots(n) || !make_tile_room(n))
			return NULL;
		tile = &n->tiles[n->n_tiles];
		*tile = (struct tile){.x = (int32_t)(x >> TILE_SHIFT), .y = (int32_t)(y >> TILE_SHIFT)};
		for (size_t i = 0; i < TILE_CELLS; i++)
			tile->first[i] = NEARBY_NONE;
		*slot_of(n, tile->x, tile->y) = ++n->n_tiles;
	}
	return &tile->first[cell_in_tile(x, y)];
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
	uint32_t *at = cell_of(n, nearby_point(n, item)); /* it is there: no memory is needed */
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
	uint32_t *first = cell_of(n, point);
	if (first == NULL)
		return false;
	while (*first < item) /* NEARBY_NONE is more than any; an item that is put in is mostly the last of few */
		first = &n->items[*first].next;
	n->items[item] = (struct item){*first, point.lat_e6, point.lon_e6};
	*first = item;
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
	const struct tile *tile = NULL;
	int64_t tile_x = -1, tile_y = -1;
	while (s->dy <= s->ring) {
		int64_t x = s->x + s->dx, y = s->y + s->dy;
		x = x < 0 ? x + COLUMNS : x >= COLUMNS ? x - COLUMNS : x;
		step(s);
		s->n_places++;
		if (x >> TILE_SHIFT != tile_x || y >> TILE_SHIFT != tile_y) {
			tile_x = x >> TILE_SHIFT;
			tile_y = y >> TILE_SHIFT;
			tile = tile_of(s->nearby, x, y);
		}
		s->first = tile == NULL ? NEARBY_NONE : tile->first[cell_in_tile(x, y)];
		if (s->first != NEARBY_NONE)
			return true;
	}
	s->first = NEARBY_NONE;
	return false;
}

static void next_ring(struct nearby_search *s)
{
	s->ring++;
	s->dx = s->dy = -s->ring;
	s->least_m = least_m(s);
	int64_t side = 2 * s->ring + 1;
	s->rings_ended = side * side > PLACES_PER_CELL * TILE_CELLS * (int64_t)s->nearby->n_tiles || side > COLUMNS;
}

/* A cell that no ring has come by, or the end of its tile; false: that was the last tile. */
static bool next_of_rest(struct nearby_search *s)
{
	if (s->rest == (size_t)s->nearby->n_tiles * TILE_CELLS)
		return false;
	const struct tile *tile = &s->nearby->tiles[s->rest / TILE_CELLS];
	do {
		size_t cell = s->rest % TILE_CELLS;
		s->rest++;
		s->n_places++;
		s->first = tile->first[cell];
		int64_t dx = llabs((int64_t)tile->x * TILE_SIDE + (int64_t)(cell % TILE_SIDE) - s->x);
		int64_t dy = llabs((int64_t)tile->y * TILE_SIDE + (int64_t)(cell / TILE_SIDE) - s->y);
		dx = dx > COLUMNS - dx ? COLUMNS - dx : dx;
		if (s->first != NEARBY_NONE && (dx > dy ? dx : dy) < s->ring)
			s->first = NEARBY_NONE;
	} while (s->first == NEARBY_NONE && s->rest % TILE_CELLS != 0);
	return true;
}

bool nearby_next(struct nearby_search *s)
{
	if (s->rings_ended)
		return next_of_rest(s);
	if (!next_of_ring(s))
		next_ring(s);
	return true;
}
