/* Signed tokens: their text, their signatures, JWK sets, and what each of them is worth in a tenant. */
#include "tokens_stage.h"

enum { SIDE = 2 };

#define ISSUER "https://login.example"

#define NOW_S (WORLD_START_MS / 1000)

#define REQUEST(w, type, name)                        \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

/* --- an issuer, made here: one key of each kind --- */

static const uint8_t seed[SIGN_ED25519_BYTES] = {7};

static char *url(struct arena *a, const void *bytes, size_t len)
{
	char *text = arena_alloc(a, base64url_room(len) + 1);
	text[base64url_encode(slice_of(bytes, len), text)] = '\0';
	return text;
}

static char *jwks(struct arena *a)
{
	uint8_t ed[SIGN_ED25519_BYTES], point[65];
	size_t len;
	assert_true(sign_public_of(seed, ed));
	assert_int_equal(EVP_PKEY_get_octet_string_param(p256(), "pub", point, sizeof(point), &len), 1);
	return arena_printf(
	    a,
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"x\":\"%s\"},"
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ec\",\"alg\":\"ES256\",\"x\":\"%s\",\"y\":\"%s\"},"
	    "{\"kty\":\"RSA\",\"kid\":\"rsa\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
	    url(a, ed, sizeof(ed)), url(a, point + 1, 32), url(a, point + 33, 32));
}

static void sign_es256(const char *text, uint8_t out[SIGN_BYTES])
{
	uint8_t der[128];
	size_t len = sizeof(der);
	const uint8_t *at = der;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, p256()), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, strlen(text)), 1);
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

/* Signs with the P-256 key when the header says ES256, else with the Ed25519 one, whatever it says. */
static char *token(struct arena *a, const char *header, const char *claims)
{
	uint8_t signature[SIGN_BYTES];
	char *text = arena_printf(a, "%s.%s", url(a, header, strlen(header)), url(a, claims, strlen(claims)));
	if (strstr(header, "ES256") != NULL)
		sign_es256(text, signature);
	else
		assert_true(sign_make(seed, slice_str(text), signature));
	return arena_printf(a, "%s.%s", text, url(a, signature, sizeof(signature)));
}

/* @n: NOW_S + n. */
static char *claims_at(struct arena *a, const char *format)
{
	struct buf b = {0};
	for (const char *c = format; *c != '\0'; c++) {
		if (*c != '@') {
			buf_byte(&b, (uint8_t)*c);
			continue;
		}
		char *end;
		buf_int(&b, NOW_S + strtoll(c + 1, &end, 10));
		c = end - 1;
	}
	char *text = arena_string(a, buf_view(&b));
	buf_free(&b);
	return text;
}

/* --- the town --- */

static struct world *town(char **resident)
{
	struct world *w = world_new(&(struct world_options){.seed = 8});
	(void)world_town(w, SIDE);
	*resident = world_resident(w);
	REQUEST(w, PutIssuerRequest, put);
	put->issuer = ARENA_NEW(world_arena(w), Issuer);
	Issuer_init(put->issuer);
	put->issuer->name = (char *)ISSUER;
	put->jwks = jwks(world_arena(w));
	must(world_call(w, AS_ADMIN, "CredentialService/PutIssuer", put));
	return w;
}

struct answer {
	enum err err;
	char detail[sizeof(((struct fault *)0)->detail)];
};

static void keep_answer(void *arg, const struct exec_result *result)
{
	struct answer *answer = arg;
	answer->err = result->err;
	memcpy(answer->detail, result->fault->detail, sizeof(answer->detail));
}

/* What a resident's list of orders answers to the token, in a tenant; act_as: "resident/…" or NULL. */
static struct answer try_as(struct world *w, const char *text, const char *act_as)
{
	struct answer answer = {.err = ERR_INTERNAL};
	struct fault fault = {.err = OK};
	struct jwt *jwt = ARENA_NEW(world_arena(w), struct jwt);
	REQUEST(w, ListOrdersRequest, list);
	answer.err = jwt_parse(world_arena(w), slice_str(text), jwt, &fault);
	if (answer.err != OK) {
		memcpy(answer.detail, fault.detail, sizeof(answer.detail));
		return answer;
	}
	struct exec_request rq = {.method = world_method(w, "OrderService/ListOrders"),
				  .request = list,
				  .credential = {.kind = CREDENTIAL_TOKEN, .tenant = SLICE(WORLD_TENANT), .token = jwt},
				  .done = keep_answer,
				  .arg = &answer};
	if (act_as != NULL) {
		rq.credential.act_as = ROLE_RESIDENT;
		rq.credential.act_as_id = slice_str(act_as);
	}
	assert_null(exec_call(world_exec(w), &rq));
	return answer;
}

static struct answer try(struct world *w, const char *text)
{
	return try_as(w, text, NULL);
}

/* --- the table --- */

#define EDDSA "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"ed\"}"

#define GOOD_CLAIMS "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"iat\":@0,\"exp\":@600}"

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

static char *claims_of(struct world *w, const char *format, const char *resident)
{
	struct buf b = {0};
	for (const char *c = format; *c != '\0'; c++) {
		if (c[0] == '$' && c[1] == 'r')
			buf_str(&b, resident), c++;
		else
			buf_byte(&b, (uint8_t)*c);
	}
	char *text = claims_at(world_arena(w), arena_string(world_arena(w), buf_view(&b)));
	buf_free(&b);
	return text;
}

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

/* --- the broker's own --- */

static void test_minted(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(first->expires_ms, WORLD_START_MS + LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(try(w, first->token).err, OK);
	REQUEST(w, GetJwksRequest, rq);
	GetJwksResponse *keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 1);
	assert_string_equal(keys->keys[0]->alg, "EdDSA");
	/* A new key; the token of the old one lives on. */
	REQUEST(w, RotateTokenKeyRequest, rotate);
	RotateTokenKeyResponse *rotated = must(world_call(w, AS_ADMIN, "CredentialService/RotateTokenKey", rotate));
	assert_string_not_equal(rotated->kid, keys->keys[0]->kid);
	MintTokenResponse *second = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	struct jwt jwt;
	struct fault fault;
	assert_int_equal(jwt_parse(a, slice_str(second->token), &jwt, &fault), OK);
	assert_true(slice_eq(jwt.kid, slice_str(rotated->kid)));
	assert_true(slice_eq(jwt_tenant(&jwt), SLICE(WORLD_TENANT)));
	assert_int_equal(try(w, first->token).err, OK);
	assert_int_equal(try(w, second->token).err, OK);
	keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 2);
	world_advance(w, LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(try(w, first->token).err, ERR_TOKEN_EXPIRED);
	keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 1);
	world_free(w);
}

static struct world_reply rotate(struct world *w)
{
	REQUEST(w, RotateTokenKeyRequest, rq);
	return world_call(w, AS_ADMIN, "CredentialService/RotateTokenKey", rq);
}

/* Keys whose tokens may still be about are kept, so there can't be any number of them in a token's life. */
static void test_rotations(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	world_advance(w, 1000);
	for (int i = 1; i < LIMIT_ISSUER_KEYS; i++)
		must(rotate(w));
	char *before = world_dump(w);
	struct world_reply refused = rotate(w);
	assert_int_equal(refused.err, ERR_RATE_LIMITED);
	assert_string_equal(refused.fault.detail, "keys were rotated too often in an hour");
	assert_string_equal(world_dump(w), before);
	assert_int_equal(try(w, first->token).err, OK);
	REQUEST(w, GetJwksRequest, rq);
	GetJwksResponse *keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, LIMIT_ISSUER_KEYS);
	world_advance(w, LIMIT_TOKEN_LIFE_MS - 1);
	assert_int_equal(rotate(w).err, ERR_RATE_LIMITED);
	world_advance(w, 1);
	must(rotate(w));
	world_free(w);
}

static struct world_reply revoke(struct world *w, const char *token_id, const char *resident)
{
	REQUEST(w, RevokeTokensRequest, rq);
	rq->token_id = (char *)token_id;
	rq->resident_id = (char *)resident;
	return world_call(w, AS_ADMIN, "CredentialService/RevokeTokens", rq);
}

/* One by its id; all of a person, whoever gave them, and what is given later is good. */
static void test_revoked(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	char *other = world_resident(w);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	MintTokenResponse *second = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_string_not_equal(first->token_id, second->token_id);
	assert_int_equal(try(w, first->token).err, OK);
	must(revoke(w, first->token_id, ""));
	assert_int_equal(try(w, first->token).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, second->token).err, OK);
	char *theirs = token(world_arena(w), EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	char *undated = token(world_arena(w), EDDSA,
			      claims_of(w,
					"{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\","
					"\"exp\":@600}",
					resident));
	/* Another issuer's jti is none of ours. */
	char *same_id = token(world_arena(w), EDDSA,
			      claims_of(w,
					arena_printf(world_arena(w),
						     "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\","
						     "\"aud\":\"paidan://elm\",\"exp\":@600,\"jti\":\"%s\"}",
						     first->token_id),
					resident));
	assert_int_equal(try(w, theirs).err, OK);
	assert_int_equal(try(w, undated).err, OK);
	assert_int_equal(try(w, same_id).err, OK);
	must(revoke(w, "", other));
	assert_int_equal(try(w, theirs).err, OK);
	must(revoke(w, "", resident));
	assert_int_equal(try(w, second->token).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, theirs).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, undated).err, ERR_TOKEN_REVOKED);
	world_advance(w, 1000);
	MintTokenResponse *later = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(try(w, later->token).err, OK);
	assert_int_equal(revoke(w, "", "").err, ERR_FIELD_REQUIRED);
	assert_int_equal(revoke(w, first->token_id, resident).err, ERR_FIELD_REQUIRED);
	assert_int_equal(revoke(w, "", "r0000zzz").err, ERR_NOT_FOUND);
	world_free(w);
}

/* The list is bounded, and empties by itself. */
static void test_revocations_expire(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	for (int i = 0; i < LIMIT_TOKEN_REVOCATIONS; i++)
		must(revoke(w, arena_printf(world_arena(w), "t%d", i), ""));
	assert_int_equal(revoke(w, "one-more", "").err, ERR_TENANT_FULL);
	world_advance(w, LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(revoke(w, "one-more", "").err, ERR_TENANT_FULL);
	world_advance(w, LIMIT_TOKEN_SKEW_MS);
	must(revoke(w, "one-more", ""));
	world_free(w);
}

static void test_mint_reach(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	REQUEST(w, MintTokenRequest, mint);
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_REQUIRED);
	mint->resident_id = resident;
	mint->member_id = world_member(w, world_point(w, 0, 10, 0, SIDE), NULL);
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_REQUIRED);
	mint->resident_id = (char *)"";
	MintTokenResponse *member = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(try(w, member->token).err, ERR_PERMISSION_DENIED); /* residents' orders */
	mint->member_id = (char *)"m0000zzz";
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_NOT_FOUND);
	mint->member_id = (char *)"";
	mint->resident_id = resident;
	assert_int_equal(world_call(w, AS_RESIDENT(resident), "CredentialService/MintToken", mint).err,
			 ERR_PERMISSION_DENIED);
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS + 1;
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_OUT_OF_RANGE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),       cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_acts_as_one), cmocka_unit_test(test_cache),
	    cmocka_unit_test(test_issuer_goes), cmocka_unit_test(test_issuer_limit),
	    cmocka_unit_test(test_revoked),     cmocka_unit_test(test_revocations_expire),
	    cmocka_unit_test(test_minted),      cmocka_unit_test(test_mint_reach),
	    cmocka_unit_test(test_rotations),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(p256());
	return failed;
}
