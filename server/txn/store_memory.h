/*
 * store_memory: the store in this process' memory, for the simulator, the lab and tests.
 *
 * Nouns and errors: store.h; it behaves as store_redis does (tests/unit/test_store_diff.c), but every
 * `done` is called before the call returns, and followers are called after the commit's `done`.
 *   fault   a failure that a test orders for one of the next commits.
 *   row     a piece of what is stored, as store_memory_dump shows it.
 * Nothing here reads a clock or draws a random number: log ids and leases go by config.now_ms.
 * Ownership: config is copied; the store owns what it keeps.
 * Errors: as in store.h. Without memory the process aborts.
 */
#ifndef PAIDAN_TXN_STORE_MEMORY_H
#define PAIDAN_TXN_STORE_MEMORY_H

#include "txn/store.h"

struct store_memory_config {
	int64_t (*now_ms)(void *arg);
	void *arg;
};

struct store *store_memory_new(const struct store_memory_config *config);

enum store_fault {
	STORE_FAULT_STALE,
	STORE_FAULT_FULL,
	STORE_FAULT_UNAVAILABLE,
	STORE_FAULT_UNKNOWN_WRITTEN, /* STORE_UNKNOWN, but the commit was done */
	STORE_FAULT_UNKNOWN_LOST,    /* STORE_UNKNOWN, and it was not */
};

/* Lets the nth commit from now on fail (1: the next one). Several may be ordered. */
void store_memory_inject(struct store *store, uint64_t nth, enum store_fault fault);
/* While false, everything answers STORE_UNAVAILABLE and ready is false. */
void store_memory_set_available(struct store *store, bool available);

enum store_row_kind {
	STORE_ROW_RECORD,  /* value */
	STORE_ROW_COUNTER, /* number */
	STORE_ROW_INDEX,   /* field (the member), number (the score); one row per entry, in order */
	STORE_ROW_LOG,     /* field (the id), value; one row per entry, in order */
	STORE_ROW_PACK,    /* field, value; one row per field, in the fields' order; claims too */
};

struct store_row {
	enum store_row_kind kind;
	struct slice key;
	struct slice field;
	int64_t number;
	struct slice value;
};

/* Calls fn for everything that the tenant has, in the order of the keys. Leases are not shown. The
 * row is valid during the call, which must not change the store. */
void store_memory_dump(struct store *store, struct slice tenant, void (*fn)(void *arg, const struct store_row *row),
		       void *arg);

#endif
