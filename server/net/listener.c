#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum {
	/* Connections taken in one turn; the rest waits while others are served. */
	ACCEPT_BATCH = 64,
	REST_MS = 100,
	/* The kernel caps it at net.core.somaxconn (4096). */
	BACKLOG = 4096,
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct listener {
	int fd; /* -1: stopped */
	int port;
	bool paused;
	struct event *readable;
	struct event *rest;
	listener_fn accepted;
	void *arg;
	uint64_t *pauses;
};

static int parse_address(const char *text, int port, union address *to, socklen_t *len)
{
	memset(to, 0, sizeof(*to));
	if (port < 0 || port > 65535)
		return -1;
	if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_port = htons((uint16_t)port);
		*len = sizeof(to->v4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1) {
		to->v6.sin6_family = AF_INET6;
		to->v6.sin6_port = htons((uint16_t)port);
		*len = sizeof(to->v6);
		return 0;
	}
	return -1;
}

bool listener_is_loopback(const char *address)
{
	union address a;
	socklen_t len;
	if (parse_address(address, 0, &a, &len) != 0)
		return false;
	if (a.any.sa_family == AF_INET)
		return (ntohl(a.v4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&a.v6.sin6_addr);
}

static int bound_port(int fd)
{
	union address a;
	socklen_t len = sizeof(a);
	if (getsockname(fd, &a.any, &len) != 0)
		return -1;
	return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

static int open_socket(const union address *a, socklen_t len)
{
	static const int on = 1;
	static const int off = 0;
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Accepted sockets inherit TCP_NODELAY: a response leaves in one write, waiting can't help it. */
	bool fine =
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    (a->any.sa_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) == 0) &&
	    bind(fd, &a->any, len) == 0 && listen(fd, BACKLOG) == 0;
	if (fine)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* false: there is nothing more to accept now. */
static bool accept_one(struct listener *l)
{
	static const struct timeval rest = {.tv_usec = REST_MS * 1000};
	union address peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(l->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		l->accepted(l->arg, fd, &peer.any);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		log_warn("net", "accepting rests", LOG_I("port", l->port), LOG_S("why", strerror(errno)));
		(*l->pauses)++;
		event_del(l->readable);
		evtimer_add(l->rest, &rest);
		return false;
	}
	/* What else accept reports is the end of that one connection. */
	return errno != EAGAIN && errno != EWOULDBLOCK;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct listener *l = arg;
	for (int i = 0; i < ACCEPT_BATCH && !l->paused; i++) {
		if (!accept_one(l))
			break;
	}
}

static void on_rested(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct listener *l = arg;
	if (!l->paused)
		event_add(l->readable, NULL);
}

struct listener *listener_new(struct event_base *base, const char *address, int port, listener_fn accepted, void *arg,
			      uint64_t *pauses)
{
	union address a;
	socklen_t len;
	struct listener *l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	*l = (struct listener){.fd = -1, .accepted = accepted, .arg = arg, .pauses = pauses};
	errno = EINVAL;
	if (parse_address(address, port, &a, &len) != 0)
		goto failed;
	l->fd = open_socket(&a, len);
	if (l->fd < 0)
		goto failed;
	l->port = bound_port(l->fd);
	l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	l->rest = evtimer_new(base, on_rested, l);
	if (l->port < 0 || l->readable == NULL || l->rest == NULL || event_add(l->readable, NULL) != 0)
		goto failed;
	return l;
failed:
	log_error("net", "can't listen", LOG_S("address", address), LOG_I("port", port), LOG_S("why", strerror(errno)));
	listener_free(l);
	return NULL;
}

int listener_port(const struct listener *l)
{
	return l->port;
}

void listener_pause(struct listener *l, bool pause)
{
	if (l->fd < 0 || pause == l->paused)
		return;
	l->paused = pause;
	if (pause) {
		(*l->pauses)++;
		event_del(l->readable);
	} else if (!evtimer_pending(l->rest, NULL)) {
		event_add(l->readable, NULL);
	}
}

void listener_stop(struct listener *l)
{
	if (l == NULL || l->fd < 0)
		return;
	for (int i = 0; i < BACKLOG && !l->paused && accept_one(l); i++)
		;
	event_free(l->readable);
	event_free(l->rest);
	l->readable = l->rest = NULL;
	close(l->fd);
	l->fd = -1;
}

void listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->rest != NULL)
		event_free(l->rest);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
