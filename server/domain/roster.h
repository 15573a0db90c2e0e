/*
 * roster: all members of a tenant as a worker knows them, for finding candidates quickly. It may lag
 * behind the store; whoever is chosen is read again inside the transaction before an offer is made.
 *
 * Nouns: a card is what matching needs of a member's profile and load (roster_card.h). Who might be asked now is told
 * by bitmaps of those free, on duty and skilled (roster_bits.h); they are met from the order outwards (nearby.h), or
 * by grid and building where that is shorter (roster_group.h). What a search costs grows with those in reach, not with
 * all; indexes rule out only whom the rules of match.h rule out, and these have the last word.
 * Ownership: the roster keeps of what it is told what it needs, less than 200 bytes for a member.
 * Errors: none; without memory it forgets the member it was told of (and finds them again at the next
 * change). A profile that hashes like the one before (once in four thousand million changes) is taken for it.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_H
#define PAIDAN_DOMAIN_ROSTER_H

#include "domain/match.h"
#include "domain/roster_bits.h"

struct roster;

struct roster *roster_new(void);
void roster_free(struct roster *roster);
/* Encoded MemberRecord / LoadRecord. */
void roster_put_member(struct roster *roster, const char *id, struct slice encoded);
void roster_put_load(struct roster *roster, const char *id, struct slice encoded);
/* The same, from a record that is at hand. */
void roster_take_load(struct roster *roster, const LoadRecord *load);
size_t roster_size(const struct roster *roster);
/* Whether the member is thought to have no room for another order; usual_cap: the policy's. */
bool roster_is_full(const struct roster *roster, const char *id, uint32_t usual_cap);

/* The member as the card has them (as roster_within), in the arena. NULL: not known. */
const MemberRecord *roster_member(const struct roster *roster, struct arena *a, const char *id,
				  const LoadRecord **load);
/* No more of them than where they live, and the shift that they are on, which ends at minute 0 when there is none.
 * False: not known. */
bool roster_shift(const struct roster *roster, const struct scene *s, const char *id, struct geo_point *home,
		  Shift *shift);

/* Those who are free now for something (match_is_free): all, or every so many-th member where there are many. */
struct roster_walk {
	const struct roster *roster;
	struct scene *s;
	struct roster_mask mask;
	uint32_t at, every; /* each that is met stands for so many */
};
struct roster_walk roster_walk(const struct roster *roster, struct scene *s, size_t most);
/* In the scene's arena; NULL: that was the last. */
const MemberRecord *roster_walk_next(struct roster_walk *walk, const LoadRecord **load);

struct roster_candidate {
	const char *member_id; /* valid until the roster changes */
	int64_t cost_m;
	uint32_t room; /* orders that they may take on, at least 1 */
};

/* The at most k cheapest members within the ring that no hard filter rules out, cheapest first. */
size_t roster_candidates(const struct roster *roster, struct scene *s, const struct match_order *wanted,
			 const SlotRecord *slot, Ring ring, struct roster_candidate *out, size_t k);

/* Members within the ring, filtered or not, for explanations; at most max, those nearby first. They lie in the scene's
 * arena and have what the card has: no certificates, no moment of erasure, no count of jobs done. */
size_t roster_within(const struct roster *roster, struct scene *s, const OrderRecord *order, Ring ring,
		     const MemberRecord **members, const LoadRecord **loads, size_t max);

#endif
