#include "lab_coins.h"

#include <math.h>

#include "base/hash.h"

enum { WHO = 1, WHAT, HOW_LONG, SAME };
static const double FIRST_S = 1, MEAN_S = 12;

double lab_uniform(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t h = hash_mix64(hash_mix64(hash_mix64(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ a) +
				b * UINT64_C(0x9e3779b97f4a7c15));
	return (double)(h >> 11) * 0x1p-53;
}

static uint64_t pair_of(uint32_t order, uint32_t member)
{
	return (uint64_t)order << 32 | member;
}

void lab_coin_chances(double accept, double *low, double *high)
{
	*low = fmax(0, 2 * accept - 1);
	*high = fmin(1, 2 * accept);
}

double lab_coin_within(double seconds)
{
	return seconds <= FIRST_S ? 0 : -expm1((FIRST_S - seconds) / MEAN_S);
}

struct lab_answer lab_coin(const struct lab_coins *c, uint32_t order, uint32_t member)
{
	if (c->accept >= 1)
		return (struct lab_answer){LAB_YES, 0};
	double low, high;
	lab_coin_chances(c->accept, &low, &high);
	double chance = low + (high - low) * lab_uniform(c->seed, WHO, member);
	double coin = lab_uniform(c->seed, WHAT, pair_of(order, member));
	double delay_s = FIRST_S - MEAN_S * log1p(-lab_uniform(c->seed, HOW_LONG, pair_of(order, member)));
	/* What is left of the coin decides between no and nothing. */
	enum lab_word word = coin < chance ? LAB_YES : coin < chance + (1 - chance) / 2 ? LAB_NO : LAB_SILENT;
	return (struct lab_answer){word, delay_s};
}

bool lab_coin_same(const struct lab_coins *c, uint32_t order, uint32_t member)
{
	return lab_uniform(c->seed, SAME, pair_of(order, member)) < c->accept;
}
