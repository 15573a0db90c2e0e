/*
 * tls: the client side of TLS to an external Redis.
 *
 * Nouns: a context holds the trusted authorities and, optionally, a client certificate; a session is
 * one connection's.
 * Ownership: the caller owns the context (redis_tls_free) and the session.
 * Errors: NULL; redis_tls_new writes why into `why`.
 */
#ifndef PAIDAN_REDIS_TLS_H
#define PAIDAN_REDIS_TLS_H

#include <stddef.h>

struct ssl_ctx_st;
struct ssl_st;

/* ca_file NULL: the system's authorities. cert_file and key_file: NULL, or both (mutual TLS). */
struct ssl_ctx_st *redis_tls_new(const char *ca_file, const char *cert_file, const char *key_file, char *why,
				 size_t why_bytes);
void redis_tls_free(struct ssl_ctx_st *ctx);
/* A session that accepts only a certificate for `name`, a host name or an address. */
struct ssl_st *redis_tls_session(struct ssl_ctx_st *ctx, const char *name);

#endif
