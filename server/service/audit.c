#include "service/audit.h"

static char *or_empty(const char *text)
{
	return (char *)(text == NULL ? protobuf_c_empty_string : text);
}

void audit_note(struct txn *t, struct audit_note note)
{
	const struct actor *actor = txn_actor(t);
	AuditRecord *record = ARENA_NEW(txn_arena(t), AuditRecord);
	AuditRecord_init(record);
	record->kind = note.kind;
	record->at_ms = txn_now_ms(t);
	/* In somebody's name an administrator answers for it all the same. */
	record->role = actor->by_staff ? ROLE_ADMIN : actor->role;
	record->actor_id = or_empty(actor->by_staff ? actor->key_id : actor->id);
	record->person_id = or_empty(actor->person_id);
	record->subject_id = or_empty(note.subject_id);
	record->order_id = or_empty(note.order_id);
	record->text = or_empty(note.text);
	txn_append(t, LOG_AUDIT, record);
}
