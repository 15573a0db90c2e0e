#include "domain/worth.h"

#include <math.h>

enum { MINUTE_MS = 60 * 1000 };
/* What is seen in its quarter counts as a third of the orders' time seen in the cell itself, and elsewhere as as much
 * in the quarter; before anything was seen anywhere one of ten is used in a tenth of it. */
static const double PRIOR_SPANS = 1.0 / 3, FIRST_SPANS = 0.1, FIRST_USED = 0.1;

/* Of one kind, orders or members, somewhere. */
struct side {
	double at_risk_ms[WORTH_STEPS], used[WORTH_STEPS], left[WORTH_STEPS];
	double worth_ms[WORTH_STEPS + 1]; /* at the beginning of each step, and at the end */
};

struct area {
	uint32_t key; /* cell or quarter */
	struct side orders, members;
};

struct worth {
	double minute_m;
	struct area *cells, *quarters; /* cells by key */
	size_t n_cells, n_quarters;
	struct area all;
};

bool worth_counts(const Policy *policy)
{
	return policy->weights->worth_m > 0;
}

/* --- from the end --- */

struct outlook {
	double step_ms, prior_ms, first_ms, price_ms;
	double did;    /* the share of those asked that did what they were asked */
	bool waits;    /* the wait counts */
	double end_ms; /* the worth when the time is over */
};

/* What is so here, drawn to what is around, and that to elsewhere. */
struct surroundings {
	const struct side *here, *around, *elsewhere;
};

/* How likely one is used in a millisecond of that step. */
static double use_of(const struct outlook *o, const struct surroundings *s, size_t i)
{
	double usual = (s->elsewhere->used[i] + FIRST_USED) / (s->elsewhere->at_risk_ms[i] + o->first_ms);
	double near = (s->around->used[i] + usual * o->prior_ms) / (s->around->at_risk_ms[i] + o->prior_ms);
	return o->did * (s->here->used[i] + near * o->prior_ms) / (s->here->at_risk_ms[i] + o->prior_ms);
}

/* And goes: the same everywhere, for it is seldom. */
static double leave_of(const struct outlook *o, const struct surroundings *s, size_t i)
{
	return s->elsewhere->left[i] / (s->elsewhere->at_risk_ms[i] + o->first_ms);
}

/* Backwards from the end. Nothing is worth more than to be given up: what is left of its time, and being lost. */
static void look_back(const struct outlook *o, struct side *here, const struct side *around,
		      const struct side *elsewhere)
{
	struct surroundings s = {here, around, elsewhere};
	double later_ms = here->worth_ms[WORTH_STEPS] = o->end_ms;
	for (size_t i = WORTH_STEPS; i-- > 0;) {
		double use = use_of(o, &s, i), either = use + leave_of(o, &s, i);
		double stays = either > 0 ? exp(-either * o->step_ms) : 1;
		double used = either > 0 ? (1 - stays) * use / either : 0;
		double worth_ms = used * o->price_ms + stays * later_ms;
		if (o->waits)
			worth_ms = fmin(worth_ms + (either > 0 ? (1 - stays) / either : o->step_ms),
					o->step_ms * (double)(WORTH_STEPS - i) + o->end_ms);
		here->worth_ms[i] = later_ms = worth_ms;
	}
}

/* --- areas --- */

static struct area *quarter_of(const struct worth *w, uint32_t cell)
{
	uint32_t key = worth_quarter(cell);
	for (size_t i = 0; i < w->n_quarters; i++) {
		if (w->quarters[i].key == key)
			return &w->quarters[i];
	}
	return NULL;
}

static void take_side(struct side *side, const WorthSideRecord *seen)
{
	for (size_t i = 0; i < WORTH_STEPS; i++) {
		side->at_risk_ms[i] += (double)seen->at_risk_ms[i];
		side->used[i] += (double)seen->used_milli[i] / WORTH_ONE_MILLI;
		side->left[i] += (double)seen->left_milli[i] / WORTH_ONE_MILLI;
	}
}

static void take_place(struct worth *w, const WorthPlaceRecord *place)
{
	if (!worth_is_whole(place->orders) || !worth_is_whole(place->members))
		return;
	struct area *quarter = quarter_of(w, place->cell), *cell = &w->cells[w->n_cells++];
	if (quarter == NULL) {
		quarter = &w->quarters[w->n_quarters++];
		quarter->key = worth_quarter(place->cell);
	}
	cell->key = place->cell;
	struct area *const areas[] = {cell, quarter, &w->all};
	for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		take_side(&areas[i]->orders, place->orders);
		take_side(&areas[i]->members, place->members);
	}
}

/* Cells by what was seen there, quarters and all by what somebody there has of whom nothing else is known. */
static void look_at_all(struct worth *w, const struct outlook *orders, const struct outlook *members)
{
	for (size_t i = 0; i < w->n_cells; i++) {
		struct area *cell = &w->cells[i], *quarter = quarter_of(w, cell->key);
		look_back(orders, &cell->orders, &quarter->orders, &w->all.orders);
		look_back(members, &cell->members, &quarter->members, &w->all.members);
	}
	for (size_t i = 0; i < w->n_quarters; i++) {
		look_back(orders, &w->quarters[i].orders, &w->all.orders, &w->all.orders);
		look_back(members, &w->quarters[i].members, &w->all.members, &w->all.members);
	}
	look_back(orders, &w->all.orders, &w->all.orders, &w->all.orders);
	look_back(members, &w->all.members, &w->all.members, &w->all.members);
}

static double mean(uint64_t sum, uint64_t n_milli)
{
	return n_milli == 0 ? 0 : (double)sum * WORTH_ONE_MILLI / (double)n_milli;
}

struct worth *worth_new(struct arena *a, const WorthRecord *known, const DispatchWeights *weights)
{
	double order_ms = known == NULL ? 0 : mean(known->orders_ms, known->orders_milli);
	if (order_ms <= 0 || weights->worth_m <= 0)
		return NULL;
	struct worth *w = ARENA_NEW(a, struct worth);
	*w = (struct worth){.minute_m = (double)weights->worth_m};
	w->cells = arena_array(a, known->n_places, sizeof(*w->cells));
	w->quarters = arena_array(a, known->n_places, sizeof(*w->quarters));
	for (size_t i = 0; i < known->n_places; i++)
		take_place(w, known->places[i]);
	double asked = (double)known->asked_milli, refused = fmin((double)known->refused_milli, asked);
	struct outlook orders = {
	    .step_ms = order_ms / WORTH_STEPS,
	    .prior_ms = PRIOR_SPANS * order_ms,
	    .first_ms = FIRST_SPANS * order_ms,
	    /* One who cost nothing counts among them. */
	    .price_ms = mean(known->prices_ms, known->prices_milli + WORTH_ONE_MILLI),
	    .did = asked > 0 ? (asked - refused) / asked : 1,
	    .waits = true,
	    .end_ms = (double)weights->lost_m * MINUTE_MS / w->minute_m,
	};
	struct outlook members = orders;
	/* Who has no hours is taken to be there for as long as an order waits. */
	if (known->members_milli > 0)
		members.step_ms = mean(known->members_ms, known->members_milli) / WORTH_STEPS;
	members.waits = false;
	members.end_ms = 0;
	look_at_all(w, &orders, &members);
	return w;
}

/* --- looking up --- */

static const struct area *area_of(const struct worth *w, uint32_t key)
{
	size_t low = 0, high = w->n_cells;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (w->cells[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < w->n_cells && w->cells[low].key == key)
		return &w->cells[low];
	const struct area *quarter = quarter_of(w, key);
	return quarter == NULL ? &w->all : quarter;
}

static int64_t worth_m(const struct worth *w, const struct side *side, double steps)
{
	size_t i = (size_t)fmin(steps, WORTH_STEPS - 1);
	double ms = side->worth_ms[i] + (steps - (double)i) * (side->worth_ms[i + 1] - side->worth_ms[i]);
	return llround(fmin(ms / MINUTE_MS * w->minute_m, (double)WORTH_MAX_M));
}

int64_t worth_of_order_m(const struct worth *w, const struct worth_stay *stay)
{
	return worth_m(w, &area_of(w, worth_spot(stay).cell)->orders, worth_stay_steps(stay));
}

int64_t worth_of_member_m(const struct worth *w, const struct worth_stay *stay)
{
	return worth_m(w, &area_of(w, worth_spot(stay).cell)->members, worth_stay_steps(stay));
}
