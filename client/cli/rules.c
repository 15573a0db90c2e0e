#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_file.h"
#include "output.h"
#include "rules.h"

/* --- one setting --- */

static const struct {
	char unit;
	int64_t ms;
} units[] = {{'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}};

static bool is_span(const char *name)
{
	size_t len = strlen(name);
	return len > 2 && strcmp(name + len - 2, "Ms") == 0;
}

/* "12h" in ms for fields that are; true and false; whole numbers. */
static json_t *value_of(const char *name, const char *text)
{
	char digits[32], *end;
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_boolean(*text == 't');
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (end == text || errno != 0)
		return NULL;
	if (*end == '\0')
		return json_integer(n);
	for (size_t i = 0; is_span(name) && i < COUNT_OF(units); i++) {
		if (*end == units[i].unit && end[1] == '\0' && n > -1000000 && n < 1000000) {
			snprintf(digits, sizeof(digits), "%lld", (long long)(n * units[i].ms));
			return json_string(digits);
		}
	}
	return NULL;
}

/* Errors name fields as the protos do, offer_ttl_ms: that is as good as offerTtlMs here. */
static void to_json_name(char *name)
{
	char *to = name;
	for (const char *from = name; *from != '\0'; from++) {
		if (*from == '_' && from[1] >= 'a' && from[1] <= 'z')
			*to++ = (char)(*++from - 'a' + 'A');
		else
			*to++ = *from;
	}
	*to = '\0';
}

static int set_one(struct cli *cli, json_t *policy, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	char name[96];
	if (equals == NULL || equals == assignment || (size_t)(equals - assignment) >= sizeof(name))
		return cli_usage(cli, "“%s”应写成 设置项=值", "\"%s\" must be NAME=VALUE", assignment);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - assignment), assignment);
	to_json_name(name);
	json_t *value = value_of(name, equals + 1);
	if (value == NULL)
		return cli_usage(cli, "%s 不能是“%s”：应为整数、true、false 或时长（2h）",
				 "%s can't be \"%s\": it must be a whole number, true, false or a span (2h)", name,
				 equals + 1);
	request_set(policy, name, value, false);
	return STATUS_OK;
}

/* --- policies from where they are --- */

static int read_reply(struct cli *cli, json_t *request_take, json_t **policy)
{
	json_t *reply;
	int status = cli_call_parsed(cli, "OrgService/GetPolicy", request_take, &reply);
	if (status != STATUS_OK)
		return status;
	*policy = json_incref(json_object_get(reply, "policy"));
	json_decref(reply);
	if (*policy == NULL)
		*policy = json_object();
	return STATUS_OK;
}

int rules_present(struct cli *cli, json_t **policy)
{
	return read_reply(cli, json_object(), policy);
}

int rules_apply_file(struct cli *cli, const char *path, json_t *policy)
{
	struct buf text = {0};
	json_error_t error;
	if (file_read(path, &text) != 0)
		return cli_fail(cli, STATUS_ERROR, "%s：%s", "%s: %s", path, strerror(errno));
	json_t *file = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &error);
	buf_free(&text);
	if (file == NULL)
		return cli_fail(cli, STATUS_ERROR, "%s:%d：不是 JSON：%s", "%s:%d: not JSON: %s", path, error.line,
				error.text);
	/* What `rules show` prints has the policy inside; its etag is that of another day. */
	json_t *inner = json_object_get(file, "policy");
	json_t *named = inner != NULL ? inner : file;
	if (!json_is_object(named)) {
		json_decref(file);
		return cli_fail(cli, STATUS_ERROR, "%s:1：应为 JSON 对象", "%s:1: must be a JSON object", path);
	}
	json_object_del(named, "etag");
	json_object_update_recursive(policy, named);
	json_decref(file);
	return STATUS_OK;
}

int rules_apply_settings(struct cli *cli, const struct args *args, json_t *policy)
{
	int status = STATUS_OK;
	const char *file = args_text(args, "file");
	if (file != NULL)
		status = rules_apply_file(cli, file, policy);
	for (size_t i = 0; i < args->n && status == STATUS_OK; i++) {
		if (strcmp(args->values[i].param->name, "NAME=VALUE") == 0)
			status = set_one(cli, policy, args->values[i].text);
	}
	return status;
}

/* What applies, changed as the command says. */
static int present_with_settings(struct cli *cli, const struct args *args, json_t **policy)
{
	int status = rules_present(cli, policy);
	if (status != STATUS_OK)
		return status;
	status = rules_apply_settings(cli, args, *policy);
	if (status != STATUS_OK)
		json_decref(*policy);
	return status;
}

/* A version by its number, or what setting a file would give. */
static int read_named(struct cli *cli, const char *name, json_t **policy)
{
	if (name[0] != '\0' && name[strspn(name, "0123456789")] == '\0')
		return read_reply(cli, json_pack("{s:I}", "version", (json_int_t)strtoll(name, NULL, 10)), policy);
	int status = rules_present(cli, policy);
	if (status != STATUS_OK)
		return status;
	status = rules_apply_file(cli, name, *policy);
	if (status != STATUS_OK)
		json_decref(*policy);
	return status;
}

/* --- set --- */

int run_rules_set(struct cli *cli, const struct args *args)
{
	json_t *policy;
	char *text;
	const char *reason = args_text(args, "reason");
	if (args_text(args, "NAME=VALUE") == NULL && args_text(args, "file") == NULL)
		return cli_usage(cli, "要设置什么？写 设置项=值 或 --file", "set what? give NAME=VALUE or --file");
	/* The etag goes back with it: a change in between is a conflict, not lost. */
	int status = present_with_settings(cli, args, &policy);
	if (status != STATUS_OK)
		return status;
	json_t *request = json_pack("{s:o, s:s}", "policy", policy, "reason", reason == NULL ? "" : reason);
	status = cli_call(cli, "OrgService/PutPolicy", request, &text);
	if (status != STATUS_OK)
		return status;
	status = output_record(cli, args->command, text);
	paidan_free(text);
	if (reason == NULL)
		cli_note(cli, "没有写原因（--reason）：日后无从得知为何修改",
			 "no reason was given (--reason): the history will not say why");
	return status;
}

/* --- diff --- */

/* A setting as `set` takes it. What is missing is 0 or false, as in proto3. */
static void put_setting(const char *name, const json_t *value, const json_t *other, struct buf *out)
{
	int64_t n = json_int64(value);
	if (json_is_boolean(value) || json_is_boolean(other)) {
		buf_str(out, json_is_true(value) ? "true" : "false");
		return;
	}
	for (size_t i = 0; is_span(name) && i < COUNT_OF(units); i++) {
		if (n != 0 && n % units[i].ms == 0) {
			buf_printf(out, "%lld%c", (long long)(n / units[i].ms), units[i].unit);
			return;
		}
	}
	buf_int(out, n);
}

static void add_change(json_t *rows, const char *name, const json_t *from, const json_t *to)
{
	struct buf a = {0}, b = {0};
	put_setting(name, from, to, &a);
	put_setting(name, to, from, &b);
	if (slice_cmp(buf_view(&a), buf_view(&b)) != 0)
		json_array_append_new(rows, json_pack("{s:s, s:s%, s:s%}", "name", name, "from", (const char *)a.ptr,
						      a.len, "to", (const char *)b.ptr, b.len));
	buf_free(&a);
	buf_free(&b);
}

/* Settings of `from` and, behind them, those that only `to` has. */
static void add_changes(json_t *rows, const char *prefix, json_t *from, json_t *to)
{
	const char *key;
	json_t *value;
	json_t *all = json_is_object(from) ? json_copy(from) : json_object();
	json_object_update_missing(all, to);
	json_object_foreach(all, key, value)
	{
		char name[96];
		json_t *a = json_object_get(from, key), *b = json_object_get(to, key);
		snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", key);
		if (strcmp(name, "etag") == 0)
			continue;
		if (json_is_object(value))
			add_changes(rows, name, a, b);
		else
			add_change(rows, name, a, b);
	}
	json_decref(all);
}

json_t *rules_changes(json_t *from, json_t *to)
{
	json_t *rows = json_array();
	add_changes(rows, "", from, to);
	return rows;
}

int rules_print_rows(struct cli *cli, const struct command *command, const json_t *rows)
{
	struct printer p;
	size_t i;
	json_t *row;
	int status = STATUS_OK;
	printer_begin(&p, cli, command, false);
	json_array_foreach(rows, i, row)
	{
		char *text = json_dumps(row, JSON_COMPACT);
		if (status == STATUS_OK)
			status = printer_row(&p, slice_str(text));
		free(text);
	}
	int ended = printer_end(&p, "");
	return status != STATUS_OK ? status : ended;
}

int run_rules_diff(struct cli *cli, const struct args *args)
{
	json_t *from = NULL, *to = NULL;
	const char *a = args_text(args, "FROM"), *b = args_text(args, "TO");
	bool file = a[strspn(a, "0123456789")] != '\0';
	int status;
	if (b == NULL && file)
		status = rules_present(cli, &from);
	else
		status = read_named(cli, a, &from);
	if (status == STATUS_OK)
		status = b == NULL && !file ? rules_present(cli, &to) : read_named(cli, b == NULL ? a : b, &to);
	if (status == STATUS_OK) {
		json_t *rows = rules_changes(from, to);
		status = rules_print_rows(cli, args->command, rows);
		json_decref(rows);
	}
	json_decref(from);
	json_decref(to);
	return status;
}

/* --- whom --- */

/* "m0000001 m0000002", or why nobody. */
static json_t *whom(struct cli *cli, const json_t *choice)
{
	struct buf out = {0};
	const json_t *id;
	size_t i;
	json_array_foreach(json_object_get(choice, "memberIds"), i, id)
	    buf_printf(&out, "%s%s", i > 0 ? " " : "", json_string_value(id));
	if (i == 0)
		buf_str(&out, json_is_true(json_object_get(choice, "waits")) ? TR(cli, "等下一批", "waits")
									     : TR(cli, "抢单池", "pool"));
	json_t *text = json_stringn((const char *)out.ptr, out.len);
	buf_free(&out);
	return text;
}

int run_rules_whom(struct cli *cli, const struct args *args)
{
	json_t *policy, *reply, *order;
	size_t i;
	int status = present_with_settings(cli, args, &policy);
	if (status != STATUS_OK)
		return status;
	json_t *request = json_pack("{s:o, s:I}", "policy", policy, "orders", (json_int_t)args_uint(args, "orders", 0));
	status = cli_call_parsed(cli, "OrgService/TryPolicy", request, &reply);
	if (status != STATUS_OK)
		return status;
	json_t *rows = json_array();
	json_array_foreach(json_object_get(reply, "orders"), i, order) json_array_append_new(
	    rows, json_pack("{s:s, s:s, s:o, s:o}", "id", json_text(order, "orderId"), "urgency",
			    json_text(order, "urgency"), "present", whom(cli, json_object_get(order, "present")),
			    "tried", whom(cli, json_object_get(order, "tried"))));
	status = rules_print_rows(cli, args->command, rows);
	json_decref(rows);
	json_decref(reply);
	return status;
}
