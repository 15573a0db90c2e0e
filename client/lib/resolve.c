#include "resolve.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct resolve {
	char host[256];
	char port[6];
	struct addrinfo hints;
	/* Written by the thread before it lets go. */
	struct addrinfo *list;
	int error;
	atomic_bool done;
	/* The loop's and the thread's; the last one to let go frees. */
	atomic_int refs;
	int fd;
	struct event *event;
	resolve_fn *fn;
	void *arg;
};

static void let_go(struct resolve *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	if (r->list != NULL)
		freeaddrinfo(r->list);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

static void look_up(struct resolve *r)
{
	r->error = getaddrinfo(r->host, r->port, &r->hints, &r->list);
	if (r->error != 0)
		r->list = NULL;
}

static void announce(struct resolve *r)
{
	uint64_t one = 1;
	atomic_store(&r->done, true);
	ssize_t written = write(r->fd, &one, sizeof(one));
	(void)written; /* an eventfd with room takes it */
	let_go(r);
}

static void *resolve_thread(void *arg)
{
	struct resolve *r = arg;
	look_up(r);
	announce(r);
	return NULL;
}

static void on_done(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct resolve *r = arg;
	if (!atomic_load(&r->done))
		return;
	resolve_fn *fn = r->fn;
	void *fn_arg = r->arg;
	struct addrinfo *list = r->list;
	int error = r->error;
	r->list = NULL;
	event_free(r->event);
	let_go(r);
	fn(fn_arg, list, error);
}

static int start_thread(struct resolve *r)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	if (pthread_attr_init(&attr) != 0)
		return -1;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	/* The program's signals stay with the program's threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int error = pthread_create(&thread, &attr, resolve_thread, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return error == 0 ? 0 : -1;
}

struct resolve *resolve_start(struct event_base *base, const char *host, const char *port, bool literal, resolve_fn *fn,
			      void *arg)
{
	struct resolve *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	atomic_init(&r->done, false);
	atomic_init(&r->refs, 1);
	r->fn = fn;
	r->arg = arg;
	snprintf(r->host, sizeof(r->host), "%s", host);
	snprintf(r->port, sizeof(r->port), "%s", port);
	r->hints.ai_socktype = SOCK_STREAM;
	/* Not AI_ADDRCONFIG: on a machine without a network it hides localhost. */
	r->hints.ai_flags = AI_NUMERICSERV | (literal ? AI_NUMERICHOST : 0);
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->event = r->fd < 0 ? NULL : event_new(base, r->fd, EV_READ, on_done, r);
	if (r->event == NULL || event_add(r->event, NULL) != 0)
		goto failed;
	atomic_store(&r->refs, 2);
	if (literal) {
		look_up(r);
		announce(r);
	} else if (start_thread(r) != 0) {
		atomic_store(&r->refs, 1);
		goto failed;
	}
	return r;
failed:
	if (r->event != NULL)
		event_free(r->event);
	let_go(r);
	return NULL;
}

void resolve_cancel(struct resolve *r)
{
	if (r == NULL)
		return;
	event_free(r->event);
	let_go(r);
}
