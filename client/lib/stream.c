#include "inside.h"

#include <stdio.h>

/* --- request --- */

/* grpc-timeout holds at most 8 digits and a unit. */
static size_t timeout_text(char *to, size_t room, uint64_t ms)
{
	int len = ms < 100000000 ? snprintf(to, room, "%llum", (unsigned long long)ms)
				 : snprintf(to, room, "%lluS", (unsigned long long)(ms / 1000));
	return (size_t)len;
}

static ssize_t read_request(nghttp2_session *session, int32_t stream_id, uint8_t *to, size_t room, uint32_t *flags,
			    nghttp2_data_source *source, void *user)
{
	(void)source;
	(void)user;
	struct call *call = nghttp2_session_get_stream_user_data(session, stream_id);
	if (call == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	size_t left = call->request.len - call->request_sent;
	size_t take = left < room ? left : room;
	memcpy(to, call->request.ptr + call->request_sent, take);
	call->request_sent += take;
	if (take == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)take;
}

static nghttp2_nv header(const char *name, size_t name_len, const char *value, size_t value_len, uint8_t flags)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, name_len, value_len,
			    (uint8_t)(flags | NGHTTP2_NV_FLAG_NO_COPY_NAME)};
}

#define FIXED(name, value) header(name, sizeof(name) - 1, value, sizeof(value) - 1, NGHTTP2_NV_FLAG_NO_COPY_VALUE)
/* Strings that live as long as the channel. */
#define SHARED(name, value) header(name, sizeof(name) - 1, value, strlen(value), NGHTTP2_NV_FLAG_NO_COPY_VALUE)
#define COPIED(name, value, len) header(name, sizeof(name) - 1, value, len, NGHTTP2_NV_FLAG_NONE)

static size_t fill_headers(nghttp2_nv *nv, const struct channel *c, const struct call *call, const char *timeout,
			   size_t timeout_len)
{
	size_t n = 0;
	nv[n++] = FIXED(":method", "POST");
	nv[n++] = c->target.tls ? FIXED(":scheme", "https") : FIXED(":scheme", "http");
	nv[n++] = COPIED(":path", call->options.path, strlen(call->options.path));
	nv[n++] = SHARED(":authority", c->target.authority);
	nv[n++] = FIXED("content-type", "application/grpc+proto");
	nv[n++] = FIXED("te", "trailers");
	nv[n++] = SHARED("user-agent", c->agent);
	if (c->authorization != NULL)
		nv[n++] = SHARED("authorization", c->authorization);
	if (c->tenant != NULL)
		nv[n++] = SHARED("x-paidan-tenant", c->tenant);
	if (c->trace != NULL)
		nv[n++] = SHARED("traceparent", c->trace);
	if (call->act_as[0] != '\0')
		nv[n++] = COPIED("x-paidan-act-as", call->act_as, strlen(call->act_as));
	if (timeout_len > 0)
		nv[n++] = COPIED("grpc-timeout", timeout, timeout_len);
	return n;
}

int stream_submit(struct conn *conn, struct call *call)
{
	char timeout[16];
	size_t timeout_len = 0;
	nghttp2_nv nv[12];
	struct channel *c = conn->channel;
	if (call->deadline_ns != 0) {
		/* The first attempt says what was asked for: a constant that HPACK has in its table. */
		uint64_t now = clock_ns();
		uint64_t left = call->deadline_ns > now ? (call->deadline_ns - now) / NS_PER_MS + 1 : 1;
		bool first = call->attempts == 0 && left + 50 > call->options.timeout_ms;
		timeout_len = timeout_text(timeout, sizeof(timeout), first ? call->options.timeout_ms : left);
	}
	size_t n = fill_headers(nv, c, call, timeout, timeout_len);
	nghttp2_data_provider body = {.read_callback = read_request};
	int32_t id = nghttp2_submit_request(conn->session, NULL, nv, n, &body, call);
	if (id < 0)
		return -1;
	call->stream_id = id;
	call->request_sent = 0;
	call->reply.len = 0;
	call->reply.failed = false;
	call->scanned = 0;
	call->precredit = 0;
	call->messages = 0;
	call->grpc = false;
	call->has_status = false;
	call->violated = false;
	call->http_status = 0;
	call->status = GRPC_UNKNOWN;
	buf_reset(&call->texts);
	call->message_len = 0;
	call->details_len = 0;
	call->attempts++;
	/* Into the connection's list by hand: the call's own list is that of its phase before. */
	call_list_remove(&c->waiting, call);
	call->phase = CALL_SENT;
	call->conn = conn;
	call_list_add(&conn->calls, call);
	conn->in_flight++;
	c->stats.attempts++;
	channel_mark_dirty(conn);
	return 0;
}

void stream_reset(struct call *call)
{
	struct conn *conn = call->conn;
	if (conn->phase == CONN_DEAD)
		return;
	nghttp2_session_set_stream_user_data(conn->session, call->stream_id, NULL);
	nghttp2_submit_rst_stream(conn->session, NGHTTP2_FLAG_NONE, call->stream_id, NGHTTP2_CANCEL);
	channel_mark_dirty(conn);
}

void stream_consume(struct call *call, size_t bytes)
{
	struct conn *conn = call->conn;
	if (conn->phase == CONN_DEAD)
		return;
	nghttp2_session_consume_stream(conn->session, call->stream_id, bytes);
	channel_mark_dirty(conn);
}

/* --- reply --- */

static bool name_is(const uint8_t *name, size_t len, const char *literal, size_t literal_len)
{
	return len == literal_len && memcmp(name, literal, len) == 0;
}

#define NAME_IS(literal) name_is(name, name_len, literal, sizeof(literal) - 1)

static void keep_text(struct call *call, size_t *at, size_t *len, struct slice value)
{
	*at = call->texts.len;
	buf_slice(&call->texts, value);
	*len = call->texts.failed ? 0 : value.len;
}

static void keep_date(struct channel *c, struct slice value)
{
	if (value.len >= sizeof(c->date))
		return;
	memcpy(c->date, value.ptr, value.len);
	c->date[value.len] = '\0';
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	c->date_local_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
		     const uint8_t *value_ptr, size_t value_len, uint8_t flags, void *user)
{
	(void)flags;
	(void)user;
	struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (call == NULL)
		return 0;
	struct slice value = slice_of(value_ptr, value_len);
	if (NAME_IS(":status") && value_len == 3) {
		call->http_status = (value_ptr[0] - '0') * 100 + (value_ptr[1] - '0') * 10 + (value_ptr[2] - '0');
	} else if (NAME_IS("content-type")) {
		call->grpc = slice_starts(value, SLICE("application/grpc")) &&
			     !slice_starts(value, SLICE("application/grpc-web"));
	} else if (NAME_IS("grpc-status")) {
		call->has_status = true;
		call->status = rpc_code_parse(value);
	} else if (NAME_IS("grpc-message")) {
		keep_text(call, &call->message_at, &call->message_len, value);
	} else if (NAME_IS("grpc-status-details-bin")) {
		keep_text(call, &call->details_at, &call->details_len, value);
	} else if (NAME_IS("date")) {
		keep_date(call->channel, value);
	}
	return 0;
}

/* This side refuses the rest of the reply. */
static void violated(struct call *call, enum err err, const char *why)
{
	if (call->violated)
		return;
	call->violated = true;
	rpc_error_local(&call->error, err, "%s", why);
	nghttp2_submit_rst_stream(call->conn->session, NGHTTP2_FLAG_NONE, call->stream_id, NGHTTP2_CANCEL);
}

/* Finds the messages that are whole now; false when the reply is not what it must be. */
static bool scan(struct call *call)
{
	while (call->reply.len - call->scanned >= GRPC_PREFIX_BYTES) {
		const uint8_t *p = call->reply.ptr + call->scanned;
		size_t len = message_len(p);
		if (p[0] != 0) {
			violated(call, ERR_INTERNAL, "the reply is compressed, which was not asked for");
			return false;
		}
		if (len > call->channel->max_reply_bytes) {
			violated(call, ERR_TOO_LARGE, "the reply is larger than this client takes");
			return false;
		}
		if (call->reply.len - call->scanned - GRPC_PREFIX_BYTES < len)
			break;
		call->scanned += GRPC_PREFIX_BYTES + len;
		call->messages++;
	}
	if (call->options.on_message == NULL && call->messages > 1) {
		violated(call, ERR_INTERNAL, "more than one message in the reply of a unary call");
		return false;
	}
	return true;
}

void stream_credit_large(struct call *call)
{
	size_t have = call->reply.len - call->scanned;
	if (call->phase != CALL_SENT || call->scanned > 0 || have < GRPC_PREFIX_BYTES || have <= call->precredit)
		return;
	if (message_len(call->reply.ptr) <= STREAM_WINDOW_BYTES / 2)
		return;
	stream_consume(call, have - call->precredit);
	call->precredit = have;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t len,
		   void *user)
{
	(void)flags;
	(void)user;
	struct call *call = nghttp2_session_get_stream_user_data(session, stream_id);
	nghttp2_session_consume_connection(session, len);
	if (call == NULL || call->violated || !call->grpc) {
		nghttp2_session_consume_stream(session, stream_id, len);
		return 0;
	}
	buf_add(&call->reply, data, len);
	if (call->reply.failed) {
		violated(call, ERR_INTERNAL, "out of memory");
		return 0;
	}
	if (!scan(call))
		return 0;
	if (call->options.on_message == NULL) {
		nghttp2_session_consume_stream(session, stream_id, len);
	} else {
		if (call->scanned > 0)
			call_set_readable(call, true);
		stream_credit_large(call);
	}
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *user)
{
	(void)user;
	struct call *call = nghttp2_session_get_stream_user_data(session, stream_id);
	if (call == NULL)
		return 0;
	nghttp2_session_set_stream_user_data(session, stream_id, NULL);
	stream_outcome(call, error_code);
	call_attempt_over(call, error_code != NGHTTP2_REFUSED_STREAM);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	(void)session;
	struct conn *conn = user;
	if (!conn->greeted && frame->hd.type == NGHTTP2_SETTINGS) {
		conn->greeted = true;
		conn->channel->failures = 0;
	}
	if (frame->hd.type == NGHTTP2_GOAWAY)
		channel_conn_draining(conn);
	return 0;
}

static void outcome_of_reset(struct call *call, uint32_t error_code)
{
	if (error_code == NGHTTP2_REFUSED_STREAM)
		rpc_error_local(&call->error, ERR_UNAVAILABLE, "the server refused the stream");
	else if (error_code == NGHTTP2_CANCEL)
		rpc_error_local(&call->error, ERR_CANCELLED, "the server cancelled the stream");
	else if (error_code == NGHTTP2_ENHANCE_YOUR_CALM)
		rpc_error_local(&call->error, ERR_RATE_LIMITED, "the server asks for calm");
	else if (error_code == NGHTTP2_NO_ERROR)
		rpc_error_local(&call->error, ERR_INTERNAL, "the reply ended without a status");
	else
		rpc_error_local(&call->error, ERR_INTERNAL, "the stream was reset: %s",
				nghttp2_http2_strerror(error_code));
}

void stream_outcome(struct call *call, uint32_t error_code)
{
	if (call->violated)
		return;
	if (call->has_status) {
		struct slice texts = buf_view(&call->texts);
		if (call->status != GRPC_OK) {
			rpc_error_from_status(&call->error, call->status,
					      slice_of(texts.ptr + call->message_at, call->message_len),
					      slice_of(texts.ptr + call->details_at, call->details_len));
			return;
		}
		call->error.code = GRPC_OK;
		if (call->scanned < call->reply.len)
			rpc_error_local(&call->error, ERR_INTERNAL, "the reply ends inside a message");
		else if (call->options.on_message == NULL && call->messages == 0)
			rpc_error_local(&call->error, ERR_INTERNAL, "the reply holds no message");
		return;
	}
	if (call->http_status != 0 && (call->http_status != 200 || !call->grpc))
		rpc_error_from_http(&call->error, call->http_status == 200 ? 0 : call->http_status);
	else
		outcome_of_reset(call, error_code);
}

int stream_callbacks(nghttp2_session_callbacks **callbacks)
{
	if (nghttp2_session_callbacks_new(callbacks) != 0)
		return -1;
	nghttp2_session_callbacks_set_on_header_callback(*callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(*callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(*callbacks, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_recv_callback(*callbacks, on_frame);
	return 0;
}
