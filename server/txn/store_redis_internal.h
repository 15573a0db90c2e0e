/*
 * store_redis_internal: what the parts of store_redis share.
 *
 * Parts: store_redis.c (life, the small operations), _commit.c with _plan.c, _load.c, _follow.c.
 * Ownership: as in store_redis.h.
 * Errors: store_redis_verdict maps Redis' error replies.
 */
#ifndef PAIDAN_TXN_STORE_REDIS_INTERNAL_H
#define PAIDAN_TXN_STORE_REDIS_INTERNAL_H

#include "base/buf.h"
#include "redis/resp.h"
#include "redis/conn.h"
#include "txn/store_redis.h"
#include "txn/store_redis_plan.h"
#include "txn/store_redis_scripts.h"

struct follow_hub;

/* A commit that Redis has executed and whose replicas are still waited for. */
struct awaiting {
	struct store_commit *commit;
	enum store_verdict verdict;
};

/*
 * A connection for commits. Redis takes about 20 KB from a connection at a time and fsyncs after every
 * round over its connections: several of them, each with that much under way, share one fsync.
 */
enum { STORE_REDIS_LANES = 4, STORE_REDIS_LANE_BYTES = 16 * 1024 };

struct lane {
	struct store_redis *store;
	struct redis_conn *conn;
	struct awaiting *awaiting; /* oldest first */
	size_t n_awaiting;
	size_t awaiting_room;
	bool unasked; /* commits were sent since the last WAIT */
};

struct store_redis {
	struct store base;
	struct event_base *events;
	const struct redis_config *config;
	struct redis_conn *conn; /* for all but commits and followed logs */
	struct lane lanes[STORE_REDIS_LANES];
	bool was_ready;
	void (*on_ready)(void *arg, bool ready);
	void *on_ready_arg;
	struct buf prefix; /* "pd:{tenant}:" of the last tenant */
	struct slice prefix_tenant;
	struct plan plan;
	struct follow_hub *hub;
};

static inline struct store_redis *store_redis_of(struct store *store)
{
	return (struct store_redis *)store;
}

/* "pd:{tenant}:", valid until the next call with another tenant; empty without memory. */
struct slice store_redis_prefix(struct store_redis *s, struct slice tenant);
/* The tenant's key as a command's argument; without memory the command fails. */
void store_redis_key(struct store_redis *s, struct buf *out, struct slice tenant, struct slice key);
/* What an error reply means; drops all connections when it says that this is not the right server. */
enum store_verdict store_redis_verdict(struct store_redis *s, const struct redis_reply *error);
void store_redis_count(struct store_redis *s);

void store_redis_load(struct store *store, struct store_load *load);
void store_redis_commit(struct store *store, struct store_commit *commit);
/* The lane for the next commit: the first that Redis would not need another round for, so that few
 * commits use few connections. NULL: none is ready. */
struct lane *store_redis_lane(struct store_redis *s);
/* Sends a WAIT behind the commits that have none yet. */
void store_redis_ask_replicas(struct lane *lane);
void store_redis_lane_finish(struct lane *lane);

struct store_follower *store_redis_follow(struct store *store, struct slice tenant, struct slice key,
					  struct slice after, store_follow_fn *fn, void *arg);
void store_redis_unfollow(struct store_follower *follower);
/* The main connection is ready (again). */
void follow_hub_ready(struct follow_hub *hub);
void follow_hub_drop(struct follow_hub *hub, const char *reason);
void follow_hub_free(struct follow_hub *hub);

#endif
