#include "domain/worth_seen.h"

#include <math.h>

#include "base/limits.h"
#include "domain/order.h"
#include "domain/policy.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	LEARN_LEAST_MS = 30 * SECOND_MS,
	LEARN_MOST_MS = 10 * MINUTE_MS,
	LEARNS_PER_SPAN = 20,
	/* What was seen fades to a third in so many of the orders' times. */
	LIFE_SPANS = 3,
	/* From a pole to the equator; and a few for the rounding. */
	QUARTER_TURN_CELLS = 90000000 / WORTH_CELL_E6 + WORTH_NEAR_CELLS + 1,
	TURN_CELLS = 4 * QUARTER_TURN_CELLS,
};
/* All that found no room. */
#define ELSEWHERE UINT32_MAX
/* Thirty years: sums of them stay below 2^63. */
#define PRICE_MAX_MS INT64_C(1000000000000)

/* --- stays --- */

struct worth_stay worth_stay_of_order(struct scene *s, const OrderRecord *order)
{
	const DispatchMode *mode = policy_mode(s->config->policy, order->urgency);
	bool searches = mode->search_ms > 0;
	int64_t span_ms = searches ? mode->search_ms : order_service_ms(order);
	int64_t from_ms = searches ? order->placed_ms : order_due_ms(order) - span_ms;
	struct worth_stay stay = {.point = {order->lat_e6, order->lon_e6}, .span_ms = span_ms < 1 ? 1 : span_ms};
	stay.passed_ms = s->now_ms - s->now_ms % SECOND_MS - from_ms;
	if (stay.passed_ms < 0)
		stay.passed_ms = 0;
	if (stay.passed_ms > stay.span_ms)
		stay.passed_ms %= stay.span_ms;
	return stay;
}

struct worth_stay worth_stay_of_member(struct scene *s, const MemberRecord *member)
{
	return worth_stay_on(s, (struct geo_point){member->lat_e6, member->lon_e6},
			     match_shift(s->config->policy, member, s->now_ms));
}

struct worth_stay worth_stay_on(const struct scene *s, struct geo_point home, const Shift *shift)
{
	struct worth_stay stay = {.point = home};
	if (shift == NULL)
		return stay;
	int64_t minutes = (int64_t)policy_minute_of_week(s->config->policy, s->now_ms) - shift->from_min;
	stay.span_ms = ((int64_t)shift->to_min - shift->from_min) * MINUTE_MS;
	stay.passed_ms = minutes * MINUTE_MS + s->now_ms % MINUTE_MS - s->now_ms % SECOND_MS;
	return stay;
}

double worth_stay_steps(const struct worth_stay *stay)
{
	if (stay->span_ms <= 0)
		return 0;
	return WORTH_STEPS * fmin((double)stay->passed_ms / (double)stay->span_ms, 1);
}

/* --- spots --- */

static uint32_t cells_from(int64_t e6, int64_t cells)
{
	return (uint32_t)((e6 + cells * WORTH_CELL_E6) / WORTH_CELL_E6);
}

struct worth_spot worth_spot(const struct worth_stay *stay)
{
	uint32_t lat = cells_from(stay->point.lat_e6, QUARTER_TURN_CELLS),
		 lon = cells_from(stay->point.lon_e6, 2 * QUARTER_TURN_CELLS), step = (uint32_t)worth_stay_steps(stay);
	return (struct worth_spot){.cell = lat * TURN_CELLS + lon,
				   .step = step < WORTH_STEPS ? step : WORTH_STEPS - 1,
				   .span_ms = stay->span_ms};
}

int64_t worth_beside(uint32_t cell, int rows, int columns)
{
	return (int64_t)cell + (int64_t)rows * TURN_CELLS + columns;
}

/* --- what is seen --- */

static WorthSideRecord *new_side(struct arena *a)
{
	WorthSideRecord *side = ARENA_NEW(a, WorthSideRecord);
	WorthSideRecord_init(side);
	side->at_risk_ms = arena_array(a, WORTH_STEPS, sizeof(*side->at_risk_ms));
	side->used_milli = arena_array(a, WORTH_STEPS, sizeof(*side->used_milli));
	side->left_milli = arena_array(a, WORTH_STEPS, sizeof(*side->left_milli));
	side->n_at_risk_ms = side->n_used_milli = side->n_left_milli = WORTH_STEPS;
	return side;
}

bool worth_is_whole(const WorthSideRecord *side)
{
	return side != NULL && side->n_at_risk_ms == WORTH_STEPS && side->n_used_milli == WORTH_STEPS &&
	       side->n_left_milli == WORTH_STEPS;
}

void worth_seen_init(struct arena *a, WorthRecord *seen, int64_t now_ms)
{
	WorthRecord_init(seen);
	seen->at_ms = now_ms;
	seen->places = arena_array(a, LIMIT_WORTH_CELLS + 1, sizeof(*seen->places));
}

/* Where it stands, or would stand. */
static size_t index_of(const WorthRecord *record, uint32_t cell)
{
	size_t low = 0, high = record->n_places;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (record->places[middle]->cell < cell)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The record has room for one more. */
static WorthPlaceRecord *place_of(struct arena *a, WorthRecord *record, uint32_t cell)
{
	if (record->n_places >= LIMIT_WORTH_CELLS) {
		size_t at = index_of(record, cell);
		if (at == record->n_places || record->places[at]->cell != cell)
			cell = ELSEWHERE;
	}
	size_t at = index_of(record, cell);
	if (at < record->n_places && record->places[at]->cell == cell)
		return record->places[at];
	WorthPlaceRecord *place = ARENA_NEW(a, WorthPlaceRecord);
	WorthPlaceRecord_init(place);
	place->cell = cell;
	place->orders = new_side(a);
	place->members = new_side(a);
	memmove(record->places + at + 1, record->places + at, (record->n_places - at) * sizeof(*record->places));
	record->places[at] = place;
	record->n_places++;
	return place;
}

static void note_order(WorthRecord *seen, const struct worth_spot *spot)
{
	seen->orders_ms += (uint64_t)spot->span_ms;
	seen->orders_milli += WORTH_ONE_MILLI;
}

void worth_order_waited(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, int64_t ms)
{
	place_of(a, seen, spot->cell)->orders->at_risk_ms[spot->step] += (uint64_t)ms;
	note_order(seen, spot);
}

void worth_member_waited(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, int64_t ms)
{
	place_of(a, seen, spot->cell)->members->at_risk_ms[spot->step] += (uint64_t)ms;
	seen->members_ms += (uint64_t)spot->span_ms;
	seen->members_milli += spot->span_ms > 0 ? WORTH_ONE_MILLI : 0;
}

void worth_order_asked(struct arena *a, WorthRecord *seen, const struct worth_spot *spot)
{
	place_of(a, seen, spot->cell)->orders->used_milli[spot->step] += WORTH_ONE_MILLI;
	note_order(seen, spot);
	seen->asked_milli += WORTH_ONE_MILLI;
}

void worth_member_asked(struct arena *a, WorthRecord *seen, const struct worth_spot *spot)
{
	place_of(a, seen, spot->cell)->members->used_milli[spot->step] += WORTH_ONE_MILLI;
}

void worth_member_left(struct arena *a, WorthRecord *seen, const struct worth_spot *spot, uint32_t n)
{
	place_of(a, seen, spot->cell)->members->left_milli[spot->step] += (uint64_t)n * WORTH_ONE_MILLI;
}

void worth_refused(WorthRecord *seen)
{
	seen->refused_milli += WORTH_ONE_MILLI;
}

void worth_price(WorthRecord *seen, int64_t minute_m, int64_t price_m)
{
	double ms = minute_m > 0 ? -(double)price_m * MINUTE_MS / (double)minute_m : 0;
	seen->prices_ms += (uint64_t)fmin(fmax(ms, 0), (double)PRICE_MAX_MS);
	seen->prices_milli += WORTH_ONE_MILLI;
}

/* --- learning --- */

static int64_t mean_ms(uint64_t sum_ms, uint64_t n_milli)
{
	return n_milli == 0 ? 0 : (int64_t)((double)sum_ms * WORTH_ONE_MILLI / (double)n_milli);
}

static int64_t due_after_ms(const WorthRecord *seen)
{
	int64_t after_ms = mean_ms(seen->orders_ms, seen->orders_milli) / LEARNS_PER_SPAN;
	if (after_ms < LEARN_LEAST_MS)
		return LEARN_LEAST_MS;
	return after_ms > LEARN_MOST_MS ? LEARN_MOST_MS : after_ms;
}

bool worth_is_due(const WorthRecord *seen, int64_t now_ms)
{
	return now_ms - seen->at_ms >= due_after_ms(seen);
}

int64_t worth_seen_ms(const WorthRecord *seen, int64_t now_ms)
{
	int64_t passed_ms = now_ms - seen->at_ms, most_ms = 2 * due_after_ms(seen);
	if (passed_ms < 0)
		return 0;
	return passed_ms > most_ms ? most_ms : passed_ms;
}

/* Rounded down, so that all of it goes in the end. */
static void fade(uint64_t *sum, double left)
{
	*sum = (uint64_t)((double)*sum * left);
}

/* Whether anything is left. */
static bool fade_side(WorthSideRecord *side, double left)
{
	uint64_t any = 0;
	for (size_t i = 0; i < WORTH_STEPS; i++) {
		fade(&side->at_risk_ms[i], left);
		fade(&side->used_milli[i], left);
		fade(&side->left_milli[i], left);
		any |= side->at_risk_ms[i] | side->used_milli[i] | side->left_milli[i];
	}
	return any != 0;
}

/* Leaves room for so many places more. What a record of another shape has is not taken over. */
static void fade_places(struct arena *a, WorthRecord *known, double left, size_t more)
{
	WorthPlaceRecord **former = known->places;
	size_t n = known->n_places;
	known->places = arena_array(a, n + more, sizeof(*known->places));
	known->n_places = 0;
	for (size_t i = 0; i < n; i++) {
		WorthPlaceRecord *place = former[i];
		if (!worth_is_whole(place->orders) || !worth_is_whole(place->members))
			continue;
		bool orders = fade_side(place->orders, left), members = fade_side(place->members, left);
		if (orders || members)
			known->places[known->n_places++] = place;
	}
}

static void add_side(WorthSideRecord *into, const WorthSideRecord *side)
{
	for (size_t i = 0; i < WORTH_STEPS; i++) {
		into->at_risk_ms[i] += side->at_risk_ms[i];
		into->used_milli[i] += side->used_milli[i];
		into->left_milli[i] += side->left_milli[i];
	}
}

void worth_add(struct arena *a, WorthRecord *into, const WorthRecord *seen)
{
	for (size_t i = 0; i < seen->n_places; i++) {
		WorthPlaceRecord *place = place_of(a, into, seen->places[i]->cell);
		add_side(place->orders, seen->places[i]->orders);
		add_side(place->members, seen->places[i]->members);
	}
	into->orders_ms += seen->orders_ms;
	into->orders_milli += seen->orders_milli;
	into->members_ms += seen->members_ms;
	into->members_milli += seen->members_milli;
	into->prices_ms += seen->prices_ms;
	into->prices_milli += seen->prices_milli;
	into->asked_milli += seen->asked_milli;
	into->refused_milli += seen->refused_milli;
}

static void fade_sums(WorthRecord *known, double left)
{
	uint64_t *const sums[] = {&known->orders_ms, &known->orders_milli, &known->members_ms,  &known->members_milli,
				  &known->prices_ms, &known->prices_milli, &known->asked_milli, &known->refused_milli};
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		fade(sums[i], left);
}

void worth_learn(struct arena *a, WorthRecord *known, const WorthRecord *seen, int64_t now_ms)
{
	double life_ms = LIFE_SPANS * (double)mean_ms(known->orders_ms, known->orders_milli);
	double left = life_ms > 0 && now_ms > known->at_ms ? exp(-(double)(now_ms - known->at_ms) / life_ms) : 1;
	fade_places(a, known, left, seen->n_places + 1);
	fade_sums(known, left);
	worth_add(a, known, seen);
	known->at_ms = now_ms;
	known->version++;
}
