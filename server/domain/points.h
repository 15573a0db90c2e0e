/*
 * points: double-entry volunteer points, integers only.
 *
 * Nouns: accounts are "issuance" (negative: all that was ever given), a member's provisional points and
 * a member's available points; a movement takes an amount from one account to another, so the sum of all
 * accounts is always 0. Provisional at completion, settled after rating (or unrated closing), reversed
 * by rework.
 * Rules: category base + per started quarter hour, the bonus for four and five stars, a daily cap per
 * member; nothing for complaints and for one's own household.
 * Ownership: movements are built in scene.arena.
 * Errors: none; amounts are bounded by uint32 rules.
 */
#ifndef PAIDAN_DOMAIN_POINTS_H
#define PAIDAN_DOMAIN_POINTS_H

#include "domain/scene.h"

/* What a completed slot earns before the daily cap. */
uint32_t points_earned(const Category *category, const OrderRecord *order, const MemberRecord *member,
		       uint32_t duration_min);
/* Cut to what the member may still earn today; counts it. */
uint32_t points_cap(struct scene *s, const Category *category, AccountRecord *account, uint32_t amount);

/* Each applies the movement to the account and returns it; NULL when the amount is 0.
 * issuance_delta is what the issuance account changes by. */
MovementRecord *points_provide(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t *issuance_delta);
/* bonus comes from the issuance straight into the available points. */
MovementRecord *points_settle(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			      uint32_t bonus, int64_t *issuance_delta);
/* What was earned on this very day (earned_ms) can be earned again before its end. */
MovementRecord *points_reverse(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t earned_ms, int64_t *issuance_delta);
/* What was just reversed is earned again, on the day that it was (undo.h). */
MovementRecord *points_restore(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t earned_ms, int64_t *issuance_delta);
/* A ledger entry as the movements that the API shows, newest first; returns how many (0 to 2). */
size_t points_movements(struct arena *a, const MovementRecord *entry, const char *member_id, Movement *out[2]);

#endif
