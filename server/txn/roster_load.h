/*
 * roster_load: reads all members and their loads of a tenant into its roster, a page at a time.
 *
 * Ownership: the roster outlives the loading, or the loading is cancelled.
 * Errors (to done): ERR_UNAVAILABLE, ERR_DATA_CORRUPT, ERR_TOO_LARGE.
 */
#ifndef PAIDAN_TXN_ROSTER_LOAD_H
#define PAIDAN_TXN_ROSTER_LOAD_H

#include "domain/roster.h"
#include "txn/store.h"

struct roster_load;

/* *handle is set before done can be called, and is invalid from then on. */
void roster_load_start(struct store *store, const char *tenant, struct roster *roster, struct roster_load **handle,
		       void (*done)(void *arg, enum err err), void *arg);
/* done is not called. NULL-safe. */
void roster_load_cancel(struct roster_load *load);

#endif
