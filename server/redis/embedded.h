/*
 * embedded: the broker's own redis-server, kept running beside it.
 *
 * Nouns
 *   data directory  where everything of the server lives, mode 0700: redis.conf (written anew at every
 *                   start), redis.sock, redis.log, appendonlydir/ and two lock files.
 *   broker.lock     held by the process that runs this module: two brokers can't share a directory.
 *   redis.lock      held by the redis-server itself, from before its first instruction to its end, so
 *                   that the next start knows it even when this process was killed.
 *   orphan          a server that outlived its broker. It gets SIGTERM when its parent dies; one that
 *                   is still there at the next start is stopped before a new one is started.
 *
 * A server that dies is started again, at once and then after growing pauses. It is ready when it has
 * loaded its data and answers; a hanging one is not killed: its clients time out by themselves.
 *
 * Use it in one process, on its event loop; that process must not reap children with waitpid(-1).
 * In a child made by fork without exec call event_reinit and embedded_forget.
 * Ownership: base and config.random_arg are borrowed until embedded_free; the rest of config only during
 * embedded_new.
 * Errors: embedded_new gives NULL and says why; later trouble goes to the log, and `ready` stays false.
 */
#ifndef PAIDAN_REDIS_EMBEDDED_H
#define PAIDAN_REDIS_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct embedded;

struct embedded_config {
	const char *dir;    /* made when it is missing, its parents are not */
	const char *server; /* NULL: redis-server, looked for in PATH */
	bool everysec;      /* fsync once a second instead of before every answer */
	/* Commits are refused (STORE_FULL) beyond it; 0: no bound. */
	uint64_t max_memory_bytes;
	/* Free disk space below which commits are refused, too; 0: LIMIT_DISK_RESERVE_BYTES. */
	uint64_t disk_reserve_bytes;
	/* What stopping may take before it is SIGKILL; 0: LIMIT_REDIS_STOP_MS. */
	uint32_t stop_timeout_ms;
	/* More lines for redis.conf, which win over ours; may be NULL. */
	const char *extra;
	uint32_t (*random)(void *arg);
	void *random_arg;
};

/* Locks the directory, writes the configuration and starts the server. */
struct embedded *embedded_new(struct event_base *base, const struct embedded_config *config, char *why,
			      size_t why_bytes);
/* fn is called whenever ready changes. */
void embedded_on_ready(struct embedded *e, void (*fn)(void *arg, bool ready), void *arg);
bool embedded_ready(const struct embedded *e);
/* The unix socket's path. */
const char *embedded_socket(const struct embedded *e);
/* The server's process, or 0 while there is none. */
pid_t embedded_pid(const struct embedded *e);
/* How often it had to be started again. */
unsigned embedded_restarts(const struct embedded *e);
/* Stops the server in order (SIGTERM; SIGKILL when it takes too long); done is
 * called when it is gone. */
void embedded_stop(struct embedded *e, void (*done)(void *arg), void *arg);
/* Stops a running server and waits for its end, then frees. NULL-safe. */
void embedded_free(struct embedded *e);
/* Frees without touching the server: in a forked child, after event_reinit. NULL-safe. */
void embedded_forget(struct embedded *e);

#endif
