#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench_life.h"
#include "bench_report.h"
#include "bench_watch.h"
#include "replay_commands.h"
#include "rpc_pb.h"

enum {
	ARENA_BYTES = 1 << 30,
	MAX_IN_FLIGHT = 100000,
	MAX_GRIDS = 2000,
	MAX_MEMBERS = 1000000,
	MAX_IDLE = 20000,
	MAX_WATCHERS = 20000,
	POINTS_PER_GRID = 4,
	GIVE_UP_MS = 30000,
};

/* A town of squares, 500 m wide, members spread over them. */
static void make_town(struct arena *a, size_t n_grids, size_t n_members, struct replay_data *data)
{
	static const double side = 0.005, south = 39.90, west = 116.30;
	size_t across = (size_t)ceil(sqrt((double)n_grids));
	data->grids.features = arena_array(a, n_grids, sizeof(*data->grids.features));
	data->grids.n = n_grids;
	data->members = arena_array(a, n_members, sizeof(*data->members));
	data->n_members = n_members;
	data->orders = arena_array(a, n_grids * POINTS_PER_GRID, sizeof(*data->orders));
	data->n_orders = n_grids * POINTS_PER_GRID;
	data->kinds[0] = (struct replay_kind){"street light", "", 0};
	data->n_kinds = 1;
	for (size_t i = 0; i < n_grids; i++) {
		struct geo_feature *f = &data->grids.features[i];
		double lat = south + side * (double)(i / across), lon = west + side * (double)(i % across);
		f->code = arena_printf(a, "g%04zu", i);
		f->name = "";
		f->n = 1;
		f->polygons = ARENA_NEW(a, struct geo_polygon);
		f->polygons->n = 1;
		f->polygons->rings = ARENA_NEW(a, struct geo_ring);
		f->polygons->rings->n = 5;
		f->polygons->rings->points = arena_array(a, 5, sizeof(struct geo_point));
		for (size_t k = 0; k < 5; k++)
			f->polygons->rings->points[k] = (struct geo_point){lat + (k == 2 || k == 3 ? side : 0),
									   lon + (k == 1 || k == 2 ? side : 0)};
		/* The orders of one grid lie far apart in time: i moves fastest. */
		for (size_t k = 0; k < POINTS_PER_GRID; k++)
			data->orders[k * n_grids + i] =
			    (struct replay_order){.case_id = "",
						  .lat = lat + side * (0.2 + 0.2 * (double)k),
						  .lon = lon + side / 2,
						  .grid = (uint32_t)i};
	}
	for (size_t i = 0; i < n_members; i++) {
		const struct replay_order *at = &data->orders[i % data->n_orders];
		data->members[i] = (struct replay_member){arena_printf(a, "%zu", i), at->lat, at->lon, at->grid};
	}
}

static int fail(struct cli *cli, const char *what, const struct rpc_error *error)
{
	struct paidan_error as = {.code = (int)error->code};
	return cli_fail(cli, cli_status(&as), "%s：%s（%s）", "%s: %s (%s)", what, TR(cli, error->zh, error->en),
			error->reason);
}

static void set(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

/* Files for that many connections. */
static void raise_files(void)
{
	struct rlimit files = {0};
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* --- full lifecycles --- */

static json_t *life_report(const struct rpcs *r, const struct tenant_links *links, const struct life_options *options,
			   const struct life_result *result)
{
	json_t *o = json_object();
	json_object_set_new(o, "tenant", json_string(links->tenant));
	set(o, "in_flight", options->in_flight);
	json_object_set_new(o, "seconds", report_real(result->seconds));
	set(o, "closed", result->closed);
	json_object_set_new(o, "lifecycles_per_s", report_real((double)result->closed / result->seconds));
	json_object_set_new(o, "transitions_per_s",
			    report_real((double)(result->writes + result->offers) / result->seconds));
	set(o, "errors", result->errors);
	if (options->rate > 0) {
		json_object_set_new(o, "rate", report_real(options->rate));
		set(o, "skipped", result->skipped);
	}
	if (options->prefill > 0) {
		set(o, "prefilled", options->prefill);
		json_object_set_new(o, "prefill_s", report_real(result->prefill_s));
	}
	if (options->poll)
		set(o, "polls", result->polls);
	json_object_set_new(o, "rpcs", report_rpcs(r));
	return o;
}

static void add_watchers(json_t *report, const struct watchers *w, unsigned n)
{
	const struct watchers_result *result = watchers_result(w);
	set(report, "watchers", n);
	set(report, "watch_messages", result->times.n);
	set(report, "watch_ended", result->ended);
	json_object_set_new(report, "watch_p50_ms", report_real(hist_quantile_ms(&result->times, 0.5)));
	json_object_set_new(report, "watch_p99_ms", report_real(hist_quantile_ms(&result->times, 0.99)));
	json_object_set_new(report, "watch_max_ms", report_real((double)result->times.max_ns / 1e6));
}

static void reset_watchers(void *arg)
{
	watchers_reset(arg);
}

/* Lives beside watchers, if any are wanted; what was heard while everything warmed up does not count. */
static int measure_lives(struct cli *cli, struct rpcs *r, const struct tenant_links *links, const struct town *town,
			 const struct replay_data *data, const struct life_options *options,
			 const struct watchers_options *watching)
{
	struct rpc_error error;
	struct life_result result;
	struct watchers *w = NULL;
	if (watching->n > 0) {
		w = watchers_open(r, links->watch, town, watching, &error);
		if (w == NULL)
			return fail(cli, TR(cli, "打开事件流", "opening the streams"), &error);
	}
	struct life_options warm = *options;
	warm.on_window = w == NULL ? NULL : reset_watchers;
	warm.on_window_arg = w;
	struct life_run *run = life_new(r, links, town, data, &warm);
	life_go(run, &result);
	json_t *report = life_report(r, links, options, &result);
	if (w != NULL)
		add_watchers(report, w, watching->n);
	int status = report_print(cli, report);
	if (result.errors > 0)
		status = fail(cli, TR(cli, "有错误，第一个", "there were errors, the first"), &result.first_error);
	life_free(run);
	watchers_free(w);
	return status;
}

static int run_lives(struct cli *cli, const struct args *args, struct rpcs *r, const struct tenant_options *tenant,
		     const struct life_options *options, const struct watchers_options *watching)
{
	/* Nobody answers late, nothing closes by itself: only the work is measured. */
	static const struct town_policy policy = {.offer_ttl_ms = 1800000, .auto_close_ms = 259200000};
	struct arena arena;
	struct replay_data *data = calloc(1, sizeof(*data));
	struct tenant_links links = {0};
	struct town town;
	struct rpc_error error;
	unsigned long grids = args_uint(args, "grids", 64), members = args_uint(args, "members", 1000);
	if (data == NULL)
		return cli_fail(cli, STATUS_ERROR, "内存不足", "out of memory");
	if (grids == 0 || grids > MAX_GRIDS || members == 0 || members > MAX_MEMBERS) {
		free(data);
		return cli_usage(cli, "--grids 应为 1 到 %d，--members 应为 1 到 %d",
				 "--grids must be 1 to %d and --members 1 to %d", MAX_GRIDS, MAX_MEMBERS);
	}
	arena_init(&arena, ARENA_BYTES);
	make_town(&arena, grids, members, data);
	int status = STATUS_OK;
	if (!tenant_create(r, tenant, &links, &error) || !town_build(&arena, r, &links, data, &policy, &town, &error)) {
		status = fail(cli, TR(cli, "建立辖区", "setting the tenant up"), &error);
	} else {
		status = measure_lives(cli, r, &links, &town, data, options, watching);
	}
	arena_free(&arena);
	free(data);
	return status;
}

/* --- one RPC --- */

struct pinging {
	struct rpcs *rpcs;
	struct channel *link;
	uint64_t until_ns;
	uint64_t done, errors;
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void ping(struct pinging *p);

static void ponged(void *arg, const struct rpc_reply *reply)
{
	struct pinging *p = arg;
	p->done++;
	p->errors += reply->error != NULL;
	if (now_ns() < p->until_ns)
		ping(p);
}

static void ping(struct pinging *p)
{
	Grpc__Health__V1__HealthCheckRequest request;
	grpc__health__v1__health_check_request__init(&request);
	rpc_send(p->rpcs, p->link, RPC_HEALTH_CHECK, &request, NULL, ponged, p);
}

static int run_pings(struct cli *cli, struct rpcs *r, unsigned connections, const struct life_options *options)
{
	struct pinging p = {.rpcs = r};
	struct rpc_error error;
	p.link = rpc_link(r, NULL, connections, &error);
	if (p.link == NULL)
		return fail(cli, TR(cli, "连接", "connecting"), &error);
	uint64_t from = now_ns() + (uint64_t)(options->warmup_s * 1e9);
	p.until_ns = from + (uint64_t)(options->seconds * 1e9);
	for (unsigned i = 0; i < options->in_flight; i++)
		ping(&p);
	while (now_ns() < from)
		event_base_loop(rpcs_base(r), EVLOOP_ONCE);
	rpcs_reset_stats(r);
	uint64_t before = p.done;
	while (now_ns() < p.until_ns)
		event_base_loop(rpcs_base(r), EVLOOP_ONCE);
	double seconds = (double)(now_ns() - from) / 1e9;
	uint64_t done = p.done - before;
	while (rpcs_in_flight(r) > 0)
		event_base_loop(rpcs_base(r), EVLOOP_ONCE);
	json_t *o = json_object();
	set(o, "in_flight", options->in_flight);
	json_object_set_new(o, "rpc_per_s", report_real((double)done / seconds));
	set(o, "errors", p.errors);
	json_object_set_new(o, "rpcs", report_rpcs(r));
	return report_print(cli, o);
}

/* --- idle connections --- */

static void on_interrupt(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(arg);
}

/* One line on stdout when all are up. */
static int run_idle(struct cli *cli, struct rpcs *r, unsigned n)
{
	struct rpc_error error;
	struct event_base *base = rpcs_base(r);
	raise_files();
	struct channel *link = rpc_link(r, NULL, n, &error);
	struct event *interrupt = evsignal_new(base, SIGINT, on_interrupt, base);
	struct event *terminate = evsignal_new(base, SIGTERM, on_interrupt, base);
	if (link == NULL || interrupt == NULL || terminate == NULL)
		return fail(cli, TR(cli, "连接", "connecting"), &error);
	event_add(interrupt, NULL);
	event_add(terminate, NULL);
	channel_connect(link);
	while (channel_stats(link)->ready < n && !event_base_got_break(base))
		event_base_loop(base, EVLOOP_ONCE);
	printf("{\"idle_connections\":%u}\n", channel_stats(link)->ready);
	fflush(stdout);
	event_base_dispatch(base);
	event_free(interrupt);
	event_free(terminate);
	return STATUS_OK;
}

int run_bench(struct cli *cli, const struct args *args)
{
	struct life_options options = {
	    .in_flight = (unsigned)args_uint(args, "in-flight", 200),
	    .warmup_s = (double)args_uint(args, "warmup", 2),
	    .seconds = (double)args_uint(args, "seconds", 10),
	    .rate = (double)args_uint(args, "rate", 0),
	    .lifecycles = args_uint(args, "lifecycles", 0),
	    .prefill = args_uint(args, "prefill", 0),
	    .board = (unsigned)args_uint(args, "board", 0),
	    .poll = args_has(args, "poll"),
	};
	struct watchers_options watching = {.n = (unsigned)args_uint(args, "watchers", 0),
					    .everything = args_has(args, "watch-all")};
	unsigned long connections = args_uint(args, "connections", 8), idle = args_uint(args, "idle", 0);
	if (cli->settings.server == NULL || cli->settings.server[0] == '\0')
		return cli_usage(cli, "没有指定服务器：请用 --server", "no server is given: use --server");
	if (options.in_flight == 0 || options.in_flight > MAX_IN_FLIGHT || connections == 0 || idle > MAX_IDLE ||
	    watching.n > MAX_WATCHERS)
		return cli_usage(cli, "--in-flight 应为 1 到 %d，--connections 至少 1，--idle 和 --watchers 至多 %d",
				 "--in-flight must be 1 to %d, --connections at least 1, --idle and --watchers "
				 "at most %d",
				 MAX_IN_FLIGHT, MAX_IDLE);
	struct rpcs_options rpcs = {.url = cli->settings.server, .ca_file = cli->settings.ca, .give_up_ms = GIVE_UP_MS};
	struct rpcs *r = rpcs_new(&rpcs);
	int status;
	if (idle > 0) {
		status = run_idle(cli, r, (unsigned)idle);
	} else if (args_has(args, "rpc")) {
		status = run_pings(cli, r, (unsigned)connections, &options);
	} else {
		char *key = report_root_key(cli, args);
		struct tenant_options tenant = {.root_key = key,
						.prefix = "bench",
						.connections = (unsigned)connections,
						.watch_connections = (watching.n + WATCHERS_PER_CONNECTION - 1) /
								     WATCHERS_PER_CONNECTION};
		raise_files();
		status = key == NULL ? STATUS_USAGE : run_lives(cli, args, r, &tenant, &options, &watching);
		free(key);
	}
	rpcs_free(r);
	return status;
}
