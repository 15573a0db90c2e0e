/*
 * trace: the trace that a call belongs to (https://www.w3.org/TR/trace-context/).
 *
 * Nouns: a trace id names a chain of requests through many programs, a span id one step of it. The client's
 * step is our parent; our own span id is told back in `traceresponse`, so that both sides' logs can be joined.
 *
 *	traceparent: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>     later versions: what they share with 00
 *	grpc-trace-bin: the same in binary, as gRPC's tracing has it; base64, padded or not, values joined with ','
 *
 * Ownership: everything is borrowed; the texts are copied.
 * Errors: false for anything else; such a header is as good as none.
 */
#ifndef PAIDAN_RPC_TRACE_H
#define PAIDAN_RPC_TRACE_H

#include "base/slice.h"

enum {
	TRACE_ID_CHARS = 32,
	TRACE_SPAN_CHARS = 16,
	TRACE_CHARS = 2 + 1 + TRACE_ID_CHARS + 1 + TRACE_SPAN_CHARS + 1 + 2,
	TRACE_ID_AT = 3,
	TRACE_SPAN_AT = TRACE_ID_AT + TRACE_ID_CHARS + 1,
	TRACE_FLAGS_AT = TRACE_SPAN_AT + TRACE_SPAN_CHARS + 1,
};

struct trace {
	char text[TRACE_CHARS + 1];        /* with our span id; "": the call belongs to none */
	char parent[TRACE_SPAN_CHARS + 1]; /* the client's */
};

/* span: a random number, for our id. */
bool trace_read(struct slice traceparent, uint64_t span, struct trace *out);
bool trace_read_binary(struct slice value, uint64_t span, struct trace *out);

/* A number as TRACE_SPAN_CHARS hexadecimal digits. */
struct slice trace_hex(uint64_t number, char text[TRACE_SPAN_CHARS]);

static inline bool trace_is_there(const struct trace *t)
{
	return t->text[0] != '\0';
}

static inline struct slice trace_id(const struct trace *t)
{
	return slice_of(t->text + TRACE_ID_AT, TRACE_ID_CHARS);
}

#endif
