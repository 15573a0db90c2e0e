#include "replay_dice.h"

/* splitmix64's finaliser */
static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t draw(uint64_t seed, enum replay_what what, uint64_t order, uint64_t who, uint64_t times)
{
	uint64_t h = mix(seed + 0x9e3779b97f4a7c15u);
	h = mix(h ^ ((uint64_t)what + 1) * 0xd6e8feb86659fd93u);
	h = mix(h ^ (order + 1) * 0xa0761d6478bd642fu);
	h = mix(h ^ (who + 1) * 0xe7037ed1a0b428dbu);
	return mix(h ^ (times + 1) * 0x8ebc6af09c88c6e3u);
}

double dice_roll(uint64_t seed, enum replay_what what, uint64_t order, uint64_t who, uint64_t times)
{
	return (double)(draw(seed, what, order, who, times) >> 11) / 9007199254740992.0;
}

uint64_t dice_choose(uint64_t seed, enum replay_what what, uint64_t order, uint64_t times, uint64_t below)
{
	return draw(seed, what, order, 0, times) % below;
}

enum replay_plan dice_plan(const struct replay_chances *c, uint64_t order)
{
	double roll = dice_roll(c->seed, ROLL_PLAN, order, 0, 0);
	const double shares[] = {c->cancel / 2, c->cancel / 2, c->reject, c->pool, c->hold / 2, c->hold / 2};
	const enum replay_plan plans[] = {PLAN_CANCEL_SOON, PLAN_CANCEL_LATE, PLAN_REJECT,
					  PLAN_POOL,        PLAN_HOLD_UNTIL,  PLAN_HOLD};
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		if (roll < shares[i])
			return plans[i];
		roll -= shares[i];
	}
	return PLAN_USUAL;
}

enum replay_answer dice_answer(const struct replay_chances *c, uint64_t order, uint64_t member, uint64_t times)
{
	double roll = dice_roll(c->seed, ROLL_ANSWER, order, member, times);
	if (roll < c->accept)
		return ANSWER_ACCEPT;
	return roll < c->accept + c->decline ? ANSWER_DECLINE : ANSWER_SILENCE;
}

unsigned dice_stars(const struct replay_chances *c, uint64_t order, uint64_t times)
{
	static const double upto[] = {0.04, 0.08, 0.18, 0.45};
	double roll = dice_roll(c->seed, ROLL_STARS, order, 0, times);
	unsigned stars = 1;
	while (stars < 5 && roll >= upto[stars - 1])
		stars++;
	return stars;
}
