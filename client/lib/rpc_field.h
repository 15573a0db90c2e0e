/*
 * rpc_field: reads the fields of a protobuf message one by one, without a descriptor.
 *
 * For the two or three fixed messages that the transport itself needs (google.rpc.Status, health);
 * everything else goes through the generated code.
 *
 * Nouns: a field has a number, a wire type and its value: a varint, or bytes of the input.
 * Ownership: bytes are borrowed from the input.
 * Errors: rpc_field_next gives false at the end and at the first byte that is not protobuf; what was read
 * before stays valid.
 */
#ifndef PAIDAN_CLIENT_RPC_FIELD_H
#define PAIDAN_CLIENT_RPC_FIELD_H

#include "base/slice.h"

enum rpc_field_type { RPC_VARINT, RPC_BYTES, RPC_FIXED };

struct rpc_field {
	uint32_t number;
	enum rpc_field_type type;
	uint64_t value;     /* RPC_VARINT */
	struct slice bytes; /* RPC_BYTES, RPC_FIXED */
};

/* Takes the next field off the front of `in`. */
bool rpc_field_next(struct slice *in, struct rpc_field *field);

#endif
