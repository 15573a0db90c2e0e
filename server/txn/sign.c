#include "txn/sign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum { POINT_BYTES = 1 + SIGN_P256_BYTES, UNCOMPRESSED = 4, DER_BYTES = 80, HALF = SIGN_BYTES / 2 };

enum sign_algorithm sign_algorithm_of(struct slice name)
{
	if (slice_eq(name, SLICE("EdDSA")))
		return SIGN_EDDSA;
	return slice_eq(name, SLICE("ES256")) ? SIGN_ES256 : SIGN_NONE;
}

const char *sign_algorithm_name(enum sign_algorithm algorithm)
{
	switch (algorithm) {
	case SIGN_EDDSA:
		return "EdDSA";
	case SIGN_ES256:
		return "ES256";
	case SIGN_NONE:
		break;
	}
	return "";
}

/* From the point; OpenSSL refuses one that is not on the curve. */
static EVP_PKEY *p256_key(struct slice xy)
{
	uint8_t point[POINT_BYTES] = {UNCOMPRESSED};
	EVP_PKEY *key = NULL;
	memcpy(point + 1, xy.ptr, SIGN_P256_BYTES);
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"prime256v1", 0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	    OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* NULL: the bytes are no key. */
static EVP_PKEY *public_key_of(enum sign_algorithm algorithm, struct slice bytes)
{
	switch (algorithm) {
	case SIGN_EDDSA:
		if (bytes.len == SIGN_ED25519_BYTES)
			return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes.ptr, bytes.len);
		break;
	case SIGN_ES256:
		if (bytes.len == SIGN_P256_BYTES)
			return p256_key(bytes);
		break;
	case SIGN_NONE:
		break;
	}
	return NULL;
}

bool sign_key_is_good(enum sign_algorithm algorithm, struct slice public_key)
{
	EVP_PKEY *key = public_key_of(algorithm, public_key);
	bool good = key != NULL;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

/* r and s as OpenSSL wants them: a DER sequence. 0: no memory. */
static size_t der_of(struct slice signature, uint8_t der[DER_BYTES])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature.ptr, HALF, NULL);
	BIGNUM *s = BN_bin2bn(signature.ptr + HALF, HALF, NULL);
	uint8_t *at = der;
	int len = 0;
	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL; /* they are the signature's now */
		len = i2d_ECDSA_SIG(sig, NULL) <= DER_BYTES ? i2d_ECDSA_SIG(sig, &at) : 0;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

bool sign_verify(enum sign_algorithm algorithm, struct slice public_key, struct slice message, struct slice signature)
{
	uint8_t der[DER_BYTES];
	if (signature.len != SIGN_BYTES)
		return false;
	EVP_PKEY *key = public_key_of(algorithm, public_key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *digest = NULL;
	if (algorithm == SIGN_ES256) {
		digest = EVP_sha256();
		signature = slice_of(der, der_of(signature, der));
	}
	bool right = key != NULL && ctx != NULL && signature.len > 0 &&
		     EVP_DigestVerifyInit(ctx, NULL, digest, NULL, key) == 1 &&
		     EVP_DigestVerify(ctx, signature.ptr, signature.len, message.ptr, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return right;
}

bool sign_public_of(const uint8_t seed[SIGN_ED25519_BYTES], uint8_t public_key[SIGN_ED25519_BYTES])
{
	size_t len = SIGN_ED25519_BYTES;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_ED25519_BYTES);
	bool fine = key != NULL && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1;
	EVP_PKEY_free(key);
	return fine;
}

bool sign_make(const uint8_t seed[SIGN_ED25519_BYTES], struct slice message, uint8_t signature[SIGN_BYTES])
{
	size_t len = SIGN_BYTES;
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, SIGN_ED25519_BYTES);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool fine = key != NULL && ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestSign(ctx, signature, &len, message.ptr, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return fine;
}
