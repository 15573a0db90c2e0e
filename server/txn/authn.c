#include "txn/authn.h"

#include "base/secret.h"
#include "domain/account.h"
#include "domain/scope.h"
#include "txn/exec_internal.h"

static enum err refuse(struct txn *t, const char *why)
{
	return fault_set(&t->fault, ERR_UNAUTHENTICATED, NULL, "%s", why);
}

static enum err act_as(struct txn *t, const struct credential *credential, struct actor *actor)
{
	if (credential->act_as == ROLE_UNSPECIFIED)
		return OK;
	if (actor->role != ROLE_BACKEND && actor->role != ROLE_ADMIN)
		return fault_set(&t->fault, ERR_PERMISSION_DENIED, NULL, "this key may not act for others");
	if (credential->act_as_id.len == 0)
		return refuse(t, "nobody to act for");
	if (actor->role == ROLE_ADMIN && actor->n_node_ids > 0)
		return fault_set(&t->fault, ERR_PERMISSION_DENIED, NULL, "this key has a part of the tenant only");
	actor->by_staff = actor->role == ROLE_ADMIN;
	actor->role = credential->act_as;
	actor->id = arena_string(&t->keep, credential->act_as_id);
	return OK;
}

static const char *const *one_node(struct arena *a, const char *node_id)
{
	const char **nodes = arena_array(a, 1, sizeof(*nodes));
	nodes[0] = arena_strdup(a, node_id);
	return nodes;
}

/* A credential from before that was written down, or given away with the root key, is a person of its own. */
static const char *person_of(struct arena *a, const char *person_id, const char *own_id)
{
	return arena_strdup(a, person_id[0] != '\0' ? person_id : own_id);
}

static bool is_secret(ProtobufCBinaryData kept, const struct credential *credential)
{
	return kept.len == sizeof(credential->secret_sha256) &&
	       secret_same(kept.data, credential->secret_sha256, sizeof(credential->secret_sha256));
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
	return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* Whether a machine's credential is good for this method, now and from there. */
static enum err check_scope(struct txn *t, const struct credential *credential, bool revoked, int64_t until_ms,
			    const Scope *scope)
{
	if (revoked)
		return fault_set(&t->fault, ERR_CREDENTIAL_REVOKED, NULL, "revoked");
	if (until_ms != 0 && until_ms <= t->scene.now_ms)
		return fault_set(&t->fault, ERR_CREDENTIAL_EXPIRED, NULL, "expired");
	bool writes = (t->method->flags & METHOD_WRITES) != 0;
	return scope_allows(scope, t->method->path, writes, credential->peer, &t->fault);
}

static enum err key_actor(struct txn *t, const struct credential *credential, struct actor *actor)
{
	const struct config *config = txn_config(t);
	struct arena *a = &t->keep;
	const ApiKeyRecord *key = config == NULL ? NULL : config_key(config, arena_string(a, credential->id));
	bool is_old = key != NULL && is_secret(key->old_sha256, credential);
	if (key == NULL || (!is_old && !is_secret(key->secret_sha256, credential)))
		return refuse(t, "unknown key");
	*actor = (struct actor){
	    .role = key->role,
	    .id = arena_strdup(a, key->id),
	    .key_id = arena_strdup(a, key->id),
	    .person_id = person_of(a, is_old ? key->old_person_id : key->person_id, key->id),
	    .node_ids = one_node(a, key->node_id),
	    .n_node_ids = key->node_id[0] != '\0',
	    .until_ms = is_old ? sooner(key->expires_ms, key->old_until_ms) : key->expires_ms,
	};
	TRY(check_scope(t, credential, key->revoked, actor->until_ms, key->scope));
	return act_as(t, credential, actor);
}

/* The first of its names that is registered. */
static enum err cert_actor(struct txn *t, const struct credential *credential, struct actor *actor)
{
	const struct config *config = txn_config(t);
	const ClientCertRecord *cert = NULL;
	struct arena *a = &t->keep;
	for (size_t i = 0; config != NULL && i < credential->n_names && cert == NULL; i++)
		cert = config_client_cert(config, credential->names[i]);
	if (cert == NULL)
		return refuse(t, "nobody is registered by this certificate");
	*actor = (struct actor){
	    .role = cert->role,
	    .id = arena_strdup(a, cert->id),
	    .key_id = arena_strdup(a, cert->id),
	    .person_id = person_of(a, cert->person_id, cert->id),
	    .node_ids = one_node(a, cert->node_id),
	    .n_node_ids = cert->node_id[0] != '\0',
	    .until_ms = credential->until_ms,
	};
	TRY(check_scope(t, credential, cert->revoked, actor->until_ms, cert->scope));
	return act_as(t, credential, actor);
}

static enum err token_actor(struct txn *t, const struct credential *credential, struct actor *actor)
{
	const struct config *config = txn_config(t);
	struct token_claims claims;
	struct arena *a = &t->keep;
	if (config == NULL)
		return refuse(t, "no tenant");
	TRY(token_check(t->exec->tokens, a, config, credential->token, t->scene.now_ms, &t->fault, &claims));
	*actor = (struct actor){
	    .role = claims.role,
	    .id = claims.id,
	    .key_id = claims.issuer_id,
	    .person_id = claims.id,
	    .node_ids = one_node(a, claims.node_id),
	    .n_node_ids = claims.node_id[0] != '\0',
	    .until_ms = claims.until_ms,
	};
	return act_as(t, credential, actor);
}

/* Whether it is found out or not, the same is said: who has it may not know more. */
static enum err session_ended(struct txn *t)
{
	return fault_set(&t->fault, ERR_SESSION_ENDED, NULL, "no such session");
}

/* Of a resident or member: for whom it was opened, as long as there is such a person. */
static enum err person_session_actor(struct txn *t, const SessionRecord *session, struct actor *actor)
{
	struct arena *a = &t->keep;
	ResidentRecord *resident = NULL;
	MemberRecord *member = NULL;
	if (session->role == ROLE_RESIDENT)
		TRY(TXN_PEEK(t, RESIDENT, arena_strdup(a, session->holder_id), &resident));
	else
		TRY(TXN_PEEK(t, MEMBER, arena_strdup(a, session->holder_id), &member));
	bool there = (resident != NULL && resident->erased_ms == 0) || (member != NULL && member->erased_ms == 0);
	if (!there)
		return session_ended(t);
	*actor = (struct actor){
	    .role = session->role,
	    .id = arena_strdup(a, session->holder_id),
	    .key_id = arena_strdup(a, session->id),
	    .person_id = arena_strdup(a, session->holder_id),
	    .node_ids = one_node(a, session->node_id),
	    .n_node_ids = session->node_id[0] != '\0',
	    .until_ms = session_ends_ms(session),
	};
	return OK;
}

/* Its records are guarded, like all that a handler reads: what was revoked writes nothing. */
static enum err session_actor(struct txn *t, const struct credential *credential, struct actor *actor)
{
	const struct config *config = txn_config(t);
	struct arena *a = &t->keep;
	SessionRecord *session;
	OperatorRecord *account;
	if (config == NULL)
		return session_ended(t);
	TRY(TXN_FIND(t, SESSION, arena_string(a, credential->id), &session));
	if (session == NULL || !is_secret(session->secret_sha256, credential) || !session_live(session, txn_now_ms(t)))
		return session_ended(t);
	if (session->role != ROLE_UNSPECIFIED)
		return person_session_actor(t, session, actor);
	TRY(TXN_FIND(t, OPERATOR, session->holder_id, &account));
	if (account == NULL || account->disabled)
		return session_ended(t);
	if (account_lacks_factor(account, config->policy) && (t->method->flags & METHOD_BARE_SESSION) == 0)
		return fault_set(&t->fault, ERR_SECOND_FACTOR_MISSING, NULL, "see SessionService/EnrolTotp");
	actor->id = actor->person_id = arena_strdup(a, account->id);
	actor->key_id = arena_strdup(a, session->id);
	actor->until_ms = session_ends_ms(session);
	account_actor(account, config, t->method->roles, a, actor);
	return act_as(t, credential, actor);
}

enum err authn_actor(struct txn *t, const struct credential *credential, struct actor *actor)
{
	*actor = (struct actor){.role = ROLE_UNSPECIFIED, .id = "", .key_id = "", .person_id = ""};
	switch (credential->kind) {
	case CREDENTIAL_NONE:
		return (t->method->roles & ROLE_BIT(UNSPECIFIED)) != 0 ? OK : refuse(t, "no credentials");
	case CREDENTIAL_KEY:
		return key_actor(t, credential, actor);
	case CREDENTIAL_CERT:
		return cert_actor(t, credential, actor);
	case CREDENTIAL_TOKEN:
		return token_actor(t, credential, actor);
	case CREDENTIAL_SESSION:
		return session_actor(t, credential, actor);
	case CREDENTIAL_ROOT:
		actor->role = ROLE_ADMIN;
		actor->id = actor->person_id = "root";
		return act_as(t, credential, actor);
	case CREDENTIAL_SYSTEM:
		actor->role = ROLE_SYSTEM;
		return OK;
	}
	return refuse(t, "no credentials");
}
