/*
 * store_memory_index: a sorted set, ordered by score, then by member bytewise.
 *
 * Nouns: entries are found by member through a map, and by order through sorted chunks: adding,
 * moving, removing and finding a place take O(log n) steps plus a short memmove.
 *   place   a position between entries, counted as chunk and offset; the entry there is the one behind
 *           the place, reading upwards.
 * Ownership: the index owns its entries; slices given out are valid until the next change.
 * Errors: aborts without memory.
 */
#ifndef PAIDAN_TXN_STORE_MEMORY_INDEX_H
#define PAIDAN_TXN_STORE_MEMORY_INDEX_H

#include "txn/store_memory_map.h"

struct index_entry {
	int64_t score;
	uint32_t len;
	uint8_t bytes[];
};

/* Scores stand beside the pointers, so that a search touches entries only where scores are equal. */
struct index_slot {
	int64_t score;
	struct index_entry *entry;
};

/* Never empty. */
struct index_chunk {
	struct index_slot *slots;
	size_t n;
	size_t room;
	int64_t high; /* the last slot's score */
};

struct memory_index {
	struct memory_map members;
	struct index_chunk *chunks;
	size_t n_chunks;
	size_t room;
};

struct index_place {
	size_t chunk;
	size_t at;
};

static inline struct slice memory_index_member(const struct index_entry *e)
{
	return slice_of(e->bytes, e->len);
}

void memory_index_init(struct memory_index *x);
void memory_index_finish(struct memory_index *x);
size_t memory_index_size(const struct memory_index *x);
/* The member's; 0 when it is not there. */
int64_t memory_index_score(const struct memory_index *x, struct slice member);
/* Adds the member, or moves it to the score. */
void memory_index_put(struct memory_index *x, struct slice member, int64_t score);
/* False when it was not there. */
bool memory_index_remove(struct memory_index *x, struct slice member);

/* In front of the first entry with at least this score. */
struct index_place memory_index_at_score(const struct memory_index *x, int64_t score);
/* Behind the last entry with at most this score. */
struct index_place memory_index_behind_score(const struct memory_index *x, int64_t score);
/* In front of the first entry ≥ (score, member); behind_equal: behind the equal one. */
struct index_place memory_index_at_entry(const struct memory_index *x, int64_t score, struct slice member,
					 bool behind_equal);
/* The entry behind (next) or in front of (previous) the place, which moves over it; NULL at the end. */
const struct index_entry *memory_index_next(const struct memory_index *x, struct index_place *p);
const struct index_entry *memory_index_previous(const struct memory_index *x, struct index_place *p);
/* Entries between two places, the lower one first. */
size_t memory_index_between(const struct memory_index *x, struct index_place low, struct index_place high);

#endif
