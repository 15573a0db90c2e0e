#include "service/ledger.h"
#include "service/reply.h"
#include "service/services.h"

/* The member whose account is asked for: named, or the acting one. */
static enum err reach_subject(struct txn *t, const char *member_id, MemberRecord **member)
{
	const struct actor *actor = txn_actor(t);
	const char *id = member_id[0] == '\0' && actor->role == ROLE_MEMBER ? actor->id : member_id;
	if (id[0] == '\0')
		return fault_set(txn_fault(t), ERR_FIELD_REQUIRED, "member_id", "whose account?");
	TRY(TXN_GET(t, MEMBER, id, member));
	return authz_member(txn_scene(t), *member);
}

HANDLER(get_account, GetAccount)
{
	MemberRecord *member;
	AccountRecord *account;
	TRY(reach_subject(t, req->member_id, &member));
	TRY(reach_account(t, member->id, &account));
	rsp->account = view_account(txn_scene(t), account);
	return OK;
}

HANDLER(list_movements, ListMovements)
{
	struct page page;
	MemberRecord *member;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(reach_subject(t, req->member_id, &member));
	return ledger_list(t, member->id, &page, &rsp->movements, &rsp->n_movements, &rsp->next_page_token);
}

HANDLER(set_opt_in, SetLeaderboardOptIn)
{
	MemberRecord *member;
	AccountRecord *account;
	TRY(reach_subject(t, req->member_id, &member));
	TRY(reach_account(t, member->id, &account));
	account->leaderboard = req->opt_in;
	txn_put(t, KIND_ACCOUNT, account);
	txn_subject(t, member->id);
	rsp->account = view_account(txn_scene(t), account);
	return OK;
}

static enum err again_account(struct txn *t, const char *subject_id, void *response)
{
	AccountRecord *account;
	TRY(reach_account(t, subject_id, &account));
	((SetLeaderboardOptInResponse *)response)->account = view_account(txn_scene(t), account);
	return OK;
}

HANDLER(list_leaderboard, ListLeaderboard)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	int64_t ahead = 0;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	if (page.has_after)
		TRY(txn_count(t, INDEX_LEADERBOARD, page.after_score, INT64_C(1) << 52, &ahead));
	struct txn_range range = {.key = INDEX_LEADERBOARD,
				  .min = 0,
				  .max = INT64_C(1) << 52,
				  .reverse = true,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->n_rows = n;
	rsp->rows = arena_array(txn_arena(t), n, sizeof(*rsp->rows));
	for (size_t i = 0; i < n; i++) {
		LeaderboardRow *row = rsp->rows[i] = ARENA_NEW(txn_arena(t), LeaderboardRow);
		LeaderboardRow_init(row);
		row->rank = (uint32_t)ahead + (uint32_t)i + 1;
		row->member_id = arena_string(txn_arena(t), entries[i].member);
		row->points = entries[i].score;
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

/* A page of the members who have accounts. */
static enum err account_page(struct txn *t, const struct page *page, const char ***ids, size_t *n,
			     char **next_page_token)
{
	struct store_entry *entries;
	struct txn_range range = {.key = INDEX_ACCOUNTS,
				  .min = 0,
				  .max = 0,
				  .has_after = page->has_after,
				  .after_score = page->after_score,
				  .after = page->after,
				  .limit = page->size};
	TRY(txn_range(t, &range, &entries, n));
	*ids = arena_array(txn_arena(t), *n, sizeof(**ids));
	for (size_t i = 0; i < *n; i++) {
		(*ids)[i] = arena_string(txn_arena(t), entries[i].member);
		txn_prefetch(t, KIND_ACCOUNT, (*ids)[i]);
	}
	if (*n == page->size)
		*next_page_token = page_token(t, 0, entries[*n - 1].member);
	return OK;
}

HANDLER(list_accounts, ListAccounts)
{
	struct page page;
	const char **ids;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(account_page(t, &page, &ids, &n, &rsp->next_page_token));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_MEMBER, ids[i]);
	rsp->accounts = arena_array(txn_arena(t), n, sizeof(*rsp->accounts));
	for (size_t i = 0; i < n; i++) {
		AccountRecord *account;
		MemberRecord *member;
		TRY(TXN_PEEK(t, ACCOUNT, ids[i], &account));
		TRY(TXN_PEEK(t, MEMBER, ids[i], &member));
		if (account != NULL && member != NULL && authz_member(txn_scene(t), member) == OK)
			rsp->accounts[rsp->n_accounts++] = view_account(txn_scene(t), account);
	}
	return OK;
}

HANDLER(check_balance, CheckBalance)
{
	enum { ACCOUNTS_PER_PAGE = 200 };
	struct page page;
	const char **ids;
	size_t n;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(page_read(t, ACCOUNTS_PER_PAGE, req->page_token, &page));
	TRY(account_page(t, &page, &ids, &n, &rsp->next_page_token));
	/* The issuance counts once, with the first page. */
	if (!page.has_after)
		TRY(txn_counter(t, COUNTER_ISSUANCE, &rsp->issuance));
	for (size_t i = 0; i < n; i++) {
		AccountRecord *account;
		TRY(TXN_PEEK(t, ACCOUNT, ids[i], &account));
		if (account != NULL)
			rsp->members += account->available + account->provisional;
	}
	rsp->accounts = (uint32_t)n;
	return OK;
}

const struct method points_methods[] = {
    METHOD(PointsService, GetAccount, get_account, .again = NULL),
    METHOD(PointsService, ListMovements, list_movements, .again = NULL),
    METHOD(PointsService, SetLeaderboardOptIn, set_opt_in, .again = again_account),
    METHOD(PointsService, ListLeaderboard, list_leaderboard, .again = NULL),
    METHOD(PointsService, ListAccounts, list_accounts, .again = NULL),
    METHOD(PointsService, CheckBalance, check_balance, .again = NULL),
};
const size_t points_methods_n = sizeof(points_methods) / sizeof(points_methods[0]);
