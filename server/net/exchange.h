/*
 * exchange: one request with its response, as net sees it; http.h is what the app sees of it.
 *
 * Nouns: the protocol (h1 or h2) fills the request in, hands it to the app and takes the recorded
 * response out; the app only records. An exchange is begun once the app has a state for it, muted once
 * net has answered for the app, over once the protocol is done with it. Its pending bytes are the part
 * of the response body that has been recorded and not taken. Held for it are those, and the body that the app
 * was given: what a peer makes us keep, counted for its connection and for the worker. Patience is how long a
 * peer may take; it is shorter when the worker is pressed, which is when it holds more than half of what it may.
 *
 * Ownership: an exchange belongs to its connection's list from exchange_new until exchange_over, then to
 * conn_settle, which tells the app and frees it. All memory reached from it lives as long as it does.
 * Errors: exchange_new NULL without memory; exchange_header -1 when a bound is passed or without memory.
 */
#ifndef PAIDAN_NET_EXCHANGE_H
#define PAIDAN_NET_EXCHANGE_H

#include <sys/queue.h>

#include "base/buf.h"
#include "net/http.h"

struct conn;
struct net_shared;

enum {
	EXCHANGE_INLINE_HEADERS = 16, /* a gRPC request has 10 to 14 */
	EXCHANGE_INLINE_BYTES = 1024,
};

struct exchange_block {
	struct exchange_block *next;
	size_t used;
	size_t room;
	uint8_t bytes[];
};

struct http_exchange {
	struct conn *conn;
	TAILQ_ENTRY(http_exchange) link; /* in conn's exchanges, later in conn's over */
	TAILQ_ENTRY(http_exchange) ready_link;
	TAILQ_ENTRY(http_exchange) notice_link;
	bool in_ready;
	bool in_notices;

	/* the request */
	struct http_request request;
	struct http_header *headers; /* inline_headers, or room for all that are allowed */
	size_t header_room;
	size_t header_bytes; /* as RFC 9113 6.5.2 counts them: name + value + 32 */
	bool too_many_headers;
	bool begun;
	bool received; /* the request is complete */
	bool muted;
	int64_t since_ms; /* when the request began to arrive */
	int64_t body_bytes;
	int64_t held_bytes;
	int32_t stream_id; /* h2 */
	void *state;

	/* the response, as recorded */
	bool responded;
	bool body_less; /* ends with the head */
	bool finished;
	bool aborted;
	int status;
	struct http_header *added; /* room for HTTP_ADDED_HEADERS, NULL: none */
	size_t n_added;
	struct http_header *head; /* with those added */
	size_t n_head;
	int64_t head_length; /* content-length to announce, -1: not known */
	struct http_header *trailers;
	size_t n_trailers;
	struct buf body;
	size_t body_at;   /* taken so far */
	bool above_low;   /* pending passed the low-water mark; a call of writable is owed */
	int64_t stuck_ms; /* since when pending bytes wait without any being taken; 0: none wait */

	/* how far the protocol is with sending it */
	bool head_sent;
	bool deferred;  /* h2: the data provider waits for bytes */
	bool sent;      /* all of it */
	bool over;      /* in conn's over */
	bool completed; /* and ended well */

	struct exchange_block *blocks;
	size_t inline_used;
	struct http_header inline_headers[EXCHANGE_INLINE_HEADERS];
	uint8_t inline_bytes[EXCHANGE_INLINE_BYTES];
};

TAILQ_HEAD(exchange_list, http_exchange);

/* Joins the connection's list. */
struct http_exchange *exchange_new(struct conn *conn, int64_t now_ms);
/* Out of whatever list it is in; the app must have been told. */
void exchange_free(struct http_exchange *x);
/* Really frees those kept for reuse. */
void exchange_pool_free(struct net_shared *shared);

/* Memory that lives as long as the exchange; NULL without memory. */
void *exchange_alloc(struct http_exchange *x, size_t bytes);
struct slice exchange_copy(struct http_exchange *x, struct slice s, bool *failed);

/* Appends a request header; the slices must live as long as the exchange. */
int exchange_header(struct http_exchange *x, struct slice name, struct slice value);
/* `target` as on the wire: path[?query]. */
void exchange_target(struct http_exchange *x, struct slice target);

/* Calls into the app. */
void exchange_begin(struct http_exchange *x);
void exchange_body(struct http_exchange *x, struct slice piece);
void exchange_end(struct http_exchange *x);
/* Answers with an empty response of that status for the app, which hears nothing but `gone` any more; when
 * the response has begun already, aborts it. */
void exchange_refuse(struct http_exchange *x, int status);
/* The protocol has no further use for it. */
void exchange_over(struct http_exchange *x, bool completed);

static inline size_t exchange_pending(const struct http_exchange *x)
{
	return x->body.len - x->body_at;
}

static inline const uint8_t *exchange_bytes(const struct http_exchange *x)
{
	return x->body.ptr + x->body_at;
}

/* Takes n of the pending bytes. */
void exchange_taken(struct http_exchange *x, size_t n, int64_t now_ms);
/* More, or less, is held for the exchange. */
void exchange_hold(struct http_exchange *x, int64_t bytes);

struct exchange_patience {
	int64_t wait_ms;
	int64_t pace_bytes_per_ms;
};
struct exchange_patience exchange_patience(const struct net_shared *shared);
/* The request has been arriving for longer than its bound, or the peer takes next to nothing of the response. */
bool exchange_is_slow(const struct http_exchange *x, struct exchange_patience patience, int64_t now_ms);
bool exchange_is_stuck(const struct http_exchange *x, struct exchange_patience patience, int64_t now_ms);

#endif
