#include "rpc_error.h"

#include <stdarg.h>
#include <stdio.h>

#include "rpc_field.h"

enum { DETAILS_BYTES = 8192 };

static const struct {
	const char *name;
	enum err err; /* the reason when the server gives none */
} codes[] = {
    [GRPC_OK] = {"OK", OK},
    [GRPC_CANCELLED] = {"CANCELLED", ERR_CANCELLED},
    [GRPC_UNKNOWN] = {"UNKNOWN", ERR_INTERNAL},
    [GRPC_INVALID_ARGUMENT] = {"INVALID_ARGUMENT", ERR_BAD_REQUEST},
    [GRPC_DEADLINE_EXCEEDED] = {"DEADLINE_EXCEEDED", ERR_DEADLINE_EXCEEDED},
    [GRPC_NOT_FOUND] = {"NOT_FOUND", ERR_NOT_FOUND},
    [GRPC_ALREADY_EXISTS] = {"ALREADY_EXISTS", ERR_ALREADY_EXISTS},
    [GRPC_PERMISSION_DENIED] = {"PERMISSION_DENIED", ERR_PERMISSION_DENIED},
    [GRPC_RESOURCE_EXHAUSTED] = {"RESOURCE_EXHAUSTED", ERR_RATE_LIMITED},
    [GRPC_FAILED_PRECONDITION] = {"FAILED_PRECONDITION", ERR_ORDER_STATE},
    [GRPC_ABORTED] = {"ABORTED", ERR_CONFLICT},
    [GRPC_OUT_OF_RANGE] = {"OUT_OF_RANGE", ERR_EVENTS_GONE},
    [GRPC_UNIMPLEMENTED] = {"UNIMPLEMENTED", ERR_UNKNOWN_METHOD},
    [GRPC_INTERNAL] = {"INTERNAL", ERR_INTERNAL},
    [GRPC_UNAVAILABLE] = {"UNAVAILABLE", ERR_UNAVAILABLE},
    [GRPC_DATA_LOSS] = {"DATA_LOSS", ERR_DATA_CORRUPT},
    [GRPC_UNAUTHENTICATED] = {"UNAUTHENTICATED", ERR_UNAUTHENTICATED},
};

const char *rpc_code_name(enum grpc_code code)
{
	size_t i = (size_t)code;
	return i < sizeof(codes) / sizeof(codes[0]) ? codes[i].name : "UNKNOWN";
}

const struct err_info *rpc_reason_info(const char *reason)
{
	enum err err;
	return err_find(reason, &err) ? err_info(err) : NULL;
}

/* Copies what fits, without cutting a UTF-8 character in two. */
static void text_set(char *to, size_t room, struct slice from)
{
	size_t len = from.len;
	if (len >= room) {
		len = room - 1;
		while (len > 0 && (from.ptr[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(to, from.ptr, len);
	to[len] = '\0';
}

#define TEXT_SET(array, slice) text_set((array), sizeof(array), (slice))

void rpc_error_texts(struct rpc_error *e, enum err err, const char *zh, const char *en)
{
	const struct err_info *info = err_info(err);
	*e = (struct rpc_error){.code = info->code};
	TEXT_SET(e->reason, slice_str(info->reason));
	TEXT_SET(e->zh, slice_str(zh));
	TEXT_SET(e->en, slice_str(en));
}

void rpc_error_local(struct rpc_error *e, enum err err, const char *detail, ...)
{
	const struct err_info *info = err_info(err);
	rpc_error_texts(e, err, info->zh, info->en);
	if (detail == NULL)
		return;
	char text[256];
	char both[700];
	va_list args;
	va_start(args, detail);
	vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	snprintf(both, sizeof(both), "%s：%s", info->zh, text);
	TEXT_SET(e->zh, slice_str(both));
	snprintf(both, sizeof(both), "%s: %s", info->en, text);
	TEXT_SET(e->en, slice_str(both));
}

void rpc_error_both(struct rpc_error *e, enum err err, const char *zh, const char *en, ...)
{
	char zh_text[384], en_text[512];
	va_list args;
	va_start(args, en);
	vsnprintf(zh_text, sizeof(zh_text), zh, args);
	va_end(args);
	va_start(args, en);
	vsnprintf(en_text, sizeof(en_text), en, args);
	va_end(args);
	rpc_error_texts(e, err, zh_text, en_text);
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* grpc-message is percent-encoded; what is not a proper escape stays as it is (the gRPC spec asks so).
 * Control characters become spaces: the text ends up on terminals. */
static void percent_decode(char *to, size_t room, struct slice from)
{
	uint8_t text[1024];
	size_t n = 0;
	for (size_t i = 0; i < from.len && n < sizeof(text); i++) {
		uint8_t c = from.ptr[i];
		if (c == '%' && from.len - i > 2 && hex_digit(from.ptr[i + 1]) >= 0 &&
		    hex_digit(from.ptr[i + 2]) >= 0) {
			c = (uint8_t)(hex_digit(from.ptr[i + 1]) * 16 + hex_digit(from.ptr[i + 2]));
			i += 2;
		}
		text[n++] = c < ' ' || c == 0x7f ? ' ' : c;
	}
	text_set(to, room, slice_of(text, n));
}

static int base64_digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

/* Padded or not; stops at what is not base64. */
static struct slice base64_decode(uint8_t *to, size_t room, struct slice from)
{
	size_t n = 0;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < from.len; i++) {
		int digit = base64_digit(from.ptr[i]);
		if (digit < 0)
			break;
		bits = (bits << 6 | (uint32_t)digit) & 0xffffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			if (n == room)
				break;
			to[n++] = (uint8_t)(bits >> have);
		}
	}
	return slice_of(to, n);
}

/* paidan.v1.ErrorInfo */
static void read_info(struct rpc_error *e, struct slice bytes)
{
	struct rpc_field f;
	while (rpc_field_next(&bytes, &f)) {
		if (f.type != RPC_BYTES)
			continue;
		if (f.number == 1)
			TEXT_SET(e->reason, f.bytes);
		else if (f.number == 2)
			TEXT_SET(e->field, f.bytes);
		else if (f.number == 3)
			TEXT_SET(e->zh, f.bytes);
		else if (f.number == 4)
			TEXT_SET(e->en, f.bytes);
		else if (f.number == 5)
			TEXT_SET(e->request_id, f.bytes);
	}
}

/* google.protobuf.Any: its value, if it is of that type; other details than those we know are passed over. */
static bool read_any(struct slice bytes, const char *wanted, struct slice *value)
{
	struct slice type = SLICE_NONE;
	struct rpc_field f;
	*value = SLICE_NONE;
	while (rpc_field_next(&bytes, &f)) {
		if (f.type == RPC_BYTES && f.number == 1)
			type = f.bytes;
		else if (f.type == RPC_BYTES && f.number == 2)
			*value = f.bytes;
	}
	size_t len = strlen(wanted);
	return type.len >= len && memcmp(type.ptr + type.len - len, wanted, len) == 0;
}

/* google.rpc.Status: the next of its details of that type. */
static bool next_detail(struct slice *status, const char *wanted, struct slice *value)
{
	struct rpc_field f;
	while (rpc_field_next(status, &f)) {
		if (f.type == RPC_BYTES && f.number == 3 && read_any(f.bytes, wanted, value))
			return true;
	}
	return false;
}

/* google.rpc.LocalizedMessage */
static void read_localized(struct rpc_violation *v, struct slice bytes)
{
	struct rpc_field f;
	while (rpc_field_next(&bytes, &f)) {
		if (f.type == RPC_BYTES && f.number == 2)
			TEXT_SET(v->zh, f.bytes);
	}
}

/* google.rpc.BadRequest.FieldViolation; the localized message is the Chinese one. */
static void read_violation(struct rpc_violation *v, struct slice bytes)
{
	struct rpc_field f;
	*v = (struct rpc_violation){.reason = ""};
	while (rpc_field_next(&bytes, &f)) {
		if (f.type != RPC_BYTES)
			continue;
		if (f.number == 1)
			TEXT_SET(v->field, f.bytes);
		else if (f.number == 2)
			TEXT_SET(v->en, f.bytes);
		else if (f.number == 3)
			TEXT_SET(v->reason, f.bytes);
		else if (f.number == 4)
			read_localized(v, f.bytes);
	}
}

static void fill_gaps(struct rpc_error *e)
{
	size_t i = (size_t)e->code;
	const struct err_info *info = err_info(i < sizeof(codes) / sizeof(codes[0]) ? codes[i].err : ERR_INTERNAL);
	if (e->reason[0] == '\0')
		TEXT_SET(e->reason, slice_str(rpc_code_name(e->code)));
	if (e->en[0] == '\0')
		TEXT_SET(e->en, slice_str(e->zh[0] != '\0' ? e->zh : info->en));
	if (e->zh[0] == '\0')
		TEXT_SET(e->zh, slice_str(e->en));
}

enum grpc_code rpc_code_parse(struct slice text)
{
	unsigned code = 0;
	if (text.len == 0 || text.len > 2)
		return GRPC_UNKNOWN;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return GRPC_UNKNOWN;
		code = code * 10 + (unsigned)(text.ptr[i] - '0');
	}
	return code <= GRPC_UNAUTHENTICATED ? (enum grpc_code)code : GRPC_UNKNOWN;
}

void rpc_error_from_status(struct rpc_error *e, enum grpc_code code, struct slice message, struct slice details)
{
	*e = (struct rpc_error){.code = code};
	if (e->code == GRPC_OK)
		return;
	percent_decode(e->en, sizeof(e->en), message);
	if (details.len > 0) {
		uint8_t bytes[DETAILS_BYTES];
		struct slice status = base64_decode(bytes, sizeof(bytes), details), info;
		while (next_detail(&status, "/paidan.v1.ErrorInfo", &info))
			read_info(e, info);
	}
	fill_gaps(e);
}

size_t rpc_violations(struct slice details, struct rpc_violation *out, size_t max)
{
	uint8_t bytes[DETAILS_BYTES];
	struct slice status = base64_decode(bytes, sizeof(bytes), details), bad;
	size_t n = 0;
	while (next_detail(&status, "/google.rpc.BadRequest", &bad)) {
		struct rpc_field f;
		while (n < max && rpc_field_next(&bad, &f)) {
			if (f.type == RPC_BYTES && f.number == 1)
				read_violation(&out[n++], f.bytes);
		}
	}
	return n;
}

void rpc_error_from_http(struct rpc_error *e, int http_status)
{
	/* https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
	enum err err = ERR_INTERNAL;
	if (http_status == 401)
		err = ERR_UNAUTHENTICATED;
	else if (http_status == 403)
		err = ERR_PERMISSION_DENIED;
	else if (http_status == 404)
		err = ERR_UNKNOWN_METHOD;
	else if (http_status == 429 || http_status == 502 || http_status == 503 || http_status == 504)
		err = ERR_UNAVAILABLE;
	if (http_status == 0)
		rpc_error_local(e, err, "the reply is not gRPC");
	else
		rpc_error_local(e, err, "HTTP status %d", http_status);
}
