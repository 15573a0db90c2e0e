/*
 * tls: the server side of TLS, 1.2 and later. Private to net.
 *
 * Nouns: a context holds a certificate, its key and the rules; a reload makes a new one for the
 * connections to come, while those under way keep theirs (OpenSSL counts the references).
 * A client is known by the names in its certificate, when one is asked for and was checked.
 * Ownership: the caller frees what it gets.
 * Errors: tls_new NULL (the files, or the two do not belong together; logged); tls_session NULL without
 * memory.
 */
#ifndef PAIDAN_NET_TLS_H
#define PAIDAN_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "net/config.h"
#include "net/http.h"

/* ticket_key: NET_TICKET_KEY_BYTES. */
SSL_CTX *tls_new(const char *cert_file, const char *key_file, const struct net_client_certs *clients,
		 const uint8_t *ticket_key);
SSL *tls_session(SSL_CTX *context);
/* Who the client is, after the handshake; to be freed with free(). NULL: it showed no certificate, one without
 * names, or there is no memory. */
struct http_client *tls_client(SSL *ssl);
/* What ALPN agreed on; without ALPN it is HTTP/1.1. */
bool tls_is_h2(const SSL *ssl);
/* The reason of the last failure on this thread, for a log line. */
const char *tls_error(void);
/* Whether a handshake failed because the peer speaks HTTP without TLS. */
bool tls_heard_http(void);

#endif
