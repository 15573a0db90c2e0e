/* Signed tokens: their text, their signatures, JWK sets, and what each of them is worth in a tenant. */
#include "tokens_stage.h"

/* --- the table --- */

static const struct row {
	const char *header, *claims; /* $r: the resident, @n: now + n seconds */
	const char *reason;
} rows[] = {
    {EDDSA, GOOD_CLAIMS, "OK"},
    {"{\"alg\":\"ES256\",\"kid\":\"ec\"}", GOOD_CLAIMS, "OK"},
    {"{\"kid\":\"ed\",\"x\":{\"kid\":1,\"kid\":2},\"alg\":\"EdDSA\"}", GOOD_CLAIMS, "OK"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":[\"x\",\"paidan://elm\"],\"exp\":@3600}", "OK"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600.5,\"nbf\":@60}",
     "OK"},
    /* algorithms */
    {"{\"alg\":\"none\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"NONE\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"HS256\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"eddsa\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"ES256\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ec\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    /* keys */
    {"{\"alg\":\"EdDSA\",\"kid\":\"other\"}", GOOD_CLAIMS, "TOKEN_KEY"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"rsa\"}", GOOD_CLAIMS, "TOKEN_KEY"},
    {"{\"alg\":\"EdDSA\"}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"\"}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":1}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    /* form */
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"b64\"],\"b64\":false}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"other\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"JWT\",\"typ\":\"JWT\"}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_ALGORITHM"},
    {"{\"alg\":\"EdDSA\",\"k\\u0069d\":\"x\",\"kid\":\"ed\"}", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"} x", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {"[]", GOOD_CLAIMS, "TOKEN_MALFORMED"},
    {EDDSA, "\"x\"", "TOKEN_MALFORMED"},
    {EDDSA,
     "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/r1\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}",
     "TOKEN_MALFORMED"},
    {EDDSA, "{\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\"}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":\"@600\"}",
     "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":1e300}",
     "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":-1}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":0}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":[],\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":{},\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":[],\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_MALFORMED"},
    {EDDSA,
     "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"],"
     "\"exp\":@600}",
     "TOKEN_MALFORMED"},
    /* for whom */
    {EDDSA, "{\"iss\":\"https://evil.example\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}",
     "TOKEN_ISSUER"},
    {EDDSA, "{\"iss\":\"" ISSUER "/\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_ISSUER"},
    {EDDSA, "{\"iss\":\"paidan://oak\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_ISSUER"},
    {EDDSA, "{\"iss\":\"paidan://elm\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_KEY"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://oak\",\"exp\":@600}", "TOKEN_AUDIENCE"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm/\",\"exp\":@600}",
     "TOKEN_AUDIENCE"},
    /* when */
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@0}", "TOKEN_EXPIRED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@-1}", "TOKEN_EXPIRED"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"nbf\":@61,\"exp\":@600}",
     "TOKEN_NOT_YET"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"iat\":@61,\"exp\":@600}",
     "TOKEN_NOT_YET"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"exp\":@3601}",
     "TOKEN_LIFETIME"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"iat\":@-3000,\"exp\":@601}",
     "TOKEN_LIFETIME"},
    /* as whom */
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"$r\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_SUBJECT"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"admin/root\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_SUBJECT"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_SUBJECT"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/a b\",\"aud\":\"paidan://elm\",\"exp\":@600}", "TOKEN_SUBJECT"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/r1\\u0000\",\"aud\":\"paidan://elm\",\"exp\":@600}",
     "TOKEN_SUBJECT"},
    {EDDSA, "{\"iss\":\"" ISSUER "\",\"sub\":\"member/m0000001\",\"aud\":\"paidan://elm\",\"exp\":@600}",
     "PERMISSION_DENIED"},
};

static void test_table(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = token(world_arena(w), rows[i].header, claims_of(w, rows[i].claims, resident));
		struct answer answer = try(w, text);
		const struct err_info *info = err_info(answer.err);
		bool right = strcmp(info->reason, rows[i].reason) == 0;
		right = right && (answer.err == OK || answer.err == ERR_PERMISSION_DENIED ||
				  (info->code == GRPC_UNAUTHENTICATED && info->http == 401));
		if (!right) {
			print_error("%s %s: %s (%s), expected %s\n", rows[i].header, rows[i].claims, info->reason,
				    answer.detail, rows[i].reason);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
	world_free(w);
}

/* A good token, damaged in its text. */
static void test_damage(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	char *good = token(a, EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	size_t len = strlen(good);
	assert_int_equal(try(w, good).err, OK);
	/* Each of its characters counts. */
	for (size_t i = 0; i < len; i++) {
		char *bad = arena_strdup(a, good);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		struct answer answer = try(w, bad);
		assert_int_not_equal(answer.err, OK);
		assert_int_equal(err_info(answer.err)->code, GRPC_UNAUTHENTICATED);
	}
	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(try(w, arena_string(a, slice_of(good, i))).err, OK);
	const char *const wrong[] = {
	    arena_printf(a, "%s=", good),
	    arena_printf(a, "%s==", good),
	    arena_printf(a, "%s.", good),
	    arena_printf(a, ".%s", good),
	    arena_printf(a, "%s.AAAA", good),
	    arena_printf(a, "%s ", good),
	    arena_printf(a, "%sA", good),
	    "..",
	    "a.b.c",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(try(w, wrong[i]).err, ERR_TOKEN_MALFORMED);
	assert_int_equal(try(w, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.").err, ERR_TOKEN_ALGORITHM);
	assert_int_equal(try(w, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0").err, ERR_TOKEN_MALFORMED);
	/* The last character of a signature has four bits that are nobody's: only one text is right. */
	char *stray = arena_strdup(a, good);
	stray[len - 1] = (char)(stray[len - 1] + 1);
	assert_int_not_equal(try(w, stray).err, OK);
	/* As long as allowed, and one byte more. */
	for (int more = 0; more < 2; more++) {
		size_t parts = strlen(url(a, EDDSA, strlen(EDDSA))) + 2 + base64url_room(SIGN_BYTES) - 2;
		size_t room = (LIMIT_TOKEN_BYTES - parts) / 4 * 3;
		char *base = claims_of(w, GOOD_CLAIMS, resident);
		base[strlen(base) - 1] = '\0';
		int pad = (int)(room - strlen(base) - sizeof(",\"x\":\"\"}") + 1) + 3 * more;
		char *text = token(a, EDDSA, arena_printf(a, "%s,\"x\":\"%0*d\"}", base, pad, 0));
		assert_true(more == 0 ? strlen(text) <= LIMIT_TOKEN_BYTES : strlen(text) > LIMIT_TOKEN_BYTES);
		assert_int_equal(try(w, text).err, more == 0 ? OK : ERR_TOKEN_MALFORMED);
	}
	world_free(w);
}

static void test_acts_as_one(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	char *other = world_resident(w);
	char *text = token(world_arena(w), EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	assert_int_equal(try_as(w, text, resident).err, ERR_PERMISSION_DENIED);
	assert_int_equal(try_as(w, text, other).err, ERR_PERMISSION_DENIED);
	world_free(w);
}

static uint64_t checks(struct world *w)
{
	return token_cache_checks(world_exec(w)->tokens);
}

/* One signature check for many requests; and none of what was found outlives its reason. */
static void test_cache(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	char *text = token(a, EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	uint64_t before = checks(w);
	for (int i = 0; i < 50; i++)
		assert_int_equal(try(w, text).err, OK);
	assert_int_equal(checks(w), before + 1);
	/* A refusal is not remembered as anything else. */
	char *bad = arena_strdup(a, text);
	bad[strlen(bad) - 5] ^= 1;
	assert_int_not_equal(try(w, bad).err, OK);
	assert_int_equal(try(w, text).err, OK);
	/* Time goes on. */
	world_advance(w, 599 * 1000);
	assert_int_equal(try(w, text).err, OK);
	world_advance(w, 1000);
	assert_int_equal(try(w, text).err, ERR_TOKEN_EXPIRED);
	world_free(w);
}

static void test_issuer_goes(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	char *ed = token(a, EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	char *ec = token(a, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", claims_of(w, GOOD_CLAIMS, resident));
	assert_int_equal(try(w, ed).err, OK);
	assert_int_equal(try(w, ec).err, OK);
	/* Keys are rotated: the same issuer, other keys. */
	REQUEST(w, PutIssuerRequest, put);
	put->issuer = ARENA_NEW(a, Issuer);
	Issuer_init(put->issuer);
	put->issuer->name = (char *)ISSUER;
	char *all = jwks(a);
	char *second = strstr(all, "{\"kty\":\"EC\"");
	put->jwks = arena_printf(a, "{\"keys\":[%s", second);
	PutIssuerResponse *changed = must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	assert_int_equal(changed->issuer->n_keys, 1);
	assert_int_equal(try(w, ed).err, ERR_TOKEN_KEY);
	assert_int_equal(try(w, ec).err, OK);
	/* Its members only. */
	Role roles[] = {ROLE_MEMBER};
	put->issuer->roles = roles;
	put->issuer->n_roles = 1;
	must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	assert_int_equal(try(w, ec).err, ERR_TOKEN_SUBJECT);
	put->issuer->n_roles = 0;
	must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	assert_int_equal(try(w, ec).err, OK);
	REQUEST(w, RemoveIssuerRequest, removal);
	removal->name = (char *)ISSUER;
	must(world_call(w, AS_ADMIN, "CredentialService/RemoveIssuer", removal));
	assert_int_equal(try(w, ec).err, ERR_TOKEN_ISSUER);
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/RemoveIssuer", removal).err, ERR_NOT_FOUND);
	REQUEST(w, ListIssuersRequest, list);
	ListIssuersResponse *none = must(world_call(w, AS_ADMIN, "CredentialService/ListIssuers", list));
	assert_int_equal(none->n_issuers, 0);
	world_free(w);
}

static void test_issuer_limit(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	REQUEST(w, PutIssuerRequest, put);
	put->issuer = ARENA_NEW(a, Issuer);
	Issuer_init(put->issuer);
	put->jwks = jwks(a);
	for (int i = 1; i < LIMIT_ISSUERS; i++) {
		put->issuer->name = arena_printf(a, "https://%d.example", i);
		must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	}
	put->issuer->name = (char *)"https://last.example";
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put).err, ERR_TENANT_FULL);
	/* One that was given up makes room. */
	REQUEST(w, RemoveIssuerRequest, removal);
	removal->name = (char *)"https://7.example";
	must(world_call(w, AS_ADMIN, "CredentialService/RemoveIssuer", removal));
	must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	REQUEST(w, ListIssuersRequest, list);
	list->page_size = 10;
	size_t n = 0;
	do {
		ListIssuersResponse *rsp = must(world_call(w, AS_ADMIN, "CredentialService/ListIssuers", list));
		n += rsp->n_issuers;
		list->page_token = rsp->next_page_token;
	} while (list->page_token[0] != '\0');
	assert_int_equal(n, LIMIT_ISSUERS);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table), cmocka_unit_test(test_damage),      cmocka_unit_test(test_acts_as_one),
	    cmocka_unit_test(test_cache), cmocka_unit_test(test_issuer_goes), cmocka_unit_test(test_issuer_limit),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(p256());
	return failed;
}
