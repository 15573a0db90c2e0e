/* scrypt and one-time codes against the vectors of their RFCs; secrets compared and written down. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base/secret.h"
#include "txn/scrypt.h"
#include "txn/totp.h"

static void from_hex(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++) {
		unsigned byte = 0;
		for (size_t k = 0; k < 2; k++) {
			char c = hex[2 * i + k];
			byte = byte * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		out[i] = (uint8_t)byte;
	}
}

/* RFC 7914 12. */
static const struct {
	const char *password, *salt;
	struct scrypt_params params;
	const char *hash;
} scrypt_rows[] = {
    {"",
     "",
     {4, 1, 1},
     "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
     "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"},
    {"password",
     "NaCl",
     {10, 8, 16},
     "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
     "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"},
    {"pleaseletmein",
     "SodiumChloride",
     {14, 8, 1},
     "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
     "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"},
};

static void test_scrypt(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(scrypt_rows) / sizeof(scrypt_rows[0]); i++) {
		uint8_t want[64], got[64];
		from_hex(scrypt_rows[i].hash, want);
		assert_true(scrypt_run(slice_str(scrypt_rows[i].password), slice_str(scrypt_rows[i].salt),
				       scrypt_rows[i].params, got, sizeof(got)));
		assert_memory_equal(got, want, sizeof(want));
	}
}

static void test_scrypt_refuses(void **state)
{
	uint8_t out[32];
	(void)state;
	assert_false(scrypt_run(SLICE("a"), SLICE("b"), (struct scrypt_params){0, 8, 1}, out, sizeof(out)));
	assert_false(scrypt_run(SLICE("a"), SLICE("b"), (struct scrypt_params){40, 8, 1}, out, sizeof(out)));
	assert_false(scrypt_run(SLICE("a"), SLICE("b"), (struct scrypt_params){4, 0, 1}, out, sizeof(out)));
}

/* RFC 6238 appendix B, the SHA-1 rows. */
static const struct {
	uint64_t time_s;
	uint32_t code;
} totp_rows[] = {
    {59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
    {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130},
};
#define RFC_SECRET SLICE("12345678901234567890")

static void test_totp(void **state)
{
	enum { DIGITS = 8 };
	(void)state;
	for (size_t i = 0; i < sizeof(totp_rows) / sizeof(totp_rows[0]); i++) {
		uint64_t step = totp_rows[i].time_s * 1000 / TOTP_STEP_MS;
		assert_int_equal(totp_code(RFC_SECRET, step, DIGITS), totp_rows[i].code);
		assert_int_equal(totp_code(RFC_SECRET, step, TOTP_DIGITS), totp_rows[i].code % 1000000);
	}
}

static void test_totp_match(void **state)
{
	const int64_t at_ms = 59000; /* step 1, whose code is 287082 */
	(void)state;
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms, 0), 1);
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms + TOTP_STEP_MS, 0), 1);
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms - TOTP_STEP_MS, 0), 1);
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms + 2 * TOTP_STEP_MS, 0), TOTP_NO_STEP);
	/* Each step counts once, and none before it. */
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms, 1), TOTP_NO_STEP);
	assert_int_equal(totp_match(RFC_SECRET, "287082", at_ms, 2), TOTP_NO_STEP);
	static const char *const wrong[] = {"", "287083", "28708", "2870820", "28708a", " 287082", "-87082", "２８"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(totp_match(RFC_SECRET, wrong[i], at_ms, 0), TOTP_NO_STEP);
}

/* RFC 4648 10, without padding. */
static void test_base32(void **state)
{
	static const char *const rows[][2] = {{"", ""},
					      {"f", "MY"},
					      {"fo", "MZXQ"},
					      {"foo", "MZXW6"},
					      {"foob", "MZXW6YQ"},
					      {"fooba", "MZXW6YTB"},
					      {"foobar", "MZXW6YTBOI"}};
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(totp_base32(&a, slice_str(rows[i][0])), rows[i][1]);
	assert_string_equal(totp_uri(&a, RFC_SECRET, "paidan elm", "li/王"),
			    "otpauth://totp/paidan%20elm:li%2F%E7%8E%8B?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
			    "&issuer=paidan%20elm&algorithm=SHA1&digits=6&period=30");
	arena_free(&a);
}

static void test_same(void **state)
{
	(void)state;
	assert_true(secret_same("abc", "abc", 3));
	assert_true(secret_same("abc", "abd", 2));
	assert_false(secret_same("abc", "abd", 3));
	assert_false(secret_same("xbc", "abc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scrypt),     cmocka_unit_test(test_scrypt_refuses), cmocka_unit_test(test_totp),
	    cmocka_unit_test(test_totp_match), cmocka_unit_test(test_base32),         cmocka_unit_test(test_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
