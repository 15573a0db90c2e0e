#include "net/http.h"

#include "base/limits.h"
#include "net/clock.h"
#include "net/conn.h"
#include "net/exchange.h"

struct slice http_header(const struct http_request *request, struct slice name)
{
	for (size_t i = 0; i < request->n_headers; i++) {
		if (slice_eq(request->headers[i].name, name))
			return request->headers[i].value;
	}
	return SLICE_NONE;
}

/* Headers that belong to the connection or are derived here: the app's are left out, so that no handler
 * can break the framing. */
static bool is_ours(struct slice name)
{
	static const struct slice ours[] = {
	    {(const uint8_t *)"connection", 10},
	    {(const uint8_t *)"content-length", 14},
	    {(const uint8_t *)"transfer-encoding", 17},
	    {(const uint8_t *)"keep-alive", 10},
	    {(const uint8_t *)"date", 4},
	    {(const uint8_t *)"upgrade", 7},
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (slice_eq(name, ours[i]))
			return true;
	}
	return false;
}

static bool is_token(struct slice name)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];
		bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			    (c != 0 && strchr(marks, c) != NULL);
		if (!fine)
			return false;
	}
	return name.len > 0;
}

/* A copy that can't end a header line, whatever the app put into it. */
static struct slice copy_header_text(struct http_exchange *x, struct slice text, bool lower, bool *failed)
{
	if (text.len == 0)
		return slice_of("", 0);
	uint8_t *to = exchange_alloc(x, text.len);
	if (to == NULL) {
		*failed = true;
		return SLICE_NONE;
	}
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (lower && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			c = ' ';
		to[i] = c;
	}
	return slice_of(to, text.len);
}

/* With room for `more` behind them. -1: no memory, or more headers than a response may have. */
static int copy_headers(struct http_exchange *x, const struct http_header *from, size_t n, size_t more,
			struct http_header **to, size_t *n_to)
{
	bool failed = false;
	*n_to = 0;
	if (n + more == 0)
		return 0;
	if (n > LIMIT_HEADERS - more)
		return -1;
	*to = exchange_alloc(x, (n + more) * sizeof(**to));
	if (*to == NULL)
		return -1;
	for (size_t i = 0; i < n && !failed; i++) {
		if (!is_token(from[i].name))
			continue;
		struct slice name = copy_header_text(x, from[i].name, true, &failed);
		if (is_ours(name))
			continue;
		(*to)[(*n_to)++] = (struct http_header){
		    .name = name, .value = copy_header_text(x, from[i].value, false, &failed), .once = from[i].once};
	}
	return failed ? -1 : 0;
}

void http_add_header(struct http_exchange *x, struct slice name, struct slice value)
{
	struct http_header *copy = NULL;
	size_t n;
	if (x->responded || x->n_added >= HTTP_ADDED_HEADERS)
		return;
	if (x->added == NULL)
		x->added = exchange_alloc(x, HTTP_ADDED_HEADERS * sizeof(*x->added));
	if (x->added == NULL ||
	    copy_headers(x, &(struct http_header){.name = name, .value = value}, 1, 0, &copy, &n) != 0) {
		http_abort(x);
		return;
	}
	if (n > 0)
		x->added[x->n_added++] = *copy;
}

static bool is_deaf(const struct http_exchange *x)
{
	return x->over || x->muted || x->aborted;
}

/* The response's status and headers; -1: the exchange was aborted. */
static int begin_response(struct http_exchange *x, int status, const struct http_header *headers, size_t n)
{
	if (copy_headers(x, headers, n, x->n_added, &x->head, &x->n_head) != 0) {
		http_abort(x);
		return -1;
	}
	for (size_t i = 0; i < x->n_added; i++)
		x->head[x->n_head++] = x->added[i];
	x->responded = true;
	x->status = status;
	x->body_less = status == 204 || status == 304 || slice_eq(x->request.method, SLICE("HEAD"));
	return 0;
}

void http_respond(struct http_exchange *x, int status, const struct http_header *headers, size_t n, bool end)
{
	if (is_deaf(x) || x->responded || begin_response(x, status, headers, n) != 0)
		return;
	if (end) {
		x->head_length = x->body_less ? -1 : 0;
		x->body_less = true;
		x->finished = true;
	}
	conn_ready(x->conn, x);
}

void http_respond_body(struct http_exchange *x, int status, const struct http_header *headers, size_t n,
		       struct slice body)
{
	if (is_deaf(x) || x->responded || begin_response(x, status, headers, n) != 0)
		return;
	x->head_length = status == 204 || status == 304 ? -1 : (int64_t)body.len;
	http_write(x, body);
	x->body_less = x->body_less || body.len == 0;
	x->finished = true;
	conn_ready(x->conn, x);
}

void http_write(struct http_exchange *x, struct slice piece)
{
	if (is_deaf(x) || !x->responded || x->finished || x->body_less || piece.len == 0)
		return;
	/* What was taken goes before the bytes grow; each byte is moved once at most, on average. */
	if (x->body_at > 0 && x->body_at >= exchange_pending(x)) {
		buf_consume(&x->body, x->body_at);
		x->body_at = 0;
	}
	buf_slice(&x->body, piece);
	if (x->body.failed) {
		http_abort(x);
		return;
	}
	exchange_hold(x, (int64_t)piece.len);
	if (x->stuck_ms == 0)
		x->stuck_ms = clock_now_ms();
	if (exchange_pending(x) > LIMIT_PENDING_LOW_BYTES)
		x->above_low = true;
	conn_ready(x->conn, x);
}

void http_finish(struct http_exchange *x, const struct http_header *trailers, size_t n)
{
	if (is_deaf(x) || !x->responded || x->finished)
		return;
	if (copy_headers(x, trailers, n, 0, &x->trailers, &x->n_trailers) != 0) {
		http_abort(x);
		return;
	}
	x->finished = true;
	conn_ready(x->conn, x);
}

void http_abort(struct http_exchange *x)
{
	if (x->over || x->aborted)
		return;
	x->aborted = true;
	conn_ready(x->conn, x);
}

size_t http_pending_bytes(const struct http_exchange *x)
{
	return exchange_pending(x);
}
