/*
 * jwt: signed tokens (JWS compact form, RFC 7515; claims of RFC 7519) read and written. Whether a token is
 * worth anything, token.h says.
 *
 * Read strictly: three parts of base64url without padding or stray bits; a JSON object in the first two, no
 * member twice; alg EdDSA or ES256 and nothing else, a kid, no crit; iss, sub, aud and exp are there and of
 * their types.
 * Nouns: the signed part is the text before the last dot; times are ms since 1970.
 * Ownership: everything lies in the arena or is part of the text.
 * Errors: ERR_TOKEN_MALFORMED; ERR_TOKEN_ALGORITHM (alg is another one: none, HS256, RS256 …).
 */
#ifndef PAIDAN_TXN_JWT_H
#define PAIDAN_TXN_JWT_H

#include "base/arena.h"
#include "base/err.h"
#include "txn/sign.h"

enum { JWT_SHA256_BYTES = 32, JWT_AUDIENCES = 8 };

struct jwt {
	struct slice text;
	struct slice signed_part;
	struct slice signature;
	uint8_t sha256[JWT_SHA256_BYTES]; /* of the whole text */
	enum sign_algorithm algorithm;
	struct slice kid;
	struct slice id; /* jti; empty: not told */
	struct slice issuer;
	struct slice subject;
	struct slice audiences[JWT_AUDIENCES];
	size_t n_audiences;
	int64_t expires_ms;
	int64_t not_before_ms; /* 0: not told */
	int64_t issued_ms;     /* 0: not told */
};

/* Whether a bearer's text is meant to be one. */
bool jwt_looks_like(struct slice text);
enum err jwt_parse(struct arena *a, struct slice text, struct jwt *out, struct fault *fault);
bool jwt_has_audience(const struct jwt *jwt, struct slice audience);
/* "paidan://xingfu" among the audiences names the tenant "xingfu"; SLICE_NONE when none does. */
struct slice jwt_tenant(const struct jwt *jwt);
#define JWT_TENANT_URL "paidan://"

/* A token of the broker's own, EdDSA. Only id, issuer, subject, audiences[0], kid and times are looked at; the texts
 * need no escaping in JSON. ERR_INTERNAL when OpenSSL fails. */
enum err jwt_make(struct arena *a, const struct jwt *jwt, const uint8_t seed[SIGN_ED25519_BYTES], char **text);

#endif
