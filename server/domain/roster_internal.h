/*
 * The inside of a roster: cards and briefs by number, with which every index speaks of members.
 *
 * Nouns: a member's number is their place among the cards; it stays. An index that says "maybe" (roster_bits.h) is
 * followed by a look at the card, and that by the rules themselves.
 * Ownership: everything belongs to the roster. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_INTERNAL_H
#define PAIDAN_DOMAIN_ROSTER_INTERNAL_H

#include "domain/nearby.h"
#include "domain/roster.h"
#include "domain/roster_bits.h"
#include "domain/roster_card.h"
#include "domain/roster_group.h"

#define ROSTER_NOBODY UINT32_MAX

struct roster {
	struct roster_card *cards; /* pointers to one hold until a member is added */
	struct roster_brief *briefs;
	uint32_t n, room;
	uint32_t *slots; /* an open table: number + 1; 0: empty */
	size_t n_slots;  /* a power of two */
	struct roster_pools pools;
	struct roster_groups grids, buildings;
	struct roster_groups units; /* by home community, and by linked unit */
	struct roster_groups going; /* by the buildings that they are going to, once for each order there */
	struct nearby *homes;
	struct roster_bits bits;
};

/* ROSTER_NOBODY: not known. */
uint32_t roster_find(const struct roster *roster, const char *id);

#endif
