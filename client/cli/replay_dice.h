/*
 * replay_dice: how the people of a replay decide.
 *
 * Every coin comes from a hash of (seed, what is decided, order, who, how often before), so that a run can be
 * repeated and other policies meet the same people.
 *
 * Nouns: the chances are shares in [0, 1]; a plan is what will happen to an order out of the ordinary.
 * Ownership: values. Errors: none.
 */
#ifndef PAIDAN_CLI_REPLAY_DICE_H
#define PAIDAN_CLI_REPLAY_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct replay_chances {
	uint64_t seed;
	double accept, decline; /* of an offer; the rest lets it expire */
	double unsolved;        /* of ratings: "not solved", which sends the order back */
	double unrated;         /* closes by itself */
	double cancel;          /* by the resident, half of them after someone accepted */
	double reject;          /* by the desk */
	double hold;            /* half of them until a time, half until the desk says so */
	double pool;            /* for those who only take what they pick themselves */
	double grab;            /* of orders in the pool: someone takes it */
};

enum replay_plan {
	PLAN_USUAL,
	PLAN_CANCEL_SOON,
	PLAN_CANCEL_LATE,
	PLAN_REJECT,
	PLAN_POOL,
	PLAN_HOLD_UNTIL,
	PLAN_HOLD,
};

enum replay_answer { ANSWER_ACCEPT, ANSWER_DECLINE, ANSWER_SILENCE };

enum replay_what { ROLL_PLAN, ROLL_ANSWER, ROLL_STARS, ROLL_RATED, ROLL_SOLVED, ROLL_GRAB, ROLL_WHO, ROLL_RESIDENT };

/* In [0, 1). */
double dice_roll(uint64_t seed, enum replay_what what, uint64_t order, uint64_t who, uint64_t times);
/* In [0, below); below > 0. */
uint64_t dice_choose(uint64_t seed, enum replay_what what, uint64_t order, uint64_t times, uint64_t below);

enum replay_plan dice_plan(const struct replay_chances *c, uint64_t order);
enum replay_answer dice_answer(const struct replay_chances *c, uint64_t order, uint64_t member, uint64_t times);
/* 1 to 5, mostly 4 and 5. */
unsigned dice_stars(const struct replay_chances *c, uint64_t order, uint64_t times);

#endif
