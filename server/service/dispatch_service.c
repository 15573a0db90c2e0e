#include <stdlib.h>

#include "domain/accept.h"
#include "domain/decision.h"
#include "domain/habit.h"
#include "domain/match.h"
#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster.h"
#include "service/reply.h"
#include "service/services.h"

enum { MAX_EXPLAINED = 200 };

/* --- candidates --- */

static void view_terms(struct scene *s, const struct match_cost *cost, Candidate *out)
{
	out->cost_m = cost->total_m;
	out->terms = arena_array(s->arena, TERM_COUNT, sizeof(*out->terms));
	for (int i = 0; i < TERM_COUNT; i++) {
		if (cost->terms_m[i] == 0)
			continue;
		CostTerm *term = out->terms[out->n_terms++] = ARENA_NEW(s->arena, CostTerm);
		CostTerm_init(term);
		term->name = (char *)match_term_name((enum match_term)i);
		term->metres = cost->terms_m[i];
	}
}

static Candidate *view_candidate(struct scene *s, const char *member_id, const struct match_cost *cost)
{
	Candidate *out = ARENA_NEW(s->arena, Candidate);
	Candidate_init(out);
	out->member_id = arena_strdup(s->arena, member_id);
	view_terms(s, cost, out);
	return out;
}

/* Those who can be asked first. */
static int by_cost(const void *a, const void *b)
{
	const Candidate *x = *(Candidate *const *)a, *y = *(Candidate *const *)b;
	bool x_out = x->filtered[0] != '\0', y_out = y->filtered[0] != '\0';
	if (x_out != y_out)
		return x_out ? 1 : -1;
	if (x->cost_m != y->cost_m)
		return x->cost_m < y->cost_m ? -1 : 1;
	return strcmp(x->member_id, y->member_id);
}

/* How far dispatch would look now: where it is going to, on from the order's ring until somebody can be asked. */
static Ring ring_now(struct txn *t, const struct match_order *wanted, const SlotRecord *slot)
{
	struct roster_candidate found;
	Ring ring = wanted->order->ring;
	while (order_search_again_ms(wanted->order) != 0 && ring < RING_STREET &&
	       roster_candidates(txn_roster(t), txn_scene(t), wanted, slot, ring, &found, 1) == 0)
		ring = ring_next(ring);
	return ring;
}

/* Everybody within the ring, as they stand now. */
static void view_now(struct txn *t, const OrderRecord *order, const HouseholdRecord *household,
		     const AcceptModelRecord *learnt, ExplainDispatchResponse *rsp)
{
	struct scene *s = txn_scene(t);
	const DispatchMode *mode = policy_mode(s->config->policy, order->urgency);
	const MemberRecord *members[MAX_EXPLAINED];
	const LoadRecord *loads[MAX_EXPLAINED];
	const SlotRecord *slot = order->slots[rsp->slot];
	struct match_order wanted = match_order_of(s, order, household);
	rsp->ring = ring_now(t, &wanted, slot);
	size_t n = roster_within(txn_roster(t), s, order, rsp->ring, members, loads, MAX_EXPLAINED);
	rsp->now_ms = s->now_ms;
	rsp->again_ms = order_search_again_ms(order);
	rsp->n_candidates = n;
	rsp->candidates = arena_array(s->arena, n, sizeof(*rsp->candidates));
	for (size_t i = 0; i < n; i++) {
		struct match_cost cost = match_cost(s, &wanted, slot, members[i], loads[i]);
		rsp->candidates[i] = view_candidate(s, members[i]->id, &cost);
		rsp->candidates[i]->filtered =
		    (char *)match_filter_name(match_filter(s, &wanted, slot, members[i], loads[i]));
		if (mode->accept_target_milli != 0)
			rsp->candidates[i]->accept_milli =
			    accept_estimate_milli(s, learnt, &wanted, members[i], loads[i]);
	}
	qsort(rsp->candidates, n, sizeof(*rsp->candidates), by_cost);
}

/* --- the decision, and what was done by hand --- */

static Decision *view_decision(struct scene *s, const OrderRecord *order, const DecisionRecord *decision)
{
	Decision *out = ARENA_NEW(s->arena, Decision);
	Decision_init(out);
	out->at_ms = order_time_ms(order, decision->after_ms);
	out->slot = decision->slot;
	out->ring = decision->ring;
	out->policy_version = decision->policy_version;
	out->accept_version = decision->accept_version;
	out->wait = decision->wait;
	out->worth_m = decision->worth_m;
	out->candidates = arena_array(s->arena, decision->n_weighed, sizeof(*out->candidates));
	for (size_t i = 0; i < decision->n_weighed; i++) {
		struct match_cost cost = decision_cost(decision->weighed[i]);
		Candidate *candidate = out->candidates[out->n_candidates++] =
		    view_candidate(s, decision->weighed[i]->member_id, &cost);
		candidate->accept_milli = decision->weighed[i]->accept_milli;
		candidate->later_m = decision->weighed[i]->later_m;
		candidate->chosen = i < decision->n_chosen;
		if (candidate->chosen || i == 0)
			continue;
		out->runner_up_id = candidate->member_id;
		out->margin_m = candidate->cost_m - out->candidates[i - 1]->cost_m;
	}
	return out;
}

/* Of what one operator did at one moment, the line that says why. */
static const char *reason_of(const OrderRecord *order, const EntryRecord *entry)
{
	for (size_t i = 0; i < order->n_timeline; i++) {
		const EntryRecord *other = order->timeline[i];
		if (other->kind == EVENT_KIND_NOTED && other->after_ms == entry->after_ms &&
		    strcmp(other->member_id, entry->member_id) == 0)
			return other->text;
	}
	return "";
}

/* An offer that an operator made; or, of one that was made already, the answer. */
static bool is_by_hand(const OrderRecord *order, size_t at)
{
	const EntryRecord *entry = order->timeline[at];
	if (entry->role != ROLE_OPERATOR && entry->role != ROLE_ADMIN)
		return false;
	if (entry->kind == EVENT_KIND_OFFERED)
		return true;
	if (entry->kind != EVENT_KIND_ACCEPTED)
		return false;
	const EntryRecord *before = at == 0 ? entry : order->timeline[at - 1];
	return before->kind != EVENT_KIND_OFFERED || before->after_ms != entry->after_ms;
}

static void view_manual(struct scene *s, const OrderRecord *order, ExplainDispatchResponse *rsp)
{
	for (size_t i = 0; i < order->n_timeline; i++) {
		const EntryRecord *entry = order->timeline[i];
		if (!is_by_hand(order, i))
			continue;
		ManualAssignment *out = ARENA_NEW(s->arena, ManualAssignment);
		ManualAssignment_init(out);
		out->at_ms = order->placed_ms + entry->after_ms;
		out->by = ARENA_NEW(s->arena, Actor);
		Actor_init(out->by);
		out->by->role = entry->role;
		out->by->id = (char *)order_entry_actor_id(order, entry);
		out->member_id = entry->member_id;
		out->reason = (char *)reason_of(order, entry);
		arena_append(s->arena, (void ***)&rsp->manual, &rsp->n_manual, out);
	}
}

/* The one asked for, or the first open one; the first where all are taken. */
static enum err pick_slot(struct scene *s, const OrderRecord *order, uint32_t wanted, uint32_t *slot)
{
	if (wanted >= order->n_slots)
		return fault_set(s->fault, ERR_FIELD_OUT_OF_RANGE, "slot", "the order has %zu", order->n_slots);
	*slot = wanted;
	for (uint32_t i = 0; wanted == 0 && i < order->n_slots; i++) {
		if (order->slots[i]->member_id[0] == '\0') {
			*slot = i;
			break;
		}
	}
	return OK;
}

HANDLER(explain_dispatch, ExplainDispatch)
{
	OrderRecord *order;
	HouseholdRecord *household;
	AcceptModelRecord *learnt = NULL;
	TRY(reach_desk_order(t, req->order_id, "", &order));
	TRY(pick_slot(txn_scene(t), order, req->slot, &rsp->slot));
	txn_prefetch(t, KIND_HOUSEHOLD, order_home_id(order));
	if (accept_wants_learnt(policy_mode(txn_config(t)->policy, order->urgency)))
		TRY(TXN_PEEK(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &learnt));
	TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(order), &household));
	const DecisionRecord *decision = decision_of(order, rsp->slot);
	if (decision != NULL)
		rsp->decision = view_decision(txn_scene(t), order, decision);
	view_now(t, order, household, learnt, rsp);
	view_manual(txn_scene(t), order, rsp);
	return OK;
}

HANDLER(get_acceptance, GetAcceptance)
{
	AcceptModelRecord *model;
	(void)req;
	TRY(TXN_PEEK(t, ACCEPT_MODEL, ACCEPT_MODEL_ID, &model));
	struct habit_losses losses = habit_losses(model);
	rsp->basis = habit_basis(model);
	rsp->model_loss = losses.model;
	rsp->member_loss = losses.share;
	rsp->tenant_loss = losses.constant;
	rsp->counts = accept_learnt_counts(txn_config(t)->policy, model);
	if (model == NULL)
		return OK;
	rsp->version = model->version;
	rsp->answers = model->answers;
	rsp->accepted = model->accepted;
	return OK;
}

const struct method dispatch_methods[] = {
    METHOD(DeskService, GetAcceptance, get_acceptance, .again = NULL),
    METHOD(DeskService, ExplainDispatch, explain_dispatch, .again = NULL),
};
const size_t dispatch_methods_n = sizeof(dispatch_methods) / sizeof(dispatch_methods[0]);
