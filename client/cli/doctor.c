#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "cli_text.h"
#include "doctor_inside.h"
#include "doctor_net.h"
#include "rpc_field.h"

/* Beyond this, offers seem to expire early and photos to come from the future. */
enum { SKEW_LOOK_S = 5, CALL_MS = 5000 };

/* --- settings --- */

static bool check_settings(struct cli *cli, struct target *target)
{
	struct finding f = {.name = "settings", .zh = "设置", .en = "Settings"};
	struct fault fault = {0};
	const struct settings *s = &cli->settings;
	if (s->server == NULL || *s->server == '\0') {
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, "没有指定服务器", "no server is given"));
		finding_mend(
		    &f, "%s",
		    TR(cli, "运行 paidan login URL，或加 --server URL", "run paidan login URL, or add --server URL"));
	} else if (target_parse(target, s->server, &fault) != OK) {
		finding_say(&f, VERDICT_WRONG, "%s: %s", s->server, fault.detail);
		finding_mend(&f, "%s",
			     TR(cli, "URL 应形如 https://host:port", "the URL must be like https://host:port"));
	} else {
		finding_say(&f, VERDICT_FINE, "%s%s%s%s", target->url, s->as == NULL ? "" : TR(cli, "，代 ", ", as "),
			    s->as == NULL ? "" : s->as,
			    s->from_file ? TR(cli, "（来自设置文件）", " (from the config file)") : "");
	}
	finding_report(cli, &f);
	return f.verdict != VERDICT_WRONG;
}

/* --- calls --- */

struct asking {
	bool done;
	enum grpc_code code;
	struct rpc_error error;
	uint64_t health; /* grpc.health.v1.HealthCheckResponse.status */
	double ms;
};

static void on_done(void *arg, const struct call_result *result)
{
	struct asking *a = arg;
	struct slice message = result->message;
	struct rpc_field field;
	a->done = true;
	a->code = result->code;
	a->ms = (double)result->elapsed_ns / 1e6;
	if (result->error != NULL)
		a->error = *result->error;
	while (rpc_field_next(&message, &field)) {
		if (field.number == 1 && field.type == RPC_VARINT)
			a->health = field.value;
	}
}

/* An empty request: all fields at their defaults. */
static void ask(struct event_base *base, struct channel *channel, const char *path, const char *act_as,
		struct asking *a)
{
	*a = (struct asking){0};
	struct call_options options = {
	    .path = path, .act_as = act_as, .timeout_ms = CALL_MS, .on_done = on_done, .arg = a};
	if (channel_send(channel, SLICE_NONE, &options) != 0)
		return;
	while (!a->done && event_base_loop(base, EVLOOP_ONCE) == 0)
		;
}

static bool check_health(struct cli *cli, struct event_base *base, struct channel *channel)
{
	struct finding f = {.name = "health", .zh = "健康服务", .en = "Health"};
	struct asking a;
	ask(base, channel, "/grpc.health.v1.Health/Check", NULL, &a);
	if (a.code != GRPC_OK) {
		finding_say(&f, VERDICT_WRONG, "%s (%s)", TR(cli, a.error.zh, a.error.en), a.error.reason);
		finding_mend(&f, "%s",
			     a.code == GRPC_UNIMPLEMENTED
				 ? TR(cli, "那里可能不是派单服务", "that may not be a paidan server")
				 : TR(cli, "查看服务器日志", "look at the server's log"));
	} else if (a.health != 1) {
		finding_say(&f, VERDICT_WRONG, "%s",
			    TR(cli, "服务器说它暂不能服务", "the server says that it does not serve now"));
		finding_mend(&f, "%s",
			     TR(cli, "它可能正在启动、停止，或连不上 Redis：查看服务器日志",
				"it may be starting, stopping, or without Redis: look at the server's log"));
	} else {
		finding_say(&f, VERDICT_FINE, TR(cli, "SERVING（%.1f 毫秒）", "SERVING (%.1f ms)"), a.ms);
	}
	finding_report(cli, &f);
	return f.verdict == VERDICT_FINE;
}

static void check_clock(struct cli *cli, struct channel *channel)
{
	struct finding f = {.name = "clock", .zh = "时钟", .en = "Clock"};
	int64_t server_s, local_ms;
	if (!channel_server_time(channel, &server_s, &local_ms))
		return;
	/* The header tells whole seconds: half of one is as good as it gets. */
	int64_t skew_s = (local_ms - server_s * 1000 - 500) / 1000;
	if (skew_s > -SKEW_LOOK_S && skew_s < SKEW_LOOK_S) {
		finding_say(&f, VERDICT_FINE, "%s", TR(cli, "与服务器一致", "agrees with the server"));
	} else {
		finding_say(&f, VERDICT_LOOK,
			    skew_s > 0 ? TR(cli, "本机比服务器快 %lld 秒", "this machine is %lld s ahead of the server")
				       : TR(cli, "本机比服务器慢 %lld 秒", "this machine is %lld s behind the server"),
			    (long long)(skew_s > 0 ? skew_s : -skew_s));
		finding_mend(&f, "%s", TR(cli, "在两边都启用时间同步（NTP）", "let both follow a time server (NTP)"));
	}
	finding_report(cli, &f);
}

static bool check_key(struct cli *cli, struct event_base *base, struct channel *channel)
{
	struct finding f = {.name = "key", .zh = "密钥", .en = "Key"};
	const struct settings *s = &cli->settings;
	struct asking a;
	bool has_key = s->key != NULL && *s->key != '\0';
	if (!has_key && s->cert == NULL) {
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, "没有密钥", "there is no key"));
		finding_mend(&f, "%s",
			     TR(cli, "运行 paidan login，或设 PAIDAN_KEY", "run paidan login, or set PAIDAN_KEY"));
		finding_report(cli, &f);
		return false;
	}
	ask(base, channel, "/paidan.v1.OrgService/ListCategories", s->as, &a);
	/* Only the keys of tenants say whom they speak to. */
	bool root = has_key && strncmp(s->key, "pdk_", 4) != 0 && (s->tenant == NULL || *s->tenant == '\0');
	if (a.code == GRPC_UNAUTHENTICATED && root) {
		finding_say(&f, VERDICT_LOOK, "%s",
			    TR(cli, "这像是根密钥，没有指定辖区", "it looks like a root key, and no tenant is named"));
		finding_mend(
		    &f, "%s",
		    TR(cli, "加 --tenant ID，或改用辖区的密钥", "add --tenant ID, or use a key of the tenant"));
	} else if (a.code == GRPC_UNAUTHENTICATED) {
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, a.error.zh, a.error.en));
		finding_mend(&f, "%s", inside_key_mend(cli, a.error.reason));
	} else if (a.code == GRPC_OK || a.code == GRPC_PERMISSION_DENIED) {
		finding_say(&f, VERDICT_FINE, TR(cli, "有效（%.1f 毫秒）", "accepted (%.1f ms)"), a.ms);
	} else {
		finding_say(&f, VERDICT_WRONG, "%s (%s)", TR(cli, a.error.zh, a.error.en), a.error.reason);
		finding_mend(&f, "%s",
			     a.code == GRPC_UNAVAILABLE ? TR(cli, "服务器连不上它的存储：查看服务器日志",
							     "the server can't reach its store: look at its log")
							: TR(cli, "检查 --as、--tenant 和密钥是否相配",
							     "check that --as, --tenant and the key go together"));
	}
	finding_report(cli, &f);
	return f.verdict != VERDICT_WRONG;
}

static bool check_calls(struct cli *cli)
{
	struct rpc_error error;
	const struct settings *s = &cli->settings;
	struct event_base *base = event_base_new();
	if (base == NULL)
		return false;
	struct channel_options options = {.base = base,
					  .url = s->server,
					  .ca_file = s->ca,
					  .cert_file = s->cert,
					  .cert_key_file = s->cert_key,
					  .key = s->key,
					  .tenant = s->tenant};
	struct channel *channel = channel_open(&options, &error);
	bool fine = false;
	if (channel != NULL) {
		fine = check_health(cli, base, channel);
		check_clock(cli, channel);
		fine = check_key(cli, base, channel) && fine;
	} else {
		struct finding f = {.name = "settings", .zh = "设置", .en = "Settings"};
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, error.zh, error.en));
		finding_report(cli, &f);
	}
	channel_close(channel);
	event_base_free(base);
	return fine;
}

int run_doctor(struct cli *cli, const struct args *args)
{
	struct target target;
	bool wrong = false;
	(void)args;
	bool fine = check_settings(cli, &target) && doctor_network(cli, &target, &wrong) && check_calls(cli);
	/* Also when calls fail: it may say why. */
	doctor_inside(cli, &wrong);
	fine = fine && !wrong && !cli->doubtful;
	if (cli->output == OUTPUT_TABLE || cli->output == OUTPUT_CSV)
		printf("%s\n", fine ? TR(cli, "\n一切正常。", "\nAll is well.")
				    : TR(cli, "\n有问题，请按 → 处理。", "\nSomething is wrong: see the arrows."));
	return fine ? STATUS_OK : STATUS_ERROR;
}
