#include "lab_run.h"

#include <math.h>
#include <stdlib.h>

enum { DAY_S = 24 * 3600 };

const char *lab_figure_name(enum lab_figure figure)
{
	static const char *const names[] = {
	    "served",
	    "served_share",
	    "utility",
	    "opt",
	    "opt_clairvoyant",
	    "ratio_opt",
	    "ratio_clairvoyant",
	    "wait_p50_s",
	    "wait_p90_s",
	    "wait_mean_s",
	    "response_mean_s",
	    "metres_mean",
	    "offers_per_completion",
	    "gini_done",
	    "gini_offers",
	    "offers_per_volunteer_day_p99",
	    "offers_per_volunteer_day_max",
	    "seconds",
	};
	return names[figure];
}

struct lab_run lab_run_new(struct arena *a, const struct lab_trace *t, bool days)
{
	struct lab_run r = {.n_days = 1};
	r.member_of = arena_array(a, t->n_orders, sizeof(*r.member_of));
	if (t->n_orders > 0)
		memset(r.member_of, 0xff, t->n_orders * sizeof(*r.member_of));
	r.served_s = arena_array(a, t->n_orders, sizeof(*r.served_s));
	r.metres = arena_array(a, t->n_orders, sizeof(*r.metres));
	r.offers = arena_array(a, t->n_members, sizeof(*r.offers));
	if (days && t->n_orders > 0) {
		r.n_days = 1 + (size_t)(t->orders[t->n_orders - 1].at_s / DAY_S);
		r.day_offers = arena_array(a, r.n_days * t->n_members, sizeof(*r.day_offers));
	}
	return r;
}

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void lab_sort(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), rising);
}

double lab_gini(double *values, size_t n)
{
	double sum = 0, weighted = 0;
	lab_sort(values, n);
	for (size_t i = 0; i < n; i++) {
		sum += values[i];
		weighted += (double)(i + 1) * values[i];
	}
	return sum > 0 ? 2 * weighted / ((double)n * sum) - (double)(n + 1) / (double)n : 0;
}

double lab_quantile(const double *sorted, size_t n, double q)
{
	if (n == 0)
		return 0;
	size_t at = (size_t)ceil(q * (double)n);
	return sorted[at == 0 ? 0 : at - 1];
}

static void measure_members(struct arena *a, const struct lab_trace *t, const struct lab_run *r, double *figures)
{
	size_t n = t->n_members, days = r->n_days * n;
	double *values = arena_array(a, days > n ? days : n, sizeof(*values));
	for (uint32_t i = 0; i < t->n_orders; i++) {
		if (r->member_of[i] != LAB_NOBODY)
			values[r->member_of[i]]++;
	}
	figures[FIGURE_GINI_DONE] = lab_gini(values, n);
	for (size_t i = 0; i < n; i++)
		values[i] = r->offers[i];
	figures[FIGURE_GINI_OFFERS] = lab_gini(values, n);
	for (size_t i = 0; i < days; i++)
		values[i] = r->day_offers == NULL ? r->offers[i] : r->day_offers[i];
	lab_sort(values, days);
	figures[FIGURE_OFFERS_P99] = lab_quantile(values, days, 0.99);
	figures[FIGURE_OFFERS_MAX] = lab_quantile(values, days, 1);
}

void lab_run_measure(struct arena *a, const struct lab_trace *t, const struct lab_run *r, double figures[FIGURE_COUNT])
{
	struct arena_mark mark = arena_mark(a);
	double *waits = arena_array(a, t->n_orders, sizeof(*waits)), waited_s = 0, response_s = 0, metres = 0;
	size_t n = 0;
	for (uint32_t i = 0; i < t->n_orders; i++) {
		const struct lab_order *o = &t->orders[i];
		if (r->member_of[i] == LAB_NOBODY) {
			response_s += o->until_s - o->at_s;
			continue;
		}
		waits[n] = r->served_s[i] - o->at_s;
		waited_s += waits[n++];
		metres += r->metres[i];
	}
	lab_sort(waits, n);
	double served = n > 0 ? (double)n : 1, orders = t->n_orders > 0 ? t->n_orders : 1;
	figures[FIGURE_SERVED] = (double)n;
	figures[FIGURE_SERVED_SHARE] = (double)n / orders;
	figures[FIGURE_UTILITY] = r->utility;
	figures[FIGURE_WAIT_P50_S] = lab_quantile(waits, n, 0.5);
	figures[FIGURE_WAIT_P90_S] = lab_quantile(waits, n, 0.9);
	figures[FIGURE_WAIT_MEAN_S] = waited_s / served;
	figures[FIGURE_RESPONSE_MEAN_S] = (waited_s + response_s) / orders;
	figures[FIGURE_METRES_MEAN] = metres / served;
	figures[FIGURE_OFFERS_PER_COMPLETION] = (double)r->n_offers / served;
	measure_members(a, t, r, figures);
	arena_rewind(a, mark);
}
