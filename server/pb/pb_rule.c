#include "pb/pb_rule.h"

#include <float.h>
#include <stdio.h>

#include "base/id.h"
#include "base/limits.h"
#include "pb/pb_message.h"
#include "pb/pb_path.h"
#include "pb/utf8.h"

/* One run over a message; the texts are made only when something is wrong. */
struct check {
	struct arena *arena;
	struct fault *fault;
	struct violation *found; /* room for LIMIT_VIOLATIONS, with the first one */
};

/* A field under its rule. */
struct spot {
	const struct pb_rule *rule;
	const ProtobufCFieldDescriptor *field;
	const struct pb_path *path;
};

static void check_message(struct check *c, const ProtobufCMessage *message, const struct pb_path *path);

static void break_rule(struct check *c, const struct pb_path *path, enum err err, const char *zh, const char *en)
{
	struct fault *fault = c->fault;
	if (c->found == NULL)
		c->found = arena_array(c->arena, LIMIT_VIOLATIONS, sizeof(*c->found));
	if (fault->n_violations == LIMIT_VIOLATIONS)
		return;
	struct violation *violation = &c->found[fault->n_violations++];
	*violation = (struct violation){err, pb_path_text(c->arena, path), zh, en};
	if (fault->n_violations > 1)
		return;
	fault_set(fault, err, violation->field, "%s", en);
	fault->violations = c->found;
	fault->n_violations = 1;
}

static void missing(struct check *c, const struct pb_path *path)
{
	break_rule(c, path, ERR_FIELD_REQUIRED, "必填", "must be set");
}

/* --- texts --- */

static bool is_control(uint8_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
}

/* The characters of a text; false when one of them controls something. */
static bool count_chars(struct slice text, size_t *chars)
{
	*chars = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (is_control(text.ptr[i]))
			return false;
		*chars += (text.ptr[i] & 0xC0) != 0x80;
	}
	return true;
}

static bool matches(const struct pb_form *form, const char *text)
{
	char letter;
	uint64_t number;
	if (form->matches != NULL)
		return form->matches(slice_str(text));
	return id_parse(text, &letter, &number) && strchr(form->letters, letter) != NULL;
}

static void check_text(struct check *c, const struct spot *at, const char *text)
{
	const struct pb_rule *rule = at->rule;
	size_t chars;
	if (text == NULL || text[0] == '\0') {
		if (rule->required)
			missing(c, at->path);
		return;
	}
	if (!count_chars(slice_str(text), &chars))
		break_rule(c, at->path, ERR_FIELD_INVALID, "含有控制字符", "has a control character");
	else if (rule->max_chars != 0 && chars > rule->max_chars)
		break_rule(c, at->path, ERR_FIELD_TOO_LONG,
			   arena_printf(c->arena, "至多 %u 个字符，现有 %zu 个", rule->max_chars, chars),
			   arena_printf(c->arena, "at most %u characters, this has %zu", rule->max_chars, chars));
	else if (chars < rule->min_chars)
		break_rule(c, at->path, ERR_FIELD_INVALID, arena_printf(c->arena, "至少 %u 个字符", rule->min_chars),
			   arena_printf(c->arena, "at least %u characters", rule->min_chars));
	else if (rule->form != NULL && !matches(rule->form, text))
		break_rule(c, at->path, ERR_FIELD_INVALID, arena_printf(c->arena, "应为%s", rule->form->zh),
			   arena_printf(c->arena, "must be %s", rule->form->en));
}

static void check_bytes(struct check *c, const struct spot *at, const ProtobufCBinaryData *bytes)
{
	if (bytes->len == 0 && at->rule->required)
		missing(c, at->path);
	if (bytes->len > at->rule->max_bytes)
		break_rule(c, at->path, ERR_FIELD_TOO_LONG,
			   arena_printf(c->arena, "至多 %u 字节，现有 %zu 字节", at->rule->max_bytes, bytes->len),
			   arena_printf(c->arena, "at most %u bytes, this has %zu", at->rule->max_bytes, bytes->len));
}

/* --- numbers --- */

static double number_of(const void *value, ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_ENUM:
		return *(const int32_t *)value;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return *(const uint32_t *)value;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return (double)*(const int64_t *)value;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return (double)*(const uint64_t *)value;
	case PROTOBUF_C_TYPE_FLOAT:
		return (double)*(const float *)value;
	case PROTOBUF_C_TYPE_DOUBLE:
		return *(const double *)value;
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return 0;
}

static void out_of_range(struct check *c, const struct spot *at)
{
	const struct pb_rule *rule = at->rule;
	bool low = rule->min > -DBL_MAX, high = rule->max < DBL_MAX;
	const char *zh = "应为有限的数", *en = "must be a finite number";
	if (low && high) {
		zh = arena_printf(c->arena, "应在 %.15g 到 %.15g 之间", rule->min, rule->max);
		en = arena_printf(c->arena, "must be from %.15g to %.15g", rule->min, rule->max);
	} else if (low) {
		zh = arena_printf(c->arena, "不得小于 %.15g", rule->min);
		en = arena_printf(c->arena, "at least %.15g", rule->min);
	} else if (high) {
		zh = arena_printf(c->arena, "不得大于 %.15g", rule->max);
		en = arena_printf(c->arena, "at most %.15g", rule->max);
	}
	break_rule(c, at->path, ERR_FIELD_OUT_OF_RANGE, zh, en);
}

/* Enums and numbers. NaN lies in no range. */
static void check_number(struct check *c, const struct spot *at, const void *value)
{
	const struct pb_rule *rule = at->rule;
	double number = number_of(value, at->field->type);
	if (number == 0 && rule->required) {
		missing(c, at->path);
	} else if (rule->values != 0 && (number < 0 || number > 63 || (rule->values >> (unsigned)number & 1) == 0)) {
		const char *enum_name = ((const ProtobufCEnumDescriptor *)at->field->descriptor)->short_name;
		if (rule->one_of != NULL)
			break_rule(c, at->path, ERR_FIELD_INVALID, arena_printf(c->arena, "应为 %s 之一", rule->one_of),
				   arena_printf(c->arena, "must be one of %s", rule->one_of));
		else
			break_rule(c, at->path, ERR_FIELD_INVALID,
				   arena_printf(c->arena, "%.0f 不是 %s 的取值", number, enum_name),
				   arena_printf(c->arena, "%.0f is no value of %s", number, enum_name));
	} else if (rule->range && !(number >= rule->min && number <= rule->max)) {
		out_of_range(c, at);
	}
}

/* --- messages --- */

static void check_needs(struct check *c, const struct spot *at, const ProtobufCMessage *held)
{
	for (size_t i = 0; i < at->rule->n_needs; i++) {
		const ProtobufCFieldDescriptor *field = &held->descriptor->fields[at->rule->needs[i]];
		struct pb_path path = {at->path, slice_str(field->name), PB_NO_INDEX};
		if (!pb_is_set(held, field))
			missing(c, &path);
	}
}

/* google.protobuf.FieldMask: its one field are the paths. */
static void check_mask(struct check *c, const struct spot *at, const ProtobufCMessage *mask)
{
	const ProtobufCFieldDescriptor *field = &mask->descriptor->fields[0];
	char *const *paths = *(char *const *const *)pb_member_const(mask, field);
	size_t n = pb_count_const(mask, field);
	if (n == 0 && at->rule->required)
		missing(c, at->path);
	for (size_t i = 0; i < n; i++) {
		const char *const *known = at->rule->paths;
		while (*known != NULL && strcmp(*known, paths[i]) != 0)
			known++;
		if (*known == NULL) {
			break_rule(c, at->path, ERR_FIELD_INVALID,
				   arena_printf(c->arena, "只能更改 %s", at->rule->one_of),
				   arena_printf(c->arena, "can change %s", at->rule->one_of));
			return;
		}
	}
}

static void check_held(struct check *c, const struct spot *at, const ProtobufCMessage *held)
{
	if (held == NULL) {
		if (at->rule->required)
			missing(c, at->path);
		return;
	}
	if (at->rule->paths != NULL)
		check_mask(c, at, held);
	if (at->rule->message)
		check_message(c, held, at->path);
	if (at->rule->n_needs > 0)
		check_needs(c, at, held);
}

static void check_value(struct check *c, const struct spot *at, const void *value)
{
	switch (at->field->type) {
	case PROTOBUF_C_TYPE_STRING:
		check_text(c, at, *(const char *const *)value);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		check_bytes(c, at, value);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		check_held(c, at, *(const ProtobufCMessage *const *)value);
		break;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_ENUM:
		check_number(c, at, value);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		break;
	}
}

static void check_list(struct check *c, const struct spot *at, const ProtobufCMessage *message)
{
	const struct pb_rule *rule = at->rule;
	size_t n = pb_count_const(message, at->field), bytes = pb_type_bytes(at->field->type);
	const uint8_t *values = *(const uint8_t *const *)pb_member_const(message, at->field);
	if (n < rule->min_items || n > rule->max_items) {
		break_rule(c, at->path, ERR_FIELD_OUT_OF_RANGE,
			   arena_printf(c->arena, "应有 %u 到 %u 项，现有 %zu 项", rule->min_items, rule->max_items, n),
			   arena_printf(c->arena, "%u to %u items, this has %zu", rule->min_items, rule->max_items, n));
		return;
	}
	if (rule->rows)
		return;
	for (size_t i = 0; i < n; i++) {
		struct pb_path path = {at->path->up, at->path->name, i};
		check_value(c, &(struct spot){rule, at->field, &path}, values + i * bytes);
	}
}

/* A field with presence that is not there is looked at only when it is required. */
static bool is_absent(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	bool presence = field->label == PROTOBUF_C_LABEL_OPTIONAL || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
	return presence && !pb_is_set(message, field);
}

static void check_message(struct check *c, const ProtobufCMessage *message, const struct pb_path *path)
{
	const struct pb_side *side = pb_side(message->descriptor);
	for (size_t i = 0; i < side->n_rules; i++) {
		const struct pb_rule *rule = &side->rules[i];
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[rule->field];
		struct pb_path here = {path, slice_str(field->name), PB_NO_INDEX};
		struct spot at = {rule, field, &here};
		if (field->label == PROTOBUF_C_LABEL_REPEATED)
			check_list(c, &at, message);
		else if (!is_absent(message, field))
			check_value(c, &at, pb_member_const(message, field));
		else if (rule->required)
			missing(c, &here);
	}
}

static enum err verdict(const struct check *c)
{
	return c->fault->n_violations == 0 ? OK : c->fault->err;
}

enum err pb_check(struct arena *a, const ProtobufCMessage *message, struct fault *fault)
{
	struct check c = {.arena = a, .fault = fault};
	*fault = (struct fault){.err = OK};
	check_message(&c, message, NULL);
	return verdict(&c);
}

static const struct pb_rule *find_rule(const ProtobufCMessage *message, const char *field)
{
	const struct pb_side *side = pb_side(message->descriptor);
	for (size_t i = 0; i < side->n_rules; i++) {
		if (strcmp(message->descriptor->fields[side->rules[i].field].name, field) == 0)
			return &side->rules[i];
	}
	return NULL;
}

static enum err check_rows(struct arena *a, const ProtobufCMessage *request, const char *list, size_t first, size_t n,
			   struct fault *fault)
{
	struct check c = {.arena = a, .fault = fault};
	const struct pb_rule *rule = find_rule(request, list);
	*fault = (struct fault){.err = OK};
	if (rule == NULL)
		return OK;
	const ProtobufCFieldDescriptor *field = &request->descriptor->fields[rule->field];
	size_t bytes = pb_type_bytes(field->type);
	const uint8_t *rows = *(const uint8_t *const *)pb_member_const(request, field);
	for (size_t i = first; i < pb_count_const(request, field) && i - first < n; i++) {
		struct pb_path path = {NULL, slice_str(list), i};
		check_value(&c, &(struct spot){rule, field, &path}, rows + i * bytes);
	}
	return verdict(&c);
}

enum err pb_check_row(struct arena *a, const ProtobufCMessage *request, const char *list, size_t row,
		      struct fault *fault)
{
	return check_rows(a, request, list, row, 1, fault);
}

enum err pb_check_rows(struct arena *a, const ProtobufCMessage *request, const char *list, struct fault *fault)
{
	return check_rows(a, request, list, 0, SIZE_MAX, fault);
}
