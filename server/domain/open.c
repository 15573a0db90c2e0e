#include "domain/open.h"

#include "domain/policy.h"

enum {
	DELAY_HOURS = 24,
	FEW_ORDERS = 5,
	/* Below it whoever knows of one order knows of the others. */
	FEW_AT_LEAST = 3,
	/* 1970-01-01 was a Thursday. */
	FIRST_MONDAY = 4,
};

#define HOUR_MS INT64_C(3600000)

bool open_published(const Policy *p)
{
	return p->open != NULL && p->open->published;
}

uint32_t open_delay_hours(const Policy *p)
{
	return p->open == NULL || p->open->delay_hours == 0 ? DELAY_HOURS : p->open->delay_hours;
}

uint32_t open_few_orders(const Policy *p)
{
	uint32_t few = p->open == NULL || p->open->few_orders == 0 ? FEW_ORDERS : p->open->few_orders;
	return few < FEW_AT_LEAST ? FEW_AT_LEAST : few;
}

int32_t open_week_day(int32_t week)
{
	return FIRST_MONDAY + week * OPEN_WEEK_DAYS;
}

int64_t open_told_ms(const Policy *p, int32_t week)
{
	return policy_day_start_ms(p, open_week_day(week + 1)) + open_delay_hours(p) * HOUR_MS;
}

int32_t open_last_week(const Policy *p, int64_t now_ms)
{
	int32_t week = (policy_local_day(p, now_ms - open_delay_hours(p) * HOUR_MS) - FIRST_MONDAY) / OPEN_WEEK_DAYS;
	return week - 1;
}

bool open_is_small(const RateCounts *c, uint32_t few)
{
	return (c->placed > 0 && c->placed < few) || (c->valid > 0 && c->valid < few);
}

void open_sum(RateCounts *sum, const RateCounts *c)
{
	sum->placed += c->placed;
	sum->valid += c->valid;
	sum->contacted += c->contacted;
	sum->late += c->late;
	sum->solved += c->solved;
	sum->satisfied += c->satisfied;
	sum->basically_satisfied += c->basically_satisfied;
	sum->dissatisfied += c->dissatisfied;
}

static uint64_t weight(const RateCounts *c)
{
	return c->placed + c->valid;
}

/* The smallest that is neither empty nor pooled; n: there is none. */
static size_t next_smallest(const RateCounts *const *grids, size_t n, const bool *pooled)
{
	size_t best = n;
	for (size_t i = 0; i < n; i++) {
		if (!pooled[i] && weight(grids[i]) > 0 && (best == n || weight(grids[i]) < weight(grids[best])))
			best = i;
	}
	return best;
}

bool open_pool(const RateCounts *const *grids, size_t n, uint32_t few, bool *pooled)
{
	RateCounts pool = RateCounts_INIT;
	size_t n_pooled = 0;
	for (size_t i = 0; i < n; i++) {
		pooled[i] = open_is_small(grids[i], few);
		if (pooled[i]) {
			open_sum(&pool, grids[i]);
			n_pooled++;
		}
	}
	while (n_pooled == 1 || open_is_small(&pool, few)) {
		size_t next = next_smallest(grids, n, pooled);
		if (next == n)
			return false;
		pooled[next] = true;
		open_sum(&pool, grids[next]);
		n_pooled++;
	}
	return true;
}

static uint32_t share_e4(uint64_t tenths, uint64_t closed)
{
	return closed == 0 ? 0 : (uint32_t)((tenths * 1000 + closed / 2) / closed);
}

void open_tell(const RateCounts *c, OpenFigures *out)
{
	out->placed = c->placed;
	out->closed = c->valid;
	out->answered = c->contacted;
	out->in_time = c->valid - c->late;
	out->solved = c->solved;
	out->satisfied = c->satisfied;
	out->basically_satisfied = c->basically_satisfied;
	out->dissatisfied = c->dissatisfied;
	out->answered_e4 = share_e4(10 * c->contacted, c->valid);
	out->in_time_e4 = share_e4(10 * out->in_time, c->valid);
	out->solved_e4 = share_e4(10 * c->solved, c->valid);
	out->satisfied_e4 = share_e4(10 * c->satisfied + 9 * c->basically_satisfied, c->valid);
}
