#include "rpc/stream.h"

#include "pb/pb_message.h"
#include "rpc/local.h"
#include "rpc/reply.h"
#include "rpc/request.h"

static void fail(struct call *call, enum err err)
{
	reply_error(call, err, call->fault.err == err ? &call->fault : NULL);
}

/* --- watches --- */

/* Behind all others: it has been told something just now. */
static void touch(struct call *call)
{
	struct rpc *rpc = call->rpc;
	if (call->is_watching)
		TAILQ_REMOVE(&rpc->watches, call, watch_link);
	TAILQ_INSERT_TAIL(&rpc->watches, call, watch_link);
	call->is_watching = true;
	call->sent_ms = rpc_now_ms();
}

/* Checked when the client says it, and of our own making otherwise. */
static void set_event_id(struct call *call, struct slice id)
{
	size_t len = id.len < sizeof(call->event_id) ? id.len : sizeof(call->event_id) - 1;
	if (len > 0)
		memcpy(call->event_id, id.ptr, len);
	call->event_id[len] = '\0';
}

/* A message that tells nothing but where the stream stands. */
static void say_position(struct call *call)
{
	const ProtobufCFieldDescriptor *event_id = call->method->event_id;
	struct arena_mark mark = arena_mark(&call->arena);
	jmp_buf guard;
	if (ARENA_GUARD(&call->arena, &guard)) {
		ProtobufCMessage *message = pb_message_new(&call->arena, call->method->pb->response);
		if (event_id != NULL)
			*(char **)pb_member(message, event_id) = call->event_id;
		arena_unguard(&call->arena);
		if (!reply_send(call, message))
			return;
	}
	arena_unguard(&call->arena);
	arena_rewind(&call->arena, mark);
	touch(call);
}

static void watch_opened(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	if (result->err != OK) {
		call->watch = NULL;
		reply_error(call, result->err, result->fault);
		return;
	}
	call_set_phase(call, CALL_STREAMING, OK);
	reply_open(call);
	touch(call);
	if (result->position != NULL) {
		set_event_id(call, slice_str(result->position));
		say_position(call);
	}
}

static void watch_message(void *arg, const struct exec_told *told)
{
	struct call *call = arg;
	const ProtobufCFieldDescriptor *field = call->method->event_id;
	set_event_id(call, told->event_id);
	/* Handlers don't know where an event stands; the message is ours for the call. */
	if (field != NULL)
		*(char **)pb_member((ProtobufCMessage *)(uintptr_t)told->message, field) = call->event_id;
	if (!reply_send_same(call, told->message, told->same))
		return;
	touch(call);
	if (!call->paused && call->watch != NULL && http_pending_bytes(call->x) > LIMIT_PENDING_HIGH_BYTES) {
		call->paused = true;
		exec_watch_pause(call->watch, true);
	}
}

static void watch_ended(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	call->watch = NULL;
	reply_error(call, result->err == OK ? ERR_UNAVAILABLE : result->err, result->fault);
}

static struct slice string_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return field == NULL ? SLICE_NONE : slice_str(*(char *const *)pb_member_const(message, field));
}

static void watch_start(struct call *call, const ProtobufCMessage *message)
{
	struct slice after = string_field(message, call->method->after);
	struct exec_watch_request request = {
	    .method = call->method->handler,
	    .credential = call->credential,
	    .request = message,
	    .after = after,
	    .opened = watch_opened,
	    .message = watch_message,
	    .ended = watch_ended,
	    .arg = call,
	};
	if (after.len > RPC_EVENT_ID_CHARS) {
		fault_set(&call->fault, ERR_FIELD_TOO_LONG, "after", "not an event id");
		fail(call, ERR_FIELD_TOO_LONG);
		return;
	}
	set_event_id(call, after);
	struct exec_watch *watch = exec_watch(call->rpc->config.exec, &request);
	if (call->phase != CALL_OVER)
		call->watch = watch;
	else if (watch != NULL)
		exec_unwatch(watch);
}

static void heartbeat(struct call *call)
{
	char position[EXEC_POSITION_BYTES];
	exec_watch_check(call->watch);
	if (call->phase == CALL_OVER)
		return;
	if (exec_watch_position(call->watch, position))
		set_event_id(call, slice_str(position));
	say_position(call);
}

/* --- local streams --- */

void stream_receive(struct call *call)
{
	const struct local_method *local = call->method->local;
	if (call->phase == CALL_STREAMING && !call->method->pb->client_streaming) {
		fail(call, ERR_MESSAGE_COUNT);
		return;
	}
	for (;;) {
		ProtobufCMessage *message;
		/* What a stream is about stays for as long as it tells of it. */
		if (call->phase == CALL_READING || call->method->pb->client_streaming)
			arena_reset(&call->arena);
		enum err err = request_decode_next(call, local->request, &message);
		if (err == OK && message == NULL)
			return;
		if (err == OK && call->phase == CALL_READING) {
			call_set_phase(call, CALL_STREAMING, OK);
			reply_open(call);
		}
		if (err == OK) {
			jmp_buf guard;
			volatile enum err answer = ERR_TOO_LARGE;
			if (ARENA_GUARD(&call->arena, &guard))
				answer = local->message(call, message);
			arena_unguard(&call->arena);
			err = answer;
		}
		if (err != OK)
			fail(call, err);
		if (call->phase == CALL_OVER)
			return;
	}
}

/* --- both --- */

void stream_request_ended(struct call *call)
{
	const struct local_method *local = call->method->local;
	ProtobufCMessage *message;
	if (call->timeout_ms == 0) {
		fail(call, ERR_DEADLINE_EXCEEDED);
	} else if (local == NULL) {
		enum err err = request_decode_only(call, call->method->pb->request, &message);
		if (err == OK)
			watch_start(call, message);
		else
			fail(call, err);
	} else if (call->body.len > 0) {
		fault_set(&call->fault, ERR_BAD_REQUEST, NULL, "the last frame is not whole");
		fail(call, ERR_BAD_REQUEST);
	} else if (call->phase == CALL_READING && !call->method->pb->client_streaming) {
		fail(call, ERR_MESSAGE_COUNT);
	} else if (local->tick == NULL) {
		if (!call->head_sent)
			reply_open(call);
		reply_end(call);
	}
}

void stream_resume(struct call *call)
{
	if (!call->paused || call->watch == NULL)
		return;
	call->paused = false;
	exec_watch_pause(call->watch, false);
}

void stream_forget(struct call *call)
{
	if (call->is_watching)
		TAILQ_REMOVE(&call->rpc->watches, call, watch_link);
	call->is_watching = false;
	exec_unwatch(call->watch);
	call->watch = NULL;
}

static void tick_local(struct rpc *rpc)
{
	struct call *call = TAILQ_FIRST(&rpc->live);
	while (call != NULL) {
		struct call *next = TAILQ_NEXT(call, link);
		const struct local_method *local = call->method == NULL ? NULL : call->method->local;
		if (call->phase == CALL_STREAMING && local != NULL && local->tick != NULL)
			local->tick(call);
		call = next;
	}
}

void stream_tick(struct rpc *rpc)
{
	int64_t now_ms = rpc_now_ms();
	bool serving = rpc_serving(rpc);
	for (;;) {
		struct call *call = TAILQ_FIRST(&rpc->watches);
		if (call == NULL || now_ms - call->sent_ms < (int64_t)rpc->config.heartbeat_ms)
			break;
		if (call->paused)
			touch(call); /* it has enough to read */
		else
			heartbeat(call);
	}
	if (serving != rpc->serving)
		tick_local(rpc);
	rpc->serving = serving;
}

void stream_end_all(struct rpc *rpc)
{
	struct call *call = TAILQ_FIRST(&rpc->live);
	tick_local(rpc);
	while (call != NULL) {
		struct call *next = TAILQ_NEXT(call, link);
		if (call->phase == CALL_STREAMING)
			reply_error(call, ERR_UNAVAILABLE, NULL);
		call = next;
	}
}
