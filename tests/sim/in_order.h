/*
 * in_order: what jobs.h does by itself, one thing after the other, so that every run and every store has the same.
 *
 * Nouns: what windows see goes to the tenant's notes (worth_notes.h), which the caller owns.
 * Ownership: the world is borrowed. Errors: none; a store that can't be read aborts.
 */
#ifndef PAIDAN_TESTS_SIM_IN_ORDER_H
#define PAIDAN_TESTS_SIM_IN_ORDER_H

#include "job/worth_notes.h"
#include "world.h"

/* The orders that are due now: plans them together, as far as they have windows, and ticks each. False when there were
 * none. */
bool in_order_tick(struct world *w, struct worth_notes *notes);
/* Learns how members answer from the newest events. */
void in_order_learn(struct world *w);

#endif
