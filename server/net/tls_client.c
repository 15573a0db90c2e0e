#include "net/tls_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* Our authority, perhaps one in between, and the leaf. */
enum { CHAIN_DEPTH = 4, CONTEXT_BYTES = 32 };

static bool add_file(EVP_MD_CTX *digest, const char *path)
{
	uint8_t bytes[4096];
	size_t n;
	FILE *file = path == NULL ? NULL : fopen(path, "rb");
	if (file == NULL)
		return path == NULL;
	while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		EVP_DigestUpdate(digest, bytes, n);
	bool fine = ferror(file) == 0;
	fclose(file);
	return fine;
}

static bool set_context(SSL_CTX *context, const struct net_client_certs *clients)
{
	uint8_t id[CONTEXT_BYTES];
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool fine = digest != NULL && EVP_DigestInit_ex2(digest, EVP_sha256(), NULL) == 1 &&
		    add_file(digest, clients->ca_file) && add_file(digest, clients->crl_file) &&
		    EVP_DigestFinal_ex(digest, id, NULL) == 1 &&
		    SSL_CTX_set_session_id_context(context, id, sizeof(id)) == 1;
	EVP_MD_CTX_free(digest);
	return fine;
}

static bool set_crl(SSL_CTX *context, const char *file)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
	return lookup != NULL && X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) > 0 &&
	       X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1;
}

bool tls_client_rules(SSL_CTX *context, const struct net_client_certs *clients)
{
	if (!set_context(context, clients))
		return false;
	if (clients->ca_file == NULL)
		return true;
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(clients->ca_file);
	if (names == NULL || SSL_CTX_load_verify_file(context, clients->ca_file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return false;
	}
	SSL_CTX_set_client_CA_list(context, names);
	SSL_CTX_set_verify_depth(context, CHAIN_DEPTH);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (clients->required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	return clients->crl_file == NULL || set_crl(context, clients->crl_file);
}

/* --- who it is --- */

/* A name as "uri:…" or "dns:…"; false for other kinds and for texts that could be taken for another. */
static bool put_name(const GENERAL_NAME *from, char *to, size_t room, size_t *len)
{
	bool is_uri = from->type == GEN_URI;
	if (!is_uri && from->type != GEN_DNS)
		return false;
	const ASN1_IA5STRING *text = is_uri ? from->d.uniformResourceIdentifier : from->d.dNSName;
	const unsigned char *bytes = ASN1_STRING_get0_data(text);
	int n = ASN1_STRING_length(text);
	if (n <= 0 || (size_t)n + 4 > room)
		return false;
	memcpy(to, is_uri ? "uri:" : "dns:", 4);
	for (int i = 0; i < n; i++) {
		if (bytes[i] <= ' ' || bytes[i] >= 0x7f)
			return false;
		bool upper = !is_uri && bytes[i] >= 'A' && bytes[i] <= 'Z';
		to[4 + i] = (char)(upper ? bytes[i] - 'A' + 'a' : bytes[i]);
	}
	*len = (size_t)n + 4;
	return true;
}

static int64_t end_ms(const X509 *cert)
{
	struct tm tm;
	return ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void take_names(struct http_client *client, const GENERAL_NAMES *names)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && client->n_names < HTTP_CLIENT_NAMES; i++) {
		size_t len, at = client->n_names;
		if (put_name(sk_GENERAL_NAME_value(names, i), client->texts[at], sizeof(client->texts[at]), &len))
			client->names[client->n_names++] = slice_of(client->texts[at], len);
	}
}

struct http_client *tls_client(SSL *ssl)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	if (cert == NULL || SSL_get_verify_result(ssl) != X509_V_OK)
		return NULL;
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	struct http_client *client = names == NULL ? NULL : calloc(1, sizeof(*client));
	if (client != NULL) {
		take_names(client, names);
		client->until_ms = end_ms(cert);
	}
	GENERAL_NAMES_free(names);
	if (client != NULL && client->n_names == 0) {
		free(client);
		client = NULL;
	}
	return client;
}
