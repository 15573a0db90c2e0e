/* The part of CredentialService that makes the broker's own tokens, and refuses tokens before they expire. */
#include "base/limits.h"
#include "service/operators.h"
#include "service/reply.h"
#include "service/services.h"
#include "txn/jwk.h"
#include "txn/jwt.h"
#include "txn/totp.h"

enum { TOKEN_LIFE_DEFAULT_MS = 15 * 60 * 1000, TOKEN_ID_BYTES = 15 };

/* A new signing key takes over; those whose tokens have all ended are forgotten. */
static enum err new_token_key(struct txn *t, const TokenKeysRecord *before, TokenKeyRecord **key,
			      TokenSecretRecord **secret)
{
	struct arena *a = txn_arena(t);
	int64_t now_ms = txn_now_ms(t);
	TokenKeysRecord *record = ARENA_NEW(a, TokenKeysRecord);
	uint8_t *public_key = arena_alloc(a, SIGN_ED25519_BYTES);
	*secret = ARENA_NEW(a, TokenSecretRecord);
	*key = ARENA_NEW(a, TokenKeyRecord);
	TokenSecretRecord_init(*secret);
	TokenKeyRecord_init(*key);
	TRY(txn_new_id(t, KIND_TOKEN_SECRET, &(*secret)->id));
	(*secret)->seed = (ProtobufCBinaryData){SIGN_ED25519_BYTES, txn_new_bytes(t, SIGN_ED25519_BYTES)};
	if (!sign_public_of((*secret)->seed.data, public_key))
		return ERR_INTERNAL;
	(*key)->created_ms = now_ms;
	(*key)->key = ARENA_NEW(a, IssuerKeyRecord);
	IssuerKeyRecord_init((*key)->key);
	(*key)->key->kid = (*secret)->id;
	(*key)->key->algorithm = (char *)sign_algorithm_name(SIGN_EDDSA);
	(*key)->key->public_key = (ProtobufCBinaryData){SIGN_ED25519_BYTES, public_key};
	TokenKeysRecord_init(record);
	record->id = (char *)TOKEN_KEYS_ID;
	for (size_t i = 0; before != NULL && i < before->n_keys; i++) {
		TokenKeyRecord *old = before->keys[i];
		if (old->retired_ms == 0)
			old->retired_ms = now_ms;
		if (now_ms < old->retired_ms + LIMIT_TOKEN_LIFE_MS)
			arena_append(a, (void ***)&record->keys, &record->n_keys, old);
	}
	if (record->n_keys >= LIMIT_ISSUER_KEYS)
		return fault_set(txn_fault(t), ERR_RATE_LIMITED, NULL, "keys were rotated too often in an hour");
	arena_append(a, (void ***)&record->keys, &record->n_keys, *key);
	TRY(txn_person_key(t, (*secret)->id, true));
	txn_put(t, KIND_TOKEN_SECRET, *secret);
	txn_put(t, KIND_TOKEN_KEYS, record);
	return OK;
}

/* The key that signs now; the first token makes the first one. */
static enum err signing_key(struct txn *t, TokenSecretRecord **secret)
{
	TokenKeysRecord *keys;
	TokenKeyRecord *key;
	if (txn_config(t)->token_keys == NULL) {
		TRY(TXN_FIND(t, TOKEN_KEYS, TOKEN_KEYS_ID, &keys));
		return new_token_key(t, keys, &key, secret);
	}
	const TokenKeysRecord *now = txn_config(t)->token_keys;
	return TXN_PEEK(t, TOKEN_SECRET, now->keys[now->n_keys - 1]->key->kid, secret);
}

/* Whom a token may be minted for: those whom the asker may see. */
static enum err subject_of(struct txn *t, const char *resident_id, const char *member_id, char **subject)
{
	struct scene *s = txn_scene(t);
	ResidentRecord *resident;
	HouseholdRecord *household;
	MemberRecord *member;
	bool for_resident = resident_id[0] != '\0';
	if (for_resident == (member_id[0] != '\0'))
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "resident_id", "either a resident or a member");
	if (!for_resident) {
		*subject = arena_printf(s->arena, "member/%s", member_id);
		TRY(TXN_GET(t, MEMBER, member_id, &member));
		return authz_member(s, member);
	}
	*subject = arena_printf(s->arena, "resident/%s", resident_id);
	TRY(TXN_GET(t, RESIDENT, resident_id, &resident));
	TRY(TXN_FIND(t, HOUSEHOLD, resident->household_id, &household));
	return authz_resident(s, resident, household);
}

HANDLER(mint_token, MintToken)
{
	struct arena *a = txn_arena(t);
	TokenSecretRecord *secret;
	char *subject = NULL;
	TRY(subject_of(t, req->resident_id, req->member_id, &subject));
	TRY(signing_key(t, &secret));
	if (secret == NULL || secret->seed.len != SIGN_ED25519_BYTES)
		return ERR_DATA_CORRUPT;
	struct slice self = slice_str(arena_printf(a, JWT_TENANT_URL "%s", txn_tenant(t)));
	int64_t life_ms = req->ttl_ms != 0 ? req->ttl_ms : TOKEN_LIFE_DEFAULT_MS;
	/* Tokens count whole seconds. */
	int64_t now_s = txn_now_ms(t) / 1000;
	char *id = totp_base32(a, slice_of(txn_new_bytes(t, TOKEN_ID_BYTES), TOKEN_ID_BYTES));
	struct jwt jwt = {.kid = slice_str(secret->id),
			  .id = slice_str(id),
			  .issuer = self,
			  .subject = slice_str(subject),
			  .audiences = {self},
			  .issued_ms = now_s * 1000,
			  .expires_ms = (now_s + (life_ms + 999) / 1000) * 1000};
	TRY(jwt_make(a, &jwt, secret->seed.data, &rsp->token));
	rsp->expires_ms = jwt.expires_ms;
	rsp->token_id = id;
	return OK;
}

/* A token is not kept: another one is as good. */
static enum err again_mint(struct txn *t, const char *subject_id, void *response)
{
	(void)subject_id;
	return mint_token(t, txn_request(t), response);
}

HANDLER(get_jwks, GetJwks)
{
	struct arena *a = txn_arena(t);
	const TokenKeysRecord *keys = txn_config(t)->token_keys;
	size_t n = keys == NULL ? 0 : keys->n_keys;
	(void)req; /* its tenant was chosen before */
	rsp->keys = arena_array(a, n, sizeof(*rsp->keys));
	for (size_t i = 0; i < n; i++) {
		int64_t retired_ms = keys->keys[i]->retired_ms;
		if (retired_ms == 0 || txn_now_ms(t) < retired_ms + LIMIT_TOKEN_LIFE_MS)
			rsp->keys[rsp->n_keys++] = jwk_view(a, keys->keys[i]->key);
	}
	return OK;
}

HANDLER(rotate_token_key, RotateTokenKey)
{
	TokenKeysRecord *before;
	TokenKeyRecord *key;
	TokenSecretRecord *secret;
	(void)req;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(TXN_FIND(t, TOKEN_KEYS, TOKEN_KEYS_ID, &before));
	TRY(new_token_key(t, before, &key, &secret));
	rsp->kid = key->key->kid;
	txn_subject(t, rsp->kid);
	return OK;
}

static enum err again_kid(struct txn *t, const char *subject_id, void *response)
{
	((RotateTokenKeyResponse *)response)->kid = arena_strdup(txn_arena(t), subject_id);
	return OK;
}

/* --- refusing them --- */

/* No token that is given now can be good for longer. */
static int64_t longest_life_ms(const struct config *config)
{
	int64_t life_ms = LIMIT_TOKEN_LIFE_MS;
	for (size_t i = 0; i < config->n_issuers; i++) {
		const IssuerRecord *issuer = config->issuers[i];
		if (!issuer->removed && issuer->max_life_ms > life_ms)
			life_ms = issuer->max_life_ms;
	}
	return life_ms;
}

/* Those that say something still, and room for one more. */
static enum err live_revocations(struct txn *t, TokenRevocationsRecord **out)
{
	TokenRevocationsRecord *before, *record = *out = ARENA_NEW(txn_arena(t), TokenRevocationsRecord);
	TokenRevocationsRecord_init(record);
	record->id = (char *)TOKEN_REVOCATIONS_ID;
	TRY(TXN_FIND(t, TOKEN_REVOCATIONS, TOKEN_REVOCATIONS_ID, &before));
	for (size_t i = 0; before != NULL && i < before->n_revocations; i++) {
		if (before->revocations[i]->until_ms > txn_now_ms(t))
			arena_append(txn_arena(t), (void ***)&record->revocations, &record->n_revocations,
				     before->revocations[i]);
	}
	if (record->n_revocations >= LIMIT_TOKEN_REVOCATIONS)
		return fault_set(txn_fault(t), ERR_TENANT_FULL, NULL, "%d revocations: rotate the key instead",
				 LIMIT_TOKEN_REVOCATIONS);
	return OK;
}

HANDLER(revoke_tokens, RevokeTokens)
{
	TokenRevocationsRecord *record;
	TokenRevocationRecord *revocation = ARENA_NEW(txn_arena(t), TokenRevocationRecord);
	bool one = req->token_id[0] != '\0', all = req->resident_id[0] != '\0' || req->member_id[0] != '\0';
	char *subject;
	(void)rsp;
	TokenRevocationRecord_init(revocation);
	if (one == all)
		return fault_set(txn_fault(t), ERR_FIELD_REQUIRED, "token_id", "either a token or a person");
	if (all)
		TRY(subject_of(t, req->resident_id, req->member_id, &subject));
	TRY(live_revocations(t, &record));
	revocation->token_id = req->token_id;
	revocation->person_id = req->resident_id[0] != '\0' ? req->resident_id : req->member_id;
	revocation->revoked_ms = txn_now_ms(t);
	revocation->until_ms =
	    txn_now_ms(t) + LIMIT_TOKEN_SKEW_MS + (one ? (int64_t)LIMIT_TOKEN_LIFE_MS : longest_life_ms(txn_config(t)));
	arena_append(txn_arena(t), (void ***)&record->revocations, &record->n_revocations, revocation);
	txn_put(t, KIND_TOKEN_REVOCATIONS, record);
	return all ? account_end_sessions(t, revocation->person_id, NULL) : OK;
}

const struct method token_methods[] = {
    METHOD(CredentialService, MintToken, mint_token, .again = again_mint),
    METHOD(CredentialService, RevokeTokens, revoke_tokens, .again = NULL),
    METHOD(CredentialService, GetJwks, get_jwks, .again = NULL),
    METHOD(CredentialService, RotateTokenKey, rotate_token_key, .again = again_kid),
};
const size_t token_methods_n = sizeof(token_methods) / sizeof(token_methods[0]);
