/*
 * lab_match: what the broker's own rules (domain/match.h) say of a trace's orders and members: who may be asked, and
 * the cost, by the policy record that the lab policy stands for (lab_rules.h).
 *
 * Nouns: the order at hand is the one that members are weighed for, and whose stay (domain/worth_seen.h) is told; a
 * load is what a member carries, as the broker counts it: offers of the last day, jobs of the last week. Ownership: all
 * of it lies in the arena. Errors: none.
 */
#ifndef PAIDAN_LAB_MATCH_H
#define PAIDAN_LAB_MATCH_H

#include "domain/worth_seen.h"
#include "lab_policy.h"
#include "lab_town.h"

struct lab_match {
	struct town town;
	struct config config;
	struct scene scene;
	OrderRecord order;
	SlotRecord slot, *slots[1];
	struct match_order wanted;
	MemberRecord *members;
	LoadRecord *loads;
	double now_s;
};

struct lab_match *lab_match_new(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy);
void lab_match_at(struct lab_match *match, double now_s);
/* Takes the order at hand. */
void lab_match_take(struct lab_match *match, uint32_t order);
/* In metres; false: a filter rules the member out. */
bool lab_match_cost(struct lab_match *match, uint32_t member, double *cost_m);
void lab_match_offered(struct lab_match *match, uint32_t member);
struct worth_stay lab_match_order_stay(struct lab_match *match);
/* To the second, as the trace has it; the broker knows their hours to the minute. */
struct worth_stay lab_match_member_stay(const struct lab_match *match, uint32_t member);
/* The member took the order and is free again, as far as their holding goes: the lab's models say when that is. */
void lab_match_served(struct lab_match *match, uint32_t member);

#endif
