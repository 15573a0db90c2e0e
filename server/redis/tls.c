#include "redis/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>

static void explain(char *why, size_t why_bytes, const char *what, const char *file)
{
	char text[160];
	ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
	snprintf(why, why_bytes, "%s%s%s: %s", what, file != NULL ? " " : "", file != NULL ? file : "", text);
	ERR_clear_error();
}

static bool set_up(SSL_CTX *ctx, const char *ca_file, const char *cert_file, const char *key_file, char *why,
		   size_t why_bytes)
{
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		explain(why, why_bytes, "TLS 1.2", NULL);
		return false;
	}
	int trusted =
	    ca_file != NULL ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL) : SSL_CTX_set_default_verify_paths(ctx);
	if (trusted != 1) {
		explain(why, why_bytes, "can't read authorities", ca_file);
		return false;
	}
	if (cert_file == NULL)
		return true;
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1) {
		explain(why, why_bytes, "can't read certificate", cert_file);
		return false;
	}
	if (key_file == NULL || SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		explain(why, why_bytes, "can't use key", key_file);
		return false;
	}
	return true;
}

struct ssl_ctx_st *redis_tls_new(const char *ca_file, const char *cert_file, const char *key_file, char *why,
				 size_t why_bytes)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL) {
		explain(why, why_bytes, "TLS", NULL);
		return NULL;
	}
	if (!set_up(ctx, ca_file, cert_file, key_file, why, why_bytes)) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

void redis_tls_free(struct ssl_ctx_st *ctx)
{
	SSL_CTX_free(ctx);
}

struct ssl_st *redis_tls_session(struct ssl_ctx_st *ctx, const char *name)
{
	SSL *ssl = SSL_new(ctx);
	if (ssl == NULL)
		return NULL;
	struct in6_addr any;
	bool address = inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
	bool ok = address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
			  : SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
	if (!ok) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}
