#include "bench_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench_tenant.h"

json_t *report_real(double value)
{
	return json_real(isfinite(value) ? round(value * 1000) / 1000 : 0);
}

json_t *report_rpcs(const struct rpcs *r)
{
	json_t *all = json_object();
	for (enum rpc rpc = 0; rpc < RPC_COUNT; rpc++) {
		const struct rpc_stats *s = rpcs_stats(r, rpc);
		if (s->times.n + s->refused + s->again == 0)
			continue;
		json_t *one = json_object();
		json_object_set_new(one, "calls", json_integer((json_int_t)s->times.n));
		json_object_set_new(one, "refused", json_integer((json_int_t)s->refused));
		json_object_set_new(one, "again", json_integer((json_int_t)s->again));
		json_object_set_new(one, "p50_ms", report_real(hist_quantile_ms(&s->times, 0.5)));
		json_object_set_new(one, "p99_ms", report_real(hist_quantile_ms(&s->times, 0.99)));
		json_object_set_new(one, "max_ms", report_real((double)s->times.max_ns / 1e6));
		json_object_set_new(all, rpc_rows[rpc].name, one);
	}
	return all;
}

static void put(struct table *t, const char *text, enum style style)
{
	table_put(t, slice_str(text), style);
}

static void put_value(struct table *t, const json_t *value)
{
	char text[64];
	if (json_is_string(value))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, sizeof(text), "%.3f", json_real_value(value));
	else
		snprintf(text, sizeof(text), "%s", json_is_true(value) ? "yes" : "");
	put(t, text, STYLE_NONE);
}

static void print_lines(struct cli *cli, json_t *report, struct buf *out)
{
	struct table t;
	const char *key, *inner;
	json_t *value, *part;
	table_init(&t, 2, cli->colour, cli->width);
	t.right[1] = true;
	put(&t, TR(cli, "项目", "what"), STYLE_BOLD);
	put(&t, TR(cli, "值", "value"), STYLE_BOLD);
	json_object_foreach(report, key, value)
	{
		if (strcmp(key, "rpcs") == 0)
			continue;
		if (!json_is_object(value)) {
			put(&t, key, STYLE_NONE);
			put_value(&t, value);
			continue;
		}
		json_object_foreach(value, inner, part)
		{
			char name[96];
			snprintf(name, sizeof(name), "%s.%s", key, inner);
			put(&t, name, STYLE_NONE);
			put_value(&t, part);
		}
	}
	table_print(&t, out);
	table_free(&t);
}

static void print_rpcs(struct cli *cli, json_t *rpcs, struct buf *out)
{
	static const char *const columns[] = {"calls", "refused", "again", "p50_ms", "p99_ms", "max_ms"};
	enum { N = sizeof(columns) / sizeof(columns[0]) };
	struct table t;
	const char *name;
	json_t *one;
	table_init(&t, N + 1, cli->colour, cli->width);
	put(&t, "RPC", STYLE_BOLD);
	for (size_t i = 0; i < N; i++) {
		t.right[i + 1] = true;
		put(&t, columns[i], STYLE_BOLD);
	}
	json_object_foreach(rpcs, name, one)
	{
		put(&t, name, STYLE_NONE);
		for (size_t i = 0; i < N; i++)
			put_value(&t, json_object_get(one, columns[i]));
	}
	buf_byte(out, '\n');
	table_print(&t, out);
	table_free(&t);
}

int report_print(struct cli *cli, json_t *report)
{
	struct buf out = {0};
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL) {
		char *text = json_dumps(report, (cli->output == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT) |
						    JSON_REAL_PRECISION(12));
		buf_str(&out, text);
		buf_byte(&out, '\n');
		free(text);
	} else {
		print_lines(cli, report, &out);
		json_t *rpcs = json_object_get(report, "rpcs");
		if (json_object_size(rpcs) > 0)
			print_rpcs(cli, rpcs, &out);
	}
	json_decref(report);
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

double report_share(const struct cli *cli, const struct args *args, const char *name, double fallback)
{
	const char *text = args_text(args, name);
	char *end;
	if (text == NULL)
		return fallback;
	double value = strtod(text, &end);
	if (*text != '\0' && *end == '\0' && value >= 0 && value <= 1)
		return value;
	cli_usage(cli, "--%s 应在 0 到 1 之间，不是 %s", "--%s must be between 0 and 1, not %s", name, text);
	return -1;
}

char *report_root_key(const struct cli *cli, const struct args *args)
{
	const char *path = args_text(args, "root-key");
	char *key = NULL;
	if (path == NULL && (cli->settings.key == NULL || cli->settings.key[0] == '\0')) {
		cli_usage(cli, "建立辖区需要根密钥：--root-key FILE，或以 --key 给出",
			  "making a tenant needs the root key: --root-key FILE, or give it as --key");
		return NULL;
	}
	key = path == NULL ? strdup(cli->settings.key) : tenant_read_key(path);
	if (key == NULL)
		cli_fail(cli, STATUS_USAGE, "%s：%s", "%s: %s", path == NULL ? "key" : path, strerror(errno));
	return key;
}
