/* The parts of tokens: key sets, signatures as RFC 7515 and RFC 8037 have them, base64url. */
#include "tokens_stage.h"

/* --- JWK sets --- */

static void test_jwk_sets(void **state)
{
	(void)state;
#define ED "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
	static const struct {
		const char *json;
		enum err err;
	} sets[] = {
	    {"{\"keys\":[{" ED ",\"kid\":\"a\"}]}", OK},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"x5c\":[\"…\"]}],\"more\":1}", OK},
	    {"", ERR_FIELD_INVALID},
	    {"[]", ERR_FIELD_INVALID},
	    {"{}", ERR_FIELD_REQUIRED},
	    {"{\"keys\":{}}", ERR_FIELD_INVALID},
	    {"{\"keys\":[]}", ERR_FIELD_REQUIRED},
	    {"{\"keys\":[1]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\"}],\"keys\":[]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\"}]} x", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED "}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":7}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\"},{" ED ",\"kid\":\"a\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\",\"kid\":\"b\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\",\"alg\":\"ES256\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\",\"use\":\"enc\"}]}", ERR_FIELD_REQUIRED},
	    {"{\"keys\":[{" ED ",\"kid\":\"a\",\"d\":\"AAAA\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAA\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", ERR_FIELD_REQUIRED},
	    {"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"AAAA\"}]}", ERR_FIELD_INVALID},
	    {"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":"
	     "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}]}",
	     ERR_FIELD_INVALID},
	    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\","
	     "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\",\"y\":"
	     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
	     ERR_FIELD_INVALID},
	    {"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"a\",\"x\":\"AA\",\"y\":\"AA\"}]}",
	     ERR_FIELD_REQUIRED},
	};
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct fault fault = {.err = OK};
		IssuerKeyRecord **keys;
		size_t n;
		enum err err = jwk_read_set(&a, slice_str(sets[i].json), "jwks", &fault, &keys, &n);
		if (err != sets[i].err)
			fail_msg("%s: %s %s", sets[i].json, err_info(err)->reason, fault.detail);
		if (err == OK)
			assert_string_equal(jwk_view(&a, keys[0])->x, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
		else
			assert_string_equal(fault.field, "jwks");
	}
	arena_free(&a);
}

static enum err read_keys(struct arena *a, unsigned n, size_t kid_chars, const char *others, struct fault *fault,
			  size_t *n_read)
{
	struct buf json = {0};
	IssuerKeyRecord **keys;
	buf_printf(&json, "{\"keys\":[%s", others);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&json, "%s{" ED ",\"kid\":\"%0*u\"}", i == 0 ? "" : ",", (int)kid_chars, i);
	buf_printf(&json, "]}");
	struct slice text = arena_slice(a, buf_view(&json));
	buf_free(&json);
	*fault = (struct fault){.err = OK};
	return jwk_read_set(a, text, "jwks", fault, &keys, n_read);
}

static void test_bounds_of_jwk_sets(void **state)
{
#define RSA "{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
	(void)state;
	struct arena a;
	struct fault fault;
	size_t n;
	arena_init(&a, 1 << 20);
	assert_int_equal(read_keys(&a, LIMIT_ISSUER_KEYS, LIMIT_TOKEN_KID_BYTES, "", &fault, &n), OK);
	assert_int_equal(n, LIMIT_ISSUER_KEYS);
	/* Those that are passed over take no room. */
	assert_int_equal(read_keys(&a, LIMIT_ISSUER_KEYS, 2, RSA RSA, &fault, &n), OK);
	assert_int_equal(n, LIMIT_ISSUER_KEYS);
	assert_int_equal(read_keys(&a, LIMIT_ISSUER_KEYS + 1, 2, "", &fault, &n), ERR_FIELD_OUT_OF_RANGE);
	assert_string_equal(fault.field, "jwks");
	assert_string_equal(fault.detail, "at most 16 keys");
	assert_int_equal(read_keys(&a, 1, LIMIT_TOKEN_KID_BYTES + 1, "", &fault, &n), ERR_FIELD_INVALID);
	assert_string_equal(fault.field, "jwks");
	assert_string_equal(fault.detail, "a key has no kid, or one that is too long");
	arena_free(&a);
}

/* --- bounds of a token --- */

#define HEADER "{\"alg\":\"EdDSA\",\"kid\":\"a\"}"
#define CLAIMS(more) "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":\"a\",\"exp\":2" more "}"

/* $x: so many letters; $m: so many members; $a: so many audiences. */
static char *filled(struct arena *a, const char *pattern, size_t n)
{
	struct buf b = {0};
	for (const char *c = pattern; *c != '\0'; c++) {
		if (*c != '$') {
			buf_byte(&b, (uint8_t)*c);
			continue;
		}
		c++;
		for (size_t i = 0; i < n; i++) {
			if (*c == 'x')
				buf_byte(&b, 'x');
			else if (*c == 'm')
				buf_printf(&b, ",\"m%zu\":0", i);
			else
				buf_printf(&b, "%s\"%zu\"", i == 0 ? "" : ",", i);
		}
	}
	char *text = arena_string(a, buf_view(&b));
	buf_free(&b);
	return text;
}

static enum err read_token(struct arena *a, const char *header, const char *claims, size_t *bytes, struct fault *fault)
{
	enum { SIGNATURE_CHARS = 86 };
	struct jwt jwt;
	size_t room = base64url_room(strlen(header)) + base64url_room(strlen(claims)) + SIGNATURE_CHARS + 3;
	char *text = arena_alloc(a, room), *end = text;
	end += base64url_encode(slice_str(header), end);
	*end++ = '.';
	end += base64url_encode(slice_str(claims), end);
	*end++ = '.';
	memset(end, 'A', SIGNATURE_CHARS);
	*bytes = (size_t)(end - text) + SIGNATURE_CHARS;
	*fault = (struct fault){.err = OK};
	return jwt_parse(a, slice_of(text, *bytes), &jwt, fault);
}

static void test_bounds_of_tokens(void **state)
{
	static const struct {
		const char *header, *claims;
		size_t most; /* of what $ stands for */
		const char *detail;
	} rows[] = {
	    {"{\"alg\":\"EdDSA\",\"kid\":\"$x\"}", CLAIMS(""), LIMIT_TOKEN_KID_BYTES, "a claim is empty or too long"},
	    {"{\"alg\":\"EdDSA\",\"kid\":\"a\"$m}", CLAIMS(""), LIMIT_TOKEN_MEMBERS - 2, "too many members"},
	    {HEADER, CLAIMS("$m"), LIMIT_TOKEN_MEMBERS - 4, "too many members"},
	    {HEADER, CLAIMS(",\"jti\":\"$x\""), LIMIT_TOKEN_NAME_BYTES, "a claim is empty or too long"},
	    {HEADER, "{\"iss\":\"$x\",\"sub\":\"s\",\"aud\":\"a\",\"exp\":2}", LIMIT_TOKEN_NAME_BYTES,
	     "a claim is empty or too long"},
	    {HEADER, "{\"iss\":\"i\",\"sub\":\"$x\",\"aud\":\"a\",\"exp\":2}", LIMIT_TOKEN_NAME_BYTES,
	     "a claim is empty or too long"},
	    {HEADER, "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":\"$x\",\"exp\":2}", LIMIT_TOKEN_NAME_BYTES,
	     "a claim is empty or too long"},
	    {HEADER, "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[\"a\",\"$x\"],\"exp\":2}", LIMIT_TOKEN_NAME_BYTES,
	     "a claim is empty or too long"},
	    {HEADER, "{\"iss\":\"i\",\"sub\":\"s\",\"aud\":[$a],\"exp\":2}", JWT_AUDIENCES, "too many audiences"},
	};
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t more = 0; more < 2; more++) {
			struct fault fault;
			size_t bytes;
			enum err err = read_token(&a, filled(&a, rows[i].header, rows[i].most + more),
						  filled(&a, rows[i].claims, rows[i].most + more), &bytes, &fault);
			if (err != (more == 0 ? OK : ERR_TOKEN_MALFORMED) ||
			    (more != 0 && strcmp(fault.detail, rows[i].detail) != 0))
				fail_msg("%s %s + %zu: %s %s", rows[i].header, rows[i].claims, more,
					 err_info(err)->reason, fault.detail);
		}
	}
	arena_free(&a);
}

/* To the byte: of a claim's text each third letter takes two, so the header's length is varied as well. */
static void test_length_of_tokens(void **state)
{
	(void)state;
	struct arena a;
	struct fault fault;
	bool seen[2] = {false};
	arena_init(&a, 1 << 24);
	for (size_t spaces = 0; spaces < 3; spaces++) {
		for (size_t n = 2800; n < 3000; n++) {
			char *header = arena_printf(&a, "%*s" HEADER, (int)spaces, "");
			size_t bytes;
			enum err err = read_token(&a, header, filled(&a, CLAIMS(",\"x\":\"$x\""), n), &bytes, &fault);
			assert_int_equal(err, bytes <= LIMIT_TOKEN_BYTES ? OK : ERR_TOKEN_MALFORMED);
			if (err != OK)
				assert_string_equal(fault.detail, "longer than any token");
			seen[0] |= bytes == LIMIT_TOKEN_BYTES;
			seen[1] |= bytes == LIMIT_TOKEN_BYTES + 1;
		}
	}
	assert_true(seen[0] && seen[1]);
	arena_free(&a);
}

/* RFC 8037, appendix A.4: the example of EdDSA. */
static void test_rfc8037(void **state)
{
	(void)state;
	static const char text[] = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
	static const char sig[] =
	    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
	static const char x[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
	static const char d[] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
	uint8_t key[36], secret[36], signature[68], made[SIGN_BYTES], public_key[SIGN_ED25519_BYTES];
	size_t len;
	assert_true(base64url_decode(slice_str(x), key, &len) && len == 32);
	assert_true(base64url_decode(slice_str(d), secret, &len) && len == 32);
	assert_true(base64url_decode(slice_str(sig), signature, &len) && len == 64);
	assert_true(sign_verify(SIGN_EDDSA, slice_of(key, 32), slice_str(text), slice_of(signature, 64)));
	assert_true(sign_make(secret, slice_str(text), made));
	assert_memory_equal(made, signature, SIGN_BYTES);
	assert_true(sign_public_of(secret, public_key));
	assert_memory_equal(public_key, key, SIGN_ED25519_BYTES);
	signature[5] ^= 1;
	assert_false(sign_verify(SIGN_EDDSA, slice_of(key, 32), slice_str(text), slice_of(signature, 64)));
}

/* RFC 7515, appendix A.3: the example of ES256. */
static void test_rfc7515(void **state)
{
	(void)state;
	static const char text[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leG"
				   "FtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const char sig[] =
	    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
	uint8_t key[72], signature[68];
	size_t len;
	assert_true(base64url_decode(SLICE("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), key, &len));
	assert_true(base64url_decode(SLICE("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"), key + 32, &len));
	assert_true(base64url_decode(slice_str(sig), signature, &len) && len == 64);
	assert_true(sign_verify(SIGN_ES256, slice_of(key, 64), slice_str(text), slice_of(signature, 64)));
	signature[63] ^= 1;
	assert_false(sign_verify(SIGN_ES256, slice_of(key, 64), slice_str(text), slice_of(signature, 64)));
	memset(signature, 0, sizeof(signature));
	assert_false(sign_verify(SIGN_ES256, slice_of(key, 64), slice_str(text), slice_of(signature, 64)));
}

static void test_base64url(void **state)
{
	(void)state;
	uint8_t bytes[64], back[72];
	char text[96];
	size_t len;
	for (size_t n = 0; n < 60; n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)(i * 37 + n);
		size_t written = base64url_encode(slice_of(bytes, n), text);
		assert_true(base64url_decode(slice_of(text, written), back, &len));
		assert_int_equal(len, n);
		assert_memory_equal(back, bytes, n);
	}
	static const char *const wrong[] = {"A",    "AB==", "AB=", "A+BC", "A/BC", "AB\n",
					    "AB C", "AB.C", "AAB", "AB",   "AAAAA"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (base64url_decode(slice_str(wrong[i]), back, &len))
			fail_msg("%s is base64url", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwk_sets),         cmocka_unit_test(test_bounds_of_jwk_sets),
	    cmocka_unit_test(test_bounds_of_tokens), cmocka_unit_test(test_length_of_tokens),
	    cmocka_unit_test(test_rfc8037),          cmocka_unit_test(test_rfc7515),
	    cmocka_unit_test(test_base64url),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(p256());
	return failed;
}
