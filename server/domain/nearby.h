/*
 * nearby: points in a grid of small cells, to be met from a centre outwards without looking at all of them.
 *
 * Nouns: an item is a small number, from 0, that its owner has given a point; a cell is CELL_E6 by CELL_E6 of a
 * degree (56 m from south to north); a search yields cells ring by ring around the centre's own, each with the least
 * distance that its items and those of all later cells can have. Where most cells around are empty the rings end and
 * what is left comes in any order, so that a search never looks at more than a few times the cells there are. It
 * comes back after every ring, found or not: whoever searches an empty town says when it has been enough. Within a
 * cell items come by number: of many that are alike the first is met first.
 * An item costs 12 bytes, and 4 by 4 cells in one of which one was ever put some 90.
 * Ownership: nothing is borrowed; a search is over when anything is put in or taken out.
 * Errors: nearby_put answers false when out of memory, and the item is in no cell then.
 */
#ifndef PAIDAN_DOMAIN_NEARBY_H
#define PAIDAN_DOMAIN_NEARBY_H

#include "domain/geo.h"

/* No item: the last of its cell, or in none. */
#define NEARBY_NONE UINT32_MAX

struct nearby;

/* NULL when out of memory. */
struct nearby *nearby_new(void);
/* NULL-safe. */
void nearby_free(struct nearby *nearby);
/* Puts the item in, or moves it. */
bool nearby_put(struct nearby *nearby, uint32_t item, struct geo_point point);
/* Takes it out; nothing happens when it is in no cell. */
void nearby_remove(struct nearby *nearby, uint32_t item);
/* Of an item that was put in. */
struct geo_point nearby_point(const struct nearby *nearby, uint32_t item);

struct nearby_search {
	const struct nearby *nearby;
	struct geo_point centre;
	int64_t x, y;
	int64_t ring;   /* how many cells away */
	int64_t dx, dy; /* from the centre's cell: the ring's next */
	size_t rest;    /* cells of the table that were looked at, once the rings have ended */
	bool rings_ended;
	uint64_t n_places; /* looked at so far, empty or not */
	/* of the cell that nearby_next has found */
	uint32_t first; /* then nearby_after; NEARBY_NONE: none, so far */
	uint32_t least_m;
};

struct nearby_search nearby_search(const struct nearby *nearby, struct geo_point centre);
/* The next cell in which there is anything, or none yet: at the end of each ring, and of each tile of what is left.
 * false: that was all. least_m never falls. */
bool nearby_next(struct nearby_search *search);
/* The next item of the same cell; NEARBY_NONE: that was the last. */
uint32_t nearby_after(const struct nearby *nearby, uint32_t item);

#endif
