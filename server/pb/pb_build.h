/*
 * pb_build: what the binary and the JSON reader share: bounded building of messages.
 *
 * Nouns: a build is one reading of one message tree; it counts what it still may spend, because a
 * short input can ask for much memory (2 bytes for an empty nested record of 400).
 * Ownership: everything built is the arena's; the build borrows arena and fault.
 * Errors: NULL when the build's memory is spent; the caller then reports ERR_TOO_LARGE.
 */
#ifndef PAIDAN_PB_PB_BUILD_H
#define PAIDAN_PB_PB_BUILD_H

#include "base/err.h"
#include "pb/pb_message.h"

struct pb_build {
	struct arena *arena;
	struct fault *fault;
	size_t fields_left;
	size_t memory_left;
};

void *pb_build_alloc(struct pb_build *b, size_t bytes);
ProtobufCMessage *pb_build_message(struct pb_build *b, const ProtobufCMessageDescriptor *descriptor);
/* Sets a string or bytes slot to a copy of the value. */
bool pb_build_string(struct pb_build *b, void *slot, struct slice value);
bool pb_build_bytes(struct pb_build *b, void *slot, struct slice value);

/* Where the field's value goes: its member, marked as set, or a new last element. A member that was
 * set before is returned as it is, unless a oneof changes its case: then it is zero. */
void *pb_build_slot(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
/* Room for `extra` more elements of a repeated field, uncounted yet. */
void *pb_build_room(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t extra);

/* Drops all but the last entry of each key of a map field, keeping the order; how many were dropped.
 * SIZE_MAX when the memory is spent. */
size_t pb_build_unique_keys(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);

#endif
