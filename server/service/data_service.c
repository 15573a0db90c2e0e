#include "base/limits.h"
#include "domain/view.h"
#include "service/access.h"
#include "service/audit.h"
#include "service/erasure.h"
#include "service/ledger.h"
#include "service/person.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/subject.h"

/* What a person may ask of those who keep their data: all of it, and that it goes; and how its keys stand. */

/* --- export --- */

/* Pages: orders (of a resident: those for them; of a member: those they hold or did), then movements, whose tokens
 * begin with 'm'. */
enum { MOVEMENTS_TOKEN = 'm' };

static enum err export_profile(struct txn *t, const struct subject *who, ExportDataResponse *rsp)
{
	struct scene *s = txn_scene(t);
	PiiRecord *pii;
	LoadRecord *load;
	AccountRecord *account;
	ConsentsRecord *consents;
	txn_prefetch(t, KIND_CONSENTS, who->id);
	txn_prefetch(t, KIND_PII, who->id);
	if (who->resident != NULL) {
		TRY(person_resident_contact(t, who->resident, &pii));
		rsp->resident = view_resident(s, who->resident, pii);
		rsp->contact = view_contact(s, pii, SIGHT_FULL);
	} else {
		txn_prefetch(t, KIND_LOAD, who->id);
		TRY(TXN_FIND(t, PII, who->id, &pii));
		TRY(TXN_FIND(t, LOAD, who->id, &load));
		TRY(reach_account(t, who->id, &account));
		rsp->member = view_member(s, who->member, load, pii, "");
		rsp->account = view_account(s, account);
		rsp->contact = view_contact(s, pii, SIGHT_FULL);
	}
	TRY(TXN_FIND(t, CONSENTS, who->id, &consents));
	if (consents != NULL) {
		rsp->consents = consents->consents;
		rsp->n_consents = consents->n_consents;
	}
	return OK;
}

static enum err export_order(struct txn *t, const char *id, ExportDataResponse *rsp)
{
	OrderRecord *order;
	PiiRecord *contact = NULL;
	TRY(TXN_PEEK(t, ORDER, id, &order));
	if (order == NULL || authz_order(txn_scene(t), order) != OK)
		return OK;
	if (authz_contact(txn_scene(t), order) == SIGHT_FULL)
		TRY(person_order_contact(t, order, &contact));
	rsp->orders[rsp->n_orders++] = view_order(txn_scene(t), order, "", contact);
	return OK;
}

static enum err export_orders(struct txn *t, const struct subject *who, const struct page *page,
			      ExportDataResponse *rsp)
{
	struct arena *a = txn_arena(t);
	const char *index = who->resident != NULL ? INDEX_RESIDENT : INDEX_MEMBER;
	struct store_entry *entries;
	size_t n;
	struct txn_range range = {.key = arena_printf(a, index, who->id),
				  .min = 0,
				  .max = INT64_C(1) << 52,
				  .reverse = true,
				  .has_after = page->has_after,
				  .after_score = page->after_score,
				  .after = page->after,
				  .limit = page->size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->orders = arena_array(a, n, sizeof(*rsp->orders));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	/* A second look, so that all contacts come in one round. */
	enum err err = OK;
	for (size_t i = 0; i < n; i++) {
		enum err one = export_order(t, arena_string(a, entries[i].member), rsp);
		if (one != OK && one != ERR_WANTED)
			return one;
		err = one == ERR_WANTED ? one : err;
	}
	TRY(err);
	if (n == page->size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	else if (who->member != NULL)
		rsp->next_page_token = arena_printf(a, "%c", MOVEMENTS_TOKEN);
	return OK;
}

static enum err export_movements(struct txn *t, const struct subject *who, const ExportDataRequest *req,
				 ExportDataResponse *rsp)
{
	struct page page;
	char *next = (char *)"";
	TRY(page_read(t, req->page_size, req->page_token + 1, &page));
	TRY(ledger_list(t, who->id, &page, &rsp->movements, &rsp->n_movements, &next));
	if (next[0] != '\0')
		rsp->next_page_token = arena_printf(txn_arena(t), "%c%s", MOVEMENTS_TOKEN, next);
	return OK;
}

static enum err read_export(struct txn *t, const ExportDataRequest *req, struct subject *who, ExportDataResponse *rsp)
{
	struct page page;
	ListAccessResponse log;
	TRY(subject_reach(t, req->person_id, who));
	/* It is theirs: they are shown what they see, whoever asks for them. */
	struct actor *self = arena_copy(txn_arena(t), txn_actor(t), sizeof(*self));
	self->role = who->member != NULL ? ROLE_MEMBER : ROLE_RESIDENT;
	self->id = who->id;
	self->by_staff = false;
	txn_scene(t)->actor = self;
	if (req->page_token[0] == MOVEMENTS_TOKEN && who->member != NULL)
		return export_movements(t, who, req, rsp);
	TRY(page_read(t, req->page_size, req->page_token, &page));
	if (!page.has_after) {
		TRY(export_profile(t, who, rsp));
		ListAccessResponse_init(&log);
		TRY(access_list(t, who->id, NULL, 0, 0, INT64_MAX, &log));
		rsp->access = log.entries;
		rsp->n_access = log.n_entries;
	}
	return export_orders(t, who, &page, rsp);
}

HANDLER(export_data, ExportData)
{
	struct subject who;
	const struct actor *actor = txn_actor(t);
	TRY(read_export(t, req, &who, rsp));
	txn_scene(t)->actor = actor;
	txn_subject(t, who.id);
	/* The first page stands for all. */
	if (req->page_token[0] != '\0')
		return OK;
	audit_note(t, (struct audit_note){AUDIT_KIND_DATA_EXPORTED, who.id, NULL, req->purpose});
	return access_note(t, who.id, ACCESS_KIND_EXPORTED, "", req->purpose);
}

static enum err again_export(struct txn *t, const char *person_id, void *response)
{
	struct subject who;
	(void)person_id;
	return read_export(t, txn_request(t), &who, response);
}

/* --- erasing --- */

/* The building stays, for what was done there; who lives there is told no more. */
static enum err erase_household(struct txn *t, const char *id, const char *purpose, int64_t *erased_ms)
{
	struct scene *s = txn_scene(t);
	HouseholdRecord *household;
	struct subject where = {.id = id};
	if (s->actor->role != ROLE_ADMIN)
		return fault_set(s->fault, ERR_PERMISSION_DENIED, "household_id", "for administrators");
	TRY(TXN_GET(t, HOUSEHOLD, id, &household));
	TRY(authz_node(s, household->grid_id, "household_id"));
	txn_subject(t, household->id);
	if (household->erased_ms == 0) {
		household->n_tags = 0;
		household->responsible_member_id = (char *)"";
		household->erased_ms = txn_now_ms(t);
		txn_put(t, KIND_HOUSEHOLD, household);
		TRY(txn_destroy_person_key(t, household->id));
		where.grid_id = household->grid_id;
		subject_event(t, EVENT_KIND_ERASED, &where);
		audit_note(t, (struct audit_note){AUDIT_KIND_DATA_ERASED, household->id, NULL, purpose});
	}
	*erased_ms = household->erased_ms;
	return OK;
}

HANDLER(erase_data, EraseData)
{
	struct subject who;
	if (req->household_id[0] != '\0' && req->person_id[0] != '\0')
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "household_id", "a person or a household, not both");
	if (req->household_id[0] != '\0')
		return erase_household(t, req->household_id, req->purpose, &rsp->erased_ms);
	TRY(subject_reach(t, req->person_id, &who));
	txn_subject(t, who.id);
	if (subject_erased_ms(&who) == 0) {
		TRY(erasure_do(t, &who));
		TRY(access_note(t, who.id, ACCESS_KIND_ERASED, "", req->purpose));
		audit_note(t, (struct audit_note){AUDIT_KIND_DATA_ERASED, who.id, NULL, req->purpose});
	}
	rsp->erased_ms = subject_erased_ms(&who);
	return OK;
}

static enum err again_erase(struct txn *t, const char *person_id, void *response)
{
	struct subject who;
	if (kind_of_letter(person_id[0]) == KIND_HOUSEHOLD)
		return erase_household(t, person_id, "", &((EraseDataResponse *)response)->erased_ms);
	TRY(subject_reach(t, person_id, &who));
	((EraseDataResponse *)response)->erased_ms = subject_erased_ms(&who);
	return OK;
}

/* --- keys --- */

HANDLER(key_status, GetKeyStatus)
{
	uint32_t *versions;
	size_t n = txn_key_versions(t, &versions);
	(void)req;
	TRY(authz_whole_tenant(txn_scene(t)));
	rsp->versions = arena_array(txn_arena(t), n, sizeof(*rsp->versions));
	for (size_t i = 0; i < n; i++) {
		int64_t keys;
		KeyVersion *v = rsp->versions[rsp->n_versions++] = ARENA_NEW(txn_arena(t), KeyVersion);
		KeyVersion_init(v);
		TRY(txn_count(t, INDEX_PERSON_KEYS, versions[i], versions[i], &keys));
		v->version = versions[i];
		v->keys = (uint64_t)keys;
		v->newest = i + 1 == n;
	}
	return OK;
}

const struct method data_methods[] = {
    METHOD(PrivacyService, ExportData, export_data, .again = again_export),
    METHOD(PrivacyService, EraseData, erase_data, .again = again_erase),
    METHOD(PrivacyService, GetKeyStatus, key_status, .again = NULL),
};
const size_t data_methods_n = sizeof(data_methods) / sizeof(data_methods[0]);
