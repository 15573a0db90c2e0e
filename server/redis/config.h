/*
 * config: where a Redis is and how to talk to it.
 *
 * Ownership: every pointer is borrowed and must outlive whatever was made from the config.
 */
#ifndef PAIDAN_REDIS_CONFIG_H
#define PAIDAN_REDIS_CONFIG_H

#include <stdint.h>

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

struct redis_config {
	const char *unix_path; /* set: a unix socket; host, port and tls are not looked at */
	const char *host;      /* a name or an address */
	uint16_t port;
	const char *user;       /* of the ACL; NULL: "default" */
	const char *password;   /* NULL: no AUTH */
	struct ssl_ctx_st *tls; /* from redis_tls_new; NULL: plain TCP */
	const char *tls_name;   /* the name the certificate must carry; NULL: host */
	/* A connection attempt, its set-up included, and a command's answer may take this long;
	 * 0: LIMIT_REDIS_CONNECT_MS, LIMIT_REDIS_COMMAND_MS. */
	uint32_t connect_timeout_ms;
	uint32_t command_timeout_ms;
	/* A commit counts when this many replicas have it too; waited for this long. */
	uint32_t replicas;
	uint32_t replicas_timeout_ms;
	/* For the jitter of reconnects. */
	uint32_t (*random)(void *arg);
	void *random_arg;
};

#endif
