/* The small texts of the RPC protocols: frames, escapes, timeouts, content types, gzip, credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "rpc/auth.h"
#include "rpc/cors.h"
#include "rpc/frames.h"
#include "rpc/gzip.h"
#include "rpc/percent.h"
#include "rpc/protocol.h"
#include "rpc/status.h"
#include "rpc/timeout.h"
#include "rpc/trace.h"

static void frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint8_t known;
		enum frame_verdict verdict;
		size_t payload;
		size_t rest;
	} rows[] = {
	    {"", 0, 1, FRAME_PARTIAL, 0, 0},
	    {"\0", 1, 1, FRAME_PARTIAL, 0, 1},
	    {"\0\0\0\0", 4, 1, FRAME_PARTIAL, 0, 4},
	    {"\0\0\0\0\0", 5, 1, FRAME_WHOLE, 0, 0},
	    {"\1\0\0\0\2ab", 7, 1, FRAME_WHOLE, 2, 0},
	    {"\0\0\0\0\2a", 6, 1, FRAME_PARTIAL, 0, 6},
	    {"\0\0\0\0\1abc", 8, 1, FRAME_WHOLE, 1, 2},
	    {"\0\0\0\0\144", 5, 1, FRAME_PARTIAL, 0, 5},
	    {"\0\0\0\0\145", 5, 1, FRAME_TOO_LARGE, 0, 5},
	    {"\0\377\377\377\377", 5, 1, FRAME_TOO_LARGE, 0, 5},
	    {"\2", 1, 1, FRAME_BAD_FLAGS, 0, 1},
	    {"\200\0\0\0\0", 5, 1, FRAME_BAD_FLAGS, 0, 5},
	    {"\2\0\0\0\2{}", 7, 3, FRAME_WHOLE, 2, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice in = slice_of(rows[i].bytes, rows[i].len);
		struct frame frame = {0};
		assert_int_equal(frame_next(&in, rows[i].known, 100, &frame), rows[i].verdict);
		assert_int_equal(frame.payload.len, rows[i].payload);
		assert_int_equal(in.len, rows[i].rest);
	}
	uint8_t head[FRAME_HEAD_BYTES];
	frame_head(head, FRAME_COMPRESSED, 0x01020304);
	assert_memory_equal(head, "\1\1\2\3\4", 5);
}

static void percent(void **state)
{
	static const char *const messages[][2] = {
	    {"", ""},
	    {"plain text!", "plain text!"},
	    {"100%", "100%25"},
	    {"a\nb\tc", "a%0Ab%09c"},
	    {"未找到", "%E6%9C%AA%E6%89%BE%E5%88%B0"},
	    {"~\x7f", "~%7F"},
	};
	static const char *const queries[][2] = {
	    {"a+b", "a b"}, {"%7B%22a%22%3a1%7d", "{\"a\":1}"}, {"%", NULL}, {"%4", NULL}, {"%4g", NULL}, {"", ""},
	};
	(void)state;
	struct buf out = {0};
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		buf_reset(&out);
		percent_encode_message(slice_str(messages[i][0]), &out);
		assert_int_equal(out.len, strlen(messages[i][1]));
		assert_true(slice_eq(buf_view(&out), slice_str(messages[i][1])));
	}
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		buf_reset(&out);
		assert_int_equal(percent_decode_query(slice_str(queries[i][0]), &out), queries[i][1] != NULL);
		if (queries[i][1] != NULL)
			assert_true(slice_eq(buf_view(&out), slice_str(queries[i][1])));
	}
	buf_free(&out);
}

static void timeouts(void **state)
{
	static const struct {
		const char *text;
		int64_t grpc_ms; /* -1: malformed */
		int64_t connect_ms;
	} rows[] = {
	    {"", -1, -1},
	    {"0", -1, 0},
	    {"5", -1, 5},
	    {"9999999999", -1, 9999999999},
	    {"12345678901", -1, -1},
	    {"-1", -1, -1},
	    {"+1", -1, -1},
	    {" 1", -1, -1},
	    {"1.5S", -1, -1},
	    {"0n", 0, -1},
	    {"1n", 1, -1},
	    {"1u", 1, -1},
	    {"1001u", 2, -1},
	    {"250m", 250, -1},
	    {"3S", 3000, -1},
	    {"2M", 120000, -1},
	    {"1H", 3600000, -1},
	    {"99999999H", INT64_C(99999999) * 3600000, -1},
	    {"100000000m", -1, -1},
	    {"5s", -1, -1},
	    {"S", -1, -1},
	    {"5 m", -1, -1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms;
		assert_int_equal(timeout_grpc(slice_str(rows[i].text), &ms) ? ms : -1, rows[i].grpc_ms);
		assert_int_equal(timeout_connect(slice_str(rows[i].text), &ms) ? ms : -1, rows[i].connect_ms);
	}
}

static void content_types(void **state)
{
	static const struct {
		const char *text;
		int protocol; /* -1: unknown */
		enum codec codec;
	} rows[] = {
	    {"application/grpc", PROTOCOL_GRPC, CODEC_PROTO},
	    {"application/grpc+proto", PROTOCOL_GRPC, CODEC_PROTO},
	    {"application/grpc+json", PROTOCOL_GRPC, CODEC_JSON},
	    {"application/json", PROTOCOL_CONNECT, CODEC_JSON},
	    {"Application/JSON; charset=UTF-8", PROTOCOL_CONNECT, CODEC_JSON},
	    {"application/json;charset=\"utf-8\"", PROTOCOL_CONNECT, CODEC_JSON},
	    {"application/json; charset=gbk", -1, CODEC_JSON},
	    {"application/proto", PROTOCOL_CONNECT, CODEC_PROTO},
	    {"application/connect+json", PROTOCOL_CONNECT_STREAM, CODEC_JSON},
	    {"application/connect+proto", PROTOCOL_CONNECT_STREAM, CODEC_PROTO},
	    {"application/grpc-web", -1, CODEC_PROTO},
	    {"application/grpc+xml", -1, CODEC_PROTO},
	    {"text/plain", -1, CODEC_PROTO},
	    {"", -1, CODEC_PROTO},
	    {";", -1, CODEC_PROTO},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct protocol_type *type = protocol_by_content_type(slice_str(rows[i].text));
		assert_int_equal(type == NULL ? -1 : (int)type->protocol, rows[i].protocol);
		if (type != NULL)
			assert_int_equal(type->codec, rows[i].codec);
	}
}

static void gzip(void **state)
{
	(void)state;
	struct buf plain = {0}, packed = {0}, back = {0};
	for (int i = 0; i < 5000; i++)
		buf_uint(&plain, (uint64_t)i % 37);
	assert_true(gzip_deflate(buf_view(&plain), &packed));
	assert_true(packed.len < plain.len / 2);
	assert_int_equal(gzip_inflate(buf_view(&packed), plain.len, &back), OK);
	assert_true(slice_eq(buf_view(&back), buf_view(&plain)));
	/* One byte less is too much; the memory is bounded too. */
	buf_reset(&back);
	assert_int_equal(gzip_inflate(buf_view(&packed), plain.len - 1, &back), ERR_TOO_LARGE);
	assert_true(back.len <= plain.len);
	/* Cut anywhere, it is not gzip; so it is with something behind it. */
	for (size_t len = 0; len < packed.len; len += 7) {
		buf_reset(&back);
		assert_int_equal(gzip_inflate(slice_of(packed.ptr, len), plain.len, &back), ERR_BAD_REQUEST);
	}
	buf_byte(&packed, 0);
	buf_reset(&back);
	assert_int_equal(gzip_inflate(buf_view(&packed), plain.len, &back), ERR_BAD_REQUEST);
	buf_reset(&back);
	assert_int_equal(gzip_inflate(SLICE("no gzip at all"), 100, &back), ERR_BAD_REQUEST);
	/* The empty message. */
	buf_reset(&packed);
	buf_reset(&back);
	assert_true(gzip_deflate(SLICE_NONE, &packed));
	assert_int_equal(gzip_inflate(buf_view(&packed), 0, &back), OK);
	assert_int_equal(back.len, 0);
	buf_free(&plain);
	buf_free(&packed);
	buf_free(&back);
}

static void languages(void **state)
{
	static const char *const zh[] = {"zh", "zh-CN", "zh-Hans-CN,zh;q=0.9", "ZH", "zh;q=1", " zh, en"};
	static const char *const other[] = {"", "en", "en,zh", "zha", "de, zh;q=0.5", "z"};
	(void)state;
	for (size_t i = 0; i < sizeof(zh) / sizeof(zh[0]); i++)
		assert_true(status_prefers_zh(slice_str(zh[i])));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_false(status_prefers_zh(slice_str(other[i])));
}

/* --- credentials --- */

struct credential_row {
	const char *authorization;
	const char *tenant;
	const char *act_as;
	enum err err;
	enum credential_kind kind;
	const char *got_tenant;
	const char *got_id; /* of the key, or acted for */
};

static void longest_parts(struct auth *auth, struct arena *arena)
{
	struct credential got;
	struct fault fault = {0};
	/* The longest parts, and one character more of each. */
	for (int part = 0; part < 3; part++) {
		static const int longest[] = {LIMIT_TENANT_ID_CHARS, LIMIT_ID_CHARS, LIMIT_KEY_SECRET_CHARS};
		for (int more = 0; more < 2; more++) {
			char text[512];
			int len[] = {1, 1, 1};
			len[part] = longest[part] + more;
			snprintf(text, sizeof(text), "Bearer pdk_%0*d_%0*d_%0*d", len[0], 1, len[1], 1, len[2], 1);
			struct auth_headers long_key = {slice_str(text), SLICE_NONE, SLICE_NONE, arena, NULL, 0, 0,
							SLICE_NONE};
			assert_int_equal(auth_credential(auth, &long_key, &got, &fault),
					 more == 0 ? OK : ERR_UNAUTHENTICATED);
		}
	}
}

static void credentials(void **state)
{
	static const char root[] = "pdr_0123456789012345678901234567890";
	static const struct credential_row rows[] = {
	    {"", "", "", OK, CREDENTIAL_NONE, "", ""},
	    {"Bearer pdk_demo_k1_secret", "", "", OK, CREDENTIAL_KEY, "demo", "k1"},
	    {"bearer   pdk_demo_k1_secret", "", "", OK, CREDENTIAL_KEY, "demo", "k1"},
	    {"Bearer pdk_demo_k1_se_cr_et", "", "", OK, CREDENTIAL_KEY, "demo", "k1"},
	    {"Basic cGRrOg==", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer ", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_demo", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_demo_k1", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_demo_k1_", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk__k1_secret", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_demo__secret", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_DEMO_k1_secret", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_a}b_k1_secret", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdk_abcdefghijklmnopqrstuvwxy_k1_secret", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    {"Bearer pdr_0123456789012345678901234567890", "", "", OK, CREDENTIAL_ROOT, "", ""},
	    {"Bearer pdr_0123456789012345678901234567890", "demo", "", OK, CREDENTIAL_ROOT, "demo", ""},
	    {"Bearer a.b.c", "demo", "", ERR_TOKEN_MALFORMED, 0, "", ""},
	    {"Bearer pdr_0123456789012345678901234567890", "de{mo", "", ERR_FIELD_INVALID, 0, "", ""},
	    {"Bearer pdr_0123456789012345678901234567891", "", "", ERR_UNAUTHENTICATED, 0, "", ""},
	    /* The tenant of a key can't be chosen. */
	    {"Bearer pdk_demo_k1_secret", "other", "", OK, CREDENTIAL_KEY, "demo", "k1"},
	    {"Bearer pdk_demo_k1_secret", "", "resident/r000000a", OK, CREDENTIAL_KEY, "demo", "r000000a"},
	    {"Bearer pdk_demo_k1_secret", "", "member/m000000a", OK, CREDENTIAL_KEY, "demo", "m000000a"},
	    {"Bearer pdk_demo_k1_secret", "", "resident/", ERR_FIELD_INVALID, 0, "", ""},
	    {"Bearer pdk_demo_k1_secret", "", "admin/a", ERR_FIELD_INVALID, 0, "", ""},
	    {"Bearer pdk_demo_k1_secret", "", "member/M:1", ERR_FIELD_INVALID, 0, "", ""},
	};
	uint8_t hash[AUTH_SHA256_BYTES];
	struct arena arena;
	(void)state;
	arena_init(&arena, 1 << 20);
	struct auth *plain = auth_new(NULL);
	assert_true(auth_sha256(plain, slice_str(root), hash));
	struct auth *auth = auth_new(hash);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct credential_row *row = &rows[i];
		struct auth_headers headers = {slice_str(row->authorization),
					       slice_str(row->tenant),
					       slice_str(row->act_as),
					       &arena,
					       NULL,
					       0,
					       0,
					       SLICE_NONE};
		struct credential got;
		struct fault fault = {0};
		enum err err = auth_credential(auth, &headers, &got, &fault);
		if (err != row->err)
			fail_msg("%s %s: %s", row->authorization, row->act_as, err_info(err)->reason);
		if (err != OK)
			continue;
		assert_int_equal(got.kind, row->kind);
		assert_true(slice_eq(got.tenant, slice_str(row->got_tenant)));
		struct slice id = got.act_as == ROLE_UNSPECIFIED ? got.id : got.act_as_id;
		assert_true(slice_eq(id, slice_str(row->got_id)));
	}
	/* The secret leaves as its hash. */
	struct auth_headers headers = {
	    SLICE("Bearer pdk_demo_k1_abc"), SLICE_NONE, SLICE_NONE, &arena, NULL, 0, 0, SLICE_NONE};
	struct credential got;
	struct fault fault = {0};
	assert_int_equal(auth_credential(auth, &headers, &got, &fault), OK);
	assert_memory_equal(got.secret_sha256, "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23", 16);
	longest_parts(auth, &arena);
	/* What is refused leaves nothing for the log. */
	struct auth_headers swapped = {
	    SLICE("Bearer pdk_secret_demo_"), SLICE_NONE, SLICE_NONE, &arena, NULL, 0, 0, SLICE_NONE};
	assert_int_equal(auth_credential(auth, &swapped, &got, &fault), ERR_UNAUTHENTICATED);
	assert_int_equal(got.tenant.len + got.id.len, 0);
	/* Without a root key nobody is root. */
	struct auth_headers empty = {SLICE("Bearer pdr_"), SLICE_NONE, SLICE_NONE, &arena, NULL, 0, 0, SLICE_NONE};
	assert_int_equal(auth_credential(plain, &empty, &got, &fault), ERR_UNAUTHENTICATED);
	auth_free(plain);
	auth_free(auth);
	auth_free(NULL);
	arena_free(&arena);
}

static void origins(void **state)
{
	static const struct {
		const char *list;
		bool fine;
	} rows[] = {
	    {"", true},
	    {"*", true},
	    {"https://desk.example", true},
	    {" https://desk.example,http://localhost:5173\thttps://[::1]:8443 , ", true},
	    {"desk.example", false},
	    {"https://", false},
	    {"https://desk.example/", false},
	    {"https://Desk.example", false},
	    {"https://*.example", false},
	    {"ftp://desk.example", false},
	    {"null", false},
	};
	(void)state;
	assert_true(cors_is_list(NULL));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (cors_is_list(rows[i].list) != rows[i].fine)
			fail_msg("%s", rows[i].list);
	}
}

static void traces(void **state)
{
	(void)state;
	struct trace t;
	char hex[TRACE_SPAN_CHARS];
	assert_true(slice_eq(trace_hex(0xabc, hex), slice_of("0000000000000abc", 16)));
	assert_true(trace_read(SLICE("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), 255, &t));
	assert_string_equal(t.text, "00-0af7651916cd43dd8448eb211c80319c-00000000000000ff-01");
	assert_string_equal(t.parent, "b7ad6b7169203331");
	assert_true(slice_eq(trace_id(&t), SLICE("0af7651916cd43dd8448eb211c80319c")));
	assert_false(trace_read(SLICE("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"), 1, &t));
	assert_false(trace_read(SLICE_NONE, 1, &t));
	assert_true(trace_read_binary(SLICE("x,AAAK92UZFs1D3YRI6yEcgDGcAbeta3FpIDMxAgE"), 255, &t));
	assert_string_equal(t.text, "00-0af7651916cd43dd8448eb211c80319c-00000000000000ff-01");
	assert_false(trace_read_binary(SLICE(",,"), 1, &t));
	/* Longer than the room that it is read into. */
	char text[200];
	memset(text, 'A', sizeof(text));
	for (size_t len = 0; len <= sizeof(text); len++)
		assert_false(trace_read_binary(slice_of(text, len), 1, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames),        cmocka_unit_test(percent), cmocka_unit_test(timeouts),
	    cmocka_unit_test(content_types), cmocka_unit_test(gzip),    cmocka_unit_test(languages),
	    cmocka_unit_test(credentials),   cmocka_unit_test(origins), cmocka_unit_test(traces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
