#include "rpc/trace.h"

#include <stdio.h>

#include "pb/base64.h"
#include "rpc/words.h"

/* OpenCensus' binary form: a version, then fields of a number and bytes each. */
enum {
	BINARY_BYTES = 1 + 1 + 16 + 1 + 8 + 1 + 1,
	BINARY_ID_AT = 2,
	BINARY_SPAN_AT = BINARY_ID_AT + 16 + 1,
	BINARY_FLAGS_AT = BINARY_SPAN_AT + 8 + 1,
	MAX_BASE64_CHARS = 64,
};

static bool is_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

static bool is_zero(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '0')
			return false;
	}
	return true;
}

static struct slice to_hex(const uint8_t *bytes, size_t n, char *text)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return slice_of(text, 2 * n);
}

struct slice trace_hex(uint64_t number, char text[TRACE_SPAN_CHARS])
{
	uint8_t bytes[TRACE_SPAN_CHARS / 2];
	for (size_t i = sizeof(bytes); i-- > 0; number >>= 8)
		bytes[i] = (uint8_t)number;
	return to_hex(bytes, sizeof(bytes), text);
}

static void make(struct slice id, struct slice parent, struct slice flags, uint64_t span, struct trace *out)
{
	char ours[TRACE_SPAN_CHARS];
	snprintf(out->text, sizeof(out->text), "00-%.*s-%.*s-%.*s", SLICE_FMT(id), SLICE_FMT(trace_hex(span, ours)),
		 SLICE_FMT(flags));
	snprintf(out->parent, sizeof(out->parent), "%.*s", SLICE_FMT(parent));
}

bool trace_read(struct slice traceparent, uint64_t span, struct trace *out)
{
	struct slice rest = traceparent;
	struct slice version = words_cut(&rest, '-');
	bool first = slice_eq(version, SLICE("00"));
	/* A later version may have more behind the flags. */
	if (traceparent.len < TRACE_CHARS || (first && traceparent.len > TRACE_CHARS) ||
	    (traceparent.len > TRACE_CHARS && traceparent.ptr[TRACE_CHARS] != '-'))
		return false;
	struct slice id = words_cut(&rest, '-'), parent = words_cut(&rest, '-'), flags = words_cut(&rest, '-');
	if (version.len != 2 || id.len != TRACE_ID_CHARS || parent.len != TRACE_SPAN_CHARS || flags.len != 2)
		return false;
	if (!is_hex(version) || slice_eq(version, SLICE("ff")) || !is_hex(id) || is_zero(id) || !is_hex(parent) ||
	    is_zero(parent) || !is_hex(flags))
		return false;
	make(id, parent, flags, span, out);
	return true;
}

static bool read_one(struct slice base64, uint64_t span, struct trace *out)
{
	uint8_t bytes[MAX_BASE64_CHARS];
	char text[TRACE_ID_CHARS + TRACE_SPAN_CHARS + 2];
	size_t len;
	if (base64.len > MAX_BASE64_CHARS || base64_decoded_room(base64.len) > sizeof(bytes) ||
	    !base64_decode(base64, bytes, &len) || len != BINARY_BYTES)
		return false;
	if (bytes[0] != 0 || bytes[BINARY_ID_AT - 1] != 0 || bytes[BINARY_SPAN_AT - 1] != 1 ||
	    bytes[BINARY_FLAGS_AT - 1] != 2)
		return false;
	struct slice id = to_hex(bytes + BINARY_ID_AT, 16, text);
	struct slice parent = to_hex(bytes + BINARY_SPAN_AT, 8, text + TRACE_ID_CHARS);
	struct slice flags = to_hex(bytes + BINARY_FLAGS_AT, 1, text + TRACE_ID_CHARS + TRACE_SPAN_CHARS);
	if (is_zero(id) || is_zero(parent))
		return false;
	make(id, parent, flags, span, out);
	return true;
}

bool trace_read_binary(struct slice value, uint64_t span, struct trace *out)
{
	while (value.len > 0) {
		if (read_one(words_trim(words_cut(&value, ',')), span, out))
			return true;
	}
	return false;
}
