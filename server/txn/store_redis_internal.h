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

struct store_redis {
	struct store base;
	struct event_base *events;
	const struct redis_config *config;
	struct redis_conn *conn;
	struct redis_conn *commit_conn; /* the same one unless there are replicas to wait for */
	bool was_ready;
	void (*on_ready)(void *arg, bool ready);
	void *on_ready_arg;
	struct buf prefix; /* "pd:{tenant}:" of the last tenant */
	struct slice prefix_tenant;
	struct plan plan;
	struct awaiting *awaiting; /* oldest first */
	size_t n_awaiting;
	size_t awaiting_room;
	bool commits_unasked; /* commits were sent since the last WAIT */
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
/* What an error reply means; drops the connection when it says that this is not the right server. */
enum store_verdict store_redis_verdict(struct redis_conn *conn, const struct redis_reply *error);
void store_redis_count(struct store_redis *s);

void store_redis_load(struct store *store, struct store_load *load);
void store_redis_commit(struct store *store, struct store_commit *commit);
/* Hooks of the commit connection, when there are replicas to wait for. */
void store_redis_ask_replicas(struct store_redis *s);
void store_redis_commits_finish(struct store_redis *s);

struct store_follower *store_redis_follow(struct store *store, struct slice tenant, struct slice key,
					  struct slice after, store_follow_fn *fn, void *arg);
void store_redis_unfollow(struct store_follower *follower);
/* The main connection is ready (again). */
void follow_hub_ready(struct follow_hub *hub);
void follow_hub_free(struct follow_hub *hub);

#endif
