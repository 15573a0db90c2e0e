#include "rpc_field.h"

static bool take_varint(struct slice *in, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (in->len == 0)
			return false;
		uint8_t byte = in->ptr[0];
		*in = slice_from(*in, 1);
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool take_bytes(struct slice *in, uint64_t len, struct slice *bytes)
{
	if (len > in->len)
		return false;
	*bytes = slice_of(in->ptr, (size_t)len);
	*in = slice_from(*in, (size_t)len);
	return true;
}

bool rpc_field_next(struct slice *in, struct rpc_field *field)
{
	uint64_t key, len;
	if (in->len == 0 || !take_varint(in, &key) || key >> 3 == 0 || key >> 3 > UINT32_MAX)
		return false;
	*field = (struct rpc_field){.number = (uint32_t)(key >> 3)};
	switch (key & 7) {
	case 0:
		field->type = RPC_VARINT;
		return take_varint(in, &field->value);
	case 1:
		field->type = RPC_FIXED;
		return take_bytes(in, 8, &field->bytes);
	case 2:
		field->type = RPC_BYTES;
		return take_varint(in, &len) && take_bytes(in, len, &field->bytes);
	case 5:
		field->type = RPC_FIXED;
		return take_bytes(in, 4, &field->bytes);
	default:
		return false;
	}
}
