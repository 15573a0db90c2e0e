#include "net/h2.h"

#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "base/log.h"
#include "net/clock.h"

enum {
	/* Decoder's dynamic table: nghttp2's default, enough for a client's metadata. */
	HPACK_TABLE_BYTES = 4096,
	/* When a header list is over the limit by this factor the peer is not mistaken but hostile: each
	 * byte of a header block can refer to a table entry of 4 KB. */
	HEADER_BOMB_FACTOR = 8,
	/* A client sends 3 to 6 settings; one PING or SETTINGS ack waits while the peer reads. */
	MAX_SETTINGS = 32,
	MAX_ACKS = 200,
	/* Frames waiting for a peer that reads nothing, beside one for each stream: it can make us queue
	 * refusals without end. */
	MAX_QUEUE = 1000,
	/* How long a drain waits for the answer to its PING. */
	NOTICE_MS = 1000,
};

const uint8_t h2_drain_ping[8] = {'p', 'd', ' ', 'd', 'r', 'a', 'i', 'n'};

/* ---- receiving: nghttp2's callbacks ---- */

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *arg)
{
	struct h2 *h = arg;
	h->greeted = true;
	switch (hd->type) {
	case NGHTTP2_HEADERS:
		/* The library decodes those of streams that are no more, and skips them. */
		if (hd->stream_id > h->last_stream_id)
			h->last_stream_id = hd->stream_id;
		else if (nghttp2_session_get_stream_user_data(session, hd->stream_id) == NULL)
			h2_guard_control(&h->guard, h->now_ms);
		break;
	case NGHTTP2_DATA: /* counted when it is whole: with padding an empty one is not short */
		break;
	case NGHTTP2_RST_STREAM:
		h->conn->shared->stats.resets_in++;
		h2_guard_reset(&h->guard, h->now_ms);
		break;
	case NGHTTP2_PING:
		if (!(hd->flags & NGHTTP2_FLAG_ACK))
			h2_pings_came(&h->pings, !TAILQ_EMPTY(&h->conn->exchanges), h->now_ms);
		h2_guard_control(&h->guard, h->now_ms);
		break;
	default: /* frame types are a byte from the peer, not an enum of ours */
		h2_guard_control(&h->guard, h->now_ms);
		break;
	}
	return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2 *h = arg;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct http_exchange *x = exchange_new(h->conn, h->now_ms);
	if (x == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	x->stream_id = frame->hd.stream_id;
	x->request.h2 = true;
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, x);
	return 0;
}

static struct slice rcbuf_slice(nghttp2_rcbuf *buf)
{
	nghttp2_vec v = nghttp2_rcbuf_get_buf(buf);
	return slice_of(v.base, v.len);
}

/* HPACK's static table stays for ever, all else only for the call. */
static struct slice rcbuf_keep(struct http_exchange *x, nghttp2_rcbuf *buf, bool *failed)
{
	struct slice s = rcbuf_slice(buf);
	return nghttp2_rcbuf_is_static(buf) ? s : exchange_copy(x, s, failed);
}

/* Pseudo headers; nghttp2 has checked that they come first, once and complete. */
static void set_pseudo(struct http_exchange *x, struct slice name, struct slice value)
{
	if (slice_eq(name, SLICE(":method")))
		x->request.method = value;
	else if (slice_eq(name, SLICE(":path")))
		exchange_target(x, value);
	else if (slice_eq(name, SLICE(":authority")))
		x->request.authority = value;
}

static int64_t parse_length(struct slice s)
{
	int64_t n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, s.ptr[i] - '0', &n))
			return -1;
	}
	return s.len == 0 ? -1 : n;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name_buf,
		     nghttp2_rcbuf *value_buf, uint8_t flags, void *arg)
{
	(void)flags;
	struct h2 *h = arg;
	struct http_exchange *x = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (x == NULL)
		return 0;
	struct slice name = rcbuf_slice(name_buf);
	struct slice value = rcbuf_slice(value_buf);
	if (x->too_many_headers || x->begun) { /* a bomb going on, or trailers: counted, not kept */
		x->header_bytes += name.len + value.len + 32;
		size_t bomb = HEADER_BOMB_FACTOR * (size_t)h->conn->shared->limits.header_bytes;
		return x->header_bytes > bomb ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
	}
	bool failed = false;
	name = rcbuf_keep(x, name_buf, &failed);
	value = rcbuf_keep(x, value_buf, &failed);
	if (failed)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (name.len > 0 && name.ptr[0] == ':') {
		set_pseudo(x, name, value);
		x->header_bytes += name.len + value.len + 32;
		x->too_many_headers = x->header_bytes > (size_t)h->conn->shared->limits.header_bytes;
		return 0;
	}
	if (exchange_header(x, name, value) != 0)
		return x->too_many_headers ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (slice_eq(name, SLICE("content-length")))
		x->request.content_length = parse_length(value);
	else if (slice_eq(name, SLICE("host")) && x->request.authority.len == 0)
		x->request.authority = value;
	return 0;
}

/* Bytes that HTTP allows in no header. The library would leave the header out; but what one party does not see
 * another may. The stream is reset with PROTOCOL_ERROR. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
			     nghttp2_rcbuf *value, uint8_t flags, void *arg)
{
	(void)session;
	(void)frame;
	(void)name;
	(void)value;
	(void)flags;
	(void)arg;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

/* RFC 9113 8.3.1: a Host beside :authority must say the same, or two parties may see two requests. */
static bool one_host(const struct http_exchange *x)
{
	struct slice host = http_header(&x->request, SLICE("host")), authority = x->request.authority;
	return host.ptr == NULL || (host.len == authority.len &&
				    strncasecmp((const char *)host.ptr, (const char *)authority.ptr, host.len) == 0);
}

static void request_begin(struct h2 *h, struct http_exchange *x)
{
	x->request.headers = x->headers;
	if (x->too_many_headers) {
		h2_guard_reset(&h->guard, h->now_ms);
		exchange_refuse(x, 431);
	} else if (slice_eq(x->request.method, SLICE("CONNECT")) || !one_host(x)) {
		exchange_refuse(x, 400); /* we are nobody's proxy */
	} else if (!h->guard.tripped) {
		exchange_begin(x);
	}
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2 *h = arg;
	struct http_exchange *x;
	switch (frame->hd.type) {
	case NGHTTP2_HEADERS:
	case NGHTTP2_DATA:
		if (frame->hd.type == NGHTTP2_DATA && frame->hd.length <= frame->data.padlen &&
		    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			h2_guard_control(&h->guard, h->now_ms);
		x = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
		if (x == NULL || x->over)
			return 0;
		if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
			request_begin(h, x);
		if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
			exchange_end(x);
		break;
	case NGHTTP2_PING:
		if ((frame->hd.flags & NGHTTP2_FLAG_ACK) && h->drain == H2_DRAIN_NOTICE &&
		    memcmp(frame->ping.opaque_data, h2_drain_ping, sizeof(h2_drain_ping)) == 0)
			h->notice_ms = 0; /* the peer has seen the notice: fill sends the final GOAWAY */
		break;
	default:
		break;
	}
	return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *bytes, size_t len,
			 void *arg)
{
	(void)flags;
	(void)arg;
	struct http_exchange *x = nghttp2_session_get_stream_user_data(session, stream_id);
	if (x != NULL && !x->over)
		exchange_body(x, slice_of(bytes, len));
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *arg)
{
	(void)error_code;
	(void)arg;
	struct http_exchange *x = nghttp2_session_get_stream_user_data(session, stream_id);
	if (x == NULL)
		return 0;
	nghttp2_session_set_stream_user_data(session, stream_id, NULL);
	exchange_over(x, x->sent);
	return 0;
}

/* ---- the session ---- */

struct h2_shared *h2_shared_new(struct net_shared *shared)
{
	struct h2_shared *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	if (nghttp2_session_callbacks_new(&s->callbacks) != 0 || nghttp2_option_new(&s->options) != 0) {
		h2_shared_free(s);
		return NULL;
	}
	nghttp2_session_callbacks_set_on_begin_frame_callback(s->callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(s->callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback2(s->callbacks, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback2(s->callbacks, on_invalid_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(s->callbacks, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(s->callbacks, on_data_chunk);
	nghttp2_session_callbacks_set_on_stream_close_callback(s->callbacks, on_stream_close);
	h2_send_callbacks(s->callbacks);
	/* Streams that are closed would be kept for a priority tree that nobody uses any more. */
	nghttp2_option_set_no_closed_streams(s->options, 1);
	nghttp2_option_set_max_settings(s->options, MAX_SETTINGS);
	nghttp2_option_set_max_outbound_ack(s->options, MAX_ACKS);
	h2_mem_init(&s->mem, (size_t)shared->limits.connections);
	return s;
}

void h2_shared_free(struct h2_shared *s)
{
	if (s == NULL)
		return;
	nghttp2_session_callbacks_del(s->callbacks);
	nghttp2_option_del(s->options);
	h2_mem_finish(&s->mem);
	free(s);
}

static void h2_destroy(void *p)
{
	struct h2 *h = p;
	if (h == NULL)
		return;
	if (!h->ruined)
		nghttp2_session_del(h->session);
	free(h);
}

void *h2_new(struct conn *conn, int64_t now_ms)
{
	const struct net_limits *limits = &conn->shared->limits;
	struct h2_shared *s = conn->shared->h2;
	struct h2 *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->conn = conn;
	h->now_ms = now_ms;
	h2_guard_init(&h->guard, limits->resets, limits->control_frames, limits->abuse_ms);
	h2_pings_init(&h->pings, limits->ping_ms, limits->ping_idle_ms);
	const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)limits->streams},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, LIMIT_STREAM_WINDOW_BYTES},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->header_bytes},
	    {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, HPACK_TABLE_BYTES},
	    {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	};
	if (nghttp2_session_server_new3(&h->session, s->callbacks, h, s->options, &s->mem.functions) != 0 ||
	    nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])) !=
		0 ||
	    nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, LIMIT_CONNECTION_WINDOW_BYTES) !=
		0) {
		h2_destroy(h);
		return NULL;
	}
	return h;
}

void h2_failed(struct h2 *h, int error)
{
	if (!nghttp2_is_fatal(error))
		return;
	h->dead = true;
	if (error == NGHTTP2_ERR_NOMEM) {
		h->ruined = true;
		log_error("net", "out of memory in an h2 session", LOG_S("peer", h->conn->peer));
	}
}

void h2_expel(struct h2 *h, const char *why)
{
	if (h->broken)
		return;
	h->broken = true;
	conn_pause(h->conn, true);
	h->conn->shared->stats.closed_abuse++;
	log_warn("net", "connection closed for abuse", LOG_S("peer", h->conn->peer), LOG_S("why", why),
		 LOG_I("resets", h->guard.resets), LOG_I("control", h->guard.control));
	h2_failed(h, nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
					   nghttp2_session_get_last_proc_stream_id(h->session),
					   NGHTTP2_ENHANCE_YOUR_CALM, (const uint8_t *)why, strlen(why)));
}

/* The session can't receive any more; the library has queued a GOAWAY itself for most reasons. */
static void h2_broken(struct h2 *h, int error)
{
	if (error == NGHTTP2_ERR_FLOODED || error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
		h2_expel(h, nghttp2_strerror(error));
		return;
	}
	if (error == NGHTTP2_ERR_NOMEM) {
		h2_failed(h, error);
		return;
	}
	h->broken = true;
	log_debug("net", "h2 session ended", LOG_S("peer", h->conn->peer), LOG_S("why", nghttp2_strerror(error)));
	h2_failed(h, nghttp2_session_terminate_session(h->session, NGHTTP2_PROTOCOL_ERROR));
}

static void h2_receive(void *p, const uint8_t *bytes, size_t len, int64_t now_ms)
{
	struct h2 *h = p;
	h->now_ms = now_ms;
	if (h->broken || h->dead)
		return;
	ssize_t used = nghttp2_session_mem_recv(h->session, bytes, len);
	if (used < 0)
		h2_broken(h, (int)used);
	else if (h->pings.tripped)
		h2_expel(h, "too_many_pings"); /* gRPC's clients know this word, and ask less often */
	else if (h->guard.tripped)
		h2_expel(h, "too many resets or control frames");
	else if (nghttp2_session_get_outbound_queue_size(h->session) >
		 (size_t)h->conn->shared->limits.streams + MAX_QUEUE)
		h2_expel(h, "too many frames not read");
}

/* There is no half-closed connection in HTTP/2. */
static void h2_eof(void *p)
{
	struct h2 *h = p;
	struct http_exchange *x;
	h->dead = true;
	while ((x = TAILQ_FIRST(&h->conn->exchanges)) != NULL)
		exchange_over(x, false);
}

static bool h2_finished(const void *p)
{
	const struct h2 *h = p;
	return h->dead || h->broken ||
	       (nghttp2_session_want_read(h->session) == 0 && nghttp2_session_want_write(h->session) == 0);
}

static bool h2_greeted(const void *p)
{
	return ((const struct h2 *)p)->greeted;
}

static void h2_drain(void *p)
{
	struct h2 *h = p;
	if (h->drain != H2_DRAIN_NO || h->broken || h->dead)
		return;
	h->drain = H2_DRAIN_NOTICE;
	h->notice_ms = clock_now_ms();
	h2_failed(h, nghttp2_submit_shutdown_notice(h->session));
}

/* Whoever waits for an answer and has fallen silent is asked once. true: there is nobody, the connection was closed. */
static bool is_gone(struct h2 *h, int64_t now_ms)
{
	const struct net_limits *limits = &h->conn->shared->limits;
	int64_t silent_ms = now_ms - h->conn->active_ms;
	if (TAILQ_EMPTY(&h->conn->exchanges) || silent_ms <= limits->silent_ms) {
		h->probed = false;
	} else if (!h->probed) {
		h->probed = true;
		h2_failed(h, nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL));
		conn_wake(h->conn);
	} else if (silent_ms > limits->silent_ms + limits->probe_ms) {
		h->conn->shared->stats.closed_timeout++;
		conn_close(h->conn);
		return true;
	}
	return false;
}

static void h2_tick(void *p, int64_t now_ms)
{
	struct h2 *h = p;
	h->now_ms = now_ms;
	if (!h->broken && !h->dead && is_gone(h, now_ms))
		return;
	if (h->drain == H2_DRAIN_NOTICE && h->notice_ms != 0 && now_ms - h->notice_ms > NOTICE_MS) {
		h->notice_ms = 0;
		conn_wake(h->conn);
	}
}

const struct conn_protocol h2_protocol = {
    .receive = h2_receive,
    .eof = h2_eof,
    .fill = h2_fill,
    .finished = h2_finished,
    .drain = h2_drain,
    .tick = h2_tick,
    .greeted = h2_greeted,
    .destroy = h2_destroy,
};
