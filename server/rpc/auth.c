#include "rpc/auth.h"

#include <stdlib.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/limits.h"
#include "txn/jwt.h"

/* The digest is fetched once: by name for every request it costs more than the hashing. */
struct auth {
	EVP_MD *sha256;
	EVP_MD_CTX *ctx;
	bool has_root;
	uint8_t root_sha256[AUTH_SHA256_BYTES];
};

struct auth *auth_new(const uint8_t *root_sha256)
{
	struct auth *a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	a->ctx = EVP_MD_CTX_new();
	if (a->sha256 == NULL || a->ctx == NULL) {
		auth_free(a);
		return NULL;
	}
	if (root_sha256 != NULL) {
		a->has_root = true;
		memcpy(a->root_sha256, root_sha256, AUTH_SHA256_BYTES);
	}
	return a;
}

void auth_free(struct auth *a)
{
	if (a == NULL)
		return;
	EVP_MD_CTX_free(a->ctx);
	EVP_MD_free(a->sha256);
	free(a);
}

bool auth_sha256(struct auth *a, struct slice bytes, uint8_t out[AUTH_SHA256_BYTES])
{
	unsigned len = AUTH_SHA256_BYTES;
	return EVP_DigestInit_ex2(a->ctx, a->sha256, NULL) == 1 &&
	       EVP_DigestUpdate(a->ctx, bytes.ptr, bytes.len) == 1 && EVP_DigestFinal_ex(a->ctx, out, &len) == 1;
}

/* Lower-case letters, digits and '-': tenants and ids. */
static bool is_name(struct slice s, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return false;
	}
	return true;
}

bool auth_is_tenant(struct slice text)
{
	return is_name(text, LIMIT_TENANT_ID_CHARS);
}

/* What stands before the first '_'; false when there is none. */
static bool take_part(struct slice *s, struct slice *part)
{
	const uint8_t *at = s->len == 0 ? NULL : memchr(s->ptr, '_', s->len);
	if (at == NULL)
		return false;
	*part = slice_of(s->ptr, (size_t)(at - s->ptr));
	*s = slice_from(*s, part->len + 1);
	return true;
}

/* "pd?_<tenant>_<id>_<secret>" */
static enum err read_token(struct auth *a, struct slice token, enum credential_kind kind, struct credential *out)
{
	struct slice rest = slice_from(token, sizeof("pdk_") - 1);
	if (!take_part(&rest, &out->tenant) || !take_part(&rest, &out->id))
		return ERR_UNAUTHENTICATED;
	if (!auth_is_tenant(out->tenant) || !is_name(out->id, LIMIT_ID_CHARS) || rest.len == 0 ||
	    rest.len > LIMIT_KEY_SECRET_CHARS)
		return ERR_UNAUTHENTICATED;
	if (!auth_sha256(a, rest, out->secret_sha256))
		return ERR_INTERNAL;
	out->kind = kind;
	return OK;
}

/* A cookie that is no session was not set by us, or is of an older version: either way there is none. */
static enum err read_session(struct auth *a, struct slice token, struct credential *out)
{
	bool is_one = slice_starts(token, SLICE("pds_")) && read_token(a, token, CREDENTIAL_SESSION, out) == OK;
	return is_one ? OK : ERR_SESSION_ENDED;
}

static enum err take_tenant(struct slice tenant, struct credential *out, struct fault *fault)
{
	if (tenant.len > 0 && !auth_is_tenant(tenant))
		return fault_set(fault, ERR_FIELD_INVALID, "x-paidan-tenant", "not a tenant id");
	out->tenant = tenant;
	return OK;
}

static enum err read_root(struct auth *a, struct slice key, struct slice tenant, struct credential *out,
			  struct fault *fault)
{
	uint8_t hash[AUTH_SHA256_BYTES];
	if (!auth_sha256(a, key, hash))
		return ERR_INTERNAL;
	if (!a->has_root || CRYPTO_memcmp(hash, a->root_sha256, sizeof(hash)) != 0)
		return ERR_UNAUTHENTICATED;
	out->kind = CREDENTIAL_ROOT;
	return take_tenant(tenant, out, fault);
}

static enum err read_act_as(struct slice value, struct credential *out, struct fault *fault)
{
	if (slice_starts(value, SLICE("resident/"))) {
		out->act_as = ROLE_RESIDENT;
		out->act_as_id = slice_from(value, sizeof("resident/") - 1);
	} else if (slice_starts(value, SLICE("member/"))) {
		out->act_as = ROLE_MEMBER;
		out->act_as_id = slice_from(value, sizeof("member/") - 1);
	}
	if (!is_name(out->act_as_id, LIMIT_ID_CHARS))
		return fault_set(fault, ERR_FIELD_INVALID, "x-paidan-act-as", "not resident/<id> or member/<id>");
	return OK;
}

/* What it says is not proved yet; but whose records to look into it must say first. */
static enum err read_jwt(const struct auth_headers *headers, struct slice text, struct credential *out,
			 struct fault *fault)
{
	struct jwt *jwt = ARENA_NEW(headers->arena, struct jwt);
	TRY(jwt_parse(headers->arena, text, jwt, fault));
	TRY(take_tenant(headers->tenant, out, fault));
	if (out->tenant.len == 0)
		out->tenant = jwt_tenant(jwt);
	if (!auth_is_tenant(out->tenant))
		return fault_set(fault, ERR_TOKEN_AUDIENCE, NULL, "names no tenant");
	out->kind = CREDENTIAL_TOKEN;
	out->token = jwt;
	return OK;
}

static enum err read_bearer(struct auth *a, const struct auth_headers *headers, struct credential *out,
			    struct fault *fault)
{
	static const struct slice scheme = {(const uint8_t *)"bearer ", 7};
	struct slice value = headers->authorization;
	if (value.len <= scheme.len || strncasecmp((const char *)value.ptr, (const char *)scheme.ptr, scheme.len) != 0)
		return ERR_UNAUTHENTICATED;
	struct slice secret = slice_from(value, scheme.len);
	while (secret.len > 0 && secret.ptr[0] == ' ')
		secret = slice_from(secret, 1);
	if (slice_starts(secret, SLICE("pdk_")))
		return read_token(a, secret, CREDENTIAL_KEY, out);
	if (slice_starts(secret, SLICE("pds_")))
		return read_token(a, secret, CREDENTIAL_SESSION, out);
	if (jwt_looks_like(secret))
		return read_jwt(headers, secret, out, fault);
	return read_root(a, secret, headers->tenant, out, fault);
}

static struct slice tenant_of_names(const struct auth_headers *headers)
{
	for (size_t i = 0; i < headers->n_cert_names; i++) {
		struct slice name = headers->cert_names[i];
		if (!slice_starts(name, SLICE("uri:" JWT_TENANT_URL)))
			continue;
		struct slice rest = slice_from(name, sizeof("uri:" JWT_TENANT_URL) - 1);
		const uint8_t *slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
		return slash == NULL ? rest : slice_of(rest.ptr, (size_t)(slash - rest.ptr));
	}
	return SLICE_NONE;
}

/* Without a tenant it is as good as none: a public method names its tenant in the request. */
static enum err read_cert(const struct auth_headers *headers, struct credential *out, struct fault *fault)
{
	TRY(take_tenant(headers->tenant, out, fault));
	if (out->tenant.len == 0)
		out->tenant = tenant_of_names(headers);
	if (!auth_is_tenant(out->tenant)) {
		out->tenant = SLICE_NONE;
		return OK;
	}
	out->kind = CREDENTIAL_CERT;
	out->names = headers->cert_names;
	out->n_names = headers->n_cert_names;
	out->until_ms = headers->cert_until_ms;
	return OK;
}

enum err auth_credential(struct auth *a, const struct auth_headers *headers, struct credential *out,
			 struct fault *fault)
{
	*out = (struct credential){.kind = CREDENTIAL_NONE};
	enum err err;
	if (headers->authorization.len > 0)
		err = read_bearer(a, headers, out, fault);
	else if (headers->session.len > 0)
		err = read_session(a, headers->session, out);
	else if (headers->n_cert_names > 0)
		err = read_cert(headers, out, fault);
	else
		err = take_tenant(headers->tenant, out, fault);
	if (err != OK) {
		/* A malformed key may have its secret anywhere: nothing of it goes on. */
		*out = (struct credential){.kind = CREDENTIAL_NONE};
		return err;
	}
	return headers->act_as.len == 0 ? OK : read_act_as(headers->act_as, out, fault);
}
