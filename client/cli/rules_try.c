#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "output.h"
#include "pb/json_read.h"
#include "rules.h"
#include "rules_trace.h"

enum { DAYS = 7, SEEDS = 5, DAY_MS = 24 * 3600 * 1000, SEEDS_MAX = 1000, PLAYERS_MAX = 8 };
/* The trace, and one run's town: a million orders are some gigabytes. */
#define TRACE_BYTES ((size_t)16 << 30)

/* What is shown of a run, in this order. */
enum measure {
	SERVED,
	KEPT,
	WAIT_P50,
	WAIT_MEAN,
	WAIT_P90,
	METRES,
	GINI_DONE,
	GINI_OFFERS,
	OFFERS,
	DAY_P99,
	POOLED,
	UNSERVED,
	MEASURES
};

static const struct {
	const char *name, *zh, *en;
} measures[MEASURES] = {
    [SERVED] = {"served", "有人接单(比例)", "served (share)"},
    [KEPT] = {"kept", "按承诺时间完成(比例)", "done as promised (share)"},
    [WAIT_P50] = {"wait_p50_s", "等待接单，中位数(秒)", "wait for a member, median (s)"},
    [WAIT_MEAN] = {"wait_mean_s", "等待接单，平均(秒)", "wait for a member, mean (s)"},
    [WAIT_P90] = {"wait_p90_s", "等待接单，90%(秒)", "wait for a member, 90 % (s)"},
    [METRES] = {"metres_mean", "距离，平均(米)", "distance, mean (m)"},
    [GINI_DONE] = {"gini_done", "任务分配的基尼系数", "Gini of work done"},
    [GINI_OFFERS] = {"gini_offers", "派单分配的基尼系数", "Gini of offers"},
    [OFFERS] = {"offers_per_completion", "每完成一单派几次", "offers per completion"},
    [DAY_P99] = {"offers_per_member_day_p99", "每人每天派单，99%", "offers per member-day, 99 %"},
    [POOLED] = {"pooled", "进抢单池(单)", "to the grab pool (orders)"},
    [UNSERVED] = {"unserved", "无人接单(单)", "unserved (orders)"},
};

static void values_of(const struct trial_measures *m, double out[MEASURES])
{
	double orders = m->orders == 0 ? 1 : (double)m->orders, due = m->due == 0 ? 1 : (double)m->due;
	out[SERVED] = (double)m->served / orders;
	out[KEPT] = (double)m->kept / due;
	out[WAIT_P50] = m->wait_p50_s;
	out[WAIT_MEAN] = m->wait_mean_s;
	out[WAIT_P90] = m->wait_p90_s;
	out[METRES] = m->metres_mean;
	out[GINI_DONE] = m->gini_done;
	out[GINI_OFFERS] = m->gini_offers;
	out[OFFERS] = m->offers_per_completion;
	out[DAY_P99] = m->offers_per_member_day_p99;
	out[POOLED] = (double)m->pooled;
	out[UNSERVED] = (double)m->unserved;
}

struct spread {
	double mean[MEASURES], sd[MEASURES];
};

/* Of one seed under one policy; in memory that all processes share. */
struct run {
	bool done;
	double values[MEASURES];
	uint64_t skipped;
};

enum { CHANGED, PRESENT, POLICIES };

struct trial {
	struct cli *cli;
	const struct args *args;
	struct arena arena;
	struct trial_trace trace;
	unsigned long days, seeds, first_seed;
	json_t *present, *changed;
	Policy *policies[POLICIES];
	struct run *runs; /* of each policy all seeds */
	struct trial_measures history;
	struct trial_answers answers;
	struct spread spreads[POLICIES];
};

/* --- running --- */

static int refuse(struct trial *t, const struct fault *fault)
{
	for (size_t i = 0; i < fault->n_violations; i++)
		cli_note(t->cli, "%s：%s", "%s: %s", fault->violations[i].field,
			 TR(t->cli, fault->violations[i].zh, fault->violations[i].en));
	return cli_fail(t->cli, STATUS_USAGE, "%s：%s（%s，字段 %s）", "%s: %s (%s, field %s)",
			TR(t->cli, err_info(fault->err)->zh, err_info(fault->err)->en), fault->detail,
			err_info(fault->err)->reason, fault->field == NULL ? "-" : fault->field);
}

/* What can't be is refused before anything is played. */
static int read_policy(struct trial *t, json_t *json, Policy **out)
{
	struct fault fault = {.err = OK};
	char *text = json_dumps(json, JSON_COMPACT);
	enum err err = JSON_DECODE(&t->arena, Policy, slice_str(text), NULL, &fault, out);
	free(text);
	if (err == OK)
		return trial_check(*out, &t->arena, &fault) == OK ? STATUS_OK : refuse(t, &fault);
	return cli_fail(t->cli, STATUS_USAGE, "%s：%s：%s", "%s: %s: %s", fault.field == NULL ? "policy" : fault.field,
			TR(t->cli, err_info(err)->zh, err_info(err)->en), fault.detail);
}

/* tell: what goes wrong is told. */
static int play(struct trial *t, size_t number, bool tell)
{
	struct run *run = &t->runs[number];
	struct fault fault = {.err = OK};
	struct trial_measures seen;
	struct arena a;
	int status = STATUS_OK;
	arena_init(&a, TRACE_BYTES);
	if (trial_play(&t->trace, t->policies[number / t->seeds], t->first_seed + number % t->seeds, &a, &fault,
		       &seen) != OK)
		status = tell ? refuse(t, &fault) : STATUS_ERROR;
	arena_free(&a);
	if (status != STATUS_OK)
		return status;
	values_of(&seen, run->values);
	run->skipped = seen.skipped;
	run->done = true;
	return STATUS_OK;
}

/* As many processes as there are cores; each plays its share. */
static void play_beside(struct trial *t)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t players = cores < 1 ? 1 : cores > PLAYERS_MAX ? PLAYERS_MAX : (size_t)cores;
	pid_t pids[PLAYERS_MAX];
	for (size_t k = 0; k < players; k++) {
		pids[k] = fork();
		if (pids[k] != 0)
			continue;
		for (size_t i = k; i < POLICIES * t->seeds; i += players)
			(void)play(t, i, false);
		_exit(0);
	}
	for (size_t k = 0; k < players; k++) {
		if (pids[k] > 0)
			(void)waitpid(pids[k], NULL, 0);
	}
}

static void spread_of(const struct trial *t, size_t policy, struct spread *out)
{
	for (size_t k = 0; k < MEASURES; k++) {
		double sum = 0, squares = 0, n = (double)t->seeds;
		for (size_t i = 0; i < t->seeds; i++) {
			double value = t->runs[policy * t->seeds + i].values[k];
			sum += value;
			squares += value * value;
		}
		double rest = squares / n - sum / n * (sum / n);
		out->mean[k] = sum / n;
		out->sd[k] = rest > 0 ? sqrt(rest) : 0;
	}
}

/* All seeds under both policies; what a process could not do is done here. */
static int play_all(struct trial *t)
{
	size_t bytes = POLICIES * t->seeds * sizeof(*t->runs);
	int status = read_policy(t, t->changed, &t->policies[CHANGED]);
	if (status == STATUS_OK)
		status = read_policy(t, t->present, &t->policies[PRESENT]);
	if (status != STATUS_OK)
		return status;
	t->runs = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->runs == MAP_FAILED)
		return cli_fail(t->cli, STATUS_ERROR, "内存不足", "out of memory");
	play_beside(t);
	for (size_t i = 0; i < POLICIES * t->seeds && status == STATUS_OK; i++) {
		if (!t->runs[i].done)
			status = play(t, i, true);
	}
	return status;
}

/* --- telling --- */

static double rounded(double value)
{
	return round(value * 10000) / 10000;
}

static json_t *rows(const struct trial *t, bool for_people)
{
	json_t *rows = json_array();
	double history[MEASURES];
	values_of(&t->history, history);
	for (size_t k = 0; k < MEASURES; k++) {
		const char *name = TR(t->cli, measures[k].zh, measures[k].en);
		json_array_append_new(
		    rows,
		    json_pack("{s:s, s:f, s:f, s:f, s:f, s:f}", "measure", for_people ? name : measures[k].name,
			      "history", rounded(history[k]), "current", rounded(t->spreads[PRESENT].mean[k]),
			      "currentSd", rounded(t->spreads[PRESENT].sd[k]), "changed",
			      rounded(t->spreads[CHANGED].mean[k]), "changedSd", rounded(t->spreads[CHANGED].sd[k])));
	}
	return rows;
}

static int tell_json(struct trial *t)
{
	struct buf out = {0};
	json_t *answers = json_pack("{s:I, s:I, s:I, s:I}", "offered", (json_int_t)t->answers.offered, "accepted",
				    (json_int_t)t->answers.accepted, "declined", (json_int_t)t->answers.declined,
				    "silent", (json_int_t)t->answers.silent);
	json_t *all = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "acceptance", "simulated", "days",
				(json_int_t)t->days, "orders", (json_int_t)t->trace.n_orders, "skipped",
				(json_int_t)t->runs[0].skipped, "members", (json_int_t)t->trace.n_members, "seed",
				(json_int_t)t->first_seed, "seeds", (json_int_t)t->seeds, "answers", answers, "changes",
				rules_changes(t->present, t->changed), "measures", rows(t, false));
	char *text =
	    json_dumps(all, (t->cli->output == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT) | JSON_REAL_PRECISION(10));
	buf_str(&out, text);
	buf_byte(&out, '\n');
	free(text);
	json_decref(all);
	int status = cli_write(t->cli, &out);
	buf_free(&out);
	return status;
}

static void put_head(const struct trial *t, struct buf *out)
{
	const struct trial_answers *n = &t->answers;
	struct cli *cli = t->cli;
	size_t i;
	json_t *change, *changes = rules_changes(t->present, t->changed);
	buf_printf(out,
		   TR(cli, "最近 %lu 天的 %zu 单，%zu 名队员，%lu 个种子（自 %lu 起）\n",
		      "%lu days: %zu orders, %zu members, %lu seeds from %lu on\n"),
		   t->days, t->trace.n_orders, t->trace.n_members, t->seeds, t->first_seed);
	buf_printf(
	    out,
	    TR(cli,
	       "是否接单为模拟：依据 %llu 次已有结果的派单（接单 %llu，拒绝 %llu，未答复 "
	       "%llu）；两套规则遇到同样的人。\n",
	       "Acceptance is simulated, from %llu offers (%llu accepted, %llu declined, %llu not answered); both "
	       "meet the same people.\n"),
	    (unsigned long long)n->offered, (unsigned long long)n->accepted, (unsigned long long)n->declined,
	    (unsigned long long)n->silent);
	buf_str(out, TR(cli, "不演：暂停、评价、人工指派、自行抢单。\n",
			"Not played: pauses, ratings, assignments by hand, grabbing from the pool.\n"));
	if (t->runs[0].skipped > 0)
		buf_printf(out,
			   TR(cli, "%llu 单的类别或网格已不存在，未演。\n",
			      "%llu orders were left out: their category or grid is gone.\n"),
			   (unsigned long long)t->runs[0].skipped);
	buf_byte(out, '\n');
	json_array_foreach(changes, i, change)
	{
		buf_printf(out, "  %s: %s → %s\n", json_text(change, "name"), json_text(change, "from"),
			   json_text(change, "to"));
	}
	if (json_array_size(changes) == 0)
		buf_str(out, TR(cli, "  没有改动。\n", "  Nothing is changed.\n"));
	buf_byte(out, '\n');
	json_decref(changes);
}

static int tell(struct trial *t)
{
	if (t->cli->output == OUTPUT_JSON || t->cli->output == OUTPUT_JSONL)
		return tell_json(t);
	struct buf head = {0};
	int status = STATUS_OK;
	if (t->cli->output == OUTPUT_TABLE) {
		put_head(t, &head);
		status = cli_write(t->cli, &head);
		buf_free(&head);
	}
	json_t *all = rows(t, t->cli->output == OUTPUT_TABLE);
	if (status == STATUS_OK)
		status = rules_print_rows(t->cli, t->args->command, all);
	json_decref(all);
	return status;
}

/* --- rules try --- */

static int prepare(struct trial *t)
{
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	int status = rules_present(t->cli, &t->present);
	if (status != STATUS_OK)
		return status;
	t->changed = json_deep_copy(t->present);
	status = rules_apply_settings(t->cli, t->args, t->changed);
	if (status == STATUS_OK)
		status = trace_read(t->cli, &t->arena, now_ms - (int64_t)t->days * DAY_MS, &t->trace);
	if (status == STATUS_OK && t->trace.n_orders == 0)
		return cli_fail(t->cli, STATUS_NOT_FOUND, "最近 %lu 天没有单可演",
				"there are no orders of the last %lu days", t->days);
	return status;
}

int run_rules_try(struct cli *cli, const struct args *args)
{
	struct trial t = {.cli = cli,
			  .args = args,
			  .days = args_uint(args, "days", DAYS),
			  .seeds = args_uint(args, "seeds", SEEDS),
			  .first_seed = args_uint(args, "seed", 1)};
	if (t.days == 0 || t.days > 3650 || t.seeds == 0 || t.seeds > SEEDS_MAX)
		return cli_usage(cli, "--days 应为 1 到 3650，--seeds 应为 1 到 %d",
				 "--days must be from 1 to 3650, --seeds from 1 to %d", SEEDS_MAX);
	arena_init(&t.arena, TRACE_BYTES);
	int status = prepare(&t);
	if (status == STATUS_OK) {
		trial_history(&t.trace, &t.arena, &t.history, &t.answers);
		status = play_all(&t);
	}
	if (status == STATUS_OK) {
		spread_of(&t, PRESENT, &t.spreads[PRESENT]);
		spread_of(&t, CHANGED, &t.spreads[CHANGED]);
		status = tell(&t);
	}
	if (t.runs != NULL && t.runs != MAP_FAILED)
		(void)munmap(t.runs, POLICIES * t.seeds * sizeof(*t.runs));
	json_decref(t.present);
	json_decref(t.changed);
	arena_free(&t.arena);
	return status;
}
