/*
 * assign: which order goes to which member, decided for all together: exact sparse minimum-cost assignment.
 *
 * Nouns: an edge says that an order may go to a member, and what that costs; an order that goes to nobody costs its
 * `waiting`; a plan gives each member at most one order, and the exact plan has the least sum of costs there is. A step
 * is one edge looked at: the budget counts them, for rules know no clock.
 * Method: successive shortest augmenting paths over reduced costs, begun by rounds of bids (Jonker & Volgenant 1987,
 * the augmenting row reduction). Edges that are sorted by cost within an order are looked at less.
 * A long solution can be taken in turns (assign_begin, assign_go_on, assign_end), for whoever has other things to do
 * too. When the budget is spent the plan is greedy: orders in the order they were given (oldest first), each to the
 * cheapest member left. It says so. Ownership: problem and plan are the caller's; all memory comes from the arena.
 * Errors: ERR_TOO_LARGE: a cost, a count or an edge beyond the bounds below.
 */
#ifndef PAIDAN_DOMAIN_ASSIGN_H
#define PAIDAN_DOMAIN_ASSIGN_H

#include "base/arena.h"
#include "base/err.h"

/* Sums over paths of as many orders stay far below 2^63. */
#define ASSIGN_COST_MAX (INT64_C(1) << 36)
enum { ASSIGN_ORDERS_MAX = 1 << 24 };
#define ASSIGN_NOBODY UINT32_MAX

struct assign_problem {
	uint32_t n_orders, n_members;
	/* Order i has the edges first[i] up to, not including, first[i + 1]; n_orders + 1 of them. */
	const uint32_t *first;
	const uint32_t *members; /* of each edge */
	const int64_t *costs;    /* of each edge, within ±ASSIGN_COST_MAX */
	const int64_t *waiting;  /* of each order, likewise */
};

struct assign_plan {
	uint32_t *members; /* of each order; ASSIGN_NOBODY */
	int64_t cost;      /* of all of it, waiting included */
	/* What each adds to the cost, the duals of the exact plan, whose sum is its cost: cost - order - member >= 0
	 * for every edge, and 0 for those of the plan; waiting - order >= 0; a member's is never positive, and 0 of
	 * those who are left over. NULL when the plan is greedy. */
	const int64_t *order_prices, *member_prices;
	uint32_t n_served;
	bool greedy; /* the budget was spent: not the exact plan */
	uint64_t steps;
};

enum err assign_solve(struct arena *a, const struct assign_problem *problem, uint64_t budget, struct assign_plan *plan);
/* The same in turns: each looks at so many edges, or a few more, until there is nothing left to do (true). The solver
 * lies in the arena and borrows the problem; its end comes after the last turn. */
struct assign_solver;
enum err assign_begin(struct arena *a, const struct assign_problem *problem, uint64_t budget,
		      struct assign_solver **solver);
bool assign_go_on(struct assign_solver *solver, uint64_t steps);
void assign_end(struct assign_solver *solver, struct assign_plan *plan);

/* The plan of the overload: in one pass over the edges. */
enum err assign_greedy(struct arena *a, const struct assign_problem *problem, struct assign_plan *plan);

#endif
