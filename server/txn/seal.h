/*
 * seal: personal data at rest: AES-256-GCM under a data key of its own, which the tenant key wraps.
 *
 * Nouns: the tenant key is derived from the key file's 32 bytes with HKDF-SHA256 (info "paidan/" and the
 * tenant), so that one tenant's key tells nothing of another's; a data key is random and lives in the
 * record it seals; both layers authenticate tenant and id, so that a record can't be moved.
 * Ownership: a sealer is created once per worker and wipes its keys when destroyed; results lie in the
 * arena given.
 * Errors: ERR_DATA_CORRUPT when something does not decrypt; ERR_INTERNAL when OpenSSL fails.
 */
#ifndef PAIDAN_TXN_SEAL_H
#define PAIDAN_TXN_SEAL_H

#include "base/arena.h"
#include "base/err.h"

enum { SEAL_KEY_BYTES = 32 };

struct sealer;

/* NULL when out of memory or OpenSSL lacks the algorithms. */
struct sealer *sealer_new(const uint8_t key[SEAL_KEY_BYTES]);
void sealer_free(struct sealer *sealer);

/* sealed: an encoded SealedRecord. */
enum err seal_close(struct sealer *sealer, struct arena *a, const char *tenant, const char *id, struct slice plain,
		    struct slice *sealed);
enum err seal_open(struct sealer *sealer, struct arena *a, const char *tenant, const char *id, struct slice sealed,
		   struct slice *plain);

#endif
