#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "txn/txn_internal.h"

enum { SECRET_BYTES = 32 };

uint8_t *txn_new_bytes(struct txn *t, size_t n)
{
	const struct exec_env *env = exec_env_of(t->exec);
	uint8_t *bytes = arena_alloc(&t->run, n);
	env->secret(env->arg, bytes, n);
	return bytes;
}

enum err txn_sha256(struct txn *t, struct slice bytes, uint8_t **sha256)
{
	*sha256 = arena_alloc(&t->run, TXN_SECRET_DIGEST_BYTES);
	return EVP_Digest(bytes.ptr, bytes.len, *sha256, NULL, EVP_sha256(), NULL) == 1 ? OK : ERR_INTERNAL;
}

enum err txn_hmac(struct txn *t, struct slice key, struct slice bytes, uint8_t **mac)
{
	*mac = arena_alloc(&t->run, TXN_SECRET_DIGEST_BYTES);
	return HMAC(EVP_sha256(), key.ptr, (int)key.len, bytes.ptr, bytes.len, *mac, NULL) != NULL ? OK : ERR_INTERNAL;
}

enum err txn_new_secret(struct txn *t, char **text, uint8_t **sha256)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = txn_new_bytes(t, SECRET_BYTES);
	char *hex = arena_alloc(&t->run, 2 * SECRET_BYTES + 1);
	for (size_t i = 0; i < SECRET_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * SECRET_BYTES] = '\0';
	*text = hex;
	return txn_sha256(t, slice_of(hex, 2 * SECRET_BYTES), sha256);
}
