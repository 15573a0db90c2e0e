/* paidan lab: what the arguments say, the studies, the report. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_report.h"
#include "lab_charts.h"
#include "lab_commands.h"
#include "lab_curve.h"
#include "lab_frontier.h"
#include "lab_opt.h"
#include "lab_rules.h"
#include "lab_study.h"
#include "lab_synthetic.h"

enum { DEFAULT_SEEDS = 10, DEFAULT_ORDERS = 1000000, MAX_FILES = 64, MAX_ORDERS = 4000000 };
/* A million orders and their pairs take some two gigabytes. */
static const size_t ARENA_BYTES = (size_t)16 << 30;

struct lab {
	struct cli *cli;
	const struct args *args;
	struct arena arena;
	struct lab_policy policy;
	struct lab_curve curve; /* of --vary */
	double accept, service_s, stay_s;
	uint32_t first_seed, seeds;
	bool broker, frontier;
	Policy *rules; /* with broker; in the arena */
	char rules_text[512];
	const char *dataset;
	const char *files[MAX_FILES];
	size_t n_files;
	/* of each file */
	double rows[MAX_FILES][FIGURE_COUNT];
	double means[FIGURE_COUNT], spreads[FIGURE_COUNT];
	bool bar; /* stderr is a terminal */
};

static void on_progress(void *arg, uint32_t done, uint32_t n)
{
	const struct lab *lab = arg;
	if (lab->bar)
		fprintf(stderr, "\r\033[K%s %u/%u%s", TR(lab->cli, "已播放", "replayed"), done, n,
			done == n ? "\r\033[K" : "");
}

/* --- arguments --- */

/* The broker does not know all that the replay does. */
static int read_policy(struct lab *lab, const char *text)
{
	struct lab_policy_problem problem;
	if (!lab_policy_parse(text, lab->dataset, &lab->policy, &problem))
		return cli_usage(lab->cli, "%s：%s", "%s: %s", problem.field, TR(lab->cli, problem.zh, problem.en));
	const char *missing = lab->broker ? lab_rules_missing(&lab->policy) : NULL;
	if (missing != NULL)
		return cli_usage(lab->cli, "%s：派单系统本身没有这项设置", "%s: the broker has no such setting",
				 missing);
	return STATUS_OK;
}

static int read_options(struct lab *lab)
{
	const char *policy = args_text(lab->args, "policy");
	lab->accept = report_share(lab->cli, lab->args, "accept", 1);
	if (lab->accept < 0)
		return STATUS_USAGE;
	unsigned long seeds = args_uint(lab->args, "seeds", DEFAULT_SEEDS);
	if (seeds == 0 || seeds > STUDY_SEEDS_MAX)
		return cli_usage(lab->cli, "--seeds 应为 1 到 %d", "--seeds must be 1 to %d", STUDY_SEEDS_MAX);
	lab->seeds = (uint32_t)seeds;
	lab->first_seed = (uint32_t)args_uint(lab->args, "from", 1);
	lab->broker = args_has(lab->args, "broker");
	lab->frontier = args_has(lab->args, "frontier");
	lab->service_s = (double)args_uint(lab->args, "service", 0);
	lab->stay_s = (double)args_uint(lab->args, "stay", 0);
	int status = read_policy(lab, policy == NULL ? "engine" : policy);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < lab->args->n; i++) {
		const struct arg_value *value = &lab->args->values[i];
		if (strcmp(value->param->name, "FILE") != 0)
			continue;
		if (lab->n_files == MAX_FILES)
			return cli_usage(lab->cli, "最多 %d 个文件", "at most %d files", MAX_FILES);
		lab->files[lab->n_files++] = value->text;
	}
	/* A made-up day needs none. */
	if (lab->n_files == 0)
		lab->files[lab->n_files++] = "";
	return STATUS_OK;
}

static bool read_trace(struct lab *lab, size_t file, struct lab_trace *trace, struct lab_problem *problem)
{
	static const double CITY_REACH_M = 3000;
	if (strcmp(lab->dataset, "synthetic") == 0) {
		lab_synthetic_day(&lab->arena, (uint32_t)args_uint(lab->args, "orders", DEFAULT_ORDERS), 1, trace);
		return true;
	}
	if (strcmp(lab->dataset, "gmission") == 0)
		return lab_read_gmission(&lab->arena, lab->files[file], trace, problem);
	if (strcmp(lab->dataset, "tobm") == 0)
		return lab_read_tobm(&lab->arena, lab->files[file], trace, problem);
	return lab_read_boston(&lab->arena, lab->files[file], args_text(lab->args, "members"), CITY_REACH_M, trace,
			       problem);
}

/* --- the report --- */

static double rounded(double value)
{
	return isfinite(value) ? round(value * 1e6) / 1e6 : 0;
}

static json_t *object_of(const struct lab *lab, const double *figures)
{
	json_t *o = json_object();
	json_object_set_new(o, "dataset", json_string(lab->dataset));
	json_object_set_new(o, "policy", json_string(lab->policy.name));
	json_object_set_new(o, "acceptance", json_string("simulated"));
	json_object_set_new(o, "through", json_string(lab->broker ? "broker" : "model"));
	if (lab->rules != NULL)
		json_object_set_new(o, "rules", json_string(lab->rules_text));
	if (lab->service_s > 0)
		json_object_set_new(o, "service_s", json_real(lab->service_s));
	if (lab->stay_s > 0)
		json_object_set_new(o, "stay_s", json_real(lab->stay_s));
	json_object_set_new(o, "accept", json_real(lab->accept));
	json_object_set_new(o, "seeds", json_integer(lab->seeds));
	for (enum lab_figure f = 0; f < FIGURE_COUNT; f++)
		json_object_set_new(o, lab_figure_name(f), json_real(rounded(figures[f])));
	return o;
}

static void put_json(const struct lab *lab, json_t *o_take, struct buf *out)
{
	size_t how = lab->cli->output == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT;
	char *text = json_dumps(o_take, how | JSON_REAL_PRECISION(12));
	buf_str(out, text);
	buf_byte(out, '\n');
	free(text);
	json_decref(o_take);
}

/* One object for each seed of each file: for those who want to see how much depends on the coins. */
static void print_seeds(struct lab *lab, const char *file, const struct lab_study *study)
{
	struct buf out = {0};
	if (lab->cli->output != OUTPUT_JSON && lab->cli->output != OUTPUT_JSONL)
		return;
	for (uint32_t i = 0; i < study->n_seeds; i++) {
		json_t *o = object_of(lab, study->figures[i]);
		json_object_set_new(o, "file", json_string(file));
		json_object_set_new(o, "seed", json_integer(lab->first_seed + i));
		json_object_del(o, "seeds");
		put_json(lab, o, &out);
	}
	cli_write(lab->cli, &out);
	buf_free(&out);
}

static void put_number(struct table *t, double value)
{
	char text[40];
	snprintf(text, sizeof(text), fabs(value) >= 1000 ? "%.1f" : "%.4f", value);
	table_put(t, slice_str(text), STYLE_NONE);
}

static void put_table(const struct lab *lab, const double *means, struct buf *out)
{
	struct table t;
	buf_printf(out, "%s\n", TR(lab->cli, "是否接单是模拟的。", "Who accepts is simulated."));
	table_init(&t, 3, lab->cli->colour, lab->cli->width);
	t.right[1] = t.right[2] = true;
	table_put(&t, slice_str(TR(lab->cli, "指标", "FIGURE")), STYLE_BOLD);
	table_put(&t, slice_str(TR(lab->cli, "均值", "MEAN")), STYLE_BOLD);
	table_put(&t, slice_str(TR(lab->cli, "标准差", "SPREAD")), STYLE_BOLD);
	for (enum lab_figure f = 0; f < FIGURE_COUNT; f++) {
		table_put(&t, slice_str(lab_figure_name(f)), STYLE_NONE);
		put_number(&t, means[f]);
		put_number(&t, lab->spreads[f]);
	}
	table_print(&t, out);
	table_free(&t);
}

/* Means over seeds, and over files when there are several; the spread is that of the seeds of one file, or of files. */
static int report(struct lab *lab, size_t n)
{
	double *means = lab->means, spreads[FIGURE_COUNT];
	struct buf out = {0};
	lab_study_average(lab->rows, n, means, spreads);
	if (n > 1)
		memcpy(lab->spreads, spreads, sizeof(spreads));
	if (lab->cli->output == OUTPUT_JSON || lab->cli->output == OUTPUT_JSONL) {
		json_t *o = object_of(lab, means), *spread = json_object();
		for (enum lab_figure f = 0; f < FIGURE_COUNT; f++)
			json_object_set_new(spread, lab_figure_name(f), json_real(rounded(lab->spreads[f])));
		json_object_set_new(o, "files", json_integer((json_int_t)n));
		json_object_set_new(o, "spread", spread);
		put_json(lab, o, &out);
	} else {
		put_table(lab, means, &out);
	}
	int status = cli_write(lab->cli, &out);
	buf_free(&out);
	return status;
}

/* --- the run --- */

static int draw(struct lab *lab, const struct lab_trace *trace, const struct lab_study *study)
{
	const char *directory = args_text(lab->args, "plots");
	if (directory == NULL || args_has(lab->args, "vary"))
		return STATUS_OK;
	if ((mkdir(directory, 0777) != 0 && errno != EEXIST) ||
	    !lab_charts_write(&lab->arena, trace, &study->last, directory))
		return cli_fail(lab->cli, STATUS_ERROR, "%s：%s", "%s: %s", directory, strerror(errno));
	return STATUS_OK;
}

static int study(struct lab *lab, const struct lab_trace *trace, size_t file)
{
	for (uint32_t i = 0; i < trace->n_members && lab->stay_s > 0; i++)
		trace->members[i].until_s = trace->members[i].at_s + lab->stay_s;
	lab->rules = lab->broker ? lab_rules_of(&lab->arena, trace, &lab->policy) : NULL;
	if (lab->rules != NULL)
		snprintf(lab->rules_text, sizeof(lab->rules_text), "%s", lab_rules_text(&lab->arena, lab->rules));
	struct lab_study_options options = {
	    .rules = lab->rules,
	    .service_s = lab->service_s,
	    .trace = trace,
	    .policy = &lab->policy,
	    .accept = lab->accept,
	    /* Without coins all seeds are the same. */
	    .seeds = lab->accept >= 1 ? 1 : lab->seeds,
	    .first_seed = lab->first_seed,
	    .progress = on_progress,
	    .arg = lab,
	};
	struct lab_study made = lab_study_make(&lab->arena, &options);
	if (made.err != OK)
		return cli_fail(lab->cli, STATUS_USAGE, "%s：%s", "%s: %s",
				made.fault.field == NULL ? "policy" : made.fault.field, made.fault.detail);
	memcpy(lab->rows[file], made.means, sizeof(made.means));
	memcpy(lab->spreads, made.spreads, sizeof(made.spreads));
	print_seeds(lab, lab->files[file], &made);
	return draw(lab, trace, &made);
}

/* What nobody could do better with offers, from the fewest for each order served. */
static int show_offers(struct lab *lab, const struct lab_trace *trace, const struct lab_pairs *pairs, double most)
{
	enum { POINTS = 16, STEPS = 5 };
	struct lab_coins coins = {lab->first_seed, lab->accept};
	struct lab_offers_point points[POINTS];
	int status = STATUS_OK;
	for (size_t i = 0; i < POINTS; i++)
		points[i].each = (floor(STEPS / lab->accept) + 1 + (double)i) / STEPS;
	lab_frontier_offers(&lab->arena, trace, pairs, &coins, points, POINTS);
	for (size_t i = 0; i < POINTS && status == STATUS_OK; i++) {
		struct buf out = {0};
		json_t *o = json_object();
		json_object_set_new(o, "dataset", json_string(lab->dataset));
		json_object_set_new(o, "offers_per_completion", json_real(rounded(points[i].each)));
		json_object_set_new(o, "served", json_integer(llround(points[i].served)));
		json_object_set_new(o, "ratio_opt", json_real(rounded(most > 0 ? points[i].served / most : 0)));
		json_object_set_new(o, "ttl_s", json_integer(points[i].ttl_s));
		put_json(lab, o, &out);
		status = cli_write(lab->cli, &out);
		buf_free(&out);
	}
	return status;
}

/* No policy: what nobody could do better, from those that give up most to those that give up nobody. */
static int show_frontier(struct lab *lab, const struct lab_trace *trace)
{
	static const double lost_s[] = {0, 100, 300, 1000, 10000};
	struct lab_pairs pairs = lab_pairs_find(&lab->arena, trace);
	double most = lab_opt_count(&lab->arena, &pairs, NULL);
	int status = STATUS_OK;
	if (lab->accept < 1)
		return show_offers(lab, trace, &pairs, most);
	for (size_t i = 0; i < sizeof(lost_s) / sizeof(lost_s[0]) && status == STATUS_OK; i++) {
		struct lab_frontier_point at = lab_frontier_at(&lab->arena, trace, &pairs, lost_s[i]);
		struct buf out = {0};
		json_t *o = json_object();
		json_object_set_new(o, "dataset", json_string(lab->dataset));
		json_object_set_new(o, "lost_s", json_real(at.lost_s));
		json_object_set_new(o, "served", json_integer(at.served));
		json_object_set_new(o, "ratio_opt", json_real(rounded(most > 0 ? at.served / most : 0)));
		json_object_set_new(o, "response_mean_s", json_real(rounded(at.response_mean_s)));
		put_json(lab, o, &out);
		status = cli_write(lab->cli, &out);
		buf_free(&out);
	}
	return status;
}

/* All files under the policy at hand. */
static int run(struct lab *lab)
{
	for (size_t i = 0; i < lab->n_files; i++) {
		struct lab_trace trace;
		struct lab_problem problem;
		arena_reset(&lab->arena);
		if (!read_trace(lab, i, &trace, &problem))
			return cli_fail(lab->cli, STATUS_USAGE, "%s：%s", "%s: %s", problem.place,
					TR(lab->cli, problem.zh, problem.en));
		int status = lab->frontier ? show_frontier(lab, &trace) : study(lab, &trace, i);
		if (status != STATUS_OK)
			return status;
	}
	if (lab->frontier)
		return STATUS_OK;
	return report(lab, lab->n_files);
}

/* --- a curve --- */

static int run_point(struct lab *lab, const char *policy, const char *name, bool beside)
{
	int status = read_policy(lab, policy);
	if (status == STATUS_OK)
		status = run(lab);
	if (status == STATUS_OK)
		lab_curve_add(&lab->curve, name, beside, lab->means);
	return status;
}

/* "regret=0,0.1": the policy with each of the values. */
static int run_values(struct lab *lab, const char *vary)
{
	const char *base = lab->policy.name, *values = strchr(vary, '=');
	char policy[200], named[sizeof(lab->policy.name)];
	if (values == NULL || values == vary || values[1] == '\0')
		return cli_usage(lab->cli, "--vary 应形如 regret=0,0.01,0.1", "--vary must be like regret=0,0.01,0.1");
	snprintf(named, sizeof(named), "%s", base);
	snprintf(lab->curve.setting, sizeof(lab->curve.setting), "%.*s", (int)(values - vary), vary);
	for (const char *value = values + 1; *value != '\0';) {
		int len = (int)strcspn(value, ",");
		snprintf(policy, sizeof(policy), "%s,%s=%.*s", named, lab->curve.setting, len, value);
		int status = run_point(lab, policy, strrchr(policy, '=') + 1, false);
		if (status != STATUS_OK)
			return status;
		value += len + (value[len] == ',');
	}
	return STATUS_OK;
}

static int run_curve(struct lab *lab, const char *vary)
{
	const char *directory = args_text(lab->args, "plots");
	int status = run_values(lab, vary);
	for (size_t i = 0; i < lab->args->n && status == STATUS_OK; i++) {
		const struct arg_value *value = &lab->args->values[i];
		if (strcmp(value->param->name, "beside") == 0)
			status = run_point(lab, value->text, value->text, true);
	}
	if (status != STATUS_OK || directory == NULL)
		return status;
	if ((mkdir(directory, 0777) != 0 && errno != EEXIST) || !lab_curve_write(&lab->curve, directory))
		return cli_fail(lab->cli, STATUS_ERROR, "%s：%s", "%s: %s", directory, strerror(errno));
	return STATUS_OK;
}

static int run_dataset(struct cli *cli, const struct args *args, const char *dataset)
{
	static struct lab lab;
	const char *vary = args_text(args, "vary");
	lab = (struct lab){.cli = cli, .args = args, .dataset = dataset, .bar = isatty(STDERR_FILENO)};
	lab.curve.dataset = dataset;
	int status = read_options(&lab);
	if (status != STATUS_OK)
		return status;
	arena_init(&lab.arena, ARENA_BYTES);
	status = vary == NULL ? run(&lab) : run_curve(&lab, vary);
	arena_free(&lab.arena);
	return status;
}

int run_lab_boston(struct cli *cli, const struct args *args)
{
	return run_dataset(cli, args, "boston");
}

int run_lab_gmission(struct cli *cli, const struct args *args)
{
	return run_dataset(cli, args, "gmission");
}

int run_lab_tobm(struct cli *cli, const struct args *args)
{
	return run_dataset(cli, args, "tobm");
}

int run_lab_synthetic(struct cli *cli, const struct args *args)
{
	unsigned long orders = args_uint(args, "orders", DEFAULT_ORDERS);
	if (orders == 0 || orders > MAX_ORDERS)
		return cli_usage(cli, "--orders 应为 1 到 %d", "--orders must be 1 to %d", MAX_ORDERS);
	return run_dataset(cli, args, "synthetic");
}
