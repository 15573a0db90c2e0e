/*
 * roster_group: members that share a value: those of one grid, those of one building.
 *
 * Nouns: a seat is one member's place in a group; a member sits in at most one group of each set.
 * Ownership: a set owns its groups and copies of their names; seats belong to the caller and must be left
 * before they go.
 * Errors: without memory the member sits in no group.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_GROUP_H
#define PAIDAN_DOMAIN_ROSTER_GROUP_H

#include "base/slice.h"

struct roster_group;

struct roster_seat {
	struct roster_group *group; /* NULL: in none */
	size_t at;
	void *member;
};

struct roster_group {
	struct roster_group *next; /* in the bucket */
	struct roster_seat **seats;
	size_t n, room;
	char name[];
};

struct roster_groups {
	struct roster_group **buckets;
	size_t n_buckets, n;
};

/* false: out of memory. */
bool roster_groups_init(struct roster_groups *groups);
void roster_groups_finish(struct roster_groups *groups);
/* The group of that name; NULL when nobody ever sat in it. */
const struct roster_group *roster_group_find(const struct roster_groups *groups, const char *name);
/* Leaves the group that the seat is in and joins the named one; "" is no group. */
void roster_group_sit(struct roster_groups *groups, struct roster_seat *seat, const char *name);
void roster_group_leave(struct roster_seat *seat);

#endif
