#include "rpc/status.h"

#include <stdio.h>
#include <strings.h>

#include "base/limits.h"
#include "paidan_pb.h"
#include "pb/base64.h"
#include "pb/pb_wire.h"
#include "pb/utf8.h"

/* The table's text, a field's path and a fault's detail. */
enum { TEXT_BYTES = LIMIT_PATH_BYTES + 512 };

struct texts {
	char zh[TEXT_BYTES];
	char en[TEXT_BYTES];
	char request_id[LIMIT_REQUEST_ID_CHARS + 1];
};

/* A detail is cut by bytes when it is too long: drops half a character at its end. */
static int whole_chars(const char *text)
{
	struct slice s = slice_str(text);
	for (int i = 0; i < 4 && s.len > 0 && utf8_check(s) != UTF8_OK; i++)
		s.len--;
	return utf8_check(s) == UTF8_OK ? (int)s.len : 0;
}

static void compose(char *to, const char *text, const char *field, const char *detail, const char *colon)
{
	snprintf(to, TEXT_BYTES, "%s%s%s%s%.*s", text, field[0] == '\0' ? "" : colon, field,
		 detail[0] == '\0' ? "" : colon, whole_chars(detail), detail);
}

static const char *field_of(const struct status *s)
{
	return s->fault == NULL || s->fault->field == NULL ? "" : s->fault->field;
}

static void texts_make(const struct status *s, struct texts *t)
{
	const struct err_info *info = err_info(s->err);
	const char *detail = s->fault == NULL ? "" : s->fault->detail;
	compose(t->zh, info->zh, field_of(s), detail, "：");
	compose(t->en, info->en, field_of(s), detail, ": ");
	snprintf(t->request_id, sizeof(t->request_id), "%.*s", SLICE_FMT(s->request_id));
}

static ErrorInfo info_make(const struct status *s, struct texts *t)
{
	ErrorInfo info = ErrorInfo_INIT;
	info.reason = (char *)(uintptr_t)err_info(s->err)->reason;
	info.field = (char *)(uintptr_t)field_of(s);
	info.message_zh = t->zh;
	info.message_en = t->en;
	info.request_id = t->request_id;
	return info;
}

void status_message(const struct status *s, struct buf *out)
{
	struct texts t;
	texts_make(s, &t);
	buf_str(out, s->zh ? t.zh : t.en);
}

/* gRPC and Connect want no padding. */
static void base64_unpadded(struct slice bytes, struct buf *out)
{
	base64_encode(bytes, out);
	while (out->len > 0 && out->ptr[out->len - 1] == '=')
		out->len--;
}

void status_details(const struct status *s, struct buf *out)
{
	struct texts t;
	struct buf bytes = {0};
	texts_make(s, &t);
	ErrorInfo info = info_make(s, &t);
	pb_encode(&info, &bytes);
	RpcStatusDetail detail = RpcStatusDetail_INIT;
	detail.type_url = (char *)(uintptr_t) "type.googleapis.com/paidan.v1.ErrorInfo";
	detail.value = (ProtobufCBinaryData){bytes.len, bytes.ptr};
	RpcStatusDetail *details[] = {&detail};
	RpcStatus status = RpcStatus_INIT;
	status.code = (int32_t)err_info(s->err)->code;
	status.message = s->zh ? t.zh : t.en;
	status.n_details = 1;
	status.details = details;
	struct buf whole = {0};
	pb_encode(&status, &whole);
	out->failed = out->failed || bytes.failed || whole.failed;
	base64_unpadded(buf_view(&whole), out);
	buf_free(&whole);
	buf_free(&bytes);
}

static void json_string(struct buf *out, const char *text)
{
	buf_byte(out, '"');
	for (const unsigned char *c = (const unsigned char *)text; *c != 0; c++) {
		if (*c == '"' || *c == '\\') {
			buf_byte(out, '\\');
			buf_byte(out, *c);
		} else if (*c < ' ') {
			buf_printf(out, "\\u%04x", *c);
		} else {
			buf_byte(out, *c);
		}
	}
	buf_byte(out, '"');
}

static void json_member(struct buf *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buf_printf(out, ",\"%s\":", key);
	json_string(out, value);
}

void status_json(const struct status *s, struct buf *out)
{
	struct texts t;
	texts_make(s, &t);
	ErrorInfo info = info_make(s, &t);
	struct buf bytes = {0};
	pb_encode(&info, &bytes);
	buf_printf(out, "{\"code\":\"%s\"", grpc_code_name(err_info(s->err)->code));
	json_member(out, "message", s->zh ? t.zh : t.en);
	buf_str(out, ",\"details\":[{\"type\":\"paidan.v1.ErrorInfo\",\"value\":\"");
	base64_unpadded(buf_view(&bytes), out);
	buf_printf(out, "\",\"debug\":{\"reason\":\"%s\"", info.reason);
	json_member(out, "field", info.field);
	json_member(out, "messageZh", info.message_zh);
	json_member(out, "messageEn", info.message_en);
	json_member(out, "requestId", info.request_id);
	buf_str(out, "}}]}");
	out->failed = out->failed || bytes.failed;
	buf_free(&bytes);
}

bool status_prefers_zh(struct slice accept_language)
{
	struct slice s = accept_language;
	while (s.len > 0 && s.ptr[0] == ' ')
		s = slice_from(s, 1);
	if (s.len < 2 || strncasecmp((const char *)s.ptr, "zh", 2) != 0)
		return false;
	return s.len == 2 || s.ptr[2] == '-' || s.ptr[2] == ',' || s.ptr[2] == ';' || s.ptr[2] == ' ';
}
