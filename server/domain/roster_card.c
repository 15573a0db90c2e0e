#include "domain/roster_card.h"

#include "base/limits.h"

enum {
	MAX_SKILLS = 32, /* as many of each as a member may have (member.proto) */
	MAX_SHIFTS = 28,
	TEXT_BYTES = 256, /* more than a name of a skill or an id has */
};

/* A week of duty as it lies in the pool; no quiet hours: both 0. */
struct week {
	uint16_t quiet_from_min, quiet_to_min;
	struct {
		uint16_t from_min, to_min;
	} shifts[MAX_SHIFTS];
};

enum { WEEK_HEAD_BYTES = 2 * sizeof(uint16_t), SHIFT_BYTES = 2 * sizeof(uint16_t) };

struct short_id short_id_of(const char *text)
{
	struct short_id id = {""};
	size_t len = strlen(text);
	if (len <= ID_CHARS)
		memcpy(id.chars, text, len);
	return id;
}

void short_id_text(const struct short_id *id, char out[ID_CHARS + 1])
{
	memcpy(out, id->chars, ID_CHARS);
	out[ID_CHARS] = '\0';
}

/* --- strings of the pool --- */

/* Bytes one after the other; what does not fit is left out. */
struct text {
	uint8_t bytes[MAX_SKILLS * (sizeof(int64_t) + TEXT_BYTES)];
	size_t len;
};

static void add(struct text *text, const void *bytes, size_t len)
{
	if (len > sizeof(text->bytes) - text->len)
		return;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void replace(struct roster_pool *pool, uint32_t *number, struct slice bytes)
{
	uint32_t former = *number;
	*number = roster_pool_hold(pool, bytes);
	roster_pool_release(pool, former);
}

static void put_skills(struct roster_card *card, struct roster_pools *pools, const MemberRecord *member)
{
	struct text text;
	text.len = 0;
	for (size_t i = 0; i < member->n_skills && i < MAX_SKILLS; i++) {
		const Skill *skill = member->skills[i];
		if (strlen(skill->name) >= TEXT_BYTES)
			continue;
		add(&text, &skill->expire_ms, sizeof(skill->expire_ms));
		add(&text, skill->name, strlen(skill->name) + 1);
	}
	replace(&pools->traits, &card->skills, slice_of(text.bytes, text.len));
}

static void put_week(struct roster_card *card, struct roster_pools *pools, const MemberRecord *member)
{
	struct week week = {.quiet_from_min = 0};
	size_t n = 0;
	if (member->quiet != NULL) {
		week.quiet_from_min = (uint16_t)member->quiet->from_min;
		week.quiet_to_min = (uint16_t)member->quiet->to_min;
	}
	for (; n < member->n_shifts && n < MAX_SHIFTS; n++) {
		week.shifts[n].from_min = (uint16_t)member->shifts[n]->from_min;
		week.shifts[n].to_min = (uint16_t)member->shifts[n]->to_min;
	}
	bool nothing = n == 0 && week.quiet_from_min == week.quiet_to_min;
	replace(&pools->traits, &card->duty, slice_of(&week, nothing ? 0 : WEEK_HEAD_BYTES + n * SHIFT_BYTES));
}

static void put_serving(struct roster_card *card, struct roster_pools *pools, const MemberRecord *member)
{
	const char *const parts[] = {member->grid_id, member->home_community_id, member->linked_unit_id};
	struct text text;
	text.len = 0;
	for (size_t i = 0; i < 3; i++)
		add(&text, strlen(parts[i]) < TEXT_BYTES ? parts[i] : "",
		    strlen(parts[i]) < TEXT_BYTES ? strlen(parts[i]) + 1 : 1);
	replace(&pools->serving, &card->serving, slice_of(text.bytes, text.len));
}

/* As much of a number as has room in so many bits. */
static uint32_t at_most_bits(uint32_t n, unsigned bits)
{
	uint32_t most = (UINT32_C(1) << bits) - 1;
	return n > most ? most : n;
}

void roster_card_put_member(struct roster_card *card, struct roster_pools *pools, const MemberRecord *member)
{
	card->inactive = member->inactive;
	card->kind = (unsigned)member->kind & 0x3f;
	card->building = short_id_of(member->building_id);
	card->household = short_id_of(member->household_id);
	card->paused_until_ms = member->paused_until_ms;
	card->holding_cap = at_most_bits(member->holding_cap, 10) & 0x3ff;
	put_skills(card, pools, member);
	put_week(card, pools, member);
	put_serving(card, pools, member);
}

static void put_going(struct roster_card *card, struct roster_pools *pools, const LoadRecord *load)
{
	uint8_t bytes[LIMIT_GOING_TO * (ID_CHARS + 1)];
	size_t len = 0;
	for (size_t i = 0; i < load->n_going_to && i < LIMIT_GOING_TO; i++) {
		size_t id_len = strlen(load->going_to[i]);
		if (id_len == 0 || id_len > ID_CHARS)
			continue;
		memcpy(bytes + len, load->going_to[i], id_len + 1);
		len += id_len + 1;
	}
	replace(&pools->traits, &card->going, slice_of(bytes, len));
}

void roster_card_put_load(struct roster_card *card, struct roster_brief *brief, struct roster_pools *pools,
			  const LoadRecord *load)
{
	put_going(card, pools, load);
	brief->load_at_ms = load->at_ms;
	brief->jobs_milli = load->jobs_milli;
	brief->offers_milli = load->offers_milli;
	brief->stars_sum = load->stars_sum;
	brief->ratings = load->ratings;
	card->holding = at_most_bits(load->holding, 14) & 0x3fff;
	card->day_offers = at_most_bits(load->day_offers, 8) & 0xff;
	card->offers_day = (uint16_t)load->offers_day;
	card->season_jobs_milli = load->season_jobs_milli;
	card->asked_milli = load->asked_milli;
	card->yes_milli = load->yes_milli;
	card->offered = load->offered;
	card->accepted = load->accepted;
}

void roster_card_finish(struct roster_card *card, struct roster_pools *pools)
{
	replace(&pools->traits, &card->skills, SLICE_NONE);
	replace(&pools->traits, &card->duty, SLICE_NONE);
	replace(&pools->serving, &card->serving, SLICE_NONE);
	replace(&pools->traits, &card->going, SLICE_NONE);
}

/* --- as records --- */

const char *roster_card_next_skill(const struct roster_card *card, const struct roster_pools *pools, size_t *at,
				   int64_t *expire_ms)
{
	struct slice text = roster_pool_bytes(&pools->traits, card->skills);
	if (*at >= text.len)
		return NULL;
	memcpy(expire_ms, text.ptr + *at, sizeof(*expire_ms));
	const char *name = (const char *)text.ptr + *at + sizeof(*expire_ms);
	*at += sizeof(*expire_ms) + strlen(name) + 1;
	return name;
}

const char *roster_card_next_going(const struct roster_card *card, const struct roster_pools *pools, size_t *at)
{
	struct slice text = roster_pool_bytes(&pools->traits, card->going);
	if (*at >= text.len)
		return NULL;
	const char *building_id = (const char *)text.ptr + *at;
	*at += strlen(building_id) + 1;
	return building_id;
}

bool roster_card_goes_to(const struct roster_card *card, const struct roster_pools *pools, const char *building_id)
{
	size_t at = 0;
	const char *going_to = NULL;
	if (card->going == 0 || building_id[0] == '\0')
		return false;
	do
		going_to = roster_card_next_going(card, pools, &at);
	while (going_to != NULL && strcmp(going_to, building_id) != 0);
	return going_to != NULL;
}

static const struct week *week_of(const struct roster_card *card, const struct roster_pools *pools, size_t *n_shifts)
{
	struct slice week = roster_pool_bytes(&pools->traits, card->duty);
	*n_shifts = week.len == 0 ? 0 : (week.len - WEEK_HEAD_BYTES) / SHIFT_BYTES;
	return (const void *)week.ptr;
}

bool roster_card_on_duty(const struct roster_card *card, const struct roster_pools *pools, unsigned hour)
{
	size_t n;
	const struct week *week = week_of(card, pools, &n);
	bool on_duty = n == 0;
	for (size_t i = 0; i < n && !on_duty; i++)
		on_duty = week->shifts[i].from_min < 60 * (hour + 1) && week->shifts[i].to_min > 60 * hour;
	return on_duty;
}

bool roster_card_shift(const struct roster_card *card, const struct roster_pools *pools, uint32_t minute, Shift *shift)
{
	size_t n;
	const struct week *week = week_of(card, pools, &n);
	for (size_t i = 0; i < n; i++) {
		if (minute < week->shifts[i].from_min || minute >= week->shifts[i].to_min)
			continue;
		shift->from_min = week->shifts[i].from_min;
		shift->to_min = week->shifts[i].to_min;
		return true;
	}
	return false;
}

static void show_skills(const struct roster_card *card, const struct roster_pools *pools, struct arena *a,
			MemberRecord *out)
{
	size_t at = 0;
	int64_t expire_ms;
	const char *name;
	if (card->skills == 0)
		return;
	out->skills = arena_array(a, MAX_SKILLS, sizeof(Skill *));
	while ((name = roster_card_next_skill(card, pools, &at, &expire_ms)) != NULL) {
		Skill *skill = out->skills[out->n_skills++] = ARENA_NEW(a, Skill);
		Skill_init(skill);
		skill->name = (char *)(uintptr_t)name;
		skill->expire_ms = expire_ms;
	}
}

static void show_week(const struct roster_card *card, const struct roster_pools *pools, struct arena *a,
		      MemberRecord *out)
{
	size_t n;
	const struct week *week = week_of(card, pools, &n);
	if (card->duty == 0)
		return;
	out->quiet = ARENA_NEW(a, QuietHours);
	QuietHours_init(out->quiet);
	out->quiet->from_min = week->quiet_from_min;
	out->quiet->to_min = week->quiet_to_min;
	out->shifts = arena_array(a, n, sizeof(Shift *));
	Shift *shifts = arena_array(a, n, sizeof(*shifts));
	for (; out->n_shifts < n; out->n_shifts++) {
		Shift *shift = out->shifts[out->n_shifts] = &shifts[out->n_shifts];
		Shift_init(shift);
		shift->from_min = week->shifts[out->n_shifts].from_min;
		shift->to_min = week->shifts[out->n_shifts].to_min;
	}
}

MemberRecord roster_card_serving(const struct roster_card *card, const struct roster_pools *pools)
{
	MemberRecord out;
	MemberRecord_init(&out);
	if (card->serving == 0)
		return out;
	out.grid_id = (char *)(uintptr_t)roster_pool_bytes(&pools->serving, card->serving).ptr;
	out.home_community_id = out.grid_id + strlen(out.grid_id) + 1;
	out.linked_unit_id = out.home_community_id + strlen(out.home_community_id) + 1;
	return out;
}

static char *show_id(struct arena *a, const struct short_id *id)
{
	char *out = arena_alloc(a, ID_CHARS + 1);
	short_id_text(id, out);
	return out;
}

MemberRecord *roster_card_member(const struct roster_card *card, const struct roster_pools *pools, struct arena *a)
{
	MemberRecord *out = ARENA_NEW(a, MemberRecord);
	*out = roster_card_serving(card, pools);
	out->id = (char *)(uintptr_t)card->id;
	out->kind = (MemberKind)card->kind;
	out->building_id = show_id(a, &card->building);
	out->household_id = show_id(a, &card->household);
	out->paused_until_ms = card->paused_until_ms;
	out->holding_cap = card->holding_cap;
	out->inactive = card->inactive;
	show_skills(card, pools, a, out);
	show_week(card, pools, a, out);
	return out;
}

void roster_brief_load(const struct roster_brief *brief, LoadRecord *out)
{
	out->at_ms = brief->load_at_ms;
	out->jobs_milli = brief->jobs_milli;
	out->offers_milli = brief->offers_milli;
	out->stars_sum = brief->stars_sum;
	out->ratings = brief->ratings;
}

LoadRecord roster_card_load(const struct roster_card *card, const struct roster_brief *brief,
			    const struct roster_pools *pools, struct arena *a)
{
	LoadRecord out;
	size_t at = 0;
	const char *building_id;
	LoadRecord_init(&out);
	roster_brief_load(brief, &out);
	out.member_id = (char *)(uintptr_t)card->id;
	out.holding = card->holding;
	out.offers_day = card->offers_day;
	out.day_offers = card->day_offers;
	out.season_jobs_milli = card->season_jobs_milli;
	out.asked_milli = card->asked_milli;
	out.yes_milli = card->yes_milli;
	out.offered = card->offered;
	out.accepted = card->accepted;
	if (card->going != 0)
		out.going_to = arena_array(a, LIMIT_GOING_TO, sizeof(*out.going_to));
	while ((building_id = roster_card_next_going(card, pools, &at)) != NULL)
		out.going_to[out.n_going_to++] = (char *)(uintptr_t)building_id;
	return out;
}
