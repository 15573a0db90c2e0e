#include "base/limits.h"
#include "domain/scope.h"
#include "service/api_key.h"
#include "service/audit.h"
#include "service/reply.h"
#include "service/services.h"

/* Who owns the server gives keys to others. */
static char *shown_to(struct txn *t)
{
	const char *person_id = txn_actor(t)->person_id;
	return arena_strdup(txn_arena(t), strcmp(person_id, "root") == 0 ? "" : person_id);
}

enum err api_key_secret(struct txn *t, ApiKeyRecord *record, char **text)
{
	char *secret;
	uint8_t *digest;
	TRY(txn_new_secret(t, &secret, &digest));
	record->secret_sha256 = (ProtobufCBinaryData){TXN_SECRET_DIGEST_BYTES, digest};
	record->person_id = shown_to(t);
	*text = arena_printf(txn_arena(t), "pdk_%s_%s_%s", txn_tenant(t), record->id, secret);
	return OK;
}

enum err api_key_new(struct txn *t, ApiKeyRecord **record, char **text)
{
	*record = ARENA_NEW(txn_arena(t), ApiKeyRecord);
	ApiKeyRecord_init(*record);
	TRY(txn_new_id(t, KIND_API_KEY, &(*record)->id));
	(*record)->created_ms = txn_now_ms(t);
	return api_key_secret(t, *record, text);
}

enum err credential_forget_use(struct txn *t, const char *id)
{
	UseRecord *use;
	TRY(TXN_FIND(t, USE, id, &use));
	if (use != NULL)
		txn_remove(t, KIND_USE, use);
	return OK;
}

static bool method_exists(const char *name)
{
	for (size_t i = 0; i < service_tables_n; i++) {
		for (size_t k = 0; k < *service_tables[i].n; k++) {
			if (scope_names(name, service_tables[i].methods[k].path))
				return true;
		}
	}
	return false;
}

enum err api_key_scope(struct txn *t, const Scope *scope, const char *field)
{
	struct scene *s = txn_scene(t);
	TRY(scope_check(s, scope, field));
	for (size_t i = 0; scope != NULL && i < scope->n_methods; i++) {
		if (!method_exists(scope->methods[i]))
			return fault_set(s->fault, ERR_FIELD_INVALID,
					 arena_printf(s->arena, "%s.methods[%zu]", field, i),
					 "no service or Service/Method");
	}
	return OK;
}

enum err api_key_expiry(struct txn *t, int64_t expires_ms, const char *field)
{
	if (expires_ms == 0 || expires_ms >= txn_now_ms(t) + LIMIT_KEY_LIFE_MIN_MS)
		return OK;
	return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, field, "at least a minute from now, or 0");
}

/* Whether the administrator may give, change or take away what that node bounds. */
static enum err within_reach(struct scene *s, const char *node_id, const char *field)
{
	return node_id[0] != '\0' ? authz_node(s, node_id, field) : authz_whole_tenant(s);
}

enum err api_key_make_room(struct txn *t)
{
	const struct config *config = txn_config(t);
	const ApiKeyRecord *oldest = NULL;
	size_t revoked = 0;
	for (size_t i = 0; i < config->n_keys; i++) {
		const ApiKeyRecord *key = config->keys[i];
		revoked += key->revoked ? 1 : 0;
		if (key->revoked && (oldest == NULL || key->revoked_ms < oldest->revoked_ms))
			oldest = key;
	}
	if (config->n_keys - revoked >= LIMIT_API_KEYS)
		return fault_set(txn_fault(t), ERR_TENANT_FULL, NULL, "%d keys", LIMIT_API_KEYS);
	if (revoked <= LIMIT_REVOKED)
		return OK;
	ApiKeyRecord *record;
	TRY(TXN_GET(t, API_KEY, oldest->id, &record));
	txn_remove(t, KIND_API_KEY, record);
	return credential_forget_use(t, oldest->id);
}

void api_key_page(struct txn *t, struct page *page, bool (*shown)(struct scene *s, const ApiKeyRecord *key),
		  const ApiKeyRecord ***keys, size_t *n, char **next_page_token)
{
	struct scene *s = txn_scene(t);
	*keys = arena_array(s->arena, page->size, sizeof(**keys));
	*n = 0;
	for (size_t i = 0; i < s->config->n_keys; i++) {
		const ApiKeyRecord *key = s->config->keys[i];
		if (!shown(s, key) || !page_takes(t, page, key->id, next_page_token))
			continue;
		(*keys)[(*n)++] = key;
		txn_prefetch(t, KIND_USE, key->id);
	}
}

HANDLER(create_api_key, CreateApiKey)
{
	struct scene *s = txn_scene(t);
	ApiKeyRecord *record;
	TRY(within_reach(s, req->node_id, "node_id"));
	TRY(api_key_scope(t, req->scope, "scope"));
	TRY(api_key_expiry(t, req->expires_ms, "expires_ms"));
	TRY(api_key_make_room(t));
	TRY(api_key_new(t, &record, &rsp->key));
	record->role = req->role;
	record->node_id = req->node_id;
	record->label = req->label;
	record->scope = req->scope;
	record->expires_ms = req->expires_ms;
	txn_put(t, KIND_API_KEY, record);
	audit_note(t, (struct audit_note){AUDIT_KIND_KEY_CHANGED, record->id, NULL, NULL});
	rsp->key_id = record->id;
	txn_subject(t, record->id);
	return OK;
}

/* Both replies begin with the key's id. The secret is not kept, and can't be shown again. */
struct key_response {
	ProtobufCMessage base;
	char *key_id;
};

static enum err again_key(struct txn *t, const char *subject_id, void *response)
{
	((struct key_response *)response)->key_id = arena_strdup(txn_arena(t), subject_id);
	return OK;
}

HANDLER(rotate_api_key, RotateApiKey)
{
	struct scene *s = txn_scene(t);
	ApiKeyRecord *record;
	TRY(TXN_GET(t, API_KEY, req->key_id, &record));
	TRY(within_reach(s, record->node_id, "key_id"));
	if (record->revoked)
		return fault_set(s->fault, ERR_CREDENTIAL_REVOKED, "key_id", "make a new one");
	record->old_sha256 = record->secret_sha256;
	record->old_person_id = record->person_id;
	record->old_until_ms = s->now_ms + req->overlap_ms;
	record->rotated_ms = s->now_ms;
	TRY(api_key_secret(t, record, &rsp->key));
	txn_put(t, KIND_API_KEY, record);
	audit_note(t, (struct audit_note){AUDIT_KIND_KEY_CHANGED, record->id, NULL, NULL});
	rsp->key_id = record->id;
	txn_subject(t, record->id);
	return OK;
}

HANDLER(revoke_api_key, RevokeApiKey)
{
	ApiKeyRecord *key;
	(void)rsp;
	TRY(TXN_GET(t, API_KEY, req->key_id, &key));
	TRY(within_reach(txn_scene(t), key->node_id, "key_id"));
	if (!key->revoked)
		key->revoked_ms = txn_now_ms(t);
	key->revoked = true;
	txn_put(t, KIND_API_KEY, key);
	audit_note(t, (struct audit_note){AUDIT_KIND_KEY_CHANGED, key->id, NULL, NULL});
	return OK;
}

static enum err view_key(struct txn *t, const ApiKeyRecord *record, ApiKey **out)
{
	ApiKey *key = *out = ARENA_NEW(txn_arena(t), ApiKey);
	UseRecord *use;
	TRY(TXN_PEEK(t, USE, record->id, &use));
	ApiKey_init(key);
	key->key_id = record->id;
	key->role = record->role;
	key->node_id = record->node_id;
	key->label = record->label;
	key->scope = record->scope;
	key->created_ms = record->created_ms;
	key->expires_ms = record->expires_ms;
	key->rotated_ms = record->rotated_ms;
	key->old_secret_until_ms = record->old_until_ms > txn_now_ms(t) ? record->old_until_ms : 0;
	key->revoked = record->revoked;
	key->last_used_ms = use == NULL ? 0 : use->last_ms;
	return OK;
}

static bool is_in_reach(struct scene *s, const ApiKeyRecord *key)
{
	return within_reach(s, key->node_id, NULL) == OK;
}

HANDLER(list_api_keys, ListApiKeys)
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

const struct method key_methods[] = {
    METHOD(OrgService, CreateApiKey, create_api_key, .again = again_key),
    METHOD(OrgService, RotateApiKey, rotate_api_key, .again = again_key),
    METHOD(OrgService, RevokeApiKey, revoke_api_key, .again = NULL),
    METHOD(OrgService, ListApiKeys, list_api_keys, .again = NULL),
};
const size_t key_methods_n = sizeof(key_methods) / sizeof(key_methods[0]);
