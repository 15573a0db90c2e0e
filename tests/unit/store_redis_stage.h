/*
 * store_redis_stage: a redis-server for a test, and commits to it.
 */
#ifndef PAIDAN_TESTS_STORE_REDIS_STAGE_H
#define PAIDAN_TESTS_STORE_REDIS_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "redis_fixture.h"
#include "store_probe.h"
#include "txn/envelope.h"
#include "txn/store_redis.h"
#include "txn/store_redis_internal.h"

struct world {
	struct fixture fixture;
	struct store *store;
	struct probe probe;
};

int set_up(void **state);
int tear_down(void **state);

/* --- kill -9 with commits under way --- */

enum { FLOW = 64, COMMITS = 6000, KILLS = 5 };

/* One commit that touches every kind of thing. */
struct flowing {
	struct flow *flow;
	struct store_commit commit;
	struct store_guard guard;
	struct store_write writes[5];
	char name[24];
	char second[24];
	uint8_t value[ENVELOPE_BYTES + 8];
	struct arena arena;
};

struct flow {
	struct world *world;
	struct flowing all[COMMITS];
	enum store_verdict verdicts[COMMITS];
	size_t next;
	size_t under_way;
	size_t until; /* stop issuing there */
	size_t counts[STORE_CORRUPT + 1];
};

void issue(struct flow *f);
;
void on_flow(struct store_commit *commit, enum store_verdict verdict);
void send_one(struct flow *f, struct flowing *x, size_t n);
void issue(struct flow *f);
bool flow_is_idle(void *arg);

#endif
