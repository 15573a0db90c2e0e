#include "rpc/protocol.h"

#include "rpc/words.h"

static const struct protocol_type types[] = {
    {"application/grpc", PROTOCOL_GRPC, CODEC_PROTO},
    {"application/grpc+proto", PROTOCOL_GRPC, CODEC_PROTO},
    {"application/grpc+json", PROTOCOL_GRPC, CODEC_JSON},
    {"application/json", PROTOCOL_CONNECT, CODEC_JSON},
    {"application/proto", PROTOCOL_CONNECT, CODEC_PROTO},
    {"application/connect+json", PROTOCOL_CONNECT_STREAM, CODEC_JSON},
    {"application/connect+proto", PROTOCOL_CONNECT_STREAM, CODEC_PROTO},
};

static bool charset_is_utf8(struct slice parameters)
{
	while (parameters.len > 0) {
		struct slice value = words_cut(&parameters, ';');
		struct slice name = words_trim(words_cut(&value, '='));
		value = words_trim(value);
		if (!words_same(name, SLICE("charset")))
			continue;
		if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
			value = slice_of(value.ptr + 1, value.len - 2);
		if (!words_same(value, SLICE("utf-8")) && !words_same(value, SLICE("utf8")))
			return false;
	}
	return true;
}

const struct protocol_type *protocol_by_content_type(struct slice value)
{
	struct slice parameters = value;
	struct slice type = words_trim(words_cut(&parameters, ';'));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (words_same(type, slice_str(types[i].content_type)))
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
