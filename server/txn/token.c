#include "txn/token.h"

#include <stdlib.h>

#include "base/limits.h"
#include "domain/config.h"

/* What was found, in memory of its own: it outlives the call and the configuration. */
struct slot {
	uint8_t sha256[JWT_SHA256_BYTES];
	char tenant[LIMIT_TENANT_ID_CHARS + 1];
	uint64_t version; /* of the configuration; 0: the slot is free */
	Role role;
	char id[LIMIT_ID_CHARS + 1];
	char issuer_id[LIMIT_ID_CHARS + 1];
	char node_id[LIMIT_ID_CHARS + 1];
	int64_t until_ms;
};

struct token_cache {
	uint64_t checks;
	struct slot slots[TOKEN_CACHE_SLOTS];
};

struct token_cache *token_cache_new(void)
{
	return calloc(1, sizeof(struct token_cache));
}

void token_cache_free(struct token_cache *cache)
{
	free(cache);
}

uint64_t token_cache_checks(const struct token_cache *cache)
{
	return cache->checks;
}

static struct slot *slot_of(struct token_cache *cache, const struct jwt *jwt)
{
	size_t at;
	memcpy(&at, jwt->sha256, sizeof(at)); /* as good as random */
	return &cache->slots[at % TOKEN_CACHE_SLOTS];
}

static bool recall(struct token_cache *cache, struct arena *a, const struct config *config, const struct jwt *jwt,
		   struct token_claims *claims)
{
	const struct slot *slot = slot_of(cache, jwt);
	if (slot->version != config->version || strcmp(slot->tenant, config->tenant->id) != 0 ||
	    memcmp(slot->sha256, jwt->sha256, sizeof(slot->sha256)) != 0)
		return false;
	*claims = (struct token_claims){.role = slot->role,
					.id = arena_strdup(a, slot->id),
					.issuer_id = arena_strdup(a, slot->issuer_id),
					.node_id = arena_strdup(a, slot->node_id),
					.until_ms = slot->until_ms};
	return true;
}

static bool keep(char *to, size_t room, const char *text)
{
	size_t len = strlen(text);
	if (len < room)
		memcpy(to, text, len + 1);
	return len < room;
}

static void remember(struct token_cache *cache, const struct config *config, const struct jwt *jwt,
		     const struct token_claims *claims)
{
	struct slot *slot = slot_of(cache, jwt);
	bool fits = keep(slot->tenant, sizeof(slot->tenant), config->tenant->id) &&
		    keep(slot->id, sizeof(slot->id), claims->id) &&
		    keep(slot->issuer_id, sizeof(slot->issuer_id), claims->issuer_id) &&
		    keep(slot->node_id, sizeof(slot->node_id), claims->node_id);
	memcpy(slot->sha256, jwt->sha256, sizeof(slot->sha256));
	slot->role = claims->role;
	slot->until_ms = claims->until_ms;
	slot->version = fits ? config->version : 0;
}

/* --- whose token --- */

struct trust {
	IssuerKeyRecord *const *keys;
	size_t n_keys;
	char *const *audiences;
	size_t n_audiences;
	const Role *roles;
	size_t n_roles;
	int64_t max_life_ms;
};

static enum err refuse(struct fault *fault, enum err err, const char *why)
{
	return fault_set(fault, err, NULL, "%s", why);
}

/* The broker's keys: the newest one, and those that were replaced so lately that a token may be left. */
static void trust_self(struct arena *a, const struct config *config, const char *url, int64_t now_ms,
		       struct trust *trust)
{
	static const Role both[] = {ROLE_RESIDENT, ROLE_MEMBER};
	const TokenKeysRecord *own = config->token_keys;
	IssuerKeyRecord **keys = arena_array(a, own == NULL ? 0 : own->n_keys, sizeof(*keys));
	char **audiences = arena_array(a, 1, sizeof(*audiences));
	audiences[0] = (char *)url;
	*trust = (struct trust){.keys = keys,
				.audiences = audiences,
				.n_audiences = 1,
				.roles = both,
				.n_roles = 2,
				.max_life_ms = LIMIT_TOKEN_LIFE_MS};
	for (size_t i = 0; own != NULL && i < own->n_keys; i++) {
		int64_t retired_ms = own->keys[i]->retired_ms;
		if (retired_ms == 0 || now_ms < retired_ms + LIMIT_TOKEN_LIFE_MS)
			keys[trust->n_keys++] = own->keys[i]->key;
	}
}

static enum err find_trust(struct arena *a, const struct config *config, const struct jwt *jwt, int64_t now_ms,
			   struct fault *fault, struct trust *trust, struct token_claims *claims)
{
	const char *self = arena_printf(a, JWT_TENANT_URL "%s", config->tenant->id);
	claims->node_id = "";
	if (slice_eq(jwt->issuer, slice_str(self))) {
		trust_self(a, config, self, now_ms, trust);
		claims->issuer_id = arena_string(a, jwt->kid);
		return OK;
	}
	const IssuerRecord *issuer = config_issuer(config, jwt->issuer);
	if (issuer == NULL || issuer->removed)
		return refuse(fault, ERR_TOKEN_ISSUER, "iss is not registered");
	*trust = (struct trust){.keys = issuer->keys,
				.n_keys = issuer->n_keys,
				.audiences = issuer->audiences,
				.n_audiences = issuer->n_audiences,
				.roles = issuer->roles,
				.n_roles = issuer->n_roles,
				.max_life_ms = issuer->max_life_ms};
	claims->issuer_id = arena_strdup(a, issuer->id);
	claims->node_id = arena_strdup(a, issuer->node_id);
	return OK;
}

/* --- what it says --- */

static enum err check_signature(const struct trust *trust, const struct jwt *jwt, struct fault *fault)
{
	const IssuerKeyRecord *key = NULL;
	for (size_t i = 0; i < trust->n_keys && key == NULL; i++) {
		if (slice_eq(slice_str(trust->keys[i]->kid), jwt->kid))
			key = trust->keys[i];
	}
	if (key == NULL)
		return refuse(fault, ERR_TOKEN_KEY, "the issuer has no key of this kid");
	/* The algorithm is the key's, never the token's choice. */
	if (sign_algorithm_of(slice_str(key->algorithm)) != jwt->algorithm)
		return refuse(fault, ERR_TOKEN_ALGORITHM, "not the algorithm of this kid");
	if (!sign_verify(jwt->algorithm, slice_of(key->public_key.data, key->public_key.len), jwt->signed_part,
			 jwt->signature))
		return refuse(fault, ERR_TOKEN_SIGNATURE, "the signature is wrong");
	return OK;
}

static enum err check_audience(const struct trust *trust, const struct jwt *jwt, struct fault *fault)
{
	for (size_t i = 0; i < trust->n_audiences; i++) {
		if (jwt_has_audience(jwt, slice_str(trust->audiences[i])))
			return OK;
	}
	return refuse(fault, ERR_TOKEN_AUDIENCE, "no audience of the issuer's");
}

static enum err check_life(const struct trust *trust, const struct jwt *jwt, int64_t now_ms, struct fault *fault)
{
	int64_t from_ms = jwt->issued_ms != 0 ? jwt->issued_ms : now_ms;
	if (jwt->expires_ms <= now_ms)
		return refuse(fault, ERR_TOKEN_EXPIRED, "exp has passed");
	if (jwt->not_before_ms > now_ms + LIMIT_TOKEN_SKEW_MS || jwt->issued_ms > now_ms + LIMIT_TOKEN_SKEW_MS)
		return refuse(fault, ERR_TOKEN_NOT_YET, "nbf or iat is to come");
	if (jwt->expires_ms - from_ms > trust->max_life_ms)
		return refuse(fault, ERR_TOKEN_LIFETIME, "exp is too far away");
	return OK;
}

static enum err check_subject(const struct trust *trust, const struct jwt *jwt, struct arena *a, struct fault *fault,
			      struct token_claims *claims)
{
	static const struct {
		struct slice prefix;
		Role role;
	} kinds[] = {{{(const uint8_t *)"resident/", 9}, ROLE_RESIDENT},
		     {{(const uint8_t *)"member/", 7}, ROLE_MEMBER}};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!slice_starts(jwt->subject, kinds[i].prefix))
			continue;
		struct slice id = slice_from(jwt->subject, kinds[i].prefix.len);
		bool plain = id.len > 0 && id.len <= LIMIT_ID_CHARS;
		for (size_t k = 0; plain && k < id.len; k++)
			plain = (id.ptr[k] >= 'a' && id.ptr[k] <= 'z') || (id.ptr[k] >= '0' && id.ptr[k] <= '9');
		bool allowed = false;
		for (size_t k = 0; k < trust->n_roles; k++)
			allowed |= trust->roles[k] == kinds[i].role;
		if (!plain || !allowed)
			break;
		claims->role = kinds[i].role;
		claims->id = arena_string(a, id);
		return OK;
	}
	return refuse(fault, ERR_TOKEN_SUBJECT, "sub is not resident/<id> or member/<id>, or not this issuer's");
}

/* A jti is the broker's to give: another issuer's may be the same by chance. Without iat nobody knows whether a token
 * is older than the revocation. */
static bool is_revoked(const struct config *config, const struct jwt *jwt, const struct token_claims *claims)
{
	const TokenRevocationsRecord *list = config->token_revocations;
	bool own = config_issuer(config, jwt->issuer) == NULL;
	for (size_t i = 0; list != NULL && i < list->n_revocations; i++) {
		const TokenRevocationRecord *r = list->revocations[i];
		if (r->token_id[0] != '\0') {
			if (own && slice_eq(slice_str(r->token_id), jwt->id))
				return true;
		} else if (strcmp(r->person_id, claims->id) == 0 && jwt->issued_ms <= r->revoked_ms) {
			return true;
		}
	}
	return false;
}

enum err token_check(struct token_cache *cache, struct arena *a, const struct config *config, const struct jwt *jwt,
		     int64_t now_ms, struct fault *fault, struct token_claims *claims)
{
	struct trust trust = {.keys = NULL};
	if (cache != NULL && recall(cache, a, config, jwt, claims))
		return claims->until_ms > now_ms ? OK : refuse(fault, ERR_TOKEN_EXPIRED, "exp has passed");
	TRY(find_trust(a, config, jwt, now_ms, fault, &trust, claims));
	if (cache != NULL)
		cache->checks++;
	TRY(check_signature(&trust, jwt, fault));
	TRY(check_audience(&trust, jwt, fault));
	TRY(check_life(&trust, jwt, now_ms, fault));
	TRY(check_subject(&trust, jwt, a, fault, claims));
	if (is_revoked(config, jwt, claims))
		return refuse(fault, ERR_TOKEN_REVOKED, "it, or all of its subject's");
	claims->until_ms = jwt->expires_ms;
	if (cache != NULL)
		remember(cache, config, jwt, claims);
	return OK;
}
