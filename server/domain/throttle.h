/*
 * throttle: how long wrong tries keep an account, or an address, from the next one.
 *
 * Nouns: a try is charged before it is known to be wrong, so that many at once are one; what turns out to
 * be right is taken back. Each failure doubles the time until the next try is looked at, from THROTTLE_FIRST_MS
 * to THROTTLE_LAST_MS: a thousand wrong tries, one after the other or all at once, come to some ten that
 * are looked at. An account allows none for free; an address does, for several people share it.
 * Ownership: records are changed in place. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_THROTTLE_H
#define PAIDAN_DOMAIN_THROTTLE_H

#include "domain/scene.h"

enum {
	THROTTLE_FIRST_MS = 1000,
	THROTTLE_LAST_MS = 15 * 60 * 1000,
	/* Quiet for so long, and the failures are forgotten. */
	THROTTLE_FORGET_MS = 60 * 60 * 1000,
	/* Tries while it is blocked are told of once in so long: a flood of them is one event. */
	THROTTLE_TELL_MS = 60 * 1000,
	THROTTLE_FREE_ACCOUNT = 0,
	THROTTLE_FREE_ADDRESS = 5,
};

/* NULL: nothing is known against it. */
bool throttle_open(const ThrottleRecord *record, int64_t now_ms);
void throttle_charge(ThrottleRecord *record, int64_t now_ms, uint32_t free);
/* A try while it is blocked: whether it is to be told of. */
bool throttle_tell(ThrottleRecord *record, int64_t now_ms);
/* The try was right: the charge is taken back; of an account, all of them. */
void throttle_forgive(ThrottleRecord *record, int64_t now_ms, bool all);
/* When it says nothing any more. */
int64_t throttle_forget_ms(const ThrottleRecord *record);

#endif
