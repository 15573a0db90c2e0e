/* net/h1_head: where heads end, what is refused in the raw bytes, and what a head may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/h1_head.h"

static void scan_case(const char *text, bool trailer, enum h1_scan_result want, size_t want_used)
{
	size_t len = strlen(text);
	/* In one piece, and byte by byte: the answer must not depend on how it arrives. */
	for (size_t step = 1; step <= len; step += len - 1 > 0 ? len - 1 : 1) {
		struct h1_scan s;
		enum h1_scan_result result = H1_MORE;
		size_t at = 0;
		if (trailer)
			h1_scan_trailer(&s);
		else
			h1_scan_head(&s);
		while (result == H1_MORE && at < len) {
			size_t used = 0;
			size_t piece = len - at < step ? len - at : step;
			result = h1_scan(&s, (const uint8_t *)text + at, piece, &used);
			assert_true(used > 0 && used <= piece);
			at += used;
		}
		if (result != want || (want == H1_DONE && at != want_used))
			print_error("case %s: result %d at %zu\n", text, (int)result, at);
		assert_int_equal(result, want);
		if (want == H1_DONE)
			assert_int_equal(at, want_used);
	}
}

static void test_scan(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool trailer;
		enum h1_scan_result result;
		size_t used;
	} cases[] = {
	    {"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", false, H1_DONE, 27},
	    {"GET / HTTP/1.1\r\n\r\n", false, H1_DONE, 18},
	    {"\r\nGET / HTTP/1.1\r\n\r\n", false, H1_DONE, 20},
	    {"GET / HTTP/1.1\r\nA: b c  d\te \r\n\r\n", false, H1_DONE, 32},
	    {"GET / HTTP/1.1\r\nA: \xe4\xb8\xad\r\n\r\n", false, H1_DONE, 26},
	    {"GET / HTTP/1.1\r\nHost: a\r\n\r", false, H1_MORE, 0},
	    {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", false, H1_BAD, 0},
	    {"\nGET / HTTP/1.1\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\nHost: a\n\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nHost: a\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nHost: a\r\n\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nHost: a\r\n\rG", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", false, H1_BAD, 0},
	    {" GET / HTTP/1.1\r\n\r\n", false, H1_BAD, 0},
	    {"GET  / HTTP/1.1\r\n\r\n", false, H1_BAD, 0},
	    {"GET\t/ HTTP/1.1\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nA: \x01\r\n\r\n", false, H1_BAD, 0},
	    {"GET / HTTP/1.1\r\nA: \x7f\r\n\r\n", false, H1_BAD, 0},
	    {"\r\nrest", true, H1_DONE, 2},
	    {"A: b\r\n\r\nrest", true, H1_DONE, 8},
	    {"A: b\r\n c\r\n\r\n", true, H1_BAD, 0},
	    {"\n", true, H1_BAD, 0},
	    {"A: b\n\r\n", true, H1_BAD, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		scan_case(cases[i].text, cases[i].trailer, cases[i].result, cases[i].used);
	struct h1_scan s;
	size_t used;
	h1_scan_head(&s);
	assert_int_equal(h1_scan(&s, (const uint8_t *)"GET /\0", 6, &used), H1_BAD);
}

enum { MAX_HEADERS = 4 };

struct head_case {
	const char *method;
	const char *target;
	int major;
	int minor;
	const char *headers[2 * MAX_HEADERS + 1];
	int status;
	const char *path;
	const char *authority;
	int64_t length;
	bool chunked;
	bool keep_alive;
};

static void check_case(const struct head_case *c)
{
	struct http_header headers[MAX_HEADERS];
	struct h1_head head = {.major = c->major,
			       .minor = c->minor,
			       .method = slice_str(c->method),
			       .target = slice_str(c->target),
			       .headers = headers};
	for (size_t i = 0; c->headers[i] != NULL; i += 2)
		headers[head.n_headers++] =
		    (struct http_header){.name = slice_str(c->headers[i]), .value = slice_str(c->headers[i + 1])};
	int status = h1_check(&head);
	if (status != c->status)
		print_error("case %s %s %s: %d\n", c->method, c->target, c->headers[0], status);
	assert_int_equal(status, c->status);
	if (status != 0)
		return;
	assert_true(slice_eq(head.path_query, slice_str(c->path)));
	assert_true(slice_eq(head.authority, slice_str(c->authority)));
	assert_int_equal(head.content_length, c->length);
	assert_int_equal(head.chunked, c->chunked);
	assert_int_equal(head.keep_alive, c->keep_alive);
}

static void test_fine(void **state)
{
	(void)state;
	static const struct head_case cases[] = {
	    {"GET", "/a?b", 1, 1, {"host", "x"}, 0, "/a?b", "x", -1, false, true},
	    {"GET", "/", 1, 1, {"host", "[::1]:80"}, 0, "/", "[::1]:80", -1, false, true},
	    {"GET", "/", 1, 0, {NULL}, 0, "/", NULL, -1, false, false},
	    {"GET", "/", 1, 0, {"connection", "Keep-Alive"}, 0, "/", NULL, -1, false, true},
	    {"GET", "/", 1, 1, {"host", "x", "connection", "a, CLOSE ,b"}, 0, "/", "x", -1, false, false},
	    {"GET", "/", 1, 1, {"host", "x", "connection", "closed"}, 0, "/", "x", -1, false, true},
	    {"POST", "/", 1, 1, {"host", "x", "content-length", "0"}, 0, "/", "x", 0, false, true},
	    {"POST", "/", 1, 1, {"host", "x", "content-length", "0012"}, 0, "/", "x", 12, false, true},
	    {"POST",
	     "/",
	     1,
	     1,
	     {"host", "x", "content-length", "999999999999999999"},
	     0,
	     "/",
	     "x",
	     999999999999999999,
	     false,
	     true},
	    {"POST", "/", 1, 1, {"host", "x", "transfer-encoding", "Chunked"}, 0, "/", "x", -1, true, true},
	    {"GET", "http://X/a", 1, 1, {"host", "x"}, 0, "/a", "X", -1, false, true},
	    {"GET", "https://x", 1, 1, {"host", "x"}, 0, "/", "x", -1, false, true},
	    {"OPTIONS", "*", 1, 1, {"host", "x"}, 0, "*", "x", -1, false, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct head_case cases[] = {
	    {"GET", "/", 1, 1, {NULL}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "expect", "100-continue", "expect", "100-continue"}, .status = 417},
	    {"GET", "/", 1, 1, {"host", "x", "expect", "y 100-continue"}, .status = 417},
	    {"GET", "/", 1, 2, {"host", "x"}, .status = 400},
	    {"GET", "/", 0, 9, {"host", "x"}, .status = 400},
	    {"GET", "/", 2, 0, {"host", "x"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", ""}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "a b"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "a,b"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "a/b"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "a@b"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "host", "x"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", ""}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", "+1"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", "1,1"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", "1000000000000000000"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", "1", "content-length", "1"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "transfer-encoding", ""}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "transfer-encoding", "gzip, chunked"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "transfer-encoding", "identity"}, .status = 400},
	    {"GET", "/", 1, 0, {"transfer-encoding", "chunked"}, .status = 400},
	    {"GET",
	     "/",
	     1,
	     1,
	     {"host", "x", "transfer-encoding", "chunked", "transfer-encoding", "chunked"},
	     .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "transfer-encoding", "chunked", "content-length", "1"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "content-length", "1", "transfer-encoding", "chunked"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "a b", "c"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "", "c"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "a\xc3", "c"}, .status = 400},
	    {"GET", "/", 1, 1, {"host", "x", "expect", "tea"}, .status = 417},
	    {"GET", "", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "a", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "*", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "/a#b", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "/\xc3\xa9", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "http://y/", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "http://x?a", 1, 1, {"host", "x"}, .status = 400},
	    {"GET", "ftp://x/", 1, 1, {"host", "x"}, .status = 400},
	    {"CONNECT", "x:443", 1, 1, {"host", "x:443"}, .status = 400},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
}

static void test_expect(void **state)
{
	(void)state;
	const struct http_header headers[] = {{.name = SLICE("host"), .value = SLICE("x")},
					      {.name = SLICE("expect"), .value = SLICE("100-Continue")}};
	struct h1_head head = {
	    .major = 1, .minor = 1, .method = SLICE("GET"), .target = SLICE("/"), .headers = headers, .n_headers = 2};
	assert_int_equal(h1_check(&head), 0);
	assert_true(head.expects_continue);
	head.minor = 0; /* HTTP/1.0 knows no 100 */
	assert_int_equal(h1_check(&head), 0);
	assert_false(head.expects_continue);
}

static void test_trailers(void **state)
{
	(void)state;
	static const char *const fine[] = {"x-a", "grpc-status", "Server-Timing", "content-lengths"};
	static const char *const refused[] = {
	    "content-length", "Content-Length", "HOST", "transfer-encoding", "authorization", "", "a b", "a:"};
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		assert_true(h1_trailer_fine(slice_str(fine[i])));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(h1_trailer_fine(slice_str(refused[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scan),   cmocka_unit_test(test_fine),     cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_expect), cmocka_unit_test(test_trailers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
