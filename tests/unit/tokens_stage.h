/*
 * tokens_stage: an issuer with a key of each kind, the tokens that it signs, a town that trusts it, and what is
 * answered to a token there.
 */
#ifndef PAIDAN_TESTS_TOKENS_STAGE_H
#define PAIDAN_TESTS_TOKENS_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/base64.h"
#include "txn/exec_internal.h"
#include "txn/jwk.h"
#include "txn/jwt.h"
#include "world.h"

enum { SIDE = 2 };

#define ISSUER "https://login.example"

#define NOW_S (WORLD_START_MS / 1000)

#define REQUEST(w, type, name)                        \
	type *name = ARENA_NEW(world_arena(w), type); \
	type##_init(name)

#define EDDSA "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"ed\"}"

#define GOOD_CLAIMS "{\"iss\":\"" ISSUER "\",\"sub\":\"resident/$r\",\"aud\":\"paidan://elm\",\"iat\":@0,\"exp\":@600}"

/* Made once; the other key of the issuer is Ed25519. */
EVP_PKEY *p256(void);
char *url(struct arena *a, const void *bytes, size_t len);
char *jwks(struct arena *a);
/* Signs with the P-256 key when the header says ES256, else with the Ed25519 one, whatever it says. */
char *token(struct arena *a, const char *header, const char *claims);
/* $r: the resident, @n: now + n seconds. */
char *claims_of(struct world *w, const char *format, const char *resident);
struct world *town(char **resident);

struct answer {
	enum err err;
	char detail[sizeof(((struct fault *)0)->detail)];
};

/* What a resident's list of orders answers to the token, in a tenant; act_as: "resident/…" or NULL. */
struct answer try_as(struct world *w, const char *text, const char *act_as);
struct answer try(struct world *w, const char *text);

#endif
