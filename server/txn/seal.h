/*
 * seal: personal data at rest: AES-256-GCM under the key of the person, which the tenant key wraps.
 *
 * Nouns: a tenant key is derived from one version of the key file (base/key_ring.h) with HKDF-SHA256 (info
 * "paidan/" and the tenant), so that one tenant's key tells nothing of another's; a person's key is random and
 * kept wrapped in a record of its own, so that destroying that record destroys all that it sealed; every layer
 * authenticates tenant and id, so that nothing can be moved. Wrapped keys open under any version of the file,
 * new ones are wrapped by the newest.
 * Ownership: a sealer is created once per worker, keeps its keys out of core dumps and swap, and wipes them when
 * destroyed; results lie in the arena given.
 * Errors: ERR_DATA_CORRUPT when something does not decrypt; ERR_KEY_MISSING when the key file lacks the version;
 * ERR_INTERNAL when OpenSSL fails.
 */
#ifndef PAIDAN_TXN_SEAL_H
#define PAIDAN_TXN_SEAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/key_ring.h"

struct sealer;

/* A person's key as it is kept. */
struct wrapped_key {
	const char *owner_id;
	uint32_t version; /* of the tenant key that wraps it */
	struct slice bytes;
};

/* NULL when out of memory or OpenSSL lacks the algorithms. The ring is copied. */
struct sealer *sealer_new(const struct key_ring *ring);
void sealer_free(struct sealer *sealer);
/* The key file was changed. */
void sealer_take(struct sealer *sealer, const struct key_ring *ring);
/* Called once when a version is wanted that the ring lacks: another process may have read a newer file already.
 * It may sealer_take. */
void sealer_on_missing(struct sealer *sealer, void (*missing)(void *arg), void *arg);
const struct key_ring *sealer_ring(const struct sealer *sealer);

/* A new key for owner_id, wrapped by the newest version. */
enum err seal_new_key(struct sealer *sealer, struct arena *a, const char *tenant, const char *owner_id,
		      struct wrapped_key *key);
/* The same key, wrapped by the newest version. */
enum err seal_rewrap(struct sealer *sealer, struct arena *a, const char *tenant, struct wrapped_key *key);

/* sealed: an encoded SealedRecord. */
enum err seal_close(struct sealer *sealer, struct arena *a, const char *tenant, const char *id,
		    const struct wrapped_key *key, struct slice plain, struct slice *sealed);
/* Whose key opens it, before it is opened. */
enum err seal_owner(struct arena *a, const char *id, struct slice sealed, const char **owner_id);
enum err seal_open(struct sealer *sealer, struct arena *a, const char *tenant, const char *id,
		   const struct wrapped_key *key, struct slice sealed, struct slice *plain);

#endif
