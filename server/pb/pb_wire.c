#include "pb/pb_wire.h"

#include "base/limits.h"
#include "pb/pb_build.h"
#include "pb/pb_path.h"
#include "pb/pb_side.h"
#include "pb/utf8.h"

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LEN = 2, WIRE_GROUP = 3, WIRE_GROUP_END = 4, WIRE_32 = 5 };

const struct pb_limits pb_default_limits = {
    .bytes = LIMIT_MESSAGE_BYTES,
    .depth = LIMIT_MESSAGE_DEPTH,
    .fields = LIMIT_MESSAGE_FIELDS,
    .memory_bytes = LIMIT_MESSAGE_MEMORY_BYTES,
};

struct reader {
	struct pb_build build;
	bool keep_unknown;
};

/* One level of nesting. */
struct level {
	ProtobufCMessage *m;
	const uint8_t *at;
	const uint8_t *end;
	size_t depth_left;
	const struct pb_path *path; /* of m itself */
};

/* A value as it stands on the wire. */
struct wire_value {
	enum wire wire;
	uint64_t number;    /* WIRE_VARINT, WIRE_64, WIRE_32 */
	struct slice bytes; /* WIRE_LEN */
};

static enum err bad(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f, enum err err,
		    const char *what)
{
	if (f == NULL)
		return pb_fault(r->build.arena, r->build.fault, err, l->path, "%s", what);
	size_t index = PB_NO_INDEX;
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		index = pb_count_const(l->m, f);
	struct pb_path step = {l->path, slice_str(f->name), index};
	return pb_fault(r->build.arena, r->build.fault, err, &step, "%s", what);
}

static enum err too_large(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f)
{
	return bad(r, l, f, ERR_TOO_LARGE, "the message takes too much memory");
}

/* False: truncated, or longer than 64 bits. */
static inline bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	const uint8_t *p = *at;
	if (p < end && *p < 0x80) {
		*value = *p;
		*at = p + 1;
		return true;
	}
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 70 && p < end; shift += 7) {
		uint8_t byte = *p++;
		if (shift == 63 && byte > 1)
			return false;
		v |= (uint64_t)(byte & 0x7F) << shift;
		if (byte < 0x80) {
			*value = v;
			*at = p;
			return true;
		}
	}
	return false;
}

static inline uint64_t little_endian(const uint8_t *p, size_t bytes)
{
	uint64_t v = 0;
	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static enum wire wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
		return WIRE_VARINT;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return WIRE_32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return WIRE_64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_LEN;
	}
	return WIRE_GROUP;
}

/* The value behind a tag; NULL, or what is wrong with it. */
static const char *read_value(struct level *l, struct wire_value *v)
{
	size_t left = (size_t)(l->end - l->at);
	switch (v->wire) {
	case WIRE_VARINT:
		return read_varint(&l->at, l->end, &v->number) ? NULL : "a varint is truncated or too long";
	case WIRE_64:
	case WIRE_32: {
		size_t bytes = v->wire == WIRE_64 ? 8 : 4;
		if (left < bytes)
			return "a fixed-size value is truncated";
		v->number = little_endian(l->at, bytes);
		l->at += bytes;
		return NULL;
	}
	case WIRE_LEN: {
		uint64_t len;
		if (!read_varint(&l->at, l->end, &len))
			return "a length is truncated or too long";
		if (len > (uint64_t)(l->end - l->at))
			return "a length goes beyond the end";
		v->bytes = slice_of(l->at, (size_t)len);
		l->at += len;
		return NULL;
	}
	case WIRE_GROUP:
	case WIRE_GROUP_END:
		break;
	}
	return "groups and wire types 6 and 7 are not supported";
}

/* Stores a number of any scalar type. */
static inline void store_number(ProtobufCType type, uint64_t v, void *slot)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		*(uint32_t *)slot = (uint32_t)v;
		return;
	case PROTOBUF_C_TYPE_SINT32:
		*(uint32_t *)slot = ((uint32_t)v >> 1) ^ (0 - ((uint32_t)v & 1));
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		memcpy(slot, &v, sizeof(v));
		return;
	case PROTOBUF_C_TYPE_SINT64:
		v = (v >> 1) ^ (0 - (v & 1));
		memcpy(slot, &v, sizeof(v));
		return;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)slot = v != 0;
		return;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return;
	}
}

static enum err read_message(struct reader *r, struct level *l);

static enum err read_nested(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f,
			    struct slice bytes)
{
	if (l->depth_left == 1)
		return bad(r, l, f, ERR_TOO_DEEP, "messages are nested too deeply");
	ProtobufCMessage **slot = pb_build_slot(&r->build, l->m, f);
	if (slot == NULL)
		return too_large(r, l, f);
	/* A single message that comes in parts is merged. */
	if (f->label == PROTOBUF_C_LABEL_REPEATED || *slot == NULL) {
		ProtobufCMessage *m = pb_build_message(&r->build, f->descriptor);
		if (m == NULL)
			return too_large(r, l, f);
		*slot = m;
	}
	size_t index = f->label == PROTOBUF_C_LABEL_REPEATED ? pb_count_const(l->m, f) - 1 : PB_NO_INDEX;
	struct pb_path step = {l->path, slice_str(f->name), index};
	struct level below = {*slot, bytes.ptr, bytes.ptr + bytes.len, l->depth_left - 1, &step};
	return read_message(r, &below);
}

static enum err read_text(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f,
			  struct slice bytes)
{
	switch (utf8_check(bytes)) {
	case UTF8_OK:
		break;
	case UTF8_INVALID:
		return bad(r, l, f, ERR_BAD_UTF8, "the text is not valid UTF-8");
	case UTF8_NUL:
		return bad(r, l, f, ERR_FIELD_INVALID, "the text contains the character U+0000");
	}
	void *slot = pb_build_slot(&r->build, l->m, f);
	if (slot == NULL || !pb_build_string(&r->build, slot, bytes))
		return too_large(r, l, f);
	return OK;
}

static enum err read_packed(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f,
			    struct slice bytes)
{
	enum wire wire = wire_of(f->type);
	size_t n = 0, each = pb_type_bytes(f->type);
	if (wire == WIRE_VARINT) {
		for (size_t i = 0; i < bytes.len; i++)
			n += bytes.ptr[i] < 0x80;
		if (bytes.len > 0 && bytes.ptr[bytes.len - 1] >= 0x80)
			return bad(r, l, f, ERR_BAD_PROTO, "a varint is truncated or too long");
	} else {
		n = bytes.len / each;
		if (bytes.len % each != 0)
			return bad(r, l, f, ERR_BAD_PROTO, "a packed field ends inside a value");
	}
	if (n == 0)
		return OK;
	if (n > r->build.fields_left)
		return bad(r, l, f, ERR_TOO_LARGE, "the message has too many fields");
	r->build.fields_left -= n;
	uint8_t *slot = pb_build_room(&r->build, l->m, f, n);
	if (slot == NULL)
		return too_large(r, l, f);
	const uint8_t *at = bytes.ptr, *end = bytes.ptr + bytes.len;
	for (size_t i = 0; i < n; i++, slot += each) {
		uint64_t v;
		if (wire != WIRE_VARINT) {
			v = little_endian(at, each);
			at += each;
		} else if (!read_varint(&at, end, &v)) {
			return bad(r, l, f, ERR_BAD_PROTO, "a varint is truncated or too long");
		}
		store_number(f->type, v, slot);
	}
	*pb_count(l->m, f) += n;
	return OK;
}

static enum err keep_unknown(struct reader *r, const struct level *l, uint32_t number, enum wire wire,
			     const uint8_t *from)
{
	ProtobufCMessage *m = l->m;
	unsigned n = m->n_unknown_fields;
	/* Grown when the count reaches a power of two. */
	if ((n & (n - 1)) == 0) {
		size_t bytes = (n == 0 ? 1 : 2 * (size_t)n) * sizeof(ProtobufCMessageUnknownField);
		ProtobufCMessageUnknownField *grown = pb_build_alloc(&r->build, bytes);
		if (grown == NULL)
			return too_large(r, l, NULL);
		if (n > 0)
			memcpy(grown, m->unknown_fields, n * sizeof(*grown));
		m->unknown_fields = grown;
	}
	ProtobufCBinaryData data;
	if (!pb_build_bytes(&r->build, &data, slice_of(from, (size_t)(l->at - from))))
		return too_large(r, l, NULL);
	m->unknown_fields[n] = (ProtobufCMessageUnknownField){
	    .tag = number, .wire_type = (ProtobufCWireType)wire, .len = data.len, .data = data.data};
	m->n_unknown_fields = n + 1;
	return OK;
}

static enum err store(struct reader *r, const struct level *l, const ProtobufCFieldDescriptor *f,
		      const struct wire_value *v)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return read_nested(r, l, f, v->bytes);
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return read_text(r, l, f, v->bytes);
	void *slot = pb_build_slot(&r->build, l->m, f);
	if (slot == NULL)
		return too_large(r, l, f);
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return pb_build_bytes(&r->build, slot, v->bytes) ? OK : too_large(r, l, f);
	store_number(f->type, v->number, slot);
	return OK;
}

/* Fields mostly come in the order of their numbers: look at the one that was last and the next first. */
static inline const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *d, uint32_t number,
							 unsigned *hint)
{
	for (unsigned i = *hint; i < d->n_fields && i < *hint + 2; i++) {
		if (d->fields[i].id == number) {
			*hint = i;
			return &d->fields[i];
		}
	}
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field(d, number);
	if (f != NULL)
		*hint = (unsigned)(f - d->fields);
	return f;
}

static enum err settle_maps(struct reader *r, const struct level *l)
{
	const ProtobufCMessageDescriptor *d = l->m->descriptor;
	const struct pb_side *side = pb_side(d);
	for (unsigned i = 0; i < d->n_fields; i++) {
		if (side->fields[i].presence != PB_MAP)
			continue;
		if (pb_build_unique_keys(&r->build, l->m, &d->fields[i]) == SIZE_MAX)
			return too_large(r, l, &d->fields[i]);
	}
	return OK;
}

static enum err settle_map_entry(struct reader *r, const struct level *l)
{
	/* An entry without a value has an empty one; code that walks a map need not look for NULL. */
	const ProtobufCFieldDescriptor *value = &l->m->descriptor->fields[1];
	ProtobufCMessage **slot = pb_member(l->m, value);
	if (value->type != PROTOBUF_C_TYPE_MESSAGE || *slot != NULL)
		return OK;
	*slot = pb_build_message(&r->build, value->descriptor);
	return *slot != NULL ? OK : too_large(r, l, value);
}

static enum err read_message(struct reader *r, struct level *l)
{
	const ProtobufCMessageDescriptor *d = l->m->descriptor;
	unsigned hint = 0;
	while (l->at < l->end) {
		uint64_t tag;
		if (r->build.fields_left == 0)
			return bad(r, l, NULL, ERR_TOO_LARGE, "the message has too many fields");
		r->build.fields_left--;
		if (!read_varint(&l->at, l->end, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
			return bad(r, l, NULL, ERR_BAD_PROTO, "a field's tag is not valid");
		uint32_t number = (uint32_t)tag >> 3;
		const ProtobufCFieldDescriptor *f = find_field(d, number, &hint);
		struct wire_value v = {.wire = (enum wire)(tag & 7)};
		const uint8_t *from = l->at;
		const char *wrong = read_value(l, &v);
		if (wrong != NULL)
			return bad(r, l, f, ERR_BAD_PROTO, wrong);
		enum wire wire = f == NULL ? WIRE_GROUP : wire_of(f->type);
		if (f != NULL && v.wire == wire)
			TRY(store(r, l, f, &v));
		else if (f != NULL && v.wire == WIRE_LEN && f->label == PROTOBUF_C_LABEL_REPEATED)
			TRY(read_packed(r, l, f, v.bytes));
		else if (r->keep_unknown)
			TRY(keep_unknown(r, l, number, v.wire, from));
	}
	const struct pb_side *side = pb_side(d);
	if (side->has_maps)
		TRY(settle_maps(r, l));
	return side->map_entry ? settle_map_entry(r, l) : OK;
}

enum err pb_decode_within(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice in,
			  const struct pb_limits *limits, struct fault *fault, ProtobufCMessage **out)
{
	struct reader r = {
	    .build = {.arena = a, .fault = fault, .fields_left = limits->fields, .memory_left = limits->memory_bytes},
	    .keep_unknown = limits->keep_unknown};
	if (in.len > limits->bytes)
		return pb_fault(a, fault, ERR_TOO_LARGE, NULL, "%zu bytes, at most %zu are allowed", in.len,
				limits->bytes);
	struct level top = {.m = pb_build_message(&r.build, descriptor),
			    .at = in.ptr,
			    .end = in.len == 0 ? in.ptr : in.ptr + in.len,
			    .depth_left = limits->depth};
	if (top.m == NULL)
		return too_large(&r, &top, NULL);
	TRY(read_message(&r, &top));
	*out = top.m;
	return OK;
}

enum err pb_decode(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice in, struct fault *fault,
		   ProtobufCMessage **out)
{
	return pb_decode_within(a, descriptor, in, &pb_default_limits, fault, out);
}
