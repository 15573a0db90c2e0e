/*
 * replay_work: what becomes of a case once it is under way: it is called off, held, worked on, rated.
 *
 * Nouns, ownership, errors: as replay_call.h.
 */
#ifndef PAIDAN_CLI_REPLAY_WORK_H
#define PAIDAN_CLI_REPLAY_WORK_H

#include "replay_call.h"

void step_cancel(struct play *p, size_t i);
void step_reject(struct play *p, size_t i);
/* Someone has taken it: what the plan says, or the work. */
void step_work(struct play *p, size_t i);
/* The work, all of it or what is left of it, and then the rating. */
void step_start(struct play *p, size_t i);
void step_complete(struct play *p, size_t i);

#endif
