/*
 * cells: reads the counts of what became of orders (domain/rates.h), for whoever adds them up.
 *
 * Nouns: a unit is a grid or member, known by its place in the list that is read for.
 * Ownership: what take is given is valid during the call. It is called for each cell of the period, unit by unit; since
 * a handler may run again before all is at hand, only what it gathered in its last run counts.
 * Errors: ERR_FIELD_OUT_OF_RANGE, of the field given, for a period and units that are more than LIMIT_RATE_READS
 * indexes; ERR_WANTED and the store's.
 */
#ifndef PAIDAN_SERVICE_CELLS_H
#define PAIDAN_SERVICE_CELLS_H

#include "domain/rates.h"
#include "txn/txn.h"

struct cells {
	const char *const *ids;
	size_t n_ids;
	int32_t from_day, until_day; /* both are in */
	const char *field;
	void (*take)(void *arg, size_t unit, const struct rates_cell *cell, uint64_t orders);
	void *arg;
};

enum err cells_read(struct txn *t, const struct cells *cells);

#endif
