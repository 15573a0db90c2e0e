/*
 * slow_store: a store whose answers take time, as Redis' do, around one that answers at once.
 *
 * Nouns: each load, commit, reserve, lease and list travels for a while, is carried out, and its answer
 * travels back; how long comes from the caller. So calls overlap, meet stale records, and may be
 * cancelled while something is under way. What is heard of a followed log also arrives late.
 * Ownership: borrows the inner store; destroy answers what is under way with UNAVAILABLE or UNKNOWN, as a
 * store must, and leaves the inner store alone.
 * Errors: those of the inner store.
 */
#ifndef PAIDAN_TESTS_SIM_SLOW_STORE_H
#define PAIDAN_TESTS_SIM_SLOW_STORE_H

#include "txn/store.h"

struct slow_store_config {
	struct store *inner;
	/* The length of the next leg of a journey, in ms. */
	int64_t (*delay_ms)(void *arg);
	void (*later)(void *arg, int64_t delay_ms, void (*fn)(void *), void *fn_arg);
	void *arg;
};

struct store *slow_store_new(const struct slow_store_config *config);
/* From now on nothing comes through in either direction: as far as the inner store can tell, who uses this one has
 * died. What had been carried out stays so. */
void slow_store_cut(struct store *store);

#endif
