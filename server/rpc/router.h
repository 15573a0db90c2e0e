/*
 * router: from a path to what stands behind it.
 *
 *	POST /package.Service/Method    an RPC, its protocol by the content type
 *	GET  /package.Service/Method    Connect's GET, for methods without side effects
 *	GET  /metrics                   loopback port only, unless the config says otherwise
 *	GET  /healthz                   200 while the process runs
 *	GET  /readyz                    200 while the broker serves, else 503
 *
 * Pages of the origins that the configuration names may call from a browser (cors.h).
 * Otherwise: 404 for other paths (in the protocol's own words when the content type is an RPC's), 405 with
 * Allow for other methods, 415 with Accept-Post for other content types, 505 for gRPC without HTTP/2.
 * Ownership: see route.h. Errors: none; every exchange gets a state and an answer.
 */
#ifndef PAIDAN_RPC_ROUTER_H
#define PAIDAN_RPC_ROUTER_H

#include "rpc/inside.h"

/* The http_app whose arg is the rpc. */
struct http_app router_app(struct rpc *rpc);

#endif
