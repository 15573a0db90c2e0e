/*
 * invariants: what must hold of everything a tenant has, at any moment, read from the store itself.
 *
 * Checked: every order is in one place, in one state, with at most one member to a slot and no member in
 * two; its timeline, replayed, takes only steps of the transition table and ends where the order stands;
 * indexes and counts rebuilt from the records equal the stored ones; holding counts equal the slots held; accounts
 * equal their ledgers and sum to zero with the issuance; nothing stays due longer than slack_ms.
 * Ownership: all memory is the caller's arena.
 * Errors: the number of violations, each told on stderr.
 */
#ifndef PAIDAN_TESTS_SIM_INVARIANTS_H
#define PAIDAN_TESTS_SIM_INVARIANTS_H

#include "txn/store_memory.h"

unsigned invariants_check(struct store *store, struct slice tenant, struct arena *a, int64_t now_ms, int64_t slack_ms);

#endif
