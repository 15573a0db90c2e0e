#include "domain/nearby.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"

enum {
	CELL_E6 = 500,
	/* Cells around a circle of latitude: behind the last comes the first. */
	COLUMNS = 360000000 / CELL_E6,
	FIRST_CELLS = 64,
	FIRST_ITEMS = 4,
	/* Rings end when they would look at more than so many places for each cell there is. */
	PLACES_PER_CELL = 4,
};

static const double RADIANS_PER_E6 = 3.14159265358979323846 / 180e6;
static const double EARTH_RADIUS_M = 6371008.8;

struct nearby_cell {
	int64_t x, y;
	struct nearby_item **items;
	size_t n, room;
};

/* Cells in an open table; they stay when they become empty: members move, homes don't. */
struct nearby {
	struct nearby_cell **table;
	size_t room, n;
};

struct nearby *nearby_new(void)
{
	struct nearby *n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->table = calloc(FIRST_CELLS, sizeof(*n->table));
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
	for (size_t i = 0; i < n->room; i++) {
		if (n->table[i] == NULL)
			continue;
		free(n->table[i]->items);
		free(n->table[i]);
	}
	free(n->table);
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

static size_t place_of(struct nearby_cell *const *table, size_t room, int64_t x, int64_t y)
{
	size_t at = (size_t)hash_mix64((uint64_t)y * COLUMNS + (uint64_t)x) & (room - 1);
	while (table[at] != NULL && (table[at]->x != x || table[at]->y != y))
		at = (at + 1) & (room - 1);
	return at;
}

static bool widen(struct nearby *n)
{
	size_t room = n->room * 2;
	struct nearby_cell **table = calloc(room, sizeof(*table));
	if (table == NULL)
		return false;
	for (size_t i = 0; i < n->room; i++) {
		struct nearby_cell *cell = n->table[i];
		if (cell != NULL)
			table[place_of(table, room, cell->x, cell->y)] = cell;
	}
	free(n->table);
	n->table = table;
	n->room = room;
	return true;
}

static struct nearby_cell *cell_of(struct nearby *n, int64_t x, int64_t y)
{
	size_t at = place_of(n->table, n->room, x, y);
	if (n->table[at] != NULL)
		return n->table[at];
	if (2 * (n->n + 1) > n->room) {
		if (!widen(n))
			return NULL;
		at = place_of(n->table, n->room, x, y);
	}
	struct nearby_cell *cell = calloc(1, sizeof(*cell));
	if (cell == NULL)
		return NULL;
	cell->x = x;
	cell->y = y;
	n->table[at] = cell;
	n->n++;
	return cell;
}

void nearby_remove(struct nearby_item *item)
{
	struct nearby_cell *cell = item->cell;
	if (cell == NULL)
		return;
	cell->items[item->at] = cell->items[--cell->n];
	cell->items[item->at]->at = item->at;
	item->cell = NULL;
}

bool nearby_put(struct nearby *n, struct nearby_item *item, struct geo_point point)
{
	int64_t x = column_of(point.lon_e6), y = row_of(point.lat_e6);
	if (item->cell != NULL && item->cell->x == x && item->cell->y == y)
		return true;
	nearby_remove(item);
	struct nearby_cell *cell = cell_of(n, x, y);
	if (cell == NULL)
		return false;
	if (cell->n == cell->room) {
		size_t room = cell->room == 0 ? FIRST_ITEMS : cell->room * 2;
		struct nearby_item **items = realloc(cell->items, room * sizeof(struct nearby_item *));
		if (items == NULL)
			return false;
		cell->items = items;
		cell->room = room;
	}
	item->cell = cell;
	item->at = cell->n;
	cell->items[cell->n++] = item;
	return true;
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

static int64_t ring_cells(int64_t ring)
{
	return ring == 0 ? 1 : 8 * ring;
}

/* The step-th place of the ring: along its southern edge, the northern, the western, the eastern. */
static void place_in_ring(const struct nearby_search *s, int64_t *x, int64_t *y)
{
	int64_t r = s->ring, side = 2 * r + 1, step = s->step;
	if (step < 2 * side) {
		*x = s->x - r + step % side;
		*y = step < side ? s->y - r : s->y + r;
	} else {
		int64_t rest = step - 2 * side, inner = side - 2;
		*x = rest < inner ? s->x - r : s->x + r;
		*y = s->y - r + 1 + rest % inner;
	}
	*x = (*x % COLUMNS + COLUMNS) % COLUMNS;
}

static void found(struct nearby_search *s, const struct nearby_cell *cell)
{
	s->items = cell->items;
	s->n = cell->n;
}

static bool next_of_ring(struct nearby_search *s)
{
	while (s->step < ring_cells(s->ring)) {
		int64_t x, y;
		place_in_ring(s, &x, &y);
		s->step++;
		const struct nearby_cell *cell = s->nearby->table[place_of(s->nearby->table, s->nearby->room, x, y)];
		if (cell != NULL && cell->n > 0) {
			found(s, cell);
			return true;
		}
	}
	return false;
}

/* Cells that no ring has come by. */
static bool next_of_rest(struct nearby_search *s)
{
	while (s->rest < s->nearby->room) {
		const struct nearby_cell *cell = s->nearby->table[s->rest++];
		if (cell == NULL || cell->n == 0)
			continue;
		int64_t dx = llabs(cell->x - s->x), dy = llabs(cell->y - s->y);
		dx = dx > COLUMNS - dx ? COLUMNS - dx : dx;
		if ((dx > dy ? dx : dy) < s->ring)
			continue;
		found(s, cell);
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
		s->step = 0;
		s->least_m = least_m(s);
		int64_t side = 2 * s->ring + 1;
		s->rings_ended = side * side > PLACES_PER_CELL * (int64_t)s->nearby->n || side > COLUMNS;
	}
	return next_of_rest(s);
}
