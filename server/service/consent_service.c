#include "base/limits.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/subject.h"

static Actor *acting(struct txn *t)
{
	const struct actor *actor = txn_actor(t);
	Actor *by = ARENA_NEW(txn_arena(t), Actor);
	Actor_init(by);
	/* In somebody's name an administrator answers for it all the same. */
	by->role = actor->by_staff ? ROLE_ADMIN : actor->role;
	by->id = (char *)(actor->by_staff ? actor->key_id : actor->id);
	return by;
}

static enum err withdraw(struct txn *t, ConsentsRecord *record, const char *kind)
{
	size_t n = 0;
	for (size_t i = 0; i < record->n_consents; i++) {
		Consent *c = record->consents[i];
		if (strcmp(c->kind, kind) != 0 || c->withdrawn_ms != 0)
			continue;
		c->withdrawn_ms = txn_now_ms(t);
		c->withdrawn_by = acting(t);
		n++;
	}
	return n > 0 ? OK : fault_set(txn_fault(t), ERR_NOT_FOUND, "kind", "consent");
}

static enum err give(struct txn *t, ConsentsRecord *record, const PutConsentRequest *req)
{
	for (size_t i = 0; i < record->n_consents; i++) {
		const Consent *c = record->consents[i];
		if (strcmp(c->kind, req->kind) == 0 && strcmp(c->text_version, req->text_version) == 0 &&
		    c->withdrawn_ms == 0)
			return OK; /* holds already */
	}
	if (record->n_consents >= LIMIT_CONSENTS)
		return fault_set(txn_fault(t), ERR_FIELD_OUT_OF_RANGE, "kind", "%d consents", LIMIT_CONSENTS);
	Consent *c = ARENA_NEW(txn_arena(t), Consent);
	Consent_init(c);
	c->kind = req->kind;
	c->text_version = req->text_version;
	c->given_ms = txn_now_ms(t);
	c->given_by = acting(t);
	arena_append(txn_arena(t), (void ***)&record->consents, &record->n_consents, c);
	return OK;
}

static enum err read_consents(struct txn *t, const char *person_id, Consent ***consents, size_t *n)
{
	ConsentsRecord *record;
	TRY(TXN_FIND(t, CONSENTS, person_id, &record));
	*n = record == NULL ? 0 : record->n_consents;
	*consents = record == NULL ? NULL : record->consents;
	return OK;
}

HANDLER(put_consent, PutConsent)
{
	struct subject who;
	ConsentsRecord *record;
	TRY(subject_reach(t, req->person_id, &who));
	TRY(TXN_FIND(t, CONSENTS, who.id, &record));
	if (!req->withdraw && req->text_version[0] == '\0')
		return fault_set(txn_fault(t), ERR_FIELD_REQUIRED, "text_version", "which text?");
	if (!req->withdraw && subject_erased_ms(&who) != 0)
		return fault_set(txn_fault(t), ERR_ERASED, "person_id", "%s", who.id);
	if (record == NULL) {
		record = ARENA_NEW(txn_arena(t), ConsentsRecord);
		ConsentsRecord_init(record);
		record->person_id = (char *)who.id;
	}
	TRY(req->withdraw ? withdraw(t, record, req->kind) : give(t, record, req));
	txn_put(t, KIND_CONSENTS, record);
	txn_subject(t, who.id);
	rsp->consents = record->consents;
	rsp->n_consents = record->n_consents;
	return OK;
}

static enum err again_consent(struct txn *t, const char *person_id, void *response)
{
	PutConsentResponse *rsp = response;
	return read_consents(t, person_id, &rsp->consents, &rsp->n_consents);
}

HANDLER(list_consents, ListConsents)
{
	struct subject who;
	TRY(subject_reach(t, req->person_id, &who));
	return read_consents(t, who.id, &rsp->consents, &rsp->n_consents);
}

const struct method consent_methods[] = {
    METHOD(PrivacyService, PutConsent, put_consent, .again = again_consent),
    METHOD(PrivacyService, ListConsents, list_consents, .again = NULL),
};
const size_t consent_methods_n = sizeof(consent_methods) / sizeof(consent_methods[0]);
