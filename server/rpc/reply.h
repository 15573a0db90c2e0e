/*
 * reply: from an outcome to the bytes of a response, in the call's protocol.
 *
 * Nouns: trailing metadata is what is known only at the end, now one item: server-timing, how long the broker
 * worked on the call (https://www.w3.org/TR/server-timing/). gRPC has it in the trailers, Connect unary as a header
 * with "trailer-" before its name, a Connect stream in its last frame. The head is status and headers; the outcome of
 * gRPC comes in the trailers (or in the head, when there is nothing else), of Connect unary in the HTTP status, of a
 * Connect stream in its last frame. Ownership: messages are borrowed for the call; the bytes go to net. Errors: a
 * message that can't be encoded ends the call with ERR_INTERNAL.
 */
#ifndef PAIDAN_RPC_REPLY_H
#define PAIDAN_RPC_REPLY_H

#include "rpc/call.h"

/* The reply of a unary method; the call is over. */
void reply_message(struct call *call, const ProtobufCMessage *message);
/* The call is over, in whatever phase it was. fault NULL: none. */
void reply_error(struct call *call, enum err err, const struct fault *fault);
/* The head of a stream. */
void reply_open(struct call *call);
/* A message on a stream. False: it could not be encoded and the call is over. */
bool reply_send(struct call *call, const ProtobufCMessage *message);
/* The same for one that other streams are sent too, under the same number: it is encoded once. 0: it is not. */
bool reply_send_same(struct call *call, const ProtobufCMessage *message, uint64_t same);
/* A stream ends well; the call is over. */
void reply_end(struct call *call);

#endif
