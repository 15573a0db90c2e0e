/*
 * nearby: points in a grid of small cells, to be met from a centre outwards without looking at all of them.
 *
 * Nouns: an item is a point that its owner has put in; a cell is CELL_E6 by CELL_E6 of a degree (56 m from
 * south to north); a search yields cells ring by ring around the centre's own, each with the least distance
 * that its items and those of all later cells can have. Where most cells around are empty the rings end and
 * what is left comes in any order, so that a search never looks at more than a few times the cells there are.
 * Ownership: items belong to the caller and must be taken out before they go; a cell's items are valid until
 * anything is put in or taken out.
 * Errors: nearby_put answers false when out of memory, and the item is in no cell then.
 */
#ifndef PAIDAN_DOMAIN_NEARBY_H
#define PAIDAN_DOMAIN_NEARBY_H

#include "domain/geo.h"

struct nearby;
struct nearby_cell;

struct nearby_item {
	struct nearby_cell *cell; /* NULL: in none */
	size_t at;
};

/* NULL when out of memory. */
struct nearby *nearby_new(void);
/* NULL-safe. */
void nearby_free(struct nearby *nearby);
/* Puts the item in, or moves it. */
bool nearby_put(struct nearby *nearby, struct nearby_item *item, struct geo_point point);
/* Takes it out; nothing happens when it is in no cell. */
void nearby_remove(struct nearby_item *item);

struct nearby_search {
	const struct nearby *nearby;
	struct geo_point centre;
	int64_t x, y;
	int64_t ring; /* how many cells away */
	int64_t step; /* cells of the ring that were looked at */
	size_t rest;  /* cells of the table that were looked at, once the rings have ended */
	bool rings_ended;
	/* of the cell that nearby_next has found */
	struct nearby_item **items;
	size_t n;
	uint32_t least_m;
};

struct nearby_search nearby_search(const struct nearby *nearby, struct geo_point centre);
/* false: that was all. least_m never falls. */
bool nearby_next(struct nearby_search *search);

#endif
