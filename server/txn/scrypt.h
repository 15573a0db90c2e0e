/*
 * scrypt: the slow hash of passwords (RFC 7914), as OpenSSL does it.
 *
 * Nouns: the cost is log2(N); with r = 8 a hash takes 1 KiB · N of memory (128 MiB at 17) and its time
 * grows alike, so it runs beside the event loop (exec.h, exec_work), a few at once.
 * Ownership: everything is borrowed; the function may be called by any thread.
 * Errors: false without that memory, or for parameters that scrypt does not know.
 */
#ifndef PAIDAN_TXN_SCRYPT_H
#define PAIDAN_TXN_SCRYPT_H

#include "base/slice.h"

enum { SCRYPT_R = 8, SCRYPT_P = 1 };

struct scrypt_params {
	unsigned log2_n;
	unsigned r;
	unsigned p;
};

bool scrypt_run(struct slice password, struct slice salt, struct scrypt_params params, uint8_t *out, size_t n);

#endif
