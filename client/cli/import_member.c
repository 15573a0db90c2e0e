#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli.h"
#include "cli_csv.h"
#include "cli_file.h"
#include "output.h"
#include "values.h"

/* --- columns --- */

static const struct import_column {
	const char *name;
	struct param param;
} columns[] = {
    {"name", {.type = TYPE_TEXT, .field = "name"}},
    {"phone", {.type = TYPE_TEXT, .field = "phone"}},
    {"kind",
     {.type = TYPE_CHOICE,
      .field = "kind",
      .prefix = "MEMBER_KIND_",
      .choices = "volunteer party-member grid-worker unit"}},
    {"grid", {.type = TYPE_TEXT, .field = "gridId"}},
    {"building", {.type = TYPE_TEXT, .field = "buildingId"}},
    {"household", {.type = TYPE_TEXT, .field = "householdId"}},
    {"community", {.type = TYPE_TEXT, .field = "homeCommunityId"}},
    {"unit", {.type = TYPE_TEXT, .field = "linkedUnitId"}},
    {"cap", {.type = TYPE_UINT, .field = "holdingCap"}},
    {"quiet", {.type = TYPE_HOURS, .field = "quiet"}},
    {"skills", {.type = TYPE_SKILL, .field = "skills", .many = true}},
    {"shifts", {.type = TYPE_SHIFT, .field = "shifts", .many = true}},
};

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct import {
	struct cli *cli;
	const struct args *args;
	int at[N_COLUMNS];
	int lat, lon, volunteer_id;
	bool atomic;
	/* The batch being filled, and the line of each of its rows. */
	json_t *members;
	size_t lines[LIMIT_IMPORT_ROWS];
	size_t batches;
	size_t imported, failed;
	json_t *errors;
	int status;
};

static void report(struct import *im, size_t line, const char *zh, const char *en, const char *reason)
{
	im->failed++;
	cli_note(im->cli, "第 %zu 行：%s%s%s%s", "line %zu: %s%s%s%s", line, TR(im->cli, zh, en),
		 *reason == '\0' ? "" : " (", reason, *reason == '\0' ? "" : ")");
	json_array_append_new(im->errors,
			      json_pack("{s:I, s:s, s:s}", "line", (json_int_t)line, "reason",
					*reason == '\0' ? "FIELD_INVALID" : reason, "message", TR(im->cli, zh, en)));
}

/* --- rows --- */

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);
	const char *found = strstr(choices, text);
	return len > 0 && found != NULL && (found == choices || found[-1] == ' ') &&
	       (found[len] == ' ' || found[len] == '\0');
}

static bool is_uint(const char *text)
{
	return *text != '\0' && strlen(text) < 10 && strspn(text, "0123456789") == strlen(text);
}

/* One piece of a cell; false after reporting. */
static bool put_value(struct import *im, size_t line, json_t *member, const struct import_column *c, char *text)
{
	struct value_error error = {"取值无效", "it is not valid"};
	json_t *value = NULL;
	if (c->param.type == TYPE_CHOICE && !is_choice(c->param.choices, text))
		error = (struct value_error){"应为 volunteer、party-member、grid-worker 或 unit",
					     "it must be volunteer, party-member, grid-worker or unit"};
	else if (c->param.type == TYPE_UINT && !is_uint(text))
		error = (struct value_error){"应为整数", "it must be a whole number"};
	else
		value = value_parse(&c->param, text, &error);
	if (value != NULL) {
		request_set(member, c->param.field, value, c->param.many);
		return true;
	}
	char zh[256], en[256];
	snprintf(zh, sizeof(zh), "%s 不能是“%.60s”：%s", c->name, text, error.zh);
	snprintf(en, sizeof(en), "%s can't be \"%.60s\": %s", c->name, text, error.en);
	report(im, line, zh, en, "");
	return false;
}

static bool put_cell(struct import *im, const struct csv_record *r, json_t *member, size_t column)
{
	const struct import_column *c = &columns[column];
	struct slice field = csv_field(r, im->at[column]);
	char *text = strndup((const char *)field.ptr, field.len);
	bool ok = text != NULL;
	if (ok && c->param.many) {
		char *rest = text;
		for (char *piece; ok && (piece = strsep(&rest, ";")) != NULL;) {
			piece += strspn(piece, " ");
			if (*piece != '\0')
				ok = put_value(im, r->line, member, c, piece);
		}
	} else if (ok) {
		ok = put_value(im, r->line, member, c, text);
	}
	free(text);
	return ok;
}

static bool number(struct slice field, double limit, double *value)
{
	char text[32], *end;
	if (field.len == 0 || field.len >= sizeof(text))
		return false;
	memcpy(text, field.ptr, field.len);
	text[field.len] = '\0';
	*value = strtod(text, &end);
	return *end == '\0' && *value >= -limit && *value <= limit;
}

static bool put_home(struct import *im, const struct csv_record *r, json_t *member)
{
	double lat, lon;
	if (im->lat < 0 && im->lon < 0)
		return true;
	if (csv_field(r, im->lat).len == 0 && csv_field(r, im->lon).len == 0)
		return true;
	if (!number(csv_field(r, im->lat), 90, &lat) || !number(csv_field(r, im->lon), 180, &lon)) {
		report(im, r->line, "lat、lon 不是 WGS84 经纬度", "lat and lon are not WGS84 degrees", "");
		return false;
	}
	json_object_set_new(member, "home", json_pack("{s:f, s:f}", "lat", lat, "lon", lon));
	return true;
}

static bool put_name(struct import *im, const struct csv_record *r, json_t *member)
{
	struct slice id = csv_field(r, im->volunteer_id);
	char name[80];
	if (json_object_get(member, "name") != NULL)
		return true;
	if (id.len == 0 || id.len > 40) {
		report(im, r->line, "缺少 name（或 volunteer_id）", "name (or volunteer_id) is missing",
		       "FIELD_REQUIRED");
		return false;
	}
	snprintf(name, sizeof(name), TR(im->cli, "志愿者 %.*s", "Volunteer %.*s"), SLICE_FMT(id));
	json_object_set_new(member, "name", json_string(name));
	return true;
}

/* NULL after reporting what is wrong with the row. */
static json_t *read_row(struct import *im, const struct csv_record *r, size_t n_columns)
{
	if (r->error != CSV_OK) {
		report(im, r->line, csv_error_text(r->error, true), csv_error_text(r->error, false), "");
		return NULL;
	}
	if (r->n != n_columns) {
		char zh[96], en[96];
		snprintf(zh, sizeof(zh), "有 %zu 列，应为 %zu 列", r->n, n_columns);
		snprintf(en, sizeof(en), "it has %zu fields, not %zu", r->n, n_columns);
		report(im, r->line, zh, en, "");
		return NULL;
	}
	json_t *member = json_object();
	const char *kind = args_text(im->args, "kind");
	bool ok = true;
	for (size_t i = 0; ok && i < N_COLUMNS; i++) {
		if (csv_field(r, im->at[i]).len > 0)
			ok = put_cell(im, r, member, i);
	}
	ok = ok && put_name(im, r, member) && put_home(im, r, member);
	if (ok && json_object_get(member, "kind") == NULL) {
		struct value_error error;
		json_object_set_new(member, "kind",
				    value_parse(&columns[2].param, kind == NULL ? "volunteer" : kind, &error));
	}
	if (ok)
		return member;
	json_decref(member);
	return NULL;
}

/* --- batches --- */

static void take_results(struct import *im, const json_t *reply)
{
	size_t i;
	json_t *result;
	json_array_foreach(json_object_get(reply, "results"), i, result)
	{
		size_t row = (size_t)json_int64(json_object_get(result, "row"));
		const char *reason = json_text(result, "error.reason");
		if (*reason != '\0')
			report(im, row < LIMIT_IMPORT_ROWS ? im->lines[row] : 0, json_text(result, "error.messageZh"),
			       json_text(result, "error.messageEn"), reason);
	}
	im->imported += (size_t)json_int64(json_object_get(reply, "imported"));
}

static void send_batch(struct import *im)
{
	json_t *reply;
	size_t rows = json_array_size(im->members);
	const char *id = args_text(im->args, "request-id");
	if (rows == 0 || im->status != STATUS_OK)
		return;
	json_t *request = json_pack("{s:o}", "members", im->members);
	im->members = json_array();
	if (im->atomic)
		json_object_set_new(request, "atomic", json_true());
	if (id != NULL) {
		/* Every batch is a write of its own, and the same one when the import is repeated. */
		char batch_id[96];
		snprintf(batch_id, sizeof(batch_id), "%.64s.%zu", id, im->batches);
		json_object_set_new(request, "requestId", json_string(batch_id));
	}
	im->batches++;
	if (args_has(im->args, "dry-run")) {
		im->imported += rows;
		json_decref(request);
		return;
	}
	im->status = cli_call_parsed(im->cli, "MemberService/ImportMembers", request, &reply);
	if (im->status != STATUS_OK)
		return;
	take_results(im, reply);
	json_decref(reply);
}

static void add_row(struct import *im, json_t *member, size_t line)
{
	im->lines[json_array_size(im->members)] = line;
	json_array_append_new(im->members, member);
	if (!im->atomic && json_array_size(im->members) == LIMIT_IMPORT_ROWS)
		send_batch(im);
}

static bool find_columns(struct import *im, const struct csv_record *header)
{
	for (size_t i = 0; i < N_COLUMNS; i++)
		im->at[i] = csv_column(header, columns[i].name);
	im->lat = csv_column(header, "lat");
	im->lon = csv_column(header, "lon");
	im->volunteer_id = csv_column(header, "volunteer_id");
	if (im->at[0] >= 0 || im->volunteer_id >= 0)
		return true;
	im->status = cli_fail(im->cli, STATUS_ERROR, "首行没有 name 或 volunteer_id 列",
			      "the first line names no column name or volunteer_id");
	return false;
}

static void read_rows(struct import *im, struct csv_reader *reader)
{
	const struct csv_record *r = csv_next(reader);
	if (r == NULL || r->error != CSV_OK) {
		im->status = cli_fail(
		    im->cli, STATUS_ERROR, "首行应为列名：%s", "the first line must name the columns: %s",
		    r == NULL ? TR(im->cli, "文件是空的", "the file is empty") : csv_error_text(r->error, im->cli->zh));
		return;
	}
	size_t n_columns = r->n;
	if (!find_columns(im, r))
		return;
	while (im->status == STATUS_OK && (r = csv_next(reader)) != NULL) {
		size_t line = r->line;
		json_t *member = read_row(im, r, n_columns);
		if (member == NULL)
			continue;
		if (im->atomic && json_array_size(im->members) == LIMIT_IMPORT_ROWS) {
			json_decref(member);
			im->status = cli_fail(im->cli, STATUS_USAGE, "--atomic 至多 %d 行",
					      "--atomic takes %d rows at most", LIMIT_IMPORT_ROWS);
			return;
		}
		add_row(im, member, line);
	}
	if (im->atomic && im->failed > 0)
		return;
	send_batch(im);
}

static int finish(struct import *im)
{
	struct cli *cli = im->cli;
	bool dry = args_has(im->args, "dry-run");
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL) {
		struct buf out = {0};
		json_t *summary = json_pack("{s:I, s:I, s:O}", "imported", (json_int_t)im->imported, "failed",
					    (json_int_t)im->failed, "errors", im->errors);
		char *text = json_dumps(summary, cli->output == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT);
		buf_printf(&out, "%s\n", text == NULL ? "{}" : text);
		cli_write(cli, &out);
		buf_free(&out);
		free(text);
		json_decref(summary);
	} else if (dry) {
		printf(TR(cli, "检查完毕：可导入 %zu，有错 %zu（未导入）\n",
			  "Checked: %zu can be imported, %zu can't (nothing was)\n"),
		       im->imported, im->failed);
	} else if (im->atomic && im->failed > 0) {
		printf(TR(cli, "一名也没有导入：%zu 行有错\n", "Nothing was imported: %zu rows are wrong\n"),
		       im->failed);
	} else {
		printf(TR(cli, "已导入 %zu，失败 %zu\n", "Imported %zu, failed %zu\n"), im->imported, im->failed);
	}
	if (im->status != STATUS_OK)
		return im->status;
	return im->failed > 0 ? STATUS_ERROR : STATUS_OK;
}

int run_member_import(struct cli *cli, const struct args *args)
{
	static struct csv_reader reader; /* large */
	struct buf text = {0};
	const char *path = args_text(args, "FILE");
	if (file_read(path, &text) != 0) {
		buf_free(&text);
		return cli_fail(cli, STATUS_ERROR, "无法读取 %s：%s", "can't read %s: %s", path, strerror(errno));
	}
	static struct import im;
	im = (struct import){
	    .cli = cli,
	    .args = args,
	    .atomic = args_has(args, "atomic"),
	    .members = json_array(),
	    .errors = json_array(),
	};
	csv_begin(&reader, buf_view(&text));
	read_rows(&im, &reader);
	int status = finish(&im);
	csv_end(&reader);
	json_decref(im.members);
	json_decref(im.errors);
	buf_free(&text);
	return status;
}
