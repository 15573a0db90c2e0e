/*
 * What it costs to know who asks: a password (scrypt at the cost that paidand uses), a minted token read and checked
 * whole, the same token again from a worker's cache, and an ES256 signature as an identity provider makes it. Prints
 * JSON: milliseconds of a hash, tokens a second on one core.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "domain/config.h"
#include "domain/password.h"
#include "txn/jwt.h"
#include "txn/scrypt.h"
#include "txn/token.h"

enum { HASHES = 5, TOKENS = 20000, HASH_BYTES = 32 };
#define NOW_MS INT64_C(1772416800000)

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "bench_identity: %s failed\n", what);
	exit(1);
}

static double hash_ms(void)
{
	uint8_t out[HASH_BYTES];
	struct scrypt_params params = {PASSWORD_LOG2_N, SCRYPT_R, SCRYPT_P};
	double begin = now_s();
	for (int i = 0; i < HASHES; i++)
		must(scrypt_run(SLICE("a lantern on the hill"), SLICE("sixteen bytes of"), params, out, sizeof(out)),
		     "scrypt");
	return (now_s() - begin) * 1000 / HASHES;
}

/* A tenant whose own key has signed the token. */
static struct config *tenant_of(struct arena *a, const uint8_t seed[SIGN_ED25519_BYTES])
{
	static TenantRecord tenant;
	static IssuerKeyRecord key;
	static TokenKeyRecord token_key;
	static TokenKeysRecord keys;
	static TokenKeyRecord *list[] = {&token_key};
	uint8_t *public_key = arena_alloc(a, SIGN_ED25519_BYTES);
	TenantRecord_init(&tenant);
	IssuerKeyRecord_init(&key);
	TokenKeyRecord_init(&token_key);
	TokenKeysRecord_init(&keys);
	must(sign_public_of(seed, public_key), "the public key");
	tenant.id = (char *)"xingfu";
	key.kid = (char *)"j0000012";
	key.algorithm = (char *)"EdDSA";
	key.public_key = (ProtobufCBinaryData){SIGN_ED25519_BYTES, public_key};
	token_key.key = &key;
	keys.keys = list;
	keys.n_keys = 1;
	struct config *config = ARENA_NEW(a, struct config);
	config->version = 1;
	config->tenant = &tenant;
	config->token_keys = &keys;
	return config;
}

static double tokens_per_s(const struct config *config, struct token_cache *cache, const char *text)
{
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	double begin = now_s();
	for (int i = 0; i < TOKENS; i++) {
		struct jwt jwt;
		struct fault fault = {.err = OK};
		struct token_claims claims;
		must(jwt_parse(&a, slice_str(text), &jwt, &fault) == OK, "reading a token");
		must(token_check(cache, &a, config, &jwt, NOW_MS + 1000, &fault, &claims) == OK, fault.detail);
		arena_reset(&a);
	}
	double rate = TOKENS / (now_s() - begin);
	arena_free(&a);
	return rate;
}

static double es256_per_s(void)
{
	static const char text[] = "header.claims";
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	size_t len = sizeof(der);
	must(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		 EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, sizeof(text)) == 1,
	     "signing");
	double begin = now_s();
	for (int i = 0; i < TOKENS; i++) {
		EVP_MD_CTX_reset(ctx);
		must(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
			 EVP_DigestVerify(ctx, der, len, (const uint8_t *)text, sizeof(text)) == 1,
		     "verifying");
	}
	double rate = TOKENS / (now_s() - begin);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return rate;
}

int main(void)
{
	static const uint8_t seed[SIGN_ED25519_BYTES] = {7};
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	struct config *config = tenant_of(&a, seed);
	struct slice self = SLICE("paidan://xingfu");
	struct jwt jwt = {.kid = SLICE("j0000012"),
			  .id = SLICE("abcdefghijklmnopqrstuvwx"),
			  .issuer = self,
			  .subject = SLICE("resident/r0000012"),
			  .audiences = {self},
			  .issued_ms = NOW_MS,
			  .expires_ms = NOW_MS + 900 * 1000};
	char *text;
	must(jwt_make(&a, &jwt, seed, &text) == OK, "making a token");
	struct token_cache *cache = token_cache_new();
	double whole = tokens_per_s(config, NULL, text), again = tokens_per_s(config, cache, text);
	printf("{\"scrypt_log2_n\":%d,\"scrypt_ms\":%.1f,\"token_eddsa_per_s\":%.0f,\"token_cached_per_s\":%.0f,"
	       "\"es256_verify_per_s\":%.0f}\n",
	       PASSWORD_LOG2_N, hash_ms(), whole, again, es256_per_s());
	token_cache_free(cache);
	arena_free(&a);
	return 0;
}
