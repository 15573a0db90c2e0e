#include "domain/account.h"

#include "base/limits.h"
#include "domain/authz.h"

bool account_is_admin(const OperatorRecord *o)
{
	for (size_t i = 0; i < o->n_assignments; i++) {
		if (o->assignments[i]->role == ROLE_ADMIN)
			return true;
	}
	return false;
}

bool account_lacks_factor(const OperatorRecord *o, const Policy *policy)
{
	return !o->second_factor && !policy->admins_without_totp && account_is_admin(o);
}

static bool is_operator_only(const OperatorRecord *o)
{
	for (size_t i = 0; i < o->n_assignments; i++) {
		if (o->assignments[i]->role != ROLE_ADMIN)
			return true;
	}
	return false;
}

void account_actor(const OperatorRecord *o, const struct config *config, unsigned roles, struct arena *a,
		   struct actor *actor)
{
	bool for_admins = (roles & 1U << ROLE_OPERATOR) == 0 && account_is_admin(o);
	const char **nodes = arena_array(a, o->n_assignments, sizeof(*nodes));
	size_t n = 0;
	bool whole = false;
	for (size_t i = 0; i < o->n_assignments; i++) {
		const AssignmentRecord *assignment = o->assignments[i];
		if (for_admins && assignment->role != ROLE_ADMIN)
			continue;
		whole |= strcmp(assignment->node_id, config->root->record->id) == 0;
		nodes[n++] = arena_strdup(a, assignment->node_id);
	}
	actor->role = for_admins || !is_operator_only(o) ? ROLE_ADMIN : ROLE_OPERATOR;
	actor->node_ids = nodes;
	actor->n_node_ids = whole ? 0 : n;
}

enum err account_check_assignments(struct scene *s, Assignment *const *assignments, size_t n, const char *field)
{
	if (n == 0)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, field, "what may they do?");
	for (size_t i = 0; i < n; i++) {
		const char *node_id = assignments[i]->node_id;
		TRY(authz_node(s, node_id[0] == '\0' ? s->config->root->record->id : node_id,
			       arena_printf(s->arena, "%s[%zu].node_id", field, i)));
	}
	return OK;
}

enum err account_reach(struct scene *s, const OperatorRecord *o)
{
	for (size_t i = 0; i < o->n_assignments; i++) {
		if (authz_node(s, o->assignments[i]->node_id, NULL) != OK)
			return fault_set(s->fault, ERR_NOT_FOUND, NULL, "operator");
	}
	return OK;
}

const char *session_of(const struct actor *actor)
{
	return actor->key_id[0] == 's' ? actor->key_id : NULL;
}

static bool is_of_person(const SessionRecord *session)
{
	return session->role != ROLE_UNSPECIFIED;
}

int64_t session_oldest_ms(const SessionRecord *session)
{
	return session->created_ms + (is_of_person(session) ? LIMIT_PERSON_SESSION_MS : LIMIT_SESSION_MS);
}

int64_t session_ends_ms(const SessionRecord *session)
{
	int64_t by_age_ms = session_oldest_ms(session);
	int64_t by_idleness_ms =
	    session->used_ms + (is_of_person(session) ? LIMIT_PERSON_SESSION_IDLE_MS : LIMIT_SESSION_IDLE_MS);
	return by_age_ms < by_idleness_ms ? by_age_ms : by_idleness_ms;
}

bool session_live(const SessionRecord *session, int64_t now_ms)
{
	return now_ms < session_ends_ms(session);
}
