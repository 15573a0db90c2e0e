#include "tokens_stage.h"

EVP_PKEY *p256(void)
{
	static EVP_PKEY *key;
	if (key == NULL)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	return key;
}

static const uint8_t seed[SIGN_ED25519_BYTES] = {7};

char *url(struct arena *a, const void *bytes, size_t len)
{
	char *text = arena_alloc(a, base64url_room(len) + 1);
	text[base64url_encode(slice_of(bytes, len), text)] = '\0';
	return text;
}

char *jwks(struct arena *a)
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

char *token(struct arena *a, const char *header, const char *claims)
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

struct world *town(char **resident)
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

static void keep_answer(void *arg, const struct exec_result *result)
{
	struct answer *answer = arg;
	answer->err = result->err;
	memcpy(answer->detail, result->fault->detail, sizeof(answer->detail));
}

struct answer try_as(struct world *w, const char *text, const char *act_as)
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

struct answer try(struct world *w, const char *text)
{
	return try_as(w, text, NULL);
}

char *claims_of(struct world *w, const char *format, const char *resident)
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
