#include "domain/roster_group.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_BUCKETS = 64, FIRST_MEMBERS = 4 };

bool roster_groups_init(struct roster_groups *g)
{
	g->buckets = calloc(FIRST_BUCKETS, sizeof(*g->buckets));
	g->n_buckets = g->buckets == NULL ? 0 : FIRST_BUCKETS;
	return g->buckets != NULL;
}

void roster_groups_finish(struct roster_groups *g)
{
	for (size_t i = 0; i < g->n_buckets; i++) {
		while (g->buckets[i] != NULL) {
			struct roster_group *group = g->buckets[i];
			g->buckets[i] = group->next;
			free(group->members);
			free(group);
		}
	}
	free(g->buckets);
	*g = (struct roster_groups){0};
}

static struct roster_group **bucket_of(const struct roster_groups *g, const char *name)
{
	return &g->buckets[hash_bytes(0, slice_str(name)) & (g->n_buckets - 1)];
}

static struct roster_group *find(const struct roster_groups *g, const char *name)
{
	struct roster_group *group = *bucket_of(g, name);
	while (group != NULL && strcmp(group->name, name) != 0)
		group = group->next;
	return group;
}

const struct roster_group *roster_group_find(const struct roster_groups *g, const char *name)
{
	return find(g, name);
}

static void widen(struct roster_groups *g)
{
	struct roster_groups wide = {.n_buckets = g->n_buckets * 2, .n = g->n};
	wide.buckets = calloc(wide.n_buckets, sizeof(*wide.buckets));
	if (wide.buckets == NULL)
		return; /* longer chains, nothing worse */
	for (size_t i = 0; i < g->n_buckets; i++) {
		while (g->buckets[i] != NULL) {
			struct roster_group *group = g->buckets[i];
			g->buckets[i] = group->next;
			struct roster_group **bucket = bucket_of(&wide, group->name);
			group->next = *bucket;
			*bucket = group;
		}
	}
	free(g->buckets);
	*g = wide;
}

static struct roster_group *make(struct roster_groups *g, const char *name)
{
	size_t len = strlen(name);
	struct roster_group *group = calloc(1, sizeof(*group) + len + 1);
	if (group == NULL)
		return NULL;
	memcpy(group->name, name, len);
	if (++g->n > g->n_buckets)
		widen(g);
	struct roster_group **bucket = bucket_of(g, name);
	group->next = *bucket;
	*bucket = group;
	return group;
}

void roster_group_join(struct roster_groups *g, const char *name, uint32_t member)
{
	struct roster_group *group = name[0] == '\0' ? NULL : find(g, name);
	if (group == NULL && name[0] != '\0')
		group = make(g, name);
	if (group == NULL)
		return;
	if (group->n == group->room) {
		uint32_t room = group->room == 0 ? FIRST_MEMBERS : group->room + group->room / 2;
		uint32_t *members = realloc(group->members, room * sizeof(*members));
		if (members == NULL)
			return;
		group->members = members;
		group->room = room;
	}
	group->members[group->n++] = member;
}

void roster_group_leave(struct roster_groups *g, const char *name, uint32_t member)
{
	struct roster_group *group = find(g, name);
	for (uint32_t i = 0; group != NULL && i < group->n; i++) {
		if (group->members[i] == member) {
			group->members[i] = group->members[--group->n];
			return;
		}
	}
}
