#include "txn/jwk.h"

#include "base/limits.h"
#include "pb/base64.h"
#include "pb/json_scan.h"
#include "txn/sign.h"

enum { COORDINATE_BYTES = SIGN_P256_BYTES / 2 };

/* The members of a key that count. */
struct raw_key {
	struct slice kty, crv, x, y, kid, alg, use;
	bool has_private;
};

struct reader {
	struct json_scan scan;
	struct arena *arena;
	const char *field;
	struct fault *fault;
	IssuerKeyRecord **keys;
	size_t n_keys;
};

static enum err invalid(struct reader *r, const char *why)
{
	return fault_set(r->fault, ERR_FIELD_INVALID, r->field, "%s", why);
}

static enum err read_member(struct reader *r, struct slice name, struct raw_key *key)
{
	const struct {
		struct slice name;
		struct slice *to;
	} texts[] = {{SLICE("kty"), &key->kty}, {SLICE("crv"), &key->crv}, {SLICE("x"), &key->x},
		     {SLICE("y"), &key->y},     {SLICE("kid"), &key->kid}, {SLICE("alg"), &key->alg},
		     {SLICE("use"), &key->use}};
	key->has_private |= slice_eq(name, SLICE("d")) || slice_eq(name, SLICE("k"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!slice_eq(name, texts[i].name))
			continue;
		if (texts[i].to->ptr != NULL)
			return invalid(r, "a member stands in a key twice");
		if (json_peek(&r->scan) != JSON_KIND_STRING || !json_take_string(&r->scan, texts[i].to))
			return invalid(r, "a member of a key is no string");
		return OK;
	}
	return json_skip(&r->scan) ? OK : invalid(r, "no JSON");
}

static bool coordinate(struct slice text, uint8_t out[COORDINATE_BYTES])
{
	uint8_t bytes[COORDINATE_BYTES + 4];
	size_t len;
	if (text.len == 0 || text.len > base64url_room(COORDINATE_BYTES) || !base64url_decode(text, bytes, &len) ||
	    len != COORDINATE_BYTES)
		return false;
	memcpy(out, bytes, COORDINATE_BYTES);
	return true;
}

static enum sign_algorithm algorithm_of(const struct raw_key *key)
{
	if (key->use.len > 0 && !slice_eq(key->use, SLICE("sig")))
		return SIGN_NONE;
	if (slice_eq(key->kty, SLICE("OKP")) && slice_eq(key->crv, SLICE("Ed25519")))
		return SIGN_EDDSA;
	if (slice_eq(key->kty, SLICE("EC")) && slice_eq(key->crv, SLICE("P-256")))
		return SIGN_ES256;
	return SIGN_NONE;
}

static enum err check_name(struct reader *r, const struct raw_key *key)
{
	if (key->kid.len == 0 || key->kid.len > LIMIT_TOKEN_KID_BYTES || memchr(key->kid.ptr, 0, key->kid.len) != NULL)
		return invalid(r, "a key has no kid, or one that is too long");
	for (size_t i = 0; i < r->n_keys; i++) {
		if (slice_eq(slice_str(r->keys[i]->kid), key->kid))
			return invalid(r, "two keys have the same kid");
	}
	if (r->n_keys == LIMIT_ISSUER_KEYS)
		return fault_set(r->fault, ERR_FIELD_OUT_OF_RANGE, r->field, "at most %d keys", LIMIT_ISSUER_KEYS);
	return OK;
}

static enum err add_key(struct reader *r, const struct raw_key *key)
{
	enum sign_algorithm algorithm = algorithm_of(key);
	uint8_t *bytes = arena_alloc(r->arena, SIGN_P256_BYTES);
	if (key->has_private)
		return invalid(r, "holds a private or secret key");
	if (algorithm == SIGN_NONE)
		return OK;
	TRY(check_name(r, key));
	if (key->alg.len > 0 && sign_algorithm_of(key->alg) != algorithm)
		return invalid(r, "a key's alg does not fit its type");
	bool fine =
	    coordinate(key->x, bytes) && (algorithm == SIGN_EDDSA || coordinate(key->y, bytes + COORDINATE_BYTES));
	struct slice public_key = slice_of(bytes, algorithm == SIGN_EDDSA ? SIGN_ED25519_BYTES : SIGN_P256_BYTES);
	if (!fine || !sign_key_is_good(algorithm, public_key))
		return invalid(r, "a key's point is none");
	IssuerKeyRecord *record = r->keys[r->n_keys++] = ARENA_NEW(r->arena, IssuerKeyRecord);
	IssuerKeyRecord_init(record);
	record->kid = arena_string(r->arena, key->kid);
	record->algorithm = (char *)sign_algorithm_name(algorithm);
	record->public_key = (ProtobufCBinaryData){public_key.len, bytes};
	return OK;
}

static enum err read_key(struct reader *r)
{
	struct raw_key key = {.kty = SLICE_NONE};
	struct slice name;
	bool first = true;
	enum json_step step;
	if (json_peek(&r->scan) != JSON_KIND_OBJECT || !json_enter(&r->scan))
		return invalid(r, "a key is no object");
	while ((step = json_member(&r->scan, &first, &name)) == JSON_MORE)
		TRY(read_member(r, name, &key));
	return step == JSON_END ? add_key(r, &key) : invalid(r, "no JSON");
}

static enum err read_keys(struct reader *r)
{
	bool first = true;
	enum json_step step;
	if (json_peek(&r->scan) != JSON_KIND_ARRAY || !json_enter(&r->scan))
		return invalid(r, "keys is no list");
	while ((step = json_element(&r->scan, &first)) == JSON_MORE)
		TRY(read_key(r));
	return step == JSON_END ? OK : invalid(r, "no JSON");
}

enum err jwk_read_set(struct arena *a, struct slice json, const char *field, struct fault *fault,
		      IssuerKeyRecord ***keys, size_t *n)
{
	struct reader r = {.arena = a, .field = field, .fault = fault};
	struct slice name;
	bool first = true, seen = false;
	enum json_step step;
	r.keys = arena_array(a, LIMIT_ISSUER_KEYS, sizeof(*r.keys));
	json_scan_start(&r.scan, a, json);
	if (json_peek(&r.scan) != JSON_KIND_OBJECT || !json_enter(&r.scan))
		return invalid(&r, "no JWK set");
	while ((step = json_member(&r.scan, &first, &name)) == JSON_MORE) {
		bool is_keys = slice_eq(name, SLICE("keys"));
		if (is_keys && seen)
			return invalid(&r, "keys stands there twice");
		seen |= is_keys;
		if (is_keys)
			TRY(read_keys(&r));
		else if (!json_skip(&r.scan))
			return invalid(&r, "no JSON");
	}
	if (step != JSON_END || !json_at_end(&r.scan))
		return invalid(&r, "no JSON");
	if (r.n_keys == 0)
		return fault_set(fault, ERR_FIELD_REQUIRED, field, "no Ed25519 or P-256 key for signing");
	*keys = r.keys;
	*n = r.n_keys;
	return OK;
}

static char *text_of(struct arena *a, const uint8_t *bytes, size_t len)
{
	char *text = arena_alloc(a, base64url_room(len) + 1);
	text[base64url_encode(slice_of(bytes, len), text)] = '\0';
	return text;
}

Jwk *jwk_view(struct arena *a, const IssuerKeyRecord *key)
{
	Jwk *out = ARENA_NEW(a, Jwk);
	bool ec = key->public_key.len == SIGN_P256_BYTES;
	Jwk_init(out);
	out->kty = (char *)(ec ? "EC" : "OKP");
	out->crv = (char *)(ec ? "P-256" : "Ed25519");
	out->kid = key->kid;
	out->alg = key->algorithm;
	out->use = (char *)"sig";
	out->x = text_of(a, key->public_key.data, ec ? COORDINATE_BYTES : SIGN_ED25519_BYTES);
	if (ec)
		out->y = text_of(a, key->public_key.data + COORDINATE_BYTES, COORDINATE_BYTES);
	return out;
}
