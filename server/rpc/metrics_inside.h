/*
 * metrics_inside: how the segment lies in memory. For metrics.c and metrics_text.c only.
 *
 * Ownership and errors: see metrics.h.
 */
#ifndef PAIDAN_RPC_METRICS_INSIDE_H
#define PAIDAN_RPC_METRICS_INSIDE_H

#include "rpc/metrics.h"

enum metrics_type {
	METRICS_TYPE_TOTAL,
	METRICS_TYPE_GAUGE,
	METRICS_TYPE_GAUGE_MAX,     /* µs; the worst of all processes, in seconds */
	METRICS_TYPE_TOTAL_SECONDS, /* µs */
};

/* Upper bounds of the histogram's buckets: from an RPC that needs no store to one that waits for locks. */
#define METRICS_BOUNDS_US                                                                                           \
	{                                                                                                           \
		250, 500, 1000, 2500, 5000, 10000, 20000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, \
		    10000000                                                                                        \
	}

struct metrics {
	size_t n_slots;
	size_t n_methods;
	const char *const *paths;
	size_t slot_bytes;
	size_t bytes;
	uint8_t *memory;
};

struct metrics_slot *metrics_slot_at(const struct metrics *m, size_t slot);
bool metrics_is_total(enum metrics_value value);

#endif
