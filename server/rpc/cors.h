/*
 * cors: which web pages may call the broker from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).
 *
 * Nouns: an origin is what a browser says a page came from, "https://desk.example" or with a port; origins are a
 * list of them with blanks or commas between, "*" for any, "" for none, which is what nobody has asked for. A
 * preflight is the OPTIONS request with which a browser asks before the call itself.
 * Credentials are bearer keys that a script sets itself; cookies play no part, so a page can't use somebody
 * else's.
 * Ownership: everything is borrowed; headers go to net at once.
 * Errors: none. A page that may not call gets an answer without these headers: its browser keeps it from it.
 */
#ifndef PAIDAN_RPC_CORS_H
#define PAIDAN_RPC_CORS_H

#include "rpc/route.h"

/* Whether every word of a list is an origin or "*". */
bool cors_is_list(const char *origins);
/* Before anything answers: the headers that let an allowed page read whatever the answer is. True: it may. */
bool cors_admit(const char *origins, struct http_exchange *x, const struct http_request *request);
/* What an admitted page is told beside that if this is a preflight; methods as in Allow. */
void cors_preflight(struct http_exchange *x, const struct http_request *request, struct slice methods);

#endif
