/* Bytes of a peer, in pieces, against a whole connection on the cleartext port: h1, h2, and an app that answers
 * at once, in pieces, late, never, or gives up, as the path says.
 *
 * Input: one byte of mode (bit 0: HTTP/2's preface and SETTINGS come first; bits 1-3: how the rest is cut into
 * pieces; bit 4: the peer leaves without ending its stream first), then the bytes. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct late {
	struct http_exchange *x;
	TAILQ_ENTRY(late) link;
	bool late;
};

static TAILQ_HEAD(, late) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static const struct http_header header[] = {{{(const uint8_t *)"x-a", 3}, {(const uint8_t *)"b", 1}}};

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	(void)arg;
	struct late *l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->x = x;
	switch (request->path.len > 1 ? request->path.ptr[1] : 0) {
	case 0:
		http_respond_body(x, 200, header, 1, SLICE("hello"));
		break;
	case 's':
		http_respond(x, 200, header, 1, false);
		break;
	case 'a':
		http_abort(x);
		break;
	case 'l':
		l->late = true;
		TAILQ_INSERT_TAIL(&waiting, l, link);
		break;
	default:
		break;
	}
	return l;
}

static void app_body(void *state, struct slice piece)
{
	http_write(((struct late *)state)->x, piece);
}

static void app_end(void *state)
{
	http_finish(((struct late *)state)->x, header, 1);
}

static void app_writable(void *state)
{
	http_write(((struct late *)state)->x, SLICE("more"));
}

static void app_gone(void *state, bool completed)
{
	(void)completed;
	struct late *l = state;
	if (l->late)
		TAILQ_REMOVE(&waiting, l, link);
	free(l);
}

static struct net_shared *shared(void)
{
	static struct net_shared s;
	static const struct http_app app = {NULL, app_begin, app_body, app_end, app_writable, app_gone};
	static const struct net_limits limits = {.connections = 4, .body_bytes = 2000, .linger_ms = 1};
	if (s.base == NULL) {
		log_setup(2, LOG_ERROR, "fuzz");
		if (shared_init(&s, event_base_new(), &app, &limits) != 0)
			abort();
	}
	return &s;
}

static void turn(struct net_shared *s, int fd)
{
	static char answer[65536];
	event_base_loop(s->base, EVLOOP_NONBLOCK);
	while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
		;
}

static void answer_late(void)
{
	struct late *l;
	while ((l = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, l, link);
		l->late = false;
		http_respond_body(l->x, 200, header, 1, SLICE("late"));
	}
}

static void put(struct net_shared *s, int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EPIPE && errno != EAGAIN)
		abort();
	turn(s, fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNIX};
	static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	struct net_shared *s = shared();
	int fds[2];
	if (len < 2)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0 || conn_new(s, fds[0], NULL, &nobody) == NULL)
		abort();
	if (data[0] & 1)
		put(s, fds[1], hello, sizeof(hello) - 1);
	size_t step = (size_t)1 << (2 * ((data[0] >> 1) & 7));
	for (size_t at = 1; at < len; at += step)
		put(s, fds[1], data + at, len - at < step ? len - at : step);
	answer_late();
	turn(s, fds[1]);
	if (!(data[0] & 16)) {
		shutdown(fds[1], SHUT_WR);
		turn(s, fds[1]);
	}
	close(fds[1]);
	for (int i = 0; i < 100 && s->stats.connections_now > 0; i++)
		event_base_loop(s->base, EVLOOP_NONBLOCK);
	if (s->stats.connections_now > 0 || s->stats.requests_now > 0)
		abort(); /* a connection outlived its peer */
	return 0;
}
