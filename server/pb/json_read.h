/*
 * json_read: proto3 JSON (https://protobuf.dev/programming-guides/json/) into protobuf-c messages in an arena.
 *
 * Nouns: a field goes by its lowerCamel JSON name or its proto name. Known types (Timestamp, Duration,
 * FieldMask, the wrappers, Struct, Value, ListValue, Any) have forms of their own.
 * What is taken: integers as numbers or strings (1e2 and 100.0, too), enums by name or number, bytes in both
 * base64 alphabets, null for "not given". The order of the members does not matter.
 * Ownership: the message lies in the arena and borrows nothing from the input.
 * Errors: ERR_BAD_JSON (not JSON, a member or key twice, two fields of one oneof; the fault's detail has line
 * and column), ERR_BAD_UTF8 (also half a surrogate pair), ERR_UNKNOWN_FIELD, ERR_FIELD_INVALID (a value of
 * another kind than the field's), ERR_FIELD_OUT_OF_RANGE, ERR_TOO_DEEP, ERR_TOO_LARGE. The fault names the
 * field as proto does, "order.slots[2].skill", in arena memory; map entries by position. A full arena goes to
 * its guard.
 */
#ifndef PAIDAN_PB_JSON_READ_H
#define PAIDAN_PB_JSON_READ_H

#include "base/err.h"
#include "pb/json_opts.h"
#include "pb/pb_message.h"

/* opts may be NULL. Bounded as pb_decode is, by limits.h. */
enum err json_decode(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice text,
		     const struct json_opts *opts, struct fault *fault, ProtobufCMessage **out);
/* JSON_DECODE(arena, Order, text, opts, &fault, &order): typed, for types with a short name. */
#define JSON_DECODE(arena, type, text, opts, fault, out) \
	json_decode((arena), &type##_desc, (text), (opts), (fault), (ProtobufCMessage **)(type **){(out)})

#endif
