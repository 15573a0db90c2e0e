#include "domain/worth.h"

#include <math.h>

enum { MINUTE_MS = 60 * 1000 };
/* What is seen around it counts as a third of the orders' time seen in the cell itself, and elsewhere as as much
 * around it; before anything was seen anywhere one of ten is used in a tenth of it. */
static const double PRIOR_SPANS = 1.0 / 3, FIRST_SPANS = 0.1, FIRST_USED = 0.1;

/* Of one kind, orders or members, somewhere. */
struct side {
	double at_risk_ms[WORTH_STEPS], used[WORTH_STEPS], left[WORTH_STEPS];
	double worth_ms[WORTH_STEPS + 1]; /* at the beginning of each step, and at the end */
};

struct area {
	uint32_t cell;
	bool ready; /* its worth is known */
	struct side orders, members;
};

struct outlook {
	double step_ms, prior_ms, first_ms, price_ms;
	double did;    /* the share of those asked that did what they were asked */
	bool waits;    /* the wait counts */
	double end_ms; /* the worth when the time is over */
};

struct worth {
	double minute_m;
	struct outlook orders, members;
	struct area *cells; /* in which anything was seen, by number */
	size_t n_cells;
	struct area all;
	struct area *unseen; /* the one looked at last */
};

bool worth_counts(const Policy *policy)
{
	return policy->weights->worth_m > 0;
}

/* --- from the end --- */

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

/* Where the first cell from that number on stands. */
static size_t cell_from(const struct worth *w, int64_t cell)
{
	size_t low = 0, high = w->n_cells;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (w->cells[middle].cell < cell)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_side(struct side *to, const struct side *side)
{
	for (size_t i = 0; i < WORTH_STEPS; i++) {
		to->at_risk_ms[i] += side->at_risk_ms[i];
		to->used[i] += side->used[i];
	}
}

/* Those who are within a walk of each other have the same people to choose from: all that was seen among them. */
static void look_around(const struct worth *w, uint32_t cell, struct area *around)
{
	for (int row = -WORTH_NEAR_CELLS; row <= WORTH_NEAR_CELLS; row++) {
		int64_t last = worth_beside(cell, row, WORTH_NEAR_CELLS);
		size_t i = cell_from(w, worth_beside(cell, row, -WORTH_NEAR_CELLS));
		for (; i < w->n_cells && w->cells[i].cell <= last; i++) {
			add_side(&around->orders, &w->cells[i].orders);
			add_side(&around->members, &w->cells[i].members);
		}
	}
}

static void look_at(const struct worth *w, struct area *area)
{
	struct area around = {.cell = area->cell};
	look_around(w, area->cell, &around);
	look_back(&w->orders, &area->orders, &around.orders, &w->all.orders);
	look_back(&w->members, &area->members, &around.members, &w->all.members);
	area->ready = true;
}

/* A window asks for few of a town's cells: each is made ready when it is. */
static const struct area *area_of(const struct worth *w, uint32_t cell)
{
	size_t i = cell_from(w, cell);
	bool seen = i < w->n_cells && w->cells[i].cell == cell;
	struct area *area = seen ? &w->cells[i] : w->unseen;
	if (!seen && area->cell != cell)
		*area = (struct area){.cell = cell};
	if (!area->ready)
		look_at(w, area);
	return area;
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
	struct area *cell = &w->cells[w->n_cells++];
	cell->cell = place->cell;
	take_side(&cell->orders, place->orders);
	take_side(&cell->members, place->members);
	take_side(&w->all.orders, place->orders);
	take_side(&w->all.members, place->members);
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
	w->unseen = ARENA_NEW(a, struct area);
	for (size_t i = 0; i < known->n_places; i++)
		take_place(w, known->places[i]);
	double asked = (double)known->asked_milli, refused = fmin((double)known->refused_milli, asked);
	w->orders = (struct outlook){
	    .step_ms = order_ms / WORTH_STEPS,
	    .prior_ms = PRIOR_SPANS * order_ms,
	    .first_ms = FIRST_SPANS * order_ms,
	    /* One who cost nothing counts among them. */
	    .price_ms = mean(known->prices_ms, known->prices_milli + WORTH_ONE_MILLI),
	    .did = asked > 0 ? (asked - refused) / asked : 1,
	    .waits = true,
	    .end_ms = (double)weights->lost_m * MINUTE_MS / w->minute_m,
	};
	w->members = w->orders;
	/* Who has no hours is taken to be there for as long as an order waits. */
	if (known->members_milli > 0)
		w->members.step_ms = mean(known->members_ms, known->members_milli) / WORTH_STEPS;
	w->members.waits = false;
	w->members.end_ms = 0;
	return w;
}

/* --- looking up --- */

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
