#include "txn/use.h"

#include "base/hash.h"

bool use_is_due(struct uses *uses, struct slice tenant, struct slice id, int64_t now_ms)
{
	uint64_t hash = hash_bytes(hash_bytes(0, tenant), id);
	size_t at = hash % USE_SLOTS;
	if (uses->slots[at].hash == hash && now_ms - uses->slots[at].at_ms < USE_STEP_MS)
		return false;
	uses->slots[at].hash = hash;
	uses->slots[at].at_ms = now_ms;
	return true;
}
