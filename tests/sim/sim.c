/*
 * sim [--seed N] [--seconds N] [--rounds N]: the simulator: random people, a virtual clock, and after
 * every so many rounds the invariants of a broker. A failing run is repeated with the seed it printed.
 *
 * Five ways for each seed: one call at a time; with a record cache; overlapping on a slow store; and the first and the
 * last of them with windows, so that orders are decided together.
 * Exit: 0 fine, 1 an invariant was violated, 2 usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "invariants.h"
#include "player.h"
#include "watchman.h"

enum { CHECK_EVERY = 100, SLACK_MS = 1000, HOLDING_CAP = 3 };

struct way {
	const char *name;
	size_t cache_bytes;
	int64_t latency_ms;
	unsigned at_once;
	bool windows;
};

static unsigned check(struct world *w)
{
	struct arena a;
	arena_init(&a, SIZE_MAX / 2);
	unsigned bad = invariants_check(world_store(w), SLICE(WORLD_TENANT), &a, world_now_ms(w), SLACK_MS);
	arena_free(&a);
	return bad;
}

static unsigned run(uint64_t seed, const struct way *way, unsigned rounds)
{
	struct world *w = world_new(
	    &(struct world_options){.seed = seed, .cache_bytes = way->cache_bytes, .latency_ms = way->latency_ms});
	struct player *p = player_new(
	    w, seed,
	    &(struct player_options){.members = 14, .residents = 9, .at_once = way->at_once, .windows = way->windows});
	struct watchman *man = watchman_new(w, HOLDING_CAP, way->latency_ms * 4 + 1);
	unsigned bad = 0, i;
	for (i = 1; i <= rounds && bad == 0; i++) {
		player_round(p);
		player_pause(p);
		if (i % CHECK_EVERY == 0 || i == rounds) {
			world_advance(w, SLACK_MS); /* what was due has had its time */
			bad = check(w) + player_wrongs(p) + watchman_violations(man);
		}
	}
	const struct exec_stats *stats = exec_stats(world_exec(w));
	printf("seed %llu %-16s %u rounds, %zu orders, %u done, %u offers, %llu commits, %llu conflicts: %s\n",
	       (unsigned long long)seed, way->name, i - 1, player_orders(p), player_replies(p, OK),
	       watchman_offers(man), (unsigned long long)stats->commits, (unsigned long long)stats->conflicts,
	       bad == 0 ? "fine" : "FAILED");
	fflush(stdout);
	watchman_free(man);
	player_free(p);
	world_free(w);
	return bad;
}

int main(int argc, char **argv)
{
	static const struct way ways[] = {{"plain", 0, 0, 1, false},
					  {"cached", 1 << 20, 0, 1, false},
					  {"at once", 1 << 20, 20, 6, false},
					  {"windows", 0, 0, 1, true},
					  {"windows at once", 1 << 20, 20, 6, true}};
	uint64_t seed = 1;
	long seconds = 12;
	unsigned rounds = 1000, bad = 0;
	bool one_seed = false;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
			seed = strtoull(argv[i + 1], NULL, 10);
			one_seed = true;
		} else if (i + 1 < argc && strcmp(argv[i], "--seconds") == 0) {
			seconds = strtol(argv[i + 1], NULL, 10);
		} else if (i + 1 < argc && strcmp(argv[i], "--rounds") == 0) {
			rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
		} else {
			fprintf(stderr, "usage: sim [--seed N] [--seconds N] [--rounds N]\n");
			return 2;
		}
	}
	time_t until = time(NULL) + seconds;
	do {
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && bad == 0; i++)
			bad = run(seed, &ways[i], rounds);
		seed++;
	} while (bad == 0 && !one_seed && time(NULL) < until);
	return bad == 0 ? 0 : 1;
}
