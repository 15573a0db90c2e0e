#include "domain/config.h"
#include "domain/order.h"
#include "domain/policy.h"
#include "job/sweep.h"
#include "service/access.h"
#include "service/attachment.h"

/* Orders that one transaction wipes. */
enum { WIPE_PAGE = 40 };

static enum err rewrap_key(struct txn *t, const void *request, void *response)
{
	(void)response;
	return txn_rewrap_person_key(t, ((const struct exec_tick *)request)->order_id);
}

/* --- wiping --- */

static void wipe_text(char **text)
{
	*text = (char *)"";
}

/* What was said in words, and where it was, closer than the grid. MERGED names the other order, in no words of
 * anybody's. */
static void wipe_order(OrderRecord *o)
{
	wipe_text(&o->title);
	wipe_text(&o->description);
	wipe_text(&o->building_id);
	wipe_text(&o->household_id);
	o->lat_e6 = o->lon_e6 = 0;
	o->n_attachments = 0;
	if (o->completion != NULL) {
		wipe_text(&o->completion->text);
		wipe_text(&o->completion->reason);
		o->completion->n_photos = 0;
	}
	if (o->rating != NULL)
		wipe_text(&o->rating->comment);
	for (size_t i = 0; i < o->n_timeline; i++) {
		if (o->timeline[i]->kind != EVENT_KIND_MERGED)
			wipe_text(&o->timeline[i]->text);
	}
}

/* What a member wrote about an order that they were asked for, held or did. A team's words can't be told apart. What
 * they handed back they are not found by. */
static void wipe_words(OrderRecord *o, const char *member_id)
{
	const EntryRecord *completed = order_last_entry(o, EVENT_KIND_COMPLETED);
	bool by_them = order_slot_of(o, member_id) != NULL && completed != NULL && completed->role == ROLE_MEMBER;
	if (o->completion != NULL && by_them) {
		wipe_text(&o->completion->text);
		wipe_text(&o->completion->reason);
	}
	for (size_t i = 0; i < o->n_timeline; i++) {
		EntryRecord *entry = o->timeline[i];
		if (entry->role == ROLE_MEMBER && strcmp(order_entry_actor_id(o, entry), member_id) == 0)
			wipe_text(&entry->text);
	}
}

static enum err drop_contact(struct txn *t, OrderRecord *order)
{
	PiiRecord *pii;
	if (!order->own_contact)
		return OK;
	TRY(TXN_FIND(t, PII, order->id, &pii));
	if (pii != NULL)
		txn_remove(t, KIND_PII, pii);
	order->own_contact = false;
	return OK;
}

static enum err drop_attachments(struct txn *t, const OrderRecord *order)
{
	const Completion *done = order->completion;
	TRY(attachment_drop(t, order->attachments, order->n_attachments));
	return done == NULL ? OK : attachment_drop(t, done->photos, done->n_photos);
}

static enum err wipe(struct txn *t, OrderRecord *order, const char *person_id)
{
	if (kind_of_letter(person_id[0]) == KIND_MEMBER) {
		wipe_words(order, person_id);
	} else {
		TRY(drop_contact(t, order));
		TRY(drop_attachments(t, order));
		wipe_order(order);
	}
	txn_put(t, KIND_ORDER, order);
	return OK;
}

/* Of one who was helped, or helped; the next page begins behind what the key's record remembers. */
static enum err wipe_orders(struct txn *t, const void *request, void *response)
{
	const char *person_id = ((const struct exec_tick *)request)->order_id;
	struct arena *a = txn_arena(t);
	PersonKeyRecord *key;
	struct store_entry *entries;
	size_t n;
	(void)response;
	TRY(TXN_GET(t, PERSON_KEY, person_id, &key));
	bool helped = kind_of_letter(person_id[0]) == KIND_RESIDENT;
	struct txn_range range = {.key = index_name(a, helped ? INDEX_RESIDENT : INDEX_MEMBER, person_id),
				  .min = 0,
				  .max = INT64_C(1) << 52, /* a member's tasks stand there by section, then time */
				  .has_after = key->wiped_id[0] != '\0',
				  .after = key->wiped_id,
				  .after_score = key->wiped_ms,
				  .limit = WIPE_PAGE};
	if (!key->wiping)
		return OK;
	TRY(txn_range(t, &range, &entries, &n));
	for (size_t i = 0; i < n; i++)
		txn_prefetch(t, KIND_ORDER, arena_string(a, entries[i].member));
	for (size_t i = 0; i < n; i++) {
		OrderRecord *order;
		TRY(TXN_FIND(t, ORDER, arena_string(a, entries[i].member), &order));
		if (order != NULL)
			TRY(wipe(t, order, person_id));
	}
	key->wiping = n == WIPE_PAGE;
	if (n > 0) {
		key->wiped_ms = entries[n - 1].score;
		key->wiped_id = arena_string(a, entries[n - 1].member);
	}
	txn_put(t, KIND_PERSON_KEY, key);
	return OK;
}

static enum err note_shredded(struct txn *t, const void *request, void *response)
{
	PersonKeyRecord *key;
	(void)response;
	TRY(TXN_GET(t, PERSON_KEY, ((const struct exec_tick *)request)->order_id, &key));
	if (!key->on_disk)
		return OK;
	key->on_disk = false;
	txn_put(t, KIND_PERSON_KEY, key);
	return OK;
}

/* --- notes --- */

static enum err trim_access(struct txn *t, const void *request, void *response)
{
	(void)response;
	return access_trim(t, ((const struct exec_tick *)request)->order_id);
}

#define TICK(path_, handler_)                                                                             \
	{                                                                                                 \
		.path = (path_), .handler = (handler_), .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES \
	}

const struct method job_rewrap_key = TICK("/job/RewrapKey", rewrap_key);
const struct method job_wipe_orders = TICK("/job/WipeOrders", wipe_orders);
const struct method job_note_shredded = TICK("/job/NoteShredded", note_shredded);
const struct method job_trim_access = TICK("/job/TrimAccess", trim_access);
