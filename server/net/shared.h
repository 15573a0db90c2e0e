/*
 * shared: what all connections of one worker share. Private to net.
 *
 * Nouns: a turn is one round of the event loop. During a turn connections that have something to send
 * are collected (dirty); at its end each is flushed once, so that many answers leave in one write (what was
 * answered while a connection was read leaves right behind the reading). A
 * connection that used up its share of a turn goes on in the next (again). One that is closed is freed
 * at the end of the turn (dead), because callers up the stack may still hold it.
 *
 * Ownership: the net_server owns it; connections borrow it.
 * Errors: shared_init -1 without memory.
 */
#ifndef PAIDAN_NET_SHARED_H
#define PAIDAN_NET_SHARED_H

#include <sys/queue.h>

#include <event2/event.h>

#include "base/buf.h"
#include "net/config.h"
#include "net/exchange.h"
#include "net/http.h"

struct conn;
struct h2_shared;

TAILQ_HEAD(conn_list, conn);

enum {
	/* One read: a TLS record. */
	NET_READ_BYTES = 16384,
	/* What is collected for one write: four TLS records. */
	NET_WRITE_BYTES = 65536,
	/* Reads and writes of one connection in one turn; then the others have theirs. */
	NET_ROUNDS = 4,
	/* "Sun, 06 Nov 1994 08:49:37 GMT" */
	NET_DATE_BYTES = 29,
};

struct net_shared {
	struct event_base *base;
	struct http_app app;
	struct net_limits limits; /* no zeros left */
	struct net_stats stats;

	struct conn_list all;
	struct conn_list dirty;
	struct conn_list again;
	struct conn_list dead;
	struct event *turn_end;   /* activated when there are dirty or dead ones */
	struct event *next_turn;  /* a timer of 0 ms: for those in again */
	void (*on_freed)(void *); /* a connection was freed */
	void *on_freed_arg;

	int64_t held_bytes;         /* for all exchanges, see exchange.h */
	struct exchange_list spare; /* exchanges kept for reuse */
	size_t n_spare;
	struct h2_shared *h2;

	int64_t date_s;
	char date[NET_DATE_BYTES + 1];
	struct buf out; /* what one flush collects; empty between flushes */
	uint8_t in[NET_READ_BYTES];
};

int shared_init(struct net_shared *s, struct event_base *base, const struct http_app *app,
		const struct net_limits *limits);
/* All connections must have been closed; frees them. NULL-safe for members. */
void shared_finish(struct net_shared *s);
/* The Date header's value, made once a second. */
struct slice shared_date(struct net_shared *s);

void shared_dirty(struct net_shared *s, struct conn *c);
/* true: it was dirty and is not any more; the caller flushes it. */
bool shared_clean(struct net_shared *s, struct conn *c);
void shared_again(struct net_shared *s, struct conn *c);
/* From here on the connection is only to be freed. */
void shared_dead(struct net_shared *s, struct conn *c);

#endif
