/*
 * wire: reads the fields of a protobuf message one by one, without a descriptor.
 *
 * For the two or three fixed messages that the transport itself needs (google.rpc.Status, health);
 * everything else goes through the generated code.
 *
 * Nouns: a field has a number, a wire type and its value: a varint, or bytes of the input.
 * Ownership: bytes are borrowed from the input.
 * Errors: wire_next gives false at the end and at the first byte that is not protobuf; what was read
 * before stays valid.
 */
#ifndef PAIDAN_CLIENT_WIRE_H
#define PAIDAN_CLIENT_WIRE_H

#include "base/slice.h"

enum wire_type { WIRE_VARINT, WIRE_BYTES, WIRE_FIXED };

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;     /* WIRE_VARINT */
	struct slice bytes; /* WIRE_BYTES, WIRE_FIXED */
};

/* Takes the next field off the front of `in`. */
bool wire_next(struct slice *in, struct wire_field *field);

#endif
