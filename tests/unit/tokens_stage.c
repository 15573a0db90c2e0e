#include "tokens_stage.h"

EVP_PKEY *p256(void)
{
	static EVP_PKEY *key;
	if (key == NULL)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	return key;
}
