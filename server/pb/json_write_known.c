/* The known types of json_writer.h: Timestamp, Duration, FieldMask, wrappers, Struct, Value, ListValue, Any. */
#include <math.h>

#include "pb/json_writer.h"
#include "pb/pb_wire.h"
#include "pb/wkt_text.h"
#include "wkt_pb.h"

static enum err wrong(struct json_writer *w, const struct json_place *place, const char *what)
{
	return pb_fault(w->arena, w->fault, ERR_FIELD_INVALID, place->path, "%s", what);
}

static enum err write_time(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const Google__Protobuf__Timestamp *time = (const Google__Protobuf__Timestamp *)m;
	JSON_PUT(w->out, "\"");
	if (!wkt_time_put(w->out, time->seconds, time->nanos))
		return wrong(w, place, "the time is out of range");
	JSON_PUT(w->out, "\"");
	return OK;
}

static enum err write_duration(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const Google__Protobuf__Duration *duration = (const Google__Protobuf__Duration *)m;
	JSON_PUT(w->out, "\"");
	if (!wkt_duration_put(w->out, duration->seconds, duration->nanos))
		return wrong(w, place, "the duration is out of range");
	JSON_PUT(w->out, "\"");
	return OK;
}

static enum err write_mask(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const Google__Protobuf__FieldMask *mask = (const Google__Protobuf__FieldMask *)m;
	JSON_PUT(w->out, "\"");
	for (size_t i = 0; i < mask->n_paths; i++) {
		if (i > 0)
			JSON_PUT(w->out, ",");
		if (!wkt_path_put(w->out, slice_str(mask->paths[i])))
			return wrong(w, place, "a path has no JSON form");
	}
	JSON_PUT(w->out, "\"");
	return OK;
}

static enum err write_value(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const Google__Protobuf__Value *value = (const Google__Protobuf__Value *)m;
	uint32_t kind = value->kind_case;
	if (kind == GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE && !isfinite(value->number_value))
		return wrong(w, place, "JSON has no such number");
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		if (f->id == kind)
			return json_write_one(w, f, pb_member_const(m, f), place);
	}
	return wrong(w, place, "the value is of no kind");
}

static enum err write_any(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const Google__Protobuf__Any *any = (const Google__Protobuf__Any *)m;
	struct json_place below = {place->depth_left - 1, place->path};
	struct fault inner = {0};
	ProtobufCMessage *held;
	if (slice_str(any->type_url).len == 0 && any->value.len == 0) {
		JSON_PUT(w->out, "{}");
		return OK;
	}
	const struct pb_side *side = pb_message_by_url(w->opts->sets, slice_str(any->type_url));
	if (side == NULL)
		return wrong(w, place, "the type is not known");
	if (pb_decode(w->arena, side->descriptor, slice_of(any->value.data, any->value.len), &inner, &held) != OK)
		return wrong(w, place, "the bytes are not of the type");
	JSON_PUT(w->out, "{\"@type\":");
	json_put_string(w->out, slice_str(any->type_url));
	if (side->kind == PB_PLAIN) {
		if (below.depth_left == 0)
			return pb_fault(w->arena, w->fault, ERR_TOO_DEEP, place->path,
					"messages are nested too deeply");
		TRY(json_write_members(w, held, &below, true));
	} else {
		JSON_PUT(w->out, ",\"value\":");
		TRY(json_write_message(w, held, &below));
	}
	JSON_PUT(w->out, "}");
	return OK;
}

enum err json_write_known(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place)
{
	const ProtobufCFieldDescriptor *fields = m->descriptor->fields;
	switch ((enum pb_kind)pb_side(m->descriptor)->kind) {
	case PB_TIMESTAMP:
		return write_time(w, m, place);
	case PB_DURATION:
		return write_duration(w, m, place);
	case PB_FIELD_MASK:
		return write_mask(w, m, place);
	case PB_WRAPPER:
		return json_write_one(w, &fields[0], pb_member_const(m, &fields[0]), place);
	case PB_VALUE:
		return write_value(w, m, place);
	case PB_LIST_VALUE:
		return json_write_list(w, m, &fields[0], place);
	case PB_STRUCT:
		return json_write_map(w, m, &fields[0], place);
	case PB_ANY:
		return write_any(w, m, place);
	case PB_PLAIN:
		break;
	}
	return json_write_members(w, m, place, false);
}
