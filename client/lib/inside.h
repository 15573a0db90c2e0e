/*
 * inside: the structs of a channel, shared by channel.c, call.c, conn.c and stream.c only.
 *
 * Who does what: channel.c keeps the connections up and gives waiting calls to them; call.c knows a
 * call's phases, deadline and retries; conn.c moves bytes between the socket, TLS and the HTTP/2
 * session; stream.c is the calls' side of the session: its callbacks only record.
 *
 * Nouns: a call is FREE (pooled), NEW (being filled), WAITING for a connection, SENT (a stream of its
 * connection), PAUSED before another attempt, or ENDED (its on_done is due), and always in the list that
 * its phase names. A round is one go at opening the connections that are missing.
 *
 * The turn: whatever happens only marks what is to be done and activates the channel's settle event;
 * that runs after the other events of this turn of the loop, delivers, gives out waiting calls, writes
 * what the connections have to say (one write for all that piled up) and frees dead connections. So no
 * callback of the user runs inside the HTTP/2 library, and nothing is freed under a caller's feet.
 *
 * Ownership: the channel owns calls and connections. Errors: see channel.h.
 */
#ifndef PAIDAN_CLIENT_INSIDE_H
#define PAIDAN_CLIENT_INSIDE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "channel.h"
#include "resolve.h"
#include "target.h"
#include "tls.h"

enum {
	GRPC_PREFIX_BYTES = 5,
	/* As long as a metadata value of "resident/<id>" gets. */
	ACT_AS_BYTES = 96,
	/* The most that is kept of grpc-message and grpc-status-details-bin together. */
	STATUS_BYTES = 16384,
	/* Fits the 29 characters of an HTTP date. */
	DATE_BYTES = 32,
	READ_BYTES = 64 * 1024,
	/* Output beyond this waits in the session until the socket has taken what there is. */
	OUT_BYTES = 256 * 1024,
	STREAM_WINDOW_BYTES = 1024 * 1024,
	CONN_WINDOW_BYTES = 16 * 1024 * 1024,
};

#define NS_PER_MS 1000000ull

enum call_phase { CALL_FREE, CALL_NEW, CALL_WAITING, CALL_SENT, CALL_PAUSED, CALL_ENDED };

struct call {
	struct call *prev, *next;
	struct channel *channel;
	struct conn *conn; /* while SENT */
	enum call_phase phase;
	int32_t stream_id;
	struct call_options options;
	char act_as[ACT_AS_BYTES];
	uint64_t started_ns;
	uint64_t deadline_ns; /* 0: none */
	uint64_t retry_ns;    /* while PAUSED */
	unsigned attempts;
	bool maybe_done; /* an attempt was sent whose fate is unknown */
	bool cancelled;  /* by its own callback */
	bool timer_on;
	struct event timer;

	struct buf request; /* with the gRPC prefix */
	size_t request_sent;

	/* The reply of this attempt. */
	struct buf reply;  /* whole and partial messages with their prefixes */
	size_t scanned;    /* where the first partial message begins */
	size_t precredit;  /* bytes that call_consumed must not count again */
	unsigned messages; /* that came */
	bool delivered;    /* one went to on_message */
	bool readable;     /* in the channel's list of that name */
	bool grpc;         /* the content type says so */
	bool has_status;
	bool violated; /* error holds what this side found wrong with the reply */
	int http_status;
	enum grpc_code status;
	struct buf texts; /* grpc-message, then grpc-status-details-bin */
	size_t message_at, message_len, details_at, details_len;

	struct rpc_error error;
};

struct call_list {
	struct call *head, *tail;
};

enum conn_phase { CONN_CONNECTING, CONN_HANDSHAKE, CONN_READY, CONN_DRAINING, CONN_DEAD };

struct conn {
	struct channel *channel;
	struct conn *next; /* in the channel's list of draining or dead connections */
	struct conn *next_dirty;
	unsigned slot;
	enum conn_phase phase;
	bool greeted; /* the server's SETTINGS came */
	bool dirty;   /* the session may have something to say */
	bool write_wanted;
	bool ping_out;
	int fd;
	SSL *ssl; /* NULL on the loopback port */
	nghttp2_session *session;
	const struct addrinfo *address; /* being tried */
	struct event read_event, write_event, timer;
	uint64_t read_ns; /* when something came last */
	struct buf out;
	size_t out_sent;
	struct call_list calls;
	unsigned in_flight;
	struct rpc_error error; /* why it is dead */
	bool permanent;         /* trying again can't help */
};

struct channel {
	struct event_base *base;
	struct target target;
	struct tls *tls;
	char *authorization; /* "Bearer <key>" or NULL */
	char *tenant;        /* or NULL */
	char *trace;         /* or NULL */
	char *agent;
	uint32_t connect_timeout_ms;
	size_t max_reply_bytes;
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	struct conn **slots; /* NULL where a connection is missing */
	unsigned n_slots;
	unsigned next_slot;  /* where pick goes on */
	unsigned connecting; /* of this round */
	unsigned failures;   /* rounds in a row */
	bool wanted;
	bool backoff_on;
	struct event backoff;
	struct resolve *resolve;
	struct addrinfo *addresses;
	struct conn *draining, *dead, *dirty;

	struct call_list waiting, paused, readable, ended, unstarted, pool;
	struct call *delivering;
	struct event settle;
	uint64_t rng;
	char date[DATE_BYTES];
	int64_t date_local_ms;
	struct channel_stats stats;
	uint8_t scratch[READ_BYTES]; /* for reading; empty between turns */
};

uint64_t clock_ns(void);

/* Of the message whose gRPC prefix this is. */
static inline size_t message_len(const uint8_t *prefix)
{
	return (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4];
}

/* channel.c */
void channel_settle_soon(struct channel *c);
void channel_mark_dirty(struct conn *conn);
/* A number in [0, below). */
uint64_t channel_random(struct channel *c, uint64_t below);
/* From conn.c: it can take calls now; it will take no more; it is dead (conn->error says why). */
void channel_conn_ready(struct conn *conn);
void channel_conn_draining(struct conn *conn);
void channel_conn_dead(struct conn *conn);

/* call.c */
void call_list_add(struct call_list *list, struct call *call);
void call_list_remove(struct call_list *list, struct call *call);
/* Into the list of the phase, out of the one it was in. */
void call_move(struct call *call, enum call_phase phase);
void call_set_readable(struct call *call, bool readable);
/* This attempt is over; call->error says how. Pauses the call for another or ends it. `worked_on`: the
 * server may have. */
void call_attempt_over(struct call *call, bool worked_on);
/* Its connection is dead. */
void call_conn_lost(struct call *call);
/* A round of connecting failed: one attempt of a waiting call. */
void call_not_connected(struct call *call, const struct rpc_error *error, bool permanent);
/* Runs the callbacks that are due. */
void calls_deliver(struct channel *c);
void call_destroy(struct call *call);

/* conn.c */
struct conn *conn_open(struct channel *c, unsigned slot);
/* Writes what the session and the buffer hold, as far as the socket takes it. */
void conn_flush(struct conn *conn);
/* Ends it; the channel learns about it at once, the memory goes at the end of the turn. */
void conn_fail(struct conn *conn, bool permanent);
void conn_destroy(struct conn *conn);
bool conn_has_room(const struct conn *conn);

/* stream.c */
int stream_callbacks(nghttp2_session_callbacks **callbacks);
/* Sends an attempt of the call on the connection. -1: the session takes no more. */
int stream_submit(struct conn *conn, struct call *call);
/* Forgets the call's stream and resets it. */
void stream_reset(struct call *call);
/* Gives stream credit back. */
void stream_consume(struct call *call, size_t bytes);
/* A message larger than half the window can't wait for its reader: what came of it counts as read, so that
 * the rest may come. */
void stream_credit_large(struct call *call);
/* The status of a finished attempt into call->error. error_code: NGHTTP2_* of the stream's end. */
void stream_outcome(struct call *call, uint32_t error_code);

#endif
