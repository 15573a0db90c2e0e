/* json_write: what reading back can't show: options, escapes, faults, and texts for other readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/limits.h"
#include "codec_pb.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_message.h"

struct state {
	struct arena arena;
	struct fault fault;
	struct buf out;
};

static int setup(void **state)
{
	static struct state s;
	s = (struct state){0};
	arena_init(&s.arena, LIMIT_REQUEST_ARENA_BYTES);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;
	arena_free(&s->arena);
	buf_free(&s->out);
	return 0;
}

static void writes(struct state *s, const void *m, const struct json_opts *opts, const char *text)
{
	buf_reset(&s->out);
	assert_int_equal(json_encode(m, opts, &s->arena, &s->fault, &s->out), OK);
	buf_byte(&s->out, 0);
	assert_string_equal((char *)s->out.ptr, text);
}

static void test_options(void **state)
{
	struct state *s = *state;
	static const struct json_opts defaults = {.emit_defaults = true}, numbers = {.enum_numbers = true};
	Scalars scalars = Scalars_INIT;
	writes(s, &scalars, NULL, "{}");
	writes(s, &scalars, &defaults,
	       "{\"i32\":0,\"s32\":0,\"sf32\":0,\"u32\":0,\"f32\":0,\"i64\":\"0\",\"s64\":\"0\",\"sf64\":\"0\","
	       "\"u64\":\"0\",\"f64\":\"0\",\"real\":0,\"number\":0,\"flag\":false,\"colour\":\"COLOUR_UNSPECIFIED\","
	       "\"text\":\"\",\"data\":\"\",\"farAway\":\"\"}");
	Optionals optionals = Optionals_INIT;
	writes(s, &optionals, &defaults, "{}");
	Choice choice = Choice_INIT;
	writes(s, &choice, &defaults, "{\"after\":0}");
	Maps maps = Maps_INIT;
	writes(s, &maps, &defaults,
	       "{\"labels\":{},\"leaves\":{},\"flags\":{},\"colours\":{},\"numbers\":{},\"blobs\":{}}");
	scalars.colour = COLOUR_GREEN;
	writes(s, &scalars, &numbers, "{\"colour\":2}");
	writes(s, &scalars, NULL, "{\"colour\":\"COLOUR_GREEN\"}");
	/* What handlers may leave behind: NULL for an empty text. */
	scalars = (Scalars)Scalars_INIT;
	scalars.text = NULL;
	writes(s, &scalars, NULL, "{}");
}

static void test_escapes(void **state)
{
	struct state *s = *state;
	Scalars m = Scalars_INIT;
	m.text = "\"\\/\b\f\n\r\t\x01\x1f\x7f 中😀 <>&'";
	writes(s, &m, NULL, "{\"text\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f 中😀 <>&'\"}");
	/* At every place of a word, among plain and non-ASCII bytes. */
	for (int c = 1; c < 128; c++) {
		for (size_t at = 0; at < 12; at++) {
			char text[32] = "abcdéfg中hi";
			text[at] = (char)c;
			if (at >= 4 && at <= 5)
				memset(text + 4, c, 2);
			if (at >= 8 && at <= 10)
				memset(text + 8, c, 3);
			m.text = text;
			buf_reset(&s->out);
			assert_int_equal(json_encode(&m, NULL, &s->arena, &s->fault, &s->out), OK);
			json_error_t error;
			json_t *root = json_loadb((char *)s->out.ptr, s->out.len, 0, &error);
			if (root == NULL)
				fail_msg("%s", error.text);
			assert_string_equal(json_string_value(json_object_get(root, "text")), text);
			json_decref(root);
		}
	}
}

static void fails(struct state *s, const void *m, const struct json_opts *opts, enum err err, const char *field)
{
	buf_reset(&s->out);
	buf_str(&s->out, "before");
	assert_int_equal(json_encode(m, opts, &s->arena, &s->fault, &s->out), err);
	assert_int_equal(s->out.len, 6);
	assert_int_equal(s->fault.err, err);
	if (field != NULL)
		assert_string_equal(s->fault.field, field);
}

static void test_faults(void **state)
{
	struct state *s = *state;
	static const struct pb_set *const sets[] = {&codec_pb_set, &wkt_pb_set, NULL};
	static const struct json_opts opts = {.sets = sets};
	Known m = Known_INIT;
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	at.nanos = -1;
	m.at = &at;
	fails(s, &m, &opts, ERR_FIELD_INVALID, "at");
	m.at = NULL;
	Google__Protobuf__Duration lasts = GOOGLE__PROTOBUF__DURATION__INIT;
	lasts.seconds = 1;
	lasts.nanos = -1;
	m.lasts = &lasts;
	fails(s, &m, &opts, ERR_FIELD_INVALID, "lasts");
	m.lasts = NULL;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	mask.n_paths = 1;
	mask.paths = (char *[]){"fooBar"};
	m.mask = &mask;
	fails(s, &m, &opts, ERR_FIELD_INVALID, "mask");
	m.mask = NULL;
	Google__Protobuf__Value value = GOOGLE__PROTOBUF__VALUE__INIT, number = GOOGLE__PROTOBUF__VALUE__INIT;
	number.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE;
	number.number_value = (double)NAN;
	m.n_values = 2;
	m.values = (Google__Protobuf__Value *[]){&number, &value};
	fails(s, &m, &opts, ERR_FIELD_INVALID, "values[0]");
	number.number_value = 1;
	fails(s, &m, &opts, ERR_FIELD_INVALID, "values[1]");
	m.n_values = 0;
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
	any.type_url = "t/paidan.test.v1.Leaf";
	any.value = (ProtobufCBinaryData){1, (uint8_t *)"\x0a"};
	m.any = &any;
	fails(s, &m, &opts, ERR_FIELD_INVALID, "any");
	any.value.len = 0;
	writes(s, &m, &opts, "{\"any\":{\"@type\":\"t/paidan.test.v1.Leaf\"}}");
	fails(s, &m, NULL, ERR_FIELD_INVALID, "any");
	any.type_url = "t/no.Such";
	fails(s, &m, &opts, ERR_FIELD_INVALID, "any");
	/* A loop, which only a mistake of ours can make. */
	Tree node = Tree_INIT;
	node.next = &node;
	fails(s, &node, NULL, ERR_TOO_DEEP, NULL);
}

static void test_map_without_value(void **state)
{
	Maps m = Maps_INIT;
	Maps_LeavesEntry entry = Maps_LeavesEntry_INIT;
	entry.key = 3;
	m.n_leaves = 1;
	m.leaves = (Maps_LeavesEntry *[]){&entry};
	writes(*state, &m, NULL, "{\"leaves\":{\"3\":{}}}");
}

static void test_full_buf(void **state)
{
	struct state *s = *state;
	Scalars m = Scalars_INIT;
	m.text = "a text that is longer than what the buffer may hold";
	struct buf small = {.cap_bytes = 20};
	(void)json_encode(&m, NULL, &s->arena, &s->fault, &small);
	assert_true(small.failed);
	assert_true(small.len <= 20);
	buf_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_options, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_escapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_map_without_value, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full_buf, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
