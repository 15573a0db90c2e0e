/*
 * auth: what a request brings to be let in.
 *
 *	Authorization: Bearer pdk_<tenant>_<key id>_<secret>     an API key of a tenant
 *	Authorization: Bearer pds_<tenant>_<session>_<secret>    an operator's session
 *	Authorization: Bearer <JWT>                              a resident's or member's token (txn/token.h)
 *	Authorization: Bearer <root key>                         the root key of this server
 *	X-Paidan-Tenant: <tenant>                                whom the root key, or nobody, speaks to; and a
 *	                                                         token that has no audience "paidan://<tenant>"
 *	X-Paidan-Session: desk | member | resident               (no Authorization) the session in the page's cookie
 *	(no Authorization, but a client's certificate)           a backend that is registered by one of its names
 *	X-Paidan-Act-As: resident/<id> | member/<id>             for whom a backend acts
 *
 * Authorization counts before a certificate, which then says nothing: it may be that of a proxy. A certificate's
 * tenant is the header's, or that of its first name "uri:paidan://<tenant>/…".
 * Only the form is judged here; whether a key is valid, and for what, the executor decides from the
 * tenant's records. Of a secret nothing but its SHA-256 goes on. The root key is compared by hash, in
 * constant time.
 * Ownership: the credential borrows the request's headers, and has its parsed token in the arena. An auth is used by
 *one thread. Errors: those of jwt.h for a token; ERR_UNAUTHENTICATED for another scheme, a malformed key, a wrong root
 *key; ERR_FIELD_INVALID for a malformed act-as or tenant. No Authorization at all is CREDENTIAL_NONE, which speaks to
 *the tenant of the header, too.
 */
#ifndef PAIDAN_RPC_AUTH_H
#define PAIDAN_RPC_AUTH_H

#include "txn/exec.h"

enum { AUTH_SHA256_BYTES = 32 };

struct auth;

/* root_sha256: of the root key, NULL: there is none. NULL without memory. */
struct auth *auth_new(const uint8_t *root_sha256);
void auth_free(struct auth *a);

struct auth_headers {
	struct slice authorization;
	struct slice tenant;
	struct slice act_as;
	struct arena *arena;            /* guarded */
	const struct slice *cert_names; /* of a certificate that TLS has checked */
	size_t n_cert_names;
	int64_t cert_until_ms;
	struct slice session; /* of a cookie (cookie.h); empty: none */
};

enum err auth_credential(struct auth *a, const struct auth_headers *headers, struct credential *out,
			 struct fault *fault);
/* Whether a text has the form of a tenant id. */
bool auth_is_tenant(struct slice text);
/* False without memory. */
bool auth_sha256(struct auth *a, struct slice bytes, uint8_t out[AUTH_SHA256_BYTES]);

#endif
