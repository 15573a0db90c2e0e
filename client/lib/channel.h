/*
 * channel: gRPC calls over HTTP/2, event-driven.
 *
 * For libpaidan's blocking API, and for whatever needs thousands of calls in flight at once. Bytes in,
 * bytes out: messages are encoded and decoded by the caller.
 *
 * Nouns: a channel is one server (URL), one key and a number of connections, opened when the first call
 * needs them and again when they are lost; a call is one RPC, unary or server-streaming, with its
 * deadline and its retries; an attempt is one sending of it.
 *
 * Life of a call: channel_call gives one, call_message the room for its request, call_start sends it on
 * its way; then on_message for each message of the reply, and exactly one on_done, after which the call
 * must not be touched. call_cancel ends it without any callback. Callbacks run from the event loop, never
 * inside a function of this header; they may start and cancel calls but not close the channel.
 *
 * Retries: an attempt that the server has certainly not worked on (no connection, GOAWAY, REFUSED_STREAM)
 * is repeated; one that failed with UNAVAILABLE otherwise, or with the reason CONFLICT, is repeated when
 * the call is a read, or a write whose request id makes the server answer the same again. Nothing is
 * repeated once a message of the reply was delivered, nor beyond the deadline. A write that may have been
 * done although no reply came fails with the reason UNKNOWN_OUTCOME.
 *
 * Ownership: the channel owns its calls and reuses their memory; messages handed to callbacks are
 * borrowed for the callback. One thread.
 * Errors: struct rpc_error in on_done. channel_open: ERR_FIELD_INVALID or ERR_FIELD_REQUIRED with the
 * field ("server", "ca", "cert", "cert-key"), ERR_INTERNAL (no memory).
 */
#ifndef PAIDAN_CLIENT_CHANNEL_H
#define PAIDAN_CLIENT_CHANNEL_H

#include "rpc_error.h"

struct event_base;
struct channel;
struct call;

struct channel_options {
	struct event_base *base; /* borrowed, outlives the channel */
	const char *url;
	const char *ca_file;   /* PEM; NULL: the system's CAs */
	const char *cert_file; /* PEM of a client certificate and its key (tls.h); NULL: none */
	const char *cert_key_file;
	const char *key;             /* sent as "authorization: Bearer <key>"; NULL: none */
	const char *tenant;          /* whom a root key speaks to; NULL: the key says so itself */
	const char *trace;           /* traceparent; NULL: none */
	const char *agent;           /* user-agent; NULL: "paidan/<version>" */
	unsigned connections;        /* 0: 1 */
	uint32_t connect_timeout_ms; /* for each address; 0: 10 s */
	size_t max_reply_bytes;      /* of one message; 0: 16 MiB */
};

struct channel *channel_open(const struct channel_options *options, struct rpc_error *error);
/* Ends all calls without callbacks. NULL-safe. */
void channel_close(struct channel *c);
/* Opens the connections now, rather than with the first call. */
void channel_connect(struct channel *c);

struct channel_stats {
	uint64_t calls;    /* ended */
	uint64_t failed;   /* of them with an error */
	uint64_t attempts; /* sent */
	uint64_t connects; /* connections made ready */
	uint64_t lost;     /* connections that ended with calls in flight */
	uint64_t bytes_in; /* of HTTP/2, without TLS */
	uint64_t bytes_out;
	unsigned ready;     /* connections, now */
	unsigned in_flight; /* calls, now; waiting ones included */
};

const struct channel_stats *channel_stats(const struct channel *c);

/* The server's clock by the date header of the latest reply, seconds since 1970, and this machine's clock
 * at that moment; false when no reply had one. */
bool channel_server_time(const struct channel *c, int64_t *server_s, int64_t *local_ms);

struct call_result {
	enum grpc_code code;
	/* Of a unary call that succeeded. */
	struct slice message;
	/* When code is not GRPC_OK. */
	const struct rpc_error *error;
	/* What the server said beside it, for rpc_violations; valid during on_done. */
	struct slice details;
	/* From call_start to here, retries included. */
	uint64_t elapsed_ns;
	unsigned attempts;
};

/* One message of a streaming call. The bytes count as unread until call_consumed gives them back: a
 * reader that lags stops the server. */
typedef void call_message_fn(void *arg, struct call *call, struct slice message);
typedef void call_done_fn(void *arg, const struct call_result *result);

enum call_safety {
	CALL_READ,
	/* Carries a request id: doing it twice is doing it once. */
	CALL_WRITE,
	/* Must not be sent again after it may have been done. */
	CALL_WRITE_ONCE,
};

struct call_options {
	const char *path;    /* "/paidan.v1.OrderService/GetOrder"; outlives the call */
	const char *act_as;  /* "resident/<id>" or "member/<id>"; copied; NULL: as the key itself */
	uint32_t timeout_ms; /* 0: none */
	unsigned retries;    /* attempts after the first */
	enum call_safety safety;
	call_message_fn *on_message; /* NULL: unary */
	call_done_fn *on_done;
	void *arg;
};

/* NULL: no memory. */
struct call *channel_call(struct channel *c);
/* Room for the request of exactly that many bytes, to be filled before call_start; NULL: no memory. */
uint8_t *call_message(struct call *call, size_t bytes);
void call_start(struct call *call, const struct call_options *options);
/* Whether the head of the reply is there: what happens from then on, a stream of events tells. */
bool call_is_open(const struct call *call);
/* Also for a call that was not started. */
void call_cancel(struct call *call);
/* The reader is done with that many bytes of on_message's messages. */
void call_consumed(struct call *call, size_t bytes);

/* channel_call, call_message and call_start in one, copying the request. -1: no memory. */
int channel_send(struct channel *c, struct slice message, const struct call_options *options);

#endif
