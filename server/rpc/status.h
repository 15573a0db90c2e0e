/*
 * status: how an error is told to a client.
 *
 * Nouns: a status is an err with the field and detail of its fault, in words. The one message that gRPC and
 * Connect have room for is English, or Chinese when the client's accept-language prefers zh; the detail,
 * a paidan.v1.ErrorInfo, always has both, with the stable reason and the request id. When several fields were looked
 * at, a google.rpc.BadRequest follows it with all that are wrong.
 *
 *	gRPC      grpc-status, grpc-message (percent-encoded), grpc-status-details-bin: a google.rpc.Status
 *	Connect   {"code", "message", "details": [{"type", "value", "debug"}]}
 *
 * Ownership: a status borrows err, fault and request id; texts are made on the stack and go into the
 * caller's buf. Nothing is taken from an arena: a full arena is one of the errors to be told.
 * Errors: the buf's.
 */
#ifndef PAIDAN_RPC_STATUS_H
#define PAIDAN_RPC_STATUS_H

#include "base/buf.h"
#include "base/err.h"

struct status {
	enum err err;
	const struct fault *fault; /* NULL: none; its own err is not looked at */
	bool zh;
	struct slice request_id;
};

/* The message in the client's language, plain. */
void status_message(const struct status *s, struct buf *out);
/* The value of grpc-status-details-bin. */
void status_details(const struct status *s, struct buf *out);
/* Connect's error object. */
void status_json(const struct status *s, struct buf *out);
/* Whether the first language of an accept-language header is a zh one. */
bool status_prefers_zh(struct slice accept_language);

#endif
