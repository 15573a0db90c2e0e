#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_report.h"
#include "replay_commands.h"
#include "replay_play.h"
#include "replay_verify.h"

enum {
	ARENA_BYTES = 1 << 30,
	MAX_PROBLEMS_SHOWN = 20,
	MAX_ERRORS_SHOWN = 20,
	MAX_CONCURRENCY = 100000,
	TIMEOUT_MS = 20000,
	/* While setting up, a server that is not there should be told soon; later it may be killed and come back. */
	SETUP_PATIENCE_MS = 15000,
	PLAY_PATIENCE_MS = 180000,
	STALL_MS = 60000,
};

struct replay {
	struct cli *cli;
	struct arena arena;
	struct replay_data data;
	struct rpcs *rpcs;
	struct tenant_links links;
	struct town town;
	struct play play;
	size_t problems, errors_shown;
	bool bar; /* stderr is a terminal */
};

/* --- what goes to stderr --- */

static void on_problem(void *arg, const char *place, const char *zh, const char *en)
{
	struct replay *r = arg;
	if (r->problems++ < MAX_PROBLEMS_SHOWN)
		cli_note(r->cli, "%s：%s", "%s: %s", place, TR(r->cli, zh, en));
}

static void on_error(void *arg, const char *what, const struct rpc_error *error)
{
	struct replay *r = arg;
	if (r->errors_shown++ < MAX_ERRORS_SHOWN)
		cli_note(r->cli, "%s%s：%s（%s）", "%s%s: %s (%s)", r->bar ? "\r\033[K" : "", what,
			 TR(r->cli, error->zh, error->en), error->reason);
}

static void on_progress(void *arg, size_t placed, size_t over, size_t n)
{
	enum { WIDTH = 30 };
	const struct replay *r = arg;
	char bar[WIDTH + 1];
	if (!r->bar || n == 0)
		return;
	size_t done = over * WIDTH / n, begun = placed * WIDTH / n;
	for (size_t i = 0; i < WIDTH; i++)
		bar[i] = i < done ? '=' : i < begun ? '-' : ' ';
	bar[WIDTH] = '\0';
	fprintf(stderr, "\r\033[K[%s] %3zu %% %zu/%zu %s%s", bar, over * 100 / n, over, n,
		TR(r->cli, "已了结", "settled"), over == n ? "\n" : "");
}

static int fail(struct replay *r, const char *what, const struct rpc_error *error)
{
	struct paidan_error as = {.code = (int)error->code};
	return cli_fail(r->cli, cli_status(&as), "%s：%s（%s）", "%s: %s (%s)", what, TR(r->cli, error->zh, error->en),
			error->reason);
}

/* --- arguments --- */

static bool read_chances(const struct cli *cli, const struct args *args, struct replay_chances *c)
{
	const struct {
		const char *name;
		double *to;
		double fallback;
	} shares[] = {
	    {"accept", &c->accept, 0.6},    {"decline", &c->decline, 0.25}, {"not-solved", &c->unsolved, 0.05},
	    {"unrated", &c->unrated, 0.15}, {"cancel", &c->cancel, 0.03},   {"reject", &c->reject, 0.02},
	    {"hold", &c->hold, 0.02},       {"pool", &c->pool, 0.03},       {"grab", &c->grab, 0.7},
	};
	c->seed = args_uint(args, "seed", 1);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		*shares[i].to = report_share(cli, args, shares[i].name, shares[i].fallback);
		if (*shares[i].to < 0)
			return false;
	}
	if (c->accept + c->decline > 1 || c->cancel + c->reject + c->pool + c->hold > 1) {
		cli_usage(cli, "概率之和超过 1：accept + decline，或 cancel + reject + pool + hold",
			  "shares sum to more than 1: accept + decline, or cancel + reject + pool + hold");
		return false;
	}
	return true;
}

/* --- the report --- */

static void set(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void add_truth(json_t *o, const struct replay *r, const struct replay_truth *t)
{
	uint64_t open = 0;
	json_t *waiting = json_object();
	static const char *const names[] = {"",     "placed",    "offered", "accepted",  "started",
					    "held", "completed", "closed",  "cancelled", "rejected"};
	for (size_t s = ORDER_STATE_PLACED; s <= ORDER_STATE_COMPLETED; s++) {
		uint64_t n = t->states[s] - (s == ORDER_STATE_PLACED ? t->unserved : 0);
		open += n;
		if (n > 0)
			set(waiting, names[s], n);
	}
	set(o, "closed", t->states[ORDER_STATE_CLOSED]);
	set(o, "cancelled", t->states[ORDER_STATE_CANCELLED]);
	set(o, "rejected", t->states[ORDER_STATE_REJECTED]);
	set(o, "open", open);
	set(o, "unserved", t->unserved);
	json_object_set_new(o, "open_because", waiting);
	set(o, "reoffers", t->reoffers);
	set(o, "declined", t->declines);
	set(o, "expired", t->expiries);
	set(o, "pooled", t->pooled);
	set(o, "grabbed", r->play.counts.grabs);
	set(o, "held", r->play.counts.holds);
	set(o, "reworked", t->reworked);
	set(o, "reworks", t->reworks);
	set(o, "unrated", t->unrated);
	json_object_set_new(o, "points_sum", json_integer(t->points_sum));
	json_object_set_new(o, "points_awarded", json_integer(t->points_awarded));
	set(o, "lost", t->lost);
	set(o, "doubled", t->doubled);
	set(o, "misordered", t->misordered);
	set(o, "miscounted", t->miscounted);
}

static json_t *refusals_of(const struct play *p)
{
	json_t *all = json_object();
	for (size_t i = 0; i < PLAY_REASONS && p->refusals[i].n > 0; i++)
		set(all, p->refusals[i].reason, p->refusals[i].n);
	return all;
}

/* rpcs: the times of the play, taken before everything was read back. */
static json_t *report(const struct replay *r, const struct replay_truth *t, json_t *rpcs_take)
{
	const struct play *p = &r->play;
	double seconds = (double)(p->ended_ns - p->started_ns) / 1e9;
	uint64_t transitions = 0;
	json_t *o = json_object();
	for (size_t i = 0; i < p->n; i++) {
		for (size_t k = 0; k < ACK_COUNT; k++)
			transitions += p->cases[i].acks[k];
	}
	json_object_set_new(o, "tenant", json_string(r->links.tenant));
	json_object_set_new(o, "acceptance", json_string("simulated"));
	set(o, "placed", p->counts.placed);
	add_truth(o, r, t);
	json_object_set_new(o, "seconds", report_real(seconds));
	json_object_set_new(o, "lifecycles_per_s", report_real((double)t->states[ORDER_STATE_CLOSED] / seconds));
	json_object_set_new(o, "writes_per_s", report_real((double)transitions / seconds));
	json_object_set_new(o, "accept_p50_ms", report_real(hist_quantile_ms(&p->accept_times, 0.5)));
	json_object_set_new(o, "accept_p99_ms", report_real(hist_quantile_ms(&p->accept_times, 0.99)));
	set(o, "errors", p->counts.errors);
	set(o, "skipped_unknown_place", r->data.skipped_unknown_place);
	set(o, "skipped_outside", r->data.skipped_outside + p->counts.outside);
	set(o, "members", r->data.n_members);
	set(o, "members_outside", r->data.members_outside);
	set(o, "malformed_rows", r->data.malformed);
	set(o, "events", p->counts.events);
	set(o, "streams", p->counts.streams);
	set(o, "read_again", p->counts.resyncs);
	json_object_set_new(o, "refusals", refusals_of(p));
	json_object_set_new(o, "rpcs", rpcs_take);
	return o;
}

/* --- the run --- */

static int play_and_report(struct replay *r)
{
	struct replay_truth truth;
	struct rpc_error error;
	rpcs_set_patience(r->rpcs, PLAY_PATIENCE_MS);
	play_run(&r->play);
	if (r->play.stalled)
		cli_note(r->cli, "已有 %d 秒没有任何订单了结，到此为止", "no order was settled for %d s: ending here",
			 STALL_MS / 1000);
	json_t *rpcs = report_rpcs(r->rpcs);
	if (!replay_verify(&r->play, &truth, &error)) {
		json_decref(rpcs);
		return fail(r, TR(r->cli, "核对", "reading back"), &error);
	}
	int status = report_print(r->cli, report(r, &truth, rpcs));
	bool sound = truth.lost == 0 && truth.doubled == 0 && truth.misordered == 0 && truth.points_sum == 0 &&
		     truth.miscounted == 0 && r->play.counts.errors == 0;
	if (!sound)
		cli_fail(r->cli, STATUS_ERROR,
			 "核对未通过：见 lost、doubled、misordered、miscounted、points_sum、errors",
			 "what was read back does not hold up: see lost, doubled, misordered, miscounted, points_sum, "
			 "errors");
	return status != STATUS_OK ? status : sound ? STATUS_OK : STATUS_ERROR;
}

static int set_up(struct replay *r, const struct args *args, const char *root_key)
{
	struct rpc_error error;
	static const struct town_policy policy = {
	    .offer_ttl_ms = 1000, .auto_close_ms = 2500, .pool_ttl_ms = 3000, .pickers = true};
	struct tenant_options options = {
	    .root_key = root_key,
	    .tenant = args_text(args, "tenant"),
	    .prefix = "replay",
	    .connections = (unsigned)args_uint(args, "connections", 8),
	};
	struct rpcs_options rpcs = {.url = r->cli->settings.server,
				    .ca_file = r->cli->settings.ca,
				    .timeout_ms = TIMEOUT_MS,
				    .give_up_ms = SETUP_PATIENCE_MS};
	r->rpcs = rpcs_new(&rpcs);
	if (!tenant_create(r->rpcs, &options, &r->links, &error) ||
	    !town_build(&r->arena, r->rpcs, &r->links, &r->data, &policy, &r->town, &error))
		return fail(r, TR(r->cli, "建立辖区", "setting the tenant up"), &error);
	return STATUS_OK;
}

static int run(struct replay *r, const struct args *args, const char *root_key)
{
	struct replay_files files = {
	    .grids = args_text(args, "grids"),
	    .members = args_text(args, "members"),
	    .orders = args_text(args, "orders"),
	    .code_property = args_text(args, "code-property"),
	    .limit = args_uint(args, "limit", 0),
	    .problem = on_problem,
	    .arg = r,
	};
	if (!replay_read(&r->arena, &files, &r->data))
		return STATUS_ERROR;
	if (r->problems > MAX_PROBLEMS_SHOWN)
		cli_note(r->cli, "…… 共 %zu 处问题", "… %zu problems in all", r->problems);
	if (args_has(args, "atomic") && r->data.malformed > 0)
		return cli_fail(r->cli, STATUS_ERROR, "未播放：%zu 处有误",
				"Nothing was played: %zu rows or grids are wrong", r->data.malformed);
	int status = set_up(r, args, root_key);
	if (status != STATUS_OK)
		return status;
	r->play.rpcs = r->rpcs;
	r->play.links = &r->links;
	r->play.data = &r->data;
	r->play.town = &r->town;
	return play_and_report(r);
}

int run_replay(struct cli *cli, const struct args *args)
{
	static struct replay r;
	r.cli = cli;
	r.bar = isatty(STDERR_FILENO);
	unsigned long concurrency = args_uint(args, "concurrency", 200);
	const char *speed = args_text(args, "speed");
	if (cli->settings.server == NULL || cli->settings.server[0] == '\0')
		return cli_usage(cli, "没有指定服务器：请用 --server", "no server is given: use --server");
	if (concurrency == 0 || concurrency > MAX_CONCURRENCY)
		return cli_usage(cli, "--concurrency 应为 1 到 %d", "--concurrency must be 1 to %d", MAX_CONCURRENCY);
	if (speed != NULL && strcmp(speed, "max") != 0)
		return cli_usage(cli, "--speed 只支持 max，不是 %s", "--speed can only be max, not %s", speed);
	if (!read_chances(cli, args, &r.play.options.chances))
		return STATUS_USAGE;
	char *root_key = report_root_key(cli, args);
	if (root_key == NULL)
		return STATUS_USAGE;
	r.play.options.concurrency = (unsigned)concurrency;
	r.play.options.stall_ms = STALL_MS;
	r.play.options.progress = on_progress;
	r.play.options.error = on_error;
	r.play.options.arg = &r;
	arena_init(&r.arena, ARENA_BYTES);
	int status = run(&r, args, root_key);
	rpcs_free(r.rpcs);
	play_free(&r.play);
	arena_free(&r.arena);
	explicit_bzero(root_key, strlen(root_key));
	free(root_key);
	return status;
}
