/* The command line, values as people write them, settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "cli.h"
#include "output.h"
#include "target.h"
#include "values.h"

static struct args args;

static bool parse(char *first, ...)
{
	char *argv[32] = {(char *)(uintptr_t) "paidan"};
	int argc = 1;
	va_list list;
	va_start(list, first);
	for (char *arg = first; arg != NULL; arg = va_arg(list, char *))
		argv[argc++] = arg;
	va_end(list);
	return args_parse(&args, argc, argv);
}

#define PARSE(...) parse(__VA_ARGS__, NULL)

static void good_lines(void **state)
{
	(void)state;
	assert_true(PARSE("-o", "json", "order", "new", "T", "--category=c1", "-u", "urgent", "--attach", "a.jpg",
			  "--attach", "b.png", "--as", "resident/1"));
	assert_string_equal(args.noun->name, "order");
	assert_string_equal(args.command->verb, "new");
	assert_string_equal(args_text(&args, "TITLE"), "T");
	assert_string_equal(args_text(&args, "category"), "c1");
	assert_string_equal(args_text(&args, "output"), "json");
	assert_string_equal(args_text(&args, "as"), "resident/1");
	size_t attached = 0;
	for (size_t i = 0; i < args.n; i++)
		attached += strcmp(args.values[i].param->name, "attach") == 0;
	assert_int_equal(attached, 2);
	/* The last one counts. */
	assert_true(PARSE("order", "list", "-n5", "-n", "7"));
	assert_int_equal(args_uint(&args, "limit", 0), 7);
	assert_true(PARSE("order", "list", "-n=9"));
	assert_int_equal(args_uint(&args, "limit", 0), 9);
	/* Behind "--" and for negative numbers there are no flags. */
	assert_true(PARSE("order", "note", "o1", "--", "--help"));
	assert_string_equal(args_text(&args, "TEXT"), "--help");
	assert_false(args.help);
	assert_true(PARSE("grid", "locate", "-33.8,151.2"));
	assert_string_equal(args_text(&args, "LAT,LON"), "-33.8,151.2");
	/* Lists of positional arguments. */
	assert_true(PARSE("desk", "merge", "o1", "o2", "o3", "-r", "x", "o4"));
	assert_int_equal(args.n, 5);
	/* Help asks for nothing else. */
	assert_true(PARSE("order", "new", "--help"));
	assert_true(args.help);
	assert_true(PARSE("help", "order", "new"));
	assert_true(args.help);
	assert_string_equal(args.command->verb, "new");
	assert_true(PARSE("--version"));
	assert_true(args.version);
	assert_true(PARSE("doctor"));
	assert_non_null(args.command);
}

static void bad_lines(void **state)
{
	(void)state;
	assert_false(PARSE("ordr"));
	assert_string_equal(args.en, "there is no command \"ordr\": did you mean order?");
	assert_false(PARSE("order", "lsit"));
	assert_string_equal(args.en, "there is no command \"order lsit\": did you mean order list?");
	assert_false(PARSE("order", "zzzzzz"));
	assert_string_equal(args.en, "there is no command \"order zzzzzz\"");
	assert_false(PARSE("order", "new", "T", "--catgory", "c"));
	assert_string_equal(args.en, "there is no option --catgory: did you mean --category?");
	assert_string_equal(args.zh, "没有选项 --catgory，是否指 --category？");
	assert_false(PARSE("order", "new", "T", "--desc=x", "-c", "c"));
	assert_string_equal(args.en, "there is no option --desc: did you mean --description?");
	assert_false(PARSE("order", "new", "T", "--xyzzyx"));
	assert_string_equal(args.en, "there is no option --xyzzyx");
	assert_false(PARSE("order", "new", "T", "-z"));
	assert_string_equal(args.en, "there is no option -z");
	assert_false(PARSE("order", "new", "T"));
	assert_string_equal(args.en, "--category is missing: its kind: code, name or id (see category list)");
	assert_false(PARSE("order", "show"));
	assert_string_equal(args.en, "ORDER is missing: the order's id");
	assert_false(PARSE("order", "show", "a", "b"));
	assert_string_equal(args.en, "\"b\" is one argument too many");
	assert_false(PARSE("order", "list", "--limit"));
	assert_string_equal(args.en, "the option --limit needs a value");
	assert_false(PARSE("order", "list", "-n"));
	assert_string_equal(args.en, "the option -n needs a value");
	assert_false(PARSE("task", "list", "--done=1"));
	assert_string_equal(args.en, "the option --done takes no value");
	assert_false(PARSE("order", "list", "--limit", "-1"));
	assert_string_equal(args.en, "--limit must be a whole number, not \"-1\"");
	assert_false(PARSE("order", "list", "--limit", "99999999999"));
	assert_false(PARSE("order", "list", "-o", "xml"));
	assert_string_equal(args.en, "--output must be one of: table json jsonl csv");
	assert_false(PARSE("order", "list", "-o", "js"));
}

/* --- values --- */

static char *value(enum param_type type, const char *text)
{
	struct value_error error = {0};
	struct param p = {.type = type, .prefix = "X_", .choices = "a b-c"};
	json_t *v = value_parse(&p, text, &error);
	if (v == NULL) {
		assert_non_null(error.zh);
		assert_non_null(error.en);
		return strdup("-");
	}
	char *json = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
	json_decref(v);
	return json;
}

static void values(void **state)
{
	(void)state;
	static const struct {
		enum param_type type;
		const char *text, *json;
	} rows[] = {
	    {TYPE_TEXT, "水管", "\"水管\""},
	    {TYPE_TEXT, "\xff", "-"},
	    {TYPE_UINT, "42", "42"},
	    {TYPE_BOOL, "", "true"},
	    {TYPE_CHOICE, "b-c", "\"X_B_C\""},
	    {TYPE_POINT, "39.9,116.4", "{\"lat\":39.9,\"lon\":116.4}"},
	    {TYPE_POINT, "-33.8,151.2", "{\"lat\":-33.8,\"lon\":151.2}"},
	    {TYPE_POINT, "39.9", "-"},
	    {TYPE_POINT, "39.9,", "-"},
	    {TYPE_POINT, ",1", "-"},
	    {TYPE_POINT, "91,0", "-"},
	    {TYPE_POINT, "0,181", "-"},
	    {TYPE_POINT, "0,0x", "-"},
	    {TYPE_POINT, "nan,0", "-"},
	    {TYPE_REF, "a/b.JPG", "{\"ref\":\"a/b.JPG\",\"mediaType\":\"image/jpeg\"}"},
	    {TYPE_REF, "x", "{\"ref\":\"x\",\"mediaType\":\"application/octet-stream\"}"},
	    {TYPE_SKILL, "plumber", "{\"name\":\"plumber\"}"},
	    {TYPE_SKILL, "el:D-12", "{\"name\":\"el\",\"certificate\":\"D-12\"}"},
	    {TYPE_SKILL, "el:D:1970-01-02T00:00Z", "{\"name\":\"el\",\"certificate\":\"D\",\"expireMs\":\"86400000\"}"},
	    {TYPE_SKILL, "el:D:soon", "-"},
	    {TYPE_SLOT, "nurse", "{\"skill\":\"nurse\"}"},
	    {TYPE_SLOT, "nurse?", "{\"skill\":\"nurse\",\"optionalSkill\":true}"},
	    {TYPE_SLOT, "any", "{}"},
	    {TYPE_MAY, "admin", "{\"role\":\"ROLE_ADMIN\"}"},
	    {TYPE_MAY, "operator:n0000004", "{\"role\":\"ROLE_OPERATOR\",\"nodeId\":\"n0000004\"}"},
	    {TYPE_SHIFT, "mon 08:00-09:30", "[{\"fromMin\":480,\"toMin\":570}]"},
	    {TYPE_SHIFT, "sat-sun 00:00-24:00",
	     "[{\"fromMin\":7200,\"toMin\":8640},{\"fromMin\":8640,\"toMin\":10080}]"},
	    {TYPE_SHIFT, "sun-mon 08:00-09:00", "-"},
	    {TYPE_SHIFT, "mon 22:00-06:00", "-"},
	    {TYPE_SHIFT, "someday 08:00-09:00", "-"},
	    {TYPE_SHIFT, "mon", "-"},
	    {TYPE_HOURS, "22:00-07:00", "{\"fromMin\":1320,\"toMin\":420}"},
	    {TYPE_HOURS, "22-7", "-"},
	    {TYPE_HOURS, "25:00-07:00", "-"},
	    {TYPE_PAIR, "o1=m2", "{\"orderId\":\"o1\",\"memberId\":\"m2\"}"},
	    {TYPE_PAIR, "o1", "-"},
	    {TYPE_PAIR, "=m", "-"},
	    {TYPE_ORDER, "o1", "{\"orderId\":\"o1\"}"},
	    {TYPE_TIME, "1970-01-01T00:00:01Z", "\"1000\""},
	    {TYPE_SPAN, "90m", "\"5400000\""},
	    {TYPE_SPAN, "0s", "\"0\""},
	    {TYPE_SPAN, "90", "-"},
	    {TYPE_SPAN, "18:30", "-"},
	    {TYPE_SPAN, "-1d", "-"},
	    {TYPE_TIME, "yesterday", "-"},
	    {TYPE_TIME, "5y", "-"},
	    {TYPE_TIME, "-2h", "-"},
	    {TYPE_TIME, "", "-"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *json = value(rows[i].type, rows[i].text);
		if (strcmp(json, rows[i].json) != 0)
			fail_msg("%s: %s, not %s", rows[i].text, json, rows[i].json);
		free(json);
	}
}

static void times_from_now(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t s;
	} rows[] = {{"90s", 90}, {"30m", 1800}, {"2h", 7200}, {"3d", 259200}, {"1w", 604800}, {"0s", 0}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int64_t before = (int64_t)time(NULL);
		char *json = value(TYPE_TIME, rows[i].text);
		int64_t ms = strtoll(json + 1, NULL, 10);
		assert_in_range(ms / 1000 - rows[i].s, before, (int64_t)time(NULL));
		free(json);
	}
	/* A time of day is the next one. */
	char *json = value(TYPE_TIME, "00:00");
	int64_t ms = strtoll(json + 1, NULL, 10);
	assert_in_range(ms / 1000 - (int64_t)time(NULL), 1, 86400 + 3600);
	free(json);
}

/* --- the request --- */

static char *request(struct cli *cli)
{
	json_t *root = request_build(cli, &args);
	char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(root);
	return text;
}

static void requests(void **state)
{
	(void)state;
	struct cli cli = {.args = &args};
	assert_true(PARSE("member", "set", "m1", "--phone", "138", "-s", "a", "-s", "b:c", "--etag", "7", "--shift",
			  "mon-tue 08:00-09:00", "--shift", "wed 10:00-11:00"));
	char *text = request(&cli);
	assert_string_equal(text,
			    "{\"member\":{\"id\":\"m1\",\"phone\":\"138\",\"skills\":[{\"name\":\"a\"},{\"name\":\"b\","
			    "\"certificate\":\"c\"}],\"etag\":\"7\",\"shifts\":[{\"fromMin\":480,\"toMin\":540},"
			    "{\"fromMin\":1920,\"toMin\":1980},{\"fromMin\":3480,\"toMin\":3540}]},\"updateMask\":"
			    "\"phone,skills,shifts\"}");
	free(text);
	assert_true(PARSE("member", "resume", "m1"));
	text = request(&cli);
	assert_string_equal(text, "{\"untilMs\":\"0\",\"memberId\":\"m1\"}");
	free(text);
	assert_true(PARSE("desk", "board", "-u", "danger", "-u", "urgent", "-s", "held"));
	text = request(&cli);
	assert_string_equal(
	    text, "{\"urgencies\":[\"URGENCY_DANGER\",\"URGENCY_URGENT\"],\"states\":[\"ORDER_STATE_HELD\"]}");
	free(text);
	assert_true(PARSE("points", "leave"));
	text = request(&cli);
	assert_string_equal(text, "{\"optIn\":false}");
	free(text);
}

/* --- settings --- */

static char config[64];

static void write_config(const char *text, mode_t mode)
{
	FILE *file = fopen(config, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	chmod(config, mode);
}

static int make_config(void **state)
{
	(void)state;
	snprintf(config, sizeof(config), "/tmp/paidan-test-config-XXXXXX");
	int fd = mkstemp(config);
	static const char *const names[] = {"SERVER", "KEY", "CA", "AS", "TENANT", "LANG", "PROFILE"};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char name[32];
		snprintf(name, sizeof(name), "PAIDAN_%s", names[i]);
		unsetenv(name);
	}
	return fd < 0 ? -1 : close(fd);
}

static int drop_config(void **state)
{
	(void)state;
	return unlink(config);
}

static void settings_order(void **state)
{
	(void)state;
	struct settings s;
	write_config("# mine\nserver = https://plain\n[desk]\nserver=https://desk\nkey = k1\n", 0600);
	PARSE("doctor", "--config", config);
	assert_true(settings_load(&s, &args));
	assert_string_equal(s.server, "https://plain");
	assert_null(s.key);
	settings_free(&s);
	PARSE("doctor", "--config", config, "--profile", "desk", "--key", "k2");
	setenv("PAIDAN_SERVER", "https://env", 1);
	assert_true(settings_load(&s, &args));
	assert_string_equal(s.server, "https://env");
	assert_string_equal(s.key, "k2");
	settings_free(&s);
	unsetenv("PAIDAN_SERVER");
}

static void settings_refusals(void **state)
{
	(void)state;
	struct settings s;
	PARSE("doctor", "--config", config);
	write_config("server = https://x\n", 0644);
	assert_false(settings_load(&s, &args));
	assert_non_null(strstr(s.en, "chmod 600"));
	settings_free(&s);
	write_config("server = https://x\nsever = y\n", 0600);
	assert_false(settings_load(&s, &args));
	assert_non_null(strstr(s.en, "line 2"));
	settings_free(&s);
	write_config("server = https://x\n", 0600);
	PARSE("doctor", "--config", config, "--profile", "nope");
	assert_false(settings_load(&s, &args));
	settings_free(&s);
	/* No file at all is fine. */
	PARSE("doctor", "--config", "/nonexistent/paidan/config");
	assert_true(settings_load(&s, &args));
	settings_free(&s);
}

static void settings_kept(void **state)
{
	(void)state;
	struct settings s;
	struct stat st;
	write_config(
	    "as = member/m1\nserver = https://old\nkey = old\nca = /old\n[desk]\nserver=https://desk\nkey = k1\n",
	    0600);
	PARSE("doctor", "--config", config);
	assert_true(settings_load(&s, &args));
	free(s.server);
	free(s.key);
	free(s.ca);
	s.server = strdup("https://new");
	s.key = strdup("new");
	s.ca = NULL;
	s.cert = strdup("/mini.pem");
	assert_true(settings_save(&s));
	settings_free(&s);
	assert_true(settings_load(&s, &args));
	assert_string_equal(s.server, "https://new");
	assert_string_equal(s.key, "new");
	assert_string_equal(s.as, "member/m1");
	assert_string_equal(s.cert, "/mini.pem");
	assert_null(s.ca);
	assert_null(s.cert_key);
	settings_free(&s);
	PARSE("doctor", "--config", config, "--profile", "desk", "--cert", "a.pem", "--cert-key", "b.pem");
	assert_true(settings_load(&s, &args));
	assert_string_equal(s.server, "https://desk");
	assert_string_equal(s.key, "k1");
	assert_string_equal(s.cert, "a.pem");
	assert_string_equal(s.cert_key, "b.pem");
	settings_free(&s);
	assert_int_equal(stat(config, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* --- servers --- */

static void targets(void **state)
{
	(void)state;
	static const struct {
		const char *url, *canonical; /* NULL: refused */
	} rows[] = {
	    {"https://a.example", "https://a.example"},
	    {"https://a.example/", "https://a.example"},
	    {"HTTPS://a.example:443", "https://a.example"},
	    {"a.example:8443", "https://a.example:8443"},
	    {"https://[::1]:8443", "https://[::1]:8443"},
	    {"http://localhost:80", "http://localhost"},
	    {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
	    {"http://127.8.9.1:08080", "http://127.8.9.1:8080"},
	    {"http://[::1]:8080", "http://[::1]:8080"},
	    {"http://a.example", NULL},
	    {"http://10.0.0.1:80", NULL},
	    {"http://localhost.evil.example", NULL},
	    {"ftp://a", NULL},
	    {"https://", NULL},
	    {"https://a:0", NULL},
	    {"https://a:65536", NULL},
	    {"https://a:x", NULL},
	    {"https://a:", NULL},
	    {"https://a/b", NULL},
	    {"https://u@a", NULL},
	    {"https://a b", NULL},
	    {"https://[a]:1", NULL},
	    {"https://[::1]x", NULL},
	    {"https://a\r\nb", NULL},
	    {"", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct target t;
		struct fault fault = {0};
		enum err err = target_parse(&t, rows[i].url, &fault);
		if ((err == OK) != (rows[i].canonical != NULL))
			fail_msg("%s: %s", rows[i].url, fault.detail);
		if (err == OK)
			assert_string_equal(t.url, rows[i].canonical);
		else
			assert_string_equal(fault.field, "server");
	}
}

static void statuses(void **state)
{
	(void)state;
	static const struct {
		int code;
		const char *reason;
		enum status status;
	} rows[] = {
	    {PAIDAN_OK, "OK", STATUS_OK},
	    {PAIDAN_INVALID_ARGUMENT, "FIELD_INVALID", STATUS_USAGE},
	    {PAIDAN_NOT_FOUND, "NOT_FOUND", STATUS_NOT_FOUND},
	    {PAIDAN_UNAUTHENTICATED, "UNAUTHENTICATED", STATUS_AUTH},
	    {PAIDAN_PERMISSION_DENIED, "PERMISSION_DENIED", STATUS_AUTH},
	    {PAIDAN_ALREADY_EXISTS, "REQUEST_ID_REUSED", STATUS_CONFLICT},
	    {PAIDAN_ABORTED, "ETAG_STALE", STATUS_CONFLICT},
	    {PAIDAN_FAILED_PRECONDITION, "OFFER_TAKEN", STATUS_CONFLICT},
	    {PAIDAN_UNAVAILABLE, "UNAVAILABLE", STATUS_UNAVAILABLE},
	    {PAIDAN_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", STATUS_UNAVAILABLE},
	    {PAIDAN_RESOURCE_EXHAUSTED, "RATE_LIMITED", STATUS_UNAVAILABLE},
	    {PAIDAN_RESOURCE_EXHAUSTED, "TOO_LARGE", STATUS_USAGE},
	    {PAIDAN_INTERNAL, "INTERNAL", STATUS_ERROR},
	    {PAIDAN_OUT_OF_RANGE, "EVENTS_GONE", STATUS_ERROR},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(cli_status(&(struct paidan_error){.code = rows[i].code, .reason = rows[i].reason}),
				 rows[i].status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_lines),        cmocka_unit_test(bad_lines),     cmocka_unit_test(values),
	    cmocka_unit_test(times_from_now),    cmocka_unit_test(requests),      cmocka_unit_test(settings_order),
	    cmocka_unit_test(settings_refusals), cmocka_unit_test(settings_kept), cmocka_unit_test(targets),
	    cmocka_unit_test(statuses),
	};
	return cmocka_run_group_tests(tests, make_config, drop_config);
}
