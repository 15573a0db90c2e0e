/*
 * lab_city: a city's requests, one after the other, put to volunteers who are always there.
 *
 * Nouns: a request is put to one volunteer at a time, who answers at once, and to ten at most; who accepts is busy for
 * half an hour. Volunteers are chosen by distance, offers of the last day and jobs, as the policy weighs them. When all
 * in reach are busy or were asked, a request is looked at again each half minute, as the broker does
 * (order_search_on), for as long as the policy says.
 * Ownership: results lie in the arena. Errors: none.
 */
#ifndef PAIDAN_LAB_CITY_H
#define PAIDAN_LAB_CITY_H

#include "lab_windows.h"

enum { CITY_OFFERS_MAX = 10, CITY_BUSY_S = 30 * 60, CITY_AGAIN_S = 30, CITY_DAY_S = 24 * 3600 };

struct lab_run lab_city_play(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy,
			     const struct lab_coins *coins);
/* How many requests have anybody in reach; with coins, anybody who would accept. */
uint32_t lab_city_opt(const struct lab_trace *trace, const struct lab_coins *coins);

#endif
