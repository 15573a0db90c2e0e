/*
 * player_internal: what a player remembers, for player.c (moves, and which of them) and player_town.c (the town that
 * they are made in).
 *
 * Ownership: strings lie in the player's memory. Errors: a town that can't be set up ends the program.
 */
#ifndef PAIDAN_TESTS_SIM_PLAYER_INTERNAL_H
#define PAIDAN_TESTS_SIM_PLAYER_INTERNAL_H

#include "base/hash.h"
#include "player.h"

enum { SIDE = 3, MAX_ORDERS = 20000, MAX_EXCLUSIONS = 2000, MAX_AT_ONCE = 16, ERRS = 128, PATIENCE_MS = 60000 };

struct player {
	struct world *w;
	struct arena memory; /* of what is remembered */
	struct player_options options;
	struct town town;
	uint64_t random;
	char **members, **residents;
	char *orders[MAX_ORDERS];
	size_t n_orders;
	char *exclusions[MAX_EXCLUSIONS];
	size_t n_exclusions;
	struct who deputy; /* of the desk: another person than the administrator */
	unsigned n_ids, wrongs, replies[ERRS];
	struct move {
		char what[96];
		struct who who;
		const char *path;
		const void *request;
		struct world_reply reply;
		bool places, counted, twin; /* twin: the same request as the move before, sent twice */
	} moves[MAX_AT_ONCE];
	size_t n_moves;
};

/* SplitMix64. */
static inline uint64_t roll(struct player *p, uint64_t sides)
{
	p->random += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix64(p->random) % sides;
}

/* The town, its members, residents and the desk's deputy. */
void player_settle(struct player *p);

#endif
