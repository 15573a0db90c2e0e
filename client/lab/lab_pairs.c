#include "lab_pairs.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_SIDE = 1024 };

/* Members by cell and, within, by time; `first` of each cell as in the pairs. */
struct cells {
	double low_x, low_y, width;
	int64_t columns, rows;
	uint32_t *first, *members;
	double longest_s; /* that a member is there */
};

bool lab_pair_feasible(const struct lab_trace *t, const struct lab_order *o, const struct lab_member *m)
{
	return !lab_is_over(t, fmin(o->until_s, m->until_s), fmax(o->at_s, m->at_s)) && lab_distance(o, m) <= m->reach;
}

static int64_t clamp(double value, int64_t n)
{
	return value < 0 ? 0 : value >= (double)n ? n - 1 : (int64_t)value;
}

static int64_t cell_of(const struct cells *c, const struct lab_member *m)
{
	return clamp((m->y - c->low_y) / c->width, c->rows) * c->columns +
	       clamp((m->x - c->low_x) / c->width, c->columns);
}

static void measure(struct cells *c, const struct lab_trace *t)
{
	double high_x = -INFINITY, high_y = -INFINITY, reach = 0;
	c->low_x = c->low_y = INFINITY;
	for (uint32_t i = 0; i < t->n_members; i++) {
		const struct lab_member *m = &t->members[i];
		c->low_x = fmin(c->low_x, m->x);
		c->low_y = fmin(c->low_y, m->y);
		high_x = fmax(high_x, m->x);
		high_y = fmax(high_y, m->y);
		reach = fmax(reach, m->reach);
		c->longest_s = fmax(c->longest_s, m->until_s - m->at_s);
	}
	double across = fmax(high_x - c->low_x, high_y - c->low_y);
	c->width = fmax(fmax(reach, across / MAX_SIDE), 1e-9);
	c->columns = 1 + (int64_t)((high_x - c->low_x) / c->width);
	c->rows = 1 + (int64_t)((high_y - c->low_y) / c->width);
}

static void fill(struct arena *a, struct cells *c, const struct lab_trace *t)
{
	size_t n = (size_t)(c->columns * c->rows);
	c->first = arena_array(a, n + 1, sizeof(*c->first));
	c->members = arena_array(a, t->n_members, sizeof(*c->members));
	uint32_t *next = arena_array(a, n + 1, sizeof(*next));
	for (uint32_t i = 0; i < t->n_members; i++)
		c->first[cell_of(c, &t->members[i]) + 1]++;
	for (size_t i = 0; i < n; i++)
		next[i + 1] = c->first[i + 1] += c->first[i];
	for (uint32_t i = 0; i < t->n_members; i++)
		c->members[next[cell_of(c, &t->members[i])]++] = i;
}

struct finding {
	const struct lab_trace *t;
	struct cells cells;
	uint32_t *members; /* of the order at hand; as many as there are members at most */
	uint32_t n;
};

static void look_into(struct finding *f, const struct lab_order *o, int64_t cell)
{
	uint32_t low = f->cells.first[cell], high = f->cells.first[cell + 1], end = high;
	double earliest_s = o->at_s - f->cells.longest_s;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (f->t->members[f->cells.members[middle]].at_s < earliest_s)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end; low++) {
		uint32_t m = f->cells.members[low];
		if (lab_is_over(f->t, o->until_s, f->t->members[m].at_s))
			break;
		if (lab_pair_feasible(f->t, o, &f->t->members[m]))
			f->members[f->n++] = m;
	}
}

static int rising(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void look_around(struct finding *f, const struct lab_order *o)
{
	const struct cells *c = &f->cells;
	int64_t x = (int64_t)floor((o->x - c->low_x) / c->width), y = (int64_t)floor((o->y - c->low_y) / c->width);
	f->n = 0;
	for (int64_t row = y - 1; row <= y + 1; row++) {
		for (int64_t column = x - 1; column <= x + 1; column++) {
			if (row >= 0 && column >= 0 && row < c->rows && column < c->columns)
				look_into(f, o, row * c->columns + column);
		}
	}
	qsort(f->members, f->n, sizeof(*f->members), rising);
}

struct lab_pairs lab_pairs_find(struct arena *a, const struct lab_trace *t)
{
	struct lab_pairs p = {.n_orders = t->n_orders, .n_members = t->n_members};
	struct finding f = {.t = t};
	p.first = arena_array(a, (size_t)t->n_orders + 1, sizeof(*p.first));
	if (t->n_members == 0)
		return p;
	measure(&f.cells, t);
	fill(a, &f.cells, t);
	f.members = arena_array(a, t->n_members, sizeof(*f.members));
	size_t room = 1024;
	uint32_t *all = malloc(room * sizeof(*all));
	for (uint32_t i = 0; i < t->n_orders; i++) {
		look_around(&f, &t->orders[i]);
		while (all != NULL && p.first[i] + (size_t)f.n > room) {
			room *= 2;
			all = realloc(all, room * sizeof(*all));
		}
		if (all == NULL)
			abort();
		if (f.n > 0)
			memcpy(all + p.first[i], f.members, f.n * sizeof(*all));
		p.first[i + 1] = p.first[i] + f.n;
	}
	size_t n = p.first[t->n_orders];
	p.members = arena_copy(a, all, n * sizeof(*all));
	free(all);
	p.distances = arena_array(a, n, sizeof(*p.distances));
	for (uint32_t i = 0; i < t->n_orders; i++) {
		for (uint32_t e = p.first[i]; e < p.first[i + 1]; e++)
			p.distances[e] = (float)lab_distance(&t->orders[i], &t->members[p.members[e]]);
	}
	return p;
}
