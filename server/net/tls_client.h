/*
 * tls_client: certificates of clients: the rules they are checked by, and who they say the client is. Private to
 * net.
 *
 * Nouns: the rules are the authorities and what these revoked. A resumed session was checked when it began, so
 * the rules are part of its context: under other rules there is no resumption, but a full handshake.
 * Ownership: see tls.h. Errors: false when a file can't be used; OpenSSL's queue has why.
 */
#ifndef PAIDAN_NET_TLS_CLIENT_H
#define PAIDAN_NET_TLS_CLIENT_H

#include "net/tls.h"

bool tls_client_rules(SSL_CTX *context, const struct net_client_certs *clients);

#endif
