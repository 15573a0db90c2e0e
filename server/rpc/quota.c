#include "rpc/quota.h"

#include "base/cidr.h"
#include "base/hash.h"
#include "base/limits.h"

/* What is no address, as a test's, stands for itself. */
static uint64_t network_hash(const struct quota *q, const char *address)
{
	uint8_t household[CIDR_HOUSEHOLD_BYTES];
	size_t bytes = cidr_household(address, household);
	return hash_bytes(q->seed, bytes == 0 ? slice_str(address) : slice_of(household, bytes)) | 1;
}

/* Its own entry, else the one that is full, or will be, the soonest. */
static struct quota_entry *entry_of(struct quota *q, uint64_t hash)
{
	struct quota_entry *set = q->entries[(hash >> 8) % QUOTA_SETS], *best = set;
	for (size_t i = 0; i < QUOTA_WAYS; i++) {
		if (set[i].address == hash)
			return &set[i];
		if (set[i].full_ms < best->full_ms)
			best = &set[i];
	}
	*best = (struct quota_entry){.address = hash};
	return best;
}

bool quota_take(struct quota *q, const char *address, int64_t now_ms)
{
	if (address == NULL)
		return true;
	struct quota_entry *entry = entry_of(q, network_hash(q, address));
	int64_t full_ms = (entry->full_ms > now_ms ? entry->full_ms : now_ms) + LIMIT_OPEN_REFILL_MS;
	if (full_ms - now_ms > (int64_t)LIMIT_OPEN_BURST * LIMIT_OPEN_REFILL_MS)
		return false;
	entry->full_ms = full_ms;
	return true;
}
