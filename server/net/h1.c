#include "net/h1.h"

#include <stdlib.h>

#include "base/limits.h"

enum { HEAD_KEEP_BYTES = 1024 };

/* ---- llhttp's callbacks only record ---- */

/* Pieces of one span follow each other, since heads are parsed in one piece of memory. */
static int span_extend(struct h1 *h, struct slice *span, const char *at, size_t len)
{
	if (len == 0)
		return 0;
	if (span->ptr == NULL)
		*span = slice_of(at, len);
	else if (span->ptr + span->len == (const uint8_t *)at)
		span->len += len;
	else
		h->split = true;
	return h->split ? HPE_USER : 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
	struct h1 *h = parser->data;
	return span_extend(h, &h->x->request.path, at, len);
}

static int on_method(llhttp_t *parser, const char *at, size_t len)
{
	struct h1 *h = parser->data;
	return span_extend(h, &h->x->request.method, at, len);
}

static int on_field(llhttp_t *parser, const char *at, size_t len)
{
	struct h1 *h = parser->data;
	return span_extend(h, &h->pair.name, at, len);
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct h1 *h = parser->data;
	return span_extend(h, &h->pair.value, at, len);
}

static struct slice trimmed(struct slice s)
{
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = slice_from(s, 1);
	return s.ptr == NULL ? slice_of("", 0) : s;
}

static int on_value_complete(llhttp_t *parser)
{
	struct h1 *h = parser->data;
	struct http_header pair = h->pair;
	h->pair = (struct http_header){0};
	if (h->headers_complete) /* a trailer: looked at, not kept */
		return h1_trailer_fine(pair.name) ? 0 : HPE_USER;
	return exchange_header(h->x, pair.name, trimmed(pair.value)) == 0 ? 0 : HPE_USER;
}

static int on_headers_complete(llhttp_t *parser)
{
	struct h1 *h = parser->data;
	h->headers_complete = true;
	h->parsed_chunked = (parser->flags & F_CHUNKED) != 0;
	h->parsed_length = parser->content_length;
	parser->upgrade = 0; /* offers to upgrade are not taken up: what follows is the next request */
	return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
	struct h1 *h = parser->data;
	exchange_body(h->x, slice_of(at, len));
	return 0;
}

static int on_extension(llhttp_t *parser, const char *at, size_t len)
{
	(void)at;
	struct h1 *h = parser->data;
	h->extension_bytes += len;
	return h->extension_bytes > LIMIT_CHUNK_EXTENSION_BYTES ? HPE_USER : 0;
}

/* The last chunk: the scan has to see the trailer section first. */
static int on_chunk_header(llhttp_t *parser)
{
	return parser->content_length == 0 ? HPE_PAUSED : 0;
}

static int on_message_complete(llhttp_t *parser)
{
	struct h1 *h = parser->data;
	h->message_complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
    .on_url = on_url,
    .on_method = on_method,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_extension,
    .on_chunk_extension_value = on_extension,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

/* ---- heads ---- */

/* Answers without the app and ends the connection. */
static void refuse(struct h1 *h, int status)
{
	if (h->x != NULL)
		exchange_over(h->x, false);
	h->x = NULL;
	h->phase = H1_END;
	h->refusal = status;
	h->conn->shared->stats.requests_refused++;
}

static void lower_names(struct http_exchange *x)
{
	for (size_t i = 0; i < x->request.n_headers; i++) {
		/* The bytes are the exchange's own copy of the head. */
		uint8_t *name = (uint8_t *)(uintptr_t)x->headers[i].name.ptr;
		for (size_t j = 0; j < x->headers[i].name.len; j++) {
			if (name[j] >= 'A' && name[j] <= 'Z')
				name[j] = (uint8_t)(name[j] - 'A' + 'a');
		}
	}
}

/* 0, or the status to refuse with. */
static int parse_head(struct h1 *h, struct slice bytes, struct h1_head *head)
{
	struct http_exchange *x = h->x;
	llhttp_init(&h->parser, HTTP_REQUEST, &callbacks);
	h->parser.data = h;
	h->pair = (struct http_header){0};
	h->split = h->headers_complete = h->message_complete = false;
	h->extension_bytes = 0;
	llhttp_errno_t error = llhttp_execute(&h->parser, (const char *)bytes.ptr, bytes.len);
	if (x->too_many_headers)
		return 431;
	if (error == HPE_PAUSED && h->message_complete) {
		if ((const uint8_t *)llhttp_get_error_pos(&h->parser) != bytes.ptr + bytes.len)
			return 400;
	} else if (error != HPE_OK || !h->headers_complete) {
		return 400;
	}
	/* llhttp knows other protocols with requests like these. */
	struct slice target = x->request.path;
	if (target.len == 0 ||
	    !slice_starts(slice_from(bytes, (size_t)(target.ptr + target.len - bytes.ptr)), SLICE(" HTTP/")))
		return 400;
	lower_names(x);
	*head = (struct h1_head){
	    .major = h->parser.http_major,
	    .minor = h->parser.http_minor,
	    .method = x->request.method,
	    .target = x->request.path,
	    .headers = x->headers,
	    .n_headers = x->request.n_headers,
	};
	int status = h1_check(head);
	if (status != 0)
		return status;
	uint64_t length = head->content_length > 0 ? (uint64_t)head->content_length : 0;
	/* llhttp frames the body: it must have understood the head as we did. */
	if (h->parsed_chunked != head->chunked || (!head->chunked && h->parsed_length != length) ||
	    h->message_complete != (!head->chunked && length == 0))
		return 400;
	return head->content_length > h->conn->shared->limits.body_bytes ? 413 : 0;
}

static void request_complete(struct h1 *h)
{
	h->phase = H1_WAIT;
	exchange_end(h->x);
}

static void begin(struct h1 *h, const struct h1_head *head)
{
	struct http_exchange *x = h->x;
	x->request.path = SLICE_NONE;
	exchange_target(x, head->path_query);
	x->request.authority = head->authority;
	x->request.content_length = head->chunked ? -1 : head->content_length;
	h->minor = head->minor;
	h->keep_alive = head->keep_alive;
	h->owes_continue = head->expects_continue;
	h->greeted = true;
	h->phase = H1_BODY;
	exchange_begin(x);
	if (h->message_complete)
		request_complete(h);
}

static void head_complete(struct h1 *h)
{
	struct h1_head head;
	bool failed = false;
	h->x = exchange_new(h->conn, h->head_since_ms);
	if (h->x == NULL) {
		refuse(h, 503);
		return;
	}
	struct slice bytes = exchange_copy(h->x, buf_view(&h->head), &failed);
	buf_reset(&h->head);
	if (h->head.room > HEAD_KEEP_BYTES)
		buf_free(&h->head);
	int status = failed ? 503 : parse_head(h, bytes, &head);
	if (status != 0)
		refuse(h, status);
	else
		begin(h, &head);
}

static int too_large(const struct h1 *h)
{
	bool line_ended = memchr(h->head.ptr, '\n', (size_t)h->conn->shared->limits.header_bytes) != NULL;
	return line_ended ? 431 : 414;
}

static size_t take_head(struct h1 *h, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	size_t used;
	if (h->head.len == 0)
		h->head_since_ms = now_ms;
	enum h1_scan_result result = h1_scan(&h->scan, bytes, len, &used);
	buf_add(&h->head, bytes, used);
	if (result == H1_BAD)
		refuse(h, 400);
	else if (h->head.failed)
		refuse(h, 503);
	else if (h->head.len > (size_t)h->conn->shared->limits.header_bytes)
		refuse(h, too_large(h));
	else if (result == H1_DONE)
		head_complete(h);
	return used;
}

/* ---- bodies ---- */

static void body_broken(struct h1 *h)
{
	/* An answer that is under way or recorded already stands; the connection ends behind it. */
	if (!h->x->finished)
		exchange_refuse(h->x, 400);
	h->keep_alive = false;
	h->phase = H1_END;
}

static size_t take_body(struct h1 *h, const uint8_t *bytes, size_t len)
{
	llhttp_errno_t error = llhttp_execute(&h->parser, (const char *)bytes, len);
	if (error == HPE_OK)
		return len;
	if (error != HPE_PAUSED) {
		body_broken(h);
		return len;
	}
	size_t used = (size_t)((const uint8_t *)llhttp_get_error_pos(&h->parser) - bytes);
	llhttp_resume(&h->parser);
	if (h->message_complete) {
		request_complete(h);
	} else {
		h->phase = H1_TRAILER;
		h1_scan_trailer(&h->scan);
	}
	return used;
}

/* The whole section lies in h->head, in one piece as a head does. */
static bool trailer_complete(struct h1 *h)
{
	h->pair = (struct http_header){0};
	llhttp_errno_t error = llhttp_execute(&h->parser, (const char *)h->head.ptr, h->head.len);
	return error == HPE_PAUSED && h->message_complete &&
	       (const uint8_t *)llhttp_get_error_pos(&h->parser) == h->head.ptr + h->head.len;
}

static size_t take_trailer(struct h1 *h, const uint8_t *bytes, size_t len)
{
	size_t used;
	enum h1_scan_result result = h1_scan(&h->scan, bytes, len, &used);
	buf_add(&h->head, bytes, used);
	bool fine = result != H1_BAD && !h->head.failed && h->head.len <= (size_t)h->conn->shared->limits.header_bytes;
	if (fine && result == H1_MORE)
		return used;
	if (fine && trailer_complete(h))
		request_complete(h);
	else
		body_broken(h);
	buf_reset(&h->head);
	return used;
}

static size_t keep(struct h1 *h, const uint8_t *bytes, size_t len)
{
	buf_add(&h->kept, bytes, len);
	if (h->kept.failed) {
		h->keep_alive = false;
		h->phase = H1_END;
	}
	if (h->kept.len >= NET_READ_BYTES)
		conn_pause(h->conn, true);
	return len;
}

static void take(struct h1 *h, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	size_t used = 0;
	while (len > 0) {
		switch (h->phase) {
		case H1_HEAD:
			used = take_head(h, bytes, len, now_ms);
			break;
		case H1_BODY:
			used = take_body(h, bytes, len);
			break;
		case H1_TRAILER:
			used = take_trailer(h, bytes, len);
			break;
		case H1_WAIT:
			used = keep(h, bytes, len);
			break;
		case H1_END:
			return;
		}
		bytes += used;
		len -= used;
	}
}

/* ---- the protocol ---- */

void *h1_new(struct conn *conn, int64_t now_ms)
{
	struct h1 *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->conn = conn;
	h->head_since_ms = now_ms;
	h1_scan_head(&h->scan);
	return h;
}

static void h1_destroy(void *p)
{
	struct h1 *h = p;
	if (h == NULL)
		return;
	buf_free(&h->head);
	buf_free(&h->kept);
	free(h);
}

/* Only its requests may have come to an end: what has arrived whole is answered, for all that is known the peer waits
 * for it. An answer that has begun and is not at its end is a stream, which would go on for nobody. */
static void h1_eof(void *p)
{
	struct h1 *h = p;
	bool answered = h->x != NULL && h->x->finished;
	bool waits = h->x != NULL && h->phase == H1_WAIT && !h->x->responded;
	bool refused = h->refusal != 0;
	if (!answered && !waits && !refused && !(h->x == NULL && h->kept.len > 0))
		h1_next(h, false, true);
}

static void h1_receive(void *p, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	struct h1 *h = p;
	if (len > 0) {
		take(h, bytes, len, now_ms);
		return;
	}
	struct buf kept = h->kept;
	h->kept = (struct buf){0};
	take(h, kept.ptr, kept.len, now_ms);
	buf_free(&kept);
	if (h->conn->eof && h->phase != H1_WAIT && h->phase != H1_END)
		h1_next(h, false, true);
}

static bool h1_finished(const void *p)
{
	const struct h1 *h = p;
	return h->done;
}

static bool h1_greeted(const void *p)
{
	/* An answer to be sent makes an end by itself. */
	return ((const struct h1 *)p)->greeted || ((const struct h1 *)p)->head.len > 0;
}

static void h1_drain(void *p)
{
	struct h1 *h = p;
	if (h->x == NULL && h->head.len == 0 && h->kept.len == 0 && h->refusal == 0)
		h1_next(h, false, true);
}

static void h1_tick(void *p, int64_t now_ms)
{
	struct h1 *h = p;
	if (h->phase == H1_HEAD && h->head.len > 0 && now_ms - h->head_since_ms > h->conn->shared->limits.request_ms) {
		h->conn->shared->stats.closed_timeout++;
		refuse(h, 408);
		conn_wake(h->conn);
	}
	/* Whether anybody is still there shows only when something is sent. */
	if (h->conn->eof && h->x != NULL && !h->x->responded &&
	    now_ms - h->conn->active_ms > h->conn->shared->limits.request_ms) {
		h->conn->shared->stats.closed_timeout++;
		h1_next(h, false, true);
		conn_wake(h->conn);
	}
}

const struct conn_protocol h1_protocol = {
    .receive = h1_receive,
    .eof = h1_eof,
    .fill = h1_fill,
    .finished = h1_finished,
    .drain = h1_drain,
    .tick = h1_tick,
    .greeted = h1_greeted,
    .destroy = h1_destroy,
};
