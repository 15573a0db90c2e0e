#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "service/access.h"
#include "service/audit.h"
#include "service/person.h"
#include "service/reply.h"
#include "service/services.h"
#include "service/subject.h"

/* --- reveal --- */

static enum err read_contact(struct txn *t, const char *order_id, const char *person_id, struct subject *who,
			     Contact **out)
{
	PiiRecord *pii;
	OrderRecord *order;
	if (order_id[0] != '\0') {
		TRY(reach_desk_order(t, order_id, "", &order));
		*who = (struct subject){.id = order->beneficiary_id, .grid_id = order->grid_id};
		TRY(person_order_contact(t, order, &pii));
	} else {
		TRY(subject_reach(t, person_id, who));
		if (who->member != NULL)
			TRY(TXN_FIND(t, PII, who->id, &pii));
		else
			TRY(person_resident_contact(t, who->resident, &pii));
	}
	if (pii == NULL)
		return fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "contact");
	if (pii->erased)
		return fault_set(txn_fault(t), ERR_ERASED, NULL, "%s", who->id);
	*out = view_contact(txn_scene(t), pii, SIGHT_FULL);
	return OK;
}

HANDLER(reveal_contact, RevealContact)
{
	struct scene *s = txn_scene(t);
	struct subject who;
	if ((req->order_id[0] == '\0') == (req->person_id[0] == '\0'))
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "order_id", "an order or a person");
	TRY(read_contact(t, req->order_id, req->person_id, &who, &rsp->contact));
	TRY(access_count_reveal(t));
	TRY(access_note(t, who.id, ACCESS_KIND_REVEALED, req->order_id, req->purpose));
	audit_note(t, (struct audit_note){AUDIT_KIND_CONTACT_REVEALED, who.id, req->order_id, req->purpose});
	subject_event(t, EVENT_KIND_CONTACT_REVEALED, &who);
	txn_subject(t, arena_printf(s->arena, "%" PRId64, s->now_ms));
	return OK;
}

/* A lost answer can be had again, but a request id is no key to what the person says later. */
static enum err again_reveal(struct txn *t, const char *revealed_ms, void *response)
{
	const RevealContactRequest *req = txn_request(t);
	struct subject who;
	int64_t at_ms = 0;
	if (sscanf(revealed_ms, "%" SCNd64, &at_ms) != 1 || txn_now_ms(t) - at_ms > LIMIT_REVEAL_AGAIN_MS)
		return fault_set(txn_fault(t), ERR_REVEAL_OVER, "request_id", "after %d s",
				 LIMIT_REVEAL_AGAIN_MS / 1000);
	return read_contact(t, req->order_id, req->person_id, &who, &((RevealContactResponse *)response)->contact);
}

/* --- the access log --- */

static enum err read_orders(struct txn *t, const char *resident_id, const struct page *page, OrderRecord ***orders,
			    size_t *n, struct store_entry *last)
{
	struct arena *a = txn_arena(t);
	struct store_entry *entries;
	size_t n_entries;
	struct txn_range range = {.key = arena_printf(a, INDEX_RESIDENT, resident_id),
				  .min = 0,
				  .max = INDEX_TIME_MAX_MS,
				  .reverse = true,
				  .has_after = page->has_after,
				  .after_score = page->after_score,
				  .after = page->after,
				  .limit = page->size};
	TRY(txn_range(t, &range, &entries, &n_entries));
	*orders = arena_array(a, n_entries, sizeof(**orders));
	*n = 0;
	for (size_t i = 0; i < n_entries; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	for (size_t i = 0; i < n_entries; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(t, ORDER, arena_string(a, entries[i].member), &order));
		if (order != NULL)
			(*orders)[(*n)++] = order;
	}
	*last = n_entries == page->size ? entries[n_entries - 1] : (struct store_entry){.score = -1};
	return OK;
}

HANDLER(list_access, ListAccess)
{
	struct page page;
	struct subject who;
	OrderRecord **orders = NULL;
	size_t n_orders = 0;
	struct store_entry last = {.score = -1};
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(subject_reach(t, req->person_id, &who));
	if (who.resident != NULL)
		TRY(read_orders(t, who.id, &page, &orders, &n_orders, &last));
	/* A page reaches back to when its last order was placed. */
	int64_t since_ms = last.score < 0 ? 0 : last.score;
	int64_t before_ms = page.has_after ? page.after_score : INT64_MAX;
	TRY(access_list(t, who.id, orders, n_orders, since_ms, before_ms, rsp));
	if (last.score >= 0)
		rsp->next_page_token = page_token(t, last.score, last.member);
	return OK;
}

const struct method privacy_methods[] = {
    METHOD(PrivacyService, RevealContact, reveal_contact, .again = again_reveal),
    METHOD(PrivacyService, ListAccess, list_access, .again = NULL),
};
const size_t privacy_methods_n = sizeof(privacy_methods) / sizeof(privacy_methods[0]);
