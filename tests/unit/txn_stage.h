/*
 * txn_stage: a town and the requests that the tests of the executor make.
 */
#ifndef PAIDAN_TESTS_TXN_STAGE_H
#define PAIDAN_TESTS_TXN_STAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "must.h"
#include "pb/pb_message.h"
#include "world.h"

enum { SIDE = 3 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

/* A town with one member, one resident and one order that is offered to the member. */
struct stage {
	struct world *w;
	struct town town;
	char *member, *resident, *order;
};

struct stage stage(uint64_t seed, size_t cache_bytes, int64_t latency_ms);
struct world_reply accept(struct stage *s, const char *request_id);
struct world_reply cancel(struct stage *s, const char *request_id, const char *etag);
struct world_reply note(struct stage *s, const char *request_id);

#endif
