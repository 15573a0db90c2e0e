#include "rpc/call.h"

#include <stdlib.h>

#include "pb/pb_message.h"
#include "rpc/account.h"
#include "rpc/call_head.h"
#include "rpc/local.h"
#include "rpc/reply.h"
#include "rpc/request.h"
#include "rpc/stream.h"

static const struct route_ops call_ops;

/* --- the memory of calls --- */

static struct call *take_call(struct rpc *rpc)
{
	struct call *call = TAILQ_FIRST(&rpc->spare);
	if (call != NULL) {
		TAILQ_REMOVE(&rpc->spare, call, link);
		rpc->n_spare--;
	} else {
		call = calloc(1, sizeof(*call));
		if (call == NULL)
			return NULL;
		arena_init(&call->arena, LIMIT_REQUEST_ARENA_BYTES);
	}
	struct arena arena = call->arena;
	struct buf body = call->body;
	*call = (struct call){.route.ops = &call_ops, .rpc = rpc, .arena = arena, .body = body};
	call->body.cap_bytes = 0;
	return call;
}

static void free_call(struct call *call)
{
	buf_free(&call->body);
	arena_free(&call->arena);
	free(call);
}

static void drop_message(struct call *call)
{
	call->rpc->message_bytes -= call->message_bytes;
	call->message_bytes = 0;
}

static void give_back(struct call *call)
{
	struct rpc *rpc = call->rpc;
	drop_message(call);
	if (rpc->n_spare >= RPC_SPARE_CALLS) {
		free_call(call);
		return;
	}
	if (call->body.room > RPC_SPARE_BODY_BYTES)
		buf_free(&call->body);
	buf_reset(&call->body);
	arena_reset(&call->arena);
	TAILQ_INSERT_HEAD(&rpc->spare, call, link);
	rpc->n_spare++;
}

void call_free_spare(struct rpc *rpc)
{
	struct call *call;
	while ((call = TAILQ_FIRST(&rpc->spare)) != NULL) {
		TAILQ_REMOVE(&rpc->spare, call, link);
		free_call(call);
	}
	rpc->n_spare = 0;
}

/* --- phases --- */

static size_t *counter_of(struct call *call)
{
	return call->phase == CALL_STREAMING ? &call->rpc->n_streams : &call->rpc->n_running;
}

static void gauges(const struct rpc *rpc)
{
	metrics_set(rpc->config.slot, METRICS_RPC_IN_FLIGHT, rpc->n_running);
	metrics_set(rpc->config.slot, METRICS_STREAMS, rpc->n_streams);
}

void call_set_phase(struct call *call, enum call_phase phase, enum err err)
{
	struct rpc *rpc = call->rpc;
	if (call->phase == CALL_OVER)
		return;
	(*counter_of(call))--;
	call->phase = phase;
	if (phase == CALL_OVER) {
		TAILQ_REMOVE(&rpc->live, call, link);
		stream_forget(call);
		exec_cancel(call->exec);
		call->exec = NULL;
		account_call(call, err);
	} else {
		(*counter_of(call))++;
	}
	gauges(rpc);
}

static void fail(struct call *call, enum err err)
{
	reply_error(call, err, call->fault.err == err ? &call->fault : NULL);
}

/* Answers when the request has arrived (see route_refuse); until then nothing of it is kept. */
static void refuse(struct call *call, enum err err)
{
	call->early = err;
	buf_free(&call->body);
	/* No room for it, or its request may be long in coming. */
	if (err == ERR_OVERLOADED || (call->method != NULL && call->method->pb->client_streaming))
		fail(call, err);
}

/* gRPC's clients take an early answer as it is meant; plain HTTP clients may not, so they are read to the
 * end, which net bounds. */
static void discard(struct call *call, struct slice piece)
{
	call->bytes_in += piece.len;
	if (call->type->protocol == PROTOCOL_GRPC && call->bytes_in > ROUTE_DISCARD_BYTES)
		fail(call, call->early);
}

void call_expire(struct call *call)
{
	call->deadline_ms = 0;
	if (call->phase != CALL_READING || call->type->protocol == PROTOCOL_GRPC)
		fail(call, ERR_DEADLINE_EXCEEDED);
	else if (call->early == OK)
		refuse(call, ERR_DEADLINE_EXCEEDED);
}

/* --- beginning --- */

/* Whether there is room for one more. What this process answers alone is always answered: a balancer that
 * asks for the health of a busy server must not take it for dead. */
static enum err admit(struct call *call)
{
	struct rpc *rpc = call->rpc;
	if (call->method == NULL || (call->method->handler == NULL && call->method->local == NULL))
		return ERR_UNKNOWN_METHOD;
	if (rpc->draining && call->method->local == NULL)
		return ERR_UNAVAILABLE;
	bool full = call->method->streams ? rpc->n_streams >= rpc->config.max_streams
					  : rpc->n_running > rpc->config.max_requests && call->method->local == NULL;
	if (!full)
		return OK;
	metrics_add(rpc->config.slot, METRICS_RPC_OVERLOADED, 1);
	return ERR_OVERLOADED;
}

/* What nobody in particular reads costs the store as much as what somebody does. */
static enum err check_quota(struct call *call)
{
	const struct method *handler = call->method->handler;
	bool reads = handler != NULL && (handler->flags & (METHOD_WRITES | METHOD_STREAMS)) == 0;
	if (!reads || call->credential.kind != CREDENTIAL_NONE || (handler->roles & ROLE_BIT(UNSPECIFIED)) == 0 ||
	    quota_take(&call->rpc->quota, call->peer, rpc_now_ms()))
		return OK;
	return fault_set(&call->fault, ERR_RATE_LIMITED, NULL, "from one address %d at once, one more every %d ms",
			 LIMIT_OPEN_BURST, LIMIT_OPEN_REFILL_MS);
}

static void set_deadline(struct call *call)
{
	int64_t timeout_ms = call->timeout_ms;
	if (!call->method->streams && (timeout_ms < 0 || timeout_ms > LIMIT_DEADLINE_MS))
		timeout_ms = LIMIT_DEADLINE_MS;
	if (timeout_ms < 0)
		return;
	call->deadline_ms = call->since_us / 1000 + timeout_ms;
	rpc_deadline(call->rpc, call->deadline_ms);
}

struct route_state *call_begin(struct rpc *rpc, struct http_exchange *x, const struct http_request *request,
			       const struct rpc_method *method, const struct protocol_type *type)
{
	struct call *call = take_call(rpc);
	if (call == NULL)
		return NULL;
	call->x = x;
	call->method = method;
	call->type = type;
	call->is_get = slice_eq(request->method, SLICE("GET"));
	call->peer = peer_find(&rpc->proxies, request, call->from);
	call->since_us = rpc_now_us();
	TAILQ_INSERT_TAIL(&rpc->live, call, link);
	rpc->n_running++;
	enum err err = call_head_read(call, request);
	if (err == OK)
		err = admit(call);
	if (err == OK)
		err = check_quota(call);
	if (err == OK && call->is_get)
		err = request_from_query(call, request->query);
	if (err == OK)
		set_deadline(call);
	else
		refuse(call, err);
	return &call->route;
}

/* --- running --- */

static void call_done(void *arg, const struct exec_result *result)
{
	struct call *call = arg;
	call->exec = NULL;
	call->cookie = result->cookie;
	if (result->err == OK)
		reply_message(call, result->response);
	else
		reply_error(call, result->err, result->fault);
}

static int64_t wall_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The root key, or nobody, speaks to the tenant that the request is about, when no header says which. */
static enum err named_tenant(struct call *call, const ProtobufCMessage *message)
{
	struct credential *credential = &call->credential;
	const ProtobufCFieldDescriptor *field = call->method->tenant_id;
	bool names_none = credential->kind == CREDENTIAL_ROOT || credential->kind == CREDENTIAL_NONE;
	if (!names_none || credential->tenant.len > 0 || field == NULL)
		return OK;
	credential->tenant = slice_str(*(char *const *)pb_member_const(message, field));
	bool nobody = credential->kind == CREDENTIAL_NONE && credential->tenant.len == 0;
	if (nobody || auth_is_tenant(credential->tenant))
		return OK;
	return fault_set(&call->fault, ERR_FIELD_INVALID, "tenant_id", "lower-case letters, digits and '-'");
}

static void run_handler(struct call *call, const ProtobufCMessage *message)
{
	enum err err = named_tenant(call, message);
	if (err != OK) {
		fail(call, err);
		return;
	}
	struct exec_request request = {
	    .method = call->method->handler,
	    .credential = call->credential,
	    .request = message,
	    .request_id = call->idempotency_key,
	    .deadline_ms = wall_now_ms() + call->deadline_ms - rpc_now_ms(),
	    .done = call_done,
	    .arg = call,
	};
	struct exec_call_state *state = exec_call(call->rpc->config.exec, &request);
	if (state != NULL)
		call->exec = state;
}

static void run_local(struct call *call, const ProtobufCMessage *message)
{
	const struct local_method *local = call->method->local;
	jmp_buf guard;
	volatile enum err err = ERR_TOO_LARGE;
	ProtobufCMessage *volatile response = NULL;
	if (ARENA_GUARD(&call->arena, &guard)) {
		response = pb_message_new(&call->arena, local->response);
		err = local->answer(call, message, response);
	}
	arena_unguard(&call->arena);
	if (err == OK)
		reply_message(call, response);
	else
		fail(call, err);
}

/* A short message can take much memory, and waits in it for the store. */
static enum err hold_message(struct call *call)
{
	struct rpc *rpc = call->rpc;
	call->message_bytes = call->arena.used_bytes;
	rpc->message_bytes += call->message_bytes;
	if (rpc->message_bytes <= rpc->config.max_message_bytes)
		return OK;
	drop_message(call);
	arena_free(&call->arena);
	metrics_add(rpc->config.slot, METRICS_RPC_OVERLOADED, 1);
	return ERR_OVERLOADED;
}

static void run_unary(struct call *call)
{
	const struct local_method *local = call->method->local;
	ProtobufCMessage *message;
	enum err err = request_decode_only(call, local != NULL ? local->request : call->method->pb->request, &message);
	if (err == OK && local == NULL)
		err = hold_message(call);
	if (err != OK) {
		fail(call, err);
		return;
	}
	call_set_phase(call, CALL_RUNNING, OK);
	if (call->timeout_ms == 0)
		fail(call, ERR_DEADLINE_EXCEEDED);
	else if (local != NULL)
		run_local(call, message);
	else
		run_handler(call, message);
}

/* --- what net tells --- */

static void call_body(struct route_state *state, struct slice piece)
{
	struct call *call = (struct call *)(void *)state;
	if (call->phase == CALL_OVER || call->is_get)
		return;
	if (call->early != OK) {
		discard(call, piece);
		return;
	}
	enum err err = request_add(call, piece);
	if (err != OK)
		refuse(call, err);
	else if (call->method->local != NULL && call->method->streams)
		stream_receive(call);
}

static void call_end(struct route_state *state)
{
	struct call *call = (struct call *)(void *)state;
	if (call->phase == CALL_OVER)
		return;
	if (call->early != OK)
		fail(call, call->early);
	else if (!call->method->streams)
		run_unary(call);
	else
		stream_request_ended(call);
}

static void call_writable(struct route_state *state)
{
	stream_resume((struct call *)(void *)state);
}

static void call_gone(struct route_state *state, bool completed)
{
	struct call *call = (struct call *)(void *)state;
	(void)completed; /* an answer that was given counts as given */
	call_set_phase(call, CALL_OVER, ERR_CANCELLED);
	give_back(call);
}

static const struct route_ops call_ops = {call_body, call_end, call_writable, call_gone};
