/*
 * lab_coins: who says what to an offer, and after how long, whatever the policy: hashed from seed, order and member.
 *
 * Nouns: accept is the mean chance that a member says yes; each has a chance of their own around it, lo + (hi - lo)·U
 * with lo = max(0, 2·accept - 1), hi = min(1, 2·accept). Who does not accept declines or stays silent, half of them
 * each. An answer takes a second and an exponential time of 12 s in the mean. Nobody's real answers are known: all are
 * simulated. Ownership: plain. Errors: none.
 */
#ifndef PAIDAN_LAB_COINS_H
#define PAIDAN_LAB_COINS_H

#include <stdbool.h>
#include <stdint.h>

enum lab_word { LAB_YES, LAB_NO, LAB_SILENT };
struct lab_coins {
	uint64_t seed;
	double accept; /* 1: everybody always accepts at once */
};
struct lab_answer {
	enum lab_word word;
	double delay_s;
};

/* Members' chances lie evenly between those. */
void lab_coin_chances(double accept, double *low, double *high);
/* The share of answers that are given within that time. */
double lab_coin_within(double seconds);
struct lab_answer lab_coin(const struct lab_coins *coins, uint32_t order, uint32_t member);
/* The one coin of a model in which everybody has the same chance and answers at once. */
bool lab_coin_same(const struct lab_coins *coins, uint32_t order, uint32_t member);
/* A number in [0, 1). */
double lab_uniform(uint64_t seed, uint64_t a, uint64_t b);

#endif
