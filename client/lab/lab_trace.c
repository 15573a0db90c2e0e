#include "lab_trace.h"

#include <math.h>
#include <stdlib.h>

static int order_by_time(const void *a, const void *b)
{
	const struct lab_order *x = a, *y = b;
	if (x->at_s != y->at_s)
		return x->at_s < y->at_s ? -1 : 1;
	/* Whatever order the file has them in: the same trace gives the same run. */
	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	return x->y != y->y ? (x->y < y->y ? -1 : 1) : (x->pay > y->pay) - (x->pay < y->pay);
}

static int member_by_time(const void *a, const void *b)
{
	const struct lab_member *x = a, *y = b;
	if (x->at_s != y->at_s)
		return x->at_s < y->at_s ? -1 : 1;
	if (x->x != y->x)
		return x->x < y->x ? -1 : 1;
	return x->y != y->y ? (x->y < y->y ? -1 : 1) : (x->rate > y->rate) - (x->rate < y->rate);
}

void lab_trace_sort(struct lab_trace *t)
{
	qsort(t->orders, t->n_orders, sizeof(*t->orders), order_by_time);
	qsort(t->members, t->n_members, sizeof(*t->members), member_by_time);
}

struct squares {
	double low_x, low_y, across, up;
	unsigned side;
};

/* Members outside belong to the nearest. */
static uint32_t square_of(const struct squares *s, double x, double y)
{
	double across = s->across > 0 ? (x - s->low_x) / s->across : 0, up = s->up > 0 ? (y - s->low_y) / s->up : 0;
	double last = s->side - 1;
	unsigned column = (unsigned)fmin(fmax(across * s->side, 0), last);
	unsigned row = (unsigned)fmin(fmax(up * s->side, 0), last);
	return row * s->side + column;
}

void lab_trace_square_grids(struct lab_trace *t, unsigned side)
{
	double low_x = INFINITY, low_y = INFINITY, high_x = -INFINITY, high_y = -INFINITY;
	for (uint32_t i = 0; i < t->n_orders; i++) {
		low_x = fmin(low_x, t->orders[i].x);
		low_y = fmin(low_y, t->orders[i].y);
		high_x = fmax(high_x, t->orders[i].x);
		high_y = fmax(high_y, t->orders[i].y);
	}
	t->n_grids = side * side;
	struct squares s = {low_x, low_y, high_x - low_x, high_y - low_y, side};
	for (uint32_t i = 0; i < t->n_orders; i++)
		t->orders[i].grid = square_of(&s, t->orders[i].x, t->orders[i].y);
}

double lab_distance(const struct lab_order *order, const struct lab_member *member)
{
	return hypot(order->x - member->x, order->y - member->y);
}
