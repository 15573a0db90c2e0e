#include "lab_opt.h"

#include <math.h>

#include "domain/assign.h"

#define NONE UINT32_MAX

struct matching {
	const struct lab_pairs *p;
	const bool *allowed;
	uint32_t *member_of, *order_of;
	uint32_t *level; /* of orders, from those without a member */
	uint32_t *queue;
	uint32_t *next; /* the pair that the search through an order looks at next */
	uint32_t *path;
	uint32_t n;
};

static bool is_allowed(const struct matching *m, uint32_t pair)
{
	return m->allowed == NULL || m->allowed[pair];
}

/* Levels by alternating paths; whether any reaches a free member. */
static bool find_levels(struct matching *m)
{
	uint32_t head = 0, tail = 0, free_level = NONE;
	for (uint32_t i = 0; i < m->p->n_orders; i++) {
		m->level[i] = m->member_of[i] == NONE ? 0 : NONE;
		m->next[i] = m->p->first[i];
		if (m->level[i] == 0)
			m->queue[tail++] = i;
	}
	while (head < tail) {
		uint32_t order = m->queue[head++];
		if (m->level[order] >= free_level)
			break;
		for (uint32_t e = m->p->first[order]; e < m->p->first[order + 1]; e++) {
			if (!is_allowed(m, e))
				continue;
			uint32_t other = m->order_of[m->p->members[e]];
			if (other == NONE) {
				free_level = m->level[order];
			} else if (m->level[other] == NONE) {
				m->level[other] = m->level[order] + 1;
				m->queue[tail++] = other;
			}
		}
	}
	return free_level != NONE;
}

/* Gives the orders of the path their new members, from its end. */
static void turn(struct matching *m, uint32_t depth, uint32_t member)
{
	for (;;) {
		uint32_t order = m->path[depth], former = m->member_of[order];
		m->member_of[order] = member;
		m->order_of[member] = order;
		if (depth == 0)
			return;
		member = former;
		depth--;
	}
}

/* A path along the levels from the order to a free member. */
static bool augment(struct matching *m, uint32_t root)
{
	uint32_t depth = 0;
	m->path[0] = root;
	for (;;) {
		uint32_t order = m->path[depth], e = m->next[order];
		if (e == m->p->first[order + 1]) {
			m->level[order] = NONE;
			if (depth == 0)
				return false;
			m->next[m->path[--depth]]++;
			continue;
		}
		uint32_t member = m->p->members[e], other = m->order_of[member];
		if (!is_allowed(m, e)) {
			m->next[order]++;
		} else if (other == NONE) {
			turn(m, depth, member);
			return true;
		} else if (m->level[other] == m->level[order] + 1) {
			m->path[++depth] = other;
		} else {
			m->next[order]++;
		}
	}
}

static uint32_t *nones(struct arena *a, uint32_t n)
{
	uint32_t *out = arena_array(a, n, sizeof(*out));
	if (n > 0)
		memset(out, 0xff, (size_t)n * sizeof(*out));
	return out;
}

/* The most pairs; the last search for levels reached all that can be reached from orders without a member. */
static struct matching match_most(struct arena *a, const struct lab_pairs *p, const bool *allowed)
{
	struct matching m = {.p = p, .allowed = allowed};
	m.member_of = nones(a, p->n_orders);
	m.order_of = nones(a, p->n_members);
	m.level = nones(a, p->n_orders);
	m.queue = nones(a, p->n_orders);
	m.next = nones(a, p->n_orders);
	m.path = nones(a, p->n_orders);
	while (find_levels(&m)) {
		for (uint32_t i = 0; i < p->n_orders; i++)
			m.n += m.member_of[i] == NONE && augment(&m, i);
	}
	return m;
}

uint32_t lab_opt_count(struct arena *a, const struct lab_pairs *p, const bool *allowed)
{
	struct arena_mark mark = arena_mark(a);
	uint32_t n = match_most(a, p, allowed).n;
	arena_rewind(a, mark);
	return n;
}

bool *lab_opt_cover(struct arena *a, const struct lab_pairs *p, const bool *allowed)
{
	bool *covers = arena_array(a, p->n_orders, sizeof(*covers));
	struct arena_mark mark = arena_mark(a);
	struct matching m = match_most(a, p, allowed);
	for (uint32_t i = 0; i < p->n_orders; i++)
		covers[i] = m.level[i] == NONE;
	arena_rewind(a, mark);
	return covers;
}

double lab_opt_value(struct arena *a, const struct lab_pairs *p, const double *values, const bool *allowed)
{
	static const double SCALE = 1e4;
	struct arena_mark mark = arena_mark(a);
	uint32_t *first = arena_array(a, (size_t)p->n_orders + 1, sizeof(*first)), n = 0;
	uint32_t *members = arena_array(a, p->first[p->n_orders], sizeof(*members));
	int64_t *costs = arena_array(a, p->first[p->n_orders], sizeof(*costs));
	for (uint32_t i = 0; i < p->n_orders; i++) {
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++) {
			if (allowed != NULL && !allowed[e])
				continue;
			members[n] = p->members[e];
			costs[n++] = -llround(values[e] * SCALE);
		}
		first[i + 1] = n;
	}
	struct assign_problem problem = {
	    .n_orders = p->n_orders,
	    .n_members = p->n_members,
	    .first = first,
	    .members = members,
	    .costs = costs,
	    .waiting = arena_array(a, p->n_orders, sizeof(int64_t)),
	};
	struct assign_plan plan = {0};
	double value = assign_solve(a, &problem, UINT64_MAX, &plan) == OK ? -(double)plan.cost / SCALE : NAN;
	arena_rewind(a, mark);
	return value;
}

double lab_opt_each(const struct lab_pairs *p, const double *values, const bool *allowed)
{
	double sum = 0;
	for (uint32_t i = 0; i < p->n_orders; i++) {
		double best = 0;
		for (uint32_t e = p->first[i]; e < p->first[i + 1]; e++) {
			if (allowed == NULL || allowed[e])
				best = fmax(best, values == NULL ? 1 : values[e]);
		}
		sum += best;
	}
	return sum;
}
