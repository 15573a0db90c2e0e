/*
 * record_cache: records as this worker saw them last, so that a write on a record that it wrote just
 * before needs no load. May be stale: only transactions that guard what they read use it, and their
 * answer counts only after the guards held (exec.c).
 *
 * Nouns: packed = it lives in a pack, which is where a guard must look for it; an entry is an envelope under
 * "tenant/kind/id"; those that were not used for a while are dropped first. Ownership: the cache owns copies; a found
 * slice is valid until the next call into the cache. Errors: none; without memory it forgets.
 */
#ifndef PAIDAN_TXN_RECORD_CACHE_H
#define PAIDAN_TXN_RECORD_CACHE_H

#include "base/slice.h"
#include "txn/kind.h"

struct record_cache;

/* NULL when out of memory. */
struct record_cache *record_cache_new(size_t max_bytes);
void record_cache_free(struct record_cache *cache);

bool record_cache_find(struct record_cache *cache, struct slice tenant, enum record_kind kind, struct slice id,
		       struct slice *envelope, bool *packed);
void record_cache_put(struct record_cache *cache, struct slice tenant, enum record_kind kind, struct slice id,
		      struct slice envelope, bool packed);
void record_cache_drop(struct record_cache *cache, struct slice tenant, enum record_kind kind, struct slice id);
void record_cache_clear(struct record_cache *cache);

#endif
