/* Calls in every protocol, from the request's bytes to the response's, on fake exchanges. */
#include "rpc_call_stage.h"

static void grpc_unary(void **state)
{
	struct world *w = *state;
	/* order_id = "o0000001", one byte at a time. */
	struct slice body = slice_of("\0\0\0\0\n\n\10o0000001", 15);
	fake_request(&w->x, "POST", GET_ORDER, true, grpc_headers);
	fake_run(w->app, &w->x, body, 1);
	assert_int_equal(w->x.status, 200);
	assert_string_equal(fake_head(&w->x, "content-type"), "application/grpc");
	assert_string_equal(fake_head(&w->x, "x-request-id"), "abc");
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "0");
	assert_memory_equal(w->x.body.ptr, "\0\0\0\0\14\n\n\n\10o0000001", w->x.body.len);
	assert_int_equal(w->x.body.len, 17);
	assert_int_equal(fake_exec.calls, 1);
	assert_int_equal(fake_exec.credential.kind, CREDENTIAL_KEY);
	assert_true(slice_eq(fake_exec.credential.tenant, SLICE("demo")));
	gone(w);
}

struct bad_frame {
	const char *name;
	const char *bytes;
	size_t len;
	const char *encoding; /* of the request */
	const char *code;
	const char *reason;
};

static const struct bad_frame bad_frames[] = {
    {"no message", "", 0, "identity", "12", "exactly one message"},
    {"half a head", "\0\0\0", 3, "identity", "3", "malformed"},
    {"half a message", "\0\0\0\0\5ab", 7, "identity", "3", "malformed"},
    {"two messages", "\0\0\0\0\0\0\0\0\0\0", 10, "identity", "12", "exactly one message"},
    {"a message and a half", "\0\0\0\0\0\0\0", 7, "identity", "12", "exactly one message"},
    {"unknown flags", "\4\0\0\0\0", 5, "identity", "3", "malformed"},
    {"an end of stream", "\2\0\0\0\2{}", 7, "identity", "3", "malformed"},
    {"too large", "\0\0\100\0\1", 5, "identity", "8", "larger"},
    {"4 GiB", "\0\377\377\377\377", 5, "identity", "8", "larger"},
    {"compressed unannounced", "\1\0\0\0\0", 5, "identity", "13", "compressed"},
    {"not gzip", "\1\0\0\0\3abc", 8, "gzip", "3", "not gzip"},
    {"not proto", "\0\0\0\0\2\n\5", 7, "identity", "3", "protobuf"},
    {"bad UTF-8", "\0\0\0\0\3\n\1\377", 8, "identity", "3", "UTF-8"},
    {"unknown encoding", "\0\0\0\0\0", 5, "br", "12", "grpc-encoding"},
};

static void grpc_bad_frames(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(bad_frames) / sizeof(bad_frames[0]); i++) {
		const struct bad_frame *row = &bad_frames[i];
		for (size_t piece = 0; piece < 3; piece++) {
			char encoding[64];
			snprintf(encoding, sizeof(encoding), "grpc-encoding: %s", row->encoding);
			const char *const headers[] = {"content-type: application/grpc", "te: trailers", KEY, encoding,
						       NULL};
			fake_request(&w->x, "POST", GET_ORDER, true, headers);
			fake_run(w->app, &w->x, slice_of(row->bytes, row->len), piece);
			const char *code = fake_head(&w->x, "grpc-status");
			const char *message = fake_head(&w->x, "grpc-message");
			if (code == NULL || strcmp(code, row->code) != 0 || strstr(message, row->reason) == NULL)
				fail_msg("%s: %s %s", row->name, code == NULL ? "no status" : code,
					 message == NULL ? "" : message);
			assert_int_equal(w->x.status, 200);
			assert_true(w->x.ended);
			assert_non_null(fake_head(&w->x, "grpc-status-details-bin"));
			gone(w);
		}
	}
	assert_int_equal(fake_exec.calls, 0);
}

/* The same on Connect's streams, where the outcome is in the last frame. */
static void connect_bad_frames(void **state)
{
	struct world *w = *state;
	for (size_t i = 0; i < sizeof(bad_frames) / sizeof(bad_frames[0]); i++) {
		const struct bad_frame *row = &bad_frames[i];
		char encoding[64];
		snprintf(encoding, sizeof(encoding), "connect-content-encoding: %s", row->encoding);
		const char *const headers[] = {"content-type: application/connect+proto", KEY, encoding, NULL};
		fake_request(&w->x, "POST", WATCH_ORDERS, false, headers);
		fake_run(w->app, &w->x, slice_of(row->bytes, row->len), 0);
		assert_int_equal(w->x.status, 200);
		assert_true(w->x.body.len > 5);
		assert_int_equal(w->x.body.ptr[0], 2);
		buf_byte(&w->x.body, 0);
		const char *json = (const char *)w->x.body.ptr + 5;
		const char *want = row->reason;
		if (strcmp(want, "grpc-encoding") == 0)
			want = "connect-content-encoding";
		if (strstr(json, want) == NULL)
			fail_msg("%s: %s", row->name, json);
		gone(w);
	}
}

static void compression(void **state)
{
	struct world *w = *state;
	struct buf body = {0}, packed = {0}, plain = {0};
	static char note[8001];
	memset(note, 'a', sizeof(note) - 1);
	order.description = note;
	assert_true(gzip_deflate(slice_of("\n\10o0000001", 10), &packed));
	buf_byte(&body, 1);
	buf_u32be(&body, (uint32_t)packed.len);
	buf_slice(&body, buf_view(&packed));
	const char *const headers[] = {"content-type: application/grpc",
				       "te: trailers",
				       KEY,
				       "grpc-encoding: gzip",
				       "grpc-accept-encoding: deflate, gzip",
				       NULL};
	run(w, GET_ORDER, headers, buf_view(&body));
	const GetOrderRequest *request = fake_exec.last.request;
	assert_int_equal(fake_exec.calls, 1);
	assert_string_equal(fake_head(&w->x, "grpc-encoding"), "gzip");
	assert_int_equal(w->x.body.ptr[0], 1);
	assert_int_equal(gzip_inflate(slice_from(buf_view(&w->x.body), 5), 100000, &plain), OK);
	assert_true(plain.len > 8000);
	assert_string_equal(request->order_id, "o0000001");
	gone(w);
	/* A bomb: 4 MiB and a byte of zeros. */
	struct buf zeros = {0};
	memset(buf_reserve(&zeros, LIMIT_MESSAGE_BYTES + 1), 0, LIMIT_MESSAGE_BYTES + 1);
	zeros.len = LIMIT_MESSAGE_BYTES + 1;
	buf_reset(&packed);
	buf_reset(&body);
	assert_true(gzip_deflate(buf_view(&zeros), &packed));
	buf_byte(&body, 1);
	buf_u32be(&body, (uint32_t)packed.len);
	buf_slice(&body, buf_view(&packed));
	run(w, GET_ORDER, headers, buf_view(&body));
	assert_string_equal(fake_head(&w->x, "grpc-status"), "8");
	gone(w);
	buf_free(&zeros);
	buf_free(&body);
	buf_free(&packed);
	buf_free(&plain);
}

static void body_is(struct world *w, const char *want)
{
	buf_byte(&w->x.body, 0);
	assert_string_equal((const char *)w->x.body.ptr, want);
}

static void connect_unary(void **state)
{
	struct world *w = *state;
	const char *const headers[] = {"content-type: application/json", KEY, "connect-protocol-version: 1",
				       "idempotency-key: i1", NULL};
	run(w, GET_ORDER, headers, SLICE("{\"orderId\":\"o0000001\"}"));
	assert_int_equal(w->x.status, 200);
	assert_string_equal(fake_head(&w->x, "content-type"), "application/json");
	body_is(w, "{\"order\":{\"id\":\"o0000001\"}}");
	assert_true(slice_eq(fake_exec.last.request_id, SLICE("i1")));
	gone(w);
	const char *const proto[] = {"content-type: application/proto", KEY, NULL};
	run(w, GET_ORDER, proto, SLICE("\n\10o0000001"));
	assert_int_equal(w->x.body.len, 12);
	gone(w);
	/* An empty body is an empty message. */
	run(w, GET_ORDER, proto, SLICE_NONE);
	assert_int_equal(w->x.status, 200);
	gone(w);
}

static void connect_errors(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *header;
		const char *body;
		int status;
		const char *code;
		const char *reason;
	} rows[] = {
	    {"x: y", "{", 400, "\"invalid_argument\"", "BAD_JSON"},
	    {"x: y", "{\"orderid\":1}", 400, "\"invalid_argument\"", "UNKNOWN_FIELD"},
	    {"x: y", "{\"orderId\":1}", 400, "\"invalid_argument\"", "FIELD_INVALID"},
	    {"x-paidan-unknown-fields: reject", "{\"orderid\":1}", 400, "\"invalid_argument\"", "UNKNOWN_FIELD"},
	    {"x-paidan-unknown-fields: drop", "{}", 400, "\"invalid_argument\"", "BAD_REQUEST"},
	    {"x-paidan-unknown-fields: ignore", "{\"orderId\":1}", 400, "\"invalid_argument\"", "FIELD_INVALID"},
	    {"connect-timeout-ms: soon", "{}", 400, "\"invalid_argument\"", "BAD_REQUEST"},
	    {"connect-timeout-ms: 0", "{}", 504, "\"deadline_exceeded\"", "DEADLINE_EXCEEDED"},
	    {"connect-protocol-version: 2", "{}", 400, "\"invalid_argument\"", "BAD_REQUEST"},
	    {"content-encoding: br", "{}", 501, "\"unimplemented\"", "UNSUPPORTED"},
	    {"content-encoding: gzip", "{}", 400, "\"invalid_argument\"", "BAD_REQUEST"},
	    {"authorization: Bearer nonsense", "{}", 401, "\"unauthenticated\"", "UNAUTHENTICATED"},
	    {"x-paidan-act-as: nobody", "{}", 400, "\"invalid_argument\"", "FIELD_INVALID"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const headers[] = {"content-type: application/json", rows[i].header, NULL};
		run(w, GET_ORDER, headers, slice_str(rows[i].body));
		buf_byte(&w->x.body, 0);
		const char *json = (const char *)w->x.body.ptr;
		if (w->x.status != rows[i].status || strstr(json, rows[i].code) == NULL ||
		    strstr(json, rows[i].reason) == NULL)
			fail_msg("%s %s: %d %s", rows[i].header, rows[i].body, w->x.status, json);
		gone(w);
	}
	assert_int_equal(fake_exec.calls, 0);
}

/* Skipped when the broker's option or the client says so; the client's word goes first. */
static void unknown_fields(void **state)
{
	struct world *w = *state;
	static const struct {
		bool option;
		const char *header;
		int status;
	} rows[] = {
	    {false, "x: y", 400},
	    {false, "x-paidan-unknown-fields: ignore", 200},
	    {true, "x: y", 200},
	    {true, "x-paidan-unknown-fields: reject", 400},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const headers[] = {"content-type: application/json", KEY, rows[i].header, NULL};
		w->rpc->config.json_ignore_unknown = rows[i].option;
		run(w, GET_ORDER, headers, SLICE("{\"nested\":{\"a\":[1,{}]},\"orderId\":\"o1\"}"));
		assert_int_equal(w->x.status, rows[i].status);
		gone(w);
	}
	assert_int_equal(fake_exec.calls, 2);
	/* Binary messages may always hold what we don't know, as proto3 has it. */
	const char *const proto[] = {"content-type: application/proto", KEY, NULL};
	w->rpc->config.json_ignore_unknown = false;
	run(w, GET_ORDER, proto, SLICE("\n\10o0000001\372\177\1x"));
	assert_int_equal(w->x.status, 200);
	gone(w);
}

static void too_large_body(void **state)
{
	struct world *w = *state;
	const char *const headers[] = {"content-type: application/json", KEY, NULL};
	struct buf big = {0};
	memset(buf_reserve(&big, LIMIT_MESSAGE_BYTES + 1), ' ', LIMIT_MESSAGE_BYTES + 1);
	big.len = LIMIT_MESSAGE_BYTES + 1;
	fake_request(&w->x, "POST", GET_ORDER, false, headers);
	fake_run(w->app, &w->x, buf_view(&big), 16384);
	assert_int_equal(w->x.status, 429);
	gone(w);
	buf_free(&big);
}

static void connect_get(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *query;
		int status;
	} rows[] = {
	    {"?connect=v1&encoding=json&message=%7B%22orderId%22%3A%22o1%22%7D", 200},
	    {"?encoding=json&message={\"orderId\":\"o1\"}", 200},
	    {"?connect=v1&encoding=proto&base64=1&message=CgJvMQ", 200},
	    {"?connect=v1&encoding=proto&base64=1&message=CgJvMQ%3D%3D", 200},
	    {"?connect=v1&encoding=proto&base64=1&message=CgJ!", 400},
	    {"?connect=v1&encoding=json&message=%7", 400},
	    {"?connect=v1&encoding=json", 400},
	    {"?connect=v1&message={}", 400},
	    {"?connect=v2&encoding=json&message={}", 400},
	    {"?connect=v1&encoding=xml&message={}", 415},
	    {"?connect=v1&encoding=json&compression=br&message={}", 501},
	    {"", 400},
	};
	const char *const headers[] = {KEY, NULL};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256];
		snprintf(path, sizeof(path), GET_ORDER "%s", rows[i].query);
		fake_request(&w->x, "GET", path, false, headers);
		fake_run(w->app, &w->x, SLICE_NONE, 0);
		if (w->x.status != rows[i].status)
			fail_msg("%s: %d", rows[i].query, w->x.status);
		gone(w);
	}
	assert_int_equal(fake_exec.calls, 4);
}

/* --- what is no call --- */

static void routes(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *method, *path, *type;
		bool h2, loopback;
		int status;
		const char *header, *value;
	} rows[] = {
	    {"GET", "/healthz", NULL, true, false, 200, NULL, NULL},
	    {"HEAD", "/healthz", NULL, true, false, 200, NULL, NULL},
	    {"POST", "/healthz", NULL, true, false, 405, "allow", "GET, HEAD"},
	    {"GET", "/readyz", NULL, true, false, 200, NULL, NULL},
	    {"GET", "/metrics", NULL, true, false, 404, NULL, NULL},
	    {"GET", "/metrics", NULL, false, true, 200, NULL, NULL},
	    {"GET", "/nothing", NULL, false, false, 404, NULL, NULL},
	    {"POST", "/nothing", "text/plain", false, false, 404, NULL, NULL},
	    {"POST", "/no.Such/Method", "application/json", false, false, 404, "content-type", "application/json"},
	    {"POST", "/no.Such/Method", "application/grpc", true, false, 200, "grpc-status", "12"},
	    {"GET", PLACE_ORDER, NULL, true, false, 405, "allow", "POST"},
	    {"PUT", GET_ORDER, "application/json", true, false, 405, "allow", "GET, POST"},
	    {"OPTIONS", GET_ORDER, NULL, true, false, 204, "allow", "GET, POST"},
	    {"POST", GET_ORDER, "text/xml", true, false, 415, NULL, NULL},
	    {"POST", GET_ORDER, NULL, true, false, 415, NULL, NULL},
	    {"POST", GET_ORDER, "application/connect+json", true, false, 415, NULL, NULL},
	    {"POST", WATCH_ORDERS, "application/json", true, false, 415, NULL, NULL},
	    {"POST", GET_ORDER, "application/grpc", false, false, 505, NULL, NULL},
	    {"POST", REFLECTION, "application/connect+proto", false, false, 505, NULL, NULL},
	    /* Known, but neither of the executor nor local. */
	    {"POST", "/paidan.v1.OrderService/RateOrder", "application/json", true, false, 404, "content-type",
	     "application/json"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char type[64];
		snprintf(type, sizeof(type), "content-type: %s", rows[i].type == NULL ? "" : rows[i].type);
		const char *const headers[] = {"te: trailers", rows[i].type == NULL ? NULL : type, NULL};
		fake_request(&w->x, rows[i].method, rows[i].path, rows[i].h2, headers);
		w->x.request.loopback = rows[i].loopback;
		fake_run(w->app, &w->x, SLICE("{}"), 0);
		if (w->x.status != rows[i].status)
			fail_msg("%s %s: %d", rows[i].method, rows[i].path, w->x.status);
		if (rows[i].header != NULL)
			assert_string_equal(fake_head(&w->x, rows[i].header), rows[i].value);
		if (rows[i].status == 415)
			assert_non_null(fake_head(&w->x, "accept-post"));
		gone(w);
	}
}

/* --- errors of handlers, in words --- */

static void error_texts(void **state)
{
	struct world *w = *state;
	struct fault fault = {0};
	fault_set(&fault, ERR_FIELD_TOO_LONG, "order.title", "at most %d characters: 百分之%d%%", 80, 5);
	fake_exec.hold = true;
	run(w, GET_ORDER, grpc_headers, slice_of("\0\0\0\0\0", 5));
	fake_answer(ERR_FIELD_TOO_LONG, &fault, NULL);
	assert_string_equal(fake_head(&w->x, "grpc-status"), "3");
	assert_string_equal(fake_head(&w->x, "grpc-message"),
			    "the field is too long: order.title: at most 80 characters: "
			    "%E7%99%BE%E5%88%86%E4%B9%8B5%25");
	gone(w);
	const char *const zh[] = {"content-type: application/json", "accept-language: zh-CN,zh;q=0.9", KEY,
				  "x-request-id: r9", NULL};
	fake_exec.hold = true;
	run(w, GET_ORDER, zh, SLICE("{}"));
	fake_answer(ERR_FIELD_TOO_LONG, &fault, NULL);
	buf_byte(&w->x.body, 0);
	const char *json = (const char *)w->x.body.ptr;
	assert_non_null(strstr(json, "\"message\":\"字段过长：order.title：at most 80"));
	assert_non_null(strstr(json, "\"reason\":\"FIELD_TOO_LONG\",\"field\":\"order.title\""));
	assert_non_null(strstr(json, "\"requestId\":\"r9\""));
	gone(w);
}

/* All that is wrong with a request: google.rpc.BadRequest behind our own detail. */
static void violations(void **state)
{
	struct world *w = *state;
	static const struct violation both[] = {
	    {ERR_FIELD_TOO_LONG, "order.title", "至多 80 个字符", "at most 80 characters"},
	    {ERR_FIELD_REQUIRED, "order.\"id\"", "必填", "must be set"},
	};
	struct fault fault = {.violations = both, .n_violations = 2};
	fault.err = ERR_FIELD_TOO_LONG;
	fault.field = both[0].field;
	fake_exec.hold = true;
	run(w, GET_ORDER, grpc_headers, slice_of("\0\0\0\0\0", 5));
	fake_answer(ERR_FIELD_TOO_LONG, &fault, NULL);
	assert_string_equal(fake_head(&w->x, "grpc-message"),
			    "the field is too long: order.title: at most 80 characters (and 1 more)");
	struct arena a;
	uint8_t bytes[2048];
	size_t len;
	struct fault wrong;
	RpcStatus *status;
	Google__Rpc__BadRequest *bad;
	ProtobufCMessage *message;
	arena_init(&a, 1 << 20);
	struct slice details = slice_str(fake_head(&w->x, "grpc-status-details-bin"));
	assert_true(base64_decoded_room(details.len) <= sizeof(bytes) && base64_decode(details, bytes, &len));
	assert_int_equal(PB_DECODE(&a, RpcStatus, slice_of(bytes, len), &wrong, &status), OK);
	assert_int_equal(status->n_details, 2);
	assert_string_equal(status->details[0]->type_url, "type.googleapis.com/paidan.v1.ErrorInfo");
	assert_string_equal(status->details[1]->type_url, "type.googleapis.com/google.rpc.BadRequest");
	assert_int_equal(pb_decode(&a, &google__rpc__bad_request__descriptor,
				   slice_of(status->details[1]->value.data, status->details[1]->value.len), &wrong,
				   &message),
			 OK);
	bad = (Google__Rpc__BadRequest *)message;
	assert_int_equal(bad->n_field_violations, 2);
	assert_string_equal(bad->field_violations[1]->field, "order.\"id\"");
	assert_string_equal(bad->field_violations[1]->reason, "FIELD_REQUIRED");
	assert_string_equal(bad->field_violations[1]->description, "must be set");
	assert_string_equal(bad->field_violations[1]->localized_message->locale, "zh-CN");
	assert_string_equal(bad->field_violations[1]->localized_message->message, "必填");
	arena_free(&a);
	gone(w);
	const char *const zh[] = {"content-type: application/json", "accept-language: zh", KEY, NULL};
	fake_exec.hold = true;
	run(w, GET_ORDER, zh, SLICE("{}"));
	fake_answer(ERR_FIELD_TOO_LONG, &fault, NULL);
	buf_byte(&w->x.body, 0);
	const char *json = (const char *)w->x.body.ptr;
	assert_non_null(strstr(json, "\"message\":\"字段过长：order.title：至多 80 个字符（另有 1 处错误）\""));
	assert_non_null(strstr(json, "{\"type\":\"google.rpc.BadRequest\",\"value\":\""));
	assert_non_null(strstr(json,
			       "{\"reason\":\"FIELD_REQUIRED\",\"field\":\"order.\\\"id\\\"\",\"description\":"
			       "\"must be set\",\"localizedMessage\":{\"locale\":\"zh-CN\",\"message\":\"必填\"}}"));
	gone(w);
}

/* --- life --- */

static void cancelled(void **state)
{
	struct world *w = *state;
	fake_exec.hold = true;
	run(w, GET_ORDER, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_int_equal(w->x.status, 0);
	assert_int_equal(rpc_in_flight(w->rpc), 1);
	gone(w);
	assert_int_equal(fake_exec.cancelled, 1);
}

static void deadline(void **state)
{
	struct world *w = *state;
	const char *const headers[] = {"content-type: application/grpc", "te: trailers", KEY, "grpc-timeout: 10m",
				       NULL};
	fake_exec.hold = true;
	run(w, GET_ORDER, headers, slice_of("\0\0\0\0\0", 5));
	while (w->x.status == 0)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_string_equal(fake_head(&w->x, "grpc-status"), "4");
	assert_int_equal(fake_exec.cancelled, 1);
	gone(w);
}

/* Many plain HTTP clients take an answer before the end of their request for a broken stream; gRPC's expect it. */
static void deadline_while_it_arrives(void **state)
{
	struct world *w = *state;
	const char *const json[] = {"content-type: application/json", KEY, "connect-timeout-ms: 0", NULL};
	const char *const grpc[] = {"content-type: application/grpc", "te: trailers", KEY, "grpc-timeout: 1m", NULL};
	struct http_exchange other = {0};
	fake_request(&w->x, "POST", GET_ORDER, true, json);
	w->x.state = w->app->begin(w->app->arg, &w->x, &w->x.request);
	fake_request(&other, "POST", GET_ORDER, true, grpc);
	other.state = w->app->begin(w->app->arg, &other, &other.request);
	while (other.status == 0)
		event_base_loop(w->base, EVLOOP_ONCE);
	assert_string_equal(fake_head(&other, "grpc-status"), "4");
	assert_int_equal(w->x.status, 0);
	w->app->body(w->x.state, SLICE("{}"));
	w->app->end(w->x.state);
	assert_int_equal(w->x.status, 504);
	fake_gone(w->app, &other);
	gone(w);
	assert_int_equal(fake_exec.calls, 0);
}

static void overload(void **state)
{
	struct world *w = *state;
	struct http_exchange many[3] = {0};
	fake_exec.hold = true;
	for (size_t i = 0; i < 3; i++) {
		fake_request(&many[i], "POST", GET_ORDER, true, grpc_headers);
		fake_run(w->app, &many[i], slice_of("\0\0\0\0\0", 5), 0);
	}
	assert_int_equal(many[1].status, 0);
	assert_string_equal(fake_head(&many[2], "grpc-status"), "14");
	/* Health is answered all the same. */
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "0");
	gone(w);
	for (size_t i = 0; i < 3; i++)
		fake_gone(w->app, &many[i]);
	assert_int_equal(metrics_sum(w->metrics, METRICS_RPC_OVERLOADED), 1);
	assert_int_equal(metrics_sum(w->metrics, METRICS_RPC_IN_FLIGHT), 0);
}

/* What the messages of calls under way take is bounded. */
static void overload_by_messages(void **state)
{
	struct world *w = *state;
	struct http_exchange many[3] = {0};
	fake_exec.hold = true;
	w->rpc->config.max_message_bytes = 1000;
	for (size_t i = 0; i < 3; i++) {
		uint8_t body[7 + 100] = {0, 0, 0, 0, 102, '\n', 100};
		memset(body + 7, 'o', 100);
		if (i == 1)
			w->rpc->config.max_message_bytes = w->rpc->message_bytes;
		fake_request(&many[i], "POST", GET_ORDER, true, grpc_headers);
		fake_run(w->app, &many[i], slice_of(body, sizeof(body)), 0);
		if (i == 1)
			fake_gone(w->app, &many[0]);
	}
	assert_string_equal(fake_head(&many[1], "grpc-status"), "14");
	assert_int_equal(many[2].status, 0); /* there is room again */
	run(w, CHECK, grpc_headers, slice_of("\0\0\0\0\0", 5));
	assert_string_equal(fake_trailer(&w->x, "grpc-status"), "0");
	gone(w);
	fake_gone(w->app, &many[1]);
	fake_gone(w->app, &many[2]);
	assert_int_equal(metrics_sum(w->metrics, METRICS_RPC_OVERLOADED), 1);
	assert_int_equal(w->rpc->message_bytes, 0);
}

int main(void)
{
	log_setup(open("/dev/null", 1), LOG_ERROR, "test");
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(grpc_unary),
	    CASE(grpc_bad_frames),
	    CASE(connect_bad_frames),
	    CASE(compression),
	    CASE(connect_unary),
	    CASE(connect_errors),
	    CASE(unknown_fields),
	    CASE(too_large_body),
	    CASE(connect_get),
	    CASE(routes),
	    CASE(error_texts),
	    CASE(violations),
	    CASE(cancelled),
	    CASE(deadline),
	    CASE(deadline_while_it_arrives),
	    CASE(overload),
	    CASE(overload_by_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
