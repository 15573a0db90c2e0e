/*
 * minimal_h2: the least that a server of nghttp2, libevent and OpenSSL can be: the yardstick for an RPC that
 * needs no store.
 *
 * It takes any request, waits for its end and answers 200 with the same 7 bytes (a gRPC message) and a
 * grpc-status trailer. No routing, no limits, no time-outs, no logs. TLS settings are those of server/net/tls.c.
 *
 * usage: minimal_h2 CERT KEY WORKERS
 * Prints its port, then serves until it is killed; its workers die with it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, OUT_BYTES = 128 * 1024, MAX_WORKERS = 64 };

struct server {
	struct event_base *base;
	SSL_CTX *tls;
	nghttp2_session_callbacks *callbacks;
	struct event listen;
	uint8_t in[READ_BYTES];
	uint8_t out[OUT_BYTES];
};

struct peer {
	struct server *server;
	int fd;
	SSL *ssl;
	bool up;
	nghttp2_session *session;
	struct event read, write;
	size_t out_len, out_sent;
	uint8_t *left; /* output that the socket did not take */
};

static const uint8_t reply[] = {0, 0, 0, 0, 2, 8, 1};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void peer_free(struct peer *p)
{
	event_del(&p->read);
	event_del(&p->write);
	nghttp2_session_del(p->session);
	SSL_free(p->ssl);
	close(p->fd);
	free(p->left);
	free(p);
}

/* --- HTTP/2 --- */

#define NV(name, value)                                                                                           \
	{                                                                                                         \
		(uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), sizeof(name) - 1, sizeof(value) - 1, \
		    NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE                                  \
	}

static ssize_t on_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room, uint32_t *flags,
		       nghttp2_data_source *source, void *user)
{
	static const nghttp2_nv trailers[] = {NV("grpc-status", "0")};
	(void)source;
	(void)user;
	if (room < sizeof(reply))
		return NGHTTP2_ERR_DEFERRED;
	memcpy(to, reply, sizeof(reply));
	*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
	nghttp2_submit_trailer(session, stream, trailers, 1);
	return sizeof(reply);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	static const nghttp2_nv headers[] = {NV(":status", "200"), NV("content-type", "application/grpc+proto")};
	nghttp2_data_provider body = {.read_callback = on_body};
	(void)user;
	bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
		    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	return ends ? nghttp2_submit_response(session, frame->hd.stream_id, headers, 2, &body) : 0;
}

/* One SSL_write for all that the session has to say. */
static bool flush(struct peer *p)
{
	struct server *s = p->server;
	for (;;) {
		if (p->left == NULL) {
			size_t len = 0;
			const uint8_t *data;
			ssize_t n;
			while (len < OUT_BYTES / 2 && (n = nghttp2_session_mem_send(p->session, &data)) > 0) {
				memcpy(s->out + len, data, (size_t)n);
				len += (size_t)n;
			}
			if (len == 0)
				return true;
			p->left = s->out;
			p->out_len = len;
			p->out_sent = 0;
		}
		int n = SSL_write(p->ssl, p->left + p->out_sent, (int)(p->out_len - p->out_sent));
		if (n <= 0) {
			if (p->left == s->out && (p->left = malloc(OUT_BYTES)) != NULL)
				memcpy(p->left, s->out, p->out_len);
			if (SSL_get_error(p->ssl, n) != SSL_ERROR_WANT_WRITE || p->left == NULL)
				return false;
			event_add(&p->write, NULL);
			return true;
		}
		p->out_sent += (size_t)n;
		if (p->out_sent == p->out_len) {
			if (p->left != s->out)
				free(p->left);
			p->left = NULL;
		}
	}
}

/* --- connections --- */

static bool start_session(struct peer *p)
{
	static const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 256}};
	p->up = true;
	return nghttp2_session_server_new(&p->session, p->server->callbacks, p) == 0 &&
	       nghttp2_submit_settings(p->session, NGHTTP2_FLAG_NONE, settings, 1) == 0;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct peer *p = arg;
	(void)fd;
	(void)what;
	if (!p->up) {
		int done = SSL_accept(p->ssl);
		if (done != 1) {
			if (SSL_get_error(p->ssl, done) != SSL_ERROR_WANT_READ)
				peer_free(p);
			return;
		}
		if (!start_session(p)) {
			peer_free(p);
			return;
		}
	}
	for (;;) {
		int n = SSL_read(p->ssl, p->server->in, READ_BYTES);
		if (n <= 0) {
			if (SSL_get_error(p->ssl, n) == SSL_ERROR_WANT_READ)
				break;
			peer_free(p);
			return;
		}
		if (nghttp2_session_mem_recv(p->session, p->server->in, (size_t)n) < 0) {
			peer_free(p);
			return;
		}
		if (SSL_pending(p->ssl) == 0 && n < 16384)
			break;
	}
	if (!flush(p) || (!nghttp2_session_want_read(p->session) && !nghttp2_session_want_write(p->session)))
		peer_free(p);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (!flush(arg))
		peer_free(arg);
}

static void on_accept(evutil_socket_t listen_fd, short what, void *arg)
{
	struct server *s = arg;
	int fd, one = 1;
	(void)what;
	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct peer *p = calloc(1, sizeof(*p));
		if (p == NULL || (p->ssl = SSL_new(s->tls)) == NULL)
			die("no memory");
		p->server = s;
		p->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		SSL_set_fd(p->ssl, fd);
		SSL_set_accept_state(p->ssl);
		event_assign(&p->read, s->base, fd, EV_READ | EV_PERSIST, on_readable, p);
		event_assign(&p->write, s->base, fd, EV_WRITE, on_writable, p);
		event_add(&p->read, NULL);
	}
}

/* --- starting --- */

static int select_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
		     unsigned in_len, void *arg)
{
	static const unsigned char h2[] = {2, 'h', '2'};
	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_len, h2, sizeof(h2), in, in_len) ==
		       OPENSSL_NPN_NEGOTIATED
		   ? SSL_TLSEXT_ERR_OK
		   : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *tls_new(const char *cert, const char *key)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(
		tls, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
	    SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
		fprintf(stderr, "minimal_h2: can't use %s and %s\n", cert, key);
		exit(1);
	}
	SSL_CTX_set_options(tls, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(tls, select_h2, NULL);
	return tls;
}

/* Every worker has a socket of its own on the one port. */
static int listen_on(uint16_t *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(*port)};
	socklen_t len = sizeof(address);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		die("listen");
	*port = ntohs(address.sin_port);
	return fd;
}

static int serve(int fd, const char *cert, const char *key)
{
	struct server *s = calloc(1, sizeof(*s));
	if (s == NULL || (s->base = event_base_new()) == NULL || nghttp2_session_callbacks_new(&s->callbacks) != 0)
		die("no memory");
	nghttp2_session_callbacks_set_on_frame_recv_callback(s->callbacks, on_frame);
	s->tls = tls_new(cert, key);
	event_assign(&s->listen, s->base, fd, EV_READ | EV_PERSIST, on_accept, s);
	event_add(&s->listen, NULL);
	return event_base_dispatch(s->base);
}

int main(int argc, char **argv)
{
	long workers = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	int fds[MAX_WORKERS];
	uint16_t port = 0;
	if (workers < 1 || workers > MAX_WORKERS) {
		fprintf(stderr, "usage: minimal_h2 CERT KEY WORKERS\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	for (long i = 0; i < workers; i++)
		fds[i] = listen_on(&port);
	printf("%u\n", port);
	fflush(stdout);
	for (long i = 1; i < workers; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			return serve(fds[i], argv[1], argv[2]);
		}
	}
	return serve(fds[0], argv[1], argv[2]);
}
