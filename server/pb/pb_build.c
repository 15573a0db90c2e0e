#include "pb/pb_build.h"

#include <stdlib.h>

/* An array's room follows from its length alone, so that no field needs a place to remember it: the
 * next power of two, at least this. */
enum { FIRST_ROOM = 4 };

/* What the arena charges: the bytes rounded up to its alignment. */
static inline bool charge(struct pb_build *b, size_t bytes)
{
	if (bytes > b->memory_left || b->memory_left - bytes < 16)
		return false;
	b->memory_left -= (bytes + 15) & ~(size_t)15;
	return true;
}

void *pb_build_alloc(struct pb_build *b, size_t bytes)
{
	return charge(b, bytes) ? arena_alloc(b->arena, bytes) : NULL;
}

ProtobufCMessage *pb_build_message(struct pb_build *b, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *m = pb_build_alloc(b, descriptor->sizeof_message);
	if (m != NULL)
		descriptor->message_init(m);
	return m;
}

bool pb_build_string(struct pb_build *b, void *slot, struct slice value)
{
	if (value.len == SIZE_MAX || !charge(b, value.len + 1))
		return false;
	*(char **)slot = arena_string(b->arena, value);
	return true;
}

bool pb_build_bytes(struct pb_build *b, void *slot, struct slice value)
{
	if (!charge(b, value.len))
		return false;
	*(ProtobufCBinaryData *)slot =
	    (ProtobufCBinaryData){.len = value.len, .data = arena_copy(b->arena, value.ptr, value.len)};
	return true;
}

/* 0 when it doesn't fit. */
static size_t room_for(size_t n)
{
	size_t room = FIRST_ROOM;
	while (room < n) {
		if (__builtin_mul_overflow(room, 2, &room))
			return 0;
	}
	return room;
}

void *pb_build_room(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t extra)
{
	size_t n = *pb_count(m, f), need, bytes, each = pb_type_bytes(f->type);
	uint8_t **array = pb_member(m, f);
	if (__builtin_add_overflow(n, extra, &need))
		return NULL;
	size_t room = n == 0 ? 0 : room_for(n);
	if (need > room) {
		room = room_for(need);
		if (room == 0 || __builtin_mul_overflow(room, each, &bytes))
			return NULL;
		uint8_t *grown = pb_build_alloc(b, bytes);
		if (grown == NULL)
			return NULL;
		if (n > 0)
			memcpy(grown, *array, n * each);
		*array = grown;
	}
	return *array + n * each;
}

void *pb_build_slot(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		void *slot = pb_build_room(b, m, f, 1);
		if (slot != NULL)
			*pb_count(m, f) += 1;
		return slot;
	}
	void *member = pb_member(m, f);
	uint32_t *quantifier = (uint32_t *)((uint8_t *)m + f->quantifier_offset);
	if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
		if (*quantifier != f->id)
			memset(member, 0, pb_type_bytes(f->type));
		*quantifier = f->id;
	} else if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->type != PROTOBUF_C_TYPE_STRING &&
		   f->type != PROTOBUF_C_TYPE_MESSAGE) {
		*quantifier = 1;
	}
	return member;
}

struct keyed {
	const void *key;
	size_t at;
	ProtobufCType type;
};

static int key_order(const struct keyed *a, const struct keyed *b)
{
	if (a->type == PROTOBUF_C_TYPE_STRING)
		return strcmp(*(char *const *)a->key, *(char *const *)b->key);
	return memcmp(a->key, b->key, pb_type_bytes(a->type));
}

static int sort_order(const void *one, const void *other)
{
	const struct keyed *a = one, *b = other;
	int order = key_order(a, b);
	return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

size_t pb_build_unique_keys(struct pb_build *b, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	size_t n = *pb_count(m, f), kept = 0, bytes;
	if (n < 2)
		return 0;
	ProtobufCMessage **entries = *(ProtobufCMessage ***)pb_member(m, f);
	const ProtobufCFieldDescriptor *key = &((const ProtobufCMessageDescriptor *)f->descriptor)->fields[0];
	struct keyed *sorted = __builtin_mul_overflow(n, sizeof(*sorted), &bytes) ? NULL : pb_build_alloc(b, bytes);
	if (sorted == NULL)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct keyed){pb_member(entries[i], key), i, key->type};
	qsort(sorted, n, sizeof(*sorted), sort_order);
	for (size_t i = 0; i + 1 < n; i++) {
		if (key_order(&sorted[i], &sorted[i + 1]) == 0)
			entries[sorted[i].at] = NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (entries[i] != NULL)
			entries[kept++] = entries[i];
	}
	*pb_count(m, f) = kept;
	return n - kept;
}
