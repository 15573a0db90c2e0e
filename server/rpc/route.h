/*
 * route: what stands behind a path, for everything that is served over HTTP: RPCs, pages, files.
 *
 * Nouns: a route's state is what the router hands to net for an exchange; it begins with its ops, so the
 * router needs no table of its own to find who goes on with an exchange.
 * Ownership: a state belongs to its route, which frees it in `gone`.
 * Errors: none.
 */
#ifndef PAIDAN_RPC_ROUTE_H
#define PAIDAN_RPC_ROUTE_H

#include "net/http.h"

struct route_state;

/* As in struct http_app; see net/http.h for the order of calls. */
struct route_ops {
	void (*body)(struct route_state *state, struct slice piece);
	void (*end)(struct route_state *state);
	void (*writable)(struct route_state *state);
	void (*gone)(struct route_state *state, bool completed);
};

struct route_state {
	const struct route_ops *ops;
};

/* What else is served beside RPCs; arg is its own. NULL: the path is not of this site. */
struct route_site {
	struct route_state *(*begin)(void *arg, struct http_exchange *x, const struct http_request *request);
	void *arg;
};

/* For who has answered at the beginning and has no use for the rest of the request; one for all such. */
struct route_state *route_answered(void);
/* Answers the exchange at once with a text. For requests without a body. */
struct route_state *route_text(struct http_exchange *x, int status, const char *content_type, struct slice body);

struct route_refusal {
	int status;
	struct http_header extra; /* name empty: none */
	const char *text;
};

/* Answers once the request has arrived, or has turned out to be long (ROUTE_DISCARD_BYTES): some clients
 * take an answer that overtakes their request for a broken stream. The texts must be static. */
struct route_state *route_refuse(struct http_exchange *x, const struct route_refusal *refusal);

enum { ROUTE_DISCARD_BYTES = 64 * 1024 };

#endif
