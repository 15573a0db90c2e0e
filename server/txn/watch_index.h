/*
 * watch_index: a tenant's watches by whom they listen for, so that an event finds those it can concern
 * without asking all: ten thousand residents and members each listen for themselves alone.
 *
 * Nouns: a listener is one watch's place here; it listens for one id, an order's, a resident's or a member's, or
 * for everything.
 * Ownership: listeners belong to the watch, which leaves before it goes.
 * Errors: watch_index_join answers false when out of memory.
 */
#ifndef PAIDAN_TXN_WATCH_INDEX_H
#define PAIDAN_TXN_WATCH_INDEX_H

#include "paidan_pb.h"
#include "base/slice.h"

struct watch_listener {
	struct watch_listener *next, **at; /* at NULL: listens for nothing */
	uint64_t hash;                     /* of the id; 0: of everything */
};

/* Zero-init is an empty index. */
struct watch_index {
	struct watch_listener *broad; /* of everything */
	struct watch_listener **buckets;
	size_t n_buckets, n;
};

void watch_index_free(struct watch_index *index);
/* id "": everything. */
bool watch_index_join(struct watch_index *index, struct watch_listener *listener, const char *id);
void watch_index_leave(struct watch_index *index, struct watch_listener *listener);
/* Calls fn for every listener that an event of the batch may concern, for some more than once, and for a few
 * whom it does not. fn may neither join nor leave. */
void watch_index_find(const struct watch_index *index, const EventBatch *batch,
		      void (*fn)(void *arg, struct watch_listener *listener), void *arg);

#endif
