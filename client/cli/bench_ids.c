#include "bench_ids.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_ROOM = 1024 };

static void *must(void *memory)
{
	if (memory == NULL) {
		fputs("paidan: out of memory\n", stderr);
		abort();
	}
	return memory;
}

void ids_free(struct ids *ids)
{
	for (size_t i = 0; i < ids->room; i++)
		free(ids->entries[i].stash);
	free(ids->entries);
	*ids = (struct ids){0};
}

static struct id_entry *find(const struct ids *ids, struct slice id)
{
	size_t at = (size_t)hash_bytes(0, id) & (ids->room - 1);
	for (;; at = (at + 1) & (ids->room - 1)) {
		struct id_entry *e = &ids->entries[at];
		if (e->id[0] == '\0' || slice_eq(slice_str(e->id), id))
			return e;
	}
}

static void grow(struct ids *ids)
{
	struct ids bigger = {.room = ids->room == 0 ? FIRST_ROOM : ids->room * 2, .n = ids->n};
	bigger.entries = must(calloc(bigger.room, sizeof(*bigger.entries)));
	for (size_t i = 0; i < ids->room; i++) {
		if (ids->entries[i].id[0] != '\0')
			*find(&bigger, slice_str(ids->entries[i].id)) = ids->entries[i];
	}
	free(ids->entries);
	*ids = bigger;
}

struct id_entry *ids_get(struct ids *ids, struct slice id)
{
	if (id.len == 0 || id.len >= BENCH_ID_BYTES)
		return NULL;
	if (ids->n * 2 >= ids->room)
		grow(ids);
	struct id_entry *e = find(ids, id);
	if (e->id[0] == '\0') {
		memcpy(e->id, id.ptr, id.len);
		e->order = BENCH_NO_ORDER;
		ids->n++;
	}
	return e;
}

void id_entry_stash(struct id_entry *entry, struct slice bytes)
{
	free(entry->stash);
	entry->stash = must(malloc(bytes.len + 1));
	if (bytes.len > 0)
		memcpy(entry->stash, bytes.ptr, bytes.len);
	entry->stash_len = (uint32_t)bytes.len;
}

void id_entry_unstash(struct id_entry *entry)
{
	free(entry->stash);
	entry->stash = NULL;
	entry->stash_len = 0;
}
