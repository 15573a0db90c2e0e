#include "client.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"

/* Replies come from the server that one trusts with one's orders: its lists may be larger than what it takes
 * in itself. */
static const struct pb_limits reply_limits = {
    .bytes = 16 * 1024 * 1024, .depth = 32, .fields = 4000000, .memory_bytes = CLIENT_ARENA_BYTES / 2};

const struct pb_method *client_method(const char *name)
{
	char path[160];
	if (name == NULL)
		return NULL;
	if (*name == '/')
		name++;
	bool full = strncmp(name, "paidan.v1.", 10) == 0;
	int len = snprintf(path, sizeof(path), "/%s%s", full ? "" : "paidan.v1.", name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return NULL;
	return pb_method_by_path(&paidan_pb_set, slice_of(path, (size_t)len));
}

char **client_string_field(ProtobufCMessage *m, const char *name)
{
	int field = pb_field_by_name(pb_side(m->descriptor), slice_str(name));
	if (field < 0)
		return NULL;
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[field];
	return f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED
		   ? (char **)(void *)((uint8_t *)m + f->offset)
		   : NULL;
}

enum call_safety client_safety(const struct pb_method *method)
{
	if (method->idempotent || method->server_streaming)
		return CALL_READ;
	return pb_field_by_name(pb_side(method->request), SLICE("request_id")) >= 0 ? CALL_WRITE : CALL_WRITE_ONCE;
}

/* 128 random bits in hex. */
static void make_id(char *to, size_t room)
{
	uint64_t bits[2];
	if (getrandom(bits, sizeof(bits), 0) != sizeof(bits))
		abort(); /* only before the kernel's pool is up, when nothing else could work either */
	snprintf(to, room, "%016llx%016llx", (unsigned long long)bits[0], (unsigned long long)bits[1]);
}

static void set_request_id(struct paidan_client *c, ProtobufCMessage *request)
{
	char **field = client_string_field(request, "request_id");
	c->sent_id[0] = '\0';
	if (field == NULL)
		return;
	if ((*field)[0] == '\0') {
		if (c->next_id[0] == '\0')
			make_id(c->next_id, sizeof(c->next_id));
		*field = arena_strdup(&c->arena, c->next_id);
	}
	snprintf(c->sent_id, sizeof(c->sent_id), "%s", *field);
	c->next_id[0] = '\0';
}

static void on_done(void *arg, const struct call_result *result)
{
	struct paidan_client *c = arg;
	c->done = true;
	buf_reset(&c->reply);
	c->n_violations = 0;
	if (result->error != NULL) {
		c->error = *result->error;
		c->n_violations = rpc_violations(result->details, c->violations, LIMIT_VIOLATIONS);
		return;
	}
	c->error = (struct rpc_error){0};
	buf_slice(&c->reply, result->message);
	if (c->reply.failed)
		rpc_error_local(&c->error, ERR_INTERNAL, "out of memory");
}

ProtobufCMessage *client_decode(struct paidan_client *c, struct arena *a, const ProtobufCMessageDescriptor *type,
				struct slice bytes)
{
	struct fault fault = {0};
	ProtobufCMessage *message = NULL;
	if (pb_decode_within(a, type, bytes, &reply_limits, &fault, &message) == OK)
		return message;
	/* The server's fault, not the caller's. */
	client_fail(c, ERR_INTERNAL, NULL, "the reply can't be read");
	return NULL;
}

int client_call(struct paidan_client *c, const struct pb_method *method, ProtobufCMessage *request,
		ProtobufCMessage **response)
{
	set_request_id(c, request);
	struct call *call = channel_call(c->channel);
	uint8_t *to = call == NULL ? NULL : call_message(call, protobuf_c_message_get_packed_size(request));
	if (to == NULL) {
		if (call != NULL)
			call_cancel(call);
		return client_fail(c, ERR_INTERNAL, NULL, "out of memory");
	}
	protobuf_c_message_pack(request, to);
	c->done = false;
	call_start(call, &(struct call_options){
			     .path = method->path,
			     .act_as = c->act_as,
			     .timeout_ms = c->timeout_ms,
			     .retries = c->retries,
			     .safety = client_safety(method),
			     .on_done = on_done,
			     .arg = c,
			 });
	while (!c->done) {
		if (event_base_loop(c->base, EVLOOP_ONCE) < 0) {
			call_cancel(call);
			return client_fail(c, ERR_INTERNAL, NULL, "the event loop failed");
		}
	}
	if (c->error.code != GRPC_OK)
		return (int)c->error.code;
	*response = client_decode(c, &c->arena, method->response, buf_view(&c->reply));
	return *response == NULL ? (int)c->error.code : PAIDAN_OK;
}

char *client_json(struct paidan_client *c, const ProtobufCMessage *message)
{
	struct buf json = {0};
	struct fault fault = {0};
	enum err err = json_encode(message, NULL, &c->arena, &fault, &json);
	buf_byte(&json, 0);
	if (err == OK && !json.failed)
		return (char *)json.ptr;
	buf_free(&json);
	client_fail(c, ERR_INTERNAL, NULL, "out of memory");
	return NULL;
}

static int call_with_json(struct paidan_client *c, const char *name, const char *json_in, char **json_out)
{
	const struct pb_method *method = client_method(name);
	ProtobufCMessage *request, *response;
	struct fault fault = {0};
	if (method == NULL)
		return client_fail(c, ERR_UNKNOWN_METHOD, NULL, name);
	if (method->server_streaming || method->client_streaming)
		return client_fail(c, ERR_UNKNOWN_METHOD, NULL, "it is a stream: use paidan_watch");
	struct slice text = json_in == NULL || *json_in == '\0' ? SLICE("{}") : slice_str(json_in);
	if (json_decode(&c->arena, method->request, text, NULL, &fault, &request) != OK)
		return client_fault(c, &fault);
	int code = client_call(c, method, request, &response);
	if (code != PAIDAN_OK || json_out == NULL)
		return code;
	*json_out = client_json(c, response);
	return *json_out == NULL ? (int)c->error.code : PAIDAN_OK;
}

int paidan_call(struct paidan_client *client, const char *method, const char *json_in, char **json_out)
{
	jmp_buf guard;
	ENTER(client, guard);
	return client_leave(client, call_with_json(client, method, json_in, json_out));
}
