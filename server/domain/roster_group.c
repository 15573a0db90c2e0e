#include "domain/roster_group.h"

#include <stdlib.h>

#include "base/hash.h"

enum { FIRST_BUCKETS = 64, FIRST_SEATS = 8 };

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
			free(group->seats);
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

void roster_group_leave(struct roster_seat *seat)
{
	struct roster_group *group = seat->group;
	if (group == NULL)
		return;
	group->seats[seat->at] = group->seats[--group->n];
	group->seats[seat->at]->at = seat->at;
	seat->group = NULL;
}

void roster_group_sit(struct roster_groups *g, struct roster_seat *seat, const char *name)
{
	struct roster_group *group = name[0] == '\0' ? NULL : find(g, name);
	if (group == NULL && name[0] != '\0')
		group = make(g, name);
	if (group == seat->group)
		return;
	roster_group_leave(seat);
	if (group == NULL)
		return;
	if (group->n == group->room) {
		size_t room = group->room == 0 ? FIRST_SEATS : group->room * 2;
		struct roster_seat **seats = realloc(group->seats, room * sizeof(struct roster_seat *));
		if (seats == NULL)
			return;
		group->seats = seats;
		group->room = room;
	}
	seat->group = group;
	seat->at = group->n;
	group->seats[group->n++] = seat;
}
