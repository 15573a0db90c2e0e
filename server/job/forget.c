#include "job/forget.h"

#include "domain/order.h"
#include "service/attachment.h"

enum err forget_contact(struct txn *t, OrderRecord *order)
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

static enum err drop_attachments(struct txn *t, OrderRecord *o)
{
	TRY(attachment_drop(t, o->attachments, o->n_attachments));
	o->n_attachments = 0;
	if (o->completion != NULL) {
		TRY(attachment_drop(t, o->completion->photos, o->completion->n_photos));
		o->completion->n_photos = 0;
	}
	return OK;
}

static void wipe_text(char **text)
{
	*text = (char *)"";
}

static void wipe_completion(OrderRecord *o)
{
	if (o->completion == NULL)
		return;
	wipe_text(&o->completion->text);
	wipe_text(&o->completion->reason);
}

enum err forget_order(struct txn *t, OrderRecord *o)
{
	TRY(forget_contact(t, o));
	TRY(drop_attachments(t, o));
	wipe_text(&o->title);
	wipe_text(&o->description);
	wipe_text(&o->building_id);
	wipe_text(&o->household_id);
	o->lat_e6 = o->lon_e6 = 0;
	wipe_completion(o);
	if (o->rating != NULL)
		wipe_text(&o->rating->comment);
	for (size_t i = 0; i < o->n_timeline; i++) {
		/* MERGED names the other order, in no words of anybody's. */
		if (o->timeline[i]->kind != EVENT_KIND_MERGED)
			wipe_text(&o->timeline[i]->text);
	}
	o->words_until_after_ms = 0;
	return OK;
}

/* Of a team nobody can tell whose words are whose. */
static bool completed_by(const OrderRecord *o, const char *member_id)
{
	const EntryRecord *completed = order_last_entry(o, EVENT_KIND_COMPLETED);
	return order_slot_of(o, member_id) != NULL && completed != NULL && completed->role == ROLE_MEMBER;
}

void forget_words(OrderRecord *o, const char *person_id)
{
	if (completed_by(o, person_id))
		wipe_completion(o);
	for (size_t i = 0; i < o->n_timeline; i++) {
		EntryRecord *entry = o->timeline[i];
		bool person = entry->role == ROLE_MEMBER || entry->role == ROLE_RESIDENT;
		if (person && strcmp(order_entry_actor_id(o, entry), person_id) == 0)
			wipe_text(&entry->text);
	}
}
