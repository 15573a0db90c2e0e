/* utf8, base64, json_num, json_scan and wkt_text: the small text modules of server/pb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <jansson.h>

#include "pb/base64.h"
#include "pb/json_num.h"
#include "pb/json_scan.h"
#include "pb/utf8.h"
#include "pb/wkt_text.h"

static void test_utf8(void **state)
{
	(void)state;
	static const struct {
		struct slice text;
		enum utf8_verdict verdict;
		size_t chars;
	} rows[] = {
	    {SLICE(""), UTF8_OK, 0},
	    {SLICE("plain ascii of more than eight"), UTF8_OK, 30},
	    {SLICE("点单派单接单评单"), UTF8_OK, 8},
	    {SLICE("é中😀x"), UTF8_OK, 4},
	    {SLICE("12345678é"), UTF8_OK, 9},
	    {SLICE("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), UTF8_OK, 7},
	    {SLICE("\xed\x9f\xbf\xee\x80\x80"), UTF8_OK, 2},
	    {SLICE("a\0b"), UTF8_NUL, 3},
	    {SLICE("123456789\0"), UTF8_NUL, 10},
	    {SLICE("1234567\0"), UTF8_NUL, 8},
	    {SLICE("\0\x80"), UTF8_INVALID, 0},
	    {SLICE("\x80"), UTF8_INVALID, 0},
	    {SLICE("\xc0\x80"), UTF8_INVALID, 0},
	    {SLICE("\xc1\xbf"), UTF8_INVALID, 0},
	    {SLICE("\xc2"), UTF8_INVALID, 0},
	    {SLICE("\xc2x"), UTF8_INVALID, 0},
	    {SLICE("\xe0\x9f\xbf"), UTF8_INVALID, 0},
	    {SLICE("\xe4\xb8"), UTF8_INVALID, 0},
	    {SLICE("\xe4\xb8x"), UTF8_INVALID, 0},
	    {SLICE("\xed\xa0\x80"), UTF8_INVALID, 0},
	    {SLICE("\xed\xbf\xbf"), UTF8_INVALID, 0},
	    {SLICE("\xf0\x8f\xbf\xbf"), UTF8_INVALID, 0},
	    {SLICE("\xf0\x9f\x98"), UTF8_INVALID, 0},
	    {SLICE("\xf4\x90\x80\x80"), UTF8_INVALID, 0},
	    {SLICE("\xf5\x80\x80\x80"), UTF8_INVALID, 0},
	    {SLICE("\xff"), UTF8_INVALID, 0},
	    {SLICE("12345678\xff"), UTF8_INVALID, 0},
	    {SLICE("1234567\xff"), UTF8_INVALID, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(utf8_check(rows[i].text), rows[i].verdict);
		if (rows[i].verdict != UTF8_INVALID)
			assert_int_equal(utf8_chars(rows[i].text), rows[i].chars);
	}
	/* All code points there are. */
	for (uint32_t code = 1; code <= 0x10FFFF; code++) {
		uint8_t bytes[4];
		size_t n = utf8_put(bytes, code);
		bool surrogate = code >= 0xD800 && code <= 0xDFFF;
		if (utf8_check(slice_of(bytes, n)) != (surrogate ? UTF8_INVALID : UTF8_OK))
			fail_msg("U+%04X", code);
	}
	assert_true(slice_eq(utf8_cut(SLICE("点单"), 5), SLICE("点")));
	assert_true(slice_eq(utf8_cut(SLICE("点单"), 6), SLICE("点单")));
	assert_int_equal(utf8_cut(SLICE("点单"), 2).len, 0);
}

static void test_base64(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct slice bytes;
	} rows[] = {{"", SLICE("")},
		    {"Zg==", SLICE("f")},
		    {"Zm8=", SLICE("fo")},
		    {"Zm9v", SLICE("foo")},
		    {"Zm9vYg==", SLICE("foob")},
		    {"Zm9vYmFy", SLICE("foobar")},
		    {"+/+/", SLICE("\xfb\xff\xbf")}};
	struct buf b = {0};
	uint8_t out[64];
	size_t len;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		base64_encode(rows[i].bytes, &b);
		assert_true(slice_eq(buf_view(&b), slice_str(rows[i].text)));
		assert_true(base64_decode(slice_str(rows[i].text), out, &len));
		assert_true(slice_eq(slice_of(out, len), rows[i].bytes));
	}
	assert_true(base64_decode(SLICE("-_-_"), out, &len) && len == 3);
	assert_true(base64_decode(SLICE("Zg"), out, &len) && len == 1);
	static const char *const bad[] = {
	    "Z", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9vY", "Zm 9", "Zm9\n", "Z=g=", "="};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64_decode(slice_str(bad[i]), out, &len));
	buf_free(&b);
}

static void put_and_read(double value)
{
	struct buf b = {0};
	double back;
	num_put_double(&b, value);
	assert_int_equal(num_double(buf_view(&b), &back), NUM_OK);
	assert_memory_equal(&back, &value, sizeof(value));
	char text[64];
	snprintf(text, sizeof(text), "%.*s", SLICE_FMT(buf_view(&b)));
	assert_true(strtod(text, NULL) == value);
	/* No shorter text reads back the same. */
	for (int precision = 1; precision <= 17; precision++) {
		char shorter[64];
		snprintf(shorter, sizeof(shorter), "%.*e", precision - 1, value);
		if (strtod(shorter, NULL) == value) {
			size_t digits = 0, zeros = 0;
			for (const char *p = text; *p != '\0' && *p != 'e'; p++) {
				if (*p == '0' && digits > 0)
					zeros++;
				if (*p >= '1' && *p <= '9') {
					digits += zeros + 1;
					zeros = 0;
				}
			}
			assert_true(digits <= (size_t)precision);
			break;
		}
	}
	buf_free(&b);
	float narrow = (float)value, narrow_back;
	if (!isfinite(narrow))
		return;
	b = (struct buf){0};
	num_put_float(&b, narrow);
	assert_int_equal(num_float(buf_view(&b), &narrow_back), NUM_OK);
	assert_memory_equal(&narrow_back, &narrow, sizeof(narrow));
	buf_free(&b);
}

static void test_doubles(void **state)
{
	(void)state;
	static const struct {
		double value;
		const char *text;
	} rows[] = {{0, "0"},
		    {-0.0, "-0"},
		    {1, "1"},
		    {-1.5, "-1.5"},
		    {0.1, "0.1"},
		    {100, "100"},
		    {1e21, "1e21"},
		    {1e-7, "1e-7"},
		    {39.904211, "39.904211"},
		    {116.407394987654, "116.407394987654"},
		    {1234567890123, "1234567890123"},
		    {5e-324, "5e-324"},
		    {2.2250738585072014e-308, "2.2250738585072014e-308"},
		    {DBL_MAX, "1.7976931348623157e308"},
		    {9007199254740992, "9007199254740992"},
		    {0.30000000000000004, "0.30000000000000004"}};
	struct buf b = {0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_reset(&b);
		num_put_double(&b, rows[i].value);
		if (!slice_eq(buf_view(&b), slice_str(rows[i].text)))
			fail_msg("%.*s is not %s", SLICE_FMT(buf_view(&b)), rows[i].text);
	}
	buf_free(&b);
	uint64_t seed = 42;
	for (int i = 0; i < 20000; i++) {
		double value;
		seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
		memcpy(&value, &seed, sizeof(value));
		if (isfinite(value))
			put_and_read(value);
		/* Degrees, with some to many places. */
		double scale = pow(10, (double)(i % 12));
		put_and_read((double)(int64_t)(seed >> 20) / 1e6 / scale);
	}
}

static void test_integers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum num_verdict verdict;
		int64_t value;
	} rows[] = {
	    {"0", NUM_OK, 0},
	    {"-0", NUM_OK, 0},
	    {"7", NUM_OK, 7},
	    {"9223372036854775807", NUM_OK, INT64_MAX},
	    {"-9223372036854775808", NUM_OK, INT64_MIN},
	    {"9223372036854775808", NUM_OUT_OF_RANGE, 0},
	    {"-9223372036854775809", NUM_OUT_OF_RANGE, 0},
	    {"99999999999999999999999999", NUM_OUT_OF_RANGE, 0},
	    {"1e18", NUM_OK, 1000000000000000000},
	    {"1e19", NUM_OUT_OF_RANGE, 0},
	    {"1e99999999999999999999999", NUM_OUT_OF_RANGE, 0},
	    {"1e-99999999999999999999999", NUM_NOT_INTEGER, 0},
	    {"0e99999999999999999999999", NUM_OK, 0},
	    {"100000000000000000000000000000e-29", NUM_OK, 1},
	    {"100000000000000000000000000000e-30", NUM_NOT_INTEGER, 0},
	    {"0.000000000000000000000000000005e30", NUM_OK, 5},
	    {"1.50E1", NUM_OK, 15},
	    {"1.5", NUM_NOT_INTEGER, 0},
	    {"1.0000", NUM_OK, 1},
	    {"123456789012345678901234567890.5", NUM_NOT_INTEGER, 0},
	    {"", NUM_NOT_A_NUMBER, 0},
	    {"-", NUM_NOT_A_NUMBER, 0},
	    {"+1", NUM_NOT_A_NUMBER, 0},
	    {"01", NUM_NOT_A_NUMBER, 0},
	    {"1.", NUM_NOT_A_NUMBER, 0},
	    {".1", NUM_NOT_A_NUMBER, 0},
	    {"1e", NUM_NOT_A_NUMBER, 0},
	    {"1e+", NUM_NOT_A_NUMBER, 0},
	    {"1 ", NUM_NOT_A_NUMBER, 0},
	    {" 1", NUM_NOT_A_NUMBER, 0},
	    {"0x1", NUM_NOT_A_NUMBER, 0},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;
		enum num_verdict verdict = num_signed(slice_str(rows[i].text), INT64_MIN, INT64_MAX, &value);
		if (verdict != rows[i].verdict || (verdict == NUM_OK && value != rows[i].value))
			fail_msg("%s", rows[i].text);
		double number;
		bool number_like = num_double(slice_str(rows[i].text), &number) != NUM_NOT_A_NUMBER;
		assert_true(number_like == (rows[i].verdict != NUM_NOT_A_NUMBER));
	}
	uint64_t u;
	assert_int_equal(num_unsigned(SLICE("18446744073709551615"), UINT64_MAX, &u), NUM_OK);
	assert_true(u == UINT64_MAX);
	assert_int_equal(num_unsigned(SLICE("18446744073709551616"), UINT64_MAX, &u), NUM_OUT_OF_RANGE);
	assert_int_equal(num_unsigned(SLICE("184467440737095516150"), UINT64_MAX, &u), NUM_OUT_OF_RANGE);
	assert_int_equal(num_unsigned(SLICE("-1"), UINT64_MAX, &u), NUM_OUT_OF_RANGE);
	assert_int_equal(num_unsigned(SLICE("-0"), UINT64_MAX, &u), NUM_OK);
}

/* What jansson takes for JSON (RFC 8259), this scanner takes, and nothing else. (Not asked about raw NULs:
 * jansson takes one for the end.) */
static void judge(struct arena *a, struct slice text)
{
	struct json_scan s;
	struct arena_mark mark = arena_mark(a);
	json_scan_start(&s, a, text);
	bool taken = json_skip(&s) && json_at_end(&s);
	json_error_t error;
	json_t *root = json_loadb((const char *)text.ptr, text.len,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
	/* Numbers that overflow are JSON all the same. */
	bool overflow = root == NULL && json_error_code(&error) == json_error_numeric_overflow;
	if (!overflow && taken != (root != NULL))
		fail_msg("%.*s: %s, jansson: %s", SLICE_FMT(text), taken ? "taken" : s.wrong, error.text);
	assert_true(taken == (s.err == OK));
	json_decref(root);
	arena_rewind(a, mark);
}

static void test_scan(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "{\"a\":[1,-2.5e-3,true,false,null,\"\\u00e9\\ud83d\\ude00\\\"\"],\"b\":{\"c\":{}},\"d\":[]}",
	    "[[],[[]],{},{\"\":0}]",
	    " \"plain\\ttext 中文\" ",
	    "-0.0E+12",
	    "[\"\\ud800\"]",
	    "{\"a\":1,\"b\":2,\"a\":3}",
	};
	static const char odd[] = "\"\\{}[]:,eE+-.01tfnu \t\n\r\x01\x7f\x80\xc3\xff";
	struct arena a;
	arena_init(&a, 1 << 20);
	uint64_t seed = 7;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i]);
		judge(&a, slice_of(texts[i], len));
		char copy[128];
		for (size_t at = 0; at < len; at++) {
			judge(&a, slice_of(texts[i], at));
			judge(&a, slice_of(texts[i] + at, len - at));
			for (size_t k = 0; k < sizeof(odd) - 1; k++) {
				memcpy(copy, texts[i], len);
				copy[at] = odd[k];
				judge(&a, slice_of(copy, len));
			}
		}
		for (int round = 0; round < 20000; round++) {
			memcpy(copy, texts[i], len);
			for (int k = 0; k < 3; k++) {
				seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
				copy[(seed >> 33) % len] = odd[(seed >> 20) % (sizeof(odd) - 1)];
			}
			judge(&a, slice_of(copy, len));
		}
	}
	arena_free(&a);
}

static void test_times(void **state)
{
	(void)state;
	struct buf b = {0};
	/* Each day of the calendar, forwards. */
	int64_t previous = INT64_C(-62135596800) - 86400;
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	for (int year = 1; year <= 9999; year += (year % 100 == 99 || year < 10 ? 1 : 3)) {
		bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= days[month - 1] + (leap && month == 2); day += day == 1 ? 26 : 1) {
				char text[32];
				int64_t seconds;
				int32_t nanos;
				snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", year, month, day);
				assert_true(wkt_time_read(slice_str(text), &seconds, &nanos));
				assert_true(seconds > previous && seconds % 86400 == 0);
				previous = seconds;
				buf_reset(&b);
				assert_true(wkt_time_put(&b, seconds, 0));
				assert_true(slice_eq(buf_view(&b), slice_str(text)));
			}
		}
	}
	int64_t seconds;
	int32_t nanos;
	assert_true(wkt_time_read(SLICE("2026-11-22T12:13:14.5+08:00"), &seconds, &nanos));
	assert_true(seconds == 1795320794 && nanos == 500000000);
	assert_false(wkt_time_put(&b, INT64_C(253402300800), 0));
	assert_false(wkt_time_put(&b, 0, 1000000000));
	assert_false(wkt_time_put(&b, 0, -1));
	assert_false(wkt_duration_put(&b, 1, -1));
	assert_false(wkt_duration_put(&b, -1, 1));
	assert_false(wkt_duration_put(&b, INT64_C(315576000001), 0));
	assert_false(wkt_duration_put(&b, 0, 1000000000));
	assert_true(wkt_duration_read(SLICE("-0.000000001s"), &seconds, &nanos));
	assert_true(seconds == 0 && nanos == -1);
	/* The bound is one of the seconds, as protobuf's conformance tests have it. */
	assert_true(wkt_duration_read(SLICE("-315576000000.999999999s"), &seconds, &nanos));
	assert_true(seconds == INT64_C(-315576000000) && nanos == -999999999);
	assert_true(wkt_duration_put(&b, seconds, nanos));
	assert_false(wkt_duration_read(SLICE("315576000001s"), &seconds, &nanos));
	assert_false(wkt_path_put(&b, SLICE("a__b")));
	assert_false(wkt_path_put(&b, SLICE("aB")));
	assert_false(wkt_path_put(&b, SLICE("a_")));
	assert_false(wkt_path_put(&b, SLICE("a_1")));
	assert_false(wkt_path_put(&b, SLICE("")));
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_utf8),     cmocka_unit_test(test_base64), cmocka_unit_test(test_doubles),
	    cmocka_unit_test(test_integers), cmocka_unit_test(test_scan),   cmocka_unit_test(test_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
