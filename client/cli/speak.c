#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* --- speaking --- */

static void say(const char *format, va_list args)
{
	fputs("paidan: ", stderr);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vfprintf(stderr, format, args);
#pragma GCC diagnostic pop
	fputc('\n', stderr);
}

int cli_fail(const struct cli *cli, enum status status, const char *zh, const char *en, ...)
{
	va_list args;
	va_start(args, en);
	say(TR(cli, zh, en), args);
	va_end(args);
	return status;
}

void cli_note(const struct cli *cli, const char *zh, const char *en, ...)
{
	va_list args;
	va_start(args, en);
	say(TR(cli, zh, en), args);
	va_end(args);
}

int cli_usage(const struct cli *cli, const char *zh, const char *en, ...)
{
	va_list args;
	va_start(args, en);
	say(TR(cli, zh, en), args);
	va_end(args);
	const struct noun *noun = cli->args->noun;
	const struct command *command = cli->args->command;
	fprintf(stderr, TR(cli, "用法见 paidan%s%s%s%s --help\n", "See paidan%s%s%s%s --help\n"), noun ? " " : "",
		noun ? noun->name : "", command && command->verb ? " " : "",
		command && command->verb ? command->verb : "");
	return STATUS_USAGE;
}

enum status cli_status(const struct paidan_error *error)
{
	switch (error->code) {
	case PAIDAN_OK:
		return STATUS_OK;
	case PAIDAN_INVALID_ARGUMENT:
		return STATUS_USAGE;
	case PAIDAN_NOT_FOUND:
		return STATUS_NOT_FOUND;
	case PAIDAN_PERMISSION_DENIED:
	case PAIDAN_UNAUTHENTICATED:
		return STATUS_AUTH;
	case PAIDAN_ALREADY_EXISTS:
	case PAIDAN_ABORTED:
	case PAIDAN_FAILED_PRECONDITION:
		return STATUS_CONFLICT;
	case PAIDAN_UNAVAILABLE:
	case PAIDAN_DEADLINE_EXCEEDED:
	case PAIDAN_CANCELLED:
		return STATUS_UNAVAILABLE;
	case PAIDAN_RESOURCE_EXHAUSTED:
		return strcmp(error->reason, "TOO_LARGE") == 0 ? STATUS_USAGE : STATUS_UNAVAILABLE;
	default:
		return STATUS_ERROR;
	}
}

/* "order_id" is "orderId" in the tables, and what the user typed is --order or ORDER. */
static const struct param *param_of_field(const struct command *command, const char *field)
{
	char camel[128];
	size_t n = 0;
	for (const char *f = field; *f != '\0' && *f != '[' && n + 1 < sizeof(camel); f++) {
		bool up = *f == '_' && f[1] >= 'a' && f[1] <= 'z';
		f += up;
		camel[n++] = up ? (char)(*f - 'a' + 'A') : *f;
	}
	camel[n] = '\0';
	for (size_t i = 0; n > 0 && i < command->n_params; i++) {
		const struct param *p = &command->params[i];
		if (p->type != TYPE_CONST && p->field != NULL && strcmp(p->field, camel) == 0)
			return p;
	}
	return NULL;
}

/* What the connection was told by a flag of every command. */
static const struct param *global_of_field(const char *field)
{
	const char *name = strcmp(field, "act_as") == 0 ? "as" : field;
	if (strncmp(name, "x-paidan-", 9) == 0)
		name = strcmp(name, "x-paidan-act-as") == 0 ? "as" : name + 9;
	for (size_t i = 0; i < cli_n_globals; i++) {
		if (strcmp(cli_globals[i].name, name) == 0)
			return &cli_globals[i];
	}
	return NULL;
}

/* "(REASON, field f = --flag)" */
static void say_where(const struct cli *cli, const char *reason, const char *field)
{
	const struct param *p = cli->args->command == NULL ? NULL : param_of_field(cli->args->command, field);
	if (p == NULL)
		p = global_of_field(field);
	fprintf(stderr, " (%s", reason);
	if (field[0] != '\0')
		fprintf(stderr, TR(cli, "，字段 %s", ", field %s"), field);
	if (p != NULL)
		fprintf(stderr, " = %s%s", p->positional ? "" : "--", p->name);
	fputs(")", stderr);
}

int cli_paidan_error(const struct cli *cli)
{
	const struct paidan_error *e = paidan_error(cli->client);
	const struct paidan_violation *v;
	fprintf(stderr, "paidan: %s", e->text);
	say_where(cli, e->reason, e->field);
	if (e->code == PAIDAN_UNAVAILABLE && strcmp(e->reason, "UNKNOWN_OUTCOME") == 0)
		fprintf(stderr, TR(cli, "；重试请加 --request-id %s", "; to try again add --request-id %s"),
			e->retry_id);
	if (e->request_id[0] != '\0')
		fprintf(stderr, TR(cli, " 请求号 %s", " request %s"), e->request_id);
	fputc('\n', stderr);
	for (size_t i = 1; (v = paidan_violation(cli->client, i)) != NULL; i++) { /* the first was told */
		fprintf(stderr, "  %s", v->text);
		say_where(cli, v->reason, v->field);
		fputc('\n', stderr);
	}
	return cli_status(e);
}

/* --- asking --- */

int cli_open(struct cli *cli)
{
	if (cli->client != NULL)
		return STATUS_OK;
	const struct settings *s = &cli->settings;
	if (s->server == NULL || *s->server == '\0')
		return cli_fail(cli, STATUS_USAGE,
				"没有指定服务器：请用 --server、PAIDAN_SERVER，或先运行 paidan login URL",
				"no server is given: use --server or PAIDAN_SERVER, or run paidan login URL first");
	unsigned long timeout_s = s->timeout == NULL ? 30 : strtoul(s->timeout, NULL, 10);
	struct paidan_options options = {
	    .url = s->server,
	    .key = s->key,
	    .ca_file = s->ca,
	    .cert_file = s->cert,
	    .cert_key_file = s->cert_key,
	    .act_as = s->as,
	    .tenant = s->tenant,
	    .lang = cli->zh ? "zh" : "en",
	    .timeout_ms = (unsigned)(timeout_s == 0 || timeout_s > 3600 ? 3600 : timeout_s) * 1000,
	    .user_agent = "paidan-cli/" PAIDAN_VERSION,
	    .traceparent = getenv("TRACEPARENT"),
	};
	int code = paidan_open(&cli->client, &options);
	if (code == PAIDAN_OK && args_has(cli->args, "request-id"))
		code = paidan_request_id(cli->client, args_text(cli->args, "request-id"));
	return code == PAIDAN_OK ? STATUS_OK : cli_paidan_error(cli);
}

int cli_call(struct cli *cli, const char *method, json_t *request, char **reply)
{
	int status = cli_open(cli);
	char *json = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (status == STATUS_OK && paidan_call(cli->client, method, json, reply) != PAIDAN_OK)
		status = cli_paidan_error(cli);
	free(json);
	return status;
}

int cli_call_parsed(struct cli *cli, const char *method, json_t *request, json_t **reply)
{
	char *text;
	int status = cli_call(cli, method, request, &text);
	if (status != STATUS_OK)
		return status;
	*reply = json_loads(text, 0, NULL);
	paidan_free(text);
	return STATUS_OK;
}

int cli_write(const struct cli *cli, struct buf *out)
{
	int status = STATUS_OK;
	errno = 0;
	if (out->failed)
		status = cli_fail(cli, STATUS_ERROR, "内存不足", "out of memory");
	else if ((out->len > 0 && fwrite(out->ptr, 1, out->len, stdout) != out->len) || fflush(stdout) != 0)
		/* `paidan order list | head` is no error worth a word. */
		status = errno == EPIPE
			     ? STATUS_ERROR
			     : cli_fail(cli, STATUS_ERROR, "无法写出：%s", "can't write: %s", strerror(errno));
	buf_reset(out);
	return status;
}
