/*
 * operators: accounts of the people at desks, as OperatorService, SessionService and a new tenant use them.
 *
 * Nouns: an account is two records, what each request needs and, sealed, the rest; an invite is the one-time
 * token with which its owner sets the first password; events of accounts name the operator or the session.
 * Errors: as txn.h; ERR_NOT_FOUND for accounts beyond the actor's reach, ERR_FIELD_* and ERR_ALREADY_EXISTS
 * for a new one, ERR_PERMISSION_DENIED where a session is needed.
 */
#ifndef PAIDAN_SERVICE_OPERATORS_H
#define PAIDAN_SERVICE_OPERATORS_H

#include "domain/account.h"
#include "service/reply.h"

struct account {
	OperatorRecord *record;
	OperatorSecretRecord *secret;
};

/* NULL records with OK when there is none. */
enum err account_find(struct txn *t, const char *id, struct account *out);
/* One within the actor's reach. */
enum err account_get(struct txn *t, const char *id, struct account *out);
/* The account whose session asks. */
enum err account_own(struct txn *t, struct account *out);
/* A new one without assignments, to be put by account_put; field is the name's. */
enum err account_new(struct txn *t, const char *name, const char *display_name, const char *field, struct account *out);
void account_assign(struct txn *t, struct account *account, Role role, const char *node_id);
void account_put(struct txn *t, const struct account *account);
Operator *account_view(struct txn *t, const struct account *account);

/* Sets a new invite; the token. */
enum err account_invite(struct txn *t, struct account *account, char **invite);

/* Ends the account's sessions but one (NULL: all). */
enum err account_end_sessions(struct txn *t, const char *operator_id, const char *but_id);
void account_end_session(struct txn *t, SessionRecord *session);
Session *account_view_session(struct txn *t, const SessionRecord *session);
/* subject: the operator's or session's id, "" for a name that nobody has; operator: who it is about. */
void account_event(struct txn *t, EventKind kind, const char *subject_id, const char *operator_id);

#endif
