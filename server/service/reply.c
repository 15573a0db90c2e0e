#include "service/reply.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/id.h"
#include "base/limits.h"
#include "domain/load.h"
#include "service/ledger.h"

enum err reach_order(struct txn *t, const char *id, OrderRecord **order)
{
	TRY(TXN_GET(t, ORDER, id, order));
	return authz_order(txn_scene(t), *order);
}

enum err reach_desk_order(struct txn *t, const char *id, const char *etag, OrderRecord **order)
{
	TRY(reach_order(t, id, order));
	TRY(authz_desk_order(txn_scene(t), *order));
	return txn_check_etag(t, KIND_ORDER, id, etag);
}

enum err reach_own_member(struct txn *t, MemberRecord **member)
{
	if (txn_actor(t)->role != ROLE_MEMBER)
		return fault_set(txn_fault(t), ERR_PERMISSION_DENIED, NULL, "acts for no member");
	TRY(TXN_GET(t, MEMBER, txn_actor(t)->id, member));
	return (*member)->erased_ms == 0 ? OK : fault_set(txn_fault(t), ERR_ERASED, NULL, "%s", (*member)->id);
}

enum err reach_load(struct txn *t, const char *member_id, LoadRecord **load)
{
	TRY(TXN_FIND(t, LOAD, member_id, load));
	if (*load == NULL) {
		*load = ARENA_NEW(txn_arena(t), LoadRecord);
		LoadRecord_init(*load);
		(*load)->member_id = arena_strdup(txn_arena(t), member_id);
	}
	return OK;
}

enum err reply_order(struct txn *t, OrderRecord *order, Order **out)
{
	txn_subject(t, order->id);
	*out = view_order(txn_scene(t), order, txn_etag(t, KIND_ORDER, order->id), NULL);
	return OK;
}

enum err commit_order(struct txn *t, OrderRecord *order, Order **out)
{
	txn_put(t, KIND_ORDER, order);
	return reply_order(t, order, out);
}

/* Every reply with an order has it as its first field. */
struct order_response {
	ProtobufCMessage base;
	Order *order;
};

enum err again_order(struct txn *t, const char *subject_id, void *response)
{
	OrderRecord *order;
	TRY(TXN_GET(t, ORDER, subject_id, &order));
	return reply_order(t, order, &((struct order_response *)response)->order);
}

char *order_id(struct txn *t, uint64_t number)
{
	char id[ID_CHARS + 1];
	id_format(kind_info(KIND_ORDER)->letter, number, id);
	return arena_strdup(txn_arena(t), id);
}

struct member_response {
	ProtobufCMessage base;
	Member *member;
};

enum err again_member(struct txn *t, const char *subject_id, void *response)
{
	MemberRecord *member;
	LoadRecord *load;
	PiiRecord *pii;
	txn_prefetch(t, KIND_LOAD, subject_id);
	txn_prefetch(t, KIND_PII, subject_id);
	TRY(TXN_GET(t, MEMBER, subject_id, &member));
	TRY(TXN_PEEK(t, LOAD, subject_id, &load));
	TRY(TXN_PEEK(t, PII, subject_id, &pii));
	((struct member_response *)response)->member =
	    view_member(txn_scene(t), member, load, pii, txn_etag(t, KIND_MEMBER, subject_id));
	return OK;
}

enum err page_read(struct txn *t, uint32_t page_size, const char *token, struct page *page)
{
	*page = (struct page){.size = page_size == 0 ? PAGE_SIZE_DEFAULT : page_size};
	if (token[0] == '\0')
		return OK;
	int used = 0;
	char member[65];
	if (strlen(token) > 96 || sscanf(token, "%20" SCNd64 ".%64s%n", &page->after_score, member, &used) != 2 ||
	    token[used] != '\0')
		return fault_set(txn_fault(t), ERR_PAGE_TOKEN_INVALID, "page_token", "not from this list");
	page->has_after = true;
	page->after = arena_strdup(txn_arena(t), member);
	return OK;
}

char *page_token(struct txn *t, int64_t score, struct slice member)
{
	return arena_printf(txn_arena(t), "%" PRId64 ".%.*s", score, SLICE_FMT(member));
}

bool page_takes(struct txn *t, struct page *page, const char *id, char **next_page_token)
{
	if (page->has_after && strcmp(id, page->after) <= 0)
		return false;
	if (page->taken == page->size) {
		if ((*next_page_token)[0] == '\0')
			*next_page_token = page_token(t, 0, slice_str(page->last));
		return false;
	}
	page->taken++;
	page->last = id;
	return true;
}

enum err view_orders(struct txn *t, const struct store_entry *entries, size_t n, Order ***orders, size_t *n_orders)
{
	struct arena *a = txn_arena(t);
	const char **ids = arena_array(a, n, sizeof(*ids));
	*orders = arena_array(a, n, sizeof(**orders));
	*n_orders = 0;
	for (size_t i = 0; i < n; i++) {
		ids[i] = arena_string(a, entries[i].member);
		txn_prefetch(t, KIND_ORDER, ids[i]);
	}
	for (size_t i = 0; i < n; i++) {
		OrderRecord *order;
		TRY(TXN_PEEK(t, ORDER, ids[i], &order));
		if (order != NULL && authz_order(txn_scene(t), order) == OK)
			(*orders)[(*n_orders)++] =
			    view_order(txn_scene(t), order, txn_etag(t, KIND_ORDER, ids[i]), NULL);
	}
	return OK;
}

enum err list_orders(struct txn *t, const struct txn_range *range, const struct page *page, Order ***orders, size_t *n,
		     char **next_page_token)
{
	struct store_entry *entries;
	size_t n_entries;
	struct txn_range r = *range;
	r.limit = page->size;
	r.has_after = page->has_after;
	r.after_score = page->after_score;
	r.after = page->after;
	TRY(txn_range(t, &r, &entries, &n_entries));
	TRY(view_orders(t, entries, n_entries, orders, n));
	if (n_entries == page->size)
		*next_page_token = page_token(t, entries[n_entries - 1].score, entries[n_entries - 1].member);
	return OK;
}

enum err release_holders(struct txn *t, OrderRecord *order)
{
	for (size_t i = 0; i < order->n_slots; i++)
		txn_prefetch(t, KIND_LOAD, order->slots[i]->member_id);
	for (size_t i = 0; i < order->n_slots; i++) {
		const SlotRecord *slot = order->slots[i];
		LoadRecord *load;
		if (slot->member_id[0] == '\0' || slot->completed_after_ms != 0)
			continue;
		TRY(reach_load(t, slot->member_id, &load));
		load_released(load, order->building_id, txn_now_ms(t));
		txn_put(t, KIND_LOAD, load);
	}
	/* Who did their part before it ended keeps what it earned: nobody will rate it any more. */
	return ledger_settle(t, order, 0);
}

static FieldViolation *view_violation(struct arena *a, const struct violation *violation)
{
	FieldViolation *out = ARENA_NEW(a, FieldViolation);
	FieldViolation_init(out);
	out->field = (char *)violation->field;
	out->reason = (char *)err_info(violation->err)->reason;
	out->message_zh = (char *)violation->zh;
	out->message_en = (char *)violation->en;
	return out;
}

ErrorInfo *reply_error_info(struct txn *t, enum err err)
{
	struct fault *fault = txn_fault(t);
	ErrorInfo *info = ARENA_NEW(txn_arena(t), ErrorInfo);
	ErrorInfo_init(info);
	info->reason = (char *)err_info(err)->reason;
	info->message_zh = (char *)err_info(err)->zh;
	info->message_en = (char *)err_info(err)->en;
	if (fault->err != err)
		return info;
	if (fault->field != NULL)
		info->field = (char *)fault->field;
	info->violations = arena_array(txn_arena(t), fault->n_violations, sizeof(*info->violations));
	for (size_t i = 0; i < fault->n_violations; i++)
		info->violations[info->n_violations++] = view_violation(txn_arena(t), &fault->violations[i]);
	return info;
}
