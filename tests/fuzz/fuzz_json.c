/* JSON messages: whatever is taken survives the binary form and comes out as the same text. */
#include "fuzz_codec.h"

static void fuzz(struct arena *a, const ProtobufCMessageDescriptor *d, struct slice in, bool ignore_unknown)
{
	struct json_opts opts = {.sets = fuzz_sets, .ignore_unknown = ignore_unknown};
	struct fault fault = {0};
	ProtobufCMessage *m, *again;
	enum err err = json_decode(a, d, in, &opts, &fault, &m);
	if (err != OK) {
		FUZZ_CHECK(fault.err == err && fault.detail[0] != '\0');
		return;
	}
	struct slice bytes = pb_encode_arena(m, a);
	if (!ignore_unknown) {
		/* Who knows all fields is not changed by ignoring unknown ones. */
		opts.ignore_unknown = true;
		FUZZ_CHECK(json_decode(a, d, in, &opts, &fault, &again) == OK);
		FUZZ_CHECK(slice_eq(pb_encode_arena(again, a), bytes));
		opts.ignore_unknown = false;
	}
	FUZZ_CHECK(pb_decode(a, d, bytes, &fault, &again) == OK);
	FUZZ_CHECK(slice_eq(pb_encode_arena(again, a), bytes));
	struct buf text = {0}, second = {0};
	if (json_encode(m, &opts, a, &fault, &text) == OK) {
		FUZZ_CHECK(json_encode(again, &opts, a, &fault, &second) == OK);
		FUZZ_CHECK(slice_eq(buf_view(&text), buf_view(&second)));
		FUZZ_CHECK(json_decode(a, d, buf_view(&text), &opts, &fault, &again) == OK);
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
