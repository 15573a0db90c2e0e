/*
 * protocol: which of the RPC protocols a request speaks, told by its content type.
 *
 * Nouns: the protocol says how a message is wrapped and how an outcome is told; the codec says how a
 * message is written. The stated type is the one of the request, which the reply repeats.
 *
 *	application/grpc[+proto|+json]      gRPC: frames, outcome in trailers; HTTP/2
 *	application/proto|json              Connect unary: the body is the message, outcome in the HTTP status
 *	application/connect+proto|+json     Connect stream: frames, outcome in the last frame
 *	GET with ?message=                  Connect unary for methods without side effects
 *
 * Ownership: everything is static or borrowed.
 * Errors: false for any other content type.
 */
#ifndef PAIDAN_RPC_PROTOCOL_H
#define PAIDAN_RPC_PROTOCOL_H

#include "base/slice.h"

enum protocol { PROTOCOL_GRPC, PROTOCOL_CONNECT, PROTOCOL_CONNECT_STREAM };
enum codec { CODEC_PROTO, CODEC_JSON };

struct protocol_type {
	const char *content_type;
	enum protocol protocol;
	enum codec codec;
};

/* Parameters are passed over, but for a charset, which can only be utf-8. */
const struct protocol_type *protocol_by_content_type(struct slice value);
const struct protocol_type *protocol_connect(enum codec codec);
/* "grpc", "connect", "connect-stream": for logs. */
const char *protocol_name(enum protocol protocol);

#endif
