/*
 * jwk: a JWK set (RFC 7517), as an issuer publishes it, to the keys that tokens are checked with.
 *
 * Taken: OKP/Ed25519 (EdDSA) and EC/P-256 (ES256) keys for signing, each with a kid that no other has. Keys
 * of other types, other curves or other uses are passed over, for issuers publish those too. A private or
 * symmetric key in the set is an accident that is not to be overlooked.
 * Ownership: the keys lie in the arena.
 * Errors: ERR_FIELD_INVALID (no JWK set, a key that is none, a kid missing or twice, a private key),
 * ERR_FIELD_REQUIRED (no key to use), ERR_FIELD_OUT_OF_RANGE (more than LIMIT_ISSUER_KEYS), with the field.
 */
#ifndef PAIDAN_TXN_JWK_H
#define PAIDAN_TXN_JWK_H

#include "base/arena.h"
#include "base/err.h"
#include "paidan_pb.h"

/* Reads and writes what IssuerKeyRecord.algorithm and public_key hold: see sign.h. */
enum err jwk_read_set(struct arena *a, struct slice json, const char *field, struct fault *fault,
		      IssuerKeyRecord ***keys, size_t *n);
/* The key as it is published. */
Jwk *jwk_view(struct arena *a, const IssuerKeyRecord *key);

#endif
