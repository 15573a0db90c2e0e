/* The known types of json_reader.h: Timestamp, Duration, FieldMask, wrappers, Struct, Value, ListValue, Any. */
#include "pb/json_num.h"
#include "pb/json_reader.h"
#include "pb/pb_wire.h"
#include "pb/wkt_text.h"
#include "wkt_pb.h"

static enum err read_time(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	struct slice text;
	Google__Protobuf__Timestamp *time = (Google__Protobuf__Timestamp *)m;
	TRY(json_read_text(r, &text, spot->path));
	if (!wkt_time_read(text, &time->seconds, &time->nanos))
		return json_wrong(r, spot->path, ERR_FIELD_INVALID, "expected a time as 2026-01-02T03:04:05Z");
	return OK;
}

static enum err read_duration(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	struct slice text;
	Google__Protobuf__Duration *duration = (Google__Protobuf__Duration *)m;
	TRY(json_read_text(r, &text, spot->path));
	if (!wkt_duration_read(text, &duration->seconds, &duration->nanos))
		return json_wrong(r, spot->path, ERR_FIELD_INVALID, "expected a duration as 1.5s");
	return OK;
}

static enum err read_mask(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	struct slice text;
	const ProtobufCFieldDescriptor *paths = &m->descriptor->fields[0];
	TRY(json_read_text(r, &text, spot->path));
	while (text.len > 0) {
		const uint8_t *comma = memchr(text.ptr, ',', text.len);
		size_t len = comma == NULL ? text.len : (size_t)(comma - text.ptr);
		TRY(json_count(r, spot->path));
		char **slot = pb_build_slot(&r->build, m, paths);
		char *path = pb_build_alloc(&r->build, 2 * len + 1);
		if (slot == NULL || path == NULL)
			return json_no_room(r, spot->path);
		if (!wkt_path_read(slice_of(text.ptr, len), path, &len))
			return json_wrong(r, spot->path, ERR_FIELD_INVALID,
					  "expected field paths as one,two.fieldName");
		path[len] = '\0';
		*slot = path;
		if (comma != NULL && comma + 1 == text.ptr + text.len)
			return json_wrong(r, spot->path, ERR_FIELD_INVALID, "a field path is missing at the end");
		text = comma == NULL ? SLICE_NONE : slice_from(text, (size_t)(comma - text.ptr) + 1);
	}
	return OK;
}

static enum err read_wrapper(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	union json_scalar value;
	bool unknown = false;
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[0];
	TRY(json_read_scalar(r, f, &value, &unknown, spot->path));
	memcpy(pb_member(m, f), &value, pb_type_bytes(f->type));
	return OK;
}

/* A message below this one, in the same place of the text. */
static enum err read_below(struct json_reader *r, const ProtobufCMessageDescriptor *d, const struct json_spot *spot,
			   const struct pb_path *path, ProtobufCMessage **out)
{
	struct json_spot below;
	TRY(json_count(r, path));
	TRY(json_nest(r, spot, path, &below));
	*out = pb_build_message(&r->build, d);
	if (*out == NULL)
		return json_no_room(r, path);
	return json_read_message(r, *out, &below);
}

static enum err read_value(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	struct slice text;
	Google__Protobuf__Value *value = (Google__Protobuf__Value *)m;
	enum json_kind kind = json_peek(&r->scan);
	switch (kind) {
	case JSON_KIND_NULL:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE;
		value->null_value = GOOGLE__PROTOBUF__NULL_VALUE__NULL_VALUE;
		return json_take_word(&r->scan, kind) ? OK : json_syntax(r, spot->path);
	case JSON_KIND_FALSE:
	case JSON_KIND_TRUE:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_BOOL_VALUE;
		value->bool_value = kind == JSON_KIND_TRUE;
		return json_take_word(&r->scan, kind) ? OK : json_syntax(r, spot->path);
	case JSON_KIND_NUMBER:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE;
		if (!json_take_number(&r->scan, &text))
			return json_syntax(r, spot->path);
		if (num_double(text, &value->number_value) != NUM_OK)
			return json_wrong(r, spot->path, ERR_FIELD_OUT_OF_RANGE, "the number is too large");
		return OK;
	case JSON_KIND_STRING:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
		TRY(json_read_text(r, &text, spot->path));
		if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL)
			return json_wrong(r, spot->path, ERR_FIELD_INVALID, "the text contains the character U+0000");
		return pb_build_string(&r->build, &value->string_value, text) ? OK : json_no_room(r, spot->path);
	case JSON_KIND_ARRAY:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE;
		return read_below(r, &google__protobuf__list_value__descriptor, spot, spot->path,
				  (ProtobufCMessage **)&value->list_value);
	case JSON_KIND_OBJECT:
		value->kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE;
		return read_below(r, &google__protobuf__struct__descriptor, spot, spot->path,
				  (ProtobufCMessage **)&value->struct_value);
	case JSON_KIND_NOTHING:
		break;
	}
	return json_mismatch(r, spot->path, "a value", "");
}

static enum err read_list_value(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	enum json_step step;
	bool first = true;
	const ProtobufCFieldDescriptor *values = &m->descriptor->fields[0];
	struct pb_path path = {spot->path, slice_str(values->name), 0};
	if (json_peek(&r->scan) != JSON_KIND_ARRAY)
		return json_mismatch(r, spot->path, "a list", "");
	if (!json_enter(&r->scan))
		return json_syntax(r, spot->path);
	for (; (step = json_element(&r->scan, &first)) == JSON_MORE; path.index++) {
		ProtobufCMessage *value;
		TRY(read_below(r, values->descriptor, spot, &path, &value));
		ProtobufCMessage **slot = pb_build_slot(&r->build, m, values);
		if (slot == NULL)
			return json_no_room(r, &path);
		*slot = value;
	}
	return step == JSON_END ? OK : json_syntax(r, spot->path);
}

/* Finds the member "@type" of the object that starts at the scan, which stays where it is. */
static enum err find_type(struct json_reader *r, const struct pb_path *path, struct slice *type, bool *empty)
{
	struct json_scan before = r->scan;
	struct slice key;
	enum json_step step;
	bool first = true, found = false;
	*empty = true;
	if (!json_enter(&r->scan))
		return json_syntax(r, path);
	while ((step = json_member(&r->scan, &first, &key)) == JSON_MORE) {
		*empty = false;
		if (!slice_eq(key, SLICE("@type"))) {
			if (!json_skip(&r->scan))
				return json_syntax(r, path);
			continue;
		}
		if (found)
			return json_wrong(r, path, ERR_BAD_JSON, "@type is given twice");
		found = true;
		TRY(json_read_text(r, type, path));
	}
	if (step != JSON_END)
		return json_syntax(r, path);
	if (!*empty && !found)
		return json_wrong(r, path, ERR_FIELD_INVALID, "@type is missing");
	r->scan = before;
	return OK;
}

/* {"@type": …, "value": …}, for types with a form of their own. */
static enum err read_any_value(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	struct slice key, type;
	enum json_step step;
	bool first = true, found = false;
	if (!json_enter(&r->scan))
		return json_syntax(r, spot->path);
	while ((step = json_member(&r->scan, &first, &key)) == JSON_MORE) {
		struct pb_path path = {spot->path, key, PB_NO_INDEX};
		if (slice_eq(key, SLICE("@type"))) {
			TRY(json_read_text(r, &type, &path));
			continue;
		}
		if (!slice_eq(key, SLICE("value"))) {
			if (!r->opts->ignore_unknown)
				return json_wrong(r, &path, ERR_UNKNOWN_FIELD, "expected @type and value only");
			if (!json_skip(&r->scan))
				return json_syntax(r, &path);
			continue;
		}
		if (found)
			return json_wrong(r, &path, ERR_BAD_JSON, "the field is given twice");
		found = true;
		TRY(json_read_message(r, m, spot));
	}
	if (step != JSON_END)
		return json_syntax(r, spot->path);
	return found ? OK : json_wrong(r, spot->path, ERR_FIELD_INVALID, "value is missing");
}

static enum err read_any(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	Google__Protobuf__Any *any = (Google__Protobuf__Any *)m;
	struct slice url = SLICE_NONE;
	struct json_spot below;
	bool empty;
	if (json_peek(&r->scan) != JSON_KIND_OBJECT)
		return json_mismatch(r, spot->path, "an object", "");
	TRY(find_type(r, spot->path, &url, &empty));
	if (empty)
		return json_skip(&r->scan) ? OK : json_syntax(r, spot->path);
	const struct pb_side *side = pb_message_by_url(r->opts->sets, url);
	if (side == NULL)
		return json_wrong(r, spot->path, ERR_FIELD_INVALID, "@type names no known message");
	TRY(json_nest(r, spot, spot->path, &below));
	ProtobufCMessage *held = pb_build_message(&r->build, side->descriptor);
	if (held == NULL || !pb_build_string(&r->build, &any->type_url, url))
		return json_no_room(r, spot->path);
	if (side->kind == PB_PLAIN)
		TRY(json_read_members(r, held, &below, "@type"));
	else
		TRY(read_any_value(r, held, &below));
	/* Bounded by what was read; the arena's cap holds in any case. */
	struct slice bytes = pb_encode_arena(held, r->build.arena);
	any->value = (ProtobufCBinaryData){.len = bytes.len, .data = (uint8_t *)(uintptr_t)bytes.ptr};
	return OK;
}

enum err json_read_known(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	switch ((enum pb_kind)pb_side(m->descriptor)->kind) {
	case PB_TIMESTAMP:
		return read_time(r, m, spot);
	case PB_DURATION:
		return read_duration(r, m, spot);
	case PB_FIELD_MASK:
		return read_mask(r, m, spot);
	case PB_WRAPPER:
		return read_wrapper(r, m, spot);
	case PB_VALUE:
		return read_value(r, m, spot);
	case PB_LIST_VALUE:
		return read_list_value(r, m, spot);
	case PB_STRUCT:
		/* A Struct is its one map, without the field's name around it. */
		if (json_peek(&r->scan) != JSON_KIND_OBJECT)
			return json_mismatch(r, spot->path, "an object", "");
		return json_read_map(r, m, &m->descriptor->fields[0], spot);
	case PB_ANY:
		return read_any(r, m, spot);
	case PB_PLAIN:
		break;
	}
	return json_read_members(r, m, spot, NULL);
}
