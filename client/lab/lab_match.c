#include "lab_match.h"

#include <math.h>

#include "domain/load.h"
#include "lab_rules.h"

static void take_members(struct arena *a, struct lab_match *m)
{
	uint32_t n = m->town.trace->n_members;
	m->members = arena_array(a, n, sizeof(*m->members));
	m->loads = arena_array(a, n, sizeof(*m->loads));
	for (uint32_t i = 0; i < n; i++) {
		town_member(a, &m->town, i, true, &m->members[i]);
		LoadRecord_init(&m->loads[i]);
	}
}

struct lab_match *lab_match_new(struct arena *a, const struct lab_trace *trace, const struct lab_policy *policy)
{
	struct lab_match *m = ARENA_NEW(a, struct lab_match);
	m->town = town_of(trace);
	m->config.policy = lab_rules_of(a, trace, policy);
	m->scene = (struct scene){.arena = a, .config = &m->config};
	OrderRecord_init(&m->order);
	SlotRecord_init(&m->slot);
	m->slots[0] = &m->slot;
	m->order.slots = m->slots;
	m->order.n_slots = 1;
	m->order.id = (char *)"o";
	m->order.urgency = URGENCY_NORMAL;
	take_members(a, m);
	return m;
}

void lab_match_at(struct lab_match *m, double now_s)
{
	m->now_s = now_s;
	m->scene.now_ms = town_ms(now_s);
}

void lab_match_take(struct lab_match *m, uint32_t order)
{
	GeoPoint point;
	town_order_point(&m->town, order, &point);
	m->order.lat_e6 = (int32_t)lrint(point.lat * 1e6);
	m->order.lon_e6 = (int32_t)lrint(point.lon * 1e6);
	m->order.placed_ms = town_ms(m->town.trace->orders[order].at_s - TOWN_BEFORE_S);
	m->order.due_after_ms = m->config.policy->service_times->normal_ms;
	m->wanted = match_order_of(&m->scene, &m->order, NULL);
}

bool lab_match_cost(struct lab_match *m, uint32_t member, double *cost_m)
{
	const MemberRecord *record = &m->members[member];
	const LoadRecord *load = &m->loads[member];
	if (match_filter(&m->scene, &m->wanted, &m->slot, record, load) != MATCH_FINE)
		return false;
	*cost_m = (double)match_cost(&m->scene, &m->wanted, &m->slot, record, load).total_m;
	return true;
}

void lab_match_offered(struct lab_match *m, uint32_t member)
{
	load_offered(&m->scene, &m->loads[member]);
}

struct worth_stay lab_match_order_stay(struct lab_match *m)
{
	return worth_stay_of_order(&m->scene, &m->order);
}

struct worth_stay lab_match_member_stay(const struct lab_match *m, uint32_t member)
{
	const struct lab_member *there = &m->town.trace->members[member];
	const MemberRecord *record = &m->members[member];
	struct worth_stay stay = {.point = {record->lat_e6, record->lon_e6}};
	if (isinf(there->until_s))
		return stay;
	stay.span_ms = llround((there->until_s - there->at_s) * 1000);
	stay.passed_ms = llround((m->now_s - there->at_s) * 1000);
	return stay;
}

void lab_match_served(struct lab_match *m, uint32_t member)
{
	load_accepted(m->scene.arena, &m->loads[member], "", m->scene.now_ms);
	load_completed(&m->loads[member], "", m->scene.now_ms);
}
