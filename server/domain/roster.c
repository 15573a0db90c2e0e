#include "domain/roster.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/limits.h"
#include "domain/load.h"
#include "domain/nearby.h"
#include "domain/ring.h"
#include "domain/roster_group.h"

enum {
	FIRST_BUCKETS = 256,
	/* Up to so many members of a grid it is quicker to look at all of them. */
	SMALL_GROUP = 64,
	LOAD_BYTES = 1024,
};

/* A building that a member is going to. */
struct place {
	struct roster_seat seat;
	char id[ID_CHARS + 1];
};

struct entry {
	struct entry *next; /* in the bucket */
	uint64_t hash;
	MemberRecord *member; /* NULL: only the load is known so far */
	LoadRecord load;      /* zero until it is known: never offered anything */
	struct place *places; /* of load.going_to; NULL: going nowhere */
	struct roster_seat in_grid, in_building;
	struct nearby_item home;
	char id[];
};

struct roster {
	struct entry **buckets;
	size_t n_buckets, n_entries;
	struct roster_groups grids, buildings, going; /* going: by the buildings that they are on the way to */
	struct nearby *homes;
};

struct roster *roster_new(void)
{
	struct roster *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->buckets = calloc(FIRST_BUCKETS, sizeof(*r->buckets));
	r->n_buckets = r->buckets == NULL ? 0 : FIRST_BUCKETS;
	r->homes = nearby_new();
	bool grids = roster_groups_init(&r->grids), buildings = roster_groups_init(&r->buildings),
	     going = roster_groups_init(&r->going);
	if (r->buckets == NULL || r->homes == NULL || !grids || !buildings || !going) {
		roster_free(r);
		return NULL;
	}
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
			free(entry->load.going_to);
			free(entry->places);
			free(entry);
		}
	}
	roster_groups_finish(&r->grids);
	roster_groups_finish(&r->buildings);
	roster_groups_finish(&r->going);
	nearby_free(r->homes);
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

static struct entry *find(const struct roster *r, uint64_t hash, const char *id)
{
	struct entry *entry = r->buckets[hash & (r->n_buckets - 1)];
	while (entry != NULL && (entry->hash != hash || strcmp(entry->id, id) != 0))
		entry = entry->next;
	return entry;
}

static struct entry *entry_of(struct roster *r, const char *id)
{
	uint64_t hash = hash_bytes(0, slice_str(id));
	struct entry *entry = find(r, hash, id);
	if (entry != NULL)
		return entry;
	size_t len = strlen(id);
	entry = calloc(1, sizeof(*entry) + len + 1);
	if (entry == NULL)
		return NULL;
	entry->hash = hash;
	memcpy(entry->id, id, len);
	LoadRecord_init(&entry->load);
	entry->load.member_id = entry->id;
	entry->in_grid.member = entry->in_building.member = entry;
	if (++r->n_entries > r->n_buckets)
		widen(r);
	entry->next = r->buckets[hash & (r->n_buckets - 1)];
	r->buckets[hash & (r->n_buckets - 1)] = entry;
	return entry;
}

void roster_put_member(struct roster *r, const char *id, struct slice encoded)
{
	struct entry *entry = entry_of(r, id);
	MemberRecord *member = (void *)protobuf_c_message_unpack(&MemberRecord_desc, NULL, encoded.len, encoded.ptr);
	if (entry == NULL || member == NULL) {
		free_message(member);
		return;
	}
	free_message(entry->member);
	entry->member = member;
	roster_group_sit(&r->grids, &entry->in_grid, member->grid_id);
	roster_group_sit(&r->buildings, &entry->in_building, member->building_id);
	nearby_put(r->homes, &entry->home, (struct geo_point){member->lat_e6, member->lon_e6});
}

/* Loads come with every offer: they are read into a little memory on the stack, not on the heap. */
struct little {
	size_t used;
	_Alignas(max_align_t) uint8_t bytes[LOAD_BYTES];
};

static void *little_alloc(void *arg, size_t size)
{
	struct little *little = arg;
	size_t aligned = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (aligned < size || aligned > sizeof(little->bytes) - little->used)
		return NULL;
	void *at = little->bytes + little->used;
	little->used += aligned;
	return at;
}

static void little_free(void *arg, void *at)
{
	(void)arg, (void)at;
}

static void stop_going(struct entry *entry)
{
	for (size_t i = 0; i < entry->load.n_going_to; i++)
		roster_group_leave(&entry->places[i].seat);
	free(entry->places);
	free(entry->load.going_to);
	entry->places = NULL;
	entry->load.going_to = NULL;
	entry->load.n_going_to = 0;
}

/* Without memory they are not known to go anywhere. */
static void go(struct roster *r, struct entry *entry, const LoadRecord *load)
{
	size_t n = load->n_going_to < LIMIT_GOING_TO ? load->n_going_to : LIMIT_GOING_TO;
	if (n == 0)
		return;
	entry->places = calloc(n, sizeof(*entry->places));
	entry->load.going_to = calloc(n, sizeof(*entry->load.going_to));
	if (entry->places == NULL || entry->load.going_to == NULL) {
		stop_going(entry);
		return;
	}
	entry->load.n_going_to = n;
	for (size_t i = 0; i < n; i++) {
		struct place *place = &entry->places[i];
		size_t len = strlen(load->going_to[i]);
		if (len <= ID_CHARS)
			memcpy(place->id, load->going_to[i], len);
		entry->load.going_to[i] = place->id;
		place->seat.member = entry;
		roster_group_sit(&r->going, &place->seat, place->id);
	}
}

void roster_put_load(struct roster *r, const char *id, struct slice encoded)
{
	struct little little = {.used = 0};
	ProtobufCAllocator allocator = {little_alloc, little_free, &little};
	struct entry *entry = entry_of(r, id);
	const LoadRecord *load =
	    (void *)protobuf_c_message_unpack(&LoadRecord_desc, &allocator, encoded.len, encoded.ptr);
	if (entry == NULL || load == NULL)
		return;
	stop_going(entry);
	entry->load = *load;
	entry->load.member_id = entry->id;
	entry->load.base.n_unknown_fields = 0;
	entry->load.base.unknown_fields = NULL;
	entry->load.going_to = NULL;
	entry->load.n_going_to = 0;
	go(r, entry, load);
}

size_t roster_size(const struct roster *r)
{
	return r->n_entries;
}

/* --- finding --- */

/* The few cheapest seen so far. */
struct best {
	struct roster_candidate *out;
	size_t n, k;
};

static void keep_cheapest(struct best *best, struct roster_candidate found)
{
	struct roster_candidate *out = best->out;
	if (best->n == best->k && out[best->k - 1].cost_m < found.cost_m)
		return;
	size_t at = best->n;
	while (at > 0 && (out[at - 1].cost_m > found.cost_m ||
			  (out[at - 1].cost_m == found.cost_m && strcmp(out[at - 1].member_id, found.member_id) > 0))) {
		if (at < best->k)
			out[at] = out[at - 1];
		at--;
	}
	if (at < best->k)
		out[at] = found;
	if (best->n < best->k)
		best->n++;
}

struct wish {
	struct scene *s;
	const struct match_order *wanted;
	const SlotRecord *slot;
	Ring ring;
};

static void look_at(const struct wish *wish, const struct entry *entry, struct best *best)
{
	if (entry->member == NULL || !ring_reaches(wish->s->config, wish->ring, wish->wanted->order, entry->member) ||
	    match_filter(wish->s, wish->wanted, wish->slot, entry->member, &entry->load) != MATCH_FINE)
		return;
	struct match_cost cost = match_cost(wish->s, wish->wanted, wish->slot, entry->member, &entry->load);
	uint32_t room = match_holding_cap(wish->s->config, entry->member) - entry->load.holding;
	keep_cheapest(best, (struct roster_candidate){entry->id, cost.total_m, room});
}

/* The group that holds all members whom the ring can reach; NULL: there is none such, or it is large and a
 * search from the order outwards ends sooner. */
static const struct roster_group *group_of(const struct roster *r, const OrderRecord *order, Ring ring, size_t most)
{
	static const struct roster_group nobody;
	const struct roster_group *group = NULL;
	if (ring == RING_BUILDING)
		group = roster_group_find(&r->buildings, order->building_id);
	else if (ring == RING_GRID)
		group = roster_group_find(&r->grids, order->grid_id);
	else
		return NULL;
	if (group == NULL)
		return &nobody;
	return ring == RING_BUILDING || group->n <= most ? group : NULL;
}

static const struct entry *entry_at_home(const struct nearby_item *home)
{
	return (const struct entry *)(const void *)((const char *)home - offsetof(struct entry, home));
}

/* Whether somebody at that distance can't be among the cheapest, with every other term at its best. */
static bool is_beaten(const struct best *best, int64_t least_m, uint32_t distance_m)
{
	return best->n == best->k && least_m + distance_m > best->out[best->k - 1].cost_m;
}

/* Those who may be cheap however far away: the responsible member, and who is going to the building. */
static bool is_favoured(const struct wish *wish, const struct entry *entry)
{
	return strcmp(entry->id, wish->wanted->responsible_id) == 0 ||
	       load_goes_to(&entry->load, wish->wanted->order->building_id);
}

/* Who goes there for two orders, or is responsible too, is met again: they are not kept twice. */
static void look_at_favoured(const struct roster *r, const struct wish *wish, struct best *best)
{
	const char *id = wish->wanted->responsible_id, *building_id = wish->wanted->order->building_id;
	const struct entry *responsible = id[0] == '\0' ? NULL : find(r, hash_bytes(0, slice_str(id)), id);
	const struct roster_group *going = building_id[0] == '\0' ? NULL : roster_group_find(&r->going, building_id);
	if (responsible != NULL)
		look_at(wish, responsible, best);
	for (size_t i = 0; going != NULL && i < going->n; i++) {
		const struct entry *entry = going->seats[i]->member;
		size_t at = 0;
		while (at < best->n && best->out[at].member_id != entry->id)
			at++;
		if (at == best->n)
			look_at(wish, entry, best);
	}
}

/* From the order outwards, until nobody farther away can be cheaper than those found. */
static void look_around(const struct roster *r, const struct wish *wish, struct best *best)
{
	const DispatchWeights *weights = wish->s->config->policy->weights;
	struct nearby_search search = nearby_search(r->homes, wish->wanted->point);
	int64_t least_m = match_least_cost_m(wish->s, wish->wanted);
	while (nearby_next(&search)) {
		if (search.least_m > weights->max_distance_m || is_beaten(best, least_m, search.least_m))
			break;
		for (size_t i = 0; i < search.n; i++) {
			const struct entry *entry = entry_at_home(search.items[i]);
			struct geo_point home = {entry->member->lat_e6, entry->member->lon_e6};
			if (!is_beaten(best, least_m, geo_distance_m(home, wish->wanted->point)) &&
			    !is_favoured(wish, entry))
				look_at(wish, entry, best);
		}
	}
}

size_t roster_candidates(const struct roster *r, struct scene *s, const struct match_order *wanted,
			 const SlotRecord *slot, Ring ring, struct roster_candidate *out, size_t k)
{
	struct wish wish = {s, wanted, slot, ring};
	struct best best = {.out = out, .k = k};
	if (k == 0)
		return 0;
	const struct roster_group *group = group_of(r, wanted->order, ring, SMALL_GROUP);
	for (size_t i = 0; group != NULL && i < group->n; i++)
		look_at(&wish, group->seats[i]->member, &best);
	if (group != NULL)
		return best.n;
	look_at_favoured(r, &wish, &best);
	look_around(r, &wish, &best);
	return best.n;
}

size_t roster_within(const struct roster *r, struct scene *s, const OrderRecord *order, Ring ring,
		     const MemberRecord **members, const LoadRecord **loads, size_t max)
{
	size_t n = 0;
	const struct roster_group *group = group_of(r, order, ring, SIZE_MAX);
	for (size_t i = 0; group != NULL && i < group->n && n < max; i++) {
		const struct entry *entry = group->seats[i]->member;
		members[n] = entry->member;
		loads[n++] = &entry->load;
	}
	if (group != NULL)
		return n;
	struct nearby_search search = nearby_search(r->homes, (struct geo_point){order->lat_e6, order->lon_e6});
	while (n < max && nearby_next(&search)) {
		for (size_t i = 0; i < search.n && n < max; i++) {
			const struct entry *entry = entry_at_home(search.items[i]);
			if (!ring_reaches(s->config, ring, order, entry->member))
				continue;
			members[n] = entry->member;
			loads[n++] = &entry->load;
		}
	}
	return n;
}
