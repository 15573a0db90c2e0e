/*
 * ring: how far dispatch looks from an order: its building, its grid, neighbouring grids, its
 * community, its street, and then the grab pool.
 *
 * Nouns: grids are neighbours when their bounding boxes are at most RING_NEIGHBOUR_M apart.
 * Errors: none.
 */
#ifndef PAIDAN_DOMAIN_RING_H
#define PAIDAN_DOMAIN_RING_H

#include "domain/config.h"

enum { RING_NEIGHBOUR_M = 100 };

/* Whether a member at home in member_grid (and member_building) lies in the ring around an order. */
bool ring_reaches(const struct config *config, Ring ring, const OrderRecord *order, const MemberRecord *member);
/* The same asked the other way round, of rings between building and street: who serves in such a node is reached (from:
 * the order's grid), and who has this community (NULL: there is none) for their home or linked unit. */
bool ring_reaches_node(Ring ring, const struct org_node *from, const struct org_node *node);
const struct org_node *ring_community(Ring ring, const struct org_node *from);
/* The ring after this one; RING_POOL stays. */
Ring ring_next(Ring ring);

#endif
