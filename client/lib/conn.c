#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* A peer that was silent this long gets a PING, and as long again to answer it. */
	KEEPALIVE_MS = 20000,
	/* Reads of one turn, so that one connection does not starve the others. */
	READS_PER_TURN = 8,
	/* What SSL_write gets at once: a few records. */
	WRITE_BYTES = 64 * 1024,
	TLS_RECORD_BYTES = 16 * 1024,
};

static void try_address(struct conn *conn);

static void timer_set(struct conn *conn, uint32_t ms)
{
	struct timeval wait = {ms / 1000, (suseconds_t)(ms % 1000) * 1000};
	event_add(&conn->timer, &wait);
}

static void drop_socket(struct conn *conn)
{
	if (conn->fd < 0)
		return;
	event_del(&conn->read_event);
	event_del(&conn->write_event);
	conn->write_wanted = false;
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	close(conn->fd);
	conn->fd = -1;
}

void conn_fail(struct conn *conn, bool permanent)
{
	if (conn->phase == CONN_DEAD)
		return;
	conn->permanent = permanent;
	event_del(&conn->timer);
	drop_socket(conn);
	channel_conn_dead(conn);
}

void conn_destroy(struct conn *conn)
{
	event_del(&conn->timer);
	drop_socket(conn);
	nghttp2_session_del(conn->session);
	buf_free(&conn->out);
	free(conn);
}

static void lost(struct conn *conn, const char *why)
{
	rpc_error_both(&conn->error, ERR_UNAVAILABLE, "与 %s 的连接中断（%s）", "the connection to %s was lost (%s)",
		       conn->channel->target.authority, why);
	conn_fail(conn, false);
}

bool conn_has_room(const struct conn *conn)
{
	return conn->phase == CONN_READY &&
	       conn->in_flight <
		   nghttp2_session_get_remote_settings(conn->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

/* --- bytes --- */

enum io { IO_DONE, IO_LATER, IO_LOST };

static void want_write(struct conn *conn)
{
	if (!conn->write_wanted)
		event_add(&conn->write_event, NULL);
	conn->write_wanted = true;
}

static enum io tls_result(struct conn *conn, int result)
{
	int error = SSL_get_error(conn->ssl, result);
	if (error == SSL_ERROR_WANT_READ)
		return IO_LATER;
	if (error == SSL_ERROR_WANT_WRITE) {
		want_write(conn);
		return IO_LATER;
	}
	return IO_LOST;
}

static enum io read_some(struct conn *conn, uint8_t *to, size_t room, size_t *len)
{
	if (conn->ssl != NULL) {
		int n = SSL_read(conn->ssl, to, (int)room);
		*len = n > 0 ? (size_t)n : 0;
		return n > 0 ? IO_DONE : tls_result(conn, n);
	}
	ssize_t n = recv(conn->fd, to, room, 0);
	*len = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return IO_DONE;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? IO_LATER : IO_LOST;
}

static enum io write_some(struct conn *conn, const uint8_t *from, size_t len, size_t *taken)
{
	*taken = 0;
	if (conn->ssl != NULL) {
		int n = SSL_write(conn->ssl, from, (int)(len > WRITE_BYTES ? WRITE_BYTES : len));
		*taken = n > 0 ? (size_t)n : 0;
		return n > 0 ? IO_DONE : tls_result(conn, n);
	}
	ssize_t n = send(conn->fd, from, len, MSG_NOSIGNAL);
	*taken = n > 0 ? (size_t)n : 0;
	if (n >= 0)
		return IO_DONE;
	if (errno != EAGAIN && errno != EINTR)
		return IO_LOST;
	want_write(conn);
	return IO_LATER;
}

/* What TLS said last may be why: that the server refuses our certificate. */
static void lost_reading(struct conn *conn, const char *why)
{
	bool refused = conn->ssl != NULL && tls_refused(&conn->channel->target, &conn->error);
	ERR_clear_error();
	if (refused)
		conn_fail(conn, true);
	else
		lost(conn, why);
}

/* A server that has closed may have said why, in what is still to be read: TLS 1.3 refuses a certificate when the
 * client has begun to send, and then the write fails first. */
static void lost_writing(struct conn *conn, const char *why)
{
	struct channel *c = conn->channel;
	size_t len;
	enum io io = IO_DONE;
	ERR_clear_error();
	for (int i = 0; conn->ssl != NULL && io == IO_DONE && i < READS_PER_TURN; i++)
		io = read_some(conn, c->scratch, sizeof(c->scratch), &len);
	lost_reading(conn, why);
}

/* Moves what the session has to say into the buffer, up to its bound. */
static int collect(struct conn *conn)
{
	while (conn->out.len - conn->out_sent < OUT_BYTES) {
		const uint8_t *data;
		ssize_t n = nghttp2_session_mem_send(conn->session, &data);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		buf_add(&conn->out, data, (size_t)n);
	}
	return conn->out.failed ? -1 : 0;
}

void conn_flush(struct conn *conn)
{
	/* An idle connection holds no buffer. */
	enum { KEEP_BYTES = 64 * 1024 };
	if (conn->phase != CONN_READY && conn->phase != CONN_DRAINING)
		return;
	for (;;) {
		if (collect(conn) != 0) {
			lost(conn, "out of memory");
			return;
		}
		size_t left = conn->out.len - conn->out_sent;
		if (left == 0)
			break;
		size_t taken;
		enum io io = write_some(conn, conn->out.ptr + conn->out_sent, left, &taken);
		conn->out_sent += taken;
		conn->channel->stats.bytes_out += taken;
		if (io == IO_LOST) {
			lost_writing(conn, errno != 0 ? strerror(errno) : "closed");
			return;
		}
		if (io == IO_LATER)
			return;
		if (conn->out_sent == conn->out.len) {
			conn->out_sent = 0;
			buf_reset(&conn->out);
		}
	}
	if (conn->out.room > KEEP_BYTES)
		buf_free(&conn->out);
	if (!nghttp2_session_want_read(conn->session) && !nghttp2_session_want_write(conn->session))
		lost(conn, "the server has ended it");
}

static void read_all(struct conn *conn)
{
	struct channel *c = conn->channel;
	for (int i = 0; i < READS_PER_TURN; i++) {
		size_t len;
		errno = 0;
		enum io io = read_some(conn, c->scratch, sizeof(c->scratch), &len);
		if (io == IO_LATER)
			break;
		if (io == IO_LOST) {
			lost_reading(conn, errno != 0 ? strerror(errno) : "closed by the server");
			return;
		}
		conn->read_ns = clock_ns();
		conn->ping_out = false;
		c->stats.bytes_in += len;
		ssize_t n = nghttp2_session_mem_recv(conn->session, c->scratch, len);
		if (n < 0) {
			lost(conn, nghttp2_strerror((int)n));
			return;
		}
		/* A short read was the last one, unless OpenSSL holds more, which the socket does not show. */
		if (len < TLS_RECORD_BYTES && (conn->ssl == NULL || SSL_pending(conn->ssl) == 0))
			break;
	}
	if (conn->ssl != NULL && SSL_pending(conn->ssl) > 0)
		event_active(&conn->read_event, EV_READ, 0);
	channel_mark_dirty(conn);
}

/* --- ready --- */

static int start_session(struct conn *conn)
{
	struct channel *c = conn->channel;
	static const nghttp2_settings_entry settings[] = {
	    {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	    {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES},
	    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2 * STATUS_BYTES},
	};
	if (nghttp2_session_client_new2(&conn->session, c->callbacks, conn, c->option) != 0)
		return -1;
	if (nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, settings,
				    sizeof(settings) / sizeof(settings[0])) != 0)
		return -1;
	return nghttp2_session_set_local_window_size(conn->session, NGHTTP2_FLAG_NONE, 0, CONN_WINDOW_BYTES);
}

static void ready(struct conn *conn)
{
	if (start_session(conn) != 0) {
		rpc_error_local(&conn->error, ERR_INTERNAL, "out of memory");
		conn_fail(conn, false);
		return;
	}
	conn->phase = CONN_READY;
	conn->read_ns = clock_ns();
	timer_set(conn, KEEPALIVE_MS);
	channel_mark_dirty(conn);
	channel_conn_ready(conn);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct conn *conn = arg;
	struct channel *c = conn->channel;
	if (conn->phase == CONN_CONNECTING || conn->phase == CONN_HANDSHAKE) {
		rpc_error_both(&conn->error, ERR_UNAVAILABLE, "%s 没有响应", "%s does not answer", c->target.authority);
		if (conn->phase == CONN_CONNECTING && conn->address->ai_next != NULL) {
			conn->address = conn->address->ai_next;
			drop_socket(conn);
			try_address(conn);
		} else {
			conn_fail(conn, false);
		}
		return;
	}
	uint64_t silent_ms = (clock_ns() - conn->read_ns) / NS_PER_MS;
	if (silent_ms >= KEEPALIVE_MS && conn->ping_out) {
		lost(conn, "the server has gone silent");
		return;
	}
	/* A connection without calls may rest. */
	if (silent_ms >= KEEPALIVE_MS && conn->in_flight > 0) {
		conn->ping_out = true;
		nghttp2_submit_ping(conn->session, NGHTTP2_FLAG_NONE, NULL);
		channel_mark_dirty(conn);
	}
	timer_set(conn, KEEPALIVE_MS);
}

static void handshake(struct conn *conn)
{
	errno = 0;
	int result = SSL_do_handshake(conn->ssl);
	if (result != 1) {
		if (tls_result(conn, result) == IO_LATER)
			return;
		bool permanent = tls_explain(conn->ssl, &conn->channel->target, &conn->error);
		conn_fail(conn, permanent);
		return;
	}
	const unsigned char *alpn;
	unsigned len;
	SSL_get0_alpn_selected(conn->ssl, &alpn, &len);
	if (len != 2 || memcmp(alpn, "h2", 2) != 0) {
		rpc_error_texts(&conn->error, ERR_UNAVAILABLE, "服务器不支持 HTTP/2（ALPN h2），可能不是派单服务",
				"the server does not speak HTTP/2 (ALPN h2): it may not be a paidan server");
		conn_fail(conn, true);
		return;
	}
	ready(conn);
	if (conn->phase == CONN_READY)
		read_all(conn);
}

/* --- connect --- */

static void connected(struct conn *conn)
{
	struct channel *c = conn->channel;
	event_add(&conn->read_event, NULL);
	if (c->tls == NULL) {
		ready(conn);
		return;
	}
	conn->phase = CONN_HANDSHAKE;
	conn->ssl = tls_start(c->tls, conn->fd, &c->target);
	timer_set(conn, c->connect_timeout_ms);
	if (conn->ssl == NULL) {
		rpc_error_local(&conn->error, ERR_INTERNAL, "out of memory");
		conn_fail(conn, false);
		return;
	}
	handshake(conn);
}

static void next_address(struct conn *conn, int error)
{
	rpc_error_both(&conn->error, ERR_UNAVAILABLE, "无法连接 %s（%s）", "can't connect to %s (%s)",
		       conn->channel->target.authority, strerror(error));
	drop_socket(conn);
	conn->address = conn->address->ai_next;
	if (conn->address == NULL)
		conn_fail(conn, false);
	else
		try_address(conn);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct conn *conn = arg;
	switch (conn->phase) {
	case CONN_HANDSHAKE:
		handshake(conn);
		break;
	case CONN_READY:
	case CONN_DRAINING:
		read_all(conn);
		break;
	case CONN_CONNECTING:
	case CONN_DEAD:
		break;
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	struct conn *conn = arg;
	conn->write_wanted = false;
	int error = 0;
	socklen_t len = sizeof(error);
	switch (conn->phase) {
	case CONN_CONNECTING:
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
			error = errno;
		if (error != 0)
			next_address(conn, error);
		else
			connected(conn);
		break;
	case CONN_HANDSHAKE:
		handshake(conn);
		break;
	case CONN_READY:
	case CONN_DRAINING:
		conn_flush(conn);
		break;
	case CONN_DEAD:
		break;
	}
}

static void try_address(struct conn *conn)
{
	const struct addrinfo *a = conn->address;
	struct channel *c = conn->channel;
	int one = 1;
	conn->phase = CONN_CONNECTING;
	conn->fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (conn->fd < 0) {
		rpc_error_local(&conn->error, ERR_UNAVAILABLE, "no socket (%s)", strerror(errno));
		conn_fail(conn, false);
		return;
	}
	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	event_assign(&conn->read_event, c->base, conn->fd, EV_READ | EV_PERSIST, on_readable, conn);
	event_assign(&conn->write_event, c->base, conn->fd, EV_WRITE, on_writable, conn);
	timer_set(conn, c->connect_timeout_ms);
	if (connect(conn->fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS)
		next_address(conn, errno);
	else
		want_write(conn);
}

struct conn *conn_open(struct channel *c, unsigned slot)
{
	struct conn *conn = calloc(1, sizeof(*conn));
	if (conn == NULL)
		return NULL;
	conn->channel = c;
	conn->slot = slot;
	conn->fd = -1;
	conn->address = c->addresses;
	event_assign(&conn->timer, c->base, -1, 0, on_timer, conn);
	c->slots[slot] = conn;
	c->connecting++;
	try_address(conn);
	return conn;
}
