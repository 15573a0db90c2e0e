#include "base/limits.h"
#include "service/reply.h"
#include "service/services.h"
#include "txn/jwk.h"
#include "txn/jwt.h"

enum { ISSUER_LIFE_DEFAULT_MS = 3600 * 1000 };

/* --- issuers --- */

static enum err within_reach(struct scene *s, const char *node_id, const char *field)
{
	return node_id[0] != '\0' ? authz_node(s, node_id, field) : authz_whole_tenant(s);
}

static enum err view_issuer(struct txn *t, const IssuerRecord *record, Issuer **out)
{
	struct arena *a = txn_arena(t);
	Issuer *issuer = *out = ARENA_NEW(a, Issuer);
	UseRecord *use;
	TRY(TXN_PEEK(t, USE, record->id, &use));
	Issuer_init(issuer);
	issuer->issuer_id = record->id;
	issuer->name = record->name;
	issuer->audiences = record->audiences;
	issuer->n_audiences = record->n_audiences;
	issuer->roles = record->roles;
	issuer->n_roles = record->n_roles;
	issuer->max_life_ms = record->max_life_ms;
	issuer->node_id = record->node_id;
	issuer->created_ms = record->created_ms;
	issuer->changed_ms = record->changed_ms;
	issuer->last_used_ms = use == NULL ? 0 : use->last_ms;
	issuer->keys = arena_array(a, record->n_keys, sizeof(*issuer->keys));
	for (size_t i = 0; i < record->n_keys; i++)
		issuer->keys[issuer->n_keys++] = jwk_view(a, record->keys[i]);
	return OK;
}

/* The record of that name, or one that was given up, or none: then a new one. */
static enum err issuer_record(struct txn *t, const char *name, IssuerRecord **record)
{
	const struct config *config = txn_config(t);
	const IssuerRecord *known = config_issuer(config, slice_str(name));
	for (size_t i = 0; known == NULL && i < config->n_issuers; i++) {
		if (config->issuers[i]->removed)
			known = config->issuers[i];
	}
	if (known != NULL)
		return TXN_GET(t, ISSUER, known->id, record);
	if (config->n_issuers >= LIMIT_ISSUERS)
		return fault_set(txn_fault(t), ERR_TENANT_FULL, NULL, "%d issuers", LIMIT_ISSUERS);
	*record = ARENA_NEW(txn_arena(t), IssuerRecord);
	IssuerRecord_init(*record);
	return txn_new_id(t, KIND_ISSUER, &(*record)->id);
}

static char **audiences_of(struct txn *t, const Issuer *issuer, size_t *n)
{
	char **own = arena_array(txn_arena(t), 1, sizeof(*own));
	*n = issuer->n_audiences;
	if (*n > 0)
		return issuer->audiences;
	own[(*n)++] = arena_printf(txn_arena(t), JWT_TENANT_URL "%s", txn_tenant(t));
	return own;
}

static Role *roles_of(struct txn *t, const Issuer *issuer, size_t *n)
{
	Role *both = arena_array(txn_arena(t), 2, sizeof(*both));
	*n = issuer->n_roles;
	if (*n > 0)
		return issuer->roles;
	both[(*n)++] = ROLE_RESIDENT;
	both[(*n)++] = ROLE_MEMBER;
	return both;
}

static enum err check_issuer(struct txn *t, const Issuer *issuer)
{
	struct scene *s = txn_scene(t);
	if (slice_starts(slice_str(issuer->name), SLICE(JWT_TENANT_URL)))
		return fault_set(s->fault, ERR_FIELD_INVALID, "issuer.name", "the name of the broker itself");
	/* Another tenant's name would let its tokens in here. */
	for (size_t i = 0; i < issuer->n_audiences; i++) {
		struct slice audience = slice_str(issuer->audiences[i]);
		if (slice_starts(audience, SLICE(JWT_TENANT_URL)) &&
		    !slice_eq(slice_from(audience, sizeof(JWT_TENANT_URL) - 1), slice_str(txn_tenant(t))))
			return fault_set(s->fault, ERR_FIELD_INVALID,
					 arena_printf(s->arena, "issuer.audiences[%zu]", i),
					 "the name of another tenant");
	}
	return within_reach(s, issuer->node_id, "issuer.node_id");
}

HANDLER(put_issuer, PutIssuer)
{
	struct scene *s = txn_scene(t);
	const Issuer *issuer = req->issuer;
	IssuerRecord *record;
	TRY(check_issuer(t, issuer));
	TRY(issuer_record(t, issuer->name, &record));
	if (record->created_ms != 0 && !record->removed)
		TRY(within_reach(s, record->node_id, "issuer.name"));
	TRY(jwk_read_set(s->arena, slice_str(req->jwks), "jwks", s->fault, &record->keys, &record->n_keys));
	if (record->created_ms == 0 || record->removed)
		record->created_ms = s->now_ms;
	record->name = issuer->name;
	record->audiences = audiences_of(t, issuer, &record->n_audiences);
	record->roles = roles_of(t, issuer, &record->n_roles);
	record->max_life_ms = issuer->max_life_ms != 0 ? issuer->max_life_ms : ISSUER_LIFE_DEFAULT_MS;
	record->node_id = issuer->node_id;
	record->changed_ms = s->now_ms;
	record->removed = false;
	txn_put(t, KIND_ISSUER, record);
	txn_subject(t, record->id);
	return view_issuer(t, record, &rsp->issuer);
}

static enum err again_issuer(struct txn *t, const char *subject_id, void *response)
{
	IssuerRecord *record;
	TRY(TXN_GET(t, ISSUER, subject_id, &record));
	return view_issuer(t, record, &((PutIssuerResponse *)response)->issuer);
}

static bool issuer_in_reach(struct scene *s, const IssuerRecord *record)
{
	return !record->removed && within_reach(s, record->node_id, NULL) == OK;
}

HANDLER(list_issuers, ListIssuers)
{
	struct scene *s = txn_scene(t);
	const struct config *config = s->config;
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	rsp->issuers = arena_array(s->arena, page.size, sizeof(*rsp->issuers));
	for (size_t i = 0; i < config->n_issuers; i++)
		txn_prefetch(t, KIND_USE, config->issuers[i]->id);
	for (size_t i = 0; i < config->n_issuers; i++) {
		const IssuerRecord *record = config->issuers[i];
		if (!issuer_in_reach(s, record) || !page_takes(t, &page, record->id, &rsp->next_page_token))
			continue;
		TRY(view_issuer(t, record, &rsp->issuers[rsp->n_issuers]));
		rsp->n_issuers++;
	}
	return OK;
}

HANDLER(remove_issuer, RemoveIssuer)
{
	struct scene *s = txn_scene(t);
	const IssuerRecord *known = config_issuer(s->config, slice_str(req->name));
	IssuerRecord *record;
	(void)rsp;
	if (known == NULL || !issuer_in_reach(s, known))
		return fault_set(s->fault, ERR_NOT_FOUND, "name", "issuer");
	TRY(TXN_GET(t, ISSUER, known->id, &record));
	record->removed = true;
	txn_put(t, KIND_ISSUER, record);
	return OK;
}

const struct method credential_methods[] = {
    METHOD(CredentialService, PutIssuer, put_issuer, .again = again_issuer),
    METHOD(CredentialService, ListIssuers, list_issuers, .again = NULL),
    METHOD(CredentialService, RemoveIssuer, remove_issuer, .again = NULL),
};
const size_t credential_methods_n = sizeof(credential_methods) / sizeof(credential_methods[0]);
