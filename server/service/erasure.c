#include "service/erasure.h"

#include "base/limits.h"
#include "domain/order_state.h"
#include "service/ledger.h"
#include "service/operators.h"

static enum err refuse(struct txn *t, const char *what)
{
	return fault_set(txn_fault(t), ERR_OPEN_ORDERS, "person_id", "%s", what);
}

/* One page of a resident's orders, newest first; *next is where the next one begins, NULL at the end. */
static enum err check_page(struct txn *t, const char *id, const struct store_entry *after, struct store_entry **next)
{
	struct arena *a = txn_arena(t);
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {.key = arena_printf(a, INDEX_RESIDENT, id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .reverse = true,
				  .limit = LIMIT_PAGE_SIZE};
	if (after != NULL) {
		range.has_after = true;
		range.after = arena_string(a, after->member);
		range.after_score = after->score;
	}
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	for (size_t i = 0; i < n; i++) {
		OrderRecord *order;
		TRY(TXN_FIND(t, ORDER, arena_string(a, entries[i].member), &order));
		if (order != NULL && order_state_open(order->state))
			return refuse(t, order->id);
	}
	*next = n == LIMIT_PAGE_SIZE ? &entries[n - 1] : NULL;
	return OK;
}

static enum err erase_resident(struct txn *t, ResidentRecord *resident)
{
	struct store_entry *next = NULL;
	for (int page = 0; page < LIMIT_ERASE_ORDERS / LIMIT_PAGE_SIZE; page++) {
		TRY(check_page(t, resident->id, next, &next));
		if (next == NULL)
			break;
	}
	resident->household_id = (char *)"";
	resident->n_proxy_ids = 0;
	resident->phone_mark = resident->tail_mark = 0;
	resident->erased_ms = txn_now_ms(t);
	txn_put(t, KIND_RESIDENT, resident);
	return OK;
}

/* The grid stays: what was done in it is counted there. */
static void forget_profile(MemberRecord *m)
{
	m->building_id = m->home_community_id = m->linked_unit_id = m->household_id = (char *)"";
	m->lat_e6 = m->lon_e6 = 0;
	m->n_skills = m->n_shifts = 0;
	m->quiet = NULL;
	m->paused_until_ms = 0;
	m->inactive = true;
}

static enum err erase_member(struct txn *t, MemberRecord *member)
{
	int64_t n_open;
	AccountRecord *account;
	const char *tasks = arena_printf(txn_arena(t), INDEX_MEMBER, member->id);
	TRY(txn_count(t, tasks, index_task_score(TASK_OFFERED, 0), index_task_score(TASK_HELD, INDEX_TIME_MAX_MS),
		      &n_open));
	if (n_open > 0)
		return refuse(t, "offers or tasks");
	TRY(TXN_FIND(t, ACCOUNT, member->id, &account));
	if (account != NULL && account->leaderboard) {
		account->leaderboard = false;
		txn_put(t, KIND_ACCOUNT, account);
	}
	forget_profile(member);
	member->erased_ms = txn_now_ms(t);
	txn_put(t, KIND_MEMBER, member);
	return OK;
}

enum err erasure_do(struct txn *t, struct subject *who)
{
	if (who->member != NULL)
		TRY(erase_member(t, who->member));
	else
		TRY(erase_resident(t, who->resident));
	TRY(txn_destroy_person_key(t, who->id));
	TRY(account_end_sessions(t, who->id, NULL)); /* they name devices */
	subject_event(t, EVENT_KIND_ERASED, who);
	return OK;
}
