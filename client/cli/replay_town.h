/*
 * replay_town: the tenant that a replay plays in: grids, categories, policy, members and residents.
 *
 * Grids are grouped into communities by the first half of their codes when that gives a handful of groups
 * ("0113": ward 01), otherwise they are one community. Every `type` of request is a category; its urgency is
 * guessed from its words. Two more categories: one needs a skill that nobody has (what is not the community's to
 * serve, and the desk rejects), one a skill that only pickers have: every TOWN_PICKER_EVERY-th volunteer has paused,
 * is offered nothing and takes from the pool what they like. A building with a few households and their residents
 * stands in each grid.
 *
 * Nouns: a town is the ids of all that.
 * Ownership: texts lie in the arena. Errors: false, and `error` says why.
 */
#ifndef PAIDAN_CLI_REPLAY_TOWN_H
#define PAIDAN_CLI_REPLAY_TOWN_H

#include "bench_tenant.h"
#include "replay_data.h"

enum { TOWN_RESIDENTS_PER_GRID = 4, TOWN_PICKER_EVERY = 25 };
enum town_extra { TOWN_BEYOND, TOWN_PICKED, TOWN_EXTRAS };

struct town_policy {
	int64_t offer_ttl_ms, auto_close_ms, pool_ttl_ms;
	bool pickers;
};

struct town {
	const char **grid_ids;
	const char **member_ids;
	const char **resident_ids; /* TOWN_RESIDENTS_PER_GRID for each grid */
	const char **category_ids; /* of the kinds, then of the extras */
	const char **titles;       /* of the kinds, as long as a title may be */
	size_t n_grids, n_members;
};

bool town_build(struct arena *a, struct rpcs *r, const struct tenant_links *links, const struct replay_data *data,
		const struct town_policy *policy, struct town *town, struct rpc_error *error);

/* Pickers are the first of every TOWN_PICKER_EVERY members. */
size_t town_n_pickers(const struct town *town);
static inline bool town_is_picker(size_t member)
{
	return member % TOWN_PICKER_EVERY == 0;
}

/* From the words of a type: lights that are out can wait, what is dangerous can't. */
Urgency town_urgency(const char *type);

#endif
