/*
 * h1: HTTP/1.1 (and 1.0) of one connection, parsed by llhttp in strict mode. Private to net.
 *
 * Nouns: one exchange at a time; bytes behind its request are kept until its response is sent. A refusal
 * is an answer without an exchange, for a head that can't be one; the connection closes behind it, as
 * it does whenever it is not certain where the next request starts.
 *
 * Why llhttp sees whole heads only: the scan (h1_head.h) has found the end of the head and refused what
 * parsers disagree about before llhttp is asked; a head then lies in one piece in the exchange's
 * memory and all slices point into it.
 *
 * Ownership: an h1 belongs to its conn. Errors: h1_new NULL without memory.
 */
#ifndef PAIDAN_NET_H1_H
#define PAIDAN_NET_H1_H

#include <llhttp.h>

#include "net/conn.h"
#include "net/h1_head.h"

enum h1_phase {
	H1_HEAD,
	H1_BODY,
	H1_TRAILER,
	H1_WAIT, /* the request is complete, its response is not */
	H1_END,  /* nothing is read any more */
};

struct h1 {
	struct conn *conn;
	enum h1_phase phase;
	struct http_exchange *x; /* in BODY, TRAILER, WAIT */
	struct h1_scan scan;
	struct buf head;       /* the part that has arrived, also of a trailer section */
	int64_t head_since_ms; /* its first byte */
	struct buf kept;       /* behind the current request */
	bool greeted;
	bool done; /* close once all is sent */

	/* llhttp and what its callbacks record */
	llhttp_t parser;
	struct http_header pair; /* the header under way */
	bool split;              /* a piece did not continue the one before it */
	bool headers_complete;
	bool message_complete;
	bool parsed_chunked;
	uint64_t parsed_length;
	size_t extension_bytes; /* of chunks */

	/* the exchange under way */
	int minor;
	bool keep_alive;
	bool owes_continue;
	bool chunked; /* the response */
	int refusal;  /* status of a refusal to be sent, or 0 */
};

extern const struct conn_protocol h1_protocol;

void *h1_new(struct conn *conn, int64_t now_ms);

/* h1_send.c */
void h1_fill(void *p, struct buf *out, int64_t now_ms);
/* The response is complete (or given up): the next request may come, or the connection ends. */
void h1_next(struct h1 *h, bool completed, bool close);

#endif
