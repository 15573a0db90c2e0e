#include "domain/decision.h"

#include "domain/order.h"

static int32_t narrow(int64_t metres)
{
	if (metres > INT32_MAX)
		return INT32_MAX;
	return metres < -INT32_MAX ? -INT32_MAX : (int32_t)metres;
}

static WeighedRecord *note_weighed(struct arena *a, const struct decision_weighed *weighed)
{
	WeighedRecord *out = ARENA_NEW(a, WeighedRecord);
	WeighedRecord_init(out);
	out->member_id = arena_strdup(a, weighed->member_id);
	out->terms_m = arena_array(a, TERM_COUNT, sizeof(*out->terms_m));
	for (size_t i = 0; i < TERM_COUNT; i++) {
		out->terms_m[i] = narrow(weighed->cost.terms_m[i]);
		if (out->terms_m[i] != 0)
			out->n_terms_m = i + 1;
	}
	return out;
}

static void put_for_slot(struct arena *a, OrderRecord *order, DecisionRecord *decision)
{
	for (size_t i = 0; i < order->n_decisions; i++) {
		if (order->decisions[i]->slot == decision->slot) {
			order->decisions[i] = decision;
			return;
		}
	}
	arena_append(a, (void ***)&order->decisions, &order->n_decisions, decision);
}

void decision_note(struct scene *s, OrderRecord *order, uint32_t slot, const struct decision_weighed *weighed, size_t n,
		   size_t n_chosen)
{
	DecisionRecord *decision = ARENA_NEW(s->arena, DecisionRecord);
	DecisionRecord_init(decision);
	decision->after_ms = order_after_ms(order, s->now_ms);
	decision->slot = slot;
	decision->ring = order->ring;
	decision->policy_version = s->config->policy_version;
	decision->n_chosen = (uint32_t)n_chosen;
	for (size_t i = 0; i < n && i <= n_chosen; i++)
		arena_append(s->arena, (void ***)&decision->weighed, &decision->n_weighed,
			     note_weighed(s->arena, &weighed[i]));
	put_for_slot(s->arena, order, decision);
}

const DecisionRecord *decision_of(const OrderRecord *order, uint32_t slot)
{
	for (size_t i = 0; i < order->n_decisions; i++) {
		if (order->decisions[i]->slot == slot)
			return order->decisions[i];
	}
	return NULL;
}

struct match_cost decision_cost(const WeighedRecord *weighed)
{
	struct match_cost cost = {.total_m = 0};
	for (size_t i = 0; i < weighed->n_terms_m && i < TERM_COUNT; i++) {
		cost.terms_m[i] = weighed->terms_m[i];
		cost.total_m += cost.terms_m[i];
	}
	return cost;
}
