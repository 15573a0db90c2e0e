#include "client.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>

#include "pb/json_read.h"
#include "pb/json_write.h"

enum {
	/* A stream that ended is opened again after this, doubling up to the maximum; the call itself retries
	 * within that. */
	RESUME_FIRST_MS = 200,
	RESUME_MAX_MS = 5000,
	/* How long without a message until a lost stream is given up. */
	RESUME_FOR_MS = 300000,
};

struct paidan_watch {
	struct paidan_client *client;
	const struct pb_method *method;
	struct arena request_arena; /* of the request */
	struct arena event_arena;   /* of the event handed out */
	ProtobufCMessage *request;
	struct call *call; /* NULL between attempts */
	struct event *resume;
	struct buf queue; /* messages with a length before each */
	size_t queue_at;
	char act_as[CLIENT_ACT_AS_BYTES]; /* as it was when the watch was opened */
	char after[128];
	bool began; /* a message came */
	bool over;
	unsigned resumes;
	uint64_t lost_ms; /* since when there is no stream */
	struct rpc_error error;
	bool timed_out;
	struct paidan_event event;
};

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void start(struct paidan_watch *w);

static void on_message(void *arg, struct call *call, struct slice message)
{
	(void)call;
	struct paidan_watch *w = arg;
	buf_u32be(&w->queue, (uint32_t)message.len);
	buf_slice(&w->queue, message);
	w->began = true;
	w->resumes = 0;
	w->lost_ms = 0;
}

/* Worth another try: the connection or the server went away, or the server ended the stream to drain. */
static bool may_resume(const struct paidan_watch *w, enum grpc_code code)
{
	if (!w->began && code != GRPC_OK)
		return false;
	if (code != GRPC_OK && code != GRPC_UNAVAILABLE && code != GRPC_CANCELLED && code != GRPC_DEADLINE_EXCEEDED)
		return false;
	return now_ms() - w->lost_ms < RESUME_FOR_MS;
}

static void on_done(void *arg, const struct call_result *result)
{
	struct paidan_watch *w = arg;
	w->call = NULL;
	if (w->lost_ms == 0)
		w->lost_ms = now_ms();
	if (!may_resume(w, result->code)) {
		w->over = true;
		if (result->error != NULL)
			w->error = *result->error;
		else
			rpc_error_local(&w->error, ERR_UNAVAILABLE, "the stream has ended");
		return;
	}
	unsigned doublings = w->resumes > 6 ? 6 : w->resumes;
	unsigned ms = (unsigned)RESUME_FIRST_MS << doublings;
	if (ms > RESUME_MAX_MS)
		ms = RESUME_MAX_MS;
	w->resumes++;
	struct timeval wait = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
	event_add(w->resume, &wait);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start(arg);
}

static void start(struct paidan_watch *w)
{
	struct paidan_client *c = w->client;
	char **after = client_string_field(w->request, "after");
	if (after != NULL && w->after[0] != '\0')
		*after = w->after;
	struct call *call = channel_call(c->channel);
	uint8_t *to = call == NULL ? NULL : call_message(call, protobuf_c_message_get_packed_size(w->request));
	if (to == NULL) {
		if (call != NULL)
			call_cancel(call);
		w->over = true;
		rpc_error_local(&w->error, ERR_INTERNAL, "out of memory");
		return;
	}
	protobuf_c_message_pack(w->request, to);
	w->call = call;
	call_start(call, &(struct call_options){
			     .path = w->method->path,
			     .act_as = w->act_as,
			     .retries = c->retries,
			     .safety = CALL_READ,
			     .on_message = on_message,
			     .on_done = on_done,
			     .arg = w,
			 });
}

void paidan_watch_close(struct paidan_watch *w)
{
	if (w == NULL)
		return;
	if (w->call != NULL)
		call_cancel(w->call);
	if (w->resume != NULL)
		event_free(w->resume);
	buf_free(&w->queue);
	arena_free(&w->request_arena);
	arena_free(&w->event_arena);
	free(w);
}

/* The watch with its own copy of the request. */
static int open_watch(struct paidan_client *c, const struct pb_method *method, const ProtobufCMessage *request,
		      struct paidan_watch **watch)
{
	struct paidan_watch *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return client_fail(c, ERR_INTERNAL, NULL, "out of memory");
	w->client = c;
	w->method = method;
	memcpy(w->act_as, c->act_as, sizeof(w->act_as));
	arena_init(&w->request_arena, CLIENT_ARENA_BYTES);
	arena_init(&w->event_arena, CLIENT_ARENA_BYTES);
	w->resume = event_new(c->base, -1, 0, on_resume, w);
	jmp_buf guard;
	if (w->resume == NULL || !ARENA_GUARD(&w->request_arena, &guard)) {
		paidan_watch_close(w);
		return client_fail(c, ERR_INTERNAL, NULL, "out of memory");
	}
	size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *bytes = arena_alloc(&w->request_arena, len);
	protobuf_c_message_pack(request, bytes);
	w->request = client_decode(c, &w->request_arena, method->request, slice_of(bytes, len));
	arena_unguard(&w->request_arena);
	if (w->request == NULL) {
		paidan_watch_close(w);
		return (int)c->error.code;
	}
	start(w);
	*watch = w;
	return client_ok(c);
}

static int watch_json(struct paidan_client *c, const char *name, const char *json_in, struct paidan_watch **watch)
{
	const struct pb_method *method = client_method(name);
	ProtobufCMessage *request;
	struct fault fault = {0};
	if (method == NULL || !method->server_streaming)
		return client_fail(c, ERR_UNKNOWN_METHOD, NULL, "there is no such stream");
	struct slice text = json_in == NULL || *json_in == '\0' ? SLICE("{}") : slice_str(json_in);
	if (json_decode(&c->arena, method->request, text, NULL, &fault, &request) != OK)
		return client_fault(c, &fault);
	return open_watch(c, method, request, watch);
}

int paidan_watch(struct paidan_client *client, const char *method, const char *json_in, struct paidan_watch **watch)
{
	jmp_buf guard;
	*watch = NULL;
	ENTER(client, guard);
	return client_leave(client, watch_json(client, method, json_in, watch));
}

static int watch_by(struct paidan_client *c, const char *name, const char *id_field, const char *id, const char *after,
		    struct paidan_watch **watch)
{
	const struct pb_method *method = client_method(name);
	ProtobufCMessage *request = pb_message_new(&c->arena, method->request);
	if (id_field != NULL && id != NULL)
		*client_string_field(request, id_field) = arena_strdup(&c->arena, id);
	if (after != NULL)
		*client_string_field(request, "after") = arena_strdup(&c->arena, after);
	return open_watch(c, method, request, watch);
}

int paidan_watch_orders(struct paidan_client *client, const char *order_id, const char *after,
			struct paidan_watch **watch)
{
	jmp_buf guard;
	*watch = NULL;
	ENTER(client, guard);
	return client_leave(client, watch_by(client, "OrderService/WatchOrders", "order_id", order_id, after, watch));
}

int paidan_watch_offers(struct paidan_client *client, const char *after, struct paidan_watch **watch)
{
	jmp_buf guard;
	*watch = NULL;
	ENTER(client, guard);
	return client_leave(client, watch_by(client, "TaskService/WatchOffers", NULL, NULL, after, watch));
}

int paidan_watch_board(struct paidan_client *client, const char *node_id, const char *after,
		       struct paidan_watch **watch)
{
	jmp_buf guard;
	*watch = NULL;
	ENTER(client, guard);
	return client_leave(client, watch_by(client, "DeskService/WatchBoard", "node_id", node_id, after, watch));
}

/* --- the next event --- */

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct paidan_watch *w = arg;
	w->timed_out = true;
}

/* Runs the loop until there is a message, the end, or no time left. */
static int wait_for_message(struct paidan_watch *w, unsigned timeout_ms)
{
	struct paidan_client *c = w->client;
	struct event timer;
	struct timeval wait = {timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};
	int code = PAIDAN_OK;
	w->timed_out = false;
	event_assign(&timer, c->base, -1, 0, on_timeout, w);
	if (timeout_ms > 0)
		event_add(&timer, &wait);
	while (w->queue.len == w->queue_at && !w->over && !w->timed_out) {
		if (event_base_loop(c->base, EVLOOP_ONCE) < 0) {
			w->over = true;
			rpc_error_local(&w->error, ERR_INTERNAL, "the event loop failed");
		}
	}
	event_del(&timer);
	if (w->queue.failed) {
		w->over = true;
		rpc_error_local(&w->error, ERR_INTERNAL, "out of memory");
	}
	if (w->queue.len > w->queue_at && !w->queue.failed)
		return PAIDAN_OK;
	if (w->over)
		code = client_set_error(c, &w->error);
	else
		code = client_fail(c, ERR_DEADLINE_EXCEEDED, NULL, "nothing has happened");
	c->sent_id[0] = '\0';
	return code;
}

static struct slice next_bytes(struct paidan_watch *w)
{
	const uint8_t *p = w->queue.ptr + w->queue_at;
	size_t len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	return slice_of(p + 4, len);
}

static void drop_message(struct paidan_watch *w, size_t len)
{
	w->queue_at += 4 + len;
	/* Not at every message: moving the rest is what it costs. */
	if (w->queue_at == w->queue.len || w->queue_at > 256 * 1024) {
		buf_consume(&w->queue, w->queue_at);
		w->queue_at = 0;
	}
	if (w->call != NULL)
		call_consumed(w->call, len);
}

static void remember(struct paidan_watch *w, const char *event_id)
{
	if (event_id[0] != '\0' && strlen(event_id) < sizeof(w->after))
		memcpy(w->after, event_id, strlen(event_id) + 1);
}

/* An event's order; NULL in a heartbeat. */
static Order *event_order(ProtobufCMessage *m)
{
	int field = pb_field_by_name(pb_side(m->descriptor), SLICE("order"));
	return field < 0 ? NULL : *(Order **)(void *)((uint8_t *)m + m->descriptor->fields[field].offset);
}

static const char *event_kind(ProtobufCMessage *m)
{
	int field = pb_field_by_name(pb_side(m->descriptor), SLICE("kind"));
	if (field < 0)
		return "";
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[field];
	int value = *(const int *)(const void *)((const uint8_t *)m + f->offset);
	const ProtobufCEnumValue *name = protobuf_c_enum_descriptor_get_value(f->descriptor, value);
	static const char prefix[] = "EVENT_KIND_";
	if (name == NULL)
		return "?";
	return strncmp(name->name, prefix, sizeof(prefix) - 1) == 0 ? name->name + sizeof(prefix) - 1 : name->name;
}

/* The next message that is not a heartbeat, in the event arena. */
static int next_message(struct paidan_watch *w, unsigned timeout_ms, ProtobufCMessage **message)
{
	struct paidan_client *c = w->client;
	uint64_t began = now_ms();
	for (;;) {
		uint64_t spent = now_ms() - began;
		unsigned left = timeout_ms == 0 ? 0 : spent >= timeout_ms ? 1 : timeout_ms - (unsigned)spent;
		int code = wait_for_message(w, left);
		if (code != PAIDAN_OK)
			return code;
		jmp_buf guard;
		arena_reset(&w->event_arena);
		if (!ARENA_GUARD(&w->event_arena, &guard)) {
			arena_unguard(&w->event_arena);
			return client_fail(c, ERR_INTERNAL, NULL, "out of memory");
		}
		struct slice bytes = next_bytes(w);
		*message = client_decode(c, &w->event_arena, w->method->response, bytes);
		drop_message(w, bytes.len);
		if (*message == NULL) {
			arena_unguard(&w->event_arena);
			return (int)c->error.code;
		}
		char **event_id = client_string_field(*message, "event_id");
		if (event_id != NULL)
			remember(w, *event_id);
		const Order *order = event_order(*message);
		if (order != NULL) {
			w->event = (struct paidan_event){event_id == NULL ? "" : *event_id, event_kind(*message),
							 order_view(&w->event_arena, order)};
		}
		arena_unguard(&w->event_arena);
		if (order != NULL)
			return client_ok(c);
	}
}

int paidan_watch_next(struct paidan_watch *watch, unsigned timeout_ms, const struct paidan_event **event)
{
	ProtobufCMessage *message;
	if (watch == NULL)
		return PAIDAN_INTERNAL;
	int code = next_message(watch, timeout_ms, &message);
	if (code == PAIDAN_OK)
		*event = &watch->event;
	return code;
}

int paidan_watch_next_json(struct paidan_watch *watch, unsigned timeout_ms, char **json)
{
	ProtobufCMessage *message;
	if (watch == NULL)
		return PAIDAN_INTERNAL;
	int code = next_message(watch, timeout_ms, &message);
	if (code != PAIDAN_OK)
		return code;
	*json = client_json(watch->client, message);
	return *json == NULL ? (int)watch->client->error.code : PAIDAN_OK;
}
