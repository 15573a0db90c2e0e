#include "domain/points.h"

#include "domain/config.h"
#include "domain/policy.h"

uint32_t points_earned(const Category *category, const OrderRecord *order, const MemberRecord *member,
		       uint32_t duration_min)
{
	const PointsRule *rule = category->points;
	if (rule == NULL || rule->none || order->complaint)
		return 0;
	if (member->household_id[0] != '\0' && strcmp(member->household_id, order->household_id) == 0)
		return 0;
	uint32_t quarters = duration_min / 15 + (duration_min % 15 != 0);
	return rule->per_order + rule->per_quarter_hour * quarters;
}

uint32_t points_cap(struct scene *s, const Category *category, AccountRecord *account, uint32_t amount)
{
	int32_t today = policy_local_day(s->config->policy, s->now_ms);
	if (account->day != today) {
		account->day = today;
		account->day_earned = 0;
	}
	uint32_t cap = category->points == NULL ? 0 : category->points->daily_cap;
	if (cap != 0) {
		uint32_t left = account->day_earned >= cap ? 0 : cap - account->day_earned;
		amount = amount < left ? amount : left;
	}
	account->day_earned += amount;
	return amount;
}

static MovementRecord *movement(struct scene *s, MovementKind kind, uint32_t amount, uint32_t bonus,
				const char *order_id)
{
	MovementRecord *m = ARENA_NEW(s->arena, MovementRecord);
	MovementRecord_init(m);
	m->kind = kind;
	m->amount = amount;
	m->bonus = bonus;
	m->order_id = (char *)order_id;
	return m;
}

MovementRecord *points_provide(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t *issuance_delta)
{
	if (amount == 0)
		return NULL;
	account->provisional += amount;
	*issuance_delta -= amount;
	return movement(s, MOVEMENT_KIND_EARNED, amount, 0, order_id);
}

MovementRecord *points_settle(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			      uint32_t bonus, int64_t *issuance_delta)
{
	if (amount == 0 && bonus == 0)
		return NULL;
	account->provisional -= amount;
	account->available += (int64_t)amount + bonus;
	*issuance_delta -= bonus;
	return movement(s, MOVEMENT_KIND_SETTLED, amount, bonus, order_id);
}

MovementRecord *points_reverse(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t earned_ms, int64_t *issuance_delta)
{
	if (amount == 0)
		return NULL;
	if (account->day == policy_local_day(s->config->policy, earned_ms))
		account->day_earned -= amount < account->day_earned ? amount : account->day_earned;
	account->provisional -= amount;
	*issuance_delta += amount;
	return movement(s, MOVEMENT_KIND_REVERSED, amount, 0, order_id);
}

MovementRecord *points_restore(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t earned_ms, int64_t *issuance_delta)
{
	if (account->day == policy_local_day(s->config->policy, earned_ms))
		account->day_earned += amount;
	return points_provide(s, account, order_id, amount, issuance_delta);
}

#define ISSUANCE "issuance"

static Movement *shown(struct arena *a, const MovementRecord *m, MovementKind kind, uint32_t amount, const char *debit,
		       const char *credit)
{
	Movement *out = ARENA_NEW(a, Movement);
	Movement_init(out);
	out->kind = kind;
	out->amount = amount;
	out->debit = (char *)debit;
	out->credit = (char *)credit;
	out->order_id = m->order_id;
	return out;
}

size_t points_movements(struct arena *a, const MovementRecord *m, const char *member_id, Movement *out[2])
{
	const char *provisional = arena_printf(a, "%s/provisional", member_id);
	size_t n = 0;
	switch (m->kind) {
	case MOVEMENT_KIND_EARNED:
		out[n++] = shown(a, m, m->kind, m->amount, ISSUANCE, provisional);
		break;
	case MOVEMENT_KIND_REVERSED:
		out[n++] = shown(a, m, m->kind, m->amount, provisional, ISSUANCE);
		break;
	case MOVEMENT_KIND_SETTLED:
		if (m->bonus != 0)
			out[n++] = shown(a, m, MOVEMENT_KIND_BONUS, m->bonus, ISSUANCE, member_id);
		if (m->amount != 0)
			out[n++] = shown(a, m, m->kind, m->amount, provisional, member_id);
		break;
	case MOVEMENT_KIND_BONUS: /* part of SETTLED */
	case MOVEMENT_KIND_UNSPECIFIED:
		break;
	}
	return n;
}
