/*
 * listener: one listening TCP socket. Private to net.
 *
 * Nouns: every worker listens on the same address and port (SO_REUSEPORT) and the kernel deals the
 * connections out. A listener is paused while the worker has as many connections as it may; without file
 * descriptors it rests 100 ms, for accept would fail at once over and over.
 * Ownership: the listener owns its socket; an accepted one belongs to the callback.
 * Errors: listener_new NULL (logged): not a numeric address, in use, no permission.
 */
#ifndef PAIDAN_NET_LISTENER_H
#define PAIDAN_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/event.h>

struct listener;

typedef void (*listener_fn)(void *arg, int fd, const struct sockaddr *peer);

/* Port 0: any free one. *pauses counts the rests. */
struct listener *listener_new(struct event_base *base, const char *address, int port, listener_fn accepted, void *arg,
			      uint64_t *pauses);
/* The port it is bound to. */
int listener_port(const struct listener *l);
/* May be called from `accepted`. */
void listener_pause(struct listener *l, bool pause);
/* Accepts those who have connected already, then stops listening. NULL-safe. */
void listener_stop(struct listener *l);
void listener_free(struct listener *l);

/* Whether a numeric address is of this machine only. */
bool listener_is_loopback(const char *address);

#endif
