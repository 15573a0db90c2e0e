/*
 * cli_peer: a small gRPC server for the client's tests, in the client's own event loop.
 *
 * Nouns: a peer listens on a free loopback port; its handler sees each complete request and answers
 * with peer_reply, peer_fail, peer_reset …, at once or later. Requests count from 1.
 * Ownership: a request is the peer's, valid until it was answered or its connection ended.
 * Errors: an impossible set-up aborts: this is test code.
 */
#ifndef PAIDAN_TESTS_CLI_PEER_H
#define PAIDAN_TESTS_CLI_PEER_H

#include <event2/event.h>

#include "base/slice.h"

struct peer;

struct peer_request {
	struct peer *peer;
	struct peer_conn *conn;
	int32_t stream_id;
	char path[128];
	char authorization[128];
	char act_as[128];
	char timeout[32];
	char content_type[64];
	char trace[64];
	char body[4096];
	size_t body_len;
	bool answered;
	/* What is to be sent, with its trailers. */
	char *out;
	size_t out_len, out_sent;
	bool out_more; /* a stream: peer_send goes on */
	bool deferred;
	char status[16], message[256], details[2048];
	struct peer_request *next;
};

typedef void peer_handler(void *arg, struct peer_request *request);

struct peer_options {
	bool tls;
	/* Of the certificate; NULL: "localhost" and 127.0.0.1. */
	const char *name;
	bool expired;
	const char *alpn;     /* NULL: "h2" */
	uint32_t max_streams; /* 0: 100 */
};

struct peer *peer_open(struct event_base *base, const struct peer_options *options, peer_handler *handler, void *arg);
void peer_close(struct peer *p);
/* "https://localhost:PORT" or "http://127.0.0.1:PORT". */
const char *peer_url(const struct peer *p);
/* A PEM file with the certificate that signed the peer's. */
const char *peer_ca_file(const struct peer *p);
unsigned peer_requests(const struct peer *p);
unsigned peer_connections(const struct peer *p);

/* One message and status 0. */
void peer_reply(struct peer_request *r, struct slice message);
/* A message of a stream; then more, or peer_end. */
void peer_send(struct peer_request *r, struct slice message);
/* Ends with that status; message is sent as it is, details is base64 or "". */
void peer_end(struct peer_request *r, const char *status, const char *message, const char *details);
void peer_reset(struct peer_request *r, uint32_t error_code);
/* Raw bytes as the body, then status 0. */
void peer_reply_raw(struct peer_request *r, struct slice body);
/* An HTTP error without gRPC. */
void peer_http(struct peer_request *r, const char *status);
/* GOAWAY after this request; streams above last_stream_id are not processed. */
void peer_goaway(struct peer_request *r, int32_t last_stream_id);
/* Cuts the connection. */
void peer_cut(struct peer_request *r);
/* Stops listening (connects are refused) and starts again on the same port. */
void peer_pause(struct peer *p, bool paused);

#endif
