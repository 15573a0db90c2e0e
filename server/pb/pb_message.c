#include "pb/pb_message.h"

ProtobufCMessage *pb_message_new(struct arena *a, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *m = arena_alloc(a, descriptor->sizeof_message);
	descriptor->message_init(m);
	return m;
}

size_t pb_type_bytes(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_ENUM:
		return 4;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	}
	return 0;
}

static bool is_default(const void *member, ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT: /* by its bits: -0 is not the default */
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_BOOL:
		return *(const uint32_t *)member == 0;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE: {
		uint64_t bits;
		memcpy(&bits, member, sizeof(bits));
		return bits == 0;
	}
	case PROTOBUF_C_TYPE_STRING: {
		const char *str = *(char *const *)member;
		return str == NULL || str[0] == '\0';
	}
	case PROTOBUF_C_TYPE_BYTES:
		return ((const ProtobufCBinaryData *)member)->len == 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		return *(void *const *)member == NULL;
	}
	return true;
}

bool pb_is_set(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const void *member = pb_member_const(m, f);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return pb_count_const(m, f) > 0;
	bool pointer = f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE;
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
		return pb_oneof_case(m, f) == f->id && !(pointer && *(void *const *)member == NULL);
	if (f->label == PROTOBUF_C_LABEL_OPTIONAL) {
		if (pointer)
			return *(void *const *)member != NULL;
		return *(const protobuf_c_boolean *)((const uint8_t *)m + f->quantifier_offset) != 0;
	}
	return !is_default(member, f->type);
}
