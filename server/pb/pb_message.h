/*
 * pb_message: making protobuf-c messages in an arena.
 *
 * Nouns: a message here is a protobuf-c struct whose every pointer leads into one arena (or to static
 * memory); it is never given to protobuf_c_message_free_unpacked.
 * Ownership: the arena's.
 * Errors: none; a full arena goes to its guard.
 */
#ifndef PAIDAN_PB_PB_MESSAGE_H
#define PAIDAN_PB_PB_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"

/* An initialised, empty message. */
ProtobufCMessage *pb_message_new(struct arena *a, const ProtobufCMessageDescriptor *descriptor);
/* PB_NEW(arena, Order): an empty Order *. For types with a short name. */
#define PB_NEW(arena, type) ((type *)pb_message_new((arena), &type##_desc))

/* Bytes of one value of that type in a struct or a repeated field's array. */
size_t pb_type_bytes(ProtobufCType type);

/* Members by descriptor. */
static inline void *pb_member(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (uint8_t *)m + f->offset;
}

static inline const void *pb_member_const(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (const uint8_t *)m + f->offset;
}

/* Elements of a repeated field. */
static inline size_t *pb_count(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (size_t *)((uint8_t *)m + f->quantifier_offset);
}

static inline size_t pb_count_const(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return *(const size_t *)((const uint8_t *)m + f->quantifier_offset);
}

/* The number of the oneof member that is set, 0 for none; f is any member of the oneof. */
static inline uint32_t pb_oneof_case(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return *(const uint32_t *)((const uint8_t *)m + f->quantifier_offset);
}

/* Whether a field is to be written: set, and for one without presence not its default. */
bool pb_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

#endif
