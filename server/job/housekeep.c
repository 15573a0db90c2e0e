#include <inttypes.h>

#include "base/limits.h"
#include "domain/account.h"
#include "domain/config.h"
#include "domain/policy.h"
#include "domain/throttle.h"
#include "job/jobs.h"

/* Claims hold for the day they were made on and the next; the days before are dropped. A broker that was
 * down for days leaves older ones behind, so look back a week. */
enum { CLAIM_DAYS_KEPT = 2, CLAIM_DAYS_DROPPED = 7 };

/* Sessions that ended by themselves and wrong tries that are forgotten: at most so many of each in a run. */
enum { STALE_PAGE = 128 };

static bool is_deserted(const PresenceRecord *presence, int64_t now_ms)
{
	for (size_t i = 0; i < presence->n_viewers; i++) {
		if (presence->viewers[i]->until_ms > now_ms)
			return false;
	}
	return true;
}

static bool is_stale(enum record_kind kind, const void *record, int64_t now_ms)
{
	if (kind == KIND_PRESENCE)
		return is_deserted(record, now_ms);
	if (kind == KIND_UNDO)
		return ((const UndoRecord *)record)->until_ms <= now_ms;
	return kind == KIND_SESSION ? !session_live(record, now_ms) : throttle_forget_ms(record) <= now_ms;
}

static enum err drop_stale(struct txn *t, enum record_kind kind, const char *index)
{
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {.key = index, .min = 0, .max = txn_now_ms(t), .limit = STALE_PAGE};
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, kind, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		void *record;
		TRY(txn_find(t, kind, arena_string(txn_arena(t), entries[i].member), &record));
		/* It may have been used since the index was read. */
		if (record != NULL && is_stale(kind, record, txn_now_ms(t)))
			txn_remove(t, kind, record);
	}
	return OK;
}

static enum err housekeep(struct txn *t, const void *request, void *response)
{
	const struct housekeep_request *req = request;
	struct arena *a = txn_arena(t);
	int64_t day = txn_now_ms(t) / CLAIM_DAY_MS;
	(void)response;
	TRY(drop_stale(t, KIND_SESSION, INDEX_SESSION_ENDS));
	TRY(drop_stale(t, KIND_THROTTLE, INDEX_THROTTLES));
	TRY(drop_stale(t, KIND_PRESENCE, INDEX_PRESENCE));
	TRY(drop_stale(t, KIND_UNDO, INDEX_UNDO));
	int64_t from_ms = config_events_from_ms(txn_config(t), txn_now_ms(t));
	txn_trim(t, LOG_EVENTS, arena_printf(a, "%" PRId64 "-0", from_ms));
	int64_t audit_ms = txn_now_ms(t) - policy_access_keep_ms(txn_config(t)->policy);
	txn_trim(t, LOG_AUDIT, arena_printf(a, "%" PRId64 "-0", audit_ms < 0 ? 0 : audit_ms));
	for (unsigned i = 0; i < req->n_buckets; i++) {
		for (int64_t old = CLAIM_DAYS_KEPT; old < CLAIM_DAYS_DROPPED; old++)
			txn_drop(t, key_claims(a, day - old, req->first_bucket + i));
	}
	return OK;
}

const struct method job_housekeep = {
    .path = "/job/Housekeep", .handler = housekeep, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
