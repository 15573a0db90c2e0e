/*
 * store_memory_map: a hash table from byte strings to items that know their own key.
 *
 * Ownership: the map owns its slots, never the items.
 * Errors: aborts without memory.
 */
#ifndef PAIDAN_TXN_STORE_MEMORY_MAP_H
#define PAIDAN_TXN_STORE_MEMORY_MAP_H

#include "base/slice.h"

struct map_slot {
	void *item; /* NULL: free */
	uint64_t hash;
};

struct memory_map {
	struct map_slot *slots;
	size_t room; /* a power of two, or 0 */
	size_t n;
	struct slice (*key)(const void *item);
};

void memory_map_finish(struct memory_map *m);
void *memory_map_get(const struct memory_map *m, struct slice key);
/* Adds an item whose key is not there yet. */
void memory_map_add(struct memory_map *m, void *item);
/* Takes the item out and gives it, or NULL. */
void *memory_map_remove(struct memory_map *m, struct slice key);
/* All items, sorted by key: a malloced array of m->n. NULL when there are none. */
void **memory_map_sorted(const struct memory_map *m);

/* malloc that does not fail. */
void *memory_alloc(size_t bytes);
void *memory_realloc(void *ptr, size_t bytes);

/* for (size_t i = 0; memory_map_next(m, &i, &item);) */
bool memory_map_next(const struct memory_map *m, size_t *i, void **item);

#endif
