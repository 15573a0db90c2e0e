/*
 * quota: how often one address may ask for what everybody may read.
 *
 * Nouns: each address has a store of calls that fills up again with time: LIMIT_OPEN_BURST at the most, one more every
 * LIMIT_OPEN_REFILL_MS. Of an IPv6 address counts the part that a household or office has. There is room for the
 * addresses that asked last; one that was forgotten meanwhile begins with a full store, which it would mostly have by
 * then. Ownership: the caller's, zero-initialised but for the seed. Each worker counts for itself. Errors: none.
 */
#ifndef PAIDAN_RPC_QUOTA_H
#define PAIDAN_RPC_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

enum { QUOTA_SETS = 1024, QUOTA_WAYS = 4 };

struct quota_entry {
	uint64_t address; /* hashed; 0: nobody's */
	int64_t full_ms;  /* when its store will be full again */
};

struct quota {
	uint64_t seed; /* random: so that nobody can choose whom to share a place with */
	struct quota_entry entries[QUOTA_SETS][QUOTA_WAYS];
};

/* Takes a call of the address, NULL: of nobody's, which is always allowed. False: it has none left. */
bool quota_take(struct quota *quota, const char *address, int64_t now_ms);

#endif
