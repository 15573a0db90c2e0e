/*
 * webhook_jobs: the transactions behind webhooks: what the courier (server/hook) does is decided here.
 *
 * Nouns: to take = to put events of the log that a webhook wants into its lanes, as far as its cursor; a plan
 * is what to send for a lane's first event; an outcome is what came of it.
 * Kept in the store is all that matters: cursor, lanes with their tries, dead letters. A courier that dies
 * leaves nothing behind but lanes that are still due, and the next one sends their events again: at least
 * once, under the same id.
 * Ownership: requests are the caller's until the call is done; responses as exec.h says.
 * Errors: those of the store; what failed is done again.
 */
#ifndef PAIDAN_JOB_WEBHOOK_JOBS_H
#define PAIDAN_JOB_WEBHOOK_JOBS_H

#include "txn/txn.h"

/* None → HooksDue: all webhooks and what is due of each. */
extern const struct method job_hooks_look;
enum { HOOKS_LANES_MAX = 64 }; /* of one webhook in one look */

/* hook_request → HookProgress. */
extern const struct method job_hook_take;
extern const struct method job_hook_release;
/* Drops lanes that were empty for long, old entries of the delivery log, old dead letters; all of a webhook
 * that is deleted. */
extern const struct method job_hook_tidy;
struct hook_request {
	const char *webhook_id;
};

/* hook_lane_request → HookPlan. */
extern const struct method job_hook_plan;
struct hook_lane_request {
	const char *webhook_id;
	const char *lane_id;
};

/* hook_outcome_request → HookOutcome. */
extern const struct method job_hook_outcome;
struct hook_outcome_request {
	const char *webhook_id;
	const char *lane_id;
	const char *event_id;
	DeliveryResult result;
	uint32_t status; /* HTTP; 0: no answer */
	uint32_t latency_ms;
	int64_t retry_after_ms; /* what the receiver asked for; 0: nothing */
};

#endif
