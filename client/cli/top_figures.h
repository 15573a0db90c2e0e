/*
 * top_figures: what `paidan top` reckons from two scrapes.
 *
 * Nouns: a round is two scrapes and the time between them; a figure is one number of it, with its unit (a row of
 * top_figures, in groups); a method is what became of one RPC method's calls in the round; a code is an error that
 * RPCs ended with.
 * Ownership: a round borrows its scrapes; a calls value is filled by the caller's call and owns nothing.
 * Errors: figures that the page doesn't have are left out; methods beyond TOP_MAX_METHODS too.
 */
#ifndef PAIDAN_CLI_TOP_FIGURES_H
#define PAIDAN_CLI_TOP_FIGURES_H

#include "scrape.h"

struct round {
	const struct scrape *before, *now;
	double seconds;
	int64_t at_ms; /* since 1970 */
};

enum figure_kind {
	FIGURE_RATE,       /* growth per second */
	FIGURE_BYTES_RATE, /* likewise, of bytes */
	FIGURE_SHARE,      /* growth in seconds per second: 1 is one core */
	FIGURE_COUNT,
	FIGURE_BYTES,
	FIGURE_SECONDS, /* the worst */
};

struct figure {
	const char *group;  /* in JSON */
	const char *key;    /* in JSON */
	const char *metric; /* its name on the page */
	enum figure_kind kind;
	bool trouble; /* other than 0 is worth a look */
	const char *zh, *en;
};

extern const struct figure top_figures[];
extern const size_t top_n_figures;

/* What a group is called. */
struct figure_group {
	const char *name;
	const char *zh, *en;
};
extern const struct figure_group top_groups[];
extern const size_t top_n_groups;

/* False when the page doesn't have it. */
bool figure_value(const struct figure *figure, const struct round *round, double *value);

/* The broker has seventy methods. */
enum { TOP_MAX_METHODS = 128, TOP_MAX_BUCKETS = 32, TOP_MAX_CODES = 20 };

struct top_method {
	char name[96]; /* "OrderService/PlaceOrder" */
	double calls, errors;
	double p50_s, p99_s;
	struct bucket buckets[TOP_MAX_BUCKETS];
	size_t n_buckets;
};

struct top_code {
	char name[32];
	double calls;
};

struct top_calls {
	struct top_method methods[TOP_MAX_METHODS]; /* the busiest first */
	size_t n_methods;
	struct top_code codes[TOP_MAX_CODES]; /* the most frequent first; without OK */
	size_t n_codes;
};

/* Only what was called in the round. */
void top_calls_of(const struct round *round, struct top_calls *calls);

/* Whether the sample is in a figure or in the calls: what `-v` needn't show. */
bool top_is_known(struct slice name);

#endif
