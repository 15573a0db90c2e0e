#include "txn/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "pb/pb_wire.h"
#include "paidan_pb.h"

enum { NONCE_BYTES = 12, TAG_BYTES = 16, WRAPPED_BYTES = NONCE_BYTES + SEAL_KEY_BYTES + TAG_BYTES };

/* The key of the tenant used last; a worker mostly serves one. */
struct sealer {
	uint8_t root[SEAL_KEY_BYTES];
	char tenant[32];
	uint8_t tenant_key[SEAL_KEY_BYTES];
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
};

struct sealer *sealer_new(const uint8_t key[SEAL_KEY_BYTES])
{
	struct sealer *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	memcpy(s->root, key, SEAL_KEY_BYTES);
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->ctx = EVP_CIPHER_CTX_new();
	if (s->cipher == NULL || s->ctx == NULL) {
		sealer_free(s);
		return NULL;
	}
	return s;
}

void sealer_free(struct sealer *s)
{
	if (s == NULL)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	EVP_CIPHER_free(s->cipher);
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

static bool derive(const uint8_t root[SEAL_KEY_BYTES], const char *tenant, uint8_t out[SEAL_KEY_BYTES])
{
	char info[64];
	int info_len = snprintf(info, sizeof(info), "paidan/%s", tenant);
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)root, SEAL_KEY_BYTES),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, (size_t)info_len),
	    OSSL_PARAM_construct_end(),
	};
	bool fine =
	    ctx != NULL && info_len < (int)sizeof(info) && EVP_KDF_derive(ctx, out, SEAL_KEY_BYTES, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return fine;
}

static bool use_tenant(struct sealer *s, const char *tenant)
{
	if (strcmp(s->tenant, tenant) == 0)
		return true;
	if (strlen(tenant) >= sizeof(s->tenant) || !derive(s->root, tenant, s->tenant_key))
		return false;
	strcpy(s->tenant, tenant); /* fits: checked above */
	return true;
}

/* out takes in.len + TAG_BYTES. */
static bool encrypt(struct sealer *s, const uint8_t *key, const uint8_t *nonce, const char *tenant, const char *id,
		    struct slice in, uint8_t *out)
{
	int len;
	return EVP_EncryptInit_ex2(s->ctx, s->cipher, key, nonce, NULL) == 1 &&
	       EVP_EncryptUpdate(s->ctx, NULL, &len, (const uint8_t *)tenant, (int)strlen(tenant) + 1) == 1 &&
	       EVP_EncryptUpdate(s->ctx, NULL, &len, (const uint8_t *)id, (int)strlen(id)) == 1 &&
	       EVP_EncryptUpdate(s->ctx, out, &len, in.ptr, (int)in.len) == 1 &&
	       EVP_EncryptFinal_ex(s->ctx, out + len, &len) == 1 &&
	       EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + in.len) == 1;
}

/* in ends in the tag; out takes in.len - TAG_BYTES. */
static bool decrypt(struct sealer *s, const uint8_t *key, const uint8_t *nonce, const char *tenant, const char *id,
		    struct slice in, uint8_t *out)
{
	int len;
	size_t n = in.len - TAG_BYTES;
	return EVP_DecryptInit_ex2(s->ctx, s->cipher, key, nonce, NULL) == 1 &&
	       EVP_DecryptUpdate(s->ctx, NULL, &len, (const uint8_t *)tenant, (int)strlen(tenant) + 1) == 1 &&
	       EVP_DecryptUpdate(s->ctx, NULL, &len, (const uint8_t *)id, (int)strlen(id)) == 1 &&
	       EVP_DecryptUpdate(s->ctx, out, &len, in.ptr, (int)n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, (void *)(uintptr_t)(in.ptr + n)) == 1 &&
	       EVP_DecryptFinal_ex(s->ctx, out + len, &len) == 1;
}

enum err seal_close(struct sealer *s, struct arena *a, const char *tenant, const char *id, struct slice plain,
		    struct slice *sealed)
{
	uint8_t key[SEAL_KEY_BYTES], *wrapped = arena_alloc(a, WRAPPED_BYTES);
	uint8_t *nonce = arena_alloc(a, NONCE_BYTES);
	uint8_t *body = arena_alloc(a, plain.len + TAG_BYTES);
	if (!use_tenant(s, tenant) || RAND_bytes(key, sizeof(key)) != 1 || RAND_bytes(nonce, NONCE_BYTES) != 1 ||
	    RAND_bytes(wrapped, NONCE_BYTES) != 1)
		return ERR_INTERNAL;
	bool fine = encrypt(s, key, nonce, tenant, id, plain, body) &&
		    encrypt(s, s->tenant_key, wrapped, tenant, id, slice_of(key, sizeof(key)), wrapped + NONCE_BYTES);
	OPENSSL_cleanse(key, sizeof(key));
	if (!fine)
		return ERR_INTERNAL;
	SealedRecord record;
	SealedRecord_init(&record);
	record.key_version = 1;
	record.wrapped_key = (ProtobufCBinaryData){WRAPPED_BYTES, wrapped};
	record.nonce = (ProtobufCBinaryData){NONCE_BYTES, nonce};
	record.sealed = (ProtobufCBinaryData){plain.len + TAG_BYTES, body};
	*sealed = pb_encode_arena(&record, a);
	return OK;
}

enum err seal_open(struct sealer *s, struct arena *a, const char *tenant, const char *id, struct slice sealed,
		   struct slice *plain)
{
	SealedRecord *record;
	struct fault fault;
	uint8_t key[SEAL_KEY_BYTES];
	if (PB_DECODE(a, SealedRecord, sealed, &fault, &record) != OK)
		return ERR_DATA_CORRUPT;
	if (record->wrapped_key.len != WRAPPED_BYTES || record->nonce.len != NONCE_BYTES ||
	    record->sealed.len < TAG_BYTES || record->sealed.len > INT32_MAX)
		return ERR_DATA_CORRUPT;
	if (!use_tenant(s, tenant))
		return ERR_INTERNAL;
	uint8_t *out = arena_alloc(a, record->sealed.len);
	struct slice wrapped = slice_of(record->wrapped_key.data, record->wrapped_key.len);
	bool fine =
	    decrypt(s, s->tenant_key, wrapped.ptr, tenant, id, slice_from(wrapped, NONCE_BYTES), key) &&
	    decrypt(s, key, record->nonce.data, tenant, id, slice_of(record->sealed.data, record->sealed.len), out);
	OPENSSL_cleanse(key, sizeof(key));
	if (!fine)
		return ERR_DATA_CORRUPT;
	*plain = slice_of(out, record->sealed.len - TAG_BYTES);
	return OK;
}
