/*
 * authn: from what a request brings to an actor. The only place that knows what a credential is worth.
 *
 * Rules: a key is looked up in the tenant's configuration and compared in constant time, with its old secret
 * too as long as that works; it must be neither revoked nor expired, and its scope (domain/scope.h) must
 * reach to the method and the address. Only a BACKEND
 * key may act as a resident or a member; an ADMIN key may too, to help on the phone. The root key acts
 * as ADMIN of any tenant. A token (txn/token.h) acts as whom it names and for nobody else. A certificate stands for
 * the backend that is registered by one of its names, as a key would. An
 * operator's session is a record, as the operator is; both are guarded like what a handler reads, so that a revoked one
 * writes nothing. One of a resident or member was opened with a token and lasts longer than it. Without a credential
 * there is nobody, which only a method that counts UNSPECIFIED among its roles allows. A new kind of credential: its
 * row in enum credential_kind, its form in rpc/auth.c, its function here. It may read records (txn_peek) and pass
 * ERR_WANTED up, like a handler. Ownership: the actor's strings live as long as the transaction. Errors:
 * ERR_UNAUTHENTICATED, ERR_SESSION_ENDED, ERR_CREDENTIAL_REVOKED, ERR_CREDENTIAL_EXPIRED, those of scope_allows,
 * ERR_PERMISSION_DENIED (may not act for others), ERR_WANTED. Nothing but the first two is said to who does not know
 * the secret.
 */
#ifndef PAIDAN_TXN_AUTHN_H
#define PAIDAN_TXN_AUTHN_H

#include "txn/exec.h"

enum err authn_actor(struct txn *t, const struct credential *credential, struct actor *actor);

#endif
