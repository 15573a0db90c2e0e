/*
 * store_redis: the durable store, on one Redis server (with replicas, if there are any).
 *
 * Nouns and errors: store.h. Every key of a tenant is named "pd:{tenant}:…", so that it has one hash
 * slot, and goes through KEYS; the list of tenants is "pd:tenants".
 * A commit that Redis has executed is on its disk when `appendfsync always` is set there, for Redis
 * answers after the fsync; with config.replicas it also waits for those, and answers STORE_UNKNOWN
 * when they don't confirm in time.
 * What an ACL user needs: ~pd:* +@read +@write +@scripting +@connection +@stream +wait.
 *
 * Ownership: base and config (with all it points to) are borrowed until destroy. The store owns its
 * connections: one for loads, four for commits (of which few commits use few), one for followed logs.
 */
#ifndef PAIDAN_TXN_STORE_REDIS_H
#define PAIDAN_TXN_STORE_REDIS_H

#include "redis/config.h"
#include "txn/store.h"

struct event_base;

/* Starts connecting; until ready, everything answers STORE_UNAVAILABLE. NULL: no memory. */
struct store *store_redis_new(struct event_base *base, const struct redis_config *config);
/* fn is called whenever `ready` changes, from the event loop. */
void store_redis_on_ready(struct store *store, void (*fn)(void *arg, bool ready), void *arg);

#endif
