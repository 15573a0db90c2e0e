/*
 * open: what may be told to everybody, so that nobody can be found in it.
 *
 * Nouns: a figure is the counts of a grid or day; it is small when it stands for some orders, but for fewer than the
 * rules say, of those placed or of those that ended. The units of a week are its grids, or its days. Empty ones are not
 * small: that nobody asked for anything says nothing about anybody. Rules: a week's small grids are pooled, with the
 * next smallest until the pool is not small and has two that are not empty at the least; so neither it nor a difference
 * of sums tells one grid. A week with a small day is told as one. A week that is small as a whole is not told.
 * Ownership: everything is the caller's. Errors: none.
 */
#ifndef PAIDAN_DOMAIN_OPEN_H
#define PAIDAN_DOMAIN_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "paidan_pb.h"

enum { OPEN_WEEK_DAYS = 7 };

bool open_published(const Policy *policy);
uint32_t open_delay_hours(const Policy *policy);
uint32_t open_few_orders(const Policy *policy);

/* The last whole week whose figures are told by then; weeks since Monday, 5 January 1970. */
int32_t open_last_week(const Policy *policy, int64_t now_ms);
/* Its Monday, in days since 1970-01-01. */
int32_t open_week_day(int32_t week);
/* When a week's figures are told. */
int64_t open_told_ms(const Policy *policy, int32_t week);

bool open_is_small(const RateCounts *counts, uint32_t few);
void open_sum(RateCounts *sum, const RateCounts *counts);
/* Says of each grid of a week whether it is pooled. False: the week is not told. */
bool open_pool(const RateCounts *const *grids, size_t n, uint32_t few, bool *pooled);

/* The figures of these counts; what else they say is left to the caller. */
void open_tell(const RateCounts *counts, OpenFigures *out);

#endif
