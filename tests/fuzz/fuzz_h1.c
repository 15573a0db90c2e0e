/* HTTP/1.1 means the same however its bytes are cut into pieces: a connection gets them whole, another one by one, and
 * the app must have been asked for the same requests. What it is asked is checked, too: a request that is complete has
 * one host, and no more body than was announced.
 *
 * Input: the bytes. The app answers when a request is complete, so that no answer depends on the pieces. */
#include "fuzz_conn.h"

struct told {
	struct http_exchange *x;
	int64_t announced;
	int64_t got;
	uint64_t hash; /* of the request so far */
};

static uint64_t all_told;

static void mix(uint64_t *hash, struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		*hash = (*hash ^ s.ptr[i]) * UINT64_C(0x100000001b3);
	*hash = (*hash ^ 0x100) * UINT64_C(0x100000001b3);
}

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	(void)arg;
	struct told *t = calloc(1, sizeof(*t));
	if (t == NULL)
		abort();
	t->x = x;
	t->announced = request->content_length;
	t->hash = UINT64_C(0xcbf29ce484222325);
	mix(&t->hash, request->method);
	mix(&t->hash, request->path);
	mix(&t->hash, request->query);
	mix(&t->hash, request->authority);
	size_t hosts = 0;
	for (size_t i = 0; i < request->n_headers; i++) {
		struct slice name = request->headers[i].name, value = request->headers[i].value;
		mix(&t->hash, name);
		mix(&t->hash, value);
		hosts += slice_eq(name, SLICE("host"));
		if (memchr(value.ptr, '\n', value.len) != NULL || memchr(value.ptr, '\r', value.len) != NULL ||
		    memchr(value.ptr, 0, value.len) != NULL)
			abort();
	}
	if (hosts > 1)
		abort();
	return t;
}

static void app_body(void *state, struct slice piece)
{
	struct told *t = state;
	t->got += (int64_t)piece.len;
	for (size_t i = 0; i < piece.len; i++)
		t->hash = (t->hash ^ piece.ptr[i]) * UINT64_C(0x100000001b3);
}

static void app_end(void *state)
{
	struct told *t = state;
	if (t->announced >= 0 && t->got != t->announced)
		abort();
	all_told = (all_told ^ t->hash) * UINT64_C(0x100000001b3);
	http_respond_body(t->x, 200, fuzz_header, 1, SLICE("hello"));
}

static void app_writable(void *state)
{
	(void)state;
}

static void app_gone(void *state, bool completed)
{
	(void)completed;
	free(state);
}

static uint64_t ask(struct net_shared *s, const uint8_t *data, size_t len, size_t step)
{
	int peer = fuzz_connect(s);
	all_told = 0;
	for (size_t at = 0; at < len; at += step)
		fuzz_put(s, peer, data + at, len - at < step ? len - at : step);
	shutdown(peer, SHUT_WR);
	fuzz_turn(s, peer);
	fuzz_turn(s, peer);
	fuzz_leave(s, peer);
	return all_told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct http_app app = {NULL, app_begin, app_body, app_end, app_writable, app_gone};
	static const uint8_t preface[] = "PRI * HTTP/2.0";
	struct net_shared *s = fuzz_shared(&app);
	/* That would be another protocol. */
	if (len == 0 || memcmp(data, preface, len < sizeof(preface) - 1 ? len : sizeof(preface) - 1) == 0)
		return 0;
	uint64_t whole = ask(s, data, len, len);
	if (ask(s, data, len, 1) != whole || ask(s, data, len, 7) != whole)
		abort();
	return 0;
}
