/*
 * peer: the address that a request comes from, behind proxies that are trusted to say so.
 *
 * Nouns: X-Forwarded-For is a list to which each proxy adds the address that it heard from, at its end. What stands
 * before the entry of a trusted proxy is anybody's word. So the list is read from its end, as long as whoever spoke is
 * trusted: the first address that is not a trusted proxy's is the peer, and so is the last one before something that is
 * no address. Nobody trusts anybody by default.
 * Ownership: the text is the caller's; without a proxy the request's own address is answered.
 * Errors: peer_proxies_parse false for what is no list of networks (base/cidr.h), or for too many.
 */
#ifndef PAIDAN_RPC_PEER_H
#define PAIDAN_RPC_PEER_H

#include "base/cidr.h"
#include "rpc/route.h"

enum { PEER_CHARS = 46, PEER_PROXIES = 32 };

struct peer_proxies {
	struct cidr networks[PEER_PROXIES];
	size_t n;
};

/* Words with blanks or commas between; NULL: none. */
bool peer_proxies_parse(const char *list, struct peer_proxies *out);
const char *peer_find(const struct peer_proxies *proxies, const struct http_request *request, char text[PEER_CHARS]);

#endif
