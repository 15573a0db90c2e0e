/*
 * replay_steps: what is done next with a case: it is placed, and then what the board says of it decides.
 *
 * Nouns, ownership, errors: as replay_call.h.
 */
#ifndef PAIDAN_CLI_REPLAY_STEPS_H
#define PAIDAN_CLI_REPLAY_STEPS_H

#include "replay_call.h"

void step_place(struct play *p, size_t i);
/* kind: the event that told of it; EVENT_KIND_UNSPECIFIED: it was read. */
void step_seen(struct play *p, size_t i, const Order *order, EventKind kind);

#endif
