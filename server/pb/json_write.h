/*
 * json_write: protobuf-c messages as proto3 JSON (https://protobuf.dev/programming-guides/json/).
 *
 * Nouns: fields come in the order of their numbers under their JSON names; those at their default are left
 * out unless opts say otherwise. 64-bit integers are strings, enums names (numbers when they have none),
 * bytes base64, doubles the shortest text that reads back the same; known types have forms of their own.
 * Ownership: the text is appended to the caller's buf (check its `failed`); the message is borrowed and its
 * strings must be well-formed UTF-8, as every decoded message's are.
 * Errors, none of which a message of ours can cause: ERR_FIELD_INVALID (a Timestamp or Duration out of range,
 * a field mask without a JSON form, a Value of no kind, an Any of no known type or with bytes that are not
 * that type), ERR_TOO_DEEP. The fault names the field, in arena memory; the buf is as it was.
 */
#ifndef PAIDAN_PB_JSON_WRITE_H
#define PAIDAN_PB_JSON_WRITE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "pb/json_opts.h"

/* message: any protobuf-c message. opts may be NULL. The arena is for faults and for what an Any holds. */
enum err json_encode(const void *message, const struct json_opts *opts, struct arena *a, struct fault *fault,
		     struct buf *out);

/* A text as a JSON string, quotes included. */
void json_put_string(struct buf *out, struct slice text);

#endif
