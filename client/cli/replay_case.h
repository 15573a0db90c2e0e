/*
 * replay_case: what a replay knows of its orders while it plays them.
 *
 * Nouns: a case is one order as its client knows it: its phase, and how many writes of each kind the server has
 * acknowledged; a case is parked while it waits for time to pass (an offer that is left to expire, a closing
 * unrated), otherwise active. The concurrency bounds the active ones.
 * Ownership: what a play is given is borrowed; a case that ends frees what it has of its own.
 * Errors: refusals that the rules make ("already taken") are counted by reason; others are errors and are told.
 */
#ifndef PAIDAN_CLI_REPLAY_CASE_H
#define PAIDAN_CLI_REPLAY_CASE_H

#include "bench_ids.h"
#include "replay_dice.h"
#include "replay_town.h"

/* Writes, by the kind of entry that each leaves in the order's timeline. */
enum play_ack {
	ACK_PLACED,
	ACK_DECLINED,
	ACK_ACCEPTED,
	ACK_STARTED,
	ACK_COMPLETED,
	ACK_RATED,
	ACK_CANCELLED,
	ACK_REJECTED,
	ACK_HELD,
	ACK_COUNT
};

enum case_phase {
	CASE_NEW,
	CASE_PLACING,
	CASE_SEEKING,  /* wants a member */
	CASE_WORKING,  /* has one */
	CASE_HELD,     /* until a time or until the desk says so */
	CASE_RATING,   /* done; to be rated, or to close by itself */
	CASE_UNSERVED, /* nobody wanted it */
	CASE_OVER,     /* closed, cancelled or rejected */
};

struct play_case {
	char id[BENCH_ID_BYTES];
	uint8_t phase;
	uint8_t plan;
	bool parked;
	bool accepted_once, pool_tried, planned; /* planned: the plan was carried out or refused */
	uint8_t calls;                           /* in flight */
	uint16_t rounds;                         /* begun: 1 and the reworks */
	uint16_t wait_ms;                        /* silence after which it is read */
	uint16_t acks[ACK_COUNT];
	uint32_t member; /* who holds it */
	uint64_t placed_ns, touched_ns;
	uint64_t *answered; /* offers that were answered or ignored */
	uint16_t n_answered, room_answered;
};

enum { PLAY_REASONS = 24 };

struct play_reason {
	char reason[48];
	uint64_t n;
};

struct play_counts {
	uint64_t placed, outside, offers, silences, lost_races, grabs, holds, reworks, unrated, resyncs, streams,
	    events;
	uint64_t errors;
};

struct play_options {
	struct replay_chances chances;
	unsigned concurrency;
	uint32_t stall_ms; /* nothing happens for that long: it ends as it is */
	/* Called a few times a second. */
	void (*progress)(void *arg, size_t placed, size_t over, size_t n);
	void (*error)(void *arg, const char *what, const struct rpc_error *error);
	void *arg;
};

struct play {
	struct rpcs *rpcs;
	const struct tenant_links *links;
	const struct replay_data *data;
	const struct town *town;
	struct play_options options;
	struct play_case *cases;
	size_t n, next, active, over;
	size_t first_open; /* all before are over */
	struct ids ids;
	struct ids members; /* by id, their numbers */
	struct call *watch;
	char after[64];
	struct event *tick, *watch_again;
	uint64_t started_ns, ended_ns, progress_ns;
	bool stalled;
	size_t resyncing;
	uint64_t ticks;
	struct hist accept_times;
	struct play_reason refusals[PLAY_REASONS];
	struct play_counts counts;
};

uint64_t play_now_ns(void);
/* Ends the program when it is false that memory was had: nothing of a replay can be saved. */
void play_need_memory(bool had);

/* The case goes on by itself or with an event. */
void case_park(struct play *p, struct play_case *c, bool parked);
/* News of it is expected. soon: at once; otherwise when time has passed. */
void case_expect(struct play_case *c, bool soon);
void case_end(struct play *p, struct play_case *c, enum case_phase phase);

#endif
