/*
 * player: random people in a small town: they order, answer, work, rate, and get in each other's way.
 *
 * Nouns: a move is one command of one random actor; most are plausible for the state an order is in,
 * some are not. A round is a few moves at once (overlapping where the store takes its time).
 * Ownership: borrows the world; what it remembers lies in its own memory.
 * Errors: replies that no honest command may get (INTERNAL, DATA_CORRUPT, TOO_LARGE, no answer) are
 * counted and told on stderr.
 */
#ifndef PAIDAN_TESTS_SIM_PLAYER_H
#define PAIDAN_TESTS_SIM_PLAYER_H

#include "world.h"

struct player;

struct player_options {
	size_t members, residents;
	unsigned at_once; /* moves of a round */
	bool windows;     /* orders are decided together */
	/* Told of every reply, for comparing two runs; may be NULL. */
	void (*told)(void *arg, const char *what, const struct world_reply *reply);
	void *arg;
};

/* Sets the town up: categories, members with skills, households, short service times. */
struct player *player_new(struct world *w, uint64_t seed, const struct player_options *options);
void player_free(struct player *p);
void player_round(struct player *p);
/* Lets some time pass: usually seconds, sometimes hours. */
void player_pause(struct player *p);

size_t player_orders(const struct player *p);
const char *player_order(const struct player *p, size_t i);
unsigned player_wrongs(const struct player *p);
/* Replies by err, for a summary. */
unsigned player_replies(const struct player *p, enum err err);

#endif
