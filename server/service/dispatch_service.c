#include "domain/match.h"
#include "domain/roster.h"
#include "service/reply.h"
#include "service/services.h"

enum { MAX_EXPLAINED = 200 };

static Candidate *explain(struct scene *s, const struct match_order *wanted, const SlotRecord *slot,
			  const MemberRecord *member, const LoadRecord *load)
{
	struct match_cost cost = match_cost(s, wanted, slot, member, load);
	Candidate *out = ARENA_NEW(s->arena, Candidate);
	Candidate_init(out);
	out->member_id = arena_strdup(s->arena, member->id);
	out->cost_m = cost.total_m;
	out->filtered = (char *)match_filter_name(match_filter(s, wanted, slot, member, load));
	out->terms = arena_array(s->arena, TERM_COUNT, sizeof(*out->terms));
	for (int i = 0; i < TERM_COUNT; i++) {
		if (cost.terms_m[i] == 0)
			continue;
		CostTerm *term = out->terms[out->n_terms++] = ARENA_NEW(s->arena, CostTerm);
		CostTerm_init(term);
		term->name = (char *)match_term_name((enum match_term)i);
		term->metres = cost.terms_m[i];
	}
	return out;
}

HANDLER(explain_dispatch, ExplainDispatch)
{
	struct scene *s = txn_scene(t);
	OrderRecord *order;
	HouseholdRecord *household;
	const MemberRecord *members[MAX_EXPLAINED];
	const LoadRecord *loads[MAX_EXPLAINED];
	TRY(reach_desk_order(t, req->order_id, "", &order));
	TRY(TXN_PEEK(t, HOUSEHOLD, order_home_id(order), &household));
	const SlotRecord *slot = order->slots[0];
	for (size_t i = order->n_slots; i > 0; i--) {
		if (order->slots[i - 1]->member_id[0] == '\0')
			slot = order->slots[i - 1];
	}
	struct match_order wanted = match_order_of(s, order, household);
	size_t n = roster_within(txn_roster(t), s, order, order->ring, members, loads, MAX_EXPLAINED);
	rsp->ring = order->ring;
	rsp->n_candidates = n;
	rsp->candidates = arena_array(s->arena, n, sizeof(*rsp->candidates));
	for (size_t i = 0; i < n; i++)
		rsp->candidates[i] = explain(s, &wanted, slot, members[i], loads[i]);
	return OK;
}

const struct method dispatch_methods[] = {
    METHOD(DeskService, ExplainDispatch, explain_dispatch, .again = NULL),
};
const size_t dispatch_methods_n = sizeof(dispatch_methods) / sizeof(dispatch_methods[0]);
