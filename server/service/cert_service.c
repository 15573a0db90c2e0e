#include "base/limits.h"
#include "service/api_key.h"
#include "service/reply.h"
#include "service/services.h"
#include "txn/jwt.h"

static enum err view_cert(struct txn *t, const ClientCertRecord *record, ClientCert **out)
{
	ClientCert *cert = *out = ARENA_NEW(txn_arena(t), ClientCert);
	UseRecord *use;
	TRY(TXN_PEEK(t, USE, record->id, &use));
	ClientCert_init(cert);
	cert->cert_id = record->id;
	cert->name = record->name;
	cert->role = record->role;
	cert->node_id = record->node_id;
	cert->label = record->label;
	cert->scope = record->scope;
	cert->created_ms = record->created_ms;
	cert->last_used_ms = use == NULL ? 0 : use->last_ms;
	return OK;
}

static enum err within_reach(struct scene *s, const char *node_id, const char *field)
{
	return node_id[0] != '\0' ? authz_node(s, node_id, field) : authz_whole_tenant(s);
}

/* As for keys (key_service.c). */
static enum err make_room(struct txn *t, const ClientCertRecord *known)
{
	const struct config *config = txn_config(t);
	const ClientCertRecord *oldest = NULL;
	size_t revoked = 0;
	for (size_t i = 0; i < config->n_certs; i++) {
		const ClientCertRecord *cert = config->certs[i];
		revoked += cert->revoked ? 1 : 0;
		if (cert->revoked && (oldest == NULL || cert->revoked_ms < oldest->revoked_ms))
			oldest = cert;
	}
	if (config->n_certs - revoked >= LIMIT_CLIENT_CERTS)
		return fault_set(txn_fault(t), ERR_TENANT_FULL, NULL, "%d certificates", LIMIT_CLIENT_CERTS);
	if (known != NULL || revoked <= LIMIT_REVOKED)
		return OK;
	ClientCertRecord *record;
	TRY(TXN_GET(t, CLIENT_CERT, oldest->id, &record));
	txn_remove(t, KIND_CLIENT_CERT, record);
	return credential_forget_use(t, oldest->id);
}

/* The record of that name, given up or not; else a new one, for an id stands for one name only. */
static enum err cert_record(struct txn *t, const char *name, ClientCertRecord **record)
{
	const ClientCertRecord *known = config_client_cert(txn_config(t), slice_str(name));
	if (known == NULL || known->revoked)
		TRY(make_room(t, known));
	if (known != NULL)
		return TXN_GET(t, CLIENT_CERT, known->id, record);
	*record = ARENA_NEW(txn_arena(t), ClientCertRecord);
	ClientCertRecord_init(*record);
	return txn_new_id(t, KIND_CLIENT_CERT, &(*record)->id);
}

/* What net can say of a certificate; a name that says its tenant says this one. */
static enum err check_name(struct scene *s, const char *name, const char *tenant)
{
	const char *own = arena_printf(s->arena, "uri:" JWT_TENANT_URL "%s/", tenant);
	struct slice text = slice_str(name);
	bool is_dns = slice_starts(text, SLICE("dns:"));
	bool fine = text.len > sizeof("dns:") - 1 && (is_dns || slice_starts(text, SLICE("uri:")));
	for (size_t i = 0; fine && i < text.len; i++) {
		uint8_t c = text.ptr[i];
		fine = c > ' ' && c < 0x7f && !(is_dns && c >= 'A' && c <= 'Z');
	}
	if (!fine)
		return fault_set(s->fault, ERR_FIELD_INVALID, "cert.name", "uri:… or dns:… in lower case");
	if (slice_starts(text, SLICE("uri:" JWT_TENANT_URL)) && !slice_starts(text, slice_str(own)))
		return fault_set(s->fault, ERR_FIELD_INVALID, "cert.name", "the name of another tenant");
	return OK;
}

HANDLER(put_client_cert, PutClientCert)
{
	struct scene *s = txn_scene(t);
	const ClientCert *cert = req->cert;
	ClientCertRecord *record;
	TRY(check_name(s, cert->name, txn_tenant(t)));
	TRY(within_reach(s, cert->node_id, "cert.node_id"));
	TRY(api_key_scope(t, cert->scope, "cert.scope"));
	TRY(cert_record(t, cert->name, &record));
	if (record->created_ms != 0 && !record->revoked)
		TRY(within_reach(s, record->node_id, "cert.name"));
	if (record->created_ms == 0 || record->revoked)
		record->created_ms = s->now_ms;
	record->name = cert->name;
	record->role = cert->role;
	record->node_id = cert->node_id;
	record->label = cert->label;
	record->scope = cert->scope;
	record->revoked = false;
	record->person_id = arena_strdup(s->arena, s->actor->person_id);
	txn_put(t, KIND_CLIENT_CERT, record);
	txn_subject(t, record->id);
	return view_cert(t, record, &rsp->cert);
}

static enum err again_cert(struct txn *t, const char *subject_id, void *response)
{
	ClientCertRecord *record;
	TRY(TXN_GET(t, CLIENT_CERT, subject_id, &record));
	return view_cert(t, record, &((PutClientCertResponse *)response)->cert);
}

static bool in_reach(struct scene *s, const ClientCertRecord *record)
{
	return !record->revoked && within_reach(s, record->node_id, NULL) == OK;
}

HANDLER(list_client_certs, ListClientCerts)
{
	struct scene *s = txn_scene(t);
	const struct config *config = s->config;
	struct page page;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	rsp->certs = arena_array(s->arena, page.size, sizeof(*rsp->certs));
	for (size_t i = 0; i < config->n_certs; i++)
		txn_prefetch(t, KIND_USE, config->certs[i]->id);
	for (size_t i = 0; i < config->n_certs; i++) {
		const ClientCertRecord *record = config->certs[i];
		if (!in_reach(s, record) || !page_takes(t, &page, record->id, &rsp->next_page_token))
			continue;
		TRY(view_cert(t, record, &rsp->certs[rsp->n_certs]));
		rsp->n_certs++;
	}
	return OK;
}

HANDLER(revoke_client_cert, RevokeClientCert)
{
	struct scene *s = txn_scene(t);
	const ClientCertRecord *known = config_client_cert(s->config, slice_str(req->name));
	ClientCertRecord *record;
	(void)rsp;
	if (known == NULL || !in_reach(s, known))
		return fault_set(s->fault, ERR_NOT_FOUND, "name", "certificate");
	TRY(TXN_GET(t, CLIENT_CERT, known->id, &record));
	record->revoked = true;
	record->revoked_ms = txn_now_ms(t);
	txn_put(t, KIND_CLIENT_CERT, record);
	return OK;
}

const struct method cert_methods[] = {
    METHOD(CredentialService, PutClientCert, put_client_cert, .again = again_cert),
    METHOD(CredentialService, ListClientCerts, list_client_certs, .again = NULL),
    METHOD(CredentialService, RevokeClientCert, revoke_client_cert, .again = NULL),
};
const size_t cert_methods_n = sizeof(cert_methods) / sizeof(cert_methods[0]);
