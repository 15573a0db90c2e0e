/*
 * courier: brings events to webhooks. It decides nothing: what is due, what to send and what follows from an answer
 * are transactions (job/webhook_jobs.h); it only carries.
 *
 * Nouns: a route is a tenant whose lease this worker holds; a hook is one of its webhooks that has work; a run is
 * one delivery under way: plan → send → outcome. A lane has one run at a time, a hook LIMIT_HOOK_IN_FLIGHT, so one
 * receiver that hangs holds up nobody else.
 * What it keeps in memory may be lost at any time. Should two workers take themselves for the holder of the lease
 * for a moment, an event may arrive twice; outcomes meet in the lane's guard.
 * Ownership: exec, env and transport outlive courier_stop; after it nothing is begun. courier_free comes when nothing
 * can come back any more: after exec_stop, the transport's end and the last of env's `later`.
 * Errors: none; what failed is still due.
 */
#ifndef PAIDAN_HOOK_COURIER_H
#define PAIDAN_HOOK_COURIER_H

#include "hook/transport.h"
#include "txn/exec.h"

struct courier;

struct courier_config {
	struct exec *exec;
	const struct exec_env *env;
	struct hook_transport transport;
};

struct courier_stats {
	uint64_t results[DELIVERY_RESULT_BROKEN + 1]; /* tries by DeliveryResult */
	uint64_t dead;
	uint64_t disabled;
	uint64_t in_flight; /* now */
};

/* NULL: out of memory. */
struct courier *courier_new(const struct courier_config *config);
void courier_stop(struct courier *courier);
/* NULL-safe. */
void courier_free(struct courier *courier);

/* To be called several times a second for each tenant whose lease this worker holds. */
void courier_visit(struct courier *courier, struct slice tenant);

const struct courier_stats *courier_stats(const struct courier *courier);
/* The age of the oldest event that has not arrived, of all tenants on the way; 0: none waits. */
int64_t courier_lag_ms(const struct courier *courier);

#endif
