/*
 * account: operators and their sessions: who may do what, and for how long.
 *
 * Nouns: an assignment is a role at a node of the org tree; a session is live until its last moment, by
 * age or by idleness; those of residents and members, on phones of their own, live longer.
 * Rules: an administrator of a unit is an operator of it, too. A method for administrators is done with
 * the nodes of which one is administrator; any other with all of one's nodes. Whoever administers anything
 * signs in with a second factor, unless the policy waives it.
 * Ownership: an actor's lists lie in the arena given. Errors: those of account_check_assignments.
 */
#ifndef PAIDAN_DOMAIN_ACCOUNT_H
#define PAIDAN_DOMAIN_ACCOUNT_H

#include "domain/config.h"

bool account_is_admin(const OperatorRecord *o);
/* It has to set up a second factor before it may do anything else. */
bool account_lacks_factor(const OperatorRecord *o, const Policy *policy);
/* Fills role and nodes for a method of those roles (bits). */
void account_actor(const OperatorRecord *o, const struct config *config, unsigned roles, struct arena *a,
		   struct actor *actor);
/* What is wrong with them, or beyond the actor's own reach. ERR_FIELD_*, ERR_NOT_FOUND. */
enum err account_check_assignments(struct scene *s, Assignment *const *assignments, size_t n, const char *field);
/* Whether all that an account may do lies within the actor's reach. ERR_NOT_FOUND. */
enum err account_reach(struct scene *s, const OperatorRecord *o);

/* The session that the actor came with; NULL for none. */
const char *session_of(const struct actor *actor);
/* At the latest, however much it is used. */
int64_t session_oldest_ms(const SessionRecord *session);
int64_t session_ends_ms(const SessionRecord *session);
bool session_live(const SessionRecord *session, int64_t now_ms);

#endif
