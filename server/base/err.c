#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"

static const struct err_info rows[] = {[OK] = {"OK", GRPC_OK, 200, "成功", "ok"},
				       [ERR_WANTED] = {"WANTED", GRPC_INTERNAL, 500, "内部错误", "internal error"},
#define X(name, code, http, zh, en) [ERR_##name] = {#name, GRPC_##code, http, zh, en},
				       ERR_TABLE(X)
#undef X
};

static const char *const code_names[] = {
    "ok",        "canceled",        "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists",  "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",    "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated",
};

const struct err_info *err_info(enum err err)
{
	size_t i = (size_t)err;
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : &rows[ERR_INTERNAL];
}

bool err_find(const char *reason, enum err *err)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].reason, reason) == 0) {
			*err = (enum err)i;
			return true;
		}
	}
	return false;
}

const char *grpc_code_name(enum grpc_code code)
{
	size_t i = (size_t)code;
	return i < sizeof(code_names) / sizeof(code_names[0]) ? code_names[i] : "unknown";
}

/* fmt may be of a table. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void say_zh(struct fault *fault, const char *fmt, va_list args)
{
	const char *text = detail_zh(fault->detail), *format = detail_zh(fmt);
	bool is_whole = text != fault->detail || format == fmt;
	if (is_whole)
		snprintf(fault->detail_zh, sizeof(fault->detail_zh), "%s", text);
	else
		vsnprintf(fault->detail_zh, sizeof(fault->detail_zh), format, args);
}
#pragma GCC diagnostic pop

enum err fault_vset(struct fault *fault, enum err err, const char *field, const char *fmt, va_list args)
{
	va_list again;
	fault->err = err;
	fault->field = field;
	fault->violations = NULL;
	fault->n_violations = 0;
	va_copy(again, args);
	vsnprintf(fault->detail, sizeof(fault->detail), fmt, args);
	say_zh(fault, fmt, again);
	va_end(again);
	return err;
}

enum err fault_set(struct fault *fault, enum err err, const char *field, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fault_vset(fault, err, field, fmt, args);
	va_end(args);
	return err;
}
