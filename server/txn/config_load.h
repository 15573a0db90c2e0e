/*
 * config_load: reads a tenant's configuration from the store into a snapshot.
 *
 * Life: where the event log ends, so that whoever follows it from there misses no change; tenant record
 * and the list of configuration records; the records themselves; the tenant record again: when its version
 * moved meanwhile, everything is read once more.
 * Ownership: `done` gets a snapshot with one user, who releases it.
 * Errors (to done): ERR_NOT_FOUND no such tenant, ERR_UNAVAILABLE, ERR_DATA_CORRUPT, ERR_TOO_LARGE.
 */
#ifndef PAIDAN_TXN_CONFIG_LOAD_H
#define PAIDAN_TXN_CONFIG_LOAD_H

#include "txn/tenant.h"

struct config_load;

/* *handle is set before done can be called, and is invalid from then on. */
void config_load_start(struct store *store, struct slice tenant, struct config_load **handle,
		       void (*done)(void *arg, enum err err, struct snapshot *snapshot), void *arg);
/* done is not called. NULL-safe. */
void config_load_cancel(struct config_load *load);

#endif
