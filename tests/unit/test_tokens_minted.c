/* Tokens that the broker makes itself, and how they end: by time, by a new key, by name. */
#include "tokens_stage.h"

static void test_minted(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	struct arena *a = world_arena(w);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(first->expires_ms, WORLD_START_MS + LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(try(w, first->token).err, OK);
	REQUEST(w, GetJwksRequest, rq);
	GetJwksResponse *keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 1);
	assert_string_equal(keys->keys[0]->alg, "EdDSA");
	/* A new key; the token of the old one lives on. */
	REQUEST(w, RotateTokenKeyRequest, rotate);
	RotateTokenKeyResponse *rotated = must(world_call(w, AS_ADMIN, "CredentialService/RotateTokenKey", rotate));
	assert_string_not_equal(rotated->kid, keys->keys[0]->kid);
	MintTokenResponse *second = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	struct jwt jwt;
	struct fault fault;
	assert_int_equal(jwt_parse(a, slice_str(second->token), &jwt, &fault), OK);
	assert_true(slice_eq(jwt.kid, slice_str(rotated->kid)));
	assert_true(slice_eq(jwt_tenant(&jwt), SLICE(WORLD_TENANT)));
	assert_int_equal(try(w, first->token).err, OK);
	assert_int_equal(try(w, second->token).err, OK);
	keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 2);
	world_advance(w, LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(try(w, first->token).err, ERR_TOKEN_EXPIRED);
	keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, 1);
	world_free(w);
}

static struct world_reply rotate(struct world *w)
{
	REQUEST(w, RotateTokenKeyRequest, rq);
	return world_call(w, AS_ADMIN, "CredentialService/RotateTokenKey", rq);
}

/* Keys whose tokens may still be about are kept, so there can't be any number of them in a token's life. */
static void test_rotations(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	world_advance(w, 1000);
	for (int i = 1; i < LIMIT_ISSUER_KEYS; i++)
		must(rotate(w));
	char *before = world_dump(w);
	struct world_reply refused = rotate(w);
	assert_int_equal(refused.err, ERR_RATE_LIMITED);
	assert_string_equal(refused.fault.detail, "keys were rotated too often in an hour");
	assert_string_equal(world_dump(w), before);
	assert_int_equal(try(w, first->token).err, OK);
	REQUEST(w, GetJwksRequest, rq);
	GetJwksResponse *keys = must(world_call(w, AS_NOBODY, "CredentialService/GetJwks", rq));
	assert_int_equal(keys->n_keys, LIMIT_ISSUER_KEYS);
	world_advance(w, LIMIT_TOKEN_LIFE_MS - 1);
	assert_int_equal(rotate(w).err, ERR_RATE_LIMITED);
	world_advance(w, 1);
	must(rotate(w));
	world_free(w);
}

static struct world_reply revoke(struct world *w, const char *token_id, const char *resident)
{
	REQUEST(w, RevokeTokensRequest, rq);
	rq->token_id = (char *)token_id;
	rq->resident_id = (char *)resident;
	return world_call(w, AS_ADMIN, "CredentialService/RevokeTokens", rq);
}

/* One by its id; all of a person, whoever gave them, and what is given later is good. */
static void test_revoked(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	char *other = world_resident(w);
	REQUEST(w, MintTokenRequest, mint);
	mint->resident_id = resident;
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS;
	MintTokenResponse *first = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	MintTokenResponse *second = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_string_not_equal(first->token_id, second->token_id);
	assert_int_equal(try(w, first->token).err, OK);
	must(revoke(w, first->token_id, ""));
	assert_int_equal(try(w, first->token).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, second->token).err, OK);
	char *theirs = token(world_arena(w), EDDSA, claims_of(w, GOOD_CLAIMS, resident));
	char *undated = token(world_arena(w), EDDSA,
			      claims_of(w,
					"{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\","
					"\"exp\":@600}",
					resident));
	/* Another issuer's jti is none of ours. */
	char *same_id = token(world_arena(w), EDDSA,
			      claims_of(w,
					arena_printf(world_arena(w),
						     "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\","
						     "\"aud\":\"paidan://elm\",\"exp\":@600,\"jti\":\"%s\"}",
						     first->token_id),
					resident));
	assert_int_equal(try(w, theirs).err, OK);
	assert_int_equal(try(w, undated).err, OK);
	assert_int_equal(try(w, same_id).err, OK);
	must(revoke(w, "", other));
	assert_int_equal(try(w, theirs).err, OK);
	must(revoke(w, "", resident));
	assert_int_equal(try(w, second->token).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, theirs).err, ERR_TOKEN_REVOKED);
	assert_int_equal(try(w, undated).err, ERR_TOKEN_REVOKED);
	world_advance(w, 1000);
	MintTokenResponse *later = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(try(w, later->token).err, OK);
	assert_int_equal(revoke(w, "", "").err, ERR_FIELD_REQUIRED);
	assert_int_equal(revoke(w, first->token_id, resident).err, ERR_FIELD_REQUIRED);
	assert_int_equal(revoke(w, "", "r0000zzz").err, ERR_NOT_FOUND);
	world_free(w);
}

/* The list is bounded, and empties by itself. */
static void test_revocations_expire(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	for (int i = 0; i < LIMIT_TOKEN_REVOCATIONS; i++)
		must(revoke(w, arena_printf(world_arena(w), "t%d", i), ""));
	assert_int_equal(revoke(w, "one-more", "").err, ERR_TENANT_FULL);
	world_advance(w, LIMIT_TOKEN_LIFE_MS);
	assert_int_equal(revoke(w, "one-more", "").err, ERR_TENANT_FULL);
	world_advance(w, LIMIT_TOKEN_SKEW_MS);
	must(revoke(w, "one-more", ""));
	world_free(w);
}

static void test_mint_reach(void **state)
{
	(void)state;
	char *resident;
	struct world *w = town(&resident);
	REQUEST(w, MintTokenRequest, mint);
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_REQUIRED);
	mint->resident_id = resident;
	mint->member_id = world_member(w, world_point(w, 0, 10, 0, SIDE), NULL);
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_REQUIRED);
	mint->resident_id = (char *)"";
	MintTokenResponse *member = must(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint));
	assert_int_equal(try(w, member->token).err, ERR_PERMISSION_DENIED); /* residents' orders */
	mint->member_id = (char *)"m0000zzz";
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_NOT_FOUND);
	mint->member_id = (char *)"";
	mint->resident_id = resident;
	assert_int_equal(world_call(w, AS_RESIDENT(resident), "CredentialService/MintToken", mint).err,
			 ERR_PERMISSION_DENIED);
	mint->ttl_ms = LIMIT_TOKEN_LIFE_MS + 1;
	assert_int_equal(world_call(w, AS_ADMIN, "CredentialService/MintToken", mint).err, ERR_FIELD_OUT_OF_RANGE);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_minted),  cmocka_unit_test(test_mint_reach),         cmocka_unit_test(test_rotations),
	    cmocka_unit_test(test_revoked), cmocka_unit_test(test_revocations_expire),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	EVP_PKEY_free(p256());
	return failed;
}
