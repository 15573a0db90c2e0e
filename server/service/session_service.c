#include "base/limits.h"
#include "base/secret.h"
#include "domain/password.h"
#include "service/operators.h"
#include "service/services.h"
#include "service/sign_in.h"
#include "service/subject.h"
#include "txn/totp.h"

/* --- coming in --- */

/* The oldest makes room. */
static enum err make_room(struct txn *t, const char *holder_id)
{
	struct store_entry *entries;
	size_t n;
	SessionRecord *oldest;
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_SESSIONS, holder_id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .limit = LIMIT_SESSIONS};
	TRY(txn_range(t, &range, &entries, &n));
	if (n < LIMIT_SESSIONS)
		return OK;
	TRY(TXN_FIND(t, SESSION, arena_string(txn_arena(t), entries[0].member), &oldest));
	if (oldest != NULL)
		account_end_session(t, oldest);
	return OK;
}

/* Puts it; the token is what its holder is known by from now on. */
static enum err new_session(struct txn *t, const char *holder_id, char *device, SessionRecord **out, char **token)
{
	struct scene *s = txn_scene(t);
	char *secret;
	uint8_t *digest;
	SessionRecord *session = ARENA_NEW(s->arena, SessionRecord);
	SessionRecord_init(session);
	TRY(make_room(t, holder_id));
	TRY(txn_new_id(t, KIND_SESSION, &session->id));
	TRY(txn_new_secret(t, &secret, &digest));
	session->holder_id = arena_strdup(s->arena, holder_id);
	session->secret_sha256 = (ProtobufCBinaryData){TXN_SECRET_DIGEST_BYTES, digest};
	session->device = device;
	session->created_ms = session->used_ms = s->now_ms;
	txn_put(t, KIND_SESSION, session);
	*token = arena_printf(s->arena, "pds_%s_%s_%s", txn_tenant(t), session->id, secret);
	*out = session;
	return OK;
}

static void set_cookie(struct txn *t, Role role, const SessionRecord *session, const char *token)
{
	txn_set_cookie(t, (struct txn_cookie){role, token, session_oldest_ms(session) - session->created_ms});
}

static void clear_cookie(struct txn *t, Role role)
{
	txn_set_cookie(t, (struct txn_cookie){.role = role, .value = ""});
}

static enum err sign_in(struct txn *t, struct account *account, const LoginRequest *req, LoginResponse *rsp)
{
	struct scene *s = txn_scene(t);
	SessionRecord *session;
	char *token;
	TRY(new_session(t, account->record->id, req->device, &session, &token));
	account->secret->last_login_ms = s->now_ms;
	txn_put(t, KIND_OPERATOR_SECRET, account->secret);
	account_event(t, EVENT_KIND_SIGNED_IN, session->id, account->record->id);
	if (req->cookie)
		set_cookie(t, ROLE_OPERATOR, session, token);
	else
		rsp->token = token;
	rsp->session = account_view_session(t, session);
	rsp->operator_ = account_view(t, account);
	rsp->second_factor_missing = account_lacks_factor(account->record, s->config->policy);
	rsp->recovery_codes_left = (uint32_t)account->secret->n_recovery_sha256;
	return OK;
}

HANDLER(login, Login)
{
	struct scene *s = txn_scene(t);
	struct sign_in in = {.name = req->name, .password = req->password};
	bool right = true;
	TRY(sign_in_try(t, &in));
	if (!in.right)
		return sign_in_wrong(t, &in);
	if (in.account.record->second_factor) {
		if (req->code[0] == '\0') {
			sign_in_spare(t, &in);
			txn_commit_error(t, fault_set(s->fault, ERR_SECOND_FACTOR_NEEDED, "code", "six digits"));
			return OK;
		}
		TRY(sign_in_take_code(t, &in.account, req->code, &right));
		if (!right)
			return sign_in_wrong(t, &in);
	}
	sign_in_forgive(t, &in);
	return sign_in(t, &in.account, req, rsp);
}

/* The resident's or member's. Not one that a session opened: it would never end. */
HANDLER(open_session, OpenSession)
{
	const struct actor *actor = txn_actor(t);
	SessionRecord *session;
	ResidentRecord *resident = NULL;
	MemberRecord *member = NULL;
	char *token;
	if (session_of(actor) != NULL)
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, NULL, "for those who come with a token");
	if (actor->role == ROLE_RESIDENT)
		TRY(TXN_GET(t, RESIDENT, actor->id, &resident));
	else
		TRY(TXN_GET(t, MEMBER, actor->id, &member));
	if ((resident != NULL && resident->erased_ms != 0) || (member != NULL && member->erased_ms != 0))
		return fault_set(txn_fault(t), ERR_ERASED, NULL, "nobody is left");
	TRY(new_session(t, actor->id, req->device, &session, &token));
	session->role = actor->role;
	if (actor->n_node_ids > 0)
		session->node_id = arena_strdup(txn_arena(t), actor->node_ids[0]);
	set_cookie(t, actor->role, session, token);
	rsp->session = account_view_session(t, session);
	if (actor->role == ROLE_RESIDENT)
		rsp->resident_id = session->holder_id;
	else
		rsp->member_id = session->holder_id;
	return OK;
}

/* "pdi_<tenant>_<operator id>_<secret>" */
static bool split_invite(struct txn *t, const char *invite, char **operator_id, struct slice *secret)
{
	const char *start = arena_printf(txn_arena(t), "pdi_%s_", txn_tenant(t));
	struct slice rest = slice_str(invite);
	if (!slice_starts(rest, slice_str(start)))
		return false;
	rest = slice_from(rest, strlen(start));
	const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.ptr, '_', rest.len);
	if (end == NULL)
		return false;
	*operator_id = arena_string(txn_arena(t), slice_of(rest.ptr, (size_t)(end - rest.ptr)));
	*secret = slice_from(rest, (size_t)(end - rest.ptr) + 1);
	return true;
}

static enum err find_invited(struct txn *t, const char *invite, struct account *account)
{
	char *operator_id;
	struct slice secret;
	uint8_t *digest;
	*account = (struct account){NULL, NULL};
	if (split_invite(t, invite, &operator_id, &secret)) {
		TRY(txn_sha256(t, secret, &digest));
		TRY(account_find(t, operator_id, account));
	}
	if (account->record == NULL || account->record->disabled ||
	    account->secret->invite_sha256.len != TXN_SECRET_DIGEST_BYTES ||
	    account->secret->invite_expires_ms <= txn_now_ms(t) ||
	    !secret_same(account->secret->invite_sha256.data, digest, TXN_SECRET_DIGEST_BYTES))
		return fault_set(txn_fault(t), ERR_INVITE_INVALID, "invite", "ask for a new one");
	return OK;
}

HANDLER(redeem_invite, RedeemInvite)
{
	struct scene *s = txn_scene(t);
	struct account account;
	TRY(find_invited(t, req->invite, &account));
	TRY(password_check(s, req->password, account.record->name, "password"));
	TRY(sign_in_set_password(t, &account, req->password));
	account_put(t, &account);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, account.record->id, account.record->id);
	rsp->name = account.record->name;
	return OK;
}

/* --- sessions --- */

static enum err own_session(struct txn *t, SessionRecord **session)
{
	if (session_of(txn_actor(t)) == NULL)
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, NULL, "for those who signed in");
	return TXN_GET(t, SESSION, session_of(txn_actor(t)), session);
}

HANDLER(logout, Logout)
{
	SessionRecord *session;
	(void)req;
	(void)rsp;
	TRY(own_session(t, &session));
	account_end_session(t, session);
	clear_cookie(t, session->role == ROLE_UNSPECIFIED ? ROLE_OPERATOR : session->role);
	return OK;
}

HANDLER(get_self, GetSelf)
{
	struct account account;
	SessionRecord *session;
	(void)req;
	TRY(own_session(t, &session));
	rsp->session = account_view_session(t, session);
	if (session->role == ROLE_RESIDENT)
		rsp->resident_id = session->holder_id;
	else if (session->role == ROLE_MEMBER)
		rsp->member_id = session->holder_id;
	if (session->role != ROLE_UNSPECIFIED)
		return OK;
	TRY(account_own(t, &account));
	rsp->operator_ = account_view(t, &account);
	rsp->second_factor_missing = account_lacks_factor(account.record, txn_config(t)->policy);
	return OK;
}

/* With the units that one's own account administers, if any. */
static enum err act_as_admin(struct txn *t)
{
	struct scene *s = txn_scene(t);
	struct account own;
	TRY(account_own(t, &own));
	if (!account_is_admin(own.record))
		return OK;
	struct actor *admin = arena_copy(s->arena, s->actor, sizeof(*admin));
	account_actor(own.record, s->config, ROLE_BIT(ADMIN), s->arena, admin);
	s->actor = admin;
	return OK;
}

/* Oneself, or, for administrators, somebody in their reach. */
static enum err check_whose(struct txn *t, const char *holder_id)
{
	const struct actor *actor = txn_actor(t);
	bool person = actor->role == ROLE_RESIDENT || actor->role == ROLE_MEMBER;
	struct account account;
	struct subject who;
	if ((session_of(actor) != NULL || person) && strcmp(actor->id, holder_id) == 0)
		return OK;
	/* Who is administrator of one unit and operator of another is asked as the first. */
	if (session_of(actor) != NULL && actor->role == ROLE_OPERATOR)
		TRY(act_as_admin(t));
	if (txn_actor(t)->role != ROLE_ADMIN && txn_scene(t)->actor->role != ROLE_ADMIN)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "whose sessions");
	enum record_kind kind = kind_of_letter(holder_id[0]);
	return kind == KIND_RESIDENT || kind == KIND_MEMBER ? subject_reach(t, holder_id, &who)
							    : account_get(t, holder_id, &account);
}

HANDLER(list_sessions, ListSessions)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	const char *named = req->person_id[0] != '\0' ? req->person_id : req->operator_id;
	const char *holder_id = named[0] != '\0' ? named : txn_actor(t)->id;
	if (req->person_id[0] != '\0' && req->operator_id[0] != '\0')
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "person_id", "an operator or a person, not both");
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(check_whose(t, holder_id));
	struct txn_range range = {.key = arena_printf(txn_arena(t), INDEX_SESSIONS, holder_id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_SESSION, arena_string(txn_arena(t), entries[i].member));
	rsp->sessions = arena_array(txn_arena(t), n, sizeof(*rsp->sessions));
	for (size_t i = 0; i < n; i++) {
		SessionRecord *session;
		TRY(TXN_PEEK(t, SESSION, arena_string(txn_arena(t), entries[i].member), &session));
		if (session != NULL && session_live(session, txn_now_ms(t)))
			rsp->sessions[rsp->n_sessions++] = account_view_session(t, session);
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

HANDLER(revoke_session, RevokeSession)
{
	SessionRecord *session;
	(void)rsp;
	TRY(TXN_GET(t, SESSION, req->session_id, &session));
	if (check_whose(t, session->holder_id) == ERR_NOT_FOUND)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "session");
	TRY(check_whose(t, session->holder_id));
	account_end_session(t, session);
	return OK;
}

/* --- one's own account --- */

/* The password of who is signed in, tried like that of who is not. */
static enum err try_own(struct txn *t, const char *password, struct sign_in *in)
{
	struct account account;
	TRY(account_own(t, &account));
	*in = (struct sign_in){.name = account.record->name, .password = password};
	return sign_in_try(t, in);
}

HANDLER(change_password, ChangePassword)
{
	struct sign_in in;
	struct account own;
	(void)rsp;
	TRY(account_own(t, &own));
	TRY(password_check(txn_scene(t), req->new_password, own.record->name, "new_password"));
	TRY(try_own(t, req->password, &in));
	if (!in.right)
		return sign_in_wrong(t, &in);
	TRY(sign_in_set_password(t, &in.account, req->new_password));
	TRY(account_end_sessions(t, in.account.record->id, session_of(txn_actor(t))));
	sign_in_forgive(t, &in);
	txn_put(t, KIND_OPERATOR_SECRET, in.account.secret);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, in.account.record->id, in.account.record->id);
	return OK;
}

HANDLER(enrol_totp, EnrolTotp)
{
	struct arena *a = txn_arena(t);
	struct sign_in in;
	TRY(try_own(t, req->password, &in));
	if (!in.right)
		return sign_in_wrong(t, &in);
	sign_in_forgive(t, &in);
	struct slice secret = slice_of(txn_new_bytes(t, TOTP_SECRET_BYTES), TOTP_SECRET_BYTES);
	in.account.secret->totp_pending = (ProtobufCBinaryData){secret.len, (uint8_t *)(uintptr_t)secret.ptr};
	txn_put(t, KIND_OPERATOR_SECRET, in.account.secret);
	rsp->uri =
	    totp_uri(a, secret, arena_printf(a, "paidan %s", txn_config(t)->tenant->name), in.account.record->name);
	rsp->secret = totp_base32(a, secret);
	return OK;
}

HANDLER(confirm_totp, ConfirmTotp)
{
	struct scene *s = txn_scene(t);
	struct account account;
	TRY(account_own(t, &account));
	OperatorSecretRecord *secret = account.secret;
	uint64_t step =
	    secret->totp_pending.len == 0
		? TOTP_NO_STEP
		: totp_match(slice_of(secret->totp_pending.data, secret->totp_pending.len), req->code, s->now_ms, 0);
	if (step == TOTP_NO_STEP)
		return fault_set(s->fault, ERR_FIELD_INVALID, "code", "is not what the authenticator shows now");
	secret->totp_secret = secret->totp_pending;
	secret->totp_pending = (ProtobufCBinaryData){0, NULL};
	secret->totp_step = step;
	account.record->second_factor = true;
	TRY(sign_in_new_codes(t, &account, &rsp->recovery_codes));
	rsp->n_recovery_codes = LIMIT_RECOVERY_CODES;
	account_put(t, &account);
	account_event(t, EVENT_KIND_OPERATOR_CHANGED, account.record->id, account.record->id);
	return OK;
}

const struct method session_methods[] = {
    METHOD(SessionService, Login, login, .again = NULL),
    METHOD(SessionService, OpenSession, open_session, .again = NULL),
    METHOD(SessionService, RedeemInvite, redeem_invite, .again = NULL),
    METHOD(SessionService, Logout, logout, .again = NULL),
    METHOD(SessionService, GetSelf, get_self, .again = NULL),
    METHOD(SessionService, ListSessions, list_sessions, .again = NULL),
    METHOD(SessionService, RevokeSession, revoke_session, .again = NULL),
    METHOD(SessionService, ChangePassword, change_password, .again = NULL),
    METHOD(SessionService, EnrolTotp, enrol_totp, .again = NULL),
    METHOD(SessionService, ConfirmTotp, confirm_totp, .again = NULL),
};
const size_t session_methods_n = sizeof(session_methods) / sizeof(session_methods[0]);
