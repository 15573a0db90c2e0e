/*
 * fuzz_conn: what the fuzz targets share that put a peer's bytes through a whole connection of server/net.
 *
 * Nouns: a peer is the test's end of a socket pair; a turn lets the server work until nothing is left to do, and
 * reads what it answers away.
 * Errors: abort, which is what a fuzzer looks for.
 */
#ifndef PAIDAN_TESTS_FUZZ_CONN_H
#define PAIDAN_TESTS_FUZZ_CONN_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct http_header fuzz_header[] = {{{(const uint8_t *)"x-a", 3}, {(const uint8_t *)"b", 1}}};

/* The one worker of the process, with bounds that short inputs reach. */
static inline struct net_shared *fuzz_shared(const struct http_app *app)
{
	static struct net_shared s;
	static const struct net_limits limits = {
	    .connections = 4,
	    .body_bytes = 2000,
	    .connection_held_bytes = 1000,
	    .linger_ms = 1,
	};
	if (s.base == NULL) {
		log_setup(2, LOG_ERROR, "fuzz");
		if (shared_init(&s, event_base_new(), app, &limits) != 0)
			abort();
	}
	return &s;
}

static inline void fuzz_turn(struct net_shared *s, int peer)
{
	static char answer[65536];
	event_base_loop(s->base, EVLOOP_NONBLOCK);
	while (recv(peer, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static inline int fuzz_connect(struct net_shared *s)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNIX};
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0 || conn_new(s, fds[0], NULL, &nobody) == NULL)
		abort();
	return fds[1];
}

static inline void fuzz_put(struct net_shared *s, int peer, const void *bytes, size_t len)
{
	if (send(peer, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE && errno != EAGAIN)
		abort();
	fuzz_turn(s, peer);
}

/* The peer leaves: nothing of its connection may stay. */
static inline void fuzz_leave(struct net_shared *s, int peer)
{
	close(peer);
	for (int i = 0; i < 100 && s->stats.connections_now > 0; i++)
		event_base_loop(s->base, EVLOOP_NONBLOCK);
	if (s->stats.connections_now > 0 || s->stats.requests_now > 0 || s->held_bytes != 0)
		abort();
}

#endif
