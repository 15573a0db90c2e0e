/* Binary messages: whatever is taken can be written, read again and written the same. */
#include "fuzz_codec.h"

static void fuzz(struct arena *a, const ProtobufCMessageDescriptor *d, struct slice in, bool keep_unknown)
{
	static const struct json_opts opts = {.sets = fuzz_sets};
	struct pb_limits limits = pb_default_limits;
	struct fault fault = {0};
	ProtobufCMessage *m, *again;
	limits.keep_unknown = keep_unknown;
	enum err err = pb_decode_within(a, d, in, &limits, &fault, &m);
	if (err != OK) {
		FUZZ_CHECK(fault.err == err && fault.detail[0] != '\0');
		return;
	}
	struct slice bytes = pb_encode_arena(m, a);
	FUZZ_CHECK(pb_size(m) == bytes.len && protobuf_c_message_get_packed_size(m) <= bytes.len);
	FUZZ_CHECK(pb_decode_within(a, d, bytes, &limits, &fault, &again) == OK);
	FUZZ_CHECK(slice_eq(pb_encode_arena(again, a), bytes));

	/* JSON keeps all but unknown fields; compared as text, for a NaN has many bit patterns. */
	struct buf text = {0}, second = {0};
	if (json_encode(m, &opts, a, &fault, &text) == OK) {
		err = json_decode(a, d, buf_view(&text), &opts, &fault, &again);
		FUZZ_CHECK(err == OK || err == ERR_TOO_DEEP);
		if (err == OK) {
			FUZZ_CHECK(json_encode(again, &opts, a, &fault, &second) == OK);
			FUZZ_CHECK(slice_eq(buf_view(&text), buf_view(&second)));
		}
	}
	buf_free(&text);
	buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	if (size == 0)
		return 0;
	arena_init(&arena, 64 * 1024 * 1024);
	fuzz(&arena, fuzz_type(data[0] >> 1), slice_of(data + 1, size - 1), (data[0] & 1) != 0);
	arena_free(&arena);
	return 0;
}
