#include "net/h2.h"

#include "base/limits.h"

enum {
	/* The app's headers, :status, content-length, date. */
	MAX_NV = LIMIT_HEADERS + 3,
	MAX_DIGITS = 20,
};

static nghttp2_nv nv_of(struct slice name, struct slice value, bool once)
{
	/* The bytes live as long as the exchange, which outlives its stream: nothing to copy. */
	return (nghttp2_nv){(uint8_t *)name.ptr, (uint8_t *)value.ptr, name.len, value.len,
			    (uint8_t)(NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE |
				      (once ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE))};
}

static size_t nv_headers(nghttp2_nv *nv, size_t n, const struct http_header *headers, size_t n_headers)
{
	for (size_t i = 0; i < n_headers; i++)
		nv[n++] = nv_of(headers[i].name, headers[i].value, headers[i].once);
	return n;
}

/* ---- bodies ---- */

static ssize_t read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buf, size_t length, uint32_t *flags,
			 nghttp2_data_source *source, void *arg)
{
	(void)buf;
	(void)arg;
	struct http_exchange *x = source->ptr;
	size_t pending = exchange_pending(x);
	size_t take = pending < length ? pending : length;
	if (take == 0 && !x->finished) {
		x->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	if (take < pending || !x->finished)
		return (ssize_t)take;
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (x->n_trailers > 0) {
		nghttp2_nv nv[MAX_NV];
		size_t n = nv_headers(nv, 0, x->trailers, x->n_trailers);
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (nghttp2_submit_trailer(session, stream_id, nv, n) != 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	return (ssize_t)take;
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *frame_head, size_t length,
		     nghttp2_data_source *source, void *arg)
{
	(void)session;
	(void)frame; /* never padded */
	struct h2 *h = arg;
	struct http_exchange *x = source->ptr;
	if (h->out->len >= NET_WRITE_BYTES)
		return NGHTTP2_ERR_WOULDBLOCK;
	buf_add(h->out, frame_head, 9);
	buf_add(h->out, exchange_bytes(x), length);
	if (h->out->failed)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	exchange_taken(x, length, h->now_ms);
	return 0;
}

/* ---- what was sent ---- */

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2 *h = arg;
	struct http_exchange *x;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		h2_guard_credit(&h->guard);
		h2_pings_forgive(&h->pings);
		x = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
		if (x == NULL || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			break;
		x->sent = true;
		/* The answer is whole before the request was: the peer may stop sending the rest. Queued
		 * now, it leaves behind the frame that carried END_STREAM. */
		if (!x->received &&
		    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, x->stream_id, NGHTTP2_NO_ERROR) != 0)
			return NGHTTP2_ERR_CALLBACK_FAILURE;
		break;
	case NGHTTP2_RST_STREAM:
		if (frame->rst_stream.error_code == NGHTTP2_NO_ERROR)
			break;
		h->conn->shared->stats.resets_out++;
		h2_guard_reset(&h->guard, h->now_ms);
		break;
	case NGHTTP2_GOAWAY:
		/* The peer was told to go, or can't be understood: nothing more is said. */
		h->dead = h->dead || h->broken;
		/* Behind the notice, not with it: the library sends PINGs before all else. */
		if (h->drain == H2_DRAIN_NOTICE && h->notice_ms != 0)
			nghttp2_submit_ping(session, NGHTTP2_FLAG_NONE, h2_drain_ping);
		break;
	default:
		break;
	}
	return 0;
}

void h2_send_callbacks(nghttp2_session_callbacks *callbacks)
{
	nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
}

/* ---- what the app has recorded ---- */

/* Decimal digits at the end of `text`. */
static struct slice digits(char *text, size_t room, uint64_t v)
{
	size_t at = room;
	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	return slice_of(text + at, room - at);
}

static int submit_head(struct h2 *h, struct http_exchange *x)
{
	nghttp2_nv nv[MAX_NV];
	char *text = exchange_alloc(x, 2 * MAX_DIGITS);
	if (text == NULL) {
		x->aborted = true;
		return NGHTTP2_ERR_INVALID_ARGUMENT;
	}
	size_t n = 0;
	nv[n++] = nv_of(SLICE(":status"), digits(text, MAX_DIGITS, (uint64_t)x->status), false);
	n = nv_headers(nv, n, x->head, x->n_head);
	/* Without a body END_STREAM says so; and gRPC's Trailers-Only knows no length. */
	if (x->head_length > 0)
		nv[n++] = nv_of(SLICE("content-length"),
				digits(text + MAX_DIGITS, MAX_DIGITS, (uint64_t)x->head_length), false);
	nv[n++] = nv_of(SLICE("date"), shared_date(h->conn->shared), false);
	nghttp2_data_provider body = {.source = {.ptr = x}, .read_callback = read_body};
	x->head_sent = true;
	return nghttp2_submit_response(h->session, x->stream_id, nv, n, x->body_less ? NULL : &body);
}

static void submit(struct h2 *h, struct http_exchange *x)
{
	int rv = 0;
	if (x->aborted) {
		rv = nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, x->stream_id, NGHTTP2_INTERNAL_ERROR);
	} else if (x->responded && !x->head_sent) {
		rv = submit_head(h, x);
		if (rv != 0 && !nghttp2_is_fatal(rv))
			rv = nghttp2_submit_rst_stream(h->session, NGHTTP2_FLAG_NONE, x->stream_id,
						       NGHTTP2_INTERNAL_ERROR);
	} else if (x->deferred && (x->finished || exchange_pending(x) > 0)) {
		x->deferred = false;
		rv = nghttp2_session_resume_data(h->session, x->stream_id);
	}
	h2_failed(h, rv);
}

void h2_fill(void *p, struct buf *out, int64_t now_ms)
{
	struct h2 *h = p;
	struct http_exchange *x;
	h->now_ms = now_ms;
	while ((x = conn_next_ready(h->conn)) != NULL)
		submit(h, x);
	if (h->drain == H2_DRAIN_NOTICE && h->notice_ms == 0) {
		h->drain = H2_DRAIN_FINAL;
		h2_failed(h, nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
						   nghttp2_session_get_last_proc_stream_id(h->session),
						   NGHTTP2_NO_ERROR, NULL, 0));
	}
	h->out = out;
	while (!h->dead && out->len < NET_WRITE_BYTES) {
		const uint8_t *bytes;
		ssize_t len = nghttp2_session_mem_send(h->session, &bytes);
		if (len < 0)
			h2_failed(h, (int)len);
		if (len <= 0)
			break;
		buf_add(out, bytes, (size_t)len);
	}
	h->out = NULL;
	if (h->guard.tripped && !h->dead)
		h2_expel(h, "too many resets");
}
