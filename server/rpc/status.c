#include "rpc/status.h"

#include <stdio.h>
#include <strings.h>

#include "base/limits.h"
#include "paidan_pb.h"
#include "pb/base64.h"
#include "pb/pb_wire.h"
#include "pb/utf8.h"
#include "rpc_pb.h"

/* The table's text, a field's path, a fault's detail and how much more is wrong. */
enum { TEXT_BYTES = LIMIT_PATH_BYTES + 512 };

#define TYPE_URL "type.googleapis.com/"
#define TYPE_INFO "paidan.v1.ErrorInfo"
#define TYPE_BAD "google.rpc.BadRequest"
#define LOCALE_ZH "zh-CN"

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

static size_t n_violations(const struct status *s)
{
	return s->fault == NULL ? 0 : s->fault->n_violations;
}

/* Who shows only the message learns at least that fixing one field will not do. */
static void compose_more(char *to, const char *format, size_t more)
{
	size_t len = strlen(to);
	snprintf(to + len, TEXT_BYTES - len, format, more);
}

static const char *field_of(const struct status *s)
{
	return s->fault == NULL || s->fault->field == NULL ? "" : s->fault->field;
}

static void texts_make(const struct status *s, struct texts *t)
{
	const struct err_info *info = err_info(s->err);
	const char *detail = s->fault == NULL ? "" : s->fault->detail;
	const char *detail_zh = s->fault == NULL ? "" : s->fault->detail_zh;
	size_t n = n_violations(s);
	compose(t->zh, info->zh, field_of(s), n > 0 ? s->fault->violations[0].zh : detail_zh, "：");
	compose(t->en, info->en, field_of(s), n > 0 ? s->fault->violations[0].en : detail, ": ");
	if (n > 1) {
		compose_more(t->zh, "（另有 %zu 处错误）", n - 1);
		compose_more(t->en, " (and %zu more)", n - 1);
	}
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

/* google.rpc.BadRequest with all that is wrong. */
static void encode_violations(const struct status *s, struct buf *out)
{
	Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
	Google__Rpc__BadRequest__FieldViolation rows[LIMIT_VIOLATIONS], *list[LIMIT_VIOLATIONS];
	Google__Rpc__LocalizedMessage zh[LIMIT_VIOLATIONS];
	for (size_t i = 0; i < n_violations(s) && i < LIMIT_VIOLATIONS; i++) {
		const struct violation *violation = &s->fault->violations[i];
		google__rpc__localized_message__init(&zh[i]);
		zh[i].locale = (char *)(uintptr_t)LOCALE_ZH;
		zh[i].message = (char *)(uintptr_t)violation->zh;
		google__rpc__bad_request__field_violation__init(&rows[i]);
		rows[i].field = (char *)(uintptr_t)violation->field;
		rows[i].description = (char *)(uintptr_t)violation->en;
		rows[i].reason = (char *)(uintptr_t)err_info(violation->err)->reason;
		rows[i].localized_message = &zh[i];
		list[bad.n_field_violations++] = &rows[i];
	}
	bad.field_violations = list;
	pb_encode(&bad, out);
}

static RpcStatusDetail detail_make(const char *type_url, const struct buf *bytes)
{
	RpcStatusDetail detail = RpcStatusDetail_INIT;
	detail.type_url = (char *)(uintptr_t)type_url;
	detail.value = (ProtobufCBinaryData){bytes->len, bytes->ptr};
	return detail;
}

void status_details(const struct status *s, struct buf *out)
{
	struct texts t;
	struct buf bytes = {0}, violations = {0};
	texts_make(s, &t);
	ErrorInfo info = info_make(s, &t);
	pb_encode(&info, &bytes);
	encode_violations(s, &violations);
	RpcStatusDetail ours = detail_make(TYPE_URL TYPE_INFO, &bytes),
			all = detail_make(TYPE_URL TYPE_BAD, &violations);
	RpcStatusDetail *details[] = {&ours, &all};
	RpcStatus status = RpcStatus_INIT;
	status.code = (int32_t)err_info(s->err)->code;
	status.message = s->zh ? t.zh : t.en;
	status.n_details = n_violations(s) > 0 ? 2 : 1;
	status.details = details;
	struct buf whole = {0};
	pb_encode(&status, &whole);
	out->failed = out->failed || bytes.failed || violations.failed || whole.failed;
	base64_unpadded(buf_view(&whole), out);
	buf_free(&whole);
	buf_free(&violations);
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

static void json_violations(const struct status *s, struct buf *out)
{
	struct buf bytes = {0};
	encode_violations(s, &bytes);
	buf_str(out, ",{\"type\":\"" TYPE_BAD "\",\"value\":\"");
	base64_unpadded(buf_view(&bytes), out);
	buf_str(out, "\",\"debug\":{\"fieldViolations\":[");
	for (size_t i = 0; i < n_violations(s); i++) {
		const struct violation *violation = &s->fault->violations[i];
		buf_printf(out, "%s{\"reason\":\"%s\"", i == 0 ? "" : ",", err_info(violation->err)->reason);
		json_member(out, "field", violation->field);
		json_member(out, "description", violation->en);
		buf_str(out, ",\"localizedMessage\":{\"locale\":\"" LOCALE_ZH "\"");
		json_member(out, "message", violation->zh);
		buf_str(out, "}}");
	}
	buf_str(out, "]}}");
	out->failed = out->failed || bytes.failed;
	buf_free(&bytes);
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
	buf_str(out, ",\"details\":[{\"type\":\"" TYPE_INFO "\",\"value\":\"");
	base64_unpadded(buf_view(&bytes), out);
	buf_printf(out, "\",\"debug\":{\"reason\":\"%s\"", info.reason);
	json_member(out, "field", info.field);
	json_member(out, "messageZh", info.message_zh);
	json_member(out, "messageEn", info.message_en);
	json_member(out, "requestId", info.request_id);
	buf_str(out, "}}");
	if (n_violations(s) > 0)
		json_violations(s, out);
	buf_str(out, "]}");
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
