/*
 * bench_hist: how long things took, in little memory.
 *
 * Nouns: a hist counts times in buckets that widen with the time: 64 to each doubling, so that a quantile is
 * right to 1.6 %.
 * Ownership: a value; {0} is an empty hist. Errors: none; times beyond an hour count as an hour.
 */
#ifndef PAIDAN_CLI_BENCH_HIST_H
#define PAIDAN_CLI_BENCH_HIST_H

#include <stddef.h>
#include <stdint.h>

enum {
	HIST_STEPS = 64, /* to each doubling */
	/* An hour is below 2^42 ns; the first two doublings of HIST_STEPS share exact buckets. */
	HIST_BUCKETS = (42 - 5) * HIST_STEPS,
};

struct hist {
	uint64_t n;
	uint64_t max_ns;
	uint64_t sum_ns;
	uint32_t buckets[HIST_BUCKETS];
};

void hist_add(struct hist *h, uint64_t ns);
/* The time that a share q of all stayed below or at: q 0.5 is the median. 0 when there are none. */
uint64_t hist_quantile_ns(const struct hist *h, double q);
double hist_quantile_ms(const struct hist *h, double q);

#endif
