/*
 * scrape: what a /metrics page says, read from Prometheus' text.
 *
 * Nouns: a sample is one line: a name, its labels as they stand between the braces, and a number; a scrape is all
 * samples of one page. A series is what has the same name and labels in two scrapes.
 * Anything may stand in the text: lines that are not samples are skipped and counted, comments are not looked at,
 * beyond SCRAPE_MAX_SAMPLES the rest is skipped.
 * Ownership: a scrape owns its text and samples (scrape_free); samples' slices point into it.
 * Errors: scrape_parse_take false without memory.
 */
#ifndef PAIDAN_CLI_SCRAPE_H
#define PAIDAN_CLI_SCRAPE_H

#include "base/buf.h"

/* Sixty methods with fifteen buckets are a thousand lines; a page of somebody else must not fill the memory. */
enum { SCRAPE_MAX_SAMPLES = 50000, SCRAPE_MAX_BYTES = 8 * 1024 * 1024 };

struct sample {
	struct slice name;
	struct slice labels; /* without the braces */
	double value;        /* may be infinite or not a number */
};

struct scrape {
	struct buf text;
	struct sample *samples; /* by name, then labels */
	size_t n;
	size_t skipped; /* lines that can't be read, or were too many */
};

/* The text moves into the scrape, also when it fails. */
bool scrape_parse_take(struct scrape *s, struct buf *text_take);
void scrape_free(struct scrape *s);

/* The first of the name's samples and, in *n, how many there are. */
const struct sample *scrape_named(const struct scrape *s, struct slice name, size_t *n);
/* By how much the series has grown since `before`; one that is new or was reset grew from 0. Never negative, never
 * infinite. */
double scrape_growth(const struct scrape *before, const struct sample *sample);
/* All series of the name together; false when there is none. */
bool scrape_sum(const struct scrape *s, const char *name, double *sum);
bool scrape_max(const struct scrape *s, const char *name, double *max);
bool scrape_grown(const struct scrape *before, const struct scrape *now, const char *name, double *growth);

/* A label's value with \\, \" and \n resolved; false when there is none or no room for it. */
bool sample_label(const struct sample *sample, const char *name, char *to, size_t room);

/* One bucket of a histogram: how many were at most `le`. */
struct bucket {
	double le;
	double count;
};

/* What a share q of all stayed below, between the bounds as if spread evenly; buckets in rising order, the last one
 * is +Inf. 0 when there are none. */
double bucket_quantile(const struct bucket *buckets, size_t n, double q);

#endif
