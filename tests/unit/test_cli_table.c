/* The command table against the API's descriptors, and what is made from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "args.h"
#include "cli_table.h"
#include "cli_text.h"
#include "client.h"
#include "values.h"

static char where[160];

#define CHECK(condition, ...)                         \
	do {                                          \
		if (!(condition)) {                   \
			print_message("%s: ", where); \
			print_message(__VA_ARGS__);   \
			fail_msg("%s", #condition);   \
		}                                     \
	} while (0)

static void each_command(void (*fn)(const struct noun *noun, const struct command *command))
{
	for (size_t i = 0; i < cli_n_nouns; i++) {
		for (size_t k = 0; k < cli_nouns[i]->n_commands; k++) {
			const struct command *c = &cli_nouns[i]->commands[k];
			snprintf(where, sizeof(where), "%s %s", cli_nouns[i]->name, c->verb == NULL ? "" : c->verb);
			fn(cli_nouns[i], c);
		}
	}
}

/* The field at a path of JSON names ("rating.stars"); NULL when there is none. A name behind '*' goes on in the
 * elements of a list. */
static const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *message, const char *path)
{
	const ProtobufCFieldDescriptor *f = NULL;
	while (*path != '\0' && *path != '=') {
		size_t len = strcspn(path, ".*=");
		if (message == NULL)
			return NULL;
		int field = pb_field_by_name(pb_side(message), slice_of(path, len));
		if (field < 0)
			return NULL;
		f = &message->fields[field];
		message = f->type == PROTOBUF_C_TYPE_MESSAGE ? f->descriptor : NULL;
		path += len + (path[len] == '.' || path[len] == '*');
	}
	return f;
}

static bool is_int(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_INT32 || f->type == PROTOBUF_C_TYPE_UINT32 ||
	       f->type == PROTOBUF_C_TYPE_INT64 || f->type == PROTOBUF_C_TYPE_UINT64;
}

static bool is_message(const ProtobufCFieldDescriptor *f, const char *name)
{
	return f->type == PROTOBUF_C_TYPE_MESSAGE &&
	       strcmp(((const ProtobufCMessageDescriptor *)f->descriptor)->short_name, name) == 0;
}

static void check_choices(const struct param *p, const ProtobufCFieldDescriptor *f)
{
	char word[64], name[128];
	CHECK(f->type == PROTOBUF_C_TYPE_ENUM, "%s is no enum\n", p->name);
	for (const char *c = p->choices; *c != '\0';) {
		size_t len = strcspn(c, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, c);
		json_t *value = value_parse(p, word, &(struct value_error){0});
		snprintf(name, sizeof(name), "%s", json_string_value(value));
		CHECK(protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, name) != NULL, "%s\n", name);
		json_decref(value);
		c += len + (c[len] == ' ');
	}
}

static void check_param(const struct param *p, const ProtobufCFieldDescriptor *f)
{
	bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;
	CHECK(p->type == TYPE_CONST || p->many == repeated, "%s: many\n", p->name);
	switch (p->type) {
	case TYPE_TEXT:
	case TYPE_CONTENT:
	case TYPE_CATEGORY:
		CHECK(f->type == PROTOBUF_C_TYPE_STRING, "%s is no string\n", p->name);
		break;
	case TYPE_UINT:
	case TYPE_TIME:
	case TYPE_SPAN:
		CHECK(is_int(f), "%s is no integer\n", p->name);
		break;
	case TYPE_BOOL:
		CHECK(f->type == PROTOBUF_C_TYPE_BOOL, "%s is no bool\n", p->name);
		break;
	case TYPE_CHOICE:
		check_choices(p, f);
		break;
	case TYPE_POINT:
		CHECK(is_message(f, "GeoPoint"), "%s\n", p->name);
		break;
	case TYPE_REF:
		CHECK(is_message(f, "Attachment"), "%s\n", p->name);
		break;
	case TYPE_SKILL:
		CHECK(is_message(f, "Skill"), "%s\n", p->name);
		break;
	case TYPE_MAY:
		CHECK(is_message(f, "Assignment"), "%s\n", p->name);
		break;
	case TYPE_SLOT:
		CHECK(is_message(f, "SlotSpec"), "%s\n", p->name);
		break;
	case TYPE_SHIFT:
		CHECK(is_message(f, "Shift"), "%s\n", p->name);
		break;
	case TYPE_HOURS:
		CHECK(is_message(f, "QuietHours"), "%s\n", p->name);
		break;
	case TYPE_PAIR:
		CHECK(is_message(f, "BulkAssignItem"), "%s\n", p->name);
		break;
	case TYPE_ORDER:
		CHECK(is_message(f, "UndoItem"), "%s\n", p->name);
		break;
	case TYPE_FILE:
		CHECK(false, "a file is never sent\n");
		break;
	case TYPE_CONST:
		break;
	}
}

static void check_column(const struct column *c, const ProtobufCMessageDescriptor *row)
{
	const ProtobufCFieldDescriptor *f = field_at(row, c->path);
	CHECK(f != NULL, "column %s is not in the reply\n", c->path);
	switch (c->kind) {
	case CELL_TEXT:
		/* A mask is a string in JSON. */
		CHECK(f->type == PROTOBUF_C_TYPE_STRING || is_message(f, "FieldMask"), "column %s\n", c->path);
		break;
	case CELL_TIME:
	case CELL_MINUTES:
		CHECK(f->type == PROTOBUF_C_TYPE_INT64, "column %s\n", c->path);
		break;
	case CELL_ENUM:
		CHECK(f->type == PROTOBUF_C_TYPE_ENUM, "column %s\n", c->path);
		break;
	case CELL_PERCENT:
		CHECK(is_int(f), "column %s\n", c->path);
		break;
	case CELL_NUMBER:
		CHECK(is_int(f) || f->type == PROTOBUF_C_TYPE_DOUBLE, "column %s\n", c->path);
		break;
	case CELL_FLAG:
	case CELL_YES_NO:
		CHECK(f->type == PROTOBUF_C_TYPE_BOOL, "column %s\n", c->path);
		break;
	case CELL_COUNT:
		CHECK(f->label == PROTOBUF_C_LABEL_REPEATED, "column %s\n", c->path);
		break;
	case CELL_NAMES:
	case CELL_TIMES:
		CHECK(strchr(c->path, '*') != NULL || f->label == PROTOBUF_C_LABEL_REPEATED, "column %s\n", c->path);
		break;
	case CELL_POINT:
		CHECK(is_message(f, "GeoPoint"), "column %s\n", c->path);
		break;
	}
}

static void check_method(const struct noun *noun, const struct command *c)
{
	(void)noun;
	if (c->method == NULL) {
		assert_non_null(c->run);
		return;
	}
	const struct pb_method *m = client_method(c->method);
	CHECK(m != NULL, "no method %s\n", c->method);
	CHECK(m->server_streaming == (c->shape == SHAPE_STREAM), "stream\n");
	bool paged = pb_field_by_name(pb_side(m->request), SLICE("page_token")) >= 0;
	CHECK(command_is_paged(c) == (c->shape == SHAPE_LIST && paged), "paging\n");
	for (size_t i = 0; i < c->n_params; i++) {
		const struct param *p = &c->params[i];
		if (p->field == NULL)
			continue;
		const ProtobufCFieldDescriptor *f = field_at(m->request, p->field);
		CHECK(f != NULL, "%s: no field %s in the request\n", p->name, p->field);
		check_param(p, f);
	}
	const ProtobufCMessageDescriptor *row = m->response;
	if (c->rows != NULL) {
		const ProtobufCFieldDescriptor *f = field_at(row, c->rows);
		CHECK(f != NULL && f->type == PROTOBUF_C_TYPE_MESSAGE, "rows %s\n", c->rows);
		CHECK((f->label == PROTOBUF_C_LABEL_REPEATED) == (c->shape == SHAPE_LIST), "rows\n");
		row = f->descriptor;
	}
	CHECK(c->shape == SHAPE_NONE || c->n_columns > 0, "no columns\n");
	CHECK(c->n_columns <= TABLE_MAX_COLUMNS || c->shape == SHAPE_RECORD, "too many columns\n");
	for (size_t i = 0; i < c->n_columns; i++)
		check_column(&c->columns[i], row);
	if (c->mask != NULL)
		CHECK(field_at(m->request, c->mask) != NULL && field_at(m->request, c->mask_parent) != NULL, "mask\n");
}

static void methods_fields_columns(void **state)
{
	(void)state;
	each_command(check_method);
}

/* Every unary method of the API can be reached by a command, `call` aside; OpenSession is for browsers. */
static bool has_command(const char *service, const char *method)
{
	char name[128];
	static const char *const by_run[] = {
	    "MemberService/ImportMembers", "OrgService/ImportGrids",     "OrgService/PutPolicy",
	    "OrgService/TryPolicy",        "PointsService/CheckBalance", "SessionService/Login",
	    "SessionService/RedeemInvite", "SessionService/Logout",      "SessionService/ChangePassword",
	    "SessionService/EnrolTotp",    "SessionService/ConfirmTotp", "SessionService/OpenSession",
	    "DeskService/ListTrace"};
	snprintf(name, sizeof(name), "%s/%s", service + strlen("paidan.v1."), method);
	for (size_t i = 0; i < COUNT_OF(by_run); i++) {
		if (strcmp(by_run[i], name) == 0)
			return true;
	}
	for (size_t i = 0; i < cli_n_nouns; i++) {
		for (size_t k = 0; k < cli_nouns[i]->n_commands; k++) {
			const char *m = cli_nouns[i]->commands[k].method;
			if (m != NULL && strcmp(m, name) == 0)
				return true;
		}
	}
	return false;
}

static void every_method_has_a_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < paidan_pb_set.n_methods; i++) {
		const struct pb_method *m = &paidan_pb_set.methods[i];
		if (!has_command(m->service, m->name))
			fail_msg("%s has no command", m->path);
	}
}

static void check_help(const struct noun *noun, const struct command *c)
{
	bool optional = false, many = false;
	CHECK(c->zh != NULL && c->en != NULL && *c->zh != '\0' && *c->en != '\0', "no help\n");
	CHECK((c->more_zh == NULL) == (c->more_en == NULL), "more\n");
	CHECK(noun->zh != NULL && noun->en != NULL, "noun\n");
	for (size_t i = 0; i < c->n_params; i++) {
		const struct param *p = &c->params[i];
		if (p->type == TYPE_CONST)
			continue;
		CHECK(*p->zh != '\0' && *p->en != '\0', "%s has no help\n", p->name);
		CHECK(strchr(p->zh, '\'') == NULL, "%s: quotes and shells\n", p->name);
		if (p->positional) {
			CHECK(!many, "%s behind a list\n", p->name);
			CHECK(!(p->required && optional), "%s behind an optional one\n", p->name);
			CHECK(isupper((unsigned char)p->name[0]), "%s\n", p->name);
			optional = optional || !p->required;
			many = many || p->many;
			continue;
		}
		CHECK(p->type == TYPE_BOOL || p->type == TYPE_CHOICE || p->value != NULL, "%s: its value has no name\n",
		      p->name);
		for (size_t k = 0; k < cli_n_globals; k++) {
			/* A command may say more exactly what a global flag is to it, but not make it another. */
			CHECK(strcmp(cli_globals[k].name, p->name) != 0 || cli_globals[k].type == p->type,
			      "--%s is global\n", p->name);
			CHECK(p->letter == 0 || cli_globals[k].letter != p->letter, "-%c is global\n", p->letter);
		}
		for (size_t k = 0; k < i; k++) {
			CHECK(strcmp(c->params[k].name, p->name) != 0, "--%s twice\n", p->name);
			CHECK(p->letter == 0 || c->params[k].letter != p->letter, "-%c twice\n", p->letter);
		}
		for (size_t k = 0; k < cli_n_paging && command_is_paged(c); k++)
			CHECK(p->letter == 0 || cli_paging[k].letter != p->letter, "-%c is for paging\n", p->letter);
	}
}

static void help_is_complete(void **state)
{
	(void)state;
	each_command(check_help);
}

/* The examples are commands that parse. */
static void check_example(const struct noun *noun, const struct command *c)
{
	static struct args args;
	char text[512], *argv[32] = {(char *)(uintptr_t) "paidan"};
	for (const char *line = c->example; line != NULL && *line != '\0';) {
		size_t len = strcspn(line, "\n|<>");
		int argc = 1;
		char *to = text;
		for (const char *p = line; p < line + len;) {
			char quote = '\0';
			while (*p == ' ')
				p++;
			if (p >= line + len)
				break;
			argv[argc++] = to;
			for (; p < line + len && (quote != '\0' || *p != ' '); p++) {
				if (quote == '\0' && (*p == '"' || *p == '\''))
					quote = *p;
				else if (quote != '\0' && *p == quote)
					quote = '\0';
				else
					*to++ = *p;
			}
			*to++ = '\0';
		}
		CHECK(args_parse(&args, argc, argv), "%.*s: %s\n", (int)len, line, args.en);
		CHECK(args.noun == noun && args.command == c, "%.*s\n", (int)len, line);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
}

static void examples_parse(void **state)
{
	(void)state;
	each_command(check_example);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(methods_fields_columns),
	    cmocka_unit_test(every_method_has_a_command),
	    cmocka_unit_test(help_is_complete),
	    cmocka_unit_test(examples_parse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
