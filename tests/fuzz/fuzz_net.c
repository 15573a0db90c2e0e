/* Bytes of a peer, in pieces, against a whole connection on the cleartext port: h1, h2, and an app that answers
 * at once, in pieces, late, never, or gives up, as the path says.
 *
 * Input: one byte of mode (bit 0: HTTP/2's preface and SETTINGS come first; bits 1-3: how the rest is cut into
 * pieces; bit 4: the peer leaves without ending its stream first), then the bytes. */
#include "fuzz_conn.h"

struct late {
	struct http_exchange *x;
	TAILQ_ENTRY(late) link;
	bool late;
};

static TAILQ_HEAD(, late) waiting = TAILQ_HEAD_INITIALIZER(waiting);

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	(void)arg;
	struct late *l = calloc(1, sizeof(*l));
	if (l == NULL)
		abort();
	l->x = x;
	switch (request->path.len > 1 ? request->path.ptr[1] : 0) {
	case 0:
		http_respond_body(x, 200, fuzz_header, 1, SLICE("hello"));
		break;
	case 's':
		http_respond(x, 200, fuzz_header, 1, false);
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
	http_finish(((struct late *)state)->x, fuzz_header, 1);
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

static void answer_late(void)
{
	struct late *l;
	while ((l = TAILQ_FIRST(&waiting)) != NULL) {
		TAILQ_REMOVE(&waiting, l, link);
		l->late = false;
		http_respond_body(l->x, 200, fuzz_header, 1, SLICE("late"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct http_app app = {NULL, app_begin, app_body, app_end, app_writable, app_gone};
	static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	struct net_shared *s = fuzz_shared(&app);
	if (len < 2)
		return 0;
	int peer = fuzz_connect(s);
	if (data[0] & 1)
		fuzz_put(s, peer, hello, sizeof(hello) - 1);
	size_t step = (size_t)1 << (2 * ((data[0] >> 1) & 7));
	for (size_t at = 1; at < len; at += step)
		fuzz_put(s, peer, data + at, len - at < step ? len - at : step);
	answer_late();
	fuzz_turn(s, peer);
	if (!(data[0] & 16)) {
		shutdown(peer, SHUT_WR);
		fuzz_turn(s, peer);
	}
	fuzz_leave(s, peer);
	return 0;
}
