/*
 * rates: what became of orders, as counts that add up: the three rates (三率) of a grid, a community, a
 * member, a period are sums of them.
 *
 * Nouns: a fate is what an order came to, a small number; a cell is a day, a category, a fate and, of valid
 * orders, how long they took (times.h), and the sums of a grid or member are kept by cell, a span of days to an
 * index. An order adds 1 to the cell of the day it was placed on and, once it has ended, 1 to that of the day it
 * ended on. Both are functions of the record alone, so that the sums can be made again from the records: they are kept
 * in an edition, which the record names, and counting again (service/recount_service.c) moves all orders into a new
 * one. Rules: an order that ended counts (is valid) unless it was cancelled for the resident before its promised time
 * had passed, rejected, merged into another, or excluded by two people (exclusion.h). Whether it was solved is the
 * resident's word; unrated, that of who completed it. Ownership: texts go to the caller's buffers. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_RATES_H
#define PAIDAN_DOMAIN_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "paidan_pb.h"

/* Days whose cells share an index: a few hundred cells, which Redis keeps compact. */
enum { RATES_SPAN_DAYS = 32, RATES_CELL_CHARS = 12 };
/* With fewer valid orders a row says so. */
enum { RATES_FEW = 30 };

enum { FATE_OPEN, FATE_PLACED, FATE_CANCELLED, FATE_REJECTED, FATE_MERGED, FATE_EXCLUDED, FATE_VALID = 16 };

struct rates_cell {
	int32_t day; /* days since 1970-01-01, local */
	char category_id[9];
	unsigned fate;
	/* Buckets of the time from placing to the first acceptance, and to the completion. TIMES_NONE: neither
	 * happened, or the cell is from before they were counted. */
	unsigned accepted, done;
};

/* FATE_OPEN while it has not ended. */
unsigned rates_fate(const OrderRecord *order);
bool rates_counts(const OrderRecord *order);
/* The cells that it counts in; false while it has not ended. */
void rates_placed(const OrderRecord *order, struct rates_cell *out);
bool rates_ended(const OrderRecord *order, struct rates_cell *out);

int32_t rates_span(int32_t day);
void rates_cell_write(const struct rates_cell *cell, char out[RATES_CELL_CHARS + 1]);
/* False when the text is no cell. */
bool rates_cell_read(int32_t span, struct slice text, struct rates_cell *out);

void rates_add(RateCounts *counts, unsigned fate, uint64_t n);
/* The rates of the row's counts. */
void rates_work_out(RateRow *row);

#endif
