/*
 * server: the network side of one worker; what main wires to an app.
 *
 * Nouns: see config.h; a reload takes a new certificate for new connections; a drain stops accepting,
 * tells every connection to end after the requests under way (GOAWAY, Connection: close) and cuts what is
 * left after limits.drain_ms.
 *
 * Ownership: the server owns its listeners and connections; it borrows the event base and the app's arg,
 * which must outlive it. One server per base and thread. SIGPIPE is set to be ignored.
 * Errors: net_server_new NULL, net_server_reload -1; the reason is logged.
 */
#ifndef PAIDAN_NET_SERVER_H
#define PAIDAN_NET_SERVER_H

#include <event2/event.h>

#include "net/config.h"
#include "net/http.h"

struct net_server;

struct net_server *net_server_new(struct event_base *base, const struct net_config *config, const struct http_app *app);
/* Closes everything; the app hears `gone` of every exchange. NULL-safe. Not from an app call. */
void net_server_free(struct net_server *s);

/* The ports bound; -1: there is no such port. */
int net_server_tls_port(const struct net_server *s);
int net_server_clear_port(const struct net_server *s);

/* On failure the certificate in use stays. */
int net_server_reload(struct net_server *s, const char *cert_file, const char *key_file,
		      const struct net_client_certs *clients);

/* done(arg) comes from the event loop, once the last connection is gone. */
void net_server_drain(struct net_server *s, void (*done)(void *arg), void *arg);

/* Always current, valid as long as the server. */
const struct net_stats *net_server_stats(const struct net_server *s);

#endif
