/*
 * watch_stage: watchers that write down what they hear, and a town in which there is something to hear.
 */
#ifndef PAIDAN_TESTS_WATCH_STAGE_H
#define PAIDAN_TESTS_WATCH_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "must.h"
#include "pb/pb_message.h"
#include "txn/watch.h"
#include "world.h"

enum { SIDE = 3, MAX_HEARD = 2000 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct heard {
	char position[64];
	EventKind kind;
	char order_id[16];
	OrderState state;
};

struct watcher {
	struct exec_watch *watch;
	bool opened, ended;
	enum err err;        /* of opening or ending */
	unsigned stop_after; /* unwatches itself inside that message; 0: never */
	bool stop_when_opened, stopped;
	char begins[64]; /* where; "": not told */
	struct heard heard[MAX_HEARD];
	size_t n;
};

void watch(struct world *w, struct watcher *me, struct who who, const char *path, const void *request,
	   const char *after);
struct watcher *watcher(struct world *w);
void watch_board(struct world *w, struct watcher *me, const char *after);

/* What there is to hear: the order events of the log itself. */
struct watcher *read_log(struct world *w);
/* me heard all of it from `from` on, each once, in order. */
void assert_heard(const struct watcher *me, const struct watcher *all, size_t from);

struct stage {
	struct world *w;
	struct town town;
	char *members[3], *resident, *order;
};

struct stage stage(uint64_t seed, int64_t latency_ms);
/* Something to hear: entries of one and of many events. */
void some_life(struct stage *s, unsigned orders);

#endif
