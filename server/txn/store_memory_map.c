#include "txn/store_memory_map.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_ROOM = 8 };

void *memory_realloc(void *ptr, size_t bytes)
{
	void *got = realloc(ptr, bytes == 0 ? 1 : bytes);
	if (got == NULL) {
		fputs("store_memory: out of memory\n", stderr);
		abort();
	}
	return got;
}

void *memory_alloc(size_t bytes)
{
	return memory_realloc(NULL, bytes);
}

void memory_map_finish(struct memory_map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->room = m->n = 0;
}

/* The slot that has the key, or the free one where it would go. */
static size_t find(const struct memory_map *m, struct slice key, uint64_t hash)
{
	size_t at = (size_t)hash & (m->room - 1);
	while (m->slots[at].item != NULL) {
		if (m->slots[at].hash == hash && slice_eq(m->key(m->slots[at].item), key))
			break;
		at = (at + 1) & (m->room - 1);
	}
	return at;
}

static void grow(struct memory_map *m)
{
	struct map_slot *old = m->slots;
	size_t old_room = m->room;
	m->room = old_room == 0 ? FIRST_ROOM : old_room * 2;
	m->slots = memory_alloc(m->room * sizeof(*m->slots));
	memset(m->slots, 0, m->room * sizeof(*m->slots));
	for (size_t i = 0; i < old_room; i++) {
		if (old[i].item == NULL)
			continue;
		size_t at = (size_t)old[i].hash & (m->room - 1);
		while (m->slots[at].item != NULL)
			at = (at + 1) & (m->room - 1);
		m->slots[at] = old[i];
	}
	free(old);
}

void *memory_map_get(const struct memory_map *m, struct slice key)
{
	return m->n == 0 ? NULL : m->slots[find(m, key, hash_bytes(0, key))].item;
}

void memory_map_add(struct memory_map *m, void *item)
{
	struct slice key = m->key(item);
	uint64_t hash = hash_bytes(0, key);
	if ((m->n + 1) * 4 > m->room * 3)
		grow(m);
	m->slots[find(m, key, hash)] = (struct map_slot){item, hash};
	m->n++;
}

void *memory_map_remove(struct memory_map *m, struct slice key)
{
	if (m->n == 0)
		return NULL;
	size_t at = find(m, key, hash_bytes(0, key));
	void *item = m->slots[at].item;
	if (item == NULL)
		return NULL;
	m->n--;
	/* Close the gap, so that no search ends at it too early: move back whatever may stand here. */
	for (size_t next = (at + 1) & (m->room - 1); m->slots[next].item != NULL; next = (next + 1) & (m->room - 1)) {
		size_t home = (size_t)m->slots[next].hash & (m->room - 1);
		if (((next - home) & (m->room - 1)) >= ((next - at) & (m->room - 1))) {
			m->slots[at] = m->slots[next];
			at = next;
		}
	}
	m->slots[at].item = NULL;
	return item;
}

bool memory_map_next(const struct memory_map *m, size_t *i, void **item)
{
	while (*i < m->room) {
		*item = m->slots[(*i)++].item;
		if (*item != NULL)
			return true;
	}
	return false;
}

static int by_key(const void *a, const void *b, void *arg)
{
	const struct memory_map *m = arg;
	return slice_cmp(m->key(*(void *const *)a), m->key(*(void *const *)b));
}

void **memory_map_sorted(const struct memory_map *m)
{
	size_t n = 0;
	void *item;
	if (m->n == 0)
		return NULL;
	void **items = memory_alloc(m->n * sizeof(*items));
	for (size_t i = 0; memory_map_next(m, &i, &item);)
		items[n++] = item;
	qsort_r(items, n, sizeof(*items), by_key, (void *)(uintptr_t)m);
	return items;
}
