#include "top_figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

const struct figure_group top_groups[] = {
    {"rpc", "RPC", "RPC"},
    {"txn", "事务", "Commits"},
    {"redis", "Redis", "Redis"},
    {"net", "网络", "Network"},
    {"timers", "定时器", "Timers"},
    {"webhooks", "Webhook", "Webhooks"},
    {"process", "进程", "Processes"},
};
const size_t top_n_groups = sizeof(top_groups) / sizeof(top_groups[0]);

const struct figure top_figures[] = {
    {"rpc", "perSecond", "paidan_rpc_total", FIGURE_RATE, false, "", ""},
    {"rpc", "inFlight", "paidan_rpc_in_flight", FIGURE_COUNT, false, "进行中", "in flight"},
    {"rpc", "streams", "paidan_rpc_streams", FIGURE_COUNT, false, "流", "streams"},
    {"rpc", "messagesPerSecond", "paidan_rpc_stream_messages_total", FIGURE_RATE, false, "流消息", "messages"},
    {"rpc", "overloadedPerSecond", "paidan_rpc_overloaded_total", FIGURE_RATE, true, "过载拒绝", "overloaded"},
    {"txn", "perSecond", "paidan_txn_commits_total", FIGURE_RATE, false, "", ""},
    {"txn", "conflictsPerSecond", "paidan_txn_conflicts_total", FIGURE_RATE, false, "冲突", "conflicts"},
    {"txn", "runsPerSecond", "paidan_txn_runs_total", FIGURE_RATE, false, "执行", "runs"},
    {"txn", "loadsPerSecond", "paidan_txn_loads_total", FIGURE_RATE, false, "读取", "loads"},
    {"txn", "inFlight", "paidan_txn_in_flight", FIGURE_COUNT, false, "进行中", "in flight"},
    {"redis", "perSecond", "paidan_store_commands_total", FIGURE_RATE, false, "", ""},
    {"redis", "sentPerSecond", "paidan_store_sent_bytes_total", FIGURE_BYTES_RATE, false, "发", "out"},
    {"redis", "receivedPerSecond", "paidan_store_received_bytes_total", FIGURE_BYTES_RATE, false, "收", "in"},
    {"redis", "readyWorkers", "paidan_store_ready_workers", FIGURE_COUNT, false, "就绪进程", "ready workers"},
    {"redis", "restarts", "paidan_redis_restarts_total", FIGURE_COUNT, false, "重启", "restarts"},
    {"net", "connections", "paidan_net_connections", FIGURE_COUNT, false, "连接", "open"},
    {"net", "acceptedPerSecond", "paidan_net_connections_total", FIGURE_RATE, false, "新", "new"},
    {"net", "sentPerSecond", "paidan_net_sent_bytes_total", FIGURE_BYTES_RATE, false, "发", "out"},
    {"net", "receivedPerSecond", "paidan_net_received_bytes_total", FIGURE_BYTES_RATE, false, "收", "in"},
    {"net", "tlsFailedPerSecond", "paidan_net_tls_failed_total", FIGURE_RATE, true, "握手失败", "TLS failed"},
    {"timers", "perSecond", "paidan_job_ticks_total", FIGURE_RATE, false, "", ""},
    {"timers", "lateSeconds", "paidan_job_late_seconds", FIGURE_SECONDS, false, "最迟", "late"},
    {"timers", "leases", "paidan_job_leases", FIGURE_COUNT, false, "辖区", "tenants"},
    {"webhooks", "perSecond", "paidan_webhook_delivered_total", FIGURE_RATE, false, "", ""},
    {"webhooks", "inFlight", "paidan_webhook_in_flight", FIGURE_COUNT, false, "进行中", "in flight"},
    {"webhooks", "refusedPerSecond", "paidan_webhook_refused_total", FIGURE_RATE, true, "被拒", "refused"},
    {"webhooks", "timeoutsPerSecond", "paidan_webhook_timeouts_total", FIGURE_RATE, true, "超时", "timeouts"},
    {"webhooks", "unreachedPerSecond", "paidan_webhook_unreached_total", FIGURE_RATE, true, "不可达", "unreached"},
    {"webhooks", "lagSeconds", "paidan_webhook_lag_seconds", FIGURE_SECONDS, false, "积压", "lag"},
    {"process", "cpuCores", "paidan_cpu_seconds_total", FIGURE_SHARE, false, "CPU", "CPU"},
    {"process", "residentBytes", "paidan_resident_bytes", FIGURE_BYTES, false, "内存", "memory"},
    {"process", "loopLagSeconds", "paidan_loop_lag_seconds", FIGURE_SECONDS, false, "循环延迟", "loop lag"},
    {"process", "workers", "paidan_workers", FIGURE_COUNT, false, "工作进程", "workers"},
    {"process", "restarts", "paidan_worker_restarts_total", FIGURE_COUNT, false, "重启", "restarts"},
};
const size_t top_n_figures = sizeof(top_figures) / sizeof(top_figures[0]);

bool figure_value(const struct figure *figure, const struct round *round, double *value)
{
	bool there = false;
	switch (figure->kind) {
	case FIGURE_RATE:
	case FIGURE_BYTES_RATE:
	case FIGURE_SHARE:
		there = scrape_grown(round->before, round->now, figure->metric, value);
		*value /= round->seconds;
		break;
	case FIGURE_COUNT:
	case FIGURE_BYTES:
		there = scrape_sum(round->now, figure->metric, value);
		break;
	case FIGURE_SECONDS:
		there = scrape_max(round->now, figure->metric, value);
		break;
	}
	return there;
}

/* --- calls --- */

/* The package says nothing here: all are ours, but health and reflection. */
static const char *without_package(const char *name)
{
	const char *from = name;
	const char *slash = strchr(name, '/');
	for (const char *p = name; slash != NULL && p < slash; p++)
		from = *p == '.' ? p + 1 : from;
	return from;
}

/* NULL when it isn't among them, or there is no room for a new one. */
static struct top_method *method_of(struct top_calls *calls, const struct sample *sample, bool make)
{
	char name[160];
	if (!sample_label(sample, "method", name, sizeof(name)))
		return NULL;
	const char *brief = without_package(name);
	for (size_t i = 0; i < calls->n_methods; i++) {
		if (strcmp(calls->methods[i].name, brief) == 0)
			return &calls->methods[i];
	}
	if (!make || calls->n_methods == TOP_MAX_METHODS)
		return NULL;
	struct top_method *method = &calls->methods[calls->n_methods++];
	*method = (struct top_method){0};
	snprintf(method->name, sizeof(method->name), "%.*s", (int)sizeof(method->name) - 1, brief);
	return method;
}

static void count_code(struct top_calls *calls, const char *name, double n)
{
	size_t i = 0;
	while (i < calls->n_codes && strcmp(calls->codes[i].name, name) != 0)
		i++;
	if (i == TOP_MAX_CODES)
		return;
	if (i == calls->n_codes) {
		calls->codes[calls->n_codes++] = (struct top_code){0};
		snprintf(calls->codes[i].name, sizeof(calls->codes[i].name), "%s", name);
	}
	calls->codes[i].calls += n;
}

static void count_ended(const struct round *round, struct top_calls *calls)
{
	size_t n;
	char code[32];
	const struct sample *sample = scrape_named(round->now, SLICE("paidan_rpc_total"), &n);
	for (size_t i = 0; i < n; i++) {
		double grown = scrape_growth(round->before, &sample[i]);
		struct top_method *method = grown > 0 ? method_of(calls, &sample[i], true) : NULL;
		if (method == NULL || !sample_label(&sample[i], "code", code, sizeof(code)))
			continue;
		method->calls += grown;
		if (strcasecmp(code, "ok") != 0) {
			method->errors += grown;
			count_code(calls, code, grown);
		}
	}
}

static int by_bound(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;
	return (x->le > y->le) - (x->le < y->le);
}

static void take_times(const struct round *round, struct top_calls *calls)
{
	size_t n;
	char le[40];
	const struct sample *sample = scrape_named(round->now, SLICE("paidan_rpc_seconds_bucket"), &n);
	for (size_t i = 0; i < n; i++) {
		struct top_method *method = method_of(calls, &sample[i], false);
		if (method == NULL || method->n_buckets == TOP_MAX_BUCKETS ||
		    !sample_label(&sample[i], "le", le, sizeof(le)))
			continue;
		double bound = strtod(le, NULL);
		if (!isnan(bound))
			method->buckets[method->n_buckets++] =
			    (struct bucket){bound, scrape_growth(round->before, &sample[i])};
	}
	for (size_t i = 0; i < calls->n_methods; i++) {
		struct top_method *method = &calls->methods[i];
		qsort(method->buckets, method->n_buckets, sizeof(method->buckets[0]), by_bound);
		method->p50_s = bucket_quantile(method->buckets, method->n_buckets, 0.5);
		method->p99_s = bucket_quantile(method->buckets, method->n_buckets, 0.99);
	}
}

static int busiest_first(const void *a, const void *b)
{
	const struct top_method *x = a, *y = b;
	int order = (y->calls > x->calls) - (y->calls < x->calls);
	return order != 0 ? order : strcmp(x->name, y->name);
}

static int most_first(const void *a, const void *b)
{
	const struct top_code *x = a, *y = b;
	int order = (y->calls > x->calls) - (y->calls < x->calls);
	return order != 0 ? order : strcmp(x->name, y->name);
}

void top_calls_of(const struct round *round, struct top_calls *calls)
{
	calls->n_methods = 0;
	calls->n_codes = 0;
	count_ended(round, calls);
	take_times(round, calls);
	qsort(calls->methods, calls->n_methods, sizeof(calls->methods[0]), busiest_first);
	qsort(calls->codes, calls->n_codes, sizeof(calls->codes[0]), most_first);
}

bool top_is_known(struct slice name)
{
	if (slice_starts(name, SLICE("paidan_rpc_seconds")))
		return true;
	for (size_t i = 0; i < top_n_figures; i++) {
		if (slice_eq(name, slice_str(top_figures[i].metric)))
			return true;
	}
	return false;
}
