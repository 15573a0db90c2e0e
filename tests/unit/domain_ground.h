/*
 * domain_ground: a small tenant for tests of the rules: a street n1 with communities n2 (grids n4, n5 side by
 * side) and n3 (grid n6, far off), an order in n4, members anywhere.
 */
#ifndef PAIDAN_TESTS_DOMAIN_GROUND_H
#define PAIDAN_TESTS_DOMAIN_GROUND_H

#include "domain/config.h"
#include "pb/pb_message.h"

/* 2026-03-02 02:00 UTC: a Monday, 10:00 in Beijing. */
#define MONDAY_MS INT64_C(1772416800000)
#define HOUR_MS INT64_C(3600000)

struct ground {
	struct arena a;
	struct scene s;
	struct fault fault;
	struct actor actor;
	const char *node_ids[1];
	struct config *config;
	Policy policy;
};

/* Its arena is to be freed. */
void ground_up(struct ground *g);
NodeRecord *some_node(struct arena *a, const char *id, NodeKind kind, const char *parent_id);
OrderRecord *some_order(struct ground *g);
MemberRecord *some_member(struct ground *g, const char *id, const char *grid_id);

#endif
