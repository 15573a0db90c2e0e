/*
 * rpc_error: why a call failed, in the client.
 *
 * Nouns: an rpc_error has the gRPC code, the stable reason (ErrorInfo.reason, or the name of a row of
 * base/err.h for what failed on this side), the field to blame, a text in both languages and the
 * request id to quote. code GRPC_OK: no error, all else is empty.
 * Ownership: a value; texts are copied in and cut to fit at a character's edge.
 * Errors: none.
 */
#ifndef PAIDAN_CLIENT_RPC_ERROR_H
#define PAIDAN_CLIENT_RPC_ERROR_H

#include "base/err.h"
#include "base/slice.h"

struct rpc_error {
	enum grpc_code code;
	char reason[48];
	char field[128];
	char zh[384];
	char en[512];
	char request_id[80];
};

/* A row of base/err.h with its texts; the formatted detail (may be NULL) is put behind both texts. */
void rpc_error_local(struct rpc_error *e, enum err err, const char *detail, ...) __attribute__((format(printf, 3, 4)));
/* The same with texts of one's own: two formats for the same arguments, */
void rpc_error_both(struct rpc_error *e, enum err err, const char *zh, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* or ready-made. */
void rpc_error_texts(struct rpc_error *e, enum err err, const char *zh, const char *en);

/* One of the fields that are wrong with a request (google.rpc.BadRequest). */
struct rpc_violation {
	char reason[48];
	char field[128];
	char zh[192];
	char en[192];
};

/* The name of a gRPC code in its usual spelling, "NOT_FOUND"; "UNKNOWN" for numbers out of range. */
const char *rpc_code_name(enum grpc_code code);
/* The row whose reason this is, or NULL. */
const struct err_info *rpc_reason_info(const char *reason);

/* The value of grpc-status; GRPC_UNKNOWN for what is not a code. */
enum grpc_code rpc_code_parse(struct slice text);
/*
 * What a reply's status says: message is the value of grpc-message (percent-encoded), details that of
 * grpc-status-details-bin (base64 of a google.rpc.Status); both may be empty. The code of the headers
 * wins over that inside the details.
 */
void rpc_error_from_status(struct rpc_error *e, enum grpc_code code, struct slice message, struct slice details);
/* All fields that the same details name, at most max; returns how many. */
size_t rpc_violations(struct slice details, struct rpc_violation *out, size_t max);
/* What an HTTP status other than 200 without a grpc-status means. */
void rpc_error_from_http(struct rpc_error *e, int http_status);

#endif
