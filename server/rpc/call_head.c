#include "rpc/call_head.h"

#include "rpc/cookie.h"
#include "rpc/encoding.h"
#include "rpc/status.h"
#include "rpc/timeout.h"
#include "rpc/words.h"

struct heads {
	struct slice authorization;
	struct slice tenant;
	struct slice act_as;
	struct slice session;
	struct slice request_id;
	struct slice traceparent;
	struct slice trace_bin;
	struct slice idempotency_key;
	struct slice unknown_fields;
	struct slice accept_language;
	struct slice te;
	struct slice grpc_timeout;
	struct slice connect_timeout;
	struct slice connect_version;
	struct slice grpc_encoding;
	struct slice encoding;
	struct slice connect_encoding;
};

#define HEAD(name, member)                                                                  \
	{                                                                                   \
		{(const uint8_t *)(name), sizeof(name) - 1}, offsetof(struct heads, member) \
	}

static const struct {
	struct slice name;
	size_t offset;
} known[] = {
    HEAD("authorization", authorization),
    HEAD("x-paidan-tenant", tenant),
    HEAD("x-paidan-act-as", act_as),
    HEAD("x-paidan-session", session),
    HEAD("x-request-id", request_id),
    HEAD("traceparent", traceparent),
    HEAD("grpc-trace-bin", trace_bin),
    HEAD("idempotency-key", idempotency_key),
    HEAD("x-paidan-unknown-fields", unknown_fields),
    HEAD("accept-language", accept_language),
    HEAD("te", te),
    HEAD("grpc-timeout", grpc_timeout),
    HEAD("connect-timeout-ms", connect_timeout),
    HEAD("connect-protocol-version", connect_version),
    HEAD("grpc-encoding", grpc_encoding),
    HEAD("content-encoding", encoding),
    HEAD("connect-content-encoding", connect_encoding),
};

/* The first of each name counts; two traces are none. */
static void collect(const struct http_request *request, struct heads *heads)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct http_header *h = &request->headers[i];
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
			if (!slice_eq(h->name, known[k].name))
				continue;
			struct slice *to = (struct slice *)(void *)((char *)heads + known[k].offset);
			if (to->ptr == NULL)
				*to = h->value;
			else if (to == &heads->traceparent)
				to->len = 0;
			break;
		}
	}
}

static bool is_plain_id(struct slice value)
{
	bool plain = value.len > 0 && value.len <= LIMIT_REQUEST_ID_CHARS;
	for (size_t i = 0; plain && i < value.len; i++) {
		uint8_t c = value.ptr[i];
		plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
			c == '_' || c == '.' || c == ':';
	}
	return plain;
}

static void take_trace(struct call *call, const struct heads *heads)
{
	if (heads->traceparent.len == 0 && heads->trace_bin.len == 0)
		return;
	uint64_t span = rpc_random(call->rpc) | 1; /* never 0: that is no id */
	if (!trace_read(heads->traceparent, span, &call->trace))
		trace_read_binary(heads->trace_bin, span, &call->trace);
}

/* One name for the call in logs, errors and the answer: the client's, else its trace's, else one of ours. */
static void take_request_id(struct call *call, struct slice value)
{
	char made[TRACE_SPAN_CHARS];
	if (!is_plain_id(value) && trace_is_there(&call->trace))
		value = trace_id(&call->trace);
	else if (!is_plain_id(value))
		value = trace_hex(rpc_random(call->rpc), made);
	memcpy(call->request_id, value.ptr, value.len);
	call->request_id[value.len] = '\0';
	call->request_id_len = value.len;
}

static enum err take_encoding(struct call *call, struct slice value, const char *header)
{
	if (value.len == 0 || slice_eq(value, SLICE("identity")))
		return OK;
	if (!slice_eq(value, SLICE("gzip")))
		return fault_set(&call->fault, ERR_UNSUPPORTED, header, "only gzip and identity are read");
	call->gzip_in = true;
	return OK;
}

static enum err take_timeout(struct call *call, const struct heads *heads)
{
	bool grpc = call->type->protocol == PROTOCOL_GRPC;
	struct slice value = grpc ? heads->grpc_timeout : heads->connect_timeout;
	if (value.ptr == NULL)
		return OK;
	if (grpc ? timeout_grpc(value, &call->timeout_ms) : timeout_connect(value, &call->timeout_ms))
		return OK;
	call->timeout_ms = -1;
	return fault_set(&call->fault, ERR_BAD_REQUEST, grpc ? "grpc-timeout" : "connect-timeout-ms",
			 "not a timeout of that form");
}

/* Who names no encoding reads what the request is written in. */
static void take_wish(struct call *call, enum encoding_wish wish)
{
	call->gzip_out = wish == ENCODING_GZIP;
	call->gzip_back = wish == ENCODING_UNSAID;
}

static enum err take_grpc(struct call *call, const struct http_request *request, const struct heads *heads)
{
	call->gzip_out = encoding_wish(request, SLICE("grpc-accept-encoding"), false) == ENCODING_GZIP;
	/* A proxy that drops it drops trailers too: better no call than one whose outcome is lost. */
	if (!words_same(heads->te, SLICE("trailers")))
		return fault_set(&call->fault, ERR_BAD_REQUEST, "te", "gRPC needs trailers");
	return take_encoding(call, heads->grpc_encoding, "grpc-encoding");
}

static enum err take_protocol(struct call *call, const struct http_request *request, const struct heads *heads)
{
	switch (call->type->protocol) {
	case PROTOCOL_GRPC:
		return take_grpc(call, request, heads);
	case PROTOCOL_CONNECT:
		take_wish(call, encoding_wish(request, SLICE("accept-encoding"), true));
		/* A GET says it in the query. */
		TRY(call->is_get ? OK : take_encoding(call, heads->encoding, "content-encoding"));
		break;
	case PROTOCOL_CONNECT_STREAM:
		take_wish(call, encoding_wish(request, SLICE("connect-accept-encoding"), true));
		TRY(take_encoding(call, heads->connect_encoding, "connect-content-encoding"));
		break;
	}
	if (heads->connect_version.len > 0 && !slice_eq(heads->connect_version, SLICE("1")))
		return fault_set(&call->fault, ERR_BAD_REQUEST, "connect-protocol-version", "only 1 is spoken");
	return OK;
}

/* What is done with JSON's unknown fields: the client's word goes before the broker's. */
static enum err take_unknown_fields(struct call *call, struct slice value)
{
	call->ignore_unknown = call->rpc->config.json_ignore_unknown;
	if (value.ptr == NULL)
		return OK;
	call->ignore_unknown = slice_eq(value, SLICE("ignore"));
	if (call->ignore_unknown || slice_eq(value, SLICE("reject")))
		return OK;
	return fault_set(&call->fault, ERR_BAD_REQUEST, "x-paidan-unknown-fields", "reject or ignore");
}

/* out has the peer. */
static enum err read_credential(struct rpc *rpc, const struct http_request *request, const struct heads *heads,
				struct arena *arena, struct credential *out, struct fault *fault)
{
	struct auth_headers auth = {
	    .authorization = heads->authorization, .tenant = heads->tenant, .act_as = heads->act_as, .arena = arena};
	const char *peer = out->peer;
	if (request->client != NULL) {
		auth.cert_names = request->client->names;
		auth.n_cert_names = request->client->n_names;
		auth.cert_until_ms = request->client->until_ms;
	}
	if (heads->session.len > 0 && heads->authorization.len == 0)
		TRY(cookie_session(request, heads->session, &auth.session, fault));
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	if (ARENA_GUARD(arena, &guard))
		err = auth_credential(rpc->auth, &auth, out, fault);
	arena_unguard(arena);
	out->peer = peer;
	return err;
}

enum err call_head_read(struct call *call, const struct http_request *request)
{
	struct heads heads = {0};
	collect(request, &heads);
	take_trace(call, &heads);
	take_request_id(call, heads.request_id);
	call->zh = status_prefers_zh(heads.accept_language);
	call->timeout_ms = -1;
	TRY(take_protocol(call, request, &heads));
	TRY(take_timeout(call, &heads));
	TRY(take_unknown_fields(call, heads.unknown_fields));
	if (call->method == NULL || call->method->handler == NULL)
		return OK;
	call->idempotency_key = heads.idempotency_key;
	if (heads.idempotency_key.len > LIMIT_REQUEST_ID_CHARS)
		return fault_set(&call->fault, ERR_FIELD_TOO_LONG, "idempotency-key", "at most %d bytes",
				 LIMIT_REQUEST_ID_CHARS);
	call->credential.peer = call->peer;
	return read_credential(call->rpc, request, &heads, &call->arena, &call->credential, &call->fault);
}

enum err rpc_credential(struct rpc *rpc, const struct http_request *request, struct arena *arena, char from[PEER_CHARS],
			struct credential *out, struct fault *fault)
{
	struct heads heads = {0};
	collect(request, &heads);
	out->peer = peer_find(&rpc->proxies, request, from);
	return read_credential(rpc, request, &heads, arena, out, fault);
}
