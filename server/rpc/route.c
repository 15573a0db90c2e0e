#include "rpc/route.h"

#include <stdlib.h>

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

static const struct route_ops answered_ops = {ignore_body, ignore, ignore, ignore_gone};
static const struct route_state answered = {&answered_ops};

struct route_state *route_answered(void)
{
	return (struct route_state *)(uintptr_t)&answered;
}

struct route_state *route_text(struct http_exchange *x, int status, const char *content_type, struct slice body)
{
	struct http_header header = {.name = SLICE("content-type"), .value = slice_str(content_type)};
	http_respond_body(x, status, &header, 1, body);
	return route_answered();
}

/* --- refusals --- */

struct refused {
	struct route_state route;
	struct http_exchange *x;
	struct route_refusal refusal;
	size_t bytes;
	bool is_answered;
};

static void answer(struct http_exchange *x, const struct route_refusal *r)
{
	struct http_header headers[2] = {{.name = SLICE("content-type"), .value = SLICE("text/plain; charset=utf-8")},
					 r->extra};
	http_respond_body(x, r->status, headers, r->extra.name.len > 0 ? 2 : 1, slice_str(r->text));
}

static void refused_end(struct route_state *state)
{
	struct refused *refused = (struct refused *)(void *)state;
	if (!refused->is_answered)
		answer(refused->x, &refused->refusal);
	refused->is_answered = true;
}

static void refused_body(struct route_state *state, struct slice piece)
{
	struct refused *refused = (struct refused *)(void *)state;
	refused->bytes += piece.len;
	if (refused->bytes > ROUTE_DISCARD_BYTES)
		refused_end(state);
}

static void refused_gone(struct route_state *state, bool completed)
{
	(void)completed;
	free(state);
}

static const struct route_ops refused_ops = {refused_body, refused_end, ignore, refused_gone};

struct route_state *route_refuse(struct http_exchange *x, const struct route_refusal *refusal)
{
	struct refused *refused = malloc(sizeof(*refused));
	if (refused == NULL) {
		answer(x, refusal);
		return route_answered();
	}
	*refused = (struct refused){.route.ops = &refused_ops, .x = x, .refusal = *refusal};
	return &refused->route;
}
