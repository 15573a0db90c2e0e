/*
 * replay_call: a call about one case, by its resident, a member or the desk.
 *
 * Nouns: a step is one call about a case and what must be remembered until its reply.
 * Ownership: a step is the call's until its callback takes it over. Errors: refusals, see step_refused.
 */
#ifndef PAIDAN_CLI_REPLAY_CALL_H
#define PAIDAN_CLI_REPLAY_CALL_H

#include "replay_case.h"

struct step {
	struct play *play;
	size_t i;
	struct play_case *c; /* the same */
	uint32_t member;
	bool rework; /* a rating that says "not solved" */
};

void step_call(struct play *p, size_t i, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	       rpc_done_fn *done, struct step extra);
void step_call_as_member(struct play *p, size_t i, uint32_t member, enum rpc rpc, const void *request,
			 rpc_done_fn *done);
void step_call_as_resident(struct play *p, size_t i, enum rpc rpc, const void *request, rpc_done_fn *done,
			   struct step extra);
/* What every callback begins with: the reply has come, and the case's time and number of calls are set right. */
struct step step_over(void *arg);
/* True when the call was refused; what no rule explains is an error. */
bool step_refused(struct play *p, const struct rpc_reply *reply);

/* Texts of requests that are constants: nothing writes to them. */
static inline char *step_text(const char *text)
{
	return (char *)(uintptr_t)text;
}

#endif
