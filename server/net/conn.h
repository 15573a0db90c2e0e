/*
 * conn: one connection, from accept to close. Private to net.
 *
 * Nouns: a protocol (h1 or h2) turns bytes into exchanges and recorded responses into bytes; the conn
 * owns the socket, decides which protocol speaks, moves the bytes and minds the clock. An exchange is
 * ready when the app has recorded something the protocol has not seen; a notice is a call the app is
 * owed. The backlog is output the socket did not take yet.
 *
 * Life: HANDSHAKE (TLS) or SNIFF (cleartext) → OPEN → LINGER (all sent, waiting for the peer to close)
 * → CLOSED; conn_set_state is the only place that changes it.
 *
 * Re-entrancy: a protocol's calls only record or build bytes; the app is called from `receive` and from
 * conn_settle; what the app records makes the conn dirty, and it is flushed at the end of the turn.
 *
 * Ownership: a conn belongs to its net_shared's list and is freed by it, after conn_close, at the end of
 * the turn. Errors: conn_new NULL (no memory); the caller still owns fd and ssl.
 */
#ifndef PAIDAN_NET_CONN_H
#define PAIDAN_NET_CONN_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "net/exchange.h"
#include "net/shared.h"
#include "net/sock.h"

enum conn_state { CONN_HANDSHAKE, CONN_SNIFF, CONN_OPEN, CONN_LINGER, CONN_CLOSED };

/* What a protocol offers. `p` is what its *_new returned. */
struct conn_protocol {
	/* Bytes from the peer; len 0: go on with what was kept back (conn's `resume`). */
	void (*receive)(void *p, const uint8_t *bytes, size_t len, int64_t now_ms);
	/* The peer sends no more; exchanges that can't end well any more are to be over. */
	void (*eof)(void *p);
	/* Appends what can be sent now, about NET_WRITE_BYTES at most. */
	void (*fill)(void *p, struct buf *out, int64_t now_ms);
	/* Nothing is left to do: close once all is sent. */
	bool (*finished)(const void *p);
	/* Take no new exchanges, end the connection after those under way. */
	void (*drain)(void *p);
	/* About once a second. */
	void (*tick)(void *p, int64_t now_ms);
	/* The peer has shown that it speaks the protocol. */
	bool (*greeted)(const void *p);
	void (*destroy)(void *p);
};

struct conn {
	TAILQ_ENTRY(conn) all_link;
	TAILQ_ENTRY(conn) turn_link; /* in dirty, again or dead */
	struct conn_list *turn_list; /* which of them, or NULL */
	struct net_shared *shared;
	enum conn_state state;
	bool clear; /* came in over the cleartext port */
	bool draining;
	bool resume; /* the protocol has kept input back and can go on with it */
	bool eof;    /* the peer sends no more */
	const struct conn_protocol *protocol;
	void *p;
	struct exchange_list exchanges;
	int64_t held_bytes; /* for them, see exchange.h */
	struct exchange_list over;
	TAILQ_HEAD(, http_exchange) ready;
	TAILQ_HEAD(, http_exchange) notices;
	int64_t since_ms;  /* when the state began */
	int64_t active_ms; /* last byte in or exchange over */
	int64_t stuck_ms;  /* since when the socket takes nothing; 0: it does */
	struct buf backlog;
	size_t backlog_at;
	size_t discarded_bytes; /* while lingering; while sniffing, those in sniffed */
	struct sock sock;
	uint8_t sniffed[24]; /* up to the length of HTTP/2's preface */
	size_t n_sniffed;
	char peer[INET6_ADDRSTRLEN];
	struct http_client *client; /* NULL: no certificate */
};

struct conn *conn_new(struct net_shared *shared, int fd, SSL *ssl, const struct sockaddr *peer);
/* Writes what the protocol has; called by shared at the end of a turn. */
void conn_flush(struct conn *c, int64_t now_ms);
/* Goes on reading where the turn's share ended; called by shared. */
void conn_read(struct conn *c, int64_t now_ms);
void conn_drain(struct conn *c);
void conn_tick(struct conn *c, int64_t now_ms);
/* At once; the app hears `gone` for every exchange. Freed at the end of the turn. */
void conn_close(struct conn *c);
/* For shared only. */
void conn_free(struct conn *c);

/* For exchanges and protocols. */

/* The app recorded something. */
void conn_ready(struct conn *c, struct http_exchange *x);
/* The protocol has bytes to send. */
void conn_wake(struct conn *c);
/* The next ready exchange, taken off the list; NULL when there is none. */
struct http_exchange *conn_next_ready(struct conn *c);
/* Reading goes on, or waits until the protocol has room. */
void conn_pause(struct conn *c, bool pause);

#endif
