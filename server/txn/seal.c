#include "txn/seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/mman.h>

#include "pb/pb_wire.h"
#include "paidan_pb.h"

enum { SEAL_KEY_BYTES = KEY_RING_KEY_BYTES, NONCE_BYTES = 12, TAG_BYTES = 16 };
enum { WRAPPED_BYTES = NONCE_BYTES + SEAL_KEY_BYTES + TAG_BYTES };
/* Tenant keys at hand: a worker mostly serves one, during a rotation under two versions. */
enum { AT_HAND = 8 };

struct tenant_key {
	char tenant[32];
	uint32_t version;
	uint8_t key[SEAL_KEY_BYTES];
};

struct sealer {
	struct key_ring ring;
	struct tenant_key at_hand[AT_HAND];
	unsigned next;
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
	void (*missing)(void *arg);
	void *missing_arg;
};

/* A mapping of its own, which neither a core dump nor swap gets to see. */
static struct sealer *map_sealer(void)
{
	struct sealer *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED)
		return NULL;
	/* Without the right to lock it may be swapped; better that than not to start. */
	(void)madvise(s, sizeof(*s), MADV_DONTDUMP);
	(void)mlock(s, sizeof(*s));
	return s;
}

struct sealer *sealer_new(const struct key_ring *ring)
{
	struct sealer *s = map_sealer();
	if (s == NULL)
		return NULL;
	s->ring = *ring;
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
	(void)munmap(s, sizeof(*s));
}

void sealer_take(struct sealer *s, const struct key_ring *ring)
{
	s->ring = *ring;
	OPENSSL_cleanse(s->at_hand, sizeof(s->at_hand));
}

void sealer_on_missing(struct sealer *s, void (*missing)(void *arg), void *arg)
{
	s->missing = missing;
	s->missing_arg = arg;
}

const struct key_ring *sealer_ring(const struct sealer *s)
{
	return &s->ring;
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

static const uint8_t *root_key(struct sealer *s, uint32_t version)
{
	const uint8_t *key = key_ring_find(&s->ring, version);
	if (key == NULL && s->missing != NULL) {
		s->missing(s->missing_arg);
		key = key_ring_find(&s->ring, version);
	}
	return key;
}

static enum err tenant_key(struct sealer *s, const char *tenant, uint32_t version, const uint8_t **key)
{
	for (unsigned i = 0; i < AT_HAND; i++) {
		*key = s->at_hand[i].key;
		if (s->at_hand[i].version == version && strcmp(s->at_hand[i].tenant, tenant) == 0)
			return OK;
	}
	const uint8_t *root = root_key(s, version);
	if (root == NULL)
		return ERR_KEY_MISSING;
	struct tenant_key *t = &s->at_hand[s->next];
	t->version = 0;
	if (strlen(tenant) >= sizeof(t->tenant) || !derive(root, tenant, t->key))
		return ERR_INTERNAL;
	strcpy(t->tenant, tenant); /* fits: checked above */
	t->version = version;
	s->next = (s->next + 1) % AT_HAND;
	*key = t->key;
	return OK;
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

/* --- the keys of persons --- */

/* What a person's key is bound to; no record has such an id. */
static char *bound_to(struct arena *a, const char *owner_id)
{
	return arena_printf(a, "key of %s", owner_id);
}

static enum err wrap(struct sealer *s, struct arena *a, const char *tenant, const uint8_t key[SEAL_KEY_BYTES],
		     struct wrapped_key *out)
{
	const uint8_t *wrapping;
	uint8_t *bytes = arena_alloc(a, WRAPPED_BYTES);
	out->version = key_ring_newest(&s->ring);
	TRY(tenant_key(s, tenant, out->version, &wrapping));
	if (RAND_bytes(bytes, NONCE_BYTES) != 1 || !encrypt(s, wrapping, bytes, tenant, bound_to(a, out->owner_id),
							    slice_of(key, SEAL_KEY_BYTES), bytes + NONCE_BYTES))
		return ERR_INTERNAL;
	out->bytes = slice_of(bytes, WRAPPED_BYTES);
	return OK;
}

/* id: what it is bound to. */
static enum err unwrap(struct sealer *s, const char *tenant, const char *id, uint32_t version, struct slice bytes,
		       uint8_t key[SEAL_KEY_BYTES])
{
	const uint8_t *wrapping;
	if (bytes.len != WRAPPED_BYTES)
		return ERR_DATA_CORRUPT;
	TRY(tenant_key(s, tenant, version, &wrapping));
	return decrypt(s, wrapping, bytes.ptr, tenant, id, slice_from(bytes, NONCE_BYTES), key) ? OK : ERR_DATA_CORRUPT;
}

enum err seal_new_key(struct sealer *s, struct arena *a, const char *tenant, const char *owner_id,
		      struct wrapped_key *out)
{
	uint8_t key[SEAL_KEY_BYTES];
	out->owner_id = owner_id;
	enum err err = RAND_bytes(key, sizeof(key)) == 1 ? wrap(s, a, tenant, key, out) : ERR_INTERNAL;
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

enum err seal_rewrap(struct sealer *s, struct arena *a, const char *tenant, struct wrapped_key *k)
{
	uint8_t key[SEAL_KEY_BYTES];
	enum err err = unwrap(s, tenant, bound_to(a, k->owner_id), k->version, k->bytes, key);
	if (err == OK)
		err = wrap(s, a, tenant, key, k);
	OPENSSL_cleanse(key, sizeof(key));
	return err;
}

/* --- records --- */

enum err seal_close(struct sealer *s, struct arena *a, const char *tenant, const char *id, const struct wrapped_key *k,
		    struct slice plain, struct slice *sealed)
{
	uint8_t key[SEAL_KEY_BYTES], *nonce = arena_alloc(a, NONCE_BYTES);
	uint8_t *body = arena_alloc(a, plain.len + TAG_BYTES);
	TRY(unwrap(s, tenant, bound_to(a, k->owner_id), k->version, k->bytes, key));
	bool fine = RAND_bytes(nonce, NONCE_BYTES) == 1 && encrypt(s, key, nonce, tenant, id, plain, body);
	OPENSSL_cleanse(key, sizeof(key));
	if (!fine)
		return ERR_INTERNAL;
	SealedRecord record;
	SealedRecord_init(&record);
	record.nonce = (ProtobufCBinaryData){NONCE_BYTES, nonce};
	record.sealed = (ProtobufCBinaryData){plain.len + TAG_BYTES, body};
	if (strcmp(k->owner_id, id) != 0)
		record.owner_id = (char *)k->owner_id;
	*sealed = pb_encode_arena(&record, a);
	return OK;
}

static enum err read_sealed(struct arena *a, struct slice sealed, SealedRecord **out)
{
	struct fault fault;
	if (PB_DECODE(a, SealedRecord, sealed, &fault, out) != OK)
		return ERR_DATA_CORRUPT;
	const SealedRecord *r = *out;
	return r->nonce.len == NONCE_BYTES && r->sealed.len >= TAG_BYTES && r->sealed.len <= INT32_MAX
		   ? OK
		   : ERR_DATA_CORRUPT;
}

enum err seal_owner(struct arena *a, const char *id, struct slice sealed, const char **owner_id)
{
	SealedRecord *record;
	TRY(read_sealed(a, sealed, &record));
	*owner_id = record->owner_id[0] == '\0' ? id : record->owner_id;
	return OK;
}

enum err seal_open(struct sealer *s, struct arena *a, const char *tenant, const char *id, const struct wrapped_key *k,
		   struct slice sealed, struct slice *plain)
{
	SealedRecord *record;
	uint8_t key[SEAL_KEY_BYTES];
	TRY(read_sealed(a, sealed, &record));
	uint8_t *out = arena_alloc(a, record->sealed.len);
	enum err err = unwrap(s, tenant, bound_to(a, k->owner_id), k->version, k->bytes, key);
	if (err == OK &&
	    !decrypt(s, key, record->nonce.data, tenant, id, slice_of(record->sealed.data, record->sealed.len), out))
		err = ERR_DATA_CORRUPT;
	OPENSSL_cleanse(key, sizeof(key));
	*plain = slice_of(out, record->sealed.len - TAG_BYTES);
	return err;
}
