/*
 * rpc: the layer between HTTP and the handlers: gRPC and Connect, health, reflection, metrics.
 *
 * Nouns: a call is one RPC, from its headers to its answer (call.h); a method is what a path stands for
 * (methods.h), run by the executor or local; a stream is a call with more than one message in a direction.
 * The broker serves while the store can be reached and no drain has begun.
 *
 * Life of a call: the router finds the method (router.c) → call_begin reads the headers, the credential
 * and the deadline → the body is collected (call.c) → decoded (request.c) → executor or local method →
 * the reply is encoded (reply.c) → counted and logged (account.c). A stream stays open (stream.c).
 *
 * Where to put something new: a protocol: protocol.c, request.c and reply.c; a local method: local.c;
 * another kind of path: router.c.
 *
 * Ownership: rpc borrows everything in its config until rpc_free. rpc_free after net is gone: all
 * exchanges must have ended.
 * Errors: rpc_new NULL without memory. What clients are told: err.h.
 */
#ifndef PAIDAN_RPC_RPC_H
#define PAIDAN_RPC_RPC_H

#include "rpc/metrics.h"
#include "rpc/peer.h"
#include "rpc/route.h"
#include "txn/exec.h"

struct event_base;
struct rpc;

struct rpc_config {
	struct event_base *base;
	struct exec *exec; /* NULL: local methods only */
	/* Whether the store can be reached now. */
	bool (*store_ready)(void *arg);
	void *store_ready_arg;
	const uint8_t *root_key_sha256; /* 32 bytes; NULL: there is no root key */
	struct metrics *metrics;
	struct metrics_slot *slot; /* of this process */
	/* Brings the values that others count up to date before a scrape. May be NULL. */
	void (*refresh)(void *arg);
	void *refresh_arg;
	const char *version;
	struct route_site site;      /* begin NULL: nothing but RPCs and the pages of router.c */
	const char *cors_origins;    /* cors.h; NULL: none */
	const char *trusted_proxies; /* peer.h; NULL: none */
	size_t max_message_bytes;    /* in memory, of unary RPCs under way; 0: LIMIT_MESSAGES_BYTES */
	unsigned max_requests;       /* unary RPCs under way; 0: LIMIT_RPCS_PER_WORKER */
	unsigned max_streams;        /* 0: LIMIT_WATCHES_PER_WORKER */
	uint32_t heartbeat_ms;       /* of streams without other messages; 0: RPC_HEARTBEAT_MS */
	bool metrics_public;         /* /metrics also on the TLS port */
	bool json_ignore_unknown;    /* unknown fields of JSON are skipped unless the client says otherwise */
	bool log_ok;                 /* successful RPCs are logged at info too, not only slow and failed ones */
	uint32_t slow_ms;            /* 0: never slow */
};

/* Proxies and NAT boxes forget a silent connection after a minute at the least. */
enum { RPC_HEARTBEAT_MS = 15000 };

struct rpc *rpc_new(const struct rpc_config *config);
void rpc_free(struct rpc *rpc);

/* What net is to serve. */
const struct http_app *rpc_app(const struct rpc *rpc);

/* Who asks, from a request's headers: for sites that serve what is not for everybody. from is for the peer's text.
 * Errors: those of auth.h and cookie.h. */
enum err rpc_credential(struct rpc *rpc, const struct http_request *request, struct arena *arena, char from[PEER_CHARS],
			struct credential *out, struct fault *fault);

/* New calls get UNAVAILABLE, health says NOT_SERVING, streams are ended; unary calls go on. */
void rpc_drain(struct rpc *rpc);
bool rpc_serving(const struct rpc *rpc);
/* Calls and streams under way. */
size_t rpc_in_flight(const struct rpc *rpc);

#endif
