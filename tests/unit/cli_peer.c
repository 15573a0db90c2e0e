#include "cli_peer.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST(condition)                                                \
	do {                                                           \
		if (!(condition)) {                                    \
			fprintf(stderr, "cli_peer: " #condition "\n"); \
			abort();                                       \
		}                                                      \
	} while (0)

struct peer_conn {
	struct peer *peer;
	struct bufferevent *bev;
	nghttp2_session *session;
	struct peer_request *requests;
	struct peer_conn *next;
	bool cut;
};

struct peer {
	struct event_base *base;
	struct peer_options options;
	peer_handler *handler;
	void *arg;
	struct evconnlistener *listener;
	SSL_CTX *ctx;
	struct peer_conn *conns;
	unsigned requests, connections;
	int port;
	char url[64];
	char ca_file[64];
};

/* --- certificates --- */

static X509 *make_cert(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, bool ca, bool expired)
{
	X509 *x = X509_new();
	MUST(x != NULL);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ca ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -7200);
	X509_gmtime_adj(X509_getm_notAfter(x), expired ? -3600 : 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer == NULL ? x : issuer));
	X509_set_pubkey(x, key);
	char san[128];
	if (ca)
		snprintf(san, sizeof(san), "CA:TRUE");
	else if (strcmp(name, "localhost") == 0)
		snprintf(san, sizeof(san), "DNS:localhost,IP:127.0.0.1");
	else
		snprintf(san, sizeof(san), "DNS:%s", name);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, ca ? NID_basic_constraints : NID_subject_alt_name, san);
	MUST(ext != NULL && X509_add_ext(x, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	MUST(X509_sign(x, issuer_key, EVP_sha256()) > 0);
	return x;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
		       unsigned in_len, void *arg)
{
	(void)ssl;
	struct slice want = slice_str(arg);
	for (unsigned at = 0; at < in_len; at += in[at] + 1u) {
		if (slice_eq(slice_of(in + at + 1, in[at]), want)) {
			*out = in + at + 1;
			*out_len = in[at];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static void set_up_tls(struct peer *p)
{
	const char *name = p->options.name == NULL ? "localhost" : p->options.name;
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *ca = make_cert("paidan test CA", ca_key, NULL, ca_key, true, false);
	X509 *cert = make_cert(name, key, ca, ca_key, false, p->options.expired);
	p->ctx = SSL_CTX_new(TLS_server_method());
	MUST(SSL_CTX_use_certificate(p->ctx, cert) == 1 && SSL_CTX_use_PrivateKey(p->ctx, key) == 1);
	SSL_CTX_set_alpn_select_cb(p->ctx, choose_alpn,
				   (void *)(uintptr_t)(p->options.alpn == NULL ? "h2" : p->options.alpn));
	snprintf(p->ca_file, sizeof(p->ca_file), "/tmp/paidan-test-ca-XXXXXX");
	int fd = mkstemp(p->ca_file);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	MUST(file != NULL && PEM_write_X509(file, ca) == 1 && fclose(file) == 0);
	X509_free(ca);
	X509_free(cert);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

/* --- HTTP/2 --- */

static void pump(struct peer_conn *conn)
{
	const uint8_t *data;
	ssize_t n;
	while (!conn->cut && (n = nghttp2_session_mem_send(conn->session, &data)) > 0)
		bufferevent_write(conn->bev, data, (size_t)n);
}

static void free_request(struct peer_request *r)
{
	struct peer_request **at = &r->conn->requests;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	free(r->out);
	free(r);
}

static void free_conn(struct peer_conn *conn)
{
	struct peer_conn **at = &conn->peer->conns;
	while (*at != conn)
		at = &(*at)->next;
	*at = conn->next;
	while (conn->requests != NULL)
		free_request(conn->requests);
	nghttp2_session_del(conn->session);
	bufferevent_free(conn->bev);
	free(conn);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct peer_conn *conn = user;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct peer_request *r = calloc(1, sizeof(*r));
	r->peer = conn->peer;
	r->conn = conn;
	r->stream_id = frame->hd.stream_id;
	r->next = conn->requests;
	conn->requests = r;
	nghttp2_session_set_stream_user_data(session, r->stream_id, r);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
		     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
	(void)flags;
	(void)user;
	struct peer_request *r = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	struct {
		const char *name;
		char *to;
		size_t room;
	} kept[] = {
	    {":path", r->path, sizeof(r->path)},
	    {"authorization", r->authorization, sizeof(r->authorization)},
	    {"x-paidan-act-as", r->act_as, sizeof(r->act_as)},
	    {"grpc-timeout", r->timeout, sizeof(r->timeout)},
	    {"content-type", r->content_type, sizeof(r->content_type)},
	    {"traceparent", r->trace, sizeof(r->trace)},
	};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (slice_eq(slice_of(name, name_len), slice_str(kept[i].name)) && len < kept[i].room)
			memcpy(kept[i].to, value, len);
	}
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
	(void)flags;
	(void)user;
	struct peer_request *r = nghttp2_session_get_stream_user_data(session, id);
	MUST(r->body_len + len <= sizeof(r->body));
	memcpy(r->body + r->body_len, data, len);
	r->body_len += len;
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct peer_conn *conn = user;
	if ((frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) ||
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	struct peer_request *r = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (r == NULL)
		return 0;
	conn->peer->requests++;
	conn->peer->handler(conn->peer->arg, r);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error_code, void *user)
{
	(void)error_code;
	(void)user;
	struct peer_request *r = nghttp2_session_get_stream_user_data(session, id);
	if (r != NULL)
		free_request(r);
	return 0;
}

static nghttp2_nv nv(const char *name, const char *value)
{
	return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0};
}

static ssize_t read_out(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
			nghttp2_data_source *source, void *user)
{
	(void)user;
	struct peer_request *r = source->ptr;
	size_t left = r->out_len - r->out_sent;
	size_t take = left < room ? left : room;
	if (take == 0 && r->out_more) {
		r->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	if (take > 0)
		memcpy(to, r->out + r->out_sent, take);
	r->out_sent += take;
	if (take == left && !r->out_more) {
		*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		nghttp2_nv trailers[3];
		size_t n = 0;
		trailers[n++] = nv("grpc-status", r->status);
		if (r->message[0] != '\0')
			trailers[n++] = nv("grpc-message", r->message);
		if (r->details[0] != '\0')
			trailers[n++] = nv("grpc-status-details-bin", r->details);
		MUST(nghttp2_submit_trailer(session, id, trailers, n) == 0);
	}
	return (ssize_t)take;
}

static void add_out(struct peer_request *r, struct slice bytes)
{
	r->out = realloc(r->out, r->out_len + bytes.len + 1);
	MUST(r->out != NULL);
	if (bytes.len > 0)
		memcpy(r->out + r->out_len, bytes.ptr, bytes.len);
	r->out_len += bytes.len;
}

static void add_message(struct peer_request *r, struct slice m)
{
	uint8_t prefix[5] = {0, (uint8_t)(m.len >> 24), (uint8_t)(m.len >> 16), (uint8_t)(m.len >> 8), (uint8_t)m.len};
	add_out(r, slice_of(prefix, 5));
	if (m.len > 0)
		add_out(r, m);
}

static void respond(struct peer_request *r)
{
	nghttp2_nv headers[] = {nv(":status", "200"), nv("content-type", "application/grpc+proto"),
				nv("date", "Sun, 06 Nov 1994 08:49:37 GMT")};
	nghttp2_data_provider body = {.source = {.ptr = r}, .read_callback = read_out};
	if (!r->answered)
		MUST(nghttp2_submit_response(r->conn->session, r->stream_id, headers, 3, &body) == 0);
	else if (r->deferred)
		nghttp2_session_resume_data(r->conn->session, r->stream_id);
	r->deferred = false;
	r->answered = true;
}

/* What a handler submits inside a callback leaves when the callback has returned. */
static void later_pump(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct peer *p = arg;
	for (struct peer_conn *conn = p->conns, *next; conn != NULL; conn = next) {
		next = conn->next;
		pump(conn);
		if (conn->cut)
			free_conn(conn);
	}
}

static void pump_soon(struct peer *p)
{
	struct timeval now = {0, 0};
	event_base_once(p->base, -1, EV_TIMEOUT, later_pump, p, &now);
}

void peer_reply_raw(struct peer_request *r, struct slice body)
{
	add_out(r, body);
	strcpy(r->status, "0");
	respond(r);
	pump_soon(r->peer);
}

void peer_reply(struct peer_request *r, struct slice message)
{
	add_message(r, message);
	strcpy(r->status, "0");
	r->out_more = false;
	respond(r);
	pump_soon(r->peer);
}

void peer_send(struct peer_request *r, struct slice message)
{
	add_message(r, message);
	r->out_more = true;
	respond(r);
	pump_soon(r->peer);
}

void peer_end(struct peer_request *r, const char *status, const char *message, const char *details)
{
	snprintf(r->status, sizeof(r->status), "%s", status);
	snprintf(r->message, sizeof(r->message), "%s", message);
	snprintf(r->details, sizeof(r->details), "%s", details);
	r->out_more = false;
	respond(r);
	pump_soon(r->peer);
}

void peer_reset(struct peer_request *r, uint32_t error_code)
{
	nghttp2_submit_rst_stream(r->conn->session, 0, r->stream_id, error_code);
	pump_soon(r->peer);
}

void peer_http(struct peer_request *r, const char *status)
{
	nghttp2_nv headers[] = {nv(":status", status), nv("content-type", "text/plain")};
	MUST(nghttp2_submit_response(r->conn->session, r->stream_id, headers, 2, NULL) == 0);
	pump_soon(r->peer);
}

void peer_goaway(struct peer_request *r, int32_t last_stream_id)
{
	nghttp2_submit_goaway(r->conn->session, 0, last_stream_id, NGHTTP2_NO_ERROR, NULL, 0);
	pump_soon(r->peer);
}

void peer_cut(struct peer_request *r)
{
	r->conn->cut = true;
	pump_soon(r->peer);
}

/* --- connections --- */

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct peer_conn *conn = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	ssize_t n = nghttp2_session_mem_recv(conn->session, evbuffer_pullup(in, -1), len);
	if (n < 0) {
		free_conn(conn);
		return;
	}
	evbuffer_drain(in, len);
	pump(conn);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		free_conn(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int len, void *arg)
{
	(void)listener;
	(void)address;
	(void)len;
	struct peer *p = arg;
	struct peer_conn *conn = calloc(1, sizeof(*conn));
	nghttp2_session_callbacks *callbacks;
	p->connections++;
	conn->peer = p;
	conn->next = p->conns;
	p->conns = conn;
	conn->bev = p->ctx == NULL ? bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE)
				   : bufferevent_openssl_socket_new(p->base, fd, SSL_new(p->ctx),
								    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	MUST(nghttp2_session_server_new(&conn->session, callbacks, conn) == 0);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
					   p->options.max_streams == 0 ? 100 : p->options.max_streams};
	nghttp2_submit_settings(conn->session, 0, &settings, 1);
	bufferevent_setcb(conn->bev, on_readable, NULL, on_event, conn);
	bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
	pump(conn);
}

static void start_listening(struct peer *p)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	p->listener = evconnlistener_new_bind(p->base, on_accept, p, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 64,
					      (struct sockaddr *)&address, sizeof(address));
	MUST(p->listener != NULL);
	socklen_t len = sizeof(address);
	getsockname(evconnlistener_get_fd(p->listener), (struct sockaddr *)&address, &len);
	p->port = ntohs(address.sin_port);
}

struct peer *peer_open(struct event_base *base, const struct peer_options *options, peer_handler *handler, void *arg)
{
	struct peer *p = calloc(1, sizeof(*p));
	p->base = base;
	p->options = *options;
	p->handler = handler;
	p->arg = arg;
	if (options->tls)
		set_up_tls(p);
	start_listening(p);
	snprintf(p->url, sizeof(p->url), options->tls ? "https://localhost:%d" : "http://127.0.0.1:%d", p->port);
	return p;
}

void peer_pause(struct peer *p, bool paused)
{
	if (!paused) {
		start_listening(p);
		return;
	}
	evconnlistener_free(p->listener);
	p->listener = NULL;
}

void peer_close(struct peer *p)
{
	while (p->conns != NULL)
		free_conn(p->conns);
	if (p->listener != NULL)
		evconnlistener_free(p->listener);
	SSL_CTX_free(p->ctx);
	if (p->ca_file[0] != '\0')
		unlink(p->ca_file);
	free(p);
}

const char *peer_url(const struct peer *p)
{
	return p->url;
}

const char *peer_ca_file(const struct peer *p)
{
	return p->ca_file;
}

unsigned peer_requests(const struct peer *p)
{
	return p->requests;
}

unsigned peer_connections(const struct peer *p)
{
	return p->connections;
}
