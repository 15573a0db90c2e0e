#include "service/ledger.h"

#include <stdlib.h>

#include "domain/config.h"
#include "domain/order.h"
#include "domain/points.h"
#include "pb/pb_wire.h"

enum err reach_account(struct txn *t, const char *member_id, AccountRecord **account)
{
	TRY(TXN_FIND(t, ACCOUNT, member_id, account));
	if (*account == NULL) {
		*account = ARENA_NEW(txn_arena(t), AccountRecord);
		AccountRecord_init(*account);
		(*account)->member_id = arena_strdup(txn_arena(t), member_id);
	}
	return OK;
}

static void book(struct txn *t, const char *member_id, MovementRecord *movement)
{
	if (movement != NULL)
		txn_append(t, arena_printf(txn_arena(t), LOG_LEDGER, member_id), movement);
}

enum err ledger_provide(struct txn *t, OrderRecord *order, SlotRecord *slot, uint32_t duration_min)
{
	MemberRecord *member;
	AccountRecord *account;
	int64_t issuance = 0;
	txn_prefetch(t, KIND_ACCOUNT, slot->member_id);
	TRY(TXN_GET(t, MEMBER, slot->member_id, &member));
	TRY(reach_account(t, slot->member_id, &account));
	const Category *category = config_category(txn_config(t), order->category_id);
	if (category == NULL)
		return OK; /* a category can't be removed; nothing is earned by one that isn't there */
	uint32_t amount = points_earned(category, order, member, duration_min);
	amount = points_cap(txn_scene(t), category, account, amount);
	slot->points = amount;
	if (amount == 0)
		return OK;
	book(t, slot->member_id, points_provide(txn_scene(t), account, order->id, amount, &issuance));
	txn_put(t, KIND_ACCOUNT, account);
	txn_add(t, COUNTER_ISSUANCE, issuance);
	return OK;
}

static uint32_t bonus_of(struct txn *t, const OrderRecord *order, uint32_t stars)
{
	enum { GOOD_STARS = 4 };
	const Category *category = config_category(txn_config(t), order->category_id);
	if (stars < GOOD_STARS || category == NULL || category->points == NULL || category->points->none)
		return 0;
	return category->points->rating_bonus;
}

enum err ledger_settle(struct txn *t, OrderRecord *order, uint32_t stars)
{
	uint32_t bonus = bonus_of(t, order, stars);
	int64_t issuance = 0;
	for (size_t i = 0; i < order->n_slots; i++)
		txn_prefetch(t, KIND_ACCOUNT, order->slots[i]->points > 0 ? order->slots[i]->member_id : "");
	for (size_t i = 0; i < order->n_slots; i++) {
		SlotRecord *slot = order->slots[i];
		AccountRecord *account;
		if (slot->points == 0)
			continue;
		TRY(reach_account(t, slot->member_id, &account));
		book(t, slot->member_id,
		     points_settle(txn_scene(t), account, order->id, slot->points, bonus, &issuance));
		slot->points += bonus;
		txn_put(t, KIND_ACCOUNT, account);
	}
	txn_add(t, COUNTER_ISSUANCE, issuance);
	return OK;
}

enum err ledger_reverse(struct txn *t, OrderRecord *order)
{
	int64_t issuance = 0;
	for (size_t i = 0; i < order->n_slots; i++)
		txn_prefetch(t, KIND_ACCOUNT, order->slots[i]->points > 0 ? order->slots[i]->member_id : "");
	for (size_t i = 0; i < order->n_slots; i++) {
		SlotRecord *slot = order->slots[i];
		AccountRecord *account;
		if (slot->points == 0)
			continue;
		TRY(reach_account(t, slot->member_id, &account));
		int64_t earned_ms = order_time_ms(order, slot->completed_after_ms);
		book(t, slot->member_id,
		     points_reverse(txn_scene(t), account, order->id, slot->points, earned_ms, &issuance));
		slot->points = 0;
		txn_put(t, KIND_ACCOUNT, account);
	}
	txn_add(t, COUNTER_ISSUANCE, issuance);
	return OK;
}

enum err ledger_restore(struct txn *t, const OrderRecord *order)
{
	int64_t issuance = 0;
	for (size_t i = 0; i < order->n_slots; i++)
		txn_prefetch(t, KIND_ACCOUNT, order->slots[i]->points > 0 ? order->slots[i]->member_id : "");
	for (size_t i = 0; i < order->n_slots; i++) {
		const SlotRecord *slot = order->slots[i];
		AccountRecord *account;
		if (slot->points == 0)
			continue;
		TRY(reach_account(t, slot->member_id, &account));
		int64_t earned_ms = order_time_ms(order, slot->completed_after_ms);
		book(t, slot->member_id,
		     points_restore(txn_scene(t), account, order->id, slot->points, earned_ms, &issuance));
		txn_put(t, KIND_ACCOUNT, account);
	}
	txn_add(t, COUNTER_ISSUANCE, issuance);
	return OK;
}

static enum err view_entry(struct txn *t, const struct store_entry *entry, const char *member_id, Movement **movements,
			   size_t *n_movements)
{
	struct fault fault;
	MovementRecord *record;
	Movement *shown[2];
	if (PB_DECODE(txn_arena(t), MovementRecord, entry->value, &fault, &record) != OK)
		return ERR_DATA_CORRUPT;
	size_t n = points_movements(txn_arena(t), record, member_id, shown);
	for (size_t i = 0; i < n; i++) {
		shown[i]->at_ms = strtoll(arena_string(txn_arena(t), entry->member), NULL, 10); /* "ms-seq" */
		shown[i]->id = arena_printf(txn_arena(t), "%.*s/%zu", SLICE_FMT(entry->member), n - i);
		movements[(*n_movements)++] = shown[i];
	}
	return OK;
}

enum err ledger_list(struct txn *t, const char *member_id, const struct page *page, Movement ***movements, size_t *n,
		     char **next_page_token)
{
	struct store_entry *entries;
	size_t n_entries;
	/* An entry shows as one or two movements, which stay together on a page. */
	uint32_t limit = page->size < 2 ? 1 : page->size / 2;
	struct txn_range range = {.key = arena_printf(txn_arena(t), LOG_LEDGER, member_id),
				  .log = true,
				  .reverse = true,
				  .has_after = page->has_after,
				  .after = page->after,
				  .limit = limit};
	TRY(txn_range(t, &range, &entries, &n_entries));
	*movements = arena_array(txn_arena(t), 2 * n_entries, sizeof(**movements));
	*n = 0;
	for (size_t i = 0; i < n_entries; i++)
		TRY(view_entry(t, &entries[i], member_id, *movements, n));
	if (n_entries == limit)
		*next_page_token = page_token(t, 0, entries[n_entries - 1].member);
	return OK;
}
