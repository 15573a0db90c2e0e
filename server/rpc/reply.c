#include "rpc/reply.h"

#include <stdio.h>

#include "base/decimal.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"
#include "rpc/cookie.h"
#include "rpc/frames.h"
#include "rpc/gzip.h"
#include "rpc/percent.h"
#include "rpc/status.h"

enum { MAX_HEADERS = 12, TIMING_CHARS = 32, KEEPING_CHARS = 32 };

struct head {
	struct http_header items[MAX_HEADERS];
	size_t n;
};

static void head_add(struct head *head, struct slice name, struct slice value)
{
	head->items[head->n++] = (struct http_header){.name = name, .value = value};
}

static void head_add_once(struct head *head, struct slice name, struct slice value)
{
	head->items[head->n++] = (struct http_header){.name = name, .value = value, .once = true};
}

static void head_begin(struct head *head, const struct call *call, const char *content_type)
{
	head->n = 0;
	head_add(head, SLICE("content-type"), slice_str(content_type));
	head_add_once(head, SLICE("x-request-id"), call_request_id(call));
	if (trace_is_there(&call->trace))
		head_add_once(head, SLICE("traceresponse"), slice_str(call->trace.text));
}

/* Who may see what, and the state of things, change at any time; errors too would be kept by caches. But for what is
 * the same for all, and may be a little old. */
static void add_keeping(struct head *head, const struct call *call, bool good, char text[KEEPING_CHARS])
{
	unsigned cache_s = good && call->method->handler != NULL ? call->method->handler->cache_s : 0;
	if (!call->is_get)
		return;
	if (cache_s == 0) {
		head_add(head, SLICE("cache-control"), SLICE("no-store"));
		return;
	}
	int len = snprintf(text, KEEPING_CHARS, "public, max-age=%u", cache_s);
	head_add(head, SLICE("cache-control"), slice_of(text, (size_t)len));
	head_add(head, SLICE("vary"), SLICE("accept-encoding"));
}

/* The value of server-timing; a duration in milliseconds. */
static struct slice timing(const struct call *call, char text[TIMING_CHARS])
{
	int64_t us = rpc_now_us() - call->since_us;
	static const struct slice name = {(const uint8_t *)"rpc;dur=", 8};
	char room[DECIMAL_CHARS];
	struct slice ms = decimal_signed(us / 1000, room);
	unsigned rest = (unsigned)(us % 1000);
	memcpy(text, name.ptr, name.len);
	memcpy(text + name.len, ms.ptr, ms.len);
	char *end = text + name.len + ms.len;
	*end++ = '.';
	*end++ = (char)('0' + rest / 100);
	*end++ = (char)('0' + rest / 10 % 10);
	*end++ = (char)('0' + rest % 10);
	return slice_of(text, (size_t)(end - text));
}

static bool encode_json(struct call *call, const ProtobufCMessage *message, struct buf *out)
{
	/* A local method may be sending from inside its own guard. */
	jmp_buf *outer = call->arena.guard;
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	struct fault fault = {.err = OK};
	if (ARENA_GUARD(&call->arena, &guard))
		err = json_encode(message, NULL, &call->arena, &fault, out);
	call->arena.guard = outer;
	return err == OK;
}

/* Appends the message in the call's codec. */
static bool encode(struct call *call, const ProtobufCMessage *message, struct buf *out)
{
	switch (call->type->codec) {
	case CODEC_PROTO:
		pb_encode(message, out);
		return !out->failed;
	case CODEC_JSON:
		return encode_json(call, message, out) && !out->failed;
	}
	return false;
}

/* Puts the frame's head before a payload that begins at FRAME_HEAD_BYTES. */
static void seal_frame(struct buf *out, uint8_t flags)
{
	frame_head(out->ptr, flags, out->len - FRAME_HEAD_BYTES);
}

static void begin_frame(struct buf *out)
{
	static const uint8_t none[FRAME_HEAD_BYTES];
	buf_add(out, none, sizeof(none));
}

/* What a client that can't be read needs to know; one whose encoding was read without its having been told is told,
 * as gRPC's compression.md wants it. */
static void add_accepted(struct head *head, const struct call *call, enum err err)
{
	if (call->type->protocol == PROTOCOL_GRPC && (err == ERR_UNSUPPORTED || call->gzip_in))
		head_add(head, SLICE("grpc-accept-encoding"), SLICE("identity,gzip"));
	else if (err == ERR_UNSUPPORTED && call->type->protocol == PROTOCOL_CONNECT)
		head_add(head, SLICE("accept-encoding"), SLICE("gzip, identity"));
	else if (err == ERR_UNSUPPORTED && call->type->protocol == PROTOCOL_CONNECT_STREAM)
		head_add(head, SLICE("connect-accept-encoding"), SLICE("gzip, identity"));
	else if (err == ERR_UNAUTHENTICATED && call->type->protocol == PROTOCOL_CONNECT)
		head_add(head, SLICE("www-authenticate"), SLICE("Bearer"));
}

static bool wants_gzip(const struct call *call)
{
	return call->gzip_out || (call->gzip_back && call->gzip_in);
}

/* The message as a frame, compressed when that is worth it: in rpc->out or rpc->packed. NULL: failed. */
static struct buf *make_frame(struct call *call, const ProtobufCMessage *message)
{
	struct buf *out = &call->rpc->out, *packed = &call->rpc->packed;
	begin_frame(out);
	if (!encode(call, message, out))
		return NULL;
	if (wants_gzip(call) && out->len >= RPC_GZIP_MIN_BYTES) {
		begin_frame(packed);
		if (gzip_deflate(slice_from(buf_view(out), FRAME_HEAD_BYTES), packed)) {
			seal_frame(packed, FRAME_COMPRESSED);
			return packed;
		}
	}
	seal_frame(out, 0);
	return out;
}

static void scratch_done(struct rpc *rpc)
{
	rpc_scratch_done(&rpc->out);
	rpc_scratch_done(&rpc->packed);
	rpc_scratch_done(&rpc->text);
}

static void send_bytes(struct call *call, const struct buf *bytes)
{
	call->bytes_out += bytes->len;
	http_write(call->x, buf_view(bytes));
}

/* The trailers of a gRPC call that ends well. */
static void finish_grpc(struct call *call)
{
	char text[TIMING_CHARS];
	struct head trailers = {.n = 0};
	head_add(&trailers, SLICE("grpc-status"), SLICE("0"));
	head_add_once(&trailers, SLICE("server-timing"), timing(call, text));
	http_finish(call->x, trailers.items, trailers.n);
}

static void reply_grpc(struct call *call, const ProtobufCMessage *message)
{
	const struct buf *frame = make_frame(call, message);
	if (frame == NULL) {
		scratch_done(call->rpc);
		reply_error(call, ERR_INTERNAL, NULL);
		return;
	}
	struct head head;
	head_begin(&head, call, call->type->content_type);
	add_accepted(&head, call, OK);
	if (frame == &call->rpc->packed)
		head_add(&head, SLICE("grpc-encoding"), SLICE("gzip"));
	http_respond(call->x, 200, head.items, head.n, false);
	send_bytes(call, frame);
	finish_grpc(call);
	scratch_done(call->rpc);
	call_set_phase(call, CALL_OVER, OK);
}

static void reply_connect(struct call *call, const ProtobufCMessage *message)
{
	struct buf *out = &call->rpc->out, *packed = &call->rpc->packed;
	if (!encode(call, message, out)) {
		scratch_done(call->rpc);
		reply_error(call, ERR_INTERNAL, NULL);
		return;
	}
	char text[TIMING_CHARS], keeping[KEEPING_CHARS];
	struct head head;
	head_begin(&head, call, call->type->content_type);
	add_keeping(&head, call, true, keeping);
	head_add_once(&head, SLICE("trailer-server-timing"), timing(call, text));
	if (wants_gzip(call) && out->len >= RPC_GZIP_MIN_BYTES && gzip_deflate(buf_view(out), packed)) {
		head_add(&head, SLICE("content-encoding"), SLICE("gzip"));
		out = packed;
	}
	call->bytes_out += out->len;
	http_respond_body(call->x, 200, head.items, head.n, buf_view(out));
	scratch_done(call->rpc);
	call_set_phase(call, CALL_OVER, OK);
}

void reply_message(struct call *call, const ProtobufCMessage *message)
{
	char text[COOKIE_CHARS];
	if (call->cookie != NULL)
		http_add_header(call->x, SLICE("set-cookie"), cookie_write(call->cookie, text));
	if (call->type->protocol == PROTOCOL_CONNECT)
		reply_connect(call, message);
	else
		reply_grpc(call, message);
}

/* --- errors --- */

/* The head of a stream; the error that ends it at once, if any. */
static void open_stream(struct call *call, enum err err)
{
	struct head head;
	head_begin(&head, call, call->type->content_type);
	add_accepted(&head, call, err);
	if (wants_gzip(call))
		head_add(&head,
			 call->type->protocol == PROTOCOL_GRPC ? SLICE("grpc-encoding")
							       : SLICE("connect-content-encoding"),
			 SLICE("gzip"));
	http_respond(call->x, 200, head.items, head.n, false);
	call->head_sent = true;
}

static void error_grpc(struct call *call, const struct status *status)
{
	struct rpc *rpc = call->rpc;
	char code[4], text[TIMING_CHARS];
	struct head head;
	if (call->head_sent) {
		head.n = 0;
	} else {
		head_begin(&head, call, call->type->content_type);
		add_accepted(&head, call, status->err);
	}
	snprintf(code, sizeof(code), "%d", (int)err_info(status->err)->code);
	status_message(status, &rpc->packed);
	percent_encode_message(buf_view(&rpc->packed), &rpc->text);
	status_details(status, &rpc->out);
	head_add(&head, SLICE("grpc-status"), slice_str(code));
	head_add(&head, SLICE("grpc-message"), buf_view(&rpc->text));
	if (!rpc->out.failed)
		head_add(&head, SLICE("grpc-status-details-bin"), buf_view(&rpc->out));
	head_add_once(&head, SLICE("server-timing"), timing(call, text));
	if (call->head_sent)
		http_finish(call->x, head.items, head.n);
	else
		http_respond(call->x, 200, head.items, head.n, true);
}

static void error_connect(struct call *call, const struct status *status)
{
	struct buf *out = &call->rpc->out;
	char text[TIMING_CHARS], keeping[KEEPING_CHARS];
	struct head head;
	head_begin(&head, call, "application/json");
	add_keeping(&head, call, false, keeping);
	head_add_once(&head, SLICE("trailer-server-timing"), timing(call, text));
	add_accepted(&head, call, status->err);
	status_json(status, out);
	call->bytes_out += out->len;
	http_respond_body(call->x, err_info(status->err)->http, head.items, head.n, buf_view(out));
}

/* The last frame of a Connect stream; status NULL: it ended well. */
static void finish_connect_stream(struct call *call, const struct status *status)
{
	struct buf *out = &call->rpc->out;
	char text[TIMING_CHARS];
	begin_frame(out);
	buf_byte(out, '{');
	if (status != NULL) {
		buf_str(out, "\"error\":");
		status_json(status, out);
		buf_byte(out, ',');
	}
	buf_printf(out, "\"metadata\":{\"server-timing\":[\"%.*s\"]}}", SLICE_FMT(timing(call, text)));
	if (out->failed) {
		http_abort(call->x); /* half a frame would be worse than none */
		return;
	}
	seal_frame(out, FRAME_END_STREAM);
	send_bytes(call, out);
	http_finish(call->x, NULL, 0);
}

static void error_connect_stream(struct call *call, const struct status *status)
{
	if (!call->head_sent)
		open_stream(call, status->err);
	finish_connect_stream(call, status);
}

void reply_error(struct call *call, enum err err, const struct fault *fault)
{
	struct status status = {err, fault, call->zh, call_request_id(call)};
	switch (call->type->protocol) {
	case PROTOCOL_GRPC:
		error_grpc(call, &status);
		break;
	case PROTOCOL_CONNECT:
		error_connect(call, &status);
		break;
	case PROTOCOL_CONNECT_STREAM:
		error_connect_stream(call, &status);
		break;
	}
	scratch_done(call->rpc);
	call_set_phase(call, CALL_OVER, err);
}

/* --- streams --- */

void reply_open(struct call *call)
{
	open_stream(call, OK);
}

/* The frame that others with that codec and encoding were sent, or are to be. */
static const struct buf *shared_frame(struct call *call, const ProtobufCMessage *message, uint64_t same)
{
	struct rpc_same *slot = &call->rpc->same[same % RPC_SAME];
	if (slot->number != same) {
		for (size_t i = 0; i < RPC_SAME_FORMS; i++)
			buf_reset(&slot->frames[i]);
		slot->number = same;
	}
	struct buf *kept = &slot->frames[2 * call->type->codec + wants_gzip(call)];
	if (kept->len > 0)
		return kept;
	const struct buf *made = make_frame(call, message);
	if (made == NULL)
		return NULL;
	buf_slice(kept, buf_view(made));
	if (!kept->failed)
		return kept;
	buf_free(kept);
	return made;
}

bool reply_send(struct call *call, const ProtobufCMessage *message)
{
	return reply_send_same(call, message, 0);
}

bool reply_send_same(struct call *call, const ProtobufCMessage *message, uint64_t same)
{
	const struct buf *frame = same == 0 ? make_frame(call, message) : shared_frame(call, message, same);
	if (frame != NULL) {
		send_bytes(call, frame);
		call->messages++;
		metrics_add(call->rpc->config.slot, METRICS_STREAM_MESSAGES, 1);
	}
	scratch_done(call->rpc);
	if (frame == NULL)
		reply_error(call, ERR_INTERNAL, NULL);
	return frame != NULL;
}

void reply_end(struct call *call)
{
	if (call->type->protocol == PROTOCOL_GRPC)
		finish_grpc(call);
	else
		finish_connect_stream(call, NULL);
	scratch_done(call->rpc);
	call_set_phase(call, CALL_OVER, OK);
}
