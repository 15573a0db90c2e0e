#include "txn/authn.h"

#include "base/secret.h"
#include "domain/config.h"

static enum err act_as(const struct credential *credential, struct arena *a, struct fault *fault, struct actor *actor)
{
	if (credential->act_as == ROLE_UNSPECIFIED)
		return OK;
	if (actor->role != ROLE_BACKEND && actor->role != ROLE_ADMIN)
		return fault_set(fault, ERR_PERMISSION_DENIED, NULL, "this key may not act for others");
	if (credential->act_as_id.len == 0)
		return fault_set(fault, ERR_UNAUTHENTICATED, NULL, "nobody to act for");
	actor->role = credential->act_as;
	actor->id = arena_string(a, credential->act_as_id);
	return OK;
}

static enum err key_actor(const struct config *config, const struct credential *credential, struct arena *a,
			  struct fault *fault, struct actor *actor)
{
	const ApiKeyRecord *key = config_key(config, arena_string(a, credential->key_id));
	if (key == NULL || key->revoked || key->secret_sha256.len != sizeof(credential->secret_sha256) ||
	    !secret_same(key->secret_sha256.data, credential->secret_sha256, sizeof(credential->secret_sha256)))
		return fault_set(fault, ERR_UNAUTHENTICATED, NULL, "unknown key");
	*actor = (struct actor){
	    .role = key->role,
	    .id = arena_strdup(a, key->id),
	    .key_id = arena_strdup(a, key->id),
	    .node_id = arena_strdup(a, key->node_id),
	};
	return act_as(credential, a, fault, actor);
}

enum err authn_actor(const struct config *config, const struct credential *credential, struct arena *a,
		     struct fault *fault, struct actor *actor)
{
	*actor = (struct actor){.role = ROLE_UNSPECIFIED, .id = "", .node_id = "", .key_id = ""};
	switch (credential->kind) {
	case CREDENTIAL_NONE:
		break;
	case CREDENTIAL_KEY:
		if (config == NULL)
			break;
		return key_actor(config, credential, a, fault, actor);
	case CREDENTIAL_ROOT:
		actor->role = ROLE_ADMIN;
		actor->id = "root";
		return act_as(credential, a, fault, actor);
	case CREDENTIAL_SYSTEM:
		actor->role = ROLE_SYSTEM;
		return OK;
	}
	return fault_set(fault, ERR_UNAUTHENTICATED, NULL, "no credentials");
}
