#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cli_file.h"
#include "cli_json.h"
#include "output.h"

/* --- call --- */

/* A unary method or, when there is none of that name, a stream. */
static int call_or_watch(struct cli *cli, const char *method, const char *json)
{
	char *reply;
	struct paidan_watch *watch;
	static const struct command plain = {.shape = SHAPE_RECORD};
	enum output asked = cli->output;
	/* There are no columns for any method. */
	if (asked == OUTPUT_TABLE || asked == OUTPUT_CSV)
		cli->output = OUTPUT_JSON;
	if (paidan_watch(cli->client, method, json, &watch) != PAIDAN_OK) {
		if (strcmp(paidan_error(cli->client)->reason, "UNKNOWN_METHOD") != 0)
			return cli_paidan_error(cli);
		if (paidan_call(cli->client, method, json, &reply) != PAIDAN_OK)
			return cli_paidan_error(cli);
		int status = output_record(cli, &plain, reply);
		paidan_free(reply);
		return status;
	}
	struct printer p;
	int status = STATUS_OK;
	printer_begin(&p, cli, &plain, true);
	while (status == STATUS_OK && paidan_watch_next_json(watch, 0, &reply) == PAIDAN_OK) {
		status = printer_row(&p, slice_str(reply));
		paidan_free(reply);
	}
	printer_end(&p, "");
	if (status == STATUS_OK)
		status = cli_paidan_error(cli);
	paidan_watch_close(watch);
	return status;
}

/* One connection for all of them: a town of thousands is set up in seconds. */
static int call_lines(struct cli *cli, const char *method)
{
	char *line = NULL, *reply;
	size_t room = 0, number = 0;
	int status = STATUS_OK;
	static const struct command plain = {.shape = SHAPE_RECORD};
	cli->output = OUTPUT_JSONL;
	while (status == STATUS_OK && getline(&line, &room, stdin) >= 0) {
		number++;
		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		if (paidan_call(cli->client, method, line, &reply) == PAIDAN_OK) {
			status = output_record(cli, &plain, reply);
			paidan_free(reply);
		} else {
			status = cli_paidan_error(cli);
			cli_note(cli, "第 %zu 行；此后各行未发送", "line %zu; those behind it were not sent", number);
		}
	}
	free(line);
	return status;
}

int run_call(struct cli *cli, const struct args *args)
{
	struct buf text = {0};
	const char *json = args_text(args, "JSON");
	int status = cli_open(cli);
	if (status != STATUS_OK)
		return status;
	if (args_has(args, "lines")) {
		if (json != NULL)
			return cli_usage(cli, "有 --lines 时请求来自标准输入",
					 "with --lines requests come from standard input");
		return call_lines(cli, args_text(args, "METHOD"));
	}
	if (json != NULL && strcmp(json, "-") == 0) {
		if (file_read("-", &text) != 0)
			return cli_fail(cli, STATUS_ERROR, "无法读取标准输入：%s", "can't read standard input: %s",
					strerror(errno));
		buf_byte(&text, 0);
		json = (const char *)text.ptr;
	}
	status = call_or_watch(cli, args_text(args, "METHOD"), json);
	buf_free(&text);
	return status;
}

/* --- task accept, task grab --- */

/* The reply to a write has no names and addresses, and they are what comes next: asks for them. */
int run_task_take(struct cli *cli, const struct args *args)
{
	char *reply;
	json_t *request = request_build(cli, args);
	if (request == NULL)
		return STATUS_USAGE;
	int status = cli_call(cli, args->command->method, request, &reply);
	if (status != STATUS_OK)
		return status;
	if (cli->output == OUTPUT_TABLE) {
		paidan_free(reply);
		status = cli_call(cli, "OrderService/GetOrder", json_pack("{s:s}", "orderId", args_text(args, "ORDER")),
				  &reply);
		if (status != STATUS_OK)
			return status;
	}
	status = output_record(cli, args->command, reply);
	paidan_free(reply);
	return status;
}

/* --- points check --- */

int run_points_check(struct cli *cli, const struct args *args)
{
	(void)args;
	char token[512] = "";
	int64_t sum = 0, members = 0, issuance = 0, accounts = 0;
	struct buf out = {0};
	do {
		json_t *reply;
		json_t *request = json_object();
		if (token[0] != '\0')
			json_object_set_new(request, "pageToken", json_string(token));
		int status = cli_call_parsed(cli, "PointsService/CheckBalance", request, &reply);
		if (status != STATUS_OK)
			return status;
		issuance += json_int64(json_object_get(reply, "issuance"));
		members += json_int64(json_object_get(reply, "members"));
		accounts += json_int64(json_object_get(reply, "accounts"));
		snprintf(token, sizeof(token), "%s", json_text(reply, "nextPageToken"));
		json_decref(reply);
	} while (token[0] != '\0');
	sum = issuance + members;
	if (cli->output == OUTPUT_TABLE)
		buf_printf(&out,
			   TR(cli, "发行 %lld，队员 %lld（%lld 个账户），合计 %lld：%s\n",
			      "Issued %lld, members %lld (%lld accounts), together %lld: %s\n"),
			   (long long)issuance, (long long)members, (long long)accounts, (long long)sum,
			   sum == 0 ? TR(cli, "账平", "balanced") : TR(cli, "账不平！", "NOT balanced"));
	else if (cli->output == OUTPUT_CSV)
		buf_printf(&out, "issuance,members,accounts,sum\r\n%lld,%lld,%lld,%lld\r\n", (long long)issuance,
			   (long long)members, (long long)accounts, (long long)sum);
	else
		buf_printf(&out, "{\"issuance\":\"%lld\",\"members\":\"%lld\",\"accounts\":%lld,\"sum\":\"%lld\"}\n",
			   (long long)issuance, (long long)members, (long long)accounts, (long long)sum);
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status != STATUS_OK || sum == 0 ? status : STATUS_ERROR;
}

/* --- stats rates --- */

static int print_rate(struct printer *p, const json_t *row)
{
	char *text = json_dumps(row, JSON_COMPACT | JSON_PRESERVE_ORDER);
	int status = text == NULL ? STATUS_ERROR : printer_row(p, slice_str(text));
	free(text);
	return status;
}

/* The rows, and the total as one more. */
static int print_rates(struct cli *cli, const struct command *command, json_t *reply)
{
	struct printer p;
	size_t i;
	json_t *row, *total = json_object_get(reply, "total");
	int status = STATUS_OK;
	printer_begin(&p, cli, command, false);
	json_array_foreach(json_object_get(reply, "rows"), i, row)
	{
		if (status == STATUS_OK)
			status = print_rate(&p, row);
	}
	json_object_set_new(total, "id", json_string(cli->output == OUTPUT_CSV ? "total" : TR(cli, "合计", "total")));
	if (status == STATUS_OK)
		status = print_rate(&p, total);
	int ended = printer_end(&p, "");
	return status != STATUS_OK ? status : ended;
}

int run_stats_rates(struct cli *cli, const struct args *args)
{
	char *text;
	json_t *reply, *request = request_build(cli, args);
	if (request == NULL)
		return STATUS_USAGE;
	if (!args_has(args, "by"))
		request_set(request, "groupBy", json_string("RATE_GROUP_GRID"), false);
	if (cli->output == OUTPUT_JSON) {
		static const struct command plain = {.shape = SHAPE_RECORD};
		int status = cli_call(cli, args->command->method, request, &text);
		if (status != STATUS_OK)
			return status;
		status = output_record(cli, &plain, text);
		paidan_free(text);
		return status;
	}
	int status = cli_call_parsed(cli, args->command->method, request, &reply);
	if (status != STATUS_OK)
		return status;
	status = print_rates(cli, args->command, reply);
	json_decref(reply);
	return status;
}

/* --- stats recount --- */

static int print_json(struct cli *cli, const json_t *value)
{
	struct buf out = {0};
	char *text = json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	buf_printf(&out, "%s\n", text == NULL ? "{}" : text);
	free(text);
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

static int print_recount(struct cli *cli, const struct command *command, const json_t *reply)
{
	struct printer p;
	size_t i;
	json_t *row;
	const json_t *recount = json_object_get(reply, "recount");
	long long orders = json_int64(json_object_get(recount, "orders"));
	long long wrong = json_int64(json_object_get(recount, "wrong"));
	int status = STATUS_OK;
	if (cli->output == OUTPUT_JSON)
		return print_json(cli, recount);
	if (cli->output == OUTPUT_TABLE) {
		struct buf out = {0};
		buf_printf(&out, TR(cli, "重新计数 %lld 单：", "Orders counted again: %lld; "), orders);
		if (wrong == 0)
			buf_str(&out, TR(cli, "计数无误\n", "the counts were right\n"));
		else
			buf_printf(
			    &out,
			    TR(cli, "%lld 处计数有误，已更正\n", "counts that were wrong and are right now: %lld\n"),
			    wrong);
		status = cli_write(cli, &out);
		buf_free(&out);
		if (wrong == 0)
			return status;
	}
	printer_begin(&p, cli, command, false);
	json_array_foreach(json_object_get(recount, "differences"), i, row)
	{
		if (status == STATUS_OK)
			status = print_rate(&p, row);
	}
	int ended = printer_end(&p, "");
	return status != STATUS_OK ? status : ended;
}

/* Of the numbers of ids that are to be looked at, most is how many were left when we first asked. */
static void show_progress(const struct cli *cli, long long left, long long *most)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	if (*most < left)
		*most = left;
	if (*most > 0)
		fprintf(stderr, TR(cli, "\r\033[K已重新计数 %lld %%", "\r\033[KCounted again: %lld %%"),
			(*most - left) * 100 / *most);
}

static void end_progress(void)
{
	if (isatty(STDERR_FILENO) == 1)
		fputs("\r\033[K", stderr);
}

/* A part with each call, until it has ended. As with an account that does not balance, wrong counts are an error. */
int run_stats_recount(struct cli *cli, const struct args *args)
{
	json_t *reply = NULL;
	const json_t *recount;
	long long most = 0;
	do {
		json_decref(reply);
		int status = cli_call_parsed(cli, args->command->method, json_object(), &reply);
		if (status != STATUS_OK)
			return status;
		recount = json_object_get(reply, "recount");
		show_progress(cli, json_int64(json_object_get(recount, "numbersLeft")), &most);
	} while (json_int64(json_object_get(recount, "endedMs")) == 0);
	end_progress();
	bool right = json_int64(json_object_get(recount, "wrong")) == 0;
	int status = print_recount(cli, args->command, reply);
	json_decref(reply);
	return status != STATUS_OK || right ? status : STATUS_ERROR;
}
