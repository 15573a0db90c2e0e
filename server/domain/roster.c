#include "domain/roster.h"

#include <stdlib.h>

#include "base/hash.h"
#include "domain/ring.h"

enum { FIRST_BUCKETS = 256, FIRST_ROOM = 8 };

struct entry {
	struct entry *next; /* in the bucket */
	uint64_t hash;
	MemberRecord *member; /* NULL: only the load is known so far */
	LoadRecord *load;     /* NULL: never offered anything */
	struct group *group;
	size_t at; /* in the group */
	char id[];
};

/* The members of one grid. */
struct group {
	char *grid_id;
	struct entry **entries;
	size_t n, room;
};

struct roster {
	struct entry **buckets;
	size_t n_buckets, n_entries;
	struct group **groups;
	size_t n_groups, room_groups;
	LoadRecord no_load;
};

struct roster *roster_new(void)
{
	struct roster *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->buckets = calloc(FIRST_BUCKETS, sizeof(*r->buckets));
	if (r->buckets == NULL) {
		free(r);
		return NULL;
	}
	r->n_buckets = FIRST_BUCKETS;
	LoadRecord_init(&r->no_load);
	return r;
}

static void free_message(void *message)
{
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, NULL);
}

void roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_buckets; i++) {
		while (r->buckets[i] != NULL) {
			struct entry *entry = r->buckets[i];
			r->buckets[i] = entry->next;
			free_message(entry->member);
			free_message(entry->load);
			free(entry);
		}
	}
	for (size_t i = 0; i < r->n_groups; i++) {
		free(r->groups[i]->grid_id);
		free(r->groups[i]->entries);
		free(r->groups[i]);
	}
	free(r->groups);
	free(r->buckets);
	free(r);
}

static void widen(struct roster *r)
{
	size_t n = r->n_buckets * 2;
	struct entry **buckets = calloc(n, sizeof(*buckets));
	if (buckets == NULL)
		return;
	for (size_t i = 0; i < r->n_buckets; i++) {
		while (r->buckets[i] != NULL) {
			struct entry *entry = r->buckets[i];
			r->buckets[i] = entry->next;
			entry->next = buckets[entry->hash & (n - 1)];
			buckets[entry->hash & (n - 1)] = entry;
		}
	}
	free(r->buckets);
	r->buckets = buckets;
	r->n_buckets = n;
}

static struct entry *entry_of(struct roster *r, const char *id)
{
	uint64_t hash = hash_bytes(0, slice_str(id));
	struct entry *entry = r->buckets[hash & (r->n_buckets - 1)];
	while (entry != NULL && (entry->hash != hash || strcmp(entry->id, id) != 0))
		entry = entry->next;
	if (entry != NULL)
		return entry;
	size_t len = strlen(id);
	entry = calloc(1, sizeof(*entry) + len + 1);
	if (entry == NULL)
		return NULL;
	entry->hash = hash;
	memcpy(entry->id, id, len);
	if (++r->n_entries > r->n_buckets)
		widen(r);
	entry->next = r->buckets[hash & (r->n_buckets - 1)];
	r->buckets[hash & (r->n_buckets - 1)] = entry;
	return entry;
}

static void *grow(void *array, size_t n, size_t *room, size_t bytes)
{
	if (n < *room)
		return array;
	size_t more = *room == 0 ? FIRST_ROOM : *room * 2;
	void *grown = realloc(array, more * bytes);
	if (grown != NULL)
		*room = more;
	return grown;
}

static struct group *group_of(struct roster *r, const char *grid_id)
{
	for (size_t i = 0; i < r->n_groups; i++) {
		if (strcmp(r->groups[i]->grid_id, grid_id) == 0)
			return r->groups[i];
	}
	struct group **groups = grow(r->groups, r->n_groups, &r->room_groups, sizeof(*groups));
	struct group *group = calloc(1, sizeof(*group));
	char *name = strdup(grid_id);
	if (groups != NULL)
		r->groups = groups;
	if (groups == NULL || group == NULL || name == NULL) {
		free(group);
		free(name);
		return NULL;
	}
	group->grid_id = name;
	r->groups[r->n_groups++] = group;
	return group;
}

static void leave_group(struct entry *entry)
{
	struct group *group = entry->group;
	if (group == NULL)
		return;
	group->entries[entry->at] = group->entries[--group->n];
	group->entries[entry->at]->at = entry->at;
	entry->group = NULL;
}

static void join_group(struct roster *r, struct entry *entry)
{
	struct group *group = group_of(r, entry->member->grid_id);
	if (group == entry->group)
		return;
	leave_group(entry);
	struct entry **entries = group == NULL ? NULL : grow(group->entries, group->n, &group->room, sizeof(*entries));
	if (entries == NULL)
		return;
	group->entries = entries;
	entry->group = group;
	entry->at = group->n;
	group->entries[group->n++] = entry;
}

void roster_put_member(struct roster *r, const char *id, struct slice encoded)
{
	struct entry *entry = entry_of(r, id);
	void *member = protobuf_c_message_unpack(&MemberRecord_desc, NULL, encoded.len, encoded.ptr);
	if (entry == NULL || member == NULL) {
		free_message(member);
		return;
	}
	free_message(entry->member);
	entry->member = member;
	join_group(r, entry);
}

void roster_put_load(struct roster *r, const char *id, struct slice encoded)
{
	struct entry *entry = entry_of(r, id);
	void *load = protobuf_c_message_unpack(&LoadRecord_desc, NULL, encoded.len, encoded.ptr);
	if (entry == NULL || load == NULL) {
		free_message(load);
		return;
	}
	free_message(entry->load);
	entry->load = load;
}

size_t roster_size(const struct roster *r)
{
	return r->n_entries;
}

/* Whether any member at home in that grid can be within the ring: spares looking at each. The rings up
 * to the community are bounded by grids, but for the few who registered elsewhere too (双报到). */
static bool group_within(struct scene *s, const OrderRecord *order, Ring ring, const struct group *group)
{
	if (ring == RING_GRID)
		return strcmp(order->grid_id, group->grid_id) == 0;
	if (ring == RING_NEIGHBOURS) {
		const struct org_node *a = config_node(s->config, order->grid_id);
		const struct org_node *b = config_node(s->config, group->grid_id);
		return a == b || (a != NULL && b != NULL && geo_near(&a->shape.box, &b->shape.box, RING_NEIGHBOUR_M));
	}
	return true;
}

static void keep_cheapest(struct roster_candidate *out, size_t *n, size_t k, struct roster_candidate found)
{
	if (*n == k && out[k - 1].cost_m <= found.cost_m)
		return;
	size_t at = *n < k ? (*n)++ : k - 1;
	while (at > 0 && (out[at - 1].cost_m > found.cost_m ||
			  (out[at - 1].cost_m == found.cost_m && strcmp(out[at - 1].member_id, found.member_id) > 0))) {
		out[at] = out[at - 1];
		at--;
	}
	out[at] = found;
}

size_t roster_candidates(const struct roster *r, struct scene *s, const struct match_order *wanted,
			 const SlotRecord *slot, Ring ring, struct roster_candidate *out, size_t k)
{
	size_t n = 0;
	if (k == 0)
		return 0;
	for (size_t g = 0; g < r->n_groups; g++) {
		const struct group *group = r->groups[g];
		if (!group_within(s, wanted->order, ring, group))
			continue;
		for (size_t i = 0; i < group->n; i++) {
			const struct entry *entry = group->entries[i];
			const LoadRecord *load = entry->load == NULL ? &r->no_load : entry->load;
			if (!ring_reaches(s->config, ring, wanted->order, entry->member) ||
			    match_filter(s, wanted, slot, entry->member, load) != MATCH_FINE)
				continue;
			struct match_cost cost = match_cost(s, wanted, slot, entry->member, load);
			keep_cheapest(out, &n, k, (struct roster_candidate){entry->id, cost.total_m});
		}
	}
	return n;
}

size_t roster_within(const struct roster *r, struct scene *s, const OrderRecord *order, Ring ring,
		     const MemberRecord **members, const LoadRecord **loads, size_t max)
{
	size_t n = 0;
	for (size_t g = 0; g < r->n_groups; g++) {
		const struct group *group = r->groups[g];
		for (size_t i = 0; i < group->n && n < max && group_within(s, order, ring, group); i++) {
			const struct entry *entry = group->entries[i];
			if (!ring_reaches(s->config, ring, order, entry->member))
				continue;
			members[n] = entry->member;
			loads[n++] = entry->load == NULL ? &r->no_load : entry->load;
		}
	}
	return n;
}
