/*
 * bench_life: full lifecycles, many at once: place, offered by dispatch, accept, start, complete, rate.
 *
 * Nouns: a life is one order on its way, in one of the slots; the window is the time that is measured, after the
 * warm-up. Who was offered is heard on the stream of events, as a backend would, or asked for with GetOrder a few
 * milliseconds later. Ownership: everything given is borrowed; life_free. Errors: refusals are counted, the first is
 * kept.
 */
#ifndef PAIDAN_CLI_BENCH_LIFE_H
#define PAIDAN_CLI_BENCH_LIFE_H

#include "bench_ids.h"
#include "replay_town.h"

struct life_options {
	unsigned in_flight;
	double warmup_s, seconds;
	uint64_t lifecycles; /* stop after that many; 0: by time */
	double rate;         /* begun per second; 0: whenever there is room */
	uint64_t prefill;    /* placed and offered before, and left so */
	unsigned board;      /* a page of the board for every so many lives; 0: none */
	bool poll;
	/* Called when the warm-up is over; NULL: nobody wants to know. */
	void (*on_window)(void *arg);
	void *on_window_arg;
};

struct life_result {
	double seconds;
	uint64_t begun, closed, offers, writes; /* in the window; writes: acknowledged RPCs that commit */
	uint64_t polls, errors, skipped;        /* skipped: a beginning was due and all slots were taken */
	struct rpc_error first_error;
	double prefill_s;
};

struct life_run;

struct life_run *life_new(struct rpcs *r, const struct tenant_links *links, const struct town *town,
			  const struct replay_data *data, const struct life_options *options);
void life_go(struct life_run *run, struct life_result *result);
void life_free(struct life_run *run);

#endif
