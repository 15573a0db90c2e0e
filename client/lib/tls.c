#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

struct tls {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	SSL_SESSION *session; /* of the newest ticket, or NULL */
};

/* --- a socket BIO that asks for no SIGPIPE --- */

static int socket_fd(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static int socket_write(BIO *bio, const char *data, int len)
{
	BIO_clear_retry_flags(bio);
	ssize_t n = send(socket_fd(bio), data, (size_t)len, MSG_NOSIGNAL);
	if (n < 0 && would_block())
		BIO_set_retry_write(bio);
	return (int)n;
}

static int socket_read(BIO *bio, char *data, int len)
{
	BIO_clear_retry_flags(bio);
	ssize_t n = recv(socket_fd(bio), data, (size_t)len, 0);
	if (n < 0 && would_block())
		BIO_set_retry_read(bio);
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long socket_ctrl(BIO *bio, int command, long num, void *ptr)
{
	(void)num;
	(void)ptr;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static int socket_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *socket_method(void)
{
	/* Without an index of its own: there are 127 of them in a process, and a channel each would use them up. */
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "paidan socket");
	if (m == NULL)
		return NULL;
	BIO_meth_set_write(m, socket_write);
	BIO_meth_set_read(m, socket_read);
	BIO_meth_set_ctrl(m, socket_ctrl);
	BIO_meth_set_create(m, socket_create);
	return m;
}

/* --- the context --- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct tls *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	SSL_SESSION_free(t->session);
	t->session = session;
	return 1; /* the reference is ours now */
}

static bool named(const char *file)
{
	return file != NULL && *file != '\0';
}

static int bad_file(const char *field, const char *file, struct rpc_error *error)
{
	unsigned long code = ERR_peek_error();
	const char *why = ERR_reason_error_string(code);
	if (ERR_GET_LIB(code) == ERR_LIB_SYS)
		why = strerror(ERR_GET_REASON(code));
	rpc_error_local(error, ERR_FIELD_INVALID, "%s: %s", file, why == NULL ? "not a PEM file" : why);
	snprintf(error->field, sizeof(error->field), "%s", field);
	ERR_clear_error();
	return -1;
}

static int trust(struct tls *t, const char *ca_file, struct rpc_error *error)
{
	if (!named(ca_file)) {
		if (SSL_CTX_set_default_verify_paths(t->ctx) == 1)
			return 0;
		rpc_error_local(error, ERR_INTERNAL, "the system's CA certificates can't be read");
		return -1;
	}
	if (SSL_CTX_load_verify_file(t->ctx, ca_file) == 1)
		return 0;
	return bad_file("ca", ca_file, error);
}

/* A library asks nobody for a password. */
static int no_password(char *text, int room, int writing, void *arg)
{
	(void)text;
	(void)room;
	(void)writing;
	(void)arg;
	return -1;
}

static int introduce(struct tls *t, const struct tls_files *files, struct rpc_error *error)
{
	const char *key = named(files->cert_key) ? files->cert_key : files->cert;
	if (!named(files->cert) && !named(files->cert_key))
		return 0;
	SSL_CTX_set_default_passwd_cb(t->ctx, no_password);
	if (!named(files->cert) || SSL_CTX_use_certificate_chain_file(t->ctx, files->cert) != 1)
		return bad_file("cert", named(files->cert) ? files->cert : "no certificate", error);
	if (SSL_CTX_use_PrivateKey_file(t->ctx, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(t->ctx) != 1)
		return bad_file("cert-key", key, error);
	return 0;
}

struct tls *tls_open(const struct tls_files *files, struct rpc_error *error)
{
	static const unsigned char alpn[] = {2, 'h', '2'};
	struct tls *t = calloc(1, sizeof(*t));
	if (t == NULL)
		goto no_memory;
	t->ctx = SSL_CTX_new(TLS_client_method());
	t->method = socket_method();
	if (t->ctx == NULL || t->method == NULL || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_alpn_protos(t->ctx, alpn, sizeof(alpn)) != 0)
		goto no_memory;
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				     SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_set_app_data(t->ctx, t);
	SSL_CTX_sess_set_new_cb(t->ctx, keep_session);
	if (trust(t, files->ca, error) != 0 || introduce(t, files, error) != 0) {
		tls_close(t);
		return NULL;
	}
	return t;
no_memory:
	rpc_error_local(error, ERR_INTERNAL, "OpenSSL can't be set up");
	ERR_clear_error();
	tls_close(t);
	return NULL;
}

void tls_close(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_SESSION_free(t->session);
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->method);
	free(t);
}

static int expect(SSL *ssl, const struct target *target)
{
	if (target->literal)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), target->host);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (SSL_set1_host(ssl, target->host) != 1)
		return 0;
	return (int)SSL_set_tlsext_host_name(ssl, target->host);
}

SSL *tls_start(struct tls *t, int fd, const struct target *target)
{
	ERR_clear_error();
	SSL *ssl = SSL_new(t->ctx);
	BIO *bio = ssl == NULL ? NULL : BIO_new(t->method);
	if (bio == NULL) {
		SSL_free(ssl);
		return NULL;
	}
	BIO_set_data(bio, (void *)(intptr_t)fd);
	SSL_set_bio(ssl, bio, bio);
	if (expect(ssl, target) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	if (t->session != NULL)
		SSL_set_session(ssl, t->session);
	SSL_set_connect_state(ssl);
	return ssl;
}

/* --- what went wrong --- */

void tls_verify_text(long verify_error, const char *host, char *zh, size_t zh_room, char *en, size_t en_room)
{
	switch (verify_error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		snprintf(zh, zh_room, "%s 的证书已过期，请服务器管理员更换", host);
		snprintf(en, en_room, "the certificate of %s has expired: its administrator must renew it", host);
		return;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		snprintf(zh, zh_room, "%s 的证书尚未生效，请检查本机时钟", host);
		snprintf(en, en_room, "the certificate of %s is not valid yet: check this machine's clock", host);
		return;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		snprintf(zh, zh_room, "证书不是发给 %s 的，请使用证书中的名称", host);
		snprintf(en, en_room, "the certificate is not for %s: use a name that it holds", host);
		return;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		snprintf(zh, zh_room, "%s 的证书不是受信任的机构签发的，请用 --ca 指定其 CA 证书", host);
		snprintf(en, en_room,
			 "the certificate of %s was not issued by a trusted CA: give its CA certificate with --ca",
			 host);
		return;
	default:
		snprintf(zh, zh_room, "%s 的证书无效：%s", host, X509_verify_cert_error_string(verify_error));
		snprintf(en, en_room, "the certificate of %s is not valid: %s", host,
			 X509_verify_cert_error_string(verify_error));
	}
}

bool tls_refused(const struct target *target, struct rpc_error *error)
{
	unsigned long code = ERR_peek_error();
	if (code == 0 || ERR_GET_LIB(code) != ERR_LIB_SSL)
		return false;
	switch (ERR_GET_REASON(code)) {
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		rpc_error_both(error, ERR_UNAVAILABLE, "%s 要求客户端证书，请用 --cert 指定",
			       "%s wants a client certificate: give one with --cert", target->authority);
		return true;
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED: {
		char why[300];
		snprintf(why, sizeof(why), "%s: %s", target->authority, ERR_reason_error_string(code));
		rpc_error_both(error, ERR_UNAVAILABLE, "服务器不接受此客户端证书（%s）",
			       "the server does not take this client certificate (%s)", why);
		return true;
	}
	default:
		return false;
	}
}

bool tls_explain(const SSL *ssl, const struct target *target, struct rpc_error *error)
{
	char zh[384], en[512];
	long verify = SSL_get_verify_result(ssl);
	unsigned long code = ERR_peek_error();
	const char *why = code == 0 ? NULL : ERR_reason_error_string(code);
	bool refused = verify == X509_V_OK && tls_refused(target, error);
	ERR_clear_error();
	if (refused)
		return true;
	if (verify != X509_V_OK) {
		tls_verify_text(verify, target->host, zh, sizeof(zh), en, sizeof(en));
		rpc_error_texts(error, ERR_UNAVAILABLE, zh, en);
		return true;
	}
	if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER && ERR_GET_LIB(code) == ERR_LIB_SSL)
		why = "the server does not speak TLS there";
	if (why == NULL)
		why = "the server closed the connection";
	rpc_error_both(error, ERR_UNAVAILABLE, "与 %s 的 TLS 握手失败（%s）", "the TLS handshake with %s failed (%s)",
		       target->authority, why);
	/* A server that goes away in the middle may be back in a moment. */
	return code != 0 && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	       ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
}
