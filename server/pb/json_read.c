#include "pb/json_read.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/limits.h"
#include "pb/json_num.h"
#include "pb/json_reader.h"
#include "wkt_pb.h"

enum err json_syntax(struct json_reader *r, const struct pb_path *path)
{
	size_t line, column;
	json_position(&r->scan, &line, &column);
	(void)json_wrong(r, path, r->scan.err, "line %zu column %zu: %s", line, column, r->scan.wrong);
	struct fault *fault = r->build.fault;
	snprintf(fault->detail_zh, sizeof(fault->detail_zh), "第 %zu 行第 %zu 列：%s", line, column,
		 detail_zh(r->scan.wrong));
	return r->scan.err;
}

enum err json_mismatch(struct json_reader *r, const struct pb_path *path, const char *what, const char *name)
{
	if (json_peek(&r->scan) != JSON_KIND_NOTHING)
		return json_wrong(r, path, ERR_FIELD_INVALID, "expected %s%s", what, name);
	(void)json_skip(&r->scan);
	return json_syntax(r, path);
}

enum err json_no_room(struct json_reader *r, const struct pb_path *path)
{
	return json_wrong(r, path, ERR_TOO_LARGE, "the message takes too much memory");
}

enum err json_count(struct json_reader *r, const struct pb_path *path)
{
	if (r->build.fields_left == 0)
		return json_wrong(r, path, ERR_TOO_LARGE, "the message has too many fields");
	r->build.fields_left--;
	return OK;
}

enum err json_nest(struct json_reader *r, const struct json_spot *from, const struct pb_path *path,
		   struct json_spot *to)
{
	if (from->depth_left <= 1)
		return json_wrong(r, path, ERR_TOO_DEEP, "messages are nested too deeply");
	*to = (struct json_spot){from->depth_left - 1, path};
	return OK;
}

/* A new message of the field's type, read from the scan. */
static enum err read_nested(struct json_reader *r, const ProtobufCFieldDescriptor *f, const struct json_spot *spot,
			    const struct pb_path *path, ProtobufCMessage **out)
{
	struct json_spot below;
	TRY(json_nest(r, spot, path, &below));
	*out = pb_build_message(&r->build, f->descriptor);
	if (*out == NULL)
		return json_no_room(r, path);
	return json_read_message(r, *out, &below);
}

/* One value, into the field's member or as its next element. */
static enum err read_one(struct json_reader *r, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			 const struct json_spot *spot, const struct pb_path *path)
{
	union json_scalar value;
	ProtobufCMessage *nested;
	const void *from = &value;
	bool unknown = false;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		TRY(read_nested(r, f, spot, path, &nested));
		from = &nested;
	} else {
		TRY(json_read_scalar(r, f, &value, &unknown, path));
	}
	if (unknown)
		return OK;
	void *slot = pb_build_slot(&r->build, m, f);
	if (slot == NULL)
		return json_no_room(r, path);
	memcpy(slot, from, pb_type_bytes(f->type));
	return OK;
}

/* Whether null is a value of the field rather than its absence. */
static bool takes_null(const ProtobufCFieldDescriptor *f)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return pb_side(f->descriptor)->kind == PB_VALUE;
	return f->type == PROTOBUF_C_TYPE_ENUM && f->descriptor == &google__protobuf__null_value__descriptor;
}

static enum err read_list(struct json_reader *r, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			  const struct json_spot *spot, struct pb_path *path)
{
	enum json_step step;
	bool first = true;
	if (json_peek(&r->scan) != JSON_KIND_ARRAY)
		return json_mismatch(r, path, "a list", "");
	if (!json_enter(&r->scan))
		return json_syntax(r, path);
	for (path->index = 0; (step = json_element(&r->scan, &first)) == JSON_MORE; path->index++) {
		TRY(json_count(r, path));
		if (json_peek(&r->scan) == JSON_KIND_NULL && !takes_null(f))
			return json_wrong(r, path, ERR_FIELD_INVALID, "null in a list");
		TRY(read_one(r, m, f, spot, path));
	}
	return step == JSON_END ? OK : json_syntax(r, path);
}

/* A map's key stands as a string whatever its type. */
static enum err read_key(struct json_reader *r, ProtobufCMessage *entry, struct slice text, const struct pb_path *path)
{
	const ProtobufCFieldDescriptor *f = &entry->descriptor->fields[0];
	void *slot = pb_member(entry, f);
	enum num_verdict verdict = NUM_OK;
	size_t bytes = pb_type_bytes(f->type);
	int64_t low = bytes == 4 ? INT32_MIN : INT64_MIN, high = bytes == 4 ? INT32_MAX : INT64_MAX, i = 0;
	uint64_t u = 0;
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL)
			return json_wrong(r, path, ERR_FIELD_INVALID, "the key contains the character U+0000");
		return pb_build_string(&r->build, slot, text) ? OK : json_no_room(r, path);
	}
	if (f->type == PROTOBUF_C_TYPE_BOOL) {
		bool yes = slice_eq(text, SLICE("true"));
		*(protobuf_c_boolean *)slot = yes;
		if (!yes && !slice_eq(text, SLICE("false")))
			return json_wrong(r, path, ERR_FIELD_INVALID, "the key is neither true nor false");
		return OK;
	}
	if (f->type == PROTOBUF_C_TYPE_UINT32 || f->type == PROTOBUF_C_TYPE_FIXED32 ||
	    f->type == PROTOBUF_C_TYPE_UINT64 || f->type == PROTOBUF_C_TYPE_FIXED64) {
		verdict = num_unsigned(text, bytes == 4 ? UINT32_MAX : UINT64_MAX, &u);
	} else {
		verdict = num_signed(text, low, high, &i);
		u = (uint64_t)i;
	}
	if (verdict != NUM_OK)
		return json_wrong(r, path, verdict == NUM_OUT_OF_RANGE ? ERR_FIELD_OUT_OF_RANGE : ERR_FIELD_INVALID,
				  "the key is not an integer of the map's type");
	uint32_t narrow = (uint32_t)u;
	memcpy(slot, bytes == 4 ? (const void *)&narrow : (const void *)&u, bytes);
	return OK;
}

/* An entry; *out stays NULL when its value is an enum name to be ignored. */
static enum err read_entry(struct json_reader *r, const ProtobufCMessageDescriptor *d, struct slice key,
			   const struct json_spot *spot, const struct pb_path *path, ProtobufCMessage **out)
{
	const ProtobufCFieldDescriptor *f = &d->fields[1];
	struct json_spot inside;
	TRY(json_count(r, path));
	TRY(json_nest(r, spot, path, &inside));
	ProtobufCMessage *entry = pb_build_message(&r->build, d);
	if (entry == NULL)
		return json_no_room(r, path);
	TRY(read_key(r, entry, key, path));
	if (json_peek(&r->scan) == JSON_KIND_NULL && !takes_null(f))
		return json_wrong(r, path, ERR_FIELD_INVALID, "null in a map");
	bool unknown = false;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		TRY(read_nested(r, f, &inside, path, pb_member(entry, f)));
	} else {
		union json_scalar value;
		TRY(json_read_scalar(r, f, &value, &unknown, path));
		if (!unknown)
			memcpy(pb_member(entry, f), &value, pb_type_bytes(f->type));
	}
	*out = unknown ? NULL : entry;
	return OK;
}

static enum err read_map(struct json_reader *r, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			 const struct json_spot *spot, struct pb_path *path)
{
	struct slice key;
	enum json_step step;
	bool first = true;
	if (json_peek(&r->scan) != JSON_KIND_OBJECT)
		return json_mismatch(r, path, "an object", "");
	if (!json_enter(&r->scan))
		return json_syntax(r, path);
	for (path->index = 0; (step = json_member(&r->scan, &first, &key)) == JSON_MORE; path->index++) {
		ProtobufCMessage *entry = NULL;
		TRY(read_entry(r, f->descriptor, key, spot, path, &entry));
		if (entry == NULL)
			continue;
		ProtobufCMessage **slot = pb_build_slot(&r->build, m, f);
		if (slot == NULL)
			return json_no_room(r, path);
		*slot = entry;
	}
	if (step != JSON_END)
		return json_syntax(r, path);
	path->index = PB_NO_INDEX;
	size_t doubles = pb_build_unique_keys(&r->build, m, f);
	if (doubles == SIZE_MAX)
		return json_no_room(r, path);
	return doubles == 0 ? OK : json_wrong(r, path, ERR_BAD_JSON, "a key is given twice");
}

enum err json_read_map(struct json_reader *r, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
		       const struct json_spot *spot)
{
	struct pb_path path = {spot->path, slice_str(f->name), PB_NO_INDEX};
	return read_map(r, m, f, spot, &path);
}

static enum err read_field(struct json_reader *r, ProtobufCMessage *m, unsigned i, const struct json_spot *spot)
{
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
	enum pb_presence presence = (enum pb_presence)pb_side(m->descriptor)->fields[i].presence;
	struct pb_path path = {spot->path, slice_str(f->name), PB_NO_INDEX};
	TRY(json_count(r, &path));
	bool many = presence == PB_REPEATED || presence == PB_MAP;
	if (json_peek(&r->scan) == JSON_KIND_NULL && (many || !takes_null(f)))
		return json_take_word(&r->scan, JSON_KIND_NULL) ? OK : json_syntax(r, &path);
	switch (presence) {
	case PB_REPEATED:
		return read_list(r, m, f, spot, &path);
	case PB_MAP:
		return read_map(r, m, f, spot, &path);
	case PB_ONEOF:
		if (pb_oneof_case(m, f) != 0)
			return json_wrong(r, &path, ERR_BAD_JSON, "another field of the same oneof is given");
		return read_one(r, m, f, spot, &path);
	case PB_IMPLICIT:
	case PB_EXPLICIT:
		break;
	}
	return read_one(r, m, f, spot, &path);
}

enum err json_read_members(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot, const char *except)
{
	const struct pb_side *side = pb_side(m->descriptor);
	uint64_t seen[PB_MAX_FIELDS / 64] = {0};
	struct slice key;
	enum json_step step;
	bool first = true;
	if (!json_enter(&r->scan))
		return json_syntax(r, spot->path);
	while ((step = json_member(&r->scan, &first, &key)) == JSON_MORE) {
		struct pb_path path = {spot->path, key, PB_NO_INDEX};
		bool skipped = except != NULL && slice_eq(key, slice_str(except));
		int i = skipped ? -1 : pb_field_by_name(side, key);
		if (i < 0) {
			if (!skipped && !r->opts->ignore_unknown)
				return json_wrong(r, &path, ERR_UNKNOWN_FIELD, "%s has no such field",
						  m->descriptor->short_name);
			TRY(json_count(r, &path));
			if (!json_skip(&r->scan))
				return json_syntax(r, &path);
			continue;
		}
		uint64_t bit = UINT64_C(1) << (i % 64);
		if ((seen[i / 64] & bit) != 0)
			return json_wrong(r, &path, ERR_BAD_JSON, "the field is given twice");
		seen[i / 64] |= bit;
		TRY(read_field(r, m, (unsigned)i, spot));
	}
	return step == JSON_END ? OK : json_syntax(r, spot->path);
}

enum err json_read_message(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot)
{
	if (pb_side(m->descriptor)->kind != PB_PLAIN)
		return json_read_known(r, m, spot);
	if (json_peek(&r->scan) != JSON_KIND_OBJECT)
		return json_mismatch(r, spot->path, "an object", "");
	return json_read_members(r, m, spot, NULL);
}

enum err json_decode(struct arena *a, const ProtobufCMessageDescriptor *descriptor, struct slice text,
		     const struct json_opts *opts, struct fault *fault, ProtobufCMessage **out)
{
	static const struct json_opts strict;
	struct json_reader r = {.build = {.arena = a,
					  .fault = fault,
					  .fields_left = LIMIT_MESSAGE_FIELDS,
					  .memory_left = LIMIT_MESSAGE_MEMORY_BYTES},
				.opts = opts == NULL ? &strict : opts};
	struct json_spot top = {LIMIT_MESSAGE_DEPTH, NULL};
	if (text.len > LIMIT_BODY_BYTES)
		return json_wrong(&r, NULL, ERR_TOO_LARGE, "%zu bytes, at most %d are allowed", text.len,
				  LIMIT_BODY_BYTES);
	json_scan_start(&r.scan, a, text);
	ProtobufCMessage *m = pb_build_message(&r.build, descriptor);
	if (m == NULL)
		return json_no_room(&r, NULL);
	TRY(json_read_message(&r, m, &top));
	if (!json_at_end(&r.scan))
		return json_syntax(&r, NULL);
	*out = m;
	return OK;
}
