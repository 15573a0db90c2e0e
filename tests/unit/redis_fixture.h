/*
 * redis_fixture: a real redis-server in a temporary directory, and waiting on the event loop for what
 * must happen.
 *
 * Ownership: the fixture owns the loop, the server and the directory.
 * Errors: a test that waits longer than WAIT_S fails.
 */
#ifndef PAIDAN_TESTS_REDIS_FIXTURE_H
#define PAIDAN_TESTS_REDIS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis/conn.h"
#include "redis/embedded.h"
#include "txn/store.h"

struct fixture {
	struct event_base *base;
	char dir[64];
	struct embedded_config embedded_config;
	struct embedded *server;
	struct redis_config config; /* of the unix socket */
	uint32_t seed;
};

/* extra: lines for redis.conf, or NULL. Returns when the server answers. */
void fixture_start(struct fixture *f, bool everysec, const char *extra);
void fixture_stop(struct fixture *f);

/* Runs the loop until the condition holds. */
void fixture_wait(struct event_base *base, bool (*holds)(void *arg), void *arg);
void fixture_wait_ready(struct event_base *base, struct store *store);
void fixture_wait_flag(struct event_base *base, const bool *flag);

/* A Redis command on a connection of its own; the answer as text: an error's or string's bytes, an
 * integer's digits, "nil", an array's elements with spaces between. Valid until the next call. */
const char *fixture_command(struct fixture *f, const char *const *words, size_t n);
#define COMMAND(f, ...)                                          \
	fixture_command((f), (const char *const[]){__VA_ARGS__}, \
			sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* A TCP port that was free a moment ago. */
int fixture_free_port(void);
/* xorshift; never 0 */
uint32_t fixture_random(uint32_t *state);

#endif
