/*
 * client: the inside of libpaidan's blocking client.
 *
 * Nouns: a client runs its own event loop, and only inside its functions; the arena holds the request, the
 * reply and what is made of them for one call; an entry is a public function: it starts with ENTER, which
 * empties the arena and catches running out of memory, and leaves by returning what client_leave gives.
 *
 * While an entry's guard is set no callback may allocate from the arena: callbacks copy into bufs.
 * Ownership: see paidan.h. Errors: struct rpc_error in the client; functions here return its code.
 */
#ifndef PAIDAN_CLIENT_CLIENT_H
#define PAIDAN_CLIENT_CLIENT_H

#include <paidan/paidan.h>

#include "base/limits.h"
#include "base/arena.h"
#include "base/buf.h"
#include "channel.h"
#include "paidan_pb.h"
#include "pb/pb_message.h"
#include "pb/pb_side.h"

enum {
	/* A page of 200 orders with full timelines is some 2 MB, read 10 times that. */
	CLIENT_ARENA_BYTES = 256 * 1024 * 1024,
	CLIENT_ID_BYTES = 4 * 64 + 1,
	CLIENT_ACT_AS_BYTES = 96,
};

struct paidan_client {
	struct event_base *base;
	struct channel *channel; /* NULL: it could not be opened, `broken` says why */
	struct rpc_error broken;
	struct arena arena;
	uint32_t timeout_ms;
	unsigned retries;
	bool zh;
	char act_as[CLIENT_ACT_AS_BYTES];
	char next_id[CLIENT_ID_BYTES]; /* for the next write, or "" */
	char sent_id[CLIENT_ID_BYTES]; /* of the call under way, or "" */
	struct rpc_error error;
	struct paidan_error view; /* of error */
	struct rpc_violation violations[LIMIT_VIOLATIONS];
	size_t n_violations;
	struct paidan_violation violation_view;
	/* The unary call under way. */
	struct buf reply;
	bool done;
};

/* Sets the client's error; OK clears it. Returns the code. */
int client_set_error(struct paidan_client *c, const struct rpc_error *error);
int client_fail(struct paidan_client *c, enum err err, const char *field, const char *detail);
int client_fault(struct paidan_client *c, const struct fault *fault);
int client_ok(struct paidan_client *c);

/*
 *	jmp_buf guard;
 *	ENTER(c, guard);
 *	return client_leave(c, do_it(c, …));
 */
#define ENTER(c, jmp)                                                                                    \
	do {                                                                                             \
		if ((c) == NULL)                                                                         \
			return PAIDAN_INTERNAL;                                                          \
		if ((c)->channel == NULL)                                                                \
			return client_set_error((c), &(c)->broken);                                      \
		arena_reset(&(c)->arena);                                                                \
		if (!ARENA_GUARD(&(c)->arena, &(jmp)))                                                   \
			return client_leave((c), client_fail((c), ERR_INTERNAL, NULL, "out of memory")); \
	} while (0)
int client_leave(struct paidan_client *c, int code);

/* The row of "OrderService/GetOrder" (with or without the package and a leading '/'), or NULL. */
const struct pb_method *client_method(const char *name);
/* One blocking call; *response is in the arena. The request gets a request id if it has such a field and
 * none is set. */
int client_call(struct paidan_client *c, const struct pb_method *method, ProtobufCMessage *request,
		ProtobufCMessage **response);
enum call_safety client_safety(const struct pb_method *method);
/* A message that came from the server; NULL after setting the error. */
ProtobufCMessage *client_decode(struct paidan_client *c, struct arena *a, const ProtobufCMessageDescriptor *type,
				struct slice bytes);
/* The string field of that name, or NULL when the message has none. */
char **client_string_field(ProtobufCMessage *m, const char *name);
/* A copy for paidan_free; NULL after setting the error. */
char *client_json(struct paidan_client *c, const ProtobufCMessage *message);

/* order.c: in one block of memory; NULL: none left. */
struct paidan_order *order_copy(const Order *from);
/* The same in an arena. */
struct paidan_order *order_view(struct arena *a, const Order *from);

#endif
