/*
 * authn: from what a request brings to an actor.
 *
 * Rules: a key is looked up in the tenant's configuration and compared in constant time; only a BACKEND
 * key may act as a resident or a member; an ADMIN key may too, to help on the phone. The root key acts
 * as ADMIN of any tenant.
 * Ownership: the actor's strings lie in the arena or in the configuration.
 * Errors: ERR_UNAUTHENTICATED, ERR_PERMISSION_DENIED (may not act for others).
 */
#ifndef PAIDAN_TXN_AUTHN_H
#define PAIDAN_TXN_AUTHN_H

#include "txn/exec.h"

enum err authn_actor(const struct config *config, const struct credential *credential, struct arena *a,
		     struct fault *fault, struct actor *actor);

#endif
