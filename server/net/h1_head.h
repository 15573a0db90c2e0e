/*
 * h1_head: what makes the head of an HTTP/1.1 request acceptable, beyond llhttp's strict mode.
 *
 * Nouns: the scan finds the end of a head (or of a trailer section) in the raw bytes and refuses what
 * parsers disagree about: lone CR or LF, control bytes, folded lines. The check judges the parsed head
 * as a whole: how long the body is and whose request it is must have one answer only (request
 * smuggling, RFC 9112 11.2).
 * Ownership: all slices are borrowed. Pure.
 * Errors: H1_BAD; h1_check answers the status to refuse with, 0 when the head is fine.
 */
#ifndef PAIDAN_NET_H1_HEAD_H
#define PAIDAN_NET_H1_HEAD_H

#include "net/http.h"

enum h1_scan_result { H1_MORE, H1_DONE, H1_BAD };

struct h1_scan {
	size_t lines;      /* complete ones, without empty ones before the request line */
	size_t line_bytes; /* of the line under way */
	size_t skipped;    /* empty lines before the request line */
	bool cr;           /* the last byte was CR */
	bool space;        /* the last byte was a space */
};

/* A head starts with the request line, a trailer section may be empty. */
void h1_scan_head(struct h1_scan *s);
void h1_scan_trailer(struct h1_scan *s);
/* *used: how many of the bytes belong to the head, also when the answer is H1_MORE. */
enum h1_scan_result h1_scan(struct h1_scan *s, const uint8_t *bytes, size_t len, size_t *used);

struct h1_head {
	/* as parsed; header names in lower case, values trimmed */
	int major;
	int minor;
	struct slice method;
	struct slice target;
	const struct http_header *headers;
	size_t n_headers;
	/* as found out by h1_check */
	struct slice path_query;
	struct slice authority;
	int64_t content_length; /* -1: none */
	bool chunked;
	bool keep_alive;
	bool expects;
	bool expects_continue; /* it does, and knows 100 */
};

int h1_check(struct h1_head *head);

/* Whether a trailer may have that name (in any case): not one by which somebody would frame, route or admit the
 * request anew (RFC 9110 6.5.1). */
bool h1_trailer_fine(struct slice name);

#endif
