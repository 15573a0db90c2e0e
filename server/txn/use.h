/*
 * use: which credentials a worker has seen lately, so that "last used" costs one write an hour for each of
 * them and worker, and not one a request.
 *
 * Nouns: a slot remembers one credential; another that falls on the same slot takes it, which costs a read
 * more: the transaction that writes the use down (exec_config.note_use) looks whether it has to.
 * Ownership: plain memory, a part of the exec. Errors: none.
 */
#ifndef PAIDAN_TXN_USE_H
#define PAIDAN_TXN_USE_H

#include "base/slice.h"

enum { USE_SLOTS = 1024, USE_STEP_MS = 3600 * 1000 };

struct uses {
	struct {
		uint64_t hash;
		int64_t at_ms;
	} slots[USE_SLOTS];
};

/* Whether this use is to be written down; then it counts as written. */
bool use_is_due(struct uses *uses, struct slice tenant, struct slice id, int64_t now_ms);

#endif
