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
	    cmocka_unit_test(test_jwk_sets),
	    cmocka_unit_test(test_rfc8037),
	    cmocka_unit_test(test_rfc7515),
	    cmocka_unit_test(test_base64url),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(p256());
	return failed;
}
