/*
 * store_redis_plan: how a commit becomes the arguments of commit.lua.
 *
 * Nouns: a plan sorts a commit's guards and writes into the script's layout; a group is a run of
 * writes that one Redis command can do. The order of the writes is kept for every key: a write joins
 * an earlier group only when nothing behind that group touched its key.
 * Ownership: a plan borrows the commit between plan_make and plan_write and keeps its own tables for
 * the next one, so that a commit costs no allocation.
 * Errors: plan_make answers false when there is no memory.
 */
#ifndef PAIDAN_TXN_STORE_REDIS_PLAN_H
#define PAIDAN_TXN_STORE_REDIS_PLAN_H

#include "base/buf.h"
#include "txn/store.h"

/* The numbers that commit.lua knows. */
enum plan_what {
	PLAN_INDEX = 1,
	PLAN_UNINDEX = 2,
	PLAN_APPEND = 3,
	PLAN_PACK = 4,
	PLAN_UNPACK = 5,
	PLAN_INCREMENT = 6,
	PLAN_DELETE = 7,
	PLAN_PUT = 8,
	PLAN_TRIM = 9,
	PLAN_TALLY = 10,
};

struct plan_key {
	struct slice key;
	const struct store_guard *guard;
	const struct store_write *put; /* among the first writes of the script */
	int32_t last;                  /* the last group that touches it, or -1 */
	bool impossible;               /* guarded with two versions */
};

struct plan_group {
	enum plan_what what;
	uint8_t n;
	uint32_t first; /* writes, chained by plan.next */
	uint32_t last;
	int64_t sum; /* PLAN_INCREMENT */
};

struct plan {
	const struct store_commit *commit;
	struct plan_key *keys;
	size_t n_keys;
	size_t keys_room;
	uint32_t *slots; /* hash table: index of the key + 1 */
	size_t slots_room;
	struct plan_group *groups;
	size_t n_groups;
	size_t groups_room;
	uint32_t *next;
	size_t next_room;
	size_t guards; /* plain ones */
	size_t both;
	size_t more;
	size_t packed;
	size_t claims;
	int32_t last_delete;
	int32_t last_put;
	bool malformed; /* a trim's id is none: Redis would refuse it halfway */
	struct buf head;
	struct buf versions;
};

void commit_plan_finish(struct plan *p);
bool commit_plan_make(struct plan *p, const struct store_commit *commit);
/* How many arguments plan_write writes. */
size_t commit_plan_args(const struct plan *p);
/* Number of keys, keys and arguments; the keys get the prefix. */
void commit_plan_write(struct plan *p, struct slice prefix, struct buf *out);

#endif
