/*
 * token: what a signed token is worth: that of a registered issuer, or one that the broker minted itself. It
 * acts as exactly the resident or member that it names.
 *
 * Rules: the issuer is registered in the tenant and has the key (kid), whose algorithm the token must name; the
 * signature is right; an audience of the issuer's is among the token's; it has not expired, is valid already
 * (LIMIT_TOKEN_SKEW_MS), and lives no longer than its issuer may let it; sub is "resident/<id>" or "member/<id>",
 * of a role that the issuer may speak for; neither it nor all that its subject was given were revoked. The broker's own
 * tokens have "paidan://<tenant>" as issuer and audience. Nouns: a cache remembers what was found, so that a token
 * costs its signature once in a worker; what it says holds for the configuration it was found under, so a removed
 * issuer or key takes its tokens along. Ownership: the cache belongs to the exec; claims lie in the arena given.
 * Errors: ERR_TOKEN_* (base/err.h), all of them UNAUTHENTICATED.
 */
#ifndef PAIDAN_TXN_TOKEN_H
#define PAIDAN_TXN_TOKEN_H

#include "domain/scene.h"
#include "txn/jwt.h"

enum { TOKEN_CACHE_SLOTS = 2048 };

struct token_cache;

/* NULL without memory. */
struct token_cache *token_cache_new(void);
/* NULL-safe. */
void token_cache_free(struct token_cache *cache);

struct token_claims {
	Role role;
	const char *id;        /* of the resident or member */
	const char *issuer_id; /* the issuer's record; of the broker's own: the key's id */
	const char *node_id;   /* the part of the org tree that it reaches; "": all */
	int64_t until_ms;
};

/* cache may be NULL. */
enum err token_check(struct token_cache *cache, struct arena *a, const struct config *config, const struct jwt *jwt,
		     int64_t now_ms, struct fault *fault, struct token_claims *claims);
/* How often signatures were looked at. */
uint64_t token_cache_checks(const struct token_cache *cache);

#endif
