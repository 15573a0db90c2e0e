#include "bench_hist.h"

#define HOUR_NS 3600000000000ull

/* Below HIST_STEPS every ns has its bucket; above, the top 7 bits of the time choose it. */
static size_t bucket_of(uint64_t ns)
{
	if (ns < HIST_STEPS)
		return (size_t)ns;
	unsigned shift = 57 - (unsigned)__builtin_clzll(ns);
	return (size_t)shift * HIST_STEPS + (size_t)(ns >> shift);
}

/* The largest time of a bucket. */
static uint64_t bucket_end(size_t bucket)
{
	if (bucket < 2 * (size_t)HIST_STEPS)
		return bucket;
	unsigned shift = (unsigned)(bucket / HIST_STEPS) - 1;
	uint64_t top = bucket % HIST_STEPS + HIST_STEPS;
	return ((top + 1) << shift) - 1;
}

void hist_add(struct hist *h, uint64_t ns)
{
	if (ns > HOUR_NS)
		ns = HOUR_NS;
	h->n++;
	h->sum_ns += ns;
	if (ns > h->max_ns)
		h->max_ns = ns;
	h->buckets[bucket_of(ns)]++;
}

uint64_t hist_quantile_ns(const struct hist *h, double q)
{
	uint64_t seen = 0;
	uint64_t rank = (uint64_t)(q * (double)h->n);
	if ((double)rank < q * (double)h->n || rank == 0)
		rank++;
	for (size_t i = 0; i < HIST_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen >= rank)
			return bucket_end(i) < h->max_ns ? bucket_end(i) : h->max_ns;
	}
	return h->max_ns;
}

double hist_quantile_ms(const struct hist *h, double q)
{
	return (double)hist_quantile_ns(h, q) / 1e6;
}
