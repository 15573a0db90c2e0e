/*
 * tls: the client's side of TLS: who is trusted, who must answer, and why it did not work.
 *
 * TLS 1.2 or later, ALPN h2 only, the server's certificate is always verified against the system's CAs or
 * those of one file, and against the name or address in the URL. There is no switch to turn that off.
 *
 * Nouns: a tls holds what all connections of a channel share (CAs, the last session for resumption).
 * Ownership: tls_open gives, tls_close takes back; an SSL from tls_start is SSL_free'd before that.
 * Errors: tls_open: ERR_FIELD_INVALID with the field ("ca", "cert", "cert-key": a file can't be read, or key and
 * certificate do not belong together), ERR_INTERNAL (no memory).
 */
#ifndef PAIDAN_CLIENT_TLS_H
#define PAIDAN_CLIENT_TLS_H

#include <openssl/ssl.h>

#include "rpc_error.h"
#include "target.h"

struct tls;

/* Files in PEM; NULL or "": none. */
struct tls_files {
	const char *ca;       /* whom to trust; none: the system's CAs */
	const char *cert;     /* shown to the server, with what leads to its authority; none: nothing is shown */
	const char *cert_key; /* none: it is in the file of cert; not encrypted, for nobody is asked for a password */
};

struct tls *tls_open(const struct tls_files *files, struct rpc_error *error);
void tls_close(struct tls *t);

/* An SSL in connect state over the connected socket; writes to it never raise SIGPIPE. NULL: no memory. */
SSL *tls_start(struct tls *t, int fd, const struct target *target);

/*
 * Why the handshake failed: the certificate when that was it, else OpenSSL's reason. Empties OpenSSL's
 * error queue. True when trying again can't help (the certificate, the protocol).
 */
bool tls_explain(const SSL *ssl, const struct target *target, struct rpc_error *error);

/*
 * Whether what OpenSSL said last is that the server does not take this client's certificate, or wants one; says so.
 * In TLS 1.3 that comes with the first bytes after the handshake.
 */
bool tls_refused(const struct target *target, struct rpc_error *error);

/* One sentence about a certificate check (X509_V_ERR_*) in both languages; what to do about it included. */
void tls_verify_text(long verify_error, const char *host, char *zh, size_t zh_room, char *en, size_t en_room);

#endif
