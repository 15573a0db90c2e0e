/*
 * tally: what became of the orders of a trace, counted: waits, promises kept, distance, fairness.
 *
 * Nouns: an order is known by its place in the trace, a member by theirs among the trace's members; who is not among
 * them is NOBODY and counts for the order alone. The Gini index is over all active members, those without any included.
 * Ownership: all of it lies in the arena given. Errors: none.
 */
#ifndef PAIDAN_SIM_TALLY_H
#define PAIDAN_SIM_TALLY_H

#include "sim/trial.h"

#define TALLY_NOBODY SIZE_MAX

struct tally_order {
	bool placed, pooled, unserved;
	size_t places, taken;
	int64_t placed_ms, served_ms, done_ms, due_ms; /* 0: not yet */
};

struct tally_person {
	const Member *member;
	uint64_t offers, done;
};

/* An offer of a day: one number that sorts. */
struct tally {
	struct arena *arena;
	const struct trial_trace *trace;
	struct tally_order *orders;
	struct tally_person *people; /* by id */
	size_t n_people;
	uint64_t *offers, n_offers, room;
	double *metres;
	size_t n_metres, metres_room;
	uint64_t skipped;
};

struct tally *tally_new(const struct trial_trace *trace, struct arena *a);
size_t tally_person(const struct tally *tally, const char *member_id);
void tally_placed(struct tally *tally, size_t order, int64_t at_ms, int64_t due_ms, size_t places);
void tally_offer(struct tally *tally, size_t person, int64_t at_ms);
void tally_taken(struct tally *tally, size_t order, size_t person, int64_t at_ms);
/* One place of the order is done by that member; the order is done when it is COMPLETED. */
void tally_work(struct tally *tally, size_t person);
void tally_done(struct tally *tally, size_t order, int64_t at_ms);
/* Promises whose time comes after end_ms do not count yet. */
void tally_measure(struct tally *tally, int64_t end_ms, struct trial_measures *out);

#endif
