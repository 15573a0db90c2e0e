/* pb_wire: what is taken, what is refused and how it is named, and the traps of protobuf-c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/limits.h"
#include "codec_pb.h"
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

static void *decode(struct state *s, const ProtobufCMessageDescriptor *d, struct slice in)
{
	ProtobufCMessage *m = NULL;
	enum err err = pb_decode(&s->arena, d, in, &s->fault, &m);
	if (err != OK)
		print_error("%s at %s: %s\n", err_info(err)->reason, s->fault.field, s->fault.detail);
	assert_int_equal(err, OK);
	return m;
}

static void refused(struct state *s, const ProtobufCMessageDescriptor *d, struct slice in, enum err err,
		    const char *field)
{
	ProtobufCMessage *m = NULL;
	s->fault = (struct fault){0};
	assert_string_equal(err_info(pb_decode(&s->arena, d, in, &s->fault, &m))->reason, err_info(err)->reason);
	assert_int_equal(s->fault.err, err);
	assert_null(m);
	if (field == NULL)
		assert_null(s->fault.field);
	else
		assert_string_equal(s->fault.field, field);
	assert_true(s->fault.detail[0] != '\0');
}

static void test_refusals(void **state)
{
	static const struct {
		const ProtobufCMessageDescriptor *d;
		struct slice in;
		enum err err;
		const char *field;
	} rows[] = {
	    /* tags */
	    {&Scalars_desc, SLICE("\x80"), ERR_BAD_PROTO, NULL},
	    {&Scalars_desc, SLICE("\x00\x01"), ERR_BAD_PROTO, NULL},
	    {&Scalars_desc, SLICE("\x80\x80\x80\x80\x10\x01"), ERR_BAD_PROTO, NULL},
	    /* varints */
	    {&Scalars_desc, SLICE("\x08"), ERR_BAD_PROTO, "i32"},
	    {&Scalars_desc, SLICE("\x08\x80"), ERR_BAD_PROTO, "i32"},
	    {&Scalars_desc, SLICE("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ERR_BAD_PROTO, "i32"},
	    {&Scalars_desc, SLICE("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), ERR_BAD_PROTO, "i32"},
	    /* fixed */
	    {&Scalars_desc, SLICE("\x65\x01\x02\x03"), ERR_BAD_PROTO, "number"},
	    {&Scalars_desc, SLICE("\x2d\x01\x02\x03"), ERR_BAD_PROTO, "f32"},
	    {&Scalars_desc, SLICE("\x61\x01\x02\x03\x04\x05\x06\x07"), ERR_BAD_PROTO, "number"},
	    /* lengths */
	    {&Scalars_desc, SLICE("\x7a"), ERR_BAD_PROTO, "text"},
	    {&Scalars_desc, SLICE("\x7a\x02x"), ERR_BAD_PROTO, "text"},
	    {&Scalars_desc, SLICE("\x7a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), ERR_BAD_PROTO, "text"},
	    {&Scalars_desc, SLICE("\x8a\x01\x05\x0a\x01x"), ERR_BAD_PROTO, "leaf"},
	    {&Scalars_desc, SLICE("\x8a\x01\x03\x0a\x02x"), ERR_BAD_PROTO, "leaf.name"},
	    /* groups, known number or not */
	    {&Scalars_desc, SLICE("\x0b\x0c"), ERR_BAD_PROTO, "i32"},
	    {&Scalars_desc, SLICE("\xa3\x06\xa4\x06"), ERR_BAD_PROTO, NULL},
	    {&Scalars_desc, SLICE("\x0e"), ERR_BAD_PROTO, "i32"},
	    /* unknown fields are checked too */
	    {&Scalars_desc, SLICE("\xa2\x06\x05x"), ERR_BAD_PROTO, NULL},
	    /* text */
	    {&Scalars_desc, SLICE("\x7a\x01\xff"), ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, SLICE("\x7a\x02\xc0\x80"), ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, SLICE("\x7a\x03\xed\xa0\x80"), ERR_BAD_UTF8, "text"},
	    {&Scalars_desc, SLICE("\x7a\x04\xf4\x90\x80\x80"), ERR_BAD_UTF8, "text"},
	    {&Scalars_desc,
	     SLICE("\x7a\x03"
		   "a\0b"),
	     ERR_FIELD_INVALID, "text"},
	    {&Lists_desc, SLICE("\x4a\x01x\x4a\x01\x80"), ERR_BAD_UTF8, "text[1]"},
	    {&Maps_desc, SLICE("\x0a\x03\x0a\x01\xfe"), ERR_BAD_UTF8, "labels[0].key"},
	    {&Outer_desc, SLICE("\x1a\x00\x1a\x07\x3a\x05\x12\x03\x0a\x01\xff"), ERR_BAD_UTF8,
	     "choices[1].nest.many[0].name"},
	    /* packed */
	    {&Lists_desc, SLICE("\x0a\x02\x01\x80"), ERR_BAD_PROTO, "i32[0]"},
	    {&Lists_desc, SLICE("\x0a\x0c\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), ERR_BAD_PROTO, "i32[0]"},
	    {&Lists_desc, SLICE("\x22\x05\x01\x02\x03\x04\x05"), ERR_BAD_PROTO, "f32[0]"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(*state, rows[i].d, rows[i].in, rows[i].err, rows[i].field);
}

static Scalars full(void)
{
	static Leaf leaf = Leaf_INIT;
	leaf.name = "叶";
	leaf.size = -3;
	Scalars m = Scalars_INIT;
	m.i32 = INT32_MIN;
	m.s32 = INT32_MIN;
	m.sf32 = -5;
	m.u32 = UINT32_MAX;
	m.f32 = UINT32_MAX;
	m.i64 = INT64_MIN;
	m.s64 = INT64_MIN;
	m.sf64 = -6;
	m.u64 = UINT64_MAX;
	m.f64 = UINT64_MAX;
	m.real = 1.5f;
	m.number = 39.904211;
	m.flag = 1;
	m.colour = COLOUR_NEGATIVE;
	m.text = "楼道灯坏了 \xf0\x9f\x94\xa6";
	m.data = (ProtobufCBinaryData){3, (uint8_t *)"a\0b"};
	m.leaf = &leaf;
	m.far_away = "far";
	return m;
}

static void test_round_trip(void **state)
{
	struct state *s = *state;
	Scalars from = full();
	struct slice bytes = pb_encode_arena(&from, &s->arena);
	assert_int_equal(bytes.len, pb_size(&from));
	Scalars *m = decode(s, &Scalars_desc, bytes);
	assert_int_equal(m->i32, from.i32);
	assert_int_equal(m->s32, from.s32);
	assert_int_equal(m->sf32, from.sf32);
	assert_true(m->u32 == from.u32 && m->f32 == from.f32);
	assert_true(m->i64 == from.i64 && m->s64 == from.s64 && m->sf64 == from.sf64);
	assert_true(m->u64 == from.u64 && m->f64 == from.f64);
	assert_true(m->real == from.real && m->number == from.number && m->flag == 1);
	assert_int_equal(m->colour, COLOUR_NEGATIVE);
	assert_string_equal(m->text, from.text);
	assert_int_equal(m->data.len, 3);
	assert_memory_equal(m->data.data, "a\0b", 3);
	assert_string_equal(m->leaf->name, "叶");
	assert_int_equal(m->leaf->size, -3);
	assert_string_equal(m->far_away, "far");
	assert_true(slice_eq(pb_encode_arena(m, &s->arena), bytes));

	struct buf out = {0};
	buf_str(&out, ">");
	pb_encode(m, &out);
	assert_true(slice_eq(slice_from(buf_view(&out), 1), bytes));
	out.cap_bytes = out.len + 3;
	pb_encode(m, &out);
	assert_true(out.failed);
	buf_free(&out);
}

static void test_defaults(void **state)
{
	Scalars *m = decode(*state, &Scalars_desc, SLICE_NONE);
	assert_string_equal(m->text, "");
	assert_null(m->leaf);
	assert_int_equal(m->data.len, 0);
	assert_int_equal(pb_size(m), 0);
}

/* Values that are written longer than needed, or wider than the field. */
static void test_odd_varints(void **state)
{
	Scalars *m = decode(*state, &Scalars_desc, SLICE("\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00"));
	assert_int_equal(m->i32, 1);
	m = decode(*state, &Scalars_desc, SLICE("\x08\x80\x80\x80\x80\x10"));
	assert_int_equal(m->i32, 0);
	m = decode(*state, &Scalars_desc, SLICE("\x68\x80\x80\x80\x80\x10"));
	assert_int_equal(m->flag, 1);
	m = decode(*state, &Scalars_desc, SLICE("\x70\x63"));
	assert_int_equal(m->colour, 99);
	/* The tag, too. */
	m = decode(*state, &Scalars_desc, SLICE("\x88\x80\x00\x05"));
	assert_int_equal(m->i32, 5);
	/* The last value of a scalar counts. */
	m = decode(*state, &Scalars_desc, SLICE("\x08\x01\x7a\x01x\x08\x02\x7a\x01y"));
	assert_int_equal(m->i32, 2);
	assert_string_equal(m->text, "y");
}

static void test_optional(void **state)
{
	struct state *s = *state;
	Optionals *m = decode(s, &Optionals_desc, SLICE_NONE);
	assert_false(m->has_number || m->has_big || m->has_data || m->has_colour || m->has_flag || m->has_real);
	assert_null(m->text);
	assert_null(m->leaf);
	/* Present though zero, and written again. */
	struct slice zeros = SLICE("\x08\x00\x10\x00\x1a\x00\x22\x00\x2a\x00\x30\x00\x38\x00\x41\0\0\0\0\0\0\0\0");
	m = decode(s, &Optionals_desc, zeros);
	assert_true(m->has_number && m->has_big && m->has_data && m->has_colour && m->has_flag && m->has_real);
	assert_string_equal(m->text, "");
	assert_non_null(m->leaf);
	assert_true(slice_eq(pb_encode_arena(m, &s->arena), zeros));
}

static void test_merge(void **state)
{
	Scalars *m = decode(*state, &Scalars_desc, SLICE("\x8a\x01\x03\x0a\x01x\x8a\x01\x02\x10\x07"));
	assert_string_equal(m->leaf->name, "x");
	assert_int_equal(m->leaf->size, 7);
	/* A oneof's message is merged as long as the case stays… */
	Choice *c = decode(*state, &Choice_desc, SLICE("\x22\x03\x0a\x01x\x22\x02\x10\x07"));
	assert_int_equal(c->pick_case, CHOICE_PICK_CASE_LEAF);
	assert_string_equal(c->leaf->name, "x");
	assert_int_equal(c->leaf->size, 7);
	/* …and starts anew when another came between. */
	c = decode(*state, &Choice_desc, SLICE("\x22\x03\x0a\x01x\x08\x05\x22\x02\x10\x07"));
	assert_int_equal(c->pick_case, CHOICE_PICK_CASE_LEAF);
	assert_string_equal(c->leaf->name, "");
	assert_int_equal(c->leaf->size, 7);
	c = decode(*state, &Choice_desc, SLICE("\x12\x01x\x1a\x02yz\x40\x01"));
	assert_int_equal(c->pick_case, CHOICE_PICK_CASE_DATA);
	assert_memory_equal(c->data.data, "yz", 2);
	assert_int_equal(c->after, 1);
	/* A set member that is zero stays set. */
	c = decode(*state, &Choice_desc, SLICE("\x08\x00"));
	assert_int_equal(c->pick_case, CHOICE_PICK_CASE_NUMBER);
	assert_int_equal(pb_size(c), 2);
}

static void test_lists(void **state)
{
	struct state *s = *state;
	/* Packed, unpacked and both mixed. */
	Lists *m = decode(s, &Lists_desc,
			  SLICE("\x0a\x03\x01\x02\x03\x08\x04\x0a\x00\x0a\x0b\x05\xff\xff\xff\xff\xff"
				"\xff\xff\xff\xff\x01"));
	assert_int_equal(m->n_i32, 6);
	for (int i = 0; i < 5; i++)
		assert_int_equal(m->i32[i], i + 1);
	assert_int_equal(m->i32[5], -1);
	m = decode(s, &Lists_desc, SLICE("\x62\x02\x07\x08\x60\x09"));
	assert_int_equal(m->n_unpacked, 3);
	assert_int_equal(m->unpacked[2], 9);
	m = decode(s, &Lists_desc, SLICE("\x2a\x10\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40\x12\x03\x01\x02\x03"));
	assert_int_equal(m->n_number, 2);
	assert_true(m->number[0] == 1.0 && m->number[1] == 2.0);
	assert_int_equal(m->n_s64, 3);
	assert_true(m->s64[0] == -1 && m->s64[1] == 1 && m->s64[2] == -2);

	Lists big = Lists_INIT;
	enum { N = 1000 };
	char *texts[N];
	int32_t numbers[N];
	Leaf *leaves[N];
	for (int i = 0; i < N; i++) {
		texts[i] = arena_printf(&s->arena, "%d", i);
		numbers[i] = i * 1000;
		leaves[i] = PB_NEW(&s->arena, Leaf);
		leaves[i]->size = i;
	}
	big.n_text = big.n_i32 = big.n_leaf = big.n_unpacked = N;
	big.text = texts;
	big.i32 = big.unpacked = numbers;
	big.leaf = leaves;
	struct slice bytes = pb_encode_arena(&big, &s->arena);
	assert_true(slice_eq(pb_encode_arena(decode(s, &Lists_desc, bytes), &s->arena), bytes));
}

static void test_maps(void **state)
{
	struct state *s = *state;
	/* a=1, b=2, a=3: the last of a key counts, the order of the rest stays. */
	Maps *m = decode(s, &Maps_desc,
			 SLICE("\x0a\x06\x0a\x01"
			       "a\x12\x01"
			       "1\x0a\x06\x0a\x01"
			       "b\x12\x01"
			       "2\x0a\x06\x0a\x01"
			       "a\x12\x01"
			       "3"));
	assert_int_equal(m->n_labels, 2);
	assert_string_equal(m->labels[0]->key, "b");
	assert_string_equal(m->labels[1]->key, "a");
	assert_string_equal(m->labels[1]->value, "3");
	/* Without key or value: the defaults; a message value is there even so. */
	m = decode(s, &Maps_desc, SLICE("\x12\x00\x0a\x00"));
	assert_int_equal(m->leaves[0]->key, 0);
	assert_non_null(m->leaves[0]->value);
	assert_string_equal(m->labels[0]->key, "");
	assert_string_equal(m->labels[0]->value, "");

	/* Many keys, each twice. */
	struct buf in = {0};
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			uint8_t leaf[] = {0x12, 8, 8,    (uint8_t)(0x80 | (i & 0x7f)), (uint8_t)(i >> 7),
					  0x12, 3, 0x10, (uint8_t)(0x80 | round),      0};
			buf_add(&in, leaf, sizeof(leaf));
		}
	}
	m = decode(s, &Maps_desc, buf_view(&in));
	assert_int_equal(m->n_leaves, 5000);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(m->leaves[i]->key, i);
		assert_int_equal(m->leaves[i]->value->size, 1);
	}
	buf_free(&in);
}

static void test_unknown_fields(void **state)
{
	struct state *s = *state;
	struct slice in = SLICE("\x08\x01\xa0\x06\x05\xa1\x06\1\2\3\4\5\6\7\x08\xa2\x06\x02xy\xa5\x06\1\2\3\4"
				/* known numbers with another wire type */
				"\x0a\x01x\x78\x05");
	Scalars *m = decode(s, &Scalars_desc, in);
	assert_int_equal(m->i32, 1);
	assert_string_equal(m->text, "");
	assert_int_equal(m->base.n_unknown_fields, 0);
	assert_int_equal(pb_size(m), 2);

	struct pb_limits limits = pb_default_limits;
	limits.keep_unknown = true;
	ProtobufCMessage *kept;
	assert_int_equal(pb_decode_within(&s->arena, &Scalars_desc, in, &limits, &s->fault, &kept), OK);
	assert_int_equal(kept->n_unknown_fields, 6);
	assert_true(slice_eq(pb_encode_arena(kept, &s->arena), in));
}

/* `levels` messages inside each other, written backwards. */
static struct slice nested(struct arena *a, size_t levels)
{
	size_t room = levels * 6;
	uint8_t *bytes = arena_alloc(a, room);
	size_t at = room;
	for (size_t i = 1; i < levels; i++) {
		uint64_t len = room - at;
		uint8_t varint[10];
		size_t n = 0;
		do {
			varint[n++] = (uint8_t)((len & 0x7f) | (len > 0x7f ? 0x80 : 0));
			len >>= 7;
		} while (len > 0);
		at -= n;
		memcpy(bytes + at, varint, n);
		bytes[--at] = 0x0a;
	}
	return slice_of(bytes + at, room - at);
}

static void test_depth(void **state)
{
	struct state *s = *state;
	Tree *m = decode(s, &Tree_desc, nested(&s->arena, LIMIT_MESSAGE_DEPTH));
	for (int i = 1; i < LIMIT_MESSAGE_DEPTH; i++)
		m = m->next;
	assert_null(m->next);
	ProtobufCMessage *out;
	assert_int_equal(pb_decode(&s->arena, &Tree_desc, nested(&s->arena, LIMIT_MESSAGE_DEPTH + 1), &s->fault, &out),
			 ERR_TOO_DEEP);
	/* Where protobuf-c overflows the stack. */
	assert_int_equal(pb_decode(&s->arena, &Tree_desc, nested(&s->arena, 8700), &s->fault, &out), ERR_TOO_DEEP);
	assert_int_equal(pb_decode(&s->arena, &Tree_desc, nested(&s->arena, 600000), &s->fault, &out), ERR_TOO_DEEP);
	assert_int_equal(strncmp(s->fault.field, "next.next.next", 14), 0);
}

/* Two bytes that ask for a struct each: the amplification is bounded by fields and by memory. */
static void test_amplification(void **state)
{
	struct state *s = *state;
	struct buf in = {0};
	for (int i = 0; i <= LIMIT_MESSAGE_FIELDS; i++)
		buf_add(&in, "\x1a", 2); /* children[], empty */
	struct slice most = slice_of(in.ptr, in.len - 2);
	decode(s, &Tree_desc, most);
	refused(s, &Tree_desc, buf_view(&in), ERR_TOO_LARGE, NULL);
	struct pb_limits limits = pb_default_limits;
	limits.memory_bytes = 1000000;
	ProtobufCMessage *out;
	size_t before = s->arena.used_bytes;
	assert_int_equal(pb_decode_within(&s->arena, &Tree_desc, most, &limits, &s->fault, &out), ERR_TOO_LARGE);
	assert_true(s->arena.used_bytes - before < limits.memory_bytes + 1000);
	assert_int_equal(strncmp(s->fault.field, "children[", 9), 0);

	/* Packed elements are fields, too. */
	buf_reset(&in);
	buf_add(&in, "\x0a\xc1\x9a\x0c", 4);
	for (int i = 0; i <= LIMIT_MESSAGE_FIELDS; i++)
		buf_byte(&in, 1);
	refused(s, &Lists_desc, buf_view(&in), ERR_TOO_LARGE, "i32[0]");
	/* More than a request may have. */
	limits = pb_default_limits;
	limits.bytes = 10;
	assert_int_equal(
	    pb_decode_within(&s->arena, &Scalars_desc, SLICE("\x7a\x09xxxxxxxxx"), &limits, &s->fault, &out),
	    ERR_TOO_LARGE);
	assert_int_equal(
	    pb_decode_within(&s->arena, &Scalars_desc, SLICE("\x7a\x08xxxxxxxx"), &limits, &s->fault, &out), OK);
	buf_free(&in);
}

/* Every memory bound is met without an allocation past it. */
static void test_memory_bounds(void **state)
{
	struct state *s = *state;
	Scalars scalars = full();
	Outer outer = Outer_INIT;
	outer.scalars = &scalars;
	struct slice in = pb_encode_arena(&outer, &s->arena);
	struct pb_limits limits = pb_default_limits;
	limits.keep_unknown = true;
	bool done = false;
	for (limits.memory_bytes = 0; !done && limits.memory_bytes < 4096; limits.memory_bytes += 8) {
		ProtobufCMessage *out;
		size_t before = s->arena.used_bytes;
		enum err err = pb_decode_within(&s->arena, &Outer_desc, in, &limits, &s->fault, &out);
		/* The path's text is the arena's as well. */
		assert_true(s->arena.used_bytes - before <= limits.memory_bytes + 32);
		assert_true(err == OK || err == ERR_TOO_LARGE);
		done = err == OK;
	}
	assert_true(done);
}

static void test_arena_guard(void **state)
{
	(void)state;
	struct arena small;
	jmp_buf guard;
	struct fault fault;
	ProtobufCMessage *out;
	Scalars m = full();
	uint8_t bytes[512];
	size_t len = protobuf_c_message_pack(&m.base, bytes);
	arena_init(&small, 256);
	volatile bool arrived = false;
	if (ARENA_GUARD(&small, &guard))
		(void)pb_decode(&small, &Scalars_desc, slice_of(bytes, len), &fault, &out);
	else
		arrived = true;
	assert_true(arrived);
	arena_free(&small);
}

static void test_typed(void **state)
{
	struct state *s = *state;
	Leaf *leaf;
	assert_int_equal(PB_DECODE(&s->arena, Leaf, SLICE("\x0a\x01x"), &s->fault, &leaf), OK);
	assert_string_equal(leaf->name, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_odd_varints, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_optional, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_merge, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_maps, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unknown_fields, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_amplification, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_memory_bounds, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_arena_guard, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_typed, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
