#include "lab_study.h"

#include <math.h>
#include <time.h>

#include "lab_city.h"
#include "lab_opt.h"

struct studying {
	struct arena *a;
	const struct lab_study_options *options;
	bool city, weighted;
	struct lab_pairs pairs;
	double *values; /* of each pair, when they differ */
	bool *yes;      /* of each pair: the coin */
	double opt;
};

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double bound(struct studying *s, const struct lab_coins *coins)
{
	const struct lab_trace *t = s->options->trace;
	const struct lab_pairs *p = &s->pairs;
	if (s->city)
		return lab_city_opt(t, coins);
	for (uint32_t i = 0; coins != NULL && i < p->n_orders; i++) {
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++)
			s->yes[e] = lab_coin(coins, i, p->members[e]).word == LAB_YES;
	}
	const bool *allowed = coins == NULL ? NULL : s->yes;
	if (s->options->service_s > 0)
		return lab_opt_each(p, s->weighted ? s->values : NULL, allowed);
	return s->weighted ? lab_opt_value(s->a, p, s->values, allowed) : lab_opt_count(s->a, p, allowed);
}

static void prepare(struct studying *s)
{
	const struct lab_trace *t = s->options->trace;
	s->city = strcmp(t->dataset, "boston") == 0;
	s->weighted = strcmp(t->dataset, "gmission") == 0;
	if (!s->city) {
		s->pairs = lab_pairs_find(s->a, t);
		size_t n = s->pairs.first[t->n_orders];
		s->yes = arena_array(s->a, n, sizeof(*s->yes));
		s->values = arena_array(s->a, s->weighted ? n : 0, sizeof(*s->values));
		for (uint32_t i = 0; s->weighted && i < t->n_orders; i++) {
			for (uint32_t e = s->pairs.first[i]; e < s->pairs.first[i + 1]; e++)
				s->values[e] = t->orders[i].pay * t->members[s->pairs.members[e]].rate;
		}
	}
	s->opt = bound(s, NULL);
}

static enum err play_broker(struct studying *s, const struct lab_coins *coins, struct lab_study *study)
{
	const struct lab_study_options *o = s->options;
	struct lab_broker_options options = {
	    .trace = o->trace,
	    .rules = o->rules,
	    .coins = coins,
	    /* A city's volunteers always serve again. */
	    .service_s = s->city && o->service_s <= 0 ? CITY_BUSY_S : o->service_s,
	};
	return lab_broker_play(s->a, &options, &study->fault, &study->last);
}

static void play(struct studying *s, const struct lab_coins *coins, double *figures, struct lab_study *study)
{
	const struct lab_study_options *o = s->options;
	double since_s = cpu_s();
	if (o->rules != NULL)
		study->err = play_broker(s, coins, study);
	else
		study->last = s->city ? lab_city_play(s->a, o->trace, o->policy, coins)
				      : lab_windows_play(s->a, o->trace, &s->pairs, o->policy, coins, o->service_s);
	if (study->err != OK)
		return;
	struct lab_run run = study->last;
	figures[FIGURE_SECONDS] = cpu_s() - since_s;
	lab_run_measure(s->a, o->trace, &run, figures);
	figures[FIGURE_OPT] = s->opt;
	figures[FIGURE_OPT_CLAIRVOYANT] = coins->accept >= 1 ? s->opt : bound(s, coins);
	figures[FIGURE_RATIO_OPT] = s->opt > 0 ? run.utility / s->opt : 0;
	double clairvoyant = figures[FIGURE_OPT_CLAIRVOYANT];
	figures[FIGURE_RATIO_CLAIRVOYANT] = clairvoyant > 0 ? run.utility / clairvoyant : 0;
}

void lab_study_average(double (*rows)[FIGURE_COUNT], size_t n, double *means, double *spreads)
{
	for (size_t f = 0; f < FIGURE_COUNT; f++) {
		double sum = 0, squares = 0;
		for (size_t i = 0; i < n; i++)
			sum += rows[i][f];
		means[f] = n > 0 ? sum / (double)n : 0;
		for (size_t i = 0; i < n; i++)
			squares += (rows[i][f] - means[f]) * (rows[i][f] - means[f]);
		spreads[f] = n > 1 ? sqrt(squares / (double)(n - 1)) : 0;
	}
}

struct lab_study lab_study_make(struct arena *a, const struct lab_study_options *options)
{
	struct studying s = {.a = a, .options = options};
	struct lab_study study = {.n_seeds = options->seeds};
	prepare(&s);
	study.n_pairs = s.city ? 0 : s.pairs.first[options->trace->n_orders];
	study.figures = arena_array(a, options->seeds, sizeof(*study.figures));
	for (uint32_t i = 0; i < options->seeds && study.err == OK; i++) {
		struct arena_mark mark = arena_mark(a);
		struct lab_coins coins = {options->first_seed + i, options->accept};
		if (options->progress != NULL)
			options->progress(options->arg, i, options->seeds);
		play(&s, &coins, study.figures[i], &study);
		/* Only the last one is looked at again, and why it failed. */
		if (i + 1 < options->seeds && study.err == OK)
			arena_rewind(a, mark);
	}
	if (options->progress != NULL)
		options->progress(options->arg, options->seeds, options->seeds);
	lab_study_average(study.figures, study.n_seeds, study.means, study.spreads);
	return study;
}
