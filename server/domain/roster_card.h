/*
 * roster_card: what matching needs to know of a member and their load, in some hundred bytes.
 *
 * Nouns: a card is filled from the two records and shown as records again: those fields of which rules of matching
 * and explanations read anything. What says how dear a member is wherever the order lies stands apart, as their
 * brief: of many who are in reach most are passed by after a look at that, which is half a line of a processor's cache.
 * What many members have alike (skills, week of shifts and quiet hours, where they
 * serve) the card has as numbers of two pools: traits, and where they serve, of which there are few.
 * Ownership: a card holds its numbers until it is filled anew; roster_card_finish lets them go. What is shown lies
 * in the arena and borrows from card and pools.
 * Errors: none; without memory a card says less than the record did. Ids of buildings and households that are none
 * (longer than ID_CHARS) are taken for "".
 */
#ifndef PAIDAN_DOMAIN_ROSTER_CARD_H
#define PAIDAN_DOMAIN_ROSTER_CARD_H

#include "base/arena.h"
#include "base/id.h"
#include "domain/roster_pool.h"
#include "paidan_pb.h"

struct roster_pools {
	struct roster_pool traits, serving;
};

/* An id without its NUL; zeroes behind a shorter one. */
struct short_id {
	char chars[ID_CHARS];
};

/* All zero: never offered anything, never rated. Jobs of the season and offers of the day, which only add, are left to
 * the card. */
struct roster_brief {
	struct short_id id;
	int64_t load_at_ms;
	uint32_t jobs_milli, offers_milli; /* as of load_at_ms */
	uint32_t stars_sum, ratings;
};

struct roster_card {
	char id[ID_CHARS + 1];
	uint8_t kind : 6;
	bool known : 1; /* the profile is; before that, the load alone. Its owner says so */
	bool inactive : 1;
	uint16_t offers_day;            /* of the load, as far as 16 bits go: to 2149 */
	uint32_t seen;                  /* hash of the encoded profile */
	uint32_t skills, duty, serving; /* numbers of the pools */
	uint32_t going;                 /* likewise: the buildings of LoadRecord.going_to */
	struct short_id building, household;
	int64_t paused_until_ms;
	uint32_t holding_cap : 10; /* 0: the policy's; at most 1,000 (member.proto) */
	/* Of the load; all zero: never offered anything. The most that there is room for: that or more. */
	uint32_t holding : 14;
	uint32_t day_offers : 8;
	uint32_t asked_milli, yes_milli, season_jobs_milli; /* as of the brief's load_at_ms */
	uint32_t offered, accepted;
};

void roster_card_put_member(struct roster_card *card, struct roster_pools *pools, const MemberRecord *member);
void roster_card_put_load(struct roster_card *card, struct roster_brief *brief, struct roster_pools *pools,
			  const LoadRecord *load);
void roster_card_finish(struct roster_card *card, struct roster_pools *pools);

/* All but lat and lon, which the card does not have. */
MemberRecord *roster_card_member(const struct roster_card *card, const struct roster_pools *pools, struct arena *a);
LoadRecord roster_card_load(const struct roster_card *card, const struct roster_brief *brief,
			    const struct roster_pools *pools, struct arena *a);
/* Only what the cost of a load is made of (match_load_cost_m); the rest stays as it is. */
void roster_brief_load(const struct roster_brief *brief, LoadRecord *out);
/* A member of whom only grid, home community and linked unit are told: all that rings beyond the building ask for. */
MemberRecord roster_card_serving(const struct roster_card *card, const struct roster_pools *pools);

/* Whether they are on duty, quiet hours left aside, for any minute of that hour of the week. */
bool roster_card_on_duty(const struct roster_card *card, const struct roster_pools *pools, unsigned hour);
/* The shift that has that minute of the week; false: none has. */
bool roster_card_shift(const struct roster_card *card, const struct roster_pools *pools, uint32_t minute, Shift *shift);
/* The buildings that they are going to, one after the other; NULL: that was the last. *at starts at 0. */
const char *roster_card_next_going(const struct roster_card *card, const struct roster_pools *pools, size_t *at);
bool roster_card_goes_to(const struct roster_card *card, const struct roster_pools *pools, const char *building_id);
/* The skills one after the other; NULL: that was the last. *at starts at 0. */
const char *roster_card_next_skill(const struct roster_card *card, const struct roster_pools *pools, size_t *at,
				   int64_t *expire_ms);

/* NUL-terminated, at most ID_CHARS long: a longer one becomes "". */
struct short_id short_id_of(const char *text);
void short_id_text(const struct short_id *id, char out[ID_CHARS + 1]);

#endif
