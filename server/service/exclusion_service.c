/* The part of StatsService that leaves orders out of the rates: asked for by one person, decided by another. */
#include "domain/exclusion.h"

#include "base/limits.h"
#include "service/audit.h"
#include "service/board.h"
#include "service/services.h"

static Actor *actor_of(struct txn *t, const OrderRecord *order, const EntryRecord *entry)
{
	Actor *actor = ARENA_NEW(txn_arena(t), Actor);
	Actor_init(actor);
	actor->role = entry->role;
	actor->id = (char *)order_entry_actor_id(order, entry);
	return actor;
}

static enum err view_exclusion(struct txn *t, const ExclusionRecord *record, const OrderRecord *order, Exclusion **out)
{
	Exclusion *view = *out = ARENA_NEW(txn_arena(t), Exclusion);
	Exclusion_init(view);
	if (record->asked_entry >= order->n_timeline || record->decided_entry >= order->n_timeline)
		return ERR_DATA_CORRUPT;
	const EntryRecord *asked = order->timeline[record->asked_entry];
	const EntryRecord *decided = order->timeline[record->decided_entry];
	view->id = record->id;
	view->order_id = record->order_id;
	view->grid_id = record->grid_id;
	view->state = record->state;
	view->reason = asked->text;
	view->requested_ms = record->asked_ms;
	view->requested_by = actor_of(t, order, asked);
	view->requested_person_id = record->asked_person_id;
	view->decided_person_id = record->decided_person_id;
	if (record->decided_entry == 0)
		return OK;
	view->comment = decided->text;
	view->decided_ms = order->placed_ms + decided->after_ms;
	view->decided_by = actor_of(t, order, decided);
	return OK;
}

static enum err reply_exclusion(struct txn *t, const ExclusionRecord *record, const OrderRecord *order, Exclusion **out)
{
	txn_subject(t, record->id);
	return view_exclusion(t, record, order, out);
}

static AuditKind audit_kind(ExclusionState state)
{
	switch (state) {
	case EXCLUSION_STATE_REQUESTED:
		return AUDIT_KIND_EXCLUSION_REQUESTED;
	case EXCLUSION_STATE_APPROVED:
		return AUDIT_KIND_EXCLUSION_APPROVED;
	case EXCLUSION_STATE_REFUSED:
		return AUDIT_KIND_EXCLUSION_REFUSED;
	case EXCLUSION_STATE_WITHDRAWN:
		return AUDIT_KIND_EXCLUSION_WITHDRAWN;
	case EXCLUSION_STATE_LAPSED: /* nobody does that */
	case EXCLUSION_STATE_UNSPECIFIED:
		break;
	}
	return AUDIT_KIND_UNSPECIFIED;
}

static enum err commit_exclusion(struct txn *t, ExclusionRecord *record, OrderRecord *order, const char *text,
				 Exclusion **out)
{
	audit_note(t, (struct audit_note){audit_kind(record->state), record->id, order->id, text});
	txn_put(t, KIND_EXCLUSION, record);
	txn_put(t, KIND_ORDER, order);
	return reply_exclusion(t, record, order, out);
}

static enum err reach_exclusion(struct txn *t, const char *id, ExclusionRecord **record, OrderRecord **order)
{
	TRY(TXN_GET(t, EXCLUSION, id, record));
	TRY(TXN_GET(t, ORDER, (*record)->order_id, order));
	return authz_desk_order(txn_scene(t), *order) == OK ? OK
							    : fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "exclusion");
}

HANDLER(request_exclusion, RequestExclusion)
{
	OrderRecord *order;
	ExclusionRecord *record;
	char *id;
	TRY(reach_desk_order(t, req->order_id, "", &order));
	TRY(txn_new_id(t, KIND_EXCLUSION, &id));
	TRY(exclusion_ask(txn_scene(t), order, id, req->reason, &record));
	return commit_exclusion(t, record, order, req->reason, &rsp->exclusion);
}

HANDLER(approve_exclusion, ApproveExclusion)
{
	OrderRecord *order;
	ExclusionRecord *record;
	TRY(reach_exclusion(t, req->exclusion_id, &record, &order));
	TRY(exclusion_decide(txn_scene(t), order, record, EXCLUSION_STATE_APPROVED, req->comment));
	return commit_exclusion(t, record, order, req->comment, &rsp->exclusion);
}

HANDLER(refuse_exclusion, RefuseExclusion)
{
	OrderRecord *order;
	ExclusionRecord *record;
	TRY(reach_exclusion(t, req->exclusion_id, &record, &order));
	TRY(exclusion_decide(txn_scene(t), order, record, EXCLUSION_STATE_REFUSED, req->comment));
	return commit_exclusion(t, record, order, req->comment, &rsp->exclusion);
}

HANDLER(withdraw_exclusion, WithdrawExclusion)
{
	OrderRecord *order;
	ExclusionRecord *record;
	TRY(reach_exclusion(t, req->exclusion_id, &record, &order));
	TRY(exclusion_withdraw(txn_scene(t), order, record, req->comment));
	return commit_exclusion(t, record, order, req->comment, &rsp->exclusion);
}

/* All four replies have the exclusion as their only field. */
struct exclusion_response {
	ProtobufCMessage base;
	Exclusion *exclusion;
};

static enum err again_exclusion(struct txn *t, const char *subject_id, void *response)
{
	OrderRecord *order;
	ExclusionRecord *record;
	TRY(reach_exclusion(t, subject_id, &record, &order));
	return reply_exclusion(t, record, order, &((struct exclusion_response *)response)->exclusion);
}

/* --- the list --- */

/* All records of a page, then all of their orders: two round trips. */
static enum err prefetch(struct txn *t, const struct store_entry *entries, size_t n)
{
	enum err wanted = OK;
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_EXCLUSION, arena_string(txn_arena(t), entries[i].member));
	for (size_t i = 0; i < n; i++) {
		ExclusionRecord *record;
		enum err err = TXN_PEEK(t, EXCLUSION, arena_string(txn_arena(t), entries[i].member), &record);
		if (err != OK && err != ERR_WANTED)
			return err;
		if (err == ERR_WANTED)
			wanted = err;
		else if (record != NULL)
			txn_prefetch(t, KIND_ORDER, record->order_id);
	}
	return wanted;
}

HANDLER(list_exclusions, ListExclusions)
{
	struct arena *a = txn_arena(t);
	struct board board;
	struct page page;
	struct store_entry *entries;
	size_t n;
	ExclusionState state = req->state == EXCLUSION_STATE_UNSPECIFIED ? EXCLUSION_STATE_REQUESTED : req->state;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	TRY(board_read(t, req->node_id, INDEX_EXCLUSIONS, INDEX_EXCLUSIONS_GRID, &board));
	board_add(&board, index_exclusion_score(state, 0), index_exclusion_score(state, INDEX_TIME_MAX_MS));
	TRY(board_page(t, &board, &page, &entries, &n));
	TRY(prefetch(t, entries, n));
	rsp->exclusions = arena_array(a, n, sizeof(*rsp->exclusions));
	for (size_t i = 0; i < n; i++) {
		ExclusionRecord *record;
		OrderRecord *order;
		TRY(TXN_PEEK(t, EXCLUSION, arena_string(a, entries[i].member), &record));
		if (record == NULL)
			continue;
		TRY(TXN_PEEK(t, ORDER, record->order_id, &order));
		if (order != NULL && authz_desk_order(txn_scene(t), order) == OK)
			TRY(view_exclusion(t, record, order, &rsp->exclusions[rsp->n_exclusions++]));
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, entries[n - 1].score, entries[n - 1].member);
	return OK;
}

const struct method exclusion_methods[] = {
    METHOD(StatsService, RequestExclusion, request_exclusion, .again = again_exclusion),
    METHOD(StatsService, ApproveExclusion, approve_exclusion, .again = again_exclusion),
    METHOD(StatsService, RefuseExclusion, refuse_exclusion, .again = again_exclusion),
    METHOD(StatsService, WithdrawExclusion, withdraw_exclusion, .again = again_exclusion),
    METHOD(StatsService, ListExclusions, list_exclusions, .again = NULL),
};
const size_t exclusion_methods_n = sizeof(exclusion_methods) / sizeof(exclusion_methods[0]);
