/*
 * sock: a non-blocking byte stream over a socket, with TLS or without.
 *
 * Nouns: one callback, for whatever the socket is ready for; the owner then calls the verbs below, which
 * never block and never call back. Reading waits for readiness unless paused; writing waits only after
 * a write fell short.
 *
 * Why not a bufferevent: it keeps an input and an output buffer for each of 20,000 idle connections and
 * copies each byte twice more; here all connections read into one buffer of the worker and a write that
 * the socket takes whole (nearly all) is never copied.
 *
 * Ownership: the sock owns fd and SSL from sock_open (on failure the caller still owns both).
 * Errors: the verbs answer SOCK_EOF for an orderly end, SOCK_FAILED for a reset or a TLS error; after
 * either only sock_close is of use.
 */
#ifndef PAIDAN_NET_SOCK_H
#define PAIDAN_NET_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <openssl/ssl.h>

#include "base/slice.h"

enum sock_status { SOCK_OK, SOCK_AGAIN, SOCK_EOF, SOCK_FAILED };

struct sock {
	int fd; /* -1: closed */
	SSL *ssl;
	struct event *readable; /* persistent */
	struct event *writable; /* made when first needed */
	event_callback_fn ready;
	void *arg;
	bool paused;
	bool waits_to_write;
	bool failed; /* TLS may not be shut down in order */
};

/* ssl may be NULL. ready(fd, EV_READ or EV_WRITE, arg). -1 without memory. */
int sock_open(struct sock *s, struct event_base *base, int fd, SSL *ssl, event_callback_fn ready, void *arg);
/* SOCK_OK when the handshake is done (at once without TLS). */
enum sock_status sock_handshake(struct sock *s);
/* SOCK_OK: *got > 0 bytes were read. */
enum sock_status sock_read(struct sock *s, uint8_t *into, size_t room, size_t *got);
/* Bytes are waiting inside TLS that the socket's readiness will not announce. */
bool sock_has_more(const struct sock *s);
/* SOCK_OK: all written; SOCK_AGAIN: *put of them, and `ready` will be called with EV_WRITE; the caller
 * must offer the rest, unchanged, next. */
enum sock_status sock_write(struct sock *s, const uint8_t *bytes, size_t len, size_t *put);
/* Stops or resumes calls for readable. */
void sock_pause(struct sock *s, bool pause);
/* Tells the peer that nothing more comes (close_notify, FIN); reading goes on, and what comes is thrown
 * away by sock_discard: SOCK_AGAIN until the peer has closed. */
void sock_shutdown(struct sock *s);
enum sock_status sock_discard(struct sock *s, uint8_t *scratch, size_t room, size_t *got);
/* Says it past TLS, which has failed; what does not go at once is lost. */
void sock_say_clear(struct sock *s, struct slice text);
/* NULL-safe for a zeroed sock with fd -1; may be called twice. */
void sock_close(struct sock *s);

#endif
