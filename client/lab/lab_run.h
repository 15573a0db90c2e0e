/*
 * lab_run: what became of a trace in one replay, and the figures of it.
 *
 * Nouns: a run is one replay with one seed's coins. Figures are what runs are compared by; the Gini index is over all
 * members; a member-day is one of the days of the trace and one member, asked or not; the response of an order that
 * nobody served is its whole time. Who is there for minutes has one day. Ownership: all of it lies in the arena.
 * Errors: none.
 */
#ifndef PAIDAN_LAB_RUN_H
#define PAIDAN_LAB_RUN_H

#include "lab_trace.h"

#define LAB_NOBODY UINT32_MAX

struct lab_run {
	uint32_t *member_of;  /* of each order; LAB_NOBODY: not served */
	double *served_s;     /* of each order */
	float *metres;        /* of each order that was served */
	uint32_t *offers;     /* of each member */
	uint32_t *day_offers; /* of each member and, of theirs, each day; NULL: one day */
	size_t n_days;
	uint64_t n_offers;
	uint32_t n_served;
	double utility;
};

enum lab_figure {
	FIGURE_SERVED,
	FIGURE_SERVED_SHARE,
	FIGURE_UTILITY,
	FIGURE_OPT,
	FIGURE_OPT_CLAIRVOYANT,
	FIGURE_RATIO_OPT,
	FIGURE_RATIO_CLAIRVOYANT,
	FIGURE_WAIT_P50_S,
	FIGURE_WAIT_P90_S,
	FIGURE_WAIT_MEAN_S,
	FIGURE_RESPONSE_MEAN_S,
	FIGURE_METRES_MEAN,
	FIGURE_OFFERS_PER_COMPLETION,
	FIGURE_GINI_DONE,
	FIGURE_GINI_OFFERS,
	FIGURE_OFFERS_P99,
	FIGURE_OFFERS_MAX,
	FIGURE_SECONDS, /* that the replay took, of processor time */
	FIGURE_COUNT,
};
/* As in the JSON: "wait_p50_s". */
const char *lab_figure_name(enum lab_figure figure);

/* days: whether members stay for days. */
struct lab_run lab_run_new(struct arena *a, const struct lab_trace *trace, bool days);
/* All figures but the bounds, their ratios and the seconds. */
void lab_run_measure(struct arena *a, const struct lab_trace *trace, const struct lab_run *run,
		     double figures[FIGURE_COUNT]);
/* Sorts the values. */
double lab_gini(double *values, size_t n);
/* The q-th share of sorted values, the least that so many are not above. */
double lab_quantile(const double *sorted, size_t n, double q);
void lab_sort(double *values, size_t n);

#endif
