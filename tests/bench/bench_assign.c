/*
 * What it costs to decide a batch: 2,000 orders and 5,000 members on 6 by 6 km, each order with an edge to the 64
 * members who are the cheapest for it by distance and load. Once spread evenly, once with half of the orders in one
 * housing estate, where all want the same people. Prints JSON with the milliseconds of the solver (edges given) and
 * what it found beside the greedy plan.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "domain/assign.h"

enum { ORDERS = 2000, MEMBERS = 5000, EDGES = 64, TRIES = 7, SIDE_M = 6000, ESTATE_M = 400, AGE_M = 6000 };

static uint64_t dice = 1;

static uint32_t roll(uint32_t below)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((dice >> 33) % below);
}

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct edge {
	int64_t cost;
	uint32_t member;
};

static int cheaper(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

struct batch {
	struct assign_problem p;
	uint32_t first[ORDERS + 1], members[ORDERS * EDGES];
	int64_t costs[ORDERS * EDGES], waiting[ORDERS];
};

static void fill(struct batch *b, bool crowded)
{
	static struct edge all[MEMBERS];
	static int32_t at[MEMBERS][2], load_m[MEMBERS];
	for (size_t j = 0; j < MEMBERS; j++) {
		at[j][0] = (int32_t)roll(SIDE_M);
		at[j][1] = (int32_t)roll(SIDE_M);
		load_m[j] = (int32_t)roll(500);
	}
	for (uint32_t i = 0; i < ORDERS; i++) {
		bool estate = crowded && i % 2 == 0;
		int32_t x = (int32_t)roll(estate ? ESTATE_M : SIDE_M), y = (int32_t)roll(estate ? ESTATE_M : SIDE_M);
		int64_t age_m = roll(AGE_M);
		for (uint32_t j = 0; j < MEMBERS; j++)
			all[j] = (struct edge){(int64_t)hypot(x - at[j][0], y - at[j][1]) + load_m[j] - age_m, j};
		qsort(all, MEMBERS, sizeof(all[0]), cheaper);
		b->first[i + 1] = (i + 1) * EDGES;
		b->waiting[i] = 2 * AGE_M;
		for (uint32_t e = 0; e < EDGES; e++) {
			b->members[i * EDGES + e] = all[e].member;
			b->costs[i * EDGES + e] = all[e].cost;
		}
	}
	b->p = (struct assign_problem){ORDERS, MEMBERS, b->first, b->members, b->costs, b->waiting};
}

static void measure(struct arena *a, const struct batch *b, const char *name, bool last)
{
	struct assign_plan plan, greedy;
	double best_ms = 1e9;
	for (int i = 0; i < TRIES; i++) {
		arena_reset(a);
		double since_ms = now_ms();
		if (assign_solve(a, &b->p, UINT64_MAX, &plan) != OK)
			exit(1);
		double took_ms = now_ms() - since_ms;
		best_ms = took_ms < best_ms ? took_ms : best_ms;
	}
	if (assign_greedy(a, &b->p, &greedy) != OK)
		exit(1);
	printf("\"%s_ms\": %.3f, \"%s_edges\": %d, \"%s_steps\": %llu, \"%s_served\": %u, \"%s_cost_m\": %lld, "
	       "\"%s_greedy_served\": %u, \"%s_greedy_cost_m\": %lld%s",
	       name, best_ms, name, ORDERS * EDGES, name, (unsigned long long)plan.steps, name, plan.n_served, name,
	       (long long)plan.cost, name, greedy.n_served, name, (long long)greedy.cost, last ? "}\n" : ", ");
}

int main(void)
{
	static struct batch even, crowded;
	struct arena a;
	arena_init(&a, 64 << 20);
	fill(&even, false);
	fill(&crowded, true);
	printf("{");
	measure(&a, &even, "batch", false);
	measure(&a, &crowded, "batch_crowded", true);
	arena_free(&a);
	return 0;
}
