#include "base/limits.h"
#include "domain/throttle.h"
#include "service/audit.h"
#include "service/operators.h"
#include "service/services.h"
#include "service/sign_in.h"

static void take_assignments(struct txn *t, struct account *account, const Operator *in)
{
	struct scene *s = txn_scene(t);
	account->record->assignments = NULL;
	account->record->n_assignments = 0;
	for (size_t i = 0; i < in->n_assignments; i++) {
		const char *node_id = in->assignments[i]->node_id;
		account_assign(t, account, in->assignments[i]->role,
			       node_id[0] == '\0' ? s->config->root->record->id : node_id);
	}
}

HANDLER(create_operator, CreateOperator)
{
	struct scene *s = txn_scene(t);
	struct account account;
	const Operator *in = req->operator_;
	if (in == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "operator", "who?");
	TRY(account_check_assignments(s, in->assignments, in->n_assignments, "operator.assignments"));
	TRY(account_new(t, in->name, in->display_name, "operator.name", &account));
	take_assignments(t, &account, in);
	TRY(account_invite(t, &account, &rsp->invite));
	rsp->invite_expires_ms = account.secret->invite_expires_ms;
	account_put(t, &account);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, account.record->id, account.record->id);
	audit_note(t, (struct audit_note){AUDIT_KIND_OPERATOR_CHANGED, account.record->id, NULL, NULL});
	txn_subject(t, account.record->id);
	rsp->operator_ = account_view(t, &account);
	return OK;
}

HANDLER(get_operator, GetOperator)
{
	struct account account;
	TRY(account_get(t, req->operator_id, &account));
	rsp->operator_ = account_view(t, &account);
	return OK;
}

/* Of CreateOperator and UpdateOperator, whose replies begin alike. */
static enum err again_operator(struct txn *t, const char *subject_id, void *response)
{
	struct account account;
	TRY(account_get(t, subject_id, &account));
	((CreateOperatorResponse *)response)->operator_ = account_view(t, &account);
	return OK;
}

HANDLER(list_operators, ListOperators)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	struct txn_range range = {.key = INDEX_OPERATORS,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	const char **ids = arena_array(txn_arena(t), n, sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		ids[i] = arena_string(txn_arena(t), entries[i].member);
		txn_prefetch(t, KIND_OPERATOR, ids[i]);
		txn_prefetch(t, KIND_OPERATOR_SECRET, ids[i]);
	}
	rsp->operators = arena_array(txn_arena(t), n, sizeof(*rsp->operators));
	for (size_t i = 0; i < n; i++) {
		struct account account;
		TRY(account_find(t, ids[i], &account));
		if (account.record != NULL && account_reach(txn_scene(t), account.record) == OK)
			rsp->operators[rsp->n_operators++] = account_view(t, &account);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, 0, entries[n - 1].member);
	return OK;
}

/* What only others may do to an account: nobody locks themselves out or widens their own reach. */
static enum err check_other(struct txn *t, const struct account *account, const char *field)
{
	if (strcmp(txn_actor(t)->id, account->record->id) == 0)
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, field, "another administrator has to");
	return OK;
}

static enum err apply(struct txn *t, const char *path, const Operator *in, struct account *account)
{
	struct scene *s = txn_scene(t);
	if (strcmp(path, "display_name") == 0) {
		account->secret->display_name = in->display_name;
	} else if (strcmp(path, "assignments") == 0) {
		TRY(check_other(t, account, "operator.assignments"));
		TRY(account_check_assignments(s, in->assignments, in->n_assignments, "operator.assignments"));
		take_assignments(t, account, in);
	} else if (strcmp(path, "disabled") == 0) {
		TRY(check_other(t, account, "operator.disabled"));
		account->record->disabled = in->disabled;
		if (in->disabled)
			TRY(account_end_sessions(t, account->record->id, NULL));
	} else {
		return fault_set(s->fault, ERR_FIELD_INVALID, "update_mask", "%.60s can't be changed", path);
	}
	return OK;
}

HANDLER(update_operator, UpdateOperator)
{
	struct scene *s = txn_scene(t);
	struct account account;
	const Operator *in = req->operator_;
	if (in == NULL || in->id[0] == '\0')
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "operator.id", "which operator?");
	if (req->update_mask == NULL || req->update_mask->n_paths == 0)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "update_mask", "which fields?");
	TRY(account_get(t, in->id, &account));
	TRY(txn_check_etag(t, KIND_OPERATOR, in->id, in->etag));
	for (size_t i = 0; i < req->update_mask->n_paths; i++)
		TRY(apply(t, req->update_mask->paths[i], in, &account));
	account_put(t, &account);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, account.record->id, account.record->id);
	audit_note(t, (struct audit_note){AUDIT_KIND_OPERATOR_CHANGED, account.record->id, NULL, NULL});
	txn_subject(t, account.record->id);
	rsp->operator_ = account_view(t, &account);
	return OK;
}

HANDLER(reset_operator, ResetOperator)
{
	struct account account;
	TRY(account_get(t, req->operator_id, &account));
	TRY(check_other(t, &account, "operator_id"));
	TRY(account_end_sessions(t, account.record->id, NULL));
	TRY(sign_in_unlock(t, account.record->name));
	OperatorSecretRecord *fresh = ARENA_NEW(txn_arena(t), OperatorSecretRecord);
	OperatorSecretRecord_init(fresh);
	fresh->id = account.secret->id;
	fresh->display_name = account.secret->display_name;
	fresh->last_login_ms = account.secret->last_login_ms;
	account.secret = fresh;
	account.record->second_factor = false;
	TRY(account_invite(t, &account, &rsp->invite));
	rsp->invite_expires_ms = account.secret->invite_expires_ms;
	account_put(t, &account);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, account.record->id, account.record->id);
	audit_note(t, (struct audit_note){AUDIT_KIND_OPERATOR_CHANGED, account.record->id, NULL, NULL});
	txn_subject(t, account.record->id);
	rsp->operator_ = account_view(t, &account);
	return OK;
}

const struct method operator_methods[] = {
    METHOD(OperatorService, CreateOperator, create_operator, .again = again_operator),
    METHOD(OperatorService, GetOperator, get_operator, .again = NULL),
    METHOD(OperatorService, ListOperators, list_operators, .again = NULL),
    METHOD(OperatorService, UpdateOperator, update_operator, .again = again_operator),
    METHOD(OperatorService, ResetOperator, reset_operator, .again = again_operator),
};
const size_t operator_methods_n = sizeof(operator_methods) / sizeof(operator_methods[0]);
