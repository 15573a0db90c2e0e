#include "domain/ring.h"

static bool same_grid(const OrderRecord *order, const MemberRecord *member)
{
	return strcmp(order->grid_id, member->grid_id) == 0;
}

static bool neighbours(const struct config *config, const char *a_id, const char *b_id)
{
	const struct org_node *a = config_node(config, a_id), *b = config_node(config, b_id);
	return a != NULL && b != NULL && geo_near(&a->shape.box, &b->shape.box, RING_NEIGHBOUR_M);
}

static bool same_unit(const struct config *config, const OrderRecord *order, const MemberRecord *member, NodeKind kind)
{
	const struct org_node *unit = config_above(config, order->grid_id, kind);
	if (unit == NULL)
		return false;
	/* 双报到: a member also serves the community they live in or their employer is linked to. */
	return config_under(config, member->grid_id, unit->record->id) ||
	       strcmp(member->home_community_id, unit->record->id) == 0 ||
	       strcmp(member->linked_unit_id, unit->record->id) == 0;
}

bool ring_reaches(const struct config *config, Ring ring, const OrderRecord *order, const MemberRecord *member)
{
	switch (ring) {
	case RING_BUILDING:
		return member->building_id[0] != '\0' && strcmp(order->building_id, member->building_id) == 0;
	case RING_GRID:
		return same_grid(order, member);
	case RING_NEIGHBOURS:
		return same_grid(order, member) || neighbours(config, order->grid_id, member->grid_id);
	case RING_COMMUNITY:
		return ring_reaches(config, RING_NEIGHBOURS, order, member) ||
		       same_unit(config, order, member, NODE_KIND_COMMUNITY);
	case RING_STREET:
	case RING_POOL:
		return true; /* a tenant is one street */
	case RING_UNSPECIFIED:
		return false;
	}
	return false;
}

const struct org_node *ring_community(Ring ring, const struct org_node *from)
{
	while (ring == RING_COMMUNITY && from != NULL && from->record->kind != NODE_KIND_COMMUNITY)
		from = from->parent;
	return ring == RING_COMMUNITY ? from : NULL;
}

bool ring_reaches_node(Ring ring, const struct org_node *from, const struct org_node *node)
{
	if (from == node)
		return true;
	if (ring < RING_NEIGHBOURS)
		return false;
	if (geo_near(&from->shape.box, &node->shape.box, RING_NEIGHBOUR_M))
		return true;
	const struct org_node *community = ring_community(ring, from);
	while (community != NULL && node != NULL && node != community)
		node = node->parent;
	return community != NULL && node == community;
}

Ring ring_next(Ring ring)
{
	return ring >= RING_POOL ? RING_POOL : (Ring)(ring + 1);
}
