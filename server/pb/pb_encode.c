/*
 * The writing half of pb_wire.h.
 *
 * Everything is written from the back to the front, so that the length of a nested message is known when its
 * turn comes. A small message is tried without knowing its size; for a large one that is computed first.
 * protobuf_c_message_pack shifts each nested one instead, and it takes -0.0 for "not set".
 */
#include "pb/pb_wire.h"

#include "pb/pb_side.h"

enum { TAG_VARINT = 0, TAG_64 = 1, TAG_LEN = 2, TAG_32 = 5 };
/* Holds nearly all records and replies about one order; what does not fit costs a second try. */
enum { SMALL_BYTES = 1024 };

static inline size_t varint_size(uint64_t v)
{
	/* 1 + highest bit / 7, without a division. */
	return (size_t)((63 - __builtin_clzll(v | 1)) * 9 + 73) / 64;
}

static inline uint32_t zigzag32(int32_t v)
{
	return (uint32_t)v << 1 ^ (0 - ((uint32_t)v >> 31));
}

static inline uint64_t zigzag64(int64_t v)
{
	return (uint64_t)v << 1 ^ (0 - ((uint64_t)v >> 63));
}

/* The wire type, and for numbers their bits: as a varint, or fixed. */
static inline unsigned number_of(ProtobufCType type, const void *at, uint64_t *v)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		*v = (uint64_t)(int64_t) * (const int32_t *)at;
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_UINT32:
		*v = *(const uint32_t *)at;
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_SINT32:
		*v = zigzag32(*(const int32_t *)at);
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		memcpy(v, at, sizeof(*v));
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_SINT64:
		*v = zigzag64(*(const int64_t *)at);
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_BOOL:
		*v = *(const protobuf_c_boolean *)at != 0;
		return TAG_VARINT;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		*v = *(const uint32_t *)at;
		return TAG_32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		memcpy(v, at, sizeof(*v));
		return TAG_64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	*v = 0;
	return TAG_LEN;
}

static inline size_t number_size(unsigned wire, uint64_t v)
{
	return wire == TAG_VARINT ? varint_size(v) : wire == TAG_64 ? 8 : 4;
}

static size_t message_size(const ProtobufCMessage *m);

/* The bytes behind the tag. */
static size_t value_size(ProtobufCType type, const void *at)
{
	uint64_t v;
	size_t len;
	unsigned wire = number_of(type, at, &v);
	if (wire != TAG_LEN)
		return number_size(wire, v);
	if (type == PROTOBUF_C_TYPE_STRING)
		len = slice_str(*(char *const *)at).len;
	else if (type == PROTOBUF_C_TYPE_BYTES)
		len = ((const ProtobufCBinaryData *)at)->len;
	else
		len = message_size(*(ProtobufCMessage *const *)at);
	return varint_size(len) + len;
}

static size_t packed_size(const ProtobufCFieldDescriptor *f, const uint8_t *at, size_t n)
{
	size_t each = pb_type_bytes(f->type), len = 0;
	uint64_t v;
	unsigned wire = number_of(f->type, at, &v);
	if (wire != TAG_VARINT)
		return n * (wire == TAG_64 ? 8 : 4);
	for (size_t i = 0; i < n; i++, at += each) {
		number_of(f->type, at, &v);
		len += varint_size(v);
	}
	return len;
}

static size_t list_size(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t tag)
{
	size_t n = pb_count_const(m, f), each = pb_type_bytes(f->type), size = n * tag;
	const uint8_t *at = *(const uint8_t *const *)pb_member_const(m, f);
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0) {
		size_t len = packed_size(f, at, n);
		return tag + varint_size(len) + len;
	}
	for (size_t i = 0; i < n; i++, at += each)
		size += value_size(f->type, at);
	return size;
}

static inline bool is_set(const ProtobufCMessage *m, const struct pb_field *seen, const ProtobufCFieldDescriptor *f)
{
	const uint8_t *at = (const uint8_t *)m + seen->at;
	uint32_t word;
	uint64_t bits;
	switch ((enum pb_look)seen->look) {
	case PB_LOOK_WORD:
		memcpy(&word, at, sizeof(word));
		return word != 0;
	case PB_LOOK_LONG:
		memcpy(&bits, at, sizeof(bits));
		return bits != 0;
	case PB_LOOK_TEXT: {
		const char *text;
		memcpy(&text, at, sizeof(text));
		return text != NULL && text[0] != '\0';
	}
	case PB_LOOK_CASE:
		return pb_is_set(m, f);
	}
	return false;
}

static size_t message_size(const ProtobufCMessage *m)
{
	size_t size = 0;
	/* An entry of a map that was made without its value. */
	if (m == NULL)
		return 0;
	const ProtobufCMessageDescriptor *d = m->descriptor;
	const struct pb_field *seen = pb_side(d)->fields;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		if (!is_set(m, &seen[i], f))
			continue;
		size_t tag = varint_size((uint64_t)f->id << 3);
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			size += list_size(m, f, tag);
		else
			size += tag + value_size(f->type, pb_member_const(m, f));
	}
	for (unsigned i = 0; i < m->n_unknown_fields; i++)
		size += varint_size((uint64_t)m->unknown_fields[i].tag << 3) + m->unknown_fields[i].len;
	return size;
}

/* --- from the back to the front --- */

/* What is written moves the front towards the floor. Where there is no room left it is full, and what stands in it
 * is of no use. */
struct back {
	uint8_t *front;
	const uint8_t *floor;
	bool full;
};

static inline bool make_room(struct back *b, size_t bytes)
{
	if ((size_t)(b->front - b->floor) < bytes) {
		b->full = true;
		return false;
	}
	b->front -= bytes;
	return true;
}

static inline void put_varint(struct back *b, uint64_t v)
{
	if (!make_room(b, varint_size(v)))
		return;
	uint8_t *p = b->front;
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p = (uint8_t)v;
}

static inline void put_bytes(struct back *b, const void *bytes, size_t len)
{
	if (len > 0 && make_room(b, len))
		memcpy(b->front, bytes, len);
}

static inline void put_number(struct back *b, unsigned wire, uint64_t v)
{
	size_t bytes = wire == TAG_64 ? 8 : 4;
	if (wire == TAG_VARINT) {
		put_varint(b, v);
		return;
	}
	if (!make_room(b, bytes))
		return;
	for (size_t i = 0; i < bytes; i++)
		b->front[i] = (uint8_t)(v >> (8 * i));
}

static void put_message(struct back *b, const ProtobufCMessage *m);

static void put_field(struct back *b, const ProtobufCFieldDescriptor *f, const void *at)
{
	uint64_t v;
	unsigned wire = number_of(f->type, at, &v);
	if (wire != TAG_LEN) {
		put_number(b, wire, v);
	} else {
		const uint8_t *end = b->front;
		if (f->type == PROTOBUF_C_TYPE_STRING) {
			struct slice text = slice_str(*(char *const *)at);
			put_bytes(b, text.ptr, text.len);
		} else if (f->type == PROTOBUF_C_TYPE_BYTES) {
			const ProtobufCBinaryData *bytes = at;
			put_bytes(b, bytes->data, bytes->len);
		} else {
			put_message(b, *(ProtobufCMessage *const *)at);
		}
		put_varint(b, (uint64_t)(end - b->front));
	}
	put_varint(b, (uint64_t)f->id << 3 | wire);
}

static void put_list(struct back *b, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	size_t n = pb_count_const(m, f), each = pb_type_bytes(f->type);
	const uint8_t *first = *(const uint8_t *const *)pb_member_const(m, f);
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_PACKED) == 0) {
		while (n-- > 0 && !b->full)
			put_field(b, f, first + n * each);
		return;
	}
	const uint8_t *end = b->front;
	while (n-- > 0 && !b->full) {
		uint64_t v;
		unsigned wire = number_of(f->type, first + n * each, &v);
		put_number(b, wire, v);
	}
	put_varint(b, (uint64_t)(end - b->front));
	put_varint(b, (uint64_t)f->id << 3 | TAG_LEN);
}

static void put_message(struct back *b, const ProtobufCMessage *m)
{
	if (m == NULL)
		return;
	const ProtobufCMessageDescriptor *d = m->descriptor;
	const struct pb_field *seen = pb_side(d)->fields;
	for (unsigned i = m->n_unknown_fields; i-- > 0;) {
		const ProtobufCMessageUnknownField *u = &m->unknown_fields[i];
		put_bytes(b, u->data, u->len);
		put_varint(b, (uint64_t)u->tag << 3 | (unsigned)u->wire_type);
	}
	for (unsigned i = d->n_fields; i-- > 0 && !b->full;) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		if (!is_set(m, &seen[i], f))
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			put_list(b, m, f);
		else
			put_field(b, f, pb_member_const(m, f));
	}
}

/* Most messages fit and are there without having been measured. Empty when this one does not: no message that
 * is worth a place is. */
static struct slice put_small(const ProtobufCMessage *m, uint8_t room[SMALL_BYTES])
{
	struct back b = {.front = room + SMALL_BYTES, .floor = room};
	put_message(&b, m);
	if (!b.full)
		return slice_of(b.front, (size_t)(room + SMALL_BYTES - b.front));
	explicit_bzero(room, SMALL_BYTES);
	return SLICE_NONE;
}

static void put_measured(const ProtobufCMessage *m, uint8_t *to, size_t size)
{
	struct back b = {.front = to + size, .floor = to};
	put_message(&b, m);
}

/* What put_small has made may be about a person: it is moved away, not left on the stack. */
static void put_whole(uint8_t *to, size_t size, const ProtobufCMessage *m, struct slice small)
{
	if (small.len == 0) {
		put_measured(m, to, size);
		return;
	}
	memcpy(to, small.ptr, small.len);
	explicit_bzero((void *)(uintptr_t)small.ptr, small.len);
}

size_t pb_size(const void *message)
{
	return message_size(message);
}

void pb_encode(const void *message, struct buf *out)
{
	uint8_t room[SMALL_BYTES];
	struct slice small = put_small(message, room);
	size_t size = small.len > 0 ? small.len : message_size(message);
	uint8_t *to = buf_reserve(out, size);
	if (to == NULL)
		return;
	put_whole(to, size, message, small);
	out->len += size;
}

struct slice pb_encode_arena(const void *message, struct arena *a)
{
	uint8_t room[SMALL_BYTES];
	struct slice small = put_small(message, room);
	size_t size = small.len > 0 ? small.len : message_size(message);
	uint8_t *to = arena_alloc(a, size);
	put_whole(to, size, message, small);
	return slice_of(to, size);
}
