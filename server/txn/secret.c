#include <openssl/evp.h>

#include "txn/txn_internal.h"

enum { SECRET_BYTES = 32 };

enum err txn_new_secret(struct txn *t, char **text, uint8_t **sha256)
{
	static const char digits[] = "0123456789abcdef";
	const struct exec_env *env = exec_env_of(t->exec);
	uint8_t bytes[SECRET_BYTES];
	char *hex = arena_alloc(&t->run, 2 * SECRET_BYTES + 1);
	env->secret(env->arg, bytes, sizeof(bytes));
	for (size_t i = 0; i < SECRET_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	*text = hex;
	*sha256 = arena_alloc(&t->run, TXN_SECRET_DIGEST_BYTES);
	if (EVP_Digest(hex, 2 * SECRET_BYTES, *sha256, NULL, EVP_sha256(), NULL) != 1)
		return ERR_INTERNAL;
	return OK;
}
