/*
 * watchman: sees every offer that dispatch makes, the moment it is committed, and judges it by the records as they
 * stand then: nobody is asked who has paused, is off duty, sleeps (but in danger), holds enough, lacks the skill or
 * lives there, and nobody twice; whether the offer was decided with others or not.
 *
 * Nouns: who changed their profile within the slack before the offer may have been read before.
 * Ownership: borrows the world; to be dismissed before it goes. Errors: violations are told on stderr and counted.
 */
#ifndef PAIDAN_TESTS_SIM_WATCHMAN_H
#define PAIDAN_TESTS_SIM_WATCHMAN_H

#include "world.h"

struct watchman;

/* holding_cap: the policy's. */
struct watchman *watchman_new(struct world *w, uint32_t holding_cap, int64_t slack_ms);
/* NULL-safe. */
void watchman_free(struct watchman *man);

unsigned watchman_violations(const struct watchman *man);
/* Offers of dispatch that were seen. */
unsigned watchman_offers(const struct watchman *man);

#endif
