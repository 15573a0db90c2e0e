/*
 * store_memory_internal: what the parts of store_memory share.
 *
 * Nouns: an object is what a key holds; a tenant is a map of objects.
 * Ownership: everything belongs to the store.
 * Errors: aborts without memory.
 */
#ifndef PAIDAN_TXN_STORE_MEMORY_INTERNAL_H
#define PAIDAN_TXN_STORE_MEMORY_INTERNAL_H

#include "txn/store_memory.h"
#include "txn/store_memory_index.h"
#include "txn/store_memory_log.h"

enum object_kind {
	OBJECT_RECORD,
	OBJECT_COUNTER,
	OBJECT_INDEX,
	OBJECT_LOG,
	OBJECT_PACK,
};

/* A named value: a pack's field, a lease. */
struct named {
	uint8_t *value;
	size_t value_len;
	int64_t until_ms; /* lease */
	size_t name_len;
	uint8_t name[];
};

struct object {
	enum object_kind kind;
	union {
		struct {
			uint8_t *bytes;
			size_t len;
		} record;
		int64_t counter;
		struct memory_index index;
		struct memory_log log;
		struct memory_map pack; /* of named */
	} is;
	size_t key_len;
	uint8_t key[];
};

struct tenant_data {
	struct memory_map objects;
	struct memory_map leases; /* of named */
	size_t name_len;
	uint8_t name[];
};

struct store_follower {
	struct store_follower *next;
	struct store_memory *store;
	struct tenant_data *tenant;
	store_follow_fn *fn;
	void *arg;
	struct log_id last;
	bool gone;
	size_t key_len;
	uint8_t key[];
};

struct ordered_fault {
	uint64_t commit; /* its number, from 1 */
	enum store_fault fault;
};

struct store_memory {
	struct store base;
	struct store_memory_config config;
	struct memory_map tenants; /* of tenant_data */
	struct memory_map listed;  /* of named: the list of tenants */
	struct store_follower *followers;
	bool delivering;
	bool appended; /* to some log since the followers were called */
	bool unavailable;
	struct ordered_fault *faults;
	size_t n_faults;
};

static inline struct store_memory *store_memory_of(struct store *store)
{
	return (struct store_memory *)store;
}

/* The tenant's data, made when it is missing. */
struct tenant_data *memory_tenant(struct store_memory *s, struct slice name);
/* NULL when the key holds nothing. */
struct object *memory_object(const struct tenant_data *t, struct slice key);
struct object *memory_object_new(struct tenant_data *t, struct slice key, enum object_kind kind);
void memory_object_drop(struct tenant_data *t, struct slice key);
/* Sets the name's value, made when it is missing. */
struct named *memory_name(struct memory_map *m, struct slice name, struct slice value);
void memory_unname(struct memory_map *m, struct slice name);
struct slice memory_named_value(const struct named *n);

void memory_load(struct store *store, struct store_load *load);
void memory_commit(struct store *store, struct store_commit *commit);
void memory_tenants_finish(struct store_memory *s);
/* Calls the followers for all that was appended. */
void memory_deliver(struct store_memory *s);

#endif
