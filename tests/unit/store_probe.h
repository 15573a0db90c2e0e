/*
 * store_probe: short ways to use a store in tests. Works on both stores: waits on the loop when there
 * is one.
 *
 * Ownership: a probe owns an arena that results live in until probe_forget.
 * Errors: verdicts are returned; a call that never ends fails the test.
 */
#ifndef PAIDAN_TESTS_STORE_PROBE_H
#define PAIDAN_TESTS_STORE_PROBE_H

#include "txn/store.h"

struct event_base;

struct probe {
	struct store *store;
	struct event_base *base; /* NULL: the memory store */
	struct slice tenant;
	struct arena arena;
	struct store_write writes[64];
	size_t n_writes;
	struct store_guard guards[64];
	size_t n_guards;
	struct store_commit commit; /* of the last probe_commit; claims are set here beforehand */
};

void probe_init(struct probe *p, struct store *store, struct event_base *base);
void probe_finish(struct probe *p);
void probe_forget(struct probe *p);

/* An enveloped record of that version with this text. Lives in the arena. */
struct slice probe_record(struct probe *p, uint64_t version, const char *text);
/* Adds to the commit that is being put together. */
void probe_guard(struct probe *p, const char *key, uint64_t version);
void probe_guard_packed(struct probe *p, const char *pack, const char *field, uint64_t version);
void probe_write(struct probe *p, enum store_write_kind kind, const char *key, const char *field, int64_t score,
		 struct slice value);
void probe_put(struct probe *p, const char *key, uint64_t version, const char *text);
void probe_claim(struct probe *p, const char *old_bucket, const char *bucket, const char *field, const char *value);
/* Commits what was put together and starts anew. */
enum store_verdict probe_commit(struct probe *p);

enum store_verdict probe_load(struct probe *p, struct store_read *reads, size_t n);
/* The record's text, or NULL when it is not found; fails on any other verdict than OK. */
const char *probe_get(struct probe *p, const char *key, const char *pack, const char *field);
/* "a:1 b:2": a range as text. */
const char *probe_range(struct probe *p, struct store_read read);
/* "one two": the values of a log. */
const char *probe_log(struct probe *p, const char *key, const char *after, bool reverse, uint32_t limit);
int64_t probe_number(struct probe *p, struct store_read read);
uint64_t probe_reserve(struct probe *p, const char *key, uint32_t n);
bool probe_lease(struct probe *p, const char *key, const char *owner, uint32_t ttl_ms);
bool probe_add_tenant(struct probe *p, const char *tenant);
/* "a b ": the tenants, or NULL when the store is not available. */
const char *probe_tenants(struct probe *p);

#endif
