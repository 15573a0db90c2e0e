#include "base/limits.h"
#include "pb/pb_wire.h"
#include "service/reply.h"
#include "service/services.h"

static enum err view_entry(struct txn *t, const struct store_entry *entry, AuditEntry **out)
{
	struct fault fault;
	AuditRecord *record;
	if (PB_DECODE(txn_arena(t), AuditRecord, entry->value, &fault, &record) != OK)
		return ERR_DATA_CORRUPT;
	AuditEntry *view = *out = ARENA_NEW(txn_arena(t), AuditEntry);
	AuditEntry_init(view);
	view->id = arena_string(txn_arena(t), entry->member);
	view->at_ms = record->at_ms;
	view->kind = record->kind;
	view->person_id = record->person_id;
	view->subject_id = record->subject_id;
	view->order_id = record->order_id;
	view->text = record->text;
	view->actor = ARENA_NEW(txn_arena(t), Actor);
	Actor_init(view->actor);
	view->actor->role = record->role;
	view->actor->id = record->actor_id;
	return OK;
}

HANDLER(list_audit, ListAudit)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(authz_whole_tenant(txn_scene(t)));
	TRY(page_read(t, req->page_size, req->page_token, &page));
	struct txn_range range = {.key = LOG_AUDIT,
				  .log = true,
				  .reverse = true,
				  .has_after = page.has_after,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	rsp->entries = arena_array(txn_arena(t), n, sizeof(*rsp->entries));
	for (; rsp->n_entries < n; rsp->n_entries++)
		TRY(view_entry(t, &entries[rsp->n_entries], &rsp->entries[rsp->n_entries]));
	if (n == page.size)
		rsp->next_page_token = page_token(t, 0, entries[n - 1].member);
	return OK;
}

const struct method audit_methods[] = {
    METHOD(AuditService, ListAudit, list_audit, .again = NULL),
};
const size_t audit_methods_n = sizeof(audit_methods) / sizeof(audit_methods[0]);
