#include "txn/scrypt.h"

#include <openssl/evp.h>

enum { LOG2_N_MAX = 20, BLOCK_BYTES = 128 };

bool scrypt_run(struct slice password, struct slice salt, struct scrypt_params params, uint8_t *out, size_t n)
{
	if (params.log2_n == 0 || params.log2_n > LOG2_N_MAX)
		return false;
	uint64_t cost = UINT64_C(1) << params.log2_n;
	/* What the algorithm needs, and a little for itself; OpenSSL's own limit is 32 MiB. */
	uint64_t memory = BLOCK_BYTES * (uint64_t)params.r * (cost + params.p + 16);
	return EVP_PBE_scrypt((const char *)password.ptr, password.len, salt.ptr, salt.len, cost, params.r, params.p,
			      memory, out, n) == 1;
}
