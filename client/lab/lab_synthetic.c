#include "lab_synthetic.h"

#include <math.h>

#include "lab_coins.h"

enum { CENTRES = 64, DAY_S = 24 * 3600, ORDER_S = 600, MEMBER_S = 300, REACH_M = 1500, PARTNERS = 30, GRID_SIDE = 24 };
enum { DRAW_CENTRE = 1, DRAW_TIME, DRAW_PLACE };

static double draw(uint64_t seed, uint64_t what, uint64_t i, uint64_t k)
{
	return lab_uniform(seed + what, i, k);
}

/* Two thirds of the day's orders come about 9 and 18 o'clock. */
static double moment(uint64_t seed, uint64_t i)
{
	double u = draw(seed, DRAW_TIME, i, 0), v = draw(seed, DRAW_TIME, i, 1), w = draw(seed, DRAW_TIME, i, 2);
	if (u < 1.0 / 3)
		return floor(v * DAY_S);
	double peak_s = u < 2.0 / 3 ? 9 * 3600 : 18 * 3600;
	return floor(fmin(fmax(peak_s + (v + w - 1) * 3 * 3600, 0), DAY_S - 1));
}

/* Half of all places are near a centre. */
static void place(uint64_t seed, uint64_t i, double side_m, double *x, double *y)
{
	double u = draw(seed, DRAW_PLACE, i, 0), v = draw(seed, DRAW_PLACE, i, 1), w = draw(seed, DRAW_PLACE, i, 2);
	*x = v * side_m;
	*y = w * side_m;
	if (u >= 0.5)
		return;
	uint64_t centre = (uint64_t)(u * 2 * CENTRES);
	double cx = draw(0, DRAW_CENTRE, centre, 0) * side_m, cy = draw(0, DRAW_CENTRE, centre, 1) * side_m;
	*x = floor(cx + (*x - cx) / 4);
	*y = floor(cy + (*y - cy) / 4);
}

void lab_synthetic_day(struct arena *a, uint32_t n_orders, uint64_t seed, struct lab_trace *t)
{
	/* Members whose time meets that of an order, on the whole town; so many of them shall be in reach. */
	double meet = (double)n_orders * (ORDER_S + MEMBER_S) / DAY_S;
	double side_m = fmax(REACH_M, sqrt(meet / PARTNERS * 3.14159 * REACH_M * REACH_M));
	*t = (struct lab_trace){
	    .dataset = "synthetic", .unit_m = 1, .n_orders = n_orders, .n_members = n_orders, .closed = true};
	t->orders = arena_array(a, n_orders, sizeof(*t->orders));
	t->members = arena_array(a, n_orders, sizeof(*t->members));
	for (uint32_t i = 0; i < n_orders; i++) {
		struct lab_order *o = &t->orders[i];
		struct lab_member *m = &t->members[i];
		o->at_s = moment(seed, 2 * (uint64_t)i);
		o->until_s = o->at_s + ORDER_S;
		o->pay = 1;
		place(seed, 2 * (uint64_t)i, side_m, &o->x, &o->y);
		m->at_s = moment(seed, 2 * (uint64_t)i + 1);
		m->until_s = m->at_s + MEMBER_S;
		m->reach = REACH_M;
		m->rate = 1;
		place(seed, 2 * (uint64_t)i + 1, side_m, &m->x, &m->y);
	}
	lab_trace_sort(t);
	lab_trace_square_grids(t, GRID_SIDE);
}
