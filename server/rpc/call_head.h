/*
 * call_head: what the headers of a request mean for a call.
 *
 *	x-request-id                                taken over when it is plain text, else the trace id or made up
 *	traceparent, grpc-trace-bin                 trace.h
 *	accept-language                             zh or English messages
 *	authorization, x-paidan-tenant, x-paidan-act-as            auth.h
 *	x-paidan-session, cookie, sec-fetch-site, origin           cookie.h
 *	idempotency-key                             the request id of a write
 *	grpc-timeout, connect-timeout-ms            the deadline, within LIMIT_DEADLINE_MS for unary calls
 *	grpc-encoding, content-encoding, connect-content-encoding  identity or gzip
 *	grpc-accept-encoding, accept-encoding, connect-accept-encoding
 *	te                                          trailers, of gRPC
 *	connect-protocol-version                    1, when there is one
 *
 * Ownership: slices are borrowed from the request.
 * Errors: ERR_BAD_REQUEST (timeout, protocol version, te), ERR_UNSUPPORTED (encoding), ERR_FIELD_TOO_LONG
 * (idempotency-key), those of auth.h and cookie.h. The fault names the header.
 */
#ifndef PAIDAN_RPC_CALL_HEAD_H
#define PAIDAN_RPC_CALL_HEAD_H

#include "rpc/inside.h"

/* Fills in what the headers say. The parts that tell how to answer are filled in even on errors. */
enum err call_head_read(struct call *call, const struct http_request *request);

#endif
