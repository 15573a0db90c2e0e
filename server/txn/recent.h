/*
 * recent: the last entries of a followed log, so that streams which keep up need not read it again.
 *
 * Nouns: the ring holds the newest entries without gaps, as they were heard; a reader names the id that
 * it has read last, and is served if the ring reaches back to it.
 * Ownership: the ring keeps copies; what recent_read gives is copied into the arena.
 * Errors: none; without memory the ring forgets, and readers read the log.
 */
#ifndef PAIDAN_TXN_RECENT_H
#define PAIDAN_TXN_RECENT_H

#include "txn/store.h"
#include "txn/store_log_id.h"

enum { RECENT_ENTRIES = 256 };

struct recent_entry {
	struct log_id id;
	uint8_t *value;
	size_t len;
};

/* Zero-init is an empty ring. */
struct recent {
	struct recent_entry entries[RECENT_ENTRIES];
	size_t first, n;
	/* Nothing between this id and the oldest entry is missing. */
	struct log_id from;
	bool started;
};

void recent_free(struct recent *recent);
void recent_add(struct recent *recent, struct slice id, struct slice value);
/* The newest entry that was heard; false: none yet, or the ring has forgotten. */
bool recent_last(const struct recent *recent, struct log_id *id);
/* The entries behind `after`, at most max, oldest first. false: the ring does not reach back to it. */
bool recent_read(const struct recent *recent, struct slice after, struct arena *a, struct store_entry *out, size_t max,
		 size_t *n);

#endif
