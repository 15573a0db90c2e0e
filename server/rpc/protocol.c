#include "rpc/protocol.h"

#include <strings.h>

static const struct protocol_type types[] = {
    {"application/grpc", PROTOCOL_GRPC, CODEC_PROTO},
    {"application/grpc+proto", PROTOCOL_GRPC, CODEC_PROTO},
    {"application/grpc+json", PROTOCOL_GRPC, CODEC_JSON},
    {"application/json", PROTOCOL_CONNECT, CODEC_JSON},
    {"application/proto", PROTOCOL_CONNECT, CODEC_PROTO},
    {"application/connect+json", PROTOCOL_CONNECT_STREAM, CODEC_JSON},
    {"application/connect+proto", PROTOCOL_CONNECT_STREAM, CODEC_PROTO},
};

static struct slice trim(struct slice s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_from(s, 1);
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool equals_ignoring_case(struct slice s, struct slice lower)
{
	return s.len == lower.len && strncasecmp((const char *)s.ptr, (const char *)lower.ptr, s.len) == 0;
}

/* What stands before the separator; `s` becomes what stands behind it. */
static struct slice cut(struct slice *s, uint8_t separator)
{
	const uint8_t *at = s->len == 0 ? NULL : memchr(s->ptr, separator, s->len);
	size_t len = at == NULL ? s->len : (size_t)(at - s->ptr);
	struct slice before = slice_of(s->ptr, len);
	*s = slice_from(*s, at == NULL ? len : len + 1);
	return before;
}

static bool charset_is_utf8(struct slice parameters)
{
	while (parameters.len > 0) {
		struct slice value = cut(&parameters, ';');
		struct slice name = trim(cut(&value, '='));
		value = trim(value);
		if (!equals_ignoring_case(name, SLICE("charset")))
			continue;
		if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = slice_of(value.ptr + 1, value.len - 2);
		if (!equals_ignoring_case(value, SLICE("utf-8")) && !equals_ignoring_case(value, SLICE("utf8")))
			return false;
	}
	return true;
}

const struct protocol_type *protocol_by_content_type(struct slice value)
{
	struct slice parameters = value;
	struct slice type = trim(cut(&parameters, ';'));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (equals_ignoring_case(type, slice_str(types[i].content_type)))
			return charset_is_utf8(parameters) ? &types[i] : NULL;
	}
	return NULL;
}

const struct protocol_type *protocol_connect(enum codec codec)
{
	size_t i = 0;
	while (types[i].protocol != PROTOCOL_CONNECT || types[i].codec != codec)
		i++;
	return &types[i];
}

const char *protocol_name(enum protocol protocol)
{
	switch (protocol) {
	case PROTOCOL_GRPC:
		return "grpc";
	case PROTOCOL_CONNECT:
		return "connect";
	case PROTOCOL_CONNECT_STREAM:
		return "connect-stream";
	}
	return "";
}
