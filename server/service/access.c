#include "service/access.h"

#include <stdlib.h>

#include "base/limits.h"
#include "domain/config.h"
#include "domain/order.h"
#include "domain/policy.h"

static void drop_oldest(AccessRecord *record)
{
	record->notes++;
	record->n_notes--;
}

enum err access_note(struct txn *t, const char *person_id, AccessKind kind, const char *order_id, const char *purpose)
{
	struct arena *a = txn_arena(t);
	AccessRecord *record;
	TRY(TXN_FIND(t, ACCESS, person_id, &record));
	if (record == NULL) {
		record = ARENA_NEW(a, AccessRecord);
		AccessRecord_init(record);
		record->person_id = (char *)person_id;
	}
	AccessNote *note = ARENA_NEW(a, AccessNote);
	AccessNote_init(note);
	note->at_ms = txn_now_ms(t);
	note->kind = kind;
	/* In somebody's name an administrator answers for it all the same. */
	note->role = txn_actor(t)->by_staff ? ROLE_ADMIN : txn_actor(t)->role;
	note->actor_id = (char *)(txn_actor(t)->by_staff ? txn_actor(t)->key_id : txn_actor(t)->id);
	note->order_id = (char *)order_id;
	note->purpose = (char *)purpose;
	arena_append(a, (void ***)&record->notes, &record->n_notes, note);
	if (record->n_notes > LIMIT_ACCESS_NOTES)
		drop_oldest(record);
	record->trim_ms = record->notes[0]->at_ms + policy_access_keep_ms(txn_config(t)->policy);
	txn_put(t, KIND_ACCESS, record);
	return OK;
}

enum err access_trim(struct txn *t, const char *person_id)
{
	int64_t keep_ms = policy_access_keep_ms(txn_config(t)->policy);
	AccessRecord *record;
	TRY(TXN_GET(t, ACCESS, person_id, &record));
	while (record->n_notes > 0 && record->notes[0]->at_ms + keep_ms <= txn_now_ms(t))
		drop_oldest(record);
	record->trim_ms = record->n_notes == 0 ? 0 : record->notes[0]->at_ms + keep_ms;
	if (record->n_notes == 0)
		txn_remove(t, KIND_ACCESS, record);
	else
		txn_put(t, KIND_ACCESS, record);
	return OK;
}

enum err access_count_reveal(struct txn *t)
{
	enum { HOUR_MS = 3600 * 1000 };
	const char *actor_id = txn_actor(t)->id;
	uint32_t most = policy_reveals_per_hour(txn_config(t)->policy);
	int64_t hour = txn_now_ms(t) / HOUR_MS;
	RevealsRecord *record;
	TRY(TXN_FIND(t, REVEALS, actor_id, &record));
	if (record == NULL) {
		record = ARENA_NEW(txn_arena(t), RevealsRecord);
		RevealsRecord_init(record);
		record->actor_id = (char *)actor_id;
	}
	if (record->hour != hour) {
		record->hour = hour;
		record->count = 0;
	}
	if (record->count >= most)
		return fault_set(txn_fault(t), ERR_RATE_LIMITED, NULL, "%u contacts an hour", most);
	record->count++;
	txn_put(t, KIND_REVEALS, record);
	return OK;
}

/* --- reading --- */

static AccessEntry *new_entry(struct txn *t, int64_t at_ms, AccessKind kind, Role role, const char *actor_id)
{
	AccessEntry *entry = ARENA_NEW(txn_arena(t), AccessEntry);
	AccessEntry_init(entry);
	entry->at_ms = at_ms;
	entry->kind = kind;
	entry->actor = ARENA_NEW(txn_arena(t), Actor);
	Actor_init(entry->actor);
	entry->actor->role = role;
	entry->actor->id = (char *)actor_id;
	return entry;
}

static size_t count_accepted(const OrderRecord *order)
{
	size_t n = 0;
	for (size_t i = 0; i < order->n_timeline; i++)
		n += order->timeline[i]->kind == EVENT_KIND_ACCEPTED;
	return n;
}

static void add_accepted(struct txn *t, const OrderRecord *order, ListAccessResponse *rsp)
{
	for (size_t i = 0; i < order->n_timeline; i++) {
		const EntryRecord *line = order->timeline[i];
		if (line->kind != EVENT_KIND_ACCEPTED)
			continue;
		const char *member_id =
		    line->member_id[0] != '\0' ? line->member_id : order_entry_actor_id(order, line);
		AccessEntry *entry =
		    new_entry(t, order->placed_ms + line->after_ms, ACCESS_KIND_ASSIGNED, ROLE_MEMBER, member_id);
		entry->order_id = order->id;
		rsp->entries[rsp->n_entries++] = entry;
	}
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = (*(AccessEntry *const *)a)->at_ms, y = (*(AccessEntry *const *)b)->at_ms;
	return (x < y) - (x > y);
}

enum err access_list(struct txn *t, const char *person_id, OrderRecord *const *orders, size_t n_orders,
		     int64_t since_ms, int64_t before_ms, ListAccessResponse *rsp)
{
	AccessRecord *record;
	TRY(TXN_FIND(t, ACCESS, person_id, &record));
	size_t room = record == NULL ? 0 : record->n_notes;
	for (size_t i = 0; i < n_orders; i++)
		room += count_accepted(orders[i]);
	rsp->entries = arena_array(txn_arena(t), room, sizeof(*rsp->entries));
	for (size_t i = record == NULL ? 0 : record->n_notes; i > 0; i--) {
		const AccessNote *note = record->notes[i - 1];
		if (note->at_ms < since_ms || note->at_ms >= before_ms)
			continue;
		AccessEntry *entry = new_entry(t, note->at_ms, note->kind, note->role, note->actor_id);
		entry->order_id = note->order_id;
		entry->purpose = note->purpose;
		rsp->entries[rsp->n_entries++] = entry;
	}
	for (size_t i = 0; i < n_orders; i++)
		add_accepted(t, orders[i], rsp);
	if (rsp->n_entries > 1)
		qsort(rsp->entries, rsp->n_entries, sizeof(*rsp->entries), newest_first);
	return OK;
}
