/*
 * replay_offers: members answer offers, or take a case from the pool.
 *
 * Nouns, ownership, errors: as replay_call.h.
 */
#ifndef PAIDAN_CLI_REPLAY_OFFERS_H
#define PAIDAN_CLI_REPLAY_OFFERS_H

#include "replay_call.h"

/* Those of the order that were not answered before. */
void step_answer_offers(struct play *p, size_t i, const Order *order);
void step_grab(struct play *p, size_t i);

#endif
