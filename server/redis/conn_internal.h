/*
 * conn_internal: what conn.c (the pipeline) and link.c (connecting, timeouts, reconnecting) share.
 *
 * Ownership: as in conn.h.
 * Errors: none of its own.
 */
#ifndef PAIDAN_REDIS_CONN_INTERNAL_H
#define PAIDAN_REDIS_CONN_INTERNAL_H

#include "base/buf.h"
#include "redis/conn.h"

struct bufferevent;
struct event;
struct evdns_base;

enum phase {
	PHASE_PAUSE,      /* waiting for the next attempt */
	PHASE_CONNECTING, /* TCP or unix connect, TLS handshake */
	PHASE_SETUP,      /* AUTH, SCRIPT LOAD, PING are in the pipeline */
	PHASE_READY,
};

struct pending {
	redis_reply_fn *fn;
	void *arg;
	uint64_t end; /* where the command ends in the stream of all bytes */
	uint64_t since_ms;
};

struct redis_conn {
	struct event_base *base;
	const struct redis_config *config;
	struct redis_conn_hooks hooks;
	void *owner;
	struct evdns_base *dns;
	struct bufferevent *bev;
	struct redis_reader reader;
	enum phase phase;
	unsigned setup_left;
	unsigned failures; /* attempts since it was last ready */

	struct buf out;        /* commands of this turn */
	size_t out_mark;       /* where the command being written starts in it */
	bool out_setup;        /* it belongs to the set-up */
	unsigned out_commands; /* how many there are, since the last write */
	uint64_t handed;       /* bytes given to the kernel or bev since connecting */
	uint64_t answered;     /* where the last answered command ends in the stream */
	struct pending *ring;  /* commands without an answer, oldest at head */
	size_t ring_room;      /* a power of two */
	size_t head;
	size_t count;

	struct event *flush;
	bool flush_due;
	struct event *retry;
	struct event *watch;   /* the attempt's or the oldest command's deadline */
	bool suspect;          /* the deadline has passed once; any byte clears it */
	unsigned reloads_left; /* SCRIPT LOADs of conn_load_scripts in the pipeline */
	const char *broken;    /* why to disconnect at the end of the turn */
	struct redis_conn_stats stats;
};

uint64_t redis_conn_now_ms(void);
/* pipeline */
void redis_conn_schedule_flush(struct redis_conn *c);
void redis_conn_read(struct redis_conn *c);
/* Bytes of the stream that have left the process. */
uint64_t redis_conn_written(const struct redis_conn *c);
void redis_conn_fail_all(struct redis_conn *c, uint64_t written);
/* Commands of the set-up are accepted before the connection is ready. */
void redis_conn_begin_setup(struct redis_conn *c, size_t n_args);

/* link */
bool redis_link_init(struct redis_conn *c);
void redis_link_finish(struct redis_conn *c);
void redis_link_break(struct redis_conn *c, const char *reason);
void redis_link_watch_command(struct redis_conn *c);

#endif
