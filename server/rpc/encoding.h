/*
 * encoding: what a client says of the encodings that it can read.
 *
 * Nouns: we speak gzip and identity; whatever else a list names is passed over. A list may stand in one
 * header or in several of the same name; an item with weight 0 is not in it. In an ordered list (Connect,
 * HTTP) the first of the two is what the client likes best; gRPC's lists have no order.
 * Ownership: everything is borrowed.
 * Errors: none.
 */
#ifndef PAIDAN_RPC_ENCODING_H
#define PAIDAN_RPC_ENCODING_H

#include "rpc/route.h"

enum encoding_wish {
	ENCODING_UNSAID, /* no such header */
	ENCODING_PLAIN,
	ENCODING_GZIP,
};

enum encoding_wish encoding_wish(const struct http_request *request, struct slice header, bool ordered);

#endif
