#include "pb/json_write.h"

#include <math.h>

#include "base/limits.h"
#include "pb/base64.h"
#include "pb/json_num.h"
#include "pb/json_writer.h"
#include "wkt_pb.h"

/* How a byte stands in a string: 0 as it is, 'u' as \u00XX, else behind a backslash. */
static const char escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u',         'u',           'u',          'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\', [0x7F] = 'u',
};

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* Eight bytes none of which needs an escape; may say no of some that don't. */
static inline bool eight_plain(const uint8_t *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
	uint64_t quote = word ^ ONES * '"', back = word ^ ONES * '\\', del = word ^ ONES * 0x7F;
	uint64_t hit = (word - ONES * 0x20) | (quote - ONES) | (back - ONES) | (del - ONES);
	return (hit & ~word & HIGHS) == 0;
}

static void put_escaped(struct buf *out, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";
	char how = escapes[byte];
	if (how == 'u') {
		char text[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
		json_put(out, text, sizeof(text));
	} else {
		char text[] = {'\\', how};
		json_put(out, text, sizeof(text));
	}
}

void json_put_string(struct buf *out, struct slice text)
{
	const uint8_t *from = text.ptr, *p = text.ptr, *end = text.len == 0 ? text.ptr : text.ptr + text.len;
	JSON_PUT(out, "\"");
	while (p < end) {
		if (end - p >= 8 && eight_plain(p)) {
			p += 8;
		} else if (escapes[*p] == 0) {
			p++;
		} else {
			json_put(out, from, (size_t)(p - from));
			put_escaped(out, *p);
			from = ++p;
		}
	}
	if (p > from)
		json_put(out, from, (size_t)(p - from));
	JSON_PUT(out, "\"");
}

static void put_unsigned(struct buf *out, uint64_t value, bool negative, bool quoted)
{
	char text[24];
	size_t at = sizeof(text);
	if (quoted)
		text[--at] = '"';
	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	if (negative)
		text[--at] = '-';
	if (quoted)
		text[--at] = '"';
	json_put(out, text + at, sizeof(text) - at);
}

static void put_signed(struct buf *out, int64_t value, bool quoted)
{
	put_unsigned(out, value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value, value < 0, quoted);
}

/* False: the number is finite, and still to be written. */
static bool put_special(struct buf *out, double value)
{
	if (isnan(value))
		JSON_PUT(out, "\"NaN\"");
	else if (isinf(value) && value > 0)
		JSON_PUT(out, "\"Infinity\"");
	else if (isinf(value))
		JSON_PUT(out, "\"-Infinity\"");
	else
		return false;
	return true;
}

static void put_enum(struct json_writer *w, const ProtobufCEnumDescriptor *e, int32_t value)
{
	const ProtobufCEnumValue *known = w->opts->enum_numbers ? NULL : protobuf_c_enum_descriptor_get_value(e, value);
	if (known == NULL) {
		put_signed(w->out, value, false);
		return;
	}
	JSON_PUT(w->out, "\"");
	json_put(w->out, known->name, strlen(known->name));
	JSON_PUT(w->out, "\"");
}

/* Numbers that JSON can't hold safely are quoted; as a map's key all are. */
static void put_scalar(struct json_writer *w, const ProtobufCFieldDescriptor *f, const void *value, bool key)
{
	struct buf *out = w->out;
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		put_signed(out, *(const int32_t *)value, key);
		return;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		put_unsigned(out, *(const uint32_t *)value, false, key);
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		put_signed(out, *(const int64_t *)value, true);
		return;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		put_unsigned(out, *(const uint64_t *)value, false, true);
		return;
	case PROTOBUF_C_TYPE_FLOAT:
		if (!put_special(out, (double)*(const float *)value))
			num_put_float(out, *(const float *)value);
		return;
	case PROTOBUF_C_TYPE_DOUBLE:
		if (!put_special(out, *(const double *)value))
			num_put_double(out, *(const double *)value);
		return;
	case PROTOBUF_C_TYPE_BOOL:
		if (key)
			buf_str(out, *(const protobuf_c_boolean *)value ? "\"true\"" : "\"false\"");
		else
			buf_str(out, *(const protobuf_c_boolean *)value ? "true" : "false");
		return;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(w, f->descriptor, *(const int32_t *)value);
		return;
	case PROTOBUF_C_TYPE_STRING:
		json_put_string(out, slice_str(*(char *const *)value));
		return;
	case PROTOBUF_C_TYPE_BYTES: {
		const ProtobufCBinaryData *bytes = value;
		JSON_PUT(out, "\"");
		base64_encode(slice_of(bytes->data, bytes->len), out);
		JSON_PUT(out, "\"");
		return;
	}
	case PROTOBUF_C_TYPE_MESSAGE:
		return;
	}
}

enum err json_write_one(struct json_writer *w, const ProtobufCFieldDescriptor *f, const void *value,
			const struct json_place *place)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		struct json_place below = {place->depth_left - 1, place->path};
		return json_write_message(w, *(ProtobufCMessage *const *)value, &below);
	}
	bool null = f->type == PROTOBUF_C_TYPE_ENUM && f->descriptor == &google__protobuf__null_value__descriptor &&
		    *(const int32_t *)value == 0;
	if (null)
		JSON_PUT(w->out, "null");
	else
		put_scalar(w, f, value, false);
	return OK;
}

enum err json_write_list(struct json_writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			 const struct json_place *place)
{
	size_t n = pb_count_const(m, f), each = pb_type_bytes(f->type);
	const uint8_t *at = *(const uint8_t *const *)pb_member_const(m, f);
	struct pb_path path = {place->path, slice_str(f->name), 0};
	struct json_place inside = {place->depth_left, &path};
	JSON_PUT(w->out, "[");
	for (; path.index < n; path.index++, at += each) {
		if (path.index > 0)
			JSON_PUT(w->out, ",");
		TRY(json_write_one(w, f, at, &inside));
	}
	JSON_PUT(w->out, "]");
	return OK;
}

enum err json_write_map(struct json_writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			const struct json_place *place)
{
	size_t n = pb_count_const(m, f);
	ProtobufCMessage *const *entries = *(ProtobufCMessage * *const *)pb_member_const(m, f);
	const ProtobufCFieldDescriptor *fields = ((const ProtobufCMessageDescriptor *)f->descriptor)->fields;
	struct pb_path path = {place->path, slice_str(f->name), 0};
	struct json_place inside = {place->depth_left, &path};
	JSON_PUT(w->out, "{");
	for (; path.index < n; path.index++) {
		const ProtobufCMessage *entry = entries[path.index];
		if (path.index > 0)
			JSON_PUT(w->out, ",");
		put_scalar(w, &fields[0], pb_member_const(entry, &fields[0]), true);
		JSON_PUT(w->out, ":");
		TRY(json_write_one(w, &fields[1], pb_member_const(entry, &fields[1]), &inside));
	}
	JSON_PUT(w->out, "}");
	return OK;
}

static enum err write_field(struct json_writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			    enum pb_presence presence, const struct json_place *place)
{
	switch (presence) {
	case PB_REPEATED:
		return json_write_list(w, m, f, place);
	case PB_MAP:
		return json_write_map(w, m, f, place);
	case PB_IMPLICIT:
	case PB_EXPLICIT:
	case PB_ONEOF:
		break;
	}
	struct pb_path path = {place->path, slice_str(f->name), PB_NO_INDEX};
	struct json_place inside = {place->depth_left, &path};
	return json_write_one(w, f, pb_member_const(m, f), &inside);
}

enum err json_write_members(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place, bool more)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	const struct pb_side *side = pb_side(d);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		enum pb_presence presence = (enum pb_presence)side->fields[i].presence;
		if (!pb_is_set(m, f)) {
			bool has_default = presence != PB_EXPLICIT && presence != PB_ONEOF;
			if (!w->opts->emit_defaults || !has_default)
				continue;
		}
		if (more)
			JSON_PUT(w->out, ",");
		more = true;
		json_put(w->out, side->fields[i].key, side->fields[i].key_len);
		TRY(write_field(w, m, f, presence, place));
	}
	return OK;
}

enum err json_write_message(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	if (place->depth_left == 0)
		return pb_fault(w->arena, w->fault, ERR_TOO_DEEP, place->path, "messages are nested too deeply");
	/* An entry of a map that was made without its value. */
	if (m == NULL) {
		JSON_PUT(w->out, "{}");
		return OK;
	}
	if (pb_side(m->descriptor)->kind != PB_PLAIN)
		return json_write_known(w, m, place);
	JSON_PUT(w->out, "{");
	TRY(json_write_members(w, m, place, false));
	JSON_PUT(w->out, "}");
	return OK;
}

enum err json_encode(const void *message, const struct json_opts *opts, struct arena *a, struct fault *fault,
		     struct buf *out)
{
	static const struct json_opts plain;
	struct json_writer w = {out, a, fault, opts == NULL ? &plain : opts};
	struct json_place top = {LIMIT_MESSAGE_DEPTH, NULL};
	size_t before = out->len;
	enum err err = json_write_message(&w, message, &top);
	if (err != OK)
		out->len = before;
	return err;
}
