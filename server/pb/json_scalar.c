/* The scalar half of json_read.h. */
#include <float.h>
#include <math.h>

#include "pb/base64.h"
#include "pb/json_num.h"
#include "pb/json_reader.h"
#include "wkt_pb.h"

/* The text of a number, given as one or as a string. */
static enum err number_text(struct json_reader *r, struct slice *text, const struct pb_path *path)
{
	enum json_kind kind = json_peek(&r->scan);
	if (kind == JSON_KIND_NUMBER)
		return json_take_number(&r->scan, text) ? OK : json_syntax(r, path);
	if (kind == JSON_KIND_STRING)
		return json_take_string(&r->scan, text) ? OK : json_syntax(r, path);
	return json_mismatch(r, path, "a number", "");
}

static enum err number_verdict(struct json_reader *r, enum num_verdict verdict, const struct pb_path *path)
{
	switch (verdict) {
	case NUM_OK:
		return OK;
	case NUM_NOT_A_NUMBER:
		return json_wrong(r, path, ERR_FIELD_INVALID, "expected a number");
	case NUM_NOT_INTEGER:
		return json_wrong(r, path, ERR_FIELD_INVALID, "expected an integer");
	case NUM_OUT_OF_RANGE:
		return json_wrong(r, path, ERR_FIELD_OUT_OF_RANGE, "the number is out of the field's range");
	}
	return OK;
}

static enum err read_signed(struct json_reader *r, int64_t low, int64_t high, int64_t *value,
			    const struct pb_path *path)
{
	struct slice text;
	TRY(number_text(r, &text, path));
	return number_verdict(r, num_signed(text, low, high, value), path);
}

static enum err read_unsigned(struct json_reader *r, uint64_t high, uint64_t *value, const struct pb_path *path)
{
	struct slice text;
	TRY(number_text(r, &text, path));
	return number_verdict(r, num_unsigned(text, high, value), path);
}

static bool special_number(struct slice text, double *value)
{
	if (slice_eq(text, SLICE("NaN")))
		*value = (double)NAN;
	else if (slice_eq(text, SLICE("Infinity")))
		*value = (double)INFINITY;
	else if (slice_eq(text, SLICE("-Infinity")))
		*value = (double)-INFINITY;
	else
		return false;
	return true;
}

static enum err read_double(struct json_reader *r, double *value, const struct pb_path *path)
{
	struct slice text;
	TRY(number_text(r, &text, path));
	return special_number(text, value) ? OK : number_verdict(r, num_double(text, value), path);
}

static enum err read_float(struct json_reader *r, float *value, const struct pb_path *path)
{
	struct slice text;
	double special;
	TRY(number_text(r, &text, path));
	if (special_number(text, &special)) {
		*value = (float)special;
		return OK;
	}
	return number_verdict(r, num_float(text, value), path);
}

static enum err read_bool(struct json_reader *r, protobuf_c_boolean *value, const struct pb_path *path)
{
	enum json_kind kind = json_peek(&r->scan);
	if (kind != JSON_KIND_TRUE && kind != JSON_KIND_FALSE)
		return json_mismatch(r, path, "true or false", "");
	*value = kind == JSON_KIND_TRUE;
	return json_take_word(&r->scan, kind) ? OK : json_syntax(r, path);
}

static const ProtobufCEnumValue *enum_by_name(const ProtobufCEnumDescriptor *e, struct slice name)
{
	size_t low = 0, high = e->n_value_names;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = slice_cmp(name, slice_str(e->values_by_name[mid].name));
		if (order == 0)
			return &e->values[e->values_by_name[mid].index];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static enum err read_enum(struct json_reader *r, const ProtobufCEnumDescriptor *e, int32_t *value, bool *unknown,
			  const struct pb_path *path)
{
	struct slice text;
	int64_t number;
	enum json_kind kind = json_peek(&r->scan);
	if (kind == JSON_KIND_NULL && e == &google__protobuf__null_value__descriptor) {
		*value = 0;
		return json_take_word(&r->scan, kind) ? OK : json_syntax(r, path);
	}
	if (kind == JSON_KIND_NUMBER) {
		TRY(read_signed(r, INT32_MIN, INT32_MAX, &number, path));
		*value = (int32_t)number;
		return OK;
	}
	if (kind != JSON_KIND_STRING)
		return json_mismatch(r, path, "a name of the enum ", e->short_name);
	if (!json_take_string(&r->scan, &text))
		return json_syntax(r, path);
	const ProtobufCEnumValue *found = enum_by_name(e, text);
	if (found != NULL)
		*value = found->value;
	else if (r->opts->ignore_unknown)
		*unknown = true;
	else
		return json_wrong(r, path, ERR_FIELD_INVALID, "not a name of the enum %s", e->short_name);
	return OK;
}

enum err json_read_text(struct json_reader *r, struct slice *text, const struct pb_path *path)
{
	if (json_peek(&r->scan) != JSON_KIND_STRING)
		return json_mismatch(r, path, "a string", "");
	return json_take_string(&r->scan, text) ? OK : json_syntax(r, path);
}

static enum err read_string(struct json_reader *r, char **value, const struct pb_path *path)
{
	struct slice text;
	TRY(json_read_text(r, &text, path));
	if (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL)
		return json_wrong(r, path, ERR_FIELD_INVALID, "the text contains the character U+0000");
	return pb_build_string(&r->build, value, text) ? OK : json_no_room(r, path);
}

static enum err read_bytes(struct json_reader *r, ProtobufCBinaryData *value, const struct pb_path *path)
{
	struct slice text;
	TRY(json_read_text(r, &text, path));
	value->data = pb_build_alloc(&r->build, base64_decoded_room(text.len));
	if (value->data == NULL)
		return json_no_room(r, path);
	if (!base64_decode(text, value->data, &value->len))
		return json_wrong(r, path, ERR_FIELD_INVALID, "expected base64");
	return OK;
}

enum err json_read_scalar(struct json_reader *r, const ProtobufCFieldDescriptor *f, union json_scalar *value,
			  bool *unknown, const struct pb_path *path)
{
	int64_t i;
	uint64_t u;
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		TRY(read_signed(r, INT32_MIN, INT32_MAX, &i, path));
		value->i32 = (int32_t)i;
		return OK;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		TRY(read_unsigned(r, UINT32_MAX, &u, path));
		value->u32 = (uint32_t)u;
		return OK;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return read_signed(r, INT64_MIN, INT64_MAX, &value->i64, path);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_unsigned(r, UINT64_MAX, &value->u64, path);
	case PROTOBUF_C_TYPE_FLOAT:
		return read_float(r, &value->f, path);
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_double(r, &value->d, path);
	case PROTOBUF_C_TYPE_BOOL:
		return read_bool(r, &value->b, path);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(r, f->descriptor, &value->i32, unknown, path);
	case PROTOBUF_C_TYPE_STRING:
		return read_string(r, &value->str, path);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(r, &value->bytes, path);
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return json_wrong(r, path, ERR_INTERNAL, "not a scalar");
}
