#include "bench_rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "pb/pb_wire.h"
#include "rpc_pb.h"

enum {
	MAX_LINKS = 16,
	/* The channel spreads its own attempts; what it gives up on comes back here. */
	CHANNEL_RETRIES = 30,
	AGAIN_MS = 200,
	ARENA_BYTES = 512 * 1024 * 1024,
	REPLY_BYTES = 16 * 1024 * 1024,
};

const struct rpc_row rpc_rows[RPC_COUNT] = {
#define X(name, service, method, safety)                                                                            \
	[RPC_##name] = {"/paidan.v1." #service "/" #method, #method, &method##Request_desc, &method##Response_desc, \
			safety},
    RPC_TABLE(X)
#undef X
	[RPC_HEALTH_CHECK] = {"/grpc.health.v1.Health/Check", "Check",
			      &grpc__health__v1__health_check_request__descriptor,
			      &grpc__health__v1__health_check_response__descriptor, CALL_READ},
};

struct rpc_call {
	struct rpc_call *next;     /* in the pool */
	struct rpc_call *all_next; /* of all that were ever made */
	struct rpcs *rpcs;
	struct channel *link;
	enum rpc rpc;
	struct buf request;
	char act_as[64];
	rpc_done_fn *done;
	void *arg;
	uint64_t since_ns;
	struct event *again;
};

struct rpcs {
	struct event_base *base;
	struct rpcs_options options;
	struct channel *links[MAX_LINKS];
	size_t n_links;
	struct rpc_call *pool, *all;
	size_t in_flight;
	struct arena arena;
	size_t id_at[RPC_COUNT]; /* where the request has its request_id; 0: nowhere */
	uint64_t run, sent;      /* they make request ids */
	struct rpc_stats stats[RPC_COUNT];
};

static void no_memory(void)
{
	fputs("paidan: out of memory\n", stderr);
	abort();
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct rpcs *rpcs_new(const struct rpcs_options *options)
{
	struct rpcs *r = calloc(1, sizeof(*r));
	if (r == NULL || (r->base = event_base_new()) == NULL)
		no_memory();
	r->options = *options;
	if (getrandom(&r->run, sizeof(r->run), 0) != sizeof(r->run))
		r->run = now_ns();
	for (size_t i = 0; i < RPC_COUNT; i++) {
		const ProtobufCFieldDescriptor *id =
		    protobuf_c_message_descriptor_get_field_by_name(rpc_rows[i].request, "request_id");
		r->id_at[i] = id == NULL ? 0 : id->offset;
	}
	arena_init(&r->arena, ARENA_BYTES);
	return r;
}

void rpcs_free(struct rpcs *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_links; i++)
		channel_close(r->links[i]);
	for (struct rpc_call *call; (call = r->all) != NULL;) {
		r->all = call->all_next;
		event_free(call->again);
		buf_free(&call->request);
		free(call);
	}
	arena_free(&r->arena);
	event_base_free(r->base);
	free(r);
}

struct event_base *rpcs_base(struct rpcs *r)
{
	return r->base;
}

struct arena *rpcs_arena(struct rpcs *r)
{
	return &r->arena;
}

const struct rpc_stats *rpcs_stats(const struct rpcs *r, enum rpc rpc)
{
	return &r->stats[rpc];
}

void rpcs_set_patience(struct rpcs *r, uint32_t give_up_ms)
{
	r->options.give_up_ms = give_up_ms;
}

void rpcs_reset_stats(struct rpcs *r)
{
	memset(r->stats, 0, sizeof(r->stats));
}

size_t rpcs_in_flight(const struct rpcs *r)
{
	return r->in_flight;
}

struct channel *rpc_link(struct rpcs *r, const char *key, unsigned connections, struct rpc_error *error)
{
	if (r->n_links == MAX_LINKS) {
		rpc_error_local(error, ERR_INTERNAL, "more than %d links", MAX_LINKS);
		return NULL;
	}
	struct channel_options options = {
	    .base = r->base,
	    .url = r->options.url,
	    .ca_file = r->options.ca_file,
	    .key = key,
	    .connections = connections,
	    .max_reply_bytes = REPLY_BYTES,
	};
	struct channel *link = channel_open(&options, error);
	if (link != NULL)
		r->links[r->n_links++] = link;
	return link;
}

const void *rpc_decode(struct rpcs *r, enum rpc rpc, struct slice message)
{
	static const struct pb_limits limits = {
	    .bytes = REPLY_BYTES, .depth = 32, .fields = 4000000, .memory_bytes = ARENA_BYTES / 2};
	struct fault fault = {0};
	ProtobufCMessage *out;
	arena_reset(&r->arena);
	return pb_decode_within(&r->arena, rpc_rows[rpc].response, message, &limits, &fault, &out) == OK ? out : NULL;
}

/* --- one call --- */

static void on_done(void *arg, const struct call_result *result);

static void attempt(struct rpc_call *call)
{
	struct rpcs *r = call->rpcs;
	struct call_options options = {
	    .path = rpc_rows[call->rpc].path,
	    .act_as = call->act_as[0] == '\0' ? NULL : call->act_as,
	    .timeout_ms = r->options.timeout_ms,
	    .retries = CHANNEL_RETRIES,
	    .safety = rpc_rows[call->rpc].safety,
	    .on_done = on_done,
	    .arg = call,
	};
	if (channel_send(call->link, buf_view(&call->request), &options) != 0)
		no_memory();
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	attempt(arg);
}

static struct rpc_call *call_new(struct rpcs *r)
{
	struct rpc_call *call = r->pool;
	if (call != NULL) {
		r->pool = call->next;
	} else {
		call = calloc(1, sizeof(*call));
		if (call == NULL || (call->again = event_new(r->base, -1, 0, on_again, call)) == NULL)
			no_memory();
		call->rpcs = r;
		call->all_next = r->all;
		r->all = call;
	}
	r->in_flight++;
	return call;
}

static void call_release(struct rpc_call *call)
{
	enum { KEEP_BYTES = 4096 };
	if (call->request.room > KEEP_BYTES)
		buf_free(&call->request);
	call->next = call->rpcs->pool;
	call->rpcs->pool = call;
	call->rpcs->in_flight--;
}

/* "Not now" and "unknown" are no answers: the same request id gets the one that counts. */
static bool worth_again(const struct rpc_call *call, const struct rpc_error *error)
{
	if ((now_ns() - call->since_ns) / 1000000 >= call->rpcs->options.give_up_ms)
		return false;
	return error->code == GRPC_UNAVAILABLE || error->code == GRPC_DEADLINE_EXCEEDED ||
	       error->code == GRPC_CANCELLED || strcmp(error->reason, "CONFLICT") == 0 ||
	       strcmp(error->reason, "RATE_LIMITED") == 0;
}

static void on_done(void *arg, const struct call_result *result)
{
	struct rpc_call *call = arg;
	struct rpc_stats *stats = &call->rpcs->stats[call->rpc];
	stats->again += result->attempts > 1 ? result->attempts - 1 : 0;
	if (result->error != NULL && worth_again(call, result->error)) {
		struct timeval wait = {0, AGAIN_MS * 1000};
		stats->again++;
		event_add(call->again, &wait);
		return;
	}
	struct rpc_reply reply = {call->rpc, result->message, result->error, now_ns() - call->since_ns};
	if (reply.error != NULL)
		stats->refused++;
	else
		hist_add(&stats->times, reply.elapsed_ns);
	rpc_done_fn *done = call->done;
	void *done_arg = call->arg;
	call_release(call);
	done(done_arg, &reply);
}

/* The request as it is sent. It is the caller's: an id is lent to it for the encoding only. */
static void encode(struct rpcs *r, enum rpc rpc, const void *request, struct buf *out)
{
	char made[40];
	char **id = r->id_at[rpc] == 0 ? NULL : (char **)((uintptr_t)request + r->id_at[rpc]);
	char *own = id == NULL ? NULL : *id;
	bool lend = own != NULL && own[0] == '\0';
	if (lend) {
		snprintf(made, sizeof(made), "%016llx-%llx", (unsigned long long)r->run, (unsigned long long)++r->sent);
		*id = made;
	}
	pb_encode(request, out);
	if (lend)
		*id = own;
}

void rpc_send(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	      rpc_done_fn *done, void *arg)
{
	struct rpc_call *call = call_new(r);
	call->link = link;
	call->rpc = rpc;
	call->done = done;
	call->arg = arg;
	call->since_ns = now_ns();
	snprintf(call->act_as, sizeof(call->act_as), "%s", act_as == NULL ? "" : act_as);
	buf_reset(&call->request);
	encode(r, rpc, request, &call->request);
	if (call->request.failed)
		no_memory();
	attempt(call);
}

/* --- waiting --- */

struct waiting {
	bool done;
	struct buf message;
	struct rpc_error *error;
};

static void waited(void *arg, const struct rpc_reply *reply)
{
	struct waiting *w = arg;
	w->done = true;
	if (reply->error != NULL)
		*w->error = *reply->error;
	else
		buf_slice(&w->message, reply->message);
}

const void *rpc_wait(struct rpcs *r, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
		     struct rpc_error *error)
{
	struct waiting w = {.error = error};
	*error = (struct rpc_error){.code = GRPC_OK};
	rpc_send(r, link, rpc, request, act_as, waited, &w);
	while (!w.done) {
		if (event_base_loop(r->base, EVLOOP_ONCE) < 0)
			no_memory();
	}
	const void *message = NULL;
	if (error->code == GRPC_OK) {
		message = rpc_decode(r, rpc, buf_view(&w.message));
		if (message == NULL)
			rpc_error_local(error, ERR_INTERNAL, "the reply can't be read");
	}
	buf_free(&w.message);
	return message;
}
