/*
 * rpc_fake: what rpc stands between: exchanges that record their response, and an executor that answers as
 * it is told. For the tests of rpc alone.
 *
 * Ownership: static; fake_reset empties everything.
 */
#ifndef PAIDAN_TEST_RPC_FAKE_H
#define PAIDAN_TEST_RPC_FAKE_H

#include "base/buf.h"
#include "net/http.h"
#include "txn/exec.h"

enum { FAKE_HEADERS = 24 };

struct fake_headers {
	char name[FAKE_HEADERS][64];
	char value[FAKE_HEADERS][2048];
	size_t n;
};

struct http_exchange {
	struct http_request request;
	struct http_header headers[FAKE_HEADERS];
	void *state;
	int status; /* 0: not answered */
	struct http_header added[HTTP_ADDED_HEADERS];
	size_t n_added;
	struct fake_headers head;
	struct buf body;
	struct fake_headers trailers;
	bool ended;
	bool aborted;
	size_t pending;    /* what http_pending_bytes is to say */
	unsigned mistakes; /* calls out of order */
};

/* "name: value" lines; NULL ends. path may have a query. */
void fake_request(struct http_exchange *x, const char *method, const char *path, bool h2, const char *const *headers);
/* begin, the body in pieces of piece_bytes (0: in one), end. Returns false when it was answered early. */
void fake_run(const struct http_app *app, struct http_exchange *x, struct slice body, size_t piece_bytes);
void fake_gone(const struct http_app *app, struct http_exchange *x);
/* NULL: there is none. */
const char *fake_head(const struct http_exchange *x, const char *name);
const char *fake_trailer(const struct http_exchange *x, const char *name);

/* The executor. */
struct fake_exec {
	const struct method *methods;
	size_t n_methods;
	/* What a call is answered with, at once; hold: it stays open. */
	bool hold;
	enum err err;
	const ProtobufCMessage *response;
	/* What was asked. */
	unsigned calls;
	unsigned cancelled;
	struct exec_request last;
	struct credential credential;
	/* The stream that is open. */
	struct exec_watch_request watch;
	const char *position;  /* where it begins */
	const char *stands_at; /* now; NULL: at what it was told last */
	bool watching;
	bool paused;
	unsigned unwatched;
};
extern struct fake_exec fake_exec;

void fake_answer(enum err err, const struct fault *fault, const ProtobufCMessage *response);

#endif
