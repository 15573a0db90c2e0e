#include "domain/roster.h"

#include "domain/policy.h"
#include "domain/ring.h"
#include "domain/roster_internal.h"

enum {
	/* Up to so many members of a grid it is quicker to look at all of them. */
	SMALL_GROUP = 64,
	/* Cells and members that a search from the order outwards looks at before it is compared with others. */
	FEW_STEPS = 256,
	/* How many members of a group before they are looked at. */
	AHEAD = 4,
};

/* --- the few cheapest --- */

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

/* Whether nobody who costs as much can be among the cheapest; of equals the first by id is the cheaper. id NULL: before
 * all others. */
static bool is_beaten(const struct best *best, int64_t least_m, const struct short_id *id)
{
	if (best->n < best->k)
		return false;
	const struct roster_candidate *last = &best->out[best->k - 1];
	return least_m > last->cost_m ||
	       (least_m == last->cost_m && id != NULL && strncmp(id->chars, last->member_id, ID_CHARS) > 0);
}

static bool is_kept(const struct best *best, const char *member_id)
{
	size_t at = 0;
	while (at < best->n && best->out[at].member_id != member_id)
		at++;
	return at < best->n;
}

/* --- looking at one --- */

enum { REACH_UNKNOWN, REACH_YES, REACH_NO };

struct wish {
	const struct roster *roster;
	struct scene *s;
	const struct match_order *wanted;
	const SlotRecord *slot;
	Ring ring;
	double cos_lat;       /* of the order's place */
	uint32_t responsible; /* ROSTER_NOBODY: there is none */
	LoadRecord *brief;    /* of whoever is being looked at */
	struct roster_mask mask;
	uint8_t *reach; /* by where a member serves: enum REACH_… */
};

/* Where members serve says whether the ring reaches them, and many serve alike: each is asked once. */
static bool reaches(const struct wish *w, const struct roster_card *card)
{
	uint8_t *reach = &w->reach[card->serving];
	if (*reach == REACH_UNKNOWN) {
		MemberRecord serving = roster_card_serving(card, &w->roster->pools);
		*reach = ring_reaches(w->s->config, w->ring, w->wanted->order, &serving) ? REACH_YES : REACH_NO;
	}
	return *reach == REACH_YES;
}

static bool in_ring(const struct wish *w, const struct roster_card *card)
{
	/* Of a building the group has nobody else. */
	return w->ring == RING_BUILDING || w->ring >= RING_STREET || reaches(w, card);
}

static struct roster_mask mask_now(const struct roster *r, const struct scene *s)
{
	struct roster_mask mask = roster_mask(&r->bits);
	unsigned hour = policy_minute_of_week(s->config->policy, s->now_ms) / 60;
	roster_mask_and(&mask, &r->bits, ROSTER_ROW_HOUR + hour);
	return mask;
}

static struct wish wish_of(const struct roster *r, struct scene *s, const struct match_order *wanted,
			   const SlotRecord *slot, Ring ring)
{
	struct wish w = {.roster = r, .s = s, .wanted = wanted, .slot = slot, .ring = ring};
	const char *id = wanted->responsible_id;
	w.responsible = id[0] == '\0' ? ROSTER_NOBODY : roster_find(r, id);
	w.cos_lat = geo_cos_lat(wanted->point);
	w.mask = mask_now(r, s);
	if (slot->skill[0] != '\0' && !slot->optional_skill)
		roster_mask_and(&w.mask, &r->bits, roster_bits_skill_row(slot->skill));
	w.reach = arena_alloc(s->arena, r->pools.serving.n);
	w.brief = ARENA_NEW(s->arena, LoadRecord);
	LoadRecord_init(w.brief);
	return w;
}

/* Those who may be cheap however far away: the responsible member, and who is going to the building. */
static bool is_favoured(const struct wish *w, uint32_t member, const struct roster_card *card)
{
	return member == w->responsible || roster_card_goes_to(card, &w->roster->pools, w->wanted->order->building_id);
}

/* Whether somebody who is not favoured costs too much, by the least that their brief says. A member at that distance or
 * farther. */
static bool is_too_dear(const struct wish *w, uint32_t member, uint32_t distance_m, const struct best *best)
{
	const struct roster_brief *brief = &w->roster->briefs[member];
	if (best->n < best->k)
		return false;
	roster_brief_load(brief, w->brief);
	int64_t least_m = match_load_cost_m(w->s, w->brief) - w->wanted->age_m;
	if (is_beaten(best, least_m + distance_m, &brief->id))
		return true;
	struct geo_point home = nearby_point(w->roster->homes, member);
	return is_beaten(best, least_m + geo_least_distance_m(w->wanted->point, w->cos_lat, home), &brief->id);
}

static void judge(const struct wish *w, uint32_t member, const LoadRecord *load, struct best *best)
{
	struct scene *s = w->s;
	const struct roster_card *card = &w->roster->cards[member];
	if (is_kept(best, card->id))
		return;
	MemberRecord *record = roster_card_member(card, &w->roster->pools, s->arena);
	struct geo_point home = nearby_point(w->roster->homes, member);
	record->lat_e6 = home.lat_e6;
	record->lon_e6 = home.lon_e6;
	if (match_filter(s, w->wanted, w->slot, record, load) != MATCH_FINE)
		return;
	struct match_cost cost = match_cost(s, w->wanted, w->slot, record, load);
	uint32_t room = match_holding_cap(s->config, record) - load->holding;
	keep_cheapest(best, (struct roster_candidate){card->id, cost.total_m, room});
}

/* What is cheap to tell comes first, the rules themselves last. Whoever is met again is not kept twice. */
static void look_at(const struct wish *w, uint32_t member, struct best *best)
{
	const struct roster_card *card = &w->roster->cards[member];
	struct scene *s = w->s;
	if (!roster_mask_has(&w->mask, member) || card->paused_until_ms > s->now_ms || !in_ring(w, card) ||
	    (is_too_dear(w, member, 0, best) && !is_favoured(w, member, card)))
		return;
	struct arena_mark mark = arena_mark(s->arena);
	LoadRecord load = roster_card_load(card, &w->roster->briefs[member], &w->roster->pools, s->arena);
	judge(w, member, &load, best);
	arena_rewind(s->arena, mark);
}

/* --- looking at many --- */

/* Cards of those who live near each other lie far apart in memory: they are sent for while others are looked at. */
static void send_for(const struct wish *w, uint32_t member)
{
	__builtin_prefetch(&w->roster->cards[member]);
	__builtin_prefetch((const char *)&w->roster->cards[member] + sizeof(struct roster_card) - 1);
}

static void look_at_group(const struct wish *w, const struct roster_group *group, struct best *best)
{
	for (uint32_t i = 0; group != NULL && i < group->n; i++) {
		if (i + AHEAD < group->n)
			send_for(w, group->members[i + AHEAD]);
		look_at(w, group->members[i], best);
	}
}

static void look_at_free(const struct wish *w, struct best *best)
{
	for (size_t at = 0; at < w->mask.n_words; at++) {
		for (uint64_t word = roster_mask_word(&w->mask, at); word != 0; word &= word - 1)
			look_at(w, (uint32_t)(64 * at) + (uint32_t)__builtin_ctzll(word), best);
	}
}

/* From the order outwards, until nobody farther away can be cheaper than those found; the favoured were looked at.
 * false: after so many steps it was not over. */
static bool look_around(const struct wish *w, struct nearby_search *search, uint64_t *n_looked, uint64_t most,
			struct best *best)
{
	int64_t max_m = w->s->config->policy->weights->max_distance_m;
	int64_t least_m = match_least_cost_m(w->s, w->wanted);
	while (*n_looked + search->n_places < most) {
		if (!nearby_next(search) || search->least_m > max_m || is_beaten(best, least_m + search->least_m, NULL))
			return true;
		for (uint32_t i = search->first, next; i != NEARBY_NONE; i = next) {
			next = nearby_after(w->roster->homes, i);
			if (next != NEARBY_NONE)
				__builtin_prefetch(&w->roster->briefs[next]);
			if (roster_mask_has(&w->mask, i) && !is_too_dear(w, i, search->least_m, best))
				look_at(w, i, best);
			++*n_looked;
		}
	}
	return false;
}

/* Groups in which everybody is whom the ring reaches, some in more than one of them. */
struct reached {
	const struct roster_group **groups;
	size_t n;
	size_t n_members; /* SIZE_MAX: no groups tell */
};

static void add_reached(struct reached *reached, const struct roster_group *group)
{
	if (group == NULL || group->n == 0)
		return;
	reached->groups[reached->n++] = group;
	reached->n_members += group->n;
}

static struct reached reached_by(const struct wish *w)
{
	const struct config *config = w->s->config;
	const OrderRecord *order = w->wanted->order;
	const struct org_node *from = config_node(config, order->grid_id);
	struct reached reached = {.n_members = w->ring >= RING_STREET ? SIZE_MAX : 0};
	if (w->ring >= RING_STREET)
		return reached;
	reached.groups = arena_array(w->s->arena, config->n_nodes + 2, sizeof(struct roster_group *));
	add_reached(&reached, roster_group_find(&w->roster->grids, order->grid_id));
	for (size_t i = 0; i < config->n_nodes && from != NULL && w->ring > RING_GRID; i++) {
		const struct org_node *node = &config->nodes[i];
		if (node != from && ring_reaches_node(w->ring, from, node))
			add_reached(&reached, roster_group_find(&w->roster->grids, node->record->id));
	}
	const struct org_node *community = ring_community(w->ring, from);
	if (community != NULL)
		add_reached(&reached, roster_group_find(&w->roster->units, community->record->id));
	return reached;
}

static void look_at_favoured(const struct wish *w, struct best *best)
{
	if (w->responsible != ROSTER_NOBODY)
		look_at(w, w->responsible, best);
	look_at_group(w, roster_group_find(&w->roster->going, w->wanted->order->building_id), best);
}

/* From the order outwards; where few of those nearby can be asked, all who can, or all whom the ring reaches. */
static void look_outwards(const struct wish *w, struct best *best)
{
	struct nearby_search search = nearby_search(w->roster->homes, w->wanted->point);
	uint64_t n_looked = 0;
	look_at_favoured(w, best);
	if (look_around(w, &search, &n_looked, FEW_STEPS, best))
		return;
	struct reached reached = reached_by(w);
	size_t n_free = roster_mask_count(&w->mask), n = n_free < reached.n_members ? n_free : reached.n_members;
	if (look_around(w, &search, &n_looked, FEW_STEPS + 2 * n, best))
		return;
	for (size_t i = 0; i < reached.n && n < n_free; i++)
		look_at_group(w, reached.groups[i], best);
	if (n == n_free)
		look_at_free(w, best);
}

static const struct roster_group *group_of(const struct roster *r, const OrderRecord *order, Ring ring)
{
	static const struct roster_group nobody;
	const struct roster_group *group = NULL;
	if (ring == RING_BUILDING)
		group = roster_group_find(&r->buildings, order->building_id);
	else if (ring == RING_GRID)
		group = roster_group_find(&r->grids, order->grid_id);
	return group == NULL ? &nobody : group;
}

size_t roster_candidates(const struct roster *r, struct scene *s, const struct match_order *wanted,
			 const SlotRecord *slot, Ring ring, struct roster_candidate *out, size_t k)
{
	struct best best = {.out = out, .n = 0, .k = k};
	if (k == 0)
		return 0;
	struct arena_mark mark = arena_mark(s->arena);
	struct wish w = wish_of(r, s, wanted, slot, ring);
	const struct roster_group *group = ring <= RING_GRID ? group_of(r, wanted->order, ring) : NULL;
	if (w.mask.n_words == 0)
		best.n = 0; /* nobody is free, or has the skill */
	else if (ring == RING_BUILDING || (group != NULL && group->n <= SMALL_GROUP))
		look_at_group(&w, group, &best);
	else
		look_outwards(&w, &best);
	arena_rewind(s->arena, mark);
	return best.n;
}

/* --- for explanations --- */

static void show(const struct roster *r, uint32_t member, struct arena *a, const MemberRecord **out,
		 const LoadRecord **load_out)
{
	const struct roster_card *card = &r->cards[member];
	MemberRecord *record = roster_card_member(card, &r->pools, a);
	LoadRecord load = roster_card_load(card, &r->briefs[member], &r->pools, a);
	struct geo_point home = nearby_point(r->homes, member);
	record->lat_e6 = home.lat_e6;
	record->lon_e6 = home.lon_e6;
	*out = record;
	*load_out = arena_copy(a, &load, sizeof(load));
}

size_t roster_within(const struct roster *r, struct scene *s, const OrderRecord *order, Ring ring,
		     const MemberRecord **members, const LoadRecord **loads, size_t max)
{
	size_t n = 0;
	if (ring <= RING_GRID) {
		const struct roster_group *group = group_of(r, order, ring);
		for (; n < group->n && n < max; n++)
			show(r, group->members[n], s->arena, &members[n], &loads[n]);
		return n;
	}
	struct match_order wanted = {.order = order};
	struct wish w = {.roster = r, .s = s, .wanted = &wanted, .ring = ring};
	w.reach = arena_alloc(s->arena, r->pools.serving.n);
	struct nearby_search search = nearby_search(r->homes, (struct geo_point){order->lat_e6, order->lon_e6});
	while (n < max && nearby_next(&search)) {
		for (uint32_t i = search.first; i != NEARBY_NONE && n < max; i = nearby_after(r->homes, i)) {
			if (!in_ring(&w, &r->cards[i]))
				continue;
			show(r, i, s->arena, &members[n], &loads[n]);
			n++;
		}
	}
	return n;
}

/* --- for what is learnt of them --- */

const MemberRecord *roster_member(const struct roster *r, struct arena *a, const char *id, const LoadRecord **load)
{
	const MemberRecord *member;
	uint32_t number = roster_find(r, id);
	if (number == ROSTER_NOBODY)
		return NULL;
	show(r, number, a, &member, load);
	return member;
}

bool roster_shift(const struct roster *r, const struct scene *s, const char *id, struct geo_point *home, Shift *shift)
{
	uint32_t number = roster_find(r, id), minute = policy_minute_of_week(s->config->policy, s->now_ms);
	if (number == ROSTER_NOBODY)
		return false;
	*home = nearby_point(r->homes, number);
	Shift_init(shift);
	(void)roster_card_shift(&r->cards[number], &r->pools, minute, shift);
	return true;
}

struct roster_walk roster_walk(const struct roster *r, struct scene *s, size_t most)
{
	return (struct roster_walk){
	    .roster = r, .s = s, .mask = mask_now(r, s), .every = r->n <= most ? 1 : (uint32_t)(r->n / most + 1)};
}

const MemberRecord *roster_walk_next(struct roster_walk *walk, const LoadRecord **load)
{
	struct scene *s = walk->s;
	while (walk->at < walk->roster->n) {
		const MemberRecord *member;
		uint32_t at = walk->at;
		walk->at += walk->every;
		if (!roster_mask_has(&walk->mask, at))
			continue;
		struct arena_mark mark = arena_mark(s->arena);
		show(walk->roster, at, s->arena, &member, load);
		if (match_is_free(s, member, *load))
			return member;
		arena_rewind(s->arena, mark);
	}
	return NULL;
}
