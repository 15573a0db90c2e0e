#include "rpc/route.h"

static void ignore_body(struct route_state *state, struct slice piece)
{
	(void)state;
	(void)piece;
}

static void ignore(struct route_state *state)
{
	(void)state;
}

static void ignore_gone(struct route_state *state, bool completed)
{
	(void)state;
	(void)completed;
}

/* Whoever has answered everything at the beginning has no use for the rest of the request. */
static const struct route_ops answered_ops = {ignore_body, ignore, ignore, ignore_gone};
static const struct route_state answered = {&answered_ops};

static struct route_state *answer(struct http_exchange *x, int status, const struct http_header *headers, size_t n,
				  struct slice body)
{
	http_respond_body(x, status, headers, n, body);
	return (struct route_state *)(uintptr_t)&answered;
}

struct route_state *route_text(struct http_exchange *x, int status, const char *content_type, struct slice body)
{
	struct http_header header = {SLICE("content-type"), slice_str(content_type)};
	return answer(x, status, &header, 1, body);
}

struct route_state *route_refuse(struct http_exchange *x, int status, struct http_header extra)
{
	return answer(x, status, &extra, 1, SLICE_NONE);
}
