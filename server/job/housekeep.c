#include <inttypes.h>

#include "base/limits.h"
#include "job/jobs.h"

/* Claims hold for the day they were made on and the next; the days before are dropped. A broker that was
 * down for days leaves older ones behind, so look back a week. */
enum { CLAIM_DAYS_KEPT = 2, CLAIM_DAYS_DROPPED = 7 };

static enum err housekeep(struct txn *t, const void *request, void *response)
{
	const struct housekeep_request *req = request;
	struct arena *a = txn_arena(t);
	int64_t day = txn_now_ms(t) / CLAIM_DAY_MS;
	(void)response;
	txn_trim(t, LOG_EVENTS, arena_printf(a, "%" PRId64 "-0", txn_now_ms(t) - LIMIT_EVENTS_KEEP_MS));
	for (unsigned i = 0; i < HOUSEKEEP_BUCKETS; i++) {
		for (int64_t old = CLAIM_DAYS_KEPT; old < CLAIM_DAYS_DROPPED; old++)
			txn_drop(t, arena_printf(a, KEY_CLAIMS, (long long)(day - old), req->first_bucket + i));
	}
	return OK;
}

const struct method job_housekeep = {
    .path = "/job/Housekeep", .handler = housekeep, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
