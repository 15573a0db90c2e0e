/*
 * replay: an order's timeline run through the transition table.
 *
 * Nouns: a step is what one line of the timeline means for the state, given who holds which slot.
 * Errors: false, with the reason in words: a line that the table does not allow, or an end that is not
 * where the order stands.
 */
#ifndef PAIDAN_TESTS_SIM_REPLAY_H
#define PAIDAN_TESTS_SIM_REPLAY_H

#include "domain/order.h"

bool replay_timeline(const OrderRecord *order, char *why, size_t why_bytes);

#endif
