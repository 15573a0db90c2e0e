#include "replay_call.h"

#include <stdio.h>
#include <stdlib.h>

struct step step_over(void *arg)
{
	struct step step = *(struct step *)arg;
	free(arg);
	step.c->calls--;
	step.c->touched_ns = play_now_ns();
	return step;
}

void step_call(struct play *p, size_t i, struct channel *link, enum rpc rpc, const void *request, const char *act_as,
	       rpc_done_fn *done, struct step extra)
{
	struct step *s = malloc(sizeof(*s));
	play_need_memory(s != NULL);
	*s = extra;
	s->play = p;
	s->i = i;
	s->c = &p->cases[i];
	s->c->calls++;
	rpc_send(p->rpcs, link, rpc, request, act_as, done, s);
}

void step_call_as_member(struct play *p, size_t i, uint32_t member, enum rpc rpc, const void *request,
			 rpc_done_fn *done)
{
	char who[64];
	snprintf(who, sizeof(who), "member/%s", p->town->member_ids[member]);
	step_call(p, i, p->links->backend, rpc, request, who, done, (struct step){.member = member});
}

static const char *resident_of(const struct play *p, size_t i)
{
	uint64_t nth = dice_choose(p->options.chances.seed, ROLL_RESIDENT, i, 0, TOWN_RESIDENTS_PER_GRID);
	return p->town->resident_ids[p->data->orders[i].grid * TOWN_RESIDENTS_PER_GRID + nth];
}

void step_call_as_resident(struct play *p, size_t i, enum rpc rpc, const void *request, rpc_done_fn *done,
			   struct step extra)
{
	char who[64];
	snprintf(who, sizeof(who), "resident/%s", resident_of(p, i));
	step_call(p, i, p->links->backend, rpc, request, who, done, extra);
}

/* --- refusals --- */

static void count_refusal(struct play *p, const char *reason)
{
	size_t k = 0;
	while (k + 1 < PLAY_REASONS && p->refusals[k].n > 0 && strcmp(p->refusals[k].reason, reason) != 0)
		k++;
	if (p->refusals[k].n == 0)
		snprintf(p->refusals[k].reason, sizeof(p->refusals[k].reason), "%s", reason);
	p->refusals[k].n++;
}

/* The rules say no, as they must when people meet: someone was faster (and may even be done: then the order is no
 * longer the member's to see), the time was over, the hands are full. */
static bool is_rule(enum rpc rpc, const struct rpc_error *error)
{
	static const char *const rules[] = {"OFFER_TAKEN", "OFFER_EXPIRED", "OFFER_ANSWERED", "ORDER_STATE",
					    "NOT_IN_POOL", "MEMBER_FULL",   "ALREADY_RATED"};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(error->reason, rules[i]) == 0)
			return true;
	}
	bool answers = rpc == RPC_ACCEPT_OFFER || rpc == RPC_DECLINE_OFFER || rpc == RPC_GRAB_ORDER;
	/* A hold until a time that passed while the server was away. */
	bool late = rpc == RPC_HOLD_ORDER && strcmp(error->reason, "FIELD_OUT_OF_RANGE") == 0;
	return late || (answers && strcmp(error->reason, "NOT_FOUND") == 0);
}

bool step_refused(struct play *p, const struct rpc_reply *reply)
{
	if (reply->error == NULL)
		return false;
	count_refusal(p, reply->error->reason);
	if (!is_rule(reply->rpc, reply->error)) {
		p->counts.errors++;
		p->options.error(p->options.arg, rpc_rows[reply->rpc].name, reply->error);
	}
	return true;
}
