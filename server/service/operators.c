#include "service/operators.h"

#include "base/limits.h"
#include "domain/password.h"

static struct account no_account(void)
{
	return (struct account){NULL, NULL};
}

enum err account_find(struct txn *t, const char *id, struct account *out)
{
	*out = no_account();
	txn_prefetch(t, KIND_OPERATOR_SECRET, id);
	TRY(TXN_FIND(t, OPERATOR, id, &out->record));
	TRY(TXN_FIND(t, OPERATOR_SECRET, id, &out->secret));
	if (out->record == NULL || out->secret == NULL)
		*out = no_account();
	return OK;
}

enum err account_get(struct txn *t, const char *id, struct account *out)
{
	TRY(account_find(t, id, out));
	if (out->record == NULL)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "operator");
	return account_reach(txn_scene(t), out->record);
}

enum err account_own(struct txn *t, struct account *out)
{
	if (session_of(txn_actor(t)) == NULL)
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, NULL, "for those who signed in");
	TRY(account_find(t, txn_actor(t)->id, out));
	return out->record == NULL ? ERR_DATA_CORRUPT : OK;
}

enum err account_new(struct txn *t, const char *name, const char *display_name, const char *field, struct account *out)
{
	struct scene *s = txn_scene(t);
	LoginNameRecord *login;
	int64_t count;
	TRY(password_check_name(s, name, field));
	TRY(TXN_FIND(t, LOGIN_NAME, name, &login));
	if (login != NULL)
		return fault_set(s->fault, ERR_ALREADY_EXISTS, field, "%s", name);
	TRY(txn_count(t, INDEX_OPERATORS, 0, 0, &count));
	if (count >= LIMIT_OPERATORS)
		return fault_set(s->fault, ERR_TENANT_FULL, NULL, "%d operators", LIMIT_OPERATORS);
	out->record = ARENA_NEW(s->arena, OperatorRecord);
	OperatorRecord_init(out->record);
	TRY(txn_new_id(t, KIND_OPERATOR, &out->record->id));
	TRY(txn_person_key(t, out->record->id, true));
	out->record->name = arena_strdup(s->arena, name);
	out->record->created_ms = s->now_ms;
	out->secret = ARENA_NEW(s->arena, OperatorSecretRecord);
	OperatorSecretRecord_init(out->secret);
	out->secret->id = out->record->id;
	out->secret->display_name = arena_strdup(s->arena, display_name);
	login = ARENA_NEW(s->arena, LoginNameRecord);
	LoginNameRecord_init(login);
	login->name = out->record->name;
	login->operator_id = out->record->id;
	txn_put(t, KIND_LOGIN_NAME, login);
	return OK;
}

void account_assign(struct txn *t, struct account *account, Role role, const char *node_id)
{
	AssignmentRecord *assignment = ARENA_NEW(txn_arena(t), AssignmentRecord);
	AssignmentRecord_init(assignment);
	assignment->role = role;
	assignment->node_id = (char *)node_id;
	OperatorRecord *o = account->record;
	arena_append(txn_arena(t), (void ***)&o->assignments, &o->n_assignments, assignment);
}

void account_put(struct txn *t, const struct account *account)
{
	txn_put(t, KIND_OPERATOR, account->record);
	txn_put(t, KIND_OPERATOR_SECRET, account->secret);
}

Operator *account_view(struct txn *t, const struct account *account)
{
	const OperatorRecord *o = account->record;
	struct arena *a = txn_arena(t);
	Operator *out = ARENA_NEW(a, Operator);
	Operator_init(out);
	out->id = o->id;
	out->etag = txn_etag(t, KIND_OPERATOR, o->id);
	out->name = o->name;
	out->display_name = account->secret->display_name;
	out->assignments = arena_array(a, o->n_assignments, sizeof(*out->assignments));
	for (size_t i = 0; i < o->n_assignments; i++) {
		Assignment *assignment = out->assignments[out->n_assignments++] = ARENA_NEW(a, Assignment);
		Assignment_init(assignment);
		assignment->role = o->assignments[i]->role;
		assignment->node_id = o->assignments[i]->node_id;
	}
	out->disabled = o->disabled;
	out->invited = account->secret->password_hash.len == 0;
	out->second_factor = o->second_factor;
	out->created_ms = o->created_ms;
	out->last_login_ms = account->secret->last_login_ms;
	return out;
}

enum err account_invite(struct txn *t, struct account *account, char **invite)
{
	char *secret;
	uint8_t *digest;
	TRY(txn_new_secret(t, &secret, &digest));
	account->secret->invite_sha256 = (ProtobufCBinaryData){TXN_SECRET_DIGEST_BYTES, digest};
	account->secret->invite_expires_ms = txn_now_ms(t) + LIMIT_INVITE_MS;
	*invite = arena_printf(txn_arena(t), "pdi_%s_%s_%s", txn_tenant(t), account->record->id, secret);
	return OK;
}

/* --- sessions --- */

void account_end_session(struct txn *t, SessionRecord *session)
{
	txn_remove(t, KIND_SESSION, session);
	/* An event names no resident or member as if it were an operator. */
	account_event(t, EVENT_KIND_SESSION_ENDED, session->id,
		      session->role == ROLE_UNSPECIFIED ? session->holder_id : "");
}

enum err account_end_sessions(struct txn *t, const char *operator_id, const char *but_id)
{
	struct store_entry *entries;
	size_t n;
	/* A few more may have begun at the same moment. */
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_SESSIONS, operator_id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .limit = 2 * LIMIT_SESSIONS};
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_SESSION, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		SessionRecord *session;
		TRY(TXN_FIND(t, SESSION, arena_string(txn_arena(t), entries[i].member), &session));
		if (session != NULL && (but_id == NULL || strcmp(session->id, but_id) != 0))
			account_end_session(t, session);
	}
	return OK;
}

Session *account_view_session(struct txn *t, const SessionRecord *session)
{
	const char *own = session_of(txn_actor(t));
	Session *out = ARENA_NEW(txn_arena(t), Session);
	Session_init(out);
	out->id = session->id;
	if (session->role == ROLE_UNSPECIFIED)
		out->operator_id = session->holder_id;
	out->device = session->device;
	out->created_ms = session->created_ms;
	out->last_used_ms = session->used_ms;
	out->expires_ms = session_oldest_ms(session);
	out->current = own != NULL && strcmp(own, session->id) == 0;
	return out;
}

void account_event(struct txn *t, EventKind kind, const char *subject_id, const char *operator_id)
{
	EventRecord *event = ARENA_NEW(txn_arena(t), EventRecord);
	EventRecord_init(event);
	event->kind = kind;
	event->subject_id = (char *)subject_id;
	event->member_id = (char *)operator_id;
	txn_event(t, event);
}
