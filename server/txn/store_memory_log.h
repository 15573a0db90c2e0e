/*
 * store_memory_log: an append-only list that can be trimmed from its old end.
 *
 * Ownership: the log owns its entries; slices given out are valid until the next change.
 * Errors: aborts without memory.
 */
#ifndef PAIDAN_TXN_STORE_MEMORY_LOG_H
#define PAIDAN_TXN_STORE_MEMORY_LOG_H

#include "txn/store_log_id.h"

struct log_entry {
	struct log_id id;
	size_t len;
	uint8_t bytes[];
};

struct memory_log {
	struct log_entry **entries; /* [first, end) are there */
	size_t first;
	size_t end;
	size_t room;
	struct log_id last; /* the largest id ever given */
};

static inline struct slice log_entry_value(const struct log_entry *e)
{
	return slice_of(e->bytes, e->len);
}

void memory_log_finish(struct memory_log *l);
/* The id is the time, or the last one's successor when the clock stands still or runs backwards. */
struct log_id memory_log_append(struct memory_log *l, struct slice value, int64_t now_ms);
/* Drops entries older than id. */
void memory_log_trim(struct memory_log *l, struct log_id id);
/* The number of the first entry behind id (from l->first to l->end). */
size_t memory_log_behind(const struct memory_log *l, struct log_id id);
/* The number of the first entry with at least this id. */
size_t memory_log_at(const struct memory_log *l, struct log_id id);

#endif
