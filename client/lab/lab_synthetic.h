/*
 * lab_synthetic: a made-up day of any size, to see how fast decisions are: orders and members come by Poisson processes
 * with two peaks, around centres of a town that is as large as its orders need (some 30 members could serve each).
 *
 * Ownership: the arena's. Errors: none.
 */
#ifndef PAIDAN_LAB_SYNTHETIC_H
#define PAIDAN_LAB_SYNTHETIC_H

#include "lab_trace.h"

void lab_synthetic_day(struct arena *a, uint32_t n_orders, uint64_t seed, struct lab_trace *trace);

#endif
