/*
 * replay_steps: the calls about one case, shared by replay_steps.c (placing, the work, the rating, what the board
 * says) and replay_offers.c (answers and the pool).
 *
 * Nouns: a step is one call about a case and what must be remembered until its reply.
 * Ownership: the callback frees its step. Errors: refusals, see step_refused.
 */
#ifndef PAIDAN_CLI_REPLAY_STEPS_H
#define PAIDAN_CLI_REPLAY_STEPS_H

#include "replay_play.h"

struct step {
	struct play *play;
	size_t i;
	uint32_t member;
	bool rework; /* a rating that says "not solved" */
};

void step_call(struct play *p, size_t i, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	       rpc_done_fn *done, struct step extra);
void step_call_as_member(struct play *p, size_t i, uint32_t member, enum rpc rpc, const void *request,
			 rpc_done_fn *done);
/* The reply has come: the case, with its time and number of calls set right. */
struct play_case *step_over(struct step *step);
/* True when the call was refused; what no rule explains is an error. */
bool step_refused(struct play *p, const struct rpc_reply *reply);
/* Someone has taken it: what the plan says, or the work. */
void step_work(struct play *p, size_t i);

/* replay_offers.c */
void step_answer_offers(struct play *p, size_t i, const Order *order);
void step_grab(struct play *p, size_t i);

#endif
