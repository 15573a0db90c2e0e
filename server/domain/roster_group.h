/*
 * roster_group: members that share a value: those of one grid, those of one building.
 *
 * Nouns: a member is a small number, and may be in several groups of a set.
 * Ownership: a set owns its groups and copies of their names.
 * Errors: without memory the member is in no group.
 */
#ifndef PAIDAN_DOMAIN_ROSTER_GROUP_H
#define PAIDAN_DOMAIN_ROSTER_GROUP_H

#include "base/slice.h"

struct roster_group {
	struct roster_group *next; /* in the bucket */
	uint32_t *members;
	uint32_t n, room;
	char name[];
};

struct roster_groups {
	struct roster_group **buckets;
	size_t n_buckets, n;
};

/* false: out of memory. */
bool roster_groups_init(struct roster_groups *groups);
void roster_groups_finish(struct roster_groups *groups);
/* The group of that name; NULL when nobody ever was in it. */
const struct roster_group *roster_group_find(const struct roster_groups *groups, const char *name);
/* "" is no group. */
void roster_group_join(struct roster_groups *groups, const char *name, uint32_t member);
/* Nothing happens when the member is not in it. */
void roster_group_leave(struct roster_groups *groups, const char *name, uint32_t member);

#endif
