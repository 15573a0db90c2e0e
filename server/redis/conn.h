/*
 * redis conn: one pipelined connection to a Redis server, which heals itself.
 *
 * Nouns
 *   command   what is put into the pipeline with redis_conn_begin … redis_conn_end; answered in order.
 *   fate      how a command ended: replied; not sent (it never left this process whole, so it was not
 *             executed); lost (sent, but the connection broke before the answer).
 *   script    Lua text that is loaded on every connect, so that EVALSHA finds it.
 *   ready     connected, authenticated and loaded. Commands begun while not ready are not sent.
 *
 * Output is collected and written at the end of a turn of the event loop, after all callbacks that were due
 * have added theirs; when there are REDIS_CONN_BATCH commands they leave at once, so that the server works on them
 * while this process makes the next ones. With `appendfsync always` all commands that it finds share one fsync. A
 * server that leaves a command unanswered for command_timeout_ms is taken for dead. After a failure the connection
 * tries again, at once, then after random pauses up to LIMIT_REDIS_BACKOFF_MS.
 *
 * Ownership: the conn borrows base, config, scripts and hooks; arguments are copied.
 * Every command's function is called exactly once, from the event loop, from redis_conn_end (not sent) or
 * from redis_conn_free. redis_conn_free must not be called from one of them.
 * Errors: the fate.
 */
#ifndef PAIDAN_REDIS_CONN_H
#define PAIDAN_REDIS_CONN_H

#include "base/slice.h"
#include "redis/config.h"
#include "redis/reply.h"

struct event_base;
struct redis_conn;

/* A write costs what a fifth of a commit does. */
enum { REDIS_CONN_BATCH = 8 };

enum redis_fate { REDIS_REPLIED, REDIS_NOT_SENT, REDIS_LOST };

/* reply is NULL unless the fate is REDIS_REPLIED; it is valid during the call. */
typedef void redis_reply_fn(void *owner, void *arg, enum redis_fate fate, const struct redis_reply *reply);

struct redis_script {
	const char *name;
	const char *text;
	const char *sha1; /* 40 hex digits */
};

struct redis_conn_hooks {
	const struct redis_script *scripts;
	size_t n_scripts;
	/* ready has changed. May be NULL. */
	void (*changed)(void *owner, bool ready);
	/* The collected commands are about to be written: the last moment to add some. May be NULL. */
	void (*flushing)(void *owner);
};

/* Starts connecting. NULL: no memory. */
struct redis_conn *redis_conn_new(struct event_base *base, const struct redis_config *config,
				  const struct redis_conn_hooks *hooks, void *owner);
void redis_conn_free(struct redis_conn *c);
/* Ends it for good: what is under way is failed, and all that follows is not sent. NULL-safe. */
void redis_conn_close(struct redis_conn *c);
bool redis_conn_ready(const struct redis_conn *c);

/* A command of n_args arguments, the name included. */
void redis_conn_begin(struct redis_conn *c, size_t n_args);
struct buf;
/* Where the arguments go (resp.h). Valid from redis_conn_begin to redis_conn_end. */
struct buf *redis_conn_out(struct redis_conn *c);
/* Ends the command. fn may be called right here when it can't be sent. */
void redis_conn_end(struct redis_conn *c, redis_reply_fn *fn, void *arg);
/* Loads the scripts again, ahead of the commands that follow: after a NOSCRIPT reply. */
void redis_conn_load_scripts(struct redis_conn *c);
/* Breaks the connection at the end of this turn and connects anew, for example when the server says
 * that it is a replica now. */
void redis_conn_drop(struct redis_conn *c, const char *reason);

struct redis_conn_stats {
	uint64_t commands;
	uint64_t bytes_out;
	uint64_t bytes_in;
	uint64_t writes; /* flushes */
	uint64_t connects;
	uint64_t failures; /* attempts and connections that broke */
};
const struct redis_conn_stats *redis_conn_stats(const struct redis_conn *c);
/* Commands sent or about to be, and not answered. */
size_t redis_conn_in_flight(const struct redis_conn *c);
size_t redis_conn_in_flight_bytes(const struct redis_conn *c);

#endif
