/*
 * lab_policy: by which rules a trace is replayed: a name, and settings that differ from the name's.
 *
 * Nouns: the settings are those that a broker's policy has: windows, times to live, weights in metres. An anchor is a
 * policy that others are compared with; it decides as the literature does.
 * Ownership: plain. Errors: lab_policy_parse gives false and fills field and reasons.
 */
#ifndef PAIDAN_LAB_POLICY_H
#define PAIDAN_LAB_POLICY_H

#include <stdbool.h>
#include <stddef.h>

enum lab_rule {
	LAB_GREEDY, /* oldest first, each to the best member left */
	LAB_EXACT,  /* all for the least cost together (domain/assign.h) */
};

struct lab_policy {
	char name[96]; /* as it was given */
	enum lab_rule rule;
	double window_s; /* decisions are taken so often */
	double ttl_s;    /* how long an offer lives */
	double search_s; /* a city's request for which nobody is free is looked at again until so long after it came */
	double served_m; /* an order that is served is worth so many metres for what it pays; 0: all are served who can
			    be */
	double age_m;    /* an order's second of age is worth so many metres; negative: the newest come first */
	double offer_m;  /* each offer that the member had in the last 24 hours costs so much */
	double free_offers; /* who had so many on one day of the trace costs more to ask once too often: */
	double over_m;      /* by so much */
	double job_m;       /* each of the member's jobs */
	double job_days;    /* how long a job is remembered: its mean life */
	double hope; /* so much of what somebody yet to come is expected to give (lab_hope.h) is kept for an order, and
			for a member */
	double regret;  /* a pair waits while more than this share of its value is expected to be gained by it */
	double worth_m; /* a second of what it is worth to serve an order now (domain/worth.h) is worth so many metres;
			   0: all orders are alike */
	double patience_s;  /* an order waits so long for somebody better, unless one of the two is about to go */
	double foresight_s; /* what came within this time is taken to come once more (lab_foresight.h); 0: nothing is */
	double lost_m;      /* an order that nobody serves in time costs so much, in foresight and by worth */
	double soon; /* who is asked now is planned with, too, for so much of what they would bring: they may be free in
			a moment, and who is better served by them waits */
	bool learn;  /* expect less of those who did not accept, by what such have answered so far */
};

struct lab_policy_problem {
	char field[32];
	char zh[120], en[120];
};

/* "engine", or "engine,window=10,ttl=30"; dataset chooses what "engine" stands for. */
bool lab_policy_parse(const char *text, const char *dataset, struct lab_policy *policy,
		      struct lab_policy_problem *problem);
/* The names that the dataset knows, "engine greedy deferral". */
const char *lab_policy_names(const char *dataset);

#endif
