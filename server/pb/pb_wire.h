/*
 * pb_wire: protobuf's binary format to and from protobuf-c messages in an arena.
 *
 * Why not protobuf_c_message_unpack: it has no nesting limit (and overflows the stack near 8,700 levels),
 * no UTF-8 check, takes 20-40 times the input in memory, and says nothing about what is wrong. This reader
 * checks all of that in the one pass that builds the message.
 *
 * Nouns: the limits of a reading bound nesting, fields (with the elements of repeated ones) and memory.
 * What is taken: scalars packed or not, fields in any order, a single message given in parts (merged), the
 * last value of a scalar, oneof or map key; enum numbers without a name. A known number with another wire
 * type is an unknown field. Unknown fields are checked, then dropped unless keep_unknown says otherwise.
 * Ownership: the message lies in the arena and borrows nothing from the input.
 * Errors: ERR_BAD_PROTO (truncated or overlong varints, lengths beyond the end, groups, field number 0),
 * ERR_BAD_UTF8 (a string that is not well-formed), ERR_FIELD_INVALID (a string with U+0000, which a C
 * string can't hold), ERR_TOO_DEEP, ERR_TOO_LARGE (bytes, fields or memory). The fault names the field,
 * "order.slots[2].skill", in arena memory. A full arena goes to its guard.
 */
#ifndef PAIDAN_PB_PB_WIRE_H
#define PAIDAN_PB_PB_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "pb/pb_message.h"

struct pb_limits {
	size_t bytes;
	size_t depth; /* 1: no nested messages */
	size_t fields;
	size_t memory_bytes;
	bool keep_unknown; /* keeps unknown fields, for encoding the message again */
};

/* With the bounds of limits.h. */
enum err pb_decode(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice in, struct fault *fault,
		   ProtobufCMessage **out);
enum err pb_decode_within(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice in,
			  const struct pb_limits *limits, struct fault *fault, ProtobufCMessage **out);
/* PB_DECODE(arena, OrderRecord, slice, &fault, &order): typed pb_decode, for types with a short name. */
#define PB_DECODE(arena, type, in, fault, out) \
	pb_decode((arena), &type##_desc, (in), (fault), (ProtobufCMessage **)(type **){(out)})

extern const struct pb_limits pb_default_limits;

/* Encoded bytes of a message. */
size_t pb_size(const void *message);
/* Appends the encoded message; a failed buf takes nothing. */
void pb_encode(const void *message, struct buf *out);
/* The encoded message in arena memory. */
struct slice pb_encode_arena(const void *message, struct arena *a);

#endif
