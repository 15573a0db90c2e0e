#include "rpc/request.h"

#include "pb/json_read.h"
#include "pb/pb_wire.h"
#include "rpc/frames.h"
#include "rpc/gzip.h"

static bool is_framed(const struct call *call)
{
	return call->type->protocol != PROTOCOL_CONNECT;
}

static enum err frame_err(struct call *call, enum frame_verdict verdict)
{
	switch (verdict) {
	case FRAME_WHOLE:
	case FRAME_PARTIAL:
		return OK;
	case FRAME_TOO_LARGE:
		return fault_set(&call->fault, ERR_TOO_LARGE, NULL, "at most %d bytes", LIMIT_MESSAGE_BYTES);
	case FRAME_BAD_FLAGS:
		return fault_set(&call->fault, ERR_BAD_REQUEST, NULL, "a frame with unknown flags");
	}
	return ERR_INTERNAL;
}

/* Requests of clients never have an end-of-stream frame. */
static enum frame_verdict next_frame(struct slice *in, struct frame *frame)
{
	return frame_next(in, FRAME_COMPRESSED, LIMIT_MESSAGE_BYTES, frame);
}

enum err request_add(struct call *call, struct slice piece)
{
	call->bytes_in += piece.len;
	if (!is_framed(call) && piece.len > LIMIT_MESSAGE_BYTES - call->body.len)
		return fault_set(&call->fault, ERR_TOO_LARGE, NULL, "at most %d bytes", LIMIT_MESSAGE_BYTES);
	buf_slice(&call->body, piece);
	if (call->body.failed)
		return ERR_OVERLOADED;
	if (!is_framed(call))
		return OK;
	struct slice rest = buf_view(&call->body);
	struct frame frame;
	enum frame_verdict verdict = next_frame(&rest, &frame);
	bool one = call->method == NULL || !call->method->pb->client_streaming;
	if (verdict == FRAME_WHOLE && one && rest.len > 0)
		return ERR_MESSAGE_COUNT;
	return frame_err(call, verdict);
}

static enum err decode_payload(struct call *call, struct slice payload, const ProtobufCMessageDescriptor *descriptor,
			       ProtobufCMessage **out)
{
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	const struct json_opts opts = {.ignore_unknown = call->ignore_unknown};
	if (!ARENA_GUARD(&call->arena, &guard)) {
		arena_unguard(&call->arena);
		return err;
	}
	switch (call->type->codec) {
	case CODEC_PROTO:
		err = pb_decode(&call->arena, descriptor, payload, &call->fault, out);
		break;
	case CODEC_JSON:
		err = json_decode(&call->arena, descriptor, payload, &opts, &call->fault, out);
		break;
	}
	arena_unguard(&call->arena);
	return err;
}

static enum err decode(struct call *call, struct slice payload, bool compressed,
		       const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	if (!compressed)
		return decode_payload(call, payload, descriptor, out);
	struct buf *plain = &call->rpc->text;
	enum err err = gzip_inflate(payload, LIMIT_MESSAGE_BYTES, plain);
	if (err == OK)
		err = decode_payload(call, buf_view(plain), descriptor, out);
	else
		fault_set(&call->fault, err, NULL, err == ERR_TOO_LARGE ? "too large when decompressed" : "not gzip");
	rpc_scratch_done(plain);
	return err;
}

static enum err decode_frame(struct call *call, const struct frame *frame, const ProtobufCMessageDescriptor *descriptor,
			     ProtobufCMessage **out)
{
	bool compressed = (frame->flags & FRAME_COMPRESSED) != 0;
	if (compressed && !call->gzip_in)
		return ERR_UNEXPECTED_COMPRESSION;
	/* To Connect no bytes are an empty message, whatever its encoding; gRPC knows no such rule. */
	bool empty = frame->payload.len == 0 && call->type->protocol == PROTOCOL_CONNECT_STREAM;
	return decode(call, frame->payload, compressed && !empty, descriptor, out);
}

enum err request_decode_only(struct call *call, const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	struct slice rest = buf_view(&call->body);
	struct frame frame;
	if (!is_framed(call)) {
		/* An empty body is an empty message, whatever its encoding. */
		return decode(call, rest, call->gzip_in && rest.len > 0, descriptor, out);
	}
	if (rest.len == 0)
		return ERR_MESSAGE_COUNT;
	enum frame_verdict verdict = next_frame(&rest, &frame);
	TRY(frame_err(call, verdict));
	if (verdict == FRAME_PARTIAL)
		return fault_set(&call->fault, ERR_BAD_REQUEST, NULL, "the last frame is not whole");
	return rest.len > 0 ? ERR_MESSAGE_COUNT : decode_frame(call, &frame, descriptor, out);
}

enum err request_decode_next(struct call *call, const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	struct slice rest = buf_view(&call->body);
	struct frame frame;
	*out = NULL;
	enum frame_verdict verdict = next_frame(&rest, &frame);
	TRY(frame_err(call, verdict));
	if (verdict == FRAME_PARTIAL)
		return OK;
	enum err err = decode_frame(call, &frame, descriptor, out);
	buf_consume(&call->body, call->body.len - rest.len);
	return err;
}
