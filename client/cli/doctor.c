#include "doctor.h"

#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "cli_text.h"
#include "doctor_inside.h"
#include "rpc_field.h"

/* Beyond this, offers seem to expire early and photos to come from the future. */
enum { SKEW_LOOK_S = 5, CALL_MS = 5000 };

/* --- saying --- */

void doctor_say(struct finding *f, enum verdict verdict, const char *format, ...)
{
	va_list args;
	f->verdict = verdict;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

void doctor_mend(struct finding *f, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(f->mend, sizeof(f->mend), format, args);
	va_end(args);
}

static void put_plain(struct cli *cli, const struct finding *f, struct buf *out)
{
	enum { COLUMN = 14 };
	static const struct {
		const char *mark;
		enum style style;
	} marks[] = {[VERDICT_FINE] = {"✓", STYLE_GREEN},
		     [VERDICT_LOOK] = {"!", STYLE_YELLOW},
		     [VERDICT_WRONG] = {"✗", STYLE_RED}};
	const char *name = TR(cli, f->zh, f->en);
	size_t w = text_width(slice_str(name));
	buf_str(out, cli->colour ? style_begin(marks[f->verdict].style) : "");
	buf_str(out, marks[f->verdict].mark);
	buf_str(out, cli->colour ? style_end(marks[f->verdict].style) : "");
	buf_printf(out, " %s", name);
	text_put_spaces(out, w < COLUMN ? COLUMN - w : 1);
	text_put_safe(out, slice_str(f->text));
	buf_byte(out, '\n');
	if (f->mend[0] != '\0') {
		text_put_spaces(out, COLUMN + 2);
		buf_str(out, "→ ");
		text_put_safe(out, slice_str(f->mend));
		buf_byte(out, '\n');
	}
}

void doctor_report(struct cli *cli, const struct finding *f)
{
	static const char *const verdicts[] = {"ok", "warning", "failed"};
	struct buf out = {0};
	cli->doubtful = cli->doubtful || f->verdict != VERDICT_FINE;
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL) {
		json_t *row = json_pack("{s:s, s:s, s:s, s:s}", "check", f->name, "verdict", verdicts[f->verdict],
					"text", f->text, "mend", f->mend);
		char *text = json_dumps(row, JSON_COMPACT);
		buf_printf(&out, "%s\n", text == NULL ? "{}" : text);
		free(text);
		json_decref(row);
	} else {
		put_plain(cli, f, &out);
	}
	cli_write(cli, &out);
	buf_free(&out);
}

/* --- settings --- */

static bool check_settings(struct cli *cli, struct target *target)
{
	struct finding f = {.name = "settings", .zh = "设置", .en = "Settings"};
	struct fault fault = {0};
	const struct settings *s = &cli->settings;
	if (s->server == NULL || *s->server == '\0') {
		doctor_say(&f, VERDICT_WRONG, "%s", TR(cli, "没有指定服务器", "no server is given"));
		doctor_mend(
		    &f, "%s",
		    TR(cli, "运行 paidan login URL，或加 --server URL", "run paidan login URL, or add --server URL"));
	} else if (target_parse(target, s->server, &fault) != OK) {
		doctor_say(&f, VERDICT_WRONG, "%s: %s", s->server, fault.detail);
		doctor_mend(&f, "%s",
			    TR(cli, "URL 应形如 https://host:port", "the URL must be like https://host:port"));
	} else {
		doctor_say(&f, VERDICT_FINE, "%s%s%s%s", target->url, s->as == NULL ? "" : TR(cli, "，代 ", ", as "),
			   s->as == NULL ? "" : s->as,
			   s->from_file ? TR(cli, "（来自设置文件）", " (from the config file)") : "");
	}
	doctor_report(cli, &f);
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
		doctor_say(&f, VERDICT_WRONG, "%s (%s)", TR(cli, a.error.zh, a.error.en), a.error.reason);
		doctor_mend(&f, "%s",
			    a.code == GRPC_UNIMPLEMENTED
				? TR(cli, "那里可能不是派单服务", "that may not be a paidan server")
				: TR(cli, "查看服务器日志", "look at the server's log"));
	} else if (a.health != 1) {
		doctor_say(&f, VERDICT_WRONG, "%s",
			   TR(cli, "服务器说它暂不能服务", "the server says that it does not serve now"));
		doctor_mend(&f, "%s",
			    TR(cli, "它可能正在启动、停止，或连不上 Redis：查看服务器日志",
			       "it may be starting, stopping, or without Redis: look at the server's log"));
	} else {
		doctor_say(&f, VERDICT_FINE, TR(cli, "SERVING（%.1f 毫秒）", "SERVING (%.1f ms)"), a.ms);
	}
	doctor_report(cli, &f);
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
		doctor_say(&f, VERDICT_FINE, "%s", TR(cli, "与服务器一致", "agrees with the server"));
	} else {
		doctor_say(&f, VERDICT_LOOK,
			   skew_s > 0 ? TR(cli, "本机比服务器快 %lld 秒", "this machine is %lld s ahead of the server")
				      : TR(cli, "本机比服务器慢 %lld 秒", "this machine is %lld s behind the server"),
			   (long long)(skew_s > 0 ? skew_s : -skew_s));
		doctor_mend(&f, "%s", TR(cli, "在两边都启用时间同步（NTP）", "let both follow a time server (NTP)"));
	}
	doctor_report(cli, &f);
}

static bool check_key(struct cli *cli, struct event_base *base, struct channel *channel)
{
	struct finding f = {.name = "key", .zh = "密钥", .en = "Key"};
	const struct settings *s = &cli->settings;
	struct asking a;
	bool has_key = s->key != NULL && *s->key != '\0';
	if (!has_key && s->cert == NULL) {
		doctor_say(&f, VERDICT_WRONG, "%s", TR(cli, "没有密钥", "there is no key"));
		doctor_mend(&f, "%s",
			    TR(cli, "运行 paidan login，或设 PAIDAN_KEY", "run paidan login, or set PAIDAN_KEY"));
		doctor_report(cli, &f);
		return false;
	}
	ask(base, channel, "/paidan.v1.OrgService/ListCategories", s->as, &a);
	/* Only the keys of tenants say whom they speak to. */
	bool root = has_key && strncmp(s->key, "pdk_", 4) != 0 && (s->tenant == NULL || *s->tenant == '\0');
	if (a.code == GRPC_UNAUTHENTICATED && root) {
		doctor_say(&f, VERDICT_LOOK, "%s",
			   TR(cli, "这像是根密钥，没有指定辖区", "it looks like a root key, and no tenant is named"));
		doctor_mend(&f, "%s",
			    TR(cli, "加 --tenant ID，或改用辖区的密钥", "add --tenant ID, or use a key of the tenant"));
	} else if (a.code == GRPC_UNAUTHENTICATED) {
		doctor_say(&f, VERDICT_WRONG, "%s", TR(cli, a.error.zh, a.error.en));
		doctor_mend(&f, "%s", inside_key_mend(cli, a.error.reason));
	} else if (a.code == GRPC_OK || a.code == GRPC_PERMISSION_DENIED) {
		doctor_say(&f, VERDICT_FINE, TR(cli, "有效（%.1f 毫秒）", "accepted (%.1f ms)"), a.ms);
	} else {
		doctor_say(&f, VERDICT_WRONG, "%s (%s)", TR(cli, a.error.zh, a.error.en), a.error.reason);
		doctor_mend(&f, "%s",
			    a.code == GRPC_UNAVAILABLE ? TR(cli, "服务器连不上它的存储：查看服务器日志",
							    "the server can't reach its store: look at its log")
						       : TR(cli, "检查 --as、--tenant 和密钥是否相配",
							    "check that --as, --tenant and the key go together"));
	}
	doctor_report(cli, &f);
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
		doctor_say(&f, VERDICT_WRONG, "%s", TR(cli, error.zh, error.en));
		doctor_report(cli, &f);
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
