#include "doctor_net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tls.h"

enum { CONNECT_MS = 5000, EXPIRY_DAYS = 14 };

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- name --- */

static struct addrinfo *check_name(struct cli *cli, const struct target *t, bool *wrong)
{
	struct finding f = {.name = "name", .zh = "主机名", .en = "Host name"};
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char address[64] = "", all[256] = "";
	int64_t began = now_ms();
	int error = getaddrinfo(t->host, t->port, &hints, &list);
	if (error != 0) {
		*wrong = true;
		finding_say(&f, VERDICT_WRONG, TR(cli, "无法解析 %s：%s", "%s can't be resolved: %s"), t->host,
			    gai_strerror(error));
		finding_mend(&f, "%s",
			     TR(cli, "检查 URL 的拼写、/etc/hosts 和 DNS 设置",
				"check the spelling of the URL, /etc/hosts and the DNS settings"));
		finding_report(cli, &f);
		return NULL;
	}
	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
		size_t len = strlen(all);
		getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST);
		snprintf(all + len, sizeof(all) - len, "%s%s", len > 0 ? ", " : "", address);
	}
	finding_say(&f, VERDICT_FINE, TR(cli, "%s → %s（%lld 毫秒）", "%s → %s (%lld ms)"), t->host, all,
		    (long long)(now_ms() - began));
	finding_report(cli, &f);
	return list;
}

/* --- TCP --- */

/* 0, or errno. */
static int connect_within(const struct addrinfo *a, int *fd)
{
	int error = 0;
	socklen_t len = sizeof(error);
	*fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return errno;
	if (connect(*fd, a->ai_addr, a->ai_addrlen) == 0)
		return 0;
	struct pollfd wait = {.fd = *fd, .events = POLLOUT};
	if (errno != EINPROGRESS)
		error = errno;
	else if (poll(&wait, 1, CONNECT_MS) != 1)
		error = ETIMEDOUT;
	else if (getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		close(*fd);
		*fd = -1;
	}
	return error;
}

static int check_tcp(struct cli *cli, const struct target *t, const struct addrinfo *list, bool *wrong)
{
	struct finding f = {.name = "tcp", .zh = "TCP 连接", .en = "TCP"};
	int fd = -1, error = 0;
	char address[64] = "";
	int64_t began = now_ms();
	for (const struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
		began = now_ms();
		getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST);
		error = connect_within(a, &fd);
	}
	if (fd >= 0) {
		finding_say(&f, VERDICT_FINE, TR(cli, "%s 端口 %s（%lld 毫秒）", "%s port %s (%lld ms)"), address,
			    t->port, (long long)(now_ms() - began));
		finding_report(cli, &f);
		return fd;
	}
	*wrong = true;
	finding_say(&f, VERDICT_WRONG, "%s:%s: %s", address, t->port, strerror(error));
	if (error == ECONNREFUSED)
		finding_mend(&f, "%s",
			     TR(cli, "那里没有程序在监听：服务是否已启动，端口是否正确？",
				"nothing listens there: is the server running, is it the right port?"));
	else
		finding_mend(&f, "%s",
			     TR(cli, "检查网络、防火墙以及服务器是否在运行",
				"check the network, firewalls, and whether the server is up"));
	finding_report(cli, &f);
	return -1;
}

/* --- TLS --- */

static int64_t days_left(const X509 *cert)
{
	int days = 0, seconds = 0;
	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
	return days;
}

static void put_date(char *to, size_t room, const ASN1_TIME *time)
{
	struct tm tm;
	to[0] = '\0';
	if (ASN1_TIME_to_tm(time, &tm) == 1)
		strftime(to, room, "%Y-%m-%d", &tm);
}

static void check_certificate(struct cli *cli, SSL *ssl)
{
	struct finding f = {.name = "certificate", .zh = "证书", .en = "Certificate"};
	X509 *cert = SSL_get0_peer_certificate(ssl);
	char issuer[128] = "", until[32];
	if (cert == NULL)
		return;
	X509_NAME_get_text_by_NID(X509_get_issuer_name(cert), NID_commonName, issuer, sizeof(issuer));
	put_date(until, sizeof(until), X509_get0_notAfter(cert));
	int64_t days = days_left(cert);
	finding_say(&f, days < EXPIRY_DAYS ? VERDICT_LOOK : VERDICT_FINE,
		    TR(cli, "有效期至 %s（还有 %lld 天），由“%s”签发", "valid until %s (%lld days), issued by \"%s\""),
		    until, (long long)days, issuer);
	if (days < EXPIRY_DAYS)
		finding_mend(&f, "%s", TR(cli, "即将到期：请管理员更换证书", "it expires soon: have it renewed"));
	finding_report(cli, &f);
}

static void check_alpn(struct cli *cli, SSL *ssl, bool *wrong)
{
	struct finding f = {.name = "alpn", .zh = "ALPN", .en = "ALPN"};
	const unsigned char *name;
	unsigned len;
	SSL_get0_alpn_selected(ssl, &name, &len);
	if (len == 2 && memcmp(name, "h2", 2) == 0) {
		finding_say(&f, VERDICT_FINE, "h2");
	} else {
		*wrong = true;
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, "服务器没有选择 h2", "the server did not choose h2"));
		finding_mend(&f, "%s",
			     TR(cli, "这个端口可能不是派单服务，或前面的代理只支持 HTTP/1.1",
				"this port may not be a paidan server, or a proxy in front speaks HTTP/1.1 only"));
	}
	finding_report(cli, &f);
}

/* The socket is made blocking again, with a bound: there is one thing to do here. */
static bool hand_shake(SSL *ssl, int fd)
{
	struct timeval bound = {CONNECT_MS / 1000, 0};
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound));
	return SSL_do_handshake(ssl) == 1;
}

static void check_tls(struct cli *cli, const struct target *t, int fd, bool *wrong)
{
	struct finding f = {.name = "tls", .zh = "TLS", .en = "TLS"};
	struct rpc_error error = {0};
	const struct tls_files files = {cli->settings.ca, cli->settings.cert, cli->settings.cert_key};
	struct tls *tls = tls_open(&files, &error);
	SSL *ssl = tls == NULL ? NULL : tls_start(tls, fd, t);
	if (ssl == NULL) {
		*wrong = true;
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, error.zh, error.en));
		finding_mend(&f, "%s",
			     TR(cli, "检查 --ca、--cert、--cert-key 指定的文件",
				"check the files given with --ca, --cert and --cert-key"));
		finding_report(cli, &f);
	} else if (!hand_shake(ssl, fd)) {
		*wrong = true;
		tls_explain(ssl, t, &error);
		finding_say(&f, VERDICT_WRONG, "%s", TR(cli, error.zh, error.en));
		finding_mend(&f,
			     TR(cli, "查看服务器的证书：openssl s_client -connect %s:%s",
				"look at what it shows: openssl s_client -connect %s:%s"),
			     t->host, t->port);
		finding_report(cli, &f);
	} else {
		finding_say(&f, VERDICT_FINE, "%s, %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
		finding_report(cli, &f);
		check_certificate(cli, ssl);
		check_alpn(cli, ssl, wrong);
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
	tls_close(tls);
	ERR_clear_error();
}

bool doctor_network(struct cli *cli, const struct target *t, bool *wrong)
{
	struct addrinfo *list = check_name(cli, t, wrong);
	if (list == NULL)
		return false;
	int fd = check_tcp(cli, t, list, wrong);
	freeaddrinfo(list);
	if (fd < 0)
		return false;
	bool before = *wrong;
	if (t->tls)
		check_tls(cli, t, fd, wrong);
	close(fd);
	return *wrong == before;
}
