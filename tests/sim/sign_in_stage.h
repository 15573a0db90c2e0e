/*
 * sign_in_stage: a town with people at its desks, on either store.
 */
#ifndef PAIDAN_TESTS_SIGN_IN_STAGE_H
#define PAIDAN_TESTS_SIGN_IN_STAGE_H

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "domain/throttle.h"
#include "must.h"
#include "pb/pb_message.h"
#include "redis_fixture.h"
#include "txn/store_redis.h"
#include "txn/totp.h"
#include "world.h"

#define PASSWORD "a lantern on the hill"
#define OTHER_PASSWORD "two lanterns on a hill"

enum { SIDE = 2, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, HASH_MS = 400 };

#define REQUEST(w, Type, name) Type *name = PB_NEW(world_arena(w), Type)

struct desk {
	struct fixture f;
	struct store *redis; /* NULL: the memory store */
	struct world *w;
	struct town town;
};

void pump(void *arg);

/* The store keeps a pointer to what is in it: the desk stays where it is. */
void desk_open(struct desk *d, void **state, size_t cache_bytes);
void desk_close(struct desk *d);
#define SIGNED_IN(token_) ((struct who){.key = (token_), .peer = "192.0.2.1"})

extern const struct who anybody;

/* --- steps --- */

struct job {
	Role role;
	const char *node_id;
};

CreateOperatorResponse *create(struct desk *d, struct who by, const char *name, const struct job *jobs, size_t n);
struct world_reply redeem(struct desk *d, const char *invite, const char *password);

struct world_reply login_from(struct desk *d, const char *peer, const char *name, const char *password,
			      const char *code);

struct world_reply login(struct desk *d, const char *name, const char *password, const char *code);
LoginResponse *account(struct desk *d, const char *name, const struct job *jobs, size_t n);
LoginResponse *operator_of(struct desk *d, const char *name, const char *node_id);

enum err self(struct desk *d, const char *token);

struct world_reply board(struct desk *d, const char *token, const char *node_id);
void waive_factor(struct desk *d);
extern bool on_redis;

#define BOTH(test) cmocka_unit_test(test), cmocka_unit_test_prestate(test, &on_redis)

#endif
