/*
 * lab_broker: a trace played through the broker itself: real handlers and jobs on the memory store under a virtual
 * clock (sim/sim.h), by a policy record. What the lab's own replays model, members who come, answer and go, is done
 * here by calls of theirs; who is asked is the broker's decision alone.
 *
 * Nouns: members are people of one grid with one holding; who has accepted either leaves (serves once, as in the
 * models) or is back when the service time is over (reusable). An order that nobody serves is cancelled when its time
 * ends; a city's request after ten refusals. In the broker a member may have several offers open at once.
 * Ownership: results lie in the arena. Errors: as sim/settle.h; fault's texts lie in the arena.
 */
#ifndef PAIDAN_LAB_BROKER_H
#define PAIDAN_LAB_BROKER_H

#include "base/err.h"
#include "lab_coins.h"
#include "lab_run.h"
#include "paidan_pb.h"

struct lab_broker_options {
	const struct lab_trace *trace;
	const Policy *rules;
	const struct lab_coins *coins;
	double service_s; /* 0: members serve once */
};

enum err lab_broker_play(struct arena *a, const struct lab_broker_options *options, struct fault *fault,
			 struct lab_run *run);

#endif
