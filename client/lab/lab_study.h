/*
 * lab_study: one trace, one policy, several seeds: bounds, replays, figures.
 *
 * Nouns: a study has the figures of each seed, their means and their spread (the standard deviation over seeds). The
 * bounds are over all feasible pairs, and over those whose coin says yes. Where members serve again and again, they
 * count what each order could have from anybody in reach. Ownership: everything lies in the arena; last is the run of
 * the last seed. Errors: what lab_broker says, in err and fault.
 */
#ifndef PAIDAN_LAB_STUDY_H
#define PAIDAN_LAB_STUDY_H

#include "lab_broker.h"
#include "lab_coins.h"
#include "lab_policy.h"
#include "lab_run.h"

enum { STUDY_SEEDS_MAX = 1000 };

struct lab_study_options {
	const struct lab_trace *trace;
	const struct lab_policy *policy;
	double accept;
	uint32_t first_seed, seeds;
	/* Played through the broker by these rules (lab_broker.h); NULL: by the lab's own models. */
	const Policy *rules;
	double service_s; /* a job takes so long, then its member is free again; 0: they serve once */
	void (*progress)(void *arg, uint32_t done, uint32_t n); /* NULL: none */
	void *arg;
};

struct lab_study {
	uint32_t n_seeds, n_pairs;
	double (*figures)[FIGURE_COUNT]; /* of each seed */
	double means[FIGURE_COUNT], spreads[FIGURE_COUNT];
	struct lab_run last;
	enum err err; /* of the broker's rules */
	struct fault fault;
};

struct lab_study lab_study_make(struct arena *a, const struct lab_study_options *options);
/* Mean and spread of n rows. */
void lab_study_average(double (*rows)[FIGURE_COUNT], size_t n, double *means, double *spreads);

#endif
