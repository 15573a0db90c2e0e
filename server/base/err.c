#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

enum err fault_set(struct fault *fault, enum err err, const char *field, const char *fmt, ...)
{
	fault->err = err;
	fault->field = field;
	fault->violations = NULL;
	fault->n_violations = 0;
	va_list args;
	va_start(args, fmt);
	vsnprintf(fault->detail, sizeof(fault->detail), fmt, args);
	va_end(args);
	return err;
}
