/*
 * lab_opt: the most that anybody could reach who knew the whole trace beforehand.
 *
 * Nouns: an upper bound is the greatest sum of values over plans that give each order one member and each member one
 * order, over all pairs that are allowed; it is exact.
 * Method: all values equal: Hopcroft & Karp 1973; else the broker's own assignment (domain/assign.h).
 * Ownership: memory comes from the arena and may be rewound. Errors: none.
 */
#ifndef PAIDAN_LAB_OPT_H
#define PAIDAN_LAB_OPT_H

#include "lab_pairs.h"

/* The most pairs; allowed[pair] or, when it is NULL, all. */
uint32_t lab_opt_count(struct arena *a, const struct lab_pairs *pairs, const bool *allowed);
/* As few orders and members as there can be of which every allowed pair has one (König 1931: as many as the most
 * pairs); of each order: whether it is among them. */
bool *lab_opt_cover(struct arena *a, const struct lab_pairs *pairs, const bool *allowed);
/* The greatest sum of values[pair] ≥ 0, as a multiple of 1e-4. */
double lab_opt_value(struct arena *a, const struct lab_pairs *pairs, const double *values, const bool *allowed);

/* The same when members may serve as many as they like: values NULL: each order counts as 1. */
double lab_opt_each(const struct lab_pairs *pairs, const double *values, const bool *allowed);

#endif
