#include "self_signed.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "config.h"
#include "data_file.h"

enum {
	/* The longest that all clients accept (Apple's platforms take no more than 825 days). */
	VALID_DAYS = 820,
	RENEW_DAYS = 30,
	DAY_S = 24 * 3600,
	SERIAL_BYTES = 16,
	NAME_BYTES = 256,
	NAMES_BYTES = 1024,
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool fine = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return fine;
}

static bool set_serial(X509 *cert)
{
	uint8_t random[SERIAL_BYTES];
	if (RAND_bytes(random, sizeof(random)) != 1)
		return false;
	random[0] &= 0x7f; /* positive */
	BIGNUM *number = BN_bin2bn(random, sizeof(random), NULL);
	bool fine = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
	BN_free(number);
	return fine;
}

static bool set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1;
}

/* Unsigned yet. */
static X509 *new_cert(EVP_PKEY *key, const char *name)
{
	X509 *cert = X509_new();
	/* An hour back, for clients whose clock is behind. */
	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(cert), VALID_DAYS, 0, NULL) != NULL &&
	    X509_set_pubkey(cert, key) == 1 && set_name(X509_get_subject_name(cert), name))
		return cert;
	X509_free(cert);
	return NULL;
}

static X509 *make_authority(EVP_PKEY *key)
{
	char name[NAME_BYTES];
	snprintf(name, sizeof(name), "paidan local authority %lld", (long long)time(NULL));
	X509 *ca = new_cert(key, name);
	if (ca != NULL && X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1 &&
	    add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	    add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_extension(ca, ca, NID_subject_key_identifier, "hash") && X509_sign(ca, key, EVP_sha256()) > 0)
		return ca;
	X509_free(ca);
	return NULL;
}

/* "DNS:localhost,DNS:<this machine>,IP:127.0.0.1,…" */
static void server_names(const char *address, char names[NAMES_BYTES])
{
	char host[NAME_BYTES] = "";
	gethostname(host, sizeof(host) - 1);
	size_t len = (size_t)snprintf(names, NAMES_BYTES, "DNS:localhost,IP:127.0.0.1,IP:::1");
	bool plain = host[0] != '\0' &&
		     strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(host);
	if (plain && strcmp(host, "localhost") != 0)
		len += (size_t)snprintf(names + len, NAMES_BYTES - len, ",DNS:%s", host);
	bool any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
	if (!any && strcmp(address, "127.0.0.1") != 0 && strcmp(address, "::1") != 0)
		snprintf(names + len, NAMES_BYTES - len, ",IP:%s", address);
}

static X509 *make_server(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, const char *address)
{
	char names[NAMES_BYTES];
	server_names(address, names);
	X509 *cert = new_cert(key, "paidan");
	if (cert != NULL && X509_set_issuer_name(cert, X509_get_subject_name(ca)) == 1 &&
	    add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, ca, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, ca, NID_ext_key_usage, "serverAuth") &&
	    add_extension(cert, ca, NID_subject_key_identifier, "hash") &&
	    add_extension(cert, ca, NID_authority_key_identifier, "keyid") &&
	    add_extension(cert, ca, NID_subject_alt_name, names) && X509_sign(cert, ca_key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

static bool write_pem(const char *path, X509 *const *certs, size_t n, EVP_PKEY *key)
{
	char *bytes;
	BIO *bio = BIO_new(BIO_s_mem());
	bool fine = bio != NULL;
	for (size_t i = 0; i < n && fine; i++)
		fine = PEM_write_bio_X509(bio, certs[i]) == 1;
	if (fine && key != NULL)
		fine = PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	if (fine) {
		long len = BIO_get_mem_data(bio, &bytes);
		fine = len > 0 && data_file_write(path, bytes, (size_t)len, key != NULL ? 0600 : 0644);
	}
	BIO_free(bio);
	return fine;
}

bool self_signed_make(const char *ca_file, const char *cert_file, const char *key_file, const char *address, char *why)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *ca = ca_key == NULL ? NULL : make_authority(ca_key);
	X509 *cert = ca == NULL || key == NULL ? NULL : make_server(key, ca, ca_key, address);
	X509 *const chain[] = {cert, ca};
	/* The key last: with it the pair is complete. */
	bool fine = cert != NULL && write_pem(ca_file, &ca, 1, NULL) && write_pem(cert_file, chain, 2, NULL) &&
		    write_pem(key_file, NULL, 0, key);
	if (!fine)
		snprintf(why, CONFIG_WHY_BYTES, "%.300s: a certificate can't be made", cert_file);
	X509_free(cert);
	X509_free(ca);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	return fine;
}

bool self_signed_is_good(const char *cert_file)
{
	FILE *file = fopen(cert_file, "re");
	if (file == NULL)
		return false;
	X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	time_t soon = time(NULL) + (time_t)RENEW_DAYS * DAY_S;
	bool good = cert != NULL && X509_cmp_time(X509_get0_notAfter(cert), &soon) > 0;
	X509_free(cert);
	return good;
}
