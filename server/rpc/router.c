#include "rpc/router.h"

#include <stdio.h>

#include "base/limits.h"
#include "rpc/call.h"
#include "rpc/cors.h"
#include "rpc/request.h"
#include "rpc/words.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

struct route {
	struct rpc *rpc;
	struct http_exchange *x;
	const struct http_request *request;
	bool admitted; /* it comes from a page that may call (cors.h) */
};

/* --- pages --- */

static struct route_state *page_metrics(const struct route *r)
{
	struct rpc *rpc = r->rpc;
	struct buf text = {0};
	if (!r->request->loopback && !rpc->config.metrics_public)
		return route_text(r->x, 404, TEXT_TYPE, SLICE("not found\n"));
	if (rpc->config.refresh != NULL)
		rpc->config.refresh(rpc->config.refresh_arg);
	metrics_text(rpc->config.metrics, rpc->config.version, &text);
	struct route_state *state =
	    text.failed ? route_text(r->x, 503, TEXT_TYPE, SLICE("out of memory\n"))
			: route_text(r->x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_view(&text));
	buf_free(&text);
	return state;
}

static struct route_state *page_healthz(const struct route *r)
{
	return route_text(r->x, 200, TEXT_TYPE, SLICE("ok\n"));
}

static struct route_state *page_readyz(const struct route *r)
{
	if (rpc_serving(r->rpc))
		return route_text(r->x, 200, TEXT_TYPE, SLICE("ready\n"));
	return route_text(r->x, 503, TEXT_TYPE, r->rpc->draining ? SLICE("draining\n") : SLICE("no store\n"));
}

static const struct page {
	const char *path;
	struct route_state *(*answer)(const struct route *r);
} pages[] = {
    {"/metrics", page_metrics},
    {"/healthz", page_healthz},
    {"/readyz", page_readyz},
};

static const struct page *find_page(struct slice path)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (slice_eq(path, slice_str(pages[i].path)))
			return &pages[i];
	}
	return NULL;
}

/* --- RPCs --- */

static struct route_state *refuse(const struct route *r, int status, const char *text)
{
	return route_refuse(r->x, &(struct route_refusal){.status = status, .text = text});
}

/* What is taken: as a header has it, and for who looks at the body alone. */
struct taken {
	struct slice list;
	const char *text;
};
#define TAKEN(what, list_)                                                                                \
	{                                                                                                 \
		{(const uint8_t *)(list_), sizeof(list_) - 1}, "the " what " must be one of: " list_ "\n" \
	}
#define GRPC_TYPES "application/grpc, application/grpc+proto, application/grpc+json"

static const struct taken get_or_post = TAKEN("method", "GET, POST"), post_alone = TAKEN("method", "POST"),
			  get_alone = TAKEN("method", "GET"), get_or_head = TAKEN("method", "GET, HEAD"),
			  unary_types = TAKEN("content-type", "application/json, application/proto, " GRPC_TYPES),
			  stream_types = TAKEN("content-type", GRPC_TYPES ", application/connect+json, "
									  "application/connect+proto");

static struct route_state *not_allowed(const struct route *r, const struct taken *methods)
{
	/* OPTIONS asks for just that. */
	bool asks = slice_eq(r->request->method, SLICE("OPTIONS"));
	if (asks && r->admitted)
		cors_preflight(r->x, r->request, methods->list);
	struct route_refusal refusal = {
	    asks ? 204 : 405, {.name = SLICE("allow"), .value = methods->list}, asks ? "" : methods->text};
	return route_refuse(r->x, &refusal);
}

static struct route_state *not_a_type(const struct route *r, const struct rpc_method *m)
{
	const struct taken *types = m->streams ? &stream_types : &unary_types;
	struct route_refusal refusal = {415, {.name = SLICE("accept-post"), .value = types->list}, types->text};
	return route_refuse(r->x, &refusal);
}

/* Connect has one family of types for unary methods and one for streams. */
static bool suits(const struct rpc_method *m, const struct protocol_type *type)
{
	switch (type->protocol) {
	case PROTOCOL_GRPC:
		return true;
	case PROTOCOL_CONNECT:
		return !m->streams;
	case PROTOCOL_CONNECT_STREAM:
		return m->streams;
	}
	return false;
}

static struct route_state *begin_call(const struct route *r, const struct rpc_method *method,
				      const struct protocol_type *type)
{
	/* Trailers, and two directions at once, are beyond HTTP/1.1. */
	bool needs_h2 = type->protocol == PROTOCOL_GRPC || (method != NULL && method->pb->client_streaming);
	if (needs_h2 && !r->request->h2)
		return refuse(r, 505, "this needs HTTP/2\n");
	struct route_state *state = call_begin(r->rpc, r->x, r->request, method, type);
	return state != NULL ? state : refuse(r, 503, "out of memory\n");
}

static struct route_state *route_rpc(const struct route *r, const struct rpc_method *method,
				     const struct protocol_type *type)
{
	bool has_get = method->pb->no_side_effects && !method->streams;
	bool get = has_get && slice_eq(r->request->method, SLICE("GET"));
	if (!get && !slice_eq(r->request->method, SLICE("POST")))
		return not_allowed(r, has_get ? &get_or_post : &post_alone);
	if (get)
		type = request_query_type(r->request->query);
	if (type == NULL || !suits(method, type))
		return not_a_type(r, method);
	return begin_call(r, method, type);
}

/* --- key sets --- */

static struct slice tenant_asked(struct slice query)
{
	while (query.len > 0) {
		struct slice value = words_cut(&query, '&');
		if (slice_eq(words_cut(&value, '='), SLICE("tenant")))
			return value;
	}
	return SLICE_NONE;
}

/* Where whoever checks our tokens looks for the keys, /.well-known/jwks.json?tenant=xingfu: the reply of GetJwks, whose
 * JSON is a JWK set (RFC 7517). */
static struct route_state *route_jwks(const struct route *r)
{
	struct slice tenant = tenant_asked(r->request->query);
	char query[128];
	bool plain = tenant.len > 0 && tenant.len <= LIMIT_TENANT_ID_CHARS;
	for (size_t i = 0; plain && i < tenant.len; i++) {
		uint8_t c = tenant.ptr[i];
		plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
	}
	if (!slice_eq(r->request->method, SLICE("GET")))
		return not_allowed(r, &get_alone);
	if (!plain)
		return refuse(r, 404, "ask with ?tenant=ID\n");
	snprintf(query, sizeof(query), "encoding=json&message=%%7B%%22tenantId%%22%%3A%%22%.*s%%22%%7D",
		 SLICE_FMT(tenant));
	struct http_request request = *r->request;
	request.query = slice_str(query);
	struct route as_call = {r->rpc, r->x, &request, r->admitted};
	const struct rpc_method *method = methods_find(r->rpc->methods, SLICE("/paidan.v1.CredentialService/GetJwks"));
	return method == NULL ? refuse(r, 404, "not found\n") : route_rpc(&as_call, method, NULL);
}

static struct route_state *route(const struct route *r)
{
	const struct page *page = find_page(r->request->path);
	if (page != NULL) {
		bool get = slice_eq(r->request->method, SLICE("GET")) || slice_eq(r->request->method, SLICE("HEAD"));
		return get ? page->answer(r) : not_allowed(r, &get_or_head);
	}
	if (slice_eq(r->request->path, SLICE("/.well-known/jwks.json")))
		return route_jwks(r);
	const struct protocol_type *type = protocol_by_content_type(http_header(r->request, SLICE("content-type")));
	const struct rpc_method *method = methods_find(r->rpc->methods, r->request->path);
	if (method != NULL)
		return route_rpc(r, method, type);
	if (type != NULL && slice_eq(r->request->method, SLICE("POST")))
		return begin_call(r, NULL, type);
	const struct route_site *site = &r->rpc->config.site;
	struct route_state *served = site->begin == NULL ? NULL : site->begin(site->arg, r->x, r->request);
	if (served != NULL)
		return served;
	return refuse(r, 404, "not found\n");
}

/* --- the app --- */

static void *app_begin(void *arg, struct http_exchange *x, const struct http_request *request)
{
	struct rpc *rpc = arg;
	struct route r = {rpc, x, request, cors_admit(rpc->config.cors_origins, x, request)};
	return route(&r);
}

static void app_body(void *state, struct slice piece)
{
	struct route_state *s = state;
	s->ops->body(s, piece);
}

static void app_end(void *state)
{
	struct route_state *s = state;
	s->ops->end(s);
}

static void app_writable(void *state)
{
	struct route_state *s = state;
	s->ops->writable(s);
}

static void app_gone(void *state, bool completed)
{
	struct route_state *s = state;
	s->ops->gone(s, completed);
}

struct http_app router_app(struct rpc *rpc)
{
	return (struct http_app){rpc, app_begin, app_body, app_end, app_writable, app_gone};
}
