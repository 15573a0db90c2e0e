/* json_read: the rules of proto3 JSON on the way in, and how each mistake is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/limits.h"
#include "codec_pb.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"

struct state {
	struct arena arena;
	struct fault fault;
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
	arena_free(&((struct state *)*state)->arena);
	return 0;
}

static const struct pb_set *const sets[] = {&codec_pb_set, &wkt_pb_set, NULL};
static const struct json_opts strict = {.sets = sets};
static const struct json_opts lax = {.sets = sets, .ignore_unknown = true};

static void *decode(struct state *s, const ProtobufCMessageDescriptor *d, const char *text)
{
	ProtobufCMessage *m = NULL;
	enum err err = json_decode(&s->arena, d, slice_str(text), &strict, &s->fault, &m);
	if (err != OK)
		print_error("%s: %s at %s: %s\n", text, err_info(err)->reason, s->fault.field, s->fault.detail);
	assert_int_equal(err, OK);
	return m;
}

struct row {
	const ProtobufCMessageDescriptor *d;
	const char *text;
	enum err err;
	const char *field;
};

static void refuse(struct state *s, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ProtobufCMessage *m = NULL;
		s->fault = (struct fault){0};
		enum err err = json_decode(&s->arena, rows[i].d, slice_str(rows[i].text), &strict, &s->fault, &m);
		if (err != rows[i].err)
			print_error("%s: %s at %s: %s\n", rows[i].text, err_info(err)->reason, s->fault.field,
				    s->fault.detail);
		assert_int_equal(err, rows[i].err);
		assert_int_equal(s->fault.err, err);
		assert_null(m);
		if (rows[i].field == NULL) {
			assert_null(s->fault.field);
		} else {
			assert_non_null(s->fault.field);
			assert_string_equal(s->fault.field, rows[i].field);
		}
		assert_true(s->fault.detail[0] != '\0');
	}
}
#define REFUSE(state, rows) refuse((state), (rows), sizeof(rows) / sizeof((rows)[0]))

/* Reads a text and writes it again. */
struct pair {
	const ProtobufCMessageDescriptor *d;
	const char *text;
	const char *again; /* NULL: the same */
};

static void both_ways(struct state *s, const struct pair *pairs, size_t n)
{
	struct buf out = {0};
	for (size_t i = 0; i < n; i++) {
		void *m = decode(s, pairs[i].d, pairs[i].text);
		buf_reset(&out);
		assert_int_equal(json_encode(m, &strict, &s->arena, &s->fault, &out), OK);
		buf_byte(&out, 0);
		assert_string_equal((char *)out.ptr, pairs[i].again == NULL ? pairs[i].text : pairs[i].again);
		/* And through the binary form. */
		ProtobufCMessage *same;
		assert_int_equal(pb_decode(&s->arena, pairs[i].d, pb_encode_arena(m, &s->arena), &s->fault, &same), OK);
		struct buf other = {0};
		assert_int_equal(json_encode(same, &strict, &s->arena, &s->fault, &other), OK);
		assert_true(slice_eq(buf_view(&other), slice_of(out.ptr, out.len - 1)));
		buf_free(&other);
	}
	buf_free(&out);
}
#define BOTH_WAYS(state, pairs) both_ways((state), (pairs), sizeof(pairs) / sizeof((pairs)[0]))

static void test_syntax(void **state)
{
	static const struct row rows[] = {
	    {&Scalars_desc, "", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "  ", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\"", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\":", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"i32\":1", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\":1,}", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\":1}x", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\":1}{}", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{i32:1}", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{'i32':1}", ERR_BAD_JSON, NULL},
	    {&Scalars_desc, "{\"i32\":+1}", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"i32\":01}", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"i32\":-01}", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"number\":1.}", ERR_BAD_JSON, "number"},
	    {&Scalars_desc, "{\"number\":.5}", ERR_BAD_JSON, "number"},
	    {&Scalars_desc, "{\"number\":1e}", ERR_BAD_JSON, "number"},
	    {&Scalars_desc, "{\"number\":NaN}", ERR_BAD_JSON, "number"},
	    {&Scalars_desc, "{\"flag\":tru}", ERR_BAD_JSON, "flag"},
	    {&Scalars_desc, "{\"text\":\"a\nb\"}", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"\\x\"}", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"\\u12g4\"}", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"abc", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"abc\\", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"abc\\\"", ERR_BAD_JSON, "text"},
	    {&Scalars_desc, "{\"text\":\"\\ud800\"}", ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, "{\"text\":\"\\udc00\"}", ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, "{\"text\":\"\\ud800\\u0041\"}", ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, "{\"text\":\"\xff\"}", ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, "{\"text\":\"\xed\xa0\x80\"}", ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, "{\"\xc0\x80\":1}", ERR_BAD_UTF8, NULL},
	    {&Scalars_desc, "{\"text\":\"a\\u0000b\"}", ERR_FIELD_INVALID, "text"},
	    {&Lists_desc, "{\"i32\":[1,]}", ERR_BAD_JSON, "i32[1]"},
	    {&Lists_desc, "{\"i32\":[1 2]}", ERR_BAD_JSON, "i32[1]"},
	    {&Lists_desc, "{\"i32\":[1", ERR_BAD_JSON, "i32[1]"},
	};
	REFUSE(*state, rows);
	struct state *s = *state;
	ProtobufCMessage *m;
	assert_int_equal(
	    json_decode(&s->arena, &Scalars_desc, slice_str("{\n \"i32\": 1,\n \"text\" x}"), NULL, &s->fault, &m),
	    ERR_BAD_JSON);
	assert_string_equal(s->fault.detail, "line 3 column 9: expected ':'");
	assert_string_equal(s->fault.detail_zh, "第 3 行第 9 列：应为“:”");
}

static void test_kinds(void **state)
{
	static const struct row rows[] = {
	    {&Scalars_desc, "[]", ERR_FIELD_INVALID, NULL},
	    {&Scalars_desc, "null", ERR_FIELD_INVALID, NULL},
	    {&Scalars_desc, "{\"i32\":true}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":\"\"}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":\" 1\"}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":\"1x\"}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":\"0x1\"}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":\"+1\"}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":0.5}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":1e-1}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":[1]}", ERR_FIELD_INVALID, "i32"},
	    {&Scalars_desc, "{\"i32\":2147483648}", ERR_FIELD_OUT_OF_RANGE, "i32"},
	    {&Scalars_desc, "{\"i32\":-2147483649}", ERR_FIELD_OUT_OF_RANGE, "i32"},
	    {&Scalars_desc, "{\"u32\":4294967296}", ERR_FIELD_OUT_OF_RANGE, "u32"},
	    {&Scalars_desc, "{\"u32\":-1}", ERR_FIELD_OUT_OF_RANGE, "u32"},
	    {&Scalars_desc, "{\"i64\":\"9223372036854775808\"}", ERR_FIELD_OUT_OF_RANGE, "i64"},
	    {&Scalars_desc, "{\"i64\":-9223372036854775809}", ERR_FIELD_OUT_OF_RANGE, "i64"},
	    {&Scalars_desc, "{\"u64\":18446744073709551616}", ERR_FIELD_OUT_OF_RANGE, "u64"},
	    {&Scalars_desc, "{\"u64\":1e400}", ERR_FIELD_OUT_OF_RANGE, "u64"},
	    {&Scalars_desc, "{\"u64\":1e99999999999999999999}", ERR_FIELD_OUT_OF_RANGE, "u64"},
	    {&Scalars_desc, "{\"number\":1e400}", ERR_FIELD_OUT_OF_RANGE, "number"},
	    {&Scalars_desc, "{\"number\":\"inf\"}", ERR_FIELD_INVALID, "number"},
	    {&Scalars_desc, "{\"real\":3.502823e+38}", ERR_FIELD_OUT_OF_RANGE, "real"},
	    {&Scalars_desc, "{\"flag\":1}", ERR_FIELD_INVALID, "flag"},
	    {&Scalars_desc, "{\"flag\":\"true\"}", ERR_FIELD_INVALID, "flag"},
	    {&Scalars_desc, "{\"colour\":\"COLOUR_PINK\"}", ERR_FIELD_INVALID, "colour"},
	    {&Scalars_desc, "{\"colour\":\"colour_red\"}", ERR_FIELD_INVALID, "colour"},
	    {&Scalars_desc, "{\"colour\":1.5}", ERR_FIELD_INVALID, "colour"},
	    {&Scalars_desc, "{\"text\":1}", ERR_FIELD_INVALID, "text"},
	    {&Scalars_desc, "{\"data\":\"a\"}", ERR_FIELD_INVALID, "data"},
	    {&Scalars_desc, "{\"data\":\"a*cd\"}", ERR_FIELD_INVALID, "data"},
	    {&Scalars_desc, "{\"data\":\"ab=c\"}", ERR_FIELD_INVALID, "data"},
	    {&Scalars_desc, "{\"leaf\":1}", ERR_FIELD_INVALID, "leaf"},
	    {&Scalars_desc, "{\"leaf\":[]}", ERR_FIELD_INVALID, "leaf"},
	    {&Lists_desc, "{\"i32\":1}", ERR_FIELD_INVALID, "i32"},
	    {&Lists_desc, "{\"i32\":{}}", ERR_FIELD_INVALID, "i32"},
	    {&Lists_desc, "{\"i32\":[1,null]}", ERR_FIELD_INVALID, "i32[1]"},
	    {&Lists_desc, "{\"leaf\":[{},null]}", ERR_FIELD_INVALID, "leaf[1]"},
	    {&Maps_desc, "{\"labels\":[]}", ERR_FIELD_INVALID, "labels"},
	    {&Maps_desc, "{\"labels\":{\"a\":null}}", ERR_FIELD_INVALID, "labels[0]"},
	    {&Maps_desc, "{\"labels\":{\"a\":\"1\",\"a\":\"2\"}}", ERR_BAD_JSON, "labels"},
	    {&Maps_desc, "{\"flags\":{\"yes\":1}}", ERR_FIELD_INVALID, "flags[0]"},
	    {&Maps_desc, "{\"leaves\":{\"x\":{}}}", ERR_FIELD_INVALID, "leaves[0]"},
	    {&Maps_desc, "{\"leaves\":{\"1\":{},\"2147483648\":{}}}", ERR_FIELD_OUT_OF_RANGE, "leaves[1]"},
	    {&Maps_desc, "{\"leaves\":{\"1\":{},\"1.0\":{}}}", ERR_BAD_JSON, "leaves"},
	    {&Maps_desc, "{\"labels\":{\"a\\u0000\":\"\"}}", ERR_FIELD_INVALID, "labels[0]"},
	};
	REFUSE(*state, rows);
}

static void test_fields(void **state)
{
	static const struct row rows[] = {
	    {&Scalars_desc, "{\"nope\":1}", ERR_UNKNOWN_FIELD, "nope"},
	    {&Scalars_desc, "{\"I32\":1}", ERR_UNKNOWN_FIELD, "I32"},
	    {&Scalars_desc, "{\"\":1}", ERR_UNKNOWN_FIELD, ""},
	    {&Scalars_desc, "{\"a\\u0007\x7f\":1}", ERR_UNKNOWN_FIELD, "a??"},
	    {&Scalars_desc, "{\"i32\":1,\"i32\":2}", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"i32\":null,\"i32\":2}", ERR_BAD_JSON, "i32"},
	    {&Scalars_desc, "{\"farAway\":\"a\",\"far_away\":\"b\"}", ERR_BAD_JSON, "far_away"},
	    {&Choice_desc, "{\"number\":1,\"text\":\"a\"}", ERR_BAD_JSON, "text"},
	    {&Choice_desc, "{\"number\":0,\"leaf\":{}}", ERR_BAD_JSON, "leaf"},
	    {&Choice_desc, "{\"nothing\":null,\"leaf\":{}}", ERR_BAD_JSON, "leaf"},
	    {&Outer_desc, "{\"choice\":{\"nest\":{\"many\":[{},{\"size\":\"x\"}]}}}", ERR_FIELD_INVALID,
	     "choice.nest.many[1].size"},
	    {&Outer_desc, "{\"choices\":[{},{},{\"nest\":{\"one\":{\"skill\":1}}}]}", ERR_UNKNOWN_FIELD,
	     "choices[2].nest.one.skill"},
	    {&Names_desc, "{\"camel\":\"a\",\"custom\":\"b\"}", ERR_BAD_JSON, "custom"},
	};
	REFUSE(*state, rows);
	/* A long name is cut, between characters. */
	struct state *s = *state;
	struct buf in = {0};
	buf_str(&in, "{\"");
	for (int i = 0; i < 1000; i++)
		buf_str(&in, "名");
	buf_str(&in, "\":1}");
	ProtobufCMessage *m;
	assert_int_equal(json_decode(&s->arena, &Scalars_desc, buf_view(&in), NULL, &s->fault, &m), ERR_UNKNOWN_FIELD);
	assert_int_equal(strlen(s->fault.field), LIMIT_PATH_NAME_BYTES / 3 * 3);
	buf_free(&in);

	/* Unknown things may be ignored. */
	const char *text = "{\"nope\":[1,{\"a\":null}],\"i32\":7,\"colour\":\"COLOUR_PINK\",\"more\":\"\\u4e2d\"}";
	assert_int_equal(json_decode(&s->arena, &Scalars_desc, slice_str(text), &lax, &s->fault, &m), OK);
	assert_int_equal(((Scalars *)m)->i32, 7);
	text = "{\"colour\":[\"COLOUR_PINK\",\"COLOUR_RED\"]}";
	assert_int_equal(json_decode(&s->arena, &Lists_desc, slice_str(text), &lax, &s->fault, &m), OK);
	assert_int_equal(((Lists *)m)->n_colour, 1);
	text = "{\"colours\":{\"1\":\"COLOUR_PINK\",\"2\":\"COLOUR_RED\"}}";
	assert_int_equal(json_decode(&s->arena, &Maps_desc, slice_str(text), &lax, &s->fault, &m), OK);
	assert_int_equal(((Maps *)m)->n_colours, 1);
	assert_int_equal(((Maps *)m)->colours[0]->key, 2);
	/* But they must be JSON even so. */
	assert_int_equal(json_decode(&s->arena, &Scalars_desc, slice_str("{\"nope\":[1,]}"), &lax, &s->fault, &m),
			 ERR_BAD_JSON);
}

static void test_scalars(void **state)
{
	static const struct pair pairs[] = {
	    {&Scalars_desc, "{}", NULL},
	    {&Scalars_desc, " \t\r\n{ } \n", "{}"},
	    {&Scalars_desc, "{\"i32\":-2147483648,\"u32\":4294967295,\"text\":\"a\"}", NULL},
	    {&Scalars_desc, "{\"text\":\"a\",\"i32\":1}", "{\"i32\":1,\"text\":\"a\"}"},
	    {&Scalars_desc, "{\"i32\":\"12\",\"s32\":1e2,\"sf32\":100.0,\"u32\":\"1E+1\",\"f32\":120e-1}",
	     "{\"i32\":12,\"s32\":100,\"sf32\":100,\"u32\":10,\"f32\":12}"},
	    {&Scalars_desc, "{\"i64\":9223372036854775807,\"s64\":-9223372036854775808,\"sf64\":\"-1\"}",
	     "{\"i64\":\"9223372036854775807\",\"s64\":\"-9223372036854775808\",\"sf64\":\"-1\"}"},
	    {&Scalars_desc, "{\"u64\":18446744073709551615,\"f64\":9007199254740993}",
	     "{\"u64\":\"18446744073709551615\",\"f64\":\"9007199254740993\"}"},
	    {&Scalars_desc, "{\"u64\":1.8446744073709551615e19,\"i64\":0.000e400,\"i32\":0e99999999999}",
	     "{\"u64\":\"18446744073709551615\"}"},
	    {&Scalars_desc, "{\"i32\":1000000000000000000000000e-23}", "{\"i32\":10}"},
	    {&Scalars_desc, "{\"real\":1.5,\"number\":39.904211}", NULL},
	    {&Scalars_desc, "{\"real\":\"NaN\",\"number\":\"-Infinity\"}", NULL},
	    {&Scalars_desc, "{\"real\":\"1.5\",\"number\":\"1e3\"}", "{\"real\":1.5,\"number\":1000}"},
	    {&Scalars_desc, "{\"number\":-0}", NULL},
	    {&Scalars_desc, "{\"flag\":true,\"colour\":\"COLOUR_NEGATIVE\"}", NULL},
	    {&Scalars_desc, "{\"flag\":false,\"colour\":1}", "{\"colour\":\"COLOUR_RED\"}"},
	    {&Scalars_desc, "{\"colour\":77}", NULL},
	    {&Scalars_desc, "{\"colour\":1e0}", "{\"colour\":\"COLOUR_RED\"}"},
	    {&Scalars_desc, "{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u4e2d\\ud83d\\ude00\\u00e9\"}",
	     "{\"text\":\"\\\"\\\\/\\b\\f\\n\\r\\t中😀é\"}"},
	    {&Scalars_desc, "{\"data\":\"-_\"}", "{\"data\":\"+w==\"}"},
	    {&Scalars_desc, "{\"data\":\"AAEC/w==\"}", NULL},
	    {&Scalars_desc, "{\"data\":\"AAEC/w\"}", "{\"data\":\"AAEC/w==\"}"},
	    {&Scalars_desc, "{\"data\":\"\"}", "{}"},
	    {&Scalars_desc, "{\"leaf\":{}}", NULL},
	    {&Scalars_desc, "{\"leaf\":{\"name\":\"n\",\"size\":3},\"farAway\":\"x\"}", NULL},
	    {&Scalars_desc, "{\"far_away\":\"x\"}", "{\"farAway\":\"x\"}"},
	    {&Scalars_desc,
	     "{\"i32\":null,\"text\":null,\"leaf\":null,\"colour\":null,\"data\":null,\"number\":null,\"flag\":null}",
	     "{}"},
	    {&Names_desc, "{\"base\":1,\"int\":\"2\",\"snakeCaseName\":\"3\",\"custom\":\"4\",\"field2X\":[5]}", NULL},
	    {&Names_desc, "{\"snake_case_name\":\"3\",\"camel\":\"4\",\"field_2_x\":[5]}",
	     "{\"snakeCaseName\":\"3\",\"custom\":\"4\",\"field2X\":[5]}"},
	    {&Names_desc, "{\"OddName\":1,\"ALLCAPS\":2}", NULL},
	    {&Names_desc, "{\"_odd__Name_\":1,\"ALL_CAPS\":2}", "{\"OddName\":1,\"ALLCAPS\":2}"},
	    {&Names_desc, "{\"snake\\u0043aseName\":\"3\"}", "{\"snakeCaseName\":\"3\"}"},
	    {&Names_desc, "{\"nickname\":\"NICKNAME_ONE\"}", NULL},
	    {&Names_desc, "{\"nickname\":\"NICKNAME_UNO\"}", "{\"nickname\":\"NICKNAME_ONE\"}"},
	    {&Names_desc, "{\"nickname\":\"nickname_eins\"}", "{\"nickname\":\"NICKNAME_ONE\"}"},
	    /* Numbers as they may also be told. */
	    {&Scalars_desc,
	     "{\"i32\":2147483647.0,\"u32\":\"4294967295.0\",\"s32\":\"\\u0031\",\"i64\":-9223372036854775808}",
	     "{\"i32\":2147483647,\"s32\":1,\"u32\":4294967295,\"i64\":\"-9223372036854775808\"}"},
	    {&Scalars_desc,
	     "{\"i32\":1e5,\"u64\":18446744073709551615,\"colour\":1,\"real\":\"-Infinity\",\"number\":\"1.5\"}",
	     "{\"i32\":100000,\"u64\":\"18446744073709551615\",\"real\":\"-Infinity\",\"number\":1.5,\"colour\":"
	     "\"COLOUR_RED\"}"},
	    {&Scalars_desc, "{\"colour\":123}", NULL},
	    {&Scalars_desc, "{\"data\":\"-_-_\"}", "{\"data\":\"+/+/\"}"},
	    {&Scalars_desc, "{\"text\":\"\\ud83d\\ude01\\/\\b\\f\"}", "{\"text\":\"😁/\\b\\f\"}"},
	};
	BOTH_WAYS(*state, pairs);
}

static void test_presence(void **state)
{
	static const struct pair pairs[] = {
	    {&Optionals_desc,
	     "{\"number\":0,\"big\":\"0\",\"text\":\"\",\"data\":\"\",\"leaf\":{},\"colour\":\"COLOUR_UNSPECIFIED\","
	     "\"flag\":false,\"real\":0}",
	     NULL},
	    {&Optionals_desc,
	     "{\"number\":null,\"text\":null,\"data\":null,\"leaf\":null,\"colour\":null,\"flag\":null}", "{}"},
	    {&Choice_desc, "{\"number\":0}", NULL},
	    {&Choice_desc, "{\"text\":\"\",\"after\":1}", NULL},
	    {&Choice_desc, "{\"data\":\"\"}", NULL},
	    {&Choice_desc, "{\"leaf\":{}}", NULL},
	    {&Choice_desc, "{\"nothing\":null}", NULL},
	    {&Choice_desc, "{\"nothing\":\"NULL_VALUE\"}", "{\"nothing\":null}"},
	    {&Choice_desc, "{\"number\":null,\"text\":\"a\"}", "{\"text\":\"a\"}"},
	    {&Choice_desc, "{\"text\":\"a\",\"number\":null}", "{\"text\":\"a\"}"},
	    {&Choice_desc, "{\"nest\":{\"one\":{\"size\":1},\"many\":[{},{\"name\":\"x\"}],\"kind\":\"KIND_SOFT\"}}",
	     NULL},
	};
	BOTH_WAYS(*state, pairs);
}

static void test_lists_and_maps(void **state)
{
	static const struct pair pairs[] = {
	    {&Lists_desc, "{\"i32\":[],\"leaf\":[],\"text\":null}", "{}"},
	    {&Lists_desc, "{\"i32\":[1,-2,3],\"s64\":[\"1\"],\"u64\":[\"2\"],\"f32\":[3],\"number\":[0.5,1e+300]}",
	     "{\"i32\":[1,-2,3],\"s64\":[\"1\"],\"u64\":[\"2\"],\"f32\":[3],\"number\":[0.5,1e300]}"},
	    {&Lists_desc,
	     "{\"real\":[0.1],\"flag\":[true,false],\"colour\":[\"COLOUR_RED\",9],\"text\":[\"\",\"a\"],"
	     "\"data\":[\"\",\"AA==\"],\"leaf\":[{},{\"size\":1}],\"unpacked\":[1,2]}",
	     NULL},
	    {&Maps_desc, "{\"labels\":{},\"leaves\":null}", "{}"},
	    {&Maps_desc, "{\"leaves\":{\"\\u0031\":{}},\"flags\":{\"tru\\u0065\":1}}",
	     "{\"leaves\":{\"1\":{}},\"flags\":{\"true\":\"1\"}}"},
	    {&Maps_desc,
	     "{\"labels\":{\"\":\"\",\"a\\n\":\"b\"},\"leaves\":{\"-1\":{\"size\":2},\"0\":{}},\"flags\":{\"true\":"
	     "\"1\","
	     "\"false\":\"0\"},\"colours\":{\"18446744073709551615\":\"COLOUR_RED\"},\"numbers\":{\"-5\":\"NaN\"},"
	     "\"blobs\":{\"4294967295\":\"AA==\"}}",
	     NULL},
	};
	BOTH_WAYS(*state, pairs);
}

static void test_known_types(void **state)
{
	static const struct pair pairs[] = {
	    {&Known_desc,
	     "{\"at\":\"2026-01-02T03:04:05Z\",\"lasts\":\"1.500s\",\"mask\":\"a,b.cD,eFG\",\"nothing\":{}}", NULL},
	    {&Known_desc, "{\"at\":\"1970-01-01T08:00:00.000001+08:00\",\"lasts\":\"-0.5s\",\"mask\":\"\"}",
	     "{\"at\":\"1970-01-01T00:00:00.000001Z\",\"lasts\":\"-0.500s\",\"mask\":\"\"}"},
	    {&Known_desc, "{\"at\":\"0001-01-01T00:00:00Z\",\"lasts\":\"-315576000000s\"}", NULL},
	    {&Known_desc, "{\"at\":\"9999-12-31T23:59:59.999999999Z\",\"lasts\":\"315576000000s\"}", NULL},
	    {&Known_desc, "{\"at\":\"2024-02-29T12:00:00.120Z\",\"lasts\":\"0s\"}", NULL},
	    {&Known_desc,
	     "{\"i32\":0,\"u64\":\"5\",\"text\":\"\",\"flag\":false,\"number\":1.5,\"data\":\"\",\"real\":\"NaN\","
	     "\"i64\":\"-1\",\"u32\":7}",
	     "{\"i32\":0,\"u64\":\"5\",\"text\":\"\",\"flag\":false,\"number\":1.5,\"data\":\"\",\"real\":\"NaN\","
	     "\"i64\":\"-1\",\"u32\":7}"},
	    {&Known_desc, "{\"i32\":null,\"text\":null,\"at\":null,\"any\":null,\"object\":null,\"list\":null}", "{}"},
	    {&Known_desc, "{\"object\":{\"a\":1,\"b\":[true,null,\"x\",{\"c\":{}}]},\"value\":null,\"list\":[]}", NULL},
	    {&Known_desc, "{\"value\":{\"a\":[]},\"list\":[1,[2],{}],\"values\":[null,1.5,\"s\",false]}", NULL},
	    {&Known_desc, "{\"i64s\":[\"1\",\"0\"],\"byName\":{\"a\":null,\"b\":{\"c\":-1}}}", NULL},
	    {&Known_desc, "{\"null\":null}", "{}"},
	    {&Known_desc, "{\"lasts\":\"-315576000000.999999999s\"}", NULL},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/google.protobuf.Value\",\"value\":null}}", NULL},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/google.protobuf.Int32Value\",\"value\":12345}}", NULL},
	    {&Known_desc, "{\"null\":\"NULL_VALUE\"}", "{}"},
	    {&Known_desc, "{\"any\":{}}", NULL},
	    {&Known_desc, "{\"any\":{\"@type\":\"type.googleapis.com/paidan.test.v1.Leaf\",\"name\":\"n\"}}", NULL},
	    {&Known_desc, "{\"any\":{\"size\":4,\"@type\":\"x/paidan.test.v1.Leaf\",\"name\":\"n\"}}",
	     "{\"any\":{\"@type\":\"x/paidan.test.v1.Leaf\",\"name\":\"n\",\"size\":4}}"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/google.protobuf.Duration\",\"value\":\"1.500s\"}}", NULL},
	    {&Known_desc, "{\"any\":{\"value\":{\"a\":1},\"@type\":\"t/google.protobuf.Struct\"}}",
	     "{\"any\":{\"@type\":\"t/google.protobuf.Struct\",\"value\":{\"a\":1}}}"},
	    {&Known_desc,
	     "{\"any\":{\"@type\":\"t/google.protobuf.Any\",\"value\":{\"@type\":\"t/"
	     "paidan.test.v1.Leaf\",\"size\":1}}}",
	     NULL},
	};
	BOTH_WAYS(*state, pairs);
	static const struct row rows[] = {
	    {&Known_desc, "{\"at\":\"2026-01-02t03:04:05Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T03:04:05z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T03:04:05\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-02-29T03:04:05Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T24:04:05Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T03:04:60Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-13-02T03:04:05Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"0001-01-01T00:00:00+00:01\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"9999-12-31T23:59:59-00:01\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T03:04:05.1234567890Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":\"2026-01-02T03:04:05.Z\"}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"at\":1}", ERR_FIELD_INVALID, "at"},
	    {&Known_desc, "{\"lasts\":\"1\"}", ERR_FIELD_INVALID, "lasts"},
	    {&Known_desc, "{\"lasts\":\"s\"}", ERR_FIELD_INVALID, "lasts"},
	    {&Known_desc, "{\"lasts\":\"1.s\"}", ERR_FIELD_INVALID, "lasts"},
	    {&Known_desc, "{\"lasts\":\"315576000001s\"}", ERR_FIELD_INVALID, "lasts"},
	    {&Known_desc, "{\"lasts\":\"99999999999999999999999s\"}", ERR_FIELD_INVALID, "lasts"},
	    {&Known_desc, "{\"mask\":\"a_b\"}", ERR_FIELD_INVALID, "mask"},
	    {&Known_desc, "{\"mask\":\"a,\"}", ERR_FIELD_INVALID, "mask"},
	    {&Known_desc, "{\"mask\":\",a\"}", ERR_FIELD_INVALID, "mask"},
	    {&Known_desc, "{\"i32\":\"x\"}", ERR_FIELD_INVALID, "i32"},
	    {&Known_desc, "{\"object\":[]}", ERR_FIELD_INVALID, "object"},
	    {&Known_desc, "{\"object\":{\"a\":1,\"a\":2}}", ERR_BAD_JSON, "object.fields"},
	    {&Known_desc, "{\"list\":{}}", ERR_FIELD_INVALID, "list"},
	    {&Known_desc, "{\"value\":1e999}", ERR_FIELD_OUT_OF_RANGE, "value"},
	    {&Known_desc, "{\"any\":{\"size\":1}}", ERR_FIELD_INVALID, "any"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/no.Such\"}}", ERR_FIELD_INVALID, "any"},
	    {&Known_desc, "{\"any\":{\"@type\":\"paidan.test.v1.Leaf\"}}", ERR_FIELD_INVALID, "any"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/paidan.test.v1.Leaf\",\"@type\":\"t/paidan.test.v1.Leaf\"}}",
	     ERR_BAD_JSON, "any"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/paidan.test.v1.Leaf\",\"nope\":1}}", ERR_UNKNOWN_FIELD, "any.nope"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/google.protobuf.Duration\"}}", ERR_FIELD_INVALID, "any"},
	    {&Known_desc, "{\"any\":{\"@type\":\"t/google.protobuf.Duration\",\"x\":1}}", ERR_UNKNOWN_FIELD, "any.x"},
	    {&Known_desc, "{\"any\":[]}", ERR_FIELD_INVALID, "any"},
	};
	REFUSE(*state, rows);
}

static char *repeat(struct arena *a, const char *head, const char *each, size_t n, const char *tail)
{
	struct buf b = {0};
	buf_str(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_str(&b, each);
	buf_str(&b, tail);
	char *text = arena_string(a, buf_view(&b));
	buf_free(&b);
	return text;
}

static void test_depth(void **state)
{
	struct state *s = *state;
	ProtobufCMessage *m;
	const char *deep = repeat(&s->arena, "{", "\"next\":{", LIMIT_MESSAGE_DEPTH - 1, "");
	deep = repeat(&s->arena, deep, "}", LIMIT_MESSAGE_DEPTH, "");
	decode(s, &Tree_desc, deep);
	deep = repeat(&s->arena, "{", "\"next\":{", LIMIT_MESSAGE_DEPTH, "");
	deep = repeat(&s->arena, deep, "}", LIMIT_MESSAGE_DEPTH + 1, "");
	assert_int_equal(json_decode(&s->arena, &Tree_desc, slice_str(deep), NULL, &s->fault, &m), ERR_TOO_DEEP);
	/* Containers of any kind, in a value that is skipped. */
	deep = repeat(&s->arena, "{\"unknown\":", "[", LIMIT_JSON_DEPTH - 1, "");
	deep = repeat(&s->arena, deep, "]", LIMIT_JSON_DEPTH - 1, "}");
	assert_int_equal(json_decode(&s->arena, &Known_desc, slice_str(deep), &lax, &s->fault, &m), OK);
	deep = repeat(&s->arena, "{\"unknown\":", "[", LIMIT_JSON_DEPTH, "");
	deep = repeat(&s->arena, deep, "]", LIMIT_JSON_DEPTH, "}");
	assert_int_equal(json_decode(&s->arena, &Known_desc, slice_str(deep), &lax, &s->fault, &m), ERR_TOO_DEEP);
	static const struct {
		const ProtobufCMessageDescriptor *d;
		const char *head, *each;
	} rows[] = {
	    {&Tree_desc, "{", "\"next\":{"},
	    {&Tree_desc, "{", "\"children\":[{"},
	    {&Tree_desc, "{", "\"named\":{\"a\":{"},
	    {&Known_desc, "{\"value\":", "["},
	    {&Known_desc, "{\"value\":", "{\"a\":"},
	    {&Known_desc, "{\"list\":", "["},
	    {&Known_desc, "{\"any\":", "["},
	    {&Known_desc, "{\"any\":{\"a\":", "["},
	    {&Known_desc, "{\"any\":", "{\"@type\":\"t/google.protobuf.Any\",\"value\":"},
	    {&Known_desc, "{\"unknown\":", "["},
	    {&Known_desc, "{\"unknown\":", "{\"a\":"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = repeat(&s->arena, rows[i].head, rows[i].each, 50000, "");
		enum err err = json_decode(&s->arena, rows[i].d, slice_str(text), &lax, &s->fault, &m);
		assert_true(err == ERR_TOO_DEEP || (err == ERR_FIELD_INVALID && strcmp(rows[i].each, "[") == 0));
		if (s->fault.field != NULL)
			assert_true(strlen(s->fault.field) <= LIMIT_PATH_BYTES);
	}
}

static void test_bounds(void **state)
{
	struct state *s = *state;
	ProtobufCMessage *m;
	/* Too many fields or elements. */
	const char *text = repeat(&s->arena, "{\"i32\":[0", ",0", LIMIT_MESSAGE_FIELDS, "]}");
	assert_int_equal(json_decode(&s->arena, &Lists_desc, slice_str(text), NULL, &s->fault, &m), ERR_TOO_LARGE);
	text = repeat(&s->arena, "{\"list\":[0", ",0", LIMIT_MESSAGE_FIELDS, "]}");
	assert_int_equal(json_decode(&s->arena, &Known_desc, slice_str(text), NULL, &s->fault, &m), ERR_TOO_LARGE);
	text = repeat(&s->arena, "{\"a\":0", ",\"a\":0", LIMIT_MESSAGE_FIELDS, "}");
	assert_int_equal(json_decode(&s->arena, &Known_desc, slice_str(text), &lax, &s->fault, &m), ERR_TOO_LARGE);
	/* Many empty messages: memory. */
	text = repeat(&s->arena, "{\"leaf\":[{}", ",{}", LIMIT_MESSAGE_FIELDS / 2, "]}");
	size_t before = s->arena.used_bytes;
	(void)json_decode(&s->arena, &Lists_desc, slice_str(text), NULL, &s->fault, &m);
	assert_true(s->arena.used_bytes - before <= LIMIT_MESSAGE_MEMORY_BYTES);
	/* A body that no peer should have let through. */
	struct slice huge = slice_of(text, (size_t)LIMIT_BODY_BYTES + 1);
	assert_int_equal(json_decode(&s->arena, &Lists_desc, huge, NULL, &s->fault, &m), ERR_TOO_LARGE);
	/* Map keys are compared in one go, not each with each. */
	struct buf in = {0};
	buf_str(&in, "{\"labels\":{");
	for (unsigned i = 0; i < 50000; i++)
		buf_printf(&in, "%s\"%u\":\"\"", i == 0 ? "" : ",", i);
	buf_str(&in, "}}");
	assert_int_equal(json_decode(&s->arena, &Maps_desc, buf_view(&in), NULL, &s->fault, &m), OK);
	assert_int_equal(((Maps *)m)->n_labels, 50000);
	buf_free(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_syntax, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_scalars, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_presence, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lists_and_maps, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_known_types, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
