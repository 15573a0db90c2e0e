/*
 * http: what the layers above net see of a connection: one request and its response at a time.
 *
 * Nouns: an exchange is one request with its response, on HTTP/1.1 or HTTP/2; the app is what answers
 * exchanges (rpc, metrics, static files behind one router); its state is the pointer it returned from
 * `begin`.
 *
 * Order of calls into the app: begin, body*, end; writable at any time after begin; then exactly one
 * `gone`, after which neither side touches the exchange or the state again. `gone` comes after the
 * response was sent completely or the exchange failed (reset, disconnect, drain, protocol error).
 * The app may answer (http_respond…) inside any of the calls or later. Nothing is sent and no app call
 * is made re-entrantly: output leaves after the library callbacks have returned.
 *
 * net answers for the app when a request breaks a bound while it comes in (408, 413, 503): the app then hears
 * nothing but `gone`, not completed. Requests that never were one (400, 414, 431) don't reach the app.
 *
 * Ownership: strings of a request are valid until `gone`. What is passed to http_* is copied.
 * Errors: http_* calls on an exchange whose peer has gone do nothing until `gone` tells the app; so do calls
 * out of order (a second response, a write before it or behind its end). A response with more than
 * LIMIT_HEADERS headers or without memory for its copy is aborted.
 */
#ifndef PAIDAN_NET_HTTP_H
#define PAIDAN_NET_HTTP_H

#include "base/slice.h"

struct http_exchange;

enum { HTTP_ADDED_HEADERS = 8 };

struct http_header {
	struct slice name; /* lower case */
	struct slice value;
	bool once; /* of a response: hardly any other has this value, so that no table should remember it */
};

/* Who the peer is, by a certificate that was checked against the configured authorities: its names, "uri:…" and
 * "dns:…" (in lower case), and when it ends. */
enum { HTTP_CLIENT_NAMES = 8, HTTP_CLIENT_NAME_BYTES = 204 };
struct http_client {
	struct slice names[HTTP_CLIENT_NAMES];
	size_t n_names;
	int64_t until_ms;
	char texts[HTTP_CLIENT_NAMES][HTTP_CLIENT_NAME_BYTES]; /* net's */
};

struct http_request {
	struct slice method;
	struct slice path;  /* without the query */
	struct slice query; /* behind '?', may be empty */
	struct slice authority;
	const struct http_header *headers;
	size_t n_headers;
	int64_t content_length; /* -1: not announced */
	bool h2;
	bool tls;
	bool loopback;                    /* came in over the cleartext loopback port */
	const struct http_client *client; /* NULL: it showed no certificate */
	const char *peer;                 /* address text, for logs and back-off */
};

struct http_app {
	void *arg;
	/* The request's headers are complete. The returned state (not NULL) goes into all later calls. */
	void *(*begin)(void *arg, struct http_exchange *x, const struct http_request *request);
	/* A piece of the body. When the app cannot take more it answers with an error; net bounds what
	 * it buffers by flow control (h2 window, h1 read pause) on its own. */
	void (*body)(void *state, struct slice piece);
	/* The request is complete. */
	void (*end)(void *state);
	/* http_pending_bytes has fallen below the low-water mark (limits.h) after having been above it. */
	void (*writable)(void *state);
	/* completed: the response was sent whole. Frees the state. */
	void (*gone)(void *state, bool completed);
};

/* The value of the first header of that (lower-case) name, or the empty slice with NULL ptr. */
struct slice http_header(const struct http_request *request, struct slice name);

/* A header that goes along with whatever response follows, one that net gives itself (408, 413) included. Before
 * the response; at most HTTP_ADDED_HEADERS, more are left out. */
void http_add_header(struct http_exchange *x, struct slice name, struct slice value);
/* Status and headers; once. content-length, date and connection handling are net's job where the
 * protocol wants them (the app's are left out, as is a header whose name is no token; names are sent in
 * lower case, control bytes in values become spaces): with `end` the body is empty; a body of unknown
 * length is chunked on h1. To HEAD, and with 204 and 304, no body is sent whatever is written. */
void http_respond(struct http_exchange *x, int status, const struct http_header *headers, size_t n, bool end);
/* Status, headers and the complete body in one go (content-length is set). */
void http_respond_body(struct http_exchange *x, int status, const struct http_header *headers, size_t n,
		       struct slice body);
/* A piece of the response body. */
void http_write(struct http_exchange *x, struct slice piece);
/* Ends the response; trailers (n may be 0) go as h2 trailers or, on h1, as chunked trailers (HTTP/1.0 has
 * none: they are left out). */
void http_finish(struct http_exchange *x, const struct http_header *trailers, size_t n);
/* Gives up on the exchange: RST_STREAM(INTERNAL_ERROR) on h2, connection close on h1. */
void http_abort(struct http_exchange *x);
/* Response bytes accepted but not yet handed to TLS. */
size_t http_pending_bytes(const struct http_exchange *x);

#endif
