/*
 * h2: HTTP/2 of one connection, on an nghttp2 session. Private to net.
 *
 * Nouns: the guard counts abuse (h2_guard.h), the pings are counted by h2_pings.h; the notice is the first of the two
 * GOAWAYs of a drain, which says "no more, please" and lets requests under way still in; the PING sent behind it comes
 * back when the peer has seen it, and then the final GOAWAY says where we stopped.
 *
 * Rules that nghttp2 1.52 sets: its callbacks only record (no send, no receive, no free inside one);
 * RST_STREAM(NO_ERROR) goes out only after END_STREAM was sent; a body with trailers ends with
 * EOF | NO_END_STREAM and then nghttp2_submit_trailer. A session that ran out of memory must not be
 * deleted: it may hold an item twice (an item whose stream could not be scheduled) and would free it twice.
 *
 * Ownership: an h2 belongs to its conn. h2_shared has what all sessions of a worker share.
 * Errors: h2_new, h2_shared_new NULL without memory. A session that can't go on (protocol error, abuse)
 * sends GOAWAY and is then `finished`.
 */
#ifndef PAIDAN_NET_H2_H
#define PAIDAN_NET_H2_H

#include <nghttp2/nghttp2.h>

#include "net/conn.h"
#include "net/h2_guard.h"
#include "net/h2_mem.h"
#include "net/h2_pings.h"

struct h2_shared {
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *options;
	struct h2_mem mem;
};

/* What the PING of a drain carries. */
extern const uint8_t h2_drain_ping[8];

enum h2_drain { H2_DRAIN_NO, H2_DRAIN_NOTICE, H2_DRAIN_FINAL };

struct h2 {
	struct conn *conn;
	nghttp2_session *session;
	struct h2_guard guard;
	struct h2_pings pings;
	int32_t last_stream_id; /* the highest that HEADERS have named */
	enum h2_drain drain;
	int64_t notice_ms;
	int64_t now_ms;  /* of the call under way, for callbacks */
	struct buf *out; /* of the fill under way, for callbacks */
	bool greeted;
	bool probed; /* asked whether it is still there */
	bool broken; /* receives nothing any more; finished once all is sent */
	bool dead;   /* can't even send */
	bool ruined; /* the library ran out of memory */
};

extern const struct conn_protocol h2_protocol;

struct h2_shared *h2_shared_new(struct net_shared *shared);
void h2_shared_free(struct h2_shared *s);

void *h2_new(struct conn *conn, int64_t now_ms);

/* A call of the library failed: the session is over when the error is a fatal one. */
void h2_failed(struct h2 *h, int error);

/* The peer went too far: GOAWAY(ENHANCE_YOUR_CALM) with the reason, once, and the end. Not inside a callback. */
void h2_expel(struct h2 *h, const char *why);

/* h2_send.c */
void h2_send_callbacks(nghttp2_session_callbacks *callbacks);
void h2_fill(void *p, struct buf *out, int64_t now_ms);

#endif
