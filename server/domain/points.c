#include "domain/points.h"

#include "domain/config.h"
#include "domain/policy.h"

#define ISSUANCE "issuance"

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

static MovementRecord *movement(struct scene *s, MovementKind kind, uint32_t amount, const char *debit,
				const char *credit, const char *order_id)
{
	MovementRecord *m = ARENA_NEW(s->arena, MovementRecord);
	MovementRecord_init(m);
	m->kind = kind;
	m->at_ms = s->now_ms;
	m->amount = amount;
	m->debit = (char *)debit;
	m->credit = (char *)credit;
	m->order_id = (char *)order_id;
	return m;
}

static const char *provisional_of(struct scene *s, const AccountRecord *account)
{
	return arena_printf(s->arena, "%s/provisional", account->member_id);
}

MovementRecord *points_provide(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t *issuance_delta)
{
	if (amount == 0)
		return NULL;
	account->provisional += amount;
	*issuance_delta -= amount;
	return movement(s, MOVEMENT_KIND_EARNED, amount, ISSUANCE, provisional_of(s, account), order_id);
}

MovementRecord *points_settle(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount)
{
	if (amount == 0)
		return NULL;
	account->provisional -= amount;
	account->available += amount;
	return movement(s, MOVEMENT_KIND_SETTLED, amount, provisional_of(s, account), account->member_id, order_id);
}

MovementRecord *points_bonus(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			     int64_t *issuance_delta)
{
	if (amount == 0)
		return NULL;
	account->available += amount;
	*issuance_delta -= amount;
	return movement(s, MOVEMENT_KIND_BONUS, amount, ISSUANCE, account->member_id, order_id);
}

MovementRecord *points_reverse(struct scene *s, AccountRecord *account, const char *order_id, uint32_t amount,
			       int64_t *issuance_delta)
{
	if (amount == 0)
		return NULL;
	account->provisional -= amount;
	*issuance_delta += amount;
	return movement(s, MOVEMENT_KIND_REVERSED, amount, provisional_of(s, account), ISSUANCE, order_id);
}
