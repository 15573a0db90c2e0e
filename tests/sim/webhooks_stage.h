/*
 * webhooks_stage: a town with webhooks and a receiver of the test.
 */
#ifndef PAIDAN_TESTS_WEBHOOKS_STAGE_H
#define PAIDAN_TESTS_WEBHOOKS_STAGE_H

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/lane.h"
#include "hook/courier.h"
#include "must.h"
#include "pb/pb_message.h"
#include "player.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"

enum { MAX_ARRIVALS = 20000, MAX_COURIERS = 64, EVENT_BYTES = 64, MINUTE_MS = 60000 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

/* --- a receiver --- */

enum mood { UP, DOWN, FLAKY, GONE, BUSY };

struct arrival {
	char event_id[EVENT_BYTES], subject[32], type[64];
	int64_t at_ms;
	unsigned signatures;
};

struct receiver {
	struct world *w;
	enum mood mood;
	const char *poison; /* a type that it never takes */
	unsigned epoch;     /* parcels of a courier that died are not answered */
	bool over;
	uint64_t dice;
	struct arrival arrivals[MAX_ARRIVALS];
	size_t n;
	size_t sent; /* tries begun */
	size_t under_way, most_under_way;
};

struct parcel {
	struct receiver *r;
	struct hook_parcel p;
	unsigned epoch;
};

uint64_t roll(struct receiver *r);
void copy_text(struct slice body, const char *key, char *to, size_t bytes);
void receive(struct receiver *r, const struct hook_parcel *p);
bool is_poison(const struct receiver *r, const struct hook_parcel *p);
struct hook_answer judge(struct receiver *r, const struct hook_parcel *p);
void arrive(void *arg);
bool send_parcel(void *arg, const struct hook_parcel *p);

/* --- a stage --- */

struct stage {
	struct fixture fixture;
	struct store *redis; /* NULL: memory */
	struct world *w;
	struct player *player;
	struct receiver *receiver;
	struct courier *courier, *dead[MAX_COURIERS];
	size_t n_dead;
	/* The player forgets what the world's arena holds. */
	char hook_id[16];
	char from[EVENT_BYTES]; /* the last event before the test */
};

void pump(void *arg);
void new_courier(struct stage *s);

/* The worker dies: what it had sent is answered to nobody. */
void kill_courier(struct stage *s);
void step(struct stage *s, int64_t ms);
void run_for(struct stage *s, int64_t ms, int64_t each_ms);
struct stage *stage_new(uint64_t seed, bool redis);
void stage_free(struct stage *s);
void new_hook(struct stage *s);
GetWebhookResponse *get_hook(struct stage *s);
void play(struct stage *s, unsigned rounds, bool deadly);

/* Every event behind `from` arrived, and of each subject the first arrivals came in the order of the events. */
size_t assert_all_arrived(struct stage *s);
bool arrived_before(const struct receiver *r, size_t at);

/* A first arrival is later in the log than all that arrived before of the same subject. */
void assert_in_order(const struct receiver *r);
void note_last_event(struct stage *s);

/* Lets it go on until nothing waits. */
void drain(struct stage *s, int64_t each_ms, unsigned most);

#endif
