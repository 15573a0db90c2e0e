#include "txn/jwt.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/limits.h"
#include "pb/base64.h"
#include "pb/json_scan.h"

/* 2^43 s: beyond any date, exact in a double, and its ms fit. */
#define NUMERIC_DATE_MAX 8796093022208.0

struct reader {
	struct json_scan scan;
	struct jwt *jwt;
	struct fault *fault;
	struct slice names[LIMIT_TOKEN_MEMBERS];
	size_t n_names;
};

static enum err malformed(struct fault *fault, const char *why)
{
	return fault_set(fault, ERR_TOKEN_MALFORMED, NULL, "%s", why);
}

bool jwt_looks_like(struct slice text)
{
	return text.len > 0 && memchr(text.ptr, '.', text.len) != NULL;
}

/* Takes what stands before the next dot, or all that is left. */
static bool take_part(struct slice *rest, struct slice *part)
{
	const uint8_t *dot = rest->len == 0 ? NULL : memchr(rest->ptr, '.', rest->len);
	*part = dot == NULL ? *rest : slice_of(rest->ptr, (size_t)(dot - rest->ptr));
	*rest = slice_from(*rest, part->len + (dot != NULL));
	return part->len > 0;
}

static bool decode(struct arena *a, struct slice part, struct slice *out)
{
	uint8_t *bytes = arena_alloc(a, base64_decoded_room(part.len));
	size_t len;
	if (!base64url_decode(part, bytes, &len))
		return false;
	*out = slice_of(bytes, len);
	return true;
}

static enum err take_text(struct reader *r, size_t max, struct slice *out)
{
	if (json_peek(&r->scan) != JSON_KIND_STRING || !json_take_string(&r->scan, out))
		return malformed(r->fault, "a claim is no string");
	if (out->len == 0 || out->len > max)
		return malformed(r->fault, "a claim is empty or too long");
	return OK;
}

static enum err take_date(struct reader *r, int64_t *ms)
{
	struct slice text;
	char digits[32];
	if (json_peek(&r->scan) != JSON_KIND_NUMBER || !json_take_number(&r->scan, &text) || text.len >= sizeof(digits))
		return malformed(r->fault, "a time is no number");
	memcpy(digits, text.ptr, text.len);
	digits[text.len] = '\0';
	double seconds = strtod(digits, NULL);
	/* 0 would be taken for a time that is not told. */
	if (!isfinite(seconds) || seconds < 1 || seconds > NUMERIC_DATE_MAX)
		return malformed(r->fault, "a time is out of range");
	*ms = (int64_t)(seconds * 1000);
	return OK;
}

/* A text or a list of texts. */
static enum err take_audiences(struct reader *r)
{
	struct jwt *jwt = r->jwt;
	bool first = true;
	enum json_step step;
	if (json_peek(&r->scan) != JSON_KIND_ARRAY) {
		jwt->n_audiences = 1;
		return take_text(r, LIMIT_TOKEN_NAME_BYTES, &jwt->audiences[0]);
	}
	if (!json_enter(&r->scan))
		return malformed(r->fault, "no JSON");
	while ((step = json_element(&r->scan, &first)) == JSON_MORE) {
		if (jwt->n_audiences == JWT_AUDIENCES)
			return malformed(r->fault, "too many audiences");
		TRY(take_text(r, LIMIT_TOKEN_NAME_BYTES, &jwt->audiences[jwt->n_audiences++]));
	}
	return step == JSON_END ? OK : malformed(r->fault, "no JSON");
}

static enum err header_member(struct reader *r, struct slice key)
{
	struct slice name;
	if (slice_eq(key, SLICE("kid")))
		return take_text(r, LIMIT_TOKEN_KID_BYTES, &r->jwt->kid);
	if (slice_eq(key, SLICE("crit")))
		return malformed(r->fault, "has crit");
	if (!slice_eq(key, SLICE("alg")))
		return json_skip(&r->scan) ? OK : malformed(r->fault, "no JSON");
	TRY(take_text(r, LIMIT_TOKEN_KID_BYTES, &name));
	r->jwt->algorithm = sign_algorithm_of(name);
	if (r->jwt->algorithm == SIGN_NONE)
		return fault_set(r->fault, ERR_TOKEN_ALGORITHM, NULL, "only EdDSA and ES256");
	return OK;
}

static enum err claim_member(struct reader *r, struct slice key)
{
	if (slice_eq(key, SLICE("jti")))
		return take_text(r, LIMIT_TOKEN_NAME_BYTES, &r->jwt->id);
	if (slice_eq(key, SLICE("iss")))
		return take_text(r, LIMIT_TOKEN_NAME_BYTES, &r->jwt->issuer);
	if (slice_eq(key, SLICE("sub")))
		return take_text(r, LIMIT_TOKEN_NAME_BYTES, &r->jwt->subject);
	if (slice_eq(key, SLICE("aud")))
		return take_audiences(r);
	if (slice_eq(key, SLICE("exp")))
		return take_date(r, &r->jwt->expires_ms);
	if (slice_eq(key, SLICE("nbf")))
		return take_date(r, &r->jwt->not_before_ms);
	if (slice_eq(key, SLICE("iat")))
		return take_date(r, &r->jwt->issued_ms);
	return json_skip(&r->scan) ? OK : malformed(r->fault, "no JSON");
}

/* Two readers that disagree about which of two members counts are how checks are got around. */
static enum err new_name(struct reader *r, struct slice key)
{
	for (size_t i = 0; i < r->n_names; i++) {
		if (slice_eq(r->names[i], key))
			return malformed(r->fault, "a member stands there twice");
	}
	if (r->n_names == LIMIT_TOKEN_MEMBERS)
		return malformed(r->fault, "too many members");
	r->names[r->n_names++] = key;
	return OK;
}

static enum err read_object(struct arena *a, struct slice part, struct jwt *jwt, struct fault *fault,
			    enum err (*member)(struct reader *r, struct slice key))
{
	struct reader r = {.jwt = jwt, .fault = fault};
	struct slice json, key;
	bool first = true;
	enum json_step step;
	if (!decode(a, part, &json))
		return malformed(fault, "no base64url");
	json_scan_start(&r.scan, a, json);
	if (json_peek(&r.scan) != JSON_KIND_OBJECT || !json_enter(&r.scan))
		return malformed(fault, "no JSON object");
	while ((step = json_member(&r.scan, &first, &key)) == JSON_MORE) {
		TRY(new_name(&r, key));
		TRY(member(&r, key));
	}
	return step == JSON_END && json_at_end(&r.scan) ? OK : malformed(fault, "no JSON");
}

enum err jwt_parse(struct arena *a, struct slice text, struct jwt *out, struct fault *fault)
{
	struct slice rest = text, header, claims = SLICE_NONE;
	*out = (struct jwt){.text = text};
	if (text.len > LIMIT_TOKEN_BYTES)
		return malformed(fault, "longer than any token");
	bool three = take_part(&rest, &header) && take_part(&rest, &claims);
	out->signed_part = slice_of(text.ptr, header.len + 1 + claims.len);
	three = three && text.len > out->signed_part.len && (rest.len == 0 || memchr(rest.ptr, '.', rest.len) == NULL);
	if (!three)
		return malformed(fault, "not of three parts");
	TRY(read_object(a, header, out, fault, header_member));
	if (out->algorithm == SIGN_NONE)
		return fault_set(fault, ERR_TOKEN_ALGORITHM, NULL, "none is named");
	if (out->kid.len == 0)
		return malformed(fault, "has no kid");
	if (!decode(a, rest, &out->signature) || out->signature.len != SIGN_BYTES)
		return malformed(fault, "no signature of 64 bytes");
	TRY(read_object(a, claims, out, fault, claim_member));
	if (out->issuer.len == 0 || out->subject.len == 0 || out->n_audiences == 0 || out->expires_ms == 0)
		return malformed(fault, "lacks iss, sub, aud or exp");
	if (EVP_Digest(text.ptr, text.len, out->sha256, NULL, EVP_sha256(), NULL) != 1)
		return ERR_INTERNAL;
	return OK;
}

bool jwt_has_audience(const struct jwt *jwt, struct slice audience)
{
	for (size_t i = 0; i < jwt->n_audiences; i++) {
		if (slice_eq(jwt->audiences[i], audience))
			return true;
	}
	return false;
}

struct slice jwt_tenant(const struct jwt *jwt)
{
	for (size_t i = 0; i < jwt->n_audiences; i++) {
		if (slice_starts(jwt->audiences[i], SLICE(JWT_TENANT_URL)))
			return slice_from(jwt->audiences[i], sizeof(JWT_TENANT_URL) - 1);
	}
	return SLICE_NONE;
}

enum err jwt_make(struct arena *a, const struct jwt *jwt, const uint8_t seed[SIGN_ED25519_BYTES], char **text)
{
	uint8_t signature[SIGN_BYTES];
	char *header = arena_printf(a, "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"%.*s\"}", SLICE_FMT(jwt->kid));
	char *claims =
	    arena_printf(a,
			 "{\"jti\":\"%.*s\",\"iss\":\"%.*s\",\"sub\":\"%.*s\",\"aud\":\"%.*s\",\"iat\":%" PRId64
			 ",\"exp\":%" PRId64 "}",
			 SLICE_FMT(jwt->id), SLICE_FMT(jwt->issuer), SLICE_FMT(jwt->subject),
			 SLICE_FMT(jwt->audiences[0]), jwt->issued_ms / 1000, jwt->expires_ms / 1000);
	char *out = *text = arena_alloc(a, base64url_room(strlen(header)) + base64url_room(strlen(claims)) +
					       base64url_room(SIGN_BYTES) + sizeof(".."));
	out += base64url_encode(slice_str(header), out);
	*out++ = '.';
	out += base64url_encode(slice_str(claims), out);
	if (!sign_make(seed, slice_of(*text, (size_t)(out - *text)), signature))
		return ERR_INTERNAL;
	*out++ = '.';
	out += base64url_encode(slice_of(signature, sizeof(signature)), out);
	*out = '\0';
	return OK;
}
