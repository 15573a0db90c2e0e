/*
 * sign: signatures of tokens: Ed25519 (RFC 8032) and ECDSA on P-256 with SHA-256 (FIPS 186), as JOSE has
 * them (RFC 7518, 8037). OpenSSL does the work; what it needs lives for the call only.
 *
 * Nouns: a public key is 32 bytes (Ed25519) or 64 (P-256: x, then y); a signature is 64 bytes of either kind
 * (P-256: r, then s); a seed is the private half of an Ed25519 key.
 * Errors: false: the key is none (a point off the curve), the signature is wrong, OpenSSL has no memory.
 */
#ifndef PAIDAN_TXN_SIGN_H
#define PAIDAN_TXN_SIGN_H

#include "base/slice.h"

enum sign_algorithm { SIGN_NONE, SIGN_EDDSA, SIGN_ES256 };
enum { SIGN_BYTES = 64, SIGN_ED25519_BYTES = 32, SIGN_P256_BYTES = 64 };

/* "EdDSA", "ES256"; anything else is SIGN_NONE. */
enum sign_algorithm sign_algorithm_of(struct slice name);
const char *sign_algorithm_name(enum sign_algorithm algorithm);

/* Whether these bytes are a public key of that kind. */
bool sign_key_is_good(enum sign_algorithm algorithm, struct slice public_key);
bool sign_verify(enum sign_algorithm algorithm, struct slice public_key, struct slice message, struct slice signature);

/* Ed25519 only: what the broker signs itself. */
bool sign_public_of(const uint8_t seed[SIGN_ED25519_BYTES], uint8_t public_key[SIGN_ED25519_BYTES]);
bool sign_make(const uint8_t seed[SIGN_ED25519_BYTES], struct slice message, uint8_t signature[SIGN_BYTES]);

#endif
