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
	out->accept_milli = weighed->accept_milli;
	out->later_m = weighed->later_m;
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

void decision_note(struct scene *s, OrderRecord *order, const struct decision *decision)
{
	DecisionRecord *record = ARENA_NEW(s->arena, DecisionRecord);
	DecisionRecord_init(record);
	record->after_ms = order_after_ms(order, s->now_ms);
	record->slot = decision->slot;
	record->ring = decision->ring;
	record->policy_version = s->config->policy_version;
	record->n_chosen = (uint32_t)decision->n_chosen;
	record->accept_version = decision->accept_version;
	record->wait = decision->wait;
	record->worth_m = decision->worth_m;
	for (size_t i = 0; i < decision->n && i <= decision->n_chosen; i++)
		arena_append(s->arena, (void ***)&record->weighed, &record->n_weighed,
			     note_weighed(s->arena, &decision->weighed[i]));
	put_for_slot(s->arena, order, record);
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
