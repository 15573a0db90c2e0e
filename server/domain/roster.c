#include "domain/roster.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"
#include "domain/roster_internal.h"

enum {
	FIRST_SLOTS = 256,
	FIRST_CARDS = 64,
	LOAD_BYTES = 1024,
};

struct roster *roster_new(void)
{
	struct roster *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->slots = calloc(FIRST_SLOTS, sizeof(*r->slots));
	r->n_slots = FIRST_SLOTS;
	r->homes = nearby_new();
	bool traits = roster_pool_init(&r->pools.traits), serving = roster_pool_init(&r->pools.serving),
	     grids = roster_groups_init(&r->grids), buildings = roster_groups_init(&r->buildings),
	     units = roster_groups_init(&r->units), going = roster_groups_init(&r->going);
	if (r->slots == NULL || r->homes == NULL || !traits || !serving || !grids || !buildings || !units || !going) {
		roster_free(r);
		return NULL;
	}
	return r;
}

void roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	roster_pool_finish(&r->pools.traits);
	roster_pool_finish(&r->pools.serving);
	roster_groups_finish(&r->grids);
	roster_groups_finish(&r->buildings);
	roster_groups_finish(&r->units);
	roster_groups_finish(&r->going);
	roster_bits_finish(&r->bits);
	nearby_free(r->homes);
	free(r->cards);
	free(r->briefs);
	free(r->slots);
	free(r);
}

/* --- cards by id --- */

static uint32_t *slot_of(const struct roster *r, const char *id)
{
	size_t at = hash_bytes(0, slice_str(id)) & (r->n_slots - 1);
	while (r->slots[at] != 0 && strcmp(r->cards[r->slots[at] - 1].id, id) != 0)
		at = (at + 1) & (r->n_slots - 1);
	return &r->slots[at];
}

uint32_t roster_find(const struct roster *r, const char *id)
{
	return *slot_of(r, id) - 1;
}

/* At most three quarters are taken. */
static bool make_slots(struct roster *r)
{
	if (4 * ((size_t)r->n + 1) <= 3 * r->n_slots)
		return true;
	uint32_t *former = r->slots, *slots = calloc(2 * r->n_slots, sizeof(*slots));
	if (slots == NULL)
		return false;
	r->slots = slots;
	r->n_slots *= 2;
	for (uint32_t i = 0; i < r->n; i++)
		*slot_of(r, r->cards[i].id) = i + 1;
	free(former);
	return true;
}

/* An eighth more at a time: what lies idle counts for every member. */
static bool make_room(struct roster *r)
{
	if (r->n < r->room)
		return true;
	uint32_t room = r->room + r->room / 8 + FIRST_CARDS;
	struct roster_card *cards = realloc(r->cards, room * sizeof(*cards));
	if (cards == NULL)
		return false;
	r->cards = cards;
	struct roster_brief *briefs = realloc(r->briefs, room * sizeof(*briefs));
	if (briefs == NULL)
		return false;
	r->briefs = briefs;
	r->room = room;
	return true;
}

/* ROSTER_NOBODY: no id, or out of memory. */
static uint32_t number_of(struct roster *r, const char *id)
{
	uint32_t number = roster_find(r, id);
	if (number != ROSTER_NOBODY || strlen(id) > ID_CHARS || !make_slots(r) || !make_room(r))
		return number;
	struct roster_card *card = &r->cards[r->n];
	*card = (struct roster_card){.known = false};
	r->briefs[r->n] = (struct roster_brief){.id = short_id_of(id)};
	strcpy(card->id, id);
	*slot_of(r, id) = ++r->n;
	return r->n - 1;
}

size_t roster_size(const struct roster *r)
{
	return r->n;
}

bool roster_is_full(const struct roster *r, const char *id, uint32_t usual_cap)
{
	uint32_t member = roster_find(r, id);
	if (member == ROSTER_NOBODY)
		return false;
	const struct roster_card *card = &r->cards[member];
	return card->holding >= (card->holding_cap != 0 ? card->holding_cap : usual_cap);
}

/* --- what indexes know of a card --- */

static void put_skills(struct roster *r, uint32_t member, bool in)
{
	size_t at = 0;
	int64_t expire_ms;
	const char *skill;
	while ((skill = roster_card_next_skill(&r->cards[member], &r->pools, &at, &expire_ms)) != NULL)
		roster_bits_put(&r->bits, roster_bits_skill_row(skill), member, in);
}

static void put_hours(struct roster *r, uint32_t member)
{
	for (unsigned hour = 0; hour < ROSTER_HOURS; hour++)
		roster_bits_put(&r->bits, ROSTER_ROW_HOUR + hour, member,
				roster_card_on_duty(&r->cards[member], &r->pools, hour));
}

static void put_free(struct roster *r, uint32_t member)
{
	const struct roster_card *card = &r->cards[member];
	roster_bits_put(&r->bits, ROSTER_ROW_FREE, member,
			card->known && !card->inactive &&
			    (card->holding_cap == 0 || card->holding < card->holding_cap));
}

static void leave_groups(struct roster *r, uint32_t member)
{
	const struct roster_card *card = &r->cards[member];
	MemberRecord serving = roster_card_serving(card, &r->pools);
	char building_id[ID_CHARS + 1];
	short_id_text(&card->building, building_id);
	roster_group_leave(&r->buildings, building_id, member);
	roster_group_leave(&r->grids, serving.grid_id, member);
	roster_group_leave(&r->units, serving.home_community_id, member);
	roster_group_leave(&r->units, serving.linked_unit_id, member);
}

static void join_groups(struct roster *r, uint32_t member)
{
	const struct roster_card *card = &r->cards[member];
	MemberRecord serving = roster_card_serving(card, &r->pools);
	char building_id[ID_CHARS + 1];
	short_id_text(&card->building, building_id);
	roster_group_join(&r->buildings, building_id, member);
	roster_group_join(&r->grids, serving.grid_id, member);
	roster_group_join(&r->units, serving.home_community_id, member);
	roster_group_join(&r->units, serving.linked_unit_id, member);
}

static void take_member(struct roster *r, uint32_t member, const MemberRecord *record)
{
	struct roster_card *card = &r->cards[member];
	if (card->known)
		leave_groups(r, member);
	put_skills(r, member, false);
	roster_card_put_member(card, &r->pools, record);
	card->known = nearby_put(r->homes, member, (struct geo_point){record->lat_e6, record->lon_e6});
	if (card->known)
		join_groups(r, member);
	put_skills(r, member, true);
	put_hours(r, member);
	put_free(r, member);
}

void roster_put_member(struct roster *r, const char *id, struct slice encoded)
{
	uint32_t member = number_of(r, id), seen = (uint32_t)hash_bytes(0, encoded);
	/* Profiles seldom change and are seen with every offer. */
	if (member == ROSTER_NOBODY || (r->cards[member].known && r->cards[member].seen == seen))
		return;
	MemberRecord *record = (void *)protobuf_c_message_unpack(&MemberRecord_desc, NULL, encoded.len, encoded.ptr);
	if (record == NULL)
		return;
	r->cards[member].seen = seen;
	take_member(r, member, record);
	protobuf_c_message_free_unpacked(&record->base, NULL);
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

static void take_load(struct roster *r, uint32_t member, const LoadRecord *load)
{
	struct roster_card *card = &r->cards[member];
	const char *building_id;
	for (size_t at = 0; (building_id = roster_card_next_going(card, &r->pools, &at)) != NULL;)
		roster_group_leave(&r->going, building_id, member);
	roster_card_put_load(card, &r->briefs[member], &r->pools, load);
	for (size_t at = 0; (building_id = roster_card_next_going(card, &r->pools, &at)) != NULL;)
		roster_group_join(&r->going, building_id, member);
	put_free(r, member);
}

void roster_take_load(struct roster *r, const LoadRecord *load)
{
	uint32_t member = number_of(r, load->member_id);
	if (member != ROSTER_NOBODY)
		take_load(r, member, load);
}

void roster_put_load(struct roster *r, const char *id, struct slice encoded)
{
	struct little little;
	little.used = 0;
	ProtobufCAllocator allocator = {little_alloc, little_free, &little};
	uint32_t member = number_of(r, id);
	const LoadRecord *load =
	    (void *)protobuf_c_message_unpack(&LoadRecord_desc, &allocator, encoded.len, encoded.ptr);
	if (member == ROSTER_NOBODY || load == NULL)
		return;
	take_load(r, member, load);
}
