/*
 * people: how the members of a trace answer, learnt from it: who accepts how often, who says no or nothing, and after
 * how long.
 *
 * Nouns: an answer is to one offer of dispatch; offers that were withdrawn before an answer count for nothing. A member
 * with few answers is taken to be like all (PRIOR_ANSWERS of theirs); a trace without any gives SHARE_UNKNOWN.
 * Ownership: the arena given. Errors: none.
 */
#ifndef PAIDAN_SIM_PEOPLE_H
#define PAIDAN_SIM_PEOPLE_H

#include "sim/tally.h"

struct people;

enum people_word { PEOPLE_ACCEPT, PEOPLE_DECLINE, PEOPLE_SILENT };
struct people_answer {
	enum people_word word;
	int64_t delay_ms;
};

/* Persons are those of the tally. */
struct people *people_learn(const struct trial_trace *trace, const struct tally *tally, struct arena *a);
const struct trial_answers *people_answers(const struct people *people);
/* The coin of that member for that order, by the order's id in the trace. */
struct people_answer people_ask(const struct people *people, uint64_t seed, const char *order_id, size_t person);
/* From accepting to done, where the trace does not say: what is usual. */
int64_t people_work_ms(const struct people *people);

#endif
