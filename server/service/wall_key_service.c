/* Keys of screens: API keys of a role that reads the wall alone, which operators may give out for their own units. */
#include "base/limits.h"
#include "service/api_key.h"
#include "service/reply.h"
#include "service/services.h"

enum { DAYS_DEFAULT = 365, DAYS_MOST = 400 };

#define DAY_MS INT64_C(86400000)

/* As who minted it: a key for a part of a tenant has that part at the most. */
static enum err wall_node(struct scene *s, const char *node_id, const char **out)
{
	*out = node_id[0] != '\0' ? node_id : authz_home_node(s);
	return authz_node(s, *out, "node_id");
}

static enum err check_expiry(struct txn *t, int64_t wanted_ms, int64_t *out)
{
	int64_t now_ms = txn_now_ms(t);
	TRY(api_key_expiry(t, wanted_ms, "expires_ms"));
	if (wanted_ms > now_ms + DAYS_MOST * DAY_MS)
		return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, "expires_ms", "at most %d days", DAYS_MOST);
	*out = wanted_ms != 0 ? wanted_ms : now_ms + DAYS_DEFAULT * DAY_MS;
	return OK;
}

/* Operators can't use up the keys that backends and desks need. */
static enum err make_room(struct txn *t)
{
	const struct config *config = txn_config(t);
	size_t n = 0;
	for (size_t i = 0; i < config->n_keys; i++)
		n += config->keys[i]->role == ROLE_WALL && !config->keys[i]->revoked &&
		     config->keys[i]->expires_ms > txn_now_ms(t);
	if (n >= LIMIT_WALL_KEYS)
		return fault_set(txn_fault(t), ERR_TENANT_FULL, NULL, "%d keys of screens", LIMIT_WALL_KEYS);
	return api_key_make_room(t);
}

HANDLER(create_wall_key, CreateWallKey)
{
	struct arena *a = txn_arena(t);
	ApiKeyRecord *record;
	const char *node_id;
	TRY(wall_node(txn_scene(t), req->node_id, &node_id));
	TRY(check_expiry(t, req->expires_ms, &rsp->expires_ms));
	TRY(make_room(t));
	TRY(api_key_new(t, &record, &rsp->key));
	record->role = ROLE_WALL;
	record->node_id = arena_strdup(a, node_id);
	record->label = req->label;
	record->expires_ms = rsp->expires_ms;
	txn_put(t, KIND_API_KEY, record);
	rsp->key_id = record->id;
	txn_subject(t, record->id);
	return OK;
}

static enum err again_wall_key(struct txn *t, const char *subject_id, void *response)
{
	CreateWallKeyResponse *rsp = response;
	ApiKeyRecord *record;
	TRY(TXN_GET(t, API_KEY, subject_id, &record));
	rsp->key_id = record->id;
	rsp->expires_ms = record->expires_ms;
	return OK;
}

/* A key that is no screen's, or of a unit beyond reach, does not exist here. */
static bool is_in_reach(struct scene *s, const ApiKeyRecord *key)
{
	return key->role == ROLE_WALL && authz_reaches(s->actor, s->config, key->node_id);
}

static enum err view_key(struct txn *t, const ApiKeyRecord *record, WallKey **out)
{
	WallKey *key = *out = ARENA_NEW(txn_arena(t), WallKey);
	UseRecord *use;
	TRY(TXN_PEEK(t, USE, record->id, &use));
	WallKey_init(key);
	key->key_id = record->id;
	key->label = record->label;
	key->node_id = record->node_id;
	key->created_ms = record->created_ms;
	key->expires_ms = record->expires_ms;
	key->revoked = record->revoked;
	key->last_used_ms = use == NULL ? 0 : use->last_ms;
	return OK;
}

HANDLER(list_wall_keys, ListWallKeys)
{
	const ApiKeyRecord **keys;
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	api_key_page(t, &page, is_in_reach, &keys, &rsp->n_keys, &rsp->next_page_token);
	rsp->keys = arena_array(txn_arena(t), rsp->n_keys, sizeof(*rsp->keys));
	for (size_t i = 0; i < rsp->n_keys; i++)
		TRY(view_key(t, keys[i], &rsp->keys[i]));
	return OK;
}

HANDLER(revoke_wall_key, RevokeWallKey)
{
	struct scene *s = txn_scene(t);
	ApiKeyRecord *key;
	(void)rsp;
	TRY(TXN_GET(t, API_KEY, req->key_id, &key));
	if (!is_in_reach(s, key))
		return fault_set(s->fault, ERR_NOT_FOUND, "key_id", "key");
	if (!key->revoked)
		key->revoked_ms = s->now_ms;
	key->revoked = true;
	txn_put(t, KIND_API_KEY, key);
	return OK;
}

const struct method wall_key_methods[] = {
    METHOD(WallService, CreateWallKey, create_wall_key, .again = again_wall_key),
    METHOD(WallService, ListWallKeys, list_wall_keys, .again = NULL),
    METHOD(WallService, RevokeWallKey, revoke_wall_key, .again = NULL),
};
const size_t wall_key_methods_n = sizeof(wall_key_methods) / sizeof(wall_key_methods[0]);
