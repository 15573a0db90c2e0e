#include "net/tls.h"

#include <string.h>

#include <openssl/err.h>

#include "base/log.h"
#include "net/tls_client.h"

/* TLS 1.2: forward secrecy and AEAD only, which also is all that HTTP/2 allows (RFC 9113 9.2.2). */
static const char ciphers_12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const char ciphers_13[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char groups[] = "X25519:P-256:P-384";
static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
		       unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";
	unsigned char *chosen;
	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool set_rules(SSL_CTX *context, const uint8_t *ticket_key)
{
	uint8_t key[NET_TICKET_KEY_BYTES];
	memcpy(key, ticket_key, sizeof(key));
	bool fine =
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_cipher_list(context, ciphers_12) == 1 && SSL_CTX_set_ciphersuites(context, ciphers_13) == 1 &&
	    SSL_CTX_set1_groups_list(context, groups) == 1 &&
	    SSL_CTX_set_tlsext_ticket_keys(context, key, sizeof(key)) == 1 && SSL_CTX_set_num_tickets(context, 1) == 1;
	OPENSSL_cleanse(key, sizeof(key));
	/* A phone without AES in hardware says so by asking for ChaCha first. An end without close_notify
	 * is fine because HTTP knows where a message ends. */
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* Idle connections give their 34 KB of record buffers back. */
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* One system call reads a record's head and body, and often the next record. */
	SSL_CTX_set_read_ahead(context, 1);
	/* Tickets resume at any worker; a cache would hold memory and know only its own. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(context, select_alpn, NULL);
	return fine;
}

SSL_CTX *tls_new(const char *cert_file, const char *key_file, const struct net_client_certs *clients,
		 const uint8_t *ticket_key)
{
	ERR_clear_error();
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context == NULL || !set_rules(context, ticket_key))
		goto failed;
	if (SSL_CTX_use_certificate_chain_file(context, cert_file) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		goto failed;
	if (!tls_client_rules(context, clients)) {
		log_error("net", "client certificates can't be checked", LOG_S("ca", clients->ca_file),
			  LOG_S("why", tls_error()));
		SSL_CTX_free(context);
		return NULL;
	}
	return context;
failed:
	log_error("net", "certificate or key can't be used", LOG_S("cert", cert_file), LOG_S("key", key_file),
		  LOG_S("why", tls_error()));
	SSL_CTX_free(context);
	return NULL;
}

SSL *tls_session(SSL_CTX *context)
{
	return SSL_new(context);
}

bool tls_is_h2(const SSL *ssl)
{
	const unsigned char *name = NULL;
	unsigned int len = 0;
	SSL_get0_alpn_selected(ssl, &name, &len);
	return len == 2 && memcmp(name, "h2", 2) == 0;
}

bool tls_heard_http(void)
{
	int reason = ERR_GET_REASON(ERR_peek_last_error());
	return reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST;
}

const char *tls_error(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return reason == NULL ? "connection lost" : reason;
}
