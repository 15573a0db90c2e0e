/* web: which answer a path, a method and what a browser has get, of a table made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "rpc_fake.h"
#include "web/site.h"

#define S(text)                                           \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

static const struct asset rows_of_table[] = {
    {.path = S("/"), .location = S("/desk")},
    {.path = S("/assets/a-12345678.js"),
     .type = S("text/javascript; charset=utf-8"),
     .plain = S("1111"),
     .packed = S("11"),
     .plain_tag = S("\"p\""),
     .packed_tag = S("\"z\""),
     .lasts = true},
    {.path = S("/desk"), .type = S("text/html; charset=utf-8"), .plain = S("desk"), .plain_tag = S("\"d\"")},
    {.path = S("/empty.txt"), .type = S("text/plain; charset=utf-8"), .plain_tag = S("\"e\"")},
    {.path = S("/m"), .type = S("text/html; charset=utf-8"), .plain = S("m"), .plain_tag = S("\"m\"")},
};
static const struct asset_table table = {rows_of_table, sizeof(rows_of_table) / sizeof(rows_of_table[0])};

#define JS "/assets/a-12345678.js"

static struct http_exchange x;

/* False: the path is none of the table's. */
static bool ask(const char *method, const char *path, const char *const *headers)
{
	fake_request(&x, method, path, true, headers);
	struct route_state *state = site_begin(&table, &x, &x.request);
	if (state == NULL)
		return false;
	state->ops->end(state);
	state->ops->gone(state, true);
	return true;
}

static void is_text(const char *want)
{
	assert_int_equal(x.body.len, strlen(want));
	assert_memory_equal(x.body.ptr == NULL ? (const uint8_t *)"" : x.body.ptr, want, strlen(want));
}

static void paths(void **state)
{
	static const struct {
		const char *path;
		int status; /* 0: not ours */
	} rows[] = {
	    {"/", 302},
	    {"/desk", 200},
	    {"/desk?view=mine&q=../x", 200},
	    {"/m", 200},
	    {JS, 200},
	    {"/empty.txt", 200},
	    {"/desk/", 0},
	    {"/des", 0},
	    {"/desk2", 0},
	    {"/Desk", 0},
	    {"//desk", 0},
	    {"/./desk", 0},
	    {"/assets", 0},
	    {"/assets/", 0},
	    {"/assets/../desk", 0},
	    {"/assets/..%2fdesk", 0},
	    {"/%64esk", 0},
	    {"/desk%00", 0},
	    {"/desk;x", 0},
	    {"desk", 0},
	    {"", 0},
	    {"/../../../../etc/passwd", 0},
	    {"*", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ours = ask("GET", rows[i].path, NULL);
		if (ours != (rows[i].status != 0) || (ours && x.status != rows[i].status))
			fail_msg("%s: %d", rows[i].path, x.status);
	}
	buf_free(&x.body);
}

static void methods(void **state)
{
	(void)state;
	assert_true(ask("HEAD", "/desk", NULL));
	assert_int_equal(x.status, 200);
	static const char *const others[] = {"POST", "PUT", "DELETE", "PATCH", "get"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_true(ask(others[i], "/desk", NULL));
		assert_int_equal(x.status, 405);
		assert_string_equal(fake_head(&x, "allow"), "GET, HEAD");
	}
	assert_true(ask("OPTIONS", "/desk", NULL));
	assert_int_equal(x.status, 204);
	assert_string_equal(fake_head(&x, "allow"), "GET, HEAD");
	buf_free(&x.body);
}

static void forms(void **state)
{
	static const struct {
		const char *path, *accepts, *has;
		int status;
		const char *body, *encoding, *tag;
	} rows[] = {
	    {JS, "gzip, deflate, br, zstd", NULL, 200, "11", "gzip", "\"z\""},
	    {JS, "br", NULL, 200, "1111", NULL, "\"p\""},
	    {JS, "gzip;q=0", NULL, 200, "1111", NULL, "\"p\""},
	    {JS, NULL, NULL, 200, "1111", NULL, "\"p\""},
	    {JS, "gzip", "\"z\"", 304, "", NULL, "\"z\""},
	    {JS, "gzip", "\"p\"", 200, "11", "gzip", "\"z\""},
	    {JS, NULL, "\"p\"", 304, "", NULL, "\"p\""},
	    {"/desk", "gzip", NULL, 200, "desk", NULL, "\"d\""},
	    {"/desk", "gzip", "W/\"d\"", 304, "", NULL, "\"d\""},
	    {"/desk", NULL, "\"a\" , W/\"b\",\"d\"", 304, "", NULL, "\"d\""},
	    {"/desk", NULL, "*", 304, "", NULL, "\"d\""},
	    {"/desk", NULL, "d", 200, "desk", NULL, "\"d\""},
	    {"/desk", NULL, "\"\", ,", 200, "desk", NULL, "\"d\""},
	    {"/empty.txt", "gzip", NULL, 200, "", NULL, "\"e\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char accepts[64], has[64];
		const char *headers[3] = {NULL};
		size_t n = 0;
		snprintf(accepts, sizeof(accepts), "accept-encoding: %s", rows[i].accepts);
		snprintf(has, sizeof(has), "if-none-match: %s", rows[i].has);
		if (rows[i].accepts != NULL)
			headers[n++] = accepts;
		if (rows[i].has != NULL)
			headers[n++] = has;
		assert_true(ask("GET", rows[i].path, headers));
		if (x.status != rows[i].status)
			fail_msg("row %zu: %d", i, x.status);
		is_text(rows[i].body);
		assert_string_equal(fake_head(&x, "etag"), rows[i].tag);
		assert_string_equal(fake_head(&x, "vary"), "accept-encoding");
		if (rows[i].encoding != NULL)
			assert_string_equal(fake_head(&x, "content-encoding"), rows[i].encoding);
		else
			assert_null(fake_head(&x, "content-encoding"));
	}
	const char *const lines[] = {"if-none-match: \"a\"", "if-none-match: \"d\"", NULL};
	assert_true(ask("GET", "/desk", lines));
	assert_int_equal(x.status, 304);
	buf_free(&x.body);
}

static void guards(void **state)
{
	static const char *const paths_of_all[] = {"/", "/desk", JS};
	(void)state;
	for (size_t i = 0; i < sizeof(paths_of_all) / sizeof(paths_of_all[0]); i++) {
		assert_true(ask("GET", paths_of_all[i], NULL));
		const char *policy = fake_head(&x, "content-security-policy");
		assert_non_null(strstr(policy, "default-src 'none'"));
		assert_non_null(strstr(policy, "frame-ancestors 'none'"));
		assert_null(strstr(policy, "unsafe"));
		assert_string_equal(fake_head(&x, "x-content-type-options"), "nosniff");
		assert_string_equal(fake_head(&x, "referrer-policy"), "no-referrer");
		const char *keeps = fake_head(&x, "cache-control");
		assert_string_equal(keeps, i < 2 ? "no-cache" : "public, max-age=31536000, immutable");
	}
	assert_true(ask("GET", "/", NULL));
	assert_string_equal(fake_head(&x, "location"), "/desk");
	buf_free(&x.body);
}

/* The table of this build is in order and holds together. */
static void table_of_the_build(void **state)
{
	(void)state;
	assert_true(asset_table.n > 0);
	for (size_t i = 0; i < asset_table.n; i++) {
		const struct asset *asset = &asset_table.assets[i];
		assert_ptr_equal(asset_find(&asset_table, asset->path), asset);
		assert_true((asset->location.len > 0) != (asset->type.len > 0));
		if (asset->location.len > 0)
			assert_non_null(asset_find(&asset_table, asset->location));
	}
	assert_non_null(asset_find(&asset_table, SLICE("/")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths),
	    cmocka_unit_test(methods),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(guards),
	    cmocka_unit_test(table_of_the_build),
	};
	return cmocka_run_group_tests_name("web_site", tests, NULL, NULL);
}
