/* The codec: replies piece by piece, limits, numbers; commands byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "redis/reply.h"
#include "redis/resp.h"

static const char stream[] = "+OK\r\n"
			     "-ERR no\r\n"
			     ":-42\r\n"
			     "$5\r\na\r\nbc\r\n"
			     "$-1\r\n"
			     "$0\r\n\r\n"
			     "*0\r\n"
			     "*3\r\n*2\r\n$1\r\nx\r\n:7\r\n$-1\r\n*1\r\n*1\r\n+y\r\n";

static void check_reply(size_t at, const struct redis_reply *r)
{
	switch (at) {
	case 0:
		assert_int_equal(r->type, REDIS_STATUS);
		assert_true(slice_eq(r->bytes, SLICE("OK")));
		return;
	case 1:
		assert_true(redis_error_is(r, "ERR"));
		assert_false(redis_error_is(r, "ER"));
		assert_false(redis_error_is(r, "ERRO"));
		return;
	case 2:
		assert_int_equal(r->type, REDIS_INTEGER);
		assert_int_equal(r->integer, -42);
		return;
	case 3:
		assert_true(slice_eq(r->bytes, SLICE("a\r\nbc")));
		return;
	case 4:
		assert_int_equal(r->type, REDIS_NIL);
		return;
	case 5:
		assert_int_equal(r->type, REDIS_STRING);
		assert_int_equal(r->bytes.len, 0);
		return;
	case 6:
		assert_int_equal(r->type, REDIS_ARRAY);
		assert_int_equal(r->n, 0);
		return;
	case 7:
		assert_int_equal(r->n, 3);
		assert_int_equal(r->elements[0].n, 2);
		assert_true(slice_eq(r->elements[0].elements[0].bytes, SLICE("x")));
		assert_int_equal(r->elements[0].elements[1].integer, 7);
		assert_int_equal(r->elements[1].type, REDIS_NIL);
		assert_true(slice_eq(r->elements[2].elements[0].elements[0].bytes, SLICE("y")));
		return;
	default:
		fail();
	}
}

/* In pieces of every size from one byte up. */
static void test_pieces(void **state)
{
	(void)state;
	size_t len = sizeof(stream) - 1;
	for (size_t piece = 1; piece <= len; piece++) {
		struct redis_reader r;
		size_t seen = 0;
		assert_true(redis_reader_init(&r));
		for (size_t at = 0; at < len; at += piece) {
			const struct redis_reply *reply = NULL;
			assert_true(redis_reader_feed(&r, stream + at, at + piece > len ? len - at : piece));
			while (redis_reader_next(&r, &reply) && reply != NULL)
				check_reply(seen++, reply);
		}
		assert_int_equal(seen, 8);
		redis_reader_finish(&r);
	}
}

static bool refused(const char *bytes)
{
	struct redis_reader r;
	const struct redis_reply *reply = NULL;
	assert_true(redis_reader_init(&r));
	bool ok = redis_reader_feed(&r, bytes, strlen(bytes)) && redis_reader_next(&r, &reply);
	assert_null(reply);
	redis_reader_finish(&r);
	return !ok;
}

static void test_refused(void **state)
{
	(void)state;
	assert_true(refused("HTTP/1.1 400 Bad Request\r\n\r\n"));
	assert_true(refused("*2000000000\r\n"));
	assert_true(refused("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"));
	assert_true(refused(":1x\r\n"));
	assert_false(refused("$400000000\r\nabc"));
}

/* A string that never ends is cut off at the limit. */
static void test_endless(void **state)
{
	(void)state;
	static char chunk[1024 * 1024];
	struct redis_reader r;
	const struct redis_reply *reply = NULL;
	size_t fed = 0;
	assert_true(redis_reader_init(&r));
	assert_true(redis_reader_feed(&r, "$400000000\r\n", 12));
	while (redis_reader_feed(&r, chunk, sizeof(chunk)) && redis_reader_next(&r, &reply) && reply == NULL)
		fed += sizeof(chunk);
	assert_null(reply);
	assert_true(fed <= LIMIT_REDIS_REPLY_BYTES + 2 * sizeof(chunk));
	redis_reader_finish(&r);
}

static void test_integers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} rows[] = {
	    {"0", true, 0},
	    {"-0", true, 0},
	    {"9007199254740992", true, 9007199254740992},
	    {"9223372036854775807", true, INT64_MAX},
	    {"-9223372036854775808", true, INT64_MIN},
	    {"9223372036854775808", false, 0},
	    {"-9223372036854775809", false, 0},
	    {"1e3", false, 0},
	    {"inf", false, 0},
	    {"", false, 0},
	    {"-", false, 0},
	    {"000000000000000000001", false, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redis_reply reply = {.type = REDIS_STRING, .bytes = slice_str(rows[i].text)};
		int64_t value = 0;
		assert_int_equal(redis_reply_integer(&reply, &value), rows[i].ok);
		assert_int_equal(value, rows[i].value);
	}
	int64_t value;
	assert_false(redis_reply_integer(&(struct redis_reply){.type = REDIS_NIL}, &value));
}

static void test_commands(void **state)
{
	(void)state;
	struct buf b = {0};
	resp_start(&b, 7);
	resp_str(&b, "SET");
	resp_pair(&b, SLICE("pd:{t}:"), SLICE("k"));
	resp_arg(&b, SLICE("a\0\r\n"));
	resp_int(&b, INT64_MIN);
	resp_int(&b, 0);
	resp_bound(&b, true, SLICE("5-1"));
	resp_arg(&b, SLICE_NONE);
	static const char want[] = "*7\r\n$3\r\nSET\r\n$8\r\npd:{t}:k\r\n$4\r\na\0\r\n\r\n"
				   "$20\r\n-9223372036854775808\r\n$1\r\n0\r\n$4\r\n(5-1\r\n$0\r\n\r\n";
	assert_true(slice_eq(buf_view(&b), SLICE(want)));
	buf_free(&b);
	/* a full buffer says so */
	b = (struct buf){.cap_bytes = 20};
	resp_start(&b, 1);
	resp_str(&b, "PING");
	assert_true(b.failed);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),   cmocka_unit_test(test_refused),  cmocka_unit_test(test_endless),
	    cmocka_unit_test(test_integers), cmocka_unit_test(test_commands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
