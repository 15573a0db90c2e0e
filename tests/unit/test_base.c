/* arena, buf, slice, err, id, hash, log. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/log.h"

/* --- decimal --- */

static void test_decimal(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 7, 10, -1, -10, 1234567890123, INT64_MAX, INT64_MIN};
	char room[DECIMAL_CHARS], expected[32];
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(expected, sizeof(expected), "%" PRId64, values[i]);
		assert_true(slice_eq(decimal_signed(values[i], room), slice_str(expected)));
		snprintf(expected, sizeof(expected), "%" PRIu64, (uint64_t)values[i]);
		assert_true(slice_eq(decimal_unsigned((uint64_t)values[i], room), slice_str(expected)));
	}
}

/* --- arena --- */

static void test_arena(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t n = 0; n < 3000; n++) {
		unsigned char *p = arena_alloc(&a, n % 97);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n % 97; i++) {
			assert_int_equal(p[i], 0);
			p[i] = 0xaa;
		}
	}
	struct arena_mark mark = arena_mark(&a);
	size_t used = a.used_bytes;
	(void)arena_alloc(&a, 200000);
	(void)arena_alloc(&a, 10);
	arena_rewind(&a, mark);
	assert_int_equal(a.used_bytes, used);
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_string(&a, SLICE("ab")), "ab");
	assert_string_equal(arena_string(&a, SLICE_NONE), "");
	assert_string_equal(ARENA_JOIN(&a, SLICE("o:"), SLICE_NONE, slice_str("7")), "o:7");
	arena_reset(&a);
	assert_int_equal(a.used_bytes, 0);
	arena_free(&a);
	arena_free(&a);
	arena_free(NULL);
}

/* Whether the bytes from p on, which the arena has forgotten, are all zero. */
static bool wiped(const char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (p[i] != '\0')
			return false;
	}
	return true;
}

/* The kept block is still the arena's, so that what lies in it may be looked at. */
static void test_arena_wipes(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	char *first = arena_printf(&a, "%0100d", 7), *second = arena_strdup(&a, "secret");
	arena_recycle(&a);
	assert_string_equal(second, "secret");
	char *again = arena_strdup(&a, "x");
	assert_ptr_equal(again, first);
	arena_reset(&a);
	assert_true(wiped(first, 128));
	assert_true(wiped(second, 8));
	arena_free(&a);
}

/* Text that does not fit into the rest of a block leaves nothing there. */
static void test_arena_printf_elsewhere(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	char *first = arena_alloc(&a, 4096 - 64), *rest = first + 4096 - 64;
	char *text = arena_printf(&a, "%0100d", 7);
	assert_int_equal(strlen(text), 100);
	assert_true(text < first || text > first + 4096);
	assert_true(wiped(rest, 64));
	arena_free(&a);
}

static bool refuses(size_t bytes)
{
	struct arena a;
	jmp_buf guard;
	volatile bool refused = true;
	arena_init(&a, 1000);
	if (ARENA_GUARD(&a, &guard)) {
		(void)arena_alloc(&a, bytes);
		refused = false;
	}
	arena_free(&a);
	return refused;
}

/* Whatever would exceed the cap comes back to the guard, also when the size itself overflows. */
static void test_arena_cap(void **state)
{
	(void)state;
	static const size_t sizes[] = {1001, 1 << 20, SIZE_MAX, SIZE_MAX - 8, SIZE_MAX / 2};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_true(refuses(sizes[i]));
	assert_false(refuses(900));
	struct arena a;
	jmp_buf guard;
	volatile unsigned got = 0, refused = 0;
	arena_init(&a, 1000);
	if (ARENA_GUARD(&a, &guard)) {
		(void)arena_array(&a, SIZE_MAX / 2, 3);
		got++;
	} else {
		refused++;
	}
	assert_int_equal(got, 0);
	assert_int_equal(refused, 1);
	(void)arena_alloc(&a, 1000 / 16 * 16); /* up to the cap it goes on */
	arena_unguard(&a);
	arena_free(&a);
}

static void test_arena_append(void **state)
{
	(void)state;
	struct arena a;
	int items[5] = {0, 1, 2, 3, 4};
	int **list = NULL;
	size_t n = 0;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < 5; i++)
		arena_append(&a, (void ***)&list, &n, &items[i]);
	assert_int_equal(n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_ptr_equal(list[i], &items[i]);
	arena_free(&a);
}

/* --- buf --- */

static void test_buf(void **state)
{
	(void)state;
	struct buf b = {0};
	buf_str(&b, "n=");
	buf_uint(&b, UINT64_MAX);
	buf_byte(&b, ' ');
	buf_int(&b, INT64_MIN);
	buf_printf(&b, " %s", "end");
	assert_true(slice_eq(buf_view(&b), SLICE("n=18446744073709551615 -9223372036854775808 end")));
	buf_consume(&b, 2);
	assert_true(slice_starts(buf_view(&b), SLICE("1844")));
	buf_reset(&b);
	buf_u32be(&b, 0x01020304);
	buf_u64be(&b, 0x05060708090a0b0c);
	assert_memory_equal(b.ptr, "\1\2\3\4\5\6\7\10\11\12\13\14", 12);
	for (int i = 0; i < 10000; i++)
		buf_add(&b, "0123456789", 10);
	assert_int_equal(b.len, 100012);
	buf_free(&b);
	buf_free(NULL);
}

static void test_buf_cap(void **state)
{
	(void)state;
	struct buf b = {.cap_bytes = 10};
	buf_str(&b, "0123456789");
	assert_false(b.failed);
	buf_byte(&b, 'x');
	assert_true(b.failed);
	buf_str(&b, "");
	buf_printf(&b, "%d", 1);
	assert_int_equal(b.len, 10);
	assert_null(buf_reserve(&b, 1));
	buf_reset(&b);
	assert_false(b.failed);
	assert_null(buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	buf_free(&b);
}

static void test_slice(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE_NONE, SLICE("")));
	assert_false(slice_eq(SLICE("a"), SLICE("b")));
	assert_true(slice_cmp(SLICE("a"), SLICE("ab")) < 0);
	assert_true(slice_cmp(SLICE("b"), SLICE("ab")) > 0);
	assert_true(slice_cmp(SLICE("\xff"), SLICE("a")) > 0);
	assert_int_equal(slice_cmp(SLICE_NONE, SLICE("")), 0);
	assert_int_equal(slice_from(SLICE("abc"), 3).len, 0);
	assert_true(slice_eq(slice_from(SLICE("abc"), 1), SLICE("bc")));
	assert_int_equal(slice_str(NULL).len, 0);
}

/* --- err --- */

/* https://connectrpc.com/docs/protocol#error-codes */
static const int connect_http[] = {
    [GRPC_CANCELLED] = 499,
    [GRPC_UNKNOWN] = 500,
    [GRPC_INVALID_ARGUMENT] = 400,
    [GRPC_DEADLINE_EXCEEDED] = 504,
    [GRPC_NOT_FOUND] = 404,
    [GRPC_ALREADY_EXISTS] = 409,
    [GRPC_PERMISSION_DENIED] = 403,
    [GRPC_RESOURCE_EXHAUSTED] = 429,
    [GRPC_FAILED_PRECONDITION] = 400,
    [GRPC_ABORTED] = 409,
    [GRPC_OUT_OF_RANGE] = 400,
    [GRPC_UNIMPLEMENTED] = 501,
    [GRPC_INTERNAL] = 500,
    [GRPC_UNAVAILABLE] = 503,
    [GRPC_DATA_LOSS] = 500,
    [GRPC_UNAUTHENTICATED] = 401,
};

static void test_err(void **state)
{
	(void)state;
	static const enum err all[] = {
#define X(name, code, http, zh, en) ERR_##name,
	    ERR_TABLE(X)
#undef X
	};
	size_t n = sizeof(all) / sizeof(all[0]);
	for (size_t i = 0; i < n; i++) {
		const struct err_info *info = err_info(all[i]);
		assert_true(info->reason[0] != '\0' && info->zh[0] != '\0' && info->en[0] != '\0');
		assert_true(info->code > GRPC_OK && info->code <= GRPC_UNAUTHENTICATED);
		/* A path that leads nowhere is 404 to every HTTP client. */
		assert_int_equal(info->http, all[i] == ERR_UNKNOWN_METHOD ? 404 : connect_http[info->code]);
		assert_string_not_equal(grpc_code_name(info->code), "ok");
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(info->reason, err_info(all[k])->reason);
	}
	assert_string_equal(err_info(OK)->reason, "OK");
	assert_non_null(err_info((enum err)9999));
	assert_string_equal(grpc_code_name(GRPC_NOT_FOUND), "not_found");
	struct fault fault = {.err = OK};
	char text[300];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(fault_set(&fault, ERR_NOT_FOUND, "a.b", "%s", text), ERR_NOT_FOUND);
	assert_int_equal(strlen(fault.detail), sizeof(fault.detail) - 1);
	assert_string_equal(fault.field, "a.b");
	/* In Chinese: a format, a text, a text that a format makes, and what is the same in every language. */
	fault_set(&fault, ERR_FIELD_OUT_OF_RANGE, NULL, "at most %d bytes", 17);
	assert_string_equal(fault.detail, "at most 17 bytes");
	assert_string_equal(fault.detail_zh, "至多 17 字节");
	fault_set(&fault, ERR_NOT_FOUND, NULL, "%s", "order");
	assert_string_equal(fault.detail_zh, "单");
	fault_set(&fault, ERR_FIELD_INVALID, NULL, "expected %s%s", "a ", "string");
	assert_string_equal(fault.detail_zh, "应为字符串");
	fault_set(&fault, ERR_ERASED, NULL, "%s", "m0000001");
	assert_string_equal(fault.detail_zh, "m0000001");
}

/* --- id, hash --- */

static void test_id(void **state)
{
	(void)state;
	static const uint64_t numbers[] = {0, 1, 31, 32, 1023, 1024, 123456789, ID_NUMBER_MAX};
	char before[ID_CHARS + 1] = "";
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char text[ID_CHARS + 1], letter;
		uint64_t number;
		id_format('o', numbers[i], text);
		assert_true(id_parse(text, &letter, &number));
		assert_int_equal(letter, 'o');
		assert_int_equal(number, numbers[i]);
		assert_true(strcmp(before, text) < 0); /* in the order of the numbers */
		memcpy(before, text, sizeof(before));
	}
	static const char *const bad[] = {"",         "o",        "o000000",  "o00000000", "O0000001",
					  "o000000i", "o000000l", "o000000o", "o000000u",  "o00000 1",
					  "o00000-1", "10000001", "o000000A"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char letter;
		uint64_t number;
		if (id_parse(bad[i], &letter, &number))
			fail_msg("'%s' is taken for an id", bad[i]);
	}
}

static void test_hash(void **state)
{
	(void)state;
	assert_int_equal(hash_bytes(1, SLICE("a")), hash_bytes(1, SLICE("a")));
	assert_int_not_equal(hash_bytes(1, SLICE("a")), hash_bytes(2, SLICE("a")));
	assert_int_not_equal(hash_bytes(1, SLICE("a")), hash_bytes(1, SLICE("b")));
	unsigned buckets[16] = {0};
	for (unsigned i = 0; i < 16000; i++) {
		char text[16];
		int len = snprintf(text, sizeof(text), "o%07u", i);
		buckets[hash_bytes(0, slice_of(text, (size_t)len)) & 15]++;
	}
	for (size_t i = 0; i < 16; i++)
		assert_in_range(buckets[i], 800, 1200);
}

/* --- log --- */

static void test_log(void **state)
{
	(void)state;
	int ends[2];
	char text[4096];
	enum log_level level;
	assert_int_equal(pipe(ends), 0);
	log_setup(ends[1], LOG_INFO, "test");
	log_debug("base", "unheard", LOG_I("n", 1));
	log_info("base", "two lines", LOG_S("text", "a\nb \"c\" \x1b[31m"), LOG_I("n", -5), LOG_S("none", NULL));
	log_error("base", "at=once", LOG_S("k", "v"));
	log_setup(STDERR_FILENO, LOG_INFO, "test");
	close(ends[1]);
	ssize_t n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	assert_true(n > 0);
	text[n] = '\0';
	unsigned lines = 0;
	for (const char *c = text; *c != '\0'; c++) {
		lines += *c == '\n';
		assert_true(*c == '\n' || (unsigned char)*c >= 0x20); /* nothing of the terminal's */
	}
	assert_int_equal(lines, 2);
	assert_null(strstr(text, "unheard"));
	assert_non_null(strstr(text, "n=-5"));
	assert_true(log_wants(LOG_ERROR));
	assert_int_equal(log_level_parse("warn", &level), 0);
	assert_int_equal(level, LOG_WARN);
	assert_int_equal(log_level_parse("loud", &level), -1);
}

/* Whatever is in a text, each line is one JSON object, also when it is cut. */
static void test_log_json(void **state)
{
	(void)state;
	int ends[2];
	char text[20000], huge[6000];
	memset(huge, 'x', sizeof(huge));
	memcpy(huge + 4000, "\xe6\xb4\xbe", 3);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(pipe(ends), 0);
	log_setup(ends[1], LOG_INFO, "test");
	log_set_format(LOG_JSON);
	log_info("base", "派单 \"a\"", LOG_S("text", "a\nb\\ \x1b[31m \xff"), LOG_I("n", -5), LOG_S("none", NULL));
	for (size_t shift = 0; shift < 4; shift++)
		log_info("base", "cut", LOG_S("huge", huge + shift), LOG_S("late", "is left out"), LOG_I("n", 1));
	log_set_format(LOG_LOGFMT);
	log_setup(STDERR_FILENO, LOG_INFO, "test");
	close(ends[1]);
	size_t len = 0;
	for (ssize_t n; (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0;)
		len += (size_t)n;
	close(ends[0]);
	text[len] = '\0';
	char *end = strchr(text, '\n');
	assert_non_null(end);
	*end = '\0';
	assert_non_null(strstr(text,
			       "\"level\":\"info\",\"proc\":\"test\",\"group\":\"base\",\"msg\":\"派单 \\\"a\\\"\","
			       "\"text\":\"a\\u000ab\\\\ \\u001b[31m \xef\xbf\xbd\",\"n\":-5,\"none\":\"\"}"));
	assert_int_equal(strncmp(text, "{\"time\":\"2", 10), 0);
	for (char *line = end + 1; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		assert_in_range(end - line, 4080, 4095);
		assert_int_equal(strncmp(end - 3, "x\"}", 3), 0);
	}
}

/* The bounds fit each other. */
static void test_limits(void **state)
{
	(void)state;
	assert_true(LIMIT_MESSAGE_MEMORY_BYTES <= LIMIT_REQUEST_ARENA_BYTES);
	assert_true(LIMIT_MESSAGE_BYTES < LIMIT_BODY_BYTES);
	assert_true(LIMIT_PAGE_SIZE * 3 <= LIMIT_TXN_RECORDS);
	assert_true(LIMIT_BATCH_ORDERS * 2 <= LIMIT_TXN_RECORDS);
	assert_true(LIMIT_BATCH_ORDERS <= LIMIT_READ_ENTRIES);
	assert_true(LIMIT_BULK * 3 <= LIMIT_TXN_RECORDS);
	assert_true(LIMIT_TXN_RECORDS <= LIMIT_COMMIT_GUARDS);
	assert_true(LIMIT_PAGE_SIZE <= LIMIT_READ_ENTRIES);
	/* Index entries of an order: slots, offers by dispatch and by hand, and its own five (kind.h). */
	assert_true(LIMIT_SLOTS + 2 * LIMIT_FANOUT + 5 <= 65);
	assert_true(LIMIT_PENDING_LOW_BYTES < LIMIT_PENDING_HIGH_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arena),
	    cmocka_unit_test(test_arena_wipes),
	    cmocka_unit_test(test_arena_printf_elsewhere),
	    cmocka_unit_test(test_decimal),
	    cmocka_unit_test(test_arena_cap),
	    cmocka_unit_test(test_arena_append),
	    cmocka_unit_test(test_buf),
	    cmocka_unit_test(test_buf_cap),
	    cmocka_unit_test(test_slice),
	    cmocka_unit_test(test_err),
	    cmocka_unit_test(test_id),
	    cmocka_unit_test(test_hash),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_log_json),
	    cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
