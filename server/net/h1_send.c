#include "net/h1.h"

static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
	    {200, "OK"},
	    {201, "Created"},
	    {202, "Accepted"},
	    {204, "No Content"},
	    {206, "Partial Content"},
	    {301, "Moved Permanently"},
	    {302, "Found"},
	    {303, "See Other"},
	    {304, "Not Modified"},
	    {307, "Temporary Redirect"},
	    {308, "Permanent Redirect"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {409, "Conflict"},
	    {412, "Precondition Failed"},
	    {413, "Content Too Large"},
	    {414, "URI Too Long"},
	    {415, "Unsupported Media Type"},
	    {416, "Range Not Satisfiable"},
	    {417, "Expectation Failed"},
	    {429, "Too Many Requests"},
	    {431, "Request Header Fields Too Large"},
	    {499, "Client Closed Request"},
	    {500, "Internal Server Error"},
	    {501, "Not Implemented"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "";
}

static void put_status(struct buf *out, int status)
{
	buf_str(out, "HTTP/1.1 ");
	buf_uint(out, (uint64_t)status);
	buf_byte(out, ' ');
	buf_str(out, reason_of(status));
	buf_str(out, "\r\n");
}

static void put_header(struct buf *out, struct slice name, struct slice value)
{
	buf_slice(out, name);
	buf_str(out, ": ");
	buf_slice(out, value);
	buf_str(out, "\r\n");
}

static void put_date(struct h1 *h, struct buf *out)
{
	put_header(out, SLICE("date"), shared_date(h->conn->shared));
}

static void put_refusal(struct h1 *h, struct buf *out)
{
	put_status(out, h->refusal);
	put_date(h, out);
	buf_str(out, "connection: close\r\ncontent-length: 0\r\n\r\n");
	h->refusal = 0;
	h->done = true;
}

/* Where the next request would start is known only when this one has come to its end. */
static void put_head(struct h1 *h, struct http_exchange *x, struct buf *out)
{
	if (h->phase != H1_WAIT || h->conn->draining || (h->conn->eof && h->kept.len == 0))
		h->keep_alive = false;
	h->chunked = !x->body_less && x->head_length < 0 && h->minor == 1;
	if (!x->body_less && x->head_length < 0 && h->minor == 0)
		h->keep_alive = false; /* the end of the connection is the end of the body */
	put_status(out, x->status);
	for (size_t i = 0; i < x->n_head; i++)
		put_header(out, x->head[i].name, x->head[i].value);
	put_date(h, out);
	if (!h->keep_alive)
		buf_str(out, "connection: close\r\n");
	else if (h->minor == 0)
		buf_str(out, "connection: keep-alive\r\n");
	if (x->head_length >= 0) {
		buf_str(out, "content-length: ");
		buf_uint(out, (uint64_t)x->head_length);
		buf_str(out, "\r\n");
	}
	if (h->chunked)
		buf_str(out, "transfer-encoding: chunked\r\n");
	buf_str(out, "\r\n");
	x->head_sent = true;
}

static void put_body(struct h1 *h, struct http_exchange *x, struct buf *out, int64_t now_ms)
{
	size_t room = out->len < NET_WRITE_BYTES ? NET_WRITE_BYTES - out->len : 0;
	size_t take = exchange_pending(x) < room ? exchange_pending(x) : room;
	if (take == 0)
		return;
	if (h->chunked)
		buf_printf(out, "%zx\r\n", take);
	buf_add(out, exchange_bytes(x), take);
	if (h->chunked)
		buf_str(out, "\r\n");
	exchange_taken(x, take, now_ms);
}

static void put_end(struct h1 *h, struct http_exchange *x, struct buf *out)
{
	if (!h->chunked)
		return;
	buf_str(out, "0\r\n");
	for (size_t i = 0; i < x->n_trailers; i++)
		put_header(out, x->trailers[i].name, x->trailers[i].value);
	buf_str(out, "\r\n");
}

void h1_next(struct h1 *h, bool completed, bool close)
{
	struct http_exchange *x = h->x;
	h->x = NULL;
	if (x != NULL)
		exchange_over(x, completed);
	if (close || (h->conn->eof && h->kept.len == 0)) {
		h->phase = H1_END;
		h->done = true;
		return;
	}
	h->phase = H1_HEAD;
	h1_scan_head(&h->scan);
	if (h->kept.len > 0)
		h->conn->resume = true;
	conn_pause(h->conn, false);
}

void h1_fill(void *p, struct buf *out, int64_t now_ms)
{
	struct h1 *h = p;
	while (conn_next_ready(h->conn) != NULL)
		;
	struct http_exchange *x = h->x;
	if (h->refusal != 0)
		put_refusal(h, out);
	if (x == NULL || h->done)
		return;
	if (x->aborted) {
		h1_next(h, false, true);
		return;
	}
	if (!x->responded) {
		if (h->owes_continue && h->phase == H1_BODY && x->body_bytes == 0)
			buf_str(out, "HTTP/1.1 100 Continue\r\n\r\n");
		h->owes_continue = false;
		return;
	}
	if (!x->head_sent)
		put_head(h, x, out);
	put_body(h, x, out, now_ms);
	if (h->conn->eof && !x->finished && !x->body_less) {
		h1_next(h, false, true); /* a stream, see h1_eof */
		return;
	}
	if (exchange_pending(x) > 0 || (!x->finished && !x->body_less))
		return;
	put_end(h, x, out);
	x->sent = true;
	h1_next(h, true, !h->keep_alive);
}
