/*
 * request: from the bytes of a body to a request message.
 *
 * Nouns: a payload is one message as bytes, out of its frame and decompressed.
 * Ownership: the message lies in the call's arena and borrows nothing from the body.
 * Errors: ERR_MESSAGE_COUNT, ERR_TOO_LARGE (LIMIT_MESSAGE_BYTES, compressed and not, or the arena's cap),
 * ERR_BAD_REQUEST (flags of a frame, a frame that is not whole, not gzip), ERR_UNEXPECTED_COMPRESSION,
 * those of pb_wire.h and json_read.h. The call's fault says more.
 */
#ifndef PAIDAN_RPC_REQUEST_H
#define PAIDAN_RPC_REQUEST_H

#include "rpc/inside.h"

/* Takes a piece of the body in. With frames, an error is told as soon as it shows. */
enum err request_add(struct call *call, struct slice piece);
/* The one message of a request that is complete. */
enum err request_decode_only(struct call *call, const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out);
/* The next of many; *out NULL when no whole one is there yet. Frames only. */
enum err request_decode_next(struct call *call, const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out);
/* The type that a GET's query asks for, JSON when it says nothing; NULL: one that we don't speak. */
const struct protocol_type *request_query_type(struct slice query);
/* The message of a GET's query becomes the body. */
enum err request_from_query(struct call *call, struct slice query);

#endif
